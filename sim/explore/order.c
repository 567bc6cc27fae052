/* Writing down an order: all that is pending is looked at after each move. So that each
 * timer tells in which move it was armed, time goes on by a nanosecond a move: what its
 * due time is above whole milliseconds is that move's number. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name; for MAP_ANONYMOUS, which POSIX lacks */
#include "sim/explore/order.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/removal.h"
#include "fakes/engine_internal.h"
#include "sim/explore/tape_replay.h"

#define MS UINT64_C(1000000)
#define TIMER_KEY (UINT64_C(1) << 40) /* above any event's sequence */
#define HOUR (UINT64_C(3600) * DD_SECOND_NS)

struct recording {
    struct sim_order *order;
    struct sim_stepper *stepper;
};

/* --- settings -------------------------------------------------------------------------- */

static const struct {
    const char *key;
    uint64_t mark_ns;
} settings[SIM_SETTING_COUNT] = {
    [SIM_SETTING_NONE] = { NULL, 0 },
    [SIM_SETTING_REMOVE_DELAY] = { "remove_delay", 3 * HOUR + 1 * MS },
    [SIM_SETTING_RETRY] = { "retry", 3 * HOUR + 2 * MS },
    [SIM_SETTING_PULL_SETTLING] = { "pull_settling", 3 * HOUR + 3 * MS },
    [SIM_SETTING_DELETE_SETTLING] = { "delete_settling", 3 * HOUR + 4 * MS },
    [SIM_SETTING_BACKOFF] = { "backoff_max", 3 * HOUR + 5 * MS },
    [SIM_SETTING_PROGRESS_TIMEOUT] = { "progress_timeout", 3 * HOUR + 6 * MS },
    [SIM_SETTING_PULL_TIMEOUT] = { "pull_timeout", 3 * HOUR + 7 * MS },
    [SIM_SETTING_INSPECT_TIMEOUT] = { "inspect_timeout", 3 * HOUR + 8 * MS },
};

uint64_t sim_setting_mark_ns(enum sim_setting setting)
{
    return settings[setting].mark_ns;
}

const char *sim_setting_key(enum sim_setting setting)
{
    return settings[setting].key;
}

static enum sim_setting setting_of(uint64_t duration_ns)
{
    for (size_t i = SIM_SETTING_REMOVE_DELAY; i < SIM_SETTING_COUNT; i++) {
        if (settings[i].mark_ns == duration_ns) {
            return (enum sim_setting)i;
        }
    }
    return SIM_SETTING_NONE;
}

/* --- what is pending --------------------------------------------------------------------- */

static struct sim_thing *known_thing(struct sim_order *order, const void *object, uint64_t key)
{
    for (size_t i = order->thing_count; i-- > 0;) {
        struct sim_thing *thing = &order->things[i];
        if (thing->object == object && thing->key == key) {
            return thing;
        }
    }
    return NULL;
}

/* NULL: it was known. */
static struct sim_thing *see(struct recording *recording, const void *object, uint64_t key)
{
    struct sim_order *order = recording->order;
    struct sim_thing *thing = known_thing(order, object, key);
    if (thing != NULL) {
        thing->seen = order->move_count;
        return NULL;
    }
    if (order->thing_count == SIM_THING_MAX) {
        order->overflow = true;
        return NULL;
    }
    thing = &order->things[order->thing_count++];
    *thing = (struct sim_thing){
        .kind = SIM_THING_OTHER,
        .made = order->move_count,
        .fired = SIM_NEVER,
        .off = SIM_NEVER,
        .seen = order->move_count,
        .key = key,
        .object = object,
    };
    return thing;
}

static bool take_call(struct sim_thing *thing, const struct fake__calls *calls,
                      const struct fake_event *event)
{
    for (size_t i = 0; i < calls->count; i++) {
        const struct fake__call *call = calls->at[i];
        if (event != &call->event && event != &call->late) {
            continue;
        }
        thing->kind = SIM_THING_CALL;
        thing->call = call->kind;
        thing->nth = call->nth;
        thing->part = event == &call->late             ? FAKE_PART_ABANDONED
                      : call->phase == FAKE__EXECUTING ? FAKE_PART_EXECUTE
                      : call->phase == FAKE__STREAMING ? FAKE_PART_STREAM
                      : call->phase == FAKE__ANSWERING ? FAKE_PART_ANSWER
                                                       : FAKE_PART_END;
        return true;
    }
    return false;
}

