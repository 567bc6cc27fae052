#include "sim/soak/life.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drydock/agent.h"
#include "fakes/memory.h"
#include "sim/process.h"
#include "sim/progress.h"
#include "sim/soak/callers.h"
#include "sim/soak/restore.h"

#define NS_PER_MS UINT64_C(1000000)
#define OPERATIONS_PER_LIFE UINT64_C(1000000000)

struct sim_life {
    struct sim_life_options options;
    uint64_t descriptors; /* before it */
    atomic_size_t bytes;  /* that the coordinator and its face have now */
    struct dd_allocator allocator;
    struct dd_observer observer;
    struct dd_backend *backend;
    struct dd_env env;
    struct dd_agent *agent;
    struct sim_callers *callers;
};

/* --- what it is given ---------------------------------------------------------------------- */

static void *counted_alloc(void *ctx, size_t size)
{
    struct sim_life *life = ctx;
    void *block = malloc(size);
    if (block != NULL) {
        atomic_fetch_add(&life->bytes, size);
    }
    return block;
}

static void counted_free(void *ctx, void *block, size_t size)
{
    struct sim_life *life = ctx;
    atomic_fetch_sub(&life->bytes, size);
    free(block);
}

static const struct dd_allocator_ops counted_ops = { .alloc = counted_alloc, .free = counted_free };

/* Lines of progress and the steps of the table are too many, and say nothing that others
 * do not. */
static void observe(void *ctx, const struct dd_event *event)
{
    struct sim_life *life = ctx;
    if (event->kind == DD_EVENT_PULL_PROGRESS || event->kind == DD_EVENT_MOVED) {
        return;
    }
    sim_recording_write(life->options.recording,
                        &(struct sim_entry){ .kind = SIM_ENTRY_EVENT,
                                             .text = dd_event_word(event->kind),
                                             .reference = event->reference,
                                             .image = event->image,
                                             .caller = event->caller,
                                             .status = event->http_status,
                                             .lease = event->lease });
}

static const struct dd_observer_ops observer_ops = { .event = observe };

/* Times are short, so that much happens; relations between them are those of the defaults. */
static struct dd_config coordinator_config(void)
{
    struct dd_config config;
    dd_config_init(&config);
    config.remove_delay_ns = 250 * NS_PER_MS;
    config.progress_timeout_ns = 20 * DD_SECOND_NS;
    config.pull_timeout_ns = 60 * DD_SECOND_NS;
    config.inspect_timeout_ns = 10 * DD_SECOND_NS;
    config.pull_settling_ns = 1 * DD_SECOND_NS;
    config.delete_settling_ns = 4 * DD_SECOND_NS;
    config.retry_ns = 400 * NS_PER_MS;
    config.backoff_min_ns = 1 * DD_SECOND_NS;
    config.backoff_max_ns = 3 * DD_SECOND_NS;
    return config;
}

static void record_agent(const struct sim_life *life, const char *word)
{
    sim_recording_write(life->options.recording,
                        &(struct sim_entry){ .kind = SIM_ENTRY_AGENT,
                                             .number = life->options.number,
                                             .text = word });
}

/* --- beginning -------------------------------------------------------------------------------- */

/* An engine that is being restarted is waited for. */
static enum dd_status open_agent(struct sim_life *life, char why[512])
{
    const struct dd_agent_config config = {
        .coordinator = coordinator_config(),
        .observers = &life->observer,
        .observer_count = 1,
        .loop = dd_backend_loop(life->backend),
        .env = &life->env,
    };
    enum dd_status status = DD_ENETWORK;
    for (unsigned try = 0; try < 120 && status != DD_OK; try++) {
        if (try > 0) {
            sim_pause_ms(250);
        }
        status = dd_agent_open_wait(&config, why, 512, &life->agent);
    }
    return status;
}

