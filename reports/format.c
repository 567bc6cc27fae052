#include "reports/format.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)

/* ".204" without zeros at its end; "" for a whole number. */
static void fraction_text(uint64_t part, int digits, char out[16])
{
    if (part == 0) {
        out[0] = '\0';
        return;
    }
    (void)snprintf(out, 16, ".%0*" PRIu64, digits, part);
    for (size_t last = strlen(out) - 1; out[last] == '0'; last--) {
        out[last] = '\0';
    }
}

const char *report_duration(uint64_t ns, char out[REPORT_DURATION_SIZE])
{
    char fraction[16];
    if (ns > 0 && ns < SECOND_NS) {
        fraction_text(ns % MILLISECOND_NS, 6, fraction);
        (void)snprintf(out, REPORT_DURATION_SIZE, "%" PRIu64 "%sms", ns / MILLISECOND_NS, fraction);
        return out;
    }
    uint64_t seconds = ns / SECOND_NS;
    uint64_t hours = seconds / 3600;
    uint64_t minutes = seconds / 60 % 60;
    fraction_text(ns % SECOND_NS, 9, fraction);
    if (hours > 0) {
        (void)snprintf(out, REPORT_DURATION_SIZE, "%" PRIu64 "h%" PRIu64 "m%" PRIu64 "%ss", hours,
                       minutes, seconds % 60, fraction);
    } else if (minutes > 0) {
        (void)snprintf(out, REPORT_DURATION_SIZE, "%" PRIu64 "m%" PRIu64 "%ss", minutes,
                       seconds % 60, fraction);
    } else {
        (void)snprintf(out, REPORT_DURATION_SIZE, "%" PRIu64 "%ss", seconds, fraction);
    }
    return out;
}

const char *report_count(uint64_t count, char out[REPORT_COUNT_SIZE])
{
    char digits[REPORT_COUNT_SIZE];
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, count);
    size_t length = strlen(digits);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

const char *report_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
