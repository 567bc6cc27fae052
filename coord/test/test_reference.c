/* References: what is one, what is none, and that each has one normal form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "coord/test/heap.h"
#include "drydock/reference.h"

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX64 HEX32 HEX32
#define SHA256 "sha256:" HEX64
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the parser answers for itself: repository, suffix and kind agree with the
 * text, and the text parses to itself. */
static void assert_sound(const struct dd_reference *reference)
{
    size_t length = reference->repository_length;
    assert_true(length > 0 && length <= DD_REPOSITORY_MAX);
    assert_int_equal(reference->text[length], reference->by_digest ? '@' : ':');
    assert_ptr_equal(dd_reference_suffix(reference), reference->text + length + 1);
    assert_int_equal(strlen(reference->text), reference->length);
    assert_true(strlen(dd_reference_suffix(reference)) > 0);
    assert_true(!reference->by_digest || dd_digest_is_valid(dd_reference_suffix(reference)));
    struct dd_reference again;
    assert_int_equal(dd_reference_parse(reference->text, &again, NULL), DD_OK);
    assert_string_equal(again.text, reference->text);
    assert_int_equal(again.repository_length, reference->repository_length);
    assert_int_equal(again.by_digest, reference->by_digest);
}

/* Each accepted spelling has the normal form that the engine lists (H13, H15). */
static void test_reference_accepted(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        /* the default tag, host and user */
        { "redis", "redis:latest" },
        { "redis:latest", "redis:latest" },
        { "redis:7", "redis:7" },
        { "library/redis", "redis:latest" },
        { "library/redis:7", "redis:7" },
        { "docker.io/redis", "redis:latest" },
        { "docker.io/redis:latest", "redis:latest" },
        { "docker.io/library/redis", "redis:latest" },
        { "docker.io/library/redis:latest", "redis:latest" },
        { "index.docker.io/redis", "redis:latest" },
        { "index.docker.io/library/redis:7", "redis:7" },
        { "index.docker.io/acme/app", "acme/app:latest" },
        { "docker.io/acme/app:1.2", "acme/app:1.2" },
        { "acme/app", "acme/app:latest" },
        { "acme/team/app", "acme/team/app:latest" },
        { "library/acme/app", "library/acme/app:latest" },
        { "docker.io/library/a/b", "library/a/b:latest" },
        /* hosts and ports */
        { "localhost/app", "localhost/app:latest" },
        { "localhost:5000/app", "localhost:5000/app:latest" },
        { "localhost:5000", "localhost:5000" },
        { "host:5000/team/app:7", "host:5000/team/app:7" },
        { "127.0.0.1:5055/team/app:7", "127.0.0.1:5055/team/app:7" },
        { "r.io/app", "r.io/app:latest" },
        { "r.io/app:1", "r.io/app:1" },
        { "reg.example.com/app-1/a.b:1", "reg.example.com/app-1/a.b:1" },
        { "r.io/library/app", "r.io/library/app:latest" },
        { "gcr.io/a/b/c/d:1", "gcr.io/a/b/c/d:1" },
        { "Acme/app", "Acme/app:latest" },
        { "REG.io/app", "REG.io/app:latest" },
        { "my-reg.example.com/app", "my-reg.example.com/app:latest" },
        { "xn--n3h.com/app", "xn--n3h.com/app:latest" },
        { "[::1]:5000/app", "[::1]:5000/app:latest" },
        { "[fd00::1]/app:1", "[fd00::1]/app:1" },
        { "docker.io:443/app", "docker.io:443/app:latest" },
        { "docker.io", "docker.io:latest" },
        { "foo.bar", "foo.bar:latest" },
        { "docker.io/foo.bar", "foo.bar:latest" },
        { "docker.io/library/foo.bar", "foo.bar:latest" },
        /* left out, the host would be another one */
        { "docker.io/my.org/app", "docker.io/my.org/app:latest" },
        { "docker.io/localhost/app", "docker.io/localhost/app:latest" },
        { "index.docker.io/my.org/app:1", "docker.io/my.org/app:1" },
        /* separators in a path */
        { "a.b/c", "a.b/c:latest" },
        { "acme/a.b", "acme/a.b:latest" },
        { "acme/a_b", "acme/a_b:latest" },
        { "acme/a__b", "acme/a__b:latest" },
        { "acme/a-b", "acme/a-b:latest" },
        { "acme/a-----b", "acme/a-----b:latest" },
        { "a/b-c_d.e__f/0", "a/b-c_d.e__f/0:latest" },
        { "0/1", "0/1:latest" },
        /* tags */
        { "app:_x", "app:_x" },
        { "app:V1.0-rc_2", "app:V1.0-rc_2" },
        { "app:5000", "app:5000" },
        { "app:x..--", "app:x..--" },
        { "app:" HEX32 "01234567", "app:" HEX32 "01234567" }, /* a commit's hash */
        { "app:" HEX64, "app:" HEX64 },
        { HEX64 ":7", HEX64 ":7" },
        { "acme/" HEX64, "acme/" HEX64 ":latest" },
        { "sha256:7", "sha256:7" },
        { "sha256:" HEX32, "sha256:" HEX32 },
        /* digests */
        { "app@" SHA256, "app@" SHA256 },
        { "app:7@" SHA256, "app@" SHA256 },
        { "docker.io/library/app:7@" SHA256, "app@" SHA256 },
        { "host:5000/app@" SHA256, "host:5000/app@" SHA256 },
        { "host:5000/app:1@" SHA256, "host:5000/app@" SHA256 },
        { "app@sha512:" HEX64 HEX64, "app@sha512:" HEX64 HEX64 },
        { "app@sha384:" HEX64 HEX32, "app@sha384:" HEX64 HEX32 },
        { "app@tarsum.v1+sha1:" HEX32, "app@tarsum.v1+sha1:" HEX32 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dd_reference reference;
        const char *why = "";
        if (dd_reference_parse(rows[i][0], &reference, &why) != DD_OK) {
            fail_msg("%s: refused: %s", rows[i][0], why);
        }
        assert_string_equal(reference.text, rows[i][1]);
        assert_sound(&reference);
    }
}

