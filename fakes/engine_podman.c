/*
 * Where Podman's service differs (docs/ENGINE.md, Personalities): what it calls names,
 * how it says no, and what it removes. A digest is no name of its own there, but where it
 * was pulled by that.
 */
#include <string.h>

#include "fakes/engine_internal.h"

/* --- texts ---------------------------------------------------------------------------- */

const char *fake__shown_name(struct fake_engine *engine, struct fake__name *name)
{
    static const char host[] = "docker.io/";
    struct fake__place place;
    if (engine->personality != FAKE_PODMAN_4_3) {
        return name->text;
    }
    fake__place_of(name, &place);
    if (strcmp(place.host, "registry-1.docker.io") != 0) {
        return name->text;
    }
    if (!name->qualified) {
        const char *rest = name->text + name->repository_length;
        char *text = FAKE__JOIN(host, place.path, rest);
        name->qualified = fake__keep_text(&engine->arena, text, strlen(text));
        fake_memory_free(text);
    }
    return name->qualified;
}

char *fake__podman_malformed(const char *why)
{
    static const char upper[] = "invalid reference format: ";
    size_t skipped = strncmp(why, upper, strlen(upper)) == 0 ? strlen(upper) : 0;
    return FAKE__JOIN("normalizing image: normalizing name for compat API: ", why + skipped);
}

/* What was asked for, as Podman reads it. */
static const char *read_as(struct fake_engine *engine, const struct fake__target *target)
{
    return target->name ? fake__shown_name(engine, target->name) : target->text;
}

char *fake__podman_missing(struct fake_engine *engine, const struct fake__target *target,
                           const char *why)
{
    static const char latest[] = ":latest";
    char *name = FAKE__JOIN(read_as(engine, target));
    size_t length = strlen(name);
    if (target->kind == FAKE__BY_NAME && length > strlen(latest) && !strchr(target->given, ':') &&
        strcmp(name + length - strlen(latest), latest) == 0) {
        name[length - strlen(latest)] = '\0';
    }
    char *text = FAKE__JOIN("failed to find image ", target->given, ": ", name, ": ", why);
    fake_memory_free(name);
    return text;
}

static bool says(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* A pull's error, from the words in which Docker says the same. */
char *fake__podman_pull_text(struct fake_engine *engine, const struct fake__target *target,
                             const char *docker)
{
    const char *why = says(docker, "manifest unknown") ? "manifest unknown: manifest unknown"
                      : says(docker, "no basic auth") || says(docker, "unauthorized")
                          ? "unauthorized: authentication required"
                      : says(docker, "access denied")
                          ? "denied: requested access to the resource is denied"
                          : NULL;
    struct fake__place place;
    if (!target->name) {
        return fake__podman_malformed(docker);
    }
    const char *name = fake__shown_name(engine, target->name);
    size_t tag_length = strlen(target->name->text) - target->name->repository_length;
    fake__place_of(target->name, &place);
    if (says(docker, "no matching manifest")) {
        return FAKE__JOIN("choosing an image from manifest list docker://", name,
                          ": no image found in manifest list for architecture amd64, variant "
                          "\"\", OS linux");
    }
    if (says(docker, "connection refused")) {
        return FAKE__JOIN("initializing source docker://", name, ": pinging container registry ",
                          place.host, ": Get \"", place.scheme, "://", place.host,
                          "/v2/\": dial tcp ", place.host, ": connect: connection refused");
    }
    if (says(docker, "unknown blob")) {
        return FAKE__JOIN("reading blob: Error fetching blob: invalid status code from registry "
                          "404 (Not Found)");
    }
    if (!why) {
        return FAKE__JOIN(docker);
    }
    char *repository = FAKE__JOIN(name);
    repository[strlen(name) - tag_length] = '\0';
    char *text = FAKE__JOIN("initializing source docker://", name, ": reading manifest ",
                            place.suffix, " in ", repository, ": ", why);
    fake_memory_free(repository);
    return text;
}

/* --- names ------------------------------------------------------------------------------ */

static bool has_tag_in(const struct fake__image *image, const struct fake__name *like)
{
    for (size_t i = 0; i < image->tags.count; i++) {
        if (fake__same_repository(image->tags.at[i], like)) {
            return true;
        }
    }
    return false;
}

void fake__podman_drop_digest(struct fake_engine *engine, const struct fake__name *tag,
                              struct fake__image *image, uint64_t by)
{
    for (size_t i = has_tag_in(image, tag) ? 0 : image->digests.count; i > 0; i--) {
        struct fake__name *digest = image->digests.at[i - 1];
        if (fake__same_repository(digest, tag) && !digest->is_own) {
            fake__name_unset(engine, digest, by);
        }
    }
}

/* Row "podman-pulled-digest-stays": of tags, and digests that were pulled. */
static size_t own_name_count(const struct fake__image *image)
{
    size_t count = image->tags.count;
    for (size_t i = 0; i < image->digests.count; i++) {
        count += image->digests.at[i]->is_own ? 1 : 0;
    }
    return count;
}

/* Row "podman-digest-of-any-repository". */
struct fake__image *fake__podman_by_digest(const struct fake_engine *engine,
                                           const struct fake__name *name)
{
    const char *digest = name->text + name->repository_length + 1;
    for (size_t i = 0; i < engine->image_count; i++) {
        if (strcmp(engine->images[i]->content->digest, digest) == 0) {
            return engine->images[i];
        }
    }
    return NULL;
}

/* --- DELETE ------------------------------------------------------------------------------- */

/* Its own names, each after a blank but the first. */
static char *list_names(const struct fake__image *image)
{
    char *list = FAKE__JOIN("");
    const struct fake__names *const kinds[] = { &image->tags, &image->digests };
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < kinds[k]->count; i++) {
            if (kinds[k]->at[i]->by_digest && !kinds[k]->at[i]->is_own) {
                continue;
            }
            char *longer = FAKE__JOIN(list, *list != '\0' ? " " : "", kinds[k]->texts[i]);
            fake_memory_free(list);
            list = longer;
        }
    }
    return list;
}

