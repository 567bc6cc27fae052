/* Recordings as files: lines are made, appended, and read back. */
#include "sim/soak/recording.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "sim/progress.h"

#define NS_PER_US UINT64_C(1000)
#define NUMBER_MAX 9007199254740991.0 /* what a double tells apart */
#define LINE_MAX_BYTES ((size_t)1024 * 1024)

static const char *const words[] = {
#define SIM_ENTRY_WORD(name, word) [SIM_ENTRY_##name] = (word),
    SIM_ENTRY_KIND_MAP(SIM_ENTRY_WORD)
#undef SIM_ENTRY_WORD
};

const char *sim_entry_word(enum sim_entry_kind kind)
{
    return words[kind];
}

/* --- a line is made ----------------------------------------------------------------- */

static void *must(void *made)
{
    if (made == NULL) {
        (void)fputs("drydock: out of memory\n", stderr);
        abort();
    }
    return made;
}

static void put_number(cJSON *json, const char *key, uint64_t value)
{
    if (value != 0) {
        (void)must(cJSON_AddNumberToObject(json, key, (double)value));
    }
}

static void put_text(cJSON *json, const char *key, const char *value)
{
    if (value != NULL) {
        (void)must(cJSON_AddStringToObject(json, key, value));
    }
}

static void put_texts(cJSON *json, const char *key, const char *const *values, size_t count)
{
    if (count > 0) {
        cJSON *texts = must(cJSON_CreateStringArray(values, (int)count));
        (void)must(cJSON_AddItemToObject(json, key, texts) ? texts : NULL);
    }
}

char *sim_entry_line(const struct sim_entry *entry)
{
    cJSON *json = must(cJSON_CreateObject());
    put_number(json, "us", entry->us);
    put_text(json, "what", words[entry->kind]);
    put_number(json, "number", entry->number);
    put_text(json, "method", entry->method);
    put_text(json, "path", entry->path);
    put_number(json, "status", entry->status);
    put_text(json, "caller", entry->caller);
    put_text(json, "reference", entry->reference);
    put_text(json, "image", entry->image);
    put_number(json, "lease", entry->lease);
    put_text(json, "text", entry->text);
    put_texts(json, "names", entry->names, entry->name_count);
    put_texts(json, "deleted", entry->deleted, entry->deleted_count);
    put_number(json, "size", entry->size_bytes);
    put_text(json, "digest", entry->digest);
    char *printed = must(cJSON_PrintUnformatted(json));
    char *line = fake_memory_copy(printed);
    cJSON_free(printed);
    cJSON_Delete(json);
    return line;
}

/* --- appending ---------------------------------------------------------------------- */

struct sim_recording {
    int file;
    pthread_mutex_t lock; /* lines have the order of their times */
    uint64_t counts[SIM_ENTRY_KIND_COUNT];
};

struct sim_recording *sim_recording_open(const char *path)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return NULL;
    }
    struct sim_recording *recording = fake_memory_alloc(sizeof(*recording));
    recording->file = file;
    (void)pthread_mutex_init(&recording->lock, NULL);
    return recording;
}

void sim_recording_close(struct sim_recording *recording)
{
    if (recording != NULL) {
        (void)close(recording->file);
        (void)pthread_mutex_destroy(&recording->lock);
        fake_memory_free(recording);
    }
}

/* In one piece: others append to the same file. */
static void append(int file, const char *bytes, size_t size)
{
    ssize_t written;
    do {
        written = write(file, bytes, size);
    } while (written < 0 && errno == EINTR);
    if (written != (ssize_t)size) {
        (void)fprintf(stderr, "drydock: the recording cannot be written: %s\n",
                      written < 0 ? strerror(errno) : "cut off");
        _exit(2);
    }
}

void sim_recording_write(struct sim_recording *recording, const struct sim_entry *entry)
{
    struct sim_entry timed = *entry;
    (void)pthread_mutex_lock(&recording->lock);
    timed.us = sim_wall_ns() / NS_PER_US;
    char *line = sim_entry_line(&timed);
    size_t length = strlen(line);
    line[length] = '\n'; /* in the place of the NUL */
    append(recording->file, line, length + 1);
    recording->counts[entry->kind]++;
    (void)pthread_mutex_unlock(&recording->lock);
    fake_memory_free(line);
}

uint64_t sim_recording_count(const struct sim_recording *recording, enum sim_entry_kind kind)
{
    return recording->counts[kind];
}

/* --- reading back --------------------------------------------------------------------- */

