#include "sim/test/oracle_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/memory.h"

static const char *nickname(void *ctx, const char *id)
{
    static const char names[][2] = { "a", "b", "c", "d", "e", "f" };
    (void)ctx;
    return id[7] >= 'a' && id[7] <= 'f' ? names[id[7] - 'a'] : NULL;
}

#define EIGHT(letter) letter letter letter letter letter letter letter letter
#define DIGITS(letter) EIGHT(EIGHT(letter))

const char *fix_id(char image)
{
    static const char *const ids[] = {
        "sha256:" DIGITS("a"), "sha256:" DIGITS("b"), "sha256:" DIGITS("c"),
        "sha256:" DIGITS("d"), "sha256:" DIGITS("e"), "sha256:" DIGITS("f"),
    };
    return ids[image - 'a'];
}

struct dd_config fix_config(void)
{
    struct dd_config config;
    dd_config_init(&config);
    config.remove_delay_ns = FIX_DELAY_NS;
    config.delete_settling_ns = FIX_SETTLING_NS;
    return config;
}

void fix_begin(struct oracle_fixture *f, const struct dd_config *config)
{
    f->now_ns = DD_SECOND_NS;
    f->last_call = 0;
    f->last_operation = 0;
    f->last_lease = 0;
    sim_oracle_begin(f->oracle, config, (struct sim_namer){ .nickname = nickname });
}

int oracle_fixture_setup(void **state)
{
    const struct dd_config config = fix_config();
    struct oracle_fixture *f = fake_memory_alloc(sizeof(*f));
    f->oracle = sim_oracle_create();
    fix_begin(f, &config);
    *state = f;
    return 0;
}

int oracle_fixture_teardown(void **state)
{
    struct oracle_fixture *f = *state;
    sim_oracle_destroy(f->oracle);
    free(f);
    return 0;
}

void fix_wait(struct oracle_fixture *f, uint64_t ns)
{
    f->now_ns += ns;
}

/* --- the engine ---------------------------------------------------------------------- */

static void happen(struct oracle_fixture *f, const struct fake_happening *happening)
{
    sim_oracle_happened(f->oracle, f->now_ns, happening);
}

uint64_t fix_call(struct oracle_fixture *f, enum fake_call_kind kind, const char *name)
{
    assert_true(f->last_call + 1 < FIX_CALL_MAX);
    f->calls[++f->last_call].kind = kind;
    f->calls[f->last_call].name = name;
    return f->last_call;
}

uint64_t fix_send(struct oracle_fixture *f, enum fake_call_kind kind, const char *name)
{
    uint64_t call = fix_call(f, kind, name);
    happen(f, &(struct fake_happening){
                  .kind = FAKE_HAPPENED_SENT, .call = kind, .number = call, .name = name });
    return call;
}

uint64_t fix_send_pull(struct oracle_fixture *f, const char *name, uint64_t secret)
{
    sim_oracle_pulling(f->oracle, secret);
    return fix_send(f, FAKE_CALL_PULL, name);
}

void fix_executed(struct oracle_fixture *f, uint64_t call, unsigned status)
{
    fix_executed_with(f, call, status, NULL);
}

void fix_executed_with(struct oracle_fixture *f, uint64_t call, unsigned status,
                       const char *message)
{
    happen(f, &(struct fake_happening){ .kind = FAKE_HAPPENED_EXECUTED,
                                        .number = call,
                                        .http_status = status,
                                        .message = message });
}

void fix_succeed(struct oracle_fixture *f, const char *name)
{
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_PULL_SUCCEEDED,
                                                  .time_ns = f->now_ns,
                                                  .reference = name });
}

void fix_answered(struct oracle_fixture *f, uint64_t call, unsigned status)
{
    happen(f, &(struct fake_happening){ .kind = FAKE_HAPPENED_ANSWERED,
                                        .call = f->calls[call].kind,
                                        .number = call,
                                        .name = f->calls[call].name,
                                        .http_status = status });
}

void fix_cancelled(struct oracle_fixture *f, uint64_t call)
{
    happen(f, &(struct fake_happening){ .kind = FAKE_HAPPENED_CANCELLED, .number = call });
}

void fix_late(struct oracle_fixture *f, uint64_t call, uint64_t since_ns)
{
    happen(f, &(struct fake_happening){
                  .kind = FAKE_HAPPENED_LATE, .number = call, .since_abandoned_ns = since_ns });
}

void fix_made(struct oracle_fixture *f, uint64_t by, char image)
{
    happen(f, &(struct fake_happening){
                  .kind = FAKE_HAPPENED_MADE, .number = by, .image = fix_id(image) });
}

void fix_named(struct oracle_fixture *f, uint64_t by, const char *name, char image)
{
    happen(f,
           &(struct fake_happening){
               .kind = FAKE_HAPPENED_NAMED, .number = by, .name = name, .image = fix_id(image) });
}

void fix_unnamed(struct oracle_fixture *f, uint64_t by, const char *name, char was)
{
    happen(f, &(struct fake_happening){
                  .kind = FAKE_HAPPENED_UNNAMED, .number = by, .name = name, .was = fix_id(was) });
}

void fix_deleted(struct oracle_fixture *f, uint64_t by, char image)
{
    happen(f, &(struct fake_happening){
                  .kind = FAKE_HAPPENED_DELETED, .number = by, .image = fix_id(image) });
}

void fix_inspect(struct oracle_fixture *f, const char *name, unsigned status)
{
    uint64_t call = fix_send(f, FAKE_CALL_INSPECT, name);
    fix_executed(f, call, status);
    fix_answered(f, call, status);
}

void fix_settle(struct oracle_fixture *f, const char *name, unsigned status)
{
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_PULL_SETTLED,
                                                  .time_ns = f->now_ns,
                                                  .reference = name });
    fix_inspect(f, name, status);
}

