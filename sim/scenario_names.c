#include <stdio.h>
#include <string.h>

#include "sim/scenario_parts.h"
#include "sim/spell.h"

#define SHOWN_MAX 80 /* bytes of a name that a message shows */

/* "redis@redis-a" as "redis@sha256:…": the digest of the content so nicknamed. */
static const char *expand_digest(struct sim_draft *draft, const char *text)
{
    const char *at = strrchr(text, '@');
    if (at == NULL || sim_mark_in(text) || sim_known_find(&draft->nicknames, at + 1) == NULL) {
        return text;
    }
    char digest[72];
    fake_manifest_digest(at + 1, digest);
    return sim_arena_format(draft->arena, "%.*s@%s", (int)(at - text), text, digest);
}

static size_t occurrences(const char *text, const char *wanted)
{
    size_t count = 0;
    for (const char *found = strstr(text, wanted); found != NULL;
         found = strstr(found + 1, wanted)) {
        count++;
    }
    return count;
}

/* Stands for {n} in @text while that is made normal: valid wherever a number is, and found
 * nowhere else once it is filled in. */
static const char *stand_in_for(struct sim_draft *draft, const char *text)
{
    size_t marks = occurrences(text, SIM_NUMBER_MARK);
    for (unsigned number = 0;; number++) {
        const char *stand_in = sim_arena_format(draft->arena, "d%un", number);
        if (occurrences(sim_mark_fill(draft->arena, text, stand_in), stand_in) == marks) {
            return stand_in;
        }
    }
}

/* The normal form with {n} where the stand-in is. */
static const char *with_marks(struct sim_draft *draft, const char *normal, const char *stand_in)
{
    const char *text = normal;
    const char *found = strstr(text, stand_in);
    while (found != NULL) {
        size_t before = (size_t)(found - text);
        text = sim_arena_format(draft->arena, "%.*s" SIM_NUMBER_MARK "%s", (int)before, text,
                                found + strlen(stand_in));
        found = strstr(text + before, stand_in);
    }
    return text;
}

static bool parse(struct sim_draft *draft, struct sim_value value, const char *text,
                  const char *filled, struct dd_reference *out)
{
    const char *why = "";
    if (dd_reference_parse(filled, out, &why) == DD_OK) {
        return true;
    }
    size_t length = strlen(text);
    size_t shown = sim_text_fit(text, length, SHOWN_MAX);
    return sim_fail(&draft->reader, value, "expected a reference, found \"%.*s%s\": %s", (int)shown,
                    text, shown < length ? "…" : "", why);
}

bool sim_normal_reference(struct sim_draft *draft, struct sim_value value, const char *text,
                          unsigned count, const char **out)
{
    const char *expanded = expand_digest(draft, text);
    struct dd_reference reference;
    if (count == 0 || !sim_mark_in(text)) {
        if (!parse(draft, value, text, expanded, &reference)) {
            return false;
        }
        *out = sim_arena_text(draft->arena, reference.text);
        return true;
    }
    const char *stand_in = stand_in_for(draft, expanded);
    /* The last is the longest: if it is a reference, all are. */
    if (!parse(draft, value, text, sim_mark_number(draft->arena, expanded, count), &reference) ||
        !parse(draft, value, text, sim_mark_fill(draft->arena, expanded, stand_in), &reference)) {
        return false;
    }
    *out = with_marks(draft, reference.text, stand_in);
    return true;
}

struct sim_known_name *sim_find_known(struct sim_draft *draft, struct sim_value value,
                                      const struct sim_known *known, const char *text,
                                      const char *problem)
{
    struct sim_known_name *name = sim_known_find(known, text);
    if (name != NULL || !sim_would_fail(&draft->reader, value)) {
        return name;
    }
    struct sim_spell spell;
    sim_spell_init(&spell, text);
    sim_known_spell(known, &spell);
    int shown = (int)sim_text_fit(text, strlen(text), SHOWN_MAX);
    if (spell.nearest != NULL) {
        (void)sim_fail(&draft->reader, value, "%s \"%.*s\"; did you mean \"%s\"?", problem, shown,
                       text, spell.nearest);
    } else {
        (void)sim_fail(&draft->reader, value, "%s \"%.*s\"", problem, shown, text);
    }
    return NULL;
}

