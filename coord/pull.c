#include "coord/pull.h"

#include <assert.h>
#include <string.h>

#include "coord/pull_outcome.h"
#include "coord/pull_queue.h"

static void pull_line(struct dd_call *call, const struct dd_line *line);

void dd__pull_join(struct dd__pull *pull, struct dd__operation *operation)
{
    assert(operation->pull == NULL && dd__list_is_empty(&operation->in_pull));
    operation->pull = pull;
    pull->user_count++;
    pull->waiter_count++;
    dd__list_add_last(&pull->waiters, &operation->in_pull);
    dd__emit(pull->coord,
             (struct dd_event){
                 .kind = pull->waiter_count == 1 ? DD_EVENT_PULL_QUEUED : DD_EVENT_PULL_JOINED,
                 .reference = pull->reference->text,
                 .caller = operation->caller.text,
                 .operation = operation->number,
                 .count = pull->waiter_count,
             });
}

void dd__pull_say(struct dd__pull *pull, const char *text)
{
    if (!pull->has_failed && text != pull->message.text) {
        dd__message_keep(&pull->message, &pull->coord->env.allocator,
                         (struct dd__room){ pull->room, sizeof pull->room }, text);
    }
}

void dd__pull_ask(struct dd__pull *pull, const struct dd__asking *asking, const char *digest)
{
    struct dd__inquiry *inquiry = &pull->inquiry;

    inquiry->asking = asking;
    inquiry->gate = pull->phase == DD__PULL_BEFORE ? pull->reference->repository : NULL;
    inquiry->name = pull->reference->text;
    inquiry->digest = digest;
    inquiry->repository_length = pull->reference->repository->name_length;
    inquiry->is_abandoned = false;
    dd__inquiry_ask(inquiry);
}

void dd__pull_cut_short(struct dd__pull *pull)
{
    pull->phase = DD__PULL_ENDING;
    pull->is_unsettled = true;
    dd__lane_timer_disarm(&pull->coord->timers, &pull->progress);
    dd__lane_timer_disarm(&pull->coord->timers, &pull->whole);
    dd__request_cancel(&pull->request);
}

/* Nobody waits any more, and nobody can join: the engine's pull is aborted. What
 * ended well already is looked up all the same, for its binding. */
static void pull_abort(struct dd__pull *pull, const char *why)
{
    dd__emit(pull->coord, (struct dd_event){ .kind = DD_EVENT_PULL_ABORTED,
                                             .reference = pull->reference->text,
                                             .message = why });
    dd__list_remove(&pull->in_reference);
    switch (pull->phase) {
    case DD__PULL_QUEUED:
        dd__pull_finish(pull);
        break;
    case DD__PULL_BEFORE:
        pull->phase = DD__PULL_ENDING;
        if (!dd__inquiry_abandon(&pull->inquiry)) {
            dd__pull_finish(pull);
        }
        break;
    case DD__PULL_RUNNING:
        dd__pull_cut_short(pull);
        break;
    default:
        assert(pull->phase == DD__PULL_LOOKING_UP);
        if (pull->is_learned && !dd__inquiry_abandon(&pull->inquiry)) {
            dd__pull_finish(pull);
        }
        break;
    }
}

void dd__pull_leave(struct dd__pull *pull, struct dd__operation *operation)
{
    dd__list_remove(&operation->in_pull);
    if (--pull->waiter_count == 0) {
        dd__pull_part(pull);
    }
    if (pull->waiter_count == 0) {
        pull_abort(pull, "nobody waits for it any more");
    }
}

void dd__pull_give_up(struct dd__pull *pull, enum dd_status status)
{
    dd__pull_fail(pull, (struct dd__verdict){ .status = status }, dd_status_text(status));
}

static void progress_expect(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;

    dd__lane_timer_arm(&coord->timers, DD__LANE_PROGRESS, &pull->progress,
                       coord->now_ns + coord->config.progress_timeout_ns);
}

/* The engine's pull begins; from here on it may leave something behind. */
static void pull_run(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;
    struct dd__reference *reference = pull->reference;
    struct dd_pull_spec spec = {
        .repository = reference->repository->name,
        .tag = reference->by_digest ? NULL : dd__reference_suffix(reference),
        .digest = reference->by_digest ? dd__reference_suffix(reference) : NULL,
        .platform = pull->platform[0] == '\0' ? NULL : pull->platform,
        .credentials = dd__secret_view(pull->secret),
    };

    assert(dd__list_is_empty(&reference->owing));
    pull->phase = DD__PULL_RUNNING;
    dd__emit(coord,
             (struct dd_event){ .kind = DD_EVENT_PULL_STARTED, .reference = reference->text });
    progress_expect(pull);
    dd__lane_timer_arm(&coord->timers, DD__LANE_PULL, &pull->whole,
                       coord->now_ns + coord->config.pull_timeout_ns);
    pull->has_started = dd__request_pull(&pull->request, &spec, pull_line);
    if (pull->secret != NULL) {
        dd__pull_part(pull); /* while there is the secret for another one */
    }
    dd__secret_wipe(coord, &pull->secret);
}

