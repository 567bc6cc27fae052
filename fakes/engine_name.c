/*
 * What a text names: a reference in any spelling, an image ID, or neither.
 *
 * The engine reads references by its own rules (docs/ENGINE.md, "familiar-names"),
 * written here a second time on purpose: were the coordinator's parser used, a
 * fault in it would be on both sides and nobody would see it.
 */
#include <string.h>

#include "fakes/engine_internal.h"

#define HUB "docker.io"
#define REPOSITORY_MAX 255
#define TAG_MAX 128

struct spelling {
    char text[FAKE__REFERENCE_SIZE];
    size_t repository_length;
    bool by_digest;
};

struct span {
    const char *at;
    size_t length;
};

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_hex(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return length > 0;
}

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* "." "_" "__" or any number of "-" stand between letters and digits. */
static bool component_is_valid(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t start = at;
        while (at < length && is_lower(text[at])) {
            at++;
        }
        if (at == start) {
            return false;
        }
        if (at == length) {
            return true;
        }
        char separator = text[at];
        size_t run = 0;
        while (at < length && text[at] == separator) {
            at++;
            run++;
        }
        size_t run_max = separator == '.' ? 1 : separator == '_' ? 2 : length;
        if (run > run_max || !strchr("._-", separator)) {
            return false;
        }
    }
    return false;
}

static bool path_is_valid(struct span path)
{
    size_t start = 0;
    for (size_t at = 0; at <= path.length; at++) {
        if (at == path.length || path.at[at] == '/') {
            if (!component_is_valid(path.at + start, at - start)) {
                return false;
            }
            start = at + 1;
        }
    }
    return true;
}

static bool host_is_valid(struct span host)
{
    bool in_port = false;
    bool fresh = true; /* a label or the port begins here */
    for (size_t i = 0; i < host.length; i++) {
        char c = host.at[i];
        if (in_port) {
            if (c < '0' || c > '9') {
                return false;
            }
            fresh = false;
        } else if (c == '.' || c == ':') {
            if (fresh || host.at[i - 1] == '-') {
                return false;
            }
            in_port = c == ':';
            fresh = true;
        } else if (is_lower(c) || is_upper(c) || (c == '-' && !fresh)) {
            fresh = false;
        } else {
            return false;
        }
    }
    return host.length > 0 && !fresh && host.at[host.length - 1] != '-';
}

static bool tag_is_valid(struct span tag)
{
    if (tag.length == 0 || tag.length > TAG_MAX || tag.at[0] == '.' || tag.at[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < tag.length; i++) {
        char c = tag.at[i];
        if (!is_lower(c) && !is_upper(c) && !strchr("_.-", c)) {
            return false;
        }
    }
    return true;
}

static bool digest_is_valid(struct span digest)
{
    const char *colon = memchr(digest.at, ':', digest.length);
    if (!colon || colon == digest.at) {
        return false;
    }
    size_t hex_length = digest.length - (size_t)(colon + 1 - digest.at);
    return hex_length >= 32 && hex_length <= 128 && is_hex(colon + 1, hex_length);
}

static bool has_upper(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (is_upper(span.at[i])) {
            return true;
        }
    }
    return false;
}

/* Cut the host off @path, if its first component is one. */
static struct span take_host(struct span *path)
{
    const char *slash = memchr(path->at, '/', path->length);
    struct span first = { path->at, slash ? (size_t)(slash - path->at) : 0 };
    bool is_host = slash && (memchr(first.at, '.', first.length) ||
                             memchr(first.at, ':', first.length) || span_is(first, "localhost"));
    if (!is_host) {
        return (struct span){ HUB, strlen(HUB) };
    }
    path->at += first.length + 1;
    path->length -= first.length + 1;
    return span_is(first, "index." HUB) ? (struct span){ HUB, strlen(HUB) } : first;
}

static void append(struct spelling *out, size_t *used, struct span span)
{
    memcpy(out->text + *used, span.at, span.length);
    *used += span.length;
    out->text[*used] = '\0';
}

/* The familiar form: without Docker Hub's host and its "library/". */
static void put_repository(struct spelling *out, struct span host, struct span path)
{
    size_t used = 0;
    if (!span_is(host, HUB)) {
        append(out, &used, host);
        append(out, &used, (struct span){ "/", 1 });
    } else if (path.length > 8 && memcmp(path.at, "library/", 8) == 0 &&
               !memchr(path.at + 8, '/', path.length - 8)) {
        path.at += 8;
        path.length -= 8;
    }
    append(out, &used, path);
    out->repository_length = used;
}

static const char *spell(const char *text, struct spelling *out)
{
    static const char malformed[] = "invalid reference format";
    struct span path = { text, strlen(text) };
    struct span tag = { "latest", 6 };
    struct span digest = { NULL, 0 };
    const char *at = strchr(text, '@');
    if (at) {
        digest = (struct span){ at + 1, strlen(at + 1) };
        path.length = (size_t)(at - text);
    }
    for (size_t i = path.length; i > 0 && path.at[i - 1] != '/'; i--) {
        if (path.at[i - 1] == ':') {
            tag = (struct span){ path.at + i, path.length - i };
            path.length = i - 1;
            break;
        }
    }
    struct span host = take_host(&path);
    if (path.length + host.length >= REPOSITORY_MAX) {
        return "repository name must not be more than 255 characters";
    }
    if (has_upper(path)) {
        return "invalid reference format: repository name must be lowercase";
    }
    if (!path_is_valid(path) || !host_is_valid(host) || !tag_is_valid(tag) ||
        (digest.at && !digest_is_valid(digest))) {
        return malformed;
    }
    put_repository(out, host, path);
    size_t used = out->repository_length;
    out->by_digest = digest.at != NULL;
    append(out, &used, (struct span){ out->by_digest ? "@" : ":", 1 });
    append(out, &used, out->by_digest ? digest : tag);
    return NULL;
}

