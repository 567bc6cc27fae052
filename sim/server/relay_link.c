#include "sim/server/relay_link.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "fakes/memory.h"

#define READ_MAX ((size_t)16 * 1024) /* bytes at a time */
#define SEND_MAX 16                  /* rounds, before others have their turn */

static struct sim__link *link_of(struct sim_relay_exchange *exchange)
{
    return DD__CONTAINER(exchange, struct sim__link, exchange);
}

static size_t pending(const struct sim__flow *flow)
{
    return flow->out.size - flow->sent;
}

/* --- exchanges ------------------------------------------------------------------------- */

static void open_exchange(struct sim__link *link)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    *exchange = (struct sim_relay_exchange){
        .number = ++link->relay->exchange_count,
        .request = &link->up.message,
        .answer = &link->down.message,
        .is_open = true,
        .wake_ns = UINT64_MAX,
    };
    link->pace_size = 0;
    sim_message_begin_answer(&link->down.message, link->up.message.method);
}

static void end_exchange(struct sim__link *link, enum sim_relay_end end)
{
    struct sim_relay *relay = link->relay;
    link->exchange.is_open = false;
    link->exchange.source = NULL;
    link->exchange.wake_ns = UINT64_MAX;
    relay->hooks.over(relay->ctx, &link->exchange, end);
}

/* No HTTP, or no more: what is kept goes on as it is. */
static void begin_tunnel(struct sim__link *link, enum sim_relay_end end)
{
    if (link->exchange.is_open) {
        end_exchange(link, end);
    }
    link->is_tunnel = true;
}

static bool ask_hook(struct sim__link *link, const struct sim_piece *piece)
{
    struct sim_relay *relay = link->relay;
    return relay->hooks.answered(relay->ctx, &link->exchange, piece);
}

/* --- from the client ---------------------------------------------------------------------- */

static void pass_request(struct sim__link *link, const struct sim_piece *piece)
{
    struct sim_relay *relay = link->relay;
    fake_bytes_add(&link->up.out, piece->at, piece->size);
    if (piece->kind == SIM_PIECE_HEAD) {
        sim_message_mask(&link->up.message);
        open_exchange(link);
    }
    if (link->exchange.is_open) {
        link->exchange.request_is_over = piece->kind == SIM_PIECE_END;
        relay->hooks.asked(relay->ctx, &link->exchange, piece);
    }
}

/* Bytes that were read, as far as they may go on now. */
static void read_requests(struct sim__link *link)
{
    struct sim__flow *up = &link->up;
    struct sim_piece piece = { .kind = SIM_PIECE_FRAME };
    size_t at = 0;
    while (!link->is_tunnel && piece.kind != SIM_PIECE_NONE && link->engine.file >= 0 &&
           !(link->exchange.is_open && link->exchange.request_is_over)) {
        at += sim_message_read(&up->message, up->held.at + at, up->held.size - at, &piece);
        if (piece.kind == SIM_PIECE_BROKEN) {
            fake_bytes_add(&up->out, piece.at, piece.size);
            begin_tunnel(link, SIM_RELAY_STRANGE);
        } else if (piece.kind != SIM_PIECE_NONE) {
            pass_request(link, &piece);
        }
    }
    if (link->is_tunnel) {
        fake_bytes_add(&up->out, up->held.at + at, up->held.size - at);
        at = up->held.size;
    }
    if (at > 0) {
        memmove(up->held.at, up->held.at + at, up->held.size - at);
        up->held.size -= at;
    }
}

/* --- from the engine ----------------------------------------------------------------------- */

static void pass_answer(struct sim__link *link, const struct sim_piece *piece)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    exchange->body_bytes += piece->kind == SIM_PIECE_BODY ? piece->size : 0;
    exchange->answer_has_ended = piece->kind == SIM_PIECE_END;
    bool passes = ask_hook(link, piece);
    if (!exchange->is_open) {
        return; /* it was cut */
    }
    if (passes) {
        fake_bytes_add(&link->down.out, piece->at, piece->size);
        exchange->answer_is_over |= exchange->answer_has_ended;
    }
    if (piece->kind == SIM_PIECE_HEAD && link->down.message.is_tunnel) {
        begin_tunnel(link, SIM_RELAY_ANSWERED);
    }
}

