/* MAP_ANONYMOUS is not in POSIX.1-2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/workers.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "reports/record.h"
#include "sim/child.h"
#include "sim/progress.h"
#include "sim/telling.h"
#include "sim/watchdog.h"

#define LOOK_INTERVAL_MS 100
#define STOP_PATIENCE_NS UINT64_C(2000000000)

/* What a worker is doing; it outlives the worker. */
struct slot {
    volatile uint64_t task; /* index and 1; 0: nothing */
    volatile uint64_t run_number;
    volatile uint64_t seed;
    volatile unsigned char fill;
    struct report_scenario so_far; /* its pointers mean nothing to others */
};

/* What all processes see. */
struct shared {
    volatile sig_atomic_t stop;
    atomic_size_t next;
    struct slot slots[];
};

/* Before each result. */
struct head {
    uint64_t index;
    uint64_t whole; /* it was not broken off */
    uint64_t size;
};

struct place {
    struct pool *pool;
    struct slot *slot;
    enum { EMPTY, WORKING, TELLING } what;
    struct sim_child child;
    struct sim_telling telling;
    size_t told_index;
};

struct outcome {
    bool done;
    struct report_scenario result;
};

struct pool {
    const struct sim_workers *order;
    struct shared *shared;
    size_t shared_size;
    struct place *places;
    struct outcome *outcomes;
    size_t next_out; /* the first that was not handed on */
    size_t done_count;
    bool stopping;
    uint64_t kill_ns; /* wall time, when stopping */
    struct sim_workers_end end;
};

/* --- in a worker ---------------------------------------------------------------------- */

static void worker_running(void *ctx, const struct sim_runner_at *at)
{
    struct slot *slot = ctx;
    slot->seed = at->seed;
    slot->fill = at->fill;
    slot->so_far = *at->so_far;
    slot->run_number++;
}

static void hand_result(int out, uint64_t index, bool whole, struct report_scenario *result)
{
    unsigned char *bytes;
    struct head head = { .index = index, .whole = whole ? 1 : 0 };
    size_t size;
    if (!report_record_write(result, &bytes, &size)) {
        (void)fputs("drydock: a result is too large\n", stderr);
        abort();
    }
    head.size = size;
    sim_child_write(out, &head, sizeof(head));
    sim_child_write(out, bytes, size);
    free(bytes);
    report_scenario_release(result);
}

static void work(void *arg, int out)
{
    const struct place *place = arg;
    const struct sim_workers *order = place->pool->order;
    struct shared *shared = place->pool->shared;
    struct sim_runner runner = order->runner;
    runner.stop = &shared->stop;
    runner.running = worker_running;
    runner.ctx = place->slot;
    sim_watchdog_start(&place->slot->run_number, order->run_limit_ns);
    while (!shared->stop) {
        size_t index = atomic_fetch_add(&shared->next, 1);
        struct report_scenario result;
        if (index >= order->count) {
            break;
        }
        if (order->scenarios[index] == NULL) {
            continue;
        }
        memset(&result, 0, sizeof(result));
        place->slot->task = index + 1;
        bool whole = sim_runner_run(&runner, order->scenarios[index], &result);
        hand_result(out, index, whole, &result);
        place->slot->task = 0;
    }
}

/* --- results, in order ------------------------------------------------------------------ */

static bool is_nothing_to_do(const struct pool *pool, size_t index)
{
    return pool->order->scenarios[index] == NULL;
}

static void hand_on(struct pool *pool, size_t index)
{
    const struct sim_workers *order = pool->order;
    struct outcome *outcome = &pool->outcomes[index];
    order->finished(order->ctx, index, outcome->done ? &outcome->result : NULL);
}

static void hand_on_ready(struct pool *pool)
{
    while (pool->next_out < pool->order->count &&
           (pool->outcomes[pool->next_out].done || is_nothing_to_do(pool, pool->next_out))) {
        hand_on(pool, pool->next_out++);
    }
}

static struct report_scenario *new_result(struct pool *pool, size_t index)
{
    assert(!pool->outcomes[index].done);
    pool->outcomes[index].done = true;
    pool->done_count++;
    return &pool->outcomes[index].result;
}

/* --- places ------------------------------------------------------------------------------- */

static bool is_work_left(const struct pool *pool)
{
    return !pool->stopping && atomic_load(&pool->shared->next) < pool->order->count;
}

static bool start_worker(struct place *place)
{
    place->slot->task = 0;
    place->what = sim_child_start(&place->child, work, place) ? WORKING : EMPTY;
    return place->what == WORKING;
}

