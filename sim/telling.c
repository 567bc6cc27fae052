#include "sim/telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/explore/follow.h"
#include "sim/story.h"
#include "sim/watchdog.h"
#include "sim/world.h"

#define LINES_MAX 3000 /* kept of a run that may have no end */
#define TEXT_MAX 2048
#define END_OF_RUN UINT64_MAX

/* Before each line's two texts. */
struct head {
    uint64_t time_ns; /* END_OF_RUN: it did not break */
    uint64_t who_length;
    uint64_t text_length;
};

/* --- in the child ----------------------------------------------------------------------- */

static void hand_line(void *ctx, const struct sim_trace_line *line)
{
    const int *out = ctx;
    unsigned char frame[sizeof(struct head) + 2 * TEXT_MAX];
    struct head head = { .time_ns = line->time_ns,
                         .who_length = strnlen(line->who, TEXT_MAX),
                         .text_length = strnlen(line->text, TEXT_MAX) };
    if (!line->in_story) {
        return;
    }
    memcpy(frame, &head, sizeof(head));
    memcpy(frame + sizeof(head), line->who, head.who_length);
    memcpy(frame + sizeof(head) + head.who_length, line->text, head.text_length);
    sim_child_write(*out, frame, sizeof(head) + head.who_length + head.text_length);
}

static void tell(void *arg, int out)
{
    static const volatile uint64_t only_run;
    const struct sim_broken *broken = arg;
    const struct head end = { .time_ns = END_OF_RUN };
    struct sim_run run;
    sim_watchdog_start(&only_run, broken->limit_ns);
    struct sim_world *world = sim_world_create(broken->scenario);
    const struct sim_world_options options = { .seed = broken->seed,
                                               .fill = broken->fill,
                                               .personality = broken->runner->personality,
                                               .sink = { .line = hand_line, .ctx = &out } };
    sim_follow(world, &options, &run);
    sim_child_write(out, &end, sizeof(end));
    sim_world_destroy(world);
}

/* --- in the parent ------------------------------------------------------------------------ */

bool sim_telling_begin(struct sim_telling *telling, const struct sim_broken *broken,
                       struct sim_child *child)
{
    *telling = (struct sim_telling){ .broken = *broken };
    sim_trace_init(&telling->trace);
    sim_trace_begin(&telling->trace, true, (struct sim_namer){ .nickname = NULL });
    return sim_child_start(child, tell, &telling->broken);
}

bool sim_telling_hear(struct sim_telling *telling, struct sim_child *child)
{
    struct head head;
    size_t taken = 0;
    while (child->used - taken >= sizeof(head)) {
        const unsigned char *at = child->bytes + taken;
        memcpy(&head, at, sizeof(head));
        if (head.who_length > TEXT_MAX || head.text_length > TEXT_MAX) {
            return false;
        }
        size_t size = sizeof(head) + (size_t)head.who_length + (size_t)head.text_length;
        if (child->used - taken < size) {
            break;
        }
        if (head.time_ns == END_OF_RUN) {
            telling->ended = true;
        } else {
            char who[TEXT_MAX + 1];
            memcpy(who, at + sizeof(head), (size_t)head.who_length);
            who[head.who_length] = '\0';
            sim_trace_say(&telling->trace, head.time_ns, true, who, "%.*s", (int)head.text_length,
                          (const char *)at + sizeof(head) + head.who_length);
            sim_trace_bound(&telling->trace, LINES_MAX);
        }
        taken += size;
    }
    sim_child_take(child, taken);
    return true;
}

static void copy_numbers(const struct report_scenario *from, struct report_scenario *to)
{
    to->run_count = from->run_count;
    to->distinct_count = from->distinct_count;
    to->trace_hash = from->trace_hash;
    to->event_count = from->event_count;
    to->simulated_ns = from->simulated_ns;
    to->skipped_count = from->skipped_count;
    to->late_count = from->late_count;
}

void sim_telling_end(struct sim_telling *telling, const struct sim_child *child,
                     struct report_scenario *out)
{
    struct sim_broken *broken = &telling->broken;
    struct report_failure *failure = fake_memory_alloc(sizeof(*failure));
    sim_runner_describe(broken->runner, broken->scenario, out);
    copy_numbers(&broken->so_far, out);
    out->failure = failure;
    failure->seed = broken->seed;
    failure->story = sim_story_tell(&telling->trace, "");
    failure->command = sim_runner_command(broken->runner, broken->scenario->path, broken->seed);
    if (telling->ended) {
        size_t size = strlen(broken->words) + 128;
        out->verdict = REPORT_NONDETERMINISTIC;
        failure->invariant = fake_memory_copy("D1");
        failure->message = fake_memory_alloc(size);
        (void)snprintf(failure->message, size,
                       "the run broke, and not when it was run again by itself: %s", broken->words);
        free(broken->words);
    } else {
        /* The same way again is the one that was told. */
        bool again = child != NULL && child->pid == 0 && sim_child_broke(child);
        out->verdict = REPORT_FAILED;
        failure->invariant = fake_memory_copy("assert");
        failure->message = again ? sim_child_words(child) : broken->words;
        if (again) {
            free(broken->words);
        }
    }
    broken->words = NULL;
    sim_trace_release(&telling->trace);
}
