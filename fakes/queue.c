#include "fakes/queue.h"

#include <assert.h>
#include <stdlib.h>

#include "fakes/memory.h"

#define MICROSECOND_NS UINT64_C(1000)
#define MILLISECOND_NS UINT64_C(1000000)
#define FIRST_CAPACITY 16

/* A wide window is drawn from in whole milliseconds, so that instants are short
 * to print and to shrink, and two events can meet at the same one. */
static uint64_t grain_ns(uint64_t width_ns)
{
    if (width_ns >= 10 * MILLISECOND_NS) {
        return MILLISECOND_NS;
    }
    if (width_ns >= 10 * MICROSECOND_NS) {
        return MICROSECOND_NS;
    }
    return 1;
}

/* An instant of the window, both of its ends among the candidates. */
static uint64_t draw_ns(const struct fake_queue *queue, const struct fake_event *event)
{
    uint64_t width_ns = event->latest_ns - event->earliest_ns;
    uint64_t grain = grain_ns(width_ns);
    uint64_t last = width_ns / grain + (width_ns % grain != 0 ? 1 : 0);
    if (last == 0) {
        return event->earliest_ns;
    }
    assert(last < UINT64_MAX);
    uint64_t drawn = fake_choose(queue->chooser, last + 1, event->label);
    assert(drawn <= last);
    return drawn == last ? event->latest_ns : event->earliest_ns + drawn * grain;
}

static bool goes_before(const struct fake_event *a, const struct fake_event *b)
{
    return a->earliest_ns != b->earliest_ns ? a->earliest_ns < b->earliest_ns
                                            : a->sequence < b->sequence;
}

static void put(struct fake_queue *queue, size_t index, struct fake_event *event)
{
    queue->heap[index] = event;
    event->slot = (uint32_t)index + 1;
}

static void sift_up(struct fake_queue *queue, size_t index, struct fake_event *event)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!goes_before(event, queue->heap[parent])) {
            break;
        }
        put(queue, index, queue->heap[parent]);
        index = parent;
    }
    put(queue, index, event);
}

static void sift_down(struct fake_queue *queue, size_t index, struct fake_event *event)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count && goes_before(queue->heap[child + 1], queue->heap[child])) {
            child++;
        }
        if (!goes_before(queue->heap[child], event)) {
            break;
        }
        put(queue, index, queue->heap[child]);
        index = child;
    }
    put(queue, index, event);
}

/* The last event takes the place that becomes free, and then its own place. */
static void take(struct fake_queue *queue, struct fake_event *event)
{
    size_t index = event->slot - 1;
    assert(index < queue->count && queue->heap[index] == event);
    struct fake_event *last = queue->heap[--queue->count];
    event->slot = 0;
    queue->prompt_count -= event->prompt ? 1 : 0;
    if (last == event) {
        return;
    }
    if (index > 0 && goes_before(last, queue->heap[(index - 1) / 2])) {
        sift_up(queue, index, last);
    } else {
        sift_down(queue, index, last);
    }
}

void fake_queue_init(struct fake_queue *queue, const struct fake_chooser *chooser)
{
    *queue = (struct fake_queue){ .chooser = chooser };
}

void fake_queue_release(struct fake_queue *queue)
{
    /* Pending events are not touched: their owners may be gone already. */
    fake_memory_free(queue->heap);
    queue->heap = NULL;
    queue->count = 0;
    queue->capacity = 0;
    queue->prompt_count = 0;
}

/* What is an instant must not come early. */
static struct fake_window whole_ticks(struct fake_window window, uint64_t tick_ns)
{
    uint64_t beyond = (tick_ns - window.latest_ns % tick_ns) % tick_ns;
    uint64_t latest_ns = window.latest_ns + (beyond <= UINT64_MAX - window.latest_ns ? beyond : 0);
    bool instant = window.earliest_ns == window.latest_ns;
    return (struct fake_window){
        .earliest_ns = instant ? latest_ns : window.earliest_ns - window.earliest_ns % tick_ns,
        .latest_ns = latest_ns,
    };
}

