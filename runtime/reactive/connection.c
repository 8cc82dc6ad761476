/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/connection.h"

#include "reactive/frame.h"
#include "reactive/row_value.h"
#include "reactive/subscribe.h"

static struct dynr_key128 connection_key(const struct dynr_engine *engine, uint64_t number)
{
    return dynr_siphash128(engine->hash_key, dynr_str_make((const char *)&number, sizeof number));
}

struct dynr_connection *dynr_connection_find(const struct dynr_engine *engine, uint64_t number)
{
    return dynr_key_table_get(&engine->connections, connection_key(engine, number));
}

struct dynr_subscriber *dynr_connection_subscriber(const struct dynr_connection *connection,
                                                   uint64_t id)
{
    struct dynr_subscriber *subscriber = connection->subscribers;
    while (subscriber != NULL && subscriber->id != id) {
        subscriber = subscriber->next_of_connection;
    }
    return subscriber;
}

const struct dynr_struct_desc *dynr_connection_caller_desc(const struct dynr_engine *engine)
{
    for (size_t i = 0; i < engine->table->n_procedures; i++) {
        if (engine->table->procedures[i]->caller != NULL) {
            return engine->table->procedures[i]->caller;
        }
    }
    return NULL;
}

static bool copy_caller(struct dynr_engine *engine, struct dynr_connection *connection,
                        const void *caller)
{
    const struct dynr_struct_desc *desc = dynr_connection_caller_desc(engine);
    if (caller == NULL || desc == NULL) {
        return true;
    }
    size_t size = dynr_struct_copy_size(desc, caller);
    connection->caller = dynr_engine_allocate(engine, size);
    if (connection->caller == NULL) {
        return false;
    }
    connection->caller_size = (uint32_t)size;
    dynr_struct_copy(desc, caller, connection->caller);
    return true;
}

static void free_connection(struct dynr_engine *engine, struct dynr_connection *connection)
{
    dynr_engine_free(engine, connection->caller, connection->caller_size);
    dynr_engine_free(engine, connection, sizeof *connection);
}

