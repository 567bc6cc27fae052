/* docs/ENGINE.md, Removals. */
#include <string.h>

#include "sim/conformance/conform.h"

#define REMOVE(c_, ...)                                                                            \
    sim_conform_ask(c_, (struct sim_conform_request){ .call = SIM_CONFORM_REMOVE, __VA_ARGS__ })

static bool tag(struct sim_conform *c, const char *name, const char *as)
{
    return sim_conform_ask(
        c, (struct sim_conform_request){ .call = SIM_CONFORM_TAG, .name = name, .other = as });
}

static bool is_untagged(struct sim_conform *c, const char *name)
{
    return sim_conform_has_line(&c->answer.untagged, name);
}

/* As the engine's personality spells IDs there. */
static bool is_deleted(struct sim_conform *c, const struct sim_conform_image *image)
{
    return sim_conform_has_line(&c->answer.deleted,
                                c->podman ? image->id + strlen("sha256:") : image->id);
}

static bool is_refused(struct sim_conform *c, const char *docker, const char *podman)
{
    return c->answer.status == 409 &&
           sim_conform_says(&c->answer.error, c->podman ? podman : docker);
}

static void build(struct sim_conform *c, const char *parent, const char *name)
{
    bool built = c->target->ops->build(c->target, parent, name);
    sim_conform_expect(c, built, c->target->why);
}

/* --- by name ------------------------------------------------------------------------------- */

void sim_row_delete_name_others_left(struct sim_conform *c)
{
    const char *one = sim_conform_name(c, "others/app:1");
    const char *two = sim_conform_name(c, "others/too:2");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "others/app:1", "others", &image));
    EXPECT(c, sim_conform_get(c, "others/too:2", "others", NULL));
    sim_conform_container(c, one, "others", true);
    EXPECT(c, REMOVE(c, .name = one));
    EXPECT(c, is_untagged(c, one));
    EXPECT(c, c->answer.deleted.size == 0);
    EXPECT(c, !sim_conform_has(c, one));
    EXPECT(c, strcmp(sim_conform_id_of(c, two), image.id) == 0);
}

void sim_row_delete_name_last_in_use(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "used/app:1");
    EXPECT(c, sim_conform_get(c, "used/app:1", "used", NULL));
    sim_conform_container(c, name, "used", false);
    EXPECT(c, !REMOVE(c, .name = name));
    EXPECT(c, is_refused(c, "conflict: unable to remove repository reference ",
                         "image is in use by a container"));
    EXPECT(c, sim_conform_has(c, name));
}

void sim_row_delete_name_last(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "last/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "last/app:1", "last", &image));
    EXPECT(c, REMOVE(c, .name = name));
    EXPECT(c, is_untagged(c, name));
    EXPECT(c, is_untagged(c, sim_conform_by_digest(c, "last/app", image.digest)) == !c->podman);
    EXPECT(c, is_deleted(c, &image));
    EXPECT(c, sim_conform_line_count(&c->answer.deleted) == (c->podman ? 1 : 3));
    EXPECT(c, !sim_conform_has(c, image.id));
}

void sim_row_delete_name_drops_digest(struct sim_conform *c)
{
    const char *one = sim_conform_name(c, "drops/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "drops/app:1", "drops", &image));
    EXPECT(c, sim_conform_get(c, "drops/too:2", "drops", NULL));
    EXPECT(c, REMOVE(c, .name = one));
    EXPECT(c, is_untagged(c, one));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_has_line(&c->answer.tags, sim_conform_name(c, "drops/too:2")));
    EXPECT(c, !sim_conform_has_line(&c->answer.digests,
                                    sim_conform_by_digest(c, "drops/app", image.digest)));
    EXPECT(c, sim_conform_has_line(&c->answer.digests,
                                   sim_conform_by_digest(c, "drops/too", image.digest)));
}

void sim_row_delete_name_same_repository(struct sim_conform *c)
{
    const char *one = sim_conform_name(c, "two/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "two/app:1", "two", &image));
    EXPECT(c, sim_conform_get(c, "two/app:2", "two", NULL));
    EXPECT(c, REMOVE(c, .name = one));
    EXPECT(c, sim_conform_line_count(&c->answer.untagged) == 1);
    EXPECT(c, is_untagged(c, one));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_has_line(&c->answer.digests,
                                   sim_conform_by_digest(c, "two/app", image.digest)));
}

void sim_row_delete_name_children(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "parent/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "parent/app:1", "parent", &image));
    build(c, name, "child:1");
    EXPECT(c, REMOVE(c, .name = name));
    EXPECT(c, is_untagged(c, name));
    EXPECT(c, c->answer.deleted.size == 0);
    /* In Podman's store a child has its layers as its own: it goes, unlisted. */
    EXPECT(c, sim_conform_has(c, image.id) == !c->podman);
    EXPECT(c, sim_conform_line_count(&c->answer.tags) == 0);
}

