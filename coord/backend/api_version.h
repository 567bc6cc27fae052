/**
 * The version of the engine's API that is spoken to it.
 */
#ifndef DD__BACKEND_API_VERSION_H
#define DD__BACKEND_API_VERSION_H

#include "drydock/status.h"

/* What is recorded and tested; of engines that do not have it, the nearest. */
#define DD__API_WANTED "1.41"
/* The oldest that knows a pull's platform. */
#define DD__API_LEAST "1.32"
#define DD__API_VERSION_MAX 11 /* bytes of one, without the NUL */

/**
 * Choose from what an engine speaks: from @api_min (NULL: it does not say) to @api.
 *
 * Ownership: strings are borrowed for the call; the version goes into @chosen.
 * Threading: any.
 * Errors:    DD_EINVAL: @api is no version; DD_EENGINE: it is too old. @chosen
 *            stays as it was.
 */
DD_MUST_USE enum dd_status dd__api_version_choose(const char *api, const char *api_min,
                                                  char chosen[DD__API_VERSION_MAX + 1]);

#endif
