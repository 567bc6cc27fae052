#include "sim/states.h"

#include <string.h>

const struct report_table *sim_states_table(void)
{
    static const char *states[DD_IMAGE_STATE_COUNT];
    static const char *happenings[DD__IMAGE_EVENT_COUNT];
    static const char *next[SIM_STATES_CELLS];
    static const struct report_table table = {
        .states = states,
        .state_count = DD_IMAGE_STATE_COUNT,
        .happenings = happenings,
        .happening_count = DD__IMAGE_EVENT_COUNT,
        .next = next,
    };
    for (int i = 0; i < SIM_STATES_CELLS; i++) {
        enum dd_image_state state = (enum dd_image_state)(i % DD_IMAGE_STATE_COUNT);
        enum dd__image_event event = (enum dd__image_event)(i / DD_IMAGE_STATE_COUNT);
        enum dd_image_state follows;
        const char *action;
        states[state] = dd_image_state_word(state);
        happenings[event] = dd__image_event_text(event);
        if (dd__transition_find(state, event, &follows, &action)) {
            next[i] = dd_image_state_word(follows);
        }
    }
    return &table;
}

void sim_states_count(uint64_t moves[SIM_STATES_CELLS], const struct dd_event *event)
{
    if (event->kind != DD_EVENT_MOVED) {
        return;
    }
    for (int i = 0; i < DD__IMAGE_EVENT_COUNT; i++) {
        if (strcmp(event->message, dd__image_event_text((enum dd__image_event)i)) == 0) {
            moves[i * DD_IMAGE_STATE_COUNT + (int)event->was]++;
            return;
        }
    }
}
