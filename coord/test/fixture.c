#include "coord/test/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coord/test/fixture_client.h"
#include "coord/test/fixture_names.h"
#include "coord/test/fixture_trace.h"
#include "fakes/memory.h"

struct dd_config fixture_config(void)
{
    struct dd_config config;

    dd_config_init(&config);
    return config;
}

static uint64_t choose_first(void *ctx, uint64_t count, struct fake_label label)
{
    (void)ctx;
    (void)count;
    (void)label;
    return 0;
}

/* ---- Life -------------------------------------------------------------------- */

struct fixture *fixture_create(const struct dd_config *config)
{
    struct fixture *f = fake_memory_alloc(sizeof *f);

    f->config = config == NULL ? fixture_config() : *config;
    f->instance = 1;
    f->closing_lines = true;
    f->chooser = (struct fake_chooser){ .choose = choose_first };
    fake_queue_init(&f->queue, &f->chooser);
    f->queue.now_ns = SECOND;
    fake_clock_init(&f->clock, &f->queue);
    fake_executor_init(&f->executor);
    fake_allocator_init(&f->allocator);
    fake_entropy_init(&f->entropy, 1);
    fake_host_locks_init(&f->locks);
    fake_host_lock_init(&f->lock, &f->locks, "this-agent");
    fake_observer_init(&f->observer, fixture_trace_event, f);
    f->env = (struct dd_env){
        .clock = fake_clock_interface(&f->clock),
        .executor = fake_executor_interface(&f->executor),
        .docker = fixture_client_interface(f),
        .host_lock = fake_host_lock_interface(&f->lock),
        .entropy = fake_entropy_interface(&f->entropy),
        .allocator = fake_allocator_interface(&f->allocator),
        .observer = fake_observer_interface(&f->observer),
    };
    return f;
}

static void was_opened(void *arg, enum dd_status status, const char *text)
{
    struct fixture *f = arg;

    f->opened_count++;
    f->opened_status = status;
    (void)snprintf(f->opened_text, sizeof f->opened_text, "%s", text == NULL ? "" : text);
}

enum dd_status fixture_start_open(struct fixture *f)
{
    return dd_open(&f->config, &f->env, was_opened, f, &f->coord);
}

static void answer_identify(struct fixture *f)
{
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = "engine-1",
                                        .closing_lines = f->closing_lines });
}

struct fixture *fixture_open(const struct dd_config *config)
{
    struct fixture *f = fixture_create(config);

    assert_int_equal(fixture_start_open(f), DD_OK);
    answer_identify(f);
    fixture_run(f);
    assert_int_equal(f->opened_count, 1);
    assert_int_equal(f->opened_status, DD_OK);
    fixture_forget(f);
    return f;
}

static void was_closed(void *arg)
{
    ((struct fixture *)arg)->closed_count++;
}

enum dd_status fixture_start_close(struct fixture *f, bool drain, uint64_t deadline_ns)
{
    enum dd_status status = dd_close(
        f->coord, &(struct dd_close){
                      .drain = drain, .deadline_ns = deadline_ns, .closed = was_closed, .arg = f });

    f->is_closing = f->is_closing || status == DD_OK;
    return status;
}

/* Whatever is asked of the engine comes to nothing. */
static void answer_all(struct fixture *f)
{
    struct fixture_call *call;

    fixture_run(f);
    while ((call = fixture_client_oldest(f)) != NULL) {
        if (call->is_cancelled) {
            fixture_answer_cancelled(call);
        } else if (call->kind == FIXTURE_REMOVE) {
            fixture_answer(call, &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                                      .http_status = 200 });
        } else {
            fixture_answer_error(call, 404, "No such image: it is over");
        }
        fixture_run(f);
    }
}

static void finish(struct fixture *f)
{
    if (f->opened_count == 0) {
        answer_all(f);
    }
    if (f->opened_status == DD_OK) {
        if (!f->is_closing) {
            assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
        }
        answer_all(f);
        for (unsigned i = 0; f->closed_count == 0 && i < 100; i++) {
            fixture_pass(f, HOUR);
            answer_all(f);
        }
    }
    dd_destroy(f->coord);
    f->coord = NULL;
}

void fixture_scratch_free(struct fixture *f)
{
    free(f->scratch);
    f->scratch = NULL;
}

static void fixture_free(struct fixture *f)
{
    struct fixture_call *call;
    struct fixture_told *told;

    while ((call = f->calls) != NULL) {
        f->calls = call->next;
        free(call);
    }
    while ((told = f->tellings) != NULL) {
        f->tellings = told->next;
        free(told);
    }
    fixture_scratch_free(f);
    free(f->trace);
    fake_host_lock_release(&f->lock);
    fake_queue_release(&f->queue);
    free(f);
}

void fixture_close(struct fixture *f)
{
    bool was_open = f->coord != NULL && f->opened_count > 0 && f->opened_status == DD_OK;
    unsigned closed_count;
    size_t live_bytes;
    size_t pending_count;
    bool is_armed;
    uint64_t due_ns;

    if (f->coord != NULL) {
        finish(f);
    }
    closed_count = f->closed_count;
    live_bytes = f->allocator.live_bytes;
    pending_count = f->executor.pending_count;
    is_armed = fake_clock_due(&f->clock, &due_ns);
    fixture_free(f);
    assert_true(!was_open || closed_count == 1);
    assert_int_equal(live_bytes, 0);
    assert_int_equal(pending_count, 0);
    assert_false(is_armed);
}

int fixture_setup(void **state)
{
    *state = fixture_open(NULL);
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_close(*state);
    return 0;
}

bool fixture_step(struct fixture *f)
{
    return fake_executor_step(&f->executor);
}

void fixture_run(struct fixture *f)
{
    while (fake_executor_step(&f->executor)) {
    }
}

