/*
 * The agent's face: how a call that was refused is told, and what of it made no sense.
 */
#include <string.h>

#include "coord/backend/agent.h"
#include "coord/text.h"

struct dd_result dd__agent_refusal(enum dd_status status)
{
    return (struct dd_result){
        .status = status,
        .recoverable = dd_status_recoverable(status),
        .retry_after_ns = dd_status_retry_after_ns(status),
        .text = dd_status_text(status),
    };
}

static bool begin_quote(struct dd__text *text, const char *what, const char *given)
{
    dd__text_string(text, what);
    if (given == NULL) {
        dd__text_string(text, " is missing");
        return false;
    }
    dd__text_string(text, " \"");
    dd__text_redacted(text, given);
    dd__text_string(text, "\" is invalid: ");
    return true;
}

/* The first byte that stands in no reference, if one does. */
static void add_odd_byte(struct dd__text *text, const char *reference)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "._-+/:@[]";
    size_t at = strspn(reference, fine);

    if (reference[at] != '\0') {
        const char odd[] = { reference[at], '\0' };
        dd__text_string(text, "; no reference has the \"");
        dd__text_printable(text, odd);
        dd__text_string(text, "\" that is its byte ");
        dd__text_u64(text, at + 1);
    }
}

/* True: the caller's name is what is wrong, and was said. */
static bool add_caller(struct dd__text *text, const char *caller)
{
    if (caller != NULL && caller[0] != '\0' &&
        strnlen(caller, DD_CALLER_MAX + 1) <= DD_CALLER_MAX) {
        return false;
    }
    if (begin_quote(text, "the caller's name", caller)) {
        dd__text_string(text, "it has ");
        dd__text_string(text, caller[0] == '\0' ? "no byte" : "too many bytes");
        dd__text_string(text, "; expected 1 to ");
        dd__text_u64(text, DD_CALLER_MAX);
    }
    return true;
}

/* True: the reference, which is called @what, is none, and was said. */
static bool add_reference(struct dd__text *text, const char *what, const char *given)
{
    struct dd_reference unused;
    const char *why = NULL;

    if (dd_reference_parse(given, &unused, &why) == DD_OK) {
        return false;
    }
    if (begin_quote(text, what, given)) {
        dd__text_string(text, why);
        add_odd_byte(text, given);
    }
    return true;
}

const char *dd__agent_pull_complaint(const struct dd_pull *pull,
                                     char complaint[DD_OUTCOME_TEXT_MAX + 1])
{
    struct dd__text text;

    dd__text_init(&text, complaint, DD_OUTCOME_TEXT_MAX + 1);
    if (!add_reference(&text, "the reference", pull->reference) &&
        !add_caller(&text, pull->caller)) {
        dd__text_string(&text, "the policy, the platform or the credentials make no sense");
    }
    return complaint;
}

/* True: the bindings are what is wrong, and it was said. */
static bool add_bindings(struct dd__text *text, const struct dd_strings *bindings)
{
    if (bindings->count > DD_VOUCHED_MAX) {
        dd__text_u64(text, bindings->count);
        dd__text_string(text, " bindings are too many; expected at most ");
        dd__text_u64(text, DD_VOUCHED_MAX);
        return true;
    }
    for (size_t i = 0; i < bindings->count; i++) {
        if (add_reference(text, "the binding", bindings->at[i])) {
            return true;
        }
    }
    return false;
}

const char *dd__agent_retain_complaint(const struct dd_retain *retain,
                                       char complaint[DD_OUTCOME_TEXT_MAX + 1])
{
    struct dd__text text;

    dd__text_init(&text, complaint, DD_OUTCOME_TEXT_MAX + 1);
    if (!add_caller(&text, retain->caller) && !add_bindings(&text, &retain->bindings) &&
        begin_quote(&text, "the image ID", retain->image)) {
        dd__text_string(&text, "expected \"sha256:\" and 64 digits of 0-9a-f, or another text of 1 "
                               "to 32 bytes");
    }
    return complaint;
}
