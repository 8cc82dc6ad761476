/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the endpoint share. libmicrohttpd parses HTTP and runs a thread for each connection: a write may wait for the
 * disk, and a scan may take long, without holding up anybody else; writers that wait together share one commit.
 */
#ifndef DYNR_ENDPOINT_ENDPOINT_H
#define DYNR_ENDPOINT_ENDPOINT_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "dynr/buf.h"
#include "dynr/endpoint.h"
#include "dynr/service.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: BatchGetItem's and BatchWriteItem's 16 MB. */
#define DYNR_ENDPOINT_BODY_MAX ((size_t)16 << 20)
#define DYNR_REQUEST_ID_LENGTH 52
/* What one request may take beside its body: a few hundred bytes can ask for a value that doubles again and again. */
#define DYNR_ENDPOINT_WORK_MAX ((size_t)256 << 20)

struct dynr_endpoint {
    /** With defaults filled in and texts copied into `arena`. */
    struct dynr_endpoint_options options;
    struct dynr_arena arena;
    struct dynr_service *service;
    struct MHD_Daemon *daemon;
    uint16_t port;
    bool any_origin;
    uint64_t id_seed;
    _Atomic uint64_t n_requests;
    /** Bytes of bodies that are being received, over all connections. */
    _Atomic size_t body_bytes;
    /** Requests that are whole and whose answer is not sent yet. */
    _Atomic unsigned int n_under_way;
    /** Answers close their connections. */
    _Atomic bool stopping;
};

/** The request headers that the endpoint looks at; empty: absent. Of one that is repeated, the first. */
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
    struct dynr_str content_length;
    struct dynr_str transfer_encoding;
    /** Two lengths, or a length and chunks: who stands between might see another end of the request. */
    bool is_ambiguous;
};

/** One connection; its memory is kept from one request to the next. Used by one thread. */
struct dynr_exchange {
    struct dynr_endpoint *endpoint;
    /** A request is under way: its headers were seen. */
    bool begun;
    /** The body was longer than allowed: dropped. */
    bool too_large;
    /** No memory for the body. */
    bool no_room;
    size_t received;
    /** Of these, what is kept and counted in the endpoint's `body_bytes`. */
    size_t counted;
    /** Counted in `n_under_way`. */
    bool is_under_way;
    struct dynr_buf body;
    struct dynr_buf zipped;
    struct dynr_arena arena;
    char request_id[DYNR_REQUEST_ID_LENGTH];
    uint64_t began_us;
    struct dynr_endpoint_headers headers;
};

/** One answer, ready to be sent. */
struct dynr_endpoint_answer {
    int http_status;
    /** NULL: none. */
    const char *content_type;
    struct dynr_str body;
    /** Of OPTIONS: what a browser asks before it lets a page post. */
    bool is_preflight;
};

/** Sends `answer`, with the headers that every answer has. Its body must last until the next request of the connection. */
enum MHD_Result dynr_endpoint_send(struct dynr_exchange *exchange,
                                   struct MHD_Connection *connection,
                                   const struct dynr_endpoint_answer *answer);

/** Reads all headers once: looking each up would go through all of them every time. */
void dynr_endpoint_read_headers(struct MHD_Connection *connection,
                                struct dynr_endpoint_headers *out);

/** Whether a page of this origin (empty: no page) may call. */
bool dynr_endpoint_allows(const struct dynr_endpoint *endpoint, struct dynr_str origin);

/** What the endpoint needs of a request to decide whether its sender may send it. */
struct dynr_endpoint_signed {
    struct dynr_str method;
    struct dynr_str path;
    struct dynr_str query;
    struct dynr_str body;
};

/**
 * Reads the signature, verifies it where access keys are configured, and gives the key and region of its scope. False: refused,
 * and `*out_error` is the service's answer.
 */
bool dynr_endpoint_authorize(struct dynr_exchange *exchange, struct MHD_Connection *connection,
                             const struct dynr_endpoint_signed *request,
                             struct dynr_str *out_access_key, struct dynr_str *out_region,
                             struct dynr_endpoint_answer *out_error);

/** `{"__type":"com.amazon.coral.service#TYPE","message":"..."}` with status 400; `message` NULL: without. */
void dynr_endpoint_refuse(struct dynr_exchange *exchange, const char *type, const char *message,
                          struct dynr_endpoint_answer *out);

#endif
