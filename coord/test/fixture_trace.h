/** The fixture's trace, as the fixture itself uses it. */
#ifndef COORD_TEST_FIXTURE_TRACE_H
#define COORD_TEST_FIXTURE_TRACE_H

#include "coord/test/fixture.h"

/** For the observer; @ctx is the fixture. */
void fixture_trace_event(void *ctx, const struct dd_event *event);

void fixture_scratch_free(struct fixture *f);

#endif
