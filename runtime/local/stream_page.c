/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change records for the Streams API: of one stream, from any position, by whoever asks. Records that are older than the retention are not
 * shown, whether or not a writer has removed them yet. All streams of a store share one table in commit order: a page passes the
 * others' records, a bounded number of them.
 */
#include "local/engine.h"

#include "dynr/stream.h"

/* Records that a page looks at. */
#define MOST_EXAMINED 5000u
#define MOST_RECORDS  1000u

enum column {
    COLUMN_SEQUENCE,
    COLUMN_STREAM,
    COLUMN_CREATED,
    COLUMN_EVENT,
    COLUMN_KEYS,
    COLUMN_OLD,
    COLUMN_NEW,
};

/* ---- streams ---- */

static int64_t horizon_ms(const struct local_engine *engine)
{
    return engine->clock->now_ms(engine->clock->context) - engine->stream_retention_ms;
}

static bool copy_text(struct dynr_arena *arena, sqlite3_stmt *statement, int column,
                      struct dynr_str *out)
{
    *out = dynr_arena_dup(arena, dynr_local_column(statement, column));
    return out->ptr != NULL;
}

static bool copy_key(struct dynr_arena *arena, sqlite3_stmt *statement, int column,
                     struct dynr_key_attribute *out)
{
    struct dynr_str type = dynr_local_column(statement, column + 1);
    out->type = type.len == 1 ? type.ptr[0] : 0;
    return copy_text(arena, statement, column, &out->name);
}

static bool read_info(struct dynr_arena *arena, sqlite3_stmt *statement,
                      struct dynr_local_stream_info *out)
{
    memset(out, 0, sizeof *out);
    out->id = (uint64_t)sqlite3_column_int64(statement, 0);
    out->view = (enum dynr_stream_view)sqlite3_column_int(statement, 3);
    out->created_ms = sqlite3_column_int64(statement, 4);
    out->closed_ms = sqlite3_column_int64(statement, 5);
    out->first_position = (uint64_t)sqlite3_column_int64(statement, 6);
    out->last_position = (uint64_t)sqlite3_column_int64(statement, 7);
    return copy_text(arena, statement, 1, &out->table) &&
           copy_text(arena, statement, 2, &out->label) &&
           copy_key(arena, statement, 8, &out->partition_key) &&
           copy_key(arena, statement, 10, &out->sort_key);
}

struct info_list {
    struct dynr_local_stream_info *infos;
    size_t n_infos;
    size_t cap_infos;
};

static struct dynr_local_stream_info *add_info(struct info_list *list, struct dynr_arena *arena)
{
    if (list->n_infos == list->cap_infos) {
        size_t cap_infos = list->cap_infos == 0 ? 8 : list->cap_infos * 2;
        struct dynr_local_stream_info *infos = dynr_arena_calloc(arena, cap_infos, sizeof *infos);
        if (infos == NULL) {
            return NULL;
        }
        if (list->n_infos > 0) {
            memcpy(infos, list->infos, list->n_infos * sizeof *infos);
        }
        list->infos = infos;
        list->cap_infos = cap_infos;
    }
    return &list->infos[list->n_infos++];
}

/* Streams of a table, or the one with that id; the other is empty or 0. */
static enum dynr_status list_streams(struct local_connection *connection, struct dynr_str table,
                                     uint64_t id, struct dynr_arena *arena, struct info_list *list,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_LIST, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, table);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)id);
    (void)sqlite3_bind_int64(statement, 3, horizon_ms(connection->engine));
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct dynr_local_stream_info *info = add_info(list, arena);
        if (info == NULL || !read_info(arena, statement, info)) {
            (void)sqlite3_reset(statement);
            return dynr_local_out_of_memory(err);
        }
    }
    if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum dynr_status dynr_local_streams(struct dynr_backend *backend, struct dynr_str table,
                                    struct dynr_arena *arena,
                                    const struct dynr_local_stream_info **out,
                                    size_t *out_n_streams, struct dynr_error *err)
{
    struct local_connection *connection;
    struct info_list list = {0};
    struct local_engine *engine = dynr_local_engine(backend, err);
    *out = NULL;
    *out_n_streams = 0;
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = list_streams(connection, table, 0, arena, &list, err);
    dynr_local_reader_give(engine, connection);
    *out = list.infos;
    *out_n_streams = list.n_infos;
    return status;
}

/* ---- where a stream can be read ---- */

struct extent {
    struct dynr_local_stream_info info;
    /* Records after this one are young enough. */
    uint64_t horizon;
    /* The last one that there is, of whatever stream. */
    uint64_t newest;
};

/* When the first record from a sequence on was made; INT64_MAX where there is none. */
static enum dynr_status created_from(struct local_connection *connection, uint64_t sequence,
                                     int64_t *out, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_CREATED, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)sequence);
    int code = sqlite3_step(statement);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : INT64_MAX;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* Records stand in the order of their times, but where the clock was put back: the search then ends at one of the places. */
