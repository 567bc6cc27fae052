/**
 * The Docker client's inside, for its own files: client.c (life, the interface),
 * client_target.c (what is asked), client_call.c (a call's exchanges, one after the
 * other), client_answer.c (what they come to).
 */
#ifndef DD__BACKEND_CLIENT_INTERNAL_H
#define DD__BACKEND_CLIENT_INTERNAL_H

#include <stdbool.h>

#include "coord/backend/answers.h"
#include "coord/backend/api_version.h"
#include "coord/backend/engine_address.h"
#include "coord/backend/http.h"
#include "coord/backend/stream_reader.h"
#include "coord/list.h"
#include "coord/stream.h"
#include "coord/text.h"
#include "drydock/client.h"
#include "drydock/reference.h"

#define DD__CLIENT_BODY_MAX ((size_t)16 * 1024 * 1024)   /* of an answer in one piece */
#define DD__CLIENT_STREAM_MAX (UINT64_C(1) << 30)        /* of a pull's stream */
#define DD__CLIENT_PENDING_MAX ((size_t)4 * 1024 * 1024) /* of it, between two looks */

struct dd_client {
    struct dd_loop *loop;
    struct dd__engine_address address;
    /* Short questions wait for one another, if there are many. Pulls and DELETEs,
     * which the coordinator limits, wait for nobody. */
    struct dd__http questions;
    struct dd__http works;
    struct dd__list calls;
    char version[DD__API_VERSION_MAX + 1]; /* "": not negotiated */
    bool is_podman;
};

enum dd__client_kind {
    DD__CLIENT_IDENTIFY,
    DD__CLIENT_PULL,
    DD__CLIENT_INSPECT,
    DD__CLIENT_REMOVE,
    DD__CLIENT_LIST
};

/* Which of a call's exchanges is under way. */
enum dd__client_phase { DD__CLIENT_VERSION, DD__CLIENT_INFO, DD__CLIENT_REQUEST };

struct dd__client_call {
    struct dd_client *client;
    struct dd_call *call;
    struct dd__list in_calls;
    enum dd__client_kind kind;
    enum dd__client_phase phase;
    char *path;          /* of the request, without the version */
    char *secret_header; /* until its answer begins */
    bool has_renegotiated;
    bool stream_has_ended; /* and was not cut off */
    bool is_cancelled;
    struct dd_task cancelled;
    struct dd__exchange exchange;
    struct dd__stream_reader reader;
    struct dd__stream stream; /* what its lines said so far */
    struct dd__decoded decoded;
    char text[DD__MESSAGE_MAX + 1];
    char engine_id[DD__MESSAGE_MAX + 1];
};

/* --- client_target.c: paths, returned, release with free; NULL: no memory --------- */

/** Whether @name can stand in a path as it is and means nothing but a name there. */
bool dd__client_name_is_sound(const char *name);
char *dd__client_path(enum dd__client_kind kind, const char *name);
char *dd__client_pull_path(const struct dd_pull_spec *spec);
/** The whole URL of @path, with the version that was negotiated; @is_versioned:
 * false: without it. */
char *dd__client_url(const struct dd_client *client, const char *path, bool is_versioned);

/* --- client_call.c ------------------------------------------------------------------ */

/** Begin. Errors: DD_ENOMEM: nothing has begun, and @c is still the caller's. */
DD_MUST_USE enum dd_status dd__client_call_begin(struct dd__client_call *c);
void dd__client_call_cancel(struct dd__client_call *c);
void dd__client_call_free(struct dd__client_call *c);

/* --- client_answer.c: each fills @answer, whose strings lie in @c ------------------- */

/** The exchange that is over is the last one. */
void dd__client_answer(struct dd__client_call *c, struct dd_answer *answer);
/** What was asked never came to the engine, because of @why. */
void dd__client_unsent(struct dd__client_call *c, const char *why, struct dd_answer *answer);
/** The question for the version did not come to one; false: it did. */
bool dd__client_version_failed(struct dd__client_call *c, struct dd_answer *answer);
/** Whether the engine refused to be spoken to in the version that was negotiated. */
bool dd__client_is_refused_version(struct dd__client_call *c);

#endif
