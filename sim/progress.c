#include "sim/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOW_INTERVAL_NS UINT64_C(100000000)

uint64_t sim_wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void sim_progress_init(struct sim_progress *progress, size_t scenario_count)
{
    const char *terminal = getenv("TERM");
    *progress = (struct sim_progress){
        .enabled = isatty(STDERR_FILENO) && (terminal == NULL || strcmp(terminal, "dumb") != 0),
        .scenario_count = scenario_count,
    };
}

void sim_progress_show(struct sim_progress *progress, const char *path, uint64_t seed)
{
    if (!progress->enabled) {
        return;
    }
    uint64_t now_ns = sim_wall_ns();
    if (now_ns - progress->shown_ns < SHOW_INTERVAL_NS) {
        return;
    }
    progress->shown = true;
    progress->shown_ns = now_ns;
    (void)fprintf(stderr, "\r[%zu/%zu] %.60s, seed %" PRIu64 "\033[K", progress->scenario_number,
                  progress->scenario_count, path, seed);
    (void)fflush(stderr);
}

void sim_progress_note(struct sim_progress *progress, const char *text)
{
    uint64_t now_ns = progress->enabled ? sim_wall_ns() : 0;
    if (now_ns - progress->shown_ns < SHOW_INTERVAL_NS) {
        return;
    }
    progress->shown = true;
    progress->shown_ns = now_ns;
    (void)fprintf(stderr, "\r%.70s\033[K", text);
    (void)fflush(stderr);
}

void sim_progress_erase(struct sim_progress *progress)
{
    if (progress->shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->shown = false;
    }
}
