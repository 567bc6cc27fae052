/**
 * A scripted world around one coordinator: the fakes, and a Docker client of its
 * own that answers only when the test says so.
 *
 * Image IDs are any short text ("A"). A digest "sha256:aaa…" (64 times a digit) is
 * written "@a" wherever a name is given to the fixture or comes from it: "redis@a".
 * Lists of names are one string, separated by spaces: "redis:7 redis@a".
 *
 * Whatever is expected and is not there fails the test, saying what there is.
 * Nothing runs by itself: answers and calls of the API only post; fixture_run and
 * fixture_pass drain the executor.
 */
#ifndef COORD_TEST_FIXTURE_H
#define COORD_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drydock/drydock.h"
#include "fakes/allocator.h"
#include "fakes/chooser.h"
#include "fakes/clock.h"
#include "fakes/entropy.h"
#include "fakes/executor.h"
#include "fakes/host_lock.h"
#include "fakes/observer.h"
#include "fakes/queue.h"

#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define FIXTURE_NAME_MAX 512
#define FIXTURE_TEXT_MAX 1024

enum fixture_kind {
    FIXTURE_IDENTIFY,
    FIXTURE_PULL,
    FIXTURE_INSPECT,
    FIXTURE_REMOVE,
    FIXTURE_LIST,
    FIXTURE_KIND_COUNT
};

/** A call that the coordinator started. It lives as long as the fixture. */
struct fixture_call {
    enum fixture_kind kind;
    char name[FIXTURE_NAME_MAX]; /* "redis:7", "redis@a", "A"; "" if it has none */
    char platform[FIXTURE_NAME_MAX];
    bool has_credentials;
    char username[64];
    char password[64];
    char identity_token[64];
    char server_address[64];
    uint64_t started_ns;
    bool is_cancelled; /* cancel was called; the answer is still the test's */
    bool is_completed;
    struct dd_call *call; /* the coordinator's; NULL once completed */
    struct fixture *fixture;
    struct fixture_call *next; /* in the order of starting */
};

/** What an operation's callback was told. It lives as long as the fixture. */
struct fixture_told {
    enum dd_status begun; /* what dd_pull or dd_retain answered */
    struct dd_operation operation;
    unsigned count; /* of tellings; below: the last one */
    uint64_t time_ns;
    enum dd_status status;
    enum dd_conflict conflict;
    bool recoverable;
    uint64_t retry_after_ns;
    char text[FIXTURE_TEXT_MAX];
    char image[FIXTURE_NAME_MAX]; /* copies of the lease; `lease` points here */
    char caller[DD_CALLER_MAX + 1];
    struct dd_lease lease;
    /* Called last in the callback, if the test set it after the start. */
    void (*then)(struct fixture *f, struct fixture_told *told);
    struct fixture *fixture;
    struct fixture_told *next;
};

/** What dd_explain says of one image. */
struct fixture_image {
    enum dd_image_state state; /* DD_IMAGE_ABSENT: it is not known */
    bool ours;
    bool wanted;
    enum dd_status status;
    enum dd_conflict conflict;
    uint64_t next_ns; /* absolute, as explained */
    uint64_t lease_count;
    char holders[FIXTURE_TEXT_MAX]; /* "web-1 web-2" */
    char bindings[FIXTURE_TEXT_MAX];
};

struct fixture {
    struct fake_chooser chooser;
    struct fake_queue queue;
    struct fake_clock clock;
    struct fake_executor executor;
    struct fake_allocator allocator;
    struct fake_entropy entropy;
    struct fake_host_locks locks;
    struct fake_host_lock lock;
    struct fake_observer observer;
    struct dd_config config; /* used by fixture_start_open */
    struct dd_env env;       /* likewise */
    struct dd_coord *coord;  /* NULL: not opened, or destroyed */

    uint64_t instance;                   /* of the engine, in every answer (1);
                                            0: the client does not know it */
    bool closing_lines;                  /* of the engine (true) */
    unsigned refuse[FIXTURE_KIND_COUNT]; /* so many of the next calls are refused */

