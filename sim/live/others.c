/* What somebody else does to a real engine and its registry, behind the coordinator's
 * back: at once, as the scenario has it, for its time stands still meanwhile. Part of a
 * live run (live_state.h). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fakes/json_text.h"
#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/live/live_view.h"
#include "sim/process.h"

#define PATH_SIZE (2 * SIM_LIVE_NAME_SIZE + 64)

#define JSON_TYPE "Content-Type: application/json"
#define TAR_TYPE "Content-Type: application/x-tar"

void live_ask(struct sim_live *live, const char *method, const char *path,
              const struct fake_bytes *body, const char *type, struct sim_live_http_answer *out)
{
    const char *const headers[] = { type, NULL };
    const struct sim_live_http_request request = {
        .method = method,
        .address = live->site->docker,
        .path = path,
        .headers = headers,
        .body = body != NULL ? body->at : NULL,
        .body_size = body != NULL ? body->size : 0,
    };
    sim_live_http(&request, out);
}

/* Ask, and want the status alone. */
static unsigned ask(struct sim_live *live, const char *method, const struct fake_bytes *body,
                    const char *type, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static unsigned ask(struct sim_live *live, const char *method, const struct fake_bytes *body,
                    const char *type, const char *format, ...)
{
    char path[PATH_SIZE];
    struct sim_live_http_answer answer;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(path, sizeof(path), format, args);
    va_end(args);
    live_ask(live, method, path, body, type, &answer);
    if (answer.status == 0) {
        live_fail(live, "somebody else's request: %s", answer.why);
    }
    unsigned status = answer.status;
    sim_live_http_release(&answer);
    return status;
}

static const char *real(struct sim_live *live, const char *name, char out[SIM_LIVE_NAME_SIZE])
{
    sim_live_names_real(&live->names, name, out);
    return out;
}

/* "host/corner/r0" and "7" of a real reference by tag; @name is cut. */
static const char *cut_tag(char name[SIM_LIVE_NAME_SIZE])
{
    char *colon = strrchr(name, ':');
    *colon = '\0';
    return colon + 1;
}

/* --- images ------------------------------------------------------------------------------ */

static unsigned others_rmi(void *ctx, const char *name, bool force)
{
    char at[SIM_LIVE_NAME_SIZE];
    return ask(ctx, "DELETE", NULL, NULL, "/images/%s%s", real(ctx, name, at),
               force ? "?force=1" : "");
}

static unsigned others_tag(void *ctx, const char *name, const char *as)
{
    char from[SIM_LIVE_NAME_SIZE];
    char to[SIM_LIVE_NAME_SIZE];
    (void)real(ctx, name, from);
    (void)real(ctx, as, to);
    const char *tag = cut_tag(to);
    return ask(ctx, "POST", NULL, NULL, "/images/%s/tag?repo=%s&tag=%s", from, to, tag);
}

static void others_load(void *ctx, const char *nickname, const char *name)
{
    struct sim_live *live = ctx;
    char at[SIM_LIVE_NAME_SIZE];
    struct fake_bytes archive;
    size_t index = live_content(live, nickname, NULL, 1, NULL);
    sim_live_image_archive(&live->contents[index].image, name != NULL ? real(live, name, at) : NULL,
                           &archive);
    unsigned status = ask(live, "POST", &archive, TAR_TYPE, "/images/load?quiet=1");
    if (status != 200 && live->failure[0] == '\0') {
        live_fail(live, "%s cannot be loaded: the engine answers %u", nickname, status);
    }
    fake_bytes_release(&archive);
}

static unsigned others_user_pull(void *ctx, const char *reference)
{
    char at[SIM_LIVE_NAME_SIZE];
    (void)real(ctx, reference, at);
    char *digest = strchr(at, '@');
    if (digest != NULL) {
        *digest = '\0';
        return ask(ctx, "POST", NULL, NULL, "/images/create?fromImage=%s&tag=%s", at, digest + 1);
    }
    const char *tag = cut_tag(at);
    return ask(ctx, "POST", NULL, NULL, "/images/create?fromImage=%s&tag=%s", at, tag);
}

/* The ID that a build's stream tells: {"aux":{"ID":"sha256:…"}}. */
static bool built_id(const struct fake_bytes *stream, char id[SIM_LIVE_DIGEST_SIZE])
{
    static const char mark[] = "{\"aux\":{\"ID\":\"";
    const char *at = stream->at != NULL ? strstr(stream->at, mark) : NULL;
    if (at == NULL || strlen(at) < sizeof(mark) + SIM_LIVE_DIGEST_SIZE) {
        return false;
    }
    (void)snprintf(id, SIM_LIVE_DIGEST_SIZE, "%s", at + sizeof(mark) - 1);
    return true;
}

static unsigned others_build_child(void *ctx, const char *parent, const char *nickname)
{
    struct sim_live *live = ctx;
    char at[SIM_LIVE_NAME_SIZE];
    char file[SIM_LIVE_NAME_SIZE + 160];
    char id[SIM_LIVE_DIGEST_SIZE];
    char told[SIM_LIVE_DIGEST_SIZE];
    struct fake_bytes context;
    struct sim_live_http_answer answer;
    (void)snprintf(file, sizeof(file), "FROM %s\nLABEL drydock.child=\"%s %.60s\"\n",
                   real(live, parent, at), live->names.corner, nickname);
    fake_bytes_init(&context);
    sim_live_tar_file(&context, "Dockerfile", 0644, file, strlen(file));
    sim_live_tar_end(&context);
    /* (Looking for it in its cache, Podman stumbles over images that others remove.) */
    live_ask(live, "POST", "/build?rm=1&nocache=1", &context, TAR_TYPE, &answer);
    fake_bytes_release(&context);
    if (answer.status == 200 && built_id(&answer.body, id)) {
        live->contents = sim_array_grow(live->contents, &live->content_capacity,
                                        live->content_count + 1, sizeof(*live->contents));
        live->contents[live->content_count++] =
            (struct live_content){ .nickname = nickname, .is_built = true };
        fake_image_id(nickname, told);
        sim_live_names_pair(&live->names, told, id);
    } else {
        live_fail(live, "%s cannot be built: the engine answers %u: %.200s", nickname,
                  answer.status, answer.body.at != NULL ? answer.body.at : answer.why);
    }
    unsigned status = answer.status;
    sim_live_http_release(&answer);
    return status;
}

/* --- containers ---------------------------------------------------------------------------- */

static unsigned others_container(void *ctx, const char *image, const char *container, bool running)
{
    struct sim_live *live = ctx;
    char at[SIM_LIVE_NAME_SIZE];
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_bytes_text(&body, "{\"Image\":");
    fake_json_string(&body, real(live, image, at), FAKE_JSON_PLAIN);
    fake_bytes_text(&body, ",\"Cmd\":[\"/bin/busybox\",\"sleep\",\"1000000\"],"
                           "\"StopSignal\":\"SIGKILL\",\"NetworkDisabled\":true,"
                           "\"HostConfig\":{\"NetworkMode\":\"none\"}}");
    unsigned status = ask(live, "POST", &body, JSON_TYPE, "/containers/create?name=%s-%s",
                          live->names.corner, container);
    fake_bytes_release(&body);
    if (status == 201 && running) {
        unsigned started =
            ask(live, "POST", NULL, NULL, "/containers/%s-%s/start", live->names.corner, container);
        if (started != 204) {
            live_fail(live, "container %s does not start: the engine answers %u", container,
                      started);
        }
    }
    return status;
}

static unsigned others_container_stop(void *ctx, const char *container)
{
    const struct sim_live *live = ctx;
    return ask(ctx, "POST", NULL, NULL, "/containers/%s-%s/stop?t=0", live->names.corner,
               container);
}

static unsigned others_container_remove(void *ctx, const char *container)
{
    const struct sim_live *live = ctx;
    return ask(ctx, "DELETE", NULL, NULL, "/containers/%s-%s?force=1", live->names.corner,
               container);
}

/* --- the engine itself ----------------------------------------------------------------------- */

static void command(struct sim_live *live, const char *what, const char *line)
{
    int status = line != NULL ? sim_shell_run(line) : -1;
    if (status != 0) {
        live_fail(live, "the command that %s the engine ended with %d: %s", what, status,
                  line != NULL ? line : "(none was given)");
    }
}

static void others_stop(void *ctx)
{
    struct sim_live *live = ctx;
    live_look(live);
    live->is_down = true;
    command(live, "stops", live->site->stop);
}

static void others_start(void *ctx)
{
    struct sim_live *live = ctx;
    command(live, "starts", live->site->start);
    live->is_down = false;
}

static void others_set_disk_full(void *ctx, bool full)
{
    live_fail(ctx, "the disk of a real engine cannot be made %s", full ? "full" : "free");
}

const struct sim_outside_ops live_outside_ops = {
    .rmi = others_rmi,
    .tag = others_tag,
    .load = others_load,
    .user_pull = others_user_pull,
    .build_child = others_build_child,
    .container = others_container,
    .container_stop = others_container_stop,
    .container_remove = others_container_remove,
    .stop = others_stop,
    .start = others_start,
    .push = live_push,
    .unpush = live_unpush,
    .set_disk_full = others_set_disk_full,
    .image = live_image,
    .resolve = live_resolve,
    .nickname = live_nickname,
    .pull_count = live_pull_count,
    .removed_count = live_removed_count,
    .manifest_requests = live_manifest_requests,
    .calls_open = live_calls_open,
};

/* --- the end ------------------------------------------------------------------------------- */

/* By force, children before their parents: as often as that brings something. */
void live_clean_up(struct sim_live *live)
{
    const struct sim_scenario *scenario = live->scenario;
    if (live->is_down) {
        others_start(live);
    }
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].kind == SIM_STEP_RUN) {
            (void)others_container_remove(live, scenario->steps[i].name);
        }
    }
    size_t before = SIZE_MAX;
    live_look(live);
    while (live->view_count > 0 && live->view_count < before) {
        before = live->view_count;
        for (size_t i = live->view_count; i > 0; i--) {
            (void)ask(live, "DELETE", NULL, NULL, "/images/%s?force=1", live->views[i - 1].real_id);
        }
        live_look(live);
    }
    if (live->view_count > 0) {
        live_fail(live, "%zu images cannot be taken away", live->view_count);
    }
}
