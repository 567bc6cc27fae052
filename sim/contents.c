/* What a scenario's names mean: nicknames of content, and references that the
 * registry has, or will have had. Part of the world (world_state.h). */
#include <string.h>

#include "sim/world_state.h"

static const char *normal_form(struct sim_world *world, const char *text, size_t *repository_length)
{
    struct dd_reference reference;
    if (dd_reference_parse(text, &reference, NULL) != DD_OK) {
        *repository_length = strlen(text);
        return text;
    }
    *repository_length = reference.repository_length;
    return sim_arena_text(&world->arena, reference.text);
}

static void content_add(struct sim_world *world, const struct fake_manifest *manifest)
{
    struct sim_content *content = &world->contents[world->content_count++];
    content->reference = normal_form(world, manifest->reference, &content->repository_length);
    content->nickname = manifest->image;
    content->username = manifest->username;
    content->password = manifest->password;
    fake_image_id(manifest->image, content->id);
}

void sim_contents_create(struct sim_world *world)
{
    const struct sim_scenario *scenario = world->scenario;
    world->contents = sim_arena_alloc(
        &world->arena, scenario->manifest_count + scenario->step_count, sizeof(*world->contents));
    for (size_t i = 0; i < scenario->manifest_count; i++) {
        content_add(world, &scenario->manifests[i]);
    }
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct sim_step *step = &scenario->steps[i];
        if (step->kind == SIM_STEP_PUSH) {
            content_add(world, &step->manifest);
        }
    }
}

const char *sim_image_of(struct sim_world *world, const char *name, char id[72])
{
    if (sim_scenario_has_nickname(world->scenario, name)) {
        fake_image_id(name, id);
        return id;
    }
    const char *image = world->outside.ops->resolve(world->outside.ctx, name);
    if (image != NULL) {
        return image;
    }
    for (size_t i = 0; i < world->content_count; i++) {
        if (strcmp(world->contents[i].reference, name) == 0) {
            return world->contents[i].id;
        }
    }
    return NULL;
}

bool sim_image_ever(const struct sim_world *world, const char *name, const char *image)
{
    if (sim_scenario_has_nickname(world->scenario, name)) {
        char id[72];
        fake_image_id(name, id);
        return strcmp(id, image) == 0;
    }
    for (size_t i = 0; i < world->content_count; i++) {
        const struct sim_content *content = &world->contents[i];
        if (strcmp(content->reference, name) == 0 && strcmp(content->id, image) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A token is the registry's password in another form. */
static bool is_let_in(const struct sim_content *content, const struct dd_credentials *credentials)
{
    if (content->username == NULL && content->password == NULL) {
        return true;
    }
    if (credentials == NULL) {
        return false;
    }
    if (credentials->identity_token != NULL) {
        return same_text(credentials->identity_token, content->password);
    }
    return same_text(credentials->username, content->username) &&
           same_text(credentials->password, content->password);
}

bool sim_image_allowed(const struct sim_world *world, const char *reference, const char *image,
                       const struct dd_credentials *credentials)
{
    size_t repository_length = strcspn(reference, "@");
    if (reference[repository_length] == '\0') {
        const char *colon = strrchr(reference, ':');
        repository_length = colon != NULL ? (size_t)(colon - reference) : repository_length;
    }
    for (size_t i = 0; i < world->content_count; i++) {
        const struct sim_content *content = &world->contents[i];
        if (strcmp(content->id, image) != 0 || content->repository_length != repository_length ||
            strncmp(content->reference, reference, repository_length) != 0) {
            continue;
        }
        if (is_let_in(content, credentials)) {
            return true;
        }
    }
    return false;
}
