/*
 * The engine's error texts, letter by letter as the real one prints them, and the
 * words that scenario files use for them.
 */
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

/* IDs that stand in texts about things that are not in the model. */
#define SOME_CONTAINER "9dd8433feaf2"
#define SOME_IMAGE "932b67386888"

static void put_short(char out[13], const char *id)
{
    const char *digits = strncmp(id, "sha256:", 7) == 0 ? id + 7 : id;
    size_t length = strlen(digits);
    length = length < 12 ? length : 12;
    memcpy(out, digits, length);
    out[length] = '\0';
}

char *fake__text_no_such_image(const struct fake__target *target)
{
    if (target->kind == FAKE__BY_ID && strlen(target->text) == 64) {
        return FAKE__JOIN("No such image: sha256:", target->text);
    }
    return FAKE__JOIN("No such image: ", target->text);
}

char *fake__text_inspect_missing(const struct fake__target *target)
{
    char *inner = fake__text_no_such_image(target);
    char *text = FAKE__JOIN("no such image: ", target->given, ": ", inner);
    fake_memory_free(inner);
    return text;
}

char *fake__text_manifest_unknown(const struct fake__name *name)
{
    return FAKE__JOIN("manifest for ", name->text,
                      " not found: manifest unknown: manifest unknown");
}

char *fake__text_no_credentials(const struct fake__name *name)
{
    struct fake__place place;
    fake__place_of(name, &place);
    return FAKE__JOIN("Head \"", place.scheme, "://", place.host, "/v2/", place.path, "/manifests/",
                      place.suffix, "\": no basic auth credentials");
}

char *fake__text_name_in_use(const char *given, const struct fake__content *content,
                             const char *container_id)
{
    char image[13] = SOME_IMAGE;
    char container[13] = SOME_CONTAINER;
    if (content) {
        put_short(image, content->id);
    }
    if (container_id) {
        put_short(container, container_id);
    }
    return FAKE__JOIN("conflict: unable to remove repository reference \"", given,
                      "\" (must force) - container ", container, " is using its referenced image ",
                      image);
}

char *fake__text_cannot_delete(const struct fake__content *content, const char *how,
                               const char *why, const char *container_id)
{
    char image[13] = SOME_IMAGE;
    char container[13] = "";
    if (content) {
        put_short(image, content->id);
    }
    if (container_id) {
        put_short(container, container_id);
    }
    return FAKE__JOIN("conflict: unable to delete ", image, " (", how, ") - ", why, container);
}

/* --- the words of scenario files --------------------------------------------- */

enum shape {
    SHAPE_PLAIN,   /* the text as it stands */
    SHAPE_NAME,    /* before, the repository, after */
    SHAPE_IN_USE,  /* by name or by ID, as the call is */
    SHAPE_STOPPED, /* always by ID */
    SHAPE_RUNNING,
    SHAPE_CHILDREN,
    SHAPE_NAMES,
    SHAPE_NOT_FOUND, /* a pull's, or an image's */
    SHAPE_LOGIN,
    SHAPE_REFUSED
};

struct word {
    const char *word;
    unsigned http_status;
    enum shape shape;
    const char *before; /* the text, if it is plain */
    const char *after;
    const char *example;
};

#define HUB_LIMIT                                                                                  \
    "toomanyrequests: You have reached your pull rate limit. You may increase the limit by "       \
    "authenticating and upgrading: https://www.docker.com/increase-rate-limit"
#define DISK_FULL                                                                                  \
    "failed to register layer: Error processing tar file(exit status 1): write /bin/app: no "      \
    "space left on device"
#define DENIED_AFTER                                                                               \
    ", repository does not exist or may require 'docker login': denied: requested access to the "  \
    "resource is denied"

