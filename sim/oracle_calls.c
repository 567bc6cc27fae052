/* The engine's calls, as its history tells: which are under way, and what came of them;
 * S3, S6. Part of the oracle (oracle_state.h). */
#include <assert.h>

#include "sim/array.h"
#include "sim/oracle_state.h"

void sim_oracle_pulling(struct sim_oracle *oracle, uint64_t secret)
{
    oracle->secret = secret;
}

/* Calls are numbered from 1; not all of them are sent. */
struct oracle_call *oracle_call_of(struct sim_oracle *oracle, uint64_t number)
{
    assert(number > 0);
    while (oracle->call_count < number) {
        oracle->call_at = sim_array_grow(oracle->call_at, &oracle->call_capacity,
                                         oracle->call_count + 1, sizeof(*oracle->call_at));
        oracle->call_at[oracle->call_count++] = (struct oracle_call){
            .name = SIM_NONE, .image = SIM_NONE, .aim = SIM_NONE, .deleted = SIM_NONE
        };
    }
    return &oracle->call_at[number - 1];
}

/* --- sent ----------------------------------------------------------------------------- */

static void pull_sent(struct sim_oracle *oracle, struct oracle_call *call)
{
    struct oracle_name *name = &oracle->name_at[call->name];
    const char *text = oracle_name_text(oracle, call->name);
    if (name->pull_count > 0) {
        sim_oracle_object(oracle, "S3", text,
                          "the engine is asked to pull %s while a pull of it is in flight", text);
    }
    if (name->delete_count > 0) {
        sim_oracle_object(oracle, "S10", text,
                          "the engine is asked to pull %s while a DELETE of it is in flight", text);
    }
    oracle_gate_check(oracle, call->name, "pull");
    call->before_known = name->is_known && !name->is_blind;
    call->before = name->looked;
    call->slot = true;
    name->pull_count++;
    oracle->name_at[name->repository].flying_count++;
    oracle_busier(oracle, call->name);
    name->pulled = true;
    name->fetched = SIM_NONE;
    name->brought = SIM_NONE;
    name->secret = oracle->secret;
    oracle->pull_count++;
    oracle->pull_max =
        oracle->pull_count > oracle->pull_max ? oracle->pull_count : oracle->pull_max;
    if (oracle->pull_count > oracle->config.parallel_pull_max) {
        sim_oracle_object(oracle, "S6", text, "%llu engine pulls at a time, the limit is %u",
                          (unsigned long long)oracle->pull_count, oracle->config.parallel_pull_max);
    }
}

static void delete_sent(struct sim_oracle *oracle, struct oracle_call *call, uint64_t number)
{
    oracle->deletes = sim_array_grow(oracle->deletes, &oracle->delete_capacity,
                                     oracle->delete_count + 1, sizeof(*oracle->deletes));
    oracle->deletes[oracle->delete_count++] = number;
    if (call->name != SIM_NONE) {
        struct oracle_name *name = &oracle->name_at[call->name];
        const char *text = oracle_name_text(oracle, call->name);
        name->delete_count++;
        if (name->pull_count > 0) {
            sim_oracle_object(oracle, "S10", text,
                              "the engine is asked to DELETE %s while a pull of it is in flight",
                              text);
        }
    }
    oracle_delete_sent(oracle, call);
    oracle_gate_close(oracle, call, number);
}

static void inspect_sent(struct sim_oracle *oracle, struct oracle_call *call)
{
    call->removes = call->name != SIM_NONE ? call->name != oracle->asking_name
                                           : call->image != oracle->asking_image;
    oracle->asking_name = SIM_NONE;
    oracle->asking_image = SIM_NONE;
    if (call->name != SIM_NONE) {
        struct oracle_name *name = &oracle->name_at[call->name];
        call->settles = name->settling && name->settling_ns == oracle->now_ns;
        name->settling = false;
        call->precedes = name->starting;
        name->starting = false;
    }
}

/* A pull, a policy or a retain wants what it looks for until it is answered. */
static void look_sent(struct sim_oracle *oracle, struct oracle_call *call)
{
    if (call->name != SIM_NONE) {
        const struct oracle_name *name = &oracle->name_at[call->name];
        call->aim = name->image != SIM_NONE ? name->image : name->awaited;
        oracle_busier(oracle, call->name);
    }
    if (call->aim != SIM_NONE) {
        oracle->image_at[call->aim].want_count++;
    }
}

