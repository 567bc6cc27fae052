/* The table of image states × events. "print" prints it, as docs/STATES.md has it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coord/test/fixture.h"
#include "coord/test/states.h"
#include "coord/transition.h"

#define PAGE_SIZE_MAX 16384

struct cell {
    enum dd_image_state state;
    enum dd__image_event event;
    enum dd_image_state next;
};

static const struct cell legal[] = {
    { DD_IMAGE_ABSENT, DD__IMAGE_LEASED, DD_IMAGE_HELD },
    { DD_IMAGE_ABSENT, DD__IMAGE_FOUND, DD_IMAGE_IDLE },
    { DD_IMAGE_HELD, DD__IMAGE_LEASED, DD_IMAGE_HELD },
    { DD_IMAGE_HELD, DD__IMAGE_RELEASED, DD_IMAGE_HELD },
    { DD_IMAGE_HELD, DD__IMAGE_LET_GO, DD_IMAGE_IDLE },
    { DD_IMAGE_HELD, DD__IMAGE_FORSAKEN, DD_IMAGE_ABSENT },
    { DD_IMAGE_IDLE, DD__IMAGE_LEASED, DD_IMAGE_HELD },
    { DD_IMAGE_IDLE, DD__IMAGE_BEGUN, DD_IMAGE_REMOVING },
    { DD_IMAGE_REMOVING, DD__IMAGE_RESCUED, DD_IMAGE_IDLE },
    { DD_IMAGE_REMOVING, DD__IMAGE_REFUSED, DD_IMAGE_BLOCKED },
    { DD_IMAGE_REMOVING, DD__IMAGE_GONE, DD_IMAGE_ABSENT },
    { DD_IMAGE_BLOCKED, DD__IMAGE_FOUND, DD_IMAGE_IDLE },
    { DD_IMAGE_BLOCKED, DD__IMAGE_LEASED, DD_IMAGE_HELD },
    { DD_IMAGE_BLOCKED, DD__IMAGE_FOUND, DD_IMAGE_IDLE },
    { DD_IMAGE_BLOCKED, DD__IMAGE_BEGUN, DD_IMAGE_REMOVING },
};

#define LEGAL_COUNT (sizeof legal / sizeof legal[0])

static const struct cell *find(enum dd_image_state state, enum dd__image_event event)
{
    for (size_t i = 0; i < LEGAL_COUNT; i++) {
        if (legal[i].state == state && legal[i].event == event) {
            return &legal[i];
        }
    }
    return NULL;
}

/* The legal cells are these, and lead where they should; all others are empty. No lease
 * ever begins on a REMOVING image (H08), and nothing but an answer ends one (H05). */
static void test_legal_cells(void **state)
{
    (void)state;
    for (int from = 0; from < DD_IMAGE_STATE_COUNT; from++) {
        for (int event = 0; event < DD__IMAGE_EVENT_COUNT; event++) {
            const struct cell *cell = find((enum dd_image_state)from, (enum dd__image_event)event);
            enum dd_image_state next = DD_IMAGE_STATE_COUNT;
            const char *action = NULL;
            bool found = dd__transition_find((enum dd_image_state)from, (enum dd__image_event)event,
                                             &next, &action);

            assert_int_equal(found, cell != NULL);
            if (cell != NULL) {
                assert_int_equal(next, cell->next);
                assert_non_null(action);
            }
        }
    }
}

/* Whether @event in @from ends the process by an assert. */
static bool aborts(enum dd_image_state from, enum dd__image_event event)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        static struct dd_coord coord;
        struct dd__image image = { .state = (unsigned char)from };

        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        (void)close(STDERR_FILENO);
        dd__image_happens(&coord, &image, event);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* An empty cell is illegal, never ignored: a bug, caught by an assert. */
static void test_empty_cells_abort(void **state)
{
    (void)state;
    for (int from = 0; from < DD_IMAGE_STATE_COUNT; from++) {
        for (int event = 0; event < DD__IMAGE_EVENT_COUNT; event++) {
            if (find((enum dd_image_state)from, (enum dd__image_event)event) == NULL) {
                assert_true(aborts((enum dd_image_state)from, (enum dd__image_event)event));
            }
        }
    }
}

/* The way through all states, on one image: what the table says happens. */
static void test_whole_way(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");

    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, f->config.remove_delay_ns);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove_error(f, "redis:7", 409, "conflict");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    fixture_pass(f, HOUR);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_pull(f, "redis:7", "web-1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* The documentation's table is the code's. */
static void test_documentation_has_this_table(void **state)
{
    static char page[PAGE_SIZE_MAX];
    static char rendered[PAGE_SIZE_MAX];
    FILE *file = fopen("docs/STATES.md", "rb");
    const char *block;
    size_t length;

    (void)state;
    assert_non_null(file);
    length = fread(page, 1, sizeof page - 1, file);
    (void)fclose(file);
    page[length] = '\0';
    states_render(rendered, sizeof rendered);
    block = strstr(page, "| what happens |");
    assert_non_null(block);
    if (strncmp(block, rendered, strlen(rendered)) != 0) {
        fail_msg("docs/STATES.md has another table; `make states` prints this one:\n%s", rendered);
    }
    assert_true(block[strlen(rendered)] != '|');
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legal_cells),
        cmocka_unit_test(test_empty_cells_abort),
        cmocka_unit_test_setup_teardown(test_whole_way, fixture_setup, fixture_teardown),
        cmocka_unit_test(test_documentation_has_this_table),
    };

    if (argc == 2 && strcmp(argv[1], "print") == 0) {
        static char rendered[PAGE_SIZE_MAX];

        states_render(rendered, sizeof rendered);
        return fputs(rendered, stdout) < 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
