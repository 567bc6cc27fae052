/* "steps", the second and third round: what steps make known, and what they use. */
#include <string.h>

#include "sim/scenario_parts.h"

/* ---- references that steps make known ------------------------------------------------- */

static void define(struct sim_draft *draft, struct sim_value value, const char *text,
                   unsigned count, const char **normal)
{
    if (sim_normal_reference(draft, value, text, count, normal)) {
        (void)sim_known_add(&draft->references, *normal, count, 0);
    }
}

/* Likewise, a name that can be made: a tag. */
static void define_tag(struct sim_draft *draft, struct sim_value value, const char *text,
                       const char **normal)
{
    if (!sim_normal_reference(draft, value, text, 0, normal)) {
        return;
    }
    if (strchr(*normal, '@') != NULL) {
        (void)sim_fail(&draft->reader, value, "expected a reference with a tag, not a digest");
        return;
    }
    (void)sim_known_add(&draft->references, *normal, 0, 0);
}

static void define_step(struct sim_draft *draft, const struct sim_step_draft *keys,
                        struct sim_step *step)
{
    struct sim_value value = keys->keys[keys->verb];
    switch (step->kind) {
    case SIM_STEP_PULL:
    case SIM_STEP_USER_PULL:
        if (sim_check_no_nickname(draft, value, step->name)) {
            define(draft, value, step->name, step->count > 1 ? step->count : 0, &step->normal);
            /* The engine knows no nicknames: "redis@redis-a" is its digest. */
            bool digest = step->normal != NULL && strchr(step->normal, '@') != NULL;
            step->name = digest ? step->normal : step->name;
        }
        break;
    case SIM_STEP_PUSH:
        define_tag(draft, value, step->name, &step->normal);
        step->manifest.reference = step->normal;
        break;
    case SIM_STEP_TAG:
        define_tag(draft, keys->keys[SIM_KEY_TO], step->other, &step->other);
        break;
    case SIM_STEP_LOAD:
        if (step->other != NULL) {
            define_tag(draft, keys->keys[SIM_KEY_NAME], step->other, &step->other);
        }
        break;
    default:
        break;
    }
}

void sim_define_references(struct sim_draft *draft)
{
    for (size_t i = 0; i < draft->scenario->step_count; i++) {
        define_step(draft, &draft->step_drafts[i], &draft->steps[i]);
    }
}

/* ---- uses of labels -------------------------------------------------------------------- */

/* The earlier step labelled @label; false, with a message, if there is none. */
static bool find_step(struct sim_draft *draft, struct sim_value value, const char *label,
                      size_t before, size_t *out)
{
    const struct sim_known_name *name =
        sim_find_known(draft, value, &draft->labels, label, "no earlier step has the label");
    if (name == NULL) {
        return false;
    }
    if (name->index >= before) {
        return sim_fail(&draft->reader, value, "expected an earlier step's label; \"%s\" is %s",
                        label, name->index == before ? "this step's own" : "a later step's");
    }
    *out = name->index;
    return true;
}

static void resolve_one_after(struct sim_draft *draft, size_t index, struct sim_value value,
                              struct sim_after *after)
{
    const char *text = value.json->valuestring;
    const char *label = sim_arena_bytes(draft->arena, text, (size_t)(strrchr(text, ' ') - text));
    if (!find_step(draft, value, label, index, &after->step)) {
        return;
    }
    enum sim_step_kind kind = draft->steps[after->step].kind;
    if (after->outcome != SIM_OUTCOME_DONE && !sim_step_is_operation(kind)) {
        (void)sim_fail(&draft->reader, value, "a \"%s\" is only ever \"done\", found \"%s\"",
                       sim_step_word(kind), text);
    }
}

