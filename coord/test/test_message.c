/* The engine's words about a failure, kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/message.h"
#include "coord/test/heap.h"

#define ROOM 16

struct kept {
    struct test_heap heap;
    struct dd_allocator allocator;
    struct dd__message message;
    char room[ROOM];
};

static void keep(struct kept *kept, size_t room, const char *text)
{
    dd__message_keep(&kept->message, &kept->allocator, (struct dd__room){ kept->room, room }, text);
}

static void begin(struct kept *kept)
{
    kept->allocator = test_heap_init(&kept->heap);
    dd__message_init(&kept->message);
}

/* What fits into the room needs no memory. */
static void test_message_in_its_room(void **state)
{
    (void)state;
    struct kept kept;
    begin(&kept);
    keep(&kept, ROOM, "123456789012345");
    assert_string_equal(kept.message.text, "123456789012345");
    assert_ptr_equal(kept.message.text, kept.room);
    assert_int_equal(kept.heap.calls, 0);
}

/* What does not has a block that is as large as it needs. */
static void test_message_in_a_block(void **state)
{
    (void)state;
    struct kept kept;
    begin(&kept);
    keep(&kept, ROOM, "1234567890123456");
    assert_string_equal(kept.message.text, "1234567890123456");
    assert_int_equal(kept.heap.live_bytes, 17);
    dd__message_release(&kept.message, &kept.allocator);
    assert_string_equal(kept.message.text, "");
    assert_int_equal(kept.heap.live_blocks, 0);
    assert_int_equal(kept.heap.wrong_sizes, 0);
}

/* Without memory the room has to do; without room nothing is kept. */
static void test_message_without_memory(void **state)
{
    (void)state;
    struct kept kept;
    begin(&kept);
    kept.heap.calls_left = 0;
    keep(&kept, ROOM, "12345678901234\xc3\xa4 and more");
    assert_string_equal(kept.message.text, "12345678901234");
    keep(&kept, 0, "anything");
    assert_string_equal(kept.message.text, "");
}

/* A new text takes the place of the old one; nothing said is nothing kept. */
static void test_message_again(void **state)
{
    (void)state;
    struct kept kept;
    begin(&kept);
    keep(&kept, 0, "the first");
    keep(&kept, 0, "the second one");
    assert_string_equal(kept.message.text, "the second one");
    assert_int_equal(kept.heap.live_blocks, 1);
    keep(&kept, 0, NULL);
    assert_string_equal(kept.message.text, "");
    assert_int_equal(kept.heap.live_blocks, 0);
    keep(&kept, 0, "");
    assert_int_equal(kept.heap.live_blocks, 0);
}

/* It is bounded, and without secrets. */
static void test_message_is_redacted_and_bounded(void **state)
{
    (void)state;
    struct kept kept;
    char text[1500] = "Get \"http://bob:hunter2@r.io/\": ";
    begin(&kept);
    memset(text + strlen(text), 'x', 1000);
    keep(&kept, ROOM, text);
    assert_int_equal(strlen(kept.message.text), DD__MESSAGE_MAX);
    assert_int_equal(strncmp(kept.message.text, "Get \"http://***@r.io/\": xxx", 26), 0);
    dd__message_release(&kept.message, &kept.allocator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_in_its_room),
        cmocka_unit_test(test_message_in_a_block),
        cmocka_unit_test(test_message_without_memory),
        cmocka_unit_test(test_message_again),
        cmocka_unit_test(test_message_is_redacted_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