static void read_answers(struct sim__link *link, const char *bytes, size_t size)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    struct sim_piece piece = { .kind = SIM_PIECE_FRAME };
    while (piece.kind != SIM_PIECE_NONE && exchange->is_open && !exchange->answer_has_ended &&
           !link->is_tunnel) {
        size_t used = sim_message_read(&link->down.message, bytes, size, &piece);
        bytes += used;
        size -= used;
        if (piece.kind == SIM_PIECE_BROKEN) {
            fake_bytes_add(&link->down.out, piece.at, piece.size);
            begin_tunnel(link, SIM_RELAY_STRANGE);
        } else if (piece.kind != SIM_PIECE_NONE) {
            pass_answer(link, &piece);
        }
    }
    if (size > 0 && link->engine.file >= 0 && !link->is_tunnel) {
        begin_tunnel(link, SIM_RELAY_STRANGE); /* nobody asked for it */
    }
    if (link->is_tunnel) {
        fake_bytes_add(&link->down.out, bytes, size);
    }
}

/* The engine hung up, or is not there. */
static void lose_engine(struct sim__link *link)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    struct sim_piece piece = { .kind = sim_message_cut(&link->down.message), .at = "" };
    sim__side_close(link->relay, &link->engine);
    link->is_connecting = false;
    link->down.has_ended = true;
    fake_bytes_clear(&link->up.out);
    link->up.sent = 0;
    if (!exchange->is_open) {
        return;
    }
    exchange->request_is_over = true; /* nobody listens to the rest */
    if (exchange->answer_has_ended) {
        return;
    }
    if (piece.kind == SIM_PIECE_END) {
        pass_answer(link, &piece);
        return;
    }
    piece.kind = SIM_PIECE_BROKEN;
    exchange->answer_has_ended = true;
    if (ask_hook(link, &piece) && exchange->is_open) {
        end_exchange(link, SIM_RELAY_LOST);
    }
}

void sim__link_leave(struct sim__link *link)
{
    if (link->exchange.is_open) {
        end_exchange(link, SIM_RELAY_LEFT);
    }
    sim__side_close(link->relay, &link->client);
    link->up.has_ended = true;
    fake_bytes_clear(&link->down.out);
    link->down.sent = 0;
    link->is_touched = true;
}

/* --- sending -----------------------------------------------------------------------------------
 */

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* False: no more can be sent now, or ever; errno says which. */
static bool send_some(struct sim__flow *flow, int file, size_t max)
{
    size_t size = pending(flow) < max ? pending(flow) : max;
    ssize_t sent = send(file, flow->out.at + flow->sent, size, MSG_NOSIGNAL);
    if (sent < 0) {
        return false;
    }
    flow->sent += (size_t)sent;
    if (pending(flow) == 0) {
        fake_bytes_clear(&flow->out);
        flow->sent = 0;
    } else if (flow->sent >= SIM_RELAY_PENDING_MAX) {
        memmove(flow->out.at, flow->out.at + flow->sent, pending(flow));
        flow->out.size -= flow->sent;
        flow->sent = 0;
    }
    errno = EAGAIN; /* of what was not sent */
    return (size_t)sent == size;
}

static void send_up(struct sim__link *link)
{
    if (link->engine.file < 0 || link->is_connecting) {
        return;
    }
    while (pending(&link->up) > 0) {
        if (!send_some(&link->up, link->engine.file, SIM_RELAY_PENDING_MAX)) {
            break; /* if the engine hung up, reading will tell */
        }
    }
    if (link->up.has_ended && link->is_tunnel && pending(&link->up) == 0) {
        (void)shutdown(link->engine.file, SHUT_WR);
    }
}

static void fill(struct sim__link *link)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    if (pending(&link->down) == 0 && exchange->source != NULL &&
        !exchange->source(exchange, &link->down.out)) {
        exchange->source = NULL;
    }
}

