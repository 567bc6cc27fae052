/* Tar, as POSIX has it (ustar): as much of it as image layers and archives need. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/live/image.h"

#define BLOCK 512
#define NAME_MAX_SIZE 100

/* The fields of a header, in its order. */
struct header {
    char name[NAME_MAX_SIZE];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char padding[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

/* Octal, with zeros in front and a NUL behind. */
static void put_octal(char *field, size_t width, unsigned long long number)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%0*llo", (int)width - 1, number);
    assert(length == (int)width - 1);
    memcpy(field, text, width);
}

/* Over all bytes of the header, those of the checksum taken as spaces. */
static void put_checksum(struct header *header)
{
    unsigned char raw[BLOCK];
    unsigned long long sum = 0;
    memset(header->checksum, ' ', sizeof(header->checksum));
    memcpy(raw, header, sizeof(raw));
    for (size_t i = 0; i < sizeof(raw); i++) {
        sum += raw[i];
    }
    put_octal(header->checksum, sizeof(header->checksum) - 1, sum);
}

void sim_live_tar_file(struct fake_bytes *tar, const char *path, unsigned mode, const void *bytes,
                       size_t size)
{
    struct header header;
    size_t length = strlen(path);
    assert(length > 0 && length < sizeof(header.name));
    memset(&header, 0, sizeof(header));
    memcpy(header.name, path, length);
    put_octal(header.mode, sizeof(header.mode), mode);
    put_octal(header.uid, sizeof(header.uid), 0);
    put_octal(header.gid, sizeof(header.gid), 0);
    put_octal(header.size, sizeof(header.size), size);
    put_octal(header.mtime, sizeof(header.mtime), 0);
    header.type = path[length - 1] == '/' ? '5' : '0';
    memcpy(header.magic, "ustar", sizeof("ustar"));
    memcpy(header.version, "00", sizeof(header.version));
    put_checksum(&header);
    fake_bytes_add(tar, &header, sizeof(header));
    if (size > 0) {
        fake_bytes_add(tar, bytes, size);
    }
    fake_bytes_repeat(tar, '\0', (BLOCK - size % BLOCK) % BLOCK);
}

void sim_live_tar_end(struct fake_bytes *tar)
{
    fake_bytes_repeat(tar, '\0', (size_t)2 * BLOCK);
}
