/**
 * A failure on its way to becoming small: a scenario as a document that can be edited,
 * and the tape of a way through it, which is edited with it.
 *
 * Ownership: a case owns its document, tape and scenario; release with
 *            sim_case_release. An edit changes document and tape only; sim_case_read
 *            makes a scenario of them again.
 * Errors:    none but a document that is no scenario; aborts without memory.
 */
#ifndef SIM_EXPLORE_CASE_H
#define SIM_EXPLORE_CASE_H

#include <cjson/cJSON.h>

#include "sim/explore/tape.h"

struct sim_case {
    cJSON *document;
    struct sim_way_tape tape;
    struct sim_scenario *scenario; /* NULL: to be read */
};

/** @tape's way through @scenario. */
void sim_case_init(struct sim_case *made, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape);
/** A case of its own, to be edited and read. */
struct sim_case sim_case_copy(const struct sim_case *from);
void sim_case_release(struct sim_case *made);

/** Make a scenario of the document. False: it is none. */
bool sim_case_read(struct sim_case *made);

/* --- edits (case_steps.c, case_unroll.c) ------------------------------------------- */

size_t sim_case_step_count(const struct sim_case *made);

/** Every step that is carried out several times becomes several steps, and every
 * registry entry for several images several entries. False: there is none, or too
 * many; nothing changed. @made has its scenario. */
bool sim_case_unroll(struct sim_case *made);

/** Drop @count steps from @from on, with whatever is about them alone. What waits for
 * one of them goes, too; or, if @cut, no longer waits. */
void sim_case_drop_steps(struct sim_case *made, size_t from, size_t count, bool cut);

#define SIM_PLACE_DEPTH_MAX 8

/** A place in a document: which child of which child. */
struct sim_document_place {
    size_t depth;
    size_t at[SIM_PLACE_DEPTH_MAX];
};

/** The places of @document that may be dropped one by one: all members and elements
 * but what a scenario must have, and steps. Returned, release with fake_memory_free. */
struct sim_document_place *sim_case_places(const struct sim_case *made, size_t *count);
void sim_case_drop_place(struct sim_case *made, const struct sim_document_place *place);

#endif
