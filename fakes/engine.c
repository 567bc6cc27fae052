/* The fake engine's life: made, stopped, started again, destroyed. */
#include <limits.h>
#include <stdlib.h>

#include "fakes/engine_internal.h"

struct fake_engine *fake_engine_create(const struct fake_chooser *chooser, struct fake_queue *queue,
                                       struct fake_watcher watcher,
                                       const struct fake_timing *timing)
{
    struct fake_engine *engine = fake_memory_alloc(sizeof(*engine));
    engine->chooser = chooser;
    engine->queue = queue;
    engine->watcher = watcher;
    engine->timing = *timing;
    engine->pushed_last = &engine->pushed_first;
    engine->instance = 1;
    engine->up = true;
    engine->fault_max = UINT_MAX;
    return engine;
}

void fake_engine_destroy(struct fake_engine *engine)
{
    if (!engine) {
        return;
    }
    fake__calls_release(engine);
    fake__images_release(engine);
    fake__map_release(&engine->names);
    fake__map_release(&engine->nicknames);
    fake__map_release(&engine->ids);
    fake__arena_release(&engine->arena);
    fake_memory_free(engine->containers);
    fake_memory_free(engine->faults);
    fake_memory_free(engine);
}

const char *fake_personality_word(enum fake_personality personality)
{
    static const char *const words[FAKE_PERSONALITY_COUNT] = {
        [FAKE_DOCKER_20_10] = "docker-20.10",
        [FAKE_PODMAN_4_3] = "podman-4.3",
    };
    return words[personality];
}

void fake_engine_set_personality(struct fake_engine *engine, enum fake_personality personality)
{
    engine->personality = personality;
}

void fake_engine_stop(struct fake_engine *engine)
{
    if (engine->up) {
        fake__calls_lose(engine);
        engine->up = false;
        if (engine->personality != FAKE_PODMAN_4_3) {
            fake__containers_end(engine);
        }
    }
}

void fake_engine_start(struct fake_engine *engine)
{
    if (!engine->up) {
        engine->up = true;
        engine->instance++;
        fake__tell(engine, &(struct fake_happening){ .kind = FAKE_HAPPENED_RESTARTED,
                                                     .number = engine->instance });
    }
}

void fake_engine_let_calls_go(struct fake_engine *engine, enum fake_calls_go how)
{
    engine->calls_go = how;
}

bool fake_engine_is_up(const struct fake_engine *engine)
{
    return engine->up;
}

void fake_engine_set_disk_full(struct fake_engine *engine, bool full)
{
    engine->disk_full = full;
}

uint64_t fake_engine_pull_count(const struct fake_engine *engine, const char *reference)
{
    const struct fake__name *name = fake__name_find(engine, reference);
    return name ? name->pull_count : 0;
}
