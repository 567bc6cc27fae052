/* Events in words and sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drydock/drydock.h"

/* An event with a value for each field. */
static struct dd_event full_event(enum dd_event_kind kind)
{
    return (struct dd_event){ .kind = kind,
                              .reference = "redis:7",
                              .image = "sha256:1",
                              .caller = "web-1",
                              .operation = 11,
                              .lease = 12,
                              .count = 13,
                              .attempt = 2,
                              .http_status = 409,
                              .status = DD_ECONFLICT,
                              .conflict = DD_CONFLICT_CONTAINER,
                              .was = DD_IMAGE_IDLE,
                              .state = DD_IMAGE_REMOVING,
                              .after_ns = 180 * DD_SECOND_NS,
                              .message = "why not" };
}

static void assert_sentence(const struct dd_event *event, const char *sentence)
{
    char buffer[1024];
    dd_event_format(event, buffer, sizeof(buffer));
    assert_string_equal(buffer, sentence);
}

/* Every kind has a word of its own, a level, and a sentence whose fields are all
 * known. */
static void test_event_rows_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < DD_EVENT_COUNT; i++) {
        enum dd_event_kind kind = (enum dd_event_kind)i;
        struct dd_event event = full_event(kind);
        char buffer[1024];
        assert_true(strlen(dd_event_word(kind)) > 0);
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(dd_event_word(kind), dd_event_word((enum dd_event_kind)other));
        }
        dd_event_format(&event, buffer, sizeof(buffer));
        assert_true(strlen(buffer) > 0);
        assert_null(strpbrk(buffer, "{}"));
    }
}

/* The words and levels are the map's own. */
static void test_event_words_and_levels(void **state)
{
    (void)state;
    assert_string_equal(dd_event_word(DD_EVENT_PULL_STARTED), "pull-started");
    assert_int_equal(dd_event_level(DD_EVENT_PULL_STARTED), DD_LEVEL_INFO);
    assert_int_equal(dd_event_level(DD_EVENT_PULL_FAILED), DD_LEVEL_ERROR);
    assert_string_equal(dd_level_word(DD_LEVEL_TRACE), "trace");
    assert_string_equal(dd_level_word(DD_LEVEL_DEBUG), "debug");
    assert_string_equal(dd_level_word(DD_LEVEL_INFO), "info");
    assert_string_equal(dd_level_word(DD_LEVEL_WARN), "warn");
    assert_string_equal(dd_level_word(DD_LEVEL_ERROR), "error");
}

/* A number that is no kind or level still has words. */
static void test_event_out_of_range(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_COUNT);
    assert_string_equal(dd_event_word(DD_EVENT_COUNT), "unknown");
    assert_int_equal(dd_event_level((enum dd_event_kind) - 1), DD_LEVEL_ERROR);
    assert_string_equal(dd_level_word((enum dd_level)99), "unknown");
    assert_sentence(&event, "unknown event");
}

/* Each field stands where its name is, numbers and durations in words. */
static void test_event_fields(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_PULL_JOINED);
    assert_sentence(&event, "web-1 joins the pull of redis:7, 13 waiting");
    event.kind = DD_EVENT_TOLD;
    assert_sentence(&event, "web-1 told in use (operation 11, lease 12)");
    event.kind = DD_EVENT_DELAY_STARTED;
    assert_sentence(&event, "sha256:1 is unused: removal in 3m0s");
    event.kind = DD_EVENT_DELETE_ANSWERED;
    assert_sentence(&event, "DELETE of sha256:1 answered 409: in use");
    event.kind = DD_EVENT_STILL_IN_USE;
    assert_sentence(&event, "unable to cleanup image \"sha256:1\": still in use (in use by a "
                            "container)");
    event.kind = DD_EVENT_MOVED;
    assert_sentence(&event, "sha256:1 was idle and is removing now: why not");
    event.kind = DD_EVENT_ATTEMPT_FAILED;
    assert_sentence(&event, "failed to remove image \"sha256:1\" (attempt 2): why not");
}

/* The seed's log lines keep their words. */
static void test_event_seed_lines(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_PULL_SUCCEEDED);
    assert_sentence(&event, "docker pull redis:7 succeeded");
    event.kind = DD_EVENT_COUNT_UP;
    assert_sentence(&event, "image \"redis:7\" (sha256:1) reference count incremented: 13");
    event.kind = DD_EVENT_COUNT_DOWN;
    event.count = 0;
    assert_sentence(&event, "image id \"sha256:1\" reference count decremented: 0");
    event.kind = DD_EVENT_REMOVAL_CANCELLED;
    assert_sentence(&event, "cancelling removal of image \"sha256:1\"");
    event.kind = DD_EVENT_RELEASE_UNKNOWN;
    assert_sentence(&event, "RemoveImage on non-referenced counted image id \"sha256:1\"");
}

/* What an event does not have leaves no trace in its sentence. */
static void test_event_absent_strings(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_INSPECT_STARTED);
    event.image = NULL;
    assert_sentence(&event, "inspecting redis:7");
    event.image = "sha256:1";
    event.reference = NULL;
    assert_sentence(&event, "inspecting sha256:1");
}

/* Braces in a value are not fields, and control characters do not come through:
 * a caller's name cannot forge a line. */
static void test_event_hostile_values(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_PULL_ASKED);
    event.caller = "{image}\nerror: forged\x1b[2J";
    assert_sentence(&event, "{image}?error: forged?[2J asks for redis:7 (operation 11)");
}

/* At every size the sentence is the beginning of the whole one, ended by NUL. */
static void test_event_cut(void **state)
{
    (void)state;
    struct dd_event event = full_event(DD_EVENT_PULL_STARTED);
    const char *whole = "pulling redis:7";
    dd_event_format(&event, NULL, 0);
    for (size_t size = 1; size < 32; size++) {
        char buffer[33];
        size_t length = size - 1 < strlen(whole) ? size - 1 : strlen(whole);
        memset(buffer, '#', sizeof(buffer));
        dd_event_format(&event, buffer, size);
        assert_int_equal(strlen(buffer), length);
        assert_memory_equal(buffer, whole, length);
        assert_int_equal(buffer[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_rows_are_whole), cmocka_unit_test(test_event_words_and_levels),
        cmocka_unit_test(test_event_out_of_range),   cmocka_unit_test(test_event_fields),
        cmocka_unit_test(test_event_seed_lines),     cmocka_unit_test(test_event_absent_strings),
        cmocka_unit_test(test_event_hostile_values), cmocka_unit_test(test_event_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
