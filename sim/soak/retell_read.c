/* Retelling: how far a recording can be retold, and which images and names are in it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/explorable.h"
#include "sim/soak/request.h"
#include "sim/soak/retell.h"

/* What was decided just behind the end may be decided before it in simulation, where
 * nothing takes time. */
#define BEHIND_MAX 1000 /* lines */

/* --- names ---------------------------------------------------------------------------- */

static size_t find_id(const struct sim_retold *retold, const char *id)
{
    for (size_t i = 0; i < retold->image_count; i++) {
        if (strcmp(retold->images[i], id) == 0) {
            return i;
        }
    }
    return SIM_NO_IMAGE;
}

size_t sim_retold_image(const struct sim_retold *retold, const char *name)
{
    for (size_t i = 0; i < retold->name_count; i++) {
        if (strcmp(retold->names[i].name, name) == 0) {
            return retold->names[i].image;
        }
    }
    return find_id(retold, name);
}

void sim_retold_call(const struct sim_retold *retold, const char *name,
                     char out[SIM_RETOLD_NAME_SIZE])
{
    size_t image = sim_retold_image(retold, name);
    const char *digest = strchr(name, '@');
    if (image != SIM_NO_IMAGE && strncmp(name, "sha256:", 7) == 0) {
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "image-%zu", image + 1);
    } else if (image != SIM_NO_IMAGE && digest != NULL) {
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.*s@image-%zu", (int)(digest - name), name,
                       image + 1);
    } else {
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.500s", name);
    }
}

static void cannot(struct sim_retold *retold, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void cannot(struct sim_retold *retold, const char *format, ...)
{
    char text[220];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)snprintf(retold->cannot, sizeof(retold->cannot), "line %zu: %s", retold->line_count + 1,
                   text);
    retold->is_over = true;
}

static void learn_name(struct sim_retold *retold, const char *name, size_t image)
{
    size_t known = sim_retold_image(retold, name);
    if (known != SIM_NO_IMAGE && known != image) {
        cannot(retold, "%s means another image now, which only somebody else can do", name);
    }
    if (known == SIM_NO_IMAGE) {
        retold->names = sim_array_grow(retold->names, &retold->name_capacity,
                                       retold->name_count + 1, sizeof(*retold->names));
        retold->names[retold->name_count++] =
            (struct sim_retold_name){ .name = fake_memory_copy(name), .image = image };
    }
}

static void learn_image(struct sim_retold *retold, const struct sim_entry *answer)
{
    size_t image = find_id(retold, answer->image);
    if (image == SIM_NO_IMAGE) {
        retold->images = sim_array_grow(retold->images, &retold->image_capacity,
                                        retold->image_count + 1, sizeof(*retold->images));
        image = retold->image_count++;
        retold->images[image] = fake_memory_copy(answer->image);
    }
    for (size_t i = 0; i < answer->name_count && !retold->is_over; i++) {
        learn_name(retold, answer->names[i], image);
    }
}

/* --- lines ------------------------------------------------------------------------------ */

