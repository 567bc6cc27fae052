/* struct ucred is the GNU C library's. */
#define _GNU_SOURCE /* NOLINT: that is its name */
#include "coord/backend/instance.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coord/siphash.h"

/* /proc/PID/stat: "1234 (dockerd) S 1 …"; the 22nd field is when it was started. */
#define STAT_SIZE 1024
#define START_FIELD 22

static bool stat_read(pid_t pid, char stat[STAT_SIZE])
{
    char path[64];
    ssize_t size;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    size = read(fd, stat, STAT_SIZE - 1);
    (void)close(fd);
    stat[size > 0 ? size : 0] = '\0';
    return size > 0;
}

/* Only of the engines' own processes the end is the end of what they do; a proxy may
 * be restarted in front of an engine that goes on. */
static bool is_engine(const char *name, size_t length)
{
    static const char *const names[] = { "dockerd", "podman" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The field @number, from behind the name; its length in *@length. NULL: none. */
static const char *field_find(const char *behind_name, unsigned number, size_t *length)
{
    const char *at = behind_name;

    for (unsigned field = 3; *at != '\0'; field++) {
        at += strspn(at, " ");
        *length = strcspn(at, " ");
        if (field == number) {
            return *length > 0 ? at : NULL;
        }
        at += *length;
    }
    return NULL;
}

uint64_t dd__instance_of(int fd)
{
    static const struct dd__sipkey key = { 0, 0 };
    struct ucred peer;
    socklen_t size = sizeof peer;
    char stat[STAT_SIZE];
    char identity[STAT_SIZE];
    const char *name;
    const char *end;
    const char *start;
    size_t length;
    int written;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0 ||
        !stat_read(peer.pid, stat)) {
        return 0;
    }
    name = strchr(stat, '(');
    end = strrchr(stat, ')'); /* a name may have brackets itself */
    if (name == NULL || end == NULL || end < name ||
        !is_engine(name + 1, (size_t)(end - name - 1))) {
        return 0;
    }
    start = field_find(end + 1, START_FIELD, &length);
    if (start == NULL) {
        return 0;
    }
    written = snprintf(identity, sizeof identity, "%ld %.*s", (long)peer.pid, (int)length, start);
    /* Never 0, which would be "unknown". */
    return dd__siphash128(&key, identity, (size_t)written).lo | 1;
}
