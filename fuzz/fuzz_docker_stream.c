/*
 * A pull's stream with any bytes: however it is cut, the same lines are told, each
 * string ends, and whoever wants no more hears no more.
 *
 * Input: the size of the first piece and of the others (one byte each), and after how
 * many lines to stop (one byte; 0: never), the stream.
 */
#include "coord/backend/stream_reader.h"
#include "coord/siphash.h"
#include "fuzz/target.h"

#define HEAD_SIZE 3

/* What was told, as one number. */
struct told {
    struct dd__digest128 digest;
    size_t line_count;
    size_t stop_at;
    bool has_stopped;
};

static void told_add(struct told *told, const void *bytes, size_t size)
{
    const struct dd__sipkey key = { told->digest.lo, told->digest.hi };

    told->digest = dd__siphash128(&key, bytes, size);
}

static void told_add_text(struct told *told, const char *text)
{
    told_add(told, text == NULL ? "-" : text, text == NULL ? 1 : strlen(text) + 1);
}

static bool tell(void *ctx, const struct dd_line *line)
{
    struct told *told = ctx;

    FUZZ_MUST(!told->has_stopped);
    told->line_count++;
    told_add_text(told, line->status);
    told_add_text(told, line->id);
    told_add_text(told, line->error);
    told_add(told, &line->current_bytes, sizeof line->current_bytes);
    told_add(told, &line->total_bytes, sizeof line->total_bytes);
    told->has_stopped = told->line_count == told->stop_at;
    return !told->has_stopped;
}

/* False: no more is wanted. */
static bool feed(struct dd__stream_reader *reader, const char *piece, size_t size,
                 struct told *told)
{
    enum dd_status status = dd__stream_reader_feed(reader, piece, size, tell, told);

    FUZZ_MUST(status == (told->has_stopped ? DD_ECANCELLED : DD_OK));
    return status == DD_OK;
}

static struct told read_stream(const char *data, size_t size, size_t first, size_t others,
                               size_t stop_at)
{
    struct dd__stream_reader reader = { .is_skipping = false };
    struct told told = { .stop_at = stop_at };
    size_t piece = first;
    bool goes_on = true;

    for (size_t at = 0; at < size && goes_on; at += piece, piece = others) {
        piece = piece < size - at ? piece : size - at;
        goes_on = feed(&reader, data + at, piece, &told);
    }
    if (goes_on) {
        dd__stream_reader_end(&reader, tell, &told);
    }
    dd__stream_reader_release(&reader);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct told whole;
    struct told pieces;
    char *stream;

    if (size <= HEAD_SIZE) {
        return 0;
    }
    size -= HEAD_SIZE;
    stream = malloc(size); /* without a NUL: a byte read past its end is seen */
    FUZZ_MUST(stream != NULL);
    memcpy(stream, data + HEAD_SIZE, size);
    whole = read_stream(stream, size, size, size, data[2]);
    pieces = read_stream(stream, size, data[0] + 1U, data[1] + 1U, data[2]);
    FUZZ_MUST(whole.line_count == pieces.line_count);
    FUZZ_MUST(whole.digest.lo == pieces.digest.lo && whole.digest.hi == pieces.digest.hi);
    free(stream);
    return 0;
}
