#include "sim/conformance/target.h"

#include <string.h>

void sim_conform_answer_init(struct sim_conform_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    fake_bytes_init(&answer->error);
    fake_bytes_init(&answer->lines);
    fake_bytes_init(&answer->untagged);
    fake_bytes_init(&answer->deleted);
    fake_bytes_init(&answer->tags);
    fake_bytes_init(&answer->digests);
    fake_bytes_init(&answer->id);
}

void sim_conform_release(struct sim_conform_answer *answer)
{
    fake_bytes_release(&answer->error);
    fake_bytes_release(&answer->lines);
    fake_bytes_release(&answer->untagged);
    fake_bytes_release(&answer->deleted);
    fake_bytes_release(&answer->tags);
    fake_bytes_release(&answer->digests);
    fake_bytes_release(&answer->id);
}

void sim_conform_line(struct fake_bytes *out, const char *text)
{
    fake_bytes_text(out, text);
    fake_bytes_char(out, '\n');
}