struct sim_life *sim_life_begin(const struct sim_life_options *options, char why[512])
{
    struct sim_life *life = fake_memory_alloc(sizeof(*life));
    const struct dd_backend_config backend = { .host = options->docker,
                                               .lock_folder = options->lock_folder };
    *life = (struct sim_life){ .options = *options };
    if (!sim_descriptor_count(&life->descriptors)) {
        (void)snprintf(why, 512, "cannot count the open files: %s", strerror(errno));
        fake_memory_free(life);
        return NULL;
    }
    life->allocator = (struct dd_allocator){ .ops = &counted_ops, .ctx = life };
    life->observer = (struct dd_observer){ .ops = &observer_ops, .ctx = life };
    if (dd_backend_open(&backend, why, 512, &life->backend) != DD_OK) {
        fake_memory_free(life);
        return NULL;
    }
    life->env = dd_backend_env(life->backend);
    life->env.allocator = life->allocator;
    if (open_agent(life, why) != DD_OK) {
        dd_backend_close(life->backend);
        fake_memory_free(life);
        return NULL;
    }
    record_agent(life, "opened");
    uint64_t first = options->number * OPERATIONS_PER_LIFE + 1;
    if (options->restore) {
        first = sim_restore(&(struct sim_restore){ .agent = life->agent,
                                                   .recording = options->recording,
                                                   .recording_path = options->recording_path,
                                                   .references = options->references,
                                                   .reference_count = options->reference_count,
                                                   .first_operation = first });
    }
    life->callers = sim_callers_create(&(struct sim_callers_options){
        .agent = life->agent,
        .recording = options->recording,
        .references = options->references,
        .reference_count = options->reference_count,
        .caller_count = options->caller_count,
        .seed = options->seed + options->number,
        .first_operation = first,
    });
    return life;
}

void sim_life_step(struct sim_life *life)
{
    sim_callers_step(life->callers, sim_wall_ns());
}

/* --- ending -------------------------------------------------------------------------------------
 */

struct explaining {
    struct sim_life *life;
    size_t count;
    bool tell;
};

static void explained(void *arg, const struct dd_explained *image)
{
    struct explaining *explaining = arg;
    explaining->count++;
    if (explaining->tell) {
        sim_recording_write(explaining->life->options.recording,
                            &(struct sim_entry){
                                .kind = SIM_ENTRY_EVENT,
                                .text = dd_image_state_word(image->state),
                                .image = image->image,
                                .reference = dd_conflict_text(image->conflict),
                                .caller = image->holders.count > 0 ? image->holders.at[0] : NULL });
    }
}

static size_t images_known(struct sim_life *life, bool tell)
{
    struct explaining explaining = { .life = life, .tell = tell };
    enum dd_status status = dd_agent_explain_wait(life->agent, explained, &explaining);
    return status == DD_OK ? explaining.count : 1;
}

bool sim_life_quiet(struct sim_life *life, uint64_t patience_ns)
{
    uint64_t until_ns = sim_wall_ns() + patience_ns;
    sim_callers_stop(life->callers);
    while (sim_callers_waiting(life->callers) > 0 || images_known(life, false) > 0) {
        if (sim_wall_ns() > until_ns) {
            (void)images_known(life, true);
            return false;
        }
        sim_pause_ms(50);
    }
    return true;
}

struct sim_life_left sim_life_end(struct sim_life *life, bool drain)
{
    const struct dd_close close = { .drain = drain, .deadline_ns = 20 * DD_SECOND_NS };
    struct sim_life_left left = { .untold = 0 };
    record_agent(life, "closing");
    enum dd_status status = dd_agent_close_wait(life->agent, &close);
    left.untold = sim_callers_waiting(life->callers) + (status == DD_OK ? 0 : 1);
    record_agent(life, "closed");
    (void)dd_agent_destroy(life->agent);
    dd_backend_close(life->backend);
    sim_callers_destroy(life->callers);
    left.library_bytes = atomic_load(&life->bytes);
    uint64_t now;
    /* They cannot be counted where no file can be opened any more: some are left. */
    bool counted = sim_descriptor_count(&now);
    left.descriptors = !counted ? 1 : now > life->descriptors ? now - life->descriptors : 0;
    fake_memory_free(life);
    return left;
}