void fixture_pass(struct fixture *f, uint64_t ns)
{
    uint64_t until_ns = f->queue.now_ns + ns;
    const struct fake_event *event;

    fixture_run(f);
    while ((event = fake_queue_next(&f->queue)) != NULL && event->earliest_ns <= until_ns) {
        (void)fake_queue_step(&f->queue);
        fixture_run(f);
    }
    f->queue.now_ns = until_ns;
}

/* ---- What the agent does ----------------------------------------------------- */

static void was_told(void *arg, const struct dd_result *result)
{
    struct fixture_told *told = arg;

    told->count++;
    told->time_ns = told->fixture->queue.now_ns;
    told->status = result->status;
    told->conflict = result->conflict;
    told->recoverable = result->recoverable;
    told->retry_after_ns = result->retry_after_ns;
    fixture_compress(result->text, told->text, sizeof told->text);
    if (result->status == DD_OK) {
        (void)snprintf(told->image, sizeof told->image, "%s", result->lease.image);
        (void)snprintf(told->caller, sizeof told->caller, "%s", result->lease.caller);
        told->lease = (struct dd_lease){ .image = told->image,
                                         .caller = told->caller,
                                         .number = result->lease.number };
    }
    if (told->then != NULL) {
        told->then(told->fixture, told);
    }
}

static struct fixture_told *told_add(struct fixture *f)
{
    struct fixture_told *told = fake_memory_alloc(sizeof *told);

    told->fixture = f;
    told->next = f->tellings;
    f->tellings = told;
    return told;
}

struct fixture_told *fixture_pull_as(struct fixture *f, const struct dd_pull *pull)
{
    struct fixture_told *told = told_add(f);
    struct dd_pull asked = *pull;
    char reference[FIXTURE_NAME_MAX];

    fixture_expand(pull->reference, reference);
    asked.reference = pull->reference == NULL ? NULL : reference;
    asked.done = was_told;
    asked.arg = told;
    told->begun = dd_pull(f->coord, &asked, &told->operation);
    return told;
}

struct fixture_told *fixture_pull(struct fixture *f, const char *reference, const char *caller)
{
    struct fixture_told *told = fixture_pull_as(
        f, &(struct dd_pull){ .reference = reference, .caller = caller, .policy = DD_PULL_ALWAYS });

    assert_int_equal(told->begun, DD_OK);
    return told;
}

struct fixture_told *fixture_retain_as(struct fixture *f, const struct dd_retain *retain)
{
    struct fixture_told *told = told_add(f);
    struct dd_retain asked = *retain;
    char image[FIXTURE_NAME_MAX];

    fixture_expand(retain->image, image);
    asked.image = retain->image == NULL ? NULL : image;
    asked.done = was_told;
    asked.arg = told;
    told->begun = dd_retain(f->coord, &asked, &told->operation);
    return told;
}

struct fixture_told *fixture_retain(struct fixture *f, const char *image, const char *bindings,
                                    const char *caller)
{
    struct fixture_names names;
    struct fixture_told *told;

    fixture_split(bindings, FIXTURE_ALL_NAMES, &names);
    told = fixture_retain_as(f, &(struct dd_retain){ .image = image,
                                                     .caller = caller,
                                                     .bindings = { names.at, names.count } });
    assert_int_equal(told->begun, DD_OK);
    return told;
}

void fixture_release(struct fixture *f, const struct fixture_told *told)
{
    assert_int_equal(dd_release(f->coord, told->lease), DD_OK);
}

/* The digit of the digest that @image comes with: its first letter, or its own. */
static char digit_of(const char *image)
{
    return (char)((image[0] == '@' ? image[1] : image[0]) | 0x20);
}

struct fixture_told *fixture_pull_brings(struct fixture *f, const char *reference,
                                         const char *caller, const char *image, const char *names)
{
    struct fixture_told *told = fixture_pull(f, reference, caller);
    char digest[2] = { digit_of(image), '\0' };
    char looked_up[FIXTURE_NAME_MAX];
    char brought[FIXTURE_NAME_MAX];
    size_t length = strcspn(reference, "@");
    const char *colon = strrchr(reference, ':');

    if (reference[length] == '\0' && colon != NULL && strchr(colon, '/') == NULL) {
        length = (size_t)(colon - reference);
    }
    (void)snprintf(looked_up, sizeof looked_up, "%.*s@%s", (int)length, reference, digest);
    fixture_answer_inspect_404(f, reference);
    fixture_answer_pull_ok(f, reference, digest, FIXTURE_NEWER);
    fixture_answer_inspect(f, looked_up, image, names == NULL ? looked_up : names);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_compress(told->image, brought, sizeof brought);
    assert_string_equal(brought, image);
    return told;
}

struct fixture_told *fixture_pull_whole(struct fixture *f, const char *reference,
                                        const char *caller, const char *image)
{
    char names[2 * FIXTURE_NAME_MAX];
    const char *colon = strrchr(reference, ':');

    if (strchr(reference, '@') != NULL) {
        return fixture_pull_brings(f, reference, caller, image, reference);
    }
    assert_non_null(colon);
    (void)snprintf(names, sizeof names, "%s %.*s@%c", reference, (int)(colon - reference),
                   reference, digit_of(image));
    return fixture_pull_brings(f, reference, caller, image, names);
}

void fixture_removing(struct fixture *f, const char *reference, const char *image)
{
    fixture_release(f, fixture_pull_whole(f, reference, "somebody", image));
    fixture_pass(f, f->config.remove_delay_ns);
    (void)fixture_call(f, FIXTURE_INSPECT, image);
    assert_int_equal(fixture_state(f, image), DD_IMAGE_REMOVING);
    fixture_forget(f);
}
