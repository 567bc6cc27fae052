#include "coord/operation.h"

#include <assert.h>
#include <string.h>

#include "coord/pull.h"
#include "coord/pull_queue.h"
#include "coord/retain.h"
#include "coord/text.h"

static void operation_run(struct dd_task *task);

/* A block that was used before may be this much larger than what is needed now. */
#define ROOM_MORE_MAX 64

/* What an operation may come to hold while it waits, and lets go of in the end; one that
 * is bare never has any of it. */
static void operation_clear(struct dd__operation *operation)
{
    operation->is_wanting = false;
    operation->is_second = false;
    operation->has_deadline = false;
    operation->policy = DD_PULL_ALWAYS;
    operation->reference = NULL;
    operation->pull = NULL;
    operation->reserve = NULL;
    operation->inquiry = NULL;
    operation->spare_image = NULL;
    operation->vouched = NULL;
    operation->vouched_count = 0;
    dd__message_init(&operation->message);
}

/* A block of @size bytes, or NULL without memory. What is the same before and after each
 * operation is set. */
static struct dd__operation *block_make(struct dd_coord *coord, size_t size)
{
    struct dd__operation *operation = dd__alloc(&coord->env.allocator, size);

    if (operation != NULL) {
        operation->size = (unsigned short)size;
        operation->coord = coord;
        dd__list_init(&operation->all);
        dd__list_init(&operation->in_pull);
        dd__timer_init(&operation->deadline, DD__TIMER_DEADLINE);
        operation->telling.run = operation_run;
        operation_clear(operation);
    }
    return operation;
}

/* A block of at least @size bytes, most likely the one that was used last; NULL without
 * memory. */
static inline struct dd__operation *block_take(struct dd_coord *coord, size_t size)
{
    struct dd__operation *operation = coord->rested;

    /* Of one that is smaller the difference is huge. */
    if (operation != NULL && operation->size - size <= ROOM_MORE_MAX) {
        coord->rested = NULL;
        return operation;
    }
    return block_make(coord, size);
}

/* It is the next one's, if that fits. */
static void block_rest(struct dd_coord *coord, struct dd__operation *operation)
{
    dd__operation_rest_is_over(coord);
    coord->rested = operation;
}

void dd__operation_rest_is_over(struct dd_coord *coord)
{
    if (coord->rested != NULL) {
        dd__free(&coord->env.allocator, coord->rested, coord->rested->size);
        coord->rested = NULL;
    }
}

/* Nearly all are of the @usual size, which compilers copy in place. */
static inline void text_copy(char *to, const char *from, size_t size, size_t usual)
{
    if (size == usual) {
        memcpy(to, from, usual);
    } else {
        memcpy(to, from, size);
    }
}

extern inline struct dd__operation *dd__operation_create(struct dd_coord *coord,
                                                         const struct dd__asked *asked)
{
    size_t name_size = asked->name_length + 1;
    size_t caller_size = dd__caller_length(asked->caller.kind) + 1;
    struct dd__operation *operation =
        block_take(coord, sizeof(struct dd__operation) + name_size + caller_size);

    if (operation == NULL) {
        return NULL;
    }
    /* Member by member, and of the caller's each as it was written: a vector that spans
     * two stores waits for both of them. */
    operation->caller.hash = asked->caller.hash;
    operation->caller.packed[0] = asked->caller.packed[0];
    operation->caller.packed[1] = asked->caller.packed[1];
    operation->caller.kind = asked->caller.kind;
    operation->phase = DD__WAITING;
    operation->status = DD_OK;
    operation->conflict = DD_CONFLICT_NONE;
    operation->is_bare = false;
    operation->is_retain = false;
    operation->is_posted = false;
    operation->image = NULL;
    operation->done = asked->done;
    operation->arg = asked->arg;
    text_copy(operation->name, asked->name, name_size, DD_IMAGE_ID_MAX + 1);
    operation->caller.text = operation->name + name_size;
    text_copy(operation->name + name_size, asked->caller.text, caller_size, DD__UUID_LENGTH + 1);
    operation->lease = dd__lease_reserve(coord, &asked->caller);
    if (operation->lease == NULL) {
        goto fail;
    }
    if (asked->deadline_ns != 0) {
        if (dd__timers_reserve(&coord->timers, 1) != DD_OK) {
            goto fail;
        }
        operation->has_deadline = true;
    }
    return operation;

fail:
    dd__operation_discard(coord, operation);
    return NULL;
}

