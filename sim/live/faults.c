/* Faults in a live run: those of the wire, which lies between the coordinator and the
 * engine, and which the player holds. What only an engine can say is not the player's to
 * make up. Part of a live run (live_state.h). */
#include <string.h>

#include "sim/live/call.h"

const char *live_fault_obstacle(const struct fake_fault *fault)
{
    switch (fault->kind) {
    case FAKE_FAULT_STATUS:
        return "an engine cannot be told what to answer";
    case FAKE_FAULT_STREAM:
    case FAKE_FAULT_TRUNCATE:
        return "an engine cannot be told how its stream ends";
    case FAKE_FAULT_LOSE:
        return fault->after_line > 0 && !fault->executed
                   ? "whether a pull lands whose connection breaks is the engine's to say"
                   : NULL;
    case FAKE_FAULT_HANG:
        return fault->after_line > 0 ? "how far a pull gets before it hangs is the engine's to say"
                                     : NULL;
    default:
        return NULL;
    }
}

/* By the name that the call says, or by the content that this means. */
static bool matches(const struct sim_live *live, const struct fake_fault *fault,
                    enum fake_call_kind kind, const char *name)
{
    if (fault->call != kind) {
        return false;
    }
    if (fault->name == NULL || strcmp(fault->name, name) == 0) {
        return true;
    }
    const char *nickname = live_nickname((void *)(uintptr_t)live, name);
    const char *meant = live_shelved_nickname(live, fault->name);
    const char *named = live_shelved_nickname(live, name);
    return (nickname != NULL && (strcmp(nickname, fault->name) == 0 ||
                                 (meant != NULL && strcmp(nickname, meant) == 0))) ||
           (named != NULL && strcmp(named, fault->name) == 0);
}

static bool hits(struct sim_live *live, size_t index, const char *name)
{
    const struct fake_fault *fault = &live->scenario->faults[index];
    if (fault->nth != 0 && live->fault_seen[index] != fault->nth) {
        return false;
    }
    if (fault->budget > 0) {
        return live->fault_hit[index] < fault->budget &&
               fake_choose(live->real.chooser, 2, (struct fake_label){ "fault", name }) == 1;
    }
    return true;
}

const struct fake_fault *live_fault_for(struct sim_live *live, enum fake_call_kind kind,
                                        const char *name)
{
    const struct fake_fault *found = NULL;
    for (size_t i = 0; i < live->scenario->fault_count; i++) {
        const struct fake_fault *fault = &live->scenario->faults[i];
        if (!matches(live, fault, kind, name)) {
            continue;
        }
        live->fault_seen[i]++;
        if (found == NULL && hits(live, i, name)) {
            live->fault_hit[i]++;
            found = fault;
        }
    }
    return found;
}

bool live_fault_keeps(const struct fake_fault *fault)
{
    return fault != NULL && (fault->kind == FAKE_FAULT_UNSENT || fault->kind == FAKE_FAULT_HANG ||
                             (fault->kind == FAKE_FAULT_LOSE && !fault->executed));
}

/* Of the lines that came, only the first are told. */
static void keep_lines(struct live_call *call, uint64_t count)
{
    struct live_line_copy **at = &call->lines;
    size_t kept = 0;
    while (*at != NULL && kept < count) {
        at = &(*at)->next;
        kept++;
    }
    *at = NULL;
    call->lines_end = at;
    call->line_count = kept;
}

void live_fault_strike(struct live_call *call)
{
    const struct fake_fault *fault = call->fault;
    if (fault == NULL || call->cancelled) {
        return;
    }
    if (call->kind == FAKE_CALL_PULL) {
        keep_lines(call, fault->after_line);
    }
    call->answer = (struct dd_answer){
        .transport = fault->kind == FAKE_FAULT_UNSENT ? DD_TRANSPORT_UNSENT : DD_TRANSPORT_LOST,
        .text = "the connection broke",
        .instance = call->answer.instance,
    };
}
