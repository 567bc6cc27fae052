#include "sim/explore/attempt.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "sim/child.h"
#include "sim/explore/follow.h"
#include "sim/explore/tape_replay.h"

/* CPU time after which something has no end: at most so much, and not much more than what
 * the longest took that came to one; most take milliseconds. */
#define LIMIT_US UINT64_C(2000000)
#define LEAST_US UINT64_C(250000)
#define TIMES_LONGEST 20

static uint64_t longest_us; /* of this process's attempts; 0: none has ended yet */

/* "removed", of the place "f.json:9: steps[2].expect.removed["app:1"]": what it is about may
 * be renamed as callers are told apart, and steps are renumbered. Sets @length. */
static const char *expected_at(const char *where, size_t *length)
{
    static const char *const holders[] = { ": finally.", ".expect." };
    const char *at = where;
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        const char *found = strstr(where, holders[i]);
        at = found != NULL ? found + strlen(holders[i]) : at;
    }
    *length = strcspn(at, ".[");
    return at;
}

/* Of what somebody was told, the word: `found "timed out": …`; "": it says none. */
static const char *told_word(const char *message, size_t *length)
{
    static const char mark[] = ", found \"";
    const char *found = strstr(message, mark);
    const char *at = found != NULL ? found + strlen(mark) : "";
    *length = strcspn(at, "\"");
    return at;
}

static bool found_the_same(const struct sim_failure *one, const struct sim_failure *other)
{
    size_t length;
    size_t other_length;
    const char *word = told_word(one->message, &length);
    const char *other_word = told_word(other->message, &other_length);
    return length == other_length && memcmp(word, other_word, length) == 0;
}

/* The same expectation; and who was told another word than before did not fail alike. */
static bool expects_the_same(const struct sim_failure *one, const struct sim_failure *other)
{
    size_t length;
    size_t other_length;
    const char *at = expected_at(one->where, &length);
    const char *other_at = expected_at(other->where, &other_length);
    bool same = length == other_length && memcmp(at, other_at, length) == 0;
    bool is_told = length == strlen("told") && memcmp(at, "told", length) == 0;
    return same && (!is_told || found_the_same(one, other));
}

bool sim_failure_is(const struct sim_failure *one, const struct sim_failure *other)
{
    if (strcmp(one->invariant, other->invariant) != 0) {
        return false;
    }
    if (strcmp(one->invariant, "expect") == 0) {
        return expects_the_same(one, other);
    }
    return strcmp(one->invariant, "assert") != 0 || strcmp(one->message, other->message) == 0;
}

/* Behind all that a process hands back: it got to its end, whatever a tool that it runs
 * under makes of its exit status. */
static const char end_mark[] = "attempted";

struct attempt {
    void (*body)(void *arg, FILE *file, struct sim_attempted *out);
    void *arg;
};

static uint64_t limit_of_attempts(void)
{
    uint64_t limit_us = LEAST_US + TIMES_LONGEST * longest_us;
    return longest_us == 0 || limit_us > LIMIT_US ? LIMIT_US : limit_us;
}

