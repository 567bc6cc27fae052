/** The inside of a judge, for the files that make it up: judge.c (leases, operations,
 * agents), judge_requests.c (requests and answers). */
#ifndef SIM_SOAK_JUDGE_STATE_H
#define SIM_SOAK_JUDGE_STATE_H

#include "sim/soak/judge.h"

struct judge_image {
    char *id;
    unsigned held_count;
    uint64_t last_held;    /* the line in which its last lease ended; 0: none did */
    uint64_t seen_in_life; /* 1 + the agent's life in which an inspect saw it; 0: none did */
};

struct judge_name {
    char *name;
    char means[80];   /* the image that the last inspect said; "" */
    uint64_t looked;  /* the line of that inspect's request; 0: not since a DELETE */
    uint64_t life;    /* of that inspect */
    uint64_t touched; /* the line in which somebody else last did something to it */
    bool pulled;      /* a repository: a pull of it was sent */
};

struct judge_lease {
    char *image;
    char *caller;
    uint64_t number;
};

/* A request that is not answered. */
struct judge_flight {
    uint64_t number;
    uint64_t line;
    uint64_t looked; /* a DELETE: the line of the inspect's request before it */
    char *means;     /* a DELETE: the image that it means; NULL: nobody knows */
    bool abandoned;  /* its agent died, or its answer was lost: it may still be executed */
    bool found;      /* to be wrong already */
    struct sim_request request;
};

struct sim_judge {
    uint64_t line;
    uint64_t life; /* of the agents that there were */
    struct judge_image *images;
    size_t image_count;
    size_t image_capacity;
    struct judge_name *names;
    size_t name_count;
    size_t name_capacity;
    struct judge_lease *leases;
    size_t lease_count;
    size_t lease_capacity;
    struct judge_flight *flights;
    size_t flight_count;
    size_t flight_capacity;
    uint64_t *operations; /* that nobody was told of */
    size_t operation_count;
    size_t operation_capacity;
    struct sim_verdict verdict;
};

void sim_judge_found(struct sim_judge *judge, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Both are made if they are not known; borrowed until the next one. */
struct judge_image *sim_judge_image(struct sim_judge *judge, const char *id);
struct judge_name *sim_judge_name(struct sim_judge *judge, const char *name);

/** A DELETE in flight, of an agent that lives, that means @image; NULL. */
const struct judge_flight *sim_judge_delete_of(const struct sim_judge *judge, const char *image);

void sim_judge_request(struct sim_judge *judge, const struct sim_entry *entry);
void sim_judge_answer(struct sim_judge *judge, const struct sim_entry *entry);
void sim_judge_unanswered(struct sim_judge *judge, const struct sim_entry *entry);

#endif
