/*
 * DELETE of an image: the engine's checks in the engine's order, and its way of
 * answering (docs/ENGINE.md, Removals).
 */
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

enum conflict {
    CONFLICT_CHILDREN = 1,
    CONFLICT_RUNNING = 2,
    CONFLICT_NAMES = 4,
    CONFLICT_STOPPED = 8,
    CONFLICT_HARD = CONFLICT_CHILDREN | CONFLICT_RUNNING,
    CONFLICT_SOFT = CONFLICT_NAMES | CONFLICT_STOPPED
};

struct removal {
    struct fake_engine *engine;
    bool force;
    bool keeps_parents;
    uint64_t by;
    struct fake__outcome *out;
};

void fake__outcome_clear(struct fake__outcome *outcome)
{
    fake_memory_free(outcome->text);
    outcome->text = NULL;
    outcome->http_status = 0;
    outcome->untagged.count = 0;
    outcome->deleted.count = 0;
}

void fake__outcome_release(struct fake__outcome *outcome)
{
    fake_memory_free(outcome->text);
    fake_memory_free(outcome->untagged.at);
    fake_memory_free(outcome->deleted.at);
}

static void refuse(struct removal *removal, unsigned http_status, char *text)
{
    fake__outcome_clear(removal->out);
    removal->out->http_status = http_status;
    removal->out->text = text;
}

static void untag(struct removal *removal, struct fake__name *name)
{
    fake__strings_add(&removal->out->untagged, name->text);
    fake__name_unset(removal->engine, name, removal->by);
}

static size_t name_count(const struct fake__image *image)
{
    return image->tags.count + image->digests.count;
}

/* All names are in one repository, and at most one of them is a tag. */
static bool is_single(const struct fake__image *image)
{
    if (name_count(image) <= 1) {
        return name_count(image) == 1;
    }
    if (image->tags.count > 1 || image->digests.count == 0) {
        return false;
    }
    const struct fake__name *one = image->tags.count ? image->tags.at[0] : image->digests.at[0];
    for (size_t i = 0; i < image->digests.count; i++) {
        if (!fake__same_repository(one, image->digests.at[i])) {
            return false;
        }
    }
    return true;
}

/* The first conflict of those in @mask, or 0 (row "delete-check-order"). */
static int conflict_of(const struct fake__image *image, int mask)
{
    const struct fake__content *content = image->content;
    if ((mask & CONFLICT_CHILDREN) && image->child_count) {
        return CONFLICT_CHILDREN;
    }
    if ((mask & CONFLICT_RUNNING) && content->running_count) {
        return CONFLICT_RUNNING;
    }
    if ((mask & CONFLICT_NAMES) && name_count(image)) {
        return CONFLICT_NAMES;
    }
    if ((mask & CONFLICT_STOPPED) && content->container_count > content->running_count) {
        return CONFLICT_STOPPED;
    }
    return 0;
}

static char *conflict_text(const struct fake_engine *engine, const struct fake__image *image,
                           int conflict)
{
    const struct fake__content *content = image->content;
    const struct fake__container *container = NULL;
    switch (conflict) {
    case CONFLICT_CHILDREN:
        return fake__text_cannot_delete(content, "cannot be forced",
                                        "image has dependent child images", NULL);
    case CONFLICT_RUNNING:
        container = fake__container_of(engine, content, false, true);
        return fake__text_cannot_delete(content, "cannot be forced",
                                        "image is being used by running container ", container->id);
    case CONFLICT_NAMES:
        return fake__text_cannot_delete(content, "must be forced",
                                        "image is referenced in multiple repositories", NULL);
    default:
        container = fake__container_of(engine, content, true, false);
        return fake__text_cannot_delete(content, "must be forced",
                                        "image is being used by stopped container ", container->id);
    }
}

static void delete_image(struct removal *removal, struct fake__image *image)
{
    struct fake__content *content = image->content;
    while (image->tags.count) {
        untag(removal, image->tags.at[0]);
    }
    while (image->digests.count) {
        untag(removal, image->digests.at[0]);
    }
    fake__strings_add(&removal->out->deleted, content->id);
    fake__image_delete(removal->engine, image, removal->by);
    for (size_t i = content->layer_count; i > 0; i--) {
        struct fake__layer *layer = content->layers[i - 1];
        if (layer->image_count == 0) {
            fake__strings_add(&removal->out->deleted, fake__layer_chain(layer));
        }
    }
}

