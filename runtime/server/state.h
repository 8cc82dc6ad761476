/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the server share: the server, a WebSocket session, a call. Everything runs on the thread of
 * dynr_server_run, from its loop.
 */
#ifndef DYNR_SERVER_STATE_H
#define DYNR_SERVER_STATE_H

#include "dynr/engine.h"
#include "dynr/server.h"
#include "server/call_memory.h"
#include "server/connection.h"
#include "server/jwt.h"
#include "server/metrics.h"
#include "server/outbox.h"
#include "server/rate_table.h"
#include "server/websocket.h"

#define DYNR_SERVER_ADDRESS_SIZE 64

/** Who a client is. Zero: nobody. */
struct dynr_identity {
    /** A caller struct of the procedures, or NULL. */
    void *caller;
    /** Its plain JSON; "" for nobody. */
    struct dynr_str json;
    /** Milliseconds since 1970; 0: never. */
    int64_t expires_ms;
};

struct dynr_session {
    struct dynr_connection *connection;
    /** Place in server->recipients and the engine's name for this connection: unique while the server lives. */
    uint32_t slot;
    uint64_t id;
    /** After `hello` was accepted. */
    bool greeted;
    int64_t opened_ms;
    struct dynr_identity identity;
    /** Under which its messages are counted; 0: they are not. */
    uint64_t caller_name;
    uint64_t address_name;
    /** Holds the identity. */
    struct dynr_arena arena;
    struct dynr_websocket_reader reader;
    /** Pieces of the message that is being received. */
    struct dynr_buf incoming;
    /** Read too slowly: its queue was dropped, and views are not sent until the rest is gone and a resync has started. */
    bool behind;
    /** A resync is under way: what it sends is all that the client watches, and may be longer than the queue's limit. */
    bool starting_over;
    /** Bytes that the last resync queued; the limit counts from there until the queue is empty. */
    size_t allowance;
    /** Ticks since anything was heard of it. */
    uint32_t silent_s;
    /** Not 0: close with this code as soon as the queue is empty; nothing is taken in or queued any more. */
    uint16_t close_code;
    /** The close frame is queued. */
    bool close_queued;
    uint32_t n_faults;
    /** Id of the last mutation that was refused for now; 0: none. */
    uint64_t refused_call;
};

/**
 * What sending needs to know of a session, in a table: a change for thousands of sessions walks over these and touches nothing else
 * of theirs, which would be in no cache.
 */
struct dynr_recipient {
    /** Of the session; 0: this place is free. */
    uint64_t id;
    struct dynr_session *session;
    /** The one message that is to be sent at the next flush; NULL: none, or they are in the queue. Holds a reference. */
    struct dynr_wire *next;
    int fd;
    /** Without TLS, nothing queued, not about to end: bytes may go to `fd` at once. */
    bool direct;
    /** In server->dirty. */
    bool dirty;
};

struct dynr_server {
    /** With defaults filled in. */
    struct dynr_server_options options;
    char address[DYNR_SERVER_ADDRESS_SIZE];
    bool is_loopback;
    uint16_t port;
    int listen_fd;
    /** [1] is written by dynr_server_stop; [0] is read by the loop. */
    int stop_pipe[2];
    int epoll;
    struct dynr_watch listen_watch;
    struct dynr_watch stop_watch;
    struct dynr_watch stream_watch;
    /** No descriptors were left for more: nothing is accepted until the next tick. */
    bool accept_rests;
    int64_t next_tick_ms;
    /** DYNR_SOCKET_READ_SIZE bytes. */
    unsigned char *scratch;
    /** NULL: without TLS. */
    struct ssl_ctx_st *tls;
    /** All of them, and those that end before the next turn of the loop. */
    struct dynr_connection *connections;
    struct dynr_connection *ended;

    struct dynr_engine *engine;
    struct dynr_engine_host engine_host;
    struct dynr_client *client;
    struct dynr_stream *stream;
    struct dynr_call_memory *calls;
    struct dynr_rate_table *rates;

    struct dynr_jwt_keys *keys;
    /** The caller struct of all procedures that have one; NULL: none has. */
    const struct dynr_struct_desc *caller_desc;

    /** By slot. */
    struct dynr_recipient *recipients;
    size_t cap_sessions;
    uint32_t *free_slots;
    size_t n_free_slots;
    uint32_t next_generation;
    /** Slots with something to send. */
    uint32_t *dirty;
    size_t n_dirty;

    /** The frame that was sent last and its copy for the sockets: the engine sends one frame to all of its subscribers in a row. */
    struct dynr_frame *last_frame;
    struct dynr_wire *last_wire;

    struct dynr_metrics metrics;
    /** Of the message or request that is being handled. */
    struct dynr_arena arena;
    struct dynr_buf body;
    struct dynr_buf response;
    bool stopping;
    int64_t drain_until_ms;
    enum dynr_status failure;
    struct dynr_error failure_error;
};

/* ---- the pieces, by file --------------------------------------------------------------------------------------- */

/* log.c */
void dynr_server_log(const struct dynr_server *server, enum dynr_log_level level,
                     const char *format, ...) DYNR_PRINTF(3, 4);
int64_t dynr_server_now_ms(const struct dynr_server *server);
/** Microseconds of a clock that never jumps. */
uint64_t dynr_server_ticks_us(void);

/* options.c: fills defaults, refuses contradictions. */
enum dynr_status dynr_server_check_options(struct dynr_server *server,
                                           const struct dynr_server_options *options,
                                           struct dynr_error *err);
