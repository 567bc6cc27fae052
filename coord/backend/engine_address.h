/**
 * Where an engine is, read as the docker command reads DOCKER_HOST.
 */
#ifndef DD__BACKEND_ENGINE_ADDRESS_H
#define DD__BACKEND_ENGINE_ADDRESS_H

#include <stdbool.h>

#include "coord/text.h"
#include "drydock/status.h"

#define DD__SOCKET_DEFAULT "/var/run/docker.sock"
#define DD__ADDRESS_DEFAULT "unix://" DD__SOCKET_DEFAULT
#define DD__ADDRESS_MAX 511     /* bytes of what is given */
#define DD__SOCKET_PATH_MAX 107 /* the system's own bound */

struct dd__engine_address {
    char socket_path[DD__SOCKET_PATH_MAX + 1]; /* "": over TCP */
    char base_url[DD__ADDRESS_MAX + 32];       /* "http://host:2375/path", no slash behind */
    char shown[DD__ADDRESS_MAX + 32];          /* for messages */
};

/**
 * Parse @text: unix://PATH, tcp://HOST[:PORT][/PATH], or HOST[:PORT] alone; "" is
 * the default.
 *
 * Ownership: all borrowed for the call. Threading: any.
 * Errors:    DD_EINVAL, and why in @why; *@out stays as it was.
 */
DD_MUST_USE enum dd_status dd__engine_address_read(const char *text, struct dd__engine_address *out,
                                                   struct dd__text *why);

/** DOCKER_HOST, or NULL and why in @why if the environment asks for TLS. Borrowed
 * until the environment changes. */
const char *dd__engine_address_environment(struct dd__text *why);

#endif
