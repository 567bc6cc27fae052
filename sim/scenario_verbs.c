/* "steps", the first round: what each verb says. */
#include <string.h>

#include "sim/scenario_verbs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEFAULT_CLOSE_NS UINT64_C(30000000000)

static bool has(const struct sim_step_draft *keys, enum sim_step_key key)
{
    return keys->keys[key].json != NULL;
}

/* ---- who, and how many ------------------------------------------------------------ */

/* How many times: "callers" or "images", and 0 if it has neither. */
static unsigned read_count(struct sim_draft *draft, const struct sim_step_draft *keys)
{
    struct sim_reader *reader = &draft->reader;
    uint64_t callers = has(keys, SIM_KEY_CALLERS) ? 1 : 0;
    uint64_t images = has(keys, SIM_KEY_IMAGES) ? 1 : 0;
    if (has(keys, SIM_KEY_CALLERS)) {
        (void)sim_read_number(reader, keys->keys[SIM_KEY_CALLERS], 1, SIM_NUMBER_MAX, &callers);
    }
    if (has(keys, SIM_KEY_IMAGES)) {
        (void)sim_read_number(reader, keys->keys[SIM_KEY_IMAGES], 1, SIM_NUMBER_MAX, &images);
    }
    if (callers > 1 && images > 1) {
        (void)sim_fail(reader, sim_value_key(keys->keys[SIM_KEY_IMAGES]),
                       "expected only one of \"callers\" and \"images\" above 1");
    }
    return (unsigned)(callers > images ? callers : images);
}

/* The caller; where callers are many, with a {n}. */
static void read_caller(struct sim_draft *draft, const struct sim_step_draft *keys,
                        struct sim_value value, unsigned count, struct sim_step *step)
{
    const char *caller = NULL;
    if (!sim_read_caller(draft, value, &caller)) {
        return;
    }
    if (has(keys, SIM_KEY_CALLERS) && !sim_mark_in(caller)) {
        caller = sim_arena_format(draft->arena, "%s-" SIM_NUMBER_MARK, caller);
    }
    if (count == 0 && sim_mark_in(caller)) {
        (void)sim_fail(&draft->reader, value, "{n} in a caller's name needs \"callers\"");
        return;
    }
    if (strlen(sim_mark_number(draft->arena, caller, count)) > DD_CALLER_MAX) {
        (void)sim_fail(&draft->reader, value,
                       "expected a name of at most %d bytes, with its "
                       "number",
                       DD_CALLER_MAX);
        return;
    }
    step->caller = count == 1 ? sim_mark_number(draft->arena, caller, 1) : caller;
}

/* What a pull, a retain or a release is about. */
static void read_image(struct sim_draft *draft, const struct sim_step_draft *keys, unsigned count,
                       struct sim_step *step)
{
    struct sim_value value = keys->keys[keys->verb];
    const char *name = NULL;
    if (!sim_read_text(&draft->reader, value,
                       keys->verb == SIM_KEY_PULL ? "a reference, such as \"redis:7\""
                       : keys->verb == SIM_KEY_RETAIN
                           ? "a reference or an image's nickname"
                           : "a reference, an image's nickname or a step's label",
                       &name)) {
        return;
    }
    if (sim_mark_in(name) && count == 0) {
        (void)sim_fail(&draft->reader, value, "{n} in a name needs \"images\" or \"callers\"");
        return;
    }
    if (!sim_mark_in(name) && has(keys, SIM_KEY_IMAGES)) {
        (void)sim_fail(&draft->reader, value,
                       "expected {n} in the name, because there are "
                       "\"images\"");
        return;
    }
    step->name = count == 1 ? sim_mark_number(draft->arena, name, 1) : name;
}

static void read_who_and_what(struct sim_draft *draft, const struct sim_step_draft *keys,
                              struct sim_step *step)
{
    unsigned count = read_count(draft, keys);
    read_image(draft, keys, count, step);
    if (has(keys, SIM_KEY_CALLER)) {
        read_caller(draft, keys, keys->keys[SIM_KEY_CALLER], count, step);
    }
    step->count = count > 1 ? count : 1;
}

/* ---- operations ---------------------------------------------------------------------- */

static void read_deadline(struct sim_draft *draft, const struct sim_step_draft *keys,
                          struct sim_step *step)
{
    struct sim_value value = keys->keys[SIM_KEY_DEADLINE];
    if (value.json != NULL && sim_read_duration(&draft->reader, value, &step->deadline_ns) &&
        step->deadline_ns == 0) {
        (void)sim_fail_expected(&draft->reader, value, "a duration above 0");
    }
}

