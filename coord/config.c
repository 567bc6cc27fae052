#include "drydock/drydock.h"

void dd_config_init(struct dd_config *config)
{
    *config = (struct dd_config){
        .cleanup = true,
        .adopt = false,
        .parallel_pull_max = 8,
        .parallel_removal_max = 4,
        .remove_delay_ns = 180 * DD_SECOND_NS,
        .progress_timeout_ns = 300 * DD_SECOND_NS,
        .pull_timeout_ns = 3600 * DD_SECOND_NS,
        .inspect_timeout_ns = 30 * DD_SECOND_NS,
        .pull_settling_ns = 5 * DD_SECOND_NS,
        .delete_settling_ns = 60 * DD_SECOND_NS,
        .retry_ns = 3 * DD_SECOND_NS,
        .try_max = 3,
        .backoff_min_ns = 60 * DD_SECOND_NS,
        .backoff_max_ns = 3600 * DD_SECOND_NS,
    };
}