enum dynr_status dynr_engine_connect(struct dynr_engine *engine, uint64_t number,
                                     const void *caller, struct dynr_error *err)
{
    if (dynr_connection_find(engine, number) != NULL) {
        return dynr_fail(err, DYNR_ERR_EXISTS, "there is a connection of this number");
    }
    if (engine->connections.n_entries >= engine->limits.max_connections) {
        return dynr_fail(err, DYNR_ERR_TOO_MANY, "there are too many connections");
    }
    struct dynr_connection *connection = dynr_engine_allocate(engine, sizeof *connection);
    if (connection == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    connection->number = number;
    connection->key = connection_key(engine, number);
    if (!copy_caller(engine, connection, caller) ||
        !dynr_key_table_put(&engine->connections, connection->key, connection)) {
        free_connection(engine, connection);
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return DYNR_OK;
}

static void forget_waiting(struct dynr_engine *engine, const struct dynr_connection *connection)
{
    for (struct dynr_connection **at = &engine->awaiting; *at != NULL; at = &(*at)->next_awaiting) {
        if (*at == connection) {
            *at = connection->next_awaiting;
            break;
        }
    }
    for (struct dynr_connection **at = &engine->touched; *at != NULL; at = &(*at)->next_touched) {
        if (*at == connection) {
            *at = connection->next_touched;
            break;
        }
    }
}

void dynr_engine_disconnect(struct dynr_engine *engine, uint64_t number)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    if (connection == NULL) {
        return;
    }
    dynr_engine_enter(engine);
    /* No frame to it any more, also while its subscriptions are taken apart. */
    dynr_key_table_remove(&engine->connections, connection->key);
    while (connection->subscribers != NULL) {
        dynr_subscriber_end(engine, connection->subscribers);
    }
    forget_waiting(engine, connection);
    free_connection(engine, connection);
    (void)dynr_engine_leave(engine, NULL);
}

void dynr_connections_cleanup(struct dynr_engine *engine)
{
    for (size_t i = 0; i < engine->connections.n_slots; i++) {
        struct dynr_connection *connection = engine->connections.slots[i].value;
        if (connection != NULL) {
            while (connection->subscribers != NULL) {
                dynr_subscriber_end(engine, connection->subscribers);
            }
            free_connection(engine, connection);
        }
    }
    dynr_key_table_cleanup(&engine->connections);
}

/* ---- frames -------------------------------------------------------------------------------------------------- */

void dynr_connection_send(struct dynr_engine *engine, struct dynr_connection *connection,
                          struct dynr_frame *frame)
{
    engine->counters.sends++;
    engine->counters.bytes += frame->len;
    engine->host->send(engine->host->context, connection->number, frame);
}

void dynr_connection_send_text(struct dynr_engine *engine, struct dynr_connection *connection,
                               struct dynr_buf *text)
{
    struct dynr_frame *frame =
        dynr_buf_ok(text) ? dynr_frame_new(engine->allocator, dynr_buf_str(text)) : NULL;
    dynr_buf_clear(text);
    if (frame == NULL) {
        engine->starved = true;
        return;
    }
    dynr_connection_send(engine, connection, frame);
    dynr_frame_unref(frame);
}

void dynr_connection_send_error(struct dynr_engine *engine, struct dynr_connection *connection,
                                uint64_t id, enum dynr_status status, const struct dynr_error *err,
                                bool suspended)
{
    struct dynr_buf *text = &engine->text;
    struct dynr_error said = {0};
    (void)dynr_fail(&said, status, NULL);
    /* What a store says about itself is no business of clients: only what they did wrong is told in full. */
    bool own = err != NULL && err->status == status && said.http_status < 500;
    dynr_buf_clear(text);
    dynr_buf_append_c(text, "{\"t\":\"error\"");
    if (id != 0) {
        dynr_buf_append_c(text, ",\"id\":");
        dynr_buf_append_int(text, (int64_t)id);
    }
    dynr_buf_append_c(text, ",\"code\":\"");
    dynr_buf_append_c(text, dynr_status_name(status));
    dynr_buf_append_c(text, "\",\"message\":");
    dynr_buf_append_json_string(text,
                                dynr_str_from_c(own ? err->message : dynr_status_text(status)));
    if (own && err->field[0] != '\0') {
        dynr_buf_append_c(text, ",\"field\":");
        dynr_buf_append_json_string(text, dynr_str_from_c(err->field));
    }
    dynr_buf_append_c(text, suspended ? ",\"suspended\":true" : "");
    dynr_buf_append_c(text, said.retryable ? ",\"retry\":true}" : "}");
    dynr_connection_send_text(engine, connection, text);
}

/* ---- commits -------------------------------------------------------------------------------------------------- */

void dynr_connection_touch(struct dynr_engine *engine, struct dynr_connection *connection)
{
    if (!connection->touched) {
        connection->touched = true;
        connection->next_touched = engine->touched;
        engine->touched = connection;
    }
}

static void commit_to(struct dynr_engine *engine, struct dynr_connection *connection,
                      struct dynr_frame **frame)
{
    if (*frame == NULL) {
        dynr_buf_clear(&engine->text);
        dynr_buf_append_c(&engine->text, "{\"t\":\"commit\",\"v\":");
        dynr_buf_append_int(&engine->text, (int64_t)engine->position);
        dynr_buf_append_char(&engine->text, '}');
        *frame = dynr_buf_ok(&engine->text)
                     ? dynr_frame_new(engine->allocator, dynr_buf_str(&engine->text))
                     : NULL;
    }
    if (*frame == NULL) {
        engine->starved = true;
        return;
    }
    connection->told = true;
    dynr_connection_send(engine, connection, *frame);
}

void dynr_connection_commit(struct dynr_engine *engine, bool closed)
{
    struct dynr_frame *frame = NULL;
    struct dynr_connection *connection = engine->touched;
    engine->touched = NULL;
    while (connection != NULL) {
        struct dynr_connection *next = connection->next_touched;
        connection->touched = false;
        if (closed) {
            connection->told = true;
        } else if (connection->n_holding == 0) {
            commit_to(engine, connection, &frame);
        }
        connection = next;
    }
    struct dynr_connection **at = &engine->awaiting;
    while (*at != NULL) {
        connection = *at;
        if (connection->await > engine->position || connection->n_holding > 0) {
            at = &connection->next_awaiting;
            continue;
        }
        *at = connection->next_awaiting;
        connection->awaiting = false;
        if (!connection->told) {
            commit_to(engine, connection, &frame);
        }
    }
    if (frame != NULL) {
        dynr_frame_unref(frame);
    }
}

enum dynr_status dynr_engine_await(struct dynr_engine *engine, uint64_t number, uint64_t position,
                                   struct dynr_error *err)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    if (connection == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there is no such connection");
    }
    dynr_engine_enter(engine);
    if (position > connection->await || !connection->awaiting) {
        connection->await = position;
    }
    if (!connection->awaiting) {
        connection->awaiting = true;
        connection->told = false;
        connection->next_awaiting = engine->awaiting;
        engine->awaiting = connection;
    }
    return dynr_engine_leave(engine, err);
}
