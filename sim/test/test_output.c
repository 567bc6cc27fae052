/* A report's file, whole or not at all, in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/output.h"

struct place {
    char folder[64];
    char file[128];
};

static int setup(void **state)
{
    struct place *place = fake_memory_alloc(sizeof(*place));
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/drydock-test-XXXXXX");
    *state = place;
    if (mkdtemp(place->folder) == NULL) {
        return 1;
    }
    (void)snprintf(place->file, sizeof(place->file), "%s/r.xml", place->folder);
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    (void)remove(place->file);
    int left = rmdir(place->folder); /* nothing else may lie there */
    free(place);
    return left;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text)
{
    char buffer[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t count = fread(buffer, 1, sizeof(buffer) - 1, file);
    (void)fclose(file);
    assert_int_equal(count, strlen(text));
    assert_string_equal(buffer, text);
}

/* Until it is whole the old file is there; then the new one, for all to read whom the
 * mask lets. */
static void test_output_replaces(void **state)
{
    const struct place *place = *state;
    struct sim_output output;
    struct stat there;
    put(place->file, "old");
    assert_true(sim_output_begin(&output, place->file));
    assert_true(fputs("new", output.file) >= 0);
    assert_int_equal(fflush(output.file), 0);
    assert_holds(place->file, "old");
    mode_t mask = umask(027);
    (void)umask(mask);
    assert_true(sim_output_commit(&output));
    assert_holds(place->file, "new");
    assert_int_equal(stat(place->file, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0666 & ~mask);
    sim_output_drop(&output);
    assert_holds(place->file, "new");
}

/* Given up, nothing has changed. */
static void test_output_dropped(void **state)
{
    const struct place *place = *state;
    struct sim_output output;
    put(place->file, "old");
    assert_true(sim_output_begin(&output, place->file));
    assert_true(fputs("new", output.file) >= 0);
    sim_output_drop(&output);
    assert_holds(place->file, "old");
}

/* Where nothing can be written, that is said before there is anything to write. */
static void test_output_refused(void **state)
{
    const struct place *place = *state;
    struct sim_output output;
    assert_false(sim_output_begin(&output, "/nowhere/at/all.xml"));
    assert_string_equal(output.message,
                        "/nowhere/at/all.xml: cannot be written: No such file or directory");
    assert_false(sim_output_begin(&output, place->folder));
    assert_non_null(strstr(output.message, ": cannot be written: Is a directory"));
}

/* What could not be written is said, and not put in the old file's place. */
static void test_output_is_not_whole(void **state)
{
    const struct place *place = *state;
    struct sim_output output;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    assert_true(sim_output_begin(&output, "/dev/full"));
    assert_true(fputs("new", output.file) >= 0);
    assert_false(sim_output_commit(&output));
    assert_non_null(strstr(output.message, "/dev/full: cannot be written: No space left"));
    put(place->file, "old");
    assert_true(sim_output_begin(&output, place->file));
    assert_int_equal(remove(place->file), 0);
    assert_int_equal(mkdir(place->file, 0700), 0);
    assert_false(sim_output_commit(&output));
    assert_non_null(strstr(output.message, ": cannot be written: Is a directory"));
}

/* A device is written to, not replaced by a file. */
static void test_output_to_a_device(void **state)
{
    struct sim_output output;
    struct stat there;
    (void)state;
    assert_true(sim_output_begin(&output, "/dev/null"));
    assert_null(output.temporary);
    assert_true(fputs("new", output.file) >= 0);
    assert_true(sim_output_commit(&output));
    assert_int_equal(stat("/dev/null", &there), 0);
    assert_false(S_ISREG(there.st_mode));
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_output_replaces),
        in_place(test_output_dropped),
        in_place(test_output_refused),
        in_place(test_output_is_not_whole),
        cmocka_unit_test(test_output_to_a_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
