/**
 * Recordings: what was asked of an engine, and what an agent's callers knew, in one file
 * in the order in which it happened, a line of JSON each (docs/RECORDING.md). Several
 * processes write to one recording: each line is one write to a file that is appended to.
 *
 * Units:     microseconds of the monotonic clock.
 * Ownership: an entry that was read owns its texts; release with sim_entry_release. One
 *            that is written borrows them for the call.
 * Threading: writing: any thread.
 * Errors:    reading says in one line what is wrong; aborts without memory.
 */
#ifndef SIM_SOAK_RECORDING_H
#define SIM_SOAK_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

#define SIM_ENTRY_KIND_MAP(X)                                                                      \
    X(BEGIN, "begin")     /* text: what was told to begin with: "seed 7 ..." */                    \
    X(REQUEST, "request") /* number, method, path */                                               \
    X(ANSWER, "answer")   /* number, status; what the body says */                                 \
    X(HUNG_UP, "hung-up") /* number: its client gave it up */                                      \
    X(LOST, "lost")       /* number: its engine did not answer to the end */                       \
    X(AGENT, "agent")     /* text: "opened", "closing", "closed", "killed" */                      \
    X(PULL, "pull")       /* number, caller, reference, text: the policy */                        \
    X(RETAIN, "retain")   /* number, caller, image, names: the bindings */                         \
    X(CANCEL, "cancel")   /* number */                                                             \
    X(TOLD, "told")       /* number, caller, status (a dd_status); image, lease; text */           \
    X(RELEASE, "release") /* text: "lease", "image", "caller"; caller; image, lease */             \
    X(EVENT, "event")     /* text: the coordinator's word; reference, image, caller */             \
    X(ENGINE, "engine")   /* text: "killed", "back" */                                             \
    X(OTHER, "other")     /* number, text: what somebody else begins to do; reference, image */    \
    X(OTHER_END, "other-end") /* number, status */                                                 \
    X(END, "end")             /* text: an image or container that is left, as JSON */

enum sim_entry_kind {
#define SIM_ENTRY_ENUM(name, word) SIM_ENTRY_##name,
    SIM_ENTRY_KIND_MAP(SIM_ENTRY_ENUM)
#undef SIM_ENTRY_ENUM
        SIM_ENTRY_KIND_COUNT
};

#define SIM_ENTRY_NAME_MAX 64 /* names of an image, or bindings; more are left out */

/** A line. What does not apply is 0 or NULL. */
struct sim_entry {
    enum sim_entry_kind kind;
    uint64_t us;
    uint64_t number;
    unsigned status;
    uint64_t lease;
    uint64_t size_bytes; /* of an answer's body */
    const char *method;
    const char *path;
    const char *reference;
    const char *image;
    const char *caller;
    const char *text;
    const char *digest; /* of an answer's body */
    const char *names[SIM_ENTRY_NAME_MAX];
    size_t name_count;
    const char *deleted[SIM_ENTRY_NAME_MAX]; /* image IDs that an answer says are gone */
    size_t deleted_count;
    struct cJSON *json; /* what holds the texts of one that was read */
};

struct sim_recording;

/** Append to the file @path, which is made if it is not there. NULL, and errno says why.
 * Returned, release with sim_recording_close. */
struct sim_recording *sim_recording_open(const char *path);
/** NULL is fine. */
void sim_recording_close(struct sim_recording *recording);

/** Append @entry; its time is now. A file that cannot be written ends the process: what
 * comes after a gap would be judged wrongly. */
void sim_recording_write(struct sim_recording *recording, const struct sim_entry *entry);

/** How many lines of a kind were written, by this process. */
uint64_t sim_recording_count(const struct sim_recording *recording, enum sim_entry_kind kind);

/** An entry from a line without its line break. False, and @message says what is wrong. */
bool sim_entry_read(const char *line, size_t length, struct sim_entry *out, char message[160]);
void sim_entry_release(struct sim_entry *entry);

/** The line of @entry, without a line break. Returned, release with fake_memory_free. */
char *sim_entry_line(const struct sim_entry *entry);

/** "request". Static storage. */
const char *sim_entry_word(enum sim_entry_kind kind);

/** Tell @visit of each line of the file @path, until it returns false. False: it could not
 * be read to there, and @message says why, with the line. */
bool sim_recording_read(const char *path, bool (*visit)(void *ctx, const struct sim_entry *entry),
                        void *ctx, char message[512]);

#endif
