/* Operations: what is asked, granted, taken back and told; S2, S4, S5. Part of the
 * oracle (oracle_state.h). */
#include "sim/array.h"
#include "sim/oracle_state.h"

/* --- operations ---------------------------------------------------------------------- */

uint32_t sim_oracle_asking(struct sim_oracle *oracle, uint64_t now_ns,
                           const struct sim_asked *asked)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    oracle->operation_at =
        sim_array_grow(oracle->operation_at, &oracle->operation_capacity,
                       oracle->operation_count + 1, sizeof(*oracle->operation_at));
    struct oracle_operation *operation = &oracle->operation_at[oracle->operation_count];
    *operation = (struct oracle_operation){
        .caller = oracle_caller_of(oracle, asked->caller),
        .reference = asked->reference != NULL ? oracle_name_of(oracle, asked->reference) : SIM_NONE,
        .image = asked->image != NULL ? oracle_image_of(oracle, asked->image) : SIM_NONE,
        .asked = oracle->sequence,
        .due_ns = asked->deadline_ns == 0 ? UINT64_MAX : now_ns + asked->deadline_ns,
        .policy = asked->policy,
        .secret = asked->secret,
        .asking = true,
        .granted = SIM_NONE,
    };
    if (asked->bindings.count > 0) {
        operation->bindings =
            fake_memory_grow(NULL, asked->bindings.count, sizeof(*operation->bindings));
        for (size_t i = 0; i < asked->bindings.count; i++) {
            operation->bindings[i] = oracle_name_of(oracle, asked->bindings.at[i]);
        }
        operation->binding_count = asked->bindings.count;
    }
    oracle->pending_count++;
    if (operation->reference != SIM_NONE) {
        oracle->name_at[operation->reference].asked_count++;
        oracle_busier(oracle, operation->reference);
    }
    if (operation->image != SIM_NONE) {
        oracle->image_at[operation->image].want_count++;
    }
    return (uint32_t)oracle->operation_count++;
}

static void operation_over(struct sim_oracle *oracle, const struct oracle_operation *operation)
{
    oracle->pending_count--;
    if (operation->reference != SIM_NONE) {
        oracle->name_at[operation->reference].asked_count--;
        oracle_pull_forget(oracle, operation->reference);
        oracle_quieter(oracle, operation->reference);
    }
    if (operation->image != SIM_NONE) {
        struct oracle_image *image = &oracle->image_at[operation->image];
        image->want_count--;
        image->since_ns = oracle->now_ns;
    }
}

void sim_oracle_cancelled(struct sim_oracle *oracle, uint32_t index, enum dd_status status)
{
    struct oracle_operation *operation = &oracle->operation_at[index];
    bool over = operation->told || operation->refused;
    enum dd_status expected = oracle->closing ? DD_ECLOSED : over ? DD_EALREADY : DD_OK;
    oracle->sequence++;
    if (status != expected) {
        sim_oracle_object(oracle, "S2", "", "%s cancels, and is answered \"%s\" instead of \"%s\"",
                          oracle_caller_text(oracle, operation->caller), dd_status_text(status),
                          dd_status_text(expected));
    }
    operation->cancelled = operation->cancelled || status == DD_OK;
}

void sim_oracle_asked(struct sim_oracle *oracle, uint32_t index, enum dd_status status,
                      struct dd_operation handle)
{
    struct oracle_operation *operation = &oracle->operation_at[index];
    operation->asking = false;
    if (status != DD_OK) {
        operation->refused = true;
        operation_over(oracle, operation);
        return;
    }
    if (handle.number == 0 || (sim_map_find(&oracle->numbers, handle.number) != SIM_NONE &&
                               sim_map_find(&oracle->numbers, handle.number) != index)) {
        sim_oracle_object(oracle, "S2", "", "%s was given a handle that is not its own",
                          oracle_caller_text(oracle, operation->caller));
        return;
    }
    operation->number = handle.number;
    sim_map_put(&oracle->numbers, handle.number, index);
}

/* The operation that an event is about; while its call has not returned, the
 * coordinator alone knows its number. */
static struct oracle_operation *operation_numbered(struct sim_oracle *oracle, uint64_t number)
{
    uint32_t index = sim_map_find(&oracle->numbers, number);
    if (index == SIM_NONE && number != 0 && oracle->operation_count > 0 &&
        oracle->operation_at[oracle->operation_count - 1].asking) {
        index = (uint32_t)oracle->operation_count - 1;
    }
    return index == SIM_NONE ? NULL : &oracle->operation_at[index];
}

/* Whoever insists on asking the registry is granted only by a pull with its own
 * credentials (S5) which had not ended when it asked (S5, H02), and what that brought
 * (S4, H20). */
