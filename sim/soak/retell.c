#include "sim/soak/retell.h"

#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"

/* --- comparing -------------------------------------------------------------------------- */

/* The next about @about from @from on; the count: there is none. */
static size_t next_about(const struct sim_decisions *decisions, const char *about, size_t from)
{
    while (from < decisions->count && strcmp(decisions->at[from].about, about) != 0) {
        from++;
    }
    return from;
}

static bool is_first_about(const struct sim_decisions *decisions, size_t index)
{
    return next_about(decisions, decisions->at[index].about, 0) == index;
}

static void compare_about(struct sim_retold *retold, const char *about)
{
    const struct sim_decisions *live = &retold->live;
    const struct sim_decisions *simulated = &retold->simulated;
    /* Where a recording is cut off (the agent was killed or closed, somebody else came), it
     * is not known which image it is whose digest a pull brought just before, ... */
    if (retold->is_over && strchr(about, '@') != NULL &&
        sim_retold_image(retold, about) == SIM_NO_IMAGE) {
        return;
    }
    size_t a = next_about(live, about, 0);
    size_t b = next_about(simulated, about, 0);
    while (a < live->count && b < simulated->count &&
           strcmp(live->at[a].text, simulated->at[b].text) == 0) {
        a = next_about(live, about, a + 1);
        b = next_about(simulated, about, b + 1);
    }
    bool is_missing = a < live->count && live->at[a].line <= retold->end;
    /* ... nor what would have been decided next. */
    bool is_cut_off = retold->is_over && !is_missing;
    bool is_new = b < simulated->count && !is_cut_off;
    if ((is_missing || is_new) && retold->difference[0] == '\0') {
        (void)snprintf(retold->difference, sizeof(retold->difference),
                       "line %zu: %.100s: live \"%.150s\", in simulation \"%.150s\"",
                       a < live->count ? live->at[a].line : simulated->at[b].line, about,
                       a < live->count ? live->at[a].text : "nothing",
                       b < simulated->count ? simulated->at[b].text : "nothing");
    }
}

static void compare(struct sim_retold *retold)
{
    for (size_t i = 0; i < retold->live.count; i++) {
        if (is_first_about(&retold->live, i)) {
            compare_about(retold, retold->live.at[i].about);
        }
    }
    for (size_t i = 0; i < retold->simulated.count; i++) {
        if (is_first_about(&retold->simulated, i)) {
            compare_about(retold, retold->simulated.at[i].about);
        }
    }
}

/* --- all of it ---------------------------------------------------------------------------- */

void sim_retell(const char *path, struct sim_retold *out)
{
    struct sim_error error;
    *out = (struct sim_retold){ .line_count = 0 };
    sim_retold_read(path, out);
    if (out->problem[0] != '\0' || out->step_count == 0) {
        return;
    }
    out->tape.path = fake_memory_copy(path);
    out->tape.text = sim_retold_scenario(out);
    out->scenario = sim_scenario_parse(path, out->tape.text, strlen(out->tape.text), &error);
    if (out->scenario == NULL) {
        sim_error_format(path, &error, out->problem, sizeof(out->problem));
        return;
    }
    sim_retold_play(out);
    compare(out);
}

static void release_decisions(struct sim_decisions *decisions)
{
    for (size_t i = 0; i < decisions->count; i++) {
        fake_memory_free(decisions->at[i].about);
        fake_memory_free(decisions->at[i].text);
    }
    fake_memory_free(decisions->at);
}

void sim_retold_release(struct sim_retold *retold)
{
    for (size_t i = 0; i < retold->line_count; i++) {
        sim_entry_release(&retold->lines[i]);
    }
    for (size_t i = 0; i < retold->image_count; i++) {
        fake_memory_free(retold->images[i]);
    }
    for (size_t i = 0; i < retold->name_count; i++) {
        fake_memory_free(retold->names[i].name);
    }
    fake_memory_free(retold->lines);
    fake_memory_free(retold->images);
    fake_memory_free(retold->names);
    release_decisions(&retold->live);
    release_decisions(&retold->simulated);
    sim_way_tape_release(&retold->tape);
    sim_scenario_destroy(retold->scenario);
}
