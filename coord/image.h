/**
 * Image records: what the coordinator knows of one image ID, and the ways in
 * which others act upon it. State only ever changes through transition.h.
 */
#ifndef COORD_IMAGE_H
#define COORD_IMAGE_H

#include "coord/coord.h"
#include "coord/id.h"

struct dd__place;

struct dd__binding;

struct dd__image {
    struct dd__node by_id;
    struct dd__list all;
    struct dd__list waiters;      /* inquiries that wait for a removal's outcome */
    struct dd__binding *bindings; /* the first, in the order of recording */
    struct dd__place *place;      /* where its removal's call in flight lies */
    uint64_t hash;                /* of the ID */
    union {
        struct dd__lane_timer delay; /* IDLE: in a lane, until it is over */
        struct {
            struct dd__timer timer;  /* in coord->timers, or, once over, in coord->due */
            uint64_t doubt_until_ns; /* in doubt: when an abandoned DELETE is too old */
            uint64_t doubt_instance; /* in the room of the delay's link: no IDLE one is */
            uint64_t deadline_ns;    /* IDLE: of the delay, kept by a rescue (H08);
                                        BLOCKED: the next attempt */
        };
    };
    uint32_t lease_count;
    uint32_t want_count;  /* inquiries and retains that wait for it */
    uint32_t generation;  /* of its removal (H06) */
    unsigned char state;  /* enum dd_image_state */
    unsigned char reason; /* enum dd_status: why BLOCKED */
    unsigned char conflict;
    unsigned char backoff; /* how many times it was BLOCKED in a row */
    unsigned char tries;   /* of this removal, at unknown errors */
    bool ours : 1;         /* it has been bound (H16) */
    bool in_due : 1;       /* the timer is in coord->due */
    bool deferred : 1;     /* due, but wanted when its turn came */
    bool unanswered : 1;   /* a DELETE of it is in flight, or in doubt (H32) */
    bool in_doubt : 1;
    struct dd__id id;
};

/** A record that is not known yet, with room for its timer; NULL without
 * memory. Release with dd__image_discard. */
struct dd__image *dd__image_reserve(struct dd_coord *coord);
/** Free a record that never became known. NULL is fine. */
void dd__image_discard(struct dd_coord *coord, struct dd__image *spare);

struct dd__image *dd__image_find(const struct dd_coord *coord, const struct dd__id *id);
/** dd__id_read of an image's ID. The last one is remembered with its text and its record:
 * a pull and the release after it read the same one three times, and calls about one
 * image come in runs. */
bool dd__image_id_read(struct dd_coord *coord, struct dd__id *out, const char *text);
/** Find the record of the ID that @text is; if it is unknown, *out is NULL and *id what was
 * read. False, and *out open, if @text is no ID. */
bool dd__image_read(struct dd_coord *coord, const char *text, struct dd__id *id,
                    struct dd__image **out);
/** Write @image's ID. */
void dd__image_id_write(const struct dd_coord *coord, const struct dd__image *image,
                        char out[DD_IMAGE_ID_MAX + 1]);
/** The record of @id: known already, or *spare made known (and *spare NULL). The
 * state of a new one is ABSENT; somebody must lease, want or bind it, or call
 * dd__image_settle. */
struct dd__image *dd__image_know(struct dd_coord *coord, const struct dd__id *id,
                                 struct dd__image **spare);

/** After what may leave an ABSENT record without any use: ours becomes IDLE,
 * the rest is forgotten, unless somebody waits for it. May free @image. */
void dd__image_settle(struct dd_coord *coord, struct dd__image *image);
/** A pull that nobody waits for made a name of it ours: if it is neither held nor
 * being removed, it is IDLE. May free @image. */
void dd__image_found(struct dd_coord *coord, struct dd__image *image);

/** Whether it must not be removed now. Bindings count as they are now. */
bool dd__image_is_wanted(const struct dd__image *image);
/** Something began to want it: a removal that can be called off is (H08). */
void dd__image_wanted_now(struct dd_coord *coord, struct dd__image *image);
/** Something ceased to want it. */
void dd__image_maybe_unwanted(struct dd_coord *coord, struct dd__image *image);
/** One who waits more. */
void dd__image_want(struct dd_coord *coord, struct dd__image *image);
/** One who waits less. May free @image. */
void dd__image_unwant(struct dd_coord *coord, struct dd__image *image);

/** One lease more. */
void dd__image_leased(struct dd_coord *coord, struct dd__image *image);
/** One lease less. May free @image. */
void dd__image_unleased(struct dd_coord *coord, struct dd__image *image);

/** Its timer fired: its removal's turn comes as soon as there is a place. */
void dd__image_time_over(struct dd_coord *coord, struct dd__image *image);
/** Stop its timer, wherever it runs. */
void dd__image_stop_timer(struct dd_coord *coord, struct dd__image *image);
/** Let its removal's turn come at its deadline, which is a whole delay from now. */
void dd__image_set_delay(struct dd_coord *coord, struct dd__image *image);
/** Let its removal's turn come at @due_ns. */
void dd__image_set_timer(struct dd_coord *coord, struct dd__image *image, uint64_t due_ns);
/** The removal's turn is now: among those that are due, by deadline. */
void dd__image_make_due(struct dd_coord *coord, struct dd__image *image);

/** Free a record and what hangs on it, at close. */
void dd__image_drop(struct dd_coord *coord, struct dd__image *image);

/** Tell the observer, which there is, of @image; its ID is filled in. */
void dd__emit_image_event(const struct dd_coord *coord, const struct dd__image *image,
                          struct dd_event *event);

/** dd__emit of what happens to @image. */
#define dd__emit_image(coord, image, ...)                                                          \
    do {                                                                                           \
        if (__builtin_expect((coord)->env.observer.ops != NULL, 0)) {                              \
            dd__emit_image_event((coord), (image), &__VA_ARGS__);                                  \
        }                                                                                          \
    } while (0)

/** Why it is BLOCKED, in a few words. Static storage. */
static inline const char *dd__image_reason(const struct dd__image *image)
{
    return image->conflict != DD_CONFLICT_NONE ? dd_conflict_text((enum dd_conflict)image->conflict)
                                               : dd_status_text((enum dd_status)image->reason);
}

_Static_assert(offsetof(struct dd__image, timer) == offsetof(struct dd__image, delay.timer) &&
                   offsetof(struct dd__image, deadline_ns) ==
                       offsetof(struct dd__image, delay.due_ns),
               "the two views of an image's time differ");

static inline enum dd_image_state dd__image_state(const struct dd__image *image)
{
    return (enum dd_image_state)image->state;
}

#endif
