/* What answers mean, and what engines call things. Part of the model (model_state.h). */
#include <ctype.h>
#include <string.h>

#include "sim/model_state.h"

struct phrase {
    const char *words; /* in lower case */
    enum dd_status status;
};

/* docs/ENGINE.md: where the status says little, the text does. Several may be in one
 * text: the first that is listed here is meant. */
static const struct phrase phrases[] = {
    { "no space left on device", DD_EDISKFULL },
    { "disk quota exceeded", DD_EDISKFULL },
    { "not enough space on the disk", DD_EDISKFULL },
    { "toomanyrequests: ", DD_ERATELIMITED },
    { "too many requests", DD_ERATELIMITED },
    { "pull rate limit", DD_ERATELIMITED },
    { "pull access denied", DD_EDENIED },
    { "access to the resource is denied", DD_EDENIED },
    { "no pull access", DD_EDENIED },
    { "denied: ", DD_EDENIED },
    { "403 forbidden", DD_EDENIED },
    { "unauthorized: ", DD_EUNAUTHENTICATED },
    { "401 unauthorized", DD_EUNAUTHENTICATED },
    { "no basic auth credentials", DD_EUNAUTHENTICATED },
    { "authentication required", DD_EUNAUTHENTICATED },
    { "incorrect username or password", DD_EUNAUTHENTICATED },
    { "invalid username/password", DD_EUNAUTHENTICATED },
    { "manifest unknown", DD_ENOTFOUND },
    { "name unknown", DD_ENOTFOUND },
    { "no such image", DD_ENOTFOUND },
    { "image not known", DD_ENOTFOUND },
    { "no matching manifest for", DD_ENOTFOUND },
    { "unknown blob", DD_EENGINE },
    { "blob unknown", DD_EENGINE },
    { "dial tcp", DD_ENETWORK },
    { "dial unix", DD_ENETWORK },
    { "connection refused", DD_ENETWORK },
    { "connection reset by peer", DD_ENETWORK },
    { "connection timed out", DD_ENETWORK },
    { "network is unreachable", DD_ENETWORK },
    { "no route to host", DD_ENETWORK },
    { "no such host", DD_ENETWORK },
    { "server misbehaving", DD_ENETWORK },
    { "temporary failure in name resolution", DD_ENETWORK },
    { "i/o timeout", DD_ENETWORK },
    { "tls handshake timeout", DD_ENETWORK },
    { "timeout awaiting response headers", DD_ENETWORK },
    { "client.timeout exceeded", DD_ENETWORK },
    { "request canceled while waiting for connection", DD_ENETWORK },
    { "context deadline exceeded", DD_ENETWORK },
    { "proxyconnect tcp", DD_ENETWORK },
    { "broken pipe", DD_ENETWORK },
    { "use of closed network connection", DD_ENETWORK },
    { "received unexpected http status", DD_ENETWORK },
    { "unexpected eof", DD_ENETWORK },
    { "eof", DD_ENETWORK },
    { "invalid reference format", DD_EINVAL },
};

struct refusal {
    const char *words;
    enum dd_conflict conflict;
};

static const struct refusal refusals[] = {
    { "is using its referenced image", DD_CONFLICT_CONTAINER },
    { "image is being used by running container", DD_CONFLICT_CONTAINER },
    { "image is being used by stopped container", DD_CONFLICT_CONTAINER },
    { "image is in use by a container", DD_CONFLICT_CONTAINER },
    { "image used by", DD_CONFLICT_CONTAINER },
    { "has dependent child images", DD_CONFLICT_CHILDREN },
    { "image has children", DD_CONFLICT_CHILDREN },
    { "referenced in multiple repositories", DD_CONFLICT_NAMES },
    { "with more than one tag", DD_CONFLICT_NAMES },
};

/* --- texts ------------------------------------------------------------------------------- */

/* A text quotes names of images, and one may be called "acme/eof". */
static bool may_be_of_a_name(char c)
{
    return islower((unsigned char)c) || isdigit((unsigned char)c) ||
           (c != '\0' && strchr("_-./@", c) != NULL);
}

