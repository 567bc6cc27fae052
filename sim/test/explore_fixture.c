#include "sim/test/explore_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct sim_scenario *fix_scenario_of(const char *text)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("test.json", text, strlen(text), &error);
    if (scenario == NULL) {
        fail_msg("%s: %s", error.path, error.message);
    }
    return scenario;
}

struct sim_audited fix_audited(const char *text, enum sim_field dropped)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0xAA };
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_stepper stepper;
    struct sim_audited out;
    sim_stepper_open(&stepper, scenario, &options);
    sim_fingerprinter_drop(stepper.printer, dropped);
    sim_audit(&stepper, 4000, 1, &out);
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
    return out;
}