/* What is no reference is refused with the reason, and the outputs stay. */
static void test_reference_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { NULL, "empty reference" },
        { "", "empty reference" },
        { "Redis", "repository name must be lowercase" },
        { "acme/App", "repository name must be lowercase" },
        { "docker.io/Redis", "repository name must be lowercase" },
        { "redis:", "invalid tag" },
        { "redis:-x", "invalid tag" },
        { "redis:.x", "invalid tag" },
        { "redis:a b", "invalid tag" },
        { "redis:a:b", "invalid tag" },
        { "redis:a+b", "invalid tag" },
        { "redis:\xc3\xa4", "invalid tag" },
        { "redis:@" SHA256, "invalid tag" },
        { ":7", "invalid repository name" },
        { "/redis", "invalid repository name" },
        { "redis/", "invalid repository name" },
        { "a//b", "invalid repository name" },
        { "docker.io/", "invalid repository name" },
        { "host:5000/", "invalid repository name" },
        { " redis", "invalid repository name" },
        { "redis ", "invalid repository name" },
        { "redis\n", "invalid repository name" },
        { "-redis", "invalid repository name" },
        { "redis-", "invalid repository name" },
        { "a..b", "invalid repository name" },
        { "a___b", "invalid repository name" },
        { "a._b", "invalid repository name" },
        { "a_-b", "invalid repository name" },
        { "acme/.b", "invalid repository name" },
        { "acme/b_", "invalid repository name" },
        { "acme/b-/c", "invalid repository name" },
        { "r\xc3\xa9"
          "dis",
          "invalid repository name" },
        { "https://r.io/app", "invalid registry port" },
        { "host:port/app", "invalid registry port" },
        { "host:/app", "invalid registry port" },
        { "host:5000:6000/app", "invalid registry port" },
        { "[::1]5000/app", "invalid registry port" },
        { "-host.io/app", "invalid registry host" },
        { "host-.io/app", "invalid registry host" },
        { "host..io/app", "invalid registry host" },
        { ".io/app", "invalid registry host" },
        { "host./app", "invalid registry host" },
        { "ho_st.io/app", "invalid registry host" },
        { "[::1/app", "invalid registry host" },
        { "[]:1/app", "invalid registry host" },
        { "[::g]:1/app", "invalid registry host" },
        { ":5000/app", "invalid registry host" },
        { "app@", "invalid digest" },
        { "app@sha256", "invalid digest" },
        { "app@sha256:", "invalid digest" },
        { "app@sha256:" HEX32, "invalid digest" },
        { "app@sha256:" HEX64 "0", "invalid digest" },
        { "app@sha256:0123456789ABCDEF" HEX32 "0123456789ABCDEF", "invalid digest" },
        { "app@sha256:" HEX32 "0123456789abcdef0123456789abcdeg", "invalid digest" },
        { "app@" SHA256 "@" SHA256, "invalid digest" },
        { "app@md5+:" HEX32, "invalid digest" },
        { "app@5md:" HEX32, "invalid digest" },
        { "app@a+5:" HEX32, "invalid digest" },
        { "app@:" HEX32, "invalid digest" },
        { "@" SHA256, "invalid repository name" },
        { HEX64, "an image ID is no reference" },
        { SHA256, "an image ID is no reference" },
        { "docker.io/library/" SHA256, "an image ID is no reference" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dd_reference reference;
        struct dd_reference before;
        const char *why = "accepted";
        memset(&reference, 0x55, sizeof(reference));
        memset(&before, 0x55, sizeof(before));
        enum dd_status status = dd_reference_parse(rows[i][0], &reference, &why);
        if (status != DD_EINVAL || strcmp(why, rows[i][1]) != 0) {
            fail_msg("%s: %s, not %s", rows[i][0], why, rows[i][1]);
        }
        assert_memory_equal(&reference, &before, sizeof(before));
        assert_int_equal(dd_reference_parse(rows[i][0], &reference, NULL), DD_EINVAL);
    }
}

