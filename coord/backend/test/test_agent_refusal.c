/*
 * The agent's face: what makes no sense is told with what it is, and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_agent.h"

#define MANY 300

/* A pull that was refused says which of its words is wrong, by which rule, and, where a
 * byte is to blame that stands in no reference, which. */
static void test_refusal_of_a_pull(void **state)
{
    struct agent_fixture *f = *state;
    char many[MANY + 1];
    static const struct {
        const char *reference;
        const char *caller;
        const char *text;
    } rows[] = {
        { "Redis:7", "web-1",
          "the reference \"Redis:7\" is invalid: repository name must be lowercase" },
        { "redis:7 ", "web-1",
          "the reference \"redis:7 \" is invalid: invalid tag; no reference has the \" \" that "
          "is its byte 8" },
        { "red\tis:7", "web-1",
          "the reference \"red?is:7\" is invalid: invalid repository name; no reference has the "
          "\"?\" that is its byte 4" },
        { "redis@sha256:123", "web-1",
          "the reference \"redis@sha256:123\" is invalid: invalid digest" },
        { NULL, "web-1", "the reference is missing" },
        { "redis", "", "the caller's name \"\" is invalid: it has no byte; expected 1 to 255" },
        { "redis", NULL, "the caller's name is missing" },
        { "alice:hunter2@r.io/redis", "web-1",
          "the reference \"***@r.io/redis\" is invalid: invalid digest" },
    };
    struct dd_outcome out;

    agent_fixture_open(f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(agent_fixture_pull(f, rows[i].reference, rows[i].caller, &out), DD_EINVAL);
        assert_string_equal(out.text, rows[i].text);
        assert_false(out.recoverable);
    }
    memset(many, 'x', MANY);
    many[MANY] = '\0';
    assert_int_equal(agent_fixture_pull(f, "redis", many, &out), DD_EINVAL);
    assert_non_null(strstr(out.text, "it has too many bytes; expected 1 to 255"));
    agent_fixture_end(f);
}

/* Likewise a retain. */
static void test_refusal_of_a_retain(void **state)
{
    struct agent_fixture *f = *state;
    const char *names[DD_VOUCHED_MAX + 1];
    struct dd_retain retain = { .image = "", .caller = "web-1" };
    struct dd_outcome out;

    for (size_t i = 0; i < DD_VOUCHED_MAX + 1; i++) {
        names[i] = "redis:7";
    }
    agent_fixture_open(f);
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &out), DD_EINVAL);
    assert_string_equal(out.text,
                        "the image ID \"\" is invalid: expected \"sha256:\" and 64 digits of "
                        "0-9a-f, or another text of 1 to 32 bytes");
    retain.image = "redis-a";
    retain.bindings = (struct dd_strings){ names, DD_VOUCHED_MAX + 1 };
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &out), DD_EINVAL);
    assert_string_equal(out.text, "65 bindings are too many; expected at most 64");
    names[1] = "NO/SUCH:name";
    retain.bindings.count = 2;
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &out), DD_EINVAL);
    assert_string_equal(out.text, "the binding \"NO/SUCH:name\" is invalid: repository name must "
                                  "be lowercase");
    retain.caller = "";
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &out), DD_EINVAL);
    assert_non_null(strstr(out.text, "the caller's name"));
    agent_fixture_end(f);
}

static void keep_text(void *arg, const struct dd_result *result)
{
    struct dd_outcome *out = arg;

    out->status = result->status;
    memcpy(out->text, result->text, strlen(result->text) + 1);
}

static void note_answered(void *arg, enum dd_status status)
{
    (void)status;
    told_answered(arg, status);
}

/* And one that is told by its callback. */
static void test_refusal_is_told(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out = { .status = DD_OK };
    struct told told;
    const struct dd_pull pull = {
        .reference = "Redis:7", .caller = "web-1", .done = keep_text, .arg = &out
    };

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    /* Letters are read in their order. */
    assert_int_equal(dd_agent_release_caller(f->agent, "web-1", note_answered, &told), DD_OK);
    told_wait(&told, 1);
    assert_int_equal(out.status, DD_EINVAL);
    assert_string_equal(out.text,
                        "the reference \"Redis:7\" is invalid: repository name must be lowercase");
    agent_fixture_end(f);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, agent_fixture_setup, agent_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_refusal_of_a_pull),
        TEST(test_refusal_of_a_retain),
        TEST(test_refusal_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
