/* The plain model (S9) agrees with a coordinator that keeps the rules, and says what it
 * finds wrong with one that does not. The tests are the coordinator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/model_state.h"

#define EIGHT(letter) letter letter letter letter letter letter letter letter
#define IMAGE_A "sha256:" EIGHT(EIGHT("a"))
#define DIGEST "sha256:" EIGHT(EIGHT("d"))
#define REDIS "redis:7"
#define CALL_MAX 8

struct fixture {
    struct sim_oracle *oracle;
    struct sim_model *model;
    uint64_t now_ns;
    struct dd_call calls[CALL_MAX];
    size_t call_count;
    uint32_t asked_count;
};

static int setup(void **state)
{
    struct fixture *f = fake_memory_alloc(sizeof(*f));
    struct dd_config config;
    dd_config_init(&config);
    config.parallel_pull_max = 1;
    f->now_ns = DD_SECOND_NS;
    f->oracle = sim_oracle_create();
    f->model = sim_model_create(f->oracle);
    sim_oracle_begin(f->oracle, &config, (struct sim_namer){ .nickname = NULL });
    sim_model_begin(f->model, &config, &f->now_ns, false);
    const struct dd_answer identified = { .closing_lines = true };
    sim_model_delivers(
        f->model, &(struct fake_delivery){ .kind = FAKE_CALL_IDENTIFY, .answer = &identified });
    sim_model_opened(f->model);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sim_model_destroy(f->model);
    sim_oracle_destroy(f->oracle);
    fake_memory_free(f);
    return 0;
}

/* --- what the coordinator does ------------------------------------------------------------ */

static void say(struct fixture *f, struct dd_event event)
{
    event.time_ns = f->now_ns;
    sim_model_saw(f->model, &event);
}

static void say_moved(struct fixture *f, enum dd_image_state state)
{
    say(f, (struct dd_event){ .kind = DD_EVENT_MOVED, .image = IMAGE_A, .state = state });
}

static void say_count(struct fixture *f, enum dd_event_kind kind, uint64_t count)
{
    say(f, (struct dd_event){ .kind = kind, .image = IMAGE_A, .count = count });
}

static struct dd_call *start(struct fixture *f, enum fake_call_kind kind, const char *name)
{
    struct dd_call *call = &f->calls[f->call_count++];
    sim_model_starts(f->model, kind, call, name, DD_OK);
    return call;
}

static struct dd_call *inspect(struct fixture *f, const char *name)
{
    say(f, (struct dd_event){ .kind = DD_EVENT_INSPECT_STARTED, .reference = name });
    return start(f, FAKE_CALL_INSPECT, name);
}

static void answer(struct fixture *f, const struct dd_call *call, struct dd_answer answer)
{
    sim_model_delivers(f->model, &(struct fake_delivery){ .call = call, .answer = &answer });
}

static void answer_status(struct fixture *f, const struct dd_call *call, unsigned http_status)
{
    answer(f, call, (struct dd_answer){ .http_status = http_status, .text = "" });
}

static void answer_found(struct fixture *f, const struct dd_call *call)
{
    static const char *const tags[] = { REDIS };
    static const char *const digests[] = { "redis@" DIGEST };
    answer(f, call,
           (struct dd_answer){ .http_status = 200,
                               .id = IMAGE_A,
                               .tags = { .at = tags, .count = 1 },
                               .digests = { .at = digests, .count = 1 } });
}

static void line(struct fixture *f, const struct dd_call *call, const char *status)
{
    const struct dd_line text = { .status = status };
    sim_model_delivers(
        f->model, &(struct fake_delivery){ .call = call, .kind = FAKE_CALL_PULL, .line = &text });
}

/* --- what agents do ------------------------------------------------------------------------- */