static void look_answered(struct sim_oracle *oracle, const struct oracle_call *call)
{
    if (call->name != SIM_NONE) {
        struct oracle_name *name = &oracle->name_at[call->name];
        name->awaited = name->awaited == call->aim ? SIM_NONE : name->awaited;
        oracle_quieter(oracle, call->name);
    }
    if (call->aim != SIM_NONE) {
        oracle->image_at[call->aim].want_count--;
        oracle->image_at[call->aim].since_ns = oracle->now_ns;
    }
}

/* Inspects and DELETEs: each holds one of the places. */
static void removal_call_sent(struct sim_oracle *oracle)
{
    oracle->removal_count++;
    if (oracle->removal_count > oracle->config.parallel_removal_max) {
        sim_oracle_object(oracle, "S6", "", "%zu removals at a time, the limit is %u",
                          oracle->removal_count, oracle->config.parallel_removal_max);
    }
}

static void removal_call_answered(struct sim_oracle *oracle)
{
    if (oracle->removal_count + oracle->refused_count >= oracle->config.parallel_removal_max) {
        oracle->crowded_ns = oracle->now_ns;
    }
    oracle->removal_count--;
}

void oracle_call_sent(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    struct oracle_call *call = oracle_call_of(oracle, happening->number);
    call->kind = happening->call;
    call->sent = true;
    call->sent_at = oracle->sequence;
    if (happening->name == NULL) {
        return;
    }
    if (oracle_is_id(happening->name)) {
        call->image = oracle_image_of(oracle, happening->name);
    } else {
        call->name = oracle_name_of(oracle, happening->name);
    }
    if (call->kind == FAKE_CALL_PULL && call->name != SIM_NONE) {
        pull_sent(oracle, call);
    } else if (call->kind == FAKE_CALL_REMOVE) {
        call->removes = true;
        delete_sent(oracle, call, happening->number);
    } else if (call->kind == FAKE_CALL_INSPECT) {
        inspect_sent(oracle, call);
    }
    if (call->removes) {
        removal_call_sent(oracle);
    } else if (call->kind == FAKE_CALL_INSPECT) {
        look_sent(oracle, call);
    }
}

/* --- executed ------------------------------------------------------------------------- */

/* Names of the repository that this image got by pulls of ours, and that nobody has
 * changed since: our pull's doing is seen, if the answer arrives. */
static void see_names(struct sim_oracle *oracle, struct oracle_call *call, uint32_t image)
{
    uint32_t repository = oracle->name_at[call->name].repository;
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        struct oracle_name *name = &oracle->name_at[i];
        if (name->repository == repository && name->foreign < name->landed) {
            name->seen = oracle->sequence;
            call->saw = oracle->sequence;
        }
    }
}

void oracle_confirm(struct sim_oracle *oracle, uint64_t saw)
{
    for (uint32_t i = 0; saw != 0 && i < oracle->names.count; i++) {
        struct oracle_name *name = &oracle->name_at[i];
        if (name->seen == saw) {
            name->confirmed = saw;
        }
    }
}

/* A pull by tag that binds also binds repository@digest, unless a tag of that
 * repository on the image is not ours (H42). */
static void bind_digests(struct sim_oracle *oracle, uint32_t image, uint32_t repository)
{
    bool any_tag = false;
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        const struct oracle_name *name = &oracle->name_at[i];
        if (name->repository == repository && !name->by_digest) {
            if (!oracle_pair_is_ours(oracle, i, image)) {
                return;
            }
            any_tag = true;
        }
    }
    for (uint32_t i = oracle->image_at[image].names; any_tag && i != SIM_NONE;
         i = oracle->name_at[i].next) {
        if (oracle->name_at[i].repository == repository && oracle->name_at[i].by_digest) {
            oracle_pair_record(oracle, i, image);
        }
    }
}

/* What a DELETE of this removal may rely on. */
static void removal_inspected(struct sim_oracle *oracle, const struct oracle_call *call,
                              uint32_t image)
{
    const struct oracle_inspected inspected = { .sequence = oracle->sequence,
                                                .sent = call->sent_at,
                                                .image = image };
    if (call->name != SIM_NONE) {
        oracle->name_at[call->name].inspected = inspected;
    }
    if (image != SIM_NONE) {
        oracle->image_at[image].inspected = inspected;
    }
}

