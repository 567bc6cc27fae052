/* A result as JUnit XML, held against the rules of the schema that most readers of it
 * go by (junit-10.xsd): which elements stand in which, with which attributes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/junit.h"
#include "reports/test/results.h"
#include "reports/test/xml.h"

#define NAMES_MAX 14

/* An element: what may stand in it, what it must and what it may be marked with. */
static const struct rule {
    const char *name;
    const char *children[NAMES_MAX];
    const char *required[NAMES_MAX];
    const char *optional[NAMES_MAX];
    bool text;
} rules[] = {
    { "testsuites",
      { "testsuite" },
      { NULL },
      { "name", "time", "tests", "failures", "errors" },
      false },
    { "testsuite",
      { "testsuite", "properties", "testcase", "system-out", "system-err" },
      { "name", "tests", "failures", "errors" },
      { "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log",
        "url" },
      false },
    { "testcase",
      { "skipped", "error", "failure", "system-out", "system-err" },
      { "name" },
      { "time", "classname", "group" },
      false },
    { "skipped", { NULL }, { NULL }, { "type", "message" }, true },
    { "failure", { NULL }, { NULL }, { "type", "message" }, true },
    { "error", { NULL }, { NULL }, { "type", "message" }, true },
    { "system-out", { NULL }, { NULL }, { NULL }, true },
};

static bool is_among(const char *name, const char *const names[NAMES_MAX])
{
    for (size_t i = 0; i < NAMES_MAX && names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct rule *rule_of(const struct xml *element)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].name, element->name) == 0) {
            return &rules[i];
        }
    }
    fail_msg("no element of JUnit's: %s", element->name);
    return NULL;
}

static void check_attributes(const struct xml *element, const struct rule *rule)
{
    for (size_t i = 0; i < NAMES_MAX && rule->required[i] != NULL; i++) {
        if (xml_attribute(element, rule->required[i]) == NULL) {
            fail_msg("%s has no %s", element->name, rule->required[i]);
        }
    }
    for (size_t i = 0; i < element->attribute_count; i++) {
        const char *name = element->attributes[i].name;
        if (!is_among(name, rule->required) && !is_among(name, rule->optional)) {
            fail_msg("%s may not have %s", element->name, name);
        }
    }
    const char *time = xml_attribute(element, "time");
    assert_true(time == NULL || strcmp(time, "0") == 0);
}

static void check_schema(const struct xml *element)
{
    const struct rule *rule = rule_of(element);
    check_attributes(element, rule);
    if (!rule->text) {
        assert_int_equal(strspn(element->text, " \n"), strlen(element->text));
    }
    for (const struct xml *child = element->first; child != NULL; child = child->next) {
        if (!is_among(child->name, rule->children)) {
            fail_msg("%s may not stand in %s", child->name, element->name);
        }
        check_schema(child);
    }
}

static size_t number_at(const struct xml *element, const char *name)
{
    const char *text = xml_attribute(element, name);
    assert_non_null(text);
    assert_int_equal(strspn(text, "0123456789"), strlen(text));
    return (size_t)strtoul(text, NULL, 10);
}

/* The numbers say what is there. */
static void check_counts(const struct xml *root)
{
    size_t all[3] = { 0, 0, 0 };
    const struct xml *suite;
    const struct xml *one;
    for (size_t i = 0; (suite = xml_child(root, "testsuite", i)) != NULL; i++) {
        size_t here[3] = { 0, 0, 0 };
        size_t skipped = 0;
        for (size_t k = 0; (one = xml_child(suite, "testcase", k)) != NULL; k++) {
            here[0]++;
            here[1] += xml_child(one, "failure", 0) != NULL ? 1 : 0;
            here[2] += xml_child(one, "error", 0) != NULL ? 1 : 0;
            skipped += xml_child(one, "skipped", 0) != NULL ? 1 : 0;
        }
        assert_int_equal(number_at(suite, "tests"), here[0]);
        assert_int_equal(number_at(suite, "failures"), here[1]);
        assert_int_equal(number_at(suite, "errors"), here[2]);
        if (skipped > 0 || xml_attribute(suite, "skipped") != NULL) {
            assert_int_equal(number_at(suite, "skipped"), skipped);
        }
        for (size_t k = 0; k < 3; k++) {
            all[k] += here[k];
        }
    }
    assert_int_equal(number_at(root, "tests"), all[0]);
    assert_int_equal(number_at(root, "failures"), all[1]);
    assert_int_equal(number_at(root, "errors"), all[2]);
}

static char *as_text(const struct report_result *result)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    report_junit(file, result);
    assert_false(ferror(file));
    return results_text(file);
}

static struct xml *as_xml(const struct report_result *result)
{
    char *text = as_text(result);
    struct xml *root = xml_read(text);
    check_schema(root);
    check_counts(root);
    free(text);
    return root;
}

