#include "coord/open.h"

#include <assert.h>
#include <string.h>

#include "coord/classify.h"
#include "coord/close.h"
#include "coord/image.h"
#include "coord/lease.h"
#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/removal.h"
#include "coord/repository.h"
#include "coord/text.h"

#define PLACES_MAX 1024
#define TRIES_MAX 100
#define DURATION_MAX_NS (UINT64_C(366) * 24 * 3600 * DD_SECOND_NS)

static bool duration_is_valid(uint64_t duration_ns)
{
    return duration_ns > 0 && duration_ns <= DURATION_MAX_NS;
}

static bool config_is_valid(const struct dd_config *config)
{
    return config->parallel_pull_max > 0 && config->parallel_removal_max > 0 &&
           config->parallel_removal_max <= PLACES_MAX && config->try_max > 0 &&
           config->try_max <= TRIES_MAX && config->remove_delay_ns <= DURATION_MAX_NS &&
           config->pull_settling_ns <= DURATION_MAX_NS &&
           config->delete_settling_ns <= DURATION_MAX_NS &&
           duration_is_valid(config->progress_timeout_ns) &&
           duration_is_valid(config->pull_timeout_ns) &&
           duration_is_valid(config->inspect_timeout_ns) && duration_is_valid(config->retry_ns) &&
           duration_is_valid(config->backoff_min_ns) && duration_is_valid(config->backoff_max_ns) &&
           config->backoff_min_ns <= config->backoff_max_ns;
}

/* The seed refused a nil client; so do we, and every other table's lack. */
static bool env_is_valid(const struct dd_env *env)
{
    return env->clock.ops != NULL && env->executor.ops != NULL && env->docker.ops != NULL &&
           env->host_lock.ops != NULL && env->entropy.ops != NULL && env->allocator.ops != NULL;
}

static uint64_t image_hash(const void *ctx, const struct dd__node *node)
{
    (void)ctx;
    return DD__CONTAINER(node, const struct dd__image, by_id)->hash;
}

static uint64_t repository_hash(const void *ctx, const struct dd__node *node)
{
    const struct dd__repository *repository =
        DD__CONTAINER(node, const struct dd__repository, by_name);

    return dd__hash(ctx, repository->name, repository->name_length);
}

static uint64_t reference_hash(const void *ctx, const struct dd__node *node)
{
    (void)ctx;
    return DD__CONTAINER(node, const struct dd__reference, by_text)->hash;
}

static void coord_init(struct dd_coord *coord, const struct dd_config *config,
                       const struct dd_env *env)
{
    const struct dd_allocator *allocator = &env->allocator;

    *coord = (struct dd_coord){ .config = *config, .env = *env, .life = DD__OPENING };
    coord->key.k0 = env->entropy.ops->next(env->entropy.ctx);
    coord->key.k1 = env->entropy.ops->next(env->entropy.ctx);
    dd__table_init(&coord->images, allocator, image_hash, coord);
    dd__table_init(&coord->repositories, allocator, repository_hash, coord);
    dd__table_init(&coord->references, allocator, reference_hash, coord);
    dd__ledger_init(&coord->leases, allocator, sizeof(struct dd__held), dd__lease_hash, coord);
    dd__table_init(&coord->operations, allocator, dd__operation_number_hash, coord);
    dd__list_init(&coord->all_images);
    dd__list_init(&coord->all_operations);
    dd__list_init(&coord->all_pulls);
    dd__list_init(&coord->pull_queue);
    dd__list_init(&coord->gated);
    dd__timers_init(&coord->timers, allocator);
    dd__timers_init(&coord->due, allocator);
    dd__timer_init(&coord->life_timer, DD__TIMER_LIFE);
    coord->alarm.run = dd__alarm_run;
}

void dd__coord_empty(struct dd_coord *coord)
{
    if (coord->alarm_armed) {
        coord->env.clock.ops->cancel(coord->env.clock.ctx, &coord->alarm);
        coord->alarm_armed = false;
    }
    dd__timer_disarm(&coord->timers, &coord->life_timer);
    dd__pull_rest_is_over(coord);
    dd__operation_rest_is_over(coord);
    dd__places_release(coord);
    assert(coord->resting_reference == NULL); /* all repositories have gone */
    dd__table_release(&coord->images);
    dd__table_release(&coord->repositories);
    dd__table_release(&coord->references);
    dd__ledger_release(&coord->leases);
    dd__table_release(&coord->operations);
    /* Whatever was reserved was given back, but for the life timer's own. */
    assert(coord->timers.reserved <= 1 && coord->due.reserved == 0);
    dd__timers_release(&coord->due);
    dd__timers_release(&coord->timers);
}

static void coord_free(struct dd_coord *coord)
{
    struct dd_allocator allocator = coord->env.allocator;

    dd__free(&allocator, coord, sizeof *coord);
}

