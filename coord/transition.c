#include "coord/transition.h"

#include <assert.h>
#include <stddef.h>

#include "coord/removal.h"

typedef void action_fn(struct dd_coord *coord, struct dd__image *image);

static void nothing(struct dd_coord *coord, struct dd__image *image)
{
    (void)coord;
    (void)image;
}

/* It is BLOCKED no more. */
static void forget_reason(struct dd__image *image)
{
    image->reason = DD_OK;
    image->conflict = DD_CONFLICT_NONE;
}

static void start_delay(struct dd_coord *coord, struct dd__image *image)
{
    uint64_t delay_ns = dd__is_draining(coord) ? 0 : coord->config.remove_delay_ns;

    forget_reason(image);
    image->deadline_ns = coord->now_ns + delay_ns;
    if (dd__is_draining(coord)) {
        dd__image_make_due(coord, image);
    } else {
        dd__image_set_delay(coord, image);
    }
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_DELAY_STARTED, .after_ns = delay_ns });
}

/* H24: the timer is really stopped. A new lease forgets earlier refusals. */
static void call_off_removal(struct dd_coord *coord, struct dd__image *image)
{
    dd__image_stop_timer(coord, image);
    image->backoff = 0;
    forget_reason(image);
    dd__emit_image(coord, image, (struct dd_event){ .kind = DD_EVENT_REMOVAL_CANCELLED });
}

static void begin_removal(struct dd_coord *coord, struct dd__image *image)
{
    coord->removing_count++;
    forget_reason(image);
    dd__removal_begin(coord, image);
}

/* The deadline stands: whoever wanted it may come to nothing. */
static void resume_delay(struct dd_coord *coord, struct dd__image *image)
{
    coord->removing_count--;
    dd__removal_end(coord, image);
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_RESCUED, .generation = image->generation });
    dd__image_make_due(coord, image);
}

static void arm_retry(struct dd_coord *coord, struct dd__image *image)
{
    coord->removing_count--;
    dd__removal_end(coord, image);
    dd__removal_back_off(coord, image);
}

static void forget_removed(struct dd_coord *coord, struct dd__image *image)
{
    coord->removing_count--;
    dd__removal_end(coord, image);
    image->ours = false;
    image->backoff = 0;
}

static void forget(struct dd_coord *coord, struct dd__image *image)
{
    dd__emit_image(coord, image, (struct dd_event){ .kind = DD_EVENT_FORGOTTEN });
}

struct transition {
    unsigned char next;
    action_fn *action; /* NULL: an empty cell */
    const char *name;
};

#define TO(state, action)                                                                          \
    {                                                                                              \
        DD_IMAGE_##state, action, #action                                                          \
    }

static const struct transition table[DD_IMAGE_STATE_COUNT][DD__IMAGE_EVENT_COUNT] = {
    [DD_IMAGE_ABSENT] =
        {
            [DD__IMAGE_LEASED] = TO(HELD, nothing),
            [DD__IMAGE_FOUND] = TO(IDLE, start_delay),
        },
    [DD_IMAGE_HELD] =
        {
            [DD__IMAGE_LEASED] = TO(HELD, nothing),
            [DD__IMAGE_RELEASED] = TO(HELD, nothing),
            [DD__IMAGE_LET_GO] = TO(IDLE, start_delay),
            [DD__IMAGE_FORSAKEN] = TO(ABSENT, forget),
        },
    [DD_IMAGE_IDLE] =
        {
            [DD__IMAGE_LEASED] = TO(HELD, call_off_removal),
            [DD__IMAGE_BEGUN] = TO(REMOVING, begin_removal),
        },
    [DD_IMAGE_REMOVING] =
        {
            [DD__IMAGE_RESCUED] = TO(IDLE, resume_delay),
            [DD__IMAGE_REFUSED] = TO(BLOCKED, arm_retry),
            [DD__IMAGE_GONE] = TO(ABSENT, forget_removed),
        },
    [DD_IMAGE_BLOCKED] =
        {
            [DD__IMAGE_FOUND] = TO(IDLE, start_delay),
            [DD__IMAGE_LEASED] = TO(HELD, call_off_removal),
            [DD__IMAGE_BEGUN] = TO(REMOVING, begin_removal),
        },
};

extern inline void dd__image_happens(struct dd_coord *coord, struct dd__image *image,
                                     enum dd__image_event event)
{
    const struct transition *cell = &table[image->state][event];

    assert(cell->action != NULL);
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_MOVED,
                                      .was = dd__image_state(image),
                                      .state = (enum dd_image_state)cell->next,
                                      .message = dd__image_event_text(event) });
    image->state = cell->next;
    cell->action(coord, image);
}

bool dd__transition_find(enum dd_image_state state, enum dd__image_event event,
                         enum dd_image_state *next, const char **action)
{
    const struct transition *cell = &table[state][event];

    if (cell->action == NULL) {
        return false;
    }
    *next = (enum dd_image_state)cell->next;
    *action = cell->name;
    return true;
}

const char *dd__image_event_text(enum dd__image_event event)
{
    static const char *const texts[DD__IMAGE_EVENT_COUNT] = {
#define DD__IMAGE_EVENT_TEXT(name, text) text,
        DD__IMAGE_EVENT_MAP(DD__IMAGE_EVENT_TEXT)
#undef DD__IMAGE_EVENT_TEXT
    };

    return texts[event];
}
