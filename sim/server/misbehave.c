#include "sim/server/misbehave.h"

#include <assert.h>
#include <string.h>

#include "fakes/memory.h"

#define NS_PER_MS UINT64_C(1000000)
#define SLOW_NS (500 * NS_PER_MS)
#define BYTE_NS (NS_PER_MS / 20) /* between two bytes */
/* How long an answer waits for another one to be swapped with; then it is given. */
#define SWAP_NS (500 * NS_PER_MS)
#define SWAP_MAX ((size_t)4 << 20) /* bytes of an answer that is withheld */
#define ENDLESS_PART ((size_t)64 * 1024)
#define ENDLESS_MAX ((uint64_t)1 << 30)

/* What goes wrong with an exchange: its `owner`. */
struct sim__withheld {
    struct sim__withheld *next;
    struct sim_misbehave *misbehave;
    struct sim_relay_exchange *exchange;
    enum sim_misbehaviour_kind kind;
    bool is_whole;           /* an answer that is withheld */
    struct fake_bytes bytes; /* of it */
    uint64_t said;           /* of an endless one */
};

/* --- endless answers ------------------------------------------------------------------------ */

static bool go_on(struct sim_relay_exchange *exchange, struct fake_bytes *out)
{
    struct sim__withheld *withheld = exchange->owner;
    fake_bytes_repeat(out, 'a', ENDLESS_PART);
    withheld->said += ENDLESS_PART;
    if (withheld->said >= ENDLESS_MAX) {
        sim_relay_cut(exchange);
        return false;
    }
    return true;
}

static void say_endless(struct sim_relay_exchange *exchange, const char *beginning)
{
    sim_relay_say(exchange, beginning, strlen(beginning));
    sim_relay_say_from(exchange, go_on);
}

/* --- swapped answers ------------------------------------------------------------------------ */

static struct sim__withheld *find_whole(const struct sim__withheld *mine)
{
    struct sim__withheld *at = mine->misbehave->withheld;
    while (at != NULL && (at == mine || !at->is_whole)) {
        at = at->next;
    }
    return at;
}

static void give(struct sim__withheld *to, const struct fake_bytes *bytes)
{
    sim_relay_say(to->exchange, bytes->at, bytes->size);
    sim_relay_finish(to->exchange);
    to->is_whole = false;
}

static void swap(struct sim__withheld *mine)
{
    struct sim__withheld *other = find_whole(mine);
    mine->is_whole = true;
    if (other == NULL) {
        sim_relay_wake(mine->exchange, SWAP_NS);
        return;
    }
    give(other, &mine->bytes);
    give(mine, &other->bytes);
}

/* True: it goes on as it comes. */
static bool withhold(struct sim__withheld *mine, const struct sim_piece *piece)
{
    if (mine->bytes.size + piece->size > SWAP_MAX || piece->kind == SIM_PIECE_BROKEN) {
        sim_relay_say(mine->exchange, mine->bytes.at, mine->bytes.size);
        fake_bytes_clear(&mine->bytes);
        mine->kind = SIM_MISBEHAVIOUR_COUNT; /* it is too long for that */
        return true;
    }
    fake_bytes_add(&mine->bytes, piece->at, piece->size);
    if (piece->kind == SIM_PIECE_END) {
        swap(mine);
    }
    return false;
}

/* --- the hooks -------------------------------------------------------------------------------- */

/* The first that fits, if it is its turn; NULL: none. */
static const struct sim_misbehaviour *choose(struct sim_misbehave *misbehave,
                                             const struct sim_message *request)
{
    enum sim_endpoint call = sim_endpoint_of(request->method, request->path);
    const struct sim_misbehaviour *chosen = NULL;
    for (size_t i = 0; i < misbehave->count; i++) {
        const struct sim_misbehaviour *at = &misbehave->list[i];
        if (at->call == SIM_ENDPOINT_ANY || at->call == call) {
            unsigned nth = ++misbehave->asked[i];
            chosen = chosen == NULL && (at->nth == 0 || at->nth == nth) ? at : chosen;
        }
    }
    return chosen;
}

