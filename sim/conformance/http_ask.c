/* The rows' requests, as HTTP to an engine, and its JSON read. */
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/conformance/target.h"
#include "sim/live/http.h"

#define HEADER_SIZE 9000
#define CONCURRENT_MAX 16

struct job {
    const struct sim_conform_target *target;
    const struct sim_conform_request *request;
    struct sim_conform_answer *answer;
    pthread_t thread;
};

/* --- what is asked ------------------------------------------------------------------- */

/* "host:5000/app:1" is "host:5000/app" and "1"; one with a digest goes whole. */
static void add_pull_path(struct fake_bytes *path, const struct sim_conform_request *request)
{
    const char *colon = strrchr(request->name, ':');
    bool is_split = request->call == SIM_CONFORM_PULL_SPLIT;
    bool has_tag = !is_split && strchr(request->name, '@') == NULL && colon != NULL &&
                   strchr(colon, '/') == NULL;
    char from[512];
    (void)snprintf(from, sizeof(from), "%.*s",
                   has_tag ? (int)(colon - request->name) : (int)strlen(request->name),
                   request->name);
    fake_bytes_text(path, "/images/create?fromImage=");
    sim_live_http_escape(path, from);
    if (has_tag || (is_split && request->other != NULL)) {
        fake_bytes_text(path, "&tag=");
        sim_live_http_escape(path, has_tag ? colon + 1 : request->other);
    }
    if (request->platform != NULL) {
        fake_bytes_text(path, "&platform=");
        sim_live_http_escape(path, request->platform);
    }
}

static void add_tag_path(struct fake_bytes *path, const struct sim_conform_request *request)
{
    const char *colon = strrchr(request->other, ':');
    char repository[512];
    (void)snprintf(repository, sizeof(repository), "%.*s", (int)(colon - request->other),
                   request->other);
    fake_bytes_text(path, "/images/");
    fake_bytes_text(path, request->name);
    fake_bytes_text(path, "/tag?repo=");
    sim_live_http_escape(path, repository);
    fake_bytes_text(path, "&tag=");
    sim_live_http_escape(path, colon + 1);
}

static void add_parts(struct fake_bytes *path, const char *before, const char *name,
                      const char *after)
{
    fake_bytes_text(path, before);
    fake_bytes_text(path, name);
    fake_bytes_text(path, after);
}

/* The method; the path is in @path. */
static const char *ask_for(struct fake_bytes *path, const struct sim_conform_request *request)
{
    fake_bytes_text(path, "/v1.40");
    switch (request->call) {
    case SIM_CONFORM_PULL:
    case SIM_CONFORM_PULL_SPLIT:
        add_pull_path(path, request);
        return "POST";
    case SIM_CONFORM_INSPECT:
        add_parts(path, "/images/", request->name, "/json");
        return "GET";
    case SIM_CONFORM_REMOVE:
        add_parts(path, "/images/", request->name, request->prunes ? "?" : "?noprune=true&");
        fake_bytes_text(path, request->force ? "force=true" : "");
        return "DELETE";
    case SIM_CONFORM_LIST:
        fake_bytes_text(path, "/images/json");
        return "GET";
    case SIM_CONFORM_TAG:
        add_tag_path(path, request);
        return "POST";
    case SIM_CONFORM_CREATE:
        add_parts(path, "/containers/create?name=", request->other, "");
        return "POST";
    case SIM_CONFORM_START:
        add_parts(path, "/containers/", request->other, "/start");
        return "POST";
    case SIM_CONFORM_STOP:
        add_parts(path, "/containers/", request->other, "/stop?t=0");
        return "POST";
    default:
        add_parts(path, "/containers/", request->other, "?force=true");
        return "DELETE";
    }
}

/* --- what is answered ------------------------------------------------------------------ */

static const char *string_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void add_strings(struct fake_bytes *out, const cJSON *array)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item)) {
            sim_conform_line(out, item->valuestring);
        }
    }
}

static void read_removed(struct sim_conform_answer *answer, const cJSON *body)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, body)
    {
        const char *untagged = string_of(item, "Untagged");
        const char *deleted = string_of(item, "Deleted");
        if (untagged != NULL) {
            sim_conform_line(&answer->untagged, untagged);
        }
        if (deleted != NULL) {
            sim_conform_line(&answer->deleted, deleted);
        }
    }
}

static void read_listed(struct sim_conform_answer *answer, const cJSON *body)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, body)
    {
        const char *id = string_of(item, "Id");
        sim_conform_line(&answer->id, id != NULL ? id : "");
        add_strings(&answer->tags, cJSON_GetObjectItemCaseSensitive(item, "RepoTags"));
        add_strings(&answer->digests, cJSON_GetObjectItemCaseSensitive(item, "RepoDigests"));
    }
}