static const char *take_kind(const cJSON *json, struct sim_entry *out)
{
    const cJSON *what = cJSON_GetObjectItemCaseSensitive(json, "what");
    for (size_t kind = 0; cJSON_IsString(what) && kind < SIM_ENTRY_KIND_COUNT; kind++) {
        if (strcmp(what->valuestring, words[kind]) == 0) {
            out->kind = (enum sim_entry_kind)kind;
            return NULL;
        }
    }
    return "expected \"what\" with a word that is known";
}

static const char *take_number(const cJSON *json, const char *key, uint64_t *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (item == NULL) {
        return NULL;
    }
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > NUMBER_MAX ||
        item->valuedouble != (double)(uint64_t)item->valuedouble) {
        return "expected a whole number";
    }
    *out = (uint64_t)item->valuedouble;
    return NULL;
}

static const char *take_text(const cJSON *json, const char *key, const char **out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (item != NULL && !cJSON_IsString(item)) {
        return "expected a text";
    }
    *out = item != NULL ? item->valuestring : NULL;
    return NULL;
}

static const char *take_texts(const cJSON *json, const char *key, const char **out, size_t *count)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    const cJSON *each;
    if (item == NULL) {
        return NULL;
    }
    cJSON_ArrayForEach(each, item)
    {
        if (!cJSON_IsString(each) || *count == SIM_ENTRY_NAME_MAX) {
            return "expected an array of at most 64 texts";
        }
        out[(*count)++] = each->valuestring;
    }
    return NULL;
}

static const char *take_all(const cJSON *json, struct sim_entry *out)
{
    uint64_t status = 0;
    const char *wrong[] = {
        take_kind(json, out),
        take_number(json, "us", &out->us),
        take_number(json, "number", &out->number),
        take_number(json, "status", &status),
        take_number(json, "lease", &out->lease),
        take_number(json, "size", &out->size_bytes),
        take_text(json, "method", &out->method),
        take_text(json, "path", &out->path),
        take_text(json, "caller", &out->caller),
        take_text(json, "reference", &out->reference),
        take_text(json, "image", &out->image),
        take_text(json, "text", &out->text),
        take_text(json, "digest", &out->digest),
        take_texts(json, "names", out->names, &out->name_count),
        take_texts(json, "deleted", out->deleted, &out->deleted_count),
    };
    out->status = (unsigned)status;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (wrong[i] != NULL) {
            return wrong[i];
        }
    }
    return status <= 9999 ? NULL : "expected a smaller status";
}

bool sim_entry_read(const char *line, size_t length, struct sim_entry *out, char message[160])
{
    cJSON *json = cJSON_ParseWithLength(line, length);
    *out = (struct sim_entry){ .json = json };
    const char *wrong =
        cJSON_IsObject(json) ? take_all(json, out) : "expected a line with an object of JSON";
    if (wrong != NULL) {
        (void)snprintf(message, 160, "%s", wrong);
        sim_entry_release(out);
        return false;
    }
    return true;
}

void sim_entry_release(struct sim_entry *entry)
{
    cJSON_Delete(entry->json);
    *entry = (struct sim_entry){ .json = NULL };
}

/* --- a file ----------------------------------------------------------------------------- */

struct reading {
    bool (*visit)(void *ctx, const struct sim_entry *entry);
    void *ctx;
    unsigned long line_count;
    bool enough;
};

static const char *read_line(struct reading *reading, const char *line, size_t length,
                             char problem[160])
{
    struct sim_entry entry;
    reading->line_count++;
    if (length == 0 || line[length - 1] != '\n') {
        return "the recording is cut off: this line does not end";
    }
    if (length > LINE_MAX_BYTES) {
        return "expected a line of at most 1 MB";
    }
    if (!sim_entry_read(line, length - 1, &entry, problem)) {
        return problem;
    }
    reading->enough = !reading->visit(reading->ctx, &entry);
    sim_entry_release(&entry);
    return NULL;
}

bool sim_recording_read(const char *path, bool (*visit)(void *ctx, const struct sim_entry *entry),
                        void *ctx, char message[512])
{
    struct reading reading = { .visit = visit, .ctx = ctx };
    const char *wrong = NULL;
    char problem[160];
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(message, 512, "%.300s: %s", path, strerror(errno));
        return false;
    }
    while (wrong == NULL && !reading.enough && (length = getline(&line, &capacity, file)) > 0) {
        wrong = read_line(&reading, line, (size_t)length, problem);
    }
    if (wrong != NULL) {
        (void)snprintf(message, 512, "%.300s:%lu: %s", path, reading.line_count, wrong);
    } else if (ferror(file) != 0) {
        (void)snprintf(message, 512, "%.300s: %s", path, strerror(errno));
        wrong = message;
    }
    free(line);
    (void)fclose(file);
    return wrong == NULL;
}
