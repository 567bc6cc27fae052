#include "sim/world.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/hash.h"
#include "sim/states.h"
#include "sim/world_state.h"

#define EVENT_MAX UINT64_C(10000000)
#define TASK_MAX UINT64_C(1000000) /* within one event */
#define TIME_MAX_NS (UINT64_C(100) * 365 * 24 * 3600 * DD_SECOND_NS)
#define STOP_LOOK_INTERVAL 1024 /* events between two looks at `stop` */
#define CLOSE_DEADLINE_NS (60 * DD_SECOND_NS)

/* --- what the coordinator is given ------------------------------------------- */

static const char *world_nickname(void *ctx, const char *id)
{
    const struct sim_world *world = ctx;
    return world->outside.ops != NULL ? world->outside.ops->nickname(world->outside.ctx, id) : NULL;
}

struct sim_namer sim_world_namer(struct sim_world *world)
{
    return (struct sim_namer){ .nickname = world_nickname, .ctx = world };
}

static void world_saw(void *ctx, const struct dd_event *event)
{
    struct sim_world *world = ctx;
    sim_trace_event(&world->trace, event);
    sim_oracle_saw(world->oracle, event);
    sim_model_saw(world->model, event);
    sim_schedule_saw(world, event);
    if (world->moves != NULL) {
        sim_states_count(world->moves, event);
    }
}

static bool changes_truth(enum fake_happening_kind kind)
{
    return kind == FAKE_HAPPENED_MADE || kind == FAKE_HAPPENED_NAMED ||
           kind == FAKE_HAPPENED_UNNAMED || kind == FAKE_HAPPENED_DELETED;
}

static void world_happened(void *ctx, const struct fake_happening *happening)
{
    struct sim_world *world = ctx;
    world->truth_changes += changes_truth(happening->kind) ? 1 : 0;
    sim_trace_happening(&world->trace, world->queue.now_ns, happening);
    sim_oracle_happened(world->oracle, world->queue.now_ns, happening);
}

static void world_delivers(void *ctx, const struct fake_delivery *delivery)
{
    const struct sim_world *world = ctx;
    sim_model_delivers(world->model, delivery);
}

static void world_alarm(void *ctx)
{
    const struct sim_world *world = ctx;
    sim_model_alarm(world->model);
}

static struct dd_env world_env(struct sim_world *world)
{
    return (struct dd_env){
        .clock = fake_clock_interface(&world->clock),
        .executor = fake_executor_interface(&world->executor),
        .docker = sim_world_docker(world),
        .host_lock = world->real != NULL ? world->real->host_lock
                                         : fake_host_lock_interface(&world->host_lock),
        .entropy = fake_entropy_interface(&world->entropy),
        .allocator = sim_heap_interface(&world->heap),
        .observer = fake_observer_interface(&world->observer),
    };
}

/* --- life cycle ------------------------------------------------------------------ */

struct sim_world *sim_world_create(const struct sim_scenario *scenario)
{
    struct sim_world *world = fake_memory_alloc(sizeof(*world));
    world->scenario = scenario;
    sim_arena_init(&world->arena);
    sim_choices_init(&world->choices);
    sim_trace_init(&world->trace);
    world->chooser = &world->choices.chooser;
    fake_queue_init(&world->queue, world->chooser);
    world->oracle = sim_oracle_create();
    world->model = sim_model_create(world->oracle);
    sim_heap_init(&world->heap);
    sim_contents_create(world);
    sim_schedule_create(world);
    return world;
}

void sim_world_destroy(struct sim_world *world)
{
    if (world == NULL) {
        return;
    }
    sim_heap_drop(&world->heap);
    fake_engine_destroy(world->engine);
    fake_queue_release(&world->queue);
    sim_schedule_destroy(world); /* events that were pending lie in its instances */
    sim_model_destroy(world->model);
    sim_oracle_destroy(world->oracle);
    sim_trace_release(&world->trace);
    sim_choices_release(&world->choices);
    sim_names_release(&world->asking);
    fake_memory_free(world->early);
    sim_names_release(&world->told);
    sim_arena_release(&world->arena);
    fake_memory_free(world);
}

