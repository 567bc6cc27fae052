#include "coord/test/fixture_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coord/test/fixture_names.h"
#include "fakes/memory.h"

const char *fixture_kind_word(enum fixture_kind kind)
{
    static const char *const words[] = {
        [FIXTURE_IDENTIFY] = "identify", [FIXTURE_PULL] = "pull", [FIXTURE_INSPECT] = "inspect",
        [FIXTURE_REMOVE] = "remove",     [FIXTURE_LIST] = "list",
    };
    return words[kind];
}

/* ---- What the coordinator calls ---------------------------------------------- */

static void copy(char *out, size_t size, const char *text)
{
    int length = snprintf(out, size, "%s", text == NULL ? "" : text);

    assert_true(length >= 0 && (size_t)length < size);
}

static struct fixture_call *start(struct fixture *f, enum fixture_kind kind, struct dd_call *call)
{
    struct fixture_call *started;
    struct fixture_call **end = &f->calls;

    if (f->refuse[kind] > 0) {
        f->refuse[kind]--;
        return NULL;
    }
    started = fake_memory_alloc(sizeof *started);
    started->kind = kind;
    started->call = call;
    started->fixture = f;
    started->started_ns = f->queue.now_ns;
    call->client = started;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = started;
    if (f->calls_since == NULL) {
        f->calls_since = started;
    }
    return started;
}

static enum dd_status start_named(void *ctx, enum fixture_kind kind, struct dd_call *call,
                                  const char *name)
{
    struct fixture_call *started = start(ctx, kind, call);

    if (started == NULL) {
        return DD_EENGINE;
    }
    fixture_compress(name, started->name, sizeof started->name);
    return DD_OK;
}

static enum dd_status client_identify(void *ctx, struct dd_call *call)
{
    return start_named(ctx, FIXTURE_IDENTIFY, call, "");
}

static enum dd_status client_inspect(void *ctx, struct dd_call *call, const char *name)
{
    return start_named(ctx, FIXTURE_INSPECT, call, name);
}

static enum dd_status client_remove(void *ctx, struct dd_call *call, const char *name)
{
    return start_named(ctx, FIXTURE_REMOVE, call, name);
}

static enum dd_status client_list(void *ctx, struct dd_call *call)
{
    return start_named(ctx, FIXTURE_LIST, call, "");
}

static enum dd_status client_pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    struct fixture_call *started = start(ctx, FIXTURE_PULL, call);
    char name[FIXTURE_NAME_MAX];

    if (started == NULL) {
        return DD_EENGINE;
    }
    assert_non_null(spec->repository);
    assert_true((spec->tag == NULL) != (spec->digest == NULL));
    (void)snprintf(name, sizeof name, "%s%c%s", spec->repository, spec->tag != NULL ? ':' : '@',
                   spec->tag != NULL ? spec->tag : spec->digest);
    fixture_compress(name, started->name, sizeof started->name);
    copy(started->platform, sizeof started->platform, spec->platform);
    if (spec->credentials != NULL) {
        started->has_credentials = true;
        copy(started->username, sizeof started->username, spec->credentials->username);
        copy(started->password, sizeof started->password, spec->credentials->password);
        copy(started->identity_token, sizeof started->identity_token,
             spec->credentials->identity_token);
        copy(started->server_address, sizeof started->server_address,
             spec->credentials->server_address);
    }
    return DD_OK;
}

static void client_cancel(void *ctx, struct dd_call *call)
{
    struct fixture_call *started = call->client;

    (void)ctx;
    assert_ptr_equal(started->call, call);
    assert_false(started->is_completed);
    assert_false(started->is_cancelled); /* once is enough */
    started->is_cancelled = true;
}

static const struct dd_docker_ops client_ops = {
    .identify = client_identify,
    .pull = client_pull,
    .inspect = client_inspect,
    .remove = client_remove,
    .list = client_list,
    .cancel = client_cancel,
};

struct dd_docker fixture_client_interface(struct fixture *f)
{
    return (struct dd_docker){ .ops = &client_ops, .ctx = f };
}

/* ---- What the test finds ----------------------------------------------------- */

static bool is_meant(const struct fixture_call *call, enum fixture_kind kind, const char *name)
{
    return !call->is_completed && call->kind == kind &&
           (name == NULL || strcmp(call->name, name) == 0);
}

static struct fixture_call *find(struct fixture *f, enum fixture_kind kind, const char *name)
{
    struct fixture_call *call = f->calls;

    while (call != NULL && !is_meant(call, kind, name)) {
        call = call->next;
    }
    return call;
}

struct fixture_call *fixture_client_oldest(struct fixture *f)
{
    struct fixture_call *call = f->calls;

    while (call != NULL && call->is_completed) {
        call = call->next;
    }
    return call;
}

struct fixture_call *fixture_call(struct fixture *f, enum fixture_kind kind, const char *name)
{
    struct fixture_call *found = find(f, kind, name);

    if (found == NULL) {
        print_error("in flight:\n");
        for (const struct fixture_call *call = f->calls; call != NULL; call = call->next) {
            if (!call->is_completed) {
                print_error("    %s %s%s\n", fixture_kind_word(call->kind), call->name,
                            call->is_cancelled ? " (cancelled)" : "");
            }
        }
        print_error("events:\n%s", fixture_events(f));
        fail_msg("no %s %s is in flight", fixture_kind_word(kind), name == NULL ? "" : name);
    }
    return found;
}

