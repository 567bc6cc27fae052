#include "sim/explore/explorable.h"

#include <inttypes.h>
#include <stdio.h>

#include "reports/format.h"

struct looking {
    const struct sim_scenario *scenario;
    char *message;
};

static bool fits(const struct looking *looking, struct fake_window window, const char *place)
{
    const struct sim_exploration *how = &looking->scenario->exploration;
    char span[REPORT_DURATION_SIZE];
    char tick[REPORT_DURATION_SIZE];
    uint64_t span_ns = window.latest_ns - window.earliest_ns;
    if (span_ns / how->tick_ns <= SIM_WINDOW_TICK_MAX) {
        return true;
    }
    (void)snprintf(looking->message, SIM_EXPLORABLE_MESSAGE_SIZE,
                   "%.300s: %.100s: exploring it would not come to an end: a window of %s has "
                   "%" PRIu64 " ticks of %s; expected at most %d",
                   looking->scenario->path, place, report_duration(span_ns, span),
                   span_ns / how->tick_ns, report_duration(how->tick_ns, tick),
                   SIM_WINDOW_TICK_MAX);
    return false;
}

static bool engine_fits(const struct looking *looking)
{
    const struct fake_timing *timing = &looking->scenario->timing;
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        if (!fits(looking, timing->execute[i], "engine") ||
            !fits(looking, timing->answer[i], "engine.answer")) {
            return false;
        }
    }
    return fits(looking, timing->abandoned, "engine.abandoned") &&
           fits(looking, looking->scenario->strand, "strand");
}

static bool windows_fit(const struct looking *looking)
{
    const struct sim_scenario *scenario = looking->scenario;
    char place[64];
    for (size_t i = 0; i < scenario->step_count; i++) {
        (void)snprintf(place, sizeof(place), "steps[%zu]", i);
        if (!fits(looking, scenario->steps[i].window, place)) {
            return false;
        }
    }
    for (size_t i = 0; i < scenario->manifest_count; i++) {
        if (!fits(looking, scenario->manifests[i].pull, "registry")) {
            return false;
        }
    }
    return engine_fits(looking);
}

bool sim_scenario_is_explorable(const struct sim_scenario *scenario,
                                char message[SIM_EXPLORABLE_MESSAGE_SIZE])
{
    const struct looking looking = { scenario, message };
    size_t total = 0;
    for (size_t i = 0; i < scenario->step_count; i++) {
        total += scenario->steps[i].count;
    }
    if (total > SIM_EXPLORED_STEP_MAX) {
        (void)snprintf(message, SIM_EXPLORABLE_MESSAGE_SIZE,
                       "%.300s: steps: exploring it would not come to an end: they are carried "
                       "out %zu times, all counted; expected at most %d",
                       scenario->path, total, SIM_EXPLORED_STEP_MAX);
        return false;
    }
    return scenario->exploration.time != FAKE_TIME_TICKS || windows_fit(&looking);
}
