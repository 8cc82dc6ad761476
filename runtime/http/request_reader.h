/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the requests of one connection (HTTP/1.1, RFC 9112), heads and bodies, in whatever pieces they come. Without I/O: who has a
 * socket puts its bytes in, and asks what they are.
 *
 *     size_t size;
 *     char *room = dynr_request_reader_room(&reader, &size);
 *     dynr_request_reader_took(&reader, recv(fd, room, size, 0));
 *     while (dynr_request_reader_step(&reader, &arena) == DYNR_READ_REQUEST) {
 *         answer(&reader.head, reader.body);
 *         dynr_request_reader_next(&reader);
 *     }
 *
 * A body has a length or comes in chunks. What two readers could understand differently is refused.
 */
#ifndef DYNR_HTTP_REQUEST_READER_H
#define DYNR_HTTP_REQUEST_READER_H

#include "dynr/buf.h"
#include "http/request_head.h"

enum dynr_read_progress {
    /** More bytes must come. */
    DYNR_READ_MORE,
    /** The peer asks for leave to send its body: "100 Continue" should be sent. Said once for a request. */
    DYNR_READ_CONTINUE,
    /** `head` and `body` are a whole request. */
    DYNR_READ_REQUEST,
    /** `refused` is the status to answer with. Nothing more can be read here: where the next request begins is not known. */
    DYNR_READ_REFUSED,
};

enum dynr_body_stage {
    DYNR_BODY_NOT_BEGUN,
    /** `body_left` bytes are to come. */
    DYNR_BODY_COUNTED,
    DYNR_BODY_CHUNK_SIZE,
    /** `body_left` bytes of this chunk are to come. */
    DYNR_BODY_CHUNK,
    DYNR_BODY_CHUNK_END,
    DYNR_BODY_TRAILER,
    DYNR_BODY_WHOLE,
};

struct dynr_request_reader {
    /** Limits in bytes: of a head, and of trailers; of a body without what frames its chunks. */
    size_t head_max;
    size_t body_max;

    /** The request. Its texts last until bytes are put in or the next one is begun. */
    struct dynr_request_head head;
    struct dynr_str body;
    /** The peer wants the connection closed behind the answer, or knows no others. */
    bool closes;
    /** 400, 413 (the body is too long), 431 (the head is), 500 (no memory), 501 (a coding that is not known), 505. */
    int refused;

    /* Private. */
    struct dynr_buf incoming;
    struct dynr_buf chunks;
    size_t looked;
    /** 0: the head is not whole yet. */
    size_t head_len;
    enum dynr_body_stage stage;
    size_t body_left;
    size_t trailer_len;
    bool waits_for_leave;
    /** Where `incoming` was when the head was parsed: its texts point there. */
    const char *parsed_at;
};

void dynr_request_reader_init(struct dynr_request_reader *reader, size_t head_max, size_t body_max);
void dynr_request_reader_cleanup(struct dynr_request_reader *reader);

/** Where bytes that come are put, and how many may come at once. NULL: out of memory. */
char *dynr_request_reader_room(struct dynr_request_reader *reader, size_t *out_size);
/** So many were put there. */
void dynr_request_reader_took(struct dynr_request_reader *reader, size_t size);
/** Bytes that have come and belong to this request, or to those behind it. */
size_t dynr_request_reader_held(const struct dynr_request_reader *reader);
/** Bytes of memory that this takes. */
size_t dynr_request_reader_reserved(const struct dynr_request_reader *reader);

/** Looks at what has come. `arena` holds the decoded path of the head. */
enum dynr_read_progress dynr_request_reader_step(struct dynr_request_reader *reader,
                                                 struct dynr_arena *arena);
/** Forgets the request, and goes on with what has come behind it. */
void dynr_request_reader_next(struct dynr_request_reader *reader);

#endif
