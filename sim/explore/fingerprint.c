#include "sim/explore/fingerprint.h"

#include <assert.h>
#include <string.h>

#include "sim/explore/fingerprint_parts.h"

/* --- whose things are ------------------------------------------------------------ */

struct printer_owner sim_printer_owner(struct sim_fingerprinter *printer, const char *caller)
{
    uint32_t index = sim_names_find(&printer->callers, caller);
    assert(index != SIM_NONE);
    return (struct printer_owner){ .word = &printer->words[printer->word_of[index]],
                                   .salt = printer->salt_of[index],
                                   .caller = index };
}

struct printer_owner sim_printer_instance_owner(const struct sim_fingerprinter *printer,
                                                const struct sim_instance *instance)
{
    return printer->owner_of[instance->step_index][instance->number];
}

static const char *instance_caller(const struct sim_world *world,
                                   const struct sim_instance *instance)
{
    while (instance->step->target != SIM_NO_STEP) {
        instance = &world->steps[instance->step->target].instances[instance->number];
    }
    return instance->caller;
}

/* Whether the callers of steps with a count may be exchanged: all have the same count,
 * the nth of all is about the nth caller, and nothing names one of them. */
static unsigned symmetric_count(const struct sim_scenario *scenario)
{
    unsigned count = 0;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct sim_step *step = &scenario->steps[i];
        bool named = step->name != NULL && strstr(step->name, "{n}") != NULL;
        if (step->count > 1 && (named || (count != 0 && count != step->count))) {
            return 0;
        }
        count = step->count > 1 ? step->count : count;
        for (size_t k = 0; k < step->expect_count; k++) {
            if (step->expects[k].kind == SIM_EXPECT_HOLDERS) {
                return 0;
            }
        }
    }
    for (size_t k = 0; k < scenario->finally_count; k++) {
        if (scenario->finally[k].kind == SIM_EXPECT_HOLDERS) {
            return 0;
        }
    }
    return count;
}

/* A step without a count that is about one of many callers names it. */
static bool is_one_of_many(const struct sim_world *world, const char *caller)
{
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        const struct sim_step_state *state = &world->steps[i];
        for (unsigned k = 0; state->count > 1 && k < state->count; k++) {
            const char *of = instance_caller(world, &state->instances[k]);
            if (of != NULL && strcmp(of, caller) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool names_one_of_many(const struct sim_world *world)
{
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        const struct sim_step_state *state = &world->steps[i];
        const char *caller =
            state->count == 1 ? instance_caller(world, &state->instances[0]) : NULL;
        if (caller != NULL && is_one_of_many(world, caller)) {
            return true;
        }
    }
    return false;
}

/* What all of them have in common tells a caller from the others of the same number. */
static uint64_t pattern_salt(const struct sim_world *world, const struct sim_instance *instance)
{
    while (instance->step->target != SIM_NO_STEP) {
        instance = &world->steps[instance->step->target].instances[instance->number];
    }
    return sim_hash_string(SIM_HASH_START, instance->step->caller);
}

static void own_instance(struct sim_fingerprinter *printer, const struct sim_instance *instance)
{
    struct printer_owner *owner = &printer->owner_of[instance->step_index][instance->number];
    const char *caller = instance_caller(printer->world, instance);
    if (caller == NULL) {
        *owner = core_of(printer);
        return;
    }
    size_t known = printer->callers.count;
    uint32_t index = sim_names_add(&printer->callers, caller);
    if (index == known) {
        bool symmetric = printer->symmetric_count > 0 && instance->step->count > 1;
        printer->word_of[index] =
            1 + (symmetric ? instance->number : printer->symmetric_count + index);
        printer->salt_of[index] = symmetric ? pattern_salt(printer->world, instance)
                                            : sim_hash_string(~SIM_HASH_START, caller);
    }
    *owner = (struct printer_owner){ .word = &printer->words[printer->word_of[index]],
                                     .salt = printer->salt_of[index],
                                     .caller = index };
}

static void own_instances(struct sim_fingerprinter *printer)
{
    const struct sim_world *world = printer->world;
    size_t step_count = world->scenario->step_count;
    size_t instance_count = 0;
    printer->first_stage = fake_memory_alloc(step_count * sizeof(*printer->first_stage));
    for (size_t i = 0; i < step_count; i++) {
        printer->first_stage[i] = instance_count;
        instance_count += world->steps[i].count;
    }
    printer->stages = fake_memory_alloc(instance_count * sizeof(*printer->stages));
    printer->asking_count = fake_memory_alloc(instance_count * sizeof(*printer->asking_count));
    printer->word_of = fake_memory_alloc(instance_count * sizeof(*printer->word_of));
    printer->salt_of = fake_memory_alloc(instance_count * sizeof(*printer->salt_of));
    printer->word_count = printer->symmetric_count + instance_count + 1;
    printer->words = fake_memory_alloc(printer->word_count * sizeof(*printer->words));
    printer->owner_of = fake_memory_alloc(step_count * sizeof(*printer->owner_of));
    for (size_t i = 0; i < step_count; i++) {
        printer->owner_of[i] =
            fake_memory_alloc(world->steps[i].count * sizeof(**printer->owner_of));
        for (unsigned k = 0; k < world->steps[i].count; k++) {
            own_instance(printer, &world->steps[i].instances[k]);
        }
    }
    printer->word_count = 1 + printer->symmetric_count + printer->callers.count;
}

/* --- what can still matter ------------------------------------------------------------ */

static void look_at_expects(struct sim_fingerprinter *printer, const struct sim_expect *expects,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        switch (expects[i].kind) {
        case SIM_EXPECT_TOLD:
        case SIM_EXPECT_TEXT:
        case SIM_EXPECT_RECOVERABLE:
        case SIM_EXPECT_RETRY_AFTER:
        case SIM_EXPECT_SAME_IMAGE:
            printer->steps[expects[i].step].result_needed = true;
            break;
        case SIM_EXPECT_ENGINE_PULLS:
        case SIM_EXPECT_REMOVED:
        case SIM_EXPECT_MANIFEST_REQUESTS:
        case SIM_EXPECT_PARALLEL_PULLS:
        case SIM_EXPECT_EVENTS:
            printer->counters_needed = true;
            break;
        default:
            break;
        }
    }
}

static void look_at_step(struct sim_fingerprinter *printer, size_t index)
{
    const struct sim_scenario *scenario = printer->world->scenario;
    const struct sim_step *step = &scenario->steps[index];
    look_at_expects(printer, step->expects, step->expect_count);
    printer->closes = printer->closes || step->kind == SIM_STEP_CLOSE;
    printer->asks_always =
        printer->asks_always || ((step->kind == SIM_STEP_PULL || step->kind == SIM_STEP_RESTART) &&
                                 step->policy == DD_PULL_ALWAYS);
    printer->pulls_digests =
        printer->pulls_digests || (step->normal != NULL && strchr(step->normal, '@') != NULL);
    printer->pushes =
        printer->pushes || step->kind == SIM_STEP_PUSH || step->kind == SIM_STEP_UNPUSH;
    printer->steps[index].releases = step->kind == SIM_STEP_RELEASE;
    printer->steps[index].targeted_by = SIM_NO_STEP;
    printer->steps[index].also_by = SIM_NO_STEP;
    if (step->target != SIM_NO_STEP) {
        struct printer_step *target = &printer->steps[step->target];
        size_t *by = &target->targeted_by;
        while (*by != SIM_NO_STEP) {
            by = &printer->steps[*by].also_by;
        }
        *by = index;
        target->is_target = true;
    }
}

struct sim_fingerprinter *sim_fingerprinter_create(struct sim_world *world, bool symmetry)
{
    struct sim_fingerprinter *printer = fake_memory_alloc(sizeof(*printer));
    const struct sim_scenario *scenario = world->scenario;
    printer->world = world;
    printer->timed = scenario->exploration.time == FAKE_TIME_TICKS;
    printer->tick_ns = scenario->exploration.tick_ns;
    printer->is_posting = scenario->strand.latest_ns > 0;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fake_fault *fault = &scenario->faults[i];
        printer->refuses = printer->refuses ||
                           (fault->kind == FAKE_FAULT_REFUSE && fault->call == FAKE_CALL_INSPECT);
    }
    if (symmetry && !names_one_of_many(world)) {
        printer->symmetric_count = symmetric_count(scenario);
    }
    printer->steps = fake_memory_alloc(scenario->step_count * sizeof(*printer->steps));
    for (size_t i = 0; i < scenario->step_count; i++) {
        look_at_step(printer, i);
    }
    look_at_expects(printer, scenario->finally, scenario->finally_count);
    own_instances(printer);
    return printer;
}