/* @before, then @count times 'a', then @after, parsed. */
static enum dd_status parse_long(const char *before, size_t count, const char *after,
                                 const char **why)
{
    char text[8192];
    struct dd_reference reference;
    size_t length = strlen(before);
    memcpy(text, before, length);
    memset(text + length, 'a', count);
    memcpy(text + length + count, after, strlen(after) + 1);
    enum dd_status status = dd_reference_parse(text, &reference, why);
    if (status == DD_OK) {
        assert_sound(&reference);
    }
    return status;
}

/* Each part may be as long as the engine lets it be, and no longer. */
static void test_reference_lengths(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_int_equal(parse_long("app:", DD_TAG_MAX, "", &why), DD_OK);
    assert_int_equal(parse_long("app:", DD_TAG_MAX + 1, "", &why), DD_EINVAL);
    assert_string_equal(why, "invalid tag");
    assert_int_equal(parse_long("r.io/", DD_REPOSITORY_MAX - 5, "", &why), DD_OK);
    assert_int_equal(parse_long("r.io/", DD_REPOSITORY_MAX - 5, ":7@" SHA256, &why), DD_OK);
    assert_int_equal(parse_long("r.io/", DD_REPOSITORY_MAX - 4, "", &why), DD_EINVAL);
    assert_string_equal(why, "repository name too long");
    /* "docker.io/library/" counts, for the engine spells it out. */
    assert_int_equal(parse_long("", DD_REPOSITORY_MAX - 18, "", &why), DD_OK);
    assert_int_equal(parse_long("", DD_REPOSITORY_MAX - 17, "", &why), DD_EINVAL);
    assert_int_equal(parse_long("a/", DD_REPOSITORY_MAX - 12, "", &why), DD_OK);
    assert_int_equal(parse_long("a/", DD_REPOSITORY_MAX - 11, "", &why), DD_EINVAL);
    assert_int_equal(parse_long("docker.io/my.org/", DD_REPOSITORY_MAX - 17, "", &why), DD_OK);
    assert_int_equal(parse_long("docker.io/my.org/", DD_REPOSITORY_MAX - 16, "", &why), DD_EINVAL);
    assert_int_equal(parse_long("app@x:", DD_DIGEST_MAX - 2, "", &why), DD_OK);
    assert_int_equal(parse_long("app@x:", DD_DIGEST_MAX - 1, "", &why), DD_EINVAL);
    assert_string_equal(why, "invalid digest");
    assert_int_equal(parse_long("", 8000, "", &why), DD_EINVAL);
    assert_string_equal(why, "reference too long");
}

