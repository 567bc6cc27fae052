/**
 * As much of a Docker Engine's API as the example agent needs for its containers:
 * one request at a time, over the engine's unix socket, by hand.
 */
#ifndef EXAMPLES_ENGINE_H
#define EXAMPLES_ENGINE_H

#include <stddef.h>

#define ENGINE_TEXT_SIZE 512

/** @host: "unix:///path". NULL if it is no such address. */
const char *engine_socket(const char *host);

/**
 * Create and start a container of @image, without a network, by the image's own
 * command. Returns 0, or the HTTP status (or -1: no answer), with the engine's
 * words in @why.
 */
int engine_run(const char *socket, const char *name, const char *image, char why[ENGINE_TEXT_SIZE]);

/** Kill and remove it. 0, or likewise; one that is not there is fine. */
int engine_remove(const char *socket, const char *name, char why[ENGINE_TEXT_SIZE]);

#endif
