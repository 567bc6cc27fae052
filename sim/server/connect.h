/**
 * Connecting to where an engine listens.
 *
 * Threading: any.
 */
#ifndef SIM_SERVER_CONNECT_H
#define SIM_SERVER_CONNECT_H

#include <stdbool.h>
#include <sys/socket.h>

/** Where: "unix:///PATH" or "tcp://127.0.0.1:PORT", read. */
struct sim_address {
    struct sockaddr_storage at;
    socklen_t size;
};

/** False, and @message says why. */
bool sim_address_read(const char *text, struct sim_address *address, char message[256]);

/** A socket that does not block, connected or about to be (it can be written then);
 * -1, and errno, if that failed. The caller's to close. */
int sim_address_connect(const struct sim_address *address);

#endif
