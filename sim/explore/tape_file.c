/* Tapes as files: written, read back line by line, and held against their scenario. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/explorable.h"
#include "sim/explore/tape.h"
#include "sim/hash.h"

#define LINE_MAX_BYTES 65536
#define FILE_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define HEAD "drydock tape "
#define VERSION "1"

/* --- the scenario's digest --------------------------------------------------------- */

uint64_t sim_scenario_digest(const struct sim_scenario *scenario)
{
    static const char *const no_part[] = { "$schema", "name", "retells", "hazards" };
    cJSON *json = cJSON_ParseWithLength(scenario->text, scenario->text_size);
    for (size_t i = 0; i < sizeof(no_part) / sizeof(no_part[0]); i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(json, no_part[i]);
    }
    char *text = cJSON_PrintUnformatted(json);
    uint64_t digest = sim_hash_finish(sim_hash_string(SIM_HASH_START, text));
    cJSON_free(text);
    cJSON_Delete(json);
    return digest;
}

/* --- writing ------------------------------------------------------------------------ */

static void write_text(const char *text, FILE *out)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        (void)fprintf(out, "| %.*s\n", (int)length, text);
        text += length + (text[length] != '\0' ? 1 : 0);
    }
}

void sim_way_tape_write_lines(const struct sim_way_tape *tape, FILE *out)
{
    for (size_t i = 0; i < tape->count; i++) {
        const struct sim_tape_move *move = &tape->moves[i];
        (void)fprintf(out, "move %s", move->name);
        /* A name that could be taken for one with a number has one. */
        if (move->nth > 1 || strstr(move->name, " #") != NULL) {
            (void)fprintf(out, " #%u", move->nth);
        }
        (void)fputc('\n', out);
        for (size_t k = 0; k < move->choice_count; k++) {
            (void)fprintf(out, "choose %s %" PRIu64 "\n", move->choices[k].label,
                          move->choices[k].answer);
        }
    }
}

void sim_way_tape_write(const struct sim_way_tape *tape, FILE *out)
{
    (void)fprintf(out, HEAD VERSION "\nscenario %s\n", tape->path);
    if (tape->text != NULL) {
        write_text(tape->text, out);
    } else {
        (void)fprintf(out, "digest %016" PRIx64 "\n", tape->digest);
    }
    sim_way_tape_write_lines(tape, out);
    (void)fputs(tape->finished ? "finish\n" : "stop\n", out);
}

/* --- reading -------------------------------------------------------------------------- */

struct reading {
    struct sim_way_tape *tape;
    size_t text_size;
    size_t text_capacity;
    unsigned line_count;
    struct sim_way_reading way;
    bool digested;
    bool ended;
};

static bool begins(const char *line, const char *word, const char **rest)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0) {
        return false;
    }
    *rest = line + length;
    return true;
}

static const char *read_version(const char *line)
{
    const char *rest;
    if (!begins(line, HEAD, &rest)) {
        return "expected \"" HEAD VERSION "\": this is no tape";
    }
    return strcmp(rest, VERSION) == 0 ? NULL
                                      : "expected \"" HEAD VERSION
                                        "\": this tape is of another version of drydock";
}

static const char *read_path(struct reading *reading, const char *line)
{
    const char *rest;
    if (!begins(line, "scenario ", &rest) || *rest == '\0') {
        return "expected \"scenario\" and the path of its file";
    }
    reading->tape->path = fake_memory_copy(rest);
    return NULL;
}

static const char *read_digest(struct reading *reading, const char *text)
{
    char *end;
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
        return "expected \"digest\" and 16 hex digits";
    }
    reading->tape->digest = strtoull(text, &end, 16);
    reading->digested = true;
    return NULL;
}

static void read_text(struct reading *reading, const char *text)
{
    struct sim_way_tape *tape = reading->tape;
    size_t length = strlen(text);
    tape->text =
        sim_array_grow(tape->text, &reading->text_capacity, reading->text_size + length + 2, 1);
    memcpy(tape->text + reading->text_size, text, length);
    reading->text_size += length;
    tape->text[reading->text_size++] = '\n';
    tape->text[reading->text_size] = '\0';
}

