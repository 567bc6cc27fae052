#include "sim/test/misbehave_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/classify.h"
#include "coord/list.h"
#include "drydock/client.h"
#include "sim/process.h"
#include "sim/progress.h"
#include "sim/scenario.h"
#include "sim/server/server.h"

#define NS_PER_MS UINT64_C(1000000)
#define PATIENT_NS (60 * DD_SECOND_NS) /* where nothing should take its time */
/* Under valgrind (`make valgrind`), which counts what the child has from its parent, and
 * the parent gives back. */
#define LEAKS_OF_THE_PARENT 99

/* --- the engine's process ------------------------------------------------------------------ */

static volatile sig_atomic_t stop;

static void stop_now(int number)
{
    (void)number;
    stop = 1;
}

/* Closes @ready once all is open, and it can be told to end. */
static void serve(int listening, const struct sim_scenario *scenario,
                  struct sim_misbehave *misbehave, int ready)
{
    char message[384];
    struct sim_server_options options = {
        .listening = listening,
        .scenario = scenario,
        .misbehave = misbehave->count > 0 ? misbehave : NULL,
    };
    const struct sigaction action = { .sa_handler = stop_now };
    (void)sigaction(SIGTERM, &action, NULL);
    struct sim_server *server = sim_server_open(&options, message);
    if (server == NULL) {
        (void)fprintf(stderr, "%s\n", message);
        _exit(2);
    }
    (void)close(ready);
    sim_server_run(server, &stop);
    sim_server_close(server);
}

/* The kernel's word on the most memory that it had. */
static long resident_of(pid_t pid)
{
    char path[64];
    char line[128];
    long kb = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kb = strtol(line + 6, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kb;
}

static struct sim_scenario *read_scenario(const char *folder)
{
    static const char text[] =
        "{\"version\": 1, \"name\": \"wild\", \"retells\": \"nothing\", \"registry\": {"
        "\"app:1\": {\"id\": \"app-a\", \"layers\": 2, \"pull\": \"1ms\"},"
        "\"tool:7\": {\"id\": \"tool-a\", \"pull\": \"1ms\"}},"
        "\"steps\": [{\"at\": \"0s\", \"pull\": \"app:1\", \"caller\": \"nobody\"}]}";
    struct sim_error error;
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/scenario.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    (void)unlink(path);
    assert_non_null(scenario);
    return scenario;
}

void engine_child_start(struct engine_child *child, const char *misbehaviour)
{
    char message[384] = "";
    struct sim_misbehave misbehave = { .count = misbehaviour != NULL ? 1 : 0 };
    assert_true(misbehaviour == NULL ||
                sim_misbehaviour_read(misbehaviour, &misbehave.list[0], message));
    *child = (struct engine_child){ .pid = -1 };
    (void)snprintf(child->folder, sizeof(child->folder), "/tmp/drydock-wild-XXXXXX");
    assert_non_null(mkdtemp(child->folder));
    struct sim_scenario *scenario = read_scenario(child->folder);
    (void)snprintf(child->address, sizeof(child->address), "unix://%s/s", child->folder);
    int listening = sim_server_listen(child->address, message);
    assert_true(listening >= 0);
    int ready[2];
    char nothing;
    assert_int_equal(pipe(ready), 0);
    (void)fflush(NULL);
    child->pid = fork();
    assert_true(child->pid >= 0);
    if (child->pid == 0) {
        (void)close(ready[0]);
        serve(listening, scenario, &misbehave, ready[1]);
        sim_scenario_destroy(scenario);
        exit(0); /* as sanitizers want it, who look for leaks then */
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &nothing, 1), 0);
    (void)close(ready[0]);
    child->first_kb = resident_of(child->pid);
    (void)close(listening);
    sim_scenario_destroy(scenario);
}

