/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that answer HTTP share. */
#ifndef DYNR_SERVER_HTTP_H
#define DYNR_SERVER_HTTP_H

#include "base/origin.h"
#include "http/request_head.h"
#include "server/state.h"

enum dynr_http_method {
    DYNR_HTTP_OTHER = 0,
    DYNR_HTTP_GET,
    DYNR_HTTP_HEAD,
    DYNR_HTTP_POST,
    DYNR_HTTP_OPTIONS
};

/** One request. Texts are in the arena. */
struct dynr_http_request {
    struct dynr_arena arena;
    struct dynr_request_head head;
    enum dynr_http_method method;
    enum dynr_metrics_route route;
    /** The connection ends with this request. */
    bool closes;
    struct dynr_str origin;
    enum dynr_origin_kind origin_kind;
    /** Of `Content-Length`; it was given if `has_length`. */
    bool has_length;
    uint64_t length;
    /** POST: the body as far as it has come. */
    struct dynr_buf body;
    /** Who calls; set before the body is read. */
    struct dynr_identity identity;
    /** A file that is being sent; -1: none. */
    int file;
    uint64_t file_left;
    /** The answer was sent. */
    bool answered;
};

struct dynr_http_answer {
    int status;
    /** NULL: no body. */
    const char *content_type;
    struct dynr_str body;
    /** More header lines, each with its CRLF, or empty. */
    struct dynr_str headers;
    /** NULL: no-store. */
    const char *cache_control;
    /** Said of a body that is sent elsewhere (a file); the head alone is written. */
    bool head_only;
    uint64_t length;
    /** The connection ends with this answer. */
    bool close;
};

/*
 * Whoever answers returns 0, or -1: the connection cannot go on, and is ended at once.
 */

/** Writes an answer and ends the request. */
int dynr_http_answer(struct dynr_connection *connection, const struct dynr_http_answer *answer);
/** Answers an error: `{"error":{...}}` with the status's HTTP code. */
int dynr_http_fail(struct dynr_connection *connection, const struct dynr_error *err);
/** The same with an HTTP status of its own. */
int dynr_http_fail_with(struct dynr_connection *connection, int http_status,
                        enum dynr_status status, const char *text, struct dynr_str headers,
                        bool close);
/** Ends a request whose answer was written. */
int dynr_http_done(struct dynr_connection *connection, bool close);
/** A header's value; empty: absent. `name` in lower case. */
struct dynr_str dynr_http_header(const struct dynr_connection *connection, const char *name);
/** What is wrong with a request before its path matters. False: it was answered, with `*out_result`. */
bool dynr_http_check_head(struct dynr_connection *connection, int *out_result);

/* upgrade.c */
/** Whether a request asks for WebSocket. */
bool dynr_http_wants_upgrade(const struct dynr_connection *connection);
/** Answers it; where that is yes, the connection is a session from now on. */
int dynr_http_upgrade(struct dynr_connection *connection);

/* rpc.c */
/** The head of a request below /rpc/ is there: refuses it, answers it, or waits for its body. */
int dynr_http_rpc(struct dynr_connection *connection);
/** The body is complete. */
int dynr_http_rpc_body(struct dynr_connection *connection);

/* static_files.c */
int dynr_http_static(struct dynr_connection *connection);
/** The socket takes more of a file. */
int dynr_http_static_more(struct dynr_connection *connection);

#endif
