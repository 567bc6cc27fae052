/* The expectations of a scenario: what must be true of coordinator and engine.
 * Part of the world (world_state.h). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/world_state.h"

#define LIST_MAX 160
#define NS_PER_MS 1000000

/* --- sentences ---------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void object(struct sim_world *world,
                                                         const struct sim_expect *expect,
                                                         const char *format, ...)
{
    char text[448];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (sim_oracle_violation(world->oracle) == NULL) {
        char where[192];
        (void)snprintf(where, sizeof(where), "%s:%u: %s", world->scenario->path, expect->line,
                       expect->path);
        sim_trace_say(&world->trace, world->queue.now_ns, true, "scenario", "expects %s", text);
        sim_oracle_object(world->oracle, "expect", expect->name != NULL ? expect->name : "",
                          "expected %s", text);
        sim_oracle_locate(world->oracle, where);
    }
}

/* "web-1, web-2", or "nobody". */
static void list_text(const char *const *at, size_t count, const char *none, char out[LIST_MAX])
{
    size_t used = 0;
    (void)snprintf(out, LIST_MAX, "%s", count == 0 ? none : "");
    for (size_t i = 0; i < count && used + 1 < LIST_MAX; i++) {
        int length = snprintf(out + used, LIST_MAX - used, "%s%s", i > 0 ? ", " : "", at[i]);
        used += length > 0 ? (size_t)length : 0;
    }
    if (used >= LIST_MAX) {
        memcpy(out + LIST_MAX - 4, "...", 4);
    }
}

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A copy of @strings in the order of its bytes; release with free. */
static const char **sorted(struct dd_strings strings)
{
    const char **copy = fake_memory_alloc((strings.count + 1) * sizeof(*copy));
    for (size_t i = 0; i < strings.count; i++) {
        copy[i] = strings.at[i];
    }
    qsort(copy, strings.count, sizeof(*copy), text_order);
    return copy;
}

/* The same strings, in any order. */
static void check_set(struct sim_world *world, const struct sim_expect *expect, const char *what,
                      struct dd_strings found)
{
    const char **wanted_at = sorted(expect->strings);
    const char **found_at = sorted(found);
    bool same = found.count == expect->strings.count;
    for (size_t i = 0; same && i < found.count; i++) {
        same = strcmp(wanted_at[i], found_at[i]) == 0;
    }
    if (!same) {
        char wanted_text[LIST_MAX];
        char found_text[LIST_MAX];
        list_text(wanted_at, expect->strings.count, "none", wanted_text);
        list_text(found_at, found.count, "none", found_text);
        object(world, expect, "%s to be %s, found %s", what, wanted_text, found_text);
    }
    fake_memory_free(wanted_at);
    fake_memory_free(found_at);
}

static void check_range(struct sim_world *world, const struct sim_expect *expect, const char *what,
                        uint64_t found)
{
    const struct sim_range *range = &expect->range;
    if (found >= range->min && found <= range->max) {
        return;
    }
    const char *subject = expect->name != NULL ? expect->name : "";
    const char *of = expect->name != NULL ? " of " : "";
    unsigned long long min = range->min;
    unsigned long long max = range->max;
    if (range->min == range->max) {
        object(world, expect, "%s%s%s to be %llu, found %llu", what, of, subject, min,
               (unsigned long long)found);
    } else if (range->max == UINT64_MAX) {
        object(world, expect, "%s%s%s to be at least %llu, found %llu", what, of, subject, min,
               (unsigned long long)found);
    } else {
        object(world, expect, "%s%s%s to be %llu to %llu, found %llu", what, of, subject, min, max,
               (unsigned long long)found);
    }
}

/* --- the coordinator ------------------------------------------------------------------ */

/* What is explained of one image. */
struct explanation {
    const char *image;
    struct sim_world *world;
    const struct sim_expect *expect;
    bool found;
};

static void check_explained(struct sim_world *world, const struct sim_expect *expect,
                            const struct dd_explained *explained)
{
    char what[256];
    switch (expect->kind) {
    case SIM_EXPECT_HOLDERS:
        (void)snprintf(what, sizeof(what), "holders of %s", expect->name);
        check_set(world, expect, what, explained->holders);
        break;
    case SIM_EXPECT_BINDINGS:
        (void)snprintf(what, sizeof(what), "bindings of %s", expect->name);
        check_set(world, expect, what, explained->bindings);
        break;
    case SIM_EXPECT_STATE:
        if (explained->state != expect->state) {
            object(world, expect, "%s to be %s, found it %s", expect->name,
                   dd_image_state_word(expect->state), dd_image_state_word(explained->state));
        }
        break;
    case SIM_EXPECT_WANTED:
        if (explained->wanted != expect->flag) {
            object(world, expect, "%s to be %swanted, found the contrary", expect->name,
                   expect->flag ? "" : "un");
        }
        break;
    default:
        if (strcmp(dd_conflict_text(explained->conflict), expect->text) != 0) {
            object(world, expect, "%s to be kept because \"%s\", found \"%s\"", expect->name,
                   expect->text, dd_conflict_text(explained->conflict));
        }
        break;
    }
}

