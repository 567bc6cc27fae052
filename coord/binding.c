#include "coord/binding.h"

#include <assert.h>
#include <string.h>

#define EACH_BINDING(link, image) DD__LIST_EACH (link, &(image)->bindings)

static struct dd__binding *binding_at(struct dd__list *link)
{
    return DD__CONTAINER(link, struct dd__binding, in_image);
}

struct dd__binding *dd__binding_reserve(struct dd_coord *coord, size_t room)
{
    struct dd__binding *binding = dd__alloc(&coord->env.allocator, sizeof *binding + room + 1);

    assert(room <= UINT8_MAX);
    if (binding != NULL) {
        *binding = (struct dd__binding){.room = (unsigned char)room};
        dd__list_init(&binding->in_image);
        dd__list_init(&binding->in_repository);
    }
    return binding;
}

void dd__binding_discard(struct dd_coord *coord, struct dd__binding *spare)
{
    if (spare != NULL) {
        dd__free(&coord->env.allocator, spare, sizeof *spare + spare->room + 1U);
    }
}

struct dd__binding *dd__binding_find(const struct dd__image *image, struct dd__bound_name name)
{
    struct dd__list *link;

    EACH_BINDING(link, image)
    {
        struct dd__binding *binding = binding_at(link);
        if (binding->repository == name.repository && binding->is_digest == name.is_digest &&
            strcmp(binding->suffix, name.suffix) == 0) {
            return binding;
        }
    }
    return NULL;
}

static const char *suffix_after(const struct dd__repository *repository, const char *text,
                                bool *is_digest)
{
    size_t length = repository->name_length;

    if (strncmp(text, repository->name, length) != 0 ||
        (text[length] != ':' && text[length] != '@')) {
        return NULL;
    }
    *is_digest = text[length] == '@';
    return text + length + 1;
}

/* Engines list names in our normal form, or (Podman) with the host: only the
 * latter needs to be parsed. A tag never holds a slash, a host's port does. */
const char *dd__listed_suffix(const struct dd__repository *repository, const char *listed,
                              bool *is_digest, struct dd_reference *room)
{
    const char *suffix = suffix_after(repository, listed, is_digest);

    if (suffix != NULL && strchr(suffix, '/') == NULL) {
        return suffix;
    }
    if (dd_reference_parse(listed, room, NULL) != DD_OK ||
        room->repository_length != repository->name_length) {
        return NULL;
    }
    return suffix_after(repository, room->text, is_digest);
}

struct dd__binding *dd__binding_find_listed(const struct dd__image *image, const char *listed)
{
    struct dd__list *link;
    struct dd_reference room;
    const char *suffix;
    bool is_digest;

    EACH_BINDING(link, image)
    {
        struct dd__binding *binding = binding_at(link);
        suffix = dd__listed_suffix(binding->repository, listed, &is_digest, &room);
        if (suffix != NULL && is_digest == binding->is_digest &&
            strcmp(suffix, binding->suffix) == 0) {
            return binding;
        }
    }
    return NULL;
}

void dd__binding_name(const struct dd__binding *binding, char out[DD_REFERENCE_MAX + 1])
{
    size_t length = binding->repository->name_length;
    size_t suffix_length = strlen(binding->suffix);

    assert(length + 1 + suffix_length <= DD_REFERENCE_MAX);
    memcpy(out, binding->repository->name, length);
    out[length] = binding->is_digest ? '@' : ':';
    memcpy(out + length + 1, binding->suffix, suffix_length + 1);
}

static void binding_say(const struct dd_coord *coord, enum dd_event_kind kind,
                        const struct dd__binding *binding, const char *why)
{
    char name[DD_REFERENCE_MAX + 1];

    if (coord->env.observer.ops != NULL) {
        dd__binding_name(binding, name);
        dd__emit(coord, (struct dd_event){.kind = kind,
                                          .reference = name,
                                          .image = binding->image->id,
                                          .message = why});
    }
}

void dd__bind(struct dd_coord *coord, struct dd__image *image, struct dd__bound_name name,
              struct dd__binding **spare)
{
    struct dd__binding *binding;
    size_t length = strlen(name.suffix);

    if (!coord->config.cleanup) {
        return;
    }
    binding = dd__binding_find(image, name);
    if (binding != NULL) {
        binding->fresh = true;
        return;
    }
    binding = *spare;
    assert(binding != NULL && length <= binding->room);
    *spare = NULL;
    binding->image = image;
    binding->repository = name.repository;
    binding->is_digest = name.is_digest;
    binding->fresh = true;
    memcpy(binding->suffix, name.suffix, length + 1);
    name.repository->user_count++;
    name.repository->unanswered_count += image->unanswered;
    dd__list_add_last(&image->bindings, &binding->in_image);
    dd__list_add_last(&name.repository->bindings, &binding->in_repository);
    image->ours = true;
    binding_say(coord, DD_EVENT_BOUND, binding, NULL);
    if (name.repository->busy_count > 0) {
        dd__image_wanted_now(coord, image);
    }
}

static void binding_drop(struct dd_coord *coord, struct dd__binding *binding)
{
    struct dd__repository *repository = binding->repository;

    repository->unanswered_count -= binding->image->unanswered;
    dd__list_remove(&binding->in_image);
    dd__list_remove(&binding->in_repository);
    dd__binding_discard(coord, binding);
    dd__repository_unuse(coord, repository);
}

void dd__unbind(struct dd_coord *coord, struct dd__binding *binding, const char *why)
{
    binding_say(coord, DD_EVENT_UNBOUND, binding, why);
    binding_drop(coord, binding);
}

void dd__bindings_drop(struct dd_coord *coord, struct dd__image *image)
{
    struct dd__list *link;
    struct dd__list *after;

    DD__LIST_EACH_SAFE (link, after, &image->bindings) {
        binding_drop(coord, binding_at(link));
    }
}

void dd__bindings_grow_old(struct dd__image *image)
{
    struct dd__list *link;

    EACH_BINDING(link, image)
    {
        binding_at(link)->fresh = false;
    }
}

bool dd__bindings_any_fresh(const struct dd__image *image)
{
    struct dd__list *link;

    EACH_BINDING(link, image)
    {
        if (binding_at(link)->fresh) {
            return true;
        }
    }
    return false;
}

void dd__bindings_unanswered(struct dd__image *image, bool unanswered)
{
    struct dd__list *link;

    assert(image->unanswered != unanswered);
    image->unanswered = unanswered;
    EACH_BINDING(link, image)
    {
        if (unanswered) {
            binding_at(link)->repository->unanswered_count++;
        } else {
            binding_at(link)->repository->unanswered_count--;
        }
    }
}
