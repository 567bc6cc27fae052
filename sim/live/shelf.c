/* What the registry has in a live run: contents are made when they are first named, and
 * put there under the run's own names. Part of a live run (live_state.h). */
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/live/live_state.h"

#define LAYER_MAX 8 /* of its own; what is more is left out: only time would come of it */
#define LAYER_SIZE 256
#define SEED_SIZE 256

/* --- contents ------------------------------------------------------------------------- */

static size_t find_content(const struct sim_live *live, const char *nickname)
{
    size_t i = 0;
    while (i < live->content_count && strcmp(live->contents[i].nickname, nickname) != 0) {
        i++;
    }
    return i;
}

static bool needs_program(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].kind == SIM_STEP_RUN) {
            return true;
        }
    }
    return false;
}

/* Its base's layers first; what it was made from is known again by its digests. */
static void make_image(struct sim_live *live, struct live_content *content, const char *platform,
                       unsigned layer_count, const char *base)
{
    char seeds[2 * LAYER_MAX][SEED_SIZE];
    struct sim_live_layer layers[2 * LAYER_MAX];
    size_t count = 0;
    size_t own = layer_count < LAYER_MAX ? layer_count : LAYER_MAX;
    bool with_program = live->program.size > 0;
    const char *const owners[] = { base, content->nickname };
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; owners[k] != NULL && i < own; i++) {
            (void)snprintf(seeds[count], SEED_SIZE, "%s %.150s %zu", live->names.corner, owners[k],
                           i);
            layers[count] = (struct sim_live_layer){ .seed = seeds[count], .size = LAYER_SIZE };
            if (with_program && count == 0) {
                /* The same layer in all images: it comes once, and goes with the last. */
                layers[count].seed = "the program";
                layers[count].program = live->program.at;
                layers[count].program_size = live->program.size;
            }
            count++;
        }
    }
    char seed[SEED_SIZE];
    (void)snprintf(seed, sizeof(seed), "%s %.150s", live->names.corner, content->nickname);
    sim_live_image_make(&content->image, &(struct sim_live_image_spec){ .seed = seed,
                                                                        .layers = layers,
                                                                        .layer_count = count,
                                                                        .platform = platform });
}

size_t live_content(struct sim_live *live, const char *nickname, const char *platform,
                    unsigned layer_count, const char *base)
{
    size_t index = find_content(live, nickname);
    if (index < live->content_count) {
        return index;
    }
    if (live->program.size == 0 && needs_program(live->scenario)) {
        sim_live_busybox(&live->program);
    }
    live->contents =
        sim_array_grow(live->contents, &live->content_capacity, index + 1, sizeof(*live->contents));
    struct live_content *content = &live->contents[live->content_count++];
    *content = (struct live_content){ .nickname = nickname };
    make_image(live, content, platform, layer_count > 0 ? layer_count : 1, base);
    char told[SIM_LIVE_DIGEST_SIZE];
    fake_image_id(nickname, told);
    sim_live_names_pair(&live->names, told, content->image.config.digest);
    fake_manifest_digest(nickname, told);
    sim_live_names_pair(&live->names, told, content->image.manifest.digest);
    return index;
}

/* --- references ------------------------------------------------------------------------ */

static struct sim_live_registry registry_at(const struct sim_live *live, const char *address)
{
    bool asks =
        live->site->registry_auth != NULL && strcmp(address, live->site->registry_auth) == 0;
    return (struct sim_live_registry){ .address = address,
                                       .username = asks ? live->site->username : NULL,
                                       .password = asks ? live->site->password : NULL };
}

static struct live_shelved *find_shelved(const struct sim_live *live, const char *reference)
{
    for (size_t i = 0; i < live->shelf_count; i++) {
        if (strcmp(live->shelf[i].reference, reference) == 0) {
            return &live->shelf[i];
        }
    }
    return NULL;
}

static void shelve(struct sim_live *live, const char *reference, size_t content,
                   struct fake_window pull)
{
    struct live_shelved *found = find_shelved(live, reference);
    if (found == NULL) {
        live->shelf = sim_array_grow(live->shelf, &live->shelf_capacity, live->shelf_count + 1,
                                     sizeof(*live->shelf));
        found = &live->shelf[live->shelf_count++];
        found->reference = fake_memory_copy(reference);
    }
    found->content = content;
    found->pull = pull;
}

