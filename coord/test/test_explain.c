/* dd_explain: every image, its state, holders, bindings, what it waits for, and why (H29). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coord/test/fixture_life.h"
#include "coord/test/heap.h"

/* HELD: by whom, in the order of their bytes, whatever the order of their coming; nothing
 * happens next. */
static void test_explain_names_holders_in_order(void **state)
{
    struct fixture *f = *state;
    struct fixture_image explained;

    (void)fixture_pull_whole(f, "redis:7", "web-10", "A");
    (void)fixture_retain(f, "A", NULL, "web-9");
    (void)fixture_retain(f, "A", NULL, "Web");
    (void)fixture_retain(f, "A", NULL, "web");
    (void)fixture_retain(f, "A", NULL, "\xc3\xa4");
    (void)fixture_pull_whole(f, "nginx:1", "other", "B");
    fixture_run(f);
    explained = fixture_explain(f, "A");
    assert_int_equal(explained.state, DD_IMAGE_HELD);
    assert_int_equal(explained.lease_count, 5);
    assert_string_equal(explained.holders, "Web web web-10 web-9 \xc3\xa4");
    assert_int_equal(explained.next_ns, 0);
    assert_true(explained.ours);
    assert_false(explained.wanted);
    assert_string_equal(fixture_explain(f, "B").holders, "other");
}

/* A lease counts from the grant, told or not; so it is explained (H35). */
static void test_explain_counts_from_the_grant(void **state)
{
    struct fixture *f = *state;

    (void)life_granted(f, "redis:7", "web-1", "A");
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
}

/* Bindings are named in the order of their recording, tag and digest. */
static void test_explain_names_bindings(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    (void)fixture_retain(f, "A", "host:5000/team/app:2 alpine", "web-1");
    fixture_run(f);
    assert_string_equal(fixture_explain(f, "A").bindings,
                        "redis:7 redis@a host:5000/team/app:2 alpine:latest");
}

/* What a pull did not make is explained as not ours, without bindings (H16). */
static void test_explain_says_what_is_not_ours(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_false(fixture_explain(f, "A").ours);
    assert_string_equal(fixture_explain(f, "A").bindings, "");
}

/* IDLE: until when. */
static void test_explain_idle(void **state)
{
    struct fixture *f = *state;
    uint64_t released_ns;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    released_ns = f->queue.now_ns;
    fixture_pass(f, MINUTE);
    assert_int_equal(fixture_explain(f, "A").state, DD_IMAGE_IDLE);
    assert_int_equal(fixture_explain(f, "A").next_ns, released_ns + 3 * MINUTE);
    assert_string_equal(fixture_explain(f, "A").holders, "");
}

/* IDLE and wanted: a pull in its repository keeps it, and so it is explained also when its
 * delay is over (H08, H39). */
static void test_explain_wanted(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    assert_false(fixture_explain(f, "A").wanted);
    (void)fixture_pull(f, "redis:8", "web-2");
    assert_true(fixture_explain(f, "A").wanted);
    life_start_pull(f, "redis:8");
    fixture_status_line(f, "redis:8", "Waiting");
    fixture_pass(f, 4 * MINUTE);
    assert_int_equal(fixture_explain(f, "A").state, DD_IMAGE_IDLE);
    assert_true(fixture_explain(f, "A").wanted);
}

/* REMOVING: under way, nothing to wait for; between two tries, when the next one is. */
static void test_explain_removing(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    assert_int_equal(fixture_explain(f, "A").state, DD_IMAGE_REMOVING);
    assert_int_equal(fixture_explain(f, "A").next_ns, 0);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
    fixture_run(f);
    assert_int_equal(fixture_explain(f, "A").state, DD_IMAGE_REMOVING);
    assert_int_equal(fixture_explain(f, "A").next_ns, f->queue.now_ns + 3 * SECOND);
}

/* BLOCKED: why, of which kind, and when it is tried again (H05). */
static void test_explain_blocked(void **state)
{
    struct fixture *f = *state;
    struct fixture_image explained;

    life_blocked(f, "redis:7", "A");
    explained = fixture_explain(f, "A");
    assert_int_equal(explained.status, DD_ECONFLICT);
    assert_int_equal(explained.conflict, DD_CONFLICT_CONTAINER);
    assert_in_range(explained.next_ns, f->queue.now_ns + MINUTE, f->queue.now_ns + 68 * SECOND);
    assert_string_equal(explained.bindings, "redis:7 redis@a");
}

/* A reason is told only of what is BLOCKED: a new lease forgets it. */
static void test_explain_forgets_the_reason(void **state)
{
    struct fixture *f = *state;

    life_blocked(f, "redis:7", "A");
    (void)fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    assert_int_equal(fixture_explain(f, "A").status, DD_OK);
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_NONE);
    assert_int_equal(fixture_explain(f, "A").next_ns, 0);
}

struct visited {
    size_t count;
    char images[4][8];
};

static void visit(void *arg, const struct dd_explained *explained)
{
    struct visited *visited = arg;

    assert_true(visited->count < 4);
    (void)snprintf(visited->images[visited->count++], 8, "%s", explained->image);
}