static void visit_explained(void *arg, const struct dd_explained *explained)
{
    struct explanation *wanted = arg;
    if (strcmp(explained->image, wanted->image) == 0) {
        wanted->found = true;
        check_explained(wanted->world, wanted->expect, explained);
    }
}

/* An image that the coordinator does not know is absent and has nothing. */
static void check_image(struct sim_world *world, const struct sim_expect *expect)
{
    char id[72];
    const char *image = sim_image_of(world, expect->name, id);
    struct explanation wanted = { .image = image != NULL ? image : "",
                                  .world = world,
                                  .expect = expect };
    enum dd_status status = dd_explain(world->coord, visit_explained, &wanted);
    if (status != DD_OK && status != DD_ECLOSED) {
        object(world, expect, "the coordinator to explain, found \"%s\"", dd_status_text(status));
    } else if (!wanted.found) {
        const struct dd_explained absent = { .image = image, .state = DD_IMAGE_ABSENT };
        check_explained(world, expect, &absent);
    }
}

/* --- the engine ------------------------------------------------------------------------ */

/* Who keeps an image that should be gone, as the coordinator explains it. */
static void visit_kept(void *arg, const struct dd_explained *explained)
{
    struct explanation *wanted = arg;
    struct sim_world *world = wanted->world;
    char holders[LIST_MAX];
    if (strcmp(explained->image, wanted->image) != 0) {
        return;
    }
    const char **names = sorted(explained->holders);
    list_text(names, explained->holders.count, "nobody", holders);
    fake_memory_free(names);
    sim_trace_say(&world->trace, world->queue.now_ns, true, "drydock",
                  "has %s as \"%s\"; holders: %s", explained->image,
                  dd_image_state_word(explained->state), holders);
    wanted->found = true;
}

static void tell_kept(struct sim_world *world, const struct sim_expect *expect,
                      const struct fake_image_view *view)
{
    for (size_t i = 0; i < expect->strings.count; i++) {
        if (strcmp(expect->strings.at[i], view->nickname) == 0) {
            return;
        }
    }
    struct explanation wanted = { .image = view->id, .world = world };
    if (dd_explain(world->coord, visit_kept, &wanted) == DD_OK && !wanted.found) {
        sim_trace_say(&world->trace, world->queue.now_ns, true, "drydock", "does not know %s",
                      view->id);
    }
}

static void check_engine_images(struct sim_world *world, const struct sim_expect *expect)
{
    struct fake_image_view view;
    const char **found = NULL;
    size_t capacity = 0;
    size_t count = 0;
    while (world->outside.ops->image(world->outside.ctx, count, &view)) {
        found = sim_array_grow(found, &capacity, count + 1, sizeof(*found));
        found[count++] = view.nickname;
        tell_kept(world, expect, &view);
    }
    check_set(world, expect, "the engine's images", (struct dd_strings){ found, count });
    fake_memory_free(found);
}

static void check_engine_names(struct sim_world *world, const struct sim_expect *expect)
{
    struct fake_image_view view;
    const char **found = NULL;
    size_t capacity = 0;
    size_t count = 0;
    for (size_t i = 0; world->outside.ops->image(world->outside.ctx, i, &view); i++) {
        found = sim_array_grow(found, &capacity, count + view.tags.count, sizeof(*found));
        for (size_t k = 0; k < view.tags.count; k++) {
            found[count++] = view.tags.at[k];
        }
    }
    check_set(world, expect, "the engine's tags", (struct dd_strings){ found, count });
    fake_memory_free(found);
}

/* Of a reference: all contents that the registry ever had as that. */
static uint64_t removed_count(struct sim_world *world, const char *name)
{
    if (sim_scenario_has_nickname(world->scenario, name)) {
        return world->outside.ops->removed_count(world->outside.ctx, name);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < world->content_count; i++) {
        bool counted = strcmp(world->contents[i].reference, name) != 0;
        for (size_t k = 0; k < i && !counted; k++) {
            counted = strcmp(world->contents[k].reference, name) == 0 &&
                      strcmp(world->contents[k].nickname, world->contents[i].nickname) == 0;
        }
        sum += counted ? 0
                       : world->outside.ops->removed_count(world->outside.ctx,
                                                           world->contents[i].nickname);
    }
    return sum;
}

