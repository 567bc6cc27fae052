/**
 * One HTTP request and its answer, and how the routes give it.
 *
 * Ownership: an exchange is its server's, until both the client and the fake engine's
 *            call have ended.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_SERVER_EXCHANGE_H
#define SIM_SERVER_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "fakes/bytes.h"
#include "fakes/http.h"
#include "sim/server/server.h"

#define SIM_EXCHANGE_PATH_MAX 1024
#define SIM_EXCHANGE_BODY_MAX ((size_t)1 << 20) /* of what a client sends */

enum sim_exchange_state {
    SIM_EXCHANGE_RECEIVING,
    SIM_EXCHANGE_WAITING, /* for the fake engine */
    SIM_EXCHANGE_ANSWERED,
    SIM_EXCHANGE_STREAMING /* the answer comes in parts */
};

/** How a stream ends. */
enum sim_stream_end { SIM_STREAM_GOES_ON, SIM_STREAM_ENDS, SIM_STREAM_BREAKS };

struct sim_exchange {
    struct sim_exchange *next; /* among the server's */
    struct sim_server *server;
    struct MHD_Connection *connection; /* NULL: the client is gone, or was answered */
    enum sim_exchange_state state;
    bool suspended;
    int watched; /* the client's socket while we wait; -1 */

    bool is_get, is_post, is_delete, is_head;
    char path[SIM_EXCHANGE_PATH_MAX]; /* without the version */
    struct fake_bytes body;
    bool too_large;

    unsigned status;
    struct fake_bytes out; /* the answer, or the part of the stream not sent yet */
    enum sim_stream_end end;

    struct dd_call call; /* of the fake engine */
    bool calling;
    bool has_streamed;     /* a pull: a line has come */
    const char *container; /* whose end it waits for; NULL */
};

/** The exchange's server, for the routes. */
struct sim_server {
    struct MHD_Daemon *daemon;
    struct sim_relay *relay; /* where clients come in; NULL: to the daemon itself */
    int epoll;
    bool stopping;
    uint64_t start_ns;
    uint64_t random;
    struct fake_chooser chooser;
    struct fake_queue queue;
    struct fake_engine *engine;
    struct dd_docker docker;
    enum fake_personality personality;
    struct sim_exchange *exchanges;
    struct sim_container *containers;
    unsigned container_count; /* that were made */
};

/* --- answering (exchange.c) ------------------------------------------------------- */

/** Answer with what is in exchange->out. */
void sim_exchange_answer(struct sim_exchange *exchange, unsigned status);
/** Answer {"message":…}. */
void sim_exchange_refuse(struct sim_exchange *exchange, unsigned status, const char *message);
/** More of a stream, or its end, is in exchange->out. */
void sim_exchange_stream(struct sim_exchange *exchange, enum sim_stream_end end);
/** An argument behind "?", or NULL. */
const char *sim_exchange_argument(const struct sim_exchange *exchange, const char *name);
/** Whether an argument is there and means true, as the engine reads it. */
bool sim_exchange_flag(const struct sim_exchange *exchange, const char *name);
const char *sim_exchange_header(const struct sim_exchange *exchange, const char *name);

/** What MHD calls. */
enum MHD_Result sim_exchange_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context);
void sim_exchange_completed(void *ctx, struct MHD_Connection *connection, void **context,
                            enum MHD_RequestTerminationCode code);
/** The client of @exchange hung up while it waited. */
void sim_exchange_hung_up(struct sim_exchange *exchange);
void sim_exchange_destroy(struct sim_exchange *exchange);

/* --- what is asked (routes.c and below) --------------------------------------------- */

/** The exchange whose `call` @call is. */
struct sim_exchange *sim_exchange_of(struct dd_call *call);

/** The fake engine was asked, and answered @status when it started: wait for it. */
void sim_exchange_asked(struct sim_exchange *exchange, enum dd_status status);

/** Its call has completed: false, and it is dealt with, if the client is gone or there
 * is no success to tell of. */
bool sim_exchange_succeeded(struct sim_exchange *exchange, const struct dd_answer *answer);

/** Answer @exchange, or begin what will. */
void sim_route(struct sim_exchange *exchange);

/** "/images/NAME/json" with @before "/images/" and @after "/json": NAME, in @out. */
bool sim_route_matches(const struct sim_exchange *exchange, const char *before, const char *after,
                       char out[SIM_EXCHANGE_PATH_MAX]);

/* Each: false, and nothing was done, if the path is not one of theirs. */
bool sim_route_system(struct sim_exchange *exchange);     /* system.c */
bool sim_route_images(struct sim_exchange *exchange);     /* images.c */
bool sim_route_containers(struct sim_exchange *exchange); /* containers.c */

void sim_containers_release(struct sim_server *server);

/** Read X-Registry-Auth as the engine does: padded base64url of JSON; anything else is
 * nobody. Release with sim_login_release, which wipes it. */
struct sim_login {
    struct dd_credentials credentials; /* pointing into `text` */
    char *text;
    size_t size;
    bool readable; /* it was such JSON */
};
void sim_login_read(struct sim_login *login, const char *header);
void sim_login_release(struct sim_login *login);

#endif