/* A parsed reference's repository, and what comes behind it. */
static void split(const char *text, char repository[SIM_LIVE_NAME_SIZE], const char **rest,
                  struct dd_reference *reference)
{
    if (dd_reference_parse(text, reference, NULL) != DD_OK) {
        (void)snprintf(repository, SIM_LIVE_NAME_SIZE, "%s", text);
        *rest = "";
        return;
    }
    (void)snprintf(repository, SIM_LIVE_NAME_SIZE, "%.*s", (int)reference->repository_length,
                   reference->text);
    *rest = reference->text + reference->repository_length + 1;
}

void live_push(void *ctx, const struct fake_manifest *manifest)
{
    struct sim_live *live = ctx;
    struct dd_reference reference;
    char repository[SIM_LIVE_NAME_SIZE];
    char path[SIM_LIVE_NAME_SIZE];
    char why[SIM_LIVE_WHY_SIZE] = "";
    const char *tag;
    const char *address;
    split(manifest->reference, repository, &tag, &reference);
    if (manifest->username != NULL) {
        sim_live_names_place(&live->names, repository, live->site->registry_auth);
    }
    size_t content = live_content(live, manifest->image, manifest->platform, manifest->layer_count,
                                  manifest->base);
    sim_live_names_path(&live->names, repository, path, &address);
    const struct sim_live_registry registry = registry_at(live, address);
    if (!sim_live_registry_put(&registry, path, tag, &live->contents[content].image, why)) {
        live_fail(live, "%s cannot be put into the registry: %s", manifest->reference, why);
    }
    shelve(live, reference.text, content, manifest->pull);
}

void live_unpush(void *ctx, const char *name)
{
    struct sim_live *live = ctx;
    struct dd_reference reference;
    char repository[SIM_LIVE_NAME_SIZE];
    char path[SIM_LIVE_NAME_SIZE];
    char why[SIM_LIVE_WHY_SIZE] = "";
    const char *tag;
    const char *address;
    split(name, repository, &tag, &reference);
    struct live_shelved *found = find_shelved(live, reference.text);
    if (found == NULL) {
        return;
    }
    const struct sim_live_image *image = &live->contents[found->content].image;
    sim_live_names_path(&live->names, repository, path, &address);
    const struct sim_live_registry registry = registry_at(live, address);
    if (!sim_live_registry_remove(&registry, path, image->manifest.digest, why)) {
        live_fail(live, "%s cannot be taken from the registry: %s", name, why);
    }
    fake_memory_free(found->reference);
    *found = live->shelf[--live->shelf_count];
}

const char *live_shelved_nickname(const struct sim_live *live, const char *reference)
{
    const struct live_shelved *found = find_shelved(live, reference);
    return found != NULL ? live->contents[found->content].nickname : NULL;
}

struct fake_window live_pull_window(const struct sim_live *live, const char *reference)
{
    static const struct fake_window none = { 0, 0 };
    const struct live_shelved *found = find_shelved(live, reference);
    const char *digest = strchr(reference, '@');
    for (size_t i = 0; found == NULL && digest != NULL && i < live->shelf_count; i++) {
        char told[SIM_LIVE_DIGEST_SIZE];
        fake_manifest_digest(live->contents[live->shelf[i].content].nickname, told);
        found = strcmp(told, digest + 1) == 0 ? &live->shelf[i] : NULL;
    }
    return found != NULL ? found->pull : none;
}

/* Of the manifest that the reference's repository demands it for. */
void live_login_of(const struct sim_live *live, const char *reference, const char **username,
                   const char **password)
{
    size_t length = strcspn(reference, "@");
    if (reference[length] == '\0') {
        length = (size_t)(strrchr(reference, ':') - reference);
    }
    for (size_t i = 0; i < live->scenario->manifest_count; i++) {
        const struct fake_manifest *manifest = &live->scenario->manifests[i];
        struct dd_reference parsed;
        if (manifest->username != NULL &&
            dd_reference_parse(manifest->reference, &parsed, NULL) == DD_OK &&
            parsed.repository_length == length && strncmp(parsed.text, reference, length) == 0) {
            *username = manifest->username;
            *password = manifest->password;
            return;
        }
    }
}

void live_shelf_release(struct sim_live *live)
{
    for (size_t i = 0; i < live->shelf_count; i++) {
        fake_memory_free(live->shelf[i].reference);
    }
    for (size_t i = 0; i < live->content_count; i++) {
        if (!live->contents[i].is_built) {
            sim_live_image_release(&live->contents[i].image);
        }
    }
    fake_memory_free(live->shelf);
    fake_memory_free(live->contents);
    fake_bytes_release(&live->program);
}
