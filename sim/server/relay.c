#include "sim/server/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "sim/progress.h"
#include "sim/server/connect.h"
#include "sim/server/relay_link.h"

#define NS_PER_S UINT64_C(1000000000)
/* After a connection could not be accepted for want of something. */
#define ACCEPT_AGAIN_NS (NS_PER_S / 10)

/* --- hooks that are not there ------------------------------------------------------------ */

static void no_asked(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    (void)ctx;
    (void)exchange;
    (void)piece;
}

static bool no_answered(void *ctx, struct sim_relay_exchange *exchange,
                        const struct sim_piece *piece)
{
    no_asked(ctx, exchange, piece);
    return true;
}

static void no_woken(void *ctx, struct sim_relay_exchange *exchange)
{
    (void)ctx;
    (void)exchange;
}

static void no_over(void *ctx, struct sim_relay_exchange *exchange, enum sim_relay_end end)
{
    (void)ctx;
    (void)exchange;
    (void)end;
}

static struct sim_relay_hooks hooks_of(const struct sim_relay_hooks *given)
{
    struct sim_relay_hooks hooks =
        given != NULL ? *given : (struct sim_relay_hooks){ .asked = NULL };
    hooks.asked = hooks.asked != NULL ? hooks.asked : no_asked;
    hooks.answered = hooks.answered != NULL ? hooks.answered : no_answered;
    hooks.woken = hooks.woken != NULL ? hooks.woken : no_woken;
    hooks.over = hooks.over != NULL ? hooks.over : no_over;
    return hooks;
}

/* --- descriptors --------------------------------------------------------------------------- */

void sim__side_watch(struct sim_relay *relay, struct sim__side *side, unsigned events)
{
    struct epoll_event event = { .events = events, .data = { .ptr = side } };
    int what = side->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (side->file < 0 || side->watched == events) {
        return;
    }
    if (epoll_ctl(relay->epoll, events != 0 ? what : EPOLL_CTL_DEL, side->file, &event) == 0) {
        side->watched = events;
    }
}

void sim__side_close(struct sim_relay *relay, struct sim__side *side)
{
    sim__side_watch(relay, side, 0);
    if (side->file >= 0) {
        (void)close(side->file);
        side->file = -1;
    }
}

/* --- time ------------------------------------------------------------------------------------ */

static void set_timer(struct sim_relay *relay)
{
    struct itimerspec when = { .it_value = { 0, 0 } };
    uint64_t due_ns = relay->accept_ns > 0 ? relay->accept_ns : UINT64_MAX;
    const struct dd__list *at;
    for (at = relay->links.next; at != &relay->links; at = at->next) {
        uint64_t link_ns = sim__link_due_ns(DD__CONTAINER(at, struct sim__link, in_links));
        due_ns = link_ns < due_ns ? link_ns : due_ns;
    }
    if (due_ns != UINT64_MAX) { /* what is due already is due in a nanosecond: 0 is never */
        uint64_t left_ns = due_ns > relay->now_ns ? due_ns - relay->now_ns : 1;
        when.it_value.tv_sec = (time_t)(left_ns / NS_PER_S);
        when.it_value.tv_nsec = (long)(left_ns % NS_PER_S);
    }
    (void)timerfd_settime(relay->timer.file, 0, &when, NULL);
}

static void run_due(struct sim_relay *relay)
{
    struct dd__list *next;
    for (struct dd__list *at = relay->links.next; at != &relay->links; at = next) {
        struct sim__link *link = DD__CONTAINER(at, struct sim__link, in_links);
        next = at->next;
        if (sim__link_due_ns(link) <= relay->now_ns) {
            sim__link_due(link);
        }
    }
}

/* --- clients come and go ------------------------------------------------------------------------
 */

static void accept_one(struct sim_relay *relay)
{
    int client = accept(relay->listener.file, NULL, NULL);
    if (client < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            relay->accept_ns = relay->now_ns + ACCEPT_AGAIN_NS;
        }
        return;
    }
    (void)fcntl(client, F_SETFD, FD_CLOEXEC);
    (void)fcntl(client, F_SETFL, O_NONBLOCK);
    int engine =
        relay->connect != NULL ? relay->connect(relay->ctx) : sim_address_connect(&relay->upstream);
    struct sim__link *link = sim__link_create(relay, client, engine);
    dd__list_add_last(&relay->links, &link->in_links);
    relay->link_count++;
}

