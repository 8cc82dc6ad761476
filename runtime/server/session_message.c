/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session does about each message (docs/protocol.md).
 */
#include <inttypes.h>

#include "server/message.h"
#include "server/state.h"

/** `message` NULL: no id is named. */
static void send_error(struct dynr_session *session, const struct dynr_message *message,
                       const struct dynr_error *err)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "{\"t\":\"error\",");
    if (message != NULL && message->has_id) {
        dynr_buf_printf(&text, "\"id\":%" PRIu64 ",", message->id);
    }
    dynr_server_append_error(&text, err);
    dynr_buf_append_char(&text, '}');
    dynr_session_send_text(session, &text);
    dynr_buf_cleanup(&text);
}

/**
 * A message that no correct client sends. Some are answered; many are abuse. Of those with an id only what asks for something is answered
 * under it: an error under the id of a subscription would say that it has ended.
 */
static void on_fault(struct dynr_session *session, const struct dynr_message *message,
                     const struct dynr_error *err)
{
    struct dynr_server *server = session->connection->server;
    server->metrics.faults++;
    session->n_faults++;
    bool asks = message->kind == DYNR_MESSAGE_SUB || message->kind == DYNR_MESSAGE_CALL;
    send_error(session, asks ? message : NULL, err);
    if (session->n_faults >= server->options.limits.max_faults) {
        dynr_session_bye(session, "faults", 10000, DYNR_CLOSE_POLICY);
    }
}

static void welcome(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_printf(&text,
                    "{\"t\":\"welcome\",\"session\":\"%" PRIx64 "\",\"v\":%" PRIu64 ",\"ping\":%u}",
                    session->id, dynr_server_position(server), server->options.limits.ping_s);
    dynr_session_send_text(session, &text);
    dynr_buf_cleanup(&text);
}

/** Who is nobody is counted by address alone. */
static void name_for_rates(struct dynr_session *session)
{
    const struct dynr_rate_table *rates = session->connection->server->rates;
    char address[DYNR_SERVER_ADDRESS_SIZE];
    dynr_server_connection_address(session->connection, address, sizeof address);
    session->address_name = dynr_rate_name_of_address(rates, address);
    session->caller_name = session->identity.caller == NULL
                               ? 0
                               : dynr_rate_name_of_caller(rates, session->identity.json);
}

/** Whether the caller and the address may send one more such message now. */
static enum dynr_status check_rate(struct dynr_session *session, enum dynr_rate_kind kind,
                                   struct dynr_error *err)
{
    struct dynr_server *server = session->connection->server;
    const struct dynr_server_limits *limits = &server->options.limits;
    const uint32_t per_second[DYNR_RATE_COUNT] = {
        [DYNR_RATE_SUBSCRIBE] = limits->max_subscribes_per_second,
        [DYNR_RATE_WINDOW] = limits->max_windows_per_second,
        [DYNR_RATE_PING] = limits->max_pings_per_second,
    };
    uint64_t of_address = (uint64_t)per_second[kind] * limits->address_share;
    int64_t now_ms = dynr_server_now_ms(server);
    if (!dynr_rate_table_allows(server->rates, session->caller_name, kind, per_second[kind],
                                now_ms)) {
        return dynr_fail(err, DYNR_ERR_TOO_MANY, "too many of these: at most %u a second",
                         per_second[kind]);
    }
    if (!dynr_rate_table_allows(server->rates, session->address_name, kind,
                                of_address < UINT32_MAX ? (uint32_t)of_address : UINT32_MAX,
                                now_ms)) {
        return dynr_fail(err, DYNR_ERR_TOO_MANY, "too many of these from this address");
    }
    return DYNR_OK;
}

static void on_hello(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_error err = {0};
    if (session->greeted) {
        (void)dynr_fail(&err, DYNR_ERR_INVALID_ARGUMENT, "`hello` comes once");
        on_fault(session, message, &err);
        return;
    }
    enum dynr_status status = dynr_server_identify(server, message->token, message->caller,
                                                   &session->arena, &session->identity, &err);
    if (status == DYNR_OK) {
        status = dynr_engine_connect(server->engine, session->id, session->identity.caller, &err);
    }
    if (status != DYNR_OK) {
        send_error(session, message, &err);
        dynr_session_end(session, DYNR_CLOSE_POLICY);
        return;
    }
    session->greeted = true;
    name_for_rates(session);
    welcome(session);
}

/** What the engine does not know of: callers that are missing altogether. */
static enum dynr_status check_subscribe(const struct dynr_session *session,
                                        const struct dynr_message *message, struct dynr_error *err)
{
    const struct dynr_server *server = session->connection->server;
    const struct dynr_procedure_desc *procedure =
        dynr_procedure_find(server->options.procedures, message->procedure);
    if (procedure != NULL && procedure->caller != NULL && session->identity.caller == NULL) {
        return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "%s needs a caller", procedure->path);
    }
    return DYNR_OK;
}

static void on_subscribe(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_error err = {0};
    struct dynr_engine_subscribe subscribe = {
        .id = message->id,
        .procedure = message->procedure,
        .input = message->input,
        .since = {.position = message->since_position,
                  .bound = message->since_bound,
                  .token = message->since_token,
                  .from = message->since_from},
    };
    enum dynr_status status = check_rate(session, DYNR_RATE_SUBSCRIBE, &err);
    if (status == DYNR_OK) {
        status = check_subscribe(session, message, &err);
    }
    if (status == DYNR_OK) {
        status = dynr_engine_subscribe(server->engine, session->id, &subscribe, &err);
    }
    if (status != DYNR_OK) {
        send_error(session, message, &err);
    }
}