static void see_event(struct recording *recording, const struct fake_event *event)
{
    const struct sim_world *world = recording->stepper->world;
    if (fake_clock_is_alarm(&world->clock, event)) {
        return;
    }
    struct sim_thing *thing = see(recording, event, event->sequence);
    if (thing == NULL) {
        return;
    }
    if (event == &world->strand) {
        thing->kind = SIM_THING_STRAND;
    } else if (strcmp(event->label.kind, "step") == 0) {
        thing->kind = SIM_THING_STEP;
        thing->step = ((const struct sim_instance *)(const void *)event)->step_index;
    } else if (!take_call(thing, &world->engine->calls, event)) {
        (void)take_call(thing, &world->engine->abandoned, event);
    }
}
_Static_assert(offsetof(struct sim_instance, event) == 0, "an instance begins with its event");

static void see_timer(struct recording *recording, const struct dd__timer *timer, uint64_t due_ns,
                      bool in_doubt)
{
    struct sim_thing *thing = see(recording, timer, TIMER_KEY | timer->sequence);
    if (thing == NULL) {
        return;
    }
    uint32_t made = (uint32_t)((due_ns - recording->order->now_ns[0]) % MS);
    thing->kind = SIM_THING_TIMER;
    thing->made = made <= thing->made ? made : thing->made;
    uint64_t armed_ns = recording->order->now_ns[thing->made];
    thing->duration_ns = due_ns > armed_ns ? due_ns - armed_ns : 0;
    thing->setting = in_doubt ? SIM_SETTING_DELETE_SETTLING : setting_of(thing->duration_ns);
}

static void see_timers(struct recording *recording)
{
    const struct dd_coord *coord = recording->stepper->world->coord;
    const struct dd__list *link;
    const struct dd__timers *timers = &coord->timers;
    DD__LIST_EACH (link, &coord->all_images) {
        const struct dd__image *image = DD__CONTAINER(link, const struct dd__image, all);
        if (!image->in_due && dd__timer_is_armed(&image->timer)) {
            see_timer(recording, &image->timer, dd__timer_due(timers, &image->timer),
                      image->in_doubt);
        }
    }
    DD__LIST_EACH (link, &coord->all_pulls) {
        const struct dd__pull *pull = DD__CONTAINER(link, const struct dd__pull, all);
        if (dd__timer_is_armed(&pull->settling)) {
            see_timer(recording, &pull->settling, dd__timer_due(timers, &pull->settling), false);
        }
    }
    DD__LIST_EACH (link, &coord->all_operations) {
        const struct dd__timer *deadline =
            &DD__CONTAINER(link, const struct dd__operation, all)->deadline;
        if (dd__timer_is_armed(deadline)) {
            see_timer(recording, deadline, dd__timer_due(timers, deadline), false);
        }
    }
    for (unsigned lane = 0; lane < DD__LANE_DELAY; lane++) { /* the images' were seen */
        DD__LIST_EACH (link, &timers->lanes[lane]) {
            const struct dd__lane_timer *timer =
                DD__CONTAINER(link, const struct dd__lane_timer, link);
            see_timer(recording, &timer->timer, timer->due_ns, false);
        }
    }
}

/* After a move: what is there is known, what is not there any more is called off. */
static void look(struct recording *recording)
{
    struct sim_order *order = recording->order;
    const struct sim_world *world = recording->stepper->world;
    for (size_t i = 0; i < world->queue.count; i++) {
        see_event(recording, world->queue.heap[i]);
    }
    if (world->coord != NULL && !world->closed) {
        see_timers(recording);
    }
    for (size_t i = 0; i < order->thing_count; i++) {
        struct sim_thing *thing = &order->things[i];
        bool over = thing->fired != SIM_NEVER || thing->off != SIM_NEVER;
        if (!over && thing->seen != order->move_count) {
            thing->off = order->move_count;
        }
    }
}

/* At the end: how long what is still to come would take by default. */
static void look_at_the_end(struct recording *recording)
{
    const struct fake_queue *queue = &recording->stepper->world->queue;
    for (size_t i = 0; i < queue->count; i++) {
        const struct fake_event *event = queue->heap[i];
        struct sim_thing *thing = known_thing(recording->order, event, event->sequence);
        if (thing != NULL && event->earliest_ns > queue->now_ns) {
            thing->left_ns = (event->earliest_ns - queue->now_ns + MS - 1) / MS * MS;
        }
    }
}

/* --- listening ---------------------------------------------------------------------------- */

