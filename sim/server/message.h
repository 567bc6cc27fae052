/**
 * Where HTTP/1.1 messages begin and end: a reader of bytes, however they are cut, that
 * says of each what it is and changes none.
 *
 * Bounded: a head has at most SIM_MESSAGE_HEAD_MAX bytes, of a body nothing is kept.
 *
 * Ownership: a message lies inside its owner; sim_message_init before the first use,
 *            sim_message_release after the last.
 * Threading: one thread at a time.
 * Errors:    what is no HTTP is SIM_PIECE_BROKEN; aborts without memory.
 */
#ifndef SIM_SERVER_MESSAGE_H
#define SIM_SERVER_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fakes/bytes.h"

#define SIM_MESSAGE_HEAD_MAX ((size_t)64 * 1024) /* bytes; a trailer's likewise */
#define SIM_MESSAGE_PATH_MAX 1024

enum sim_piece_kind {
    SIM_PIECE_NONE,  /* nothing; all bytes were read, and more are needed */
    SIM_PIECE_HEAD,  /* start line and headers, with the blank line; whole */
    SIM_PIECE_BODY,  /* some of the body itself */
    SIM_PIECE_FRAME, /* around it: of chunks, of a trailer; a 1xx answer */
    SIM_PIECE_END,   /* no bytes: the message is over */
    SIM_PIECE_BROKEN /* the bytes are no HTTP (what of a head is kept is in `head`) */
};

struct sim_piece {
    enum sim_piece_kind kind;
    const char *at;
    size_t size;
};

enum sim_message_state {
    SIM__MESSAGE_HEAD,
    SIM__MESSAGE_LENGTH,     /* a body with a length */
    SIM__MESSAGE_CLOSE,      /* a body until the connection's end */
    SIM__MESSAGE_CHUNK_SIZE, /* the line before a chunk */
    SIM__MESSAGE_CHUNK,      /* its bytes */
    SIM__MESSAGE_CHUNK_END,  /* the line's end behind them */
    SIM__MESSAGE_TRAILER,
    SIM__MESSAGE_OVER,
    SIM__MESSAGE_BROKEN
};

struct sim_message {
    struct fake_bytes head; /* until the next sim_message_begin */
    bool is_request;
    char method[16];                 /* a request's; "" until its head is there */
    char path[SIM_MESSAGE_PATH_MAX]; /* likewise, without what is behind "?"; cut */
    unsigned status;                 /* an answer's; 0 until its head is there */
    bool is_tunnel;                  /* an answer after which no more HTTP comes */

    /* message.c's own. */
    enum sim_message_state state;
    bool answers_head; /* the request was HEAD: there is no body */
    uint64_t left;     /* bytes of the body or chunk */
    bool has_digit;    /* of a chunk's size */
    bool has_size;     /* its last digit was read */
    size_t line_size;  /* bytes of the line that is read */
    size_t frame_size; /* and of all lines of this frame */
};

void sim_message_init(struct sim_message *message);
void sim_message_release(struct sim_message *message);

/** Await a request. */
void sim_message_begin_request(struct sim_message *message);
/** Await the answer to a request whose method was @method. */
void sim_message_begin_answer(struct sim_message *message, const char *method);

/**
 * Read on in @bytes: how many were read, which are what @piece says. SIM_PIECE_END
 * comes without bytes, and also where @size is 0; call until SIM_PIECE_NONE.
 *
 * Ownership: @piece points into @bytes, a head into @message.
 */
size_t sim_message_read(struct sim_message *message, const char *bytes, size_t size,
                        struct sim_piece *piece);

/** The connection has ended: SIM_PIECE_END if the message may end so,
 * SIM_PIECE_NONE if none had begun, SIM_PIECE_BROKEN if it was cut. */
enum sim_piece_kind sim_message_cut(const struct sim_message *message);

/** The value of a header; false, and @value is "", if there is none. @value is cut to
 * @size bytes, the NUL included. */
bool sim_message_header(const struct sim_message *message, const char *name, char *value,
                        size_t size);

/** What is behind "?" in a request's first line; "" if there is none. Likewise cut. */
void sim_message_query(const struct sim_message *message, char *query, size_t size);

/** Put asterisks in the place of credentials (X-Registry-Auth and the like). */
void sim_message_mask(struct sim_message *message);

#endif
