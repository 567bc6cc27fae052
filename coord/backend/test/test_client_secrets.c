/*
 * Credentials, in whatever form they are written, reach the engine's request and nothing
 * else: no event, no line of the log, no text that an agent is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"
#include "drydock/agent.h"
#include "drydock/backend.h"

#define PASSWORD "Kn\"rr\\?>>~~8\xC3\xBCx"
#define FORM_MAX 14
#define SAID_MAX ((size_t)1 << 16)

/* All that was said to anybody. */
struct said {
    char text[SAID_MAX];
    size_t size;
    unsigned told_count;
    unsigned closed_count;
    enum dd_status status;
};

struct forms {
    char at[FORM_MAX][128];
    size_t count;
};

/* RFC 4648's two alphabets. What depends on the bytes before and behind is left out, so
 * that it is found in the middle of anything. */
static void add_base64(struct forms *forms, const char *secret, size_t offset, const char *last)
{
    static const char most[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t size = offset + strlen(secret);
    char *out = forms->at[forms->count++];
    size_t length = 0;

    for (size_t bit = 0; bit + 6 <= 8 * size; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++) {
            unsigned byte = i / 8 < offset ? 0 : (unsigned char)secret[i / 8 - offset];
            value = value << 1 | (byte >> (7 - i % 8) & 1);
        }
        if (bit >= 8 * offset) {
            out[length++] = value < 62 ? most[value] : last[value - 62];
        }
    }
    out[length] = '\0';
}

static void add_escaped(struct forms *forms, const char *secret)
{
    char *out = forms->at[forms->count++];

    for (; *secret != '\0'; secret++) {
        if (*secret == '"' || *secret == '\\') {
            *out++ = '\\';
        }
        *out++ = *secret;
    }
    *out = '\0';
}

static void forms_of(struct forms *forms, const char *secret)
{
    forms->count = 0;
    (void)snprintf(forms->at[forms->count++], sizeof forms->at[0], "%s", secret);
    add_escaped(forms, secret);
    for (size_t offset = 0; offset < 3; offset++) {
        for (size_t i = 0; i < 2; i++) {
            add_base64(forms, forms->at[i], offset, "+/");
            add_base64(forms, forms->at[i], offset, "-_");
        }
    }
}

static const char *form_in(const struct forms *forms, const char *text)
{
    for (size_t i = 0; i < forms->count; i++) {
        if (strstr(text, forms->at[i]) != NULL) {
            return forms->at[i];
        }
    }
    return NULL;
}

static void say(struct said *said, const char *text)
{
    size_t length = strlen(text);

    assert_true(said->size + length + 1 < SAID_MAX);
    memcpy(said->text + said->size, text, length + 1);
    said->size += length;
}

static void write_log(void *ctx, const char *line, size_t length)
{
    (void)length;
    say(ctx, line);
}

static void note_event(void *ctx, const struct dd_event *event)
{
    char text[4096];

    dd_event_format(event, text, sizeof text);
    say(ctx, text);
    say(ctx, event->message != NULL ? event->message : "");
}

static void pull_told(void *arg, const struct dd_result *result)
{
    struct said *said = arg;

    said->told_count++;
    said->status = result->status;
    say(said, result->text);
}

static void opened(void *arg, enum dd_status status, const char *text)
{
    assert_int_equal(status, DD_OK);
    say(arg, text);
}

static void closed(void *arg)
{
    struct said *said = arg;

    said->closed_count++;
}

static void dispatch_until(struct client_fixture *f, const unsigned *count)
{
    for (int i = 0; i < 1000 && *count == 0; i++) {
        dd_loop_wait(f->loop, UINT64_C(60000000));
    }
    assert_int_equal(*count, 1);
}

