/* gnu: MAP_ANONYMOUS and MAP_NORESERVE are not in POSIX 2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/explore/crew.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "sim/array.h"
#include "sim/child.h"
#include "sim/progress.h"
#include "sim/watchdog.h"

#define MOVE_LIMIT_NS UINT64_C(10000000000) /* CPU time of one; then it has no end */
#define STOP_PATIENCE_NS UINT64_C(2000000000)
#define LOOK_INTERVAL_MS 50
#define START_LOOK_NS 10000
#define OTHERS_INTERVAL 64 /* looks between two at what others have done */

/* --- in a worker ------------------------------------------------------------------------ */

void sim_crew_stop(struct sim_crew *crew, enum sim_crew_stop why)
{
    int goes_on = SIM_CREW_GOES_ON;
    (void)atomic_compare_exchange_strong(&crew->board->stop, &goes_on, why);
}

void sim_crew_did(struct sim_crew *crew)
{
    uint64_t count = atomic_load_explicit(&crew->self->done_count, memory_order_relaxed);
    atomic_store_explicit(&crew->self->done_count, count + 1, memory_order_relaxed);
}

static uint64_t done_by_all(struct sim_crew *crew)
{
    if (crew->worker_count > 1 && crew->look_count++ % OTHERS_INTERVAL == 0) {
        crew->others_done = 0;
        for (unsigned i = 0; i < crew->worker_count; i++) {
            uint64_t done =
                atomic_load_explicit(&crew->board->workers[i].done_count, memory_order_relaxed);
            crew->others_done += i != crew->index ? done : 0;
        }
    }
    return crew->others_done + atomic_load_explicit(&crew->self->done_count, memory_order_relaxed);
}

bool sim_crew_is_over(struct sim_crew *crew)
{
    crew->self->run_number++; /* who asks comes to an end, though it may make no move */
    if (atomic_load_explicit(&crew->board->stop, memory_order_relaxed) != SIM_CREW_GOES_ON) {
        return true;
    }
    if (!sim_watch_is_over(&crew->watch, done_by_all(crew))) {
        return false;
    }
    bool asked = crew->watch.limits.stop != NULL && *crew->watch.limits.stop;
    sim_crew_stop(crew, asked ? SIM_CREW_STOPPED : SIM_CREW_LIMIT);
    return true;
}

void sim_crew_make(struct sim_crew *crew, const struct sim_move *moves)
{
    crew->self->run_number++;
    struct sim_stepper *stepper = crew->stepper;
    struct sim_alternative *alternative = &crew->self->way[crew->self->way_count - 1];
    sim_stepper_make(stepper, moves, alternative);
    if (stepper->answers.crowded[0] != '\0' && atomic_exchange(&crew->board->told, 1) == 0) {
        (void)snprintf(crew->board->crowded, sizeof(crew->board->crowded), "%s",
                       stepper->answers.crowded);
        sim_crew_stop(crew, SIM_CREW_CROWDED);
    }
    crew->counts->transition_count++;
}

void sim_crew_finish(struct sim_crew *crew)
{
    crew->self->finishing = true;
    crew->self->run_number++;
    sim_stepper_finish(crew->stepper);
    crew->self->finishing = false;
}

void sim_crew_complete(struct sim_crew *crew)
{
    crew->self->finishing = true;
    crew->self->run_number++;
    sim_stepper_complete(crew->stepper);
    crew->self->finishing = false;
}

bool sim_crew_is_wrong(struct sim_crew *crew, bool finished)
{
    const struct sim_violation *violation = sim_stepper_violation(crew->stepper);
    if (violation == NULL) {
        return false;
    }
    if (atomic_exchange(&crew->board->told, 1) == 0) {
        crew->board->violation = *violation;
        crew->board->failed_worker = crew->index;
        crew->self->finishing = finished;
        sim_crew_stop(crew, SIM_CREW_FAILED);
    }
    return true;
}

