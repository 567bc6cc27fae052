/* What other users of the engine do, at once and behind the coordinator's back. */
#include <stdlib.h>

#include "fakes/engine_internal.h"

unsigned fake_engine_rmi(struct fake_engine *engine, const char *name, bool force)
{
    struct fake__outcome outcome = { 0 };
    struct fake__target target = fake__target_of(engine, name);
    if (!engine->up) {
        return 0;
    }
    fake__remove(engine, &target, force ? FAKE__REMOVE_BY_FORCE : 0, 0, &outcome);
    unsigned http_status = outcome.http_status;
    fake__outcome_release(&outcome);
    return http_status;
}

unsigned fake_engine_tag(struct fake_engine *engine, const char *name, const char *as)
{
    struct fake__target target = fake__target_of(engine, name);
    struct fake__image *image = fake__target_image(engine, &target);
    struct fake__name *made = fake__name_of(engine, as, NULL);
    if (!engine->up) {
        return 0;
    }
    if (!image) {
        return target.kind == FAKE__MALFORMED ? 400 : 404;
    }
    if (!made || made->by_digest) {
        return 400;
    }
    fake__name_set(engine, made, image, 0);
    return 201;
}

void fake_engine_load(struct fake_engine *engine, const char *nickname, const char *name)
{
    struct fake__content *content = fake__content_default(engine, nickname);
    struct fake__name *made = name ? fake__name_of(engine, name, NULL) : NULL;
    if (!engine->up) {
        return;
    }
    struct fake__image *image = fake__image_make(engine, content, 0);
    if (made) {
        fake__name_set(engine, made, image, 0);
    }
}

unsigned fake_engine_user_pull(struct fake_engine *engine, const char *reference)
{
    struct fake__outcome outcome = { 0 };
    struct fake__login anonymous = { 0 };
    struct fake__name *name = fake__name_of(engine, reference, NULL);
    bool in_stream;
    if (!engine->up) {
        return 0;
    }
    if (!name) {
        return 400;
    }
    const struct fake__variant *variant =
        fake__registry_manifest(engine, name, NULL, &anonymous, &outcome, &in_stream);
    unsigned http_status = variant ? 200 : outcome.http_status;
    fake__outcome_release(&outcome);
    if (variant && engine->disk_full && !variant->content->image) {
        http_status = 500;
    } else if (variant) {
        fake__land(engine, name, variant->content, 0);
    }
    return http_status;
}

unsigned fake_engine_build_child(struct fake_engine *engine, const char *parent,
                                 const char *nickname)
{
    struct fake__target target = fake__target_of(engine, parent);
    struct fake__image *base = fake__target_image(engine, &target);
    if (!engine->up) {
        return 0;
    }
    if (!base) {
        return 404;
    }
    struct fake__recipe recipe = {
        .nickname = nickname, .base = base->content, .layer_count = 1, .size_bytes = 1000
    };
    struct fake__image *child = fake__image_make(engine, fake__content_make(engine, &recipe), 0);
    if (!child->parent && child != base) {
        child->parent = base;
        base->child_count++;
    }
    return 200;
}