/* The forms that are looked for are those in which a request has the credentials. */
static void test_secrets_forms_are_those_of_the_header(void **state)
{
    struct client_fixture *f = *state;
    struct forms forms;
    struct probe probe;
    const struct dd_credentials credentials = { .username = "alice", .password = PASSWORD };
    const struct dd_pull_spec spec = { .repository = "a", .tag = "1", .credentials = &credentials };

    forms_of(&forms, PASSWORD);
    web_say_json(&f->web, 200, "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}");
    web_say_json(&f->web, 500, "{\"message\":\"no\"}");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &spec), DD_OK);
    probe_await(&probe);
    assert_non_null(form_in(&forms, f->web.requests[1]));
    probe_release(&probe);
    assert_string_equal(form_in(&forms, "x" PASSWORD "y"), PASSWORD);
}

/* What the engine quotes of the credentials in its error reaches nobody, in any form. */
static void test_secrets_reach_nobody(void **state)
{
    static struct said said;
    struct client_fixture *f = *state;
    struct forms forms;
    struct dd_file_lock *lock;
    struct dd_log log = { .level = DD_LEVEL_TRACE, .write = write_log, .ctx = &said };
    const struct dd_observer_ops note = { .event = note_event };
    const struct dd_observer observers[] = { dd_log_observer(&log), { &note, &said } };
    const struct dd_credentials credentials = { .username = "alice", .password = PASSWORD };
    const struct dd_pull pull = { .reference = "a:1",
                                  .caller = "web-1",
                                  .credentials = &credentials,
                                  .done = pull_told,
                                  .arg = &said };
    const struct dd_close close = { .deadline_ns = 1, .closed = closed, .arg = &said };
    struct dd_agent_config config;
    struct dd_agent *agent;

    said = (struct said){ .size = 0 };
    forms_of(&forms, PASSWORD);
    web_say_json(&f->web, 200, "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}");
    web_say_json(&f->web, 200, "{\"ID\":\"SECRETS\"}");
    web_say_json(&f->web, 404, "{\"message\":\"No such image: a:1\"}");
    web_say_json(
        &f->web, 500,
        "{\"message\":\"cannot use X-Registry-Auth: "
        "eyJ1c2VybmFtZSI6ImFsaWNlIiwicGFzc3dvcmQiOiJLblwicnJcXD8-Pn5-OMO8eCJ9: "
        "{\\\"username\\\":\\\"alice\\\",\\\"password\\\":\\\"Kn\\\\\\\"rr\\\\\\\\?>>~~8\xC3"
        "\xBCx\\\"}\"}");
    web_say_json(&f->web, 404, "{\"message\":\"No such image: a:1\"}");
    dd_agent_config_init(&config);
    assert_int_equal(dd_file_lock_open(f->web.folder, &lock), DD_OK);
    const struct dd_env env = {
        .clock = dd_loop_clock(f->loop),
        .executor = dd_loop_executor(f->loop),
        .entropy = dd_loop_entropy(f->loop),
        .docker = f->docker,
        .host_lock = dd_file_lock_interface(lock),
        .allocator = dd_malloc_allocator(),
    };
    config.loop = f->loop;
    config.env = &env;
    config.is_embedded = true;
    config.observers = observers;
    config.observer_count = 2;
    config.opened = opened;
    config.arg = &said;
    assert_int_equal(dd_agent_open(&config, NULL, 0, &agent), DD_OK);
    assert_int_equal(dd_agent_pull(agent, &pull, NULL), DD_OK);
    dispatch_until(f, &said.told_count);
    assert_int_not_equal(said.status, DD_OK);
    assert_int_equal(dd_agent_close(agent, &close), DD_OK);
    dispatch_until(f, &said.closed_count);
    assert_int_equal(dd_agent_destroy(agent), DD_OK);
    dd_file_lock_close(lock);
    assert_non_null(form_in(&forms, f->web.requests[3]));
    assert_non_null(strstr(said.text, "cannot use X-Registry-Auth: ***"));
    assert_null(form_in(&forms, said.text));
}

static int setup(void **state)
{
    *state = client_fixture_create(false);
    return 0;
}

static int teardown(void **state)
{
    client_fixture_destroy(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_secrets_forms_are_those_of_the_header),
        TEST(test_secrets_reach_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
