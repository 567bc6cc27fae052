/* How time goes in a live run (live.h). Part of it (live_state.h). */
#include <stdio.h>

#include "sim/live/live_state.h"

#define RESTLESS_NS (400 * UINT64_C(1000000))
#define PATIENCE_NS (90 * DD_SECOND_NS)
#define GLANCE_NS (50 * UINT64_C(1000000)) /* between two looks at a run that waits */

static uint64_t real_now(struct sim_live *live)
{
    struct dd_clock clock = dd_loop_clock(live->loop);
    return clock.ops->now(clock.ctx);
}

void live_pace_begin(void *ctx)
{
    struct sim_live *live = ctx;
    live->restless_until_ns = 0;
}

void live_pace_restless(struct sim_live *live)
{
    live->restless_until_ns = real_now(live) + RESTLESS_NS;
}

static uint64_t speed(const struct sim_live *live, uint64_t real_ns)
{
    bool busy = live->flying_count > 0 || real_ns < live->restless_until_ns;
    return busy ? live->site->scale : live->site->idle;
}

/* Wait, and let the scenario's time pass meanwhile, but not beyond @until_ns. */
static void wait_until(struct sim_live *live, uint64_t until_ns)
{
    struct fake_queue *queue = live->real.queue;
    uint64_t began_ns = real_now(live);
    uint64_t rate = speed(live, began_ns);
    uint64_t left_ns = (until_ns - queue->now_ns) / rate;
    dd_loop_wait(live->loop, left_ns < GLANCE_NS ? left_ns : GLANCE_NS);
    uint64_t passed_ns = (real_now(live) - began_ns) * rate;
    bool over = passed_ns >= until_ns - queue->now_ns || left_ns == 0;
    uint64_t now_ns = over ? until_ns : queue->now_ns + passed_ns;
    /* What arrived meanwhile may be planned for earlier. */
    const struct fake_event *next = fake_queue_next(queue);
    queue->now_ns = next != NULL && next->earliest_ns < now_ns ? next->earliest_ns : now_ns;
}

/* The scenario's time stands still until the engine has answered. */
static bool wait_for_engine(struct sim_live *live)
{
    uint64_t until_ns = real_now(live) + PATIENCE_NS;
    while (live->overdue_count > 0) {
        uint64_t now_ns = real_now(live);
        if (now_ns >= until_ns) {
            live_fail(live, "the engine has not answered for %llus",
                      (unsigned long long)(PATIENCE_NS / DD_SECOND_NS));
            return false;
        }
        dd_loop_wait(live->loop, until_ns - now_ns);
    }
    return true;
}

bool live_pace_advance(void *ctx)
{
    struct sim_live *live = ctx;
    struct fake_queue *queue = live->real.queue;
    for (;;) {
        if (live->failure[0] != '\0' || !wait_for_engine(live)) {
            return false;
        }
        const struct fake_event *next = fake_queue_next(queue);
        if (next == NULL && live->flying_count == 0) {
            return false;
        }
        if (next != NULL && next->earliest_ns <= queue->now_ns) {
            return fake_queue_step(queue);
        }
        wait_until(live, next != NULL ? next->earliest_ns : queue->now_ns + DD_SECOND_NS);
    }
}
