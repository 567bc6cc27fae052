/**
 * Fabricated histories for the oracle: what a coordinator and an engine could have
 * done, said in a line each.
 *
 * Images are letters: 'a' has the ID "sha256:aaaa…", and the digest of a name of it
 * in repository r is "r@sha256:aaaa…".
 */
#ifndef SIM_TEST_ORACLE_FIXTURE_H
#define SIM_TEST_ORACLE_FIXTURE_H

#include "sim/oracle.h"

#define FIX_DELAY_NS (3 * DD_SECOND_NS)
#define FIX_SETTLING_NS (60 * DD_SECOND_NS)

#define FIX_CALL_MAX 64

struct oracle_fixture {
    struct sim_oracle *oracle;
    uint64_t now_ns;
    uint64_t last_call;
    struct {
        enum fake_call_kind kind;
        const char *name;
    } calls[FIX_CALL_MAX]; /* by number */
    uint64_t last_operation;
    uint64_t last_lease;
};

#define fix_test(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, oracle_fixture_setup, oracle_fixture_teardown)

int oracle_fixture_setup(void **state);
int oracle_fixture_teardown(void **state);

/** Begin anew, with another configuration. */
void fix_begin(struct oracle_fixture *f, const struct dd_config *config);
struct dd_config fix_config(void);
void fix_wait(struct oracle_fixture *f, uint64_t ns);
const char *fix_id(char image);

/* The engine. Calls are numbers; 0 stands for somebody else. A call that is only
 * called and answered never reached the engine. */
uint64_t fix_call(struct oracle_fixture *f, enum fake_call_kind kind, const char *name);
uint64_t fix_send(struct oracle_fixture *f, enum fake_call_kind kind, const char *name);
uint64_t fix_send_pull(struct oracle_fixture *f, const char *name, uint64_t secret);
void fix_executed(struct oracle_fixture *f, uint64_t call, unsigned status);
/** Likewise, with an error in its stream. */
void fix_executed_with(struct oracle_fixture *f, uint64_t call, unsigned status,
                       const char *message);
/** The coordinator says that its pull of @name was a success. */
void fix_succeed(struct oracle_fixture *f, const char *name);
void fix_answered(struct oracle_fixture *f, uint64_t call, unsigned status);
void fix_cancelled(struct oracle_fixture *f, uint64_t call);
void fix_late(struct oracle_fixture *f, uint64_t call, uint64_t since_ns);
void fix_made(struct oracle_fixture *f, uint64_t by, char image);
void fix_named(struct oracle_fixture *f, uint64_t by, const char *name, char image);
void fix_unnamed(struct oracle_fixture *f, uint64_t by, const char *name, char was);
void fix_deleted(struct oracle_fixture *f, uint64_t by, char image);
/** A whole inspect. */
void fix_inspect(struct oracle_fixture *f, const char *name, unsigned status);
/** Likewise, by which the coordinator looks into a pull that ended. */
void fix_settle(struct oracle_fixture *f, const char *name, unsigned status);

/* The agents and the coordinator. Operations are the oracle's numbers. */
uint32_t fix_ask(struct oracle_fixture *f, const char *caller, const char *reference);
uint32_t fix_ask_policy(struct oracle_fixture *f, const char *caller, const char *reference,
                        enum dd_policy policy, uint64_t secret);
uint64_t fix_number(const struct oracle_fixture *f, uint32_t operation);
void fix_grant(struct oracle_fixture *f, uint32_t operation, char image);
void fix_take_back(struct oracle_fixture *f, uint32_t operation, const char *caller, char image);
/** Returns the lease's number. */
uint64_t fix_tell(struct oracle_fixture *f, uint32_t operation, char image);
void fix_tell_failed(struct oracle_fixture *f, uint32_t operation, enum dd_status status);
/** What dd_cancel answered. */
void fix_cancel(struct oracle_fixture *f, uint32_t operation, enum dd_status status);
void fix_release(struct oracle_fixture *f, const char *caller, char image, uint64_t lease);

/** What @caller gets by one pull of @name, from the asking to the telling: the
 * image, its name and its digest are made. Returns the lease's number. */
uint64_t fix_pull(struct oracle_fixture *f, const char *caller, const char *name, char image);

/** What the coordinator says of the removal of an image. */
void fix_saw(struct oracle_fixture *f, enum dd_event_kind kind, char image);
void fix_blocked(struct oracle_fixture *f, char image, enum dd_conflict conflict);
/** The next inspect, of @name, is for a pull, or for whoever asks; or all of it. */
void fix_announce(struct oracle_fixture *f, const char *name);
void fix_inquire(struct oracle_fixture *f, const char *name);

/** What the coordinator explains of an image. */
void fix_explain(struct oracle_fixture *f, char image, enum dd_image_state state,
                 uint64_t lease_count);

void fix_explain_blocked(struct oracle_fixture *f, char image, enum dd_status status,
                         enum dd_conflict conflict);

/** No violation; or that one. */
void fix_assert_fine(const struct oracle_fixture *f);
void fix_assert_objects(const struct oracle_fixture *f, const char *invariant);

#endif
