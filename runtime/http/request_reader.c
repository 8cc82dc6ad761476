/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request_reader.h"

#include <string.h>

#include "base/percent.h"

#define BAD             400
#define TOO_LARGE       413
#define HEAD_TOO_LARGE  431
#define NO_MEMORY       500
#define NOT_IMPLEMENTED 501

/* What is read at once while nobody knows how much is to come, and at most. */
#define READ_MIN ((size_t)8 << 10)
#define READ_MAX ((size_t)256 << 10)
/* What is kept from one request to the next. */
#define KEPT ((size_t)64 << 10)
/* The line before a chunk: its size, and extensions that nobody uses. */
#define CHUNK_LINE_MAX 256
/* Before a request line. */
#define EMPTY_LINES_MAX 4
/* Of 64 bits half: sizes add up without overflow. */
#define CHUNK_SIZE_MAX ((size_t)1 << 31)

void dynr_request_reader_init(struct dynr_request_reader *reader, size_t head_max, size_t body_max)
{
    memset(reader, 0, sizeof *reader);
    reader->head_max = head_max;
    reader->body_max = body_max;
}

void dynr_request_reader_cleanup(struct dynr_request_reader *reader)
{
    dynr_buf_cleanup(&reader->incoming);
    dynr_buf_cleanup(&reader->chunks);
}

/* ---- bytes ---- */

/* Of what is known to come; requests that follow are not read ahead. */
static size_t missing(const struct dynr_request_reader *reader)
{
    if (reader->stage == DYNR_BODY_COUNTED) {
        return reader->head_len + reader->body_left - reader->incoming.len;
    }
    return reader->stage == DYNR_BODY_CHUNK ? reader->body_left : 0;
}

char *dynr_request_reader_room(struct dynr_request_reader *reader, size_t *out_size)
{
    size_t wanted = missing(reader);
    if (wanted < READ_MIN) {
        wanted = READ_MIN;
    } else if (wanted > READ_MAX) {
        wanted = READ_MAX;
    }
    char *room = dynr_buf_reserve(&reader->incoming, wanted);
    *out_size = room == NULL ? 0 : wanted;
    return room;
}

void dynr_request_reader_took(struct dynr_request_reader *reader, size_t size)
{
    reader->incoming.len += size;
}

size_t dynr_request_reader_held(const struct dynr_request_reader *reader)
{
    return reader->incoming.len + reader->chunks.len;
}

size_t dynr_request_reader_reserved(const struct dynr_request_reader *reader)
{
    return reader->incoming.cap + reader->chunks.cap;
}

/* Takes bytes out of what has come, behind the head. */
static void drop(struct dynr_request_reader *reader, size_t at, size_t len)
{
    struct dynr_buf *incoming = &reader->incoming;
    if (len == 0) {
        return;
    }
    memmove(incoming->ptr + at, incoming->ptr + at + len, incoming->len - at - len);
    incoming->len -= len;
}

static enum dynr_read_progress refuse(struct dynr_request_reader *reader, int http_status)
{
    reader->refused = http_status;
    return DYNR_READ_REFUSED;
}

/* ---- the head ---- */

/* How the body comes; 0, or the status to refuse it with. */
static int begin_body(struct dynr_request_reader *reader)
{
    const struct dynr_request_head *head = &reader->head;
    size_t n_codings = dynr_request_head_count(head, "transfer-encoding");
    size_t n_lengths = dynr_request_head_count(head, "content-length");
    reader->stage = DYNR_BODY_COUNTED;
    reader->body_left = 0;
    if (n_codings > 0) {
        /* With a length beside it, who stands between might see another end; of HTTP/1.0 nobody knows chunks. */
        if (n_codings > 1 || n_lengths > 0 || head->minor == 0) {
            return BAD;
        }
        struct dynr_str coding = dynr_request_head_find(head, "transfer-encoding");
        reader->stage = DYNR_BODY_CHUNK_SIZE;
        return dynr_request_list_has(coding, "chunked") && coding.len == 7 ? 0 : NOT_IMPLEMENTED;
    }
    uint64_t length = 0;
    if (n_lengths > 0 &&
        !dynr_request_length_parse(dynr_request_head_find(head, "content-length"), &length)) {
        return BAD;
    }
    if (length > reader->body_max) {
        return TOO_LARGE;
    }
    reader->body_left = (size_t)length;
    return 0;
}

