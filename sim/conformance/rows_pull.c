/* docs/ENGINE.md, Names and Pulls. */
#include <string.h>

#include "sim/conformance/conform.h"

#define PULL(c_, ...)                                                                              \
    sim_conform_ask(c_, (struct sim_conform_request){ .call = SIM_CONFORM_PULL, __VA_ARGS__ })

/* --- names --------------------------------------------------------------------------------- */

void sim_row_familiar_names(struct sim_conform *c)
{
    static const char *const spellings[] = { "conform", "conform:latest", "docker.io/conform",
                                             "docker.io/library/conform:latest" };
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->load(c->target, "familiar", NULL, &image));
    EXPECT(c, sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_TAG,
                                                               .name = image.id,
                                                               .other = "conform:latest" }));
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        EXPECT(c, strcmp(sim_conform_id_of(c, spellings[i]), image.id) == 0);
        EXPECT(c,
               sim_conform_has_line(&c->answer.tags, c->podman ? "docker.io/library/conform:latest"
                                                               : "conform:latest"));
    }
}

void sim_row_image_id(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "id/app:1", "id", &image));
    EXPECT(c, strcmp(sim_conform_id_of(c, sim_conform_name(c, "id/app:1")), image.id) == 0);
    EXPECT(c, strcmp(image.id, image.digest) != 0);
    EXPECT(c, sim_conform_has(c, image.id));
}

void sim_row_id_forms(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "forms/app:1", "forms", &image));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_has(c, image.id + strlen("sha256:")));
    EXPECT(c, sim_conform_has(c, sim_conform_text(c, "%.12s", image.id + strlen("sha256:"))));
    /* Podman takes the beginning of an ID for one only without "sha256:". */
    EXPECT(c, sim_conform_has(c, sim_conform_text(c, "%.19s", image.id)) == !c->podman);
    EXPECT(c, !sim_conform_has(c, image.digest));
}

void sim_row_malformed_name(struct sim_conform *c)
{
    EXPECT(c, !PULL(c, .name = sim_conform_name(c, "Upper/app:1")));
    EXPECT(c, c->answer.status == (c->podman ? 500 : 400));
    EXPECT(c, sim_conform_says(&c->answer.error, "repository name must be lowercase"));
    EXPECT(c, !PULL(c, .name = sim_conform_name(c, "app/../x:1")));
    EXPECT(c, c->answer.status == (c->podman ? 500 : 400));
    EXPECT(c, sim_conform_says(&c->answer.error, "invalid reference format"));
}

/* --- streams ------------------------------------------------------------------------------- */

void sim_row_pull_stream(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "stream/app:1", "stream", &image));
    if (c->podman) {
        EXPECT(c, !sim_conform_says(&c->answer.lines, "Pulling from"));
        EXPECT(c, !sim_conform_says(&c->answer.lines, "|Pull complete\n"));
        EXPECT(c, sim_conform_says(&c->answer.lines, "|Pulling fs layer\n"));
        EXPECT(c, sim_conform_says(&c->answer.lines, "|Download complete\n"));
        return;
    }
    EXPECT(c, sim_conform_has_line(&c->answer.lines,
                                   sim_conform_text(c, "1|Pulling from %s", "stream/app")));
    EXPECT(c, sim_conform_says(&c->answer.lines, "|Pulling fs layer\n"));
    EXPECT(c, sim_conform_says(&c->answer.lines, "|Pull complete\n"));
    EXPECT(c, sim_conform_has_line(&c->answer.lines,
                                   sim_conform_text(c, "|Digest: %s", image.digest)));
}

static bool has_closing(struct sim_conform *c, const char *what, const char *name)
{
    return sim_conform_has_line(&c->answer.lines,
                                sim_conform_text(c, "|Status: %s for %s", what, name));
}

