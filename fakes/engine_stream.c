/*
 * A pull's stream, line by line as the engine prints it: layers are downloaded one
 * after the other, then extracted one after the other, and every part of the
 * pull's time brings at least one line (docs/ENGINE.md, "pull-stream").
 */
#include <string.h>

#include "fakes/engine_internal.h"

#define PARALLEL_DOWNLOADS 3

bool fake__stream_line(struct fake__call *call, const struct dd_line *line)
{
    if (fake__fault_stops_stream(call, false)) {
        fake__fault_strike(call);
        return false;
    }
    call->pull->line_count++;
    fake__deliver_line(call, line);
    return call->phase == FAKE__STREAMING;
}

static bool say(struct fake__call *call, const char *status, const char *id)
{
    return fake__stream_line(call, &(struct dd_line){ .status = status, .id = id });
}

static bool is_missing(const struct fake__layer *layer)
{
    return layer->image_count == 0;
}

bool fake__stream_open(struct fake__call *call)
{
    const struct fake__name *name = call->target.name;
    const struct fake__content *content = call->pull->content;
    struct fake__place place;
    char status[sizeof "Pulling from " + sizeof place.path] = "Pulling from ";
    fake__place_of(name, &place);
    memcpy(status + strlen(status), place.path, strlen(place.path) + 1);
    bool is_podman = call->engine->personality == FAKE_PODMAN_4_3;
    if (!is_podman && !say(call, status, name->by_digest ? name->text : place.suffix)) {
        return false;
    }
    if (!content || (content->image && !is_podman)) {
        return true;
    }
    for (size_t i = 0; i < content->layer_count; i++) {
        const struct fake__layer *layer = content->layers[i];
        if (!say(call, is_missing(layer) ? "Pulling fs layer" : "Already exists", layer->blob)) {
            return false;
        }
    }
    for (size_t i = PARALLEL_DOWNLOADS; !is_podman && i < call->pull->missing_count; i++) {
        if (!say(call, "Waiting", call->pull->missing[i]->blob)) {
            return false;
        }
    }
    return true;
}

static bool layer_over(struct fake__call *call, const struct fake__layer *layer)
{
    if (call->engine->personality == FAKE_PODMAN_4_3) {
        return call->pull->extracting || say(call, "Download complete", layer->blob);
    }
    if (call->pull->extracting) {
        return say(call, "Pull complete", layer->blob);
    }
    return say(call, "Verifying Checksum", layer->blob) &&
           say(call, "Download complete", layer->blob);
}

static void next_layer(struct fake__pull *pull)
{
    pull->at_byte = 0;
    if (++pull->at_layer == pull->missing_count) {
        pull->at_layer = 0;
        pull->extracting = true;
    }
}

bool fake__stream_progress(struct fake__call *call, uint64_t stage)
{
    struct fake__pull *pull = call->pull;
    uint64_t all_bytes = 2 * pull->missing_bytes;
    uint64_t target =
        stage == pull->stage_count ? all_bytes : all_bytes / pull->stage_count * stage;
    while (pull->done_bytes < target) {
        const struct fake__layer *layer = pull->missing[pull->at_layer];
        uint64_t size = layer->size_bytes ? layer->size_bytes : 1;
        uint64_t step = size - pull->at_byte;
        step = step < target - pull->done_bytes ? step : target - pull->done_bytes;
        pull->at_byte += step;
        pull->done_bytes += step;
        struct dd_line line = { .status = pull->extracting ? "Extracting" : "Downloading",
                                .id = layer->blob,
                                .current_bytes = pull->at_byte,
                                .total_bytes = size };
        if (!fake__stream_line(call, &line)) {
            return false;
        }
        if (pull->at_byte == size) {
            if (!layer_over(call, layer)) {
                return false;
            }
            next_layer(pull);
        }
    }
    return true;
}

static const char *shown_name(const struct fake__call *call, char repository[])
{
    const struct fake__name *name = call->target.name;
    if (!call->pull->every_tag) {
        return name->text;
    }
    memcpy(repository, name->text, name->repository_length);
    repository[name->repository_length] = '\0';
    return repository;
}

bool fake__stream_close(struct fake__call *call, bool newer)
{
    static const char downloaded[] = "Status: Downloaded newer image for ";
    static const char up_to_date[] = "Status: Image is up to date for ";
    char repository[FAKE__REFERENCE_SIZE];
    char line[sizeof downloaded + FAKE__REFERENCE_SIZE];
    if (call->engine->personality == FAKE_PODMAN_4_3) {
        return true;
    }
    memcpy(line, "Digest: ", 8);
    memcpy(line + 8, call->pull->content->digest, sizeof call->pull->content->digest);
    if (!say(call, line, NULL)) {
        return false;
    }
    if (fake__fault_stops_stream(call, true)) {
        fake__fault_strike(call);
        return false;
    }
    const char *status = newer ? downloaded : up_to_date;
    const char *name = shown_name(call, repository);
    memcpy(line, status, strlen(status));
    memcpy(line + strlen(status), name, strlen(name) + 1);
    return say(call, line, NULL);
}
