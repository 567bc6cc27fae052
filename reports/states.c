#include "reports/states.h"

#include <string.h>

#include "reports/format.h"

#define COLUMN 12

struct report_reached report_table_reached(const struct report_result *result, size_t cell)
{
    struct report_reached reached = { .count = 0 };
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct report_scenario *scenario = &result->scenarios[i];
        uint64_t count = cell < scenario->move_count ? scenario->moves[cell] : 0;
        if (count > 0 && reached.first == NULL) {
            reached.first = scenario->path;
        }
        reached.count += count;
    }
    return reached;
}

static int widest(const char *const *texts, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(texts[i]);
        width = length > width ? length : width;
    }
    return (int)width;
}

/* An empty cell is ".": it cannot be. A 0 could be, and never was. */
static void put_counts(FILE *out, const struct report_result *result)
{
    const struct report_table *table = result->table;
    static const char *const heading[] = { "what happens to an image that is" };
    int rows = widest(table->happenings, table->happening_count);
    int width = rows > widest(heading, 1) ? rows : widest(heading, 1);
    char number[REPORT_COUNT_SIZE];
    (void)fprintf(out, "%-*s", width, heading[0]);
    for (size_t i = 0; i < table->state_count; i++) {
        (void)fprintf(out, " %*s", COLUMN, table->states[i]);
    }
    for (size_t i = 0; i < table->happening_count * table->state_count; i++) {
        if (i % table->state_count == 0) {
            (void)fprintf(out, "\n%-*s", width, table->happenings[i / table->state_count]);
        }
        const char *text = table->next[i] != NULL
                               ? report_count(report_table_reached(result, i).count, number)
                               : ".";
        (void)fprintf(out, " %*s", COLUMN, text);
    }
    (void)fputs("\n\n", out);
}

void report_states(FILE *out, const struct report_result *result)
{
    const struct report_table *table = result->table;
    int states = widest(table->states, table->state_count);
    int happenings = widest(table->happenings, table->happening_count);
    size_t legal = 0;
    size_t reached_count = 0;
    put_counts(out, result);
    for (size_t i = 0; i < table->happening_count * table->state_count; i++) {
        if (table->next[i] == NULL) {
            continue;
        }
        struct report_reached reached = report_table_reached(result, i);
        (void)fprintf(out, "%-*s  %-*s  -> %-*s  %s%s\n", states,
                      table->states[i % table->state_count], happenings,
                      table->happenings[i / table->state_count], states, table->next[i],
                      reached.first != NULL ? "first in " : "never",
                      reached.first != NULL ? reached.first : "");
        legal++;
        reached_count += reached.count > 0 ? 1 : 0;
    }
    (void)fprintf(out, "%zu of %zu cells reached\n", reached_count, legal);
}