static void resolve_after(struct sim_draft *draft, size_t index)
{
    struct sim_step *step = &draft->steps[index];
    struct sim_value value = draft->step_drafts[index].keys[SIM_KEY_AFTER];
    bool several = sim_value_kind(&draft->reader, value) == SIM_VALUE_ARRAY;
    if (several) {
        value = sim_value_first(&draft->reader, value);
    }
    for (size_t i = 0; i < step->after_count; i++) {
        resolve_one_after(draft, index, value, &step->after[i]);
        if (several) {
            value = sim_value_next(&draft->reader, value);
        }
    }
}

static void resolve_when(struct sim_draft *draft, size_t index)
{
    struct sim_value value = draft->step_drafts[index].keys[SIM_KEY_WHEN];
    const char *space = strchr(value.json->valuestring, ' ');
    if (space != NULL) {
        (void)sim_find_name(draft, value, sim_arena_text(draft->arena, space + 1), SIM_NAME_ANY, 0,
                            &draft->steps[index].when_name);
    }
}

/* cancel, restart and the release of a lease: @label's step, and its count. */
static bool resolve_target(struct sim_draft *draft, size_t index, struct sim_value value,
                           const char *label)
{
    struct sim_step *step = &draft->steps[index];
    size_t target = SIM_NO_STEP;
    if (!find_step(draft, value, label, index, &target)) {
        return false;
    }
    const struct sim_step *of = &draft->steps[target];
    if (!sim_step_is_operation(of->kind)) {
        return sim_fail(&draft->reader, value,
                        "expected the label of a pull, a retain or a restart; \"%s\" is a \"%s\"",
                        label, sim_step_word(of->kind));
    }
    step->target = target;
    step->count = of->count;
    return true;
}

static void resolve_restart(struct sim_draft *draft, size_t index, struct sim_value value)
{
    struct sim_step *step = &draft->steps[index];
    if (!resolve_target(draft, index, value, step->name)) {
        return;
    }
    const struct sim_step *of = &draft->steps[step->target];
    if (of->kind == SIM_STEP_RETAIN) {
        (void)sim_fail(&draft->reader, value,
                       "expected the label of a pull; \"%s\" is a \"retain\"", step->name);
        return;
    }
    step->caller = of->caller;
    step->name = of->name;
    step->normal = of->normal;
    step->policy = of->policy;
    step->platform = of->platform;
    step->credentials = of->credentials;
    step->deadline_ns = of->deadline_ns;
}

/* ---- uses of names ---------------------------------------------------------------------- */

/* `name` of a step stays as it is written; `normal` is set if it is a reference. */
static void resolve_name(struct sim_draft *draft, struct sim_value value, struct sim_step *step,
                         enum sim_name_form form)
{
    const char *found = NULL;
    if (sim_find_name(draft, value, step->name, form, step->count > 1 ? step->count : 0, &found) &&
        found != step->name) {
        step->normal = found;
    }
}

static void check_caller(struct sim_draft *draft, struct sim_value value,
                         const struct sim_step *step)
{
    const struct sim_known_name *same = sim_known_get(&draft->callers, step->caller);
    if (same != NULL && same->count >= step->count) {
        return;
    }
    const unsigned ends[] = { 1, step->count };
    for (size_t i = 0; i < 2; i++) {
        const char *caller = sim_mark_number(draft->arena, step->caller, ends[i]);
        (void)sim_find_known(draft, value, &draft->callers, caller,
                             "no step pulls or retains for the caller");
    }
}

static void resolve_release(struct sim_draft *draft, size_t index)
{
    const struct sim_step_draft *keys = &draft->step_drafts[index];
    struct sim_step *step = &draft->steps[index];
    struct sim_value value = keys->keys[SIM_KEY_RELEASE];
    const struct sim_known_name *label = sim_known_get(&draft->labels, step->name);
    if (label != NULL && label->index < index) {
        static const enum sim_step_key who[] = { SIM_KEY_CALLER, SIM_KEY_CALLERS, SIM_KEY_IMAGES };
        step->kind = SIM_STEP_RELEASE_LEASE;
        (void)resolve_target(draft, index, value, step->name);
        for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
            if (keys->keys[who[i]].json != NULL) {
                (void)sim_fail(&draft->reader, sim_value_key(keys->keys[who[i]]),
                               "\"%s\" does not go with the label of a step: its lease says who",
                               keys->keys[who[i]].json->string);
            }
        }
        return;
    }
    resolve_name(draft, value, step, SIM_NAME_ANY);
    if (step->caller == NULL) {
        (void)sim_fail_missing(&draft->reader, keys->object,
                               "missing \"caller\": who releases \"%s\"", step->name);
    } else {
        check_caller(draft, keys->keys[SIM_KEY_CALLER], step);
    }
}

