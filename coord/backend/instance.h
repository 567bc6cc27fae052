/**
 * Which run of an engine a connection leads to.
 */
#ifndef DD__BACKEND_INSTANCE_H
#define DD__BACKEND_INSTANCE_H

#include <stdint.h>

/**
 * A number that is another one when the engine behind the connected unix socket
 * @fd has been restarted; 0 if that cannot be known: the listener is not the
 * engine itself (systemd, a proxy), or cannot be seen.
 *
 * Threading: any. Errors: none.
 */
uint64_t dd__instance_of(int fd);

#endif
