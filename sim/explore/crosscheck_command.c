/* `drydock explore --crosscheck`: the states of a scenario are held against the
 * abstract coordinator's. */
#include <inttypes.h>

#include "reports/format.h"
#include "sim/explore/command_parts.h"
#include "sim/explore/crosscheck.h"
#include "sim/explore/projection.h"

struct crossing {
    struct sim_stepper stepper;
    struct sim_crosscheck *check;
};

static void reached(void *ctx)
{
    struct crossing *crossing = ctx;
    sim_crosscheck_look(crossing->check, crossing->stepper.world);
}

static void say_state(FILE *out, const struct sim_abstract *state,
                      const struct sim_abstract_limits *limits)
{
    static const char *const images[] = { "absent", "being pulled", "present", "being deleted" };
    static const char *const places[] = { "idle", "waiting", "holding" };
    (void)fprintf(out, "        first: %s, %u leases, %u waiters, %u pulls, removal %s, %u faults",
                  images[state->image], state->lease_count, state->waiter_count, state->pull_count,
                  state->timer != 0 ? "armed" : "not armed", state->fault_count);
    for (size_t i = 0; i < limits->callers; i++) {
        (void)fprintf(out, "; %s after %u rounds", places[state->callers[i].place],
                      state->callers[i].rounds);
    }
    (void)fputc('\n', out);
}

static void say(struct sim_exploring *exploring, const struct sim_crosschecked *found,
                const struct sim_abstract_limits *limits)
{
    char count[REPORT_COUNT_SIZE];
    (void)fprintf(exploring->out, "        crosscheck: the abstract coordinator has %s states, ",
                  report_count(found->abstract_count, count));
    (void)fprintf(exploring->out, "and %s of them were met",
                  report_count(found->looks_count, count));
    (void)fprintf(exploring->out, "; of %s states of the coordinator\n",
                  report_count(found->state_count, count));
    for (int reason = 0; reason < SIM_FINER_COUNT; reason++) {
        (void)fprintf(exploring->out, "%18s: %s\n", report_count(found->by_reason[reason], count),
                      sim_finer_text((enum sim_finer)reason));
    }
    if (found->by_reason[SIM_FINER_UNKNOWN] > 0) {
        say_state(exploring->out, &found->unknown, limits);
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    }
}

void sim_crosscheck_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario)
{
    bool symmetry = !exploring->options.no_symmetry;
    const struct sim_stepper_options options = { .symmetry = symmetry, .fill = 0xAA };
    struct sim_abstract_limits terms;
    struct crossing crossing;
    struct sim_searched found;
    if (!sim_projection_limits(scenario, &terms)) {
        (void)fprintf(exploring->err,
                      "%s: has no abstract coordinator; expected a scenario in which all "
                      "callers only pull and release, with a limit of faults\n",
                      scenario->path);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    struct sim_limits limits = exploring->limits;
    limits.job_count = 0;
    limits.reached = reached;
    limits.reached_ctx = &crossing;
    crossing.check = sim_crosscheck_create(&terms, symmetry, limits.byte_max);
    sim_stepper_open(&crossing.stepper, scenario, &options);
    sim_search_depth(&crossing.stepper, &limits, &found);
    sim_stepper_close(&crossing.stepper);
    say(exploring, sim_crosschecked(crossing.check), &terms);
    sim_searched_release(&found);
    sim_crosscheck_destroy(crossing.check);
}
