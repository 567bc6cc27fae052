/* Whether a scenario can be played on a real engine: a function of the two alone. */
#include <string.h>

#include "sim/live/call.h"
#include "sim/runner.h"

#define LINE_COUNT_MIN 8 /* that a pull of two layers has at least */

static const char *manifest_obstacle(const struct sim_scenario *scenario,
                                     const struct sim_live_site *site, size_t index)
{
    const struct fake_manifest *manifest = &scenario->manifests[index];
    if (manifest->platform != NULL) {
        return "the registry's images are for this machine's platform alone";
    }
    if (manifest->pull.latest_ns / LINE_COUNT_MIN > scenario->config.progress_timeout_ns) {
        return "small images have too few lines for a pull that moves for so long";
    }
    if (manifest->username == NULL) {
        return NULL;
    }
    if (site->registry_auth == NULL) {
        return "no registry that demands a login was given";
    }
    for (size_t i = 0; i < scenario->manifest_count; i++) {
        const struct fake_manifest *other = &scenario->manifests[i];
        if (other->username != NULL && (strcmp(other->username, manifest->username) != 0 ||
                                        strcmp(other->password, manifest->password) != 0)) {
            return "the registry knows one login alone";
        }
    }
    return NULL;
}

static const char *fault_obstacle(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const char *obstacle = live_fault_obstacle(&scenario->faults[i]);
        if (obstacle != NULL) {
            return obstacle;
        }
    }
    return NULL;
}

/* What could go either way is a real engine's to decide. */
static const char *timing_obstacle(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->call_timing_count; i++) {
        if (scenario->call_timings[i].has_anyway) {
            return "whether what was given up is done all the same is the engine's to say";
        }
        if (scenario->call_timings[i].has[FAKE_PART_ABANDONED]) {
            return "when what was given up is done is the engine's to say";
        }
    }
    return NULL;
}

static const char *step_obstacle(const struct sim_scenario *scenario,
                                 const struct sim_live_site *site)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct sim_step *step = &scenario->steps[i];
        if (step->kind == SIM_STEP_DISK) {
            return "the disk of a real engine cannot be filled";
        }
        if ((step->kind == SIM_STEP_STOP && site->stop == NULL) ||
            (step->kind == SIM_STEP_START && site->start == NULL)) {
            return "no command that stops and starts the engine was given";
        }
        if (step->platform != NULL ||
            (step->kind == SIM_STEP_PUSH && step->manifest.platform != NULL)) {
            return "the registry's images are for this machine's platform alone";
        }
        if (step->credentials != NULL && step->credentials->value.identity_token != NULL) {
            return "the registry knows no identity tokens";
        }
    }
    return NULL;
}

static const char *expect_obstacle(const struct sim_expect *expects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (expects[i].kind == SIM_EXPECT_MANIFEST_REQUESTS) {
            return "the registry is not asked how often it was";
        }
    }
    return NULL;
}

const char *sim_live_obstacle(const struct sim_scenario *scenario, const struct sim_live_site *site)
{
    const char *obstacle = fault_obstacle(scenario);
    if (!sim_scenario_suits(scenario, site->personality)) {
        return SIM_OTHER_ENGINE;
    }
    for (size_t i = 0; obstacle == NULL && i < scenario->manifest_count; i++) {
        obstacle = manifest_obstacle(scenario, site, i);
    }
    if (obstacle == NULL && scenario->has_way) {
        obstacle = "in which order things happen is the engine's to say";
    }
    obstacle = obstacle != NULL ? obstacle : timing_obstacle(scenario);
    obstacle = obstacle != NULL ? obstacle : step_obstacle(scenario, site);
    for (size_t i = 0; obstacle == NULL && i < scenario->step_count; i++) {
        obstacle = expect_obstacle(scenario->steps[i].expects, scenario->steps[i].expect_count);
    }
    return obstacle != NULL ? obstacle
                            : expect_obstacle(scenario->finally, scenario->finally_count);
}

bool sim_live_needs_it_alone(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].kind == SIM_STEP_STOP) {
            return true;
        }
    }
    return false;
}