static enum dynr_status find_horizon(struct local_connection *connection, struct extent *extent,
                                     struct dynr_error *err)
{
    int64_t oldest_ms = horizon_ms(connection->engine);
    uint64_t low = 0;
    uint64_t high = extent->newest;
    enum dynr_status status = dynr_local_stream_oldest(connection, &low, err);
    if (status != DYNR_OK) {
        return status;
    }
    /* What a writer removed is gone for good. */
    low = low - 1 > extent->info.first_position ? low - 1 : extent->info.first_position;
    while (low < high) {
        int64_t created_ms;
        uint64_t middle = low + (high - low) / 2;
        status = created_from(connection, middle + 1, &created_ms, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (created_ms < oldest_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    extent->horizon = low;
    return DYNR_OK;
}

static enum dynr_status find_extent(struct local_connection *connection, uint64_t id,
                                    struct dynr_arena *arena, struct extent *out,
                                    struct dynr_error *err)
{
    struct info_list list = {0};
    enum dynr_status status =
        id == 0 ? DYNR_OK : list_streams(connection, dynr_str_make("", 0), id, arena, &list, err);
    memset(out, 0, sizeof *out);
    if (status != DYNR_OK) {
        return status;
    }
    if (list.infos == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_TABLE, "Requested resource not found: Stream not found");
    }
    out->info = list.infos[0];
    status = dynr_local_position_read(connection, &out->newest, err);
    dynr_local_position_end(connection);
    return status == DYNR_OK ? find_horizon(connection, out, err) : status;
}

static enum dynr_status trimmed(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_TRIMMED,
                     "The operation attempted to read past the oldest stream record");
}

static enum dynr_status choose_position(const struct extent *extent,
                                        enum dynr_local_stream_start start, uint64_t sequence,
                                        uint64_t *out, struct dynr_error *err)
{
    uint64_t last = extent->info.closed_ms != 0 ? extent->info.last_position : extent->newest;
    switch (start) {
    case DYNR_LOCAL_STREAM_TRIM_HORIZON:
        *out = extent->horizon;
        return DYNR_OK;
    case DYNR_LOCAL_STREAM_LATEST:
        *out = last;
        return DYNR_OK;
    case DYNR_LOCAL_STREAM_AT:
    case DYNR_LOCAL_STREAM_AFTER:
        break;
    }
    if (sequence <= extent->info.first_position || sequence > last) {
        return dynr_local_invalid(err, "The sequence number %llu is not of this stream",
                                  (unsigned long long)sequence);
    }
    *out = start == DYNR_LOCAL_STREAM_AT ? sequence - 1 : sequence;
    return *out < extent->horizon ? trimmed(err) : DYNR_OK;
}

enum dynr_status dynr_local_stream_begin(struct dynr_backend *backend, uint64_t stream_id,
                                         enum dynr_local_stream_start start, uint64_t sequence,
                                         uint64_t *out_position, struct dynr_error *err)
{
    struct extent extent = {.newest = 0};
    struct dynr_arena arena;
    struct local_connection *connection;
    struct local_engine *engine = dynr_local_engine(backend, err);
    *out_position = 0;
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_arena_init(&arena, NULL, 0);
    status = find_extent(connection, stream_id, &arena, &extent, err);
    dynr_local_reader_give(engine, connection);
    if (status == DYNR_OK) {
        status = choose_position(&extent, start, sequence, out_position, err);
    }
    dynr_arena_cleanup(&arena);
    return status;
}

/* ---- a page ---- */

struct reading {
    const struct extent *extent;
    struct dynr_arena *arena;
    struct dynr_record *records;
    size_t n_records;
    uint64_t n_bytes;
};

static bool copy_image(struct reading *reading, sqlite3_stmt *statement, enum column column,
                       struct dynr_str *out)
{
    *out = dynr_str_make(NULL, 0);
    return sqlite3_column_type(statement, (int)column) == SQLITE_NULL ||
           copy_text(reading->arena, statement, (int)column, out);
}

static enum dynr_status add_size(struct reading *reading, struct dynr_str item, uint64_t *total,
                                 struct dynr_error *err)
{
    struct dynr_attribute tree;
    size_t size = 0;
    if (item.len == 0) {
        return DYNR_OK;
    }
    if (!dynr_item_scan(item, reading->arena, &tree, &size)) {
        enum dynr_status status = dynr_item_parse(item, reading->arena, &tree, err);
        if (status != DYNR_OK) {
            return status == DYNR_ERR_NO_MEMORY
                       ? status
                       : dynr_fail(err, DYNR_ERR_CORRUPT, "a change record cannot be read");
        }
        size = dynr_item_size(&tree);
    }
    *total += size;
    return DYNR_OK;
}

static enum dynr_status measure(struct reading *reading, struct dynr_record *record,
                                struct dynr_error *err)
{
    enum dynr_stream_view view = reading->extent->info.view;
    enum dynr_status status = add_size(reading, record->keys, &record->size_bytes, err);
    if (status == DYNR_OK &&
        (view == DYNR_STREAM_NEW_AND_OLD_IMAGES || view == DYNR_STREAM_OLD_IMAGE)) {
        status = add_size(reading, record->old_image, &record->size_bytes, err);
    }
    if (status == DYNR_OK &&
        (view == DYNR_STREAM_NEW_AND_OLD_IMAGES || view == DYNR_STREAM_NEW_IMAGE)) {
        status = add_size(reading, record->new_image, &record->size_bytes, err);
    }
    return status;
}

static enum dynr_status take_record(struct reading *reading, sqlite3_stmt *statement,
                                    struct dynr_error *err)
{
    struct dynr_record *record = &reading->records[reading->n_records];
    struct dynr_str event = dynr_local_column(statement, COLUMN_EVENT);
    memset(record, 0, sizeof *record);
    record->size = sizeof *record;
    record->table = reading->extent->info.table;
    record->position = (uint64_t)sqlite3_column_int64(statement, COLUMN_SEQUENCE);
    record->created_ms = sqlite3_column_int64(statement, COLUMN_CREATED);
    record->is_expiry = dynr_str_equal_c(event, "EXPIRE");
    record->event = dynr_str_equal_c(event, "INSERT")   ? DYNR_EVENT_INSERT
                    : dynr_str_equal_c(event, "MODIFY") ? DYNR_EVENT_MODIFY
                                                        : DYNR_EVENT_REMOVE;
    if (!copy_image(reading, statement, COLUMN_KEYS, &record->keys) ||
        !copy_image(reading, statement, COLUMN_OLD, &record->old_image) ||
        !copy_image(reading, statement, COLUMN_NEW, &record->new_image)) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = measure(reading, record, err);
    reading->n_bytes += record->size_bytes;
    reading->n_records++;
    return status;
}

static enum dynr_status read_page(struct local_connection *connection, struct reading *reading,
                                  uint32_t limit, struct dynr_local_stream_page *out,
                                  struct dynr_error *err)
{
    sqlite3_stmt *statement;
    const struct dynr_local_stream_info *info = &reading->extent->info;
    uint64_t last = info->closed_ms != 0 ? info->last_position : UINT64_MAX;
    uint32_t n_examined = 0;
    int code = SQLITE_ROW;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_PAGE, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)out->next_position);
    while (status == DYNR_OK && out->next_position < last && n_examined < MOST_EXAMINED &&
           reading->n_records < limit && reading->n_bytes < LOCAL_PAGE_BYTES &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if ((uint64_t)sqlite3_column_int64(statement, COLUMN_STREAM) == info->id) {
            status = take_record(reading, statement, err);
        }
        out->next_position = (uint64_t)sqlite3_column_int64(statement, COLUMN_SEQUENCE);
        n_examined++;
    }
    if (status == DYNR_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    out->is_end = out->next_position >= last || (info->closed_ms != 0 && code == SQLITE_DONE);
    return status;
}

