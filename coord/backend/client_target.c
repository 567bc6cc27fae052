#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coord/backend/client_internal.h"

/* A text that is measured first, and then written into a block of that size. */
struct target {
    char *at; /* NULL: only measuring */
    size_t size;
};

static void put(struct target *target, char c)
{
    if (target->at != NULL) {
        target->at[target->size] = c;
    }
    target->size++;
}

static void put_text(struct target *target, const char *text)
{
    for (; *text != '\0'; text++) {
        put(target, *text);
    }
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 3986: all but the unreserved characters as %XX. */
static void put_escaped(struct target *target, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_plain(*text)) {
            put(target, *text);
        } else {
            put(target, '%');
            put(target, hex[c >> 4]);
            put(target, hex[c & 15]);
        }
    }
}

bool dd__client_name_is_sound(const char *name)
{
    size_t segment = 0; /* its length, without leading dots */

    if (strlen(name) > DD_REFERENCE_MAX) {
        return false;
    }
    for (; *name != '\0'; name++) {
        if (*name == '/') {
            /* Neither "//" nor "." nor "..", which would lead elsewhere. */
            if (segment == 0) {
                return false;
            }
            segment = 0;
        } else if (!is_plain(*name) && strchr(":@+", *name) == NULL) {
            return false;
        } else {
            segment += *name != '.' || segment > 0 ? 1 : 0;
        }
    }
    return segment > 0;
}

static void put_path(struct target *target, enum dd__client_kind kind, const char *name)
{
    switch (kind) {
    case DD__CLIENT_INSPECT:
        put_text(target, "/images/");
        put_text(target, name);
        put_text(target, "/json");
        break;
    case DD__CLIENT_REMOVE:
        /* Never by force. What the image was built on is not ours to remove with it
         * (docs/ENGINE.md, delete-noprune; H16). */
        put_text(target, "/images/");
        put_text(target, name);
        put_text(target, "?force=false&noprune=true");
        break;
    case DD__CLIENT_LIST:
        put_text(target, "/images/json");
        break;
    default:
        assert(kind == DD__CLIENT_IDENTIFY);
        put_text(target, "/info");
        break;
    }
}

char *dd__client_path(enum dd__client_kind kind, const char *name)
{
    struct target target = { .at = NULL };

    put_path(&target, kind, name);
    target.at = malloc(target.size + 1);
    if (target.at != NULL) {
        target.size = 0;
        put_path(&target, kind, name);
        put(&target, '\0');
    }
    return target.at;
}

/* A tag is always sent: without one the engine pulls every tag (docs/ENGINE.md,
 * pull-every-tag). A digest goes where the tag does (pull-by-digest). */
static void put_pull(struct target *target, const struct dd_pull_spec *spec)
{
    const char *tag = spec->digest != NULL ? spec->digest : spec->tag;

    put_text(target, "/images/create?fromImage=");
    put_escaped(target, spec->repository);
    put_text(target, "&tag=");
    put_escaped(target, tag != NULL ? tag : "latest");
    if (spec->platform != NULL) {
        put_text(target, "&platform=");
        put_escaped(target, spec->platform);
    }
}

char *dd__client_pull_path(const struct dd_pull_spec *spec)
{
    struct target target = { .at = NULL };

    put_pull(&target, spec);
    target.at = malloc(target.size + 1);
    if (target.at != NULL) {
        target.size = 0;
        put_pull(&target, spec);
        put(&target, '\0');
    }
    return target.at;
}

static void put_url(struct target *target, const struct dd_client *client, const char *path,
                    bool is_versioned)
{
    put_text(target, client->address.base_url);
    if (is_versioned && client->version[0] != '\0') {
        put_text(target, "/v");
        put_text(target, client->version);
    }
    put_text(target, path);
}

char *dd__client_url(const struct dd_client *client, const char *path, bool is_versioned)
{
    struct target target = { .at = NULL };

    put_url(&target, client, path, is_versioned);
    target.at = malloc(target.size + 1);
    if (target.at != NULL) {
        target.size = 0;
        put_url(&target, client, path, is_versioned);
        put(&target, '\0');
    }
    return target.at;
}
