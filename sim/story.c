#include "sim/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/format.h"
#include "sim/array.h"

#define LINES_MAX 90
#define FIRST_LINES 20 /* of a story that is too long */
#define LAST_LINES 40

struct text {
    char *bytes;
    size_t used;
    size_t capacity;
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format,
                                                           ...)
{
    char line[1400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    size_t length = strlen(line);
    text->bytes = sim_array_grow(text->bytes, &text->capacity, text->used + length + 1, 1);
    memcpy(text->bytes + text->used, line, length + 1);
    text->used += length;
}

static size_t story_length(const struct sim_trace *trace)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->line_count; i++) {
        count += trace->lines[i].in_story ? 1 : 0;
    }
    return count;
}

/* Of the middle of a long story, the last lines that name its subject. */
static size_t middle_start(const struct sim_trace *trace, const char *subject, size_t total)
{
    size_t place = 0;
    size_t naming = 0;
    for (size_t i = 0; i < trace->line_count; i++) {
        if (!trace->lines[i].in_story) {
            continue;
        }
        bool middle = place >= FIRST_LINES && place < total - LAST_LINES;
        naming += middle && strstr(trace->lines[i].text, subject) != NULL ? 1 : 0;
        place++;
    }
    size_t room = LINES_MAX - FIRST_LINES - LAST_LINES;
    return naming > room ? naming - room : 0;
}

static void tell_line(struct text *text, const struct sim_trace_line *line)
{
    char time[REPORT_DURATION_SIZE];
    text_add(text, "%12s  %-10s %s\n", report_duration(line->time_ns, time), line->who, line->text);
}

static void tell_gap(struct text *text, size_t count)
{
    if (count > 0) {
        text_add(text, "%12s  (%zu line%s left out)\n", "...", count, report_plural(count));
    }
}

char *sim_story_tell(const struct sim_trace *trace, const char *subject)
{
    struct text text = { .bytes = NULL };
    size_t total = story_length(trace);
    bool whole = total <= LINES_MAX;
    size_t skipped_naming = whole || *subject == '\0' ? 0 : middle_start(trace, subject, total);
    size_t place = 0;
    size_t naming = 0;
    size_t gap = 0;
    size_t forgotten = trace->forgotten_count;
    text_add(&text, "%s", "");
    for (size_t i = 0; i < trace->line_count; i++) {
        const struct sim_trace_line *line = &trace->lines[i];
        if (!line->in_story) {
            continue;
        }
        bool shown = whole || place < FIRST_LINES || place >= total - LAST_LINES;
        if (!shown && *subject != '\0' && strstr(line->text, subject) != NULL) {
            shown = naming++ >= skipped_naming;
        }
        if (shown) {
            /* What was forgotten lay in the middle, and so does the first gap. */
            tell_gap(&text, gap > 0 ? gap + forgotten : 0);
            forgotten = gap > 0 ? 0 : forgotten;
            tell_line(&text, line);
        }
        gap = shown ? 0 : gap + 1;
        place++;
    }
    return text.bytes;
}

static const struct sim_trace_line *line_at(const struct sim_trace *trace, size_t index)
{
    return index < trace->line_count ? &trace->lines[index] : NULL;
}

char *sim_story_compare(const struct sim_trace *one, const struct sim_trace *other)
{
    struct text text = { .bytes = NULL };
    size_t i = 0;
    while (i < one->line_count && i < other->line_count &&
           one->lines[i].hash == other->lines[i].hash) {
        i++;
    }
    const struct sim_trace_line *a = line_at(one, i);
    const struct sim_trace_line *b = line_at(other, i);
    char time[REPORT_DURATION_SIZE];
    if (a == NULL && b == NULL) {
        text_add(&text, "the traces differed, but not when they were looked at");
        return text.bytes;
    }
    report_duration(a != NULL ? a->time_ns : b->time_ns, time);
    text_add(&text, "entry %zu, at %s: once \"%s: %s\", once \"%s: %s\"", i + 1, time,
             a != NULL ? a->who : "nothing", a != NULL ? a->text : "the end",
             b != NULL ? b->who : "nothing", b != NULL ? b->text : "the end");
    if (a != NULL && b != NULL && a->detail != NULL && b->detail != NULL) {
        text_add(&text, " (once with %s; once with %s)", a->detail, b->detail);
    }
    return text.bytes;
}
