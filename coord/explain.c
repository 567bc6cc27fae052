/*
 * dd_explain: why each image is still there (H29).
 */
#include <string.h>

#include "coord/binding.h"
#include "coord/image.h"
#include "coord/lease.h"

/* By image, in an order of no meaning, then by caller. */
static bool is_before(const struct dd__held *a, const struct dd__held *b)
{
    char name_a[DD_CALLER_MAX + 1];
    char name_b[DD_CALLER_MAX + 1];

    if (a->image != b->image) {
        return (uintptr_t)a->image < (uintptr_t)b->image;
    }
    dd__lease_caller(a, name_a);
    dd__lease_caller(b, name_b);
    return strcmp(name_a, name_b) < 0;
}

static void sift_down(struct dd__held **at, size_t root, size_t count)
{
    size_t child;

    while ((child = 2 * root + 1) < count) {
        struct dd__held *held = at[root];

        if (child + 1 < count && is_before(at[child], at[child + 1])) {
            child++;
        }
        if (!is_before(held, at[child])) {
            return;
        }
        at[root] = at[child];
        at[child] = held;
        root = child;
    }
}

/* Heapsort: nothing else is in the core, and the library's own may allocate. */
static void sort(struct dd__held **at, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift_down(at, i, count);
    }
    for (size_t end = count; end-- > 1;) {
        struct dd__held *last = at[end];
        at[end] = at[0];
        at[0] = last;
        sift_down(at, 0, end);
    }
}

/* The first lease of @image among the sorted. */
static size_t find_first(struct dd__held *const *at, size_t count, const struct dd__image *image)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if ((uintptr_t)at[middle]->image < (uintptr_t)image) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

struct explanation {
    struct dd__held **leases; /* all, sorted */
    size_t lease_count;
    const char **strings; /* room for one image's holders and bindings */
    size_t string_count;
    char *callers; /* room for its holders, with their NULs */
    size_t caller_bytes;
    char *names; /* and for its bindings' names, in the same block */
    size_t binding_max;
    char id[DD_IMAGE_ID_MAX + 1];
};

static void explain_bindings(const struct dd__image *image, struct explanation *explanation,
                             struct dd_explained *out)
{
    const char **at = explanation->strings + out->holders.count;
    char *name = explanation->names;
    const struct dd__binding *binding;

    out->bindings.at = at;
    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        dd__binding_name(binding, name);
        at[out->bindings.count++] = name;
        name += DD_REFERENCE_MAX + 1;
    }
}

static void explain_holders(const struct dd__image *image, struct explanation *explanation,
                            struct dd_explained *out)
{
    size_t i = find_first(explanation->leases, explanation->lease_count, image);
    char *at = explanation->callers;

    out->holders.at = explanation->strings;
    for (; i < explanation->lease_count && explanation->leases[i]->image == image; i++) {
        const struct dd__held *held = explanation->leases[i];

        explanation->strings[out->holders.count++] = at;
        dd__lease_caller(held, at);
        at += dd__caller_length(dd__lease_caller_kind(held)) + 1;
    }
}

static struct dd_explained explain(const struct dd_coord *coord, const struct dd__image *image,
                                   struct explanation *explanation)
{
    struct dd_explained out = {
        .image = explanation->id,
        .state = dd__image_state(image),
        .ours = image->ours,
        .wanted = dd__image_is_wanted(image),
        .lease_count = image->lease_count,
    };

    dd__id_write(&image->id, explanation->id);
    if (out.state == DD_IMAGE_BLOCKED) {
        out.status = (enum dd_status)image->reason;
        out.conflict = (enum dd_conflict)image->conflict;
    }
    if (dd__timer_is_armed(&image->timer)) {
        out.next_ns = dd__timer_due(image->in_due ? &coord->due : &coord->timers, &image->timer);
    }
    explain_holders(image, explanation, &out);
    explain_bindings(image, explanation, &out);
    return out;
}

/* Rooms for the image that needs the most; for callers, as if it had them all. */
static void measure(const struct dd_coord *coord, struct explanation *explanation)
{
    struct dd__ledger_cursor cursor = { 0 };
    struct dd__record *record;
    struct dd__list *link;
    const struct dd__binding *binding;

    while ((record = dd__ledger_each(&coord->leases, &cursor)) != NULL) {
        const struct dd__held *held = DD__CONTAINER(record, const struct dd__held, record);

        explanation->caller_bytes += dd__caller_length(dd__lease_caller_kind(held)) + 1;
    }
    DD__LIST_EACH (link, &coord->all_images) {
        const struct dd__image *image = DD__CONTAINER(link, const struct dd__image, all);
        size_t bindings = 0;

        for (binding = image->bindings; binding != NULL; binding = binding->next) {
            bindings++;
        }
        if (bindings > explanation->binding_max) {
            explanation->binding_max = bindings;
        }
        if (bindings + image->lease_count > explanation->string_count) {
            explanation->string_count = bindings + image->lease_count;
        }
    }
}

static void collect(const struct dd_coord *coord, struct explanation *explanation)
{
    struct dd__ledger_cursor cursor = { 0 };
    struct dd__record *record;

    while ((record = dd__ledger_each(&coord->leases, &cursor)) != NULL) {
        explanation->leases[explanation->lease_count++] =
            DD__CONTAINER(record, struct dd__held, record);
    }
    sort(explanation->leases, explanation->lease_count);
}

enum dd_status dd_explain(struct dd_coord *coord, dd_explained_fn visit, void *arg)
{
    enum dd_status status = dd__accepting(coord);
    const struct dd_allocator *allocator = &coord->env.allocator;
    struct explanation explanation = { .lease_count = 0 };
    size_t lease_bytes;
    size_t string_bytes;
    size_t text_bytes;
    struct dd__list *link;

    if (status != DD_OK) {
        return status;
    }
    measure(coord, &explanation);
    lease_bytes = (coord->leases.count + 1) * sizeof *explanation.leases;
    string_bytes = (explanation.string_count + 1) * sizeof *explanation.strings;
    text_bytes = explanation.caller_bytes + (explanation.binding_max + 1) * (DD_REFERENCE_MAX + 1);
    explanation.leases = dd__alloc(allocator, lease_bytes);
    explanation.strings = dd__alloc(allocator, string_bytes);
    explanation.callers = dd__alloc(allocator, text_bytes);
    if (explanation.leases == NULL || explanation.strings == NULL || explanation.callers == NULL) {
        status = DD_ENOMEM;
        goto done;
    }
    explanation.names = explanation.callers + explanation.caller_bytes;
    collect(coord, &explanation);
    DD__LIST_EACH (link, &coord->all_images) {
        const struct dd__image *image = DD__CONTAINER(link, const struct dd__image, all);

        if (dd__image_state(image) != DD_IMAGE_ABSENT) {
            struct dd_explained explained = explain(coord, image, &explanation);
            visit(arg, &explained);
        }
    }
done:
    dd__free(allocator, explanation.callers, text_bytes);
    dd__free(allocator, explanation.strings, string_bytes);
    dd__free(allocator, explanation.leases, lease_bytes);
    return status;
}
