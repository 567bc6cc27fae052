/**
 * The recorded answers of a real engine, in fakes/test/data: what the fakes are
 * held to. Paths are from the root of the repository, where tests run.
 */
#ifndef FAKE_TEST_RECORDING_H
#define FAKE_TEST_RECORDING_H

#include "fakes/bytes.h"

/** Read a recording by its file name without ".http" into @whole; the test fails
 * if it is not there. Release with fake_bytes_release. */
void recording_read(struct fake_bytes *whole, const char *name);

/** Its body, taken out of its chunks if it is in chunks. Likewise. */
void recording_body(struct fake_bytes *body, const struct fake_bytes *whole);

/** The text of @from between @after and @before, both found from the start: a JSON
 * value between two keys. Likewise. */
void recording_between(struct fake_bytes *part, const struct fake_bytes *from, const char *after,
                       const char *before);

/** Fail the test at the first byte where @rendered is not the recording @name. */
void recording_compare(const struct fake_bytes *rendered, const char *name);

#endif
