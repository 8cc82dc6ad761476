/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1.1 request (RFC 9112), without I/O. Strict: what two readers could understand differently is refused, so that
 * a proxy in front and this server see the same requests.
 */
#ifndef DYNR_HTTP_REQUEST_HEAD_H
#define DYNR_HTTP_REQUEST_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/str.h"

#define DYNR_REQUEST_MAX_HEADERS 100

struct dynr_request_header {
    struct dynr_str name;
    /** Without white space around it. */
    struct dynr_str value;
};

struct dynr_request_head {
    struct dynr_str method;
    /** Path and query as they came: what a signature covers. */
    struct dynr_str target;
    /** Decoded: no percent signs that stand for others. */
    struct dynr_str path;
    /** Behind the question mark, as it came. */
    struct dynr_str query;
    /** 0 or 1, of HTTP/1.x. */
    int minor;
    struct dynr_request_header headers[DYNR_REQUEST_MAX_HEADERS];
    size_t n_headers;
};

/**
 * Length of the head that `bytes` begin with, its empty line included; 0: it has not ended yet. `*in_out_looked`: how far that was
 * looked for already; 0 at first.
 */
size_t dynr_request_head_length(struct dynr_str bytes, size_t *in_out_looked);

/**
 * Parses a whole head. Headers that are no lists may be there once: the caller can take the first of their name. Its texts point into `head`, the path into `arena`. Returns 0, or the HTTP status to refuse it with: 400, 431,
 * 500 (no memory), 505.
 */
int dynr_request_head_parse(struct dynr_str head, struct dynr_arena *arena,
                            struct dynr_request_head *out);

/** The value of the first header of this name (in lower case); empty: there is none. */
struct dynr_str dynr_request_head_find(const struct dynr_request_head *head, const char *name);
/** How many headers have this name. */
size_t dynr_request_head_count(const struct dynr_request_head *head, const char *name);
/** Whether `token` stands in the list with commas that the headers of this name make together, in whatever case. */
bool dynr_request_head_lists(const struct dynr_request_head *head, const char *name,
                             const char *token);
/** Whether `token` stands in a list with commas, in whatever case. */
bool dynr_request_list_has(struct dynr_str list, const char *token);
/** The value of a content-length: digits alone, since what one reader takes for a length a proxy in front must take for the same. */
bool dynr_request_length_parse(struct dynr_str text, uint64_t *out);
/** The argument `name` of a query, decoded into `arena`. False: out of memory, badly encoded, or there twice. Empty where there is none. */
bool dynr_request_query_find(struct dynr_str query, const char *name, struct dynr_arena *arena,
                             struct dynr_str *out);

#endif
