/* The production strand: order, waking, watching, counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/backend/loop.h"
#include "coord/list.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define FOR_EVER_NS UINT64_MAX

/* What ran, one letter each. */
struct diary {
    struct dd_loop *loop;
    char text[64];
    size_t length;
};

struct entry {
    struct dd_task task;
    struct diary *diary;
    char letter;
    struct entry *posts;   /* posted when it runs */
    struct entry *cancels; /* likewise */
    struct entry *arms;    /* likewise, for the time it was last armed for */
};

static void entry_run(struct dd_task *task)
{
    struct entry *entry = DD__CONTAINER(task, struct entry, task);
    struct dd_executor executor = dd_loop_executor(entry->diary->loop);
    struct dd_clock clock = dd_loop_clock(entry->diary->loop);

    assert_true(entry->diary->length + 1 < sizeof entry->diary->text);
    entry->diary->text[entry->diary->length++] = entry->letter;
    if (entry->posts != NULL) {
        executor.ops->post(executor.ctx, &entry->posts->task);
    }
    if (entry->cancels != NULL) {
        clock.ops->cancel(clock.ctx, &entry->cancels->task);
    }
    if (entry->arms != NULL) {
        clock.ops->arm(clock.ctx, &entry->arms->task, entry->arms->task.due_ns);
    }
}

static void entries_init(struct entry *entries, size_t count, struct diary *diary)
{
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct entry){ .task = { .run = entry_run },
                                     .diary = diary,
                                     .letter = (char)('a' + i) };
    }
}

static void post(struct diary *diary, struct entry *entry)
{
    struct dd_executor executor = dd_loop_executor(diary->loop);

    executor.ops->post(executor.ctx, &entry->task);
}

static uint64_t now_of(const struct diary *diary)
{
    struct dd_clock clock = dd_loop_clock(diary->loop);

    return clock.ops->now(clock.ctx);
}

static void arm(struct diary *diary, struct entry *entry, uint64_t due_ns)
{
    struct dd_clock clock = dd_loop_clock(diary->loop);

    clock.ops->arm(clock.ctx, &entry->task, due_ns);
}

static bool is_readable(const struct diary *diary)
{
    struct pollfd poll_fd = { .fd = dd_loop_descriptor(diary->loop), .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

/* The system's timers take a moment, even those that are over. */
static void await_readable(const struct diary *diary)
{
    struct pollfd poll_fd = { .fd = dd_loop_descriptor(diary->loop), .events = POLLIN };

    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
}

static int setup(void **state)
{
    struct diary *diary = calloc(1, sizeof *diary);

    assert_non_null(diary);
    assert_int_equal(dd_loop_open(&diary->loop), DD_OK);
    *state = diary;
    return 0;
}

static int teardown(void **state)
{
    struct diary *diary = *state;

    dd_loop_close(diary->loop);
    free(diary);
    return 0;
}

/* Tasks run in the order of their posting, never inside the post, and what they post
 * themselves comes after what was posted before. */
static void test_loop_posts_in_order(void **state)
{
    struct diary *diary = *state;
    struct entry entries[4];

    entries_init(entries, 4, diary);
    entries[0].posts = &entries[3];
    post(diary, &entries[0]);
    post(diary, &entries[1]);
    post(diary, &entries[2]);
    assert_string_equal(diary->text, "");
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "abcd");
}

/* What is posted outside a dispatch makes the descriptor readable, until it was run. */
static void test_loop_descriptor_tells(void **state)
{
    struct diary *diary = *state;
    struct entry entry;

    entries_init(&entry, 1, diary);
    assert_false(is_readable(diary));
    post(diary, &entry);
    assert_true(is_readable(diary));
    dd_loop_dispatch(diary->loop);
    assert_false(is_readable(diary));
}

/* Alarms go off by time, and of one time in the order of their arming. */
static void test_loop_alarms_in_order(void **state)
{
    struct diary *diary = *state;
    struct entry entries[4];
    uint64_t now_ns = now_of(diary);

    entries_init(entries, 4, diary);
    arm(diary, &entries[2], now_ns - 1);
    arm(diary, &entries[0], 0);
    arm(diary, &entries[3], now_ns - 1);
    arm(diary, &entries[1], now_ns - 2);
    assert_string_equal(diary->text, "");
    await_readable(diary);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "abcd");
}

/* An alarm does not go off before it is due, and waiting ends when it does. */
static void test_loop_waits_for_an_alarm(void **state)
{
    struct diary *diary = *state;
    struct entry entry;
    uint64_t due_ns = now_of(diary) + 5 * MILLISECOND_NS;

    entries_init(&entry, 1, diary);
    arm(diary, &entry, due_ns);
    dd_loop_dispatch(diary->loop);
    assert_true(diary->length == 0 || now_of(diary) >= due_ns);
    while (diary->length == 0) {
        dd_loop_wait(diary->loop, FOR_EVER_NS);
    }
    assert_true(now_of(diary) >= due_ns);
    assert_false(is_readable(diary));
}

