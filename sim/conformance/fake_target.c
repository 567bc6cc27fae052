/* The fake as a target: in process by the Docker client interface, or served over HTTP
 * by a thread that runs while somebody asks. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fakes/engine_internal.h"
#include "fakes/memory.h"
#include "sim/conformance/target.h"
#include "sim/process.h"
#include "sim/server/exchange.h"

#define REGISTRY "registry.test:5000"
#define GUARDED "guarded.test:5000"
#define CALLS_MAX 16
#define FAULTS_MAX 4
#define TIMED_MAX 4
#define NS_PER_MS UINT64_C(1000000)

struct fake_target {
    struct sim_conform_target base;
    struct fake_engine *engine; /* the server's, if there is one */
    /* in process */
    struct fake_chooser chooser;
    struct fake_queue queue;
    /* over HTTP */
    struct sim_server *server;
    char folder[64];
    char socket_path[96];
    char address[112];
    volatile sig_atomic_t stop;
    /* a row's */
    struct fake_call_timing timings[TIMED_MAX];
    char *names[FAULTS_MAX];
    size_t name_count;
};

static struct fake_target *fake_of(struct sim_conform_target *target)
{
    return (struct fake_target *)target;
}

/* --- a row's world --------------------------------------------------------------------- */

static uint64_t choose_first(void *ctx, uint64_t count, struct fake_label label)
{
    (void)ctx;
    (void)count;
    (void)label;
    return 0;
}

/* An abandoned pull is cancelled in time; a race that the real one decides. */
static void begin_world(struct fake_target *fake)
{
    fake_engine_set_personality(fake->engine, fake->base.personality);
    for (unsigned i = 0; i < TIMED_MAX; i++) {
        fake->timings[i] = (struct fake_call_timing){
            .call = FAKE_CALL_PULL, .nth = i + 1, .has_anyway = true, .anyway = false
        };
    }
    fake_engine_time_calls(fake->engine, fake->timings, TIMED_MAX);
}

static void begin_here(struct sim_conform_target *target)
{
    static const struct fake_timing timing = { .execute = { { 0, 0 } } };
    struct fake_target *fake = fake_of(target);
    const struct fake_watcher nobody = { .happened = NULL };
    fake->chooser = (struct fake_chooser){ .choose = choose_first };
    fake_queue_init(&fake->queue, &fake->chooser);
    fake->engine = fake_engine_create(&fake->chooser, &fake->queue, nobody, &timing);
    begin_world(fake);
}

static void forget_names(struct fake_target *fake)
{
    while (fake->name_count > 0) {
        fake_memory_free(fake->names[--fake->name_count]);
    }
}

static void end_here(struct sim_conform_target *target)
{
    struct fake_target *fake = fake_of(target);
    while (fake_queue_step(&fake->queue)) {
    }
    fake_engine_destroy(fake->engine);
    fake_queue_release(&fake->queue);
    forget_names(fake);
}

static void begin_served(struct sim_conform_target *target)
{
    struct fake_target *fake = fake_of(target);
    char why[256];
    int listening = sim_server_listen(fake->address, why);
    fake->server = listening < 0 ? NULL
                                 : sim_server_open(
                                       &(struct sim_server_options){
                                           .listening = listening,
                                           .personality = target->personality,
                                       },
                                       why);
    if (fake->server == NULL) {
        (void)fprintf(stderr, "drydock: %s\n", why);
        abort();
    }
    fake->engine = fake->server->engine;
    begin_world(fake);
}

static void end_served(struct sim_conform_target *target)
{
    struct fake_target *fake = fake_of(target);
    sim_server_close(fake->server);
    sim_server_unlisten(fake->address);
    forget_names(fake);
}

/* --- asked in process ------------------------------------------------------------------- */

struct asked {
    struct dd_call call; /* the first member */
    struct fake_target *fake;
    const struct sim_conform_request *request;
    struct sim_conform_answer *answer;
    bool leaves;
    bool done;
};

static void add_all(struct fake_bytes *out, struct dd_strings strings)
{
    for (size_t i = 0; i < strings.count; i++) {
        sim_conform_line(out, strings.at[i]);
    }
}

static void heard_line(struct dd_call *call, const struct dd_line *line)
{
    struct asked *asked = (struct asked *)call;
    struct sim_conform_answer *answer = asked->answer;
    asked->leaves = asked->request->hang_up;
    if (line->error != NULL) {
        answer->error_in_stream = true;
        fake_bytes_text(&answer->error, line->error);
    } else if (line->status != NULL && line->total_bytes == 0) {
        fake_bytes_text(&answer->lines, line->id != NULL ? line->id : "");
        fake_bytes_char(&answer->lines, '|');
        sim_conform_line(&answer->lines, line->status);
    }
}

