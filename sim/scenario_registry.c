/* "registry": what the registry has at the start; and the manifest of a push. */
#include <string.h>

#include "sim/scenario_parts.h"

#define DEFAULT_SIZE_BYTES UINT64_C(10000000)
#define DEFAULT_LAYER_COUNT 2u
#define DEFAULT_PULL                                                                               \
    {                                                                                              \
        UINT64_C(1000000000), UINT64_C(3000000000)                                                 \
    }

static const char *const manifest_keys[] = {
    [SIM_MANIFEST_ID] = "id",
    [SIM_MANIFEST_SIZE] = "size",
    [SIM_MANIFEST_LAYERS] = "layers",
    [SIM_MANIFEST_BASE] = "base",
    [SIM_MANIFEST_PLATFORM] = "platform",
    [SIM_MANIFEST_CREDENTIALS] = "credentials",
    [SIM_MANIFEST_PULL] = "pull",
    [SIM_MANIFEST_IMAGES] = "images",
};

static void read_base(struct sim_draft *draft, struct sim_value value, struct fake_manifest *out)
{
    const char *base = NULL;
    if (!sim_read_name(&draft->reader, value, "the nickname of an image", SIM_NAME_MAX, true,
                       &base)) {
        return;
    }
    if (out->image != NULL && strcmp(base, out->image) == 0) {
        (void)sim_fail(&draft->reader, value, "an image cannot have its own layers for a base");
        return;
    }
    struct sim_nickname_use *use = sim_arena_alloc(draft->arena, 1, sizeof(*use));
    *use = (struct sim_nickname_use){ value, base, draft->bases };
    draft->bases = use;
    out->base = base;
}

static void read_manifest_credentials(struct sim_draft *draft, struct sim_value value,
                                      struct fake_manifest *out)
{
    const struct sim_credentials *credentials = NULL;
    if (!sim_find_credentials(draft, value, &credentials)) {
        return;
    }
    if (credentials->value.identity_token != NULL) {
        (void)sim_fail(&draft->reader, value,
                       "expected credentials with a user name and a password; \"%s\" has a token",
                       credentials->label);
        return;
    }
    out->username = credentials->value.username;
    out->password = credentials->value.password;
}

bool sim_read_manifest(struct sim_draft *draft, struct sim_value object,
                       const struct sim_value *keys, struct fake_manifest *out, unsigned count)
{
    struct sim_reader *reader = &draft->reader;
    *out = (struct fake_manifest){
        .size_bytes = DEFAULT_SIZE_BYTES,
        .layer_count = DEFAULT_LAYER_COUNT,
        .pull = DEFAULT_PULL,
    };
    if (keys[SIM_MANIFEST_ID].json == NULL) {
        (void)sim_fail_missing(reader, object, "missing \"id\", the image's nickname");
    } else if (sim_read_name(reader, keys[SIM_MANIFEST_ID], "a nickname", SIM_NAME_MAX, count > 0,
                             &out->image)) {
        if (count > 0 && !sim_mark_in(out->image)) {
            (void)sim_fail(reader, keys[SIM_MANIFEST_ID],
                           "expected a nickname with {n}, because there are \"images\"");
        }
        (void)sim_known_add(&draft->nicknames, out->image, count, 0);
    }
    if (keys[SIM_MANIFEST_SIZE].json != NULL) {
        (void)sim_read_size(reader, keys[SIM_MANIFEST_SIZE], &out->size_bytes);
    }
    uint64_t layer_count;
    if (keys[SIM_MANIFEST_LAYERS].json != NULL &&
        sim_read_number(reader, keys[SIM_MANIFEST_LAYERS], 1, 1000, &layer_count)) {
        out->layer_count = (unsigned)layer_count;
    }
    if (keys[SIM_MANIFEST_BASE].json != NULL) {
        read_base(draft, keys[SIM_MANIFEST_BASE], out);
    }
    if (keys[SIM_MANIFEST_PLATFORM].json != NULL) {
        (void)sim_read_text(reader, keys[SIM_MANIFEST_PLATFORM],
                            "a platform, such as \"linux/arm64\"", &out->platform);
    }
    if (keys[SIM_MANIFEST_CREDENTIALS].json != NULL) {
        read_manifest_credentials(draft, keys[SIM_MANIFEST_CREDENTIALS], out);
    }
    if (keys[SIM_MANIFEST_PULL].json != NULL) {
        (void)sim_read_window(reader, keys[SIM_MANIFEST_PULL], &out->pull);
    }
    return !sim_reader_failed(reader);
}