bool sim_check_no_nickname(struct sim_draft *draft, struct sim_value value, const char *text)
{
    return sim_known_find(&draft->nicknames, text) == NULL ||
           sim_fail(&draft->reader, value,
                    "expected a reference; \"%s\" is the nickname of an image", text);
}

/* What the file may have meant instead of the unknown @text. */
static bool fail_unknown_name(struct sim_draft *draft, struct sim_value value, const char *text,
                              bool nicknames)
{
    if (!sim_would_fail(&draft->reader, value) ||
        (!nicknames && !sim_check_no_nickname(draft, value, text))) {
        return false;
    }
    struct sim_spell spell;
    sim_spell_init(&spell, text);
    if (nicknames) {
        sim_known_spell(&draft->nicknames, &spell);
    }
    sim_known_spell(&draft->references, &spell);
    int shown = (int)sim_text_fit(text, strlen(text), SHOWN_MAX);
    if (spell.nearest == NULL) {
        return sim_fail(&draft->reader, value, "nothing in this file makes \"%.*s\" known", shown,
                        text);
    }
    return sim_fail(&draft->reader, value,
                    "nothing in this file makes \"%.*s\" known; did you mean \"%s\"?", shown, text,
                    spell.nearest);
}

/* The normal reference, or NULL with a message if there is none that is known. */
static const char *find_reference(struct sim_draft *draft, struct sim_value value, const char *text,
                                  bool nicknames)
{
    const char *normal = NULL;
    if (!sim_normal_reference(draft, value, text, 0, &normal)) {
        return NULL;
    }
    /* A digest is what it is, known or not. */
    if (strchr(normal, '@') == NULL && sim_known_find(&draft->references, normal) == NULL) {
        (void)fail_unknown_name(draft, value, text, nicknames);
        return NULL;
    }
    return normal;
}

bool sim_find_name(struct sim_draft *draft, struct sim_value value, const char *text,
                   enum sim_name_form form, unsigned count, const char **out)
{
    if (count > 0 && sim_mark_in(text)) {
        /* Known if the first and the last are. */
        const char *found = NULL;
        bool ok =
            sim_find_name(draft, value, sim_mark_number(draft->arena, text, 1), form, 0, &found) &&
            sim_find_name(draft, value, sim_mark_number(draft->arena, text, count), form, 0,
                          &found);
        bool nickname = ok && sim_known_find(&draft->nicknames, found) != NULL;
        *out = nickname ? text : *out;
        return ok && (nickname || sim_normal_reference(draft, value, text, count, out));
    }
    if (form != SIM_NAME_REFERENCE && sim_known_find(&draft->nicknames, text) != NULL) {
        *out = text;
        if (form == SIM_NAME_RESOLVED) {
            char id[72];
            fake_image_id(text, id);
            *out = sim_arena_text(draft->arena, id);
        }
        return true;
    }
    const char *normal = find_reference(draft, value, text, form != SIM_NAME_REFERENCE);
    *out = normal != NULL ? normal : *out;
    return normal != NULL;
}

bool sim_read_caller(struct sim_draft *draft, struct sim_value value, const char **out)
{
    const char *caller = NULL;
    if (!sim_read_text(&draft->reader, value, "a name", &caller)) {
        return false;
    }
    if (strlen(caller) > DD_CALLER_MAX) {
        return sim_fail(&draft->reader, value, "expected a name of at most %d bytes, found %zu",
                        DD_CALLER_MAX, strlen(caller));
    }
    *out = caller;
    return true;
}