void sim_row_pull_closing_line(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "closing/app:1");
    EXPECT(c, sim_conform_get(c, "closing/app:1", "closing", NULL));
    EXPECT(c, has_closing(c, "Downloaded newer image", name) == !c->podman);
    EXPECT(c, PULL(c, .name = name));
    EXPECT(c, has_closing(c, "Image is up to date", name) == !c->podman);
    EXPECT(c, sim_conform_says(&c->answer.lines, "Digest: ") == !c->podman);
}

void sim_row_pull_up_to_date(struct sim_conform *c)
{
    EXPECT(c, sim_conform_get(c, "same/app:1", "same", NULL));
    EXPECT(c, PULL(c, .name = sim_conform_name(c, "same/app:1")));
    if (!c->podman) {
        EXPECT(c, sim_conform_line_count(&c->answer.lines) == 3);
    } else {
        EXPECT(c, sim_conform_says(&c->answer.lines, "|Already exists\n"));
    }
}

void sim_row_pull_other_name(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "other/app:1", "other", NULL));
    EXPECT(c, sim_conform_get(c, "other/too:2", "other", &image));
    EXPECT(c, c->podman ||
                  has_closing(c, "Downloaded newer image", sim_conform_name(c, "other/too:2")));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_has_line(&c->answer.tags, sim_conform_name(c, "other/app:1")));
    EXPECT(c, sim_conform_has_line(&c->answer.tags, sim_conform_name(c, "other/too:2")));
}

void sim_row_pull_adds_digest(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, sim_conform_get(c, "digest/app:1", "digest", &image));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_has_line(&c->answer.digests,
                                   sim_conform_by_digest(c, "digest/app", image.digest)));
    EXPECT(c, sim_conform_has(c, sim_conform_by_digest(c, "digest/app", image.digest)));
}

void sim_row_pull_by_digest(struct sim_conform *c)
{
    struct sim_conform_image image;
    EXPECT(c, c->target->ops->push(c->target, false, "by/app:1", "by", &image));
    EXPECT(c, PULL(c, .name = sim_conform_by_digest(c, "by/app", image.digest)));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_line_count(&c->answer.tags) == 0);
    EXPECT(c, sim_conform_line_count(&c->answer.digests) == 1);
    EXPECT(c, !sim_conform_has(c, sim_conform_name(c, "by/app:1")));
    EXPECT(c, c->target->ops->push(c->target, false, "by/too:1", "by too", &image));
    EXPECT(c,
           sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_PULL_SPLIT,
                                                            .name = sim_conform_name(c, "by/too"),
                                                            .other = image.digest }));
    EXPECT(c, sim_conform_has(c, image.id));
    EXPECT(c, sim_conform_line_count(&c->answer.tags) == 0);
}

void sim_row_pull_tag_moved(struct sim_conform *c)
{
    struct sim_conform_image old;
    struct sim_conform_image new;
    EXPECT(c, sim_conform_get(c, "moved/app:1", "moved old", &old));
    EXPECT(c, sim_conform_get(c, "moved/app:1", "moved new", &new));
    EXPECT(c, strcmp(sim_conform_id_of(c, sim_conform_name(c, "moved/app:1")), new.id) == 0);
    EXPECT(c, sim_conform_has(c, old.id));
    EXPECT(c, sim_conform_line_count(&c->answer.tags) == 0);
    /* Podman's digests are of the names that an image has. */
    EXPECT(c,
           sim_conform_has_line(&c->answer.digests,
                                sim_conform_by_digest(c, "moved/app", old.digest)) == !c->podman);
}

void sim_row_pull_every_tag(struct sim_conform *c)
{
    EXPECT(c, c->target->ops->push(c->target, false, "every/app:1", "every 1", NULL));
    EXPECT(c, c->target->ops->push(c->target, false, "every/app:2", "every 2", NULL));
    (void)sim_conform_ask(c,
                          (struct sim_conform_request){ .call = SIM_CONFORM_PULL_SPLIT,
                                                        .name = sim_conform_name(c, "every/app") });
    EXPECT(c, c->answer.status == 200);
    /* Podman takes "latest" for it, which is not there. */
    EXPECT(c, c->answer.error_in_stream == c->podman);
    EXPECT(c, sim_conform_has(c, sim_conform_name(c, "every/app:1")) == !c->podman);
    EXPECT(c, sim_conform_has(c, sim_conform_name(c, "every/app:2")) == !c->podman);
}

