#include "sim/soak/recorder.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fakes/bytes.h"
#include "fakes/memory.h"
#include "sim/hash.h"
#include "sim/server/relay.h"
#include "sim/server/server.h"
#include "sim/soak/request.h"

#define BODY_MAX ((size_t)256 * 1024) /* of an answer that is read; of a pull, its end */
#define TARGET_SIZE 2048

struct sim_recorder {
    struct sim_recording *recording;
    struct sim_relay *relay;
    pthread_t thread;
    char *address;
};

/* --- what an answer says ----------------------------------------------------------------- */

/* Texts of an array at @key of each object in @from, or of @from itself. */
static void take_texts(const cJSON *array, const char **out, size_t *count)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item) && *count < SIM_ENTRY_NAME_MAX) {
            out[(*count)++] = item->valuestring;
        }
    }
}

static const char *text_at(const cJSON *json, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void take_image(struct sim_entry *entry)
{
    entry->image = text_at(entry->json, "Id");
    take_texts(cJSON_GetObjectItemCaseSensitive(entry->json, "RepoTags"), entry->names,
               &entry->name_count);
    take_texts(cJSON_GetObjectItemCaseSensitive(entry->json, "RepoDigests"), entry->names,
               &entry->name_count);
}

static void take_removed(struct sim_entry *entry)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, entry->json)
    {
        const char *deleted = text_at(item, "Deleted");
        const char *untagged = text_at(item, "Untagged");
        if (deleted != NULL && entry->deleted_count < SIM_ENTRY_NAME_MAX) {
            entry->deleted[entry->deleted_count++] = deleted;
        }
        if (untagged != NULL && entry->name_count < SIM_ENTRY_NAME_MAX) {
            entry->names[entry->name_count++] = untagged;
        }
    }
}

/* The last line of a stream. */
static cJSON *last_line(const char *body, size_t size)
{
    while (size > 0 && (body[size - 1] == '\n' || body[size - 1] == '\r')) {
        size--;
    }
    size_t start = size;
    while (start > 0 && body[start - 1] != '\n') {
        start--;
    }
    return cJSON_ParseWithLength(body + start, size - start);
}

void sim_recorder_read(struct sim_entry *entry, const char *method, const char *target,
                       const char *body, size_t size)
{
    enum sim_request_kind kind = sim_request_read(method, target).kind;
    bool streams = kind == SIM_REQUEST_PULL && entry->status == 200;
    entry->json = streams ? last_line(body, size) : cJSON_ParseWithLength(body, size);
    if (streams) {
        const char *error = text_at(entry->json, "error");
        entry->text = error != NULL ? error : text_at(entry->json, "status");
    } else if (entry->status >= 400) {
        entry->text = text_at(entry->json, "message");
        entry->text = entry->text != NULL ? entry->text : text_at(entry->json, "cause");
    } else if (kind == SIM_REQUEST_INSPECT) {
        take_image(entry);
    } else if (kind == SIM_REQUEST_REMOVE) {
        take_removed(entry);
    }
}

/* --- the relay's hooks ----------------------------------------------------------------------- */

/* What is kept of an exchange until it is over. */
struct kept {
    char target[TARGET_SIZE];
    struct fake_bytes body; /* its beginning, or the end of a stream */
    bool is_stream;
    uint64_t hash;
};

static void on_asked(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    struct sim_recorder *recorder = ctx;
    const struct sim_message *request = exchange->request;
    if (piece->kind != SIM_PIECE_HEAD) {
        return;
    }
    struct kept *kept = fake_memory_alloc(sizeof(*kept));
    char query[1024];
    sim_message_query(request, query, sizeof(query));
    (void)snprintf(kept->target, sizeof(kept->target), "%s%s%s", request->path,
                   query[0] != '\0' ? "?" : "", query);
    kept->is_stream = sim_request_read(request->method, kept->target).kind == SIM_REQUEST_PULL;
    kept->hash = SIM_HASH_START;
    fake_bytes_init(&kept->body);
    exchange->owner = kept;
    sim_recording_write(recorder->recording, &(struct sim_entry){ .kind = SIM_ENTRY_REQUEST,
                                                                  .number = exchange->number,
                                                                  .method = request->method,
                                                                  .path = kept->target });
}