/* A pull or a retain: makes its caller known. */
static void read_operation(struct sim_draft *draft, const struct sim_step_draft *keys,
                           struct sim_step *step)
{
    static const char *const policies[] = {
        [DD_PULL_ALWAYS] = "always",
        [DD_PULL_IF_MISSING] = "if missing",
        [DD_PULL_NEVER] = "never",
    };
    struct sim_reader *reader = &draft->reader;
    read_who_and_what(draft, keys, step);
    read_deadline(draft, keys, step);
    if (!has(keys, SIM_KEY_CALLER)) {
        (void)sim_fail_missing(reader, keys->object, "missing \"caller\": who needs the image");
    } else if (step->caller != NULL) {
        (void)sim_known_add(&draft->callers, step->caller, step->count, 0);
    }
    size_t policy;
    if (has(keys, SIM_KEY_POLICY) && sim_read_word(reader, keys->keys[SIM_KEY_POLICY], "a policy",
                                                   policies, COUNT(policies), &policy)) {
        step->policy = (enum dd_policy)policy;
    }
    if (has(keys, SIM_KEY_PLATFORM)) {
        (void)sim_read_text(reader, keys->keys[SIM_KEY_PLATFORM],
                            "a platform, such as \"linux/arm64\"", &step->platform);
    }
    if (has(keys, SIM_KEY_CREDENTIALS)) {
        (void)sim_find_credentials(draft, keys->keys[SIM_KEY_CREDENTIALS], &step->credentials);
    }
    if (has(keys, SIM_KEY_BINDINGS)) {
        (void)sim_read_array(reader, keys->keys[SIM_KEY_BINDINGS], "an array of references");
    }
}

static void read_release_caller(struct sim_draft *draft, const struct sim_step_draft *keys,
                                struct sim_step *step)
{
    unsigned count = read_count(draft, keys);
    read_caller(draft, keys, keys->keys[SIM_KEY_RELEASE_CALLER], count, step);
    step->count = count > 1 ? count : 1;
}

static void read_close(struct sim_draft *draft, const struct sim_step_draft *keys,
                       struct sim_step *step)
{
    static const char *const words[] = { "leave", "drain" };
    size_t word;
    if (sim_read_word(&draft->reader, keys->keys[SIM_KEY_CLOSE], "a way to close", words,
                      COUNT(words), &word)) {
        step->flag = word == 1;
    }
    step->deadline_ns = DEFAULT_CLOSE_NS;
    read_deadline(draft, keys, step);
}

/* ---- what others do -------------------------------------------------------------------- */

static void read_flag(struct sim_draft *draft, const struct sim_step_draft *keys,
                      enum sim_step_key key, bool absent, bool *out)
{
    *out = absent;
    if (has(keys, key)) {
        (void)sim_read_flag(&draft->reader, keys->keys[key], out);
    }
}

static void read_required(struct sim_draft *draft, const struct sim_step_draft *keys,
                          enum sim_step_key key, const char *missing, const char **out)
{
    if (!has(keys, key)) {
        (void)sim_fail_missing(&draft->reader, keys->object, "missing %s", missing);
    } else {
        (void)sim_read_text(&draft->reader, keys->keys[key], "a reference or an image's nickname",
                            out);
    }
}

/* An image that is loaded or built: makes its nickname known. */
static void read_new_image(struct sim_draft *draft, struct sim_value value, struct sim_step *step)
{
    if (sim_read_name(&draft->reader, value, "a nickname", SIM_NAME_MAX, false, &step->name)) {
        (void)sim_known_add(&draft->nicknames, step->name, 0, 0);
    }
}

static void read_run(struct sim_draft *draft, const struct sim_step_draft *keys,
                     struct sim_step *step)
{
    (void)sim_read_text(&draft->reader, keys->keys[SIM_KEY_RUN],
                        "a reference or an image's nickname", &step->other);
    read_flag(draft, keys, SIM_KEY_RUNNING, true, &step->flag);
    if (!has(keys, SIM_KEY_CONTAINER)) {
        (void)sim_fail_missing(&draft->reader, keys->object,
                               "missing \"container\": the container's name");
    } else if (sim_read_name(&draft->reader, keys->keys[SIM_KEY_CONTAINER], "a container's name",
                             SIM_NAME_MAX, false, &step->name)) {
        (void)sim_known_add(&draft->containers, step->name, 0, 0);
    }
}

