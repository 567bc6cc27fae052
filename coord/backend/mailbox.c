#include "coord/backend/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#include "coord/backend/loop_internal.h"
#include "drydock/drydock.h"

/* What pthreads answer to a call that is made right: nothing but 0. The one that
 * could fail, for want of something, is pthread_create. */
static void must(int error)
{
    assert(error == 0);
    (void)error;
}

void dd__mailbox_init(struct dd__mailbox *mailbox, struct dd_loop *loop)
{
    pthread_condattr_t monotonic;

    *mailbox = (struct dd__mailbox){ .loop = loop };
    must(pthread_mutex_init(&mailbox->mutex, NULL));
    must(pthread_cond_init(&mailbox->quiet, NULL));
    must(pthread_condattr_init(&monotonic));
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC));
    must(pthread_cond_init(&mailbox->begun, &monotonic));
    must(pthread_condattr_destroy(&monotonic));
}

void dd__mailbox_release(struct dd__mailbox *mailbox)
{
    assert(mailbox->first == NULL && mailbox->waiting_count == 0);
    must(pthread_cond_destroy(&mailbox->begun));
    must(pthread_cond_destroy(&mailbox->quiet));
    must(pthread_mutex_destroy(&mailbox->mutex));
}

void dd__mailbox_lock(struct dd__mailbox *mailbox)
{
    must(pthread_mutex_lock(&mailbox->mutex));
}

void dd__mailbox_unlock(struct dd__mailbox *mailbox)
{
    must(pthread_mutex_unlock(&mailbox->mutex));
}

/* The loop is woken with the lock held, and so never after the mailbox's end. */
enum dd_status dd__mailbox_put(struct dd__mailbox *mailbox, struct dd__letter *letter)
{
    if (mailbox->is_shut) {
        return DD_ECLOSED;
    }
    letter->next = NULL;
    if (mailbox->first == NULL) {
        mailbox->first = letter;
        dd_loop_wake(mailbox->loop);
    } else {
        mailbox->last->next = letter;
    }
    mailbox->last = letter;
    return DD_OK;
}

enum dd_status dd__mailbox_send(struct dd__mailbox *mailbox, struct dd__letter *letter)
{
    enum dd_status status;

    dd__mailbox_lock(mailbox);
    status = dd__mailbox_put(mailbox, letter);
    dd__mailbox_unlock(mailbox);
    return status;
}

bool dd__mailbox_is_strand(const struct dd__mailbox *mailbox)
{
    return mailbox->has_strand && pthread_equal(mailbox->strand, pthread_self());
}

void dd__waiter_init(struct dd__waiter *waiter, struct dd__mailbox *mailbox)
{
    int error;

    waiter->mailbox = mailbox;
    error = sem_init(&waiter->answered, 0, 0);
    assert(error == 0);
    (void)error;
}

void dd__waiter_release(struct dd__waiter *waiter)
{
    int error = sem_destroy(&waiter->answered);

    assert(error == 0);
    (void)error;
}

/* A signal handler of the agent's may have run meanwhile. */
static void wait_whole(sem_t *semaphore)
{
    int error;

    do {
        error = sem_wait(semaphore) == 0 ? 0 : errno;
    } while (error == EINTR);
    assert(error == 0);
}

static void waits_no_more(struct dd__mailbox *mailbox)
{
    mailbox->waiting_count--;
    if (mailbox->waiting_count == 0) {
        must(pthread_cond_broadcast(&mailbox->quiet));
    }
}

void dd__waiter_wait(struct dd__waiter *waiter)
{
    struct dd__mailbox *mailbox = waiter->mailbox;

    mailbox->waiting_count++;
    dd__mailbox_unlock(mailbox);
    wait_whole(&waiter->answered);
    dd__mailbox_lock(mailbox);
    waits_no_more(mailbox);
}

/* With the lock held, while no letter was read: @letter is among them. */
static void take_back(struct dd__mailbox *mailbox, const struct dd__letter *letter)
{
    struct dd__letter *before = NULL;
    struct dd__letter **at = &mailbox->first;

    while (*at != letter) {
        before = *at;
        at = &before->next;
    }
    *at = letter->next;
    if (mailbox->last == letter) {
        mailbox->last = before;
    }
}

/* With the lock held: wait for the first reading; false: @due_ns came first, and nobody
 * will read @letter. */