static void resolve_bindings(struct sim_draft *draft, struct sim_value array, struct sim_step *step)
{
    struct sim_reader *reader = &draft->reader;
    size_t count = sim_value_count(reader, array);
    const char **at = sim_arena_alloc(draft->arena, count, sizeof(*at));
    struct sim_value value = sim_value_first(reader, array);
    for (size_t i = 0; i < count; i++, value = sim_value_next(reader, value)) {
        if (sim_read_text(reader, value, "a reference", &at[i])) {
            (void)sim_find_name(draft, value, at[i], SIM_NAME_REFERENCE, 0, &at[i]);
        }
    }
    step->bindings = (struct dd_strings){ at, count };
}

static void resolve_step(struct sim_draft *draft, size_t index)
{
    const struct sim_step_draft *keys = &draft->step_drafts[index];
    struct sim_step *step = &draft->steps[index];
    struct sim_value value = keys->keys[keys->verb];
    if (keys->keys[SIM_KEY_AFTER].json != NULL) {
        resolve_after(draft, index);
    }
    if (keys->keys[SIM_KEY_WHEN].json != NULL) {
        resolve_when(draft, index);
    }
    switch (step->kind) {
    case SIM_STEP_RETAIN:
        resolve_name(draft, value, step, SIM_NAME_ANY);
        if (keys->keys[SIM_KEY_BINDINGS].json != NULL) {
            resolve_bindings(draft, keys->keys[SIM_KEY_BINDINGS], step);
        }
        break;
    case SIM_STEP_CANCEL:
        (void)resolve_target(draft, index, value, step->name);
        break;
    case SIM_STEP_RESTART:
        resolve_restart(draft, index, value);
        break;
    case SIM_STEP_RELEASE:
        resolve_release(draft, index);
        break;
    case SIM_STEP_RELEASE_CALLER:
        check_caller(draft, value, step);
        break;
    case SIM_STEP_RMI:
    case SIM_STEP_TAG:
        resolve_name(draft, value, step, SIM_NAME_ANY);
        break;
    case SIM_STEP_UNPUSH:
        resolve_name(draft, value, step, SIM_NAME_REFERENCE);
        break;
    case SIM_STEP_BUILD:
        (void)sim_find_name(draft, keys->keys[SIM_KEY_ON], step->other, SIM_NAME_ANY, 0,
                            &step->other);
        break;
    case SIM_STEP_RUN:
        (void)sim_find_name(draft, value, step->other, SIM_NAME_ANY, 0, &step->other);
        break;
    case SIM_STEP_KILL:
    case SIM_STEP_RM:
        (void)sim_find_known(draft, value, &draft->containers, step->name,
                             "no step runs the container");
        break;
    case SIM_STEP_EXPECT:
        sim_read_expectations(draft, value, &step->expects, &step->expect_count);
        break;
    default:
        break;
    }
}

void sim_resolve_steps(struct sim_draft *draft)
{
    size_t total = 0;
    for (size_t i = 0; i < draft->scenario->step_count; i++) {
        resolve_step(draft, i);
        total += draft->steps[i].count;
        if (total > SIM_INSTANCE_MAX) {
            (void)sim_fail(&draft->reader, draft->step_drafts[i].object,
                           "expected at most %u times that steps are carried out, all counted",
                           SIM_INSTANCE_MAX);
        }
    }
}
