#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What is written, and how the engine lists it; NULL: it is no reference. */
static const struct {
    const char *written;
    const char *listed;
} spellings[] = {
    { "redis", "redis:latest" },
    { "redis:7", "redis:7" },
    { "docker.io/redis", "redis:latest" },
    { "docker.io/library/redis:latest", "redis:latest" },
    { "index.docker.io/library/redis", "redis:latest" },
    { "library/redis", "redis:latest" },
    { "team/app:1.2_x-y", "team/app:1.2_x-y" },
    { "docker.io/team/app", "team/app:latest" },
    { "docker.io/library/a/b", "library/a/b:latest" },
    { "localhost/app", "localhost/app:latest" },
    { "localhost:5000/app", "localhost:5000/app:latest" },
    { "reg.test/library/app", "reg.test/library/app:latest" },
    { "127.0.0.1:5055/team/app:7", "127.0.0.1:5055/team/app:7" },
    { "Reg.test/app", "Reg.test/app:latest" },
    { "x/a.b-c__d/e---f", "x/a.b-c__d/e---f:latest" },
    { "aa..b", NULL },
    { "a___b", NULL },
    { "-a", NULL },
    { "a-", NULL },
    { "a//b", NULL },
    { "/a", NULL },
    { "a/", NULL },
    { "", NULL },
    { "a:", NULL },
    { "a:.b", NULL },
    { "a:b:c", NULL },
    { "a b", NULL },
    { "App", NULL },
    { "team/App", NULL },
    { "reg.test-/app", NULL },
    { "reg.test:x/app", NULL },
    { "reg.test:/app", NULL },
    { "a$b.c/app", NULL },
};

/* Names are read in every spelling and listed in one; what is none is refused. */
static void test_spellings(void **state)
{
    struct engine_fixture *f = *state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        const char *listed = spellings[i].listed;
        fake_engine_load(f->engine, "L", "l:1");

        unsigned http_status = fake_engine_tag(f->engine, "l:1", spellings[i].written);

        assert_int_equal(http_status, listed ? 201 : 400);
        if (listed) {
            assert_string_equal(engine_means(f, listed), "L");
            assert_string_equal(engine_means(f, spellings[i].written), "L");
            assert_int_equal(fake_engine_rmi(f->engine, listed, false), 200);
        }
        f->log[0] = '\0';
    }
}

/* A reference with tag and digest is one by digest; a digest needs its digits. */
static void test_digests(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1");
    assert_string_equal(engine_means(f, "docker.io/library/app:nope@{A.digest}"), "A");
    assert_string_equal(engine_means(f, "app@{B.digest}"), "-");
    assert_int_equal(engine_inspect(f, "app@sha256:short")->http_status, 400);
    assert_int_equal(engine_inspect(f, "app@" HEX64)->http_status, 400);
    assert_int_equal(engine_inspect(f, "app@sha256:" HEX64)->http_status, 404);
    assert_int_equal(fake_engine_tag(f->engine, "app:1", "app@sha256:" HEX64), 400);
}

/* An image is found by its ID, whole, without its algorithm, or by its beginning;
 * never by its manifest's digest alone. */
static void test_ids(void **state)
{
    struct engine_fixture *f = *state;
    char id[72];
    char digest[72];
    fake_image_id("A", id);
    fake_manifest_digest("A", digest);
    engine_given(f, "pull app:1");

    assert_int_equal(engine_inspect(f, id)->http_status, 200);
    assert_int_equal(engine_inspect(f, id + 7)->http_status, 200);
    assert_int_equal(engine_inspect(f, "{A}")->http_status, 200);
    assert_int_equal(engine_inspect(f, "0123abcd")->http_status, 404);
    const struct engine_probe *none = engine_inspect(f, digest);
    assert_int_equal(none->http_status, 404);
    assert_int_equal(engine_inspect(f, HEX64)->http_status, 404);
    assert_string_equal(f->probe.text, "no such image: " HEX64 ": No such image: sha256:" HEX64);
    assert_true(fake_engine_has(f->engine, id));
    assert_false(fake_engine_has(f->engine, digest));
}

