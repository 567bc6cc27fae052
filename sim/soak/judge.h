/**
 * The judge of a recording: requests against leases. It sees nothing but the recording's
 * lines, and knows nothing of the coordinator but what its callers were told, and what
 * rules hold for its requests.
 *
 * A lease is held from the line in which its caller was told until the line before the
 * call that gives it back, or until its agent dies.
 *
 * | rule | |
 * |---|---|
 * | `lease` | nothing is removed that somebody holds: no DELETE is sent that means such an image,
 * by what we last saw of its name, and no answer says that one is gone | | `in-flight` | nobody is
 * told an image while a DELETE that means it is unanswered | | `unlooked` | a DELETE by name or ID
 * is sent only after an inspect of just that which was answered 200 | | `not-ours` | a DELETE by
 * name means a repository of which a pull of ours was sent | | `force` | no DELETE by force | |
 * `two-pulls` | no two pulls of a reference are in flight together | | `pull-and-delete` | no pull
 * and no DELETE of one repository are in flight together | | `unseen` | an image that is told was
 * seen in an inspect's answer by the same agent | | `once` | who asks is told exactly once, before
 * the agent has closed | | `request` | there is no request but a ping, info, pull, inspect, list
 * and DELETE |
 *
 * Excused, and counted: what the engine does with a DELETE whose answer was lost, or whose
 * agent died (an abandoned DELETE is executed all the same; it cannot be called back), and
 * what somebody else did to the same name between our inspect and the DELETE's answer (the
 * engine has no compare-and-delete).
 *
 * Ownership: a judge owns what it remembers. Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_SOAK_JUDGE_H
#define SIM_SOAK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/soak/recording.h"
#include "sim/soak/request.h"

struct sim_judge;

struct sim_verdict {
    uint64_t line_count;
    uint64_t entries[SIM_ENTRY_KIND_COUNT];
    uint64_t requests[SIM_REQUEST_KIND_COUNT];
    uint64_t asked_count;   /* pulls and retains */
    uint64_t granted_count; /* those that were told an image */
    uint64_t removed_count; /* images that answers to our DELETEs say are gone */
    uint64_t doubt_count;   /* DELETEs without an answer */
    uint64_t cut_count;     /* pulls that a kill of the engine cut off */
    uint64_t excused_count; /* removals under a lease in the window above */
    uint64_t violation_count;
    char first[512]; /* "line 17: lease: ..."; "" if there was none */
};

struct sim_judge *sim_judge_create(void);
void sim_judge_destroy(struct sim_judge *judge);

/** The next line of the recording. */
void sim_judge_take(struct sim_judge *judge, const struct sim_entry *entry);

/** What was found so far. */
struct sim_verdict sim_judge_verdict(const struct sim_judge *judge);

/** Judge the file @path. False: it cannot be read, and @message says why. */
bool sim_judge_file(const char *path, struct sim_verdict *out, char message[512]);

#endif
