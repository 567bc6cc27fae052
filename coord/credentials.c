#include "coord/credentials.h"

#include <string.h>

enum { FIELD_COUNT = 4 };

static void fields_of(const struct dd_credentials *credentials, const char *fields[FIELD_COUNT])
{
    fields[0] = credentials->username;
    fields[1] = credentials->password;
    fields[2] = credentials->identity_token;
    fields[3] = credentials->server_address;
}

/* The server's address alone is nobody's credential. */
static bool is_anonymous(const struct dd_credentials *credentials)
{
    return credentials == NULL || (credentials->username == NULL && credentials->password == NULL &&
                                   credentials->identity_token == NULL);
}

bool dd__credentials_are_valid(const struct dd_credentials *credentials)
{
    const char *fields[FIELD_COUNT];

    if (credentials == NULL) {
        return true;
    }
    fields_of(credentials, fields);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (fields[i] != NULL && strlen(fields[i]) > DD__SECRET_MAX) {
            return false;
        }
    }
    return true;
}

/* Each field is a byte that says whether it is there, its text and a NUL, so that
 * no two different credentials make one block. */
enum dd_status dd__secret_copy(struct dd_coord *coord, const struct dd_credentials *credentials,
                               struct dd__secret **out)
{
    const char *fields[FIELD_COUNT];
    const char *copies[FIELD_COUNT] = { NULL, NULL, NULL, NULL };
    size_t size = 0;
    struct dd__secret *secret;
    char *at;

    *out = NULL;
    if (is_anonymous(credentials)) {
        return DD_OK;
    }
    fields_of(credentials, fields);
    for (int i = 0; i < FIELD_COUNT; i++) {
        size += 2 + (fields[i] == NULL ? 0 : strlen(fields[i]));
    }
    secret = dd__alloc(&coord->env.allocator, sizeof *secret + size);
    if (secret == NULL) {
        return DD_ENOMEM;
    }
    secret->size = size;
    at = secret->bytes;
    for (int i = 0; i < FIELD_COUNT; i++) {
        size_t length = fields[i] == NULL ? 0 : strlen(fields[i]);
        *at++ = fields[i] == NULL ? 0 : 1;
        memcpy(at, fields[i] == NULL ? "" : fields[i], length);
        at[length] = '\0';
        copies[i] = fields[i] == NULL ? NULL : at;
        at += length + 1;
    }
    secret->view = (struct dd_credentials){ .username = copies[0],
                                            .password = copies[1],
                                            .identity_token = copies[2],
                                            .server_address = copies[3] };
    *out = secret;
    return DD_OK;
}

void dd__secret_wipe(struct dd_coord *coord, struct dd__secret **secret)
{
    if (*secret != NULL) {
        size_t size = (*secret)->size;

        dd__wipe((*secret)->bytes, size);
        dd__free(&coord->env.allocator, *secret, sizeof **secret + size);
        *secret = NULL;
    }
}

enum dd_status dd__fingerprint_make(struct dd_coord *coord,
                                    const struct dd_credentials *credentials,
                                    struct dd__fingerprint *out)
{
    struct dd__secret *secret;

    if (is_anonymous(credentials)) {
        *out = (struct dd__fingerprint){ .is_anonymous = true };
        return DD_OK;
    }
    if (dd__secret_keep(coord, credentials, &secret) != DD_OK) {
        return DD_ENOMEM;
    }
    *out = (struct dd__fingerprint){
        .digest = dd__siphash128(&coord->key, secret->bytes, secret->size),
    };
    dd__secret_wipe(coord, &secret);
    return DD_OK;
}

bool dd__fingerprint_equal(const struct dd__fingerprint *a, const struct dd__fingerprint *b)
{
    return a->is_anonymous == b->is_anonymous && a->digest.lo == b->digest.lo &&
           a->digest.hi == b->digest.hi;
}
