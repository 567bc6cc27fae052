/* What a real engine has, of what is this run's: read by its API, told in the scenario's
 * words. Part of a live run (live_state.h). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/live/live_view.h"

#define LIST_TRIES 50

static char *told(const struct sim_live *live, const char *text)
{
    struct fake_bytes words;
    fake_bytes_init(&words);
    sim_live_names_told(&live->names, text, &words);
    char *copy = fake_memory_copy(words.at != NULL ? words.at : "");
    fake_bytes_release(&words);
    return copy;
}

/* Podman leaves the algorithm out. */
static void whole_id(const char *id, char out[SIM_LIVE_DIGEST_SIZE])
{
    bool bare = strncmp(id, "sha256:", strlen("sha256:")) != 0;
    (void)snprintf(out, SIM_LIVE_DIGEST_SIZE, "%s%s", bare ? "sha256:" : "", id);
}

const char *live_nickname(void *ctx, const char *id)
{
    const struct sim_live *live = ctx;
    char known[SIM_LIVE_DIGEST_SIZE];
    for (size_t i = 0; i < live->content_count; i++) {
        fake_image_id(live->contents[i].nickname, known);
        if (strcmp(known, id) == 0) {
            return live->contents[i].nickname;
        }
        fake_manifest_digest(live->contents[i].nickname, known);
        if (strcmp(known, id) == 0) {
            return live->contents[i].nickname;
        }
    }
    return NULL;
}

/* --- one look --------------------------------------------------------------------------- */

static void drop_views(struct sim_live *live)
{
    for (size_t i = 0; i < live->view_count; i++) {
        struct live_view *view = &live->views[i];
        for (size_t k = 0; k < view->name_count; k++) {
            fake_memory_free(view->names[k]);
        }
        for (size_t k = 0; k < view->digest_count; k++) {
            fake_memory_free(view->digests[k]);
        }
        fake_memory_free(view->names);
        fake_memory_free(view->digests);
        fake_memory_free(view->id);
        fake_memory_free(view->real_id);
    }
    live->view_count = 0;
}

/* Names of this run, told; true if there is one. Podman lists a name by digest among the
 * tags, too. */
static bool read_names(const struct sim_live *live, const cJSON *array, bool by_digest, char ***out,
                       size_t *count)
{
    const cJSON *item;
    size_t capacity = 0;
    cJSON_ArrayForEach(item, array)
    {
        const char *text = cJSON_GetStringValue(item);
        bool fits = text != NULL && (strchr(text, '@') != NULL) == by_digest;
        if (fits && sim_live_names_has(&live->names, text)) {
            *out = sim_array_grow(*out, &capacity, *count + 1, sizeof(**out));
            (*out)[(*count)++] = told(live, text);
        }
    }
    return *count > 0;
}

static void add_view(struct sim_live *live, const cJSON *listed)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(listed, "Id"));
    struct live_view view = { .id = NULL };
    char id[SIM_LIVE_DIGEST_SIZE];
    if (text == NULL) {
        return;
    }
    whole_id(text, id);
    bool named = read_names(live, cJSON_GetObjectItemCaseSensitive(listed, "RepoTags"), false,
                            &view.names, &view.name_count);
    named = read_names(live, cJSON_GetObjectItemCaseSensitive(listed, "RepoDigests"), true,
                       &view.digests, &view.digest_count) ||
            named;
    view.real_id = fake_memory_copy(id);
    view.id = told(live, id);
    view.nickname = live_nickname(live, view.id);
    if (view.nickname == NULL && !named) {
        fake_memory_free(view.id);
        fake_memory_free(view.real_id);
        return; /* somebody else's */
    }
    view.nickname = view.nickname != NULL ? view.nickname : "an image without a nickname";
    live->views =
        sim_array_grow(live->views, &live->view_capacity, live->view_count + 1, sizeof(view));
    live->views[live->view_count++] = view;
}

