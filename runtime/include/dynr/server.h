/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: procedures over HTTP, live views over WebSocket (docs/protocol.md), one process, one thread.
 *
 *     struct dynr_server_options options = DYNR_SERVER_OPTIONS_INIT;
 *     options.procedures = todo_procedures();
 *     options.backend = backend;
 *     options.open_stream = open_stream_of_the_store;
 *     struct dynr_server *server;
 *     if (dynr_server_new(&options, &server, &err) == DYNR_OK) {
 *         dynr_server_run(server, &err);       // until dynr_server_stop
 *         dynr_server_destroy(server);
 *     }
 *
 * Programs that want the usual command line use app.h instead.
 *
 * What it answers:
 *   - `POST /rpc/<procedure>`, `GET /rpc/<query>?input=`, `/healthz`, `/metrics` (loopback peers only, unless told otherwise);
 *   - WebSocket with the subprotocol `dynr.1` on any path;
 *   - files below `static_directory` on every other path.
 *
 * Who may come: by default it listens on loopback alone. Another address is refused unless callers are authenticated (`auth`) or
 * `insecure` says that everybody is welcome. Requests that carry an `Origin` are served if that is the server itself or one of
 * `origins`; while it listens on loopback, the `Host` must be a name of loopback (or of an origin), so that no foreign page can
 * reach it by DNS rebinding.
 *
 * Threads: create, run and destroy on one thread. dynr_server_stop may be called from any thread and from signal handlers. The
 * backend may be used by others at the same time. SIGPIPE is ignored in the whole process.
 */
#ifndef DYNR_SERVER_H
#define DYNR_SERVER_H

#include "dynr/clock.h"
#include "dynr/gen.h"
#include "dynr/stream.h"

DYNR_BEGIN_DECLS

struct dynr_server;

/** In the place of a position: changes from now on. */
#define DYNR_SERVER_FROM_NOW UINT64_MAX

/**
 * Makes a reader of the changes after the position `since`, or from now on; `*out_position`: the position that it begins behind.
 * The server destroys it. dynr_local_stream_open makes one for the embedded store.
 * Errors: as dynr_stream_read.
 */
typedef enum dynr_status (*dynr_open_stream_fn)(void *context, uint64_t since,
                                                struct dynr_stream **out, uint64_t *out_position,
                                                struct dynr_error *err);

/**
 * Begins a term of the log (stream.h), as dynr_local_stream_begin_term does for the embedded store, so that clients resume after a
 * restart of the server too. `program` is the procedures' digest; `out` has room for DYNR_STREAM_TERMS_MAX.
 */
typedef enum dynr_status (*dynr_begin_term_fn)(void *context, uint64_t program,
                                               struct dynr_stream_term *out, size_t *out_n,
                                               struct dynr_error *err);

/**
 * Who is this? `token` is what the client presented (the bearer token, the `token` of `hello`), never empty. `*out_caller` becomes
 * a caller struct of the procedures, in `arena`; `*out_expires_ms` the time when it stops being good, milliseconds since 1970, 0: never.
 * Returns DYNR_ERR_UNAUTHENTICATED for everybody who is not let in; `err->message` goes to the log, not to the client.
 */
typedef enum dynr_status (*dynr_authenticate_fn)(void *context, struct dynr_str token,
                                                 struct dynr_arena *arena, void **out_caller,
                                                 int64_t *out_expires_ms, struct dynr_error *err);

/** A line for the log: no line feed; never holds a token or an item. */
enum dynr_log_level {
    DYNR_LOG_ERROR = 1,
    DYNR_LOG_WARNING,
    DYNR_LOG_INFO
};
typedef void (*dynr_log_fn)(void *context, enum dynr_log_level level, const char *line);

/** Callers from signed JSON Web Tokens: HS256, RS256, ES256; `exp` is required. `@claim` in the schema says which claim fills which field. */
struct dynr_server_jwt {
    /** Text of a key set (RFC 7517). Each key is bound to one algorithm. */
    struct dynr_str keys;
    /** `iss` must be this; NULL: not looked at. */
    const char *issuer;
    /** `aud` must be or contain this; NULL: not looked at. */
    const char *audience;
    /** Seconds that clocks may differ; 0: 60. */
    uint32_t leeway_s;
};

/** At most one of `authenticate`, `jwt` and `trust_callers`; none: nobody has a caller, and procedures that need one refuse. */
struct dynr_server_auth {
    dynr_authenticate_fn authenticate;
    void *context;
    const struct dynr_server_jwt *jwt;
    /** Clients without a token are refused everywhere, also where a procedure needs no caller. */
    bool required;
    /**
     * Development alone: callers are who they say they are (`caller` in `hello`, the header `dynr-caller`). Refused on any address
     * but loopback.
     */
    bool trust_callers;
};