/* --- the agents ------------------------------------------------------------------------- */

static void check_told(struct sim_world *world, const struct sim_expect *expect,
                       const struct sim_instance *instance)
{
    const char *label = instance->step->label != NULL ? instance->step->label : instance->caller;
    const char *image =
        instance->image != SIM_NONE
            ? world->outside.ops->nickname(world->outside.ctx, sim_instance_image(instance))
            : "no image";
    const char *text = sim_instance_text(instance);
    if (!instance->told) {
        object(world, expect, "%s (%s) to be told, found that it was not", label, instance->caller);
    } else if (expect->kind == SIM_EXPECT_TOLD && instance->status != expect->status) {
        object(world, expect, "%s (%s) to be told \"%s\", found \"%s\"%s%s", label,
               instance->caller, dd_status_text(expect->status), dd_status_text(instance->status),
               *text != '\0' ? ": " : "", text);
    } else if (expect->kind == SIM_EXPECT_TEXT && strstr(text, expect->text) == NULL) {
        object(world, expect, "the text of %s (%s) to have \"%s\" in it, found \"%s\"", label,
               instance->caller, expect->text, text);
    } else if (expect->kind == SIM_EXPECT_RECOVERABLE && instance->recoverable != expect->flag) {
        object(world, expect, "%s (%s) to be told something %s, found \"%s\"", label,
               instance->caller, expect->flag ? "recoverable" : "not recoverable",
               dd_status_text(instance->status));
    } else if (expect->kind == SIM_EXPECT_RETRY_AFTER &&
               instance->retry_after_ns != expect->wait_ns) {
        object(world, expect, "%s (%s) to be told to wait for %llums, found %llums", label,
               instance->caller, (unsigned long long)(expect->wait_ns / NS_PER_MS),
               (unsigned long long)(instance->retry_after_ns / NS_PER_MS));
    } else if (expect->kind == SIM_EXPECT_SAME_IMAGE &&
               (image == NULL || strcmp(image, expect->name) != 0)) {
        object(world, expect, "%s (%s) to be granted %s, found %s", label, instance->caller,
               expect->name, image != NULL ? image : sim_instance_image(instance));
    }
}

/* All that its step began; a step that was skipped began nothing. */
static void check_step(struct sim_world *world, const struct sim_expect *expect)
{
    const struct sim_step_state *state = &world->steps[expect->step];
    for (unsigned i = 0; i < state->count; i++) {
        if (state->instances[i].done) {
            check_told(world, expect, &state->instances[i]);
        }
    }
}

static void check_events(struct sim_world *world, const struct sim_expect *expect)
{
    char what[96];
    (void)snprintf(what, sizeof(what), "the number of \"%s\" events", dd_event_word(expect->event));
    check_range(world, expect, what, world->observer.counts[expect->event]);
}

static void check_one(struct sim_world *world, const struct sim_expect *expect)
{
    switch (expect->kind) {
    case SIM_EXPECT_HOLDERS:
    case SIM_EXPECT_STATE:
    case SIM_EXPECT_REASON:
    case SIM_EXPECT_WANTED:
    case SIM_EXPECT_BINDINGS:
        check_image(world, expect);
        break;
    case SIM_EXPECT_ENGINE_IMAGES:
        check_engine_images(world, expect);
        break;
    case SIM_EXPECT_ENGINE_NAMES:
        check_engine_names(world, expect);
        break;
    case SIM_EXPECT_ENGINE_PULLS:
        check_range(world, expect, "engine pulls",
                    world->outside.ops->pull_count(world->outside.ctx, expect->name));
        break;
    case SIM_EXPECT_REMOVED:
        check_range(world, expect, "removals", removed_count(world, expect->name));
        break;
    case SIM_EXPECT_MANIFEST_REQUESTS:
        check_range(world, expect, "manifest requests",
                    world->outside.ops->manifest_requests(world->outside.ctx, expect->name));
        break;
    case SIM_EXPECT_PARALLEL_PULLS:
        check_range(world, expect, "the most engine pulls at a time",
                    sim_oracle_parallel_pulls(world->oracle));
        break;
    case SIM_EXPECT_EVENTS:
        check_events(world, expect);
        break;
    default:
        check_step(world, expect);
        break;
    }
}

void sim_expect_check(struct sim_world *world, const struct sim_expect *expects, size_t count)
{
    for (size_t i = 0; i < count && sim_oracle_violation(world->oracle) == NULL; i++) {
        check_one(world, &expects[i]);
    }
}
