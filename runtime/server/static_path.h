/* SPDX-License-Identifier: Apache-2.0 */
/* From a request's path to a file below a directory. Pure. */
#ifndef DYNR_SERVER_STATIC_PATH_H
#define DYNR_SERVER_STATIC_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "dynr/str.h"

/** Bytes of a path that is looked at. */
#define DYNR_STATIC_MAX_PATH 1024

/**
 * The path below the directory that `path` (decoded, from "/") means: without its slash, "index.html" added where it ends in one.
 * False where it must not be served: components that are empty or begin with a dot, backslashes, control characters, too long.
 */
bool dynr_static_path(struct dynr_str path, char out[DYNR_STATIC_MAX_PATH]);
/** The media type by the name's ending; "application/octet-stream" for those that are not known. Static. */
const char *dynr_static_content_type(const char *path);

#endif
