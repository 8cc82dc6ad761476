/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a signature (Version 4) from where it stands: the Authorization header, or the query of a presigned request. Pure.
 */
#ifndef DYNR_ENDPOINT_SIGNATURE_H
#define DYNR_ENDPOINT_SIGNATURE_H

#include "dynr/arena.h"

/** Where it may stand; empty: absent. */
struct dynr_signature_place {
    struct dynr_str authorization;
    struct dynr_str query;
    struct dynr_str amz_date;
    struct dynr_str date;
};

struct dynr_signature {
    bool in_query;
    struct dynr_str algorithm;
    /** "AKID/20150830/us-east-1/dynamodb/aws4_request", and its parts. */
    struct dynr_str credential;
    size_t n_scope_parts;
    struct dynr_str access_key;
    struct dynr_str date;
    struct dynr_str region;
    struct dynr_str service;
    struct dynr_str terminator;
    /** "host;x-amz-date". */
    struct dynr_str signed_headers;
    struct dynr_str signature;
    /** X-Amz-Date, or Date where there is none. */
    struct dynr_str time;
    /** Of a query: X-Amz-Expires, seconds as text; empty where there is none. */
    struct dynr_str expires;
};

/**
 * False: there is none, or a part is missing; then `*out_type` is the error's name and `*out_message` the service's text.
 * Texts of a query are decoded in `arena`.
 */
bool dynr_signature_read(const struct dynr_signature_place *place, struct dynr_arena *arena,
                         struct dynr_signature *out, const char **out_type,
                         struct dynr_str *out_message);

#endif
