#include "sim/soak/others.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/live/http.h"
#include "sim/process.h"
#include "sim/progress.h"
#include "sim/soak/callers.h"
#include "sim/soak/images.h"

#define REST_MAX_MS 150
#define OWN_NAME_COUNT 12 /* names that he gives, and takes away again */
#define CONTAINER_COUNT 6
#define TIMEOUT_MS 10000
#define CLEAN_TRY_MAX 120
#define CLEAN_REST_MS 250
#define PATH_SIZE 512

struct sim_others {
    struct sim_others_options options;
    pthread_t thread;
    atomic_bool ends;
    uint64_t random;
    uint64_t number; /* of what he does */
};

/* --- asking the engine ------------------------------------------------------------------ */

static unsigned ask(const char *engine, const char *method, const char *path, const char *body,
                    struct sim_live_http_answer *answer)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    sim_live_http(&(struct sim_live_http_request){ .method = method,
                                                   .address = engine,
                                                   .path = path,
                                                   .headers = body != NULL ? headers : NULL,
                                                   .body = body,
                                                   .body_size = body != NULL ? strlen(body) : 0,
                                                   .timeout_ms = TIMEOUT_MS },
                  answer);
    return answer->status;
}

static unsigned asked(const char *engine, const char *method, const char *path, const char *body)
{
    struct sim_live_http_answer answer;
    unsigned status = ask(engine, method, path, body, &answer);
    sim_live_http_release(&answer);
    return status;
}

static uint64_t draw(struct sim_others *others, uint64_t count)
{
    return sim_soak_draw(&others->random, count);
}

/* What he does is between two lines. */
static void begin(struct sim_others *others, const char *what, const char *reference)
{
    others->number++;
    sim_recording_write(others->options.recording, &(struct sim_entry){ .kind = SIM_ENTRY_OTHER,
                                                                        .number = others->number,
                                                                        .text = what,
                                                                        .reference = reference });
}

static void end(struct sim_others *others, unsigned status)
{
    sim_recording_write(others->options.recording, &(struct sim_entry){ .kind = SIM_ENTRY_OTHER_END,
                                                                        .number = others->number,
                                                                        .status = status });
}

/* --- what he does ----------------------------------------------------------------------------- */

static const char *some_reference(struct sim_others *others)
{
    size_t count;
    const char *const *references = sim_soak_references(others->options.images, &count);
    return references[draw(others, count)];
}

static void give_name(struct sim_others *others)
{
    const char *reference = some_reference(others);
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/images/%s/tag?repo=mine/own-%u&tag=1", reference,
                   (unsigned)draw(others, OWN_NAME_COUNT));
    begin(others, "tag", reference);
    end(others, asked(others->options.engine, "POST", path, NULL));
}

static void drop_name(struct sim_others *others)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/images/mine/own-%u:1",
                   (unsigned)draw(others, OWN_NAME_COUNT));
    begin(others, "untag", path + strlen("/images/"));
    end(others, asked(others->options.engine, "DELETE", path, NULL));
}

static void drop_ours(struct sim_others *others)
{
    const char *reference = some_reference(others);
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/images/%s", reference);
    begin(others, "rmi", reference);
    end(others, asked(others->options.engine, "DELETE", path, NULL));
}

static void make_container(struct sim_others *others)
{
    const char *reference = some_reference(others);
    unsigned number = (unsigned)draw(others, CONTAINER_COUNT);
    char path[PATH_SIZE];
    char body[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/containers/create?name=soak-%u", number);
    (void)snprintf(body, sizeof(body),
                   "{\"Image\":\"%s\",\"Cmd\":[\"/bin/busybox\",\"sleep\",\"600\"],"
                   "\"StopSignal\":\"SIGKILL\",\"HostConfig\":{\"NetworkMode\":\"none\"}}",
                   reference);
    begin(others, "create", reference);
    unsigned status = asked(others->options.engine, "POST", path, body);
    if (status == 201 && draw(others, 2) == 0) {
        (void)snprintf(path, sizeof(path), "/containers/soak-%u/start", number);
        (void)asked(others->options.engine, "POST", path, NULL);
    }
    end(others, status);
}

static void drop_container(struct sim_others *others)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/containers/soak-%u?force=1&v=1",
                   (unsigned)draw(others, CONTAINER_COUNT));
    begin(others, "rm", NULL);
    end(others, asked(others->options.engine, "DELETE", path, NULL));
}