const struct sim_trace *sim_world_trace(const struct sim_world *world)
{
    return &world->trace;
}

const struct sim_tape *sim_world_tape(const struct sim_world *world)
{
    return &world->choices.tape;
}

static void world_begin_engine(struct sim_world *world, struct sim_outside_real *real)
{
    const struct sim_scenario *scenario = world->scenario;
    struct fake_watcher watcher = { .happened = world_happened,
                                    .ctx = world,
                                    .delivers = world_delivers };
    fake_engine_destroy(world->engine);
    world->engine = NULL;
    world->queue.count = 0;
    world->queue.prompt_count = 0;
    world->queue.now_ns = 0;
    world->queue.next_sequence = 0;
    world->real = real;
    if (real != NULL) {
        sim_real_begin(world, watcher);
        return;
    }
    world->outside = sim_outside_fake(world);
    world->engine = fake_engine_create(world->chooser, &world->queue, watcher, &scenario->timing);
    for (size_t i = 0; i < scenario->manifest_count; i++) {
        fake_registry_push(world->engine, &scenario->manifests[i]);
    }
    if (world->fault != NULL) {
        fake_engine_add_fault(world->engine, world->fault);
    }
    for (size_t i = 0; i < scenario->fault_count; i++) {
        fake_engine_add_fault(world->engine, &scenario->faults[i]);
    }
    fake_engine_time_calls(world->engine, scenario->call_timings, scenario->call_timing_count);
    if (world->exploring) {
        const struct sim_exploration *how = &scenario->exploration;
        fake_engine_let_calls_go(world->engine, how->calls_go);
        if (how->has_fault_max) {
            fake_engine_limit_faults(world->engine, how->fault_max);
        }
    }
    fake_engine_set_personality(world->engine, world->personality);
    world->docker = fake_engine_docker(world->engine);
}

static void world_begin_time(struct sim_world *world)
{
    world->queue.chooser = world->chooser;
    world->queue.time = world->exploring ? world->scenario->exploration.time : FAKE_TIME_DRAWN;
    world->queue.tick_ns = world->scenario->exploration.tick_ns;
}

static const struct dd_config *world_config(const struct sim_world *world)
{
    return world->exploring ? &world->scenario->exploration.config : &world->scenario->config;
}

/* With free time no delay is ever seen to be over: S7 does without. Nor does anything
 * come later than its settling: no call is late. */
static void world_begin_oracle(struct sim_world *world, const struct sim_world_options *options)
{
    struct dd_config config = *world_config(world);
    if (world->queue.time == FAKE_TIME_FREE) {
        config.remove_delay_ns = 0;
        config.delete_settling_ns = UINT64_MAX;
        config.pull_settling_ns = UINT64_MAX;
    }
    sim_oracle_begin(world->oracle, &config, sim_world_namer(world));
    if (world->queue.time == FAKE_TIME_FREE) {
        sim_oracle_set_timeless(world->oracle);
    }
    if (world->personality == FAKE_PODMAN_4_3) {
        sim_oracle_set_wordless(world->oracle);
    }
    sim_model_begin(world->model, world_config(world), &world->queue.now_ns,
                    options->refuse_nth > 0);
}

/* The first of what was posted. False: there is none. */
static bool run_posted(struct sim_world *world)
{
    if (world->executor.pending_count > 0) {
        sim_model_runs(world->model);
    }
    return fake_executor_step(&world->executor);
}

static void strand_fire(struct fake_event *event)
{
    struct sim_world *world =
        (struct sim_world *)(void *)((char *)event - offsetof(struct sim_world, strand));
    (void)run_posted(world);
}