void sim_fingerprinter_destroy(struct sim_fingerprinter *printer)
{
    if (printer == NULL) {
        return;
    }
    for (size_t i = 0; i < printer->world->scenario->step_count; i++) {
        fake_memory_free(printer->owner_of[i]);
    }
    fake_memory_free(printer->owner_of);
    fake_memory_free(printer->steps);
    fake_memory_free(printer->first_stage);
    fake_memory_free(printer->stages);
    fake_memory_free(printer->asking_count);
    fake_memory_free(printer->word_of);
    fake_memory_free(printer->salt_of);
    fake_memory_free(printer->words);
    sim_names_release(&printer->callers);
    fake_memory_free(printer);
}

unsigned sim_fingerprinter_symmetry(const struct sim_fingerprinter *printer)
{
    return printer->symmetric_count;
}

void sim_fingerprinter_drop(struct sim_fingerprinter *printer, enum sim_field field)
{
    printer->dropped = field;
}

/* --- all of it ---------------------------------------------------------------------------- */

/* Callers have salts of their own, unless they may be exchanged. */
static uint64_t sum_of_words(const struct sim_fingerprinter *printer)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < printer->word_count; i++) {
        sum += sim_hash_finish(printer->words[i] + SIM_HASH_START);
    }
    sum = sim_hash_finish(sum);
    return sum != 0 ? sum : 1;
}

uint64_t sim_fingerprint(struct sim_fingerprinter *printer)
{
    memset(printer->words, 0, printer->word_count * sizeof(*printer->words));
    printer->owned_count = 0;
    sim_print_agents(printer);
    if (printer->world->coord != NULL) {
        sim_print_coord(printer);
        sim_print_pulls(printer);
        sim_print_operations(printer);
    }
    sim_print_engine(printer);
    sim_print_oracle(printer);
    return sum_of_words(printer);
}

uint64_t sim_fingerprint_of_model(struct sim_fingerprinter *printer)
{
    memset(printer->words, 0, printer->word_count * sizeof(*printer->words));
    sim_print_model(printer);
    return sum_of_words(printer);
}

const char *sim_field_word(enum sim_field field)
{
    static const char *const words[] = {
#define FIELD_WORD(name) [SIM_FIELD_##name] = #name,
        SIM_FIELD_MAP(FIELD_WORD)
#undef FIELD_WORD
    };
    return (unsigned)field < SIM_FIELD_COUNT ? words[field] : "unknown";
}
