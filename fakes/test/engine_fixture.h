/**
 * A fake engine with a registry, a client that keeps all it is told, a log of what
 * happened inside, and a chooser that answers as the test says.
 */
#ifndef FAKE_TEST_ENGINE_FIXTURE_H
#define FAKE_TEST_ENGINE_FIXTURE_H

#include "fakes/engine.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/** A call, and all that came back. Lists are joined by spaces, IDs in them are
 * nicknames. */
struct engine_probe {
    struct dd_call call; /* first */
    struct engine_fixture *fixture;
    unsigned done_count;
    uint64_t done_ns;
    enum dd_transport transport;
    unsigned http_status;
    char text[1024];
    bool has_text;
    uint64_t instance;
    char id[80];
    bool closing_lines;
    char tags[512];
    char digests[512];
    char untagged[512];
    char deleted[512];
    char listed[512]; /* "A:tags,digests,bytes B:…" in numbers */
    size_t line_count;
    char lines[64][128]; /* "status|id|current/total" */
    uint64_t line_ns[64];
    char error[512];
    size_t cancel_at_line; /* cancels itself from inside this line, from 1 */
};

struct engine_answer_rule {
    const char *kind;
    uint64_t answer;
};

struct engine_fixture {
    struct engine_answer_rule rules[8];
    size_t rule_count;
    struct fake_label asked[256];
    size_t asked_count;
    struct fake_chooser chooser;
    struct fake_queue queue;
    struct fake_engine *engine;
    struct dd_docker docker;
    struct engine_probe probe; /* of the engine_* helpers below */
    char log[16384];
};

/** Registry: app:1 and app:same are A (two layers, 4000 bytes), app:2 is B, other:1
 * is A. Execution takes 10 ms, answers 5 ms, pulls 1 s to 2 s (the shortest, unless
 * chosen otherwise), abandoned calls a second. */
int engine_setup(void **state);
int engine_teardown(void **state);

/** Questions of @kind are answered so; all others by 0. */
void engine_choose(struct engine_fixture *f, const char *kind, uint64_t answer);
/** How often a question of @kind was asked. */
size_t engine_asked(const struct engine_fixture *f, const char *kind);

void engine_push(struct engine_fixture *f, const char *reference, const char *image);

/** What others did, in words: "pull app:1; tag app:1 mine:1; rmi X; force X; load A
 * name; child app:1 C; run app:1 web; create app:1 web; stop web; rm web; push app:1
 * B". Each must succeed. */
void engine_given(struct engine_fixture *f, const char *script);

void engine_start_pull(struct engine_fixture *f, struct engine_probe *probe, const char *name);
void engine_start_inspect(struct engine_fixture *f, struct engine_probe *probe, const char *name);
void engine_start_remove(struct engine_fixture *f, struct engine_probe *probe, const char *name);
void engine_cancel(struct engine_fixture *f, struct engine_probe *probe);

/** Start a call and run until nothing is left to happen; borrowed until the next. */
const struct engine_probe *engine_pull(struct engine_fixture *f, const char *name);
const struct engine_probe *engine_inspect(struct engine_fixture *f, const char *name);
const struct engine_probe *engine_remove(struct engine_fixture *f, const char *name);

void engine_run(struct engine_fixture *f);
/** Run what is due up to @ns from the start. */
void engine_run_until(struct engine_fixture *f, uint64_t ns);

/** "A B": the nicknames of the images there are. */
const char *engine_images(struct engine_fixture *f, char *buffer, size_t size);
/** The nickname that @name means, or "-". */
const char *engine_means(const struct engine_fixture *f, const char *name);

/** @text with "{A}" for the first 12 digits of A's image ID, "{A.id}" for the whole,
 * "{A.digest}" for its manifest's digest, "{web!}" for those of container web. */
void engine_expand(const char *text, char *out, size_t size);

#endif
