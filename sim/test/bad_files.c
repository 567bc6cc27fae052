#include "sim/test/bad_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"

static char *unquoted(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    assert_non_null(copy);
    memcpy(copy, text, strlen(text) + 1);
    for (char *at = copy; *at != '\0'; at++) {
        *at = (char)(*at == '`' ? '"' : *at);
    }
    return copy;
}

void bad_files_check(const struct bad_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = unquoted(files[i].text);
        char *expected = unquoted(files[i].message);
        char message[sizeof(struct sim_error)];
        struct sim_error error;
        struct sim_scenario *scenario = sim_scenario_parse("x.json", text, strlen(text), &error);
        if (scenario != NULL) {
            fail_msg("taken for good: %s", text);
        }
        sim_error_format("x.json", &error, message, sizeof(message));
        assert_string_equal(message, expected);
        free(text);
        free(expected);
    }
}