/* Whether @text, in any case, has @words that are not a part of a name. */
static bool says(const char *text, const char *words)
{
    size_t length = strlen(words);
    bool ends_in_word = may_be_of_a_name(words[length - 1]);
    for (const char *at = text; *at != '\0'; at++) {
        size_t same = 0;
        while (same < length && tolower((unsigned char)at[same]) == words[same]) {
            same++;
        }
        if (same < length) {
            continue;
        }
        char before = at == text ? ' ' : (char)tolower((unsigned char)at[-1]);
        char after = (char)tolower((unsigned char)at[length]);
        char next = after == '\0' ? '\0' : (char)tolower((unsigned char)at[length + 1]);
        bool begins = !may_be_of_a_name(before) && before != ':';
        bool ends = !ends_in_word ||
                    (!may_be_of_a_name(after) && (after != ':' || !may_be_of_a_name(next)));
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

static enum dd_status status_said(const char *text, enum dd_status otherwise)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (says(text, phrases[i].words)) {
            return phrases[i].status;
        }
    }
    return otherwise;
}

struct model_class model_class_of_text(const char *text)
{
    return (struct model_class){ .status = status_said(text, DD_EENGINE) };
}

/* --- answers ------------------------------------------------------------------------------ */

static struct model_class class_of_refusal(const char *text)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (says(text, refusals[i].words)) {
            return (struct model_class){ DD_ECONFLICT, refusals[i].conflict };
        }
    }
    return (struct model_class){ DD_ECONFLICT, DD_CONFLICT_OTHER };
}

/* Without a text that is known. */
static enum dd_status status_of_number(unsigned http_status)
{
    switch (http_status) {
    case 400:
        return DD_EINVAL;
    case 401:
        return DD_EUNAUTHENTICATED;
    case 403:
        return DD_EDENIED;
    case 429:
        return DD_ERATELIMITED;
    case 507:
        return DD_EDISKFULL;
    default:
        return DD_EENGINE;
    }
}

struct model_class model_class_of(const struct dd_answer *answer)
{
    const char *text = answer->text != NULL ? answer->text : "";
    if (answer->transport == DD_TRANSPORT_CANCELLED) {
        return (struct model_class){ .status = DD_ECANCELLED };
    }
    if (answer->transport != DD_TRANSPORT_ANSWERED) {
        return (struct model_class){ .status = DD_ENETWORK };
    }
    if (answer->http_status / 100 == 2) {
        return (struct model_class){ .status = DD_OK };
    }
    if (answer->http_status == 404) {
        /* A registry's DENIED comes as one, too. */
        bool denied = says(text, "pull access denied") ||
                      says(text, "access to the resource is denied") ||
                      says(text, "no pull access");
        return (struct model_class){ .status = denied ? DD_EDENIED : DD_ENOTFOUND };
    }
    if (answer->http_status == 409) {
        return class_of_refusal(text);
    }
    return (struct model_class){ .status =
                                     status_said(text, status_of_number(answer->http_status)) };
}

/* Of an inspect or a DELETE only the status says that it is not there. */
struct model_class model_class_of_object(const struct dd_answer *answer)
{
    if (answer->transport == DD_TRANSPORT_ANSWERED && answer->http_status == 404) {
        return (struct model_class){ .status = DD_ENOTFOUND };
    }
    struct model_class class = model_class_of(answer);
    if (class.status == DD_ENOTFOUND) {
        class.status = DD_EENGINE;
    }
    return class;
}

/* --- what a class means for whoever is told --------------------------------------------- */

/* What asking again may change, and after how long. */
struct model_advice model_advice_of(enum dd_status status)
{
    switch (status) {
    case DD_ERATELIMITED:
    case DD_EDISKFULL:
    case DD_ECONFLICT:
        return (struct model_advice){ .recoverable = true, .wait_ns = 60 * DD_SECOND_NS };
    case DD_ENETWORK:
    case DD_ESTALLED:
    case DD_ETIMEDOUT:
    case DD_EENGINE:
        return (struct model_advice){ .recoverable = true, .wait_ns = 5 * DD_SECOND_NS };
    case DD_EGONE:
    case DD_ECANCELLED:
        return (struct model_advice){ .recoverable = true };
    default:
        return (struct model_advice){ .recoverable = false };
    }
}

/* --- names -------------------------------------------------------------------------------- */

/* Engines leave out hosts, or do not. */
uint32_t model_listed_name(struct sim_model *model, const char *text)
{
    struct dd_reference reference;
    if (text == NULL || dd_reference_parse(text, &reference, NULL) != DD_OK) {
        return SIM_NONE;
    }
    return oracle_name_of(model->oracle, reference.text);
}
