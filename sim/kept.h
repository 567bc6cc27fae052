/**
 * Texts that are kept once and for all, each once: what a run was told, by pointers that
 * stay good whatever becomes of the run. They lie outside of what an exploration saves
 * and restores; that a text stays kept when the run goes back to before it was heard
 * changes nothing that anybody could tell.
 *
 * Ownership: texts are the table's own, until sim_kept_destroy.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_KEPT_H
#define SIM_KEPT_H

struct sim_kept;

struct sim_kept *sim_kept_create(void);
void sim_kept_destroy(struct sim_kept *kept);

/** @text as it is kept; NULL for NULL. Equal texts have equal pointers. */
const char *sim_kept_text(struct sim_kept *kept, const char *text);

#endif
