#include "coord/test/fixture_life.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"

const char *life_digest(const char *reference, const char *image, char out[FIXTURE_NAME_MAX])
{
    const char *colon = strrchr(reference, ':');
    const char *slash = strrchr(reference, '/');
    size_t length = strlen(reference);

    if (colon != NULL && (slash == NULL || colon > slash)) {
        length = (size_t)(colon - reference);
    }
    (void)snprintf(out, FIXTURE_NAME_MAX, "%.*s@%c", (int)length, reference,
                   tolower((unsigned char)image[0]));
    return out;
}

/* "redis:7 redis@a" */
static void both_names(const char *reference, const char *image, char out[2 * FIXTURE_NAME_MAX])
{
    char digest[FIXTURE_NAME_MAX];

    (void)snprintf(out, 2 * (size_t)FIXTURE_NAME_MAX, "%s %s", reference,
                   life_digest(reference, image, digest));
}

void life_bring_over(struct fixture *f, const char *reference, const char *before,
                     const char *image)
{
    char digest[FIXTURE_NAME_MAX];
    char names[2 * FIXTURE_NAME_MAX];

    (void)life_digest(reference, image, digest);
    if (before == NULL) {
        fixture_answer_inspect_404(f, reference);
    } else {
        both_names(reference, before, names);
        fixture_answer_inspect(f, reference, before, names);
    }
    fixture_run(f);
    fixture_answer_pull_ok(f, reference, strchr(digest, '@') + 1,
                           before != NULL && strcmp(before, image) == 0 ? FIXTURE_UP_TO_DATE
                                                                        : FIXTURE_NEWER);
    fixture_run(f);
    both_names(reference, image, names);
    fixture_answer_inspect(f, digest, image, names);
}

void life_bring(struct fixture *f, const char *reference, const char *image)
{
    life_bring_over(f, reference, NULL, image);
}

struct fixture_told *life_granted(struct fixture *f, const char *reference, const char *caller,
                                  const char *image)
{
    unsigned granted = fixture_count(f, DD_EVENT_GRANTED);
    struct fixture_told *told = fixture_pull(f, reference, caller);

    life_bring(f, reference, image);
    while (fixture_count(f, DD_EVENT_GRANTED) == granted) {
        assert_true(fixture_step(f));
    }
    fixture_assert_untold(told);
    return told;
}

void life_deleting(struct fixture *f, const char *reference, const char *image)
{
    char names[2 * FIXTURE_NAME_MAX];

    both_names(reference, image, names);
    fixture_removing(f, reference, image);
    fixture_answer_inspect(f, image, image, names);
    fixture_run(f);
    fixture_answer_inspect(f, reference, image, names);
    fixture_run(f);
    assert_true(fixture_has_call(f, FIXTURE_REMOVE, reference));
    fixture_forget(f);
}

void life_blocked(struct fixture *f, const char *reference, const char *image)
{
    life_deleting(f, reference, image);
    fixture_answer_remove_error(f, reference, 409,
                                "conflict: unable to remove repository reference \"x\" (must "
                                "force) - container 1234 is using its referenced image 5678");
    fixture_run(f);
    assert_int_equal(fixture_state(f, image), DD_IMAGE_BLOCKED);
    fixture_forget(f);
}

void life_remove(struct fixture *f, const char *reference, const char *image)
{
    char names[2 * FIXTURE_NAME_MAX];

    both_names(reference, image, names);
    fixture_answer_inspect(f, image, image, names);
    fixture_run(f);
    fixture_answer_inspect(f, reference, image, names);
    fixture_run(f);
    fixture_answer_remove(f, reference, names, image);
    fixture_run(f);
}

void life_start_pull(struct fixture *f, const char *reference)
{
    fixture_answer_inspect_404(f, reference);
    fixture_run(f);
    assert_true(fixture_has_call(f, FIXTURE_PULL, reference));
}

void life_assert_closed(struct fixture *f)
{
    uint64_t due_ns;

    assert_int_equal(f->closed_count, 1);
    assert_false(fake_clock_due(&f->clock, &due_ns));
    assert_int_equal(f->executor.pending_count, 0);
    for (unsigned kind = 0; kind < FIXTURE_KIND_COUNT; kind++) {
        assert_int_equal(fixture_in_flight(f, (enum fixture_kind)kind), 0);
    }
    assert_null(fake_host_locks_holder(&f->locks, "engine-1"));
    dd_destroy(f->coord);
    f->coord = NULL;
    assert_int_equal(f->allocator.live_bytes, 0);
}

struct dd_lease life_lease(const char *image, const char *caller, uint64_t number)
{
    return (struct dd_lease){ .image = image, .caller = caller, .number = number };
}

static void log_seen(void *ctx, const struct dd_event *event)
{
    struct life_log *log = ctx;
    char sentence[1024];

    dd_event_format(event, sentence, sizeof(sentence));
    int length = snprintf(log->lines + log->length, sizeof(log->lines) - log->length, "%s: %s\n",
                          dd_level_word(dd_event_level(event->kind)), sentence);
    assert_true(length > 0 && (size_t)length < sizeof(log->lines) - log->length);
    log->length += (size_t)length;
    log->seen(log->ctx, event);
}

static int life_begin(void **state, const struct dd_config *config)
{
    struct life *life = fake_memory_alloc(sizeof(*life));

    life->f = fixture_open(config);
    life->log.seen = life->f->observer.seen;
    life->log.ctx = life->f->observer.ctx;
    life->f->observer.seen = log_seen;
    life->f->observer.ctx = &life->log;
    *state = life;
    return 0;
}

int life_setup(void **state)
{
    return life_begin(state, NULL);
}

int life_setup_without_cleanup(void **state)
{
    struct dd_config config = fixture_config();

    config.cleanup = false;
    return life_begin(state, &config);
}

int life_teardown(void **state)
{
    struct life *life = *state;

    fixture_close(life->f);
    free(life);
    return 0;
}

void life_log_assert(const struct life_log *log, const char *line)
{
    size_t length = strlen(line);
    unsigned count = 0;

    for (const char *at = log->lines; *at != '\0'; at = strchr(at, '\n') + 1) {
        count += strncmp(at, line, length) == 0 && at[length] == '\n';
    }
    if (count != 1) {
        print_error("%s\n", log->lines);
        fail_msg("logged %u times: %s", count, line);
    }
}

void life_log_assert_none(const struct life_log *log, const char *words)
{
    if (strstr(log->lines, words) != NULL) {
        print_error("%s\n", log->lines);
        fail_msg("logged: %s", words);
    }
}