bool fixture_has_call(struct fixture *f, enum fixture_kind kind, const char *name)
{
    return find(f, kind, name) != NULL;
}

unsigned fixture_in_flight(const struct fixture *f, enum fixture_kind kind)
{
    unsigned count = 0;

    for (const struct fixture_call *call = f->calls; call != NULL; call = call->next) {
        count += !call->is_completed && call->kind == kind;
    }
    return count;
}

unsigned fixture_started(const struct fixture *f, enum fixture_kind kind)
{
    unsigned count = 0;

    for (const struct fixture_call *call = f->calls; call != NULL; call = call->next) {
        count += call->kind == kind;
    }
    return count;
}

/* ---- What the test answers --------------------------------------------------- */

void fixture_answer(struct fixture_call *call, const struct dd_answer *answer)
{
    struct dd_answer whole = *answer;
    struct dd_call *asked = call->call;

    assert_false(call->is_completed);
    call->is_completed = true;
    call->call = NULL;
    if (whole.instance == 0) {
        whole.instance = call->fixture->instance;
    }
    asked->done(asked, &whole);
}

void fixture_answer_error(struct fixture_call *call, unsigned http_status, const char *text)
{
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                              .http_status = http_status,
                                              .text = text });
}

void fixture_answer_lost(struct fixture_call *call)
{
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_LOST,
                                              .text = "read: connection reset by peer" });
}

void fixture_answer_unsent(struct fixture_call *call)
{
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_UNSENT,
                                              .text = "dial unix: connection refused" });
}

void fixture_answer_cancelled(struct fixture_call *call)
{
    assert_true(call->is_cancelled);
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_CANCELLED });
}

void fixture_answer_inspect(struct fixture *f, const char *name, const char *image,
                            const char *names)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_INSPECT, name);
    struct fixture_names tags;
    struct fixture_names digests;
    char id[FIXTURE_NAME_MAX];

    fixture_expand(image, id);
    fixture_split(names, FIXTURE_TAGS, &tags);
    fixture_split(names, FIXTURE_DIGESTS, &digests);
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                              .http_status = 200,
                                              .id = id,
                                              .tags = { tags.at, tags.count },
                                              .digests = { digests.at, digests.count } });
}

static void answer_404(struct fixture_call *call)
{
    char text[FIXTURE_NAME_MAX + 32];

    (void)snprintf(text, sizeof text, "No such image: %s", call->name);
    fixture_answer_error(call, 404, text);
}

void fixture_answer_inspect_404(struct fixture *f, const char *name)
{
    answer_404(fixture_call(f, FIXTURE_INSPECT, name));
}

void fixture_answer_remove(struct fixture *f, const char *name, const char *untagged,
                           const char *deleted)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_REMOVE, name);
    struct fixture_names gone_names;
    struct fixture_names gone_images;

    fixture_split(untagged, FIXTURE_ALL_NAMES, &gone_names);
    fixture_split(deleted, FIXTURE_ALL_NAMES, &gone_images);
    fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                              .http_status = 200,
                                              .untagged = { gone_names.at, gone_names.count },
                                              .deleted = { gone_images.at, gone_images.count } });
}

void fixture_answer_remove_error(struct fixture *f, const char *name, unsigned http_status,
                                 const char *text)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_REMOVE, name);

    if (http_status == 404 && text == NULL) {
        answer_404(call);
    } else {
        fixture_answer_error(call, http_status, text);
    }
}

/* ---- Pulls ------------------------------------------------------------------- */

void fixture_line(struct fixture *f, const char *name, const struct dd_line *line)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_PULL, name);

    call->call->line(call->call, line);
}

void fixture_status_line(struct fixture *f, const char *name, const char *status)
{
    fixture_line(f, name, &(struct dd_line){ .status = status });
}

void fixture_answer_pull_ok(struct fixture *f, const char *name, const char *digest,
                            enum fixture_closing closing)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_PULL, name);
    char text[2 * FIXTURE_NAME_MAX];
    char expanded[FIXTURE_NAME_MAX];

    if (digest != NULL) {
        char at[3] = { '@', digest[0], '\0' };

        fixture_expand(at, expanded);
        (void)snprintf(text, sizeof text, "Digest: %s", expanded);
        fixture_status_line(f, name, text);
    }
    if (closing != FIXTURE_NO_CLOSING) {
        fixture_expand(call->name, expanded);
        (void)snprintf(text, sizeof text, "Status: %s for %s",
                       closing == FIXTURE_NEWER ? "Downloaded newer image" : "Image is up to date",
                       expanded);
        fixture_status_line(f, name, text);
    }
    fixture_answer(call,
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED, .http_status = 200 });
}

void fixture_answer_pull_error(struct fixture *f, const char *name, unsigned http_status,
                               const char *text)
{
    fixture_answer_error(fixture_call(f, FIXTURE_PULL, name), http_status, text);
}

void fixture_answer_pull_error_line(struct fixture *f, const char *name, const char *text)
{
    struct fixture_call *call = fixture_call(f, FIXTURE_PULL, name);

    fixture_line(f, name, &(struct dd_line){ .error = text });
    fixture_answer(call,
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED, .http_status = 200 });
}