/** 0 everywhere: the default in brackets. */
struct dynr_server_limits {
    uint32_t max_connections;   /**< sockets of both kinds [10,000] */
    uint32_t max_subscriptions; /**< of one connection [256] */
    uint32_t max_message;       /**< bytes of one message from a client over WebSocket [32,768] */
    uint32_t max_body;          /**< bytes of one call's input over HTTP [1,048,576] */
    uint32_t
        max_queue; /**< bytes that wait for one slow connection; what starts it over may be 16 times as long [4,194,304] */
    uint32_t max_calls_per_second;      /**< of one connection, bursts of twice that [100] */
    uint32_t max_subscribes_per_second; /**< `sub` of one caller, bursts of twice that [200] */
    uint32_t max_windows_per_second;    /**< `more` and `trim` of one caller, likewise [100] */
    uint32_t max_pings_per_second;      /**< `ping` of one caller, likewise [20] */
    uint32_t
        address_share; /**< how many times as much one address may do, of loopback as much as it likes [10] */
    uint32_t max_rated_names;     /**< callers and addresses that these are counted for [32,768] */
    uint32_t max_faults;          /**< malformed messages after which a connection is closed [20] */
    uint32_t header_timeout_s;    /**< for a request's headers and body to arrive [10] */
    uint32_t keepalive_timeout_s; /**< an idle HTTP connection is closed [60] */
    uint32_t hello_timeout_s;     /**< from the upgrade to `hello` [10] */
    uint32_t
        ping_s; /**< idle sockets are pinged; closed when they stay silent for twice that [30] */
    uint32_t drain_ms;             /**< after stop, to send what waits [5,000] */
    uint32_t max_remembered_calls; /**< idempotency keys, kept for 10 minutes [100,000] */
    uint32_t max_remembered_bytes; /**< of their results [67,108,864] */
    /** Windows that are kept when nobody watches them any more, so that who comes back is told what was missed [1,000]. */
    uint32_t max_lingering;
    uint32_t linger_ms; /**< how long [30,000] */
};

struct dynr_server_options {
    size_t size;
    /** Borrowed, as everything below, until dynr_server_destroy. */
    const struct dynr_procedure_table *procedures;
    struct dynr_backend *backend;
    /** Put before every physical table name, or NULL. */
    const char *table_prefix;
    dynr_open_stream_fn open_stream;
    /** NULL: resume tokens end with the server. */
    dynr_begin_term_fn begin_term;
    /** Of both. */
    void *stream_context;
    /** "host:port"; an IPv6 address in brackets; port 0: any. NULL: "127.0.0.1:8787". Names are not resolved, but "localhost". */
    const char *listen;
    /** Any address may be listened on without authentication. */
    bool insecure;
    /** `/metrics` answers any peer. */
    bool public_metrics;
    /**
     * Files to serve, or NULL. It must be there when the server starts. Names that begin with a dot are not served, nor what a
     * symbolic link leads out to.
     */
    const char *static_directory;
    /** PEM files; both or none. */
    const char *tls_certificate;
    const char *tls_key;
    /** "https://app.example.com": pages from there may call. */
    const char *const *origins;
    size_t n_origins;
    struct dynr_server_auth auth;
    struct dynr_server_limits limits;
    /** NULL: the system's. */
    const struct dynr_clock *clock;
    /** NULL: standard error. */
    dynr_log_fn log;
    void *log_context;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_SERVER_OPTIONS_INIT                                                               \
        {                                                                                          \
            sizeof(struct dynr_server_options)                                                     \
        }
#else
#    define DYNR_SERVER_OPTIONS_INIT                                                               \
        {                                                                                          \
            .size = sizeof(struct dynr_server_options)                                             \
        }
#endif

/**
 * Checks the options, loads keys and certificates, binds the address and listens: clients may connect, and wait for dynr_server_run.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (options that contradict each other, an address that is refused), DYNR_ERR_IO (the address is in
 * use, a file cannot be read), DYNR_ERR_SYNTAX (the key set), DYNR_ERR_NO_MEMORY, and what the stream's opening gives.
 */
DYNR_API enum dynr_status dynr_server_new(const struct dynr_server_options *options,
                                          struct dynr_server **out, struct dynr_error *err);
/** The port that is listened on. */
DYNR_API uint16_t dynr_server_port(const struct dynr_server *server);
/**
 * Serves until dynr_server_stop; then takes no more connections, says `bye` to all, sends what waits (at most `drain_ms`) and
 * returns DYNR_OK. Errors: DYNR_ERR_IO, DYNR_ERR_NO_MEMORY: it cannot go on.
 */
DYNR_API enum dynr_status dynr_server_run(struct dynr_server *server, struct dynr_error *err);
/** Makes dynr_server_run end. Safe in signal handlers and from other threads, while the server exists. */
DYNR_API void dynr_server_stop(struct dynr_server *server);
/** NULL is fine. Not while it runs. */
DYNR_API void dynr_server_destroy(struct dynr_server *server);

DYNR_END_DECLS

#endif
