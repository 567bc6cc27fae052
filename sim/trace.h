/**
 * The trace: everything that happened in a run, in order, with its virtual time,
 * as one rolling hash; and, only if somebody asked for them, as lines of text.
 *
 * Two runs with equal hashes are taken for the same run. What goes into the hash
 * is numbers and strings, never addresses. Keeping lines changes nothing of it.
 *
 * Ownership: a trace owns its lines; sim_trace_release frees them.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/event.h"
#include "fakes/engine.h"

/** What an image is called in text: "redis-a" instead of its ID. */
struct sim_namer {
    const char *(*nickname)(void *ctx, const char *id); /* NULL: it has none */
    void *ctx;
};

struct sim_trace_line {
    uint64_t time_ns;
    uint64_t hash; /* of the run, this line included */
    bool in_story; /* a reader needs it to follow */
    char *who;     /* "web-1", "engine", "drydock", "user" */
    char *text;
    char *detail; /* what the text does not say; NULL: nothing */
};

/** Who is told each line at once, instead of its being kept: what has been said is
 * then safe when the process dies. The line is borrowed for the call. */
struct sim_trace_sink {
    void (*line)(void *ctx, const struct sim_trace_line *line); /* NULL: nobody */
    void *ctx;
};

struct sim_trace {
    uint64_t hash;
    uint64_t entry_count;
    bool keep;
    bool mute; /* nothing is wanted, not even the hash; set after sim_trace_begin */
    struct sim_namer namer;
    struct sim_trace_sink sink;
    struct sim_trace_line *lines;
    size_t line_count;
    size_t line_capacity;
    size_t forgotten_count; /* lines that were in the middle; see sim_trace_bound */
};

void sim_trace_init(struct sim_trace *trace);
void sim_trace_release(struct sim_trace *trace);

/** Forget everything; @keep lines from now on, their IDs named by @namer. */
void sim_trace_begin(struct sim_trace *trace, bool keep, struct sim_namer namer);

/** Tell each line to @sink from now on, and keep none. */
void sim_trace_stream(struct sim_trace *trace, struct sim_trace_sink sink);

/** If there are more than @max lines, forget the middle third of them. */
void sim_trace_bound(struct sim_trace *trace, size_t max);

/** Add an entry: @digest is the hash of all that it says. */
void sim_trace_add(struct sim_trace *trace, uint64_t time_ns, uint64_t digest);

/** Say the last entry in words; only while sim_trace_keeps. */
void sim_trace_say(struct sim_trace *trace, uint64_t time_ns, bool in_story, const char *who,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/** An event of the coordinator. */
void sim_trace_event(struct sim_trace *trace, const struct dd_event *event);

/** Something that happened inside the engine. */
void sim_trace_happening(struct sim_trace *trace, uint64_t time_ns,
                         const struct fake_happening *happening);

/** @text with every image ID and digest replaced by its nickname, cut at @size. */
void sim_trace_rename(struct sim_namer namer, const char *text, char *out, size_t size);

#endif