    unsigned opened_count;
    enum dd_status opened_status;
    char opened_text[FIXTURE_TEXT_MAX];
    bool is_closing;
    unsigned closed_count;

    struct fixture_call *calls;       /* all, oldest first */
    struct fixture_call *calls_since; /* since fixture_forget; NULL: none */
    struct fixture_told *tellings;
    char *trace; /* lines; see fixture_assert_trace */
    size_t trace_length;
    size_t trace_capacity;
    char last_message[FIXTURE_TEXT_MAX];      /* of the last event that had one */
    uint64_t last_generation[DD_EVENT_COUNT]; /* of the last event of each kind */
    char *scratch;                            /* of a check that may jump */
};

/** The defaults, as dd_config_init gives them. */
struct dd_config fixture_config(void);

/* ---- Life -------------------------------------------------------------------- */

/** A world and an open coordinator of engine "engine-1" in it, with nothing in
 * flight and an empty trace. @config NULL: the defaults. */
struct fixture *fixture_open(const struct dd_config *config);
/** Close (leaving everything, if the test did not begin to), answer what is owed,
 * destroy; asserts that no memory, call or alarm is left. Frees the fixture. */
void fixture_close(struct fixture *f);

/** The same by steps, for tests of opening and closing. */
struct fixture *fixture_create(const struct dd_config *config);
DD_MUST_USE enum dd_status fixture_start_open(struct fixture *f);
DD_MUST_USE enum dd_status fixture_start_close(struct fixture *f, bool drain, uint64_t deadline_ns);

/** Drain the executor. */
void fixture_run(struct fixture *f);
/** Run one task of the executor's; false if there is none. */
bool fixture_step(struct fixture *f);
/** Let @ns of virtual time pass, firing alarms on the way, draining after each. */
void fixture_pass(struct fixture *f, uint64_t ns);

/* ---- What the agent does ----------------------------------------------------- */

/** Policy always, no deadline, anonymous. Asserts that it began. */
struct fixture_told *fixture_pull(struct fixture *f, const char *reference, const char *caller);
/** As @pull says (its done and arg are the fixture's); look at `begun`. */
struct fixture_told *fixture_pull_as(struct fixture *f, const struct dd_pull *pull);
/** @bindings: names, or NULL. Asserts that it began. */
struct fixture_told *fixture_retain(struct fixture *f, const char *image, const char *bindings,
                                    const char *caller);
struct fixture_told *fixture_retain_as(struct fixture *f, const struct dd_retain *retain);
/** Give back what was told; asserts DD_OK. */
void fixture_release(struct fixture *f, const struct fixture_told *told);

/** The whole way of a pull that finds nothing before and brings @image under
 * @reference, with digest "@x" where x is @image's first letter in lower case, as
 * an image of these two names alone; told and asserted. */
struct fixture_told *fixture_pull_whole(struct fixture *f, const char *reference,
                                        const char *caller, const char *image);
/** The same for an image that then has all of @names. */
struct fixture_told *fixture_pull_brings(struct fixture *f, const char *reference,
                                         const char *caller, const char *image, const char *names);
/** fixture_pull_whole, fixture_release, and the removal delay: the removal has
 * asked for the ID and waits for the answer. The trace and calls are forgotten. */
void fixture_removing(struct fixture *f, const char *reference, const char *image);

/* ---- What the engine does ---------------------------------------------------- */

/** The oldest call in flight of @kind with @name (NULL: any). */
struct fixture_call *fixture_call(struct fixture *f, enum fixture_kind kind, const char *name);
/** Whether there is one. */
bool fixture_has_call(struct fixture *f, enum fixture_kind kind, const char *name);
/** Calls in flight of @kind; those ever started. */
unsigned fixture_in_flight(const struct fixture *f, enum fixture_kind kind);
unsigned fixture_started(const struct fixture *f, enum fixture_kind kind);

