#include "sim/soak/agent_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/progress.h"
#include "sim/soak/images.h"
#include "sim/soak/life.h"

#define STEP_MS 4
#define PATIENCE_NS (UINT64_C(60) * 1000000000)
#define WARM_NS (UINT64_C(5) * 1000000000)
#define ARGUMENTS 9
#define NUMBER_SIZE 24

/* --- the parent's side ------------------------------------------------------------------- */

/* In the child, before it is another program: it reads @in and writes @out. */
static void become(const int in[2], const int out[2], char *const *arguments)
{
    (void)setpgid(0, 0); /* an interrupt from the keyboard is the parent's */
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

static bool make_pipes(int in[2], int out[2])
{
    if (pipe(in) != 0) {
        return false;
    }
    if (pipe(out) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(in[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(out[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

bool sim_agent_start(struct sim_agent_process *process, const struct sim_agent_order *order)
{
    char numbers[4][NUMBER_SIZE];
    const char *arguments[ARGUMENTS + 2] = {
        "drydock",       SIM_SOAK_AGENT_VERB, order->docker, order->folder, order->recording,
        order->registry, numbers[0],          numbers[1],    numbers[2],    numbers[3],
    };
    int in[2];
    int out[2];
    (void)snprintf(numbers[0], NUMBER_SIZE, "%u", order->image_count);
    (void)snprintf(numbers[1], NUMBER_SIZE, "%u", order->caller_count);
    (void)snprintf(numbers[2], NUMBER_SIZE, "%" PRIu64, order->seed);
    (void)snprintf(numbers[3], NUMBER_SIZE, "%" PRIu64, order->first_life);
    if (!make_pipes(in, out)) {
        return false;
    }
    process->pid = fork();
    if (process->pid == 0) {
        become(in, out, (char *const *)(uintptr_t)arguments);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    process->in = in[1];
    process->out = out[0];
    if (process->pid < 0) {
        (void)close(process->in);
        (void)close(process->out);
    }
    return process->pid > 0;
}

void sim_agent_tell(struct sim_agent_process *process, const char *line)
{
    (void)!write(process->in, line, strlen(line)); /* one that died is seen to have died */
}

static int reap(struct sim_agent_process *process)
{
    int status = 0;
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    (void)close(process->out);
    if (process->in >= 0) {
        (void)close(process->in);
    }
    process->pid = 0;
    return status;
}

/* Five numbers and the line's end. */
static bool read_left(const char *said, struct sim_agent_left *left)
{
    uint64_t *const numbers[] = { &left->images, &left->library_bytes, &left->descriptors,
                                  &left->untold, &left->grown_kb };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char *end;
        *numbers[i] = strtoull(said, &end, 10);
        if (end == said) {
            return false;
        }
        said = end;
    }
    return *said == '\n';
}

int sim_agent_finish(struct sim_agent_process *process, struct sim_agent_left *left)
{
    char said[256] = "";
    size_t used = 0;
    ssize_t more = 1;
    (void)close(process->in);
    process->in = -1;
    while (used + 1 < sizeof(said) && (more > 0 || (more < 0 && errno == EINTR))) {
        more = read(process->out, said + used, sizeof(said) - 1 - used);
        used += more > 0 ? (size_t)more : 0;
    }
    said[used] = '\0';
    *left = (struct sim_agent_left){ .known = false };
    left->known = read_left(said, left);
    return reap(process);
}

void sim_agent_kill(struct sim_agent_process *process)
{
    (void)kill(process->pid, SIGKILL);
    (void)reap(process);
}

bool sim_agent_broke(struct sim_agent_process *process, int *status)
{
    if (process->pid == 0 || waitpid(process->pid, status, WNOHANG) != process->pid) {
        return false;
    }
    (void)close(process->out);
    (void)close(process->in);
    process->pid = 0;
    return true;
}

/* --- the process ------------------------------------------------------------------------- */

struct process {
    struct sim_life_options options;
    struct sim_life *life;
    uint64_t began_ns;
    uint64_t warm_kb; /* resident memory when it had been at work for a while; 0: not yet */
};

static uint64_t resident_kb(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        (void)!fgets(line, sizeof(line), file);
        (void)fclose(file);
    }
    const char *second = strchr(line, ' ');
    uint64_t pages = second != NULL ? strtoull(second, NULL, 10) : 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static bool begin_life(struct process *process)
{
    char why[512];
    process->life = sim_life_begin(&process->options, why);
    if (process->life == NULL) {
        (void)fprintf(stderr, "drydock: the agent cannot be opened: %s\n", why);
    }
    return process->life != NULL;
}

static void add_left(struct sim_agent_left *sum, struct sim_life_left left)
{
    sum->library_bytes += left.library_bytes;
    sum->descriptors += left.descriptors;
    sum->untold += left.untold;
}

/* What it is told. False: no more. */
static bool listen_to_parent(char line[64])
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    line[0] = '\0';
    if (poll(&in, 1, STEP_MS) <= 0) {
        return true;
    }
    ssize_t size = read(STDIN_FILENO, line, 63);
    line[size > 0 ? size : 0] = '\0';
    return size > 0 || (size < 0 && errno == EINTR);
}

static bool live(struct process *process, struct sim_agent_left *left)
{
    char line[64];
    while (listen_to_parent(line)) {
        if (line[0] != '\0') {
            add_left(left, sim_life_end(process->life, line[0] == 'd'));
            process->options.number++;
            process->options.restore = true;
            if (!begin_life(process)) {
                return false;
            }
        }
        sim_life_step(process->life);
        if (process->warm_kb == 0 && sim_wall_ns() - process->began_ns > WARM_NS) {
            process->warm_kb = resident_kb();
        }
    }
    return true;
}

static bool end_process(struct process *process, struct sim_agent_left *left)
{
    left->images = sim_life_quiet(process->life, PATIENCE_NS) ? 0 : 1;
    uint64_t now_kb = resident_kb();
    left->grown_kb =
        process->warm_kb > 0 && now_kb > process->warm_kb ? now_kb - process->warm_kb : 0;
    add_left(left, sim_life_end(process->life, true));
    (void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", left->images,
                 left->library_bytes, left->descriptors, left->untold, left->grown_kb);
    (void)fflush(stdout);
    return left->images + left->library_bytes + left->descriptors + left->untold == 0;
}

static uint64_t number_at(char **argv, int index)
{
    return strtoull(argv[index], NULL, 10);
}

int sim_agent_main(int argc, char **argv)
{
    struct process process = { .began_ns = sim_wall_ns() };
    struct sim_agent_left left = { .known = true };
    if (argc != ARGUMENTS + 1) {
        (void)fputs("drydock: \"" SIM_SOAK_AGENT_VERB "\" is a part of \"soak\"\n", stderr);
        return 2;
    }
    struct sim_soak_images *images =
        sim_soak_images_create(argv[5], (unsigned)number_at(argv, 6), number_at(argv, 8));
    process.options = (struct sim_life_options){
        .docker = argv[2],
        .lock_folder = argv[3],
        .recording_path = argv[4],
        .caller_count = (unsigned)number_at(argv, 7),
        .seed = number_at(argv, 8),
        .number = number_at(argv, 9),
        .restore = number_at(argv, 9) > 0,
        .recording = sim_recording_open(argv[4]),
    };
    process.options.references = sim_soak_references(images, &process.options.reference_count);
    bool fine = process.options.recording != NULL && begin_life(&process) &&
                live(&process, &left) && end_process(&process, &left);
    sim_recording_close(process.options.recording);
    sim_soak_images_destroy(images);
    return fine ? 0 : 1;
}
