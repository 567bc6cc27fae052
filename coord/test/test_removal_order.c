/* Removals: whose an image is, and in which order the engine is asked. */
#include "coord/test/fixture.h"

/* Bring @image under @reference, where other names of it are known already. */
static struct fixture_told *bring(struct fixture *f, const char *reference, const char *image,
                                  const char *names)
{
    return fixture_pull_brings(f, reference, "web-1", image, names);
}

/* ---- Ours, or not --------------------------------------------------------------- */

/* H16: an image that no pull of ours made or named is forgotten with its last lease:
 * without a delay, without a call to the engine. */
static void test_never_bound_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_false(fixture_explain(f, "A").ours);
    fixture_forget(f);
    fixture_release(f, told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    fixture_assert_trace(f, "released A web-1", "count-down A", "forgotten A");
}

/* H16: a retain that vouches for no name never makes an image ours. */
static void test_retained_without_names_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", NULL, "web-1");

    fixture_answer_inspect(f, "A", "A", "mine:1");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_forget(f);
    fixture_release(f, told);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H18: the names that the agent vouches for at a retain are ours to remove. */
static void test_retained_with_names_is_removed(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", "redis:7", "web-1");

    fixture_answer_inspect(f, "A", "A", "redis:7");
    fixture_run(f);
    fixture_release(f, told);
    fixture_forget(f);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "A", "A", "redis:7");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7");
    fixture_answer_remove(f, "redis:7", "redis:7", "A");
    fixture_assert_calls(f, "inspect A", "inspect redis:7", "remove redis:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* An image is ours from its first binding until it is gone, even when no binding is
 * left: it is BLOCKED, tried again, and removed when nothing else keeps it. */
static void test_ours_without_bindings(void **state)
{
    struct fixture *f = *state;
    struct fixture_image image;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "mine:1");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", "mine:1");
    image = fixture_explain(f, "A");
    assert_int_equal(image.state, DD_IMAGE_BLOCKED);
    assert_true(image.ours);
    assert_string_equal(image.bindings, "");
    fixture_pass(f, HOUR);
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove(f, "A", NULL, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* cleanup = false, the seed's: leases are counted, nothing is ours, nothing removed. */
static void test_cleanup_off(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;
    struct fixture_told *told;

    config.cleanup = false;
    *state = f = fixture_open(&config);
    told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    assert_false(fixture_explain(f, "A").ours);
    fixture_forget(f);
    fixture_release(f, told);
    fixture_pass(f, 24 * HOUR);
    fixture_assert_no_calls(f);
    fixture_close(f);
}

/* ---- The delay ------------------------------------------------------------------ */

/* S7: the last release starts the delay; nothing is asked before it is over. */
static void test_delay_starts_with_last_release(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = fixture_retain(f, "A", NULL, "web-2");

    fixture_run(f);
    fixture_release(f, first);
    fixture_forget(f);
    fixture_pass(f, HOUR);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, second);
    assert_int_equal(fixture_explain(f, "A").next_ns, f->queue.now_ns + f->config.remove_delay_ns);
    fixture_pass(f, f->config.remove_delay_ns - 1);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect A");
}

/* H24: a new lease ends the delay, timer and all; the next release starts a whole
 * one. */
static void test_lease_ends_delay(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_pass(f, f->config.remove_delay_ns - 1);
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_forget(f);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect A");
}

/* ---- The order ------------------------------------------------------------------ */

/* H12: the ID is inspected, then each name before its DELETE, never by force and not
 * by ID; a list of deleted that holds the ID is the end. */
static void test_order_of_a_removal(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A layer");
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7");
    fixture_assert_trace(f, "delete-sent redis:7", "delete-answered A", "unbound redis:7 A",
                         "unbound redis@a A", "removed A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H39: tags go before digests, across repositories: the engine drops a digest with
 * the repository's last tag. */
static void test_tags_before_digests(void **state)
{
    struct fixture *f = *state;

    bring(f, "redis:7", "A", "redis:7 redis@a");
    fixture_release(f, bring(f, "app:1", "A", "redis:7 redis@a app:1 app@a"));
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_forget(f);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a app:1 app@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a app:1 app@a");
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_answer_inspect(f, "app:1", "A", "app:1 redis@a app@a");
    fixture_answer_remove(f, "app:1", "app:1", NULL);
    fixture_answer_inspect(f, "redis@a", "A", "redis@a app@a");
    fixture_answer_remove(f, "redis@a", "redis@a", NULL);
    fixture_answer_inspect(f, "app@a", "A", "app@a");
    fixture_answer_remove(f, "app@a", "app@a", "A");
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7", "inspect app:1", "remove app:1",
                         "inspect redis@a", "remove redis@a", "inspect app@a", "remove app@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* ---- Bindings that are lost ----------------------------------------------------- */

/* A name that answers 404 loses its binding and is left alone. */
static void test_name_404_loses_binding(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis@a");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
    fixture_answer_remove(f, "redis@a", "redis@a", "A");
    fixture_assert_calls(f, "inspect redis:7", "inspect redis@a", "remove redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H31: a name that means another image by now loses its binding, and is not
 * DELETEd. */
static void test_moved_name_is_left_alone(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis@a");
    fixture_answer_inspect(f, "redis:7", "B", "redis:7 redis@b");
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
    fixture_answer_remove(f, "redis@a", "redis@a", "A");
    fixture_assert_calls(f, "inspect redis:7", "inspect redis@a", "remove redis@a");
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_ABSENT);
}

/* Podman finds an image by a digest that it does not list, and will not remove that: such
 * a digest loses its binding, and the image goes by its ID. */
static void test_digest_that_is_not_listed(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect(f, "redis@a", "A", NULL);
    assert_string_equal(fixture_explain(f, "A").bindings, "");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove(f, "A", NULL, "A");
    fixture_assert_calls(f, "inspect redis:7", "inspect redis@a", "inspect A", "remove A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A name that an answer lists as untagged loses its binding: it is not inspected. */
static void test_untagged_name_loses_binding(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a mine:1");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a mine:1");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", NULL);
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7", "inspect A");
    assert_string_equal(fixture_explain(f, "A").bindings, "");
}

/* A DELETE that answers 404 loses its binding: somebody removed the name by hand; the
 * image may still have others. */
static void test_delete_404_loses_binding(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove_error(f, "redis:7", 404, NULL);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7", "inspect redis@a");
}

/* Podman lists names with their host: they are the same names. */
static void test_untagged_with_host(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "docker.io/library/redis:7 docker.io/library/redis@a",
                          NULL);
    assert_string_equal(fixture_explain(f, "A").bindings, "");
}

/* ---- What is left in the end ---------------------------------------------------- */

/* H12, H16: when ours are gone and others' names are left, the image is BLOCKED, and
 * only looked at again at the longest. */
static void test_names_of_others_block(void **state)
{
    struct fixture *f = *state;
    struct fixture_image image;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a mine:1");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a mine:1");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", NULL);
    fixture_answer_inspect(f, "A", "A", "mine:1");
    image = fixture_explain(f, "A");
    assert_int_equal(image.state, DD_IMAGE_BLOCKED);
    assert_int_equal(image.status, DD_ECONFLICT);
    assert_int_equal(image.conflict, DD_CONFLICT_NAMES);
    assert_int_equal(image.next_ns, f->queue.now_ns + f->config.backoff_max_ns);
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7", "inspect A");
    fixture_forget(f);
    fixture_pass(f, f->config.backoff_max_ns - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect A");
}

/* A digest of others alone is a name of others, too (H42). */
static void test_digests_of_others_block(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a other@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a other@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", NULL);
    fixture_answer_inspect(f, "A", "A", "other@a");
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_NAMES);
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 0);
}

/* Still there without any name: it is DELETEd by ID. */
static void test_no_name_left_deletes_by_id(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", NULL);
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove(f, "A", NULL, "A");
    fixture_assert_calls(f, "inspect redis:7", "remove redis:7", "inspect A", "remove A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H42: an image of ours with a user's tag in our repository keeps the digest that is
 * not ours: only the tag is DELETEd. */
static void test_foreign_tag_keeps_digest(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, bring(f, "app:2", "A", "app:1 app:2 app@a"));
    assert_string_equal(fixture_explain(f, "A").bindings, "app:2");
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_forget(f);
    fixture_answer_inspect(f, "A", "A", "app:1 app:2 app@a");
    fixture_answer_inspect(f, "app:2", "A", "app:1 app:2 app@a");
    fixture_answer_remove(f, "app:2", "app:2", NULL);
    fixture_answer_inspect(f, "A", "A", "app:1 app@a");
    fixture_assert_calls(f, "inspect app:2", "remove app:2", "inspect A");
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_NAMES);
}

/* ---- Gone ----------------------------------------------------------------------- */

/* An inspect by ID that says 404 is gone, and says so: nothing is DELETEd. */
static void test_gone_by_id_404(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect_404(f, "A");
    fixture_assert_no_calls(f);
    fixture_assert_trace(f, "unbound redis:7 A", "unbound redis@a A", "not-there A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H07: a DELETE that answers 200 and does not list the ID as deleted is not *gone*:
 * the ID is asked for. */
static void test_200_without_deleted_is_not_gone(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "layer-1 layer-2");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 0);
}

/* Podman lists what it deleted without "sha256:": it is the same ID. */
static void test_deleted_without_algorithm(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_brings(f, "redis@b", "web-1", "@b", "redis@b"));
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "@b", "@b", "redis@b");
    fixture_answer_inspect(f, "redis@b", "@b", "redis@b");
    fixture_answer_remove(f, "redis@b", "redis@b",
                          "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    assert_int_equal(fixture_state(f, "@b"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
}

/* H05: once gone, a new pull of the name begins anew and is removed again. */
static void test_gone_then_pulled_again(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 1; round <= 3; round++) {
        fixture_removing(f, "redis:7", "A");
        fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
        fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
        fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
        assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), round);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_never_bound_is_forgotten),
        TEST(test_retained_without_names_is_forgotten),
        TEST(test_retained_with_names_is_removed),
        TEST(test_ours_without_bindings),
        cmocka_unit_test(test_cleanup_off),
        TEST(test_delay_starts_with_last_release),
        TEST(test_lease_ends_delay),
        TEST(test_order_of_a_removal),
        TEST(test_tags_before_digests),
        TEST(test_digest_that_is_not_listed),
        TEST(test_name_404_loses_binding),
        TEST(test_moved_name_is_left_alone),
        TEST(test_untagged_name_loses_binding),
        TEST(test_delete_404_loses_binding),
        TEST(test_untagged_with_host),
        TEST(test_names_of_others_block),
        TEST(test_digests_of_others_block),
        TEST(test_no_name_left_deletes_by_id),
        TEST(test_foreign_tag_keeps_digest),
        TEST(test_gone_by_id_404),
        TEST(test_200_without_deleted_is_not_gone),
        TEST(test_deleted_without_algorithm),
        TEST(test_gone_then_pulled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