void sim_row_pull_shares_blobs(struct sim_conform *c)
{
    struct sim_conform_request requests[4];
    struct sim_conform_answer answers[4];
    char full[256];
    if (c->podman) {
        sim_conform_exempt(c, "it shares nothing between pulls, which is not modelled");
        return;
    }
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_COUNTED, "counted/app:1", full, NULL));
    for (size_t i = 0; i < 4; i++) {
        requests[i] = (struct sim_conform_request){ .call = SIM_CONFORM_PULL, .name = full };
    }
    c->target->ops->ask(c->target, requests, 4, answers);
    for (size_t i = 0; i < 4; i++) {
        EXPECT(c, answers[i].status == 200 && !answers[i].error_in_stream);
        sim_conform_release(&answers[i]);
    }
    struct sim_conform_counts counts = c->target->ops->counts(c->target, full);
    /* A HEAD and a GET each; a pull that comes late may find the image there. */
    sim_conform_expect(c, counts.manifests >= 5 && counts.manifests <= 8,
                       sim_conform_text(c, "5 to 8 manifests, not %u", counts.manifests));
    /* Two layers; the configuration is not counted. */
    sim_conform_expect(c, counts.blobs == 2,
                       sim_conform_text(c, "two blobs, not %u", counts.blobs));
}

/* --- failures -------------------------------------------------------------------------------- */

/* Docker refuses before its stream begins; Podman's has begun always. */
static void expect_failure(struct sim_conform *c, unsigned status, const char *docker,
                           const char *podman)
{
    EXPECT(c, c->answer.status == (c->podman ? 200 : status));
    EXPECT(c, c->answer.error_in_stream == c->podman);
    sim_conform_expect(c, sim_conform_says(&c->answer.error, c->podman ? podman : docker),
                       c->podman ? podman : docker);
}

void sim_row_pull_unknown_tag(struct sim_conform *c)
{
    const char *name = sim_conform_name(c, "unknown/app:2");
    EXPECT(c, c->target->ops->push(c->target, false, "unknown/app:1", "unknown", NULL));
    EXPECT(c, !PULL(c, .name = name));
    expect_failure(c, 404, sim_conform_text(c, "manifest for %s not found: manifest unknown", name),
                   "manifest unknown");
    EXPECT(c, !PULL(c, .name = sim_conform_name(c, "no-such/app:1")));
    expect_failure(c, 404, "not found: manifest unknown", "manifest unknown");
}

void sim_row_pull_denied(struct sim_conform *c)
{
    char full[256];
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_DENIED, "denied/app:1", full, NULL));
    EXPECT(c, !PULL(c, .name = full));
    expect_failure(c, 404, "pull access denied for ",
                   "denied: requested access to the resource is denied");
}

void sim_row_pull_no_credentials(struct sim_conform *c)
{
    const char *name = sim_conform_guarded(c, "none/app:1");
    EXPECT(c, c->target->ops->push(c->target, true, "none/app:1", "none", NULL));
    EXPECT(c, !PULL(c, .name = name));
    expect_failure(c, 500, "no basic auth credentials", "unauthorized: authentication required");
}

void sim_row_pull_wrong_credentials(struct sim_conform *c)
{
    const char *name = sim_conform_guarded(c, "wrong/app:1");
    EXPECT(c, c->target->ops->push(c->target, true, "wrong/app:1", "wrong", NULL));
    EXPECT(c, !PULL(c, .name = name, .auth = sim_conform_login(c, c->target->username, "wrong")));
    expect_failure(c, 500, "unauthorized: authentication required", "unauthorized");
    EXPECT(c, PULL(c, .name = name,
                   .auth = sim_conform_login(c, c->target->username, c->target->password)));
}

