#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coord/backend/client_internal.h"
#include "coord/backend/writer.h"

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 3986: all but the unreserved characters as %XX. */
static void put_escaped(struct dd__writer *writer, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_plain(*text)) {
            dd__writer_put(writer, *text);
        } else {
            dd__writer_put(writer, '%');
            dd__writer_put(writer, hex[c >> 4]);
            dd__writer_put(writer, hex[c & 15]);
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

static void put_path(struct dd__writer *writer, enum dd__client_kind kind, const char *name)
{
    switch (kind) {
    case DD__CLIENT_INSPECT:
        dd__writer_text(writer, "/images/");
        dd__writer_text(writer, name);
        dd__writer_text(writer, "/json");
        break;
    case DD__CLIENT_REMOVE:
        /* Never by force. What the image was built on is not ours to remove with it
         * (docs/ENGINE.md, delete-noprune; H16). */
        dd__writer_text(writer, "/images/");
        dd__writer_text(writer, name);
        dd__writer_text(writer, "?force=false&noprune=true");
        break;
    case DD__CLIENT_LIST:
        dd__writer_text(writer, "/images/json");
        break;
    default:
        assert(kind == DD__CLIENT_IDENTIFY);
        dd__writer_text(writer, "/info");
        break;
    }
}

char *dd__client_path(enum dd__client_kind kind, const char *name)
{
    struct dd__writer writer = { .at = NULL };

    put_path(&writer, kind, name);
    writer.at = malloc(writer.size + 1);
    if (writer.at != NULL) {
        writer.size = 0;
        put_path(&writer, kind, name);
        dd__writer_put(&writer, '\0');
    }
    return writer.at;
}

/* A tag is always sent: without one the engine pulls every tag (docs/ENGINE.md,
 * pull-every-tag). A digest goes where the tag does (pull-by-digest). */
static void put_pull(struct dd__writer *writer, const struct dd_pull_spec *spec)
{
    const char *tag = spec->digest != NULL ? spec->digest : spec->tag;

    dd__writer_text(writer, "/images/create?fromImage=");
    put_escaped(writer, spec->repository);
    dd__writer_text(writer, "&tag=");
    put_escaped(writer, tag != NULL ? tag : "latest");
    if (spec->platform != NULL) {
        dd__writer_text(writer, "&platform=");
        put_escaped(writer, spec->platform);
    }
}

char *dd__client_pull_path(const struct dd_pull_spec *spec)
{
    struct dd__writer writer = { .at = NULL };

    put_pull(&writer, spec);
    writer.at = malloc(writer.size + 1);
    if (writer.at != NULL) {
        writer.size = 0;
        put_pull(&writer, spec);
        dd__writer_put(&writer, '\0');
    }
    return writer.at;
}

static void put_url(struct dd__writer *writer, const struct dd_client *client, const char *path,
                    bool is_versioned)
{
    dd__writer_text(writer, client->address.base_url);
    if (is_versioned && client->version[0] != '\0') {
        dd__writer_text(writer, "/v");
        dd__writer_text(writer, client->version);
    }
    dd__writer_text(writer, path);
}

char *dd__client_url(const struct dd_client *client, const char *path, bool is_versioned)
{
    struct dd__writer writer = { .at = NULL };

    put_url(&writer, client, path, is_versioned);
    writer.at = malloc(writer.size + 1);
    if (writer.at != NULL) {
        writer.size = 0;
        put_url(&writer, client, path, is_versioned);
        dd__writer_put(&writer, '\0');
    }
    return writer.at;
}