static void read_push(struct sim_draft *draft, const struct sim_step_draft *keys,
                      struct sim_step *step)
{
    static const enum sim_step_key from[SIM_MANIFEST_KEY_COUNT] = {
        [SIM_MANIFEST_ID] = SIM_KEY_ID,
        [SIM_MANIFEST_SIZE] = SIM_KEY_SIZE,
        [SIM_MANIFEST_LAYERS] = SIM_KEY_LAYERS,
        [SIM_MANIFEST_BASE] = SIM_KEY_BASE,
        [SIM_MANIFEST_PLATFORM] = SIM_KEY_PLATFORM,
        [SIM_MANIFEST_CREDENTIALS] = SIM_KEY_CREDENTIALS,
        [SIM_MANIFEST_PULL] = SIM_KEY_PULL,
        [SIM_MANIFEST_IMAGES] = SIM_KEY_IMAGES,
    };
    struct sim_value values[SIM_MANIFEST_KEY_COUNT];
    for (size_t i = 0; i < SIM_MANIFEST_KEY_COUNT; i++) {
        values[i] = keys->keys[from[i]];
    }
    (void)sim_read_text(&draft->reader, keys->keys[SIM_KEY_PUSH],
                        "a reference, such as \"redis:7\"", &step->name);
    (void)sim_read_manifest(draft, keys->object, values, &step->manifest, 0);
}

static void read_engine_word(struct sim_draft *draft, struct sim_value value)
{
    static const char *const words[] = { "engine" };
    size_t word;
    (void)sim_read_word(&draft->reader, value, "what stops and starts", words, COUNT(words), &word);
}

static void read_disk(struct sim_draft *draft, struct sim_value value, struct sim_step *step)
{
    static const char *const words[] = { "free", "full" };
    size_t word;
    if (sim_read_word(&draft->reader, value, "a state of the disk", words, COUNT(words), &word)) {
        step->flag = word == 1;
    }
}

void sim_read_verb(struct sim_draft *draft, const struct sim_step_draft *keys,
                   struct sim_step *step)
{
    struct sim_reader *reader = &draft->reader;
    struct sim_value value = keys->keys[keys->verb];
    switch (keys->verb) {
    case SIM_KEY_PULL:
    case SIM_KEY_RETAIN:
        read_operation(draft, keys, step);
        break;
    case SIM_KEY_RELEASE:
        read_who_and_what(draft, keys, step);
        break;
    case SIM_KEY_RELEASE_CALLER:
        read_release_caller(draft, keys, step);
        break;
    case SIM_KEY_CANCEL:
    case SIM_KEY_RESTART:
        (void)sim_read_text(reader, value, "a step's label", &step->name);
        break;
    case SIM_KEY_CLOSE:
        read_close(draft, keys, step);
        break;
    case SIM_KEY_STOP:
    case SIM_KEY_START:
        read_engine_word(draft, value);
        break;
    case SIM_KEY_RMI:
        (void)sim_read_text(reader, value, "a reference or an image's nickname", &step->name);
        read_flag(draft, keys, SIM_KEY_FORCE, false, &step->flag);
        break;
    case SIM_KEY_TAG:
        (void)sim_read_text(reader, value, "a reference or an image's nickname", &step->name);
        read_required(draft, keys, SIM_KEY_TO, "\"to\": the new name", &step->other);
        break;
    case SIM_KEY_LOAD:
        read_new_image(draft, value, step);
        if (has(keys, SIM_KEY_NAME)) {
            read_required(draft, keys, SIM_KEY_NAME, "\"name\"", &step->other);
        }
        break;
    case SIM_KEY_BUILD:
        read_new_image(draft, value, step);
        read_required(draft, keys, SIM_KEY_ON, "\"on\": the image it is built on", &step->other);
        break;
    case SIM_KEY_RUN:
        read_run(draft, keys, step);
        break;
    case SIM_KEY_KILL:
    case SIM_KEY_RM:
        (void)sim_read_text(reader, value, "a container's name", &step->name);
        break;
    case SIM_KEY_PUSH:
        read_push(draft, keys, step);
        break;
    case SIM_KEY_USER_PULL:
    case SIM_KEY_UNPUSH:
        (void)sim_read_text(reader, value, "a reference, such as \"redis:7\"", &step->name);
        break;
    case SIM_KEY_DISK:
        read_disk(draft, value, step);
        break;
    default: /* an expectation is read in the third round */
        (void)sim_read_object(reader, value, "an object of expectations");
        break;
    }
}