/* --- the board -------------------------------------------------------------------------- */

static void board_make(struct sim_crew *crew)
{
    crew->board_size = sizeof(struct sim_board) + crew->worker_count * sizeof(struct sim_worker);
    crew->board = mmap(NULL, crew->board_size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (crew->board == MAP_FAILED) {
        (void)fputs("drydock: there is no memory for the workers\n", stderr);
        abort();
    }
}

static void add_counts(struct sim_searched *out, const struct sim_counts *counts)
{
    out->state_count += counts->state_count;
    out->transition_count += counts->transition_count;
    out->end_count += counts->end_count;
    out->completed_count += counts->completed_count;
    out->walk_count += counts->walk_count;
    out->recalled_count += counts->recalled_count;
    out->saved_bytes += counts->saved_bytes;
    out->saved_count += counts->saved_count;
    out->depth_max = counts->depth_max > out->depth_max ? counts->depth_max : out->depth_max;
}

static void take_way(const struct sim_worker *worker, struct sim_way *way)
{
    size_t count = worker->way_count;
    way->at = sim_array_grow(way->at, &way->capacity, count, sizeof(*way->at));
    memcpy(way->at, worker->way, count * sizeof(*way->at));
    way->count = count;
    way->finished = worker->finishing;
}

static void take_all(const struct sim_crew *crew, struct sim_searched *out)
{
    for (unsigned i = 0; i < crew->worker_count; i++) {
        add_counts(out, &crew->board->workers[i].counts);
    }
    if (crew->board->stop == SIM_CREW_FAILED) {
        out->violation = crew->board->violation;
        out->way.broke = crew->board->broke;
        take_way(&crew->board->workers[crew->board->failed_worker], &out->way);
    }
    if (crew->board->stop == SIM_CREW_CROWDED) {
        (void)snprintf(out->crowded, sizeof(out->crowded), "%s", crew->board->crowded);
    }
    out->full = crew->board->stop == SIM_CREW_FULL;
    out->stopped = crew->board->stop == SIM_CREW_STOPPED;
}

/* --- processes ---------------------------------------------------------------------------- */

struct post {
    struct sim_crew crew;
    void (*body)(struct sim_crew *crew);
    struct sim_child child;
};

static void work(struct post *post)
{
    struct sim_crew *crew = &post->crew;
    post->body(crew);
}

static void child_work(void *arg, int out)
{
    struct post *post = arg;
    const struct timespec pause = { .tv_nsec = START_LOOK_NS };
    (void)out;
    while ((post->crew.worker_count = post->crew.board->worker_count) == 0) {
        (void)nanosleep(&pause, NULL);
    }
    /* It is the parent that hears of an interrupt. */
    post->crew.watch.limits.stop = NULL;
    uint64_t move_ns = post->crew.watch.limits.move_ns;
    sim_watchdog_start(&post->crew.self->run_number, move_ns > 0 ? move_ns : MOVE_LIMIT_NS);
    work(post);
    post->crew.self->done = true;
}

/* What broke a worker is a violation; the way that it was going is on the board. */
static void hear_end(struct post *post)
{
    struct sim_crew *crew = &post->crew;
    sim_child_reap(&post->child);
    bool broke = sim_child_broke(&post->child) && !crew->self->done;
    if (broke && atomic_exchange(&crew->board->told, 1) == 0) {
        char *words = sim_child_words(&post->child);
        struct sim_violation *violation = &crew->board->violation;
        *violation = (struct sim_violation){ .invariant = "assert" };
        (void)snprintf(violation->message, sizeof(violation->message), "%s", words);
        fake_memory_free(words);
        crew->board->failed_worker = crew->index;
        crew->board->broke = true;
        crew->board->stop = SIM_CREW_FAILED;
    }
}

static bool is_there(const struct sim_child *child)
{
    return child->pid > 0;
}

/* Read what is said until something has ended, or it is time to look around. */
static void listen_to(struct post *posts, unsigned count)
{
    struct pollfd ends[2 * SIM_VISITED_WORKER_MAX];
    for (unsigned i = 0; i < count; i++) {
        ends[2 * i] = (struct pollfd){ .fd = posts[i].child.out, .events = POLLIN };
        ends[2 * i + 1] = (struct pollfd){ .fd = posts[i].child.err, .events = POLLIN };
    }
    if (poll(ends, 2 * (nfds_t)count, LOOK_INTERVAL_MS) <= 0) {
        return;
    }
    for (unsigned i = 0; i < 2 * count; i++) {
        if (ends[i].revents != 0) {
            sim_child_read(&posts[i / 2].child, ends[i].fd);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        struct sim_child *child = &posts[i].child;
        if (is_there(child) && child->out < 0 && child->err < 0) {
            hear_end(&posts[i]);
        }
    }
}

static bool any_there(const struct post *posts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (is_there(&posts[i].child)) {
            return true;
        }
    }
    return false;
}

/* Until all have ended. Those that are told to stop have a while to do so. */
static void wait_for_all(struct post *posts, unsigned count, const volatile sig_atomic_t *stop)
{
    struct sim_board *board = posts[0].crew.board;
    uint64_t kill_ns = 0;
    while (any_there(posts, count)) {
        listen_to(posts, count);
        if (stop != NULL && *stop) {
            sim_crew_stop(&posts[0].crew, SIM_CREW_STOPPED);
        }
        if (board->stop == SIM_CREW_GOES_ON) {
            continue;
        }
        kill_ns = kill_ns != 0 ? kill_ns : sim_wall_ns() + STOP_PATIENCE_NS;
        for (unsigned i = 0; i < count && sim_wall_ns() > kill_ns; i++) {
            if (is_there(&posts[i].child)) {
                sim_child_kill(&posts[i].child);
            }
        }
    }
}

/* As many as there can be, of @count; returns how many. */
static unsigned start_all(struct post *posts, unsigned count)
{
    unsigned started = 0;
    while (started < count && sim_child_start(&posts[started].child, child_work, &posts[started])) {
        started++;
    }
    posts[0].crew.board->worker_count = started;
    return started;
}

static void run_processes(struct post *posts, const struct sim_limits *limits)
{
    unsigned count = start_all(posts, limits->job_count);
    if (count == 0) {
        posts[0].crew.worker_count = 1;
        work(&posts[0]);
        return;
    }
    wait_for_all(posts, count, limits->stop);
    for (unsigned i = 0; i < count; i++) {
        sim_child_release(&posts[i].child);
    }
}

enum sim_crew_stop sim_crew_search(struct sim_stepper *stepper, const struct sim_limits *limits,
                                   const struct sim_crew_task *task, struct sim_searched *out)
{
    unsigned count = limits->job_count > 0 ? limits->job_count : 1;
    assert(count <= SIM_VISITED_WORKER_MAX);
    struct sim_crew crew = { .worker_count = count, .stepper = stepper, .arg = task->arg };
    struct post *posts = fake_memory_alloc(count * sizeof(*posts));
    *out = (struct sim_searched){ .complete = false };
    board_make(&crew);
    sim_watch_begin(&crew.watch, limits);
    for (unsigned i = 0; i < count; i++) {
        posts[i] = (struct post){ .crew = crew, .body = task->body };
        posts[i].crew.index = i;
        posts[i].crew.self = &crew.board->workers[i];
        posts[i].crew.counts = &crew.board->workers[i].counts;
    }
    if (limits->job_count > 0) {
        run_processes(posts, limits);
    } else {
        work(&posts[0]);
    }
    take_all(&crew, out);
    if (task->ended != NULL) {
        task->ended(&crew);
    }
    enum sim_crew_stop stop = (enum sim_crew_stop)crew.board->stop;
    (void)munmap(crew.board, crew.board_size);
    fake_memory_free(posts);
    return stop;
}