static void pull_report(struct dd__pull *pull, const struct dd_line *line)
{
    char buffer[DD__MESSAGE_MAX + 1];
    char layer[DD__LAYER_MAX + 1];
    struct dd__text text;
    enum dd__phase phase;

    if (pull->coord->env.observer.ops == NULL) {
        return;
    }
    phase = dd__phase_of(line);
    dd__text_init(&text, layer, sizeof layer);
    dd__text_redacted(&text, line->id);
    dd__text_init(&text, buffer, sizeof buffer);
    dd__text_string(&text, layer);
    dd__text_string(&text, line->id == NULL ? "" : " ");
    if (line->error == NULL && phase != DD__PHASE_OTHER) {
        dd__text_string(&text, dd__phase_word(phase));
    } else {
        dd__text_redacted(&text, line->error != NULL    ? line->error
                                 : line->status != NULL ? line->status
                                                        : "");
    }
    if (line->total_bytes > 0) {
        dd__text_string(&text, " ");
        dd__text_u64(&text, line->current_bytes);
        dd__text_string(&text, "/");
        dd__text_u64(&text, line->total_bytes);
    }
    dd__emit(pull->coord, (struct dd_event){ .kind = DD_EVENT_PULL_PROGRESS,
                                             .reference = pull->reference->text,
                                             .layer = line->id == NULL ? NULL : layer,
                                             .current_bytes = line->current_bytes,
                                             .total_bytes = line->total_bytes,
                                             .message = buffer });
}

/* H26: any line is progress. */
static void pull_line(struct dd_call *call, const struct dd_line *line)
{
    struct dd__pull *pull = DD__CONTAINER(call, struct dd__pull, request.call);
    struct dd_coord *coord = pull->coord;

    dd__enter(coord);
    if (dd__stream_line(&pull->stream, line)) {
        dd__pull_say(pull, line->error);
    }
    pull_report(pull, line);
    if (pull->phase == DD__PULL_RUNNING) {
        progress_expect(pull);
    }
    dd__leave(coord);
}

/* H21: no success without a clean end, and the closing line where there is one. */
static struct dd__verdict pull_judge(struct dd__pull *pull, const struct dd_answer *answer,
                                     const char **message)
{
    struct dd__verdict verdict = dd__classify(answer);

    *message = answer->text;
    if (verdict.status == DD_OK && pull->stream.failed) {
        *message = pull->message.text;
        return pull->stream.failure;
    }
    if (verdict.status == DD_OK && pull->coord->closing_lines &&
        pull->stream.closing == DD__CLOSING_NONE) {
        *message = "the stream ended without its closing status";
        return (struct dd__verdict){ .status = DD_ENETWORK };
    }
    return verdict;
}

void dd__pull_answered(struct dd__request *request, const struct dd_answer *answer)
{
    struct dd__pull *pull = DD__CONTAINER(request, struct dd__pull, request);
    struct dd_coord *coord = pull->coord;
    const char *message;
    struct dd__verdict verdict = pull_judge(pull, answer, &message);

    dd__lane_timer_disarm(&pull->coord->timers, &pull->progress);
    dd__pull_slot_free(pull);
    dd__pull_part(pull); /* H02: whatever it comes to, nobody can join it any more */
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_PULL_ENDED,
                                       .reference = pull->reference->text,
                                       .http_status = answer->http_status,
                                       .status = verdict.status });
    if (verdict.status == DD_OK) {
        dd__pull_look_up(pull);
        return;
    }
    pull->is_unsettled =
        answer->transport == DD_TRANSPORT_LOST || answer->transport == DD_TRANSPORT_CANCELLED;
    if (pull->phase == DD__PULL_RUNNING) {
        dd__pull_fail(pull, verdict, message);
    } else {
        dd__pull_pay(pull);
    }
}

static void before_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__pull *pull = DD__CONTAINER(inquiry, struct dd__pull, inquiry);

    /* H41: *before* is what the engine says now, not what memory says. */
    pull->before_known =
        finding->verdict.status == DD_OK || finding->verdict.status == DD_ENOTFOUND;
    pull->before.length = 0;
    if (finding->verdict.status == DD_OK) {
        pull->before = finding->id;
    }
    if (pull->before_known) {
        dd__pull_debts_paid(pull->coord, pull->reference, finding);
    } else if (!dd__list_is_empty(&pull->reference->owing)) {
        /* H33: it would hide what an earlier pull may have left, unseen. */
        dd__pull_fail(pull, finding->verdict, finding->text);
        return;
    }
    /* The gate closed while it asked, or by what was paid: it waits, and asks again. */
    if (pull->reference->repository->unanswered_count > 0) {
        dd__inquiry_ask(inquiry);
        return;
    }
    pull_run(pull);
}

void dd__pull_start(struct dd__pull *pull)
{
    static const struct dd__asking before = { .found = before_found,
                                              .over = dd__pull_inquiry_over };

    pull->phase = DD__PULL_BEFORE;
    dd__emit(pull->coord,
             (struct dd_event){ .kind = DD_EVENT_PULL_BEFORE, .reference = pull->reference->text });
    dd__pull_ask(pull, &before, NULL);
}