static void send_down(struct sim__link *link)
{
    if (link->paused_until_ns > link->relay->now_ns) {
        return;
    }
    link->paused_until_ns = 0;
    for (int i = 0; i < SEND_MAX && link->client.file >= 0 && link->paused_until_ns == 0; i++) {
        size_t max = link->pace_size > 0 ? link->pace_size : SIM_RELAY_PENDING_MAX;
        fill(link);
        if (pending(&link->down) == 0) {
            return;
        }
        if (!send_some(&link->down, link->client.file, max)) {
            if (!would_block()) {
                sim__link_leave(link);
            }
            return;
        }
        link->paused_until_ns = link->pace_size > 0 ? link->relay->now_ns + link->pace_ns : 0;
    }
}

/* --- what follows from all that
 * ------------------------------------------------------------------- */

static void watch(struct sim__link *link)
{
    bool wants_requests = !link->up.has_ended && link->up.held.size == 0 &&
                          pending(&link->up) < SIM_RELAY_PENDING_MAX && link->engine.file >= 0;
    bool wants_answers = !link->is_connecting && pending(&link->down) < SIM_RELAY_PENDING_MAX;
    bool says =
        (pending(&link->down) > 0 || link->exchange.source != NULL) && link->paused_until_ns == 0;
    bool asks = link->is_connecting || pending(&link->up) > 0;
    unsigned client = link->up.has_ended ? EPOLLHUP : EPOLLRDHUP;
    sim__side_watch(link->relay, &link->client,
                    client | (wants_requests ? EPOLLIN : 0) | (says ? EPOLLOUT : 0));
    sim__side_watch(link->relay, &link->engine,
                    (wants_answers ? EPOLLIN : 0) | (asks ? EPOLLOUT : 0));
}

/* An exchange is over: the next request on this connection has its turn. */
static bool exchange_ended(struct sim__link *link)
{
    struct sim_relay_exchange *exchange = &link->exchange;
    if (!exchange->is_open || !exchange->request_is_over || !exchange->answer_is_over ||
        exchange->source != NULL) {
        return false;
    }
    end_exchange(link, SIM_RELAY_ANSWERED);
    sim_message_begin_request(&link->up.message);
    if (link->engine.file >= 0) {
        read_requests(link);
    }
    return true;
}

static void settle(struct sim__link *link)
{
    link->is_touched = false;
    if (link->is_tunnel) {
        read_requests(link); /* what waited for the answer that made it one */
    }
    do {
        send_up(link);
        send_down(link);
    } while (exchange_ended(link));
    if (link->client.file < 0 && pending(&link->up) == 0) {
        sim__side_close(link->relay, &link->engine);
    } else if (link->engine.file < 0 && !link->exchange.is_open && pending(&link->down) == 0) {
        sim__side_close(link->relay, &link->client);
    }
    watch(link);
}

/* --- what happens
 * ---------------------------------------------------------------------------------- */

static void client_ready(struct sim__link *link, unsigned events)
{
    char bytes[READ_MAX];
    bool wanted = (link->client.watched & EPOLLIN) != 0;
    if (!wanted && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        sim__link_leave(link);
    }
    if (!wanted || (events & ~(unsigned)EPOLLOUT) == 0) {
        return;
    }
    ssize_t size = recv(link->client.file, bytes, sizeof(bytes), 0);
    if (size > 0) {
        fake_bytes_add(&link->up.held, bytes, (size_t)size);
        read_requests(link);
    } else if (size == 0 && link->is_tunnel) {
        link->up.has_ended = true;
    } else if (size == 0 || !would_block()) {
        sim__link_leave(link);
    }
}