static bool wait_for_reading(struct dd__mailbox *mailbox, const struct dd__letter *letter,
                             uint64_t due_ns)
{
    const struct timespec due = { .tv_sec = (time_t)(due_ns / DD_SECOND_NS),
                                  .tv_nsec = (long)(due_ns % DD_SECOND_NS) };
    int error = 0;

    mailbox->waiting_count++;
    while (!mailbox->is_read && error == 0) {
        error = pthread_cond_timedwait(&mailbox->begun, &mailbox->mutex, &due);
        assert(error == 0 || error == ETIMEDOUT);
    }
    if (!mailbox->is_read) {
        take_back(mailbox, letter);
    }
    waits_no_more(mailbox);
    return mailbox->is_read;
}

uint64_t dd__mailbox_due(uint64_t deadline_ns)
{
    uint64_t now_ns = dd__loop_now();

    return deadline_ns == 0 || deadline_ns >= DD__MAILBOX_NEVER - now_ns ? DD__MAILBOX_NEVER
                                                                         : now_ns + deadline_ns;
}

enum dd_status dd__mailbox_left(uint64_t due_ns, uint64_t *deadline_ns)
{
    uint64_t now_ns;

    if (due_ns == DD__MAILBOX_NEVER) {
        return DD_OK;
    }
    now_ns = dd__loop_now();
    if (due_ns <= now_ns) {
        return DD_ETIMEDOUT;
    }
    *deadline_ns = due_ns - now_ns;
    return DD_OK;
}

enum dd_status dd__mailbox_ask(struct dd__mailbox *mailbox, struct dd__letter *letter,
                               struct dd__waiter *waiter, uint64_t due_ns)
{
    enum dd_status status = DD_EDEADLK;

    dd__waiter_init(waiter, mailbox);
    dd__mailbox_lock(mailbox);
    if (!dd__mailbox_is_strand(mailbox)) {
        status = dd__mailbox_put(mailbox, letter);
    }
    if (status == DD_OK && due_ns != DD__MAILBOX_NEVER && !mailbox->is_read &&
        !wait_for_reading(mailbox, letter, due_ns)) {
        status = DD_ETIMEDOUT;
    }
    if (status == DD_OK) {
        dd__waiter_wait(waiter);
    }
    dd__mailbox_unlock(mailbox);
    dd__waiter_release(waiter);
    return status;
}

void dd__waiter_answer(struct dd__waiter *waiter)
{
    int error = sem_post(&waiter->answered);

    assert(error == 0);
    (void)error;
}

void dd__mailbox_arrive(struct dd__mailbox *mailbox)
{
    dd__mailbox_lock(mailbox);
    mailbox->has_strand = true;
    mailbox->strand = pthread_self();
    dd__mailbox_unlock(mailbox);
}

static struct dd__letter *take(struct dd__mailbox *mailbox, bool shut)
{
    struct dd__letter *first;

    dd__mailbox_lock(mailbox);
    first = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = NULL;
    mailbox->is_shut = mailbox->is_shut || shut;
    if (!mailbox->is_read) {
        mailbox->is_read = true;
        must(pthread_cond_broadcast(&mailbox->begun));
    }
    dd__mailbox_unlock(mailbox);
    return first;
}

struct dd__letter *dd__mailbox_take(struct dd__mailbox *mailbox)
{
    return take(mailbox, false);
}

struct dd__letter *dd__mailbox_shut(struct dd__mailbox *mailbox)
{
    return take(mailbox, true);
}

void dd__mailbox_end(struct dd__mailbox *mailbox)
{
    dd__mailbox_lock(mailbox);
    assert(mailbox->is_shut);
    mailbox->is_over = true;
    must(pthread_cond_broadcast(&mailbox->quiet));
    dd__mailbox_unlock(mailbox);
}

bool dd__mailbox_is_over(struct dd__mailbox *mailbox)
{
    bool answer;

    dd__mailbox_lock(mailbox);
    answer = mailbox->is_over;
    dd__mailbox_unlock(mailbox);
    return answer;
}

void dd__mailbox_drain(struct dd__mailbox *mailbox)
{
    dd__mailbox_lock(mailbox);
    while (!mailbox->is_over || mailbox->waiting_count > 0) {
        must(pthread_cond_wait(&mailbox->quiet, &mailbox->mutex));
    }
    dd__mailbox_unlock(mailbox);
}