static void heard_answer(struct dd_call *call, const struct dd_answer *from)
{
    struct asked *asked = (struct asked *)call;
    struct sim_conform_answer *answer = asked->answer;
    asked->done = true;
    answer->refused = from->transport == DD_TRANSPORT_UNSENT;
    if (from->transport != DD_TRANSPORT_ANSWERED) {
        return;
    }
    answer->status = from->http_status;
    fake_bytes_text(&answer->error, from->text != NULL ? from->text : "");
    add_all(&answer->untagged, from->untagged);
    add_all(&answer->deleted, from->deleted);
    if (from->http_status == 200) {
        add_all(&answer->tags, from->tags);
        add_all(&answer->digests, from->digests);
        fake_bytes_text(&answer->id, from->id != NULL ? from->id : "");
    }
    for (size_t i = 0; i < from->listed_count; i++) {
        sim_conform_line(&answer->id, from->listed[i].id);
        add_all(&answer->tags, from->listed[i].tags);
        add_all(&answer->digests, from->listed[i].digests);
    }
}

static void start_pull(struct asked *asked, const struct dd_docker *docker)
{
    const struct sim_conform_request *request = asked->request;
    char name[512];
    struct sim_login login;
    struct dd_pull_spec spec = { .repository = name, .platform = request->platform };
    (void)snprintf(name, sizeof(name), "%s", request->name);
    char *digest = strchr(name, '@');
    char *colon = strrchr(name, ':');
    if (digest != NULL) {
        *digest = '\0';
        spec.digest = digest + 1;
    } else if (request->call == SIM_CONFORM_PULL_SPLIT) {
        bool by_digest = request->other != NULL && strchr(request->other, ':') != NULL;
        spec.digest = by_digest ? request->other : NULL;
        spec.tag = by_digest ? NULL : request->other;
    } else if (colon != NULL && strchr(colon, '/') == NULL) {
        *colon = '\0';
        spec.tag = colon + 1;
    }
    sim_login_read(&login, request->auth);
    spec.credentials = login.text != NULL ? &login.credentials : NULL;
    bool started = docker->ops->pull(docker->ctx, &asked->call, &spec) == DD_OK;
    assert(started);
    (void)started;
    sim_login_release(&login);
}

/* What somebody else does is done at once, and no call of the interface. */
static void remove_at_once(struct asked *asked)
{
    struct fake_engine *engine = asked->fake->engine;
    const struct sim_conform_request *request = asked->request;
    struct fake__target target = fake__target_of(engine, request->name);
    struct fake__outcome outcome = { 0 };
    unsigned flags = (request->force ? FAKE__REMOVE_BY_FORCE : 0U) |
                     (request->prunes ? 0U : FAKE__REMOVE_NO_PARENTS);
    fake__remove(engine, &target, flags, 0, &outcome);
    asked->answer->status = outcome.http_status;
    fake_bytes_text(&asked->answer->error, outcome.text != NULL ? outcome.text : "");
    add_all(&asked->answer->untagged, fake__strings_view(&outcome.untagged));
    add_all(&asked->answer->deleted, fake__strings_view(&outcome.deleted));
    fake__outcome_release(&outcome);
}

static unsigned done_at_once(struct asked *asked)
{
    struct fake_engine *engine = asked->fake->engine;
    const struct sim_conform_request *request = asked->request;
    switch (request->call) {
    case SIM_CONFORM_TAG:
        return fake_engine_tag(engine, request->name, request->other);
    case SIM_CONFORM_CREATE:
        return fake_engine_container(engine, request->name, request->other, false);
    case SIM_CONFORM_START:
        return fake_engine_container_start(engine, request->other);
    case SIM_CONFORM_STOP:
        return fake_engine_container_stop(engine, request->other);
    default:
        return fake_engine_container_remove(engine, request->other);
    }
}

static void start_asking(struct asked *asked)
{
    struct dd_docker docker = fake_engine_docker(asked->fake->engine);
    const struct sim_conform_request *request = asked->request;
    enum dd_status status = DD_OK;
    sim_conform_answer_init(asked->answer);
    asked->call = (struct dd_call){ .line = heard_line, .done = heard_answer };
    switch (request->call) {
    case SIM_CONFORM_PULL:
    case SIM_CONFORM_PULL_SPLIT:
        start_pull(asked, &docker);
        break;
    case SIM_CONFORM_INSPECT:
        status = docker.ops->inspect(docker.ctx, &asked->call, request->name);
        break;
    case SIM_CONFORM_LIST:
        status = docker.ops->list(docker.ctx, &asked->call);
        break;
    case SIM_CONFORM_REMOVE:
        if (request->force || request->prunes) {
            remove_at_once(asked);
            asked->done = true;
            break;
        }
        status = docker.ops->remove(docker.ctx, &asked->call, request->name);
        asked->leaves = request->hang_up;
        break;
    default:
        asked->answer->status = done_at_once(asked);
        asked->done = true;
        break;
    }
    assert(status == DD_OK);
    (void)status;
}

