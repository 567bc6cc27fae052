/* The trace: its hash, and its lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/story.h"
#include "sim/trace.h"

#include <stdlib.h>

#define EIGHT "aaaaaaaa"
#define ID "sha256:" EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

static const char *nickname(void *ctx, const char *id)
{
    (void)ctx;
    return strcmp(id, ID) == 0 ? "redis-a" : NULL;
}

static const struct sim_namer namer = { .nickname = nickname };

static uint64_t hash_of_event(const struct dd_event *event, bool keep)
{
    struct sim_trace trace;
    sim_trace_init(&trace);
    sim_trace_begin(&trace, keep, namer);
    sim_trace_event(&trace, event);
    uint64_t hash = trace.hash;
    sim_trace_release(&trace);
    return hash;
}

/* Every field of an event is part of the hash; addresses and lines are not. */
static void test_every_field_of_an_event_counts(void **state)
{
    const struct dd_event plain = { .kind = DD_EVENT_GRANTED, .image = ID };
    char same_id[] = ID;
    const struct dd_event others[] = {
        { .kind = DD_EVENT_TOLD, .image = ID },
        { .kind = DD_EVENT_GRANTED, .image = ID, .time_ns = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .reference = "" },
        { .kind = DD_EVENT_GRANTED, .image = "b" },
        { .kind = DD_EVENT_GRANTED, .image = ID, .caller = "web" },
        { .kind = DD_EVENT_GRANTED, .image = ID, .operation = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .lease = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .generation = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .count = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .attempt = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .http_status = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .status = DD_EGONE },
        { .kind = DD_EVENT_GRANTED, .image = ID, .conflict = DD_CONFLICT_OTHER },
        { .kind = DD_EVENT_GRANTED, .image = ID, .after_ns = 1 },
        { .kind = DD_EVENT_GRANTED, .image = ID, .was = DD_IMAGE_IDLE },
        { .kind = DD_EVENT_GRANTED, .image = ID, .state = DD_IMAGE_IDLE },
        { .kind = DD_EVENT_GRANTED, .image = ID, .message = "m" },
    };
    (void)state;
    uint64_t hash = hash_of_event(&plain, false);
    assert_true(
        hash ==
        hash_of_event(&(struct dd_event){ .kind = DD_EVENT_GRANTED, .image = same_id }, true));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_true(hash != hash_of_event(&others[i], false));
    }
}

/* Every field of what happened in the engine is part of the hash. */
static void test_every_field_of_a_happening_counts(void **state)
{
    const struct fake_happening all[] = {
        { .kind = FAKE_HAPPENED_SENT },
        { .kind = FAKE_HAPPENED_EXECUTED },
        { .call = FAKE_CALL_PULL },
        { .number = 1 },
        { .name = "n" },
        { .image = "n" },
        { .was = "n" },
        { .message = "n" },
        { .http_status = 200 },
        { .since_abandoned_ns = 1 },
    };
    uint64_t hashes[sizeof(all) / sizeof(all[0])];
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct sim_trace trace;
        sim_trace_init(&trace);
        sim_trace_begin(&trace, false, namer);
        sim_trace_happening(&trace, 5, &all[i]);
        hashes[i] = trace.hash;
        for (size_t k = 0; k < i; k++) {
            assert_true(hashes[k] != hashes[i]);
        }
        sim_trace_release(&trace);
    }
}

/* The order of entries is part of the hash. */
static void test_order_counts(void **state)
{
    struct sim_trace trace;
    (void)state;
    sim_trace_init(&trace);
    sim_trace_begin(&trace, false, namer);
    sim_trace_add(&trace, 1, 10);
    sim_trace_add(&trace, 1, 20);
    uint64_t hash = trace.hash;
    sim_trace_begin(&trace, false, namer);
    sim_trace_add(&trace, 1, 20);
    sim_trace_add(&trace, 1, 10);
    assert_true(hash != trace.hash);
    assert_int_equal(trace.entry_count, 2);
    sim_trace_release(&trace);
}

/* Image IDs and digests stand in text as nicknames; unknown ones as they are. */
static void test_ids_are_named(void **state)
{
    char out[200];
    (void)state;
    sim_trace_rename(namer, "DELETE redis@" ID ", sha256:abc", out, sizeof(out));
    assert_string_equal(out, "DELETE redis@redis-a, sha256:abc");
    sim_trace_rename(namer, "x" ID, out, 5);
    assert_string_equal(out, "xred");
}

