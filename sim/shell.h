/** Words for a shell: commands that are printed are there to be pasted. */
#ifndef SIM_SHELL_H
#define SIM_SHELL_H

#include <stddef.h>

/** Write @word to @out as a shell reads it back, without a zero, and return its length;
 * four bytes for each of @word's own, and two, are enough. */
size_t sim_shell_quote(char *out, const char *word);

#endif
