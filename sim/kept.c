#include "sim/kept.h"

#include <string.h>

#include "fakes/memory.h"
#include "sim/arena.h"
#include "sim/hash.h"

#define FIRST_SLOTS 32

struct slot {
    uint64_t hash;
    const char *text; /* NULL: free */
};

struct sim_kept {
    struct sim_arena arena;
    struct slot *slots;
    size_t slot_count; /* a power of 2 */
    size_t count;
};

struct sim_kept *sim_kept_create(void)
{
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    struct sim_kept *kept = fake_memory_alloc(sizeof(*kept));
    sim_arena_init(&kept->arena);
    kept->slot_count = FIRST_SLOTS;
    kept->slots = fake_memory_alloc(FIRST_SLOTS * sizeof(*kept->slots));
    (void)fake_memory_set_source(source);
    return kept;
}

void sim_kept_destroy(struct sim_kept *kept)
{
    if (kept == NULL) {
        return;
    }
    sim_arena_release(&kept->arena);
    fake_memory_free(kept->slots);
    fake_memory_free(kept);
}

/* Where @text is, or would be. */
static struct slot *slot_of(const struct sim_kept *kept, uint64_t hash, const char *text)
{
    size_t at = (size_t)sim_hash_finish(hash) & (kept->slot_count - 1);
    while (kept->slots[at].text != NULL &&
           (kept->slots[at].hash != hash || strcmp(kept->slots[at].text, text) != 0)) {
        at = (at + 1) & (kept->slot_count - 1);
    }
    return &kept->slots[at];
}

static void grow(struct sim_kept *kept)
{
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    struct sim_kept grown = *kept;
    grown.slot_count *= 2;
    grown.slots = fake_memory_alloc(grown.slot_count * sizeof(*grown.slots));
    for (size_t i = 0; i < kept->slot_count; i++) {
        if (kept->slots[i].text != NULL) {
            *slot_of(&grown, kept->slots[i].hash, kept->slots[i].text) = kept->slots[i];
        }
    }
    fake_memory_free(kept->slots);
    *kept = grown;
    (void)fake_memory_set_source(source);
}

const char *sim_kept_text(struct sim_kept *kept, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    uint64_t hash = sim_hash_string(SIM_HASH_START, text);
    struct slot *slot = slot_of(kept, hash, text);
    if (slot->text == NULL) {
        *slot = (struct slot){ .hash = hash, .text = sim_arena_text(&kept->arena, text) };
        if (++kept->count * 2 > kept->slot_count) {
            const char *added = slot->text;
            grow(kept);
            return added;
        }
    }
    return slot->text;
}
