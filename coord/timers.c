#include "coord/timers.h"

#include <assert.h>
#include <string.h>

/* The heap's items, 16 bytes each: the due time is here, so that comparing
 * seldom has to look at the timers themselves. */
struct entry {
    uint64_t due_ns;
    struct dd__timer *timer;
};

void dd__timers_init(struct dd__timers *timers, const struct dd_allocator *allocator)
{
    memset(timers, 0, sizeof(*timers));
    timers->allocator = *allocator;
    timers->earliest_ns = UINT64_MAX;
    dd__segments_init(&timers->heap);
    for (unsigned lane = 0; lane < DD__LANE_COUNT; lane++) {
        dd__list_init(&timers->lanes[lane]);
    }
}

void dd__timers_release(struct dd__timers *timers)
{
    dd__segments_release(&timers->heap, &timers->allocator, sizeof(struct entry));
    timers->count = 0;
    timers->reserved = 0;
}

/* Slots are numbered from 1, as timers know them. */
static struct entry *slot_at(const struct dd__timers *timers, size_t slot)
{
    return dd__segments_at(&timers->heap, DD__SEGMENTS_FIRST + slot - 1, sizeof(struct entry));
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    if (a->due_ns != b->due_ns) {
        return a->due_ns < b->due_ns;
    }
    return (int32_t)(a->timer->sequence - b->timer->sequence) < 0;
}

static void entry_put(struct dd__timers *timers, size_t slot, struct entry entry)
{
    *slot_at(timers, slot) = entry;
    entry.timer->slot = (uint32_t)slot;
}

/* Put @entry into the free @slot or nearer to the root. */
static size_t sift_up(struct dd__timers *timers, size_t slot, struct entry entry)
{
    while (slot > 1) {
        struct entry parent = *slot_at(timers, slot / 2);
        if (!is_before(&entry, &parent)) {
            break;
        }
        entry_put(timers, slot, parent);
        slot /= 2;
    }
    entry_put(timers, slot, entry);
    return slot;
}

/* Put @entry into the free @slot or farther from the root. */
static void sift_down(struct dd__timers *timers, size_t slot, struct entry entry)
{
    for (;;) {
        size_t child = 2 * slot;
        if (child > timers->count) {
            break;
        }
        if (child < timers->count &&
            is_before(slot_at(timers, child + 1), slot_at(timers, child))) {
            child++;
        }
        struct entry earlier = *slot_at(timers, child);
        if (!is_before(&earlier, &entry)) {
            break;
        }
        entry_put(timers, slot, earlier);
        slot = child;
    }
    entry_put(timers, slot, entry);
}

enum dd_status dd__timers_reserve(struct dd__timers *timers, size_t n)
{
    size_t room_max = DD__SEGMENTS_END - DD__SEGMENTS_FIRST;
    if (n > room_max - timers->reserved) {
        return DD_ENOMEM;
    }
    size_t end_before = timers->heap.end;
    while (timers->heap.end - DD__SEGMENTS_FIRST < timers->reserved + n) {
        enum dd_status status =
            dd__segments_grow(&timers->heap, &timers->allocator, sizeof(struct entry));
        if (status != DD_OK) {
            dd__segments_trim(&timers->heap, &timers->allocator, sizeof(struct entry), end_before);
            return status;
        }
    }
    timers->reserved += n;
    return DD_OK;
}

void dd__timers_unreserve(struct dd__timers *timers, size_t n)
{
    assert(n <= timers->reserved && timers->count <= timers->reserved - n);
    timers->reserved -= n;
}

void dd__timer_init(struct dd__timer *timer, uint32_t kind)
{
    *timer = (struct dd__timer){ .kind = kind };
}