static void asked(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    struct sim_misbehave *misbehave = ctx;
    const struct sim_misbehaviour *what =
        piece->kind == SIM_PIECE_HEAD ? choose(misbehave, exchange->request) : NULL;
    if (what == NULL) {
        return;
    }
    struct sim__withheld *mine = fake_memory_alloc(sizeof(*mine));
    *mine = (struct sim__withheld){
        .next = misbehave->withheld,
        .misbehave = misbehave,
        .exchange = exchange,
        .kind = what->kind,
    };
    misbehave->withheld = mine;
    exchange->owner = mine;
    if (what->kind == SIM_MISBEHAVIOUR_ONE_BYTE) {
        sim_relay_pace(exchange, 1, BYTE_NS);
    }
}

/* Half of the first part of the body is said, and then no more. */
static bool stop_midway(struct sim__withheld *mine, const struct sim_piece *piece, bool cuts)
{
    if (mine->said > 0) {
        return false;
    }
    if (piece->kind == SIM_PIECE_HEAD || piece->kind == SIM_PIECE_FRAME) {
        return true;
    }
    mine->said = 1;
    sim_relay_say(mine->exchange, piece->at, piece->size / 2);
    if (cuts) {
        sim_relay_cut(mine->exchange);
    }
    return false;
}

static bool begin_endless(struct sim__withheld *mine, const char *beginning)
{
    if (mine->said == 0) {
        mine->said = 1;
        say_endless(mine->exchange, beginning);
    }
    return false;
}

static bool say_words(struct sim__withheld *mine)
{
    struct fake_bytes words;
    fake_bytes_init(&words);
    bool has_words = sim_misbehaviour_words(mine->kind, &words);
    assert(has_words);
    (void)has_words;
    sim_relay_say(mine->exchange, words.size > 0 ? words.at : "", words.size);
    fake_bytes_release(&words);
    sim_relay_cut(mine->exchange);
    return false;
}

static bool answered(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    struct sim__withheld *mine = exchange->owner;
    (void)ctx;
    if (mine == NULL) {
        return true;
    }
    switch (mine->kind) {
    case SIM_MISBEHAVIOUR_STALL:
        return false;
    case SIM_MISBEHAVIOUR_STALL_MIDWAY:
        return stop_midway(mine, piece, false);
    case SIM_MISBEHAVIOUR_TRUNCATE:
        return stop_midway(mine, piece, true);
    case SIM_MISBEHAVIOUR_SLOW:
        if (piece->kind == SIM_PIECE_HEAD) {
            sim_relay_pause(exchange, SLOW_NS);
        }
        return true;
    case SIM_MISBEHAVIOUR_ONE_BYTE:
    case SIM_MISBEHAVIOUR_COUNT:
        return true;
    case SIM_MISBEHAVIOUR_REORDER:
        return withhold(mine, piece);
    case SIM_MISBEHAVIOUR_ENDLESS_LINE:
        return begin_endless(mine, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                   "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n{\"status\":\"");
    case SIM_MISBEHAVIOUR_ENDLESS_HEAD:
        return begin_endless(mine, "HTTP/1.1 200 OK\r\nContent-Type: ");
    default:
        return say_words(mine);
    }
}

/* Nobody came to swap with. */
static void woken(void *ctx, struct sim_relay_exchange *exchange)
{
    struct sim__withheld *mine = exchange->owner;
    (void)ctx;
    give(mine, &mine->bytes);
}

static void over(void *ctx, struct sim_relay_exchange *exchange, enum sim_relay_end end)
{
    struct sim_misbehave *misbehave = ctx;
    struct sim__withheld **link = &misbehave->withheld;
    struct sim__withheld *mine = exchange->owner;
    (void)end;
    if (mine == NULL) {
        return;
    }
    while (*link != mine) {
        link = &(*link)->next;
    }
    *link = mine->next;
    fake_bytes_release(&mine->bytes);
    fake_memory_free(mine);
}

const struct sim_relay_hooks sim_misbehave_hooks = {
    .asked = asked,
    .answered = answered,
    .woken = woken,
    .over = over,
};
