#include "sim/live/player.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "reports/record.h"
#include "sim/child.h"
#include "sim/live/stage.h"
#include "sim/runner.h"

/* One that is being played. */
struct performance {
    struct sim_child child;
    size_t index;
    bool told_to_stop;
};

/* All of them: first those that can share an engine, then one after the other those that
 * stop it. */
struct season {
    const struct sim_live_order *order;
    struct performance *performances; /* job_count of them; pid 0: free */
    unsigned playing_count;
    bool alone;  /* the second part */
    size_t next; /* to be begun */
    struct report_scenario *results;
    bool *done;
    size_t told; /* results that were handed over */
    bool broken_off;
};

struct body {
    const struct sim_live_order *order;
    size_t index;
};

static void perform(void *arg, int out)
{
    const struct body *body = arg;
    struct report_scenario result = { .verdict = REPORT_PASSED };
    char corner[64];
    unsigned char *bytes;
    size_t count;
    (void)snprintf(corner, sizeof(corner), "live-%ld-%zu", (long)getpid(), body->index);
    sim_live_perform(body->order, body->index, corner, &result);
    if (report_record_write(&result, &bytes, &count)) {
        sim_child_write(out, bytes, count);
        free(bytes);
    }
    report_scenario_release(&result);
}

/* --- results ----------------------------------------------------------------------------- */

static void settle(struct season *season, size_t index)
{
    season->done[index] = true;
    while (season->told < season->order->count && season->done[season->told]) {
        size_t at = season->told++;
        bool readable = season->order->scenarios[at] != NULL;
        season->order->finished(season->order->ctx, at, readable ? &season->results[at] : NULL);
    }
}

static void describe(const struct season *season, size_t index)
{
    const struct sim_runner runner = { .seed_first = season->order->seed,
                                       .seed_last = season->order->seed };
    sim_runner_describe(&runner, season->order->scenarios[index], &season->results[index]);
}

static void skip(struct season *season, size_t index, const char *why)
{
    describe(season, index);
    season->results[index].verdict = REPORT_SKIPPED;
    season->results[index].error = fake_memory_copy(why);
    settle(season, index);
}

static void fail(struct season *season, size_t index, char *words)
{
    struct report_failure *failure = fake_memory_alloc(sizeof(*failure));
    describe(season, index);
    failure->seed = season->order->seed;
    failure->invariant = fake_memory_copy("live");
    failure->message = words;
    failure->command = sim_live_command_of(season->order, season->order->scenarios[index]->path);
    season->results[index].verdict = REPORT_FAILED;
    season->results[index].failure = failure;
}

static void end(struct season *season, struct performance *performance)
{
    struct sim_child *child = &performance->child;
    struct report_scenario *result = &season->results[performance->index];
    sim_child_reap(child);
    if (!report_record_read(child->bytes, child->used, result)) {
        fail(season, performance->index, sim_child_words(child));
    }
    season->broken_off = season->broken_off || result->verdict == REPORT_INTERRUPTED;
    sim_child_release(child);
    performance->child.pid = 0;
    season->playing_count--;
    settle(season, performance->index);
}

/* --- beginning --------------------------------------------------------------------------- */

static void begin(struct season *season, size_t index)
{
    struct performance *performance = season->performances;
    while (performance->child.pid != 0) {
        performance++;
    }
    struct body body = { .order = season->order, .index = index };
    performance->index = index;
    performance->told_to_stop = false;
    if (sim_child_start(&performance->child, perform, &body)) {
        season->playing_count++;
        return;
    }
    performance->child.pid = 0;
    fail(season, index, fake_memory_copy(strerror(errno)));
    settle(season, index);
}

static void begin_what_can(struct season *season)
{
    const struct sim_live_order *order = season->order;
    unsigned most = season->alone ? 1 : order->job_count;
    while (season->playing_count < most && season->next < order->count && !*order->stop) {
        size_t index = season->next++;
        const struct sim_scenario *scenario = order->scenarios[index];
        bool alone = scenario != NULL && sim_live_needs_it_alone(scenario);
        const char *obstacle = scenario != NULL ? sim_live_obstacle(scenario, order->site) : NULL;
        if (season->done[index] || (alone && !season->alone && obstacle == NULL)) {
            continue;
        }
        if (scenario == NULL) {
            settle(season, index);
        } else if (obstacle != NULL) {
            skip(season, index, obstacle);
        } else {
            begin(season, index);
        }
    }
}

/* --- waiting ------------------------------------------------------------------------------- */

static void stop_all(struct season *season)
{
    for (unsigned i = 0; i < season->order->job_count; i++) {
        struct performance *performance = &season->performances[i];
        if (performance->child.pid != 0 && !performance->told_to_stop) {
            performance->told_to_stop = true;
            (void)kill(performance->child.pid, SIGTERM);
        }
    }
}

static void listen_to_all(struct season *season)
{
    unsigned count = season->order->job_count;
    struct pollfd *polled = fake_memory_alloc((size_t)2 * count * sizeof(*polled));
    for (unsigned i = 0; i < count; i++) {
        const struct performance *performance = &season->performances[i];
        bool plays = performance->child.pid != 0;
        polled[2 * i] = (struct pollfd){ plays ? performance->child.out : -1, POLLIN, 0 };
        polled[2 * i + 1] = (struct pollfd){ plays ? performance->child.err : -1, POLLIN, 0 };
    }
    bool heard = poll(polled, 2 * count, -1) > 0;
    for (unsigned i = 0; heard && i < 2 * count; i++) {
        if (polled[i].fd >= 0 && polled[i].revents != 0) {
            sim_child_read(&season->performances[i / 2].child, polled[i].fd);
        }
    }
    fake_memory_free(polled);
    for (unsigned i = 0; i < count; i++) {
        struct performance *performance = &season->performances[i];
        if (performance->child.pid != 0 && performance->child.out < 0 &&
            performance->child.err < 0) {
            end(season, performance);
        }
    }
}

static void play_part(struct season *season, bool alone)
{
    season->alone = alone;
    season->next = 0;
    for (;;) {
        begin_what_can(season);
        if (*season->order->stop) {
            season->broken_off = true;
            stop_all(season);
        }
        if (season->playing_count == 0) {
            return;
        }
        listen_to_all(season);
    }
}

/* What was not begun, or not told, is not heard of. */
static void drop_rest(struct season *season)
{
    for (size_t i = season->told; i < season->order->count; i++) {
        if (season->done[i] && season->order->scenarios[i] != NULL) {
            season->order->finished(season->order->ctx, i, &season->results[i]);
        }
    }
}

bool sim_live_play(const struct sim_live_order *order)
{
    struct season season = { .order = order };
    season.performances = fake_memory_alloc(order->job_count * sizeof(*season.performances));
    season.results = fake_memory_alloc((order->count + 1) * sizeof(*season.results));
    season.done = fake_memory_alloc(order->count + 1);
    play_part(&season, false);
    play_part(&season, true);
    drop_rest(&season);
    fake_memory_free(season.performances);
    fake_memory_free(season.results);
    fake_memory_free(season.done);
    return !season.broken_off;
}
