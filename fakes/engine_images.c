/* The images that the engine has, and their names. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

static void names_add(struct fake__names *names, struct fake__name *name)
{
    names->at = fake__grow(names->at, names->count, &names->name_capacity, sizeof(*names->at));
    names->texts =
        fake__grow(names->texts, names->count, &names->text_capacity, sizeof(*names->texts));
    names->at[names->count] = name;
    names->texts[names->count] = name->text;
    names->count++;
}

static void names_take(struct fake__names *names, const struct fake__name *name)
{
    size_t at = 0;
    while (at < names->count && names->at[at] != name) {
        at++;
    }
    assert(at < names->count);
    size_t behind = names->count - at - 1;
    memmove(names->at + at, names->at + at + 1, behind * sizeof(*names->at));
    memmove(names->texts + at, names->texts + at + 1, behind * sizeof(*names->texts));
    names->count--;
}

static struct fake__names *names_for(struct fake__image *image, const struct fake__name *name)
{
    return name->by_digest ? &image->digests : &image->tags;
}

struct fake__image *fake__image_make(struct fake_engine *engine, struct fake__content *content,
                                     uint64_t by)
{
    if (content->image) {
        return content->image;
    }
    struct fake__image *image = fake_memory_alloc(sizeof(*image));
    image->content = content;
    image->made = ++engine->images_made;
    content->image = image;
    engine->images = fake__grow(engine->images, engine->image_count, &engine->image_capacity,
                                sizeof(struct fake__image *));
    engine->images[engine->image_count++] = image;
    for (size_t i = 0; i < content->layer_count; i++) {
        if (content->layers[i]->image_count++ == 0) {
            engine->disk_bytes += content->layers[i]->size_bytes;
        }
    }
    fake__tell(engine, &(struct fake_happening){
                           .kind = FAKE_HAPPENED_MADE, .number = by, .image = content->id });
    return image;
}

bool fake__name_set(struct fake_engine *engine, struct fake__name *name, struct fake__image *image,
                    uint64_t by)
{
    const char *was = NULL;
    struct fake__image *before = name->image;
    if (name->image == image) {
        return false;
    }
    if (name->image) {
        was = name->image->content->id;
        names_take(names_for(name->image, name), name);
    }
    name->image = image;
    names_add(names_for(image, name), name);
    fake__tell(engine, &(struct fake_happening){ .kind = FAKE_HAPPENED_NAMED,
                                                 .number = by,
                                                 .name = name->text,
                                                 .image = image->content->id,
                                                 .was = was });
    if (before && !name->by_digest && engine->personality == FAKE_PODMAN_4_3) {
        fake__podman_drop_digest(engine, name, before, by);
    }
    return true;
}

void fake__name_unset(struct fake_engine *engine, struct fake__name *name, uint64_t by)
{
    const char *was = name->image->content->id;
    names_take(names_for(name->image, name), name);
    name->image = NULL;
    name->is_own = false;
    fake__tell(engine,
               &(struct fake_happening){
                   .kind = FAKE_HAPPENED_UNNAMED, .number = by, .name = name->text, .was = was });
}

static size_t index_of(const struct fake_engine *engine, const struct fake__image *image)
{
    size_t low = 0;
    size_t high = engine->image_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (engine->images[middle]->made < image->made) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    assert(engine->images[low] == image);
    return low;
}

static void image_free(struct fake__image *image)
{
    fake_memory_free(image->tags.at);
    fake_memory_free(image->tags.texts);
    fake_memory_free(image->digests.at);
    fake_memory_free(image->digests.texts);
    fake_memory_free(image);
}

void fake__image_delete(struct fake_engine *engine, struct fake__image *image, uint64_t by)
{
    struct fake__content *content = image->content;
    assert(image->tags.count == 0 && image->digests.count == 0 && image->child_count == 0);
    for (size_t i = 0; i < content->layer_count; i++) {
        if (--content->layers[i]->image_count == 0) {
            engine->disk_bytes -= content->layers[i]->size_bytes;
        }
    }
    if (image->parent) {
        image->parent->child_count--;
    }
    if (by) {
        content->removed_count++;
    }
    size_t at = index_of(engine, image);
    memmove(engine->images + at, engine->images + at + 1,
            (engine->image_count - at - 1) * sizeof(struct fake__image *));
    engine->image_count--;
    content->image = NULL;
    image_free(image);
    fake__tell(engine, &(struct fake_happening){
                           .kind = FAKE_HAPPENED_DELETED, .number = by, .image = content->id });
}

/* docs/ENGINE.md: "pull-adds-digest", "pull-closing-line", "pull-tag-moved". */
bool fake__land(struct fake_engine *engine, struct fake__name *name, struct fake__content *content,
                uint64_t by)
{
    struct fake__image *image = fake__image_make(engine, content, by);
    if (!name->by_digest) {
        fake__name_set(engine, fake__digest_name(engine, name, content), image, by);
    }
    bool set = fake__name_set(engine, name, image, by);
    name->is_own = name->by_digest && engine->personality == FAKE_PODMAN_4_3;
    return set;
}

bool fake_engine_has(const struct fake_engine *engine, const char *image)
{
    const struct fake__content *content = fake__content_by_id(engine, image);
    return content && content->image && strcmp(content->id, image) == 0;
}

const char *fake_engine_resolve(const struct fake_engine *engine, const char *name)
{
    if (fake_engine_has(engine, name)) {
        return fake__content_by_id(engine, name)->id;
    }
    const struct fake__name *found = fake__name_find(engine, name);
    return found && found->image ? found->image->content->id : NULL;
}

bool fake_engine_image(const struct fake_engine *engine, size_t index, struct fake_image_view *view)
{
    if (index >= engine->image_count) {
        return false;
    }
    const struct fake__image *image = engine->images[index];
    *view = (struct fake_image_view){
        .id = image->content->id,
        .nickname = image->content->nickname,
        .tags = { image->tags.texts, image->tags.count },
        .digests = { image->digests.texts, image->digests.count },
        .container_count = image->content->container_count,
        .running_count = image->content->running_count,
        .child_count = image->child_count,
        .size_bytes = image->content->size_bytes,
    };
    return true;
}

uint64_t fake_engine_disk_bytes(const struct fake_engine *engine)
{
    return engine->disk_bytes;
}

uint64_t fake_engine_removed_count(const struct fake_engine *engine, const char *nickname)
{
    const struct fake__content *content = fake__content_find(engine, nickname);
    return content ? content->removed_count : 0;
}

void fake__images_release(struct fake_engine *engine)
{
    for (size_t i = 0; i < engine->image_count; i++) {
        image_free(engine->images[i]);
    }
    fake_memory_free(engine->images);
}