/* Delete @image, then the parents that nothing else keeps. True if it went, or if
 * what keeps it need not be told because a name was removed (@quiet). */
static bool delete_or_refuse(struct removal *removal, struct fake__image *image, bool quiet)
{
    int mask = CONFLICT_HARD | (removal->force ? 0 : CONFLICT_SOFT);
    int conflict = conflict_of(image, mask);
    if (conflict) {
        bool is_dangling = name_count(image) == 0 && image->child_count == 0;
        bool is_used = conflict == CONFLICT_RUNNING || conflict == CONFLICT_STOPPED;
        if (quiet && (!is_dangling || is_used)) {
            return true;
        }
        refuse(removal, 409, conflict_text(removal->engine, image, conflict));
        return false;
    }
    struct fake__image *parent = removal->keeps_parents ? NULL : image->parent;
    delete_image(removal, image);
    removal->force = false;
    while (parent && !conflict_of(parent, CONFLICT_HARD | CONFLICT_SOFT)) {
        image = parent;
        parent = image->parent;
        delete_image(removal, image);
    }
    return true;
}

static bool has_tag_in(const struct fake__image *image, const struct fake__name *name)
{
    for (size_t i = 0; i < image->tags.count; i++) {
        if (fake__same_repository(image->tags.at[i], name)) {
            return true;
        }
    }
    return false;
}

/* Rows "delete-name-*": what happens to an image of which a name is removed. */
static void remove_by_name(struct removal *removal, const struct fake__target *target,
                           struct fake__image *image)
{
    struct fake__name *name = target->name;
    if (!removal->force && is_single(image) && image->content->container_count) {
        const struct fake__container *container =
            fake__container_of(removal->engine, image->content, true, true);
        refuse(removal, 409, fake__text_name_in_use(target->given, image->content, container->id));
        return;
    }
    untag(removal, name);
    if (!name->by_digest && !has_tag_in(image, name)) {
        for (size_t i = 0; i < image->digests.count;) {
            if (fake__same_repository(image->digests.at[i], name)) {
                untag(removal, image->digests.at[i]);
            } else {
                i++;
            }
        }
    }
    if (name_count(image) == 0) {
        delete_or_refuse(removal, image, true);
    }
}

/* Rows "delete-id-*". */
static void remove_by_id(struct removal *removal, struct fake__image *image)
{
    if (is_single(image)) {
        int mask = CONFLICT_HARD | (removal->force ? 0 : CONFLICT_STOPPED);
        int conflict = conflict_of(image, mask);
        if (conflict) {
            refuse(removal, 409, conflict_text(removal->engine, image, conflict));
            return;
        }
        while (image->tags.count) {
            untag(removal, image->tags.at[0]);
        }
        while (image->digests.count) {
            untag(removal, image->digests.at[0]);
        }
    }
    delete_or_refuse(removal, image, false);
}

void fake__remove(struct fake_engine *engine, const struct fake__target *target, unsigned flags,
                  uint64_t by, struct fake__outcome *out)
{
    struct removal removal = { .engine = engine,
                               .force = (flags & FAKE__REMOVE_BY_FORCE) != 0,
                               .keeps_parents = (flags & FAKE__REMOVE_NO_PARENTS) != 0,
                               .by = by,
                               .out = out };
    struct fake__image *image = fake__target_image(engine, target);
    fake__outcome_clear(out);
    if (engine->personality == FAKE_PODMAN_4_3) {
        fake__podman_remove(engine, target, removal.force, by, out);
        return;
    }
    if (target->kind == FAKE__MALFORMED) {
        refuse(&removal, 400, FAKE__JOIN(target->why));
        return;
    }
    if (!image) {
        refuse(&removal, 404, fake__text_no_such_image(target));
        return;
    }
    out->http_status = 200;
    if (target->kind == FAKE__BY_NAME && target->name->image) {
        remove_by_name(&removal, target, image);
    } else {
        remove_by_id(&removal, image);
    }
}