void sim_row_delete_name_gone_by_hand(struct sim_conform *c)
{
    const char *one = sim_conform_name(c, "hand/app:1");
    const char *two = sim_conform_name(c, "hand/too:2");
    EXPECT(c, sim_conform_get(c, "hand/app:1", "hand", NULL));
    EXPECT(c, tag(c, one, two));
    EXPECT(c, REMOVE(c, .name = one));
    EXPECT(c, !REMOVE(c, .name = one));
    EXPECT(c, c->answer.status == 404);
    EXPECT(c,
           sim_conform_says(&c->answer.error, c->podman ? "image not known" : "No such image: "));
    EXPECT(c, sim_conform_has(c, two));
}

void sim_row_delete_moved_name(struct sim_conform *c)
{
    struct sim_conform_image old;
    struct sim_conform_image new;
    EXPECT(c, sim_conform_get(c, "later/app:1", "later old", &old));
    EXPECT(c, sim_conform_get(c, "later/app:1", "later new", &new));
    EXPECT(c, REMOVE(c, .name = sim_conform_name(c, "later/app:1")));
    EXPECT(c, is_deleted(c, &new));
    EXPECT(c, sim_conform_has(c, old.id));
}

/* --- by digest ------------------------------------------------------------------------------ */

void sim_row_delete_digest_last(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->push(c->target, false, "dig/app:1", "dig", &image));
    const char *name = sim_conform_by_digest(c, "dig/app", image.digest);
    EXPECT(c, sim_conform_pulled(c, name));
    sim_conform_container(c, name, "dig", false);
    EXPECT(c, !REMOVE(c, .name = name));
    EXPECT(c, c->answer.status == 409);
    EXPECT(c, sim_conform_ask(
                  c, (struct sim_conform_request){ .call = SIM_CONFORM_DROP, .other = "dig" }));
    EXPECT(c, REMOVE(c, .name = name));
    EXPECT(c, is_deleted(c, &image));
    EXPECT(c, !sim_conform_has(c, image.id));
}

void sim_row_delete_digest_tag_left(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "left/app:1", "left", &image));
    const char *name = sim_conform_by_digest(c, "left/app", image.digest);
    EXPECT(c, REMOVE(c, .name = name));
    if (c->podman) {
        /* It is no name of its own there: the image goes. */
        EXPECT(c, is_deleted(c, &image));
        return;
    }
    EXPECT(c, is_untagged(c, name));
    EXPECT(c, c->answer.deleted.size == 0);
    EXPECT(c, sim_conform_has(c, sim_conform_name(c, "left/app:1")));
}

/* A digest beside a repository that has nothing of the image, and one that the image lost
 * when its tag moved. */
void sim_row_digest_of_any(struct sim_conform *c)
{
    struct sim_conform_image image;
    struct sim_conform_image moved;
    EXPECT(c, sim_conform_get(c, "any/app:1", "any", &image));
    EXPECT(c, sim_conform_get(c, "any/moved:1", "any moved", &moved));
    EXPECT(c, sim_conform_get(c, "any/moved:1", "any new", NULL));
    const char *name = sim_conform_by_digest(c, "any/other", image.digest);
    EXPECT(c, sim_conform_has(c, name) == c->podman);
    EXPECT(c, REMOVE(c, .name = name) == c->podman);
    EXPECT(c, sim_conform_has(c, image.id) == !c->podman);
    name = sim_conform_by_digest(c, "any/moved", moved.digest);
    EXPECT(c, sim_conform_has(c, name));
    if (c->podman) {
        EXPECT(c, !REMOVE(c, .name = name));
        EXPECT(c, c->answer.status == 500);
        EXPECT(c, sim_conform_says(&c->answer.error, "tag not known"));
        EXPECT(c, sim_conform_has(c, moved.id));
    }
}

/* As the digest of @image in "owned/app". */
static const char *pull_by_digest(struct sim_conform *c, const struct sim_conform_image *image)
{
    const char *name = sim_conform_by_digest(c, "owned/app", image->digest);
    (void)sim_conform_ask(c,
                          (struct sim_conform_request){ .call = SIM_CONFORM_PULL, .name = name });
    EXPECT(c, c->answer.status == 200);
    return name;
}

