/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers on the wire: the service's headers, its checksum, compression where it is asked for.
 */
#include <strings.h>
#include <time.h>
#include <zlib.h>

#include "endpoint/connection.h"
#include "endpoint/loop.h"
#include "http/reason.h"

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

static bool zip(struct dynr_endpoint_connection *connection, struct dynr_str body,
                struct dynr_str *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, ZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return false;
    }
    dynr_buf_clear(&connection->zipped);
    size_t bound = deflateBound(&stream, body.len);
    char *room = dynr_buf_reserve(&connection->zipped, bound);
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

/* ---- headers ---- */

static void append_header(struct dynr_buf *out, const char *name, struct dynr_str value)
{
    dynr_buf_append_c(out, name);
    dynr_buf_append_c(out, ": ");
    dynr_buf_append_str(out, value);
    dynr_buf_append_c(out, "\r\n");
}

/* "Fri, 20 Nov 2026 19:30:00 GMT" (RFC 9110, section 5.6.7), made once a second. */
static void append_date(struct dynr_endpoint_loop *loop, struct dynr_buf *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != loop->date_s || loop->date.len == 0) {
        struct tm parts;
        loop->date_s = now.tv_sec;
        dynr_buf_clear(&loop->date);
        if (gmtime_r(&now.tv_sec, &parts) == NULL) {
            return;
        }
        dynr_buf_printf(&loop->date, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                        days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                        parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    }
    dynr_buf_append_str(out, dynr_buf_str(&loop->date));
}

static void append_cors(const struct dynr_endpoint_connection *connection, struct dynr_buf *out)
{
    struct dynr_str origin = connection->headers.origin;
    if (origin.len == 0 || !dynr_endpoint_allows(connection->endpoint, origin)) {
        return;
    }
    append_header(out, "Access-Control-Allow-Origin", origin);
    dynr_buf_append_c(out, "Vary: Origin\r\n"
                           "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,"
                           "x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,x-amz-crc32,Date\r\n");
}

static void append_preflight(const struct dynr_endpoint_headers *headers, struct dynr_buf *out)
{
    if (headers->asked_headers.len != 0) {
        append_header(out, "Access-Control-Allow-Headers", headers->asked_headers);
    }
    if (headers->asked_method.len != 0) {
        append_header(out, "Access-Control-Allow-Methods", headers->asked_method);
    }
    /* Two days, as the service says. */
    dynr_buf_append_c(out, "Access-Control-Max-Age: 172800\r\n");
}

static void append_head(const struct dynr_endpoint_connection *connection,
                        const struct dynr_endpoint_answer *answer, struct dynr_str body,
                        bool zipped, struct dynr_buf *out)
{
    if (answer->http_status == 200) {
        dynr_buf_append_c(out, "HTTP/1.1 200 OK\r\n");
    } else {
        dynr_buf_printf(out, "HTTP/1.1 %d %s\r\n", answer->http_status,
                        dynr_http_reason(answer->http_status));
    }
    append_date(connection->loop, out);
    dynr_buf_append_c(out, "Content-Length: ");
    dynr_buf_append_int(out, (int64_t)body.len);
    dynr_buf_append_c(out, "\r\nx-amzn-RequestId: ");
    dynr_buf_append(out, connection->request_id, DYNR_REQUEST_ID_LENGTH);
    /* Of the bytes as they are sent: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
    dynr_buf_append_c(out, "\r\nx-amz-crc32: ");
    dynr_buf_append_int(out,
                        (int64_t)crc32(0, (const unsigned char *)body.ptr, (unsigned int)body.len));
    dynr_buf_append_c(out, "\r\n");
    if (answer->content_type != NULL) {
        append_header(out, "Content-Type", dynr_str_from_c(answer->content_type));
    }
    if (zipped) {
        dynr_buf_append_c(out, "Content-Encoding: gzip\r\n");
    }
    if (connection->closes) {
        dynr_buf_append_c(out, "Connection: close\r\n");
    }
    append_cors(connection, out);
    if (answer->is_preflight) {
        append_preflight(&connection->headers, out);
    }
    dynr_buf_append_c(out, "\r\n");
}

bool dynr_endpoint_write_answer(struct dynr_endpoint_connection *connection,
                                const struct dynr_endpoint_answer *answer)
{
    struct dynr_str body = answer->body;
    bool zipped = body.len >= ZIP_MIN && accepts_gzip(connection->headers.accept_encoding) &&
                  zip(connection, answer->body, &body);
    dynr_buf_clear(&connection->head);
    append_head(connection, answer, body, zipped, &connection->head);
    connection->body = answer->is_head ? dynr_str_make(NULL, 0) : body;
    return dynr_buf_ok(&connection->head);
}