void live_look(struct sim_live *live)
{
    struct sim_live_http_answer answer;
    if (live->is_down) {
        return;
    }
    drop_views(live);
    live_ask(live, "GET", "/images/json?all=1", NULL, NULL, &answer);
    /* Podman's list fails where an image goes while it is made. */
    for (unsigned i = 0; i < LIST_TRIES && answer.status == 500; i++) {
        sim_live_http_release(&answer);
        live_ask(live, "GET", "/images/json?all=1", NULL, NULL, &answer);
    }
    cJSON *list =
        answer.status == 200 ? cJSON_ParseWithLength(answer.body.at, answer.body.size) : NULL;
    const cJSON *item;
    if (!cJSON_IsArray(list)) {
        live_fail(live, "the engine does not list its images: %u %s", answer.status, answer.why);
    }
    cJSON_ArrayForEach(item, list)
    {
        add_view(live, item);
    }
    cJSON_Delete(list);
    sim_live_http_release(&answer);
}

bool live_image(void *ctx, size_t index, struct fake_image_view *view)
{
    struct sim_live *live = ctx;
    if (index == 0) {
        live_look(live);
    }
    if (index >= live->view_count) {
        return false;
    }
    const struct live_view *at = &live->views[index];
    *view = (struct fake_image_view){
        .id = at->id,
        .nickname = at->nickname,
        .tags = { (const char *const *)at->names, at->name_count },
        .digests = { (const char *const *)at->digests, at->digest_count },
    };
    return true;
}

const char *live_resolve(void *ctx, const char *name)
{
    struct sim_live *live = ctx;
    char real[SIM_LIVE_NAME_SIZE];
    char path[SIM_LIVE_NAME_SIZE + 32];
    char id[SIM_LIVE_DIGEST_SIZE];
    struct sim_live_http_answer answer;
    if (live->is_down) {
        return NULL;
    }
    sim_live_names_real(&live->names, name, real);
    (void)snprintf(path, sizeof(path), "/images/%s/json", real);
    live_ask(live, "GET", path, NULL, NULL, &answer);
    cJSON *image =
        answer.status == 200 ? cJSON_ParseWithLength(answer.body.at, answer.body.size) : NULL;
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(image, "Id"));
    bool found = text != NULL;
    if (found) {
        whole_id(text, id);
        char *words = told(live, id);
        (void)snprintf(live->resolved, sizeof(live->resolved), "%s", words);
        fake_memory_free(words);
    }
    cJSON_Delete(image);
    sim_live_http_release(&answer);
    return found ? live->resolved : NULL;
}

/* --- what our calls removed --------------------------------------------------------------- */

void live_count_removed(struct sim_live *live, const struct dd_strings *deleted)
{
    for (size_t i = 0; i < deleted->count; i++) {
        char id[SIM_LIVE_DIGEST_SIZE];
        char known[SIM_LIVE_DIGEST_SIZE];
        whole_id(deleted->at[i], id);
        for (size_t k = 0; k < live->content_count; k++) {
            fake_image_id(live->contents[k].nickname, known);
            live->contents[k].removed_count += strcmp(known, id) == 0 ? 1 : 0;
        }
    }
}

/* Row "podman-children": an image that others have the layers of goes, and is not listed. */
void live_aim(struct sim_live *live, const char *name, char out[SIM_LIVE_DIGEST_SIZE])
{
    const char *id = live->site->personality == FAKE_PODMAN_4_3 ? live_resolve(live, name) : NULL;
    (void)snprintf(out, SIM_LIVE_DIGEST_SIZE, "%s", id != NULL ? id : "");
}

void live_count_unlisted(struct sim_live *live, const char *aim, const struct dd_answer *answer)
{
    const char *at[] = { aim };
    const struct dd_strings one = { at, 1 };
    if (*aim != '\0' && answer->http_status == 200 && answer->deleted.count == 0 &&
        live_resolve(live, aim) == NULL) {
        live_count_removed(live, &one);
    }
}

uint64_t live_removed_count(void *ctx, const char *nickname)
{
    const struct sim_live *live = ctx;
    for (size_t i = 0; i < live->content_count; i++) {
        if (strcmp(live->contents[i].nickname, nickname) == 0) {
            return live->contents[i].removed_count;
        }
    }
    return 0;
}

/* The registry is not asked: scenarios that expect a number of requests are not played. */
uint64_t live_manifest_requests(void *ctx, const char *reference)
{
    (void)ctx;
    (void)reference;
    return 0;
}

void live_truth_release(struct sim_live *live)
{
    drop_views(live);
    fake_memory_free(live->views);
}
