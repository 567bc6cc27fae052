#include "coord/stream.h"

#include <string.h>

void dd__stream_init(struct dd__stream *stream)
{
    /* Not all of it: the text needs no clearing. */
    stream->digest[0] = '\0';
    stream->digest_id.length = 0;
    stream->closing = DD__CLOSING_NONE;
    stream->failed = false;
    stream->failure = (struct dd__verdict){ DD_OK, DD_CONFLICT_NONE };
}

/* What follows @prefix in @s, or NULL. */
static inline const char *after_prefix(const char *s, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(s, prefix, length) == 0 ? s + length : NULL;
}

static void digest_line(struct dd__stream *stream, const char *digest)
{
    struct dd__id id;

    if (digest == NULL) {
        return;
    }
    /* As nearly all are; an ID may also be shorter. */
    if (dd__id_read(&id, digest) && id.length == DD_IMAGE_ID_MAX) {
        stream->digest_id = id;
        memcpy(stream->digest, digest, DD_IMAGE_ID_MAX + 1);
    } else if (dd_digest_is_valid(digest)) {
        stream->digest_id.length = 0;
        memcpy(stream->digest, digest, strlen(digest) + 1);
    }
}

static void closing_line(struct dd__stream *stream, const char *status)
{
    if (after_prefix(status, "Status: Downloaded newer image for ") != NULL) {
        stream->closing = DD__CLOSING_NEWER;
    } else if (after_prefix(status, "Status: Image is up to date for ") != NULL) {
        stream->closing = DD__CLOSING_UP_TO_DATE;
    }
}

bool dd__stream_line(struct dd__stream *stream, const struct dd_line *line)
{
    /* By its first letter, for most lines are neither. */
    if (line->status != NULL && line->status[0] == 'D') {
        digest_line(stream, after_prefix(line->status, "Digest: "));
    } else if (line->status != NULL && line->status[0] == 'S') {
        closing_line(stream, line->status);
    }
    /* The first error is the cause; what follows it are consequences. */
    if (line->error == NULL || stream->failed) {
        return false;
    }
    stream->failed = true;
    stream->failure = dd__classify_text(line->error);
    return true;
}

struct phase_row {
    const char *prefix;
    enum dd__phase phase;
};

static const struct phase_row phase_rows[] = {
    { "Downloading", DD__PHASE_DOWNLOADING },      { "Extracting", DD__PHASE_EXTRACTING },
    { "Pulling fs layer", DD__PHASE_WAITING },     { "Waiting", DD__PHASE_WAITING },
    { "Retrying in ", DD__PHASE_WAITING },         { "Verifying Checksum", DD__PHASE_VERIFYING },
    { "Download complete", DD__PHASE_DOWNLOADED }, { "Pull complete", DD__PHASE_COMPLETE },
    { "Already exists", DD__PHASE_COMPLETE },
};

enum dd__phase dd__phase_of(const struct dd_line *line)
{
    if (line->status != NULL) {
        for (size_t i = 0; i < sizeof(phase_rows) / sizeof(phase_rows[0]); i++) {
            if (after_prefix(line->status, phase_rows[i].prefix) != NULL) {
                return phase_rows[i].phase;
            }
        }
    }
    return DD__PHASE_OTHER;
}

const char *dd__phase_word(enum dd__phase phase)
{
    static const char *const words[DD__PHASE_COUNT] = {
#define PHASE_ROW(name, word) [DD__PHASE_##name] = word,
        DD__PHASE_MAP(PHASE_ROW)
#undef PHASE_ROW
    };
    return (unsigned)phase < DD__PHASE_COUNT ? words[phase] : "unknown";
}