/* An alarm that is armed again, in the dispatch in which it went off, for the same time
 * goes off again. */
static void test_loop_alarm_of_the_same_time(void **state)
{
    struct diary *diary = *state;
    struct entry entries[2];

    entries_init(entries, 2, diary);
    entries[0].posts = &entries[1];
    entries[1].arms = &entries[0];
    arm(diary, &entries[0], now_of(diary) - 1);
    await_readable(diary);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "ab");
    await_readable(diary);
    entries[1].arms = NULL;
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "abab");
}

/* An alarm that is cancelled does not go off, not even in the step of the one that
 * cancels it; one that is armed for earlier moves the waiting. */
static void test_loop_cancels_alarms(void **state)
{
    struct diary *diary = *state;
    struct dd_clock clock = dd_loop_clock(diary->loop);
    struct entry entries[4];
    uint64_t now_ns = now_of(diary);

    entries_init(entries, 4, diary);
    entries[0].cancels = &entries[1];
    arm(diary, &entries[0], now_ns - 1);
    arm(diary, &entries[1], now_ns);
    arm(diary, &entries[2], now_ns + 3600 * 1000 * MILLISECOND_NS);
    arm(diary, &entries[3], now_ns);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "ad");
    clock.ops->cancel(clock.ctx, &entries[2].task);
    assert_false(is_readable(diary));
}

/* Waiting ends after its time without anything to do. */
static void test_loop_waits_no_longer(void **state)
{
    struct diary *diary = *state;
    uint64_t begin_ns = now_of(diary);

    dd_loop_wait(diary->loop, MILLISECOND_NS + 1);
    assert_true(now_of(diary) - begin_ns >= MILLISECOND_NS);
    assert_int_equal(dd_loop_counted(diary->loop).dispatch_count, 1);
}

static void *wake_thread(void *arg)
{
    dd_loop_wake(arg);
    return NULL;
}

/* A wake from another thread ends the waiting, and runs the task on the strand; many
 * wakes may be one. */
static void test_loop_is_woken(void **state)
{
    struct diary *diary = *state;
    struct entry entry;
    pthread_t thread;

    entries_init(&entry, 1, diary);
    dd_loop_on_wake(diary->loop, &entry.task);
    assert_int_equal(pthread_create(&thread, NULL, wake_thread, diary->loop), 0);
    while (diary->length == 0) {
        dd_loop_wait(diary->loop, FOR_EVER_NS);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "a");
    dd_loop_wake(diary->loop);
    dd_loop_wake(diary->loop);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "aa");
    /* Nobody wants to know any more. */
    dd_loop_on_wake(diary->loop, NULL);
    dd_loop_wake(diary->loop);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "aa");
    assert_false(is_readable(diary));
}

/* A task that posts itself until it is told to stop. */
struct restless {
    struct dd_task task;
    struct dd_loop *loop;
    unsigned run_count;
    bool is_tired;
};

static void restless_run(struct dd_task *task)
{
    struct restless *restless = DD__CONTAINER(task, struct restless, task);
    struct dd_executor executor = dd_loop_executor(restless->loop);

    restless->run_count++;
    if (!restless->is_tired) {
        executor.ops->post(executor.ctx, task);
    }
}

/* A task that posts itself without end does not keep a dispatch from returning, and
 * what is left keeps the descriptor readable. */
static void test_loop_dispatch_is_bounded(void **state)
{
    struct diary *diary = *state;
    struct restless restless = { .task = { .run = restless_run }, .loop = diary->loop };
    struct dd_executor executor = dd_loop_executor(diary->loop);

    executor.ops->post(executor.ctx, &restless.task);
    dd_loop_dispatch(diary->loop);
    assert_true(restless.run_count > 1);
    assert_true(is_readable(diary));
    restless.is_tired = true;
    dd_loop_dispatch(diary->loop);
    assert_false(is_readable(diary));
}

/* More tasks than one dispatch runs. */
#define CROWD_COUNT 5000

static void crowd_run(struct dd_task *task)
{
    (void)task;
}

/* A wake that waits behind more tasks than one dispatch runs is still one, however many
 * follow it. */
static void test_loop_is_woken_in_a_crowd(void **state)
{
    struct diary *diary = *state;
    struct dd_executor executor = dd_loop_executor(diary->loop);
    struct dd_task *crowd = calloc(CROWD_COUNT, sizeof *crowd);
    struct entry entries[2];

    assert_non_null(crowd);
    entries_init(entries, 2, diary);
    dd_loop_on_wake(diary->loop, &entries[0].task);
    dd_loop_wake(diary->loop);
    for (size_t i = 0; i < CROWD_COUNT; i++) {
        crowd[i].run = crowd_run;
        executor.ops->post(executor.ctx, &crowd[i]);
    }
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "");
    post(diary, &entries[1]);
    dd_loop_wake(diary->loop);
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "ab");
    dd_loop_dispatch(diary->loop);
    assert_string_equal(diary->text, "ab");
    free(crowd);
}