static uint32_t ask(struct fixture *f, const char *caller, const char *reference)
{
    uint32_t index = f->asked_count++;
    const struct sim_asked asked = { .caller = caller, .reference = reference };
    sim_model_asking(f->model, index, &asked);
    say(f, (struct dd_event){ .kind = DD_EVENT_PULL_ASKED, .operation = index + 1 });
    return index;
}

static void begin_pull(struct fixture *f, const char *reference)
{
    say(f, (struct dd_event){ .kind = DD_EVENT_PULL_BEFORE, .reference = reference });
}

/* web-1 asks for redis:7; up to the answer of what was brought, and not its grant. */
static struct dd_call *pull_to_look_up(struct fixture *f)
{
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    struct dd_call *call = inspect(f, REDIS);
    sim_model_asked(f->model, 0, DD_OK);
    answer_status(f, call, 404);
    call = start(f, FAKE_CALL_PULL, REDIS);
    line(f, call, "Digest: " DIGEST);
    line(f, call, "Status: Downloaded newer image for redis:7");
    answer_status(f, call, 200);
    return inspect(f, "redis@" DIGEST);
}

static void say_granted(struct fixture *f)
{
    say(f, (struct dd_event){ .kind = DD_EVENT_BOUND, .image = IMAGE_A, .reference = REDIS });
    say(f, (struct dd_event){
               .kind = DD_EVENT_BOUND, .image = IMAGE_A, .reference = "redis@" DIGEST });
    say_moved(f, DD_IMAGE_HELD);
    say_count(f, DD_EVENT_COUNT_UP, 1);
}

static void tell(struct fixture *f, uint32_t index, enum dd_status status)
{
    sim_model_runs(f->model);
    sim_model_told(f->model, index,
                   &(struct dd_result){ .status = status,
                                        .recoverable = status != DD_OK,
                                        .retry_after_ns = status != DD_OK ? 5 * DD_SECOND_NS : 0,
                                        .lease = { .image = IMAGE_A, .number = index + 1 } });
}

/* All of it: web-1 holds redis:7 and was told so. */
static void hold(struct fixture *f)
{
    answer_found(f, pull_to_look_up(f));
    say_granted(f);
    tell(f, 0, DD_OK);
    sim_model_check(f->model, false);
}

/* And lets go: IDLE. */
static void let_go(struct fixture *f)
{
    const struct dd_lease lease = { .image = IMAGE_A, .caller = "web-1", .number = 1 };
    assert_int_equal(sim_model_release(f->model, lease), DD_OK);
    say_moved(f, DD_IMAGE_IDLE);
    say_count(f, DD_EVENT_COUNT_DOWN, 0);
    sim_model_check(f->model, false);
}

/* And its delay is over: it is being removed, and its ID was inspected. */
static void remove_to_name(struct fixture *f)
{
    f->now_ns += 3 * 60 * DD_SECOND_NS;
    sim_model_alarm(f->model);
    say(f, (struct dd_event){ .kind = DD_EVENT_REMOVAL_STARTED, .image = IMAGE_A });
    say_moved(f, DD_IMAGE_REMOVING);
    answer_found(f, start(f, FAKE_CALL_INSPECT, IMAGE_A));
}

static void assert_agrees(const struct fixture *f)
{
    const struct sim_violation *violation = sim_oracle_violation(f->oracle);
    if (violation != NULL) {
        fail_msg("%s: %s", violation->invariant, violation->message);
    }
}

static void assert_objects(struct fixture *f, const char *part)
{
    sim_model_check(f->model, false);
    const struct sim_violation *violation = sim_oracle_violation(f->oracle);
    assert_non_null(violation);
    assert_string_equal(violation->invariant, "S9");
    if (strstr(violation->message, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, violation->message);
    }
}

/* --- agreement -------------------------------------------------------------------------------- */