static uint64_t used_us(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* What is handed back: all that was written, and how it ended. */
static void run_body(void *arg, int out)
{
    const struct attempt *attempt = arg;
    const uint64_t limit_us = limit_of_attempts();
    const struct itimerval limit = {
        .it_value = { .tv_sec = (time_t)(limit_us / 1000000),
                      .tv_usec = (suseconds_t)(limit_us % 1000000) },
    };
    struct sim_attempted attempted;
    FILE *file = fdopen(dup(out), "w");
    memset(&attempted, 0, sizeof(attempted));
    (void)setitimer(ITIMER_PROF, &limit, NULL);
    if (file == NULL) {
        _Exit(1);
    }
    attempt->body(attempt->arg, file, &attempted);
    (void)fclose(file);
    attempted.cpu_us = used_us();
    sim_child_write(out, &attempted, sizeof(attempted));
    sim_child_write(out, end_mark, sizeof(end_mark));
    _Exit(0);
}

/* Read both ends until they are closed. */
static void listen_to(struct sim_child *child)
{
    while (child->out >= 0 || child->err >= 0) {
        struct pollfd ends[2] = { { .fd = child->out, .events = POLLIN },
                                  { .fd = child->err, .events = POLLIN } };
        if (poll(ends, 2, -1) < 0) {
            continue; /* a signal */
        }
        for (size_t i = 0; i < 2; i++) {
            if (ends[i].revents != 0) {
                sim_child_read(child, ends[i].fd);
            }
        }
    }
}

void sim_attempt_telling(void (*body)(void *arg, FILE *file, struct sim_attempted *out), void *arg,
                         FILE *to, struct sim_attempted *out)
{
    struct attempt attempt = { body, arg };
    struct sim_child child;
    if (!sim_child_start(&child, run_body, &attempt)) {
        (void)fprintf(stderr, "drydock: there can be no process to try something in: %s\n",
                      strerror(errno));
        abort();
    }
    listen_to(&child);
    sim_child_reap(&child);
    memset(out, 0, sizeof(*out));
    size_t told = child.used;
    size_t tail = sizeof(*out) + sizeof(end_mark);
    if (told >= tail &&
        memcmp(child.bytes + told - sizeof(end_mark), end_mark, sizeof(end_mark)) == 0) {
        told -= tail;
        memcpy(out, child.bytes + told, sizeof(*out));
        longest_us = out->cpu_us > longest_us ? out->cpu_us : longest_us;
    } else {
        char *words = sim_child_words(&child);
        (void)snprintf(out->failure.invariant, sizeof(out->failure.invariant), "assert");
        (void)snprintf(out->failure.message, sizeof(out->failure.message), "%s", words);
        fake_memory_free(words);
    }
    if (to != NULL && told > 0) {
        (void)fwrite(child.bytes, 1, told, to);
    }
    sim_child_release(&child);
}

struct silent {
    void (*body)(void *arg, struct sim_attempted *out);
    void *arg;
};

static void run_silent(void *arg, FILE *file, struct sim_attempted *out)
{
    const struct silent *silent = arg;
    (void)file;
    silent->body(silent->arg, out);
}

void sim_attempt(void (*body)(void *arg, struct sim_attempted *out), void *arg,
                 struct sim_attempted *out)
{
    struct silent silent = { body, arg };
    sim_attempt_telling(run_silent, &silent, NULL, out);
}

void sim_failure_of(const struct sim_violation *violation, struct sim_failure *failure)
{
    memcpy(failure->invariant, violation->invariant, sizeof(failure->invariant));
    memcpy(failure->message, violation->message, sizeof(failure->message));
    memcpy(failure->subject, violation->subject, sizeof(failure->subject));
    memcpy(failure->where, violation->where, sizeof(failure->where));
}

struct tape_attempt {
    const struct sim_scenario *scenario;
    const struct sim_way_tape *tape;
};

static void replay_body(void *arg, struct sim_attempted *out)
{
    const struct tape_attempt *attempt = arg;
    const struct sim_replay replay = { .finish = true };
    struct sim_replayed replayed;
    sim_way_tape_replay(attempt->scenario, attempt->tape, &replay, &replayed);
    sim_failure_of(&replayed.violation, &out->failure);
    out->made_count = replayed.made_count;
    out->missing_count = replayed.missing_count;
}

void sim_attempt_tape(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                      struct sim_attempted *out)
{
    struct tape_attempt attempt = { scenario, tape };
    sim_attempt(replay_body, &attempt, out);
}

struct run_attempt {
    const struct sim_scenario *scenario;
    uint64_t seed;
};

static void run_scenario(void *arg, struct sim_attempted *out)
{
    const struct run_attempt *attempt = arg;
    const struct sim_world_options options = { .seed = attempt->seed, .fill = 0xAA };
    struct sim_run run;
    struct sim_world *world = sim_world_create(attempt->scenario);
    sim_follow(world, &options, &run);
    sim_failure_of(&run.violation, &out->failure);
    sim_world_destroy(world);
}

void sim_attempt_run(const struct sim_scenario *scenario, uint64_t seed, struct sim_attempted *out)
{
    struct run_attempt attempt = { scenario, seed };
    sim_attempt(run_scenario, &attempt, out);
}
