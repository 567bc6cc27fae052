#include "coord/backend/answers.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "coord/backend/json.h"

void dd__decoded_release(struct dd__decoded *decoded)
{
    cJSON_Delete(decoded->root);
    free(decoded->strings);
    free(decoded->listed);
    *decoded = (struct dd__decoded){ .root = NULL };
}

/* cJSON does not tell an error from a lack of memory; nothing here could do better
 * for knowing. */
static const cJSON *parse(const char *body, size_t size, struct dd__decoded *decoded)
{
    decoded->is_excessive = !dd__json_is_bounded(body, size, DD__ANSWER_VALUE_MAX);
    decoded->root = size > 0 && !decoded->is_excessive ? cJSON_ParseWithLength(body, size) : NULL;
    return decoded->root;
}

/* Before API 1.43 the engine lists an image without names under these. */
static bool is_name(const cJSON *item)
{
    const char *name = cJSON_GetStringValue(item);

    return name != NULL && strcmp(name, "<none>:<none>") != 0 && strcmp(name, "<none>@<none>") != 0;
}

static size_t names_count(const cJSON *array)
{
    size_t count = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, array)
    {
        count += is_name(item) ? 1 : 0;
    }
    return count;
}

/* The names of @array, at *@at, which is moved behind them. */
static struct dd_strings names_take(const cJSON *array, const char ***at)
{
    struct dd_strings names = { .at = *at };
    const cJSON *item;

    cJSON_ArrayForEach(item, array)
    {
        if (is_name(item)) {
            (*at)[names.count++] = item->valuestring;
        }
    }
    *at += names.count;
    return names;
}

/* Room for @count strings; one more, so that it is never nothing. */
static const char **strings_room(struct dd__decoded *decoded, size_t count)
{
    decoded->strings = calloc(count + 1, sizeof *decoded->strings);
    return decoded->strings;
}

static const cJSON *array_of(const cJSON *object, const char *name)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsArray(array) ? array : NULL;
}

enum dd_status dd__decode_inspect(const char *body, size_t size, struct dd__decoded *decoded,
                                  struct dd_answer *answer)
{
    const cJSON *root = parse(body, size, decoded);
    const cJSON *tags = array_of(root, "RepoTags");
    const cJSON *digests = array_of(root, "RepoDigests");
    const char **at;

    if (!cJSON_IsObject(root) || dd__json_string(root, "Id") == NULL) {
        return DD_EENGINE;
    }
    at = strings_room(decoded, names_count(tags) + names_count(digests));
    if (at == NULL) {
        return DD_ENOMEM;
    }
    answer->id = dd__json_string(root, "Id");
    answer->tags = names_take(tags, &at);
    answer->digests = names_take(digests, &at);
    return DD_OK;
}

/* The values of all members @name in an array of objects. */
static struct dd_strings members_take(const cJSON *array, const char *name, const char ***at)
{
    struct dd_strings values = { .at = *at };
    const cJSON *item;

    cJSON_ArrayForEach(item, array)
    {
        const char *value = dd__json_string(item, name);
        if (value != NULL) {
            (*at)[values.count++] = value;
        }
    }
    *at += values.count;
    return values;
}

enum dd_status dd__decode_remove(const char *body, size_t size, struct dd__decoded *decoded,
                                 struct dd_answer *answer)
{
    const cJSON *root = parse(body, size, decoded);
    const char **at;

    if (!cJSON_IsArray(root)) {
        return DD_EENGINE;
    }
    at = strings_room(decoded, 2 * (size_t)cJSON_GetArraySize(root));
    if (at == NULL) {
        return DD_ENOMEM;
    }
    answer->untagged = members_take(root, "Untagged", &at);
    answer->deleted = members_take(root, "Deleted", &at);
    return DD_OK;
}

enum dd_status dd__decode_list(const char *body, size_t size, struct dd__decoded *decoded,
                               struct dd_answer *answer)
{
    const cJSON *root = parse(body, size, decoded);
    const cJSON *item;
    size_t name_count = 0;
    size_t count = 0;
    const char **at;

    if (!cJSON_IsArray(root)) {
        return DD_EENGINE;
    }
    cJSON_ArrayForEach(item, root)
    {
        name_count += names_count(array_of(item, "RepoTags"));
        name_count += names_count(array_of(item, "RepoDigests"));
    }
    at = strings_room(decoded, name_count);
    decoded->listed = calloc((size_t)cJSON_GetArraySize(root) + 1, sizeof *decoded->listed);
    if (at == NULL || decoded->listed == NULL) {
        return DD_ENOMEM;
    }
    cJSON_ArrayForEach(item, root)
    {
        struct dd_listed *listed = &decoded->listed[count];

        listed->id = dd__json_string(item, "Id");
        if (listed->id != NULL) {
            listed->tags = names_take(array_of(item, "RepoTags"), &at);
            listed->digests = names_take(array_of(item, "RepoDigests"), &at);
            listed->size_bytes = dd__json_size(cJSON_GetObjectItemCaseSensitive(item, "Size"));
            count++;
        }
    }
    answer->listed = decoded->listed;
    answer->listed_count = count;
    return DD_OK;
}

const char *dd__decode_error(const char *body, size_t size, struct dd__decoded *decoded)
{
    const char *message = dd__json_string(parse(body, size, decoded), "message");

    return message != NULL && message[0] != '\0' ? message : NULL;
}

static bool is_podman(const cJSON *root)
{
    const cJSON *component;

    cJSON_ArrayForEach(component, array_of(root, "Components"))
    {
        const char *name = dd__json_string(component, "Name");
        if (name != NULL && strcmp(name, "Podman Engine") == 0) {
            return true;
        }
    }
    return false;
}

enum dd_status dd__decode_version(const char *body, size_t size, struct dd__decoded *decoded,
                                  struct dd__version_answer *out)
{
    const cJSON *root = parse(body, size, decoded);
    const char *api = dd__json_string(root, "ApiVersion");

    if (!cJSON_IsObject(root) || api == NULL) {
        return DD_EENGINE;
    }
    *out = (struct dd__version_answer){
        .api = api,
        .api_min = dd__json_string(root, "MinAPIVersion"),
        .is_podman = is_podman(root),
    };
    return DD_OK;
}

enum dd_status dd__decode_info(const char *body, size_t size, struct dd__decoded *decoded,
                               struct dd__info_answer *out)
{
    const cJSON *root = parse(body, size, decoded);
    const char *id = dd__json_string(root, "ID");
    const char *name = dd__json_string(root, "Name");
    const char *data_root = dd__json_string(root, "DockerRootDir");

    if (!cJSON_IsObject(root) || id == NULL || id[0] == '\0') {
        return DD_EENGINE;
    }
    *out = (struct dd__info_answer){
        .id = id,
        .name = name == NULL ? "" : name,
        .root = data_root == NULL ? "" : data_root,
    };
    return DD_OK;
}
