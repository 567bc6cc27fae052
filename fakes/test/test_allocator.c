#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/allocator.h"

/* Live bytes and blocks come back to zero; the peak stays. */
static void test_allocator_counts(void **state)
{
    (void)state;
    struct fake_allocator fake;
    fake_allocator_init(&fake);
    struct dd_allocator allocator = fake_allocator_interface(&fake);

    void *a = allocator.ops->alloc(allocator.ctx, 100);
    void *b = allocator.ops->alloc(allocator.ctx, 50);
    assert_int_equal(fake.live_bytes, 150);
    assert_int_equal(fake.live_count, 2);
    allocator.ops->free(allocator.ctx, a, 100);
    void *c = allocator.ops->alloc(allocator.ctx, 10);
    allocator.ops->free(allocator.ctx, b, 50);
    allocator.ops->free(allocator.ctx, c, 10);

    assert_int_equal(fake.live_bytes, 0);
    assert_int_equal(fake.live_count, 0);
    assert_int_equal(fake.peak_bytes, 150);
    assert_int_equal(fake.asked_count, 3);
    assert_int_equal(fake.refused_count, 0);
}

/* The nth allocation from now is refused once, or it and all after it. */
static void test_allocator_refuses(void **state)
{
    (void)state;
    struct fake_allocator fake;
    fake_allocator_init(&fake);
    struct dd_allocator allocator = fake_allocator_interface(&fake);
    void *a = allocator.ops->alloc(allocator.ctx, 1);

    fake_allocator_refuse(&fake, 2, false);
    void *b = allocator.ops->alloc(allocator.ctx, 1);
    assert_non_null(b);
    assert_null(allocator.ops->alloc(allocator.ctx, 1));
    void *c = allocator.ops->alloc(allocator.ctx, 1);
    assert_non_null(c);

    fake_allocator_refuse(&fake, 1, true);
    assert_null(allocator.ops->alloc(allocator.ctx, 1));
    assert_null(allocator.ops->alloc(allocator.ctx, 1));
    fake_allocator_refuse(&fake, 0, false);
    void *d = allocator.ops->alloc(allocator.ctx, 1);
    assert_non_null(d);

    assert_int_equal(fake.refused_count, 3);
    assert_int_equal(fake.live_count, 4);
    allocator.ops->free(allocator.ctx, a, 1);
    allocator.ops->free(allocator.ctx, b, 1);
    allocator.ops->free(allocator.ctx, c, 1);
    allocator.ops->free(allocator.ctx, d, 1);
}

/* A fresh block holds the byte it was told to, and is aligned for any type. */
static void test_allocator_fills_and_aligns(void **state)
{
    (void)state;
    struct fake_allocator fake;
    fake_allocator_init(&fake);
    struct dd_allocator allocator = fake_allocator_interface(&fake);
    const unsigned char fills[] = { 0xAA, 0x55 };
    for (size_t i = 0; i < 2; i++) {
        fake.fresh_fill = fills[i];
        unsigned char *block = allocator.ops->alloc(allocator.ctx, 33);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < 33; at++) {
            assert_int_equal(block[at], fills[i]);
        }
        allocator.ops->free(allocator.ctx, block, 33);
    }
}

/* A size that does not match what was asked for is a bug, and stops the run. */
static void test_allocator_checks_the_size_given_back(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fake_allocator fake;
        fake_allocator_init(&fake);
        struct dd_allocator allocator = fake_allocator_interface(&fake);
        (void)close(STDERR_FILENO);
        allocator.ops->free(allocator.ctx, allocator.ops->alloc(allocator.ctx, 8), 9);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator_counts),
        cmocka_unit_test(test_allocator_refuses),
        cmocka_unit_test(test_allocator_fills_and_aligns),
        cmocka_unit_test(test_allocator_checks_the_size_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
