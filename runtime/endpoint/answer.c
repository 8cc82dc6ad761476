/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers on the wire: the service's headers, its checksum, compression where it is asked for.
 */
#include <stdio.h>
#include <strings.h>
#include <zlib.h>

#include "endpoint/endpoint.h"

/* Shorter answers are not worth the time. */
#define ZIP_MIN 1024
/* A gzip stream instead of a zlib one: RFC 1952, as zlib's manual says. */
#define ZIP_WINDOW (15 + 16)

/* Whether a list of codings names gzip and does not refuse it (RFC 9110, section 12.5.3). */
static bool accepts_gzip(struct dynr_str codings)
{
    for (size_t start = 0; start < codings.len;) {
        const char *text = codings.ptr + start;
        const char *comma = memchr(text, ',', codings.len - start);
        size_t len = comma == NULL ? codings.len - start : (size_t)(comma - text);
        start += len + 1;
        while (len > 0 && (*text == ' ' || *text == '\t')) {
            text++;
            len--;
        }
        if (len < 4 || strncasecmp(text, "gzip", 4) != 0) {
            continue;
        }
        if (len == 4) {
            return true;
        }
        /* A weight of nothing but zeros refuses. */
        const char *weight = memchr(text, '=', len);
        for (const char *c = weight; c != NULL && c < text + len; c++) {
            if (*c >= '1' && *c <= '9') {
                return true;
            }
        }
        return weight == NULL && (text[4] == ' ' || text[4] == ';');
    }
    return false;
}

static bool zip(struct dynr_exchange *exchange, struct dynr_str body, struct dynr_str *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, ZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return false;
    }
    dynr_buf_clear(&exchange->zipped);
    size_t bound = deflateBound(&stream, body.len);
    char *room = dynr_buf_reserve(&exchange->zipped, bound);
    bool done = false;
    if (room != NULL) {
        /* Answers are far below 4 GiB: the store's pages end at 1 MiB, batches at 16. */
        stream.next_in = (unsigned char *)(uintptr_t)body.ptr;
        stream.avail_in = (unsigned int)body.len;
        stream.next_out = (unsigned char *)room;
        stream.avail_out = (unsigned int)bound;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        *out = dynr_str_make(room, bound - stream.avail_out);
    }
    (void)deflateEnd(&stream);
    return done;
}

static bool add_cors(const struct dynr_exchange *exchange, struct MHD_Response *response)
{
    struct dynr_str origin = exchange->headers.origin;
    if (origin.len == 0 || !dynr_endpoint_allows(exchange->endpoint, origin)) {
        return true;
    }
    return MHD_add_response_header(response, "Access-Control-Allow-Origin", origin.ptr) ==
               MHD_YES &&
           MHD_add_response_header(response, "Vary", "Origin") == MHD_YES &&
           MHD_add_response_header(response, "Access-Control-Expose-Headers",
                                   "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,"
                                   "x-amzn-ErrorMessage,x-amz-crc32,Date") == MHD_YES;
}

static bool add_preflight(const struct dynr_endpoint_headers *headers,
                          struct MHD_Response *response)
{
    const struct {
        struct dynr_str asked;
        const char *answer;
    } pairs[] = {{headers->asked_headers, "Access-Control-Allow-Headers"},
                 {headers->asked_method, "Access-Control-Allow-Methods"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].asked.len != 0 &&
            MHD_add_response_header(response, pairs[i].answer, pairs[i].asked.ptr) != MHD_YES) {
            return false;
        }
    }
    /* Two days, as the service says. */
    return MHD_add_response_header(response, "Access-Control-Max-Age", "172800") == MHD_YES;
}

static bool add_headers(struct dynr_exchange *exchange, const struct dynr_endpoint_answer *answer,
                        struct dynr_str body, bool zipped, struct MHD_Response *response)
{
    char id[DYNR_REQUEST_ID_LENGTH + 1];
    char checksum[16];
    memcpy(id, exchange->request_id, DYNR_REQUEST_ID_LENGTH);
    id[DYNR_REQUEST_ID_LENGTH] = '\0';
    /* Of the bytes as they are sent: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
    (void)snprintf(checksum, sizeof checksum, "%lu",
                   crc32(0, (const unsigned char *)body.ptr, (unsigned int)body.len));
    bool added =
        MHD_add_response_header(response, "x-amzn-RequestId", id) == MHD_YES &&
        MHD_add_response_header(response, "x-amz-crc32", checksum) == MHD_YES &&
        (answer->content_type == NULL ||
         MHD_add_response_header(response, "Content-Type", answer->content_type) == MHD_YES);
    if (zipped) {
        added = added && MHD_add_response_header(response, "Content-Encoding", "gzip") == MHD_YES;
    }
    if (atomic_load_explicit(&exchange->endpoint->stopping, memory_order_relaxed)) {
        added = added && MHD_add_response_header(response, "Connection", "close") == MHD_YES;
    }
    return added && add_cors(exchange, response);
}

enum MHD_Result dynr_endpoint_send(struct dynr_exchange *exchange,
                                   struct MHD_Connection *connection,
                                   const struct dynr_endpoint_answer *answer)
{
    struct dynr_str body = answer->body;
    bool zipped = body.len >= ZIP_MIN && accepts_gzip(exchange->headers.accept_encoding) &&
                  zip(exchange, answer->body, &body);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    bool ready = add_headers(exchange, answer, body, zipped, response);
    if (ready && answer->is_preflight) {
        ready = add_preflight(&exchange->headers, response);
    }
    enum MHD_Result queued =
        ready ? MHD_queue_response(connection, (unsigned int)answer->http_status, response)
              : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}