static void read_line(struct sim_conform_answer *answer, const cJSON *line)
{
    const char *error = string_of(line, "error");
    const char *status = string_of(line, "status");
    const char *id = string_of(line, "id");
    const cJSON *progress = cJSON_GetObjectItemCaseSensitive(line, "progressDetail");
    if (error != NULL) {
        answer->error_in_stream = true;
        fake_bytes_clear(&answer->error);
        fake_bytes_text(&answer->error, error);
    } else if (status != NULL && cJSON_GetObjectItemCaseSensitive(progress, "total") == NULL) {
        fake_bytes_text(&answer->lines, id != NULL ? id : "");
        fake_bytes_char(&answer->lines, '|');
        sim_conform_line(&answer->lines, status);
    }
}

static void read_stream(struct sim_conform_answer *answer, const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *end = NULL;
        cJSON *line = cJSON_ParseWithOpts(text, &end, 0);
        if (line == NULL) {
            return;
        }
        read_line(answer, line);
        cJSON_Delete(line);
        text = end + strspn(end, " \t\r\n");
    }
}

static void read_body(struct sim_conform_answer *answer, enum sim_conform_call call,
                      const char *text)
{
    if (answer->status == 200 && (call == SIM_CONFORM_PULL || call == SIM_CONFORM_PULL_SPLIT)) {
        read_stream(answer, text);
        return;
    }
    cJSON *body = text != NULL ? cJSON_Parse(text) : NULL;
    const char *message = string_of(body, "message");
    if (answer->status >= 300 && message != NULL) {
        fake_bytes_text(&answer->error, message);
    } else if (call == SIM_CONFORM_REMOVE) {
        read_removed(answer, body);
    } else if (call == SIM_CONFORM_LIST) {
        read_listed(answer, body);
    } else if (call == SIM_CONFORM_INSPECT) {
        const char *id = string_of(body, "Id");
        fake_bytes_text(&answer->id, id != NULL ? id : "");
        add_strings(&answer->tags, cJSON_GetObjectItemCaseSensitive(body, "RepoTags"));
        add_strings(&answer->digests, cJSON_GetObjectItemCaseSensitive(body, "RepoDigests"));
    }
    cJSON_Delete(body);
}

/* --- one, and several at once ------------------------------------------------------------ */

static bool hang_up(void *ctx, const char *bytes, size_t size)
{
    (void)ctx;
    (void)bytes;
    (void)size;
    return false;
}

static void *ask_one(void *ctx)
{
    struct job *job = ctx;
    const struct sim_conform_request *request = job->request;
    bool is_pull = request->call == SIM_CONFORM_PULL;
    struct sim_live_http_answer http;
    struct fake_bytes path;
    char auth[HEADER_SIZE];
    char body[1024];
    const char *headers[3] = { "Content-Type: application/json", NULL, NULL };
    fake_bytes_init(&path);
    sim_conform_answer_init(job->answer);
    const char *method = ask_for(&path, request);
    if (request->auth != NULL) {
        (void)snprintf(auth, sizeof(auth), "X-Registry-Auth: %s", request->auth);
        headers[1] = auth;
    }
    (void)snprintf(body, sizeof(body),
                   "{\"Image\":\"%s\",\"Cmd\":[\"/bin/busybox\",\"sleep\",\"600\"],"
                   "\"StopSignal\":\"SIGKILL\",\"HostConfig\":{\"NetworkMode\":\"none\"}}",
                   request->call == SIM_CONFORM_CREATE ? request->name : "");
    bool creates = request->call == SIM_CONFORM_CREATE;
    sim_live_http(
        &(struct sim_live_http_request){ .method = method,
                                         .address = job->target->address,
                                         .path = path.at,
                                         .headers = headers,
                                         .body = creates ? body : NULL,
                                         .body_size = creates ? strlen(body) : 0,
                                         .timeout_ms = request->hang_up && !is_pull ? 20 : 30000,
                                         .received = request->hang_up ? hang_up : NULL },
        &http);
    job->answer->status = http.status;
    job->answer->refused = http.refused;
    fake_bytes_text(&job->answer->error, http.status == 0 ? http.why : "");
    read_body(job->answer, request->call, http.body.at);
    sim_live_http_release(&http);
    fake_bytes_release(&path);
    return NULL;
}

void sim_conform_http_ask(struct sim_conform_target *target,
                          const struct sim_conform_request *requests, size_t count,
                          struct sim_conform_answer *answers)
{
    struct job jobs[CONCURRENT_MAX];
    for (size_t i = 0; i < count && i < CONCURRENT_MAX; i++) {
        jobs[i] = (struct job){ .target = target, .request = &requests[i], .answer = &answers[i] };
        if (count > 1 && pthread_create(&jobs[i].thread, NULL, ask_one, &jobs[i]) != 0) {
            abort();
        }
    }
    if (count == 1) {
        (void)ask_one(&jobs[0]);
        return;
    }
    for (size_t i = 0; i < count && i < CONCURRENT_MAX; i++) {
        (void)pthread_join(jobs[i].thread, NULL);
    }
}
