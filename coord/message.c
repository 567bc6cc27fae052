#include "coord/message.h"

#include <string.h>

#include "coord/memory.h"

void dd__message_release(struct dd__message *message, const struct dd_allocator *allocator)
{
    if (message->size > 0) {
        dd__free(allocator, (char *)message->text, message->size);
    }
    dd__message_init(message);
}

void dd__message_keep(struct dd__message *message, const struct dd_allocator *allocator,
                      struct dd__room room, const char *text)
{
    char redacted[DD__MESSAGE_MAX + 1];
    struct dd__text writer;
    char *block = NULL;

    dd__message_release(message, allocator);
    dd__text_init(&writer, redacted, sizeof redacted);
    dd__text_redacted(&writer, text == NULL ? "" : text);
    if (writer.length >= room.size) {
        block = writer.length == 0 ? NULL : dd__alloc(allocator, writer.length + 1);
    }
    if (block != NULL) {
        memcpy(block, redacted, writer.length + 1);
        *message = (struct dd__message){ .text = block, .size = writer.length + 1 };
    } else if (room.size > 0) {
        dd__text_init(&writer, room.at, room.size);
        dd__text_string(&writer, redacted);
        message->text = room.at;
    }
}
