/**
 * The coordinator itself: what lies in it, and the frame around each event.
 *
 * Everything that happens enters by dd__enter and leaves by dd__leave. In
 * between, code changes states and only *notes* what could begin because of it;
 * what can begin then begins in dd__leave, in one place, looking at the state as
 * it is. That is why no wake-up can be lost: nobody has to think of waking.
 */
#ifndef COORD_COORD_H
#define COORD_COORD_H

#include <assert.h>

#include "coord/hash.h"
#include "coord/id.h"
#include "coord/ledger.h"
#include "coord/list.h"
#include "coord/memory.h"
#include "coord/request.h"
#include "coord/siphash.h"
#include "coord/table.h"
#include "coord/timers.h"
#include "drydock/drydock.h"

#define DD__ENGINE_ID_MAX 127
#define DD__HOLDER_MAX 255
#define DD__OPENED_TEXT_MAX 255

enum dd__life {
    DD__OPENING, /* identify is under way */
    DD__FAILED,  /* and came to nothing */
    DD__OPEN,
    DD__CLOSING,
    DD__CLOSED
};

/** Whose timer it is: what it lies in, and what its time means. */
enum dd__timer_kind {
    DD__TIMER_IMAGE,    /* a delay, a wait between tries, a backoff is over */
    DD__TIMER_DEADLINE, /* of an operation */
    DD__TIMER_PROGRESS, /* a pull has been silent for too long */
    DD__TIMER_PULL,     /* a whole pull takes too long */
    DD__TIMER_SETTLING, /* a pull's settling is over, or its wait between tries */
    DD__TIMER_INQUIRY,  /* an inspect takes too long */
    DD__TIMER_PLACE,    /* likewise, of a removal */
    DD__TIMER_LIFE      /* identify takes too long; or closing does */
};

/** Timers that all run equally long, by the configuration. */
enum dd__lane { DD__LANE_INSPECT, DD__LANE_PROGRESS, DD__LANE_PULL, DD__LANE_DELAY };

struct dd__image;
struct dd__operation;
struct dd__place;
struct dd__pull;
struct dd__reference;

struct dd_coord {
    struct dd_config config;
    struct dd_env env;
    uint64_t now_ns; /* one reading an event */
    enum dd__life life;
    bool closing_lines; /* the engine's pulls end with a "Status:" line */
    uint64_t last_operation;
    uint64_t last_lease;
    uint64_t verdicts; /* DELETEs whose outcome has become known (H40) */

    struct dd__sipkey key;
    struct dd__table images;       /* by ID */
    struct dd__table repositories; /* by name */
    struct dd__table references;   /* the busy ones, and the one that rests, by text */
    struct dd__table operations;   /* by number, but for the newest */
    struct dd__ledger leases;      /* by image and caller */

    struct dd__reference *resting_reference; /* the last one that was busy, or NULL */

    struct dd__list all_images; /* in the order of getting to know them */
    struct dd__list all_operations;
    struct dd__list all_pulls;
    struct dd__pull *resting_pull; /* for the next one that is made; or NULL */
    struct dd__list pull_queue;    /* first come, first served */
    struct dd__list gated;         /* inquiries that wait for a DELETE's answer */
    unsigned pulls_running;        /* slots taken */
    unsigned calls_in_flight;      /* of all kinds */
    size_t removing_count;         /* images in that state */

    struct dd__image *read_image; /* the record of `read_id`, or NULL: not looked for */
    struct dd__operation *newest; /* not in `operations` yet; NULL: told already */
    struct dd__operation *rested; /* a block for the next operation, or NULL */

    struct dd__timers timers;
    struct dd__timers due; /* images whose removal could begin, by deadline */
    struct dd__place *places;
    unsigned places_taken;

    /* Texts are compared by vectors that look beyond their ends: what follows one must
     * not have been written just now, or they wait for it. */
    char read_text[DD_IMAGE_ID_MAX + 1]; /* the image ID that was read last, */
    struct dd__id read_id;               /* and what was read */

    /* Opening and closing. */
    struct dd__request identify;
    struct dd_task life_task;
    struct dd__timer life_timer;
    dd_opened_fn opened;
    void *opened_arg;
    enum dd_status opened_status;
    struct dd_close close;
    bool close_begun;
    bool is_late; /* the time for opening, or closing, is over */
    bool is_finishing;
    bool in_life_callback;
    bool destroy_asked;

    struct dd_task alarm;
    bool alarm_armed;
    uint64_t alarm_due_ns;

    union {
        char engine_id[DD__ENGINE_ID_MAX + 1];
        char opened_text[DD__OPENED_TEXT_MAX + 1]; /* only if opening failed */
    };
};

/** Closing, and nothing is to be removed any more: it does not drain, or there is
 * no time left. */
static inline bool dd__is_leaving(const struct dd_coord *coord)
{
    return coord->close_begun && (!coord->close.drain || coord->is_late);
}

/** Closing, and what nobody uses is removed at once. */
static inline bool dd__is_draining(const struct dd_coord *coord)
{
    return coord->close_begun && coord->close.drain && !coord->is_late;
}

/** When @duration_ns from now is over; an agent may name one that has no end. */
static inline uint64_t dd__due_ns(const struct dd_coord *coord, uint64_t duration_ns)
{
    return duration_ns > UINT64_MAX - coord->now_ns ? UINT64_MAX : coord->now_ns + duration_ns;
}

/** Begin an event: read the clock, once. */
static inline void dd__enter(struct dd_coord *coord)
{
    uint64_t now_ns = coord->env.clock.ops->now(coord->env.clock.ctx);

    assert(now_ns >= coord->now_ns);
    coord->now_ns = now_ns;
}

/** Begin what can begin now, in the order in which one of them may let the next begin,
 * and set the alarm. */
void dd__begin_what_can(struct dd_coord *coord);

/** End an event. After most of them nothing can begin: they end soon. */
static inline void dd__leave(struct dd_coord *coord)
{
    if (!dd__list_is_empty(&coord->gated) || !dd__list_is_empty(&coord->pull_queue) ||
        coord->due.count > 0 || coord->close_begun || coord->timers.is_changed) {
        dd__begin_what_can(coord);
    }
}

/** Whether operations are accepted; otherwise what to answer. */
DD_MUST_USE static inline enum dd_status dd__accepting(const struct dd_coord *coord)
{
    if (coord->life == DD__OPEN) {
        return DD_OK;
    }
    return coord->life == DD__CLOSING || coord->life == DD__CLOSED ? DD_ECLOSED : DD_EINVAL;
}

static inline uint64_t dd__hash(const struct dd_coord *coord, const void *bytes, size_t size)
{
    return dd__hash_bytes(&coord->key, bytes, size);
}

/** Tell the observer, which there is; the time is filled in. */
void dd__emit_event(const struct dd_coord *coord, struct dd_event *event);

/** dd__emit(coord, (struct dd_event){ … }): tell the observer, if there is one. A
 * macro, for the argument of a function would be written down for nobody, too. gnu: C11
 * cannot say that an event, which is large, is to be written out of the others' way. */
#define dd__emit(coord, ...)                                                                       \
    do {                                                                                           \
        if (__builtin_expect((coord)->env.observer.ops != NULL, 0)) {                              \
            dd__emit_event((coord), &__VA_ARGS__);                                                 \
        }                                                                                          \
    } while (0)

/** The one alarm: fires every timer whose time has come. */
void dd__alarm_run(struct dd_task *task);

#endif
