#include "sim/explore/moves.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/removal.h"
#include "fakes/engine_internal.h"

/* --- which there are ------------------------------------------------------------- */

struct collected {
    struct sim_move *moves;
    size_t count;
};

static void collect(struct collected *into, enum sim_move_kind kind, void *object)
{
    assert(into->count < SIM_MOVE_MAX);
    into->moves[into->count++] = (struct sim_move){ .kind = kind, .object = object };
}

static void collect_timer(struct collected *into, struct dd__timer *timer)
{
    if (dd__timer_is_armed(timer)) {
        collect(into, SIM_MOVE_TIMER, timer);
    }
}

static void collect_events(struct collected *into, const struct sim_world *world)
{
    struct fake_event *events[SIM_MOVE_MAX];
    bool alarms = world->queue.time != FAKE_TIME_FREE; /* else timers go off one by one */
    size_t count = fake_queue_open(&world->queue, events, SIM_MOVE_MAX);
    assert(count <= SIM_MOVE_MAX);
    for (size_t i = 0; i < count; i++) {
        if (alarms || !fake_clock_is_alarm(&world->clock, events[i])) {
            collect(into, SIM_MOVE_EVENT, events[i]);
        }
    }
}

static void collect_timeouts(struct collected *into, struct dd_coord *coord)
{
    for (unsigned lane = 0; lane < DD__LANE_DELAY; lane++) { /* images are looked at by name */
        struct dd__list *link;
        DD__LIST_EACH (link, &coord->timers.lanes[lane]) {
            collect(into, SIM_MOVE_LANE_TIMER, DD__CONTAINER(link, struct dd__lane_timer, link));
        }
    }
    collect_timer(into, &coord->life_timer);
}

/* Settling is a time that is long enough by assumption: with free time it is not over
 * while what was abandoned may still be executed. */
static bool may_still_come(const struct sim_world *world, enum fake_call_kind kind,
                           const char *name)
{
    const struct fake__calls *abandoned = &world->engine->abandoned;
    for (size_t i = 0; i < abandoned->count; i++) {
        const struct fake__call *call = abandoned->at[i];
        if (call->kind == kind && (name == NULL || strcmp(call->target.text, name) == 0)) {
            return true;
        }
    }
    return false;
}

static void collect_timers(struct collected *into, struct sim_world *world)
{
    struct dd_coord *coord = world->coord;
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_images) {
        struct dd__image *image = DD__CONTAINER(link, struct dd__image, all);
        if (!image->in_due && !(image->in_doubt && may_still_come(world, FAKE_CALL_REMOVE, NULL))) {
            collect_timer(into, &image->timer);
        }
    }
    DD__LIST_EACH (link, &coord->all_pulls) {
        struct dd__pull *pull = DD__CONTAINER(link, struct dd__pull, all);
        if (!may_still_come(world, FAKE_CALL_PULL, pull->reference->text)) {
            collect_timer(into, &pull->settling);
        }
    }
    DD__LIST_EACH (link, &coord->all_operations) {
        collect_timer(into, &DD__CONTAINER(link, struct dd__operation, all)->deadline);
    }
    if (world->scenario->exploration.timeouts) {
        collect_timeouts(into, coord);
    }
}

size_t sim_moves(struct sim_world *world, struct sim_move moves[SIM_MOVE_MAX])
{
    struct collected into = { .moves = moves };
    uint64_t to_ns;
    collect_events(&into, world);
    if (world->queue.time == FAKE_TIME_FREE && world->coord != NULL && !world->closed) {
        collect_timers(&into, world);
    }
    if (fake_queue_may_pass(&world->queue, &to_ns)) {
        collect(&into, SIM_MOVE_PASS, NULL);
    }
    return into.count;
}

/* --- making one -------------------------------------------------------------------- */

/* The model has timers of its own, and is told which of them is meant. */
static void tell_model(struct sim_world *world, const struct dd__timer *timer)
{
    struct sim_model *model = world->model;
    char id[DD_IMAGE_ID_MAX + 1];
    switch ((enum dd__timer_kind)timer->kind) {
    case DD__TIMER_IMAGE:
        dd__id_write(&DD__CONTAINER(timer, const struct dd__image, timer)->id, id);
        sim_model_image_goes_off(model, id);
        break;
    case DD__TIMER_DEADLINE:
        sim_model_deadline_goes_off(
            model, DD__CONTAINER(timer, const struct dd__operation, deadline)->number);
        break;
    case DD__TIMER_PROGRESS:
        sim_model_call_goes_off(
            model, SIM_MODEL_STALLED,
            &DD__CONTAINER(timer, const struct dd__pull, progress.timer)->request.call);
        break;
    case DD__TIMER_PULL:
        sim_model_call_goes_off(
            model, SIM_MODEL_TOO_LONG,
            &DD__CONTAINER(timer, const struct dd__pull, whole.timer)->request.call);
        break;
    case DD__TIMER_SETTLING:
        sim_model_call_goes_off(
            model, SIM_MODEL_SETTLED,
            &DD__CONTAINER(timer, const struct dd__pull, settling)->request.call);
        break;
    case DD__TIMER_INQUIRY:
        sim_model_call_goes_off(
            model, SIM_MODEL_UNANSWERED,
            &DD__CONTAINER(timer, const struct dd__inquiry, timer.timer)->request.call);
        break;
    case DD__TIMER_PLACE:
        sim_model_call_goes_off(
            model, SIM_MODEL_UNANSWERED,
            &DD__CONTAINER(timer, const struct dd__place, timer.timer)->request.call);
        break;
    case DD__TIMER_LIFE:
        sim_oracle_close_is_late(world->oracle);
        break;
    }
}

