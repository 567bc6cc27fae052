#include "sim/soak/soak.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/process.h"
#include "sim/progress.h"
#include "sim/soak/images.h"
#include "sim/soak/others.h"
#include "sim/soak/recorder.h"

#define NS_PER_S UINT64_C(1000000000)
#define LIVES_PER_PROCESS 1000
#define GROWN_MAX_KB 4096 /* resident memory is as lumpy as its allocator */
#define ENGINE_TRY_MAX 240
#define PATH_SIZE 108

extern char **environ;

struct soak {
    const struct sim_soak_options *options;
    struct sim_soak_result *result;
    struct sim_recording *recording;
    struct sim_recorder *recorder;
    struct sim_soak_images *images;
    struct sim_others *others;
    struct sim_agent_process agent;
    unsigned agent_count;
    pid_t killer; /* of the engine, at work; 0: none */
    char folder[64];
    char relayed[PATH_SIZE]; /* the recorder's address */
    uint64_t began_ns;
    uint64_t next_engine_ns;
    uint64_t next_agent_ns;
    unsigned turn; /* what happens to the agent next */
};

static void problem(struct soak *soak, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void problem(struct soak *soak, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (soak->result->problem[0] == '\0') {
        (void)vsnprintf(soak->result->problem, sizeof(soak->result->problem), format, args);
    }
    va_end(args);
}

static bool has_problem(const struct soak *soak)
{
    return soak->result->problem[0] != '\0';
}

static void record(struct soak *soak, enum sim_entry_kind kind, const char *text)
{
    sim_recording_write(soak->recording, &(struct sim_entry){ .kind = kind, .text = text });
}

/* --- the engine ---------------------------------------------------------------------------- */

static void kill_engine(struct soak *soak)
{
    char *arguments[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                          (char *)(uintptr_t)soak->options->kill_engine, NULL };
    posix_spawnattr_t attributes;
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    record(soak, SIM_ENTRY_ENGINE, "killed");
    int error = posix_spawn(&soak->killer, "/bin/sh", NULL, &attributes, arguments, environ);
    if (error != 0) {
        soak->killer = 0;
        problem(soak, "the engine cannot be killed: %s", strerror(error));
    }
    (void)posix_spawnattr_destroy(&attributes);
}

/* True: it is there. */
static bool engine_is_back(struct soak *soak, int options)
{
    int status = 0;
    if (soak->killer == 0) {
        return true;
    }
    if (waitpid(soak->killer, &status, options) != soak->killer) {
        return false;
    }
    soak->killer = 0;
    if (status != 0) {
        problem(soak, "the command that kills the engine failed: %s", soak->options->kill_engine);
    }
    record(soak, SIM_ENTRY_ENGINE, "back");
    soak->result->engine_kills++;
    return true;
}

static void look_after_engine(struct soak *soak, uint64_t now_ns)
{
    bool back = engine_is_back(soak, WNOHANG);
    if (soak->options->kill_engine != NULL && back && now_ns >= soak->next_engine_ns) {
        soak->next_engine_ns = now_ns + soak->options->kill_engine_ns;
        kill_engine(soak);
    }
}

/* --- the agent -------------------------------------------------------------------------------- */

static void start_agent(struct soak *soak)
{
    const struct sim_soak_options *options = soak->options;
    const struct sim_agent_order order = {
        .docker = soak->relayed,
        .folder = soak->folder,
        .recording = options->recording,
        .registry = options->registry,
        .image_count = options->image_count,
        .caller_count = options->caller_count,
        .seed = options->seed,
        .first_life = (uint64_t)soak->agent_count * LIVES_PER_PROCESS,
    };
    soak->agent_count++;
    if (!sim_agent_start(&soak->agent, &order)) {
        problem(soak, "the agent cannot be started: %s", strerror(errno));
    }
}

static void look_after_agent(struct soak *soak, uint64_t now_ns)
{
    int status = 0;
    if (sim_agent_broke(&soak->agent, &status)) {
        problem(soak, "the agent ended by itself: %s %d",
                WIFSIGNALED(status) ? "signal" : "exit status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return;
    }
    if (soak->options->kill_agent_ns == 0 || now_ns < soak->next_agent_ns) {
        return;
    }
    soak->next_agent_ns = now_ns + soak->options->kill_agent_ns;
    switch (soak->turn++ % 3) {
    case 0:
        sim_agent_kill(&soak->agent);
        record(soak, SIM_ENTRY_AGENT, "killed");
        soak->result->agent_kills++;
        start_agent(soak);
        break;
    case 1:
        sim_agent_tell(&soak->agent, "close\n");
        soak->result->agent_closes++;
        break;
    default:
        sim_agent_tell(&soak->agent, "drain\n");
        soak->result->agent_closes++;
        break;
    }
}

/* --- beginning ----------------------------------------------------------------------------------
 */

static bool begin_recording(struct soak *soak)
{
    char text[160];
    soak->recording = sim_recording_open(soak->options->recording);
    if (soak->recording == NULL) {
        problem(soak, "%.300s: %s", soak->options->recording, strerror(errno));
        return false;
    }
    (void)snprintf(text, sizeof(text), "seed %" PRIu64 ", %u images, %u callers",
                   soak->options->seed, soak->options->image_count, soak->options->caller_count);
    record(soak, SIM_ENTRY_BEGIN, text);
    return true;
}

static bool begin_images(struct soak *soak)
{
    char why[512];
    soak->images = sim_soak_images_create(soak->options->registry, soak->options->image_count,
                                          soak->options->seed);
    if (soak->options->push && !sim_soak_images_put(soak->images, why)) {
        problem(soak, "the images cannot be put into the registry: %s", why);
        return false;
    }
    return true;
}

static bool begin_recorder(struct soak *soak)
{
    char message[256];
    (void)snprintf(soak->folder, sizeof(soak->folder), "/tmp/drydock-soak-XXXXXX");
    if (mkdtemp(soak->folder) == NULL) {
        problem(soak, "%s: %s", soak->folder, strerror(errno));
        soak->folder[0] = '\0';
        return false;
    }
    (void)snprintf(soak->relayed, sizeof(soak->relayed), "unix://%s/sock", soak->folder);
    soak->recorder =
        sim_recorder_begin(soak->relayed, soak->options->docker, soak->recording, message);
    if (soak->recorder == NULL) {
        problem(soak, "%s", message);
    }
    return soak->recorder != NULL;
}

static bool begin_others(struct soak *soak)
{
    if (soak->options->others) {
        soak->others =
            sim_others_begin(&(struct sim_others_options){ .engine = soak->options->docker,
                                                           .images = soak->images,
                                                           .moves_tags = soak->options->push,
                                                           .seed = soak->options->seed,
                                                           .recording = soak->recording });
        if (soak->others == NULL) {
            problem(soak, "no thread for somebody else");
        }
    }
    return !has_problem(soak);
}

/* --- the end
 * ---------------------------------------------------------------------------------------- */

static void end_agent(struct soak *soak)
{
    if (soak->agent.pid == 0) {
        return;
    }
    int status = sim_agent_finish(&soak->agent, &soak->result->left);
    if (!soak->result->left.known) {
        problem(soak, "the agent broke in the end: %s %d",
                WIFSIGNALED(status) ? "signal" : "exit status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
}

static void count_left(struct soak *soak)
{
    bool counted = false;
    for (unsigned try = 0; try < ENGINE_TRY_MAX && !counted; try++) {
        counted =
            sim_engine_count(soak->options->docker, soak->recording, &soak->result->on_engine);
        if (!counted) {
            sim_pause_ms(250);
        }
    }
    if (!counted) {
        problem(soak, "the engine does not answer in the end");
    }
}

static void put_away(struct soak *soak)
{
    (void)engine_is_back(soak, 0);
    if (soak->others != NULL && !sim_others_end(soak->others)) {
        problem(soak, "what somebody else had made could not be taken away");
    }
    end_agent(soak);
    if (soak->recorder != NULL && !has_problem(soak)) {
        count_left(soak);
    }
    sim_recorder_end(soak->recorder);
    if (soak->images != NULL) {
        sim_soak_images_destroy(soak->images);
    }
    sim_recording_close(soak->recording);
    if (soak->folder[0] != '\0') {
        sim_remove_folder(soak->folder);
    }
}

/* An agent that died is found out about otherwise. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

void sim_soak(const struct sim_soak_options *options, const volatile sig_atomic_t *stop,
              struct sim_soak_result *out)
{
    struct soak soak = { .options = options, .result = out };
    char message[512];
    *out = (struct sim_soak_result){ .seconds = 0 };
    uint64_t descriptors;
    if (!sim_descriptor_count(&descriptors)) {
        problem(&soak, "cannot count the open files: %s", strerror(errno));
        return;
    }
    ignore_broken_pipes();
    if (begin_recording(&soak) && begin_images(&soak) && begin_recorder(&soak)) {
        soak.began_ns = sim_wall_ns();
        soak.next_engine_ns = soak.began_ns + options->kill_engine_ns;
        soak.next_agent_ns = soak.began_ns + options->kill_agent_ns;
        start_agent(&soak);
        (void)begin_others(&soak);
        while (!*stop && !has_problem(&soak) && sim_wall_ns() - soak.began_ns < options->time_ns) {
            sim_pause_ms(50);
            look_after_engine(&soak, sim_wall_ns());
            look_after_agent(&soak, sim_wall_ns());
        }
        out->seconds = (sim_wall_ns() - soak.began_ns) / NS_PER_S;
    }
    put_away(&soak);
    uint64_t now;
    if (!sim_descriptor_count(&now)) {
        problem(&soak, "cannot count the open files at the end: %s", strerror(errno));
        return;
    }
    out->left_descriptors = now > descriptors ? now - descriptors : 0;
    if (out->problem[0] == '\0' && !sim_judge_file(options->recording, &out->verdict, message)) {
        problem(&soak, "%s", message);
    }
}

bool sim_soak_passed(const struct sim_soak_result *result)
{
    const struct sim_agent_left *left = &result->left;
    return result->problem[0] == '\0' && result->verdict.violation_count == 0 && left->known &&
           left->images + left->library_bytes + left->descriptors + left->untold == 0 &&
           left->grown_kb <= GROWN_MAX_KB && result->on_engine.images == 0 &&
           result->on_engine.nameless <= result->verdict.cut_count &&
           result->on_engine.containers == 0 && result->left_descriptors == 0;
}