static void world_begin(struct sim_world *world, const struct sim_world_options *options)
{
    if (options->tape != NULL) {
        sim_choices_from_tape(&world->choices, options->tape);
    } else {
        sim_choices_from_seed(&world->choices, options->seed);
    }
    world->opened = world->closing = world->drained = world->closed = world->stopped = false;
    world->settling = (struct sim_settling){ .watching = false };
    world->event_count = 0;
    world->untold_count = 0;
    world->truth_changes = 0;
    world->stop = options->stop;
    world->fault = options->fault;
    world->moves = options->moves;
    world->personality =
        options->personality != NULL ? *options->personality : world->scenario->personality;
    world->exploring = options->chooser != NULL;
    world->compare_always = options->compare_always;
    world->chooser = world->exploring ? options->chooser : &world->choices.chooser;
    world_begin_time(world);
    sim_trace_begin(&world->trace, options->keep, sim_world_namer(world));
    world->trace.mute = options->mute;
    if (options->sink.line != NULL) {
        sim_trace_stream(&world->trace, options->sink);
    }
    world_begin_oracle(world, options);
    world_begin_engine(world, options->real);
    fake_executor_init(&world->executor);
    world->strand =
        (struct fake_event){ .fire = strand_fire, .label = { "strand", "what was posted" } };
    fake_clock_init(&world->clock, &world->queue);
    world->clock.goes_off = world_alarm;
    world->clock.ctx = world;
    sim_heap_begin(&world->heap, options->fill);
    world->heap.lean = options->mute;
    sim_refusal_begin(world, options);
    fake_entropy_init(&world->entropy, options->tape != NULL ? 0 : options->seed);
    fake_host_locks_init(&world->host_locks);
    fake_host_lock_init(&world->host_lock, &world->host_locks, "this coordinator");
    fake_observer_init(&world->observer, world_saw, world);
    sim_schedule_begin(world);
}

static void world_opened(void *arg, enum dd_status status, const char *text)
{
    struct sim_world *world = arg;
    sim_trace_add(&world->trace, world->queue.now_ns, sim_hash_number(SIM_HASH_START, status));
    if (world->opened || status != DD_OK) {
        sim_trace_say(&world->trace, world->queue.now_ns, true, "agent", "cannot open: %s",
                      dd_status_text(status));
        sim_oracle_object(world->oracle, "open", "", "the coordinator did not open: %s: %s",
                          dd_status_text(status), text != NULL ? text : "");
        return;
    }
    sim_trace_say(&world->trace, world->queue.now_ns, false, "agent", "is open");
    world->opened = true;
    sim_model_opened(world->model);
    sim_schedule_opened(world);
}

/* --- a run ------------------------------------------------------------------------- */

static bool failed(const struct sim_world *world)
{
    return sim_oracle_violation(world->oracle) != NULL || world->stopped;
}

/* Everything that was posted runs before the next event; or each thing is an event
 * of its own, first in first out, and others may lie before it (H35). */
static void drain_executor(struct sim_world *world)
{
    if (world->scenario->strand.latest_ns > 0) {
        if (world->executor.pending_count > 0 && !fake_queue_pending(&world->strand)) {
            fake_queue_add(&world->queue, &world->strand, world->scenario->strand);
        }
        return;
    }
    for (uint64_t i = 0; !failed(world) && run_posted(world); i++) {
        world->event_count++;
        if (i == TASK_MAX) {
            sim_oracle_object(world->oracle, "L1", "",
                              "one step of the coordinator does not come to an end");
        }
    }
}

/* Until nothing happens any more that takes no time. */
static void go_on_promptly(struct sim_world *world)
{
    drain_executor(world);
    for (uint64_t i = 0; !failed(world) && fake_queue_fire_prompt(&world->queue); i++) {
        world->event_count++;
        drain_executor(world);
        if (i == TASK_MAX) {
            sim_oracle_object(world->oracle, "L1", "",
                              "what is asked of the engine in one step does not come to an end");
        }
    }
}

static void world_compared(void *arg, const struct dd_explained *explained)
{
    struct sim_world *world = arg;
    sim_model_explained(world->model, explained);
}

/* S9. @all: what dd_explain says, too, though not much has happened. */
static void compare(struct sim_world *world, bool all)
{
    bool curious = !world->closing && (all || sim_model_is_curious(world->model));
    bool explained = curious && sim_refusal_look(world, world_compared, world) == DD_OK;
    sim_model_check(world->model, explained);
}

void sim_world_compare(struct sim_world *world)
{
    compare(world, true);
}

