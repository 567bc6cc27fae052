#include "sim/live/live.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/live/live_state.h"

static const struct sim_outside_time_ops time_ops = {
    .begin = live_pace_begin,
    .advance = live_pace_advance,
};

void live_fail(struct sim_live *live, const char *format, ...)
{
    if (live->failure[0] == '\0') {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(live->failure, sizeof(live->failure), format, args);
        va_end(args);
    }
}

struct sim_live *sim_live_open(const struct sim_scenario *scenario,
                               const struct sim_live_site *site, const char *corner,
                               const char *lock_folder, char why[512])
{
    struct sim_live *live = fake_memory_alloc(sizeof(*live));
    live->scenario = scenario;
    live->site = site;
    fake_bytes_init(&live->program);
    sim_live_names_init(&live->names, site->registry, corner);
    live->fault_seen = fake_memory_alloc((scenario->fault_count + 1) * sizeof(unsigned));
    live->fault_hit = fake_memory_alloc((scenario->fault_count + 1) * sizeof(unsigned));
    if (dd_loop_open(&live->loop) != DD_OK) {
        (void)snprintf(why, SIM_LIVE_WHY_SIZE, "no descriptors are left");
        goto fail;
    }
    if (dd_client_open(live->loop, site->docker, why, SIM_LIVE_WHY_SIZE, &live->client) != DD_OK) {
        goto fail;
    }
    if (dd_file_lock_open(lock_folder, &live->lock) != DD_OK) {
        (void)snprintf(why, SIM_LIVE_WHY_SIZE, "%.300s: cannot be the locks' folder", lock_folder);
        goto fail;
    }
    live->docker = dd_client_docker(live->client);
    live->real = (struct sim_outside_real){
        .outside = { &live_outside_ops, live },
        .time = &time_ops,
        .docker = live_line(live),
        .host_lock = dd_file_lock_interface(live->lock),
        .failure = live->failure,
    };
    return live;
fail:
    dd_client_close(live->client);
    dd_loop_close(live->loop);
    live_line_release(live);
    sim_live_names_release(&live->names);
    fake_memory_free(live);
    return NULL;
}

struct sim_outside_real *sim_live_real(struct sim_live *live)
{
    return &live->real;
}

void sim_live_close(struct sim_live *live)
{
    live_line_release(live);
    live_clean_up(live);
    live_truth_release(live);
    live_shelf_release(live);
    dd_file_lock_close(live->lock);
    dd_client_close(live->client);
    dd_loop_close(live->loop);
    sim_live_names_release(&live->names);
    fake_memory_free(live);
}