/** With the default filled in. */
uint32_t dynr_server_max_connections(const struct dynr_server_limits *limits);

/* listen.c */
enum dynr_status dynr_server_listen(struct dynr_server *server, struct dynr_error *err);
/** Accepts what waits, up to a bound. */
void dynr_server_accept(struct dynr_server *server);

/* loop.c: what is watched, and the tick. */
enum dynr_status dynr_server_open_loop(struct dynr_server *server, struct dynr_error *err);
void dynr_server_close_loop(struct dynr_server *server);
/** Waits for something to happen and does what follows from it. False: the loop failed. */
bool dynr_server_turn(struct dynr_server *server);
/** Takes `stream` in the place of the one that was watched. False: it could not be watched; nothing has changed. */
bool dynr_server_watch_stream(struct dynr_server *server, struct dynr_stream *stream);
/** Watches `watch` for these events of epoll, 0 included. `is_new`: for the first time. */
bool dynr_server_watch(struct dynr_server *server, struct dynr_watch *watch, uint32_t events,
                       bool is_new);

/* auth.c */
enum dynr_status dynr_server_open_auth(struct dynr_server *server, struct dynr_error *err);
void dynr_server_close_auth(struct dynr_server *server);
/** From a token ("": none) and the JSON of a trusted caller ("": none). DYNR_ERR_UNAUTHENTICATED with a text for the client. */
enum dynr_status dynr_server_identify(struct dynr_server *server, struct dynr_str token,
                                      struct dynr_str trusted_caller, struct dynr_arena *arena,
                                      struct dynr_identity *out, struct dynr_error *err);

/* feed.c: the engine's host. */
enum dynr_status dynr_server_open_feed(struct dynr_server *server, struct dynr_error *err);
void dynr_server_close_feed(struct dynr_server *server);
/** Every change up to here was taken in. */
uint64_t dynr_server_position(const struct dynr_server *server);
/** Takes in all changes that are there and sends what follows from them. */
void dynr_server_pump(struct dynr_server *server);

/* call.c */
struct dynr_server_call {
    struct dynr_str procedure;
    struct dynr_str input;
    /** Idempotency key; empty: none. */
    struct dynr_str key;
    const struct dynr_str *ids;
    size_t n_ids;
    /** Queries alone are allowed. */
    bool query_only;
};
struct dynr_server_answer {
    struct dynr_error err;
    /** JSON, borrowed until the next call. */
    struct dynr_str output;
    /** Of the last write; for a query: up to which it saw all changes. */
    uint64_t position;
    bool is_query;
};
/** DYNR_OK: there is `out->output`; else `out->err` says why not, and `out->position` what was written all the same. */
enum dynr_status dynr_server_call(struct dynr_server *server, struct dynr_rate *rate,
                                  const struct dynr_identity *identity,
                                  const struct dynr_server_call *call,
                                  struct dynr_server_answer *out);
/** Appends `"code":...,"message":...` and so on of an error, without braces. Nothing of inner failures is told. */
void dynr_server_append_error(struct dynr_buf *out, const struct dynr_error *err);

/* http.c */
/** Does what the bytes that have come, or the socket that takes more, make possible. */
void dynr_server_http_advance(struct dynr_connection *connection);
/** Whether an answer is under way, so that nothing more is read. */
bool dynr_server_http_is_blocked(const struct dynr_connection *connection);
void dynr_http_request_destroy(struct dynr_http_request *request);

/* session.c */
/** The connection becomes a session. False: it cannot. */
bool dynr_server_open_session(struct dynr_connection *connection);
void dynr_server_close_session(struct dynr_connection *connection);
/** The session of an id, NULL where it has gone. */
struct dynr_session *dynr_server_find_session(const struct dynr_server *server, uint64_t id);
/** Bytes have come; they are changed in place. */
void dynr_session_receive(struct dynr_session *session, unsigned char *bytes, size_t len);
/** Ends what has expired, never greeted or fallen silent, pings what is silent. Once a second. */
void dynr_server_expire(struct dynr_server *server);

/* session_send.c */
/** Queues a message for the session of an id, if it is still there; takes a reference of its own. */
void dynr_server_send(struct dynr_server *server, uint64_t id, struct dynr_wire *wire);
void dynr_session_send(struct dynr_session *session, struct dynr_wire *wire);
/** The same from a text; it is kept where a slow reader's queue is dropped. */
void dynr_session_send_text(struct dynr_session *session, const struct dynr_buf *text);
/** The same of a frame without a message. */
void dynr_session_send_control(struct dynr_session *session, enum dynr_websocket_opcode opcode,
                               struct dynr_str payload);
/** Views are not sent any more until the socket has taken what must be kept; then all start over from snapshots. */
void dynr_session_fall_behind(struct dynr_session *session);
/** Closes with `code` as soon as what is queued was sent; nothing is taken in or queued any more. */
void dynr_session_end(struct dynr_session *session, unsigned code);
/** `bye`, then the end with `code`. */
void dynr_session_bye(struct dynr_session *session, const char *reason, uint32_t after_ms,
                      enum dynr_close_code code);
/** The socket has taken all that was queued. */
void dynr_session_drained(struct dynr_session *session);
/** Writes what is queued, as far as the sockets take it: all that one connection gets in one go. */
void dynr_server_flush(struct dynr_server *server);

/* session_message.c */
void dynr_session_handle(struct dynr_session *session, struct dynr_str text);

#endif
