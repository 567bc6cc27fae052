#include "sim/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "reports/record.h"
#include "sim/array.h"

#define READ_SIZE 65536
#define WORDS_MAX 500

static void set_signal(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

static void run_body(struct sim_child *child, void (*body)(void *arg, int out), void *arg,
                     int out[2], int err[2])
{
    /* Its parent tells the story; a core is for those who run it --in-process. */
    const struct rlimit no_core = { 0, 0 };
    static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    (void)setrlimit(RLIMIT_CORE, &no_core);
    set_signal(SIGINT, SIG_IGN);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        set_signal(signals[i], SIG_DFL);
    }
    (void)close(out[0]);
    (void)close(err[0]);
    (void)dup2(err[1], STDERR_FILENO);
    (void)close(err[1]);
    child->out = -1;
    body(arg, out[1]);
    exit(0);
}

bool sim_child_start(struct sim_child *child, void (*body)(void *arg, int out), void *arg)
{
    int out[2];
    int err[2];
    *child = (struct sim_child){ .out = -1, .err = -1 };
    if (pipe(out) != 0) {
        return false;
    }
    if (pipe(err) != 0) {
        (void)close(out[0]);
        (void)close(out[1]);
        return false;
    }
    /* What is not written yet would be written twice. */
    (void)fflush(NULL);
    child->pid = fork();
    if (child->pid == 0) {
        run_body(child, body, arg, out, err);
    }
    int problem = errno;
    (void)close(out[1]);
    (void)close(err[1]);
    if (child->pid < 0) {
        (void)close(out[0]);
        (void)close(err[0]);
        errno = problem;
        return false;
    }
    child->out = out[0];
    child->err = err[0];
    return true;
}

static void end_of(int *fd)
{
    (void)close(*fd);
    *fd = -1;
}

static void read_said(struct sim_child *child)
{
    char buffer[4096];
    ssize_t count = read(child->err, buffer, sizeof(buffer));
    if (count <= 0) {
        if (count == 0 || errno != EINTR) {
            end_of(&child->err);
        }
        return;
    }
    size_t room = sizeof(child->said) - 1 - child->said_length;
    size_t kept = (size_t)count < room ? (size_t)count : room;
    memcpy(child->said + child->said_length, buffer, kept);
    child->said_length += kept;
    child->said[child->said_length] = '\0';
}

void sim_child_read(struct sim_child *child, int fd)
{
    if (fd == child->err) {
        read_said(child);
        return;
    }
    child->bytes = sim_array_grow(child->bytes, &child->capacity, child->used + READ_SIZE, 1);
    ssize_t count = read(child->out, child->bytes + child->used, READ_SIZE);
    if (count <= 0) {
        if (count == 0 || errno != EINTR) {
            end_of(&child->out);
        }
        return;
    }
    child->used += (size_t)count;
    if (child->used > REPORT_RECORD_MAX + READ_SIZE) {
        child->senseless = true;
        child->used = 0;
        (void)kill(child->pid, SIGKILL);
        end_of(&child->out);
    }
}

void sim_child_take(struct sim_child *child, size_t count)
{
    child->used -= count;
    if (count > 0) {
        memmove(child->bytes, child->bytes + count, child->used);
    }
}

void sim_child_reap(struct sim_child *child)
{
    if (child->pid <= 0) {
        return;
    }
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
}

void sim_child_kill(struct sim_child *child)
{
    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL);
        sim_child_reap(child);
    }
}

void sim_child_release(struct sim_child *child)
{
    if (child->out >= 0) {
        end_of(&child->out);
    }
    if (child->err >= 0) {
        end_of(&child->err);
    }
    free(child->bytes);
    child->bytes = NULL;
    child->used = child->capacity = 0;
}

void sim_child_write(int out, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        ssize_t written = write(out, at, count);
        if (written < 0 && errno != EINTR) {
            exit(1);
        }
        at += written > 0 ? written : 0;
        count -= written > 0 ? (size_t)written : 0;
    }
}

bool sim_child_broke(const struct sim_child *child)
{
    return child->senseless || !WIFEXITED(child->status) || WEXITSTATUS(child->status) != 0;
}

/* --- in words ------------------------------------------------------------------------- */

/* The rest of the line after @mark, cut before @stop if there is one. */
static char *line_after(const char *mark, const char *stop)
{
    char line[WORDS_MAX];
    size_t length = strcspn(mark, "\n");
    length = length < sizeof(line) - 1 ? length : sizeof(line) - 1;
    memcpy(line, mark, length);
    line[length] = '\0';
    char *cut = stop != NULL ? strstr(line, stop) : NULL;
    if (cut != NULL) {
        *cut = '\0';
    }
    return fake_memory_copy(line);
}

static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n') {
        at--;
    }
    return at;
}

/* "drydock: coord/pull.c:12: dd__pull: Assertion `x' failed.", and what sanitizers
 * say; the program's name, process numbers and addresses are no part of a failure. */
static char *said_words(const char *said)
{
    const char *found = strstr(said, ": Assertion `");
    if (found != NULL) {
        const char *line = line_start(said, found);
        const char *program = strstr(line, ": ");
        return line_after(program < found ? program + 2 : line, NULL);
    }
    found = strstr(said, "runtime error: ");
    if (found != NULL) {
        return line_after(line_start(said, found), " 0x");
    }
    found = strstr(said, "ERROR: ");
    if (found != NULL && strstr(found, "Sanitizer") != NULL) {
        return line_after(found + strlen("ERROR: "), " on ");
    }
    return NULL;
}

static const char *signal_words(int number)
{
    static const struct {
        int number;
        const char *words;
    } rows[] = {
        { SIGABRT, "aborted (SIGABRT)" },
        { SIGSEGV, "used a bad address (SIGSEGV)" },
        { SIGBUS, "used a bad address (SIGBUS)" },
        { SIGFPE, "divided by zero or the like (SIGFPE)" },
        { SIGILL, "ran an illegal instruction (SIGILL)" },
        { SIGKILL, "was killed (SIGKILL): memory may have run out" },
        { SIGXCPU, "does not come to an end: its CPU time is up (SIGXCPU)" },
        { SIGPROF, "does not come to an end: its CPU time is up (SIGPROF)" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].number == number) {
            return rows[i].words;
        }
    }
    return NULL;
}

char *sim_child_words(const struct sim_child *child)
{
    char words[128];
    char *said = said_words(child->said);
    if (said != NULL) {
        return said;
    }
    if (child->senseless) {
        return fake_memory_copy("what the run handed back makes no sense");
    }
    if (WIFSIGNALED(child->status)) {
        const char *known = signal_words(WTERMSIG(child->status));
        if (known != NULL) {
            (void)snprintf(words, sizeof(words), "the run %s", known);
        } else {
            (void)snprintf(words, sizeof(words), "the run was ended by signal %d",
                           WTERMSIG(child->status));
        }
    } else {
        (void)snprintf(words, sizeof(words), "the run ended its process with exit status %d",
                       WEXITSTATUS(child->status));
    }
    return fake_memory_copy(words);
}
