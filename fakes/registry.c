/*
 * The registry behind the engine: what is pushed there, who may have it, and how
 * often it was asked. All hosts are one registry to the model.
 */
#include <string.h>

#include "fakes/engine_internal.h"

/* What an engine asks for when its client names no platform. */
#define OWN_PLATFORM "linux/amd64"

static const char *keep(struct fake_engine *engine, const char *text)
{
    return text ? fake__keep_text(&engine->arena, text, strlen(text)) : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Give @name a meaning for the variant's platform, instead of what it had. */
static void put_variant(struct fake_engine *engine, struct fake__name *name,
                        struct fake__variant variant)
{
    struct fake__variant **at = &name->variants;
    while (*at && !same_text((*at)->platform, variant.platform)) {
        at = &(*at)->next;
    }
    if (!*at) {
        *at = fake__keep(&engine->arena, sizeof(**at));
    }
    variant.next = (*at)->next;
    **at = variant;
    if (!name->was_pushed) {
        name->was_pushed = true;
        *engine->pushed_last = name;
        engine->pushed_last = &name->next_pushed;
    }
}

static struct fake__content *content_of(struct fake_engine *engine,
                                        const struct fake_manifest *manifest)
{
    struct fake__recipe recipe = { .nickname = manifest->image,
                                   .layer_count = manifest->layer_count,
                                   .size_bytes = manifest->size_bytes };
    if (manifest->base) {
        recipe.base = fake__content_default(engine, manifest->base);
    }
    return fake__content_make(engine, &recipe);
}

void fake_registry_push(struct fake_engine *engine, const struct fake_manifest *manifest)
{
    struct fake__name *name = fake__name_of(engine, manifest->reference, NULL);
    if (!name) {
        return;
    }
    struct fake__variant variant = {
        .content = content_of(engine, manifest),
        .platform = keep(engine, manifest->platform),
        .username = keep(engine, manifest->username),
        .password = keep(engine, manifest->password),
        .pull = manifest->pull,
    };
    put_variant(engine, name, variant);
    if (!name->by_digest) {
        put_variant(engine, fake__digest_name(engine, name, variant.content), variant);
    }
}

void fake_registry_delete(struct fake_engine *engine, const char *reference)
{
    struct fake__name *name = fake__name_find(engine, reference);
    if (name) {
        name->variants = NULL;
    }
}

uint64_t fake_registry_manifest_requests(const struct fake_engine *engine, const char *reference)
{
    const struct fake__name *name = fake__name_find(engine, reference);
    return name ? name->request_count : 0;
}

uint64_t fake_registry_blob_downloads(const struct fake_engine *engine)
{
    return engine->download_count;
}

static const struct fake__variant *for_platform(const struct fake__name *name, const char *platform)
{
    const struct fake__variant *any = NULL;
    for (const struct fake__variant *at = name->variants; at; at = at->next) {
        if (!at->platform) {
            any = any ? any : at;
        } else if (strcmp(at->platform, platform ? platform : OWN_PLATFORM) == 0) {
            return at;
        }
    }
    return any;
}

static bool is_let_in(const struct fake__variant *variant, const struct fake__login *login)
{
    if (login->token) {
        return same_text(login->token, variant->password);
    }
    return same_text(login->username, variant->username) &&
           same_text(login->password, variant->password);
}

static const struct fake__variant *refuse(struct fake__outcome *out, unsigned http_status,
                                          char *text)
{
    fake__outcome_clear(out);
    out->http_status = http_status;
    out->text = text;
    return NULL;
}

/* docs/ENGINE.md: "pull-unknown-tag", "pull-no-credentials",
 * "pull-wrong-credentials", "pull-no-platform". */
const struct fake__variant *fake__registry_manifest(struct fake_engine *engine,
                                                    struct fake__name *name, const char *platform,
                                                    const struct fake__login *login,
                                                    struct fake__outcome *out, bool *in_stream)
{
    (void)engine;
    *in_stream = false;
    name->request_count++;
    if (!name->variants) {
        return refuse(out, 404, fake__text_manifest_unknown(name));
    }
    const struct fake__variant *found = for_platform(name, platform);
    const struct fake__variant *guard = found ? found : name->variants;
    if (guard->username || guard->password) {
        bool is_anonymous = !login->username && !login->password && !login->token;
        if (is_anonymous) {
            return refuse(out, 500, fake__text_no_credentials(name));
        }
        if (!is_let_in(guard, login)) {
            return refuse(out, 500, FAKE__JOIN("unauthorized: authentication required"));
        }
    }
    if (!found) {
        *in_stream = true;
        return refuse(out, 200,
                      FAKE__JOIN("no matching manifest for ", platform ? platform : OWN_PLATFORM,
                                 " in the manifest list entries"));
    }
    return found;
}
