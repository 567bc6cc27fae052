#include "coord/repository.h"

#include <assert.h>
#include <string.h>

#include "coord/binding.h"
#include "coord/image.h"

static size_t repository_size(size_t name_length)
{
    return offsetof(struct dd__repository, name) + name_length + 1;
}

struct dd__repository *dd__repository_use(struct dd_coord *coord, const char *name, size_t length)
{
    uint64_t hash = dd__hash(coord, name, length);
    struct dd__node *node;
    struct dd__repository *repository;

    for (node = dd__table_first(&coord->repositories, hash); node != NULL; node = node->next) {
        repository = DD__CONTAINER(node, struct dd__repository, by_name);
        if (repository->name_length == length && memcmp(repository->name, name, length) == 0) {
            repository->user_count++;
            return repository;
        }
    }
    repository = dd__alloc(&coord->env.allocator, repository_size(length));
    if (repository == NULL) {
        return NULL;
    }
    *repository = (struct dd__repository){ .user_count = 1, .name_length = (unsigned short)length };
    dd__list_init(&repository->bindings);
    memcpy(repository->name, name, length);
    repository->name[length] = '\0';
    dd__table_insert(&coord->repositories, &repository->by_name, hash);
    return repository;
}

static void rest_is_over(struct dd_coord *coord)
{
    struct dd__reference *reference = coord->resting_reference;

    coord->resting_reference = NULL;
    dd__table_remove(&coord->references, &reference->by_text, reference->hash);
    dd__free(&coord->env.allocator, reference, sizeof *reference + reference->text_length + 1U);
}

void dd__repository_unuse(struct dd_coord *coord, struct dd__repository *repository)
{
    assert(repository->user_count > 0);
    if (--repository->user_count > 0) {
        return;
    }
    assert(dd__list_is_empty(&repository->bindings) && repository->unanswered_count == 0);
    if (coord->resting_reference != NULL && coord->resting_reference->repository == repository) {
        rest_is_over(coord);
    }
    dd__table_remove(&coord->repositories, &repository->by_name,
                     dd__hash(coord, repository->name, repository->name_length));
    dd__free(&coord->env.allocator, repository, repository_size(repository->name_length));
}

/* From now on the repository's images are wanted: those that are on their way out
 * are rescued. */
static void repository_grew_busy(struct dd_coord *coord, struct dd__repository *repository)
{
    struct dd__list *link;

    if (repository->busy_count++ > 0 || coord->removing_count == 0) {
        return;
    }
    for (link = repository->bindings.next; link != &repository->bindings; link = link->next) {
        dd__image_wanted_now(coord, DD__CONTAINER(link, struct dd__binding, in_repository)->image);
    }
}

static void repository_grew_quiet(struct dd_coord *coord, struct dd__repository *repository)
{
    struct dd__list *link;

    if (--repository->busy_count > 0 || !repository->deferring) {
        return;
    }
    repository->deferring = false;
    for (link = repository->bindings.next; link != &repository->bindings; link = link->next) {
        dd__image_maybe_unwanted(coord,
                                 DD__CONTAINER(link, struct dd__binding, in_repository)->image);
    }
}

struct dd__reference *dd__reference_find(const struct dd_coord *coord,
                                         const struct dd_reference *parsed, uint64_t *hash)
{
    size_t length = parsed->length;
    struct dd__node *node;

    *hash = dd__hash(coord, parsed->text, length);
    for (node = dd__table_first(&coord->references, *hash); node != NULL; node = node->next) {
        struct dd__reference *reference = DD__CONTAINER(node, struct dd__reference, by_text);
        if (reference->text_length == length &&
            memcmp(reference->text, parsed->text, length) == 0) {
            return reference;
        }
    }
    return NULL;
}

struct dd__reference *dd__reference_begin(struct dd_coord *coord, const struct dd_reference *parsed,
                                          uint64_t hash)
{
    size_t length = parsed->length;
    struct dd__reference *reference;

    reference = dd__alloc(&coord->env.allocator, sizeof *reference + length + 1);
    if (reference == NULL) {
        return NULL;
    }
    reference->hash = hash;
    reference->repository = dd__repository_use(coord, parsed->text, parsed->repository_length);
    reference->running = NULL;
    reference->user_count = 1;
    reference->by_digest = parsed->by_digest;
    reference->text_length = (unsigned short)length;
    if (reference->repository == NULL) {
        dd__free(&coord->env.allocator, reference, sizeof *reference + length + 1);
        return NULL;
    }
    dd__list_init(&reference->pulls);
    dd__list_init(&reference->spares);
    dd__list_init(&reference->owing);
    memcpy(reference->text, parsed->text, length + 1);
    dd__table_insert(&coord->references, &reference->by_text, hash);
    repository_grew_busy(coord, reference->repository);
    return reference;
}

void dd__reference_use(struct dd_coord *coord, struct dd__reference *reference)
{
    if (reference->user_count++ == 0) {
        assert(coord->resting_reference == reference);
        coord->resting_reference = NULL;
        reference->repository->user_count++;
        repository_grew_busy(coord, reference->repository);
    }
}

void dd__reference_unuse(struct dd_coord *coord, struct dd__reference *reference)
{
    struct dd__repository *repository = reference->repository;

    assert(reference->user_count > 0);
    if (--reference->user_count > 0) {
        return;
    }
    assert(reference->running == NULL && dd__list_is_empty(&reference->pulls) &&
           dd__list_is_empty(&reference->spares) && dd__list_is_empty(&reference->owing));
    repository_grew_quiet(coord, repository);
    if (coord->resting_reference != NULL) {
        rest_is_over(coord);
    }
    coord->resting_reference = reference;
    dd__repository_unuse(coord, repository);
}