static void keep(struct kept *kept, const struct sim_piece *piece)
{
    for (size_t i = 0; i < piece->size; i++) {
        kept->hash = sim_hash_number(kept->hash, (unsigned char)piece->at[i]);
    }
    if (kept->is_stream && kept->body.size > BODY_MAX / 2) { /* its end is what matters */
        size_t end = BODY_MAX / 8;
        memmove(kept->body.at, kept->body.at + kept->body.size - end, end);
        kept->body.size = end;
    }
    if (kept->body.size + piece->size <= BODY_MAX) {
        fake_bytes_add(&kept->body, piece->at, piece->size);
    }
}

static void answer_ended(struct sim_recorder *recorder, struct sim_relay_exchange *exchange)
{
    struct kept *kept = exchange->owner;
    char digest[24];
    struct sim_entry entry = { .kind = SIM_ENTRY_ANSWER,
                               .number = exchange->number,
                               .status = exchange->answer->status,
                               .size_bytes = exchange->body_bytes,
                               .digest = digest };
    (void)snprintf(digest, sizeof(digest), "%016" PRIx64, sim_hash_finish(kept->hash));
    sim_recorder_read(&entry, exchange->request->method, kept->target,
                      kept->body.at != NULL ? kept->body.at : "", kept->body.size);
    sim_recording_write(recorder->recording, &entry);
    sim_entry_release(&entry);
}

static bool on_answered(void *ctx, struct sim_relay_exchange *exchange,
                        const struct sim_piece *piece)
{
    if (piece->kind == SIM_PIECE_BODY) {
        keep(exchange->owner, piece);
    } else if (piece->kind == SIM_PIECE_END) {
        answer_ended(ctx, exchange);
    }
    return true;
}

static void on_over(void *ctx, struct sim_relay_exchange *exchange, enum sim_relay_end end)
{
    struct sim_recorder *recorder = ctx;
    struct kept *kept = exchange->owner;
    if (end != SIM_RELAY_ANSWERED) {
        sim_recording_write(
            recorder->recording,
            &(struct sim_entry){ .kind = end == SIM_RELAY_LEFT ? SIM_ENTRY_HUNG_UP : SIM_ENTRY_LOST,
                                 .number = exchange->number });
    }
    if (kept != NULL) {
        fake_bytes_release(&kept->body);
        fake_memory_free(kept);
    }
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void *run(void *arg)
{
    struct sim_recorder *recorder = arg;
    sim_relay_run(recorder->relay);
    return NULL;
}

struct sim_recorder *sim_recorder_begin(const char *address, const char *engine,
                                        struct sim_recording *recording, char message[256])
{
    static const struct sim_relay_hooks hooks = { .asked = on_asked,
                                                  .answered = on_answered,
                                                  .over = on_over };
    struct sim_recorder *recorder = fake_memory_alloc(sizeof(*recorder));
    struct sim_relay_options options = { .listening = sim_server_listen(address, message),
                                         .upstream = engine,
                                         .hooks = &hooks,
                                         .ctx = recorder };
    recorder->recording = recording;
    recorder->relay = options.listening >= 0 ? sim_relay_open(&options, message) : NULL;
    if (recorder->relay == NULL) {
        fake_memory_free(recorder);
        return NULL;
    }
    if (pthread_create(&recorder->thread, NULL, run, recorder) != 0) {
        (void)snprintf(message, 256, "no thread for the recorder");
        sim_relay_close(recorder->relay);
        fake_memory_free(recorder);
        return NULL;
    }
    recorder->address = fake_memory_copy(address);
    return recorder;
}

void sim_recorder_end(struct sim_recorder *recorder)
{
    if (recorder == NULL) {
        return;
    }
    sim_relay_stop(recorder->relay);
    (void)pthread_join(recorder->thread, NULL);
    sim_relay_close(recorder->relay);
    sim_server_unlisten(recorder->address);
    fake_memory_free(recorder->address);
    fake_memory_free(recorder);
}
