/* Containers, as far as images care: what keeps an image from being removed. */
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

/* Containers are of the content, not of the image record: one whose image was
 * removed by force still uses it when it is pulled again. */
const struct fake__container *fake__container_of(const struct fake_engine *engine,
                                                 const struct fake__content *content, bool stopped,
                                                 bool running)
{
    for (size_t i = 0; i < engine->container_count; i++) {
        const struct fake__container *container = engine->containers[i];
        if (container->content == content && (container->running ? running : stopped)) {
            return container;
        }
    }
    return NULL;
}

static size_t index_of(const struct fake_engine *engine, const char *name)
{
    size_t at = 0;
    while (at < engine->container_count && strcmp(engine->containers[at]->name, name) != 0) {
        at++;
    }
    return at;
}

unsigned fake_engine_container(struct fake_engine *engine, const char *image, const char *container,
                               bool running)
{
    struct fake__target target = fake__target_of(engine, image);
    struct fake__image *found = fake__target_image(engine, &target);
    if (!engine->up) {
        return 0;
    }
    if (!found) {
        return target.kind == FAKE__MALFORMED ? 400 : 404;
    }
    if (index_of(engine, container) < engine->container_count) {
        return 409;
    }
    size_t length = strlen(container);
    struct fake__container *made = fake__keep(&engine->arena, sizeof(*made));
    made->name = fake__keep_text(&engine->arena, container, length);
    fake__hex(fake__hash(container, length), made->id, 64);
    made->content = found->content;
    made->running = running;
    made->content->container_count++;
    made->content->running_count += running ? 1 : 0;
    engine->containers = fake__grow(engine->containers, engine->container_count,
                                    &engine->container_capacity, sizeof(void *));
    engine->containers[engine->container_count++] = made;
    return 201;
}

static unsigned set_running(struct fake_engine *engine, const char *container, bool running)
{
    size_t at = index_of(engine, container);
    if (!engine->up) {
        return 0;
    }
    if (at == engine->container_count) {
        return 404;
    }
    struct fake__container *found = engine->containers[at];
    if (found->running == running) {
        return 304;
    }
    found->running = running;
    if (running) {
        found->content->running_count++;
    } else {
        found->content->running_count--;
    }
    return 204;
}

unsigned fake_engine_container_start(struct fake_engine *engine, const char *container)
{
    return set_running(engine, container, true);
}

unsigned fake_engine_container_stop(struct fake_engine *engine, const char *container)
{
    return set_running(engine, container, false);
}

void fake__containers_end(struct fake_engine *engine)
{
    for (size_t i = 0; i < engine->container_count; i++) {
        struct fake__container *container = engine->containers[i];
        container->content->running_count -= container->running ? 1 : 0;
        container->running = false;
    }
}

unsigned fake_engine_container_remove(struct fake_engine *engine, const char *container)
{
    size_t at = index_of(engine, container);
    if (!engine->up) {
        return 0;
    }
    if (at == engine->container_count) {
        return 404;
    }
    if (engine->containers[at]->running) {
        return 409;
    }
    engine->containers[at]->content->container_count--;
    engine->container_count--;
    memmove(engine->containers + at, engine->containers + at + 1,
            (engine->container_count - at) * sizeof(struct fake__container *));
    return 204;
}