static enum dynr_status find_page(struct local_connection *connection, uint64_t stream_id,
                                  uint64_t position, uint32_t limit, struct dynr_arena *arena,
                                  struct dynr_local_stream_page *out, struct dynr_error *err)
{
    struct extent *extent = dynr_arena_calloc(arena, 1, sizeof *extent);
    struct reading reading = {.extent = extent, .arena = arena};
    if (extent == NULL) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = find_extent(connection, stream_id, arena, extent, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (position < extent->info.first_position || position > extent->newest) {
        return dynr_local_invalid(err, "The position %llu is not of this stream",
                                  (unsigned long long)position);
    }
    if (position < extent->horizon) {
        return trimmed(err);
    }
    reading.records = dynr_arena_calloc(arena, limit, sizeof *reading.records);
    if (reading.records == NULL) {
        return dynr_local_out_of_memory(err);
    }
    out->next_position = position;
    status = read_page(connection, &reading, limit, out, err);
    out->records = reading.records;
    out->n_records = reading.n_records;
    return status;
}

enum dynr_status dynr_local_stream_page(struct dynr_backend *backend, uint64_t stream_id,
                                        uint64_t position, uint32_t limit, struct dynr_arena *arena,
                                        struct dynr_local_stream_page *out, struct dynr_error *err)
{
    struct local_connection *connection;
    struct local_engine *engine = dynr_local_engine(backend, err);
    memset(out, 0, sizeof *out);
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    if (limit == 0 || limit > MOST_RECORDS) {
        return dynr_local_invalid(err, "a page has 1 to %u records", MOST_RECORDS);
    }
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = find_page(connection, stream_id, position, limit, arena, out, err);
    dynr_local_reader_give(engine, connection);
    return status;
}
