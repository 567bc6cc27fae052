#include "coord/backend/stream_reader.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "coord/backend/json.h"

static bool tell_error(struct dd__stream_reader *reader, const char *error, dd__line_fn told,
                       void *ctx)
{
    reader->was_not_understood = true;
    return told(ctx, &(struct dd_line){ .error = error });
}

static bool is_blank(char c)
{
    return c == '\r' || c == ' ' || c == '\t';
}

/* One line without its "\n"; blank ones say nothing. */
static bool tell_line(struct dd__stream_reader *reader, const char *at, size_t size,
                      dd__line_fn told, void *ctx)
{
    cJSON *root;
    const cJSON *detail;
    const char *end = at;
    struct dd_line line;
    bool goes_on;

    while (size > 0 && is_blank(at[size - 1])) {
        size--;
    }
    if (size == 0) {
        return true;
    }
    /* What follows the object might be an error: it is not passed over (H21). */
    root = dd__json_is_bounded(at, size, DD__STREAM_VALUE_MAX)
               ? cJSON_ParseWithLengthOpts(at, size, &end, false)
               : NULL;
    if (!cJSON_IsObject(root) || end != at + size) {
        cJSON_Delete(root);
        return tell_error(reader, "a line of the pull's stream is no JSON object", told, ctx);
    }
    detail = cJSON_GetObjectItemCaseSensitive(root, "progressDetail");
    line = (struct dd_line){
        .status = dd__json_string(root, "status"),
        .id = dd__json_string(root, "id"),
        .current_bytes = dd__json_size(cJSON_GetObjectItemCaseSensitive(detail, "current")),
        .total_bytes = dd__json_size(cJSON_GetObjectItemCaseSensitive(detail, "total")),
        .error = dd__json_string(root, "error"),
    };
    if (line.error == NULL || line.error[0] == '\0') {
        /* The newer of the two forms; engines send both. */
        line.error =
            dd__json_string(cJSON_GetObjectItemCaseSensitive(root, "errorDetail"), "message");
    }
    goes_on = told(ctx, &line);
    cJSON_Delete(root);
    return goes_on;
}

/* What is kept and @size bytes are a line. */
static enum dd_status line_end(struct dd__stream_reader *reader, const char *at, size_t size,
                               dd__line_fn told, void *ctx)
{
    enum dd_status status;
    bool goes_on;

    if (reader->part.size == 0) {
        return tell_line(reader, at, size, told, ctx) ? DD_OK : DD_ECANCELLED;
    }
    status = dd__buffer_add(&reader->part, at, size, DD__STREAM_LINE_MAX);
    if (status == DD_ENOMEM) {
        return status;
    }
    goes_on = status == DD_OK
                  ? tell_line(reader, reader->part.at, reader->part.size, told, ctx)
                  : tell_error(reader, "a line of the pull's stream is too long", told, ctx);
    dd__buffer_clear(&reader->part);
    return goes_on ? DD_OK : DD_ECANCELLED;
}

/* A beginning of a line is kept until more comes. */
static enum dd_status line_keep(struct dd__stream_reader *reader, const char *at, size_t size,
                                dd__line_fn told, void *ctx)
{
    enum dd_status status = dd__buffer_add(&reader->part, at, size, DD__STREAM_LINE_MAX);

    if (status != DD_EINVAL) {
        return status;
    }
    dd__buffer_clear(&reader->part);
    reader->is_skipping = true;
    return tell_error(reader, "a line of the pull's stream is too long", told, ctx) ? DD_OK
                                                                                    : DD_ECANCELLED;
}

enum dd_status dd__stream_reader_feed(struct dd__stream_reader *reader, const char *bytes,
                                      size_t size, dd__line_fn told, void *ctx)
{
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - bytes);
        size_t taken = end == NULL ? size : length + 1;
        enum dd_status status = DD_OK;

        if (end == NULL && !reader->is_skipping) {
            status = line_keep(reader, bytes, length, told, ctx);
        } else if (end != NULL && !reader->is_skipping) {
            status = line_end(reader, bytes, length, told, ctx);
        } else if (end != NULL) {
            reader->is_skipping = false;
        }
        if (status != DD_OK) {
            return status;
        }
        bytes += taken;
        size -= taken;
    }
    return DD_OK;
}

void dd__stream_reader_end(struct dd__stream_reader *reader, dd__line_fn told, void *ctx)
{
    if (reader->part.size > 0) {
        (void)tell_line(reader, reader->part.at, reader->part.size, told, ctx);
        dd__buffer_clear(&reader->part);
    }
}

void dd__stream_reader_release(struct dd__stream_reader *reader)
{
    dd__buffer_release(&reader->part);
}
