/**
 * The rows of docs/ENGINE.md as tests: each asks a target, and expects what its row says.
 *
 * Ownership: a row's texts live until it ends.
 * Errors:    the first expectation that fails is the row's failure, in words.
 */
#ifndef SIM_CONFORMANCE_CONFORM_H
#define SIM_CONFORMANCE_CONFORM_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/conformance/target.h"

#define SIM_CONFORM_TEXTS 16
#define SIM_CONFORM_TEXT_SIZE 320

struct sim_conform {
    struct sim_conform_target *target;
    bool podman; /* the personality */
    bool failed;
    bool exempt; /* from here on nothing is expected */
    char failure[800];
    struct sim_conform_answer answer; /* the last one */
    char texts[SIM_CONFORM_TEXTS][SIM_CONFORM_TEXT_SIZE];
    unsigned text_count;
};

struct sim_conform_row {
    const char *name; /* as in docs/ENGINE.md */
    void (*run)(struct sim_conform *c);
    const char *exempt; /* why it has none */
};

/** All of them, in the order of docs/ENGINE.md; the last has no name. */
extern const struct sim_conform_row sim_conform_rows[];

enum sim_conform_result { SIM_CONFORM_PASSED, SIM_CONFORM_FAILED, SIM_CONFORM_EXEMPT };

/** Run @row on @target; @text says what was not so, or why the target is exempt. */
enum sim_conform_result sim_conform_run(struct sim_conform_target *target,
                                        const struct sim_conform_row *row, char text[800]);

/* --- for the rows --------------------------------------------------------------------- */

void sim_conform_expect(struct sim_conform *c, bool is_so, const char *what);
#define EXPECT(c, is_so) sim_conform_expect(c, is_so, #is_so)

/** This target is exempt, and @why. */
void sim_conform_exempt(struct sim_conform *c, const char *why);

/** "app:1" as the target's registry has it; in the one that demands credentials. */
const char *sim_conform_name(struct sim_conform *c, const char *reference);
const char *sim_conform_guarded(struct sim_conform *c, const char *reference);
/** "app:1" and a digest: "host/app@sha256:…". */
const char *sim_conform_by_digest(struct sim_conform *c, const char *reference, const char *digest);
/** A text of the row's own, as by printf. */
const char *sim_conform_text(struct sim_conform *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** X-Registry-Auth for this name and password. */
const char *sim_conform_login(struct sim_conform *c, const char *username, const char *password);

/** Ask; the answer is c->answer, until the next one. True: its status was @status. */
bool sim_conform_ask(struct sim_conform *c, struct sim_conform_request request);
unsigned sim_conform_status(struct sim_conform *c, enum sim_conform_call call, const char *name);
/** Of a pull: it made its name, or moved it; 0 and no error line otherwise. */
bool sim_conform_pulled(struct sim_conform *c, const char *name);
/** Push content @nickname as @reference, and pull it. */
bool sim_conform_get(struct sim_conform *c, const char *reference, const char *nickname,
                     struct sim_conform_image *out);
/** The ID that @name means now, or "". */
const char *sim_conform_id_of(struct sim_conform *c, const char *name);
bool sim_conform_has(struct sim_conform *c, const char *name);
/** A container @container of @image, running or only created. */
void sim_conform_container(struct sim_conform *c, const char *image, const char *container,
                           bool running);
/** @bytes have @line as a whole line; @text anywhere; this many lines. */
bool sim_conform_has_line(const struct fake_bytes *bytes, const char *line);
bool sim_conform_says(const struct fake_bytes *bytes, const char *text);
size_t sim_conform_line_count(const struct fake_bytes *bytes);
/** Let time pass where it is real. */
void sim_conform_wait(const struct sim_conform *c, unsigned ms);

/* --- by file ------------------------------------------------------------------------------ */

void sim_row_familiar_names(struct sim_conform *c);
void sim_row_image_id(struct sim_conform *c);
void sim_row_id_forms(struct sim_conform *c);
void sim_row_malformed_name(struct sim_conform *c);
void sim_row_pull_stream(struct sim_conform *c);
void sim_row_pull_closing_line(struct sim_conform *c);
void sim_row_pull_up_to_date(struct sim_conform *c);
void sim_row_pull_other_name(struct sim_conform *c);
void sim_row_pull_adds_digest(struct sim_conform *c);
void sim_row_pull_by_digest(struct sim_conform *c);
void sim_row_pull_tag_moved(struct sim_conform *c);
void sim_row_pull_every_tag(struct sim_conform *c);
void sim_row_pull_shares_blobs(struct sim_conform *c);
void sim_row_pull_unknown_tag(struct sim_conform *c);
void sim_row_pull_denied(struct sim_conform *c);
void sim_row_pull_no_credentials(struct sim_conform *c);
void sim_row_pull_wrong_credentials(struct sim_conform *c);
void sim_row_pull_anonymous_fallback(struct sim_conform *c);
void sim_row_pull_rate_limited(struct sim_conform *c);
void sim_row_pull_registry_down(struct sim_conform *c);
void sim_row_pull_no_platform(struct sim_conform *c);
void sim_row_pull_fails_in_stream(struct sim_conform *c);
void sim_row_pull_client_gone(struct sim_conform *c);
void sim_row_delete_name_others_left(struct sim_conform *c);
void sim_row_delete_name_last_in_use(struct sim_conform *c);
void sim_row_delete_name_last(struct sim_conform *c);
void sim_row_delete_name_drops_digest(struct sim_conform *c);
void sim_row_delete_name_same_repository(struct sim_conform *c);
void sim_row_delete_name_children(struct sim_conform *c);
void sim_row_delete_name_gone_by_hand(struct sim_conform *c);
void sim_row_delete_moved_name(struct sim_conform *c);
void sim_row_delete_digest_last(struct sim_conform *c);
void sim_row_delete_digest_tag_left(struct sim_conform *c);
void sim_row_delete_id_one_name(struct sim_conform *c);
void sim_row_delete_id_no_name(struct sim_conform *c);
void sim_row_delete_id_names(struct sim_conform *c);
void sim_row_delete_id_stopped(struct sim_conform *c);
void sim_row_delete_id_running(struct sim_conform *c);
void sim_row_delete_id_children(struct sim_conform *c);
void sim_row_delete_check_order(struct sim_conform *c);
void sim_row_delete_prunes_parents(struct sim_conform *c);
void sim_row_delete_noprune(struct sim_conform *c);
void sim_row_delete_short_id(struct sim_conform *c);
void sim_row_delete_missing(struct sim_conform *c);
void sim_row_delete_malformed(struct sim_conform *c);
void sim_row_delete_during_pull(struct sim_conform *c);
void sim_row_delete_two_names_one_pulled_again(struct sim_conform *c);
void sim_row_delete_client_gone(struct sim_conform *c);
void sim_row_force_name_running(struct sim_conform *c);
void sim_row_engine_down(struct sim_conform *c);
void sim_row_engine_dies(struct sim_conform *c);
void sim_row_digest_of_any(struct sim_conform *c);
void sim_row_pulled_digest(struct sim_conform *c);

#endif
