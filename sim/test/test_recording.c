/* Recordings (sim/soak/recording.h), what requests ask for (request.h), and what the
 * recorder reads out of answers (recorder.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/soak/recorder.h"
#include "sim/soak/recording.h"
#include "sim/soak/request.h"

#define FULL                                                                                       \
    "{\"us\":7,\"what\":\"answer\",\"number\":3,\"status\":200,\"image\":\"sha256:a\","            \
    "\"names\":[\"app:1\",\"app@b\"],\"size\":12,\"digest\":\"00ff\"}"

/* What is read is written as it was. */
static void test_recording_line_is_read_and_written(void **state)
{
    (void)state;
    struct sim_entry entry;
    char message[160];
    assert_true(sim_entry_read(FULL, strlen(FULL), &entry, message));
    assert_int_equal(entry.kind, SIM_ENTRY_ANSWER);
    assert_int_equal(entry.number, 3);
    assert_int_equal(entry.status, 200);
    assert_int_equal(entry.name_count, 2);
    assert_string_equal(entry.names[1], "app@b");
    char *line = sim_entry_line(&entry);
    assert_string_equal(line, FULL);
    fake_memory_free(line);
    sim_entry_release(&entry);
}

/* A line that is none says what was expected, and owns nothing. */
static void test_recording_bad_lines(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "7",
        "{",
        "{\"what\":\"nothing\"}",
        "{}",
        "{\"what\":\"pull\",\"number\":-1}",
        "{\"what\":\"pull\",\"number\":1.5}",
        "{\"what\":\"pull\",\"number\":1e300}",
        "{\"what\":\"pull\",\"number\":\"1\"}",
        "{\"what\":\"pull\",\"caller\":7}",
        "{\"what\":\"answer\",\"names\":[7]}",
        "{\"what\":\"answer\",\"status\":10000}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sim_entry entry;
        char message[160] = "";
        assert_false(sim_entry_read(bad[i], strlen(bad[i]), &entry, message));
        assert_true(strncmp(message, "expected ", 9) == 0);
        assert_null(entry.json);
    }
}

static bool count_lines(void *ctx, const struct sim_entry *entry)
{
    int *count = ctx;
    (void)entry;
    return ++*count < 3;
}

/* A file is told line by line, until who is told has enough; a line without an end, and one
 * that is none, are named. */
static void test_recording_file(void **state)
{
    (void)state;
    char path[] = "/tmp/drydock-test-XXXXXX";
    char message[512];
    int count = 0;
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    struct sim_recording *recording = sim_recording_open(path);
    assert_non_null(recording);
    sim_recording_write(recording, &(struct sim_entry){ .kind = SIM_ENTRY_CANCEL, .number = 1 });
    assert_int_equal(sim_recording_count(recording, SIM_ENTRY_CANCEL), 1);
    sim_recording_close(recording);
    assert_true(sim_recording_read(path, count_lines, &count, message));
    assert_int_equal(count, 1);
    FILE *more = fopen(path, "ae");
    assert_non_null(more);
    (void)fputs("{\"what\":\"end\"", more);
    (void)fclose(more);
    count = 0;
    assert_false(sim_recording_read(path, count_lines, &count, message));
    assert_non_null(strstr(message, ":2: the recording is cut off"));
    more = fopen(path, "ae");
    assert_non_null(more);
    (void)fputs("\n", more);
    (void)fclose(more);
    count = 0;
    assert_false(sim_recording_read(path, count_lines, &count, message));
    assert_non_null(strstr(message, ":2: expected a line with an object"));
    (void)unlink(path);
    assert_false(sim_recording_read(path, count_lines, &count, message));
}

static void assert_request(const char *method, const char *target, enum sim_request_kind kind,
                           const char *name, const char *repository)
{
    struct sim_request request = sim_request_read(method, target);
    assert_int_equal(request.kind, kind);
    assert_string_equal(request.name, name);
    assert_string_equal(request.repository, repository);
}

