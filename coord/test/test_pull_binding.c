/* What a pull makes ours: its name when the engine says that it made it, and the
 * digest unless somebody else's tag shares it. */
#include <string.h>

#include "coord/test/fixture_pull.h"

/* A pull of @reference from its start to its telling. @before: an image, or NULL;
 * the answers list the names @names. */
static void pull(struct fixture *f, const char *reference, const char *before, const char *image,
                 const char *names)
{
    struct fixture_told *told = fixture_pull(f, reference, "web-1");

    if (before == NULL) {
        fixture_answer_inspect_404(f, reference);
    } else {
        fixture_answer_inspect(f, reference, before, names);
    }
    fixture_answer_pull_ok(f, reference, NULL,
                           f->closing_lines ? FIXTURE_NEWER : FIXTURE_NO_CLOSING);
    fixture_answer_inspect(f, reference, image, names);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

static void pull_up_to_date(struct fixture *f, const char *reference, const char *image,
                            const char *names)
{
    struct fixture_told *told = fixture_pull(f, reference, "web-1");

    fixture_answer_inspect(f, reference, image, names);
    fixture_answer_pull_ok(f, reference, NULL, FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, reference, image, names);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* "Downloaded newer image" binds the name and the digest. */
static void test_newer_binds_name_and_digest(void **state)
{
    struct fixture *f = *state;

    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_true(fixture_explain(f, "A").ours);
}

/* It does so whatever was before: the engine prints it for a name that it made, though
 * the image was there under another one. */
static void test_newer_binds_whatever_was_before(void **state)
{
    struct fixture *f = *state;

    pull(f, "redis:7", "A", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* "Image is up to date" binds nothing: it may be the user's image (H16). */
static void test_up_to_date_binds_nothing(void **state)
{
    struct fixture *f = *state;

    pull_up_to_date(f, "redis:7", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "");
    assert_false(fixture_explain(f, "A").ours);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* And it takes nothing away. */
static void test_up_to_date_takes_nothing_away(void **state)
{
    struct fixture *f = *state;

    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    pull_up_to_date(f, "redis:7", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* H31: a binding is a pair. After a moved tag its name is bound to both images, and
 * the caller holds both. */
static void test_moved_tag_is_bound_to_both(void **state)
{
    struct fixture *f = *state;

    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    pull(f, "redis:7", "A", "B", "redis:7 redis@b");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "B").bindings, "redis:7 redis@b");
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
    assert_string_equal(fixture_explain(f, "B").holders, "web-1");
}

/* What is bound already is not bound twice. */
static void test_pair_is_bound_once(void **state)
{
    struct fixture *f = *state;

    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    fixture_forget(f);
    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    assert_int_equal(fixture_seen(f, "bound redis:7 A"), 0);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* An engine without closing lines: a name that meant nothing before is ours. */
static void test_podman_binds_what_was_not_there(void **state)
{
    struct fixture *f = fixture_open_podman();

    (void)state;
    pull(f, "redis:7", NULL, "A", "docker.io/library/redis:7 docker.io/library/redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    fixture_close(f);
}

/* So is one that meant another image. */
static void test_podman_binds_what_has_moved(void **state)
{
    struct fixture *f = fixture_open_podman();

    (void)state;
    pull(f, "redis:7", "A", "B", "redis:7 redis@b");
    assert_string_equal(fixture_explain(f, "B").bindings, "redis:7 redis@b");
    fixture_close(f);
}

/* One that means what it meant before is not. */
static void test_podman_binds_nothing_that_was_there(void **state)
{
    struct fixture *f = fixture_open_podman();

    (void)state;
    pull(f, "redis:7", "A", "A", "redis:7 redis@a");
    assert_false(fixture_explain(f, "A").ours);
    fixture_close(f);
}

/* H41: nor is one of which nobody knows what it meant. */
static void test_podman_binds_nothing_without_before(void **state)
{
    struct fixture *f = fixture_open_podman();

    (void)state;
    fixture_pull(f, "redis:7", "web-1");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NO_CLOSING);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_false(fixture_explain(f, "A").ours);
    fixture_close(f);
}

/* H42: the user has app:1, we pull app:2, the same image: the digest that they share
 * stays the user's. */
static void test_digest_is_not_ours_beside_a_foreign_tag(void **state)
{
    struct fixture *f = *state;

    pull(f, "app:2", NULL, "A", "app:1 app:2 app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:2");
}

/* Beside tags that are all ours, it is ours. */
static void test_digest_is_ours_beside_our_own_tags(void **state)
{
    struct fixture *f = *state;

    pull(f, "app:1", NULL, "A", "app:1");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:1");
    pull(f, "app:2", NULL, "A", "app:1 app:2 app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:1 app:2 app@a");
}

/* H42: a tag that is bound, but to another image, is not ours on this one. */
static void test_tag_bound_to_another_image_is_foreign(void **state)
{
    struct fixture *f = *state;

    pull(f, "app:1", NULL, "A", "app:1 app@a");
    pull(f, "app:2", NULL, "B", "app:1 app:2 app@b");
    assert_string_equal(fixture_explain(f, "B").bindings, "app:2");
}

/* Tags of other repositories share no digest of this one: those whose name begins
 * alike among them. */
static void test_tags_of_other_repositories_do_not_matter(void **state)
{
    struct fixture *f = *state;

    pull(f, "app:2", NULL, "A",
         "apple:1 host:5000/app:1 app:5000/x:1 app/x:2 app:2 apple@b host:5000/app@c app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:2 app@a");
}

/* An engine may list names with their host; a foreign tag is foreign in any spelling. */
static void test_foreign_tag_in_another_spelling(void **state)
{
    struct fixture *f = *state;

    pull(f, "app:2", NULL, "A",
         "docker.io/library/app:1 docker.io/library/app:2 docker.io/library/app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:2");
}

/* Of several digests of the repository the one is bound that the stream printed. */
static void test_printed_digest_is_the_one_that_is_bound(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "app:2", "web-1");
    fixture_answer_pull_ok(f, "app:2", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:2 app@b app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:2 app@a");
}

/* H13: a pull by digest binds repository@digest alone. */
static void test_pull_by_digest_binds_the_digest(void **state)
{
    struct fixture *f = *state;
    char reference[FIXTURE_NAME_MAX] = "app@sha256:";

    memset(reference + strlen(reference), 'a', 64);
    fixture_pull(f, reference, "web-1");
    fixture_answer_inspect_404(f, "app@a");
    fixture_answer_pull_ok(f, "app@a", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    fixture_run(f);
    assert_string_equal(fixture_explain(f, "A").bindings, "app@a");
}

/* Whatever other digests of the repository the image bears. */
static void test_pull_by_digest_binds_no_other(void **state)
{
    struct fixture *f = fixture_open_podman();
    char reference[FIXTURE_NAME_MAX] = "app@sha256:";

    (void)state;
    memset(reference + strlen(reference), 'a', 64);
    fixture_pull(f, reference, "web-1");
    fixture_answer_inspect_404(f, "app@a");
    fixture_answer_pull_ok(f, "app@a", NULL, FIXTURE_NO_CLOSING);
    fixture_answer_inspect(f, "app@a", "A", "app@b app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "app@a");
    fixture_close(f);
}

/* With `adopt` every success binds, as the seed does: up to date too. */
static void test_adopt_binds_on_every_success(void **state)
{
    struct fixture *f = fixture_open_adopting();

    (void)state;
    pull_up_to_date(f, "redis:7", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    fixture_close(f);
}

/* A binding is recorded in the step in which the success is known, before anybody is
 * told. */
static void test_binding_is_recorded_with_the_success(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_assert_untold(told);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* H33: it is, though nobody waits any more: the image is IDLE then, and goes when its
 * delay is over. */
static void test_binding_is_recorded_if_nobody_waits(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_leave(f, told);
    assert_false(fixture_call(f, FIXTURE_INSPECT, "redis@a")->is_cancelled);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, 3 * MINUTE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* H33: an abort that came too late: the engine's success is looked up and bound. */
static void test_success_after_the_abort_is_bound(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_leave(f, told);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_explain(f, "A").next_ns, f->queue.now_ns + 3 * MINUTE);
}

/* An image that nobody waits for and that is not ours is not even remembered. */
static void test_success_that_binds_nothing_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_leave(f, told);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* With clean-up off nothing is ever ours. */
static void test_nothing_is_bound_without_cleanup(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    (void)state;
    config.cleanup = false;
    f = fixture_open(&config);
    pull(f, "redis:7", NULL, "A", "redis:7 redis@a");
    assert_false(fixture_explain(f, "A").ours);
    fixture_close(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_newer_binds_name_and_digest),
        TEST(test_newer_binds_whatever_was_before),
        TEST(test_up_to_date_binds_nothing),
        TEST(test_up_to_date_takes_nothing_away),
        TEST(test_moved_tag_is_bound_to_both),
        TEST(test_pair_is_bound_once),
        cmocka_unit_test(test_podman_binds_what_was_not_there),
        cmocka_unit_test(test_podman_binds_what_has_moved),
        cmocka_unit_test(test_podman_binds_nothing_that_was_there),
        cmocka_unit_test(test_podman_binds_nothing_without_before),
        TEST(test_digest_is_not_ours_beside_a_foreign_tag),
        TEST(test_digest_is_ours_beside_our_own_tags),
        TEST(test_tag_bound_to_another_image_is_foreign),
        TEST(test_tags_of_other_repositories_do_not_matter),
        TEST(test_foreign_tag_in_another_spelling),
        TEST(test_printed_digest_is_the_one_that_is_bound),
        TEST(test_pull_by_digest_binds_the_digest),
        cmocka_unit_test(test_pull_by_digest_binds_no_other),
        cmocka_unit_test(test_adopt_binds_on_every_success),
        TEST(test_binding_is_recorded_with_the_success),
        TEST(test_binding_is_recorded_if_nobody_waits),
        TEST(test_success_after_the_abort_is_bound),
        TEST(test_success_that_binds_nothing_is_forgotten),
        cmocka_unit_test(test_nothing_is_bound_without_cleanup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
