#include "sim/explore/facts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sim/array.h"

#define LINE_MAX_BYTES 1200

struct collecting {
    struct sim_facts *facts;
    struct sim_world *world;
};

__attribute__((format(printf, 2, 3))) static void add(struct sim_facts *facts, const char *format,
                                                      ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    facts->lines =
        sim_array_grow(facts->lines, &facts->capacity, facts->count + 1, sizeof(*facts->lines));
    facts->lines[facts->count++] = fake_memory_copy(line);
    (void)fake_memory_set_source(source);
}

void sim_facts_release(struct sim_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        fake_memory_free(facts->lines[i]);
    }
    fake_memory_free(facts->lines);
    *facts = (struct sim_facts){ .lines = NULL };
}

/* --- the coordinator ------------------------------------------------------------------- */

/* A digest is as long as the rest of the line: it is told by its content. */
static const char *short_name(const struct sim_world *world, const char *name, char out[300])
{
    const char *at = strchr(name, '@');
    const char *nickname = at != NULL ? fake_engine_nickname(world->engine, at + 1) : NULL;
    if (nickname == NULL) {
        return name;
    }
    (void)snprintf(out, 300, "%.*s@%.100s", (int)(at - name < 190 ? at - name : 190), name,
                   nickname);
    return out;
}

static void add_explained(void *arg, const struct dd_explained *explained)
{
    const struct collecting *collecting = arg;
    const char *nickname = fake_engine_nickname(collecting->world->engine, explained->image);
    const char *image = nickname != NULL ? nickname : explained->image;
    struct sim_facts *facts = collecting->facts;
    char name[300];
    if (explained->state == DD_IMAGE_BLOCKED) {
        add(facts, "image %s: blocked, %s", image,
            explained->conflict != DD_CONFLICT_NONE ? dd_conflict_text(explained->conflict)
                                                    : dd_status_text(explained->status));
    } else {
        add(facts, "image %s: %s", image, dd_image_state_word(explained->state));
    }
    if (explained->wanted) {
        add(facts, "image %s: wanted", image);
    }
    for (size_t i = 0; i < explained->holders.count; i++) {
        add(facts, "lease %s: %s", image, explained->holders.at[i]);
    }
    for (size_t i = 0; i < explained->bindings.count; i++) {
        add(facts, "ours %s: %s", image,
            short_name(collecting->world, explained->bindings.at[i], name));
    }
}

static void add_coordinator(struct sim_stepper *stepper, struct sim_facts *facts)
{
    struct sim_world *world = stepper->world;
    struct collecting collecting = { facts, world };
    if (!world->opened || world->closing || world->coord == NULL) {
        add(facts, "coordinator: %s",
            world->closed    ? "closed"
            : world->closing ? "closing"
                             : "not open");
        return;
    }
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    enum dd_status status = dd_explain(world->coord, add_explained, &collecting);
    (void)fake_memory_set_source(source);
    if (status != DD_OK) {
        add(facts, "coordinator: %s", dd_status_text(status));
    }
}

/* --- agents ---------------------------------------------------------------------------- */

static void add_agents(const struct sim_world *world, struct sim_facts *facts)
{
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        for (unsigned k = 0; k < world->steps[i].count; k++) {
            const struct sim_instance *instance = &world->steps[i].instances[k];
            if (!instance->asked) {
                continue;
            }
            const char *label = instance->event.label.identity;
            if (!instance->told) {
                add(facts, "step %s: %s waits for %s", label, instance->caller, instance->name);
            } else {
                add(facts, "step %s: %s was told: %s", label, instance->caller,
                    dd_status_text(instance->status));
            }
        }
    }
}

/* --- the engine -------------------------------------------------------------------------- */

static void add_engine(const struct sim_world *world, struct sim_facts *facts)
{
    static const char *const words[] = { "identify", "pull", "inspect", "remove", "list" };
    struct fake_image_view image;
    struct fake_call_view call;
    char name[300];
    for (size_t i = 0; fake_engine_image(world->engine, i, &image); i++) {
        const char *nickname = image.nickname != NULL ? image.nickname : image.id;
        add(facts, "engine: has %s", nickname);
        for (size_t k = 0; k < image.tags.count; k++) {
            add(facts, "engine: %s means %s", image.tags.at[k], nickname);
        }
        for (size_t k = 0; k < image.digests.count; k++) {
            add(facts, "engine: %s means %s", short_name(world, image.digests.at[k], name),
                nickname);
        }
    }
    for (size_t i = 0; fake_engine_call(world->engine, i, &call); i++) {
        const char *nickname =
            call.name != NULL ? fake_engine_nickname(world->engine, call.name) : NULL;
        const char *about = call.name == NULL  ? ""
                            : nickname != NULL ? nickname
                                               : short_name(world, call.name, name);
        add(facts, "call %" PRIu64 ": %s %s%s", call.number, words[call.call], about,
            call.cancelled  ? ", cancelled"
            : call.executed ? ", executed"
                            : "");
    }
    if (fake_engine_abandoned_count(world->engine) > 0) {
        add(facts, "engine: may still execute %zu abandoned calls",
            fake_engine_abandoned_count(world->engine));
    }
}

struct sim_facts sim_facts_of(struct sim_stepper *stepper)
{
    struct sim_facts facts = { .lines = NULL };
    add_coordinator(stepper, &facts);
    add_agents(stepper->world, &facts);
    add_engine(stepper->world, &facts);
    return facts;
}

/* --- changes -------------------------------------------------------------------------------- */

static bool has(const struct sim_facts *facts, const char *line)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (strcmp(facts->lines[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static void write_missing(const struct sim_facts *facts, const struct sim_facts *from, char sign,
                          FILE *file)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (!has(from, facts->lines[i])) {
            (void)fprintf(file, "          %c %s\n", sign, facts->lines[i]);
        }
    }
}

void sim_facts_write_changes(const struct sim_facts *before, const struct sim_facts *now,
                             FILE *file)
{
    write_missing(before, now, '-', file);
    write_missing(now, before, '+', file);
}
