#include "reports/test/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/utf8.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

static char *copy(const char *bytes, size_t size)
{
    char *text = malloc(size + 1);
    assert_non_null(text);
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

static void expect(const char **at, const char *text)
{
    if (strncmp(*at, text, strlen(text)) != 0) {
        fail_msg("expected \"%s\" at \"%.40s\"", text, *at);
    }
    *at += strlen(text);
}

static void skip_space(const char **at)
{
    *at += strspn(*at, " \t\n");
}

static char *read_name(const char **at)
{
    size_t length = strspn(*at, NAME_CHARACTERS);
    assert_true(length > 0);
    char *name = copy(*at, length);
    *at += length;
    return name;
}

/* One character, its reference resolved; what XML cannot have fails the test. */
static size_t read_character(const char **at, char *out)
{
    static const struct {
        const char *entity;
        char is;
    } rows[] = { { "&amp;", '&' },   { "&lt;", '<' },   { "&gt;", '>' }, { "&quot;", '"' },
                 { "&apos;", '\'' }, { "&#10;", '\n' }, { "&#9;", '\t' } };
    const unsigned char *bytes = (const unsigned char *)*at;
    if (**at == '&') {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (strncmp(*at, rows[i].entity, strlen(rows[i].entity)) == 0) {
                *out = rows[i].is;
                *at += strlen(rows[i].entity);
                return 1;
            }
        }
        fail_msg("no entity: \"%.10s\"", *at);
    }
    size_t length = report_utf8_length(bytes);
    if (length == 0 || (*bytes < 0x20 && *bytes != '\t' && *bytes != '\n') ||
        (length == 3 && bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe)) {
        fail_msg("a character that XML cannot have: %02x", *bytes);
    }
    memcpy(out, *at, length);
    *at += length;
    return length;
}

static char *read_until(const char **at, const char *stops)
{
    char *text = malloc(strlen(*at) + 1);
    size_t used = 0;
    assert_non_null(text);
    while (strchr(stops, **at) == NULL) {
        used += read_character(at, text + used);
    }
    text[used] = '\0';
    return text;
}

static void read_attributes(struct xml *element, const char **at)
{
    for (;;) {
        skip_space(at);
        if (**at == '>' || **at == '/') {
            return;
        }
        size_t index = element->attribute_count;
        assert_true(index < XML_ATTRIBUTES_MAX);
        char *name = read_name(at);
        assert_null(xml_attribute(element, name));
        expect(at, "=\"");
        element->attributes[index].value = read_until(at, "\"<");
        element->attributes[index].name = name;
        element->attribute_count++;
        expect(at, "\"");
    }
}

static void add_text(struct xml *element, char *text)
{
    size_t before = strlen(element->text);
    element->text = realloc(element->text, before + strlen(text) + 1);
    assert_non_null(element->text);
    memcpy(element->text + before, text, strlen(text) + 1);
    free(text);
}

static struct xml *read_element(const char **at)
{
    struct xml *element = calloc(1, sizeof(*element));
    struct xml **last;
    assert_non_null(element);
    last = &element->first;
    element->text = copy("", 0);
    expect(at, "<");
    element->name = read_name(at);
    read_attributes(element, at);
    if (**at == '/') {
        expect(at, "/>");
        return element;
    }
    expect(at, ">");
    while (strncmp(*at, "</", 2) != 0) {
        if (**at == '<') {
            *last = read_element(at);
            last = &(*last)->next;
        } else {
            assert_true(**at != '\0');
            assert_int_not_equal(strncmp(*at, "]]>", 3), 0);
            add_text(element, read_until(at, "<"));
        }
    }
    expect(at, "</");
    expect(at, element->name);
    expect(at, ">");
    return element;
}

struct xml *xml_read(const char *text)
{
    expect(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    struct xml *root = read_element(&text);
    skip_space(&text);
    assert_string_equal(text, "");
    return root;
}

void xml_free(struct xml *element)
{
    while (element != NULL) {
        struct xml *next = element->next;
        for (size_t i = 0; i < element->attribute_count; i++) {
            free(element->attributes[i].name);
            free(element->attributes[i].value);
        }
        xml_free(element->first);
        free(element->name);
        free(element->text);
        free(element);
        element = next;
    }
}

const char *xml_attribute(const struct xml *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0) {
            return element->attributes[i].value;
        }
    }
    return NULL;
}

const struct xml *xml_child(const struct xml *element, const char *name, size_t index)
{
    for (const struct xml *child = element->first; child != NULL; child = child->next) {
        if (strcmp(child->name, name) == 0 && index-- == 0) {
            return child;
        }
    }
    return NULL;
}