/** Any answer at all; the instance is filled in if it is 0. */
void fixture_answer(struct fixture_call *call, const struct dd_answer *answer);
void fixture_answer_error(struct fixture_call *call, unsigned http_status, const char *text);
void fixture_answer_lost(struct fixture_call *call);
void fixture_answer_unsent(struct fixture_call *call);
/** Asserts that it was cancelled. */
void fixture_answer_cancelled(struct fixture_call *call);

/** Each finds its call by @name. */
void fixture_answer_inspect(struct fixture *f, const char *name, const char *image,
                            const char *names);
void fixture_answer_inspect_404(struct fixture *f, const char *name);
/** 200; @deleted are image IDs. NULL: none. */
void fixture_answer_remove(struct fixture *f, const char *name, const char *untagged,
                           const char *deleted);
void fixture_answer_remove_error(struct fixture *f, const char *name, unsigned http_status,
                                 const char *text);

enum fixture_closing { FIXTURE_NEWER, FIXTURE_UP_TO_DATE, FIXTURE_NO_CLOSING };

/** One line of the pull's stream. */
void fixture_line(struct fixture *f, const char *name, const struct dd_line *line);
/** A line with a status alone; "@a" is not expanded. */
void fixture_status_line(struct fixture *f, const char *name, const char *status);
/** The digest line (@digest: "a"; NULL: none), the closing line, a clean end. */
void fixture_answer_pull_ok(struct fixture *f, const char *name, const char *digest,
                            enum fixture_closing closing);
/** An error before the stream. */
void fixture_answer_pull_error(struct fixture *f, const char *name, unsigned http_status,
                               const char *text);
/** An error line inside a 200. */
void fixture_answer_pull_error_line(struct fixture *f, const char *name, const char *text);

/* ---- What can be seen -------------------------------------------------------- */

struct fixture_image fixture_explain(struct fixture *f, const char *image);
enum dd_image_state fixture_state(struct fixture *f, const char *image);

/** Forget the trace and the calls so far. */
void fixture_forget(struct fixture *f);

/**
 * Compare the events since the last fixture_forget with these, exactly and in
 * order; progress events are left out. An event is written as its word, then what
 * it has of reference, image, caller, attempt ("#1") and status (unless DD_OK):
 * "pull-asked redis:7 web-1", "told redis:7 A web-1", "attempt-failed A #1 DD_EENGINE".
 */
#define fixture_assert_trace(f, ...)                                                               \
    fixture_check_trace((f), (const char *const[]){ __VA_ARGS__, NULL }, __FILE__, __LINE__)
/** The calls started since then: "inspect A", "remove redis:7", "pull redis:7". */
#define fixture_assert_calls(f, ...)                                                               \
    fixture_check_calls((f), (const char *const[]){ __VA_ARGS__, NULL }, __FILE__, __LINE__)
/** Likewise: none at all. */
#define fixture_assert_no_calls(f)                                                                 \
    fixture_check_calls((f), (const char *const[]){ NULL }, __FILE__, __LINE__)

void fixture_check_trace(struct fixture *f, const char *const *expected, const char *file,
                         int line);
void fixture_check_calls(struct fixture *f, const char *const *expected, const char *file,
                         int line);

/** The trace as lines. Borrowed until the next event. */
const char *fixture_events(const struct fixture *f);
/** How often @line stands in it. */
unsigned fixture_seen(const struct fixture *f, const char *line);
/** Events of @kind since the opening; never forgotten. */
unsigned fixture_count(const struct fixture *f, enum dd_event_kind kind);

/** Asserts that it was told exactly once, so. */
#define fixture_assert_told(told, expected)                                                        \
    fixture_check_told((told), (expected), __FILE__, __LINE__)
#define fixture_assert_untold(told) assert_int_equal((told)->count, 0)
void fixture_check_told(const struct fixture_told *told, enum dd_status expected, const char *file,
                        int line);

/** For cmocka: a fixture with the default configuration in *state. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

#endif