/* The numbers of a result that a dead process left: its pointers are not ours. */
static struct report_scenario numbers_of(const struct report_scenario *left)
{
    struct report_scenario numbers = *left;
    numbers.path = numbers.name = numbers.retells = numbers.error = NULL;
    numbers.hazards = NULL;
    numbers.failure = NULL;
    numbers.moves = NULL;
    numbers.notes = NULL;
    return numbers;
}

static void end_telling(struct place *place, bool heard)
{
    sim_telling_end(&place->telling, heard ? &place->child : NULL,
                    new_result(place->pool, place->told_index));
}

/* Its run broke it. */
static void tell_of(struct place *place, size_t index)
{
    struct pool *pool = place->pool;
    const struct slot *slot = place->slot;
    const struct sim_broken broken = {
        .runner = &pool->order->runner,
        .scenario = pool->order->scenarios[index],
        .seed = slot->seed,
        .fill = slot->fill,
        .limit_ns = pool->order->run_limit_ns,
        .so_far = numbers_of(&slot->so_far),
        .words = sim_child_words(&place->child),
    };
    sim_child_release(&place->child);
    place->told_index = index;
    place->what = TELLING;
    if (!sim_telling_begin(&place->telling, &broken, &place->child)) {
        end_telling(place, false);
        place->what = EMPTY;
    }
}

static void worker_ended(struct place *place)
{
    struct pool *pool = place->pool;
    uint64_t task = place->slot->task;
    bool broke = sim_child_broke(&place->child);
    place->what = EMPTY;
    if (task > 0 && task <= pool->order->count && !pool->outcomes[task - 1].done) {
        tell_of(place, (size_t)task - 1);
        return;
    }
    if (place->child.said_length > 0) {
        pool->order->said(pool->order->ctx, place->child.said);
        pool->end.worker_broke = pool->end.worker_broke || broke;
    }
    sim_child_release(&place->child);
}

static void child_ended(struct place *place)
{
    sim_child_reap(&place->child);
    if (place->what == WORKING) {
        worker_ended(place);
    } else {
        end_telling(place, true);
        sim_child_release(&place->child);
        place->what = EMPTY;
    }
    if (place->what == EMPTY && is_work_left(place->pool)) {
        (void)start_worker(place);
    }
}

/* --- what they hand back -------------------------------------------------------------------- */

static bool hear_worker(struct place *place)
{
    struct pool *pool = place->pool;
    struct sim_child *child = &place->child;
    struct head head;
    while (child->used >= sizeof(head)) {
        memcpy(&head, child->bytes, sizeof(head));
        if (head.index >= pool->order->count || pool->outcomes[head.index].done ||
            is_nothing_to_do(pool, head.index) || head.size > REPORT_RECORD_MAX) {
            return false;
        }
        if (child->used < sizeof(head) + head.size) {
            return true;
        }
        struct report_scenario result;
        if (!report_record_read(child->bytes + sizeof(head), (size_t)head.size, &result)) {
            return false;
        }
        *new_result(pool, (size_t)head.index) = result;
        pool->end.broken_off = pool->end.broken_off || head.whole != 1;
        sim_child_take(child, sizeof(head) + (size_t)head.size);
    }
    return true;
}

static void child_is_ready(struct place *place, int fd)
{
    struct sim_child *child = &place->child;
    sim_child_read(child, fd);
    bool sense =
        place->what == WORKING ? hear_worker(place) : sim_telling_hear(&place->telling, child);
    if (!sense) {
        child->senseless = true;
        child->used = 0;
        sim_child_kill(child);
        sim_child_release(child);
    }
    if (child->out < 0 && child->err < 0) {
        child_ended(place);
    }
}

/* --- the loop ------------------------------------------------------------------------------- */

static unsigned busy_count(const struct pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pool->order->job_count; i++) {
        count += pool->places[i].what != EMPTY ? 1 : 0;
    }
    return count;
}

/* Waits until a child has something to hand over, but not for long. */
static void wait_for_some(struct pool *pool)
{
    struct pollfd fds[2 * SIM_WORKERS_MAX];
    struct place *whose[2 * SIM_WORKERS_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < pool->order->job_count; i++) {
        struct place *place = &pool->places[i];
        const int both[] = { place->child.out, place->child.err };
        for (size_t k = 0; k < 2 && place->what != EMPTY; k++) {
            if (both[k] >= 0) {
                whose[count] = place;
                fds[count++] = (struct pollfd){ .fd = both[k], .events = POLLIN };
            }
        }
    }
    if (poll(fds, count, LOOK_INTERVAL_MS) <= 0) {
        return;
    }
    for (nfds_t i = 0; i < count; i++) {
        const struct sim_child *child = &whose[i]->child;
        bool still =
            whose[i]->what != EMPTY && (child->out == fds[i].fd || child->err == fds[i].fd);
        if (fds[i].revents != 0 && still) {
            child_is_ready(whose[i], fds[i].fd);
        }
    }
}