enum dd_status dd__operation_add_inquiry(struct dd_coord *coord, struct dd__operation *operation)
{
    struct dd__inquiry *inquiry = dd__alloc(&coord->env.allocator, sizeof *inquiry);

    if (inquiry == NULL) {
        return DD_ENOMEM;
    }
    dd__inquiry_init(inquiry, coord);
    operation->inquiry = inquiry;
    return DD_OK;
}

void dd__operation_inquiry_over(struct dd__inquiry *inquiry)
{
    struct dd_coord *coord = inquiry->request.coord;

    dd__inquiry_release(inquiry);
    dd__free(&coord->env.allocator, inquiry, sizeof *inquiry);
}

/* Let go of all that it holds but its lease and its own block. */
static void operation_let_go(struct dd_coord *coord, struct dd__operation *operation)
{
    if (operation->inquiry != NULL) {
        dd__operation_inquiry_over(operation->inquiry);
    }
    if (operation->pull != NULL) {
        dd__pull_unuse(operation->pull);
    }
    dd__pull_unrely(operation);
    if (operation->vouched != NULL) {
        dd__vouched_discard(coord, operation);
    }
    if (operation->spare_image != NULL) {
        dd__image_discard(coord, operation->spare_image);
    }
    dd__message_release(&operation->message, &coord->env.allocator);
    if (operation->has_deadline) {
        dd__timer_disarm(&coord->timers, &operation->deadline);
        dd__timers_unreserve(&coord->timers, 1);
    }
    operation_clear(operation);
}

/* Let go of all that it holds but its own block. */
static inline void operation_empty(struct dd_coord *coord, struct dd__operation *operation)
{
    if (!operation->is_bare) {
        operation_let_go(coord, operation);
    }
    if (operation->phase != DD__GRANTED) {
        dd__lease_discard(coord, operation->lease);
    }
}

void dd__operation_discard(struct dd_coord *coord, struct dd__operation *operation)
{
    if (operation != NULL) {
        operation_empty(coord, operation);
        block_rest(coord, operation);
    }
}

static uint64_t number_hash(uint64_t number)
{
    return number * UINT64_C(0x9E3779B97F4A7C15) >> 32;
}

uint64_t dd__operation_number_hash(const void *coord, const struct dd__node *node)
{
    (void)coord;
    return number_hash(DD__CONTAINER(node, const struct dd__operation, by_number)->number);
}

/* The newest one stands beside the table, until another is accepted: most are told by
 * then, and never enter it. */
static void newest_set(struct dd_coord *coord, struct dd__operation *operation)
{
    struct dd__operation *older = coord->newest;

    if (older != NULL) {
        dd__table_insert(&coord->operations, &older->by_number, number_hash(older->number));
    }
    coord->newest = operation;
}

static void number_remove(struct dd_coord *coord, struct dd__operation *operation)
{
    if (coord->newest == operation) {
        coord->newest = NULL;
    } else {
        dd__table_remove(&coord->operations, &operation->by_number, number_hash(operation->number));
    }
}

extern inline void dd__operation_accept(struct dd_coord *coord, struct dd__operation *operation,
                                        uint64_t deadline_ns)
{
    operation->number = ++coord->last_operation;
    dd__list_add_last(&coord->all_operations, &operation->all);
    newest_set(coord, operation);
    if (operation->has_deadline) {
        dd__timer_arm(&coord->timers, &operation->deadline, dd__due_ns(coord, deadline_ns));
    }
    dd__emit(coord, (struct dd_event){
                        .kind = operation->is_retain ? DD_EVENT_RETAIN_ASKED : DD_EVENT_PULL_ASKED,
                        .reference = operation->is_retain ? NULL : operation->name,
                        .image = operation->is_retain ? operation->name : NULL,
                        .caller = operation->caller.text,
                        .operation = operation->number,
                    });
}