/* A request is known by its method and target, with and without a version. */
static void test_request_kinds(void **state)
{
    (void)state;
    assert_request("GET", "/_ping", SIM_REQUEST_PING, "", "");
    assert_request("GET", "/version", SIM_REQUEST_IDENTIFY, "", "");
    assert_request("GET", "/v1.41/info", SIM_REQUEST_IDENTIFY, "", "");
    assert_request("GET", "/v1.41/images/json?all=1", SIM_REQUEST_LIST, "", "");
    assert_request("GET", "/images/h:5/a/b:1/json", SIM_REQUEST_INSPECT, "h:5/a/b:1", "h:5/a/b");
    assert_request("GET", "/images/sha256:ab/json", SIM_REQUEST_INSPECT, "sha256:ab", "");
    assert_request("DELETE", "/images/h:5/app?force=false", SIM_REQUEST_REMOVE, "h:5/app",
                   "h:5/app");
    assert_request("POST", "/v1.41/images/create?fromImage=h%3A5%2Fapp&tag=1", SIM_REQUEST_PULL,
                   "h:5/app:1", "h:5/app");
    assert_request("POST", "/images/create?fromImage=app&tag=sha256%3Aab", SIM_REQUEST_PULL,
                   "app@sha256:ab", "app");
    assert_request("POST", "/images/app:1/json", SIM_REQUEST_UNKNOWN, "", "");
    assert_request("POST", "/images/create?fromSrc=-", SIM_REQUEST_UNKNOWN, "", "");
    assert_request("GET", "/containers/json", SIM_REQUEST_UNKNOWN, "", "");
}

/* Force is what an engine takes for it. */
static void test_request_force(void **state)
{
    (void)state;
    assert_true(sim_request_read("DELETE", "/images/app?force=1").by_force);
    assert_true(sim_request_read("DELETE", "/images/app?noprune=true&force=true").by_force);
    assert_false(sim_request_read("DELETE", "/images/app?force=false&noprune=true").by_force);
    assert_false(sim_request_read("DELETE", "/images/app?force=0").by_force);
    assert_false(sim_request_read("DELETE", "/images/app").by_force);
}

static struct sim_entry answered(unsigned status, const char *method, const char *target,
                                 const char *body)
{
    struct sim_entry entry = { .kind = SIM_ENTRY_ANSWER, .status = status };
    sim_recorder_read(&entry, method, target, body, strlen(body));
    return entry;
}

/* Of an inspect the recorder keeps ID and names, of a DELETE what it lists, of a pull the
 * last line, of an error its message. */
static void test_recorder_reads_answers(void **state)
{
    (void)state;
    struct sim_entry entry = answered(200, "GET", "/images/app:1/json",
                                      "{\"Id\":\"sha256:a\",\"RepoTags\":[\"app:1\"],"
                                      "\"RepoDigests\":[\"app@sha256:b\"]}");
    assert_string_equal(entry.image, "sha256:a");
    assert_int_equal(entry.name_count, 2);
    sim_entry_release(&entry);
    entry = answered(200, "DELETE", "/images/app:1",
                     "[{\"Untagged\":\"app:1\"},{\"Deleted\":\"sha256:a\"}]");
    assert_string_equal(entry.names[0], "app:1");
    assert_string_equal(entry.deleted[0], "sha256:a");
    sim_entry_release(&entry);
    entry = answered(200, "POST", "/images/create?fromImage=app&tag=1",
                     "{\"status\":\"Pulling\"}\r\n{\"status\":\"Status: done\"}\r\n");
    assert_string_equal(entry.text, "Status: done");
    sim_entry_release(&entry);
    entry = answered(200, "POST", "/images/create?fromImage=app&tag=1",
                     "{\"errorDetail\":{},\"error\":\"unknown blob\"}\r\n");
    assert_string_equal(entry.text, "unknown blob");
    sim_entry_release(&entry);
    entry = answered(404, "GET", "/images/app:1/json", "{\"message\":\"No such image: app:1\"}");
    assert_string_equal(entry.text, "No such image: app:1");
    sim_entry_release(&entry);
    entry = answered(500, "GET", "/images/app:1/json", "<html>");
    assert_null(entry.text);
    sim_entry_release(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recording_line_is_read_and_written),
        cmocka_unit_test(test_recording_bad_lines),
        cmocka_unit_test(test_recording_file),
        cmocka_unit_test(test_request_kinds),
        cmocka_unit_test(test_request_force),
        cmocka_unit_test(test_recorder_reads_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