void sim_row_pulled_digest(struct sim_conform *c)
{
    const char *tag = sim_conform_name(c, "owned/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "owned/app:1", "owned", &image));
    (void)pull_by_digest(c, &image);
    EXPECT(c, REMOVE(c, .name = image.id) == !c->podman);
    EXPECT(c, sim_conform_get(c, "owned/app:1", "owned", &image));
    const char *digest = pull_by_digest(c, &image);
    EXPECT(c, REMOVE(c, .name = digest));
    EXPECT(c, sim_conform_has(c, tag));
    EXPECT(c, sim_conform_has_line(&c->answer.digests, digest) == c->podman);
    digest = pull_by_digest(c, &image);
    EXPECT(c, REMOVE(c, .name = tag));
    EXPECT(c, is_untagged(c, tag));
    EXPECT(c, sim_conform_has(c, digest) == c->podman);
    if (c->podman) {
        EXPECT(c, REMOVE(c, .name = digest));
        EXPECT(c, is_untagged(c, digest));
        EXPECT(c, is_deleted(c, &image));
    }
}

/* --- by ID ----------------------------------------------------------------------------------- */

void sim_row_delete_id_one_name(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->load(c->target, "alone", "alone:1", &image));
    EXPECT(c, REMOVE(c, .name = image.id));
    EXPECT(c, is_deleted(c, &image));
    EXPECT(c, !sim_conform_has(c, "alone:1"));
}

void sim_row_delete_id_no_name(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->load(c->target, "nameless", NULL, &image));
    sim_conform_container(c, image.id, "nameless", false);
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_refused(c, "image is being used by stopped container",
                         "image is in use by a container"));
    EXPECT(c, sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_DROP,
                                                               .other = "nameless" }));
    EXPECT(c, REMOVE(c, .name = image.id));
    EXPECT(c, is_deleted(c, &image));
}

void sim_row_delete_id_names(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "names/app:1", "names", &image));
    EXPECT(c, sim_conform_get(c, "names/app:2", "names", NULL));
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, c->answer.status == (c->podman ? 500 : 409));
    EXPECT(c, sim_conform_says(&c->answer.error,
                               c->podman ? "by ID with more than one tag ("
                                         : "image is referenced in multiple repositories"));
    EXPECT(c, sim_conform_has(c, image.id));
}

void sim_row_delete_id_stopped(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "stopped/app:1", "stopped", &image));
    sim_conform_container(c, sim_conform_name(c, "stopped/app:1"), "stopped", true);
    EXPECT(c, sim_conform_ask(
                  c, (struct sim_conform_request){ .call = SIM_CONFORM_STOP, .other = "stopped" }));
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_refused(c, "(must be forced) - image is being used by stopped container ",
                         "image is in use by a container"));
}

void sim_row_delete_id_running(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "running/app:1", "running", &image));
    sim_conform_container(c, sim_conform_name(c, "running/app:1"), "running", true);
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_refused(c, "(cannot be forced) - image is being used by running container ",
                         "image is in use by a container"));
    if (!c->podman) {
        EXPECT(c, !REMOVE(c, .name = image.id, .force = true));
        EXPECT(c, c->answer.status == 409);
    }
}

void sim_row_delete_id_children(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "mother/app:1", "mother", &image));
    build(c, sim_conform_name(c, "mother/app:1"), "child:1");
    (void)REMOVE(c, .name = image.id);
    EXPECT(c, c->answer.status == (c->podman ? 200 : 409));
    EXPECT(c,
           c->podman || is_refused(c, "(cannot be forced) - image has dependent child images", ""));
    EXPECT(c, sim_conform_has(c, image.id) == !c->podman);
}

/* Podman looks at the names first. */
static bool is_order(struct sim_conform *c, const char *docker)
{
    return c->answer.status == (c->podman ? 500 : 409) &&
           sim_conform_says(&c->answer.error, c->podman ? "by ID with more than one tag" : docker);
}

void sim_row_delete_check_order(struct sim_conform *c)
{
    struct sim_conform_image image;
    const char *one = sim_conform_name(c, "order/app:1");
    EXPECT(c, sim_conform_get(c, "order/app:1", "order", &image));
    EXPECT(c, sim_conform_get(c, "order/app:2", "order", NULL));
    sim_conform_container(c, one, "order", false);
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_order(c, "referenced in multiple repositories"));
    EXPECT(c, sim_conform_ask(
                  c, (struct sim_conform_request){ .call = SIM_CONFORM_START, .other = "order" }));
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_order(c, "being used by running container"));
    build(c, one, "child:1");
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_order(c, "dependent child images"));
}

static void remove_child(struct sim_conform *c, bool prunes)
{
    struct sim_conform_image image;
    const char *parent = sim_conform_name(c, "built/app:1");
    EXPECT(c, sim_conform_get(c, "built/app:1", "built", &image));
    build(c, parent, "child:1");
    /* The parent has no name left. */
    EXPECT(c, REMOVE(c, .name = parent));
    EXPECT(c, REMOVE(c, .name = "child:1", .prunes = prunes));
    EXPECT(c, sim_conform_has(c, image.id) == (!prunes && !c->podman));
}

void sim_row_delete_prunes_parents(struct sim_conform *c)
{
    remove_child(c, true);
}