void engine_child_stop(struct engine_child *child)
{
    int status = -1;
    pid_t ended = 0;
    child->grown_kb = resident_of(child->pid) - child->first_kb;
    for (int i = 0; i < 10000 && ended == 0; i++) {
        (void)kill(child->pid, SIGTERM); /* again: it may have come too early to wake */
        sim_pause_ms(2);
        ended = waitpid(child->pid, &status, WNOHANG);
    }
    sim_server_unlisten(child->address);
    (void)rmdir(child->folder);
    assert_int_equal(ended, child->pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != LEAKS_OF_THE_PARENT) {
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

/* --- what is measured ------------------------------------------------------------------------ */

static int open_files(void)
{
    uint64_t count;
    assert_true(sim_descriptor_count(&count));
    return (int)count;
}

const char *status_name(enum dd_status status)
{
    static const char *const names[] = {
#define NAME(name, text, recoverable, wait_s) #name,
        DD_STATUS_MAP(NAME)
#undef NAME
    };
    return names[status];
}

static void say(struct misbehaved *out, enum dd_status status, const char *text)
{
    (void)snprintf(out->word, sizeof(out->word), "%s", status_name(status));
    (void)snprintf(out->text, sizeof(out->text), "%.255s", text);
}

/* --- what an agent does ------------------------------------------------------------------------
 */

static struct dd_agent *open_agent(const struct engine_child *child, uint64_t patience_ns,
                                   struct misbehaved *out)
{
    struct dd_agent_config config;
    struct dd_agent *agent = NULL;
    char why[512] = "";
    dd_agent_config_init(&config);
    config.docker_host = child->address;
    config.lock_folder = child->folder;
    config.coordinator.remove_delay_ns = 0;
    config.coordinator.inspect_timeout_ns = patience_ns;
    config.coordinator.progress_timeout_ns = patience_ns;
    config.coordinator.pull_timeout_ns = 4 * patience_ns;
    config.coordinator.pull_settling_ns = 10 * NS_PER_MS;
    config.coordinator.delete_settling_ns = 50 * NS_PER_MS;
    config.coordinator.retry_ns = 10 * NS_PER_MS;
    enum dd_status status = dd_agent_open_wait(&config, why, sizeof(why), &agent);
    say(out, status, why);
    return agent;
}

/* --- two at a time, whose answers can be swapped ------------------------------------------ */

struct told {
    atomic_bool is_told;
    enum dd_status status;
    char text[256];
};

static void tell(void *arg, const struct dd_result *result)
{
    struct told *told = arg;
    told->status = result->status;
    (void)snprintf(told->text, sizeof(told->text), "%.255s", result->text);
    atomic_store(&told->is_told, true);
}

/* Ask the registry for both at once; what the first that failed was told. */
static void pull_two(struct dd_agent *agent, struct misbehaved *out)
{
    static const char *const names[] = { "app:1", "tool:7" };
    struct told told[2] = { { .status = DD_OK }, { .status = DD_OK } };
    struct dd_operation operation;
    for (int i = 0; i < 2; i++) {
        const struct dd_pull what = {
            .reference = names[i], .caller = "web", .done = tell, .arg = &told[i]
        };
        assert_int_equal(dd_agent_pull(agent, &what, &operation), DD_OK);
    }
    for (int i = 0; i < 2; i++) {
        while (!atomic_load(&told[i].is_told)) {
            sim_pause_ms(1);
        }
    }
    say(out, told[0].status, told[0].text);
    if (told[0].status == DD_OK) {
        say(out, told[1].status, told[1].text);
    }
}

static void look(void *arg, const struct dd_explained *explained)
{
    (void)snprintf(arg, WORD_MAX, "%s", dd_image_state_word(explained->state));
}

/* The image is given back, and looked at until it is gone, or blocked, or long enough. */
static void remove_image(struct dd_agent *agent, unsigned patience_ms, struct misbehaved *out)
{
    uint64_t end_ns = sim_wall_ns() + patience_ms * NS_PER_MS;
    assert_int_equal(dd_agent_release_caller_wait(agent, "web"), DD_OK);
    do {
        sim_pause_ms(1);
        (void)snprintf(out->word, sizeof(out->word), "gone");
        assert_int_equal(dd_agent_explain_wait(agent, look, out->word), DD_OK);
    } while (strcmp(out->word, "gone") != 0 && strcmp(out->word, "blocked") != 0 &&
             sim_wall_ns() < end_ns);
}

static void close_agent(struct dd_agent *agent)
{
    const struct dd_close close = { .deadline_ns = 100 * NS_PER_MS };
    enum dd_status status = agent != NULL ? dd_agent_close_wait(agent, &close) : DD_OK;
    assert_true(status == DD_OK || status == DD_ECLOSED);
    assert_int_equal(dd_agent_destroy(agent), DD_OK);
}

/* What the open alone makes is in @out already. */
static void act(struct dd_agent *agent, enum sim_misbehaviour_kind kind, enum sim_endpoint call,
                unsigned patience_ms, struct misbehaved *out)
{
    const struct dd_pull what = { .reference = "app:1", .caller = "web" };
    struct dd_outcome outcome;
    if (call == SIM_ENDPOINT_VERSION || call == SIM_ENDPOINT_INFO) {
        return;
    }
    assert_string_equal(out->word, "DD_OK");
    if (kind == SIM_MISBEHAVIOUR_REORDER) {
        pull_two(agent, out);
    } else {
        say(out, dd_agent_pull_wait(agent, &what, &outcome), outcome.text);
    }
    if (call == SIM_ENDPOINT_REMOVE) {
        assert_string_equal(out->word, "DD_OK");
        remove_image(agent, patience_ms, out);
    }
}

/* --- what only the client does
 * --------------------------------------------------------------------- */

struct question {
    struct dd_call call;
    struct dd_docker docker;
    struct misbehaved *out;
    bool is_done;
};

static void answered(struct dd_call *call, const struct dd_answer *answer)
{
    struct question *question = DD__CONTAINER(call, struct question, call);
    struct dd__verdict verdict = dd__classify(answer);
    say(question->out, verdict.status, answer->text != NULL ? answer->text : "");
    if (verdict.status == DD_OK && answer->text != NULL) {
        (void)snprintf(question->out->word, WORD_MAX, "unreadable");
    } else if (verdict.status == DD_OK) {
        (void)snprintf(question->out->word, WORD_MAX, "ok");
    }
    question->is_done = true;
}

static void ask_for_list(const struct engine_child *child, unsigned patience_ms,
                         struct misbehaved *out)
{
    struct dd_loop *loop;
    struct dd_client *client;
    char why[512];
    struct question question = { .call = { .done = answered }, .out = out };
    uint64_t end_ns = sim_wall_ns() + patience_ms * NS_PER_MS;
    bool cancels = true;
    assert_int_equal(dd_loop_open(&loop), DD_OK);
    assert_int_equal(dd_client_open(loop, child->address, why, sizeof(why), &client), DD_OK);
    question.docker = dd_client_docker(client);
    assert_int_equal(question.docker.ops->list(question.docker.ctx, &question.call), DD_OK);
    while (!question.is_done) {
        if (sim_wall_ns() >= end_ns && cancels) {
            question.docker.ops->cancel(question.docker.ctx, &question.call);
            cancels = false;
        }
        dd_loop_wait(loop, 10 * NS_PER_MS);
    }
    dd_client_close(client);
    dd_loop_close(loop);
}

unsigned misbehave_usual_ms(void)
{
    static unsigned usual_ms;
    struct misbehaved found = { .word = "" };
    struct engine_child child;
    if (usual_ms == 0) {
        engine_child_start(&child, NULL);
        uint64_t began_ns = sim_wall_ns();
        struct dd_agent *agent = open_agent(&child, PATIENT_NS, &found);
        act(agent, SIM_MISBEHAVIOUR_COUNT, SIM_ENDPOINT_PULL, 0, &found);
        usual_ms = 1 + (unsigned)((sim_wall_ns() - began_ns) / NS_PER_MS);
        close_agent(agent);
        engine_child_stop(&child);
        assert_string_equal(found.word, "DD_OK");
    }
    return usual_ms;
}

void misbehave_call(enum sim_misbehaviour_kind kind, enum sim_endpoint call, unsigned patience_ms,
                    struct misbehaved *out)
{
    static const char *const calls[] = { "any",     "version", "info", "pull",
                                         "inspect", "remove",  "list" };
    bool stalls = kind == SIM_MISBEHAVIOUR_STALL || kind == SIM_MISBEHAVIOUR_STALL_MIDWAY;
    uint64_t patience_ns = stalls ? patience_ms * NS_PER_MS : PATIENT_NS;
    unsigned wait_ms = stalls ? patience_ms : (unsigned)(PATIENT_NS / NS_PER_MS);
    struct engine_child child;
    char what[64];
    (void)snprintf(what, sizeof(what), "%s:%s", sim_misbehaviour_word(kind), calls[call]);
    *out = (struct misbehaved){ .word = "" };
    int files = open_files();
    long before_kb = resident_of(getpid());
    engine_child_start(&child, what);
    uint64_t began_ns = sim_wall_ns();
    if (call == SIM_ENDPOINT_LIST) {
        ask_for_list(&child, wait_ms, out);
        out->ms = (unsigned long)((sim_wall_ns() - began_ns) / NS_PER_MS);
    } else {
        struct dd_agent *agent = open_agent(&child, patience_ns, out);
        act(agent, kind, call, wait_ms, out);
        out->ms = (unsigned long)((sim_wall_ns() - began_ns) / NS_PER_MS);
        close_agent(agent);
    }
    out->grown_kb = resident_of(getpid()) - before_kb;
    engine_child_stop(&child);
    out->engine_kb = child.grown_kb;
    out->files_left = open_files() - files;
}