static void on_window(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_error err = {0};
    if (check_rate(session, DYNR_RATE_WINDOW, &err) != DYNR_OK) {
        /* An error under its id says that it has ended. A trim is no more than a wish. */
        if (message->kind == DYNR_MESSAGE_MORE) {
            dynr_engine_unsubscribe(server->engine, session->id, message->id);
            send_error(session, message, &err);
        }
        return;
    }
    enum dynr_status status =
        message->kind == DYNR_MESSAGE_MORE
            ? dynr_engine_more(server->engine, session->id, message->id, message->node,
                               message->parent, message->epoch, &err)
            : dynr_engine_trim(server->engine, session->id, message->id, message->node,
                               message->parent, message->epoch, message->bound, &err);
    if (status == DYNR_ERR_NO_MEMORY) {
        send_error(session, message, &err);
    } else if (status != DYNR_OK) {
        on_fault(session, message, &err);
    }
}

static void send_result(struct dynr_session *session, const struct dynr_message *message,
                        const struct dynr_server_answer *answer)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_printf(&text, "{\"t\":\"result\",\"id\":%" PRIu64 ",\"out\":", message->id);
    dynr_buf_append_str(&text, answer->output);
    dynr_buf_printf(&text, ",\"v\":%" PRIu64 "}", answer->is_query ? 0 : answer->position);
    dynr_session_send_text(session, &text);
    dynr_buf_cleanup(&text);
}

/** Mutations that were sent behind it wait for it. Queries wait for nobody. */
static void note_refusal(struct dynr_session *session, const struct dynr_message *message,
                         const struct dynr_error *err)
{
    const struct dynr_procedure_desc *procedure =
        dynr_procedure_find(session->connection->server->options.procedures, message->procedure);
    if (err->retryable && procedure != NULL && procedure->kind == DYNR_PROCEDURE_MUTATION) {
        session->refused_call = message->id;
    }
}

/** Where the call before it was refused for now, it would overtake that one. */
static bool would_overtake(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_error err = {0};
    if (message->after == 0 || message->after != session->refused_call) {
        return false;
    }
    session->refused_call = message->id;
    (void)dynr_fail(&err, DYNR_ERR_TOO_MANY, "the call before it was refused for now");
    send_error(session, message, &err);
    return true;
}

static void run_call(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_server_call call = {
        .procedure = message->procedure,
        .input = message->input,
        .key = message->key,
        .ids = message->ids,
        .n_ids = message->n_ids,
    };
    struct dynr_server_answer answer;
    if (dynr_server_call(server, &session->connection->calls, &session->identity, &call, &answer) !=
        DYNR_OK) {
        note_refusal(session, message, &answer.err);
        send_error(session, message, &answer.err);
    } else {
        send_result(session, message, &answer);
    }
    if (answer.is_query || answer.position == 0) {
        return;
    }
    /* The caller's overlay waits for this; a failed call may have written, too. */
    struct dynr_error err = {0};
    if (dynr_engine_await(server->engine, session->id, answer.position, &err) != DYNR_OK) {
        dynr_server_log(server, DYNR_LOG_ERROR,
                        "a client cannot be told when its write has arrived: %s", err.message);
        dynr_session_bye(session, "error", 1000, DYNR_CLOSE_GOING_AWAY);
    }
    dynr_server_pump(server);
}

static void on_call(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_server *server = session->connection->server;
    if (!would_overtake(session, message)) {
        /* What it writes is read at once, without the detour over the loop. */
        dynr_stream_attend(server->stream, true);
        run_call(session, message);
        dynr_stream_attend(server->stream, false);
    }
}

static void on_ping(struct dynr_session *session, const struct dynr_message *message)
{
    struct dynr_error err = {0};
    struct dynr_buf text;
    if (check_rate(session, DYNR_RATE_PING, &err) != DYNR_OK) {
        send_error(session, message, &err);
        return;
    }
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_printf(&text, "{\"t\":\"pong\",\"v\":%" PRIu64 "}",
                    dynr_server_position(session->connection->server));
    dynr_session_send_text(session, &text);
    dynr_buf_cleanup(&text);
}

static void dispatch(struct dynr_session *session, const struct dynr_message *message)
{
    switch (message->kind) {
    case DYNR_MESSAGE_HELLO:
        on_hello(session, message);
        break;
    case DYNR_MESSAGE_SUB:
        on_subscribe(session, message);
        break;
    case DYNR_MESSAGE_UNSUB:
        dynr_engine_unsubscribe(session->connection->server->engine, session->id, message->id);
        break;
    case DYNR_MESSAGE_MORE:
    case DYNR_MESSAGE_TRIM:
        on_window(session, message);
        break;
    case DYNR_MESSAGE_CALL:
        on_call(session, message);
        break;
    case DYNR_MESSAGE_PING:
        on_ping(session, message);
        break;
    }
}

void dynr_session_handle(struct dynr_session *session, struct dynr_str text)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_message message;
    struct dynr_error err = {0};
    dynr_arena_reset(&server->arena);
    enum dynr_status status = dynr_message_read(text, &server->arena, &message, &err);
    if (!session->greeted && (status != DYNR_OK || message.kind != DYNR_MESSAGE_HELLO)) {
        (void)dynr_fail(&err, DYNR_ERR_UNAUTHENTICATED, "the first message is `hello`");
        server->metrics.faults++;
        send_error(session, &message, &err);
        dynr_session_end(session, DYNR_CLOSE_POLICY);
    } else if (status != DYNR_OK) {
        on_fault(session, &message, &err);
    } else {
        dispatch(session, &message);
    }
}