/* Images come in the order in which they became known; what is only asked for does not. */
static void test_explain_visits_in_the_order_of_knowing(void **state)
{
    struct fixture *f = *state;
    struct visited visited = { .count = 0 };

    assert_int_equal(dd_explain(f->coord, visit, &visited), DD_OK);
    assert_int_equal(visited.count, 0);
    (void)fixture_pull_whole(f, "redis:7", "web-1", "B");
    (void)fixture_retain(f, "D", NULL, "web-1");
    (void)fixture_pull_whole(f, "nginx:1", "web-1", "A");
    assert_int_equal(dd_explain(f->coord, visit, &visited), DD_OK);
    assert_int_equal(visited.count, 2);
    assert_string_equal(visited.images[0], "B");
    assert_string_equal(visited.images[1], "A");
}

static void nothing(void *arg, const struct dd_explained *explained)
{
    (void)arg;
    (void)explained;
}

/* Explaining keeps no memory; without any it answers OUT OF MEMORY and changes nothing. */
static void test_explain_without_memory(void **state)
{
    struct fixture *f = *state;
    size_t live_bytes;
    unsigned nth = 1;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    live_bytes = f->allocator.live_bytes;
    for (;; nth++) {
        enum dd_status status;

        fake_allocator_refuse(&f->allocator, nth, false);
        status = dd_explain(f->coord, nothing, NULL);
        assert_int_equal(f->allocator.live_bytes, live_bytes);
        if (status == DD_OK) {
            break;
        }
        assert_int_equal(status, DD_ENOMEM);
    }
    assert_int_equal(nth, 4);
    fake_allocator_refuse(&f->allocator, 0, false);
}

#define IMAGES 200
#define CALLERS 40

/* What must be explained, kept as plainly as can be: who holds what. */
struct model {
    bool holds[IMAGES][CALLERS];
    bool is_known[IMAGES];
    size_t at; /* the image that must be visited next, at least */
};

static void compare(void *arg, const struct dd_explained *explained)
{
    struct model *model = arg;
    size_t image = strtoul(explained->image + 1, NULL, 10);
    size_t count = 0;

    assert_true(image < IMAGES && image >= model->at);
    for (; model->at < image; model->at++) {
        assert_false(model->is_known[model->at]);
    }
    model->at++;
    assert_true(model->is_known[image]);
    for (size_t caller = 0; caller < CALLERS; caller++) {
        char name[16];

        if (model->holds[image][caller]) {
            (void)snprintf(name, sizeof(name), "web-%02zu", caller);
            assert_true(count < explained->holders.count);
            assert_string_equal(explained->holders.at[count++], name);
        }
    }
    assert_int_equal(explained->holders.count, count);
    assert_int_equal(explained->lease_count, count);
    assert_int_equal(explained->state, count > 0 ? DD_IMAGE_HELD : DD_IMAGE_IDLE);
    assert_int_equal(explained->bindings.count, 1);
}

static void model_check(struct fixture *f, struct model *model)
{
    model->at = 0;
    assert_int_equal(dd_explain(f->coord, compare, model), DD_OK);
    for (; model->at < IMAGES; model->at++) {
        assert_false(model->is_known[model->at]);
    }
}

/* A lease more, or one less, of the first retain of an image its first knowledge. */
static void model_step(struct fixture *f, struct model *model, size_t image, size_t caller)
{
    char id[16];
    char name[16];
    char binding[16];

    (void)snprintf(id, sizeof(id), "A%03zu", image);
    (void)snprintf(name, sizeof(name), "web-%02zu", caller);
    (void)snprintf(binding, sizeof(binding), "app:%zu", image);
    if (model->holds[image][caller]) {
        assert_int_equal(dd_release_image(f->coord, id, name), DD_OK);
    } else {
        (void)fixture_retain(f, id, binding, name);
        if (!model->is_known[image]) {
            fixture_answer_inspect(f, id, id, binding);
        }
        model->is_known[image] = true;
    }
    model->holds[image][caller] = !model->holds[image][caller];
}

/* Two hundred images and their holders, coming and going, are explained as a plain model has
 * them. */
static void test_explain_agrees_with_a_model(void **state)
{
    struct fixture *f = *state;
    struct model *model = calloc(1, sizeof(*model));
    uint64_t random = 7;

    assert_non_null(model);
    for (size_t image = 0; image < IMAGES; image++) {
        model_step(f, model, image, test_random(&random) % CALLERS);
        fixture_run(f);
    }
    for (size_t i = 0; i < 4000; i++) {
        size_t image = test_random(&random) % IMAGES;

        /* Some images are everybody's, so that their holders are many. */
        model_step(f, model, i % 3 == 0 ? image % 5 : image, test_random(&random) % CALLERS);
        if (i % 500 == 0) {
            fixture_run(f);
            model_check(f, model);
        }
    }
    fixture_run(f);
    model_check(f, model);
    free(model);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_explain_names_holders_in_order),
        TEST(test_explain_counts_from_the_grant),
        TEST(test_explain_names_bindings),
        TEST(test_explain_says_what_is_not_ours),
        TEST(test_explain_idle),
        TEST(test_explain_wanted),
        TEST(test_explain_removing),
        TEST(test_explain_blocked),
        TEST(test_explain_forgets_the_reason),
        TEST(test_explain_visits_in_the_order_of_knowing),
        TEST(test_explain_without_memory),
        TEST(test_explain_agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