void dd__timer_arm(struct dd__timers *timers, struct dd__timer *timer, uint64_t due_ns)
{
    if (timer->slot == DD__TIMER_IN_LANE) {
        dd__timer_disarm(timers, timer);
    }
    size_t slot = timer->slot;
    if (slot == 0) {
        assert(timers->count < timers->reserved);
        slot = ++timers->count;
    } else {
        dd__timers_lose(timers, slot_at(timers, slot)->due_ns);
    }
    timer->sequence = timers->next_sequence++;
    dd__timers_gain(timers, due_ns);
    struct entry entry = { .due_ns = due_ns, .timer = timer };
    if (sift_up(timers, slot, entry) == slot) {
        sift_down(timers, slot, entry);
    }
}

void dd__timer_disarm(struct dd__timers *timers, struct dd__timer *timer)
{
    size_t slot = timer->slot;
    if (slot == 0) {
        return;
    }
    if (slot == DD__TIMER_IN_LANE) {
        dd__lane_timer_disarm(timers, DD__CONTAINER(timer, struct dd__lane_timer, timer));
        return;
    }
    assert(slot <= timers->count && slot_at(timers, slot)->timer == timer);
    struct entry last = *slot_at(timers, timers->count);
    dd__timers_lose(timers, slot_at(timers, slot)->due_ns);
    timers->count--;
    timer->slot = 0;
    if (last.timer != timer && sift_up(timers, slot, last) == slot) {
        sift_down(timers, slot, last);
    }
}

uint64_t dd__timer_due(const struct dd__timers *timers, const struct dd__timer *timer)
{
    assert(timer->slot != 0);
    if (timer->slot == DD__TIMER_IN_LANE) {
        return DD__CONTAINER(timer, const struct dd__lane_timer, timer)->due_ns;
    }
    return slot_at(timers, timer->slot)->due_ns;
}

void dd__lane_timer_init(struct dd__lane_timer *timer, uint32_t kind)
{
    dd__timer_init(&timer->timer, kind);
}

/* The earliest of the heap and of all lanes. */
static bool earliest(const struct dd__timers *timers, struct entry *out)
{
    bool is_any = timers->count > 0;

    if (is_any) {
        *out = *slot_at(timers, 1);
    }
    for (unsigned lane = 0; lane < DD__LANE_COUNT; lane++) {
        struct dd__list *first = dd__list_first(&timers->lanes[lane]);

        if (first != NULL) {
            struct dd__lane_timer *timer = dd__lane_timer_at(first);
            struct entry entry = { .due_ns = timer->due_ns, .timer = &timer->timer };

            if (!is_any || is_before(&entry, out)) {
                *out = entry;
                is_any = true;
            }
        }
    }
    return is_any;
}

/* Look for the earliest; false if there is none. Without comparing sequences: of equals
 * any will do. */
static bool earliest_find(struct dd__timers *timers)
{
    bool is_any = timers->count > 0;
    uint64_t next_ns = is_any ? slot_at(timers, 1)->due_ns : UINT64_MAX;

    for (unsigned lane = 0; lane < DD__LANE_COUNT; lane++) {
        struct dd__list *first = timers->lanes[lane].next;

        if (first != &timers->lanes[lane]) {
            uint64_t lane_ns = dd__lane_timer_at(first)->due_ns;

            is_any = true;
            next_ns = lane_ns < next_ns ? lane_ns : next_ns;
        }
    }
    timers->earliest_ns = next_ns;
    timers->is_forgotten = false;
    return is_any;
}

bool dd__timers_next(struct dd__timers *timers, uint64_t *due_ns)
{
    timers->is_changed = false;
    /* One that is never due is none that is known by its time. */
    if ((timers->is_forgotten || timers->earliest_ns == UINT64_MAX) && !earliest_find(timers)) {
        return false;
    }
    *due_ns = timers->earliest_ns;
    return true;
}

struct dd__timer *dd__timers_pop_due(struct dd__timers *timers, uint64_t now_ns)
{
    struct entry entry;

    if (!earliest(timers, &entry) || entry.due_ns > now_ns) {
        return NULL;
    }
    dd__timer_disarm(timers, entry.timer);
    return entry.timer;
}