struct dd__operation *dd__operation_find(const struct dd_coord *coord, uint64_t number)
{
    struct dd__node *node;

    if (coord->newest != NULL && coord->newest->number == number) {
        return coord->newest;
    }
    for (node = dd__table_first(&coord->operations, number_hash(number)); node != NULL;
         node = node->next) {
        struct dd__operation *operation = DD__CONTAINER(node, struct dd__operation, by_number);
        if (operation->number == number) {
            return operation;
        }
    }
    return NULL;
}

static bool is_same_caller(const struct dd__caller *a, const struct dd__caller *b)
{
    return a->hash == b->hash && a->kind == b->kind &&
           memcmp(a->text, b->text, dd__caller_length(a->kind)) == 0;
}

struct dd__operation *dd__operation_next(const struct dd_coord *coord,
                                         const struct dd__caller *caller,
                                         const struct dd__operation *after)
{
    const struct dd__list *head = &coord->all_operations;
    struct dd__list *link = after != NULL ? after->all.next : head->next;

    for (; link != head; link = link->next) {
        struct dd__operation *operation = DD__CONTAINER(link, struct dd__operation, all);
        if (is_same_caller(&operation->caller, caller)) {
            return operation;
        }
    }
    return NULL;
}

/* It waits for nothing any more. */
static void operation_wait_over(struct dd_coord *coord, struct dd__operation *operation)
{
    struct dd__image *image = operation->image;

    dd__list_remove(&operation->in_pull);
    if (operation->inquiry != NULL && operation->inquiry->request.in_flight) {
        (void)dd__inquiry_abandon(operation->inquiry);
        operation->inquiry = NULL;
    } else if (operation->inquiry != NULL) {
        (void)dd__inquiry_abandon(operation->inquiry);
    }
    if (operation->phase != DD__GRANTED) {
        operation->image = NULL;
    }
    if (operation->is_wanting) {
        operation->is_wanting = false;
        dd__image_unwant(coord, image);
    }
    dd__pull_unrely(operation);
    if (operation->reference != NULL) {
        dd__reference_unuse(coord, operation->reference);
        operation->reference = NULL;
    }
}

/* Its result is known: it will be told. */
static inline void operation_conclude(struct dd_coord *coord, struct dd__operation *operation)
{
    if (!operation->is_bare) {
        operation_wait_over(coord, operation);
    }
    if (!operation->is_posted) {
        operation->is_posted = true;
        coord->env.executor.ops->post(coord->env.executor.ctx, &operation->telling);
    }
}

extern inline void dd__operation_grant(struct dd_coord *coord, struct dd__operation *operation,
                                       struct dd__image *image)
{
    struct dd__held *spare = operation->lease;

    assert(operation->phase == DD__WAITING);
    operation->lease = dd__lease_grant(coord, image, &operation->caller, &spare, operation->name);
    dd__lease_discard(coord, spare);
    operation->phase = DD__GRANTED;
    operation->image = image;
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_GRANTED,
                                      .caller = operation->caller.text,
                                      .operation = operation->number });
    operation_conclude(coord, operation);
}

void dd__operation_fail(struct dd_coord *coord, struct dd__operation *operation,
                        struct dd__verdict verdict, const char *text)
{
    assert(operation->phase == DD__WAITING);
    operation->phase = DD__ENDED;
    operation->status = (unsigned char)verdict.status;
    operation->conflict = (unsigned char)verdict.conflict;
    operation->message.text = text;
    operation_conclude(coord, operation);
}

void dd__operation_fail_by(struct dd__operation *operation, const struct dd__finding *finding)
{
    struct dd_coord *coord = operation->coord;

    dd__message_keep(&operation->message, &coord->env.allocator, (struct dd__room){ .size = 0 },
                     finding->text);
    dd__operation_fail(coord, operation, finding->verdict, operation->message.text);
}

