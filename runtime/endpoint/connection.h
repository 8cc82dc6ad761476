/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: its socket, the request that it reads, the call that it waits for, the answer that it sends. It is one loop's,
 * and one request's at a time; while a call is under way, the call's memory is the store's or a caller's and the loop keeps off.
 */
#ifndef DYNR_ENDPOINT_CONNECTION_H
#define DYNR_ENDPOINT_CONNECTION_H

#include "endpoint/endpoint.h"
#include "endpoint/headers.h"
#include "http/request_reader.h"

enum dynr_endpoint_phase {
    DYNR_ENDPOINT_READING,
    /** The store, or a caller, has the request. Such a connection is never freed. */
    DYNR_ENDPOINT_CALLING,
    DYNR_ENDPOINT_WRITING,
    /** All was sent, and that it was. The peer has a little time to read it and end, too; what it sends is thrown away. */
    DYNR_ENDPOINT_LINGERING,
    DYNR_ENDPOINT_DEAD,
};

/** One answer, ready to be sent. */
struct dynr_endpoint_answer {
    int http_status;
    /** NULL: none. */
    const char *content_type;
    struct dynr_str body;
    /** Of OPTIONS: what a browser asks before it lets a page post. */
    bool is_preflight;
    /** The request was HEAD: the body's length is told, and nothing of it. */
    bool is_head;
    /** Nothing that follows on this connection could be understood. */
    bool closes;
};

struct dynr_endpoint_connection {
    struct dynr_endpoint *endpoint;
    struct dynr_endpoint_loop *loop;
    int fd;
    /** Of its peer's address in endpoint->peers. */
    size_t peer;
    enum dynr_endpoint_phase phase;
    /** Until the socket says otherwise. */
    bool is_readable;
    bool is_writable;
    /** It will send no more; what it sent may still have to be read. */
    bool peer_ended;
    /** A request has begun to come; its deadline stands. */
    bool has_begun;
    /** Milliseconds of the loop's clock; 0: none. */
    int64_t deadline_ms;

    struct dynr_request_reader reader;
    /** Bytes of this connection in endpoint->body_bytes. */
    size_t n_counted;

    /* The request that is under way. */
    struct dynr_arena arena;
    struct dynr_endpoint_headers headers;
    struct dynr_service_request request;
    /** Of a call that the store has; else NULL. */
    struct dynr_service_pending *pending;
    struct dynr_service_answer served;
    bool is_json;
    char request_id[DYNR_REQUEST_ID_LENGTH];
    uint64_t began_us;
    size_t request_bytes;

    /* The answer that is sent. */
    struct dynr_buf head;
    struct dynr_buf zipped;
    struct dynr_str body;
    /** Keeps a large body, so that the memory of the call is free. */
    struct dynr_buf large;
    size_t n_sent;
    bool closes;

    /* Lists of the loop. */
    struct dynr_endpoint_connection *next;
    struct dynr_endpoint_connection *previous;
    struct dynr_endpoint_connection *next_posted;
    struct dynr_endpoint_connection *next_again;
    struct dynr_endpoint_connection *next_dead;
    bool goes_again;
};

/** For an accepted socket, which is the connection's from then on. NULL: out of memory. */
struct dynr_endpoint_connection *dynr_endpoint_connection_new(struct dynr_endpoint *endpoint,
                                                              int fd, size_t peer);
/** Its loop has taken it. */
void dynr_endpoint_connection_open(struct dynr_endpoint_connection *connection);
void dynr_endpoint_connection_destroy(struct dynr_endpoint_connection *connection);
/** Does what can be done without waiting, up to a bound. */
void dynr_endpoint_connection_advance(struct dynr_endpoint_connection *connection);
/** The call that was under way has its answer. */
void dynr_endpoint_connection_called(struct dynr_endpoint_connection *connection);
/** No request has begun, and nothing has come. */
bool dynr_endpoint_connection_is_idle(const struct dynr_endpoint_connection *connection);
/** The endpoint stops: what has come is read; a request that is not whole has a moment. */
void dynr_endpoint_connection_part(struct dynr_endpoint_connection *connection);
/** Gives its memory back, if nothing was asked for some time. */
void dynr_endpoint_connection_rest(struct dynr_endpoint_connection *connection);
/** Ends it, unless it waits for a call. */
void dynr_endpoint_connection_kill(struct dynr_endpoint_connection *connection);

/* ---- the request (request.c) ---- */

/**
 * Answers the request that the reader has. False: a call is under way; it is posted to the loop when dynr_endpoint_end_call may be
 * called.
 */
bool dynr_endpoint_begin_call(struct dynr_endpoint_connection *connection,
                              struct dynr_endpoint_answer *out);
void dynr_endpoint_end_call(struct dynr_endpoint_connection *connection,
                            struct dynr_endpoint_answer *out);
/** The answer to what is no request: the reader's `refused`. */
void dynr_endpoint_answer_refused(struct dynr_endpoint_connection *connection, int http_status,
                                  struct dynr_endpoint_answer *out);
/** `{"__type":"com.amazon.coral.service#TYPE","message":"..."}` with status 400; `message` NULL: without. */
void dynr_endpoint_refuse(struct dynr_endpoint_connection *connection, const char *type,
                          const char *message, struct dynr_endpoint_answer *out);

/* ---- the answer (answer.c) ---- */

/** Makes `head` and `body` of the connection. False: out of memory. */
bool dynr_endpoint_write_answer(struct dynr_endpoint_connection *connection,
                                const struct dynr_endpoint_answer *answer);

/* ---- whether it may be served (authorize.c) ---- */

/**
 * Reads the signature, verifies it where access keys are configured, and gives the key and region of its scope. False: refused,
 * and `*out_error` is the service's answer.
 */
bool dynr_endpoint_authorize(struct dynr_endpoint_connection *connection,
                             struct dynr_str *out_access_key, struct dynr_str *out_region,
                             struct dynr_endpoint_answer *out_error);

#endif
