#include "coord/backend/api_version.h"

#include <stdbool.h>
#include <string.h>

#define NUMBER_MAX 9999

/* Digits at *@at, which is moved behind them. */
static bool number_read(const char **at, unsigned *out)
{
    const char *begin = *at;
    unsigned number = 0;

    for (; **at >= '0' && **at <= '9' && number <= NUMBER_MAX; (*at)++) {
        number = number * 10 + (unsigned)(**at - '0');
    }
    *out = number;
    return *at > begin && number <= NUMBER_MAX;
}

/* "1.41" as a number that can be compared. */
static bool version_read(const char *text, unsigned *out)
{
    unsigned major;
    unsigned minor;

    if (text == NULL || strlen(text) > DD__API_VERSION_MAX || !number_read(&text, &major) ||
        *text++ != '.' || !number_read(&text, &minor) || *text != '\0') {
        return false;
    }
    *out = major * (NUMBER_MAX + 1) + minor;
    return true;
}

enum dd_status dd__api_version_choose(const char *api, const char *api_min,
                                      char chosen[DD__API_VERSION_MAX + 1])
{
    const char *choice = DD__API_WANTED;
    unsigned wanted = 0;
    unsigned least = 0;
    unsigned newest;
    unsigned oldest = 0;

    (void)version_read(DD__API_WANTED, &wanted);
    (void)version_read(DD__API_LEAST, &least);
    if (!version_read(api, &newest)) {
        return DD_EINVAL;
    }
    if (newest < least) {
        return DD_EENGINE;
    }
    if (newest < wanted) {
        choice = api;
    } else if (version_read(api_min, &oldest) && oldest > wanted) {
        choice = oldest <= newest ? api_min : api;
    }
    memcpy(chosen, choice, strlen(choice) + 1);
    return DD_OK;
}
