/**
 * Credentials as the engine wants them: the header X-Registry-Auth, padded
 * base64url of a JSON object. Any other alphabet, missing padding or junk makes
 * the engine pull anonymously without a word (H27; docs/ENGINE.md,
 * pull-anonymous-fallback).
 */
#ifndef DD__BACKEND_REGISTRY_AUTH_H
#define DD__BACKEND_REGISTRY_AUTH_H

#include "drydock/docker.h"

#define DD__REGISTRY_AUTH_NAME "X-Registry-Auth: "

/**
 * "X-Registry-Auth: …", with the form {"identitytoken"} if there is such a token,
 * else {"username","password","serveraddress"}.
 *
 * Ownership: @credentials are borrowed; returned, release with
 *            dd__registry_auth_free, which wipes it.
 * Threading: any.
 * Errors:    NULL: no memory. Nothing of the secret is left behind then.
 */
char *dd__registry_auth_header(const struct dd_credentials *credentials);

/** NULL is fine. */
void dd__registry_auth_free(char *header);

#endif