/* A pull, its telling, a release and a removal that keep the rules are agreed with. */
static void test_a_life_is_agreed_with(void **state)
{
    struct fixture *f = *state;
    hold(f);
    let_go(f);
    remove_to_name(f);
    struct dd_call *call = start(f, FAKE_CALL_INSPECT, REDIS);
    sim_model_check(f->model, false);
    answer_found(f, call);
    static const char *const deleted[] = { IMAGE_A };
    answer(f, start(f, FAKE_CALL_REMOVE, REDIS),
           (struct dd_answer){ .http_status = 200, .deleted = { .at = deleted, .count = 1 } });
    say_moved(f, DD_IMAGE_ABSENT);
    sim_model_check(f->model, true);
    assert_agrees(f);
}

/* What dd_explain says is compared with who holds what, what is bound, and when
 * something happens next. */
static void test_an_explanation_is_agreed_with(void **state)
{
    struct fixture *f = *state;
    const char *names[] = { REDIS, "redis@" DIGEST };
    struct dd_explained explained = { .image = IMAGE_A,
                                      .state = DD_IMAGE_IDLE,
                                      .ours = true,
                                      .bindings = { .at = names, .count = 2 } };
    hold(f);
    let_go(f);
    explained.next_ns = f->now_ns + 3 * 60 * DD_SECOND_NS;
    sim_model_explained(f->model, &explained);
    sim_model_check(f->model, true);
    assert_agrees(f);
    explained.next_ns++;
    sim_model_explained(f->model, &explained);
    assert_objects(f, "something happens next to");
}

/* --- calls --------------------------------------------------------------------------------------
 */

/* A call that nobody has a reason for is objected to. */
static void test_a_call_without_a_reason(void **state)
{
    struct fixture *f = *state;
    hold(f);
    (void)inspect(f, REDIS);
    assert_objects(f, "nothing asks about redis:7 now, and it is inspected");
}

/* So is one that must be started, and is not. */
static void test_a_call_that_is_missing(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    assert_objects(f, "redis:7 is inspected now, and it is not");
}

/* A DELETE of what is wanted again is objected to: its removal was called off. */
static void test_a_delete_of_what_is_wanted(void **state)
{
    struct fixture *f = *state;
    hold(f);
    let_go(f);
    remove_to_name(f);
    struct dd_call *call = start(f, FAKE_CALL_INSPECT, REDIS);
    (void)ask(f, "web-2", REDIS);
    sim_model_cancels(f->model, call);
    (void)start(f, FAKE_CALL_REMOVE, REDIS);
    assert_objects(f, "no removal is so far, and it DELETEs redis:7");
}

/* A call that is to be cancelled, and is not, is objected to. */
static void test_a_call_that_is_not_cancelled(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    (void)inspect(f, REDIS);
    assert_int_equal(sim_model_cancel(f->model, 1), DD_OK);
    assert_objects(f, "a call is cancelled, and none is");
}

/* --- turns
 * ---------------------------------------------------------------------------------------- */

/* A pull that has a slot and does not begin is objected to. */
static void test_a_pull_that_waits(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    assert_objects(f, "nothing is in the way of the pull of redis:7, and it waits");
}

/* First come, first served: a later pull that begins first is objected to. */
static void test_a_pull_out_of_turn(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    (void)ask(f, "web-2", "redis:8");
    begin_pull(f, "redis:8");
    assert_objects(f, "redis:7 has its turn, and redis:8 begins");
}

/* A removal that begins before its time is objected to. */
static void test_a_removal_before_its_time(void **state)
{
    struct fixture *f = *state;
    hold(f);
    let_go(f);
    say(f, (struct dd_event){ .kind = DD_EVENT_REMOVAL_STARTED, .image = IMAGE_A });
    assert_objects(f, "nothing is removed next");
}

/* One whose time has come, and which does not begin, too. */
static void test_a_removal_that_waits(void **state)
{
    struct fixture *f = *state;
    hold(f);
    let_go(f);
    f->now_ns += 3 * 60 * DD_SECOND_NS;
    sim_model_alarm(f->model);
    assert_objects(f, "nothing is in the way of the removal");
}