void fake_queue_add(struct fake_queue *queue, struct fake_event *event, struct fake_window window)
{
    assert(!fake_queue_pending(event));
    assert(event->fire != NULL);
    assert(window.earliest_ns <= window.latest_ns);
    assert(window.latest_ns <= UINT64_MAX - queue->now_ns);
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity > 0 ? 2 * queue->capacity : FIRST_CAPACITY;
        queue->heap = fake_memory_grow(queue->heap, queue->capacity, sizeof(*queue->heap));
    }
    if (queue->time == FAKE_TIME_TICKS) {
        window = whole_ticks(window, queue->tick_ns);
    }
    event->earliest_ns = queue->now_ns + window.earliest_ns;
    event->latest_ns = queue->now_ns + window.latest_ns;
    if (queue->time == FAKE_TIME_DRAWN) {
        event->earliest_ns = event->latest_ns = draw_ns(queue, event);
    }
    assert(queue->next_sequence < UINT32_MAX);
    event->sequence = queue->next_sequence++;
    queue->prompt_count += event->prompt ? 1 : 0;
    sift_up(queue, queue->count++, event);
}

void fake_queue_cancel(struct fake_queue *queue, struct fake_event *event)
{
    if (fake_queue_pending(event)) {
        take(queue, event);
    }
}

struct fake_event *fake_queue_next(const struct fake_queue *queue)
{
    return queue->count > 0 ? queue->heap[0] : NULL;
}

bool fake_queue_step(struct fake_queue *queue)
{
    struct fake_event *event = fake_queue_next(queue);
    if (event == NULL) {
        return false;
    }
    take(queue, event);
    /* Exploring, an event may have been passed over since its earliest. */
    assert(event->earliest_ns >= queue->now_ns || queue->time == FAKE_TIME_TICKS);
    queue->now_ns = event->earliest_ns > queue->now_ns ? event->earliest_ns : queue->now_ns;
    event->fire(event);
    return true;
}

/* --- exploring ---------------------------------------------------------------- */

static bool is_open(const struct fake_queue *queue, const struct fake_event *event)
{
    return queue->time == FAKE_TIME_FREE || event->earliest_ns <= queue->now_ns;
}

size_t fake_queue_open(const struct fake_queue *queue, struct fake_event **out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < queue->count; i++) {
        struct fake_event *event = queue->heap[i];
        if (!is_open(queue, event)) {
            continue;
        }
        if (count < max) {
            size_t at = count;
            for (; at > 0 && out[at - 1]->sequence > event->sequence; at--) {
                out[at] = out[at - 1];
            }
            out[at] = event;
        }
        count++;
    }
    return count;
}

bool fake_queue_may_pass(const struct fake_queue *queue, uint64_t *to_ns)
{
    uint64_t opens_ns = UINT64_MAX;
    bool any_open = false;
    if (queue->time != FAKE_TIME_TICKS || queue->count == 0) {
        return false;
    }
    for (size_t i = 0; i < queue->count; i++) {
        const struct fake_event *event = queue->heap[i];
        if (event->latest_ns <= queue->now_ns) {
            return false;
        }
        any_open = any_open || is_open(queue, event);
        opens_ns = event->earliest_ns < opens_ns ? event->earliest_ns : opens_ns;
    }
    *to_ns = any_open ? queue->now_ns + queue->tick_ns : opens_ns;
    return true;
}

void fake_queue_pass(struct fake_queue *queue, uint64_t to_ns)
{
    assert(queue->time == FAKE_TIME_TICKS && to_ns > queue->now_ns);
    queue->now_ns = to_ns;
}

void fake_queue_fire(struct fake_queue *queue, struct fake_event *event)
{
    assert(queue->time != FAKE_TIME_DRAWN && fake_queue_pending(event) && is_open(queue, event));
    take(queue, event);
    event->fire(event);
}

bool fake_queue_fire_prompt(struct fake_queue *queue)
{
    struct fake_event *first = NULL;
    if (queue->prompt_count == 0) {
        return false;
    }
    for (size_t i = 0; i < queue->count; i++) {
        struct fake_event *event = queue->heap[i];
        if (event->prompt && (first == NULL || event->sequence < first->sequence)) {
            first = event;
        }
    }
    assert(first != NULL);
    take(queue, first);
    first->fire(first);
    return true;
}
