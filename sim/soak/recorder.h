/**
 * A relay that writes down what passes: requests, and what their answers say. Never
 * credentials: of a request it has method, path and query alone.
 *
 * A line is written before what it tells is passed on: whoever acts on an answer does so
 * behind the answer's line.
 *
 * Ownership: what a recorder is begun with is borrowed until its end.
 * Threading: it has a thread of its own.
 * Errors:    beginning says in one line what is wrong; aborts without memory.
 */
#ifndef SIM_SOAK_RECORDER_H
#define SIM_SOAK_RECORDER_H

#include "sim/soak/recording.h"

struct sim_recorder;

/** Listen at @address, for the engine at @engine (both "unix:///..."). NULL: @message. */
struct sim_recorder *sim_recorder_begin(const char *address, const char *engine,
                                        struct sim_recording *recording, char message[256]);
void sim_recorder_end(struct sim_recorder *recorder);

/** What @entry, an answer to @method @target with @size bytes at @body, says: image, names,
 * deleted, text (of a pull: its last line, or its error) and digest. Its texts are those of
 * the JSON that it holds; release with sim_entry_release. */
void sim_recorder_read(struct sim_entry *entry, const char *method, const char *target,
                       const char *body, size_t size);

#endif
