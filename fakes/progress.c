#include "fakes/progress.h"

#include <stddef.h>

#include "fakes/binary64.h"

#define BAR_WIDTH 50
#define SIZE_WIDTH 8

/* The engine formats with "%.4g%s": four digits, without zeros at the end. */
void fake_progress_size(struct fake_bytes *out, uint64_t size_bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    const struct fake_binary64 thousand = fake_binary64_of(1000);
    struct fake_binary64 size = fake_binary64_of(size_bytes);
    size_t unit = 0;
    while (fake_binary64_at_least(size, 1000)) {
        size = fake_binary64_divide(size, thousand);
        unit++;
    }
    uint64_t scale = fake_binary64_at_least(size, 100)  ? 10
                     : fake_binary64_at_least(size, 10) ? 100
                                                        : 1000;
    uint64_t scaled = fake_binary64_round(size, scale);
    fake_bytes_decimal(out, scaled / scale);
    uint64_t fraction = scaled % scale;
    if (fraction > 0) {
        fake_bytes_char(out, '.');
    }
    while (fraction > 0) {
        scale /= 10;
        fake_bytes_char(out, (char)('0' + fraction / scale));
        fraction %= scale;
    }
    fake_bytes_text(out, units[unit]);
}

/* Right-aligned in eight columns, "%8v". */
static void add_aligned_size(struct fake_bytes *out, uint64_t size_bytes)
{
    struct fake_bytes size;
    fake_bytes_init(&size);
    fake_progress_size(&size, size_bytes);
    if (size.size < SIZE_WIDTH) {
        fake_bytes_repeat(out, ' ', SIZE_WIDTH - size.size);
    }
    fake_bytes_add(out, size.at, size.size);
    fake_bytes_release(&size);
}

/* int(float64(current) / float64(total) * 100) / 2, and 50 at most. 58 of 100
 * are 28, not 29, because 0.58 * 100 is 57.99… in binary. */
static size_t bar_length(uint64_t current_bytes, uint64_t total_bytes)
{
    if (current_bytes >= total_bytes) {
        return BAR_WIDTH;
    }
    struct fake_binary64 share =
        fake_binary64_divide(fake_binary64_of(current_bytes), fake_binary64_of(total_bytes));
    size_t length = (size_t)fake_binary64_floor(fake_binary64_times(share, 100), 1) / 2;
    return length < BAR_WIDTH ? length : BAR_WIDTH;
}

void fake_progress_text(struct fake_bytes *out, uint64_t current_bytes, uint64_t total_bytes)
{
    if (total_bytes == 0) {
        if (current_bytes > 0) {
            add_aligned_size(out, current_bytes);
        }
        return;
    }
    size_t length = bar_length(current_bytes, total_bytes);
    fake_bytes_char(out, '[');
    fake_bytes_repeat(out, '=', length);
    fake_bytes_char(out, '>');
    fake_bytes_repeat(out, ' ', BAR_WIDTH - length);
    fake_bytes_text(out, "] ");
    add_aligned_size(out, current_bytes);
    if (current_bytes <= total_bytes) {
        fake_bytes_char(out, '/');
        fake_progress_size(out, total_bytes);
    }
}
