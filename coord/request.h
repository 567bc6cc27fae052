/**
 * One call to the engine: the only place where the Docker client is called, and
 * where its completions enter the coordinator.
 *
 * A call that the client refuses to start is completed all the same, as an
 * event of its own that says so: whoever asked has one path for everything.
 */
#ifndef COORD_REQUEST_H
#define COORD_REQUEST_H

#include <stdbool.h>

#include "drydock/docker.h"
#include "drydock/env.h"

struct dd_coord;

struct dd__request {
    union {
        struct dd_call call;    /* in flight: the client's */
        struct dd_task refusal; /* `refused`: the executor's */
    };
    struct dd_coord *coord;
    bool in_flight;
    bool refused; /* the client did not start it */
    bool is_cancelled;
    void (*answered)(struct dd__request *request, const struct dd_answer *answer);
};

void dd__request_init(struct dd__request *request, struct dd_coord *coord,
                      void (*answered)(struct dd__request *, const struct dd_answer *));

/** Each: nothing is in flight before; exactly one `answered` follows, between an
 * enter and a leave of its own. Strings are borrowed for the call. */
void dd__request_identify(struct dd__request *request);
void dd__request_inspect(struct dd__request *request, const char *name);
void dd__request_remove(struct dd__request *request, const char *name);
/** False: refused; the completion still comes. @line is called for each line. */
bool dd__request_pull(struct dd__request *request, const struct dd_pull_spec *spec,
                      void (*line)(struct dd_call *call, const struct dd_line *line));

/** Ask for an early end, if in flight. `answered` still comes. */
void dd__request_cancel(struct dd__request *request);

#endif
