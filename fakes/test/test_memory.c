#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"

/* Fresh memory is zero, also where none is asked for. */
static void test_memory_alloc_is_zero(void **state)
{
    (void)state;
    static const unsigned char zeros[64];
    unsigned char *block = fake_memory_alloc(sizeof(zeros));
    assert_memory_equal(block, zeros, sizeof(zeros));
    free(block);
    void *empty = fake_memory_alloc(0);
    assert_non_null(empty);
    free(empty);
}

/* Growing keeps what was there. */
static void test_memory_grow_keeps(void **state)
{
    (void)state;
    uint64_t *numbers = fake_memory_grow(NULL, 2, sizeof(*numbers));
    numbers[0] = 1;
    numbers[1] = UINT64_MAX;
    numbers = fake_memory_grow(numbers, 2000, sizeof(*numbers));
    assert_true(numbers[0] == 1 && numbers[1] == UINT64_MAX);
    free(numbers);
}

/* A copy is the copied text's equal and not it; there is none of nothing. */
static void test_memory_copy(void **state)
{
    (void)state;
    const char *text = "sha256:a";
    char *copy = fake_memory_copy(text);
    assert_string_equal(copy, text);
    assert_ptr_not_equal(copy, text);
    free(copy);
    assert_null(fake_memory_copy(NULL));
}

/* What cannot be had stops the simulation: here a size beyond all memory. */
static void test_memory_aborts_without(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        free(fake_memory_grow(NULL, SIZE_MAX / 2, 4));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_alloc_is_zero),
        cmocka_unit_test(test_memory_grow_keeps),
        cmocka_unit_test(test_memory_copy),
        cmocka_unit_test(test_memory_aborts_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
