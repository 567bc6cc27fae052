/**
 * A small reader of XML for tests: is it well formed, and what is in it. No entities
 * but the five and numbers, no DTD, no namespaces.
 */
#ifndef REPORT_TEST_XML_H
#define REPORT_TEST_XML_H

#include <stddef.h>

#define XML_ATTRIBUTES_MAX 8

struct xml {
    char *name;
    char *text; /* all character data that is directly in it, in one */
    struct {
        char *name;
        char *value;
    } attributes[XML_ATTRIBUTES_MAX];
    size_t attribute_count;
    struct xml *first; /* child */
    struct xml *next;  /* sibling */
};

/** The root; fails the test that calls it if @text is not well formed. */
struct xml *xml_read(const char *text);
void xml_free(struct xml *element);

/** NULL: there is none. */
const char *xml_attribute(const struct xml *element, const char *name);

/** The @index-th child called @name; NULL. */
const struct xml *xml_child(const struct xml *element, const char *name, size_t index);

#endif
