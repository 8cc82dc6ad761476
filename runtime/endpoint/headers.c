/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "endpoint/endpoint.h"

static const struct {
    const char *name;
    size_t len;
    size_t offset;
} known[] = {
#define KNOWN(text, member)                                                                        \
    {                                                                                              \
        text, sizeof(text) - 1, offsetof(struct dynr_endpoint_headers, member)                     \
    }
    KNOWN("X-Amz-Target", target),
    KNOWN("Content-Type", content_type),
    KNOWN("Authorization", authorization),
    KNOWN("X-Amz-Date", amz_date),
    KNOWN("Date", date),
    KNOWN("Origin", origin),
    KNOWN("Accept-Encoding", accept_encoding),
    KNOWN("Access-Control-Request-Method", asked_method),
    KNOWN("Access-Control-Request-Headers", asked_headers),
    KNOWN("Content-Length", content_length),
    KNOWN("Transfer-Encoding", transfer_encoding),
#undef KNOWN
};

static enum MHD_Result read_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].len != name_len || strncasecmp(known[i].name, name, name_len) != 0) {
            continue;
        }
        struct dynr_str *place = (struct dynr_str *)(void *)((char *)context + known[i].offset);
        struct dynr_endpoint_headers *headers = context;
        if (place->ptr == NULL) {
            *place = dynr_str_make(value, value_len);
        } else if (place == &headers->content_length || place == &headers->transfer_encoding) {
            headers->is_ambiguous = true;
        }
        break;
    }
    return MHD_YES;
}

void dynr_endpoint_read_headers(struct MHD_Connection *connection,
                                struct dynr_endpoint_headers *out)
{
    memset(out, 0, sizeof *out);
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, read_header, out);
    out->is_ambiguous = out->is_ambiguous ||
                        (out->content_length.ptr != NULL && out->transfer_encoding.ptr != NULL);
}
