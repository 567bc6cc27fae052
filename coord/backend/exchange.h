/**
 * What http.c and exchange.c have between them: an exchange as libcurl's multi
 * handle drives it.
 */
#ifndef DD__BACKEND_EXCHANGE_H
#define DD__BACKEND_EXCHANGE_H

#include "coord/backend/http.h"

/** NULL if @easy is none of ours. */
struct dd__exchange *dd__exchange_of(CURL *easy);

/** Hand on what was received; it may be gone afterwards. */
void dd__exchange_hand_on(struct dd__exchange *exchange);

/** It is over, as @code says; `done` is called, and it may be gone afterwards. */
void dd__exchange_over(struct dd__exchange *exchange, CURLcode code);

/** It cannot go on, which is told as soon as libcurl has returned. NULL is fine. */
void dd__exchange_break(struct dd__exchange *exchange, enum dd__http_fault fault);

#endif