static void bury(struct sim_relay *relay)
{
    struct dd__list *next;
    for (struct dd__list *at = relay->links.next; at != &relay->links; at = next) {
        struct sim__link *link = DD__CONTAINER(at, struct sim__link, in_links);
        next = at->next;
        if (sim__link_is_over(link)) {
            dd__list_remove(&link->in_links);
            sim__link_destroy(link);
            relay->link_count--;
        }
    }
}

/* --- serving
 * --------------------------------------------------------------------------------------- */

static void look(struct sim_relay *relay, struct sim__side *side, unsigned events)
{
    uint64_t count;
    if (side->link != NULL) {
        sim__link_ready(side, events);
    } else if (side == &relay->listener) {
        accept_one(relay);
    } else {
        relay->is_stopped |= side == &relay->stopper;
        (void)!read(side->file, &count, sizeof(count)); /* it says nothing more */
    }
}

void sim_relay_dispatch(struct sim_relay *relay)
{
    struct epoll_event events[64];
    int count = epoll_wait(relay->epoll, events, 64, 0);
    relay->now_ns = sim_wall_ns();
    if (relay->accept_ns <= relay->now_ns) {
        relay->accept_ns = 0;
    }
    for (int i = 0; i < count; i++) {
        look(relay, events[i].data.ptr, events[i].events);
    }
    run_due(relay);
    bury(relay); /* only now: an event of theirs may have been among these */
    bool accepts = relay->link_count < SIM_RELAY_LINK_MAX && relay->accept_ns == 0;
    sim__side_watch(relay, &relay->listener, accepts ? EPOLLIN : 0);
    set_timer(relay);
}

void sim_relay_run(struct sim_relay *relay)
{
    struct epoll_event event;
    while (!relay->is_stopped) {
        sim_relay_dispatch(relay);
        if (!relay->is_stopped) {
            (void)epoll_wait(relay->epoll, &event, 1, -1);
        }
    }
}

void sim_relay_stop(struct sim_relay *relay)
{
    uint64_t one = 1;
    (void)!write(relay->stopper.file, &one, sizeof(one)); /* what is full is noticed, too */
}

int sim_relay_descriptor(const struct sim_relay *relay)
{
    return relay->epoll;
}

unsigned sim_relay_link_count(const struct sim_relay *relay)
{
    return relay->link_count;
}

/* --- life
 * --------------------------------------------------------------------------------------------- */

static bool begin(struct sim_relay *relay)
{
    (void)fcntl(relay->listener.file, F_SETFL, O_NONBLOCK);
    if (relay->epoll < 0 || relay->timer.file < 0 || relay->stopper.file < 0) {
        return false;
    }
    sim__side_watch(relay, &relay->listener, EPOLLIN);
    sim__side_watch(relay, &relay->timer, EPOLLIN);
    sim__side_watch(relay, &relay->stopper, EPOLLIN);
    return relay->listener.watched != 0 && relay->timer.watched != 0 && relay->stopper.watched != 0;
}

struct sim_relay *sim_relay_open(const struct sim_relay_options *options, char message[256])
{
    struct sim_relay *relay = fake_memory_alloc(sizeof(*relay));
    *relay = (struct sim_relay){
        .hooks = hooks_of(options->hooks),
        .connect = options->connect,
        .ctx = options->ctx,
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .listener = { .file = options->listening },
        .timer = { .file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC) },
        .stopper = { .file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) },
    };
    dd__list_init(&relay->links);
    bool sound =
        options->connect != NULL || sim_address_read(options->upstream, &relay->upstream, message);
    if (sound && !begin(relay)) {
        (void)snprintf(message, 256, "the relay could not start: %s", strerror(errno));
        sound = false;
    }
    if (!sound) {
        sim_relay_close(relay);
        return NULL;
    }
    return relay;
}

void sim_relay_close(struct sim_relay *relay)
{
    if (relay == NULL) {
        return;
    }
    for (struct dd__list *at = relay->links.next; at != &relay->links; at = relay->links.next) {
        struct sim__link *link = DD__CONTAINER(at, struct sim__link, in_links);
        sim__link_leave(link);
        dd__list_remove(&link->in_links);
        sim__link_destroy(link);
    }
    sim__side_close(relay, &relay->listener);
    sim__side_close(relay, &relay->timer);
    sim__side_close(relay, &relay->stopper);
    if (relay->epoll >= 0) {
        (void)close(relay->epoll);
    }
    fake_memory_free(relay);
}
