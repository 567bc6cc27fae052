/**
 * What a request to an engine asks for, by its method and target.
 *
 * Ownership: names are written into the request. Threading: any. Errors: what is no call
 *            of ours is SIM_REQUEST_UNKNOWN.
 */
#ifndef SIM_SOAK_REQUEST_H
#define SIM_SOAK_REQUEST_H

#include <stdbool.h>

#define SIM_REQUEST_KIND_MAP(X)                                                                    \
    X(UNKNOWN, "unknown")                                                                          \
    X(PING, "ping")                                                                                \
    X(IDENTIFY, "identify")                                                                        \
    X(PULL, "pull")                                                                                \
    X(INSPECT, "inspect")                                                                          \
    X(REMOVE, "remove")                                                                            \
    X(LIST, "list")

enum sim_request_kind {
#define SIM_REQUEST_ENUM(name, word) SIM_REQUEST_##name,
    SIM_REQUEST_KIND_MAP(SIM_REQUEST_ENUM)
#undef SIM_REQUEST_ENUM
        SIM_REQUEST_KIND_COUNT
};

#define SIM_REQUEST_NAME_SIZE 512

struct sim_request {
    enum sim_request_kind kind;
    char name[SIM_REQUEST_NAME_SIZE];       /* reference or image ID; "" */
    char repository[SIM_REQUEST_NAME_SIZE]; /* of a reference; "" of an ID */
    bool by_id;
    bool by_force;
};

struct sim_request sim_request_read(const char *method, const char *target);

/** "pull". Static storage. */
const char *sim_request_word(enum sim_request_kind kind);

/** The repository of @reference ("host:5000/app:1" -> "host:5000/app"); "" of an ID. */
void sim_request_repository(const char *reference, char out[SIM_REQUEST_NAME_SIZE]);

#endif
