/** The table of image states × events, as the documentation prints it. */
#ifndef COORD_TEST_STATES_H
#define COORD_TEST_STATES_H

#include <stddef.h>

/** Write the table in Markdown into @out, cut at @size. */
void states_render(char *out, size_t size);

#endif
