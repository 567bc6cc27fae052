#include "coord/backend/buffer.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 1024

enum dd_status dd__buffer_add(struct dd__buffer *buffer, const char *bytes, size_t size,
                              size_t size_max)
{
    if (buffer->size > size_max || size > size_max - buffer->size) {
        return DD_EINVAL;
    }
    if (buffer->capacity - buffer->size <= size) {
        size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;
        char *at;

        while (capacity - buffer->size <= size) {
            capacity *= 2; /* bounds are far from a size_t's end */
        }
        at = realloc(buffer->at, capacity);
        if (at == NULL) {
            return DD_ENOMEM;
        }
        buffer->at = at;
        buffer->capacity = capacity;
    }
    memcpy(buffer->at + buffer->size, bytes, size);
    buffer->size += size;
    buffer->at[buffer->size] = '\0';
    return DD_OK;
}

void dd__buffer_clear(struct dd__buffer *buffer)
{
    buffer->size = 0;
}

void dd__buffer_release(struct dd__buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct dd__buffer){ .at = NULL };
}
