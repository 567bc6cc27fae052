#include "sim/server/exchange.h"

#include <stdio.h>
#include <string.h>

bool sim_route_matches(const struct sim_exchange *exchange, const char *before, const char *after,
                       char out[SIM_EXCHANGE_PATH_MAX])
{
    size_t length = strlen(exchange->path);
    size_t before_length = strlen(before);
    size_t after_length = strlen(after);
    if (length <= before_length + after_length ||
        strncmp(exchange->path, before, before_length) != 0 ||
        strcmp(exchange->path + length - after_length, after) != 0) {
        return false;
    }
    length -= before_length + after_length;
    memcpy(out, exchange->path + before_length, length);
    out[length] = '\0';
    return true;
}

void sim_route(struct sim_exchange *exchange)
{
    if (!sim_route_system(exchange) && !sim_route_images(exchange) &&
        !sim_route_containers(exchange)) {
        sim_exchange_refuse(exchange, 404, "page not found");
    }
}