static void shift(struct dd__timers *timers, struct dd__timer *timer, uint64_t from_ns,
                  uint64_t to_ns)
{
    if (dd__timer_is_armed(timer) && dd__timer_due(timers, timer) == from_ns) {
        dd__timer_arm(timers, timer, to_ns);
    }
}

/* Whatever is due at @from_ns is due at @to_ns. (An image that is due already has its timer
 * among those that wait for a place.) */
static void shift_all(struct dd_coord *coord, uint64_t from_ns, uint64_t to_ns)
{
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_images) {
        struct dd__image *image = DD__CONTAINER(link, struct dd__image, all);
        if (!image->in_due) {
            shift(&coord->timers, &image->timer, from_ns, to_ns);
        }
    }
    DD__LIST_EACH (link, &coord->all_pulls) {
        struct dd__pull *pull = DD__CONTAINER(link, struct dd__pull, all);
        shift(&coord->timers, &pull->settling, from_ns, to_ns);
    }
}

/* Time stands still, and everything else is due later, or is as good as that: what waits
 * for no time at all (the first look after a lost DELETE, a delay of 0) has a turn of its
 * own, too. So the one whose due time is 0 alone goes off. */
static void go_off(struct sim_world *world)
{
    uint64_t now_ns = world->queue.now_ns;
    shift_all(world->coord, now_ns, now_ns + 1);
    fake_clock_fire(&world->clock, &world->coord->alarm);
    shift_all(world->coord, now_ns + 1, now_ns);
}

static void timer_goes_off(struct sim_world *world, struct dd__timer *timer)
{
    tell_model(world, timer);
    dd__timer_arm(&world->coord->timers, timer, 0);
    go_off(world);
}

static void lane_timer_goes_off(struct sim_world *world, struct dd__lane_timer *timer)
{
    for (unsigned lane = 0; lane < DD__LANE_COUNT; lane++) {
        struct dd__list *head = &world->coord->timers.lanes[lane];
        struct dd__list *link;
        DD__LIST_EACH (link, head) {
            if (link == &timer->link) {
                dd__list_remove(link);
                dd__list_add_before(head->next, link);
                timer->due_ns = 0;
                tell_model(world, &timer->timer);
                go_off(world);
                return;
            }
        }
    }
    assert(false);
}

void sim_move_make(struct sim_world *world, struct sim_move move)
{
    uint64_t to_ns;
    switch (move.kind) {
    case SIM_MOVE_EVENT:
        fake_queue_fire(&world->queue, move.object);
        break;
    case SIM_MOVE_TIMER:
        timer_goes_off(world, move.object);
        break;
    case SIM_MOVE_LANE_TIMER:
        lane_timer_goes_off(world, move.object);
        break;
    case SIM_MOVE_PASS:
        if (fake_queue_may_pass(&world->queue, &to_ns)) {
            fake_queue_pass(&world->queue, to_ns);
        }
        return;
    }
    sim_world_after_event(world);
}

/* --- names --------------------------------------------------------------------------- */

static void name_timer(struct sim_world *world, const struct dd__timer *timer,
                       char out[SIM_MOVE_NAME_SIZE])
{
    static const char *const words[] = {
        [DD__TIMER_IMAGE] = "delay-over",       [DD__TIMER_DEADLINE] = "deadline-over",
        [DD__TIMER_PROGRESS] = "pull-stalled",  [DD__TIMER_PULL] = "pull-too-long",
        [DD__TIMER_SETTLING] = "pull-settled",  [DD__TIMER_INQUIRY] = "inspect-too-long",
        [DD__TIMER_PLACE] = "inspect-too-long", [DD__TIMER_LIFE] = "close-too-long",
    };
    const char *what = "";
    char id[DD_IMAGE_ID_MAX + 1];
    if (timer->kind == DD__TIMER_IMAGE) {
        dd__id_write(&DD__CONTAINER(timer, const struct dd__image, timer)->id, id);
        const char *nickname = fake_engine_nickname(world->engine, id);
        what = nickname != NULL ? nickname : id;
    } else if (timer->kind == DD__TIMER_DEADLINE) {
        what = DD__CONTAINER(timer, const struct dd__operation, deadline)->caller.text;
    } else if (timer->kind == DD__TIMER_SETTLING) {
        const struct dd__pull *pull = DD__CONTAINER(timer, const struct dd__pull, settling);
        what = pull->reference->text;
    }
    (void)snprintf(out, SIM_MOVE_NAME_SIZE, "%s %s", words[timer->kind], what);
}

void sim_move_name(struct sim_world *world, struct sim_move move, char out[SIM_MOVE_NAME_SIZE])
{
    const struct fake_event *event = move.object;
    const struct dd__lane_timer *lane_timer = move.object;
    switch (move.kind) {
    case SIM_MOVE_EVENT:
        (void)snprintf(out, SIM_MOVE_NAME_SIZE, "%s %s", event->label.kind,
                       event->label.identity != NULL ? event->label.identity : "");
        break;
    case SIM_MOVE_TIMER:
        name_timer(world, move.object, out);
        break;
    case SIM_MOVE_LANE_TIMER:
        name_timer(world, &lane_timer->timer, out);
        break;
    case SIM_MOVE_PASS:
        (void)snprintf(out, SIM_MOVE_NAME_SIZE, "time passes");
        break;
    }
}