/* At the registry, where the engine sees nothing of it. */
static void move_tag(struct sim_others *others)
{
    size_t count;
    const char *const *references = sim_soak_references(others->options.images, &count);
    size_t index = draw(others, count);
    begin(others, "push", references[index]);
    bool moved = sim_soak_images_move(others->options.images, index, draw(others, 1000));
    end(others, moved ? 201 : 0);
}

static void do_something(struct sim_others *others)
{
    uint64_t what = draw(others, 20);
    if (what < 3) {
        give_name(others);
    } else if (what < 8) {
        drop_name(others);
    } else if (what < 10) {
        drop_ours(others);
    } else if (what < 13) {
        make_container(others);
    } else if (what < 18) {
        drop_container(others);
    } else if (others->options.moves_tags) {
        move_tag(others);
    }
}

static void *run(void *arg)
{
    struct sim_others *others = arg;
    while (!atomic_load(&others->ends)) {
        sim_pause_ms(draw(others, REST_MAX_MS));
        do_something(others);
    }
    return NULL;
}

/* --- life
 * ------------------------------------------------------------------------------------------ */

struct sim_others *sim_others_begin(const struct sim_others_options *options)
{
    struct sim_others *others = fake_memory_alloc(sizeof(*others));
    others->options = *options;
    others->random = options->seed ^ UINT64_C(0x5deece66d);
    if (pthread_create(&others->thread, NULL, run, others) != 0) {
        fake_memory_free(others);
        return NULL;
    }
    return others;
}

static bool is_gone(unsigned status)
{
    return status == 200 || status == 204 || status == 404;
}

static bool clean_once(struct sim_others *others)
{
    bool clean = true;
    char path[PATH_SIZE];
    for (unsigned i = 0; i < CONTAINER_COUNT; i++) {
        (void)snprintf(path, sizeof(path), "/containers/soak-%u?force=1&v=1", i);
        clean = is_gone(asked(others->options.engine, "DELETE", path, NULL)) && clean;
    }
    for (unsigned i = 0; i < OWN_NAME_COUNT; i++) {
        (void)snprintf(path, sizeof(path), "/images/mine/own-%u:1", i);
        clean = is_gone(asked(others->options.engine, "DELETE", path, NULL)) && clean;
    }
    return clean;
}

bool sim_others_end(struct sim_others *others)
{
    bool clean = false;
    atomic_store(&others->ends, true);
    (void)pthread_join(others->thread, NULL);
    begin(others, "clean", NULL);
    for (unsigned try = 0; try < CLEAN_TRY_MAX && !clean; try++) {
        clean = clean_once(others);
        if (!clean) {
            sim_pause_ms(CLEAN_REST_MS);
        }
    }
    end(others, clean ? 200 : 0);
    fake_memory_free(others);
    return clean;
}

/* Docker spells what is not there. */
static bool has_name(const cJSON *image, const char *member)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(image, member))
    {
        if (cJSON_IsString(name) && strncmp(name->valuestring, "<none>", 6) != 0) {
            return true;
        }
    }
    return false;
}

/* Each of them is in the recording, by what it calls itself. */
static bool count_at(const char *engine, const char *path, struct sim_recording *recording,
                     uint64_t *count, uint64_t *nameless)
{
    struct sim_live_http_answer answer;
    bool fine = ask(engine, "GET", path, NULL, &answer) == 200;
    cJSON *json = fine ? cJSON_ParseWithLength(answer.body.at, answer.body.size) : NULL;
    const cJSON *item;
    fine = cJSON_IsArray(json);
    *count = 0;
    *nameless = 0;
    cJSON_ArrayForEach(item, json)
    {
        char *text = cJSON_PrintUnformatted(item);
        bool named = has_name(item, "RepoTags") || has_name(item, "RepoDigests");
        *(named ? count : nameless) += 1;
        sim_recording_write(recording, &(struct sim_entry){ .kind = SIM_ENTRY_END, .text = text });
        cJSON_free(text);
    }
    cJSON_Delete(json);
    sim_live_http_release(&answer);
    return fine;
}

bool sim_engine_count(const char *engine, struct sim_recording *recording,
                      struct sim_engine_left *out)
{
    uint64_t none;
    bool fine = count_at(engine, "/images/json?all=1", recording, &out->images, &out->nameless) &&
                count_at(engine, "/containers/json?all=1", recording, &none, &out->containers);
    out->containers += fine ? none : 0;
    return fine;
}