static void ask_here(struct sim_conform_target *target, const struct sim_conform_request *requests,
                     size_t count, struct sim_conform_answer *answers)
{
    struct fake_target *fake = fake_of(target);
    struct dd_docker docker = fake_engine_docker(fake->engine);
    struct asked asked[CALLS_MAX] = { { .done = false } };
    assert(count <= CALLS_MAX);
    for (size_t i = 0; i < count; i++) {
        asked[i].fake = fake;
        asked[i].request = &requests[i];
        asked[i].answer = &answers[i];
        start_asking(&asked[i]);
    }
    do {
        for (size_t i = 0; i < count; i++) {
            if (asked[i].leaves && !asked[i].done) {
                asked[i].leaves = false;
                docker.ops->cancel(docker.ctx, &asked[i].call);
            }
        }
    } while (fake_queue_step(fake->engine->queue));
}

/* --- asked over HTTP ---------------------------------------------------------------------- */

static void *serve(void *ctx)
{
    struct fake_target *fake = ctx;
    sim_server_run(fake->server, &fake->stop);
    return NULL;
}

/* The server waits for its clients; one more makes it look at `stop`. */
static void wake(const struct fake_target *fake)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", fake->socket_path);
    if (client < 0 || connect(client, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        abort();
    }
    (void)close(client);
}

static void ask_served(struct sim_conform_target *target,
                       const struct sim_conform_request *requests, size_t count,
                       struct sim_conform_answer *answers)
{
    struct fake_target *fake = fake_of(target);
    pthread_t thread;
    if (!fake_engine_is_up(fake->engine)) {
        /* A process that has ended listens nowhere, which the served one is not. */
        ask_here(target, requests, count, answers);
        return;
    }
    fake->stop = 0;
    if (pthread_create(&thread, NULL, serve, fake) != 0) {
        abort();
    }
    sim_conform_http_ask(target, requests, count, answers);
    if (requests[0].hang_up) {
        /* It shall hear that its client is gone. */
        sim_pause_ms(100);
    }
    fake->stop = 1;
    wake(fake);
    (void)pthread_join(thread, NULL);
}

/* --- the registry, users, power -------------------------------------------------------------- */

static const char *remember(struct fake_target *fake, const char *name)
{
    assert(fake->name_count < FAULTS_MAX);
    char *copy = fake__join((const char *const[]){ name, NULL });
    fake->names[fake->name_count++] = copy;
    return copy;
}

static void say_image(const char *nickname, struct sim_conform_image *out)
{
    if (out != NULL) {
        fake_image_id(nickname, out->id);
        fake_manifest_digest(nickname, out->digest);
    }
}

static bool push(struct sim_conform_target *target, bool guarded, const char *reference,
                 const char *nickname, struct sim_conform_image *out)
{
    char full[256];
    (void)snprintf(full, sizeof(full), "%s/%s", guarded ? GUARDED : REGISTRY, reference);
    fake_registry_push(fake_of(target)->engine,
                       &(struct fake_manifest){ .reference = full,
                                                .image = nickname,
                                                .size_bytes = 4096,
                                                .layer_count = 2,
                                                .username = guarded ? target->username : NULL,
                                                .password = guarded ? target->password : NULL });
    say_image(nickname, out);
    return true;
}