static int parse_head(struct dynr_request_reader *reader, struct dynr_arena *arena)
{
    reader->parsed_at = reader->incoming.ptr;
    return dynr_request_head_parse(dynr_str_make(reader->incoming.ptr, reader->head_len), arena,
                                   &reader->head);
}

/* Some clients end a body with a line of its own. */
static size_t count_empty_lines(const struct dynr_buf *incoming)
{
    size_t n = 0;
    while (n <= EMPTY_LINES_MAX && incoming->len >= 2 * (n + 1) &&
           memcmp(incoming->ptr + 2 * n, "\r\n", 2) == 0) {
        n++;
    }
    return n;
}

static enum dynr_read_progress read_head(struct dynr_request_reader *reader,
                                         struct dynr_arena *arena)
{
    struct dynr_buf *incoming = &reader->incoming;
    if (reader->looked == 0) {
        size_t n_empty = count_empty_lines(incoming);
        if (n_empty > EMPTY_LINES_MAX) {
            return refuse(reader, BAD);
        }
        drop(reader, 0, 2 * n_empty);
        if (incoming->len == 1 && incoming->ptr[0] == '\r') {
            return DYNR_READ_MORE;
        }
    }
    reader->head_len = dynr_request_head_length(dynr_buf_str(incoming), &reader->looked);
    if (reader->head_len > reader->head_max ||
        (reader->head_len == 0 && incoming->len > reader->head_max)) {
        return refuse(reader, HEAD_TOO_LARGE);
    }
    if (reader->head_len == 0) {
        return DYNR_READ_MORE;
    }
    int refused = parse_head(reader, arena);
    if (refused == 0) {
        refused = begin_body(reader);
    }
    if (refused != 0) {
        return refuse(reader, refused);
    }
    const struct dynr_request_head *head = &reader->head;
    reader->closes = head->minor == 0 || dynr_request_head_lists(head, "connection", "close");
    reader->waits_for_leave =
        head->minor == 1 && dynr_request_head_lists(head, "expect", "100-continue");
    return DYNR_READ_REQUEST;
}

/* ---- chunks (RFC 9112, section 7.1) ---- */

