/* Where the server listens. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/server/server.h"

#define BACKLOG 1024

static const char *path_of(const char *address)
{
    static const char scheme[] = "unix://";
    return strncmp(address, scheme, sizeof(scheme) - 1) == 0 ? address + sizeof(scheme) - 1 : NULL;
}

static int failed(int file, const char *address, const char *what, char message[256])
{
    (void)snprintf(message, 256, "%.150s: %s: %s", address, what, strerror(errno));
    if (file >= 0) {
        (void)close(file);
    }
    return -1;
}

static int listen_at(const struct sockaddr *at, socklen_t size, const char *address,
                     char message[256])
{
    int on = 1;
    int file = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) {
        return failed(file, address, "no socket", message);
    }
    (void)setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(file, at, size) != 0) {
        return failed(file, address, "cannot be listened at", message);
    }
    return listen(file, BACKLOG) == 0 ? file : failed(file, address, "cannot listen", message);
}

/* A socket that somebody left behind: nobody listens there. (Nor at any other file.) */
static bool is_left_behind(const struct sockaddr_un *at)
{
    struct stat found;
    if (lstat(at->sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return false;
    }
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = file >= 0 && connect(file, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
                   errno == ECONNREFUSED;
    if (file >= 0) {
        (void)close(file);
    }
    return refused;
}

static int listen_unix(const char *path, const char *address, char message[256])
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(at.sun_path) || path[0] != '/') {
        (void)snprintf(message, 256, "%.150s: expected an absolute path of at most %zu bytes",
                       address, sizeof(at.sun_path) - 1);
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (is_left_behind(&at)) {
        (void)unlink(path);
    }
    return listen_at((const struct sockaddr *)&at, sizeof(at), address, message);
}

static bool read_port(const char *text, in_port_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *port = htons((uint16_t)value);
    return *text >= '0' && *text <= '9' && *end == '\0' && value <= UINT16_MAX;
}

/* Only this machine: the fake engine asks nobody who they are. */
static int listen_tcp(const char *port, const char *address, char message[256])
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!read_port(port, &at.sin_port)) {
        (void)snprintf(message, 256, "%.150s: expected a port from 0 to 65535", address);
        return -1;
    }
    return listen_at((const struct sockaddr *)&at, sizeof(at), address, message);
}

int sim_server_listen(const char *address, char message[256])
{
    static const char local[] = "tcp://127.0.0.1:";
    const char *path = path_of(address);
    if (path != NULL) {
        return listen_unix(path, address, message);
    }
    if (strncmp(address, local, sizeof(local) - 1) == 0) {
        return listen_tcp(address + sizeof(local) - 1, address, message);
    }
    (void)snprintf(message, 256,
                   "%.100s: expected unix:///PATH or tcp://127.0.0.1:PORT to listen at", address);
    return -1;
}

unsigned sim_server_port(int listening)
{
    struct sockaddr_in at = { .sin_family = AF_UNSPEC };
    socklen_t size = sizeof(at);
    bool known = getsockname(listening, (struct sockaddr *)&at, &size) == 0;
    return known && at.sin_family == AF_INET ? ntohs(at.sin_port) : 0;
}

void sim_server_unlisten(const char *address)
{
    const char *path = path_of(address);
    if (path != NULL) {
        (void)unlink(path);
    }
}