static void fill(struct sim_trace *trace, int count)
{
    sim_trace_begin(trace, true, namer);
    for (int i = 0; i < count; i++) {
        sim_trace_add(trace, (uint64_t)i * 1000000000, (uint64_t)i);
        sim_trace_say(trace, (uint64_t)i * 1000000000, true, "web-1", "line %d%s", i,
                      i == 100 ? " of redis-a" : "");
    }
}

/* A long story keeps its beginning, its end, and what names its subject. */
static void test_story_is_bounded(void **state)
{
    struct sim_trace trace;
    (void)state;
    sim_trace_init(&trace);
    fill(&trace, 1000);
    char *story = sim_story_tell(&trace, "redis-a");
    assert_non_null(strstr(story, "line 0\n"));
    assert_non_null(strstr(story, "line 999\n"));
    assert_non_null(strstr(story, "line 100 of redis-a\n"));
    assert_null(strstr(story, "line 99\n"));
    assert_non_null(strstr(story, "left out"));
    assert_true(strlen(story) < 5000);
    free(story);
    fill(&trace, 3);
    story = sim_story_tell(&trace, "");
    assert_string_equal(story, "          0s  web-1      line 0\n"
                               "          1s  web-1      line 1\n"
                               "          2s  web-1      line 2\n");
    free(story);
    sim_trace_release(&trace);
}

/* A trace that may have no end forgets its middle, and its story says how much. */
static void test_trace_forgets_its_middle(void **state)
{
    struct sim_trace trace;
    (void)state;
    sim_trace_init(&trace);
    fill(&trace, 900);
    sim_trace_bound(&trace, 900);
    assert_int_equal(trace.line_count, 900);
    sim_trace_bound(&trace, 899);
    assert_int_equal(trace.line_count, 600);
    char *story = sim_story_tell(&trace, "");
    assert_non_null(strstr(story, "line 0\n"));
    assert_non_null(strstr(story, "line 899\n"));
    assert_non_null(strstr(story, "(840 lines left out)\n"));
    free(story);
    sim_trace_release(&trace);
}

static void count_line(void *ctx, const struct sim_trace_line *line)
{
    assert_string_equal(line->who, "web-1");
    assert_true(line->in_story);
    ++*(unsigned *)ctx;
}

/* Streamed, each line is told at once and none is kept; the hash stays the same. */
static void test_trace_is_streamed(void **state)
{
    struct sim_trace trace;
    unsigned count = 0;
    const struct dd_event event = { .kind = DD_EVENT_MOVED, .image = ID, .message = "m" };
    (void)state;
    sim_trace_init(&trace);
    sim_trace_begin(&trace, false, namer);
    sim_trace_stream(&trace, (struct sim_trace_sink){ .line = count_line, .ctx = &count });
    sim_trace_say(&trace, 1, true, "web-1", "asks");
    sim_trace_say(&trace, 2, true, "web-1", "asks again");
    assert_int_equal(count, 2);
    assert_int_equal(trace.line_count, 0);
    sim_trace_begin(&trace, false, namer);
    assert_null(trace.sink.line);
    sim_trace_event(&trace, &event);
    assert_true(trace.hash == hash_of_event(&event, true));
    sim_trace_release(&trace);
}

/* Two traces are told apart by their first different entry. */
static void test_story_of_a_divergence(void **state)
{
    struct sim_trace one;
    struct sim_trace other;
    (void)state;
    sim_trace_init(&one);
    sim_trace_init(&other);
    fill(&one, 5);
    fill(&other, 2);
    sim_trace_add(&other, 2000000000, 99);
    sim_trace_say(&other, 2000000000, true, "web-2", "another");
    char *text = sim_story_compare(&one, &other);
    assert_string_equal(text, "entry 3, at 2s: once \"web-1: line 2\", once \"web-2: another\"");
    free(text);
    text = sim_story_compare(&one, &one);
    assert_non_null(strstr(text, "not when they were looked at"));
    free(text);
    sim_trace_release(&one);
    sim_trace_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_an_event_counts),
        cmocka_unit_test(test_every_field_of_a_happening_counts),
        cmocka_unit_test(test_order_counts),
        cmocka_unit_test(test_ids_are_named),
        cmocka_unit_test(test_story_is_bounded),
        cmocka_unit_test(test_trace_forgets_its_middle),
        cmocka_unit_test(test_trace_is_streamed),
        cmocka_unit_test(test_story_of_a_divergence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