/* --- what is said
 * ---------------------------------------------------------------------------------- */

/* An image that is said to be in another state is objected to. */
static void test_another_state(void **state)
{
    struct fixture *f = *state;
    hold(f);
    say_moved(f, DD_IMAGE_IDLE);
    assert_objects(f, "is held, and the coordinator says it is idle");
}

/* A binding that was not recorded is objected to. */
static void test_a_binding_that_is_missing(void **state)
{
    struct fixture *f = *state;
    answer_found(f, pull_to_look_up(f));
    say(f, (struct dd_event){ .kind = DD_EVENT_BOUND, .image = IMAGE_A, .reference = REDIS });
    say_moved(f, DD_IMAGE_HELD);
    say_count(f, DD_EVENT_COUNT_UP, 1);
    tell(f, 0, DD_OK);
    assert_objects(f, "redis@" DIGEST " of " IMAGE_A " is bound, and the coordinator does not");
}

/* And one that there is no reason for. */
static void test_a_binding_too_many(void **state)
{
    struct fixture *f = *state;
    hold(f);
    say(f, (struct dd_event){ .kind = DD_EVENT_BOUND, .image = IMAGE_A, .reference = "user:1" });
    assert_objects(f, "user:1 of " IMAGE_A " is not bound, and the coordinator binds it");
}

/* A backoff that is not what it should be is objected to. */
static void test_a_backoff_too_long(void **state)
{
    struct fixture *f = *state;
    hold(f);
    let_go(f);
    remove_to_name(f);
    answer_found(f, start(f, FAKE_CALL_INSPECT, REDIS));
    answer(f, start(f, FAKE_CALL_REMOVE, REDIS),
           (struct dd_answer){ .http_status = 409, .text = "image has dependent child images" });
    say_moved(f, DD_IMAGE_BLOCKED);
    say(f, (struct dd_event){
               .kind = DD_EVENT_BLOCKED, .image = IMAGE_A, .after_ns = 90 * DD_SECOND_NS });
    assert_objects(f, "is tried again after 60000ms, and it is after 90000ms");
}

/* --- what is told
 * ---------------------------------------------------------------------------------- */

/* Who is told something else than what was come to is objected to. */
static void test_another_result(void **state)
{
    struct fixture *f = *state;
    answer_found(f, pull_to_look_up(f));
    say_granted(f);
    tell(f, 0, DD_EENGINE);
    assert_objects(f, "web-1 is told \"ok\", and it is told \"engine failure\"");
}

/* So is who is told that it may try again, and may not. */
static void test_another_advice(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    answer_status(f, inspect(f, REDIS), 404);
    answer_status(f, start(f, FAKE_CALL_PULL, REDIS), 404);
    tell(f, 0, DD_ENOTFOUND);
    assert_objects(f, "web-1 may not try again");
}

/* A look that cannot be started ends in the order in which it was begun: before the
 * telling of who joined its caller's pull later. */
static void test_a_refused_look_is_over_in_its_turn(void **state)
{
    struct fixture *f = *state;
    const struct sim_asked asked = { .caller = "web-1",
                                     .reference = REDIS,
                                     .policy = DD_PULL_IF_MISSING };
    struct dd_call *refused = &f->calls[CALL_MAX - 1];
    sim_model_asking(f->model, f->asked_count++, &asked);
    say(f, (struct dd_event){ .kind = DD_EVENT_PULL_ASKED, .operation = 1 });
    answer_status(f, inspect(f, REDIS), 404);
    begin_pull(f, REDIS);
    struct dd_call *before = inspect(f, REDIS);
    (void)ask(f, "web-2", REDIS);
    answer_status(f, before, 404);
    answer_status(f, start(f, FAKE_CALL_PULL, REDIS), 500);
    say(f, (struct dd_event){ .kind = DD_EVENT_INSPECT_STARTED, .reference = REDIS });
    sim_model_starts(f->model, FAKE_CALL_INSPECT, refused, REDIS, DD_EENGINE);
    (void)inspect(f, REDIS); /* what the pull left */
    sim_model_runs(f->model);
    tell(f, 1, DD_EENGINE);
    tell(f, 0, DD_EENGINE);
    sim_model_check(f->model, false);
    assert_agrees(f);
}

