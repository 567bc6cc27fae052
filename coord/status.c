#include "drydock/status.h"

#include "drydock/drydock.h"

struct status_row {
    const char *name;
    const char *text;
    bool recoverable;
    unsigned wait_s;
};

static const struct status_row status_rows[DD_STATUS_COUNT] = {
#define STATUS_ROW(name, text, recoverable, wait_s) [name] = { #name, text, recoverable, wait_s },
    DD_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

static const char *const conflict_texts[DD_CONFLICT_COUNT] = {
#define CONFLICT_ROW(name, text) [name] = text,
    DD_CONFLICT_MAP(CONFLICT_ROW)
#undef CONFLICT_ROW
};

static const char *const image_state_words[DD_IMAGE_STATE_COUNT] = {
#define STATE_ROW(name, word) [DD_IMAGE_##name] = word,
    DD_IMAGE_STATE_MAP(STATE_ROW)
#undef STATE_ROW
};

/* A number that is no status, from a client of the agent's own, say, must not
 * become a read past the table; it is told apart from every real one. */
static const struct status_row *status_row(enum dd_status status)
{
    static const struct status_row unknown = { "DD_EUNKNOWN", "unknown status", false, 0 };
    return (unsigned)status < DD_STATUS_COUNT ? &status_rows[status] : &unknown;
}

const char *dd_status_name(enum dd_status status)
{
    return status_row(status)->name;
}

const char *dd_status_text(enum dd_status status)
{
    return status_row(status)->text;
}

bool dd_status_recoverable(enum dd_status status)
{
    return status_row(status)->recoverable;
}

uint64_t dd_status_retry_after_ns(enum dd_status status)
{
    return status_row(status)->wait_s * DD_SECOND_NS;
}

const char *dd_conflict_text(enum dd_conflict conflict)
{
    return (unsigned)conflict < DD_CONFLICT_COUNT ? conflict_texts[conflict] : "unknown conflict";
}

const char *dd_image_state_word(enum dd_image_state state)
{
    return (unsigned)state < DD_IMAGE_STATE_COUNT ? image_state_words[state] : "unknown";
}
