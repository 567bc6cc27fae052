/** The fixture's Docker client, which answers only when the test says so. */
#ifndef COORD_TEST_FIXTURE_CLIENT_H
#define COORD_TEST_FIXTURE_CLIENT_H

#include "coord/test/fixture.h"

struct dd_docker fixture_client_interface(struct fixture *f);

/** The oldest call in flight, or NULL. */
struct fixture_call *fixture_client_oldest(struct fixture *f);

/** "inspect", "remove": what a call is in words. */
const char *fixture_kind_word(enum fixture_kind kind);

#endif
