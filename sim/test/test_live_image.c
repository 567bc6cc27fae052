/* Images that are made for real engines (sim/live/image.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/live/image.h"

static struct sim_live_image made(const char *seed, const char *layer_seed)
{
    struct sim_live_image image;
    const struct sim_live_layer layers[] = {
        { .seed = layer_seed, .size = 1000 },
        { .seed = "second", .size = 10, .program = "#!", .program_size = 2 }
    };
    sim_live_image_make(
        &image, &(struct sim_live_image_spec){
                    .seed = seed, .layers = layers, .layer_count = 2, .platform = "linux/arm64" });
    return image;
}

/* Digests are SHA-256, as "sha256:" and 64 lower-case digits (FIPS 180-2, "abc"). */
static void test_digest_is_sha256(void **state)
{
    (void)state;
    char digest[SIM_LIVE_DIGEST_SIZE];
    sim_live_digest("abc", 3, digest);
    assert_string_equal(digest,
                        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Equal specifications are one image, and equal layers of two images one layer. */
static void test_bytes_depend_on_the_seeds_alone(void **state)
{
    (void)state;
    struct sim_live_image one = made("a", "first");
    struct sim_live_image same = made("a", "first");
    struct sim_live_image other = made("b", "first");
    struct sim_live_image layered = made("a", "other");
    assert_string_equal(one.manifest.digest, same.manifest.digest);
    assert_string_equal(one.config.digest, same.config.digest);
    assert_string_not_equal(one.config.digest, other.config.digest);
    assert_string_equal(one.layers[0].digest, other.layers[0].digest);
    assert_string_not_equal(one.layers[0].digest, layered.layers[0].digest);
    assert_string_equal(one.layers[1].digest, layered.layers[1].digest);
    sim_live_image_release(&one);
    sim_live_image_release(&same);
    sim_live_image_release(&other);
    sim_live_image_release(&layered);
}

/* A configuration names its platform and the digests of the layers, in their order. */
static void test_config_names_layers(void **state)
{
    (void)state;
    struct sim_live_image image = made("a", "first");
    const char *config = image.config.bytes.at;
    assert_non_null(strstr(config, "\"architecture\":\"arm64\",\"os\":\"linux\""));
    const char *first = strstr(config, image.layers[0].digest);
    const char *second = strstr(config, image.layers[1].digest);
    assert_non_null(first);
    assert_true(second > first);
    assert_non_null(strstr(image.manifest.bytes.at, image.config.digest));
    sim_live_image_release(&image);
}

/* A tar is whole blocks: header, content filled up, and two empty ones at its end. */
static void test_tar_is_whole_blocks(void **state)
{
    (void)state;
    struct fake_bytes tar;
    fake_bytes_init(&tar);
    sim_live_tar_file(&tar, "a", 0644, "hello", 5);
    sim_live_tar_end(&tar);
    assert_int_equal(tar.size, 4 * 512);
    assert_string_equal(tar.at, "a");
    assert_memory_equal(tar.at + 124, "00000000005", 12);
    assert_memory_equal(tar.at + 257, "ustar", 6);
    assert_memory_equal(tar.at + 512, "hello", 6);
    fake_bytes_release(&tar);
}

/* An archive for `docker load` names the image, or nothing at all. */
static void test_archive_has_its_name(void **state)
{
    (void)state;
    struct sim_live_image image = made("a", "first");
    struct fake_bytes named;
    struct fake_bytes nameless;
    sim_live_image_archive(&image, "app:1", &named);
    sim_live_image_archive(&image, NULL, &nameless);
    assert_int_equal(named.size % 512, 0);
    const char tags[] = "\"RepoTags\":[\"app:1\"]";
    const char none[] = "\"RepoTags\":[]";
    bool has_tags = false;
    bool has_none = false;
    for (size_t i = 0; i + sizeof(tags) < named.size; i++) {
        has_tags = has_tags || memcmp(named.at + i, tags, sizeof(tags) - 1) == 0;
    }
    for (size_t i = 0; i + sizeof(none) < nameless.size; i++) {
        has_none = has_none || memcmp(nameless.at + i, none, sizeof(none) - 1) == 0;
    }
    assert_true(has_tags);
    assert_true(has_none);
    fake_bytes_release(&named);
    fake_bytes_release(&nameless);
    sim_live_image_release(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest_is_sha256),
        cmocka_unit_test(test_bytes_depend_on_the_seeds_alone),
        cmocka_unit_test(test_config_names_layers),
        cmocka_unit_test(test_tar_is_whole_blocks),
        cmocka_unit_test(test_archive_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
