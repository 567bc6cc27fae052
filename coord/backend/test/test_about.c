/* Whether an inspect's answer is about what was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/about.h"

static bool is_about(const char *name, const char *id, const char *tag, const char *digest)
{
    const char *tags[] = { "other:1", tag };
    const char *digests[] = { "other@sha256:77", digest };
    const struct dd_answer answer = {
        .id = id,
        .tags = { tags, tag != NULL ? 2 : 0 },
        .digests = { digests, digest != NULL ? 2 : 0 },
    };
    return dd__answer_is_about(&answer, name, strlen(name));
}

/* By ID: the same, whole or a beginning of it, with its algorithm or without. */
static void test_about_an_id(void **state)
{
    (void)state;
    assert_true(is_about("sha256:0123", "sha256:0123", "a:1", NULL));
    assert_true(is_about("sha256:0123", "0123", NULL, NULL));
    assert_true(is_about("sha256:01", "sha256:0123", NULL, NULL));
    assert_false(is_about("sha256:0124", "sha256:0123", "a:1", NULL));
    assert_false(is_about("sha256:0123", "sha256:01", NULL, NULL));
}

/* By tag: one of its tags, however the engine spells the repository; an image without
 * tags may be it. */
static void test_about_a_tag(void **state)
{
    (void)state;
    assert_true(is_about("redis:7", "i", "redis:7", NULL));
    assert_true(is_about("redis:7", "i", "docker.io/library/redis:7", NULL));
    assert_true(is_about("h:5000/team/redis:7", "i", "h:5000/team/redis:7", NULL));
    assert_true(is_about("redis:7", "i", NULL, "redis@sha256:01"));
    assert_false(is_about("redis:7", "i", "redis:8", NULL));
    assert_false(is_about("redis:7", "i", "myredis:7", NULL));
}

/* By digest: one of its digests; an image without any may be it. */
static void test_about_a_digest(void **state)
{
    (void)state;
    assert_true(is_about("redis@sha256:01", "i", "a:1", "redis@sha256:01"));
    assert_true(is_about("redis@sha256:01", "i", "a:1", "docker.io/library/redis@sha256:01"));
    assert_true(is_about("redis@sha256:01", "i", "a:1", NULL));
    assert_false(is_about("redis@sha256:01", "i", "redis:7", "redis@sha256:02"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_about_an_id),
        cmocka_unit_test(test_about_a_tag),
        cmocka_unit_test(test_about_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
