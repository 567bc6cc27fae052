#include "sim/way_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number at the end of @text behind @mark, which is cut off. False: there is none. */
static bool cut_number(char *text, const char *mark, uint64_t *number)
{
    char *at = strrchr(text, mark[strlen(mark) - 1]);
    size_t before = strlen(mark) - 1;
    if (at == NULL || at <= text + before || strncmp(at - before, mark, before + 1) != 0 ||
        at[1] < '0' || at[1] > '9') {
        return false;
    }
    char *end;
    errno = 0;
    *number = strtoull(at + 1, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    at[-(ptrdiff_t)before] = '\0';
    return true;
}

static const char *read_move(struct sim_way_reading *reading, char *name, struct sim_way_line *out)
{
    *out = (struct sim_way_line){ .name = name, .number = 1 };
    (void)cut_number(name, " #", &out->number);
    if (out->number == 0 || out->number > SIM_WAY_NTH_MAX) {
        return "expected a number from 1 to 512 behind \"#\"";
    }
    if (reading->move_count == SIM_WAY_LINES_MAX) {
        return "expected at most 1000000 moves";
    }
    reading->move_count++;
    reading->choice_count = 0;
    return NULL;
}

static const char *read_choice(struct sim_way_reading *reading, char *label,
                               struct sim_way_line *out)
{
    *out = (struct sim_way_line){ .is_choice = true, .name = label };
    if (reading->move_count == 0) {
        return "expected \"move\" before the first \"choose\"";
    }
    if (!cut_number(label, " ", &out->number)) {
        return "expected \"choose\", a label and a number";
    }
    if (reading->choice_count == SIM_WAY_CHOICES_MAX) {
        return "expected at most 12 choices in one move";
    }
    reading->choice_count++;
    return NULL;
}

const char *sim_way_line_read(struct sim_way_reading *reading, char *line, struct sim_way_line *out)
{
    static const char move[] = "move ";
    static const char choose[] = "choose ";
    if (strncmp(line, move, strlen(move)) == 0 && line[strlen(move)] != '\0') {
        return read_move(reading, line + strlen(move), out);
    }
    if (strncmp(line, choose, strlen(choose)) == 0) {
        return read_choice(reading, line + strlen(choose), out);
    }
    return "expected \"move\" and its name, or \"choose\"";
}