static const struct word words[] = {
    { "in use", 409, SHAPE_IN_USE, NULL, NULL,
      "conflict: unable to remove repository reference \"X\" (must force) - "
      "container " SOME_CONTAINER " is using its referenced image " SOME_IMAGE },
    { "in use by id", 409, SHAPE_RUNNING, NULL, NULL,
      "conflict: unable to delete " SOME_IMAGE
      " (cannot be forced) - image is being used by running container " SOME_CONTAINER },
    { "in use by stopped", 409, SHAPE_STOPPED, NULL, NULL,
      "conflict: unable to delete " SOME_IMAGE
      " (must be forced) - image is being used by stopped container " SOME_CONTAINER },
    { "children", 409, SHAPE_CHILDREN, NULL, NULL,
      "conflict: unable to delete " SOME_IMAGE
      " (cannot be forced) - image has dependent child images" },
    { "names", 409, SHAPE_NAMES, NULL, NULL,
      "conflict: unable to delete " SOME_IMAGE
      " (must be forced) - image is referenced in multiple repositories" },
    { "denied", 404, SHAPE_NAME, "pull access denied for ", DENIED_AFTER,
      "pull access denied for X" DENIED_AFTER },
    { "not found", 404, SHAPE_NOT_FOUND, NULL, NULL,
      "manifest for X not found: manifest unknown: manifest unknown" },
    { "no credentials", 500, SHAPE_LOGIN, NULL, NULL,
      "Head \"https://registry-1.docker.io/v2/X/manifests/latest\": no basic auth credentials" },
    { "unauthorized", 500, SHAPE_PLAIN, "unauthorized: authentication required", NULL, NULL },
    { "rate limit", 500, SHAPE_PLAIN, HUB_LIMIT, NULL, NULL },
    { "disk full", 500, SHAPE_PLAIN, DISK_FULL, NULL, NULL },
    { "server error", 500, SHAPE_PLAIN,
      "open /var/lib/docker/image/overlay2/repositories.json: input/output error", NULL, NULL },
    { "registry error", 500, SHAPE_PLAIN,
      "received unexpected HTTP status: 503 Service Unavailable", NULL, NULL },
    { "unknown blob", 500, SHAPE_PLAIN, "unknown blob", NULL, NULL },
    { "unexpected eof", 500, SHAPE_PLAIN, "unexpected EOF", NULL, NULL },
    { "connection refused", 500, SHAPE_REFUSED, NULL, NULL,
      "Get \"https://registry-1.docker.io/v2/\": dial tcp registry-1.docker.io:443: connect: "
      "connection refused" },
    { "malformed", 400, SHAPE_PLAIN, "invalid reference format", NULL, NULL },
};

static const struct word *word_find(const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof(*words); i++) {
        if (strcmp(words[i].word, text) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

const char *fake_reason_text(const char *word)
{
    const struct word *found = word_find(word);
    if (!found) {
        return NULL;
    }
    return found->example ? found->example : found->before;
}

const char *fake_reason_word(size_t index)
{
    return index < sizeof words / sizeof(*words) ? words[index].word : NULL;
}

unsigned fake_reason_status(const char *word)
{
    const struct word *found = word_find(word);
    return found ? found->http_status : 0;
}

static char *text_refused(const struct fake__target *target)
{
    struct fake__place place;
    if (target->kind != FAKE__BY_NAME) {
        return FAKE__JOIN("connection refused");
    }
    fake__place_of(target->name, &place);
    const char *port = strchr(place.host, ':') ? "" : ":443";
    return FAKE__JOIN("Get \"", place.scheme, "://", place.host, "/v2/\": dial tcp ", place.host,
                      port, ": connect: connection refused");
}

static char *text_about_repository(const struct word *word, const struct fake__target *target)
{
    char repository[FAKE__REFERENCE_SIZE] = "";
    size_t length = target->name ? target->name->repository_length : 0;
    memcpy(repository, target->text, length);
    return FAKE__JOIN(word->before, repository, word->after);
}

static char *text_not_found(enum fake_call_kind kind, const struct fake__target *target)
{
    if (kind == FAKE_CALL_PULL) {
        return fake__text_manifest_unknown(target->name);
    }
    return kind == FAKE_CALL_INSPECT ? fake__text_inspect_missing(target)
                                     : fake__text_no_such_image(target);
}

char *fake__text_reason(const struct fake_engine *engine, enum fake_call_kind kind,
                        const char *reason, const struct fake__target *target)
{
    const struct word *word = reason ? word_find(reason) : NULL;
    const struct fake__image *image = fake__target_image(engine, target);
    const struct fake__content *content = image ? image->content : target->content;
    if (!word) {
        return FAKE__JOIN(reason ? reason : "Internal Server Error");
    }
    switch (word->shape) {
    case SHAPE_IN_USE:
        if (target->kind == FAKE__BY_NAME) {
            return fake__text_name_in_use(target->given, content, NULL);
        }
        return fake__text_cannot_delete(
            content, "must be forced", "image is being used by stopped container ", SOME_CONTAINER);
    case SHAPE_STOPPED:
        return fake__text_cannot_delete(
            content, "must be forced", "image is being used by stopped container ", SOME_CONTAINER);
    case SHAPE_RUNNING:
        return fake__text_cannot_delete(content, "cannot be forced",
                                        "image is being used by running container ",
                                        SOME_CONTAINER);
    case SHAPE_CHILDREN:
        return fake__text_cannot_delete(content, "cannot be forced",
                                        "image has dependent child images", NULL);
    case SHAPE_NAMES:
        return fake__text_cannot_delete(content, "must be forced",
                                        "image is referenced in multiple repositories", NULL);
    case SHAPE_NOT_FOUND:
        return text_not_found(kind, target);
    case SHAPE_LOGIN:
        return target->name ? fake__text_no_credentials(target->name)
                            : FAKE__JOIN("no basic auth credentials");
    case SHAPE_REFUSED:
        return text_refused(target);
    case SHAPE_NAME:
        return text_about_repository(word, target);
    default:
        return FAKE__JOIN(word->before);
    }
}