/* Whatever is accepted is sound, over texts made of the pieces of references;
 * what the host and the default tag leave out makes no difference. */
static void test_reference_random(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a",   "b7",     "library", "docker.io", "index.docker.io",
        "/",   "/",      "/",       ":",         ":",
        "@",   ".",      "-",       "_",         "localhost",
        "A",   "7",      "5000",    SHA256,      "[::1]",
        HEX64, "sha256", "latest",  "x.io"
    };
    uint64_t random = 11;
    size_t accepted = 0;
    for (size_t round = 0; round < 200000; round++) {
        char text[1024] = "";
        size_t length = 0;
        size_t count = 1 + test_random(&random) % 7;
        for (size_t i = 0; i < count; i++) {
            const char *piece = pieces[test_random(&random) % COUNT(pieces)];
            memcpy(text + length, piece, strlen(piece) + 1);
            length += strlen(piece);
        }
        struct dd_reference reference;
        if (dd_reference_parse(text, &reference, NULL) != DD_OK) {
            continue;
        }
        accepted++;
        assert_sound(&reference);
        char spelled[2048];
        struct dd_reference other;
        snprintf(spelled, sizeof(spelled), "docker.io/%s", reference.text);
        bool is_default_host = dd_reference_parse(spelled, &other, NULL) == DD_OK &&
                               strcmp(other.text, reference.text) == 0;
        snprintf(spelled, sizeof(spelled), "index.docker.io/%s", reference.text);
        assert_true(!is_default_host || dd_reference_parse(spelled, &other, NULL) == DD_OK);
        assert_true(!is_default_host || strcmp(other.text, reference.text) == 0);
    }
    assert_true(accepted > 10000);
}

/* A digest is an algorithm, a colon and enough hex digits: the exact number, in
 * lower case, for the algorithms that engines use. */
static void test_reference_digests(void **state)
{
    (void)state;
    static const char *const valid[] = { SHA256, "sha512:" HEX64 HEX64, "md5:" HEX32,
                                         "a.b-c_d+e9:" HEX64, "x:ABCDEF" HEX32 };
    static const char *const invalid[] = { NULL,
                                           "",
                                           ":",
                                           "sha256",
                                           HEX64,
                                           "sha256:" HEX32,
                                           SHA256 "0",
                                           SHA256 " ",
                                           SHA256 "\r",
                                           " " SHA256,
                                           "sha256:" HEX32 "0123456789ABCDEF0123456789ABCDEF",
                                           "md5:0123456789abcdef0123456789abcde",
                                           "md5:" HEX32 "x",
                                           "m d:" HEX32,
                                           "md5::" HEX32 };
    for (size_t i = 0; i < COUNT(valid); i++) {
        assert_true(dd_digest_is_valid(valid[i]));
    }
    for (size_t i = 0; i < COUNT(invalid); i++) {
        assert_false(dd_digest_is_valid(invalid[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_accepted), cmocka_unit_test(test_reference_refused),
        cmocka_unit_test(test_reference_lengths),  cmocka_unit_test(test_reference_random),
        cmocka_unit_test(test_reference_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