/* Moves count the nanoseconds above whole milliseconds from the beginning. */
static void set_now(struct recording *recording)
{
    struct fake_queue *queue = &recording->stepper->world->queue;
    uint64_t since_ns = queue->now_ns - recording->order->now_ns[0];
    queue->now_ns =
        recording->order->now_ns[0] + since_ns - since_ns % MS + recording->order->move_count;
    recording->order->now_ns[recording->order->move_count] = queue->now_ns;
}

static void begin(struct recording *recording, struct sim_stepper *stepper)
{
    struct fake_queue *queue = &stepper->world->queue;
    if (recording->stepper == NULL) {
        recording->stepper = stepper;
        recording->order->now_ns[0] = queue->now_ns;
        look(recording);
    }
}

static void before_move(void *ctx, const struct sim_going *going)
{
    struct recording *recording = ctx;
    struct sim_order *order = recording->order;
    const struct sim_move *move = &going->moves[going->move];
    begin(recording, going->stepper);
    order->move_count++;
    if (order->move_count >= SIM_THING_MAX) {
        order->overflow = true;
        order->move_count--;
        return;
    }
    order->passes[order->move_count] = move->kind == SIM_MOVE_PASS;
    set_now(recording);
    uint64_t key = 0;
    if (move->kind == SIM_MOVE_EVENT) {
        key = ((const struct fake_event *)move->object)->sequence;
    } else if (move->kind == SIM_MOVE_TIMER) {
        key = TIMER_KEY | ((const struct dd__timer *)move->object)->sequence;
    } else if (move->kind == SIM_MOVE_LANE_TIMER) {
        key = TIMER_KEY | ((const struct dd__lane_timer *)move->object)->timer.sequence;
    }
    struct sim_thing *thing = known_thing(order, move->object, key);
    if (thing != NULL) {
        thing->fired = order->move_count;
    }
}

static void after_move(void *ctx, const struct sim_going *going)
{
    (void)going;
    look(ctx);
}

static void listen_end(void *ctx, struct sim_stepper *stepper)
{
    begin(ctx, stepper);
    look_at_the_end(ctx);
}

static void listen_choice(void *ctx, struct fake_label label, uint64_t count, uint64_t answer)
{
    const struct recording *recording = ctx;
    struct sim_order *order = recording->order;
    (void)label;
    (void)count;
    if (recording->stepper == NULL) {
        return;
    }
    const struct fake_engine *engine = recording->stepper->world->engine;
    if (order->chance_count == SIM_CHANCE_MAX || order->hit_count == SIM_CHANCE_MAX) {
        order->overflow = true;
    } else if (engine->asked_fault != NULL && answer == 1) {
        order->hits[order->hit_count++] =
            (struct sim_hit){ .fault = (size_t)(engine->asked_fault - engine->faults),
                              .nth = engine->asked_nth };
    } else if (engine->asked_call != NULL) {
        order->chances[order->chance_count++] =
            (struct sim_chance){ .call = engine->asked_call->kind,
                                 .nth = engine->asked_call->nth,
                                 .happened = answer == 1 };
    }
}

/* --- recording ------------------------------------------------------------------------------ */

struct sim_order *sim_order_create(void)
{
    void *order = mmap(NULL, sizeof(struct sim_order), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (order == MAP_FAILED) {
        (void)fputs("drydock: the simulation is out of memory\n", stderr);
        abort();
    }
    return order;
}

void sim_order_destroy(struct sim_order *order)
{
    (void)munmap(order, sizeof(*order));
}

struct body {
    const struct sim_scenario *scenario;
    const struct sim_way_tape *tape;
    struct sim_order *order;
};

static void record_body(void *arg, struct sim_attempted *out)
{
    const struct body *body = arg;
    struct recording recording = { .order = body->order };
    const struct sim_replay replay = { .before = before_move,
                                       .after = after_move,
                                       .chosen = listen_choice,
                                       .ended = listen_end,
                                       .ctx = &recording };
    struct sim_way_tape tape = *body->tape; /* what goes by default is not its business */
    struct sim_replayed replayed;
    tape.finished = false;
    sim_way_tape_replay(body->scenario, &tape, &replay, &replayed);
    out->missing_count = replayed.missing_count;
}

void sim_order_record(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                      struct sim_order *out)
{
    struct body body = { scenario, tape, out };
    struct sim_attempted attempted;
    memset(out, 0, sizeof(*out));
    sim_attempt(record_body, &body, &attempted);
    out->differs = attempted.missing_count > 0;
}