void dd__operation_leave(struct dd_coord *coord, struct dd__operation *operation,
                         enum dd_status status)
{
    enum dd__operation_phase was = (enum dd__operation_phase)operation->phase;

    if (was == DD__ENDED && status != DD_ECANCELLED) {
        return; /* how it failed is what it will be told */
    }
    operation->phase = DD__ENDED;
    operation->status = (unsigned char)status;
    operation->conflict = DD_CONFLICT_NONE;
    dd__message_release(&operation->message, &coord->env.allocator);
    if (was == DD__GRANTED) {
        struct dd__held *lease = operation->lease;

        operation->lease = NULL;
        operation->image = NULL;
        dd__lease_take_back(coord, lease, &operation->caller, operation->number);
    } else if (was == DD__WAITING) {
        if (!dd__list_is_empty(&operation->in_pull)) {
            dd__pull_leave(operation->pull, operation);
        }
        operation_conclude(coord, operation);
    }
}

#define TEXT_MAX (DD__MESSAGE_MAX + DD_REFERENCE_MAX + 64)

/* The seed's words. */
static void render_failure(const struct dd__operation *operation, char buffer[TEXT_MAX])
{
    struct dd__text text;

    dd__text_init(&text, buffer, TEXT_MAX);
    dd__text_string(&text, operation->is_retain ? "Failed to retain `" : "Failed to pull `");
    dd__text_printable(&text, operation->name);
    dd__text_string(&text, "`: ");
    dd__text_string(&text, operation->message.text[0] != '\0'
                               ? operation->message.text
                               : dd_status_text((enum dd_status)operation->status));
}

/* The ID of the image that was granted; a retain's own name is that. Never the
 * coordinator's own text, for the callback may have another one read. */
static const char *image_told(const struct dd__operation *operation, char room[DD_IMAGE_ID_MAX + 1])
{
    if (operation->is_retain) {
        return operation->name;
    }
    dd__image_id_write(operation->coord, operation->image, room);
    return room;
}

/* Each telling is an event of its own, after the step in which the result was
 * known. The callback is the last thing in it, and may do anything. */
static void operation_run(struct dd_task *task)
{
    struct dd__operation *operation = DD__CONTAINER(task, struct dd__operation, telling);
    struct dd_coord *coord = operation->coord;
    struct dd_result result = { .status = DD_OK };
    char image[DD_IMAGE_ID_MAX + 1];
    char text[TEXT_MAX];

    text[0] = '\0'; /* not by an initialiser, which would clear all of it */
    dd__enter(coord);
    /* A close that an earlier telling called for counts already: whoever was granted
     * now could not let go any more (H35). */
    if (coord->life == DD__CLOSING) {
        dd__operation_leave(coord, operation, DD_ECLOSED);
    }
    if (operation->phase == DD__GRANTED) {
        result.lease = (struct dd_lease){ .image = image_told(operation, image),
                                          .caller = operation->caller.text,
                                          .number = dd__lease_tell(coord, operation->lease) };
    } else {
        result.status = (enum dd_status)operation->status;
        result.conflict = (enum dd_conflict)operation->conflict;
        result.recoverable = dd_status_recoverable(result.status);
        result.retry_after_ns = dd_status_retry_after_ns(result.status);
        render_failure(operation, text);
    }
    result.text = text;
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_TOLD,
                                       .reference = operation->is_retain ? NULL : operation->name,
                                       .image = result.lease.image,
                                       .caller = operation->caller.text,
                                       .operation = operation->number,
                                       .lease = result.lease.number,
                                       .status = result.status,
                                       .conflict = result.conflict,
                                       .message = text });
    dd__list_remove(&operation->all);
    number_remove(coord, operation);
    operation_empty(coord, operation);
    dd__leave(coord);
    operation->done(operation->arg, &result);
    block_rest(coord, operation);
}