static void check_pull(struct sim_oracle *oracle, const struct oracle_operation *operation,
                       uint32_t image)
{
    if (operation->reference == SIM_NONE || operation->policy != DD_PULL_ALWAYS) {
        return;
    }
    const struct oracle_name *name = &oracle->name_at[operation->reference];
    const char *caller = oracle_caller_text(oracle, operation->caller);
    const char *reference = oracle_name_text(oracle, operation->reference);
    if (!name->pulled || name->secret != operation->secret || name->ended <= operation->asked) {
        sim_oracle_object(oracle, "S5", oracle_image_text(oracle, image),
                          "%s is granted %s by a pull of %s that was %s", caller,
                          oracle_image_text(oracle, image), reference,
                          !name->pulled ? "never made"
                          : name->secret != operation->secret
                              ? "made with other credentials or for another platform"
                              : "over before it asked");
    } else if (name->brought != image && !(oracle->wordless && name->image == image)) {
        sim_oracle_object(oracle, "S4", oracle_image_text(oracle, image),
                          "%s is granted %s, and the pull of %s brought %s", caller,
                          oracle_image_text(oracle, image), reference,
                          oracle_image_text(oracle, name->brought));
    }
}

static void saw_grant(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_operation *operation = operation_numbered(oracle, event->operation);
    if (operation == NULL || event->image == NULL) {
        sim_oracle_object(oracle, "S2", "", "something is granted that nobody asked for");
        return;
    }
    uint32_t image = oracle_image_of(oracle, event->image);
    uint32_t caller = operation->caller;
    if (operation->told || operation->refused || operation->granted != SIM_NONE) {
        sim_oracle_object(oracle, "S2", oracle_image_text(oracle, image),
                          "%s is granted %s by an operation that is over",
                          oracle_caller_text(oracle, caller), oracle_image_text(oracle, image));
        return;
    }
    check_pull(oracle, operation, image);
    for (size_t i = 0; i < operation->binding_count; i++) {
        oracle_pair_record(oracle, operation->bindings[i], image);
    }
    oracle_hold_grant(oracle, operation, image);
    oracle_delete_granted(oracle, image, caller);
}

/* Without a number: whatever that caller was granted on that image. */
static void saw_taken_back(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_operation *operation = operation_numbered(oracle, event->operation);
    if (operation != NULL) {
        operation->taken_back = true;
        oracle_hold_ungrant(oracle, operation);
        return;
    }
    if (event->image == NULL || event->caller == NULL) {
        return;
    }
    oracle_hold_ungrant_all(oracle, oracle_image_of(oracle, event->image),
                            oracle_caller_of(oracle, event->caller));
}

static void saw_success(struct sim_oracle *oracle, const struct dd_event *event)
{
    uint32_t index = oracle_name_of(oracle, event->reference);
    struct oracle_name *name = &oracle->name_at[index];
    name->succeeded = oracle->sequence;
    oracle_confirm(oracle, oracle->saw);
    if (name->owed_count > 0) {
        name->owed_count--;
        oracle_quieter(oracle, index);
    }
    oracle_pull_succeeded(oracle, index);
}

static void saw_settling(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_name *name = oracle_known_name(oracle, event->reference);
    name->settling = true;
    name->settling_ns = event->time_ns;
}

/* What was answered was not believed: the inspect that follows is in its place. */
static void saw_asking_again(struct sim_oracle *oracle, const struct dd_event *event)
{
    if (oracle->paid_name != SIM_NONE &&
        oracle->paid_name == oracle_name_of(oracle, event->reference)) {
        oracle->name_at[oracle->paid_name].owed_count++;
        oracle_busier(oracle, oracle->paid_name);
        oracle->paid_name = SIM_NONE;
        saw_settling(oracle, event);
    }
}

static void saw_waiting(struct sim_oracle *oracle, const struct dd_event *event)
{
    if (!oracle_is_id(event->reference)) {
        oracle_known_name(oracle, event->reference)->awaited =
            oracle_image_of(oracle, event->image);
    }
}

/* The inspect that is sent next is no removal's. */
static void saw_asking(struct sim_oracle *oracle, const struct dd_event *event)
{
    if (oracle_is_id(event->reference)) {
        oracle->asking_image = oracle_image_of(oracle, event->reference);
    } else {
        oracle->asking_name = oracle_name_of(oracle, event->reference);
        oracle_gate_check(oracle, oracle->asking_name, "inspect");
    }
}

