#include "sim/server/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "sim/hash.h"
#include "sim/progress.h"
#include "sim/server/exchange.h"
#include "sim/server/misbehave.h"

#define NS_PER_MS UINT64_C(1000000)
#define WAIT_MAX_MS 60000
#define CONNECTION_MAX 4096

/* --- time and chance ---------------------------------------------------------------- */

static uint64_t choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct sim_server *server = ctx;
    (void)label;
    server->random += UINT64_C(0x9e3779b97f4a7c15);
    return sim_hash_finish(server->random) % count;
}

/* Virtual time is the time since the server began: what is due has happened. */
static void catch_up(struct sim_server *server)
{
    uint64_t now_ns = sim_wall_ns() - server->start_ns;
    const struct fake_event *next;
    while ((next = fake_queue_next(&server->queue)) != NULL && next->earliest_ns <= now_ns) {
        (void)fake_queue_step(&server->queue);
    }
    server->queue.now_ns = now_ns > server->queue.now_ns ? now_ns : server->queue.now_ns;
}

static int wait_ms(struct sim_server *server)
{
    const struct fake_event *next = fake_queue_next(&server->queue);
    uint64_t ms = WAIT_MAX_MS;
    MHD_UNSIGNED_LONG_LONG daemon_ms;
    if (next != NULL) {
        uint64_t now_ns = server->queue.now_ns;
        uint64_t left_ns = next->earliest_ns > now_ns ? next->earliest_ns - now_ns : 0;
        ms = left_ns / NS_PER_MS + (left_ns % NS_PER_MS > 0 ? 1 : 0);
        ms = ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
    }
    if (MHD_get_timeout(server->daemon, &daemon_ms) == MHD_YES && daemon_ms < ms) {
        ms = daemon_ms;
    }
    return (int)ms;
}

/* --- the engine ----------------------------------------------------------------------- */

static void begin_engine(struct sim_server *server, const struct sim_server_options *options)
{
    static const struct fake_timing at_once = { .execute = { { 0, 0 } } };
    const struct sim_scenario *scenario = options->scenario;
    const struct fake_watcher nobody = { .happened = NULL };
    server->chooser = (struct fake_chooser){ .choose = choose, .ctx = server };
    server->random = options->seed;
    fake_queue_init(&server->queue, &server->chooser);
    server->engine = fake_engine_create(&server->chooser, &server->queue, nobody,
                                        scenario != NULL ? &scenario->timing : &at_once);
    server->docker = fake_engine_docker(server->engine);
    server->personality = options->personality;
    fake_engine_set_personality(server->engine, options->personality);
    for (size_t i = 0; scenario != NULL && i < scenario->manifest_count; i++) {
        fake_registry_push(server->engine, &scenario->manifests[i]);
    }
    for (size_t i = 0; scenario != NULL && i < scenario->fault_count; i++) {
        fake_engine_add_fault(server->engine, &scenario->faults[i]);
    }
    server->start_ns = sim_wall_ns();
}

/* --- life -------------------------------------------------------------------------------- */

static bool watch(struct sim_server *server, int file)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } };
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, file, &event) == 0;
}

static bool begin_daemon(struct sim_server *server, int listening)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    flags |= listening < 0 ? (unsigned)MHD_USE_NO_LISTEN_SOCKET : 0;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, sim_exchange_handle, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTION_MAX, MHD_OPTION_NOTIFY_COMPLETED, sim_exchange_completed, server,
        listening < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return false;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info != NULL && watch(server, info->epoll_fd);
}

/* The relay's way to the daemon: no name in the file system, no port. */
static int connect_daemon(void *ctx)
{
    struct sim_misbehave *misbehave = ctx;
    struct sim_server *server = misbehave->server;
    const struct sockaddr_un nobody = { .sun_family = AF_UNIX };
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        return -1;
    }
    if (MHD_add_connection(server->daemon, pair[1], (const struct sockaddr *)&nobody,
                           sizeof(nobody)) != MHD_YES) { /* which has closed it */
        (void)close(pair[0]);
        return -1;
    }
    return pair[0];
}

static bool begin_relay(struct sim_server *server, const struct sim_server_options *options,
                        char message[256])
{
    const struct sim_relay_options with = {
        .listening = options->listening,
        .connect = connect_daemon,
        .hooks = &sim_misbehave_hooks,
        .ctx = options->misbehave,
    };
    options->misbehave->server = server;
    server->relay = sim_relay_open(&with, message);
    if (server->relay == NULL || watch(server, sim_relay_descriptor(server->relay))) {
        return server->relay != NULL;
    }
    (void)snprintf(message, 256, "the HTTP server could not start: %s", strerror(errno));
    return false;
}

struct sim_server *sim_server_open(const struct sim_server_options *options, char message[256])
{
    struct sim_server *server = fake_memory_alloc(sizeof(*server));
    bool relays = options->misbehave != NULL;
    *server = (struct sim_server){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
    begin_engine(server, options);
    if (server->epoll < 0 || !begin_daemon(server, relays ? -1 : options->listening)) {
        (void)snprintf(message, 256, "the HTTP server could not start: %s", strerror(errno));
        if (relays || server->daemon == NULL) {
            (void)close(options->listening);
        }
    } else if (!relays || begin_relay(server, options, message)) {
        return server;
    }
    sim_server_close(server);
    return NULL;
}

void sim_server_close(struct sim_server *server)
{
    if (server == NULL) {
        return;
    }
    server->stopping = true;
    sim_relay_close(server->relay);
    for (struct sim_exchange *at = server->exchanges; at != NULL; at = at->next) {
        sim_exchange_hung_up(at); /* nobody may be suspended when MHD ends */
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    while (server->exchanges != NULL && fake_queue_step(&server->queue)) {
        /* The calls that were cancelled complete. */
    }
    while (server->exchanges != NULL) {
        sim_exchange_destroy(server->exchanges);
    }
    sim_containers_release(server);
    fake_engine_destroy(server->engine);
    fake_queue_release(&server->queue);
    if (server->epoll >= 0) {
        (void)close(server->epoll);
    }
    fake_memory_free(server);
}

/* --- serving ------------------------------------------------------------------------------- */

static void look(struct sim_server *server, struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL) {
            sim_exchange_hung_up(events[i].data.ptr);
        }
    }
    (void)MHD_run(server->daemon);
}

void sim_server_run(struct sim_server *server, const volatile sig_atomic_t *stop)
{
    struct epoll_event events[16];
    while (!*stop) {
        catch_up(server);
        if (server->relay != NULL) {
            sim_relay_dispatch(server->relay);
        }
        (void)MHD_run(server->daemon);
        int count = epoll_wait(server->epoll, events, 16, wait_ms(server));
        catch_up(server);
        look(server, events, count);
    }
}