/* What some take for the end of a line, and what no text has. */
static bool has_controls(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

/* The line at `at`, its end included; `*out_len` 0: it is not whole. False: it is too long, not ended by CRLF, or not of text. */
static bool find_line(const struct dynr_buf *incoming, size_t at, size_t most, size_t *out_len)
{
    const char *start = incoming->ptr + at;
    size_t available = incoming->len - at;
    const char *end = available == 0 ? NULL : memchr(start, '\n', available);
    *out_len = end == NULL ? 0 : (size_t)(end - start) + 1;
    if (end == NULL) {
        return available <= most;
    }
    return *out_len <= most && *out_len >= 2 && end[-1] == '\r' &&
           !has_controls(start, *out_len - 2);
}

/* 0, or the status to refuse it with. */
static int parse_chunk_size(struct dynr_request_reader *reader, const char *line, size_t len)
{
    size_t size = 0;
    size_t n_digits = 0;
    while (n_digits < len && dynr_hex_digit(line[n_digits]) >= 0) {
        size = size * 16 + (size_t)dynr_hex_digit(line[n_digits++]);
        if (size > CHUNK_SIZE_MAX) {
            return TOO_LARGE;
        }
    }
    if (n_digits == 0 || (line[n_digits] != '\r' && line[n_digits] != ';')) {
        return BAD;
    }
    if (size > reader->body_max - reader->chunks.len) {
        return TOO_LARGE;
    }
    reader->body_left = size;
    reader->stage = size == 0 ? DYNR_BODY_TRAILER : DYNR_BODY_CHUNK;
    return 0;
}

/* Takes one thing of the body at `*at` in what has come, and moves on. -1: more must come; 0: go on; else the status of a refusal. */
static int take_chunk_part(struct dynr_request_reader *reader, size_t *at)
{
    const struct dynr_buf *incoming = &reader->incoming;
    size_t available = incoming->len - *at;
    size_t len = 0;
    int refused = 0;
    if (reader->stage == DYNR_BODY_CHUNK) {
        len = available < reader->body_left ? available : reader->body_left;
        dynr_buf_append(&reader->chunks, incoming->ptr + *at, len);
        *at += len;
        reader->body_left -= len;
        if (!dynr_buf_ok(&reader->chunks)) {
            return NO_MEMORY;
        }
        if (reader->body_left > 0) {
            return -1;
        }
        reader->stage = DYNR_BODY_CHUNK_END;
        return 0;
    }
    size_t most = reader->stage == DYNR_BODY_TRAILER ? reader->head_max - reader->trailer_len
                                                     : CHUNK_LINE_MAX;
    if (!find_line(incoming, *at, most, &len)) {
        return BAD;
    }
    if (len == 0) {
        return -1;
    }
    if (reader->stage == DYNR_BODY_CHUNK_SIZE) {
        refused = parse_chunk_size(reader, incoming->ptr + *at, len);
    } else if (reader->stage == DYNR_BODY_CHUNK_END) {
        refused = len == 2 ? 0 : BAD;
        reader->stage = DYNR_BODY_CHUNK_SIZE;
    } else if (len == 2) {
        reader->stage = DYNR_BODY_WHOLE;
    } else {
        /* Trailers say nothing that matters here. */
        refused = memchr(incoming->ptr + *at, ':', len) == NULL ? BAD : 0;
        reader->trailer_len += len;
    }
    *at += len;
    return refused;
}

static int take_chunks(struct dynr_request_reader *reader)
{
    size_t at = reader->head_len;
    int result = 0;
    while (result == 0 && reader->stage != DYNR_BODY_WHOLE) {
        result = take_chunk_part(reader, &at);
    }
    drop(reader, reader->head_len, at - reader->head_len);
    return result;
}

/* ---- one request ---- */

static enum dynr_read_progress read_body(struct dynr_request_reader *reader)
{
    if (reader->stage == DYNR_BODY_COUNTED) {
        if (reader->incoming.len - reader->head_len < reader->body_left) {
            return DYNR_READ_MORE;
        }
        reader->stage = DYNR_BODY_WHOLE;
    }
    int result = reader->stage == DYNR_BODY_WHOLE ? 0 : take_chunks(reader);
    if (result > 0) {
        return refuse(reader, result);
    }
    return result < 0 ? DYNR_READ_MORE : DYNR_READ_REQUEST;
}

enum dynr_read_progress dynr_request_reader_step(struct dynr_request_reader *reader,
                                                 struct dynr_arena *arena)
{
    if (reader->refused != 0) {
        return DYNR_READ_REFUSED;
    }
    enum dynr_read_progress progress =
        reader->head_len == 0 ? read_head(reader, arena) : DYNR_READ_REQUEST;
    if (progress == DYNR_READ_REQUEST) {
        progress = read_body(reader);
    }
    if (progress == DYNR_READ_MORE && reader->waits_for_leave) {
        reader->waits_for_leave = false;
        return DYNR_READ_CONTINUE;
    }
    if (progress != DYNR_READ_REQUEST) {
        return progress;
    }
    if (reader->parsed_at != reader->incoming.ptr) {
        int refused = parse_head(reader, arena);
        if (refused != 0) {
            return refuse(reader, refused);
        }
    }
    reader->body = reader->chunks.len > 0
                       ? dynr_buf_str(&reader->chunks)
                       : dynr_str_make(reader->incoming.ptr + reader->head_len, reader->body_left);
    return DYNR_READ_REQUEST;
}

void dynr_request_reader_next(struct dynr_request_reader *reader)
{
    struct dynr_buf *incoming = &reader->incoming;
    size_t counted = reader->chunks.len > 0 ? 0 : reader->body_left;
    drop(reader, 0, reader->head_len + counted);
    dynr_buf_clear(&reader->chunks);
    if (reader->chunks.cap > KEPT) {
        dynr_buf_cleanup(&reader->chunks);
    }
    if (incoming->cap > KEPT) {
        /* Little follows: what is to come is read ahead by READ_MIN at most. */
        struct dynr_buf rest = {.allocator = incoming->allocator};
        dynr_buf_append_str(&rest, dynr_buf_str(incoming));
        if (dynr_buf_ok(&rest)) {
            dynr_buf_cleanup(incoming);
            *incoming = rest;
        }
    }
    reader->body = dynr_str_make(NULL, 0);
    reader->looked = 0;
    reader->head_len = 0;
    reader->stage = DYNR_BODY_NOT_BEGUN;
    reader->body_left = 0;
    reader->trailer_len = 0;
    reader->waits_for_leave = false;
    reader->closes = false;
    reader->parsed_at = NULL;
}