void sim_oracle_saw(struct sim_oracle *oracle, const struct dd_event *event)
{
    oracle->sequence++;
    oracle->now_ns = event->time_ns;
    if (event->kind == DD_EVENT_GRANTED) {
        saw_grant(oracle, event);
    } else if (event->kind == DD_EVENT_TAKEN_BACK) {
        saw_taken_back(oracle, event);
    } else if (event->kind == DD_EVENT_PULL_SUCCEEDED && event->reference != NULL) {
        saw_success(oracle, event);
    } else if (event->kind == DD_EVENT_PULL_SETTLED && event->reference != NULL) {
        saw_settling(oracle, event);
    } else if (event->kind == DD_EVENT_INSPECT_AGAIN && !oracle_is_id(event->reference)) {
        saw_asking_again(oracle, event);
    } else if (event->kind == DD_EVENT_PULL_BEFORE && event->reference != NULL) {
        struct oracle_name *name = oracle_known_name(oracle, event->reference);
        name->starting = true;
        name->is_blind = false;
    } else if (event->kind == DD_EVENT_PULL_WAITS && event->reference != NULL) {
        saw_waiting(oracle, event);
    } else if (event->kind == DD_EVENT_LEFT && event->image != NULL) {
        oracle_known_image(oracle, event->image)->left = true;
    } else if (event->kind == DD_EVENT_INSPECT_STARTED && event->reference != NULL) {
        saw_asking(oracle, event);
    } else if (event->kind == DD_EVENT_BOUND && event->reference != NULL) {
        oracle_pair_learned(oracle, oracle_name_of(oracle, event->reference),
                            oracle_image_of(oracle, event->image));
    } else if (event->image != NULL) {
        oracle_timing_saw(oracle, event);
    }
}

/* --- what is told ---------------------------------------------------------------------- */

/* S2. False if nothing more can be said about this telling. */
static bool check_telling(struct sim_oracle *oracle, const struct oracle_operation *operation,
                          enum dd_status status)
{
    const char *caller = oracle_caller_text(oracle, operation->caller);
    if (operation->asking) {
        sim_oracle_object(oracle, "S2", "", "%s is told inside the call that asked", caller);
    } else if (operation->refused) {
        sim_oracle_object(oracle, "S2", "", "%s is told of an operation that was refused", caller);
    } else if (operation->told) {
        sim_oracle_object(oracle, "S2", "", "%s is told twice of one operation", caller);
    } else if (oracle->closed) {
        sim_oracle_object(oracle, "S2", "", "%s is told after the close was", caller);
    } else if (operation->cancelled != (status == DD_ECANCELLED) &&
               (operation->cancelled || !operation->taken_back)) {
        sim_oracle_object(oracle, "S2", "", "%s %s, and is told \"%s\"", caller,
                          operation->cancelled ? "cancelled" : "did not cancel",
                          dd_status_text(status));
    } else if (status == DD_OK && oracle->closing) {
        sim_oracle_object(oracle, "S2", "",
                          "%s is granted something after a close was asked for, and cannot let "
                          "go any more",
                          caller);
    } else if (status == DD_OK && oracle->now_ns > operation->due_ns) {
        sim_oracle_object(oracle, "S2", "", "%s is granted something after its deadline", caller);
    } else {
        return true;
    }
    return false;
}

/* S4 and S5. */
static void check_lease(struct sim_oracle *oracle, struct oracle_operation *operation,
                        const struct dd_lease *lease, bool allowed)
{
    const char *caller = oracle_caller_text(oracle, operation->caller);
    if (lease->image == NULL || lease->number == 0) {
        sim_oracle_object(oracle, "S4", "", "%s is told that all went well, without a lease",
                          caller);
        return;
    }
    uint32_t image = oracle_image_of(oracle, lease->image);
    const struct oracle_image *told = &oracle->image_at[image];
    if (!oracle_hold_is_granted(oracle, operation, image)) {
        sim_oracle_object(oracle, "S4", oracle_image_text(oracle, image),
                          "%s is told %s, on which it holds no lease", caller,
                          oracle_image_text(oracle, image));
    } else if (!told->exists && !told->gone_excused) {
        sim_oracle_object(oracle, "S4", oracle_image_text(oracle, image),
                          "%s is told %s, which the engine does not have, and nobody else "
                          "removed it",
                          caller, oracle_image_text(oracle, image));
    } else if (!allowed) {
        sim_oracle_object(oracle, "S5", oracle_image_text(oracle, image),
                          "%s is granted %s, which the registry would not give it for its "
                          "credentials",
                          caller, oracle_image_text(oracle, image));
    }
    oracle_hold_tell(oracle, operation, image, lease->number);
}

void sim_oracle_told(struct sim_oracle *oracle, uint64_t now_ns, uint32_t index,
                     const struct dd_result *result, bool allowed)
{
    struct oracle_operation *operation = &oracle->operation_at[index];
    oracle->sequence++;
    oracle->now_ns = now_ns;
    if (!check_telling(oracle, operation, result->status)) {
        return;
    }
    operation->told = true;
    operation_over(oracle, operation);
    if (result->status == DD_OK) {
        check_lease(oracle, operation, &result->lease,
                    allowed || operation->policy != DD_PULL_ALWAYS);
    } else {
        oracle_hold_ungrant(oracle, operation);
    }
}

void sim_oracle_closed(struct sim_oracle *oracle, uint64_t now_ns)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    for (size_t i = 0; i < oracle->operation_count; i++) {
        const struct oracle_operation *operation = &oracle->operation_at[i];
        if (!operation->told && !operation->refused) {
            sim_oracle_object(oracle, "S2", "", "the close is told before %s is",
                              oracle_caller_text(oracle, operation->caller));
        }
    }
    oracle_timing_closed(oracle);
    oracle->closed = true;
}