static void inspect_executed(struct sim_oracle *oracle, struct oracle_call *call)
{
    uint32_t image = call->name != SIM_NONE ? oracle->name_at[call->name].image : call->image;
    if (call->name != SIM_NONE && !call->settles && !call->removes) {
        oracle->name_at[call->name].looked = oracle->sequence;
    }
    if (call->removes) {
        removal_inspected(oracle, call, image);
    }
    if (image == SIM_NONE) {
        return;
    }
    if (call->name != SIM_NONE) {
        bind_digests(oracle, image, oracle->name_at[call->name].repository);
        see_names(oracle, call, image);
    }
}

/* An error inside the stream comes with a status of 200, too. */
static void pull_executed(struct sim_oracle *oracle, const struct oracle_call *call,
                          const struct fake_happening *happening)
{
    if (call->name != SIM_NONE && happening->http_status == 200 && happening->message == NULL) {
        struct oracle_name *pulled = &oracle->name_at[call->name];
        pulled->fetched = pulled->image;
        pulled->brought = pulled->image;
    }
}

/* With `adopt` every success binds, whoever made the name: what the engine did, and
 * the coordinator got to know. */
void oracle_pull_succeeded(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_name *pulled = &oracle->name_at[index];
    uint32_t image = pulled->fetched;
    pulled->fetched = SIM_NONE;
    if (!oracle->config.adopt || image == SIM_NONE) {
        return;
    }
    oracle_pair_record(oracle, index, image);
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (oracle->name_at[i].by_digest && oracle->name_at[i].repository == pulled->repository) {
            oracle_pair_record(oracle, i, image);
        }
    }
}

void oracle_call_executed(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    struct oracle_call *call = oracle_call_of(oracle, happening->number);
    call->executed = true;
    oracle_gate_executed(oracle, happening->number);
    if (call->kind == FAKE_CALL_INSPECT &&
        (happening->http_status == 200 || happening->http_status == 404)) {
        inspect_executed(oracle, call);
    } else if (call->kind == FAKE_CALL_PULL) {
        pull_executed(oracle, call, happening);
    }
}

/* --- answered ------------------------------------------------------------------------- */

void oracle_slot_free(struct sim_oracle *oracle, struct oracle_call *call)
{
    if (call->slot) {
        call->slot = false;
        oracle->pull_count--;
    }
}

static void delete_answered(struct sim_oracle *oracle, struct oracle_call *call, uint64_t number,
                            unsigned http_status)
{
    size_t kept = 0;
    for (size_t i = 0; i < oracle->delete_count; i++) {
        if (oracle->deletes[i] != number) {
            oracle->deletes[kept++] = oracle->deletes[i];
        }
    }
    oracle->delete_count = kept;
    if (call->name != SIM_NONE) {
        oracle->name_at[call->name].delete_count--;
    }
    if (call->aim != SIM_NONE) {
        oracle->image_at[call->aim].doubtful = http_status == 0;
    }
    /* The coordinator knows now that the image is gone, and what it was. */
    if (http_status == 200 && call->deleted != SIM_NONE) {
        struct oracle_image *image = &oracle->image_at[call->deleted];
        oracle_pairs_outlive(oracle, call->deleted, call->sent_at);
        image->forgotten =
            call->deleted_at > image->forgotten ? call->deleted_at : image->forgotten;
    }
}

void oracle_pull_forget(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_name *name = &oracle->name_at[index];
    if (name->asked_count == 0 && name->pull_count == 0) {
        name->pulled = false;
        name->secret = 0;
        name->brought = SIM_NONE;
    }
}

/* Whether it was ever sent or not: the coordinator looks into it, unless it was a
 * success. */
static void pull_answered(struct sim_oracle *oracle, struct oracle_call *call, uint32_t name)
{
    oracle->name_at[name].owed_count++;
    oracle->name_at[name].ended = oracle->sequence;
    oracle_busier(oracle, name);
    if (call->sent) {
        oracle->name_at[name].pull_count--;
        oracle->name_at[oracle->name_at[name].repository].flying_count--;
        oracle_pull_forget(oracle, name);
        oracle_quieter(oracle, name);
        oracle_slot_free(oracle, call);
    }
}