bool sim_is_decision(const char *word)
{
    static const char *const words[] = {
        "pull-before", "pull-started",    "inspect-started", "inspect-again", "pull-aborted",
        "bound",       "unbound",         "granted",         "taken-back",    "delay-started",
        "forgotten",   "removal-started", "delete-sent",     "rescued",       "removed",
        "not-there",   "still-in-use",    "blocked",         "released",      "pull-waits",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

void sim_decide(struct sim_decisions *decisions, const char *about, const char *text, size_t line)
{
    decisions->at = sim_array_grow(decisions->at, &decisions->capacity, decisions->count + 1,
                                   sizeof(*decisions->at));
    decisions->at[decisions->count++] = (struct sim_decision){ .about = fake_memory_copy(about),
                                                               .text = fake_memory_copy(text),
                                                               .line = line };
}

static void check_agent(struct sim_retold *retold, const struct sim_entry *entry)
{
    if (strcmp(entry->text, "killed") == 0) {
        cannot(retold, "the agent is killed, and leases die with it");
    }
    retold->is_over = retold->is_over || strcmp(entry->text, "closing") == 0;
}

static void check_step(struct sim_retold *retold)
{
    if (++retold->step_count > SIM_EXPLORED_STEP_MAX - 1) {
        cannot(retold, "an exploration has no more than %d steps", SIM_EXPLORED_STEP_MAX);
    }
}

static void check_told(struct sim_retold *retold, const struct sim_entry *entry)
{
    if (entry->status == (unsigned)DD_ETIMEDOUT) {
        cannot(retold, "a deadline is over, and the recording does not say which");
    }
}

static void check(struct sim_retold *retold, const struct sim_entry *entry)
{
    switch (entry->kind) {
    case SIM_ENTRY_AGENT:
        check_agent(retold, entry);
        break;
    case SIM_ENTRY_ENGINE:
        cannot(retold, "the engine is killed, and what it had done until then nobody saw");
        break;
    case SIM_ENTRY_OTHER:
        cannot(retold, "somebody else does something (%s), and when it is done nobody saw",
               entry->text);
        break;
    case SIM_ENTRY_LOST:
        cannot(retold, "an answer is lost, and whether it was done nobody saw");
        break;
    case SIM_ENTRY_ANSWER:
        if (entry->status >= 400 && entry->status != 404) {
            cannot(retold, "the engine answers %u: %.100s", entry->status,
                   entry->text != NULL ? entry->text : "");
        } else if (entry->image != NULL) {
            learn_image(retold, entry);
        }
        break;
    case SIM_ENTRY_TOLD:
        check_told(retold, entry);
        break;
    case SIM_ENTRY_PULL:
    case SIM_ENTRY_RETAIN:
    case SIM_ENTRY_CANCEL:
    case SIM_ENTRY_RELEASE:
        check_step(retold);
        break;
    default:
        break;
    }
}

static bool take(void *ctx, const struct sim_entry *entry)
{
    struct sim_retold *retold = ctx;
    char problem[160];
    bool needs_text = entry->kind == SIM_ENTRY_AGENT || entry->kind == SIM_ENTRY_EVENT ||
                      entry->kind == SIM_ENTRY_RELEASE || entry->kind == SIM_ENTRY_OTHER;
    if (needs_text && entry->text == NULL) {
        (void)snprintf(retold->problem, sizeof(retold->problem), "line %zu: expected a text",
                       retold->line_count + 1);
        return false;
    }
    if (!retold->is_over) {
        check(retold, entry);
        retold->end = retold->line_count + (retold->is_over ? 0 : 1);
    }
    if (retold->line_count >= retold->end + BEHIND_MAX) {
        return false;
    }
    char *line = sim_entry_line(entry);
    retold->lines = sim_array_grow(retold->lines, &retold->line_capacity, retold->line_count + 1,
                                   sizeof(*retold->lines));
    bool fine = sim_entry_read(line, strlen(line), &retold->lines[retold->line_count++], problem);
    fake_memory_free(line);
    return fine;
}

/* Names are known only now: the first event about an image may come before its names. */
static void decide_all(struct sim_retold *retold)
{
    for (size_t i = 0; i < retold->line_count; i++) {
        const struct sim_entry *entry = &retold->lines[i];
        char reference[SIM_RETOLD_NAME_SIZE] = "";
        char image[SIM_RETOLD_NAME_SIZE] = "";
        char text[3 * SIM_RETOLD_NAME_SIZE];
        if (entry->kind != SIM_ENTRY_EVENT || !sim_is_decision(entry->text)) {
            continue;
        }
        if (entry->reference != NULL) {
            sim_retold_call(retold, entry->reference, reference);
        }
        if (entry->image != NULL) {
            sim_retold_call(retold, entry->image, image);
        }
        (void)snprintf(text, sizeof(text), "%s %s %s %s", entry->text, reference, image,
                       entry->caller != NULL ? entry->caller : "");
        sim_decide(&retold->live, image[0] != '\0' ? image : reference, text, i + 1);
    }
}

void sim_retold_read(const char *path, struct sim_retold *retold)
{
    char message[512];
    if (!sim_recording_read(path, take, retold, message)) {
        (void)snprintf(retold->problem, sizeof(retold->problem), "%s", message);
        return;
    }
    decide_all(retold);
}
