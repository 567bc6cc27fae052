#include "sim/conformance/conform.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "sim/process.h"

/* --- expecting ---------------------------------------------------------------------------- */

static const char *shown(const struct fake_bytes *bytes)
{
    return bytes->at != NULL && bytes->size > 0 ? bytes->at : "-";
}

void sim_conform_expect(struct sim_conform *c, bool is_so, const char *what)
{
    if (is_so || c->failed || c->exempt) {
        return;
    }
    c->failed = true;
    (void)snprintf(c->failure, sizeof(c->failure),
                   "not so: %s; the last answer: %u, error %.200s, untagged %.90s, deleted "
                   "%.90s, lines %.90s, tags %.90s, digests %.90s",
                   what, c->answer.status, shown(&c->answer.error), shown(&c->answer.untagged),
                   shown(&c->answer.deleted), shown(&c->answer.lines), shown(&c->answer.tags),
                   shown(&c->answer.digests));
    for (char *at = c->failure; *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
}

void sim_conform_exempt(struct sim_conform *c, const char *why)
{
    c->exempt = true;
    (void)snprintf(c->failure, sizeof(c->failure), "%s", why);
}

enum sim_conform_result sim_conform_run(struct sim_conform_target *target,
                                        const struct sim_conform_row *row, char text[800])
{
    struct sim_conform c = { .target = target, .podman = target->personality == FAKE_PODMAN_4_3 };
    if (row->run == NULL) {
        (void)snprintf(text, 800, "%s", row->exempt);
        return SIM_CONFORM_EXEMPT;
    }
    sim_conform_answer_init(&c.answer);
    target->ops->begin(target);
    row->run(&c);
    target->ops->end(target);
    sim_conform_release(&c.answer);
    (void)snprintf(text, 800, "%s", c.failure);
    return c.failed ? SIM_CONFORM_FAILED : c.exempt ? SIM_CONFORM_EXEMPT : SIM_CONFORM_PASSED;
}

/* --- texts ----------------------------------------------------------------------------------- */

const char *sim_conform_text(struct sim_conform *c, const char *format, ...)
{
    char *text = c->texts[c->text_count++ % SIM_CONFORM_TEXTS];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, SIM_CONFORM_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return text;
}

const char *sim_conform_name(struct sim_conform *c, const char *reference)
{
    return sim_conform_text(c, "%s/%s", c->target->registry, reference);
}

const char *sim_conform_guarded(struct sim_conform *c, const char *reference)
{
    return sim_conform_text(c, "%s/%s", c->target->guarded, reference);
}

const char *sim_conform_by_digest(struct sim_conform *c, const char *reference, const char *digest)
{
    return sim_conform_text(c, "%s/%.*s@%s", c->target->registry, (int)strcspn(reference, ":"),
                            reference, digest);
}

const char *sim_conform_login(struct sim_conform *c, const char *username, const char *password)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char json[160];
    char encoded[256];
    size_t count = 0;
    int length = snprintf(json, sizeof(json), "{\"username\":\"%s\",\"password\":\"%s\"}", username,
                          password);
    /* JSON may end in blanks: no padding is needed then. */
    while (length % 3 != 0) {
        json[length++] = ' ';
    }
    for (int i = 0; i < length; i += 3) {
        unsigned bits = (unsigned)(unsigned char)json[i] << 16 |
                        (unsigned)(unsigned char)json[i + 1] << 8 | (unsigned char)json[i + 2];
        for (unsigned shift = 24; shift > 0;) {
            shift -= 6;
            encoded[count++] = digits[bits >> shift & 63];
        }
    }
    return sim_conform_text(c, "%.*s", (int)count, encoded);
}

/* --- asking ------------------------------------------------------------------------------------
 */

bool sim_conform_ask(struct sim_conform *c, struct sim_conform_request request)
{
    sim_conform_release(&c->answer);
    c->target->ops->ask(c->target, &request, 1, &c->answer);
    return c->answer.status >= 200 && c->answer.status < 300 && !c->answer.error_in_stream;
}

unsigned sim_conform_status(struct sim_conform *c, enum sim_conform_call call, const char *name)
{
    (void)sim_conform_ask(c, (struct sim_conform_request){ .call = call, .name = name });
    return c->answer.status;
}

bool sim_conform_pulled(struct sim_conform *c, const char *name)
{
    return sim_conform_ask(c,
                           (struct sim_conform_request){ .call = SIM_CONFORM_PULL, .name = name });
}

bool sim_conform_get(struct sim_conform *c, const char *reference, const char *nickname,
                     struct sim_conform_image *out)
{
    bool pushed = c->target->ops->push(c->target, false, reference, nickname, out);
    if (!pushed) {
        sim_conform_expect(c, false, c->target->why);
    }
    return pushed && sim_conform_pulled(c, sim_conform_name(c, reference));
}

const char *sim_conform_id_of(struct sim_conform *c, const char *name)
{
    return sim_conform_status(c, SIM_CONFORM_INSPECT, name) == 200
               ? sim_conform_text(c, "%s", c->answer.id.at)
               : "";
}

bool sim_conform_has(struct sim_conform *c, const char *name)
{
    return sim_conform_status(c, SIM_CONFORM_INSPECT, name) == 200;
}

void sim_conform_container(struct sim_conform *c, const char *image, const char *container,
                           bool running)
{
    EXPECT(c,
           sim_conform_ask(c, (struct sim_conform_request){
                                  .call = SIM_CONFORM_CREATE, .name = image, .other = container }));
    if (running) {
        EXPECT(c, sim_conform_ask(c, (struct sim_conform_request){ .call = SIM_CONFORM_START,
                                                                   .other = container }));
    }
}

bool sim_conform_has_line(const struct fake_bytes *bytes, const char *line)
{
    size_t length = strlen(line);
    const char *at = bytes->at;
    while (at != NULL && *at != '\0') {
        size_t here = strcspn(at, "\n");
        if (here == length && memcmp(at, line, length) == 0) {
            return true;
        }
        at += here + (at[here] == '\n' ? 1 : 0);
    }
    return false;
}

bool sim_conform_says(const struct fake_bytes *bytes, const char *text)
{
    return bytes->at != NULL && strstr(bytes->at, text) != NULL;
}

size_t sim_conform_line_count(const struct fake_bytes *bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes->size; i++) {
        count += bytes->at[i] == '\n' ? 1U : 0U;
    }
    return count;
}

void sim_conform_wait(const struct sim_conform *c, unsigned ms)
{
    if (c->target->address != NULL) {
        sim_pause_ms(ms);
    }
}