/* A suite for each folder, in the order in which they come; a case for each file. */
static void test_junit_suites(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_passed(&result, "s/a/one.json");
    (void)results_add_failed(&result, "s/b/two.json");
    (void)results_add_passed(&result, "alone.json");
    (void)results_add_invalid(&result, "s/a/three.json");
    struct xml *root = as_xml(&result);
    assert_string_equal(root->name, "testsuites");
    const struct xml *suite = xml_child(root, "testsuite", 0);
    assert_string_equal(xml_attribute(suite, "name"), "s/a");
    assert_int_equal(number_at(suite, "tests"), 2);
    const struct xml *one = xml_child(suite, "testcase", 0);
    assert_string_equal(xml_attribute(one, "name"), "one.json");
    assert_string_equal(xml_attribute(one, "classname"), "s/a");
    assert_non_null(strstr(xml_child(one, "system-out", 0)->text,
                           "two \"callers\"\nretells: an incident\n"
                           "note: steps[1] never happened\n1,000 runs, 998 distinct, "
                           "123,456 events, 3m0s simulated, trace hash 0000000000000abc\n"));
    const struct xml *error = xml_child(xml_child(suite, "testcase", 1), "error", 0);
    assert_string_equal(xml_attribute(error, "type"), "invalid");
    assert_string_equal(xml_attribute(error, "message"), "s/c.json:1:1: what");
    assert_string_equal(xml_attribute(xml_child(root, "testsuite", 1), "name"), "s/b");
    assert_string_equal(xml_attribute(xml_child(root, "testsuite", 2), "name"), ".");
    assert_null(xml_child(root, "testsuite", 3));
    xml_free(root);
    report_result_release(&result);
}

/* A failure has its story, and the command to paste at its end. */
static void test_junit_failure(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_failed(&result, "s/b.json");
    struct report_scenario *other = results_add_failed(&result, "s/c.json");
    other->verdict = REPORT_NONDETERMINISTIC;
    free(other->failure->where);
    free(other->failure->story);
    other->failure->where = other->failure->story = NULL;
    struct xml *root = as_xml(&result);
    const struct xml *suite = xml_child(root, "testsuite", 0);
    const struct xml *failure = xml_child(xml_child(suite, "testcase", 0), "failure", 0);
    assert_string_equal(xml_attribute(failure, "type"), "S1");
    assert_string_equal(xml_attribute(failure, "message"), "it is gone");
    assert_string_equal(failure->text, "with seed 18446744073709551615:\n"
                                       "  1s  web-1  asks\n"
                                       "  2s  engine  does\n"
                                       "\n"
                                       "S1: it is gone\n"
                                       "at s/b.json:3: finally\n"
                                       "\n"
                                       "to replay it:\n"
                                       "drydock run s/b.json --seed 7\n");
    failure = xml_child(xml_child(suite, "testcase", 1), "failure", 0);
    assert_string_equal(failure->text, "with seed 18446744073709551615:\n\nS1: it is gone\n\n"
                                       "to replay it:\ndrydock run s/b.json --seed 7\n");
    xml_free(root);
    report_result_release(&result);
}

/* What a real engine cannot be brought to is neither passed nor failed, and says why. */
static void test_junit_skipped(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_skipped(&result, "s/a.json");
    (void)results_add_passed(&result, "s/b.json");
    (void)results_add_skipped(&result, "s/c.json");
    struct xml *root = as_xml(&result);
    const struct xml *suite = xml_child(root, "testsuite", 0);
    assert_int_equal(number_at(suite, "tests"), 3);
    assert_int_equal(number_at(suite, "skipped"), 2);
    assert_int_equal(number_at(suite, "failures") + number_at(suite, "errors"), 0);
    const struct xml *one = xml_child(suite, "testcase", 0);
    assert_string_equal(xml_attribute(xml_child(one, "skipped", 0), "message"),
                        "nobody can hold its answers back");
    assert_null(xml_child(one, "system-out", 0));
    xml_free(root);
    report_result_release(&result);
}

/* What has a meaning in XML is escaped; what XML cannot have is replaced, byte by byte. */
static void test_junit_escapes(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    struct report_scenario *scenario = results_add_failed(&result, "a&b<c>\"\t\n\x01.json");
    free(scenario->failure->message);
    scenario->failure->message =
        results_copy("]]>\x1b[31m \xff\xed\xa0\x80 \xef\xbf\xbf \xe2\x82\xac");
    struct xml *root = as_xml(&result);
    const struct xml *one = xml_child(xml_child(root, "testsuite", 0), "testcase", 0);
    assert_string_equal(xml_attribute(one, "name"), "a&b<c>\"\t\n\xef\xbf\xbd.json");
    assert_string_equal(xml_attribute(xml_child(one, "failure", 0), "message"),
                        "]]>\xef\xbf\xbd[31m \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xe2\x82\xac");
    xml_free(root);
    report_result_release(&result);
}

/* A result that is not whole says so: no reader takes it for one that passed. */
static void test_junit_interrupted(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    result.interrupted = true;
    struct xml *root = as_xml(&result);
    const struct xml *one = xml_child(xml_child(root, "testsuite", 0), "testcase", 0);
    assert_string_equal(xml_attribute(xml_child(one, "error", 0), "type"), "interrupted");
    xml_free(root);
    result.interrupted = false;
    root = as_xml(&result);
    assert_null(root->first);
    xml_free(root);
    report_result_release(&result);
}

/* The same result gives the same bytes. */
static void test_junit_is_reproducible(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_passed(&result, "s/a.json");
    (void)results_add_failed(&result, "s/b.json");
    char *one = as_text(&result);
    char *other = as_text(&result);
    assert_string_equal(one, other);
    free(one);
    free(other);
    report_result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_junit_suites),      cmocka_unit_test(test_junit_failure),
        cmocka_unit_test(test_junit_skipped),     cmocka_unit_test(test_junit_escapes),
        cmocka_unit_test(test_junit_interrupted), cmocka_unit_test(test_junit_is_reproducible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
