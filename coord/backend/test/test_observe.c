/*
 * Observers: the log's lines, and the counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drydock/observe.h"

struct lines {
    char last[DD_LOG_LINE_MAX + 1];
    size_t length;
    unsigned count;
};

static void keep(void *ctx, const char *line, size_t length)
{
    struct lines *lines = ctx;

    assert_true(length <= DD_LOG_LINE_MAX);
    memcpy(lines->last, line, length + 1);
    lines->length = length;
    lines->count++;
}

static void log_event(struct lines *lines, enum dd_level level, const struct dd_event *event)
{
    struct dd_log log = { .level = level, .write = keep, .ctx = lines };
    struct dd_observer observer = dd_log_observer(&log);

    observer.ops->event(observer.ctx, event);
}

/* A line has time, level, kind, the fields that there are, and the sentence. */
static void test_log_line(void **state)
{
    struct lines lines = { .count = 0 };
    const struct dd_event event = {
        .kind = DD_EVENT_PULL_STARTED,
        .time_ns = UINT64_C(12000345678),
        .reference = "redis:7",
    };

    (void)state;
    log_event(&lines, DD_LEVEL_INFO, &event);
    assert_string_equal(lines.last, "at=12.000345 level=info event=pull-started "
                                    "reference=\"redis:7\" msg=\"pulling redis:7\"\n");
    assert_int_equal(lines.length, strlen(lines.last));
}

/* Numbers, statuses, conflicts, states and durations are fields of their own. */
static void test_log_fields(void **state)
{
    struct lines lines = { .count = 0 };
    const struct dd_event blocked = {
        .kind = DD_EVENT_BLOCKED,
        .image = "sha256:1",
        .status = DD_ECONFLICT,
        .conflict = DD_CONFLICT_CONTAINER,
        .after_ns = UINT64_C(60000000000),
        .attempt = 2,
        .http_status = 409,
        .message = "in use",
    };
    const struct dd_event moved = {
        .kind = DD_EVENT_MOVED,
        .was = DD_IMAGE_IDLE,
        .state = DD_IMAGE_HELD,
    };
    const struct dd_event progress = {
        .kind = DD_EVENT_PULL_PROGRESS,
        .layer = "0123456789ab",
        .current_bytes = 5,
        .total_bytes = 10,
    };

    (void)state;
    log_event(&lines, DD_LEVEL_TRACE, &blocked);
    assert_non_null(strstr(lines.last, " image=\"sha256:1\" attempt=2 http=409 "
                                       "status=DD_ECONFLICT conflict=\"in use by a container\" "
                                       "after=1m0s msg=\""));
    log_event(&lines, DD_LEVEL_TRACE, &moved);
    assert_non_null(strstr(lines.last, " was=idle state=held "));
    log_event(&lines, DD_LEVEL_TRACE, &progress);
    assert_non_null(strstr(lines.last, " layer=\"0123456789ab\" current=5 total=10 "));
}

/* What is below the log's level is not written. */
static void test_log_level(void **state)
{
    struct lines lines = { .count = 0 };
    const struct dd_event event = { .kind = DD_EVENT_GRANTED };

    (void)state;
    log_event(&lines, DD_LEVEL_INFO, &event);
    assert_int_equal(lines.count, 0);
    log_event(&lines, DD_LEVEL_DEBUG, &event);
    assert_int_equal(lines.count, 1);
}

/* Nothing that comes from others ends a value or a line. */
static void test_log_quotes(void **state)
{
    struct lines lines = { .count = 0 };
    const struct dd_event event = {
        .kind = DD_EVENT_PULL_ASKED,
        .caller = "a\" level=error \\\n\x1b[2J",
        .reference = "x",
    };

    (void)state;
    log_event(&lines, DD_LEVEL_DEBUG, &event);
    assert_non_null(strstr(lines.last, " caller=\"a\\\" level=error \\\\??[2J\" "));
    assert_ptr_equal(strchr(lines.last, '\n'), lines.last + lines.length - 1);
}

/* A line that is too long is cut, and still ends its value and itself. */
static void test_log_cut(void **state)
{
    struct lines lines = { .count = 0 };
    char caller[3 * DD_LOG_LINE_MAX];
    const struct dd_event event = { .kind = DD_EVENT_PULL_ASKED, .caller = caller };

    (void)state;
    memset(caller, 'c', sizeof caller - 1);
    caller[sizeof caller - 1] = '\0';
    log_event(&lines, DD_LEVEL_DEBUG, &event);
    assert_true(lines.length > DD_LOG_LINE_MAX - 8);
    assert_string_equal(lines.last + lines.length - 3, "c\"\n");
}

/* Wherever it is cut, what was escaped stays so. */
static void test_log_cut_in_an_escape(void **state)
{
    struct lines lines = { .count = 0 };
    char caller[2 * DD_LOG_LINE_MAX];
    const struct dd_event event = { .kind = DD_EVENT_PULL_ASKED, .caller = caller };

    (void)state;
    for (size_t shift = 0; shift < 2; shift++) {
        size_t escapes = 0;
        memset(caller, '\\', sizeof caller - 1);
        memset(caller, 'c', shift);
        caller[sizeof caller - 1] = '\0';
        log_event(&lines, DD_LEVEL_DEBUG, &event);
        assert_string_equal(lines.last + lines.length - 2, "\"\n");
        while (lines.last[lines.length - 3 - escapes] == '\\') {
            escapes++;
        }
        assert_int_equal(escapes % 2, 0);
    }
}

/* Events are counted by kind, and what operations were told by status. */
static void test_counts(void **state)
{
    struct dd_event_counts counts = { .kinds = { 0 } };
    struct dd_observer observer = dd_event_counts_observer(&counts);
    const struct dd_event granted = { .kind = DD_EVENT_GRANTED };
    const struct dd_event told = { .kind = DD_EVENT_TOLD, .status = DD_ENOTFOUND };

    (void)state;
    observer.ops->event(observer.ctx, &granted);
    observer.ops->event(observer.ctx, &told);
    observer.ops->event(observer.ctx, &told);
    assert_int_equal(counts.kinds[DD_EVENT_GRANTED], 1);
    assert_int_equal(counts.kinds[DD_EVENT_TOLD], 2);
    assert_int_equal(counts.told[DD_ENOTFOUND], 2);
    assert_int_equal(counts.told[DD_OK], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_line),  cmocka_unit_test(test_log_fields),
        cmocka_unit_test(test_log_level), cmocka_unit_test(test_log_quotes),
        cmocka_unit_test(test_log_cut),   cmocka_unit_test(test_log_cut_in_an_escape),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
