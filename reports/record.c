#include "reports/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x32305f6472796472)
#define NO_STRING UINT64_MAX

/* --- writing ------------------------------------------------------------------------- */

struct writer {
    unsigned char *at; /* NULL: only count */
    size_t used;
};

static void put_number(struct writer *writer, uint64_t number)
{
    for (size_t i = 0; i < 8 && writer->at != NULL; i++) {
        writer->at[writer->used + i] = (unsigned char)(number >> (8 * i));
    }
    writer->used += 8;
}

static void put_string(struct writer *writer, const char *text)
{
    if (text == NULL) {
        put_number(writer, NO_STRING);
        return;
    }
    size_t length = strlen(text);
    put_number(writer, length);
    if (writer->at != NULL) {
        memcpy(writer->at + writer->used, text, length);
    }
    writer->used += length;
}

static void put_failure(struct writer *writer, const struct report_failure *failure)
{
    put_number(writer, failure != NULL ? 1 : 0);
    if (failure == NULL) {
        return;
    }
    put_string(writer, failure->invariant);
    put_string(writer, failure->message);
    put_string(writer, failure->where);
    put_number(writer, failure->seed);
    put_string(writer, failure->story);
    put_string(writer, failure->command);
}

static void put_scenario(struct writer *writer, const struct report_scenario *scenario)
{
    put_number(writer, MAGIC);
    put_string(writer, scenario->path);
    put_string(writer, scenario->name);
    put_string(writer, scenario->retells);
    put_number(writer, scenario->hazard_count);
    for (size_t i = 0; i < scenario->hazard_count; i++) {
        put_string(writer, scenario->hazards[i]);
    }
    put_number(writer, (uint64_t)scenario->verdict);
    put_number(writer, scenario->seed_first);
    put_number(writer, scenario->seed_last);
    put_number(writer, scenario->run_count);
    put_number(writer, scenario->distinct_count);
    put_number(writer, scenario->trace_hash);
    put_number(writer, scenario->event_count);
    put_number(writer, scenario->simulated_ns);
    put_number(writer, scenario->skipped_count);
    put_number(writer, scenario->late_count);
    put_number(writer, scenario->move_count);
    for (size_t i = 0; i < scenario->move_count; i++) {
        put_number(writer, scenario->moves[i]);
    }
    put_number(writer, scenario->note_count);
    for (size_t i = 0; i < scenario->note_count; i++) {
        put_string(writer, scenario->notes[i]);
    }
    put_failure(writer, scenario->failure);
    put_string(writer, scenario->error);
}

bool report_record_write(const struct report_scenario *scenario, unsigned char **bytes,
                         size_t *count)
{
    struct writer writer = { .at = NULL };
    *bytes = NULL;
    *count = 0;
    put_scenario(&writer, scenario);
    if (writer.used > REPORT_RECORD_MAX) {
        return false;
    }
    writer.at = malloc(writer.used);
    if (writer.at == NULL) {
        return false;
    }
    writer.used = 0;
    put_scenario(&writer, scenario);
    *bytes = writer.at;
    *count = writer.used;
    return true;
}

/* --- reading ------------------------------------------------------------------------- */

/* Once something is wrong all that follows is 0 and NULL. */
struct reader {
    const unsigned char *at;
    size_t left;
    bool bad;
};

static uint64_t get_number(struct reader *reader)
{
    uint64_t number = 0;
    if (reader->bad || reader->left < 8) {
        reader->bad = true;
        return 0;
    }
    for (size_t i = 0; i < 8; i++) {
        number |= (uint64_t)reader->at[i] << (8 * i);
    }
    reader->at += 8;
    reader->left -= 8;
    return number;
}

static char *get_string(struct reader *reader)
{
    uint64_t length = get_number(reader);
    if (reader->bad || length == NO_STRING) {
        return NULL;
    }
    char *text = NULL;
    if (length <= reader->left && memchr(reader->at, '\0', (size_t)length) == NULL) {
        text = malloc((size_t)length + 1);
    }
    if (text == NULL) {
        reader->bad = true;
        return NULL;
    }
    memcpy(text, reader->at, (size_t)length);
    text[length] = '\0';
    reader->at += length;
    reader->left -= (size_t)length;
    return text;
}

/* How many items of at least 8 bytes follow, and room for them. */
static void *get_array(struct reader *reader, size_t item_size, size_t *count)
{
    uint64_t wanted = get_number(reader);
    if (reader->bad || wanted == 0) {
        return NULL;
    }
    void *array = wanted <= reader->left / 8 ? calloc((size_t)wanted, item_size) : NULL;
    reader->bad = array == NULL;
    *count = array != NULL ? (size_t)wanted : 0;
    return array;
}

static void get_strings(struct reader *reader, char **strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strings[i] = get_string(reader);
        reader->bad = reader->bad || strings[i] == NULL;
    }
}

static struct report_failure *get_failure(struct reader *reader)
{
    uint64_t there = get_number(reader);
    if (reader->bad || there == 0) {
        return NULL;
    }
    struct report_failure *failure = there == 1 ? calloc(1, sizeof(*failure)) : NULL;
    if (failure == NULL) {
        reader->bad = true;
        return NULL;
    }
    failure->invariant = get_string(reader);
    failure->message = get_string(reader);
    failure->where = get_string(reader);
    failure->seed = get_number(reader);
    failure->story = get_string(reader);
    failure->command = get_string(reader);
    /* What the reports take for granted. */
    reader->bad = reader->bad || failure->invariant == NULL || failure->message == NULL ||
                  failure->command == NULL;
    return failure;
}

static void get_verdict(struct reader *reader, struct report_scenario *out)
{
    uint64_t verdict = get_number(reader);
    reader->bad = reader->bad || verdict >= REPORT_VERDICT_COUNT;
    out->verdict = reader->bad ? REPORT_PASSED : (enum report_verdict)verdict;
}

static void get_scenario(struct reader *reader, struct report_scenario *out)
{
    reader->bad = get_number(reader) != MAGIC;
    out->path = get_string(reader);
    out->name = get_string(reader);
    out->retells = get_string(reader);
    out->hazards = get_array(reader, sizeof(*out->hazards), &out->hazard_count);
    get_strings(reader, out->hazards, out->hazard_count);
    get_verdict(reader, out);
    out->seed_first = get_number(reader);
    out->seed_last = get_number(reader);
    out->run_count = get_number(reader);
    out->distinct_count = get_number(reader);
    out->trace_hash = get_number(reader);
    out->event_count = get_number(reader);
    out->simulated_ns = get_number(reader);
    out->skipped_count = get_number(reader);
    out->late_count = get_number(reader);
    out->moves = get_array(reader, sizeof(*out->moves), &out->move_count);
    for (size_t i = 0; i < out->move_count; i++) {
        out->moves[i] = get_number(reader);
    }
    out->notes = get_array(reader, sizeof(*out->notes), &out->note_count);
    get_strings(reader, out->notes, out->note_count);
    out->failure = get_failure(reader);
    out->error = get_string(reader);
}

bool report_record_read(const unsigned char *bytes, size_t count, struct report_scenario *out)
{
    struct reader reader = { .at = bytes, .left = count };
    *out = (struct report_scenario){ .verdict = REPORT_PASSED };
    get_scenario(&reader, out);
    if (reader.bad || reader.left != 0 || out->path == NULL) {
        report_scenario_release(out);
        return false;
    }
    return true;
}