static bool mood(struct sim_conform_target *target, enum sim_conform_mood mood,
                 const char *reference, char full[256], struct sim_conform_image *out)
{
    static const char *const reasons[SIM_CONFORM_MOOD_COUNT] = {
        [SIM_CONFORM_DENIED] = "denied",
        [SIM_CONFORM_LIMITED] = "rate limit",
        [SIM_CONFORM_DOWN] = "connection refused",
        [SIM_CONFORM_BLOB_GONE] = "unknown blob",
    };
    struct fake_target *fake = fake_of(target);
    struct fake_manifest manifest = {
        .reference = full, .image = reference, .size_bytes = 4096, .layer_count = 2
    };
    (void)snprintf(full, 256, "%s/%s", REGISTRY, reference);
    manifest.platform = mood == SIM_CONFORM_FOREIGN ? "linux/s390x" : NULL;
    if (mood == SIM_CONFORM_SLOW || mood == SIM_CONFORM_COUNTED) {
        manifest.pull = (struct fake_window){ 200 * NS_PER_MS, 200 * NS_PER_MS };
    }
    fake_registry_push(fake->engine, &manifest);
    if (reasons[mood] != NULL) {
        fake_engine_add_fault(
            fake->engine,
            &(struct fake_fault){ .kind = mood == SIM_CONFORM_BLOB_GONE ? FAKE_FAULT_STREAM
                                                                        : FAKE_FAULT_STATUS,
                                  .call = FAKE_CALL_PULL,
                                  .name = remember(fake, full),
                                  .reason = reasons[mood],
                                  .after_line = mood == SIM_CONFORM_BLOB_GONE ? 1 : 0 });
    }
    say_image(reference, out);
    return true;
}

/* The model counts a HEAD and a GET as one, of which Podman sends only the latter. */
static struct sim_conform_counts counts(struct sim_conform_target *target, const char *full)
{
    const struct fake_engine *engine = fake_of(target)->engine;
    unsigned each = target->personality == FAKE_PODMAN_4_3 ? 1 : 2;
    return (struct sim_conform_counts){
        .manifests = each * (unsigned)fake_registry_manifest_requests(engine, full),
        .blobs = (unsigned)fake_registry_blob_downloads(engine),
    };
}

static bool load(struct sim_conform_target *target, const char *nickname, const char *name,
                 struct sim_conform_image *out)
{
    fake_engine_load(fake_of(target)->engine, nickname, name);
    say_image(nickname, out);
    return true;
}

static bool build(struct sim_conform_target *target, const char *parent, const char *name)
{
    struct fake_engine *engine = fake_of(target)->engine;
    char id[SIM_CONFORM_ID_SIZE];
    fake_image_id(name, id);
    return fake_engine_build_child(engine, parent, name) < 300 &&
           fake_engine_tag(engine, id, name) == 201;
}

static bool power(struct sim_conform_target *target, enum sim_conform_power power)
{
    struct fake_engine *engine = fake_of(target)->engine;
    if (power != SIM_CONFORM_POWER_ON) {
        fake_engine_stop(engine);
    }
    if (power != SIM_CONFORM_POWER_OFF) {
        fake_engine_start(engine);
    }
    return true;
}

static void destroy_here(struct sim_conform_target *target)
{
    fake_memory_free(target);
}

static void destroy_served(struct sim_conform_target *target)
{
    (void)rmdir(fake_of(target)->folder);
    fake_memory_free(target);
}

static struct fake_target *create(const struct sim_conform_ops *ops, const char *title,
                                  enum fake_personality personality)
{
    struct fake_target *fake = fake_memory_alloc(sizeof(*fake));
    memset(fake, 0, sizeof(*fake));
    fake->base = (struct sim_conform_target){ .ops = ops,
                                              .title = title,
                                              .personality = personality,
                                              .registry = REGISTRY,
                                              .guarded = GUARDED,
                                              .username = "alice",
                                              .password = "drydock-tests" };
    return fake;
}

struct sim_conform_target *sim_conform_fake(enum fake_personality personality)
{
    static const struct sim_conform_ops ops = {
        .begin = begin_here,
        .end = end_here,
        .ask = ask_here,
        .push = push,
        .mood = mood,
        .counts = counts,
        .load = load,
        .build = build,
        .power = power,
        .destroy = destroy_here,
    };
    return &create(&ops, "fake", personality)->base;
}

struct sim_conform_target *sim_conform_served(enum fake_personality personality)
{
    static const struct sim_conform_ops ops = {
        .begin = begin_served,
        .end = end_served,
        .ask = ask_served,
        .push = push,
        .mood = mood,
        .counts = counts,
        .load = load,
        .build = build,
        .power = power,
        .destroy = destroy_served,
    };
    struct fake_target *fake = create(&ops, "HTTP", personality);
    (void)snprintf(fake->folder, sizeof(fake->folder), "/tmp/drydock-conformance-XXXXXX");
    if (mkdtemp(fake->folder) == NULL) {
        (void)fputs("drydock: no folder for a socket in /tmp\n", stderr);
        abort();
    }
    (void)snprintf(fake->socket_path, sizeof(fake->socket_path), "%s/s", fake->folder);
    (void)snprintf(fake->address, sizeof(fake->address), "unix://%s", fake->socket_path);
    fake->base.address = fake->address;
    return &fake->base;
}