static void add_manifest(struct sim_draft *draft, const struct fake_manifest *manifest)
{
    struct sim_scenario *scenario = draft->scenario;
    if (scenario->manifest_count == draft->manifest_capacity) {
        size_t capacity = draft->manifest_capacity == 0 ? 16 : draft->manifest_capacity * 2;
        struct fake_manifest *grown = sim_arena_alloc(draft->arena, capacity, sizeof(*grown));
        if (scenario->manifest_count != 0) {
            memcpy(grown, draft->manifests, scenario->manifest_count * sizeof(*grown));
        }
        draft->manifests = grown;
        draft->manifest_capacity = capacity;
        scenario->manifests = grown;
    }
    draft->manifests[scenario->manifest_count++] = *manifest;
}

static void add_manifests(struct sim_draft *draft, const struct fake_manifest *manifest,
                          unsigned count)
{
    if (count == 0) {
        add_manifest(draft, manifest);
        return;
    }
    for (unsigned n = 1; n <= count; n++) {
        struct fake_manifest one = *manifest;
        one.reference = sim_mark_number(draft->arena, manifest->reference, n);
        one.image = sim_mark_number(draft->arena, manifest->image, n);
        if (manifest->base != NULL) {
            one.base = sim_mark_number(draft->arena, manifest->base, n);
        }
        add_manifest(draft, &one);
    }
}

/* The key of a registry entry, normal; the count of its "images" goes with it. */
static bool read_key(struct sim_draft *draft, struct sim_value value, unsigned count,
                     const char **normal)
{
    const char *text = value.json->string;
    value = sim_value_key(value);
    if (sim_mark_in(text) != (count > 0)) {
        return sim_fail(&draft->reader, value,
                        count > 0 ? "expected {n} in the reference, because there are \"images\""
                                  : "{n} in a reference needs \"images\"");
    }
    if (!sim_normal_reference(draft, value, text, count, normal)) {
        return false;
    }
    if (strchr(*normal, '@') != NULL) {
        return sim_fail(&draft->reader, value,
                        "expected a reference with a tag: digests come from the image");
    }
    return true;
}

static void read_entry(struct sim_draft *draft, struct sim_value key, struct sim_value object)
{
    struct sim_reader *reader = &draft->reader;
    struct sim_value keys[SIM_MANIFEST_KEY_COUNT];
    struct fake_manifest manifest;
    uint64_t count = 0;
    if (!sim_read_members(reader, object, manifest_keys, SIM_MANIFEST_KEY_COUNT, keys) ||
        (keys[SIM_MANIFEST_IMAGES].json != NULL &&
         !sim_read_number(reader, keys[SIM_MANIFEST_IMAGES], 1, SIM_NUMBER_MAX, &count))) {
        return;
    }
    bool ok = sim_read_manifest(draft, object, keys, &manifest, (unsigned)count);
    if (!read_key(draft, key, (unsigned)count, &manifest.reference) || !ok) {
        return;
    }
    if (draft->scenario->manifest_count + count > SIM_MANIFEST_MAX) {
        (void)sim_fail(reader, sim_value_key(key), "expected at most %u images in the registry",
                       SIM_MANIFEST_MAX);
        return;
    }
    (void)sim_known_add(&draft->references, manifest.reference, (unsigned)count, 0);
    add_manifests(draft, &manifest, (unsigned)count);
}

void sim_read_registry(struct sim_draft *draft, struct sim_value section)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_object(reader, section, "an object of references and images")) {
        return;
    }
    struct sim_value entry = sim_value_first(reader, section);
    for (; entry.json != NULL; entry = sim_value_next(reader, entry)) {
        const char *text = entry.json->string;
        const char *normal = NULL;
        if (!sim_mark_in(text) &&
            sim_normal_reference(draft, sim_value_key(entry), text, 0, &normal) &&
            sim_known_find(&draft->references, normal) != NULL) {
            (void)sim_fail(reader, sim_value_key(entry),
                           "\"%s\" stands above already, in another spelling", normal);
            continue;
        }
        if (sim_value_kind(reader, entry) != SIM_VALUE_ARRAY) {
            read_entry(draft, entry, entry);
            continue;
        }
        if (sim_value_count(reader, entry) == 0) {
            (void)sim_fail_expected(reader, entry,
                                    "an image, or an array with one for each platform");
        }
        struct sim_value object = sim_value_first(reader, entry);
        for (; object.json != NULL; object = sim_value_next(reader, object)) {
            read_entry(draft, entry, object);
        }
    }
}

void sim_check_bases(struct sim_draft *draft)
{
    for (struct sim_nickname_use *use = draft->bases; use != NULL; use = use->next) {
        const char *text = sim_mark_number(draft->arena, use->nickname, 1);
        (void)sim_find_known(draft, use->value, &draft->nicknames, text,
                             "nothing in this file makes the image");
    }
}
