/**
 * The production Docker client: docker.h's interface over HTTP to a real engine,
 * on an event loop (loop.h).
 *
 * It works with any Docker Engine from API 1.32 (17.09) on, and with Podman's
 * Docker-compatible service. The version is negotiated before the first call, and
 * again when the engine refuses the one that was: the nearest to 1.41 that it
 * speaks. Each call has a connection of its own, so that cancelling one closes
 * it, and that nothing is ever sent twice.
 *
 * Credentials go into the one request they are for, and their copies here are
 * wiped when the engine begins to answer it. The HTTP library may leave a copy in
 * memory that it frees: what must not be found in a core dump must not be given to
 * this process.
 *
 * Threading: strand only.
 */
#ifndef DRYDOCK_CLIENT_H
#define DRYDOCK_CLIENT_H

#include <stddef.h>

#include "drydock/docker.h"
#include "drydock/loop.h"
#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dd_client;

/**
 * Make a client of the engine at @host; nothing is connected yet.
 *
 * @host: "unix:///var/run/docker.sock", "tcp://host:2375/path", or what else the
 * docker command takes in DOCKER_HOST; "" is its default, and NULL is what the
 * environment says: DOCKER_HOST, or the default. TLS and ssh:// are not spoken, and
 * an environment that asks for them (DOCKER_TLS_VERIFY) is an error. Proxies that
 * the environment names, docker contexts and DOCKER_API_VERSION are not looked at.
 *
 * Ownership: @host is borrowed for the call, @loop until dd_client_close; *@out is
 *            returned, release with dd_client_close.
 * Threading: NULL reads the environment: nobody may change it meanwhile.
 * Errors:    DD_EINVAL: @host is malformed, or not supported; DD_ENOMEM. One
 *            sentence that names what was tried stands in @why then, cut to
 *            @why_size bytes with its NUL. *@out stays as it was.
 */
DD_MUST_USE enum dd_status dd_client_open(struct dd_loop *loop, const char *host, char *why,
                                          size_t why_size, struct dd_client **out);

/** All its calls have completed, which is so after a coordinator's close. Not from
 * inside a completion. NULL is fine. */
void dd_client_close(struct dd_client *client);

/** "unix:///var/run/docker.sock": the engine's address, without secrets. */
const char *dd_client_host(const struct dd_client *client);

/**
 * The interface to give to a coordinator; @client must outlive it.
 *
 * Errors: a call whose start does not answer DD_OK is DD_ENOMEM, or DD_EINVAL: its
 *         name cannot be one of an image. `instance` is known of engines that
 *         listen on a unix socket themselves (a socket that systemd made does not
 *         tell), and 0 of others.
 */
struct dd_docker dd_client_docker(struct dd_client *client);

#ifdef __cplusplus
}
#endif

#endif
