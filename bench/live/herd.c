/*
 * A herd: so many threads, let go at once, pull one image that is not there.
 *
 *   herd THREADS IMAGE [wait]
 *
 * Prints milliseconds from letting them go until the last callback, or, if each of them
 * waits for its image, until the last of them has it; and what the strand did meanwhile.
 * The image is removed again before it ends. The engine is DOCKER_HOST's. Exit 1 if one
 * of them does not get the image, or it stays.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drydock/agent.h"

#define THREADS_MAX 10000
#define STACK_BYTES (256 * 1024)

struct herd {
    struct dd_agent *agent;
    const char *image;
    bool waits;
    pthread_barrier_t gate;
    sem_t end;     /* the last callback has come */
    unsigned left; /* callbacks to come; the strand's */
    uint64_t last_ns;
    atomic_uint failed;
    atomic_uint pulls; /* that the engine was asked for */
    atomic_uint removed;
};

struct member {
    struct herd *herd;
    pthread_t thread;
    char caller[32];
};

static void observe(void *ctx, const struct dd_event *event)
{
    struct herd *herd = ctx;

    atomic_fetch_add(&herd->pulls, event->kind == DD_EVENT_PULL_STARTED);
    atomic_fetch_add(&herd->removed, event->kind == DD_EVENT_REMOVED);
}

static void judge(struct herd *herd, enum dd_status status, const char *text)
{
    if (status != DD_OK && atomic_fetch_add(&herd->failed, 1) == 0) {
        (void)fprintf(stderr, "herd: %s\n", text);
    }
}

static void member_told(void *arg, const struct dd_result *result)
{
    struct herd *herd = arg;

    judge(herd, result->status, result->text);
    if (--herd->left == 0) {
        herd->last_ns = dd_agent_now();
        (void)sem_post(&herd->end);
    }
}

static void *member_run(void *arg)
{
    struct member *member = arg;
    struct herd *herd = member->herd;
    const struct dd_pull pull = {
        .reference = herd->image, .caller = member->caller, .done = member_told, .arg = herd
    };
    struct dd_outcome out;

    (void)pthread_barrier_wait(&herd->gate);
    if (herd->waits) {
        judge(herd, dd_agent_pull_wait(herd->agent, &pull, &out), out.text);
    } else if (dd_agent_pull(herd->agent, &pull, NULL) != DD_OK) {
        (void)fprintf(stderr, "herd: out of memory\n");
        exit(2); /* a callback that never comes would be waited for */
    }
    return NULL;
}

/* From the opening of the gate to the last callback, or the last one's return. */
static uint64_t herd_run(struct herd *herd, struct member *members, unsigned count)
{
    pthread_attr_t attributes;
    uint64_t begin_ns;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)pthread_barrier_init(&herd->gate, NULL, count + 1);
    (void)sem_init(&herd->end, 0, 0);
    herd->left = count;
    for (unsigned i = 0; i < count; i++) {
        members[i].herd = herd;
        (void)snprintf(members[i].caller, sizeof members[i].caller, "member-%u", i);
        if (pthread_create(&members[i].thread, &attributes, member_run, &members[i]) != 0) {
            (void)fprintf(stderr, "herd: no more than %u threads can be had\n", i);
            exit(2); /* those that wait at the gate would wait for ever */
        }
    }
    begin_ns = dd_agent_now();
    (void)pthread_barrier_wait(&herd->gate);
    while (!herd->waits && sem_wait(&herd->end) != 0) {
        /* a signal came */
    }
    for (unsigned i = 0; i < count; i++) {
        (void)pthread_join(members[i].thread, NULL);
    }
    if (herd->waits) {
        herd->last_ns = dd_agent_now();
    }
    (void)sem_destroy(&herd->end);
    (void)pthread_barrier_destroy(&herd->gate);
    (void)pthread_attr_destroy(&attributes);
    return herd->last_ns - begin_ns;
}

static bool release_all(struct herd *herd, const struct member *members, unsigned count)
{
    bool all = true;

    for (unsigned i = 0; i < count; i++) {
        all = dd_agent_release_caller_wait(herd->agent, members[i].caller) == DD_OK && all;
    }
    return all;
}

static bool herd_measure(struct herd *herd, struct member *members, unsigned count)
{
    const struct dd_close close = { .drain = true, .deadline_ns = 60 * DD_SECOND_NS };
    struct dd_agent_counts counts;
    uint64_t took_ns = herd_run(herd, members, count);
    bool fine =
        dd_agent_counted_wait(herd->agent, &counts) == DD_OK && release_all(herd, members, count);

    fine = dd_agent_close_wait(herd->agent, &close) == DD_OK && fine;
    (void)dd_agent_destroy(herd->agent);
    fine = fine && atomic_load(&herd->failed) == 0 && atomic_load(&herd->removed) == 1;
    if (fine) {
        (void)printf("%.1f ms, %u engine pulls, longest pause of the strand %.3f ms\n",
                     (double)took_ns / 1e6, atomic_load(&herd->pulls),
                     (double)counts.loop.longest_pause_ns / 1e6);
    }
    return fine;
}

int main(int argc, char **argv)
{
    static const struct dd_observer_ops ops = { .event = observe };
    struct herd herd = { .image = argc > 2 ? argv[2] : NULL,
                         .waits = argc == 4 && strcmp(argv[3], "wait") == 0 };
    const struct dd_observer observer = { .ops = &ops, .ctx = &herd };
    unsigned long count = argc == 3 || herd.waits ? strtoul(argv[1], NULL, 10) : 0;
    struct dd_agent_config config;
    struct member *members;
    char why[DD_WHY_SIZE];
    bool fine = false;

    if (count == 0 || count > THREADS_MAX) {
        (void)fprintf(stderr, "usage: herd THREADS IMAGE [wait], at most %d threads\n",
                      THREADS_MAX);
        return 2;
    }
    dd_agent_config_init(&config);
    config.observers = &observer;
    config.observer_count = 1;
    if (dd_agent_open_wait(&config, why, sizeof why, &herd.agent) != DD_OK) {
        (void)fprintf(stderr, "herd: %s\n", why);
        return 2;
    }
    members = calloc(count, sizeof *members);
    if (members != NULL) {
        fine = herd_measure(&herd, members, (unsigned)count);
    }
    free(members);
    return fine ? 0 : 1;
}