/* A pull with others' credentials is objected to. */
static void test_other_credentials(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    answer_status(f, inspect(f, REDIS), 404);
    sim_model_pulling(f->model, 4711);
    (void)start(f, FAKE_CALL_PULL, REDIS);
    assert_objects(f, "redis:7 is pulled with its callers' credentials");
}

/* What waits for a time that is over is objected to. */
static void test_a_time_that_is_over(void **state)
{
    struct fixture *f = *state;
    (void)ask(f, "web-1", REDIS);
    begin_pull(f, REDIS);
    (void)inspect(f, REDIS);
    f->now_ns += 30 * DD_SECOND_NS;
    sim_model_check(f->model, false);
    assert_agrees(f);
    f->now_ns++;
    say(f, (struct dd_event){ .kind = DD_EVENT_RELEASE_UNKNOWN });
    assert_objects(f, "the time for what waits for redis:7 is over");
}

/* Who is not told when that is due, too. */
static void test_a_telling_that_is_missing(void **state)
{
    struct fixture *f = *state;
    answer_found(f, pull_to_look_up(f));
    say_granted(f);
    sim_model_runs(f->model);
    assert_objects(f, "web-1 is told now, and it is not");
}

/* What dd_release answers is known before. */
static void test_another_answer(void **state)
{
    struct fixture *f = *state;
    hold(f);
    const struct dd_lease old = { .image = IMAGE_A, .caller = "web-1", .number = 9 };
    enum dd_status expected = sim_model_release(f->model, old);
    assert_int_equal(expected, DD_ENOLEASE);
    sim_model_answered(f->model, "dd_release", expected, DD_OK);
    assert_objects(f, "dd_release answers \"no such lease\", and it answered \"ok\"");
}

/* --- classes
 * --------------------------------------------------------------------------------------- */

/* A text means the first class of which it has the words, and words that are a part of an
 * image's name mean nothing. */
static void test_classes_of_texts(void **state)
{
    (void)state;
    assert_int_equal(model_class_of_text("write /x: No space left on device").status, DD_EDISKFULL);
    assert_int_equal(model_class_of_text("pull of acme/eof:1 went wrong").status, DD_EENGINE);
    assert_int_equal(model_class_of_text("reading: EOF").status, DD_ENETWORK);
    const struct dd_answer absent = { .http_status = 500, .text = "no such image: redis:7" };
    assert_int_equal(model_class_of(&absent).status, DD_ENOTFOUND);
    assert_int_equal(model_class_of_object(&absent).status, DD_EENGINE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_life_is_agreed_with),
        TEST(test_an_explanation_is_agreed_with),
        TEST(test_a_call_without_a_reason),
        TEST(test_a_call_that_is_missing),
        TEST(test_a_delete_of_what_is_wanted),
        TEST(test_a_call_that_is_not_cancelled),
        TEST(test_a_pull_that_waits),
        TEST(test_a_pull_out_of_turn),
        TEST(test_a_removal_before_its_time),
        TEST(test_a_removal_that_waits),
        TEST(test_another_state),
        TEST(test_a_binding_that_is_missing),
        TEST(test_a_binding_too_many),
        TEST(test_a_backoff_too_long),
        TEST(test_another_result),
        TEST(test_another_advice),
        TEST(test_a_refused_look_is_over_in_its_turn),
        TEST(test_other_credentials),
        TEST(test_a_time_that_is_over),
        TEST(test_a_telling_that_is_missing),
        TEST(test_another_answer),
        TEST(test_classes_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
