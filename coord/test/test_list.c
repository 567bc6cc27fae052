/* The intrusive list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/list.h"

struct item {
    int number;
    struct dd__list link;
};

static struct item *item_of(struct dd__list *link)
{
    return DD__CONTAINER(link, struct item, link);
}

static void items_init(struct item *items, int count)
{
    for (int i = 0; i < count; i++) {
        items[i].number = i;
        dd__list_init(&items[i].link);
    }
}

/* The numbers of @head's items, forwards, as the digits of one decimal. */
static int numbers(const struct dd__list *head)
{
    struct dd__list *at;
    int digits = 0;
    DD__LIST_EACH (at, head) {
        digits = digits * 10 + item_of(at)->number;
    }
    return digits;
}

/* The same backwards, to see that the other links are right too. */
static int numbers_back(const struct dd__list *head)
{
    int digits = 0;
    for (const struct dd__list *at = head->prev; at != head; at = at->prev) {
        digits = digits * 10 + DD__CONTAINER(at, struct item, link)->number;
    }
    return digits;
}

/* A fresh head is empty and has neither a first nor a last entry. */
static void test_list_empty(void **state)
{
    (void)state;
    struct dd__list head;
    dd__list_init(&head);
    assert_true(dd__list_is_empty(&head));
    assert_null(dd__list_first(&head));
    assert_null(dd__list_last(&head));
}

/* Entries stand where they were put: last, or before another. */
static void test_list_order(void **state)
{
    (void)state;
    struct dd__list head;
    struct item items[6];
    dd__list_init(&head);
    items_init(items, 6);
    dd__list_add_last(&head, &items[2].link);
    dd__list_add_last(&head, &items[4].link);
    dd__list_add_before(&items[2].link, &items[1].link);
    dd__list_add_before(&items[4].link, &items[3].link);
    dd__list_add_last(&head, &items[5].link);
    assert_int_equal(numbers(&head), 12345);
    assert_int_equal(numbers_back(&head), 54321);
    assert_ptr_equal(dd__list_first(&head), &items[1].link);
    assert_ptr_equal(dd__list_last(&head), &items[5].link);
}

/* A removed entry is in no list, may be removed again, and may be put back. */
static void test_list_remove(void **state)
{
    (void)state;
    struct dd__list head;
    struct item items[4];
    dd__list_init(&head);
    items_init(items, 4);
    for (int i = 1; i < 4; i++) {
        dd__list_add_last(&head, &items[i].link);
    }
    assert_false(dd__list_is_empty(&items[2].link));
    dd__list_remove(&items[2].link);
    dd__list_remove(&items[2].link);
    assert_true(dd__list_is_empty(&items[2].link));
    assert_int_equal(numbers(&head), 13);
    assert_int_equal(numbers_back(&head), 31);
    dd__list_add_last(&head, &items[2].link);
    assert_int_equal(numbers(&head), 132);
}

/* The safe walk lets its body remove what it stands on. */
static void test_list_walk_and_remove(void **state)
{
    (void)state;
    struct dd__list head;
    struct item items[6];
    struct dd__list *at;
    struct dd__list *after;
    dd__list_init(&head);
    items_init(items, 6);
    for (int i = 1; i < 6; i++) {
        dd__list_add_last(&head, &items[i].link);
    }
    DD__LIST_EACH_SAFE (at, after, &head) {
        if (item_of(at)->number % 2 == 1) {
            dd__list_remove(at);
        }
    }
    assert_int_equal(numbers(&head), 24);
    DD__LIST_EACH_SAFE (at, after, &head) {
        dd__list_remove(at);
    }
    assert_true(dd__list_is_empty(&head));
}

/* Moving all keeps their order behind what was there, and empties the source. */
static void test_list_move_all(void **state)
{
    (void)state;
    struct dd__list to;
    struct dd__list from;
    struct item items[5];
    dd__list_init(&to);
    dd__list_init(&from);
    items_init(items, 5);
    dd__list_move_all(&to, &from);
    assert_true(dd__list_is_empty(&to));
    dd__list_add_last(&from, &items[1].link);
    dd__list_add_last(&from, &items[2].link);
    dd__list_move_all(&to, &from);
    assert_int_equal(numbers(&to), 12);
    assert_true(dd__list_is_empty(&from));
    dd__list_add_last(&from, &items[3].link);
    dd__list_add_last(&from, &items[4].link);
    dd__list_move_all(&to, &from);
    assert_int_equal(numbers(&to), 1234);
    assert_int_equal(numbers_back(&to), 4321);
    assert_true(dd__list_is_empty(&from));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_empty),    cmocka_unit_test(test_list_order),
        cmocka_unit_test(test_list_remove),   cmocka_unit_test(test_list_walk_and_remove),
        cmocka_unit_test(test_list_move_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
