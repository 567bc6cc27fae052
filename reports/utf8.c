#include "reports/utf8.h"

size_t report_utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char mask, lead, low, high;
        size_t length;
    } rows[] = {
        { 0xff, 0xe0, 0xa0, 0xbf, 3 },                                /* no overlong forms */
        { 0xff, 0xed, 0x80, 0x9f, 3 },                                /* no surrogates */
        { 0xff, 0xf0, 0x90, 0xbf, 4 }, { 0xff, 0xf4, 0x80, 0x8f, 4 }, /* nothing above U+10FFFF */
        { 0xe0, 0xc0, 0x80, 0xbf, 2 }, { 0xf0, 0xe0, 0x80, 0xbf, 3 }, { 0xfc, 0xf0, 0x80, 0xbf, 4 },
    };
    if (text[0] < 0x80) {
        return 1;
    }
    if (text[0] == 0xc0 || text[0] == 0xc1) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((text[0] & rows[i].mask) != rows[i].lead) {
            continue;
        }
        if (text[1] < rows[i].low || text[1] > rows[i].high) {
            return 0;
        }
        for (size_t k = 2; k < rows[i].length; k++) {
            if ((text[k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return rows[i].length;
    }
    return 0;
}