void sim_world_after_event(struct sim_world *world)
{
    world->event_count++;
    go_on_promptly(world);
    if (!failed(world)) {
        compare(world, world->compare_always);
    }
    sim_oracle_memory(world->oracle, world->heap.allocator.live_bytes);
}

/* False when the run is over: nothing is pending, or something is wrong. */
static bool world_step(struct sim_world *world)
{
    drain_executor(world);
    if (failed(world) ||
        !(world->real != NULL ? sim_real_advance(world) : fake_queue_step(&world->queue))) {
        return false;
    }
    sim_world_after_event(world);
    bool looks = world->real != NULL || world->event_count % STOP_LOOK_INTERVAL == 0;
    if (world->stop != NULL && looks && *world->stop) {
        world->stopped = true;
    }
    if (world->event_count > EVENT_MAX || world->queue.now_ns > TIME_MAX_NS) {
        sim_oracle_object(world->oracle, "L1", "",
                          "the scenario does not come to an end: something is still going on "
                          "after %llu events",
                          (unsigned long long)world->event_count);
    }
    return !failed(world);
}

static void world_closed(void *arg)
{
    struct sim_world *world = arg;
    sim_trace_add(&world->trace, world->queue.now_ns, sim_hash_number(SIM_HASH_START, 1));
    sim_trace_say(&world->trace, world->queue.now_ns, true, "agent", "is told: closed");
    if (world->closed) {
        sim_oracle_object(world->oracle, "S2", "", "the close was told twice");
        return;
    }
    world->closed = true;
    sim_oracle_closed(world->oracle, world->queue.now_ns);
}

void sim_world_close(struct sim_world *world, bool drain, uint64_t deadline_ns)
{
    const struct dd_close close = {
        .drain = drain,
        .deadline_ns = deadline_ns != 0 ? deadline_ns : CLOSE_DEADLINE_NS,
        .closed = world_closed,
        .arg = world,
    };
    enum dd_status expected = world->closing ? DD_ECLOSED : DD_OK;
    enum dd_status status = dd_close(world->coord, &close);
    if (status != expected) {
        sim_oracle_object(world->oracle, "S2", "", "dd_close answered \"%s\" instead of \"%s\"",
                          dd_status_text(status), dd_status_text(expected));
    }
    if (status == DD_OK) {
        world->closing = true;
        world->drained = drain;
        sim_oracle_closing(world->oracle, world->queue.now_ns, drain, close.deadline_ns);
        sim_model_closing(world->model);
    }
}

static void world_explained(void *arg, const struct dd_explained *explained)
{
    struct sim_world *world = arg;
    sim_oracle_explained(world->oracle, explained);
    if (world->real != NULL) {
        sim_real_explained(world, explained);
    }
}

/* L1, once nothing moves any more. */
static void check_settled(struct sim_world *world)
{
    enum dd_status status =
        world->closing ? DD_ECLOSED : sim_refusal_explain(world, world_explained, world);
    if (status != DD_OK && status != DD_ECLOSED) {
        sim_oracle_object(world->oracle, "L1", "", "dd_explain answered \"%s\"",
                          dd_status_text(status));
    }
    struct fake_image_view view;
    for (size_t i = 0; world->outside.ops->image(world->outside.ctx, i, &view); i++) {
        sim_oracle_image(world->oracle, &view);
    }
    sim_oracle_engine(world->oracle, world->engine == NULL || fake_engine_is_up(world->engine));
    sim_oracle_settled(world->oracle, world->queue.count == 0);
}

/* False: @is_known said that the rest is. */
static bool run_to_settled(struct sim_world *world, bool (*is_known)(void *ctx), void *ctx)
{
    do {
        drain_executor(world);
        if (is_known != NULL && !failed(world) && is_known(ctx)) {
            return false;
        }
    } while (!failed(world) && !sim_settled(world) && world_step(world));
    if (!failed(world) && !world->opened) {
        sim_oracle_object(world->oracle, "open", "", "the coordinator was never open");
    }
    return true;
}

