/* What a real engine answers, in the scenario's words. Part of a live run (live_state.h). */
#include <string.h>

#include "fakes/memory.h"
#include "sim/live/call.h"

static const char *told(struct live_call *call, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    struct fake_bytes words;
    fake_bytes_init(&words);
    sim_live_names_told(&call->live->names, text, &words);
    const char *kept = sim_arena_bytes(&call->own, words.at != NULL ? words.at : "", words.size);
    fake_bytes_release(&words);
    return kept;
}

static struct dd_strings told_all(struct live_call *call, struct dd_strings strings)
{
    const char **at = sim_arena_alloc(&call->own, strings.count + 1, sizeof(*at));
    for (size_t i = 0; i < strings.count; i++) {
        at[i] = told(call, strings.at[i]);
    }
    return (struct dd_strings){ .at = at, .count = strings.count };
}

void live_copy_line(struct live_call *call, const struct dd_line *line)
{
    struct live_line_copy *copy = sim_arena_alloc(&call->own, 1, sizeof(*copy));
    copy->line = *line;
    copy->line.status = told(call, line->status);
    copy->line.id = told(call, line->id);
    copy->line.error = told(call, line->error);
    *call->lines_end = copy;
    call->lines_end = &copy->next;
    call->line_count++;
}

void live_copy_answer(struct live_call *call, const struct dd_answer *answer)
{
    call->answer = (struct dd_answer){
        .transport = answer->transport,
        .http_status = answer->http_status,
        .text = told(call, answer->text),
        .instance = answer->instance,
        .id = told(call, answer->id),
        .closing_lines = answer->closing_lines,
        .tags = told_all(call, answer->tags),
        .digests = told_all(call, answer->digests),
        .untagged = told_all(call, answer->untagged),
        .deleted = told_all(call, answer->deleted),
    };
}
