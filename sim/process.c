#include "sim/process.h"

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fakes/memory.h"

/* POSIX has it, and no header of its. */
extern char **environ;

void sim_pause_ms(uint64_t ms)
{
    struct timespec left = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

int sim_shell_run(const char *line)
{
    char *const arguments[] = { (char[]){ "sh" }, (char[]){ "-c" }, fake_memory_copy(line), NULL };
    pid_t child = 0;
    pid_t ended = -1;
    int status = 0;
    if (posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0) {
        do {
            ended = waitpid(child, &status, 0);
        } while (ended < 0 && errno == EINTR);
    }
    fake_memory_free(arguments[2]);
    if (ended < 0) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool sim_descriptor_count(uint64_t *out)
{
    DIR *folder = opendir("/proc/self/fd");
    *out = 0;
    if (folder == NULL) {
        return false;
    }
    while (readdir(folder) != NULL) {
        (*out)++;
    }
    (void)closedir(folder);
    return true;
}

void sim_remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}