/* A move, or a choice in the last one. */
static const char *read_step(struct reading *reading, char *line)
{
    struct sim_way_line read;
    const char *wrong = sim_way_line_read(&reading->way, line, &read);
    if (wrong == NULL) {
        sim_way_tape_add_line(reading->tape, &read);
    }
    return wrong;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct reading *reading, char *line)
{
    struct sim_way_tape *tape = reading->tape;
    const char *rest;
    reading->line_count++;
    if (reading->line_count == 1) {
        return read_version(line);
    }
    if (reading->line_count == 2) {
        return read_path(reading, line);
    }
    if (reading->ended) {
        return "expected nothing after the end";
    }
    bool begun = tape->count > 0;
    if (!begun && !reading->digested && tape->text == NULL && begins(line, "digest ", &rest)) {
        return read_digest(reading, rest);
    }
    if (!begun && !reading->digested && begins(line, "| ", &rest)) {
        read_text(reading, rest);
        return NULL;
    }
    if (!reading->digested && tape->text == NULL) {
        return "expected \"digest\" of the scenario, or the scenario itself behind \"|\"";
    }
    bool is_move = begins(line, "move ", &rest) && *rest != '\0';
    if (is_move || (begun && begins(line, "choose ", &rest))) {
        return read_step(reading, line);
    }
    reading->ended = strcmp(line, "finish") == 0 || strcmp(line, "stop") == 0;
    tape->finished = strcmp(line, "finish") == 0;
    return reading->ended ? NULL : "expected \"move\", \"choose\", \"finish\" or \"stop\"";
}

static const char *read_lines(struct reading *reading, const char *bytes, size_t size)
{
    char line[LINE_MAX_BYTES];
    const char *wrong = NULL;
    while (wrong == NULL && size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t length = newline != NULL ? (size_t)(newline - bytes) : size;
        if (newline == NULL || length >= sizeof(line) || memchr(bytes, '\0', length) != NULL) {
            reading->line_count++;
            return newline == NULL          ? "the tape is cut off: this line does not end"
                   : length >= sizeof(line) ? "expected a line of less than 65536 bytes"
                                            : "expected text, found a NUL";
        }
        memcpy(line, bytes, length);
        line[length] = '\0';
        wrong = read_line(reading, line);
        bytes += length + 1;
        size -= length + 1;
    }
    if (wrong == NULL && !reading->ended) {
        reading->line_count++;
        wrong = "the tape is cut off: expected \"finish\" or \"stop\" at its end";
    }
    return wrong;
}

bool sim_way_tape_parse(const char *path, const char *bytes, size_t size, struct sim_way_tape *out,
                        char message[SIM_TAPE_MESSAGE_SIZE])
{
    struct reading reading = { .tape = out };
    *out = (struct sim_way_tape){ .path = NULL };
    const char *wrong = read_lines(&reading, bytes, size);
    if (wrong != NULL) {
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE, "%.300s:%u: %s", path, reading.line_count,
                       wrong);
        sim_way_tape_release(out);
    }
    return wrong == NULL;
}

bool sim_way_tape_read(const char *path, struct sim_way_tape *out,
                       char message[SIM_TAPE_MESSAGE_SIZE])
{
    char *bytes = NULL;
    size_t size = 0;
    size_t capacity = 0;
    size_t more = 1;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE, "%.300s: cannot be opened: %s", path,
                       strerror(errno));
        return false;
    }
    while (more > 0 && size <= FILE_MAX_BYTES) {
        bytes = sim_array_grow(bytes, &capacity, size + 65536, 1);
        more = fread(bytes + size, 1, 65536, file);
        size += more;
    }
    bool failed = ferror(file) != 0;
    int problem = errno;
    (void)fclose(file);
    bool fine = false;
    if (failed || size > FILE_MAX_BYTES) {
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE, "%.300s: %s", path,
                       failed ? strerror(problem) : "expected at most 64 MB");
    } else {
        fine = sim_way_tape_parse(path, bytes, size, out, message);
    }
    fake_memory_free(bytes);
    return fine;
}

/* --- its scenario ----------------------------------------------------------------------- */

struct sim_scenario *sim_way_tape_scenario(const char *path, const struct sim_way_tape *tape,
                                           char message[SIM_TAPE_MESSAGE_SIZE])
{
    struct sim_error error;
    char problem[768];
    struct sim_scenario *scenario =
        tape->text != NULL ? sim_scenario_parse(tape->path, tape->text, strlen(tape->text), &error)
                           : sim_scenario_read(tape->path, &error);
    if (scenario == NULL) {
        sim_error_format(tape->path, &error, problem, sizeof(problem));
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE, "%.200s: the scenario%s: %s", path,
                       tape->text != NULL ? " in it" : "", problem);
        return NULL;
    }
    if (tape->text == NULL && sim_scenario_digest(scenario) != tape->digest) {
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE,
                       "%.200s:3: the tape is of another scenario: %.300s does not say what it "
                       "said when this was recorded",
                       path, tape->path);
        sim_scenario_destroy(scenario);
        return NULL;
    }
    if (!sim_scenario_is_explorable(scenario, problem)) {
        (void)snprintf(message, SIM_TAPE_MESSAGE_SIZE, "%.200s: the scenario: %s", path, problem);
        sim_scenario_destroy(scenario);
        return NULL;
    }
    return scenario;
}