void dd__life_call(struct dd_coord *coord)
{
    coord->in_life_callback = true;
    if (coord->life == DD__CLOSED) {
        coord->close.closed(coord->close.arg);
    } else {
        coord->opened(coord->opened_arg, coord->opened_status,
                      coord->opened_status == DD_OK ? "" : coord->opened_text);
    }
    coord->in_life_callback = false;
    if (coord->destroy_asked) {
        coord_free(coord);
    }
}

void dd_destroy(struct dd_coord *coord)
{
    if (coord == NULL) {
        return;
    }
    assert(coord->life == DD__CLOSED || coord->life == DD__FAILED);
    if (coord->in_life_callback) {
        coord->destroy_asked = true;
    } else {
        coord_free(coord);
    }
}

static void open_tell(struct dd_task *task)
{
    struct dd_coord *coord = DD__CONTAINER(task, struct dd_coord, life_task);

    dd__enter(coord);
    if (coord->opened_status == DD_OK) {
        coord->life = DD__OPEN;
        dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_OPENED, .message = coord->engine_id });
    } else {
        coord->life = DD__FAILED;
        dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_OPEN_FAILED,
                                           .status = coord->opened_status,
                                           .message = coord->opened_text });
        dd__coord_empty(coord);
    }
    dd__life_call(coord);
}

static void open_end(struct dd_coord *coord, enum dd_status status, const char *before,
                     const char *message)
{
    struct dd__text text;

    if (status != DD_OK) {
        dd__text_init(&text, coord->opened_text, sizeof coord->opened_text);
        dd__text_string(&text, before);
        dd__text_redacted(&text, message);
    }
    coord->opened_status = status;
    coord->life_task.run = open_tell;
    coord->env.executor.ops->post(coord->env.executor.ctx, &coord->life_task);
}

static void identify_answered(struct dd__request *request, const struct dd_answer *answer)
{
    struct dd_coord *coord = request->coord;
    struct dd__verdict verdict = dd__classify(answer);
    const struct dd_host_lock *lock = &coord->env.host_lock;
    char holder[DD__HOLDER_MAX + 1] = "";

    dd__timer_disarm(&coord->timers, &coord->life_timer);
    if (verdict.status == DD_ECANCELLED && coord->is_late) {
        open_end(coord, DD_ETIMEDOUT, "", "the engine did not say who it is in time");
        return;
    }
    if (verdict.status != DD_OK) {
        open_end(coord, verdict.status, "",
                 answer->text != NULL ? answer->text : dd_status_text(verdict.status));
        return;
    }
    if (answer->id == NULL || answer->id[0] == '\0' ||
        strnlen(answer->id, DD__ENGINE_ID_MAX + 1) > DD__ENGINE_ID_MAX) {
        open_end(coord, DD_EENGINE, "", "the engine's answer has no engine ID");
        return;
    }
    memcpy(coord->engine_id, answer->id, strlen(answer->id) + 1);
    coord->closing_lines = answer->closing_lines;
    verdict.status = lock->ops->take(lock->ctx, coord->engine_id, holder, sizeof holder);
    if (verdict.status == DD_EBUSY) {
        open_end(coord, DD_EBUSY, "the engine is coordinated by ", holder);
    } else {
        open_end(coord, verdict.status, "",
                 verdict.status == DD_OK || holder[0] != '\0' ? holder
                                                              : "the host lock could not be taken");
    }
}

void dd__life_time_over(struct dd_coord *coord)
{
    if (coord->life == DD__OPENING) {
        coord->is_late = true;
        dd__request_cancel(&coord->identify);
    } else {
        dd__close_time_over(coord);
    }
}

enum dd_status dd_open(const struct dd_config *config, const struct dd_env *env,
                       dd_opened_fn opened, void *arg, struct dd_coord **out)
{
    struct dd_coord *coord;

    if (config == NULL || env == NULL || opened == NULL || out == NULL || !env_is_valid(env) ||
        !config_is_valid(config)) {
        return DD_EINVAL;
    }
    coord = dd__alloc(&env->allocator, sizeof *coord);
    if (coord == NULL) {
        return DD_ENOMEM;
    }
    coord_init(coord, config, env);
    if (dd__timers_reserve(&coord->timers, 1) != DD_OK || dd__places_open(coord) != DD_OK) {
        dd__coord_empty(coord);
        coord_free(coord);
        return DD_ENOMEM;
    }
    coord->opened = opened;
    coord->opened_arg = arg;
    dd__enter(coord);
    dd__request_init(&coord->identify, coord, identify_answered);
    dd__timer_arm(&coord->timers, &coord->life_timer,
                  coord->now_ns + coord->config.inspect_timeout_ns);
    *out = coord;
    dd__request_identify(&coord->identify);
    dd__leave(coord);
    return DD_OK;
}