void sim_row_delete_noprune(struct sim_conform *c)
{
    remove_child(c, false);
}

void sim_row_delete_short_id(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->load(c->target, "short", "short:1", &image));
    EXPECT(c, REMOVE(c, .name = sim_conform_text(c, "%.12s", image.id + strlen("sha256:"))));
    EXPECT(c, is_deleted(c, &image));
}

/* --- what is not there, races, force ------------------------------------------------------------
 */

void sim_row_delete_missing(struct sim_conform *c)
{
    EXPECT(c, !REMOVE(c, .name = "no-such"));
    EXPECT(c, c->answer.status == 404);
    EXPECT(c, sim_conform_says(&c->answer.error,
                               c->podman ? "image not known" : "No such image: no-such:latest"));
    EXPECT(c, sim_conform_status(c, SIM_CONFORM_INSPECT, "no-such") == 404);
    EXPECT(c,
           sim_conform_says(
               &c->answer.error,
               c->podman ? "failed to find image no-such: docker.io/library/no-such: No such image"
                         : "no such image: no-such: No such image: no-such:latest"));
    EXPECT(c, !sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_CREATE,
                                                                .name = "no-such",
                                                                .other = "none" }));
    EXPECT(c, c->answer.status == 404);
}

void sim_row_delete_malformed(struct sim_conform *c)
{
    EXPECT(c, !REMOVE(c, .name = "No-Such:1"));
    EXPECT(c, c->answer.status == (c->podman ? 500 : 400));
}

/* The pull's answer says that the image is there, and it is not. */
void sim_row_delete_during_pull(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "race/app:1", "race", &image));
    EXPECT(c, REMOVE(c, .name = image.id));
    EXPECT(c, sim_conform_status(c, SIM_CONFORM_INSPECT, sim_conform_name(c, "race/app:1")) == 404);
    EXPECT(c, !sim_conform_ask(
                  c, (struct sim_conform_request){ .call = SIM_CONFORM_CREATE,
                                                   .name = sim_conform_name(c, "race/app:1"),
                                                   .other = "race" }));
    EXPECT(c, c->answer.status == 404);
}

void sim_row_delete_two_names_one_pulled_again(struct sim_conform *c)
{
    const char *one = sim_conform_name(c, "again/app:1");
    const char *two = sim_conform_name(c, "again/too:2");
    EXPECT(c, sim_conform_get(c, "again/app:1", "again", NULL));
    EXPECT(c, sim_conform_get(c, "again/too:2", "again", NULL));
    EXPECT(c, REMOVE(c, .name = one));
    EXPECT(c, c->answer.deleted.size == 0);
    EXPECT(c, sim_conform_pulled(c, one));
    EXPECT(c, REMOVE(c, .name = two));
    EXPECT(c, c->answer.deleted.size == 0);
    EXPECT(c, sim_conform_has(c, one));
}

void sim_row_delete_client_gone(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "left/app:1");
    EXPECT(c, sim_conform_get(c, "left/app:1", "left", NULL));
    (void)REMOVE(c, .name = name, .hang_up = true);
    for (int i = 0; i < 20 && sim_conform_has(c, name); i++) {
        sim_conform_wait(c, 100);
    }
    EXPECT(c, !sim_conform_has(c, name));
}

void sim_row_force_name_running(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "force/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "force/app:1", "force", &image));
    sim_conform_container(c, name, "force", true);
    EXPECT(c, REMOVE(c, .name = name, .force = true));
    EXPECT(c, is_untagged(c, name));
    EXPECT(c, !sim_conform_has(c, name));
    /* Podman removes the container as well. */
    EXPECT(c, sim_conform_has(c, image.id) == !c->podman);
}

/* --- a dead engine
 * --------------------------------------------------------------------------------- */

void sim_row_engine_down(struct sim_conform *c)
{
    EXPECT(c, c->target->ops->power(c->target, SIM_CONFORM_POWER_OFF));
    (void)sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_LIST });
    EXPECT(c, c->answer.refused);
    EXPECT(c, c->target->ops->power(c->target, SIM_CONFORM_POWER_ON));
    EXPECT(c, sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_LIST }));
}

void sim_row_engine_dies(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "dies/app:1");
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "dies/app:1", "dies", &image));
    sim_conform_container(c, name, "dies", true);
    EXPECT(c, c->target->ops->power(c->target, SIM_CONFORM_POWER_CUT));
    EXPECT(c, strcmp(sim_conform_id_of(c, name), image.id) == 0);
    EXPECT(c, !REMOVE(c, .name = name));
    EXPECT(c, c->answer.status == 409);
    /* Docker's containers end with it, and are there. */
    EXPECT(c, !REMOVE(c, .name = image.id));
    EXPECT(c, is_refused(c, "image is being used by stopped container",
                         "image is in use by a container"));
}
