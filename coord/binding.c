#include "coord/binding.h"

#include <assert.h>
#include <string.h>

static size_t binding_size(size_t room)
{
    return offsetof(struct dd__binding, suffix) + room;
}

static struct dd__binding *binding_create(struct dd_coord *coord, size_t room)
{
    struct dd__binding *binding = dd__alloc(&coord->env.allocator, binding_size(room));

    assert(room <= UINT8_MAX);
    if (binding != NULL) {
        binding->next = NULL;
        dd__list_init(&binding->in_repository);
        binding->examined = false;
        binding->room = (unsigned char)room;
    }
    return binding;
}

struct dd__binding *dd__binding_reserve(struct dd_coord *coord, size_t suffix_length)
{
    return binding_create(coord, suffix_length + 1);
}

struct dd__binding *dd__binding_reserve_digest(struct dd_coord *coord)
{
    return binding_create(coord, sizeof(struct dd__id));
}

void dd__binding_discard(struct dd_coord *coord, struct dd__binding *spare)
{
    if (spare != NULL) {
        dd__free(&coord->env.allocator, spare, binding_size(spare->room));
    }
}

/* Digests in binary wherever that is possible; their texts are seldom needed. False:
 * there is no room for it. */
static bool suffix_keep(struct dd__binding *binding, const struct dd__bound_name *name)
{
    size_t size = strlen(name->suffix) + 1;
    struct dd__id id = { .length = 0 };

    if (name->digest_id != NULL) {
        id = *name->digest_id;
    } else if (name->is_digest && !dd__id_read(&id, name->suffix)) {
        id.length = 0;
    }
    binding->is_digest = name->is_digest;
    binding->in_binary = id.length > 0 && binding->room >= sizeof id;
    if (binding->in_binary) {
        memcpy(binding->suffix, &id, sizeof id);
    } else if (size <= binding->room) {
        memcpy(binding->suffix, name->suffix, size);
    }
    return binding->in_binary || size <= binding->room;
}

/* The tag or the digest; it may lie in @room. */
static const char *suffix_of(const struct dd__binding *binding, char room[DD_IMAGE_ID_MAX + 1])
{
    struct dd__id id;

    if (!binding->in_binary) {
        return binding->suffix;
    }
    memcpy(&id, binding->suffix, sizeof id);
    dd__id_write(&id, room);
    return room;
}

static bool is_called(const struct dd__binding *binding, bool is_digest, const char *suffix)
{
    char room[DD_IMAGE_ID_MAX + 1];

    return binding->is_digest == is_digest && strcmp(suffix_of(binding, room), suffix) == 0;
}

static bool is_named(const struct dd__binding *binding, const struct dd__bound_name *name)
{
    struct dd__id id;

    if (binding->repository != name->repository) {
        return false;
    }
    if (binding->in_binary && name->digest_id != NULL) {
        memcpy(&id, binding->suffix, sizeof id);
        return dd__id_equal(&id, name->digest_id);
    }
    return is_called(binding, name->is_digest, name->suffix);
}

struct dd__binding *dd__binding_find(const struct dd__image *image,
                                     const struct dd__bound_name *name)
{
    struct dd__binding *binding = image->bindings;

    while (binding != NULL && !is_named(binding, name)) {
        binding = binding->next;
    }
    return binding;
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
    const char *suffix;

    if (listed == NULL) {
        return NULL;
    }
    suffix = suffix_after(repository, listed, is_digest);
    if (suffix != NULL && (*is_digest || strchr(suffix, '/') == NULL)) {
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
    struct dd__binding *binding;
    struct dd_reference room;
    bool is_digest;

    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        const char *suffix = dd__listed_suffix(binding->repository, listed, &is_digest, &room);
        if (suffix != NULL && is_called(binding, is_digest, suffix)) {
            return binding;
        }
    }
    return NULL;
}

void dd__binding_name(const struct dd__binding *binding, char out[DD_REFERENCE_MAX + 1])
{
    char room[DD_IMAGE_ID_MAX + 1];
    const char *suffix = suffix_of(binding, room);
    size_t length = binding->repository->name_length;
    size_t suffix_length = strlen(suffix);

    assert(length + 1 + suffix_length <= DD_REFERENCE_MAX);
    memcpy(out, binding->repository->name, length);
    out[length] = binding->is_digest ? '@' : ':';
    memcpy(out + length + 1, suffix, suffix_length + 1);
}

static void binding_say(const struct dd_coord *coord, enum dd_event_kind kind,
                        const struct dd__binding *binding, const char *why)
{
    char name[DD_REFERENCE_MAX + 1];

    if (coord->env.observer.ops != NULL) {
        dd__binding_name(binding, name);
        dd__emit_image(coord, binding->image,
                       (struct dd_event){ .kind = kind, .reference = name, .message = why });
    }
}

/* The first time. */
static void binding_record(struct dd_coord *coord, struct dd__image *image,
                           const struct dd__bound_name *name, struct dd__binding **spare)
{
    struct dd__binding *binding = *spare;
    struct dd__binding **last = &image->bindings;

    assert(binding != NULL);
    if (!suffix_keep(binding, name)) {
        return;
    }
    *spare = NULL;
    binding->image = image;
    binding->repository = name->repository;
    binding->fresh = true;
    name->repository->user_count++;
    name->repository->unanswered_count += image->unanswered;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = binding;
    dd__list_add_last(&name->repository->bindings, &binding->in_repository);
    image->ours = true;
    binding_say(coord, DD_EVENT_BOUND, binding, NULL);
    if (name->repository->busy_count > 0) {
        dd__image_wanted_now(coord, image);
    }
}

void dd__bind(struct dd_coord *coord, struct dd__image *image, const struct dd__bound_name *name,
              struct dd__binding **spare)
{
    struct dd__binding *binding;

    if (!coord->config.cleanup) {
        return;
    }
    binding = dd__binding_find(image, name);
    if (binding != NULL) {
        binding->fresh = true;
    } else {
        binding_record(coord, image, name, spare);
    }
}

static void binding_drop(struct dd_coord *coord, struct dd__binding *binding)
{
    struct dd__repository *repository = binding->repository;
    struct dd__binding **at = &binding->image->bindings;

    while (*at != binding) {
        at = &(*at)->next;
    }
    *at = binding->next;
    repository->unanswered_count -= binding->image->unanswered;
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
    while (image->bindings != NULL) {
        binding_drop(coord, image->bindings);
    }
}

void dd__bindings_grow_old(struct dd__image *image)
{
    struct dd__binding *binding;

    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        binding->fresh = false;
    }
}

bool dd__bindings_any_fresh(const struct dd__image *image)
{
    const struct dd__binding *binding = image->bindings;

    while (binding != NULL && !binding->fresh) {
        binding = binding->next;
    }
    return binding != NULL;
}

void dd__bindings_examine_anew(struct dd__image *image)
{
    struct dd__binding *binding;

    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        binding->examined = false;
    }
}

void dd__bindings_unanswered(struct dd__image *image, bool unanswered)
{
    struct dd__binding *binding;

    assert(image->unanswered != unanswered);
    image->unanswered = unanswered;
    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        if (unanswered) {
            binding->repository->unanswered_count++;
        } else {
            binding->repository->unanswered_count--;
        }
    }
}
