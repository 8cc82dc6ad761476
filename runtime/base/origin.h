/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages may call, and under which names the server answers. Pure. */
#ifndef DYNR_BASE_ORIGIN_H
#define DYNR_BASE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "dynr/str.h"

enum dynr_origin_kind {
    /** Not allowed. */
    DYNR_ORIGIN_FOREIGN = 0,
    /** No browser, or a page of the server itself: no CORS headers. */
    DYNR_ORIGIN_OWN,
    /** One of the list: CORS headers. */
    DYNR_ORIGIN_LISTED,
};

/**
 * Whether a browser can send this for a page that has an address: "scheme://host[:port]", without a path, and without the port that goes
 * without saying (80 of http, 443 of https). Upper and lower case are one. Pages without an address (files, sandboxes) send "null".
 */
bool dynr_origin_is_valid(struct dynr_str origin);

/** `origin` and `host`: the headers, empty where they are absent. `is_tls`: how the request came. */
enum dynr_origin_kind dynr_origin_judge(struct dynr_str origin, struct dynr_str host, bool is_tls,
                                        const char *const *origins, size_t n_origins);

/**
 * Whether a server on loopback answers to this `Host`: a name of loopback, or the host of a listed origin. A page of another site
 * that makes its own name point at 127.0.0.1 (DNS rebinding) has another one.
 */
bool dynr_host_is_local(struct dynr_str host, const char *const *origins, size_t n_origins);

/** Whether a page was loaded from this machine: "http://localhost:5173". */
bool dynr_origin_is_local(struct dynr_str origin);

#endif
