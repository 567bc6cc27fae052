#include "sim/soak/restore.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/array.h"
#include "sim/process.h"

#define CALLER "restorer"
#define TRY_MAX 120
#define LANDING_MS 500 /* within which what a dead agent asked for comes */

/* A binding that is known. */
struct pair {
    char *image;
    char *name;
};

struct restoring {
    const struct sim_restore *restore;
    struct pair *pairs;
    size_t count;
    size_t capacity;
    uint64_t next;
};

/* An image stays ours without any name, as one is of which only names of others are left.
 * So names count from their binding until the image is gone: one that means it no more is
 * found out when it is looked at. */

/* --- what was bound ------------------------------------------------------------------------- */

/* Of @image (all of its names, if @name is NULL). */
static void forget(struct restoring *restoring, const char *image, const char *name)
{
    for (size_t i = restoring->count; i-- > 0;) {
        struct pair *pair = &restoring->pairs[i];
        if (strcmp(pair->image, image) == 0 && (name == NULL || strcmp(pair->name, name) == 0)) {
            fake_memory_free(pair->image);
            fake_memory_free(pair->name);
            *pair = restoring->pairs[--restoring->count];
        }
    }
}

static void learn(struct restoring *restoring, const char *image, const char *name)
{
    forget(restoring, image, name);
    restoring->pairs = sim_array_grow(restoring->pairs, &restoring->capacity, restoring->count + 1,
                                      sizeof(*restoring->pairs));
    restoring->pairs[restoring->count++] =
        (struct pair){ .image = fake_memory_copy(image), .name = fake_memory_copy(name) };
}

static bool visit(void *ctx, const struct sim_entry *entry)
{
    struct restoring *restoring = ctx;
    if (entry->kind != SIM_ENTRY_EVENT || entry->image == NULL || entry->text == NULL) {
        return true;
    }
    if (strcmp(entry->text, "bound") == 0 && entry->reference != NULL) {
        learn(restoring, entry->image, entry->reference);
    } else if (strcmp(entry->text, "removed") == 0 || strcmp(entry->text, "not-there") == 0) {
        forget(restoring, entry->image, NULL);
    }
    return true;
}

/* --- asking --------------------------------------------------------------------------------- */

static void told(struct restoring *restoring, enum dd_status status, const struct dd_outcome *out)
{
    sim_recording_write(restoring->restore->recording,
                        &(struct sim_entry){ .kind = SIM_ENTRY_TOLD,
                                             .number = restoring->next,
                                             .caller = CALLER,
                                             .status = (unsigned)status,
                                             .image = status == DD_OK ? out->image : NULL,
                                             .lease = status == DD_OK ? out->lease : 0,
                                             .text = status == DD_OK ? NULL : out->text });
    restoring->next++;
}

static bool comes_again(enum dd_status status)
{
    return status == DD_ENETWORK || status == DD_ETIMEDOUT || status == DD_EENGINE;
}

/* The image that @reference means; false: there is none. */
static bool look_up(struct restoring *restoring, const char *reference, struct dd_outcome *out)
{
    const struct dd_pull pull = { .reference = reference,
                                  .caller = CALLER,
                                  .policy = DD_PULL_NEVER };
    enum dd_status status = DD_ENETWORK;
    for (unsigned try = 0; try < TRY_MAX && comes_again(status); try++) {
        if (try > 0) {
            sim_pause_ms(250);
        }
        sim_recording_write(restoring->restore->recording,
                            &(struct sim_entry){ .kind = SIM_ENTRY_PULL,
                                                 .number = restoring->next,
                                                 .caller = CALLER,
                                                 .reference = reference,
                                                 .text = "never" });
        status = dd_agent_pull_wait(restoring->restore->agent, &pull, out);
        told(restoring, status, out);
    }
    return status == DD_OK;
}

static void vouch(struct restoring *restoring, const char *image, const char *name)
{
    const struct dd_retain retain = { .image = image,
                                      .caller = CALLER,
                                      .bindings = { .at = &name, .count = 1 } };
    struct dd_outcome out;
    enum dd_status status = DD_ENETWORK;
    for (unsigned try = 0; try < TRY_MAX && comes_again(status); try++) {
        if (try > 0) {
            sim_pause_ms(250);
        }
        sim_recording_write(restoring->restore->recording,
                            &(struct sim_entry){ .kind = SIM_ENTRY_RETAIN,
                                                 .number = restoring->next,
                                                 .caller = CALLER,
                                                 .image = image,
                                                 .names = { name },
                                                 .name_count = 1 });
        status = dd_agent_retain_wait(restoring->restore->agent, &retain, &out);
        told(restoring, status, &out);
    }
}

uint64_t sim_restore(const struct sim_restore *restore)
{
    struct restoring restoring = { .restore = restore, .next = restore->first_operation };
    struct dd_outcome out;
    char message[512];
    if (!sim_recording_read(restore->recording_path, visit, &restoring, message)) {
        (void)fprintf(stderr, "drydock: %s\n", message);
    }
    sim_pause_ms(LANDING_MS);
    for (size_t i = 0; i < restoring.count; i++) {
        vouch(&restoring, restoring.pairs[i].image, restoring.pairs[i].name);
    }
    for (size_t i = 0; i < restore->reference_count; i++) {
        if (look_up(&restoring, restore->references[i], &out)) {
            vouch(&restoring, out.image, restore->references[i]);
        }
    }
    sim_recording_write(
        restore->recording,
        &(struct sim_entry){ .kind = SIM_ENTRY_RELEASE, .text = "caller", .caller = CALLER });
    enum dd_status status = dd_agent_release_caller_wait(restore->agent, CALLER);
    assert(status == DD_OK || status == DD_ENOLEASE);
    (void)status;
    while (restoring.count > 0) {
        forget(&restoring, restoring.pairs[0].image, NULL);
    }
    fake_memory_free(restoring.pairs);
    return restoring.next;
}
