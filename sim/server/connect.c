#include "sim/server/connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static bool read_unix(const char *path, struct sim_address *address)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (path[0] != '/' || strlen(path) >= sizeof(at.sun_path)) {
        return false;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    memcpy(&address->at, &at, sizeof(at));
    address->size = sizeof(at);
    return true;
}

static bool read_tcp(const char *text, struct sim_address *address)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    const char *colon = strrchr(text, ':');
    char host[INET_ADDRSTRLEN];
    char *end = NULL;
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof(host);
    if (length >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > UINT16_MAX ||
        inet_pton(AF_INET, host, &at.sin_addr) != 1) {
        return false;
    }
    at.sin_port = htons((uint16_t)port);
    memcpy(&address->at, &at, sizeof(at));
    address->size = sizeof(at);
    return true;
}

bool sim_address_read(const char *text, struct sim_address *address, char message[256])
{
    static const char local[] = "unix://";
    static const char tcp[] = "tcp://";
    *address = (struct sim_address){ .size = 0 };
    if ((strncmp(text, local, sizeof(local) - 1) == 0 &&
         read_unix(text + sizeof(local) - 1, address)) ||
        (strncmp(text, tcp, sizeof(tcp) - 1) == 0 && read_tcp(text + sizeof(tcp) - 1, address))) {
        return true;
    }
    (void)snprintf(message, 256,
                   "%.100s: expected unix:///PATH or tcp://127.0.0.1:PORT to connect to", text);
    return false;
}

int sim_address_connect(const struct sim_address *address)
{
    int file = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) {
        return -1;
    }
    if (connect(file, (const struct sockaddr *)&address->at, address->size) != 0 &&
        errno != EINPROGRESS) {
        int error = errno;
        (void)close(file);
        errno = error;
        return -1;
    }
    return file;
}