static void show_progress(const struct pool *pool)
{
    const struct sim_workers *order = pool->order;
    for (unsigned i = 0; i < order->job_count && order->progress != NULL; i++) {
        uint64_t task = pool->places[i].slot->task;
        if (pool->places[i].what == WORKING && task > 0 && task <= order->count) {
            order->progress(order->ctx, pool->done_count, (size_t)task - 1,
                            pool->places[i].slot->seed);
            return;
        }
    }
}

/* Workers that hear it say how far they came; nobody waits long for the others, nor
 * for a story. */
static void look_for_stop(struct pool *pool)
{
    const volatile sig_atomic_t *stop = pool->order->runner.stop;
    if (!pool->stopping && stop != NULL && *stop) {
        pool->stopping = true;
        pool->shared->stop = 1;
        pool->kill_ns = sim_wall_ns() + STOP_PATIENCE_NS;
    }
    if (!pool->stopping) {
        return;
    }
    for (unsigned i = 0; i < pool->order->job_count; i++) {
        struct place *place = &pool->places[i];
        bool late = sim_wall_ns() >= pool->kill_ns;
        if (place->what == TELLING) {
            sim_child_kill(&place->child);
            end_telling(place, false);
        } else if (place->what == WORKING && late) {
            sim_child_kill(&place->child);
        } else {
            continue;
        }
        sim_child_release(&place->child);
        place->what = EMPTY;
    }
}

/* There can be no other process. */
static void work_here(struct pool *pool)
{
    const struct sim_workers *order = pool->order;
    struct sim_runner runner = order->runner;
    runner.running = NULL;
    while (is_work_left(pool)) {
        size_t index = atomic_fetch_add(&pool->shared->next, 1);
        if (!is_nothing_to_do(pool, index)) {
            bool whole = sim_runner_run(&runner, order->scenarios[index], new_result(pool, index));
            pool->end.broken_off = pool->end.broken_off || !whole;
        }
        hand_on_ready(pool);
        look_for_stop(pool);
    }
}

/* --- life cycle ------------------------------------------------------------------------------- */

static void pool_begin(struct pool *pool, const struct sim_workers *order)
{
    assert(order->job_count >= 1 && order->job_count <= SIM_WORKERS_MAX);
    *pool = (struct pool){ .order = order };
    pool->shared_size = sizeof(struct shared) + order->job_count * sizeof(struct slot);
    pool->shared =
        mmap(NULL, pool->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pool->shared == MAP_FAILED) {
        perror("drydock: no memory to share with workers");
        abort();
    }
    pool->outcomes = fake_memory_alloc((order->count + 1) * sizeof(*pool->outcomes));
    pool->places = fake_memory_alloc(order->job_count * sizeof(*pool->places));
    for (unsigned i = 0; i < order->job_count; i++) {
        pool->places[i].pool = pool;
        pool->places[i].slot = &pool->shared->slots[i];
    }
}

static void pool_end(struct pool *pool)
{
    for (size_t i = pool->next_out; i < pool->order->count; i++) {
        if (pool->outcomes[i].done) {
            hand_on(pool, i);
        }
    }
    pool->end.broken_off = pool->end.broken_off || pool->next_out < pool->order->count;
    (void)munmap(pool->shared, pool->shared_size);
    free(pool->outcomes);
    free(pool->places);
}

struct sim_workers_end sim_workers_run(const struct sim_workers *order)
{
    struct pool pool;
    pool_begin(&pool, order);
    for (unsigned i = 0; i < order->job_count && i < order->count; i++) {
        if (!start_worker(&pool.places[i])) {
            break;
        }
    }
    hand_on_ready(&pool);
    while (busy_count(&pool) > 0) {
        wait_for_some(&pool);
        look_for_stop(&pool);
        hand_on_ready(&pool);
        show_progress(&pool);
    }
    work_here(&pool);
    pool_end(&pool);
    return pool.end;
}

unsigned sim_workers_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1) {
        return 1;
    }
    return count > SIM_WORKERS_MAX ? SIM_WORKERS_MAX : (unsigned)count;
}
