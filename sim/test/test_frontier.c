#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/explore/frontier.h"

#define HEAD                                                                                       \
    "drydock frontier 1\nscenario x.json\ndigest 00000000000000ab\nsymmetry yes\n"                 \
    "counts 1 2 3 4\n"

/* A frontier from @text; false: @message says what is wrong with it. */
static bool read_text(const char *text, struct sim_frontier *out,
                      char message[SIM_FRONTIER_MESSAGE_SIZE])
{
    char path[] = "frontier-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    bool read = sim_frontier_read(path, out, message);
    (void)unlink(path);
    return read;
}

/* What is written is what is read: ways with their answers, what is left, what was seen. */
static void test_frontier_is_read_as_written(void **state)
{
    static const char text[] = HEAD "stack 0*6 2 1:1/2:0/3*5 -*3\nstack 4*7\n"
                                    "seen 0000000000000001 ffffffffffffffff\nend\n";
    char message[SIM_FRONTIER_MESSAGE_SIZE];
    char written[1024] = "";
    struct sim_frontier frontier;
    (void)state;
    assert_true(read_text(text, &frontier, message));
    assert_string_equal(frontier.path, "x.json");
    assert_int_equal(frontier.digest, 0xab);
    assert_true(frontier.symmetry && frontier.whole);
    assert_int_equal(frontier.completed_count, 4);
    assert_int_equal(frontier.stack_count, 2);
    assert_int_equal(frontier.stacks[0].count, 4);
    assert_int_equal(frontier.stacks[0].left[1], SIM_LEFT_NOTHING);
    assert_int_equal(frontier.stacks[0].way[2].answers[0], 1);
    assert_int_equal(frontier.stacks[0].way[2].counts[1], 3);
    assert_int_equal(frontier.stacks[0].left[3], SIM_LEFT_ALL | 3);
    assert_int_equal(frontier.seen_count, 2);
    FILE *file = fmemopen(written, sizeof(written), "w");
    assert_non_null(file);
    sim_frontier_write(&frontier, file);
    (void)fclose(file);
    assert_string_equal(written, text);
    sim_frontier_release(&frontier);
}

/* What is no frontier is refused, by line. */
static void test_frontier_that_is_none_is_refused(void **state)
{
    static const char *const texts[][2] = {
        { "drydock tape 1\n", ":1: expected \"drydock frontier 1\"" },
        { "drydock frontier 1\nscenario \n", ":2: expected \"scenario\"" },
        { "drydock frontier 1\nscenario x\ndigest z\n", ":3: expected \"digest\"" },
        { "drydock frontier 1\nscenario x\ndigest \n", ":3: expected \"digest\"" },
        { "drydock frontier 1\nscenario x\ndigest 0xab\n", ":3: expected \"digest\"" },
        { "drydock frontier 1\nscenario x\ndigest 1\nsymmetry\n", ":4: expected \"symmetry\"" },
        { "drydock frontier 1\nscenario x\ndigest 1\nsymmetry no\ncounts 1 2 3\n",
          ":5: expected \"counts\"" },
        { HEAD "stack 0 1\nend\n", ":6: expected \"stack\" and a way" },
        { HEAD "stack 6*6\nend\n", ":6: expected \"stack\" and a way" },
        { HEAD "stack -*2 0*6\nend\n", ":6: expected \"stack\" and a way" },
        { HEAD "stack 0:2/2*6\nend\n", ":6: expected \"stack\" and a way" },
        { HEAD "stack 512*512\nend\n", ":6: expected \"stack\" and a way" },
        { HEAD "seen 0000000000000000\nend\n", ":6: expected \"seen\"" },
        { HEAD "seen x\nend\n", ":6: expected \"seen\"" },
        { HEAD "jump\n", ":6: expected \"stack\", \"seen\" or \"end\"" },
        { HEAD "end\nend\n", ":7: expected nothing after the end" },
        { HEAD "stack 0*2\n", ":7: expected \"end\" at its end: it is cut off" },
        { HEAD "stack 0*2\nseen 01", ":7: expected a line that ends" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char message[SIM_FRONTIER_MESSAGE_SIZE] = "";
        struct sim_frontier frontier;
        assert_false(read_text(texts[i][0], &frontier, message));
        if (strstr(message, texts[i][1]) == NULL) {
            fail_msg("%s instead of %s", message, texts[i][1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frontier_is_read_as_written),
        cmocka_unit_test(test_frontier_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
