/*
 * Contents: what a nickname stands for, with its image ID, its manifest's digest
 * and its layers. All of it follows from the nickname alone, so that every run and
 * every engine gives the same content the same ID.
 */
#include <assert.h>
#include <string.h>

#include "fakes/engine_internal.h"

#define DEFAULT_LAYER_BYTES 1000000

/* What an ID is of: mixed into the nickname's hash. */
enum { OF_IMAGE = 1, OF_MANIFEST, OF_LAYER, OF_CHAIN };

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

void fake__hex(uint64_t seed, char *out, size_t digit_count)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;
    for (size_t i = 0; i < digit_count; i++) {
        if (i % 16 == 0) {
            seed = mix(seed);
            bits = seed;
        }
        out[i] = digits[bits & 15];
        bits >>= 4;
    }
    out[digit_count] = '\0';
}

static void put_id(uint64_t seed, char out[FAKE__ID_SIZE])
{
    memcpy(out, "sha256:", 7);
    fake__hex(seed, out + 7, 64);
}

static uint64_t seed_of(const char *nickname, uint64_t of)
{
    return mix(fake__hash(nickname, strlen(nickname)) + of);
}

void fake_image_id(const char *nickname, char out[72])
{
    put_id(seed_of(nickname, OF_IMAGE), out);
}

void fake_manifest_digest(const char *nickname, char out[72])
{
    put_id(seed_of(nickname, OF_MANIFEST), out);
}

const char *fake__layer_chain(struct fake__layer *layer)
{
    if (!layer->chain[0]) {
        put_id(layer->seed + OF_CHAIN, layer->chain);
    }
    return layer->chain;
}

struct fake__content *fake__content_find(const struct fake_engine *engine, const char *nickname)
{
    return fake__map_find(&engine->nicknames, nickname, strlen(nickname));
}

struct fake__content *fake__content_by_id(const struct fake_engine *engine, const char *id)
{
    return fake__map_find(&engine->ids, id, strlen(id));
}

/* Its own layers share its bytes evenly; the topmost takes the rest. */
static void add_layers(struct fake_engine *engine, struct fake__content *content,
                       const struct fake__recipe *recipe)
{
    size_t base_count = recipe->base ? recipe->base->layer_count : 0;
    size_t own_count = recipe->layer_count ? recipe->layer_count : 1;
    content->layer_count = base_count + own_count;
    content->layers =
        fake__keep(&engine->arena, content->layer_count * sizeof(struct fake__layer *));
    if (recipe->base) {
        memcpy(content->layers, recipe->base->layers, base_count * sizeof(*content->layers));
        content->size_bytes = recipe->base->size_bytes;
    }
    struct fake__layer *own = fake__keep(&engine->arena, own_count * sizeof(*own));
    uint64_t seed = seed_of(content->nickname, OF_LAYER);
    uint64_t each = recipe->size_bytes / own_count;
    for (size_t i = 0; i < own_count; i++) {
        own[i].seed = mix(seed + i);
        fake__hex(own[i].seed, own[i].blob, 12);
        own[i].size_bytes = i + 1 < own_count ? each : recipe->size_bytes - each * (own_count - 1);
        content->layers[base_count + i] = &own[i];
    }
    content->size_bytes += recipe->size_bytes;
}

struct fake__content *fake__content_make(struct fake_engine *engine,
                                         const struct fake__recipe *recipe)
{
    struct fake__content *content = fake__content_find(engine, recipe->nickname);
    if (content) {
        return content;
    }
    size_t length = strlen(recipe->nickname);
    content = fake__keep(&engine->arena, sizeof(*content));
    content->nickname = fake__keep_text(&engine->arena, recipe->nickname, length);
    fake_image_id(content->nickname, content->id);
    fake_manifest_digest(content->nickname, content->digest);
    add_layers(engine, content, recipe);
    fake__map_add(&engine->nicknames, content->nickname, length, content);
    fake__map_add(&engine->ids, content->id, strlen(content->id), content);
    fake__map_add(&engine->ids, content->digest, strlen(content->digest), content);
    return content;
}

struct fake__content *fake__content_default(struct fake_engine *engine, const char *nickname)
{
    struct fake__recipe recipe = { .nickname = nickname,
                                   .layer_count = 1,
                                   .size_bytes = DEFAULT_LAYER_BYTES };
    return fake__content_make(engine, &recipe);
}

const char *fake_engine_nickname(const struct fake_engine *engine, const char *id)
{
    const struct fake__content *content = fake__content_by_id(engine, id);
    return content ? content->nickname : NULL;
}
