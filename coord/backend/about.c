#include "coord/backend/about.h"

#include <string.h>

struct part {
    const char *at;
    size_t size;
};

static bool is_same(struct part a, struct part b)
{
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* What follows the last @c in @whole; all of it if there is none. */
static struct part after_last(struct part whole, char c)
{
    size_t at = whole.size;

    while (at > 0 && whole.at[at - 1] != c) {
        at--;
    }
    return (struct part){ whole.at + at, whole.size - at };
}

static struct part part_of(const char *text)
{
    return (struct part){ text, strlen(text) };
}

/* Whether @names has one whose part behind the last @c is @wanted's. */
static bool lists(struct dd_strings names, struct part wanted, char c)
{
    for (size_t i = 0; i < names.count; i++) {
        if (is_same(after_last(part_of(names.at[i]), c), after_last(wanted, c))) {
            return true;
        }
    }
    return false;
}

static bool is_id(struct part name)
{
    return name.size > 7 && memcmp(name.at, "sha256:", 7) == 0;
}

/* An engine may leave the algorithm out, and takes the beginning of an ID. */
static bool is_id_of(struct part wanted, const char *id)
{
    struct part whole = after_last(part_of(id), ':');

    wanted = after_last(wanted, ':');
    return wanted.size <= whole.size && memcmp(wanted.at, whole.at, wanted.size) == 0;
}

bool dd__answer_is_about(const struct dd_answer *answer, const char *name, size_t size)
{
    const struct part wanted = { name, size };

    if (is_id(wanted)) {
        return is_id_of(wanted, answer->id);
    }
    if (memchr(name, '@', size) != NULL) {
        return answer->digests.count == 0 || lists(answer->digests, wanted, '@');
    }
    return answer->tags.count == 0 || lists(answer->tags, wanted, '/');
}
