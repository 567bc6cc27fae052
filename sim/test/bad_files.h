/** Bad scenario files, and the message that each of them gives. */
#ifndef SIM_TEST_BAD_FILES_H
#define SIM_TEST_BAD_FILES_H

#include <stddef.h>

/* In both, ` stands for the double quote, so that one can read them. */
struct bad_file {
    const char *text;
    const char *message;
};

#define HEAD                                                                                       \
    "{`version`:1,`name`:`n`,`retells`:`r`,`registry`:{`redis:7`:{`id`:`redis-a`}},\n`steps`:["
#define PULL "{`pull`:`redis:7`,`caller`:`web`,`as`:`p1`}"
/* A file with these sections, these steps, these steps behind a pull, this end,
 * this fault. */
#define WITH(sections)                                                                             \
    "{`version`:1,`name`:`n`,`retells`:`r`," sections ",`steps`:[{`close`:`leave`}]}"
#define STEPS(steps) HEAD steps "]}"
#define WITH_PULL(steps) HEAD PULL ",\n" steps "]}"
#define FINALLY(end) HEAD PULL "],`finally`:" end "}"
#define FAULT(fault) HEAD PULL "],`faults`:[" fault "]}"

/** Read each file as "x.json": it is refused, with exactly its message. */
void bad_files_check(const struct bad_file *files, size_t count);

#define CHECK(files) bad_files_check(files, sizeof(files) / sizeof((files)[0]))

#endif