/* --- the agents and the coordinator ------------------------------------------------------ */

uint32_t fix_ask_policy(struct oracle_fixture *f, const char *caller, const char *reference,
                        enum dd_policy policy, uint64_t secret)
{
    const struct sim_asked asked = {
        .caller = caller, .reference = reference, .policy = policy, .secret = secret
    };
    uint32_t operation = sim_oracle_asking(f->oracle, f->now_ns, &asked);
    sim_oracle_asked(f->oracle, operation, DD_OK,
                     (struct dd_operation){ .number = ++f->last_operation });
    return operation;
}

uint32_t fix_ask(struct oracle_fixture *f, const char *caller, const char *reference)
{
    return fix_ask_policy(f, caller, reference, DD_PULL_ALWAYS, 0);
}

/* Operations are numbered from 0 by the oracle and from 1 by the coordinator. */
uint64_t fix_number(const struct oracle_fixture *f, uint32_t operation)
{
    (void)f;
    return (uint64_t)operation + 1;
}

void fix_grant(struct oracle_fixture *f, uint32_t operation, char image)
{
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_GRANTED,
                                                  .time_ns = f->now_ns,
                                                  .operation = fix_number(f, operation),
                                                  .image = fix_id(image) });
}

void fix_take_back(struct oracle_fixture *f, uint32_t operation, const char *caller, char image)
{
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_TAKEN_BACK,
                                                  .time_ns = f->now_ns,
                                                  .operation = fix_number(f, operation),
                                                  .caller = caller,
                                                  .image = fix_id(image) });
}

uint64_t fix_tell(struct oracle_fixture *f, uint32_t operation, char image)
{
    const struct dd_result result = {
        .status = DD_OK,
        .text = "",
        .lease = { .image = fix_id(image), .number = ++f->last_lease },
    };
    sim_oracle_told(f->oracle, f->now_ns, operation, &result, true);
    return f->last_lease;
}

void fix_tell_failed(struct oracle_fixture *f, uint32_t operation, enum dd_status status)
{
    sim_oracle_told(f->oracle, f->now_ns, operation, &(struct dd_result){ .status = status }, true);
}

void fix_cancel(struct oracle_fixture *f, uint32_t operation, enum dd_status status)
{
    sim_oracle_cancelled(f->oracle, operation, status);
}

void fix_release(struct oracle_fixture *f, const char *caller, char image, uint64_t lease)
{
    sim_oracle_released(
        f->oracle, f->now_ns,
        (struct dd_lease){ .image = fix_id(image), .caller = caller, .number = lease }, DD_OK);
}

uint64_t fix_pull(struct oracle_fixture *f, const char *caller, const char *name, char image)
{
    char digest[200];
    (void)snprintf(digest, sizeof(digest), "%.*s@%s", (int)strcspn(name, ":"), name, fix_id(image));
    uint32_t operation = fix_ask(f, caller, name);
    fix_inspect(f, name, 404);
    uint64_t call = fix_send_pull(f, name, 0);
    fix_made(f, call, image);
    fix_named(f, call, digest, image);
    fix_named(f, call, name, image);
    fix_executed(f, call, 200);
    fix_answered(f, call, 200);
    fix_inspect(f, digest, 200);
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_PULL_SUCCEEDED,
                                                  .time_ns = f->now_ns,
                                                  .reference = name });
    fix_grant(f, operation, image);
    return fix_tell(f, operation, image);
}

static void saw(struct oracle_fixture *f, struct dd_event event)
{
    event.time_ns = f->now_ns;
    sim_oracle_saw(f->oracle, &event);
}

void fix_saw(struct oracle_fixture *f, enum dd_event_kind kind, char image)
{
    saw(f, (struct dd_event){ .kind = kind, .image = fix_id(image) });
}

void fix_blocked(struct oracle_fixture *f, char image, enum dd_conflict conflict)
{
    saw(f, (struct dd_event){ .kind = DD_EVENT_BLOCKED,
                              .image = fix_id(image),
                              .status = DD_ECONFLICT,
                              .conflict = conflict });
}

void fix_announce(struct oracle_fixture *f, const char *name)
{
    saw(f, (struct dd_event){ .kind = DD_EVENT_INSPECT_STARTED, .reference = name });
}

void fix_inquire(struct oracle_fixture *f, const char *name)
{
    fix_announce(f, name);
    fix_inspect(f, name, 200);
}

void fix_explain_blocked(struct oracle_fixture *f, char image, enum dd_status status,
                         enum dd_conflict conflict)
{
    sim_oracle_explained(f->oracle, &(struct dd_explained){ .image = fix_id(image),
                                                            .state = DD_IMAGE_BLOCKED,
                                                            .status = status,
                                                            .conflict = conflict });
}

void fix_explain(struct oracle_fixture *f, char image, enum dd_image_state state,
                 uint64_t lease_count)
{
    sim_oracle_explained(f->oracle, &(struct dd_explained){ .image = fix_id(image),
                                                            .state = state,
                                                            .lease_count = lease_count });
}

/* --- what it says ------------------------------------------------------------------------- */

void fix_assert_fine(const struct oracle_fixture *f)
{
    const struct sim_violation *violation = sim_oracle_violation(f->oracle);
    if (violation != NULL) {
        fail_msg("%s: %s", violation->invariant, violation->message);
    }
}

void fix_assert_objects(const struct oracle_fixture *f, const char *invariant)
{
    const struct sim_violation *violation = sim_oracle_violation(f->oracle);
    assert_non_null(violation);
    assert_string_equal(violation->invariant, invariant);
    assert_true(strlen(violation->message) > 10);
}