/* A pipe that is watched; when there is something to read, another one is unwatched. */
struct tube {
    struct dd_loop *loop;
    struct dd__watch watch;
    int write_fd;
    struct tube *other;
    unsigned ready_count;
};

static void tube_ready(struct dd__watch *watch, unsigned events)
{
    struct tube *tube = DD__CONTAINER(watch, struct tube, watch);

    assert_true((events & EPOLLIN) != 0);
    tube->ready_count++;
    dd__loop_unwatch(tube->loop, &tube->other->watch);
}

static void tube_open(struct tube *tube, struct dd_loop *loop, struct tube *other)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    *tube = (struct tube){ .loop = loop,
                           .watch = { .fd = fds[0], .ready = tube_ready },
                           .write_fd = fds[1],
                           .other = other };
    assert_int_equal(dd__loop_watch(loop, &tube->watch, EPOLLIN), DD_OK);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static void tube_close(struct tube *tube)
{
    dd__loop_unwatch(tube->loop, &tube->watch);
    assert_int_equal(close(tube->watch.fd), 0);
    assert_int_equal(close(tube->write_fd), 0);
}

/* What was unwatched is not called again, not even for what was seen in the same
 * look. */
static void test_loop_unwatches_at_once(void **state)
{
    struct diary *diary = *state;
    struct tube tubes[2];

    tube_open(&tubes[0], diary->loop, &tubes[1]);
    tube_open(&tubes[1], diary->loop, &tubes[0]);
    dd_loop_dispatch(diary->loop);
    assert_int_equal(tubes[0].ready_count + tubes[1].ready_count, 1);
    tube_close(&tubes[0]);
    tube_close(&tubes[1]);
}

/* What cannot be watched is refused. */
static void test_loop_refuses_what_cannot_be_watched(void **state)
{
    struct diary *diary = *state;
    struct dd__watch watch = { .fd = -1, .ready = tube_ready };

    assert_int_equal(dd__loop_watch(diary->loop, &watch, EPOLLIN), DD_ENOMEM);
    assert_false(watch.is_watched);
}

/* A task that keeps the strand busy. */
struct busy {
    struct dd_task task;
    struct diary *diary;
};

static void busy_run(struct dd_task *task)
{
    struct busy *busy = DD__CONTAINER(task, struct busy, task);
    uint64_t end_ns = now_of(busy->diary) + 2 * MILLISECOND_NS;

    while (now_of(busy->diary) < end_ns) {
    }
}

/* The longest time in which the strand took nothing new is counted, how late an alarm
 * was, and what was run. */
static void test_loop_counts(void **state)
{
    struct diary *diary = *state;
    struct busy busy = { .task = { .run = busy_run }, .diary = diary };
    struct dd_executor executor = dd_loop_executor(diary->loop);
    struct dd_loop_counts counts;
    struct entry entry;

    entries_init(&entry, 1, diary);
    arm(diary, &entry, now_of(diary) - 3 * MILLISECOND_NS);
    executor.ops->post(executor.ctx, &busy.task);
    dd_loop_dispatch(diary->loop);
    dd_loop_dispatch(diary->loop);
    counts = dd_loop_counted(diary->loop);
    assert_int_equal(counts.dispatch_count, 2);
    assert_int_equal(counts.task_count, 2);
    assert_true(counts.longest_pause_ns >= 2 * MILLISECOND_NS);
    assert_true(counts.latest_alarm_ns >= 3 * MILLISECOND_NS);
}

/* Two loops' entropy is not the same, nor is one's twice. */
static void test_loop_entropy(void **state)
{
    struct diary *diary = *state;
    struct dd_entropy entropy = dd_loop_entropy(diary->loop);
    struct dd_loop *other;
    struct dd_entropy others;
    uint64_t first = entropy.ops->next(entropy.ctx);

    assert_int_equal(dd_loop_open(&other), DD_OK);
    others = dd_loop_entropy(other);
    assert_true(first != entropy.ops->next(entropy.ctx));
    assert_true(first != others.ops->next(others.ctx));
    dd_loop_close(other);
    dd_loop_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_loop_posts_in_order),
        TEST(test_loop_descriptor_tells),
        TEST(test_loop_alarms_in_order),
        TEST(test_loop_waits_for_an_alarm),
        TEST(test_loop_alarm_of_the_same_time),
        TEST(test_loop_cancels_alarms),
        TEST(test_loop_waits_no_longer),
        TEST(test_loop_is_woken),
        TEST(test_loop_dispatch_is_bounded),
        TEST(test_loop_is_woken_in_a_crowd),
        TEST(test_loop_unwatches_at_once),
        TEST(test_loop_refuses_what_cannot_be_watched),
        TEST(test_loop_counts),
        TEST(test_loop_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