static bool has_connected(struct sim__link *link)
{
    int error = 0;
    socklen_t size = sizeof(error);
    link->is_connecting = false;
    return getsockopt(link->engine.file, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static void engine_ready(struct sim__link *link, unsigned events)
{
    char bytes[READ_MAX];
    if (link->is_connecting && !has_connected(link)) {
        lose_engine(link);
        return;
    }
    if ((events & ~(unsigned)EPOLLOUT) == 0) {
        return;
    }
    ssize_t size = recv(link->engine.file, bytes, sizeof(bytes), 0);
    if (size > 0) {
        read_answers(link, bytes, (size_t)size);
    } else if (size == 0 || !would_block()) {
        lose_engine(link);
    }
}

void sim__link_ready(struct sim__side *side, unsigned events)
{
    struct sim__link *link = side->link;
    if (side->file < 0) {
        return; /* closed since */
    }
    if (side == &link->client) {
        client_ready(link, events);
    } else {
        engine_ready(link, events);
    }
    settle(link);
}

uint64_t sim__link_due_ns(const struct sim__link *link)
{
    uint64_t due_ns = link->exchange.wake_ns;
    if (link->is_touched) {
        return 0;
    }
    if (link->paused_until_ns != 0 && link->paused_until_ns < due_ns) {
        due_ns = link->paused_until_ns;
    }
    return due_ns;
}

void sim__link_due(struct sim__link *link)
{
    struct sim_relay *relay = link->relay;
    if (link->exchange.is_open && link->exchange.wake_ns <= relay->now_ns) {
        link->exchange.wake_ns = UINT64_MAX;
        relay->hooks.woken(relay->ctx, &link->exchange);
    }
    settle(link);
}

/* --- life
 * -------------------------------------------------------------------------------------------- */

struct sim__link *sim__link_create(struct sim_relay *relay, int client, int engine)
{
    struct sim__link *link = fake_memory_alloc(sizeof(*link));
    *link = (struct sim__link){
        .relay = relay,
        .client = { .link = link, .file = client },
        .engine = { .link = link, .file = engine },
        .is_connecting = true, /* it may be so; then it can be written soon */
        .is_touched = true,
        .exchange = { .wake_ns = UINT64_MAX },
    };
    dd__list_init(&link->in_links);
    sim_message_init(&link->up.message);
    sim_message_begin_request(&link->up.message);
    sim_message_init(&link->down.message);
    if (engine < 0) {
        lose_engine(link);
    }
    return link;
}

bool sim__link_is_over(const struct sim__link *link)
{
    return link->client.file < 0 && link->engine.file < 0;
}

void sim__link_destroy(struct sim__link *link)
{
    sim__side_close(link->relay, &link->client);
    sim__side_close(link->relay, &link->engine);
    for (int i = 0; i < 2; i++) {
        struct sim__flow *flow = i == 0 ? &link->up : &link->down;
        sim_message_release(&flow->message);
        fake_bytes_release(&flow->held);
        fake_bytes_release(&flow->out);
    }
    fake_memory_free(link);
}

/* --- for the hooks
 * -------------------------------------------------------------------------------------- */

/* It is looked at again when the hook has returned. */
static struct sim__link *touch(struct sim_relay_exchange *exchange)
{
    struct sim__link *link = link_of(exchange);
    assert(exchange->is_open);
    link->is_touched = true;
    return link;
}

void sim_relay_say(struct sim_relay_exchange *exchange, const void *bytes, size_t size)
{
    fake_bytes_add(&touch(exchange)->down.out, bytes, size);
}

void sim_relay_say_from(struct sim_relay_exchange *exchange,
                        bool (*source)(struct sim_relay_exchange *exchange, struct fake_bytes *out))
{
    (void)touch(exchange);
    exchange->source = source;
}

void sim_relay_pace(struct sim_relay_exchange *exchange, size_t size, uint64_t every_ns)
{
    struct sim__link *link = touch(exchange);
    link->pace_size = size;
    link->pace_ns = every_ns;
}

void sim_relay_pause(struct sim_relay_exchange *exchange, uint64_t for_ns)
{
    struct sim__link *link = touch(exchange);
    link->paused_until_ns = link->relay->now_ns + for_ns;
}

void sim_relay_wake(struct sim_relay_exchange *exchange, uint64_t after_ns)
{
    exchange->wake_ns = touch(exchange)->relay->now_ns + after_ns;
}

void sim_relay_finish(struct sim_relay_exchange *exchange)
{
    (void)touch(exchange);
    exchange->answer_is_over = true;
    exchange->answer_has_ended = true;
}

void sim_relay_cut(struct sim_relay_exchange *exchange)
{
    struct sim__link *link = touch(exchange);
    sim__side_close(link->relay, &link->engine);
    link->is_connecting = false;
    link->down.has_ended = true;
    fake_bytes_clear(&link->up.out);
    link->up.sent = 0;
    end_exchange(link, SIM_RELAY_CUT);
}
