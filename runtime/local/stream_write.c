/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change records, written in the transaction of the change: their sequence is the order of commits.
 */
#include "local/engine.h"

/*
 * The key attributes as JSON. A new item is at hand as a tree; an item that goes away only as text, which has to be searched.
 */
static enum dynr_status write_keys(struct local_call *call, const struct local_write *write,
                                   struct dynr_str *out, struct dynr_error *err)
{
    const struct local_table *table = write->table;
    if (!write->has_new) {
        return dynr_local_pick(write->old_text, table->key_names, table->n_keys, call->arena, out,
                               err);
    }
    struct local_text text;
    dynr_local_text_init(&text, call->arena, 128);
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct dynr_attribute *value =
            dynr_attribute_member(&write->new_item, table->key_names[i]);
        if (value == NULL) {
            return dynr_fail(err, DYNR_ERR_INTERNAL, "an item without its key reached the stream");
        }
        dynr_buf_append_char(&text.buf, i == 0 ? '{' : ',');
        dynr_buf_append_json_string(&text.buf, table->key_names[i]);
        dynr_buf_append_char(&text.buf, ':');
        dynr_attribute_write(value, &text.buf);
    }
    dynr_buf_append_char(&text.buf, '}');
    *out = dynr_buf_str(&text.buf);
    return dynr_buf_ok(&text.buf) ? DYNR_OK : dynr_local_out_of_memory(err);
}

/* The record as readers get it; its position is known once it was written. */
static struct dynr_record record_of(const struct local_write *write, struct dynr_str keys,
                                    int64_t now_ms)
{
    return (struct dynr_record){
        .size = sizeof(struct dynr_record),
        .created_ms = now_ms,
        .event = !write->exists   ? DYNR_EVENT_INSERT
                 : write->has_new ? DYNR_EVENT_MODIFY
                                  : DYNR_EVENT_REMOVE,
        .is_expiry = write->exists && !write->has_new && write->is_expiry,
        .table = write->table->definition.name,
        .keys = keys,
        .old_image = write->exists ? write->old_text : dynr_str_make(NULL, 0),
        .new_image = write->has_new ? write->new_text : dynr_str_make(NULL, 0),
    };
}

static const char *event_name(const struct dynr_record *record)
{
    static const char *const names[] = {
        [DYNR_EVENT_INSERT] = "INSERT",
        [DYNR_EVENT_MODIFY] = "MODIFY",
        [DYNR_EVENT_REMOVE] = "REMOVE",
    };
    return record->is_expiry ? "EXPIRE" : names[record->event];
}

static void bind_image(sqlite3_stmt *statement, int place, struct dynr_str image)
{
    if (image.ptr == NULL) {
        (void)sqlite3_bind_null(statement, place);
    } else {
        dynr_local_bind_text(statement, place, image);
    }
}

enum dynr_status dynr_local_stream_write(struct local_connection *connection,
                                         struct local_call *call, const struct local_write *write,
                                         struct dynr_error *err)
{
    const struct dynr_clock *clock = call->engine->clock;
    struct dynr_str keys = {0};
    sqlite3_stmt *statement;
    enum dynr_status status = write_keys(call, write, &keys, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_STREAM_INSERT, &statement, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_record record = record_of(write, keys, clock->now_ms(clock->context));
    (void)sqlite3_bind_int64(statement, 1, write->table->stream_id);
    dynr_local_bind_text(statement, 2, dynr_str_from_c(event_name(&record)));
    (void)sqlite3_bind_int64(statement, 3, record.created_ms);
    dynr_local_bind_text(statement, 4, keys);
    bind_image(statement, 5, record.old_image);
    bind_image(statement, 6, record.new_image);
    (void)sqlite3_bind_int64(statement, 7, (sqlite3_int64)connection->n_records);
    status = dynr_local_finish(connection, NULL, statement, err);
    if (status == DYNR_OK) {
        connection->position = (uint64_t)sqlite3_last_insert_rowid(connection->db);
        record.position = connection->position;
        dynr_local_recent_add(&connection->engine->streams, &record,
                              (uint32_t)connection->n_records++);
    }
    return status;
}
