/**
 * The inside of a fingerprinter, for the files that walk the parts of a world:
 * fingerprint.c (whose things are, and how all comes together), fingerprint_agents.c,
 * fingerprint_coord.c, fingerprint_pull.c (pulls, operations and inquiries), fingerprint_engine.c
 * and fingerprint_oracle.c.
 *
 * What belongs to a caller is added to its signature; what belongs to nobody, to the
 * core. Adding makes the order of adding indifferent: where an order matters, a
 * position is part of what is added.
 */
#ifndef SIM_EXPLORE_FINGERPRINT_PARTS_H
#define SIM_EXPLORE_FINGERPRINT_PARTS_H

#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/removal.h"
#include "fakes/engine_internal.h"
#include "sim/explore/fingerprint.h"
#include "sim/hash.h"
#include "sim/oracle_state.h"

#define PRINTER_CALL_MAX 256 /* engine calls at a time of which owners are remembered */

/* What of a step's instances can still matter. */
struct printer_step {
    bool result_needed; /* an expectation looks at what it was told */
    bool is_target;     /* of a later step: what it began matters to that */
    bool releases;      /* gives back by name: what its caller was granted matters */
    size_t targeted_by; /* the first step that is about what it began; SIM_NO_STEP */
    size_t also_by;     /* the next that is about the same as this one; SIM_NO_STEP */
};

/* How far an instance of a step is. */
enum printer_stage {
    PRINTER_OVER,      /* or it can never begin any more: nothing will come of it */
    PRINTER_UNREACHED, /* what it waits for has not come yet */
    PRINTER_PENDING,
    PRINTER_ASKING /* its operation was not told */
};

/* Whose a thing is. */
struct printer_owner {
    uint64_t *word;  /* the signature that it is added to */
    uint64_t salt;   /* part of all that is added */
    uint32_t caller; /* SIM_NONE */
};

struct sim_fingerprinter {
    struct sim_world *world;
    bool symmetry;
    bool timed;
    uint64_t tick_ns;
    enum sim_field dropped;

    struct sim_names callers;
    unsigned *asking_count; /* while one is taken: of each caller: operations not told */
    size_t *word_of;        /* of each caller: its signature */
    uint64_t *salt_of;
    struct printer_owner **owner_of; /* of each instance of each step */
    struct printer_step *steps;
    size_t *first_stage;   /* of each step: its first instance's place among the stages */
    unsigned char *stages; /* while one is taken: of each instance */
    uint64_t *words;       /* the first is the core */
    size_t word_count;
    unsigned symmetric_count;
    bool counters_needed;
    bool closes; /* some step closes: what closing looks at in order has its order */
    bool pushes; /* the registry changes */
    bool pulls_digests;
    bool asks_always; /* some step pulls whatever is there */
    bool is_posting;  /* tellings are events: their order matters */
    bool refuses;     /* an inspect may be refused: who waits before whom is heard first */
    bool asks_twice;  /* while one is taken: some caller waits for two operations */

    /* While one is taken: engine calls that somebody in the coordinator owns. */
    const struct fake__call *owned[PRINTER_CALL_MAX];
    size_t owned_count;
};

/* SIM_FIELD_NONE is never left out. */
static inline bool is_left_out(const struct sim_fingerprinter *printer, enum sim_field field)
{
    return field != SIM_FIELD_NONE && printer->dropped == field;
}

static inline uint64_t put(const struct sim_fingerprinter *printer, uint64_t hash,
                           enum sim_field field, uint64_t value)
{
    return is_left_out(printer, field) ? hash : sim_hash_number(hash, value);
}

static inline uint64_t put_text(const struct sim_fingerprinter *printer, uint64_t hash,
                                enum sim_field field, const char *text)
{
    return put(printer, hash, field, sim_hash_string(SIM_HASH_START, text));
}

/* As put_text, of a text of @names; SIM_NONE: as NULL. */
static inline uint64_t put_named(const struct sim_fingerprinter *printer, uint64_t hash,
                                 enum sim_field field, const struct sim_names *names,
                                 uint32_t index)
{
    return index == SIM_NONE ? put_text(printer, hash, field, NULL)
                             : put(printer, hash, field, sim_names_hash(names, index));
}

static inline uint64_t put_id(const struct sim_fingerprinter *printer, uint64_t hash,
                              enum sim_field field, const struct dd__id *id)
{
    uint64_t words[4];
    if (is_left_out(printer, field)) {
        return hash;
    }
    memcpy(words, id->bytes, sizeof(words));
    for (size_t i = 0; i < 4 && id->length > 0; i++) { /* an empty one has no bytes */
        hash = sim_hash_number(hash, words[i]);
    }
    return sim_hash_number(hash, id->length);
}

static inline void add(struct printer_owner owner, uint64_t hash)
{
    *owner.word += sim_hash_finish(hash ^ owner.salt);
}

static inline struct printer_owner core_of(struct sim_fingerprinter *printer)
{
    return (struct printer_owner){ .word = &printer->words[0], .caller = SIM_NONE };
}

/* How far @due_ns is away, in ticks; what is past is 0. With free time: 0. */
static inline uint64_t ticks_to(const struct sim_fingerprinter *printer, uint64_t due_ns)
{
    uint64_t now_ns = printer->world->queue.now_ns;
    return printer->timed && due_ns > now_ns ? 1 + (due_ns - now_ns - 1) / printer->tick_ns : 0;
}

/* How long ago @past_ns was, in ticks, at most as long as @most_ns. */
static inline uint64_t ticks_since(const struct sim_fingerprinter *printer, uint64_t past_ns,
                                   uint64_t most_ns)
{
    uint64_t since_ns = printer->world->queue.now_ns - past_ns;
    since_ns = since_ns > most_ns ? most_ns + printer->tick_ns : since_ns;
    return printer->timed ? since_ns / printer->tick_ns : 0;
}

struct printer_owner sim_printer_owner(struct sim_fingerprinter *printer, const char *caller);
struct printer_owner sim_printer_instance_owner(const struct sim_fingerprinter *printer,
                                                const struct sim_instance *instance);

void sim_print_agents(struct sim_fingerprinter *printer);
void sim_print_coord(struct sim_fingerprinter *printer);
void sim_print_pulls(struct sim_fingerprinter *printer);
void sim_print_operations(struct sim_fingerprinter *printer);
/* An inquiry, and what waits in it. */
uint64_t sim_print_inquiry(struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__inquiry *inquiry);
/* A request and its engine call, which somebody owns. */
uint64_t sim_print_request(struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__request *request);
/* The engine, and the calls that nobody owns. */
void sim_print_engine(struct sim_fingerprinter *printer);
void sim_print_oracle(struct sim_fingerprinter *printer);
/* What the plain model knows. */
void sim_print_model(struct sim_fingerprinter *printer);
/* What the oracle knows of an engine call in flight. */
uint64_t sim_print_oracle_call(const struct sim_fingerprinter *printer, uint64_t hash,
                               uint64_t number);

#endif
