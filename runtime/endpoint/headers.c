/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headers.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *name;
    size_t len;
    size_t offset;
} known[] = {
#define KNOWN(text, member)                                                                        \
    {                                                                                              \
        text, sizeof(text) - 1, offsetof(struct dynr_endpoint_headers, member)                     \
    }
    KNOWN("x-amz-target", target),
    KNOWN("content-type", content_type),
    KNOWN("authorization", authorization),
    KNOWN("x-amz-date", amz_date),
    KNOWN("date", date),
    KNOWN("origin", origin),
    KNOWN("accept-encoding", accept_encoding),
    KNOWN("access-control-request-method", asked_method),
    KNOWN("access-control-request-headers", asked_headers),
#undef KNOWN
};

static void read_header(const struct dynr_request_header *header, struct dynr_endpoint_headers *out)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].len == header->name.len &&
            strncasecmp(known[i].name, header->name.ptr, header->name.len) == 0) {
            struct dynr_str *place = (struct dynr_str *)(void *)((char *)out + known[i].offset);
            if (place->ptr == NULL) {
                *place = header->value;
            }
            return;
        }
    }
}

void dynr_endpoint_read_headers(const struct dynr_request_head *head,
                                struct dynr_endpoint_headers *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < head->n_headers; i++) {
        read_header(&head->headers[i], out);
    }
}