void sim_row_pull_anonymous_fallback(struct sim_conform *c)
{
    /* {"username":"…","password":"…"} whose base64 has both alphabets' own digits. */
    const char *name = sim_conform_guarded(c, "fallback/app:1");
    const char *good = sim_conform_login(c, c->target->username, c->target->password);
    EXPECT(c, c->target->ops->push(c->target, true, "fallback/app:1", "fallback", NULL));
    if (c->podman && c->target->address == NULL) {
        sim_conform_exempt(c, "it refuses such a header, and a call in process has none");
        return;
    }
    for (int i = 0; i < 2; i++) {
        const char *bad =
            i == 0 ? "junk" : sim_conform_text(c, "%.*s", (int)strlen(good) - 1, good);
        EXPECT(c, !PULL(c, .name = name, .auth = bad));
        EXPECT(c, c->answer.status == (c->podman ? 400 : 500));
        EXPECT(c, sim_conform_says(&c->answer.error,
                                   c->podman ? "failed to parse \"X-Registry-Auth\" header"
                                             : "no basic auth credentials"));
    }
    EXPECT(c, PULL(c, .name = name, .auth = good));
}

void sim_row_pull_rate_limited(struct sim_conform *c)
{
    char full[256];
    if (c->podman) {
        sim_conform_exempt(c, "it asks again for more than a minute before it says so");
        return;
    }
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_LIMITED, "limited/app:1", full, NULL));
    EXPECT(c, !PULL(c, .name = full));
    expect_failure(c, 500, "toomanyrequests: ", "");
}

void sim_row_pull_registry_down(struct sim_conform *c)
{
    char full[256];
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_DOWN, "down/app:1", full, NULL));
    EXPECT(c, !PULL(c, .name = full));
    expect_failure(c, 500, "connection refused", "connection refused");
}

void sim_row_pull_no_platform(struct sim_conform *c)
{
    char full[256];
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_FOREIGN, "foreign/app:1", full, NULL));
    EXPECT(c, !PULL(c, .name = full));
    EXPECT(c, c->answer.status == 200);
    EXPECT(c, c->answer.error_in_stream);
    EXPECT(c, sim_conform_says(&c->answer.error, c->podman ? "no image found in manifest list"
                                                           : "no matching manifest for "));
}

void sim_row_pull_fails_in_stream(struct sim_conform *c)
{
    char full[256];
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_BLOB_GONE, "gone/app:1", full, NULL));
    EXPECT(c, !PULL(c, .name = full));
    EXPECT(c, c->answer.status == 200);
    EXPECT(c, c->answer.error_in_stream);
    EXPECT(c,
           sim_conform_says(&c->answer.error,
                            c->podman ? "Error fetching blob: invalid status code from registry 404"
                                      : "unknown blob"));
    EXPECT(c, !sim_conform_says(&c->answer.lines, "Status: "));
    EXPECT(c, !sim_conform_has(c, full));
}

void sim_row_pull_client_gone(struct sim_conform *c)
{
    struct sim_conform_image image;
    char full[256];
    EXPECT(c, c->target->ops->mood(c->target, SIM_CONFORM_SLOW, "slow/app:1", full, &image));
    /* A busy machine's engine may have the whole image before it hears of it. */
    for (int try = 0; try < 3 && (try == 0 || sim_conform_has(c, full)); try++) {
        (void)sim_conform_ask(
            c, (struct sim_conform_request){ .call = SIM_CONFORM_REMOVE, .name = full });
        (void)PULL(c, .name = full, .hang_up = true);
        sim_conform_wait(c, 4500);
    }
    EXPECT(c, !sim_conform_has(c, full));
    EXPECT(c, !sim_conform_has(c, image.id));
}
