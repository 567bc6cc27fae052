#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"
#include "fakes/test/recording.h"

#define HOST "127.0.0.1:5055/team/app"
#define PRIVATE "127.0.0.1:5056/team/app:7"
#define RECORDED_IMAGE "932b67386888"
#define RECORDED_CONTAINER "9dd8433feaf2"

/* The same thing done to the fake as was done to the engine that was recorded. */
struct row {
    const char *recording;
    const char *given;
    enum fake_call_kind call;
    const char *name;
    const char *username;
    const char *password;
    const char *fault; /* the registry is in the model, its failures are faults */
};

static const struct row rows[] = {
    { "inspect-missing", "", FAKE_CALL_INSPECT, HOST ":none", NULL, NULL, NULL },
    { "pull-unknown-tag", "", FAKE_CALL_PULL, HOST ":nope", NULL, NULL, NULL },
    { "pull-unknown-repo", "", FAKE_CALL_PULL, "127.0.0.1:5055/team/none:1", NULL, NULL, NULL },
    { "pull-bad-name", "", FAKE_CALL_PULL, "127.0.0.1:5055/Team/App:1", NULL, NULL, NULL },
    { "pull-no-credentials", "", FAKE_CALL_PULL, PRIVATE, NULL, NULL, NULL },
    { "pull-wrong-password", "", FAKE_CALL_PULL, PRIVATE, "alice", "wrong", NULL },
    { "pull-registry-down", "", FAKE_CALL_PULL, "127.0.0.1:5999/team/app:7", NULL, NULL,
      "connection refused" },
    { "remove-by-id-running", "run " HOST ":7 c", FAKE_CALL_REMOVE, "{A.id}", NULL, NULL, NULL },
    { "remove-by-id-stopped", "create " HOST ":7 c", FAKE_CALL_REMOVE, "{A.id}", NULL, NULL, NULL },
    { "remove-by-id-two-names", "tag " HOST ":7 mine:1", FAKE_CALL_REMOVE, "{A.id}", NULL, NULL,
      NULL },
    { "remove-by-name-running", "run " HOST ":7 c", FAKE_CALL_REMOVE, HOST ":7", NULL, NULL, NULL },
    { "remove-by-name-stopped", "create " HOST ":7 c", FAKE_CALL_REMOVE, HOST ":7", NULL, NULL,
      NULL },
};

/* The message of an answer's JSON, without escapes. */
static void recorded_message(const char *recording, char *out, size_t size)
{
    struct fake_bytes whole = { 0 };
    struct fake_bytes body = { 0 };
    size_t used = 0;
    recording_read(&whole, recording);
    recording_body(&body, &whole);
    const char *end = body.at + body.size;
    const char *at = body.at + strlen("{\"message\":\"");
    while (at < end && *at != '"' && used + 1 < size) {
        at += *at == '\\' ? 1 : 0;
        out[used++] = *at++;
    }
    out[used] = '\0';
    fake_bytes_release(&body);
    fake_bytes_release(&whole);
}

/* Put the fake's own IDs where the recording has its own. */
static void replace(char *text, const char *from, const char *to)
{
    char short_id[80] = "";
    engine_expand(to, short_id, sizeof(short_id));
    for (char *at = strstr(text, from); at; at = strstr(at, from)) {
        memcpy(at, short_id, strlen(from));
    }
}

static unsigned recorded_status(const char *recording)
{
    struct fake_bytes whole = { 0 };
    recording_read(&whole, recording);
    unsigned http_status = 0;
    for (size_t i = 9; i < 12; i++) {
        http_status = http_status * 10 + (unsigned)(whole.at[i] - '0');
    }
    fake_bytes_release(&whole);
    return http_status;
}

static void push_recorded(struct engine_fixture *f)
{
    struct fake_manifest manifest = {
        .reference = PRIVATE, .image = "P", .username = "alice", .password = "secret"
    };
    fake_registry_push(f->engine, &manifest);
    engine_push(f, HOST ":7", "A");
}

static void carry_out(struct engine_fixture *f, struct engine_probe *probe, const struct row *row)
{
    struct fake_fault fault = {
        .kind = FAKE_FAULT_STATUS, .call = FAKE_CALL_PULL, .status = 500, .reason = row->fault
    };
    struct dd_credentials credentials = { .username = row->username, .password = row->password };
    if (row->fault) {
        fake_engine_add_fault(f->engine, &fault);
    }
    if (row->call == FAKE_CALL_INSPECT) {
        engine_start_inspect(f, probe, row->name);
    } else if (row->call == FAKE_CALL_REMOVE) {
        engine_start_remove(f, probe, row->name);
    } else if (row->username) {
        struct dd_pull_spec spec = { .repository = "127.0.0.1:5056/team/app",
                                     .tag = "7",
                                     .credentials = &credentials };
        engine_start_inspect(f, probe, "x");
        engine_run(f);
        probe->done_count = 0;
        probe->text[0] = '\0';
        assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe->call, &spec), DD_OK);
    } else {
        engine_start_pull(f, probe, row->name);
    }
    engine_run(f);
}

