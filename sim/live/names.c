#include "sim/live/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"

#define ALGORITHM "sha256:"
#define DIGIT_COUNT 64
#define DIGEST_LENGTH (sizeof(ALGORITHM) - 1 + DIGIT_COUNT)

void sim_live_names_init(struct sim_live_names *names, const char *registry, const char *corner)
{
    *names = (struct sim_live_names){ .registry = registry };
    (void)snprintf(names->corner, sizeof(names->corner), "%s", corner);
}

void sim_live_names_release(struct sim_live_names *names)
{
    for (size_t i = 0; i < names->repository_count; i++) {
        fake_memory_free(names->repositories[i].name);
    }
    for (size_t i = 0; i < names->pair_count; i++) {
        fake_memory_free(names->pairs[i].told);
        fake_memory_free(names->pairs[i].real);
    }
    fake_memory_free(names->repositories);
    fake_memory_free(names->pairs);
    *names = (struct sim_live_names){ .registry = NULL };
}

static size_t repository_number(struct sim_live_names *names, const char *name, size_t length)
{
    for (size_t i = 0; i < names->repository_count; i++) {
        const char *known = names->repositories[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            return i;
        }
    }
    names->repositories = sim_array_grow(names->repositories, &names->repository_capacity,
                                         names->repository_count + 1, sizeof(*names->repositories));
    struct sim_live_repository *added = &names->repositories[names->repository_count];
    added->name = fake_memory_alloc(length + 1);
    memcpy(added->name, name, length);
    added->there = names->registry;
    return names->repository_count++;
}

void sim_live_names_place(struct sim_live_names *names, const char *repository,
                          const char *registry)
{
    size_t number = repository_number(names, repository, strlen(repository));
    names->repositories[number].there = registry;
}

void sim_live_names_pair(struct sim_live_names *names, const char *told, const char *real)
{
    size_t number = 0;
    while (number < names->pair_count && strcmp(names->pairs[number].told, told) != 0) {
        number++;
    }
    if (number == names->pair_count) {
        names->pairs = sim_array_grow(names->pairs, &names->pair_capacity, names->pair_count + 1,
                                      sizeof(*names->pairs));
        names->pairs[names->pair_count++] =
            (struct sim_live_pair){ .told = fake_memory_copy(told) };
    } else {
        fake_memory_free(names->pairs[number].real);
    }
    names->pairs[number].real = fake_memory_copy(real);
}

/* --- into the engine's words ----------------------------------------------------------- */

void sim_live_names_path(struct sim_live_names *names, const char *repository,
                         char out[SIM_LIVE_NAME_SIZE], const char **registry)
{
    size_t number = repository_number(names, repository, strlen(repository));
    (void)snprintf(out, SIM_LIVE_NAME_SIZE, "%s/r%zu", names->corner, number);
    if (registry != NULL) {
        *registry = names->repositories[number].there;
    }
}

/* A digest that nothing here has is itself. */
static const char *real_digest(const struct sim_live_names *names, const char *told)
{
    for (size_t i = 0; i < names->pair_count; i++) {
        if (strcmp(names->pairs[i].told, told) == 0) {
            return names->pairs[i].real;
        }
    }
    return told;
}

/* How long the repository of a reference in normal form is. */
static size_t repository_length(const char *name)
{
    size_t length = strcspn(name, "@");
    if (name[length] == '@') {
        return length;
    }
    const char *slash = strrchr(name, '/');
    const char *colon = strchr(slash != NULL ? slash : name, ':');
    return colon != NULL ? (size_t)(colon - name) : length;
}

void sim_live_names_real(struct sim_live_names *names, const char *name,
                         char out[SIM_LIVE_NAME_SIZE])
{
    if (strncmp(name, ALGORITHM, strlen(ALGORITHM)) == 0) {
        (void)snprintf(out, SIM_LIVE_NAME_SIZE, "%s", real_digest(names, name));
        return;
    }
    size_t length = repository_length(name);
    size_t number = repository_number(names, name, length);
    const char *rest = name + length;
    bool by_digest = *rest == '@';
    (void)snprintf(out, SIM_LIVE_NAME_SIZE, "%s/%s/r%zu%s%s", names->repositories[number].there,
                   names->corner, number, by_digest ? "@" : rest,
                   by_digest ? real_digest(names, rest + 1) : "");
}

/* --- into the scenario's words --------------------------------------------------------- */

/* How many bytes of @text are a repository of this corner, its registry apart; 0: none. */
static size_t corner_length(const struct sim_live_names *names, const char *text, size_t *number)
{
    size_t length = strlen(names->corner);
    if (strncmp(text, names->corner, length) != 0 || text[length] != '/' ||
        text[length + 1] != 'r' || text[length + 2] < '0' || text[length + 2] > '9') {
        return 0;
    }
    char *end;
    unsigned long parsed = strtoul(text + length + 2, &end, 10);
    if (parsed >= names->repository_count) {
        return 0;
    }
    *number = parsed;
    return (size_t)(end - text);
}

/* Likewise with its registry, which an engine's text may have in front. */
static size_t repository_at(const struct sim_live_names *names, const char *text, size_t *number)
{
    for (size_t i = 0; i < names->repository_count; i++) {
        const char *there = names->repositories[i].there;
        size_t length = strlen(there);
        if (strncmp(text, there, length) == 0 && text[length] == '/') {
            size_t rest = corner_length(names, text + length + 1, number);
            return rest > 0 ? length + 1 + rest : 0;
        }
    }
    return corner_length(names, text, number);
}

/* What the digest is told as that begins at @text, and how long it is; Podman leaves out
 * the algorithm in places, and so does what is told then. */
static const char *digest_at(const struct sim_live_names *names, const char *text, size_t *length)
{
    bool bare = strncmp(text, ALGORITHM, strlen(ALGORITHM)) != 0;
    size_t skipped = bare ? strlen(ALGORITHM) : 0;
    if (strspn(text + (bare ? 0 : strlen(ALGORITHM)), "0123456789abcdef") < DIGIT_COUNT) {
        return NULL;
    }
    for (size_t i = 0; i < names->pair_count; i++) {
        if (strncmp(text, names->pairs[i].real + skipped, DIGEST_LENGTH - skipped) == 0) {
            *length = DIGEST_LENGTH - skipped;
            return names->pairs[i].told + skipped;
        }
    }
    return NULL;
}

void sim_live_names_told(const struct sim_live_names *names, const char *text,
                         struct fake_bytes *out)
{
    while (*text != '\0') {
        size_t number = 0;
        size_t length = repository_at(names, text, &number);
        size_t digest_length = 0;
        const char *digest = digest_at(names, text, &digest_length);
        if (length > 0) {
            fake_bytes_text(out, names->repositories[number].name);
            text += length;
        } else if (digest != NULL) {
            fake_bytes_text(out, digest);
            text += digest_length;
        } else {
            fake_bytes_char(out, *text++);
        }
    }
}

bool sim_live_names_has(const struct sim_live_names *names, const char *reference)
{
    size_t number;
    return repository_at(names, reference, &number) > 0;
}
