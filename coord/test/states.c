#include "coord/test/states.h"

#include <stdarg.h>
#include <stdio.h>

#include "coord/transition.h"

struct page {
    char *at;
    size_t size;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct page *page, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(page->at + page->length, page->size - page->length, format, arguments);
    va_end(arguments);
    if (length > 0) {
        page->length += (size_t)length;
        page->length = page->length < page->size ? page->length : page->size - 1;
    }
}

static void add_cell(struct page *page, enum dd_image_state state, enum dd__image_event event)
{
    enum dd_image_state next;
    const char *action;

    if (dd__transition_find(state, event, &next, &action)) {
        add(page, " %s: %s |", dd_image_state_word(next), action);
    } else {
        add(page, " |");
    }
}

void states_render(char *out, size_t size)
{
    struct page page = { .at = out, .size = size };

    add(&page, "| what happens |");
    for (int state = 0; state < DD_IMAGE_STATE_COUNT; state++) {
        add(&page, " %s |", dd_image_state_word((enum dd_image_state)state));
    }
    add(&page, "\n|---|");
    for (int state = 0; state < DD_IMAGE_STATE_COUNT; state++) {
        add(&page, "---|");
    }
    for (int event = 0; event < DD__IMAGE_EVENT_COUNT; event++) {
        add(&page, "\n| %s |", dd__image_event_text((enum dd__image_event)event));
        for (int state = 0; state < DD_IMAGE_STATE_COUNT; state++) {
            add_cell(&page, (enum dd_image_state)state, (enum dd__image_event)event);
        }
    }
    add(&page, "\n");
}