static void inspect_answered(struct sim_oracle *oracle, const struct oracle_call *call,
                             unsigned http_status)
{
    struct oracle_name *name = &oracle->name_at[call->name];
    name->is_known = http_status == 200 || http_status == 404;
    name->is_unknown = !name->is_known;
    name->is_blind = call->precedes ? !name->is_known : name->is_blind;
    /* What a policy sees it grants; what there is to remove is seen for pulls. */
    oracle->saw = http_status == 200 ? call->saw : 0;
    if (call->settles || call->precedes) {
        oracle_confirm(oracle, oracle->saw);
    }
    bool heard = !call->given_up || !oracle->closing;
    if (call->settles && heard && name->owed_count > 0 &&
        (http_status == 200 || http_status == 404)) {
        name->owed_count--;
        oracle->paid_name = call->name;
        oracle_quieter(oracle, call->name);
    }
}

/* A call of its removal, if it is being removed. */
static void removal_failed(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_image *image = &oracle->image_at[index];
    image->failed = image->failed || image->phase == ORACLE_REMOVING;
}

/* What the last round of a removal came to. */
static void round_answered(struct sim_oracle *oracle, const struct oracle_call *call,
                           unsigned http_status)
{
    uint32_t index = call->aim != SIM_NONE ? call->aim : call->image;
    if (index == SIM_NONE || !call->removes || oracle->image_at[index].phase != ORACLE_REMOVING) {
        return;
    }
    struct oracle_image *image = &oracle->image_at[index];
    image->refused = call->kind == FAKE_CALL_REMOVE && http_status == 409;
    if (http_status != 200 && http_status != 404 && !image->refused) {
        removal_failed(oracle, index);
    }
}

/* Whether a call about @text that begins now is a removal's. */
static bool is_removals(const struct sim_oracle *oracle, const char *text)
{
    return oracle_is_id(text) ? oracle->asking_image == SIM_NONE
                              : oracle->asking_name != sim_names_find(&oracle->names, text);
}

/* An inspect or a DELETE that the engine never heard of. It may have had one of the
 * places until now; one that was refused has it until the removal has heard of it. */
static void call_failed(struct sim_oracle *oracle, const char *text)
{
    oracle->asking_name = SIM_NONE;
    oracle->asking_image = SIM_NONE;
    oracle->crowded_ns = oracle->now_ns;
    if (oracle_is_id(text)) {
        removal_failed(oracle, oracle_image_of(oracle, text));
    } else {
        struct oracle_name *name = oracle_known_name(oracle, text);
        name->settling = false; /* that was the inspect */
        name->is_blind = name->is_blind || name->starting;
        name->starting = false;
        name->is_known = false;
        name->is_unknown = true;
        if (name->image != SIM_NONE) {
            removal_failed(oracle, name->image);
        }
    }
}

void oracle_call_answered(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    struct oracle_call *call = oracle_call_of(oracle, happening->number);
    if (call->answered) {
        return;
    }
    call->answered = true;
    oracle->paid_name = SIM_NONE;
    if (call->removes) {
        removal_call_answered(oracle);
    } else if (call->sent && call->kind == FAKE_CALL_INSPECT) {
        look_answered(oracle, call);
    }
    round_answered(oracle, call, happening->http_status);
    if (happening->call == FAKE_CALL_PULL && happening->name != NULL) {
        pull_answered(oracle, call, oracle_name_of(oracle, happening->name));
    } else if (call->sent && call->kind == FAKE_CALL_REMOVE) {
        delete_answered(oracle, call, happening->number, happening->http_status);
        oracle_gate_answered(oracle, happening->number, happening->http_status == 0);
    } else if (call->sent && call->kind == FAKE_CALL_INSPECT && call->name != SIM_NONE) {
        inspect_answered(oracle, call, happening->http_status);
    } else if (!call->sent && happening->name != NULL &&
               (happening->call == FAKE_CALL_INSPECT || happening->call == FAKE_CALL_REMOVE)) {
        call_failed(oracle, happening->name);
    }
}

void sim_oracle_unasked(struct sim_oracle *oracle, const char *text)
{
    oracle->refused_count += is_removals(oracle, text) ? 1 : 0;
    call_failed(oracle, text);
}