/* IDs follow from nicknames alone, and lead back to them. */
static void test_nicknames(void **state)
{
    struct engine_fixture *f = *state;
    char a[72];
    char b[72];
    fake_image_id("A", a);
    fake_image_id("A", b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 71);
    assert_string_equal(fake_engine_nickname(f->engine, a), "A");
    fake_manifest_digest("A", b);
    assert_string_not_equal(a, b);
    assert_string_equal(fake_engine_nickname(f->engine, b), "A");
    fake_image_id("B", b);
    assert_string_not_equal(a, b);
    fake_image_id("never pushed", b);
    assert_null(fake_engine_nickname(f->engine, b));
}

/* A tag that is made anew moves; the image it leaves stays. */
static void test_tag_moves(void **state)
{
    struct engine_fixture *f = *state;
    char images[64] = "";
    engine_given(f, "load A x:1; load B y:1; tag y:1 x:1");

    assert_string_equal(engine_means(f, "x:1"), "B");
    assert_string_equal(engine_images(f, images, sizeof(images)), "A B");
    assert_non_null(strstr(f->log, "named x:1 B was A\n"));
}

/* Containers: made of what is there, by one name each, removed when stopped. */
static void test_containers(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_engine *engine = f->engine;
    assert_int_equal(fake_engine_container(engine, "app:1", "c", true), 404);
    assert_int_equal(fake_engine_container(engine, "App", "c", true), 400);
    engine_given(f, "pull app:1");

    assert_int_equal(fake_engine_container(engine, "app:1", "c", true), 201);
    assert_int_equal(fake_engine_container(engine, "app:1", "c", true), 409);
    assert_int_equal(fake_engine_container_remove(engine, "c"), 409);
    assert_int_equal(fake_engine_container_stop(engine, "c"), 204);
    assert_int_equal(fake_engine_container_stop(engine, "c"), 304);
    assert_int_equal(fake_engine_container_remove(engine, "c"), 204);
    assert_int_equal(fake_engine_container_remove(engine, "c"), 404);
    assert_int_equal(fake_engine_container_stop(engine, "c"), 404);
    assert_int_equal(engine_remove(f, "app:1")->http_status, 200);
}

/* While the engine is down nobody changes anything. */
static void test_down(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_engine *engine = f->engine;
    engine_given(f, "pull app:1; create app:1 c");
    fake_engine_stop(engine);

    assert_int_equal(fake_engine_rmi(engine, "app:1", true), 0);
    assert_int_equal(fake_engine_tag(engine, "app:1", "x:1"), 0);
    assert_int_equal(fake_engine_build_child(engine, "app:1", "C"), 0);
    assert_int_equal(fake_engine_container(engine, "app:1", "d", true), 0);
    assert_int_equal(fake_engine_container_stop(engine, "c"), 0);
    assert_int_equal(fake_engine_container_remove(engine, "c"), 0);
    fake_engine_load(engine, "L", "l:1");

    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_string_equal(engine_means(f, "l:1"), "-");
}

/* What users cannot do is answered as the engine would. */
static void test_user_errors(void **state)
{
    struct engine_fixture *f = *state;
    assert_int_equal(fake_engine_rmi(f->engine, "app:1", false), 404);
    assert_int_equal(fake_engine_user_pull(f->engine, "App"), 400);
    assert_int_equal(fake_engine_user_pull(f->engine, "app:none"), 404);
    assert_int_equal(fake_engine_tag(f->engine, "App", "x:1"), 400);
    assert_int_equal(fake_engine_build_child(f->engine, "app:1", "C"), 404);
}

int main(void)
{
#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_spellings), ENGINE_TEST(test_digests),     ENGINE_TEST(test_ids),
        ENGINE_TEST(test_nicknames), ENGINE_TEST(test_tag_moves),   ENGINE_TEST(test_containers),
        ENGINE_TEST(test_down),      ENGINE_TEST(test_user_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
