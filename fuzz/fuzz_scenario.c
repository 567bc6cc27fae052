/*
 * Scenario files: any bytes are read or refused with a message that has a place;
 * what is read and small is also run, twice, for whatever the file says no invariant
 * may break, and the same choices must give the same trace (D1). What the file expects
 * need not come true.
 */
#include <signal.h>

#include "fuzz/target.h"
#include "sim/world.h"

#define RUN_MAX 64 /* carried-out steps, images, expectations of a file that is run */

static void check_error(const struct sim_error *error, const uint8_t *data, size_t size)
{
    unsigned line_count = 1;
    for (size_t i = 0; i < size; i++) {
        line_count += data[i] == '\n' ? 1 : 0;
    }
    FUZZ_MUST(error->message[0] != '\0');
    FUZZ_MUST(memchr(error->message, '\0', sizeof(error->message)) != NULL);
    FUZZ_MUST(memchr(error->path, '\0', sizeof(error->path)) != NULL);
    FUZZ_MUST(error->line <= line_count);
    FUZZ_MUST(error->line == 0 || (error->column > 0 && error->column <= size + 1));
    for (const char *at = error->message; *at != '\0'; at++) {
        FUZZ_MUST((unsigned char)*at >= 0x20 && *at != 0x7F);
    }
}

static bool is_small(const struct sim_scenario *scenario)
{
    uint64_t count = scenario->manifest_count + scenario->finally_count;
    for (size_t i = 0; i < scenario->step_count; i++) {
        count += scenario->steps[i].count;
    }
    return count <= RUN_MAX;
}

static bool is_invariant(const char *word)
{
    return word[0] != '\0' && strcmp(word, "expect") != 0 && strcmp(word, "open") != 0;
}

/* Broken off after about a thousand events. */
static void run(const struct sim_scenario *scenario, uint64_t seed)
{
    static const volatile sig_atomic_t stop = 1;
    struct sim_world *world = sim_world_create(scenario);
    struct sim_world_options options = { .seed = seed, .fill = 0xAA, .stop = &stop };
    struct sim_run first;
    struct sim_run second;
    sim_world_run(world, &options, &first);
    options.fill = 0x55;
    sim_world_run(world, &options, &second);
    FUZZ_MUST(first.trace_hash == second.trace_hash);
    FUZZ_MUST(first.entry_count == second.entry_count);
    if (is_invariant(first.violation.invariant)) {
        (void)fprintf(stderr, "%s: %s (seed %llu)\n", first.violation.invariant,
                      first.violation.message, (unsigned long long)seed);
        abort();
    }
    sim_world_destroy(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("x.json", (const char *)data, size, &error);
    if (scenario == NULL) {
        check_error(&error, data, size);
    } else if (is_small(scenario)) {
        run(scenario, size);
    }
    sim_scenario_destroy(scenario);
    return 0;
}