/* The texts are those that a real engine was recorded to answer, letter by letter. */
static void test_recordings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *fresh = NULL;
        struct engine_probe probe = { 0 };
        char message[512];
        assert_int_equal(engine_setup(&fresh), 0);
        struct engine_fixture *f = fresh;
        push_recorded(f);
        if (rows[i].call == FAKE_CALL_REMOVE) {
            engine_given(f, "pull " HOST ":7");
        }
        engine_given(f, rows[i].given);

        carry_out(f, &probe, &rows[i]);

        recorded_message(rows[i].recording, message, sizeof(message));
        replace(message, RECORDED_IMAGE, "{A}");
        replace(message, RECORDED_CONTAINER, "{c!}");
        assert_string_equal(probe.text, message);
        assert_int_equal(probe.http_status, recorded_status(rows[i].recording));
        engine_teardown(&fresh);
    }
}

struct word {
    const char *word;
    enum fake_call_kind call;
    const char *name;
    unsigned http_status;
    const char *text;
};

static const struct word words[] = {
    { "in use", FAKE_CALL_REMOVE, "app:1", 409,
      "conflict: unable to remove repository reference \"app:1\" (must force) - container "
      "9dd8433feaf2 is using its referenced image {A}" },
    { "in use", FAKE_CALL_REMOVE, "{A.id}", 409,
      "conflict: unable to delete {A} (must be forced) - image is being used by stopped "
      "container 9dd8433feaf2" },
    { "in use by id", FAKE_CALL_REMOVE, "{A.id}", 409,
      "conflict: unable to delete {A} (cannot be forced) - image is being used by running "
      "container 9dd8433feaf2" },
    { "in use by stopped", FAKE_CALL_REMOVE, "{A.id}", 409,
      "conflict: unable to delete {A} (must be forced) - image is being used by stopped "
      "container 9dd8433feaf2" },
    { "children", FAKE_CALL_REMOVE, "{A.id}", 409,
      "conflict: unable to delete {A} (cannot be forced) - image has dependent child images" },
    { "names", FAKE_CALL_REMOVE, "{A.id}", 409,
      "conflict: unable to delete {A} (must be forced) - image is referenced in multiple "
      "repositories" },
    { "denied", FAKE_CALL_PULL, "reg.test/app:1", 404,
      "pull access denied for reg.test/app, repository does not exist or may require 'docker "
      "login': denied: requested access to the resource is denied" },
    { "not found", FAKE_CALL_PULL, "app:1", 404,
      "manifest for app:1 not found: manifest unknown: manifest unknown" },
    { "not found", FAKE_CALL_INSPECT, "app:1", 404, "no such image: app:1: No such image: app:1" },
    { "not found", FAKE_CALL_REMOVE, "{A.id}", 404, "No such image: {A.id}" },
    { "no credentials", FAKE_CALL_PULL, "reg.test:5000/app:1", 500,
      "Head \"https://reg.test:5000/v2/app/manifests/1\": no basic auth credentials" },
    { "unauthorized", FAKE_CALL_PULL, "app:1", 500, "unauthorized: authentication required" },
    { "rate limit", FAKE_CALL_PULL, "app:1", 500,
      "toomanyrequests: You have reached your pull rate limit. You may increase the limit by "
      "authenticating and upgrading: https://www.docker.com/increase-rate-limit" },
    { "disk full", FAKE_CALL_PULL, "app:1", 500,
      "failed to register layer: Error processing tar file(exit status 1): write /bin/app: no "
      "space left on device" },
    { "server error", FAKE_CALL_INSPECT, "app:1", 500,
      "open /var/lib/docker/image/overlay2/repositories.json: input/output error" },
    { "registry error", FAKE_CALL_PULL, "app:1", 500,
      "received unexpected HTTP status: 503 Service Unavailable" },
    { "unknown blob", FAKE_CALL_PULL, "app:1", 500, "unknown blob" },
    { "unexpected eof", FAKE_CALL_PULL, "app:1", 500, "unexpected EOF" },
    { "connection refused", FAKE_CALL_PULL, "app:1", 500,
      "Get \"https://registry-1.docker.io/v2/\": dial tcp registry-1.docker.io:443: connect: "
      "connection refused" },
    { "connection refused", FAKE_CALL_REMOVE, "{A.id}", 500, "connection refused" },
    { "malformed", FAKE_CALL_PULL, "app:1", 400, "invalid reference format" },
    { "a text of its own", FAKE_CALL_PULL, "app:1", 500, "a text of its own" },
};

/* A fault's word is told in the engine's own words about the very call. */
static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct word *word = &words[i];
        struct fake_fault fault = { .kind = FAKE_FAULT_STATUS,
                                    .call = word->call,
                                    .reason = word->word };
        struct row row = { .call = word->call, .name = word->name };
        struct engine_probe probe = { 0 };
        char text[512] = "";
        void *fresh = NULL;
        assert_int_equal(engine_setup(&fresh), 0);
        struct engine_fixture *f = fresh;
        engine_given(f, "pull app:1");
        fake_engine_add_fault(f->engine, &fault);

        carry_out(f, &probe, &row);

        engine_expand(word->text, text, sizeof(text));
        assert_string_equal(probe.text, text);
        assert_int_equal(probe.http_status, word->http_status);
        engine_teardown(&fresh);
    }
}

/* Every word has a text and a status, and nothing else has. */
static void test_word_list(void **state)
{
    (void)state;
    size_t count = 0;
    while (fake_reason_word(count)) {
        assert_non_null(fake_reason_text(fake_reason_word(count)));
        assert_in_range(fake_reason_status(fake_reason_word(count)), 400, 599);
        count++;
    }
    assert_in_range(count, 16, 40);
    assert_null(fake_reason_text("no such word"));
    assert_int_equal(fake_reason_status("no such word"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recordings),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_word_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
