/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's host: change records go in, frames come out, reads are carried out where they are asked for.
 */
#include <string.h>

#include "server/state.h"

/* Records that are taken in at a time. */
#define PAGE 256

/** The copy of a frame for the sockets; borrowed until the next. */
static struct dynr_wire *wire_of_frame(struct dynr_server *server, struct dynr_frame *frame)
{
    static const char error[] = "{\"t\":\"error\"";
    if (frame == server->last_frame) {
        return server->last_wire;
    }
    struct dynr_str text = dynr_str_make(frame->text, frame->len);
    struct dynr_wire *wire =
        dynr_wire_new(text, dynr_str_starts_with(text, dynr_str_from_c(error)));
    if (wire == NULL) {
        return NULL;
    }
    if (server->last_frame != NULL) {
        dynr_frame_unref(server->last_frame);
        dynr_wire_unref(server->last_wire);
    }
    /* Held, so that no other frame can come to stand at the same address. */
    dynr_frame_ref(frame);
    server->last_frame = frame;
    server->last_wire = wire;
    return wire;
}

static void send_frame(void *context, uint64_t connection, struct dynr_frame *frame)
{
    struct dynr_server *server = context;
    struct dynr_wire *wire = wire_of_frame(server, frame);
    if (wire != NULL) {
        dynr_server_send(server, connection, wire);
        return;
    }
    struct dynr_session *session = dynr_server_find_session(server, connection);
    if (session != NULL) {
        dynr_server_log(server, DYNR_LOG_ERROR,
                        "no memory for a frame: a connection starts from snapshots");
        dynr_session_fall_behind(session);
    }
}

/** Records of the log after `read->since`: what a client missed that comes back. */
static void read_log(struct dynr_server *server, struct dynr_engine_read *read)
{
    struct dynr_error err = {0};
    struct dynr_stream *stream = NULL;
    uint64_t begins = 0;
    read->status = server->options.open_stream(server->options.stream_context, read->since, &stream,
                                               &begins, &err);
    if (read->status == DYNR_OK) {
        read->status = dynr_stream_read(stream, read->max_records, read->arena, &read->records,
                                        &read->n_records, &err);
        dynr_stream_destroy(stream);
    }
    if (read->status == DYNR_ERR_INVALID_ARGUMENT) {
        /* A position that this store has not reached: the client knew another one. It starts from a snapshot as well. */
        read->status = DYNR_ERR_TRIMMED;
    }
    read->result_position =
        read->n_records == 0 ? read->since : read->records[read->n_records - 1].position;
    if (read->status != DYNR_OK && read->status != DYNR_ERR_TRIMMED) {
        dynr_server_log(server, DYNR_LOG_ERROR, "the change log could not be read: %s",
                        err.message);
    }
}

static void start_read(void *context, struct dynr_engine_read *read)
{
    struct dynr_server *server = context;
    struct dynr_error err = {0};
    if (read->kind == DYNR_ENGINE_READ_LOG) {
        read_log(server, read);
    } else {
        dynr_engine_read_run(server->client, read);
    }
    if (dynr_engine_read_done(server->engine, read, &err) != DYNR_OK) {
        dynr_server_log(server, DYNR_LOG_ERROR, "a read could not be used: %s", err.message);
    }
}

static enum dynr_status open_engine(struct dynr_server *server, struct dynr_error *err)
{
    struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
    const struct dynr_clock *clock = server->options.clock;
    server->engine_host =
        (struct dynr_engine_host){.context = server, .send = send_frame, .read = start_read};
    options.procedures = server->options.procedures;
    options.host = &server->engine_host;
    options.table_prefix = server->options.table_prefix;
    options.limits.max_subscriptions_per_connection = server->options.limits.max_subscriptions;
    options.limits.max_connections = server->options.limits.max_connections;
    options.limits.max_lingering = server->options.limits.max_lingering;
    options.limits.linger_ms = server->options.limits.linger_ms;
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    enum dynr_status status = DYNR_OK;
    if (!clock->random_bytes(clock->context, options.hash_key, sizeof options.hash_key)) {
        return dynr_fail(err, DYNR_ERR_IO, "the system gives no random bytes");
    }
    if (server->options.begin_term != NULL) {
        status =
            server->options.begin_term(server->options.stream_context, options.procedures->digest,
                                       terms, &options.n_terms, err);
        options.terms = terms;
    }
    if (status == DYNR_OK) {
        status = dynr_engine_new(&options, &server->engine, err);
    }
    if (status == DYNR_OK) {
        dynr_engine_tick(server->engine, (int64_t)(dynr_server_ticks_us() / 1000));
    }
    return status;
}

