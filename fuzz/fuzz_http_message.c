/*
 * HTTP messages of any bytes, as the relay reads them: however they are cut, the same
 * bytes are of the same kinds, none is lost, and nothing grows without bound.
 *
 * Input: what is read (one byte: 0: requests, else an answer to GET or, if odd, to HEAD)
 * and the size of the pieces (one byte; 0: all at once), then the bytes.
 */
#include "coord/siphash.h"
#include "fuzz/target.h"
#include "sim/server/message.h"

#define HEAD_SIZE 2
#define MESSAGE_MAX 8 /* on one connection */

/* What was read, as one number; bytes of one kind in a row are one. */
struct seen {
    struct dd__digest128 digest;
    size_t taken; /* bytes that were passed on */
};

static void see(struct seen *seen, enum sim_piece_kind kind, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const struct dd__sipkey key = { seen->digest.lo, seen->digest.hi };
        const char pair[2] = { (char)kind, at[i] };
        seen->digest = dd__siphash128(&key, pair, sizeof(pair));
    }
    seen->taken += size;
}

static void begin(struct sim_message *message, uint8_t what)
{
    if (what == 0) {
        sim_message_begin_request(message);
    } else {
        sim_message_begin_answer(message, what % 2 == 1 ? "HEAD" : "GET");
    }
}

/* What a head says is asked for; it must end. */
static void look(struct sim_message *message)
{
    char text[64];
    (void)sim_message_header(message, "Content-Type", text, sizeof(text));
    FUZZ_MUST(strlen(text) < sizeof(text));
    sim_message_query(message, text, sizeof(text));
    FUZZ_MUST(strlen(text) < sizeof(text));
    FUZZ_MUST(strlen(message->path) < sizeof(message->path));
    size_t before = message->head.size;
    sim_message_mask(message);
    FUZZ_MUST(message->head.size == before);
    char secret[64];
    bool found = sim_message_header(message, "X-Registry-Auth", secret, sizeof(secret));
    FUZZ_MUST(!found || strspn(secret, "*") == strlen(secret));
}

static struct seen read_all(const char *bytes, size_t size, uint8_t what, size_t step)
{
    struct seen seen = { .taken = 0 };
    struct sim_message message;
    unsigned count = 0;
    size_t at = 0;
    struct sim_piece piece = { .kind = SIM_PIECE_FRAME };
    sim_message_init(&message);
    begin(&message, what);
    while (count < MESSAGE_MAX && piece.kind != SIM_PIECE_BROKEN && !message.is_tunnel &&
           (at < size || piece.kind != SIM_PIECE_NONE)) {
        size_t part = step > 0 && size - at > step ? step : size - at;
        size_t used = sim_message_read(&message, bytes + at, part, &piece);
        FUZZ_MUST(used <= part);
        FUZZ_MUST(message.head.size <= SIM_MESSAGE_HEAD_MAX);
        at += used;
        if (piece.kind != SIM_PIECE_NONE) {
            see(&seen, piece.kind, piece.at, piece.size);
        }
        if (piece.kind == SIM_PIECE_HEAD) {
            look(&message);
        } else if (piece.kind == SIM_PIECE_END) {
            count++;
            begin(&message, what);
        }
    }
    /* What is not passed on yet is the beginning of a head. */
    size_t kept =
        piece.kind == SIM_PIECE_NONE && message.state == SIM__MESSAGE_HEAD && message.status == 0
            ? message.head.size
            : 0;
    FUZZ_MUST(piece.kind == SIM_PIECE_BROKEN || seen.taken + kept == at);
    (void)sim_message_cut(&message);
    sim_message_release(&message);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_SIZE) {
        return 0;
    }
    char *bytes = fuzz_string(data + HEAD_SIZE, size - HEAD_SIZE);
    struct seen whole = read_all(bytes, size - HEAD_SIZE, data[0], 0);
    struct seen parts = read_all(bytes, size - HEAD_SIZE, data[0], data[1]);
    FUZZ_MUST(whole.taken == parts.taken);
    FUZZ_MUST(whole.digest.lo == parts.digest.lo && whole.digest.hi == parts.digest.hi);
    free(bytes);
    return 0;
}
