#include "coord/backend/loop_internal.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "coord/list.h"

#define MILLISECOND_NS UINT64_C(1000000)

/* A timerfd and an eventfd are read as one number; that it was not readable after
 * all does no harm. */
static void descriptor_read(int fd)
{
    uint64_t number;
    ssize_t size = read(fd, &number, sizeof number);

    assert(size == (ssize_t)sizeof number || (size < 0 && (errno == EAGAIN || errno == EINTR)));
    (void)size;
}

static void timer_ready(struct dd__watch *watch, unsigned events)
{
    (void)events;
    descriptor_read(watch->fd);
}

static void event_ready(struct dd__watch *watch, unsigned events)
{
    struct dd_loop *loop = DD__CONTAINER(watch, struct dd_loop, event);

    (void)events;
    /* First the descriptor, then the flag: a wake in between is one too many, and
     * none is lost. */
    descriptor_read(watch->fd);
    if (atomic_exchange(&loop->is_woken, false) && loop->on_wake != NULL && !loop->wake_is_posted) {
        loop->wake_is_posted = true;
        dd__loop_post(loop, &loop->wake_task);
    }
}

static void wake_run(struct dd_task *task)
{
    struct dd_loop *loop = DD__CONTAINER(task, struct dd_loop, wake_task);
    struct dd_task *on_wake = loop->on_wake;

    loop->wake_is_posted = false;
    if (on_wake != NULL) {
        on_wake->run(on_wake);
    }
}

void dd_loop_on_wake(struct dd_loop *loop, struct dd_task *task)
{
    loop->on_wake = task;
}

void dd__loop_signal(struct dd_loop *loop)
{
    static const uint64_t one = 1;
    ssize_t size;

    do {
        size = write(loop->event.fd, &one, sizeof one);
    } while (size < 0 && errno == EINTR);
    /* EAGAIN: the counter is full, and the descriptor readable. */
    assert(size == (ssize_t)sizeof one || errno == EAGAIN);
}

void dd_loop_wake(struct dd_loop *loop)
{
    int error = errno;

    atomic_store(&loop->is_woken, true);
    dd__loop_signal(loop);
    errno = error; /* it may be a signal handler that calls */
}

enum dd_status dd__loop_watch(struct dd_loop *loop, struct dd__watch *watch, unsigned events)
{
    struct epoll_event event = { .events = events, .data = { .ptr = watch } };
    int operation = watch->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) != 0) {
        return DD_ENOMEM;
    }
    watch->is_watched = true;
    return DD_OK;
}

void dd__loop_unwatch(struct dd_loop *loop, struct dd__watch *watch)
{
    struct epoll_event unused = { .events = 0 };

    if (!watch->is_watched) {
        return;
    }
    watch->is_watched = false;
    /* Of a descriptor that was closed the system has forgotten it already. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, &unused);
    for (int i = 0; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch) {
            loop->events[i].data.ptr = NULL;
        }
    }
}

static enum dd_status loop_watch_own(struct dd_loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->event.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll_fd < 0 || loop->timer.fd < 0 || loop->event.fd < 0 ||
        dd__loop_watch(loop, &loop->timer, EPOLLIN) != DD_OK) {
        return DD_ENOMEM;
    }
    return dd__loop_watch(loop, &loop->event, EPOLLIN);
}

static void descriptor_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void loop_free(struct dd_loop *loop)
{
    descriptor_close(loop->event.fd);
    descriptor_close(loop->timer.fd);
    descriptor_close(loop->epoll_fd);
    free(loop);
}

enum dd_status dd_loop_open(struct dd_loop **out)
{
    struct dd_loop *loop = calloc(1, sizeof *loop);

    if (loop == NULL) {
        return DD_ENOMEM;
    }
    loop->timer.ready = timer_ready;
    loop->event.ready = event_ready;
    loop->wake_task.run = wake_run;
    atomic_init(&loop->is_woken, false);
    if (loop_watch_own(loop) != DD_OK || dd__loop_entropy_init(loop) != DD_OK) {
        loop_free(loop);
        return DD_ENOMEM;
    }
    *out = loop;
    return DD_OK;
}

void dd_loop_close(struct dd_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    assert(!loop->is_dispatching && loop->alarms == NULL);
    assert(loop->first == NULL || (loop->first == &loop->wake_task && loop->last == loop->first));
    loop_free(loop);
}

int dd_loop_descriptor(const struct dd_loop *loop)
{
    return loop->epoll_fd;
}

static void loop_look(struct dd_loop *loop)
{
    loop->event_count = epoll_wait(loop->epoll_fd, loop->events, DD__LOOP_EVENT_MAX, 0);
    for (int i = 0; i < loop->event_count; i++) {
        struct dd__watch *watch = loop->events[i].data.ptr;
        if (watch != NULL) {
            watch->ready(watch, loop->events[i].events);
        }
    }
    loop->event_count = 0;
}

void dd_loop_dispatch(struct dd_loop *loop)
{
    uint64_t begin_ns = dd__loop_now();
    uint64_t pause_ns;

    assert(!loop->is_dispatching);
    loop->is_dispatching = true;
    loop_look(loop);
    dd__loop_run_alarms(loop, begin_ns);
    dd__loop_run_posted(loop);
    loop->is_dispatching = false;
    dd__loop_timer_set(loop);
    if (loop->first != NULL) {
        dd__loop_signal(loop);
    }
    loop->counts.dispatch_count++;
    pause_ns = dd__loop_now() - begin_ns;
    if (pause_ns > loop->counts.longest_pause_ns) {
        loop->counts.longest_pause_ns = pause_ns;
    }
}

void dd_loop_wait(struct dd_loop *loop, uint64_t timeout_ns)
{
    struct pollfd poll_fd = { .fd = loop->epoll_fd, .events = POLLIN };
    int timeout_ms = -1;

    if (timeout_ns != UINT64_MAX) {
        uint64_t whole_ms = timeout_ns / MILLISECOND_NS + (timeout_ns % MILLISECOND_NS > 0);
        timeout_ms = whole_ms > INT_MAX ? INT_MAX : (int)whole_ms;
    }
    (void)poll(&poll_fd, 1, timeout_ms);
    dd_loop_dispatch(loop);
}

struct dd_loop_counts dd_loop_counted(const struct dd_loop *loop)
{
    return loop->counts;
}
