/** Bytes of others (paths, messages) in reports that must be UTF-8. */
#ifndef REPORT_UTF8_H
#define REPORT_UTF8_H

#include <stddef.h>

/** How many bytes at @text are one well-formed UTF-8 character; 0: they are none.
 * @text ends with a NUL, which counts as a character. */
size_t report_utf8_length(const unsigned char *text);

#endif