static char *text_many_tags(const struct fake__image *image)
{
    char *list = list_names(image);
    char *text = FAKE__JOIN("unable to delete image \"", image->content->id + strlen("sha256:"),
                            "\" by ID with more than one tag ([", list, "]): please force removal");
    fake_memory_free(list);
    return text;
}

/* Children are no obstacle: they have the layers as their own. (Row "podman-children": the
 * image goes, but is not listed as deleted.) */
static void orphan_children(struct fake_engine *engine, struct fake__image *image)
{
    for (size_t i = 0; i < engine->image_count; i++) {
        if (engine->images[i]->parent == image) {
            engine->images[i]->parent = NULL;
            image->child_count--;
        }
    }
}

static void delete_whole(struct fake_engine *engine, struct fake__image *image, uint64_t by,
                         struct fake__outcome *out)
{
    const char *id = image->content->id;
    bool has_children = image->child_count > 0;
    for (size_t i = 0; i < image->tags.count; i++) {
        fake__strings_add(&out->untagged, fake__shown_name(engine, image->tags.at[i]));
    }
    for (size_t i = 0; i < image->digests.count; i++) {
        if (image->tags.count == 0 || image->digests.at[i]->is_own) {
            fake__strings_add(&out->untagged, fake__shown_name(engine, image->digests.at[i]));
        }
    }
    while (image->tags.count) {
        fake__name_unset(engine, image->tags.at[0], by);
    }
    while (image->digests.count) {
        fake__name_unset(engine, image->digests.at[0], by);
    }
    orphan_children(engine, image);
    fake__image_delete(engine, image, by);
    if (!has_children) {
        fake__strings_add(&out->deleted, id + strlen("sha256:"));
    }
}

static char *text_in_use(struct fake_engine *engine, const struct fake__target *target,
                         const struct fake__container *container)
{
    return FAKE__JOIN("image ", read_as(engine, target), " is in use: image used by ",
                      container->id,
                      ": image is in use by a container: consider listing external containers and "
                      "force-removing image");
}

/* By force the containers go first. */
static const struct fake__container *container_in_the_way(struct fake_engine *engine,
                                                          const struct fake__image *image,
                                                          bool force)
{
    const struct fake__container *container =
        fake__container_of(engine, image->content, true, true);
    while (force && container) {
        const char *name = container->name;
        (void)fake_engine_container_stop(engine, name);
        if (fake_engine_container_remove(engine, name) != 204) {
            return container;
        }
        container = fake__container_of(engine, image->content, true, true);
    }
    return container;
}

/* One of several names. A digest is listed on as long as its repository has a tag there. */
static void take_name(struct fake_engine *engine, struct fake__name *name,
                      struct fake__image *image, uint64_t by, struct fake__outcome *out)
{
    fake__strings_add(&out->untagged, fake__shown_name(engine, name));
    name->is_own = false;
    if (!name->by_digest) {
        fake__name_unset(engine, name, by);
    }
    fake__podman_drop_digest(engine, name, image, by);
}

void fake__podman_remove(struct fake_engine *engine, const struct fake__target *target, bool force,
                         uint64_t by, struct fake__outcome *out)
{
    struct fake__image *image = fake__target_image(engine, target);
    if (target->kind == FAKE__MALFORMED) {
        out->http_status = 500;
        out->text = fake__podman_malformed(target->why);
        return;
    }
    if (!image) {
        out->http_status = 404;
        out->text = fake__podman_missing(engine, target, "image not known");
        return;
    }
    if (target->kind == FAKE__BY_NAME && target->name->by_digest && !target->name->image &&
        own_name_count(image) == 0) {
        out->http_status = 500;
        out->text = FAKE__JOIN(read_as(engine, target), ": tag not known");
        return;
    }
    bool by_own = target->kind == FAKE__BY_NAME && target->name->image &&
                  (!target->name->by_digest || target->name->is_own);
    if (by_own && own_name_count(image) > 1) {
        out->http_status = 200;
        take_name(engine, target->name, image, by, out);
        return;
    }
    if (!by_own && !force && own_name_count(image) > 1) {
        out->http_status = 500;
        out->text = text_many_tags(image);
        return;
    }
    const struct fake__container *container = container_in_the_way(engine, image, force);
    if (container) {
        out->http_status = 409;
        out->text = text_in_use(engine, target, container);
        return;
    }
    out->http_status = 200;
    delete_whole(engine, image, by, out);
}
