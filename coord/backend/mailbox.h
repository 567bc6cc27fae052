/**
 * The queue in front of a strand: threads put letters in, the strand takes them
 * out, all at once. Who wants an answer waits for it here.
 *
 * A letter lies inside the object it is about. From the sending until `deliver` is
 * called it is the mailbox's. Once the mailbox is shut, no letter comes in any
 * more.
 *
 * Threading: any; what is for the strand alone says so.
 */
#ifndef DD__BACKEND_MAILBOX_H
#define DD__BACKEND_MAILBOX_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/loop.h"

struct dd_agent;

struct dd__letter {
    void (*deliver)(struct dd__letter *letter, struct dd_agent *agent);
    struct dd__letter *next;
};

struct dd__mailbox {
    pthread_mutex_t mutex;
    pthread_cond_t quiet; /* nobody waits any more, or `is_over` has become true */
    pthread_cond_t begun; /* `is_read` has become true */
    struct dd_loop *loop;
    struct dd__letter *first;
    struct dd__letter *last;
    size_t waiting_count;
    bool is_read; /* letters are: the opening has come to an end */
    bool is_shut;
    bool is_over; /* shut, and the last callback has returned */
    bool has_strand;
    pthread_t strand; /* the thread that was last seen on it */
};

/** A thread that waits for an answer. On its stack. It has a semaphore of its own, so
 * that a strand that answers a thousand does not meet them all at the lock. */
struct dd__waiter {
    struct dd__mailbox *mailbox;
    sem_t answered;
};

/** @loop is woken for letters; it must outlive the mailbox. */
void dd__mailbox_init(struct dd__mailbox *mailbox, struct dd_loop *loop);
void dd__mailbox_release(struct dd__mailbox *mailbox);

void dd__mailbox_lock(struct dd__mailbox *mailbox);
void dd__mailbox_unlock(struct dd__mailbox *mailbox);

/** With the lock held. Errors: DD_ECLOSED: it is shut. */
DD_MUST_USE enum dd_status dd__mailbox_put(struct dd__mailbox *mailbox, struct dd__letter *letter);

/** Put @letter in. Errors: DD_ECLOSED. */
DD_MUST_USE enum dd_status dd__mailbox_send(struct dd__mailbox *mailbox, struct dd__letter *letter);

#define DD__MAILBOX_NEVER UINT64_MAX

/**
 * Put @letter in and wait until dd__waiter_answer was called for @waiter. From the first
 * reading on every letter is read at once; until then, which an engine that says nothing
 * may make long, it is waited for no longer than @due_ns, by the
 * loop's clock (DD__MAILBOX_NEVER: as long as it takes).
 * Errors: DD_EDEADLK on the strand's own thread; DD_ECLOSED; DD_ETIMEDOUT: it was not
 * read, and will not be.
 */
DD_MUST_USE enum dd_status dd__mailbox_ask(struct dd__mailbox *mailbox, struct dd__letter *letter,
                                           struct dd__waiter *waiter, uint64_t due_ns);

/** When @deadline_ns from now is over; 0, which is none: DD__MAILBOX_NEVER. */
uint64_t dd__mailbox_due(uint64_t deadline_ns);

/**
 * Strand only: what is left of the deadline that is over at @due_ns into *@deadline_ns,
 * which stays as it is if that is never. Errors: DD_ETIMEDOUT: nothing is.
 */
DD_MUST_USE enum dd_status dd__mailbox_left(uint64_t due_ns, uint64_t *deadline_ns);

void dd__waiter_init(struct dd__waiter *waiter, struct dd__mailbox *mailbox);

/** With the lock held, after @waiter's letter was put in: wait for the answer. The
 * lock is free meanwhile, and held again after it. */
void dd__waiter_wait(struct dd__waiter *waiter);
void dd__waiter_release(struct dd__waiter *waiter);

/** The last that the answering thread does with what lies on the waiter's stack. */
void dd__waiter_answer(struct dd__waiter *waiter);

/** With the lock held: whether the calling thread is the strand. */
bool dd__mailbox_is_strand(const struct dd__mailbox *mailbox);

/** Strand only: this thread is the strand from now on. */
void dd__mailbox_arrive(struct dd__mailbox *mailbox);

/** Strand only: the letters so far, in their order, linked by `next`, or NULL. */
struct dd__letter *dd__mailbox_take(struct dd__mailbox *mailbox);

/** Strand only: as dd__mailbox_take, and no letter comes in any more. */
struct dd__letter *dd__mailbox_shut(struct dd__mailbox *mailbox);

/** Strand only, after the last callback. */
void dd__mailbox_end(struct dd__mailbox *mailbox);

bool dd__mailbox_is_over(struct dd__mailbox *mailbox);

/** Wait until it is over and nobody waits in it any more. Not on the strand. */
void dd__mailbox_drain(struct dd__mailbox *mailbox);

#endif
