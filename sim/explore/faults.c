#include "sim/explore/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/crash.h"
#include "sim/explore/follow.h"

#define FILL 0xAA

struct way {
    const char *call;
    const char *word;
    const char *text; /* in a scenario's file */
    struct fake_fault fault;
};

#define STATUS(of, http_status, words)                                                             \
    {                                                                                              \
        .kind = FAKE_FAULT_STATUS, .call = FAKE_CALL_##of, .status = (http_status),                \
        .reason = (words)                                                                          \
    }
#define OTHER(of, what)                                                                            \
    {                                                                                              \
        .kind = FAKE_FAULT_##what, .call = FAKE_CALL_##of                                          \
    }
#define DONE(of, what)                                                                             \
    {                                                                                              \
        .kind = FAKE_FAULT_##what, .call = FAKE_CALL_##of, .executed = true                        \
    }

/* In which calls can fail without an engine that lies: it never says 404 of what is there.
 * A DELETE has no deadline, and so does not hang: that would be for ever. */
static const struct way ways[] = {
    { "inspect", "error", "\"status\": 500, \"reason\": \"server error\"",
      STATUS(INSPECT, 500, "server error") },
    { "inspect", "unsent", "\"unsent\": true", OTHER(INSPECT, UNSENT) },
    { "inspect", "lose", "\"lose\": true", OTHER(INSPECT, LOSE) },
    { "inspect", "refuse", "\"refuse\": true", OTHER(INSPECT, REFUSE) },
    { "inspect", "hang", "\"hang\": true", OTHER(INSPECT, HANG) },
    { "remove", "error", "\"status\": 500, \"reason\": \"server error\"",
      STATUS(REMOVE, 500, "server error") },
    { "remove", "in-use", "\"status\": 409, \"reason\": \"in use\"",
      STATUS(REMOVE, 409, "in use") },
    { "remove", "stopped", "\"status\": 409, \"reason\": \"in use by stopped\"",
      STATUS(REMOVE, 409, "in use by stopped") },
    { "remove", "children", "\"status\": 409, \"reason\": \"children\"",
      STATUS(REMOVE, 409, "children") },
    { "remove", "names", "\"status\": 409, \"reason\": \"names\"", STATUS(REMOVE, 409, "names") },
    { "remove", "unsent", "\"unsent\": true", OTHER(REMOVE, UNSENT) },
    { "remove", "lose", "\"lose\": true", OTHER(REMOVE, LOSE) },
    { "remove", "lose-done", "\"lose\": true, \"executed\": true", DONE(REMOVE, LOSE) },
    { "remove", "refuse", "\"refuse\": true", OTHER(REMOVE, REFUSE) },
    { "pull", "error", "\"status\": 500, \"reason\": \"server error\"",
      STATUS(PULL, 500, "server error") },
    { "pull", "denied", "\"status\": 404, \"reason\": \"denied\"", STATUS(PULL, 404, "denied") },
    { "pull", "not-found", "\"status\": 404, \"reason\": \"not found\"",
      STATUS(PULL, 404, "not found") },
    { "pull", "rate-limit", "\"status\": 500, \"reason\": \"rate limit\"",
      STATUS(PULL, 500, "rate limit") },
    { "pull",
      "stream",
      "\"stream\": \"unexpected eof\"",
      { .kind = FAKE_FAULT_STREAM, .call = FAKE_CALL_PULL, .reason = "unexpected eof" } },
    { "pull", "truncate", "\"truncate\": true", OTHER(PULL, TRUNCATE) },
    { "pull", "truncate-done", "\"truncate\": true, \"executed\": true", DONE(PULL, TRUNCATE) },
    { "pull", "unsent", "\"unsent\": true", OTHER(PULL, UNSENT) },
    { "pull", "lose", "\"lose\": true", OTHER(PULL, LOSE) },
    { "pull", "lose-done", "\"lose\": true, \"executed\": true", DONE(PULL, LOSE) },
    { "pull", "hang", "\"hang\": true", OTHER(PULL, HANG) },
    { "pull", "refuse", "\"refuse\": true", OTHER(PULL, REFUSE) },
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

/* --- names ----------------------------------------------------------------------------- */

bool sim_failing_read(const char *text, struct sim_failing *out)
{
    for (size_t i = 0; i < WAY_COUNT; i++) {
        size_t length = strlen(ways[i].call);
        if (strncmp(text, ways[i].call, length) != 0 || text[length] != ':') {
            continue;
        }
        char *end;
        const char *digits = text + length + 1;
        unsigned long nth = strtoul(digits, &end, 10);
        if (*digits >= '1' && *digits <= '9' && nth <= 1000000 && *end == ':' &&
            strcmp(end + 1, ways[i].word) == 0) {
            *out = (struct sim_failing){ .way = i, .nth = (unsigned)nth };
            return true;
        }
    }
    return false;
}

void sim_failing_write(const struct sim_failing *failing, char out[SIM_FAILING_SIZE])
{
    (void)snprintf(out, SIM_FAILING_SIZE, "%s:%u:%s", ways[failing->way].call, failing->nth,
                   ways[failing->way].word);
}

const char *sim_failing_fault(const struct sim_failing *failing)
{
    return ways[failing->way].text;
}

/* --- runs ------------------------------------------------------------------------------- */

bool sim_faults_run(struct sim_world *world, const struct sim_faults_schedule *schedule,
                    const struct sim_failing *failing, bool keep, struct sim_run *out)
{
    static const struct sim_tape nothing_chosen;
    struct fake_fault fault = ways[failing->way].fault;
    fault.nth = failing->nth;
    const struct sim_world_options options = {
        .seed = schedule->seed,
        .tape = schedule->is_seed ? NULL : &nothing_chosen,
        .keep = keep,
        .fill = FILL,
        .fault = &fault,
    };
    sim_follow(world, &options, out);
    return out->fault_hit;
}

/* False: the sweep is over. */
static bool run_one(struct sim_world *world, const struct sim_scenario *scenario,
                    struct sim_faults_swept *out)
{
    struct sim_run run;
    char words[512];
    char name[SIM_FAILING_SIZE];
    sim_failing_write(&out->failing, name);
    (void)snprintf(words, sizeof(words), "%.255s (%s)", scenario->path, name);
    sim_crash_running(words, out->schedule.seed);
    bool hit = sim_faults_run(world, &out->schedule, &out->failing, false, &run);
    sim_crash_running(NULL, 0);
    out->run_count++;
    out->call_count += hit ? 1 : 0;
    out->violation = run.violation;
    return hit && run.violation.invariant[0] == '\0';
}

static bool is_over(const struct sim_watch *watch, struct sim_faults_swept *out)
{
    struct sim_watch look = *watch;
    out->complete = out->complete && !sim_watch_is_over(&look, out->run_count);
    return !out->complete || out->violation.invariant[0] != '\0';
}

void sim_faults_sweep(const struct sim_scenario *scenario, const struct sim_limits *limits,
                      const struct sim_faults_schedule *schedules, size_t count,
                      struct sim_faults_swept *out)
{
    struct sim_world *world = sim_world_create(scenario);
    bool seen[WAY_COUNT] = { false };
    struct sim_watch watch;
    sim_watch_begin(&watch, limits);
    *out = (struct sim_faults_swept){ .complete = true };
    for (size_t i = 0; i < count && !is_over(&watch, out); i++) {
        out->schedule = schedules[i];
        for (size_t way = 0; way < WAY_COUNT && !is_over(&watch, out); way++) {
            out->failing = (struct sim_failing){ .way = way, .nth = 1 };
            while (run_one(world, scenario, out) && !is_over(&watch, out)) {
                out->failing.nth++;
                seen[way] = true;
            }
        }
    }
    for (size_t way = 0; way < WAY_COUNT; way++) {
        out->way_count += seen[way] ? 1 : 0;
    }
    sim_world_destroy(world);
}
