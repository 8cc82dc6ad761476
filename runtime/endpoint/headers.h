/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of requests that the endpoint looks at. */
#ifndef DYNR_ENDPOINT_HEADERS_H
#define DYNR_ENDPOINT_HEADERS_H

#include "http/request_head.h"

/** Empty: absent. Of one that is repeated, the first. */
struct dynr_endpoint_headers {
    struct dynr_str target;
    struct dynr_str content_type;
    struct dynr_str authorization;
    struct dynr_str amz_date;
    struct dynr_str date;
    struct dynr_str origin;
    struct dynr_str accept_encoding;
    struct dynr_str asked_method;
    struct dynr_str asked_headers;
};

/** Finds all of them in one walk. */
void dynr_endpoint_read_headers(const struct dynr_request_head *head,
                                struct dynr_endpoint_headers *out);

#endif