struct fake__name *fake__name_find(const struct fake_engine *engine, const char *text)
{
    struct fake__name *name = fake__map_find(&engine->names, text, strlen(text));
    struct spelling spelling;
    if (!name && !spell(text, &spelling)) {
        name = fake__map_find(&engine->names, spelling.text, strlen(spelling.text));
    }
    return name;
}

struct fake__name *fake__name_of(struct fake_engine *engine, const char *text, const char **why)
{
    struct fake__name *name = fake__map_find(&engine->names, text, strlen(text));
    if (name) {
        return name;
    }
    struct spelling spelling;
    const char *wrong = spell(text, &spelling);
    if (wrong) {
        if (why) {
            *why = wrong;
        }
        return NULL;
    }
    size_t length = strlen(spelling.text);
    name = fake__map_find(&engine->names, spelling.text, length);
    if (!name) {
        name = fake__keep(&engine->arena, sizeof(*name));
        name->text = fake__keep_text(&engine->arena, spelling.text, length);
        name->repository_length = spelling.repository_length;
        name->by_digest = spelling.by_digest;
        fake__map_add(&engine->names, name->text, length, name);
    }
    return name;
}

struct fake__name *fake__digest_name(struct fake_engine *engine, const struct fake__name *name,
                                     const struct fake__content *content)
{
    char text[FAKE__REFERENCE_SIZE];
    memcpy(text, name->text, name->repository_length);
    text[name->repository_length] = '@';
    memcpy(text + name->repository_length + 1, content->digest, strlen(content->digest) + 1);
    return fake__name_of(engine, text, NULL);
}

bool fake__same_repository(const struct fake__name *a, const struct fake__name *b)
{
    return a->repository_length == b->repository_length &&
           memcmp(a->text, b->text, a->repository_length) == 0;
}

struct fake__target fake__target_of(struct fake_engine *engine, const char *text)
{
    struct fake__target target = { .kind = FAKE__BY_ID, .text = text, .given = text };
    size_t length = strlen(text);
    char id[FAKE__ID_SIZE] = "sha256:";
    if (length == 64 && is_hex(text, length)) {
        memcpy(id + 7, text, length + 1);
        target.content = fake__content_by_id(engine, id);
    } else if (length == 71 && memcmp(text, "sha256:", 7) == 0 && is_hex(text + 7, 64)) {
        target.content = fake__content_by_id(engine, text);
    } else {
        target.kind = FAKE__BY_NAME;
        target.name = fake__name_of(engine, text, &target.why);
        if (!target.name) {
            target.kind = FAKE__MALFORMED;
        }
    }
    if (target.content && strcmp(target.content->id, length == 64 ? id : text) != 0) {
        target.content = NULL; /* a manifest's digest is not an image ID */
    }
    if (target.content) {
        target.text = target.content->id;
    } else if (target.name) {
        target.text = target.name->text;
    }
    return target;
}

/* The only image whose ID begins so, as `docker rmi 932b67386888` means it. */
static struct fake__image *image_by_prefix(const struct fake_engine *engine, const char *prefix)
{
    bool is_docker = engine->personality != FAKE_PODMAN_4_3;
    struct fake__image *found = NULL;
    prefix += is_docker && strncmp(prefix, "sha256:", 7) == 0 ? 7 : 0;
    size_t length = strlen(prefix);
    if (length > 64 || !is_hex(prefix, length)) {
        return NULL;
    }
    for (size_t i = 0; i < engine->image_count; i++) {
        if (memcmp(engine->images[i]->content->id + 7, prefix, length) == 0) {
            if (found) {
                return NULL;
            }
            found = engine->images[i];
        }
    }
    return found;
}

struct fake__image *fake__target_image(const struct fake_engine *engine,
                                       const struct fake__target *target)
{
    if (target->kind == FAKE__BY_ID) {
        return target->content ? target->content->image : NULL;
    }
    if (target->kind == FAKE__MALFORMED) {
        return NULL;
    }
    if (target->name->image) {
        return target->name->image;
    }
    return target->name->by_digest && engine->personality == FAKE_PODMAN_4_3
               ? fake__podman_by_digest(engine, target->name)
               : image_by_prefix(engine, target->given);
}

void fake__place_of(const struct fake__name *name, struct fake__place *out)
{
    struct span path = { name->text, name->repository_length };
    struct span host = take_host(&path);
    bool hub = span_is(host, HUB);
    const char *in_library = hub && !memchr(path.at, '/', path.length) ? "library/" : "";
    if (hub) {
        host = (struct span){ "registry-1." HUB, strlen("registry-1." HUB) };
    }
    bool local = (host.length >= 4 && memcmp(host.at, "127.", 4) == 0) ||
                 (host.length >= 9 && memcmp(host.at, "localhost", 9) == 0);
    *out = (struct fake__place){ .scheme = local ? "http" : "https",
                                 .suffix = name->text + name->repository_length + 1 };
    memcpy(out->host, host.at, host.length);
    memcpy(out->path, in_library, strlen(in_library));
    memcpy(out->path + strlen(in_library), path.at, path.length);
}