enum dynr_status dynr_server_open_feed(struct dynr_server *server, struct dynr_error *err)
{
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = server->options.backend;
    options.table_prefix = server->options.table_prefix;
    options.clock = server->options.clock;
    enum dynr_status status = dynr_client_new(&options, &server->client, err);
    if (status == DYNR_OK) {
        status = open_engine(server, err);
    }
    uint64_t begins = 0;
    if (status == DYNR_OK) {
        status = server->options.open_stream(server->options.stream_context, DYNR_SERVER_FROM_NOW,
                                             &server->stream, &begins, err);
    }
    return status == DYNR_OK ? dynr_engine_begin(server->engine, begins, err) : status;
}

void dynr_server_close_feed(struct dynr_server *server)
{
    if (server->last_frame != NULL) {
        dynr_frame_unref(server->last_frame);
        dynr_wire_unref(server->last_wire);
        server->last_frame = NULL;
    }
    dynr_engine_destroy(server->engine);
    dynr_stream_destroy(server->stream);
    dynr_client_destroy(server->client);
    server->engine = NULL;
    server->stream = NULL;
    server->client = NULL;
}

/** Changes were lost (the log was trimmed, the reader failed): read on from now, and let everybody start from snapshots. */
static void start_over(struct dynr_server *server)
{
    struct dynr_stream *stream = NULL;
    struct dynr_error err = {0};
    uint64_t begins = 0;
    if (server->options.open_stream(server->options.stream_context, DYNR_SERVER_FROM_NOW, &stream,
                                    &begins, &err) != DYNR_OK ||
        !dynr_server_watch_stream(server, stream)) {
        server->failure = dynr_fail(&server->failure_error, DYNR_ERR_IO,
                                    "the stream of changes is lost: %s", err.message);
        dynr_stream_destroy(stream);
        dynr_server_stop(server);
        return;
    }
    if (dynr_engine_begin(server->engine, begins, &err) != DYNR_OK) {
        /* Who watches what is wrong now cannot even be told. */
        server->failure = dynr_fail(&server->failure_error, DYNR_ERR_NO_MEMORY, NULL);
        dynr_server_stop(server);
    }
}

uint64_t dynr_server_position(const struct dynr_server *server)
{
    return dynr_engine_position(server->engine);
}

void dynr_server_pump(struct dynr_server *server)
{
    struct dynr_arena arena;
    const struct dynr_record *records = NULL;
    size_t n_records = 0;
    struct dynr_error err = {0};
    dynr_arena_init(&arena, NULL, 0);
    /* One page, so that queues stay short: where more is there, the descriptor stays readable and the loop comes back. */
    enum dynr_status status =
        dynr_stream_read(server->stream, PAGE, &arena, &records, &n_records, &err);
    if (status != DYNR_OK && status != DYNR_ERR_BUSY) {
        dynr_server_log(server, DYNR_LOG_ERROR, "changes cannot be read: %s", err.message);
        start_over(server);
    } else if (n_records > 0 &&
               dynr_engine_records(server->engine, records, n_records, &err) != DYNR_OK) {
        server->metrics.record_errors++;
        dynr_server_log(server, DYNR_LOG_ERROR, "a change could not be used: %s", err.message);
    }
    dynr_arena_cleanup(&arena);
    dynr_server_flush(server);
}
