/* What each call of the Docker client interface does when it is executed. */
#include <string.h>

#include "fakes/engine_internal.h"

static void execute_inspect(struct fake__call *call)
{
    const struct fake__image *image = fake__target_image(call->engine, &call->target);
    bool is_podman = call->engine->personality == FAKE_PODMAN_4_3;
    if (call->target.kind == FAKE__MALFORMED && is_podman) {
        call->outcome.http_status = 500;
        call->outcome.text = fake__podman_malformed(call->target.why);
        return;
    }
    if (call->target.kind == FAKE__MALFORMED) {
        call->outcome.http_status = 400;
        call->outcome.text =
            FAKE__JOIN("no such image: ", call->target.given, ": ", call->target.why);
        return;
    }
    if (!image) {
        call->outcome.http_status = 404;
        call->outcome.text =
            is_podman ? fake__podman_missing(call->engine, &call->target, "No such image")
                      : fake__text_inspect_missing(&call->target);
        return;
    }
    call->outcome.http_status = 200;
    for (size_t i = 0; i < image->tags.count; i++) {
        fake__strings_add(&call->list_strings, fake__shown_name(call->engine, image->tags.at[i]));
    }
    for (size_t i = 0; i < image->digests.count; i++) {
        fake__strings_add(&call->list_strings,
                          fake__shown_name(call->engine, image->digests.at[i]));
    }
    const char **at = call->list_strings.at;
    call->answer.id = image->content->id;
    call->answer.tags = (struct dd_strings){ at, image->tags.count };
    call->answer.digests =
        (struct dd_strings){ at ? at + image->tags.count : NULL, image->digests.count };
}

static bool is_listed(const struct fake__image *image)
{
    return image->tags.count || image->digests.count || !image->child_count;
}

static void execute_list(struct fake__call *call)
{
    const struct fake_engine *engine = call->engine;
    call->outcome.http_status = 200;
    call->listed = fake_memory_alloc((engine->image_count + 1) * sizeof(*call->listed));
    for (size_t i = 0; i < engine->image_count; i++) {
        const struct fake__image *image = engine->images[i];
        for (size_t n = 0; n < image->tags.count; n++) {
            fake__strings_add(&call->list_strings,
                              fake__shown_name(call->engine, image->tags.at[n]));
        }
        for (size_t n = 0; n < image->digests.count; n++) {
            fake__strings_add(&call->list_strings,
                              fake__shown_name(call->engine, image->digests.at[n]));
        }
    }
    const char **at = call->list_strings.at;
    for (size_t i = 0; i < engine->image_count; i++) {
        const struct fake__image *image = engine->images[i];
        if (is_listed(image)) {
            call->listed[call->answer.listed_count++] = (struct dd_listed){
                .id = image->content->id,
                .tags = { at, image->tags.count },
                .digests = { at ? at + image->tags.count : NULL, image->digests.count },
                .size_bytes = image->content->size_bytes,
            };
        }
        at += at ? image->tags.count + image->digests.count : 0;
    }
    call->answer.listed = call->listed;
}

void fake__execute_remove(struct fake__call *call)
{
    fake__remove(call->engine, &call->target, FAKE__REMOVE_NO_PARENTS, call->number,
                 &call->outcome);
}

void fake__call_executed(struct fake_event *event)
{
    struct fake__call *call = fake__call_of_event(event);
    fake__fault_late(call);
    const struct fake_fault *fault = call->fault;
    bool in_stream = call->kind == FAKE_CALL_PULL && fault && fault->kind != FAKE_FAULT_STATUS;
    if (fault && !in_stream) {
        fake__fault_strike(call);
        return;
    }
    switch (call->kind) {
    case FAKE_CALL_IDENTIFY:
        call->outcome.http_status = 200;
        call->answer.id = "6DRY:DOCK:FAKE:ENGI:NE20:10AA:BBCC:DDEE:FFGG:HHII:JJKK:LLMM";
        call->answer.closing_lines = call->engine->personality != FAKE_PODMAN_4_3;
        break;
    case FAKE_CALL_PULL:
        fake__pull_begin(call);
        return;
    case FAKE_CALL_INSPECT:
        execute_inspect(call);
        break;
    case FAKE_CALL_REMOVE:
        fake__execute_remove(call);
        break;
    default:
        execute_list(call);
        break;
    }
    fake__call_report_executed(call);
    fake__call_answer(call);
}