/* L2. */
static void check_left(struct sim_world *world)
{
    struct sim_leftovers leftovers = {
        .live_bytes = world->heap.allocator.live_bytes,
        .task_count = world->executor.pending_count,
        .alarm_count = sim_alarm_count(world),
        .locked = world->host_lock.taken,
    };
    leftovers.call_count = world->outside.ops->calls_open(world->outside.ctx);
    sim_oracle_left(world->oracle, &leftovers);
}

/* A coordinator whose run failed is given up with all that it has. */
static void close_down(struct sim_world *world)
{
    if (!world->closing) {
        sim_world_close(world, false, 0);
    }
    while (!world->closed && world_step(world)) {
    }
    if (failed(world)) {
        return;
    }
    if (!world->closed) {
        sim_oracle_object(world->oracle, "L2", "", "the close was never told");
        return;
    }
    dd_destroy(world->coord);
    world->coord = NULL;
    check_left(world);
}

static enum dd_status world_open(struct sim_world *world)
{
    const struct dd_env env = world_env(world);
    enum dd_status status = dd_open(world_config(world), &env, world_opened, world, &world->coord);
    world->entropy.is_fixed = world->exploring; /* once the hashes have their keys */
    return status;
}

/* Nothing moves any more: is everything as it should be? Then close. */
static void world_end(struct sim_world *world)
{
    if (!failed(world)) {
        compare(world, true);
        check_settled(world);
    }
    if (!failed(world) && sim_world_expects(world)) {
        sim_expect_check(world, world->scenario->finally, world->scenario->finally_count);
    }
    if (!failed(world)) {
        close_down(world);
    }
}

/* False: there is no coordinator. */
static bool world_begins(struct sim_world *world, const struct sim_world_options *options)
{
    world_begin(world, options);
    enum dd_status status = world_open(world);
    if (status == DD_ENOMEM && world->heap.allocator.refused_count > 0) {
        world->refusal.nomem_count++;
        check_left(world);
    } else if (status != DD_OK) {
        sim_oracle_object(world->oracle, "open", "", "dd_open answered \"%s\"",
                          dd_status_text(status));
    }
    return status == DD_OK;
}

bool sim_world_begin(struct sim_world *world, const struct sim_world_options *options)
{
    bool begun = world_begins(world, options);
    while (begun && !failed(world) && !world->opened && world_step(world)) {
    }
    return begun;
}

/* With free time, settling is over once nothing that was abandoned can come any more.
 * From here on time passes, and settling is short: what can come comes first. */
static void land_abandoned(struct sim_world *world)
{
    while (world->queue.time == FAKE_TIME_FREE && !failed(world) &&
           fake_engine_land_abandoned(world->engine)) {
        sim_world_after_event(world);
    }
}

void sim_world_finish_unless(struct sim_world *world, bool (*is_known)(void *ctx), void *ctx)
{
    land_abandoned(world);
    if (run_to_settled(world, is_known, ctx)) {
        world_end(world);
    }
}

void sim_world_finish(struct sim_world *world)
{
    sim_world_finish_unless(world, NULL, NULL);
}

const struct sim_violation *sim_world_violation(const struct sim_world *world)
{
    return sim_oracle_violation(world->oracle);
}

void sim_world_run(struct sim_world *world, const struct sim_world_options *options,
                   struct sim_run *out)
{
    if (world_begins(world, options)) {
        (void)run_to_settled(world, NULL, NULL);
        world_end(world);
    }
    sim_world_outcome(world, out);
}

void sim_world_outcome(const struct sim_world *world, struct sim_run *out)
{
    *out = (struct sim_run){
        .trace_hash = world->trace.hash,
        .entry_count = world->trace.entry_count,
        .event_count = world->event_count,
        .simulated_ns = world->queue.now_ns,
        .skipped_count = sim_schedule_skipped(world),
        .late_count = sim_oracle_late_count(world->oracle),
        .refused_count = world->heap.allocator.refused_count,
        .nomem_count = world->refusal.nomem_count,
        .fault_hit = world->fault != NULL && fake_engine_fault_hit(world->engine, 0),
        .stopped = world->stopped,
    };
    const struct sim_violation *violation = sim_oracle_violation(world->oracle);
    if (violation != NULL) {
        out->violation = *violation;
    }
}
