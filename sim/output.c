#include "sim/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/memory.h"

static bool refuse(struct sim_output *output, int problem)
{
    (void)snprintf(output->message, sizeof(output->message), "%.300s: cannot be written: %s",
                   output->path, strerror(problem));
    sim_output_drop(output);
    return false;
}

bool sim_output_is_possible(const char *path, char message[512])
{
    struct sim_output output;
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
        return true; /* whoever reads a pipe would take this for all */
    }
    bool possible = sim_output_begin(&output, path);
    memcpy(message, output.message, sizeof(output.message));
    sim_output_drop(&output);
    return possible;
}

/* Everybody may read it whom the process's mask lets. */
static void open_up(int fd)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

static int open_temporary(struct sim_output *output)
{
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(output->path);
    output->temporary = fake_memory_alloc(length + sizeof(suffix));
    memcpy(output->temporary, output->path, length);
    memcpy(output->temporary + length, suffix, sizeof(suffix));
    int fd = mkstemp(output->temporary);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return -1;
    }
    open_up(fd);
    return fd;
}

bool sim_output_begin(struct sim_output *output, const char *path)
{
    struct stat there;
    *output = (struct sim_output){ .path = path };
    bool exists = stat(path, &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        return refuse(output, EISDIR);
    }
    if (exists && !S_ISREG(there.st_mode)) {
        output->file = fopen(path, "w");
    } else {
        int fd = open_temporary(output);
        output->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    }
    return output->file != NULL || refuse(output, errno);
}

bool sim_output_commit(struct sim_output *output)
{
    bool written = fflush(output->file) == 0 && !ferror(output->file);
    int problem = errno;
    if (fclose(output->file) != 0 && written) {
        written = false;
        problem = errno;
    }
    output->file = NULL;
    if (!written) {
        return refuse(output, problem);
    }
    if (output->temporary != NULL && rename(output->temporary, output->path) != 0) {
        return refuse(output, errno);
    }
    free(output->temporary);
    output->temporary = NULL;
    return true;
}

void sim_output_drop(struct sim_output *output)
{
    if (output->file != NULL) {
        (void)fclose(output->file);
        output->file = NULL;
    }
    if (output->temporary != NULL) {
        (void)unlink(output->temporary);
        free(output->temporary);
        output->temporary = NULL;
    }
}
