/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepared statements: each is prepared once per connection, on first use. Their SQL is written
 * here and nowhere else.
 */
#include "local/open.h"

#include <stdlib.h>
#include <string.h>

static const char *const fixed_sql[LOCAL_FIXED_COUNT] = {
    [LOCAL_BEGIN] = "BEGIN",
    [LOCAL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [LOCAL_COMMIT] = "COMMIT",
    [LOCAL_ROLLBACK] = "ROLLBACK",
    [LOCAL_SAVEPOINT] = "SAVEPOINT job",
    [LOCAL_RELEASE] = "RELEASE job",
    [LOCAL_ROLLBACK_TO] = "ROLLBACK TO job",
    [LOCAL_TABLE_FIND] =
        "SELECT t.id, t.partition_key, t.partition_type, t.sort_key, t.sort_type, t.stream,"
        " t.ttl_attribute, t.table_id, t.created_ms, t.stream_id, t.billing, t.read_units,"
        " t.write_units, t.is_protected, t.tags, t.settings, s.label, s.view"
        " FROM dynr_table AS t LEFT JOIN stream_table AS s ON s.id=t.stream_id"
        " WHERE t.name=?1",
    [LOCAL_TABLE_INDEXES] =
        "SELECT name, partition_key, partition_type, sort_key, sort_type, is_local, projection,"
        " included, read_units, write_units, state, is_expiry, filled_pk, filled_sk"
        " FROM dynr_index WHERE table_id=?1 ORDER BY position",
    [LOCAL_TABLE_INSERT] =
        "INSERT INTO dynr_table (id, name, partition_key, partition_type, sort_key, sort_type,"
        " stream, ttl_attribute, table_id, created_ms, stream_id, billing, read_units,"
        " write_units, is_protected, tags, settings) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
        " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    [LOCAL_TABLE_INSERT_INDEX] =
        "INSERT INTO dynr_index (table_id, position, name, partition_key, partition_type,"
        " sort_key, sort_type, is_local, projection, included, read_units, write_units, state,"
        " is_expiry, filled_pk, filled_sk)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [LOCAL_TABLE_REMOVE] = "DELETE FROM dynr_table WHERE id=?1",
    [LOCAL_TABLE_REMOVE_INDEXES] = "DELETE FROM dynr_index WHERE table_id=?1",
    [LOCAL_TABLE_LIST] = "SELECT name FROM dynr_table WHERE name>?1 ORDER BY name LIMIT ?2",
    [LOCAL_TABLE_UNFILLED] =
        "SELECT t.id,t.name FROM dynr_index AS i JOIN dynr_table AS t ON t.id=i.table_id"
        " WHERE i.state<>0 AND i.table_id>?1 ORDER BY i.table_id LIMIT 1",
    [LOCAL_INDEX_FILLED] = "UPDATE dynr_index SET filled_pk=?3, filled_sk=?4"
                           " WHERE table_id=?1 AND position=?2",
    [LOCAL_TABLE_EXPIRING] =
        "SELECT name FROM dynr_table WHERE ttl_attribute<>'' AND name>?1 ORDER BY name LIMIT 1",
    [LOCAL_STREAM_LABEL] = "SELECT 1 FROM stream_table WHERE label=?1",
    [LOCAL_STREAM_CLOSE] =
        "UPDATE stream_table SET closed_ms=?2, last_position="
        "(SELECT coalesce(max(sequence), 0) FROM stream_record) WHERE id=?1 AND closed_ms=0",
    [LOCAL_STREAM_LIST] =
        "SELECT id, name, label, view, created_ms, closed_ms, first_position, last_position,"
        " partition_key, partition_type, sort_key, sort_type FROM stream_table"
        " WHERE (?1='' OR name=?1) AND (?2=0 OR id=?2) AND (closed_ms=0 OR closed_ms>=?3)"
        " ORDER BY id",
    [LOCAL_STREAM_CREATED] =
        "SELECT created_ms FROM stream_record WHERE sequence>=?1 ORDER BY sequence LIMIT 1",
    [LOCAL_STREAM_PAGE] = "SELECT sequence, table_id, created_ms, event, keys, old_image, new_image"
                          " FROM stream_record WHERE sequence>?1 ORDER BY sequence",
    [LOCAL_STREAM_INSERT] =
        "INSERT INTO stream_record (table_id, event, created_ms, keys, old_image, new_image, place)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [LOCAL_STREAM_TABLE_INSERT] =
        "INSERT INTO stream_table (name, label, view, created_ms, closed_ms, first_position,"
        " last_position, partition_key, partition_type, sort_key, sort_type) VALUES (?1, ?2, ?3,"
        " ?4, 0, (SELECT coalesce(max(sequence), 0) FROM stream_record), 0, ?5, ?6, ?7, ?8)",
    /* NULL where there was never a record. */
    [LOCAL_STREAM_POSITION] = "SELECT max(sequence) FROM stream_record",
    [LOCAL_STREAM_OLDEST] =
        "SELECT sequence, place, created_ms FROM stream_record ORDER BY sequence",
    [LOCAL_STREAM_READ] =
        "SELECT r.sequence, r.place, t.name, r.event, r.created_ms, r.keys, r.old_image,"
        " r.new_image FROM stream_record AS r LEFT JOIN stream_table AS t ON t.id=r.table_id"
        " WHERE r.sequence>?1 ORDER BY r.sequence",
    [LOCAL_STREAM_TRIM] = "DELETE FROM stream_record WHERE sequence<?1",
    [LOCAL_TERM_INSERT] = "INSERT INTO stream_term (program, start, key) VALUES (?1, ?2, ?3)",
    [LOCAL_TERM_FORGET] = "DELETE FROM stream_term WHERE id<=(SELECT max(id) FROM stream_term)-?1",
    [LOCAL_TERM_LIST] = "SELECT program, start, key FROM stream_term ORDER BY id DESC",
    [LOCAL_TOKEN_FIND] =
        "SELECT digest, created_ms, position FROM transaction_token WHERE token=?1",
    [LOCAL_TOKEN_INSERT] =
        "INSERT INTO transaction_token (token, digest, created_ms, position)"
        " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (token) DO UPDATE SET digest=excluded.digest,"
        " created_ms=excluded.created_ms, position=excluded.position",
    [LOCAL_TOKEN_EXPIRE] = "DELETE FROM transaction_token WHERE created_ms<?1",
};

static enum dynr_status prepare(struct local_connection *connection,
                                const struct local_table *table, struct dynr_str sql,
                                sqlite3_stmt **out, struct dynr_error *err)
{
    int code = sqlite3_prepare_v3(connection->db, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT,
                                  out, NULL);
    return code == SQLITE_OK ? DYNR_OK : dynr_local_fail(connection, table, code, err);
}

enum dynr_status dynr_local_fixed(struct local_connection *connection,
                                  enum local_fixed_statement which, sqlite3_stmt **out,
                                  struct dynr_error *err)
{
    if (connection->fixed[which] == NULL) {
        enum dynr_status status = prepare(connection, NULL, dynr_str_from_c(fixed_sql[which]),
                                          &connection->fixed[which], err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    *out = connection->fixed[which];
    return DYNR_OK;
}

enum dynr_status dynr_local_finish(struct local_connection *connection,
                                   const struct local_table *table, sqlite3_stmt *statement,
                                   struct dynr_error *err)
{
    int code = sqlite3_step(statement);
    enum dynr_status status = code == SQLITE_DONE || code == SQLITE_ROW
                                  ? DYNR_OK
                                  : dynr_local_fail(connection, table, code, err);
    (void)sqlite3_reset(statement);
    return status;
}

enum dynr_status dynr_local_run(struct local_connection *connection,
                                enum local_fixed_statement which, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, which, &statement, err);
    return status == DYNR_OK ? dynr_local_finish(connection, NULL, statement, err) : status;
}

void dynr_local_roll_back(struct local_connection *connection)
{
    if (!sqlite3_get_autocommit(connection->db)) {
        (void)dynr_local_run(connection, LOCAL_ROLLBACK, NULL);
    }
}

enum dynr_status dynr_local_read_begin(struct local_connection *connection, struct dynr_error *err)
{
    dynr_local_roll_back(connection);
    return dynr_local_run(connection, LOCAL_BEGIN, err);
}

void dynr_local_read_end(struct local_connection *connection)
{
    if (dynr_local_run(connection, LOCAL_COMMIT, NULL) != DYNR_OK) {
        dynr_local_roll_back(connection);
    }
}

void dynr_local_bind_bytes(sqlite3_stmt *statement, int parameter, struct dynr_str bytes)
{
    /* A NULL pointer would be SQL's NULL. */
    (void)sqlite3_bind_blob64(statement, parameter, bytes.len == 0 ? "" : bytes.ptr, bytes.len,
                              SQLITE_STATIC);
}

void dynr_local_bind_text(sqlite3_stmt *statement, int parameter, struct dynr_str text)
{
    (void)sqlite3_bind_text64(statement, parameter, text.len == 0 ? "" : text.ptr, text.len,
                              SQLITE_STATIC, SQLITE_UTF8);
}

struct dynr_str dynr_local_column(sqlite3_stmt *statement, int column)
{
    /* The blob call first: it does not add a NUL, for which the text call would copy. */
    const char *bytes = sqlite3_column_blob(statement, column);
    return dynr_str_make(bytes, (size_t)sqlite3_column_bytes(statement, column));
}

/* ---- statements of one table ---- */

static bool grow_tables(struct local_connection *connection, size_t slot)
{
    if (slot < connection->n_tables) {
        return true;
    }
    size_t n_tables = slot + 8;
    struct local_statements *tables = realloc(connection->tables, n_tables * sizeof *tables);
    if (tables == NULL) {
        return false;
    }
    memset(tables + connection->n_tables, 0, (n_tables - connection->n_tables) * sizeof *tables);
    connection->tables = tables;
    connection->n_tables = n_tables;
    return true;
}

void dynr_local_statements_cleanup(struct local_statements *statements)
{
    for (size_t i = 0; i < statements->n_rows; i++) {
        (void)sqlite3_finalize(statements->row[i]);
    }
    free(statements->row);
    memset(statements, 0, sizeof *statements);
}

void dynr_local_statements_sweep(struct local_connection *connection)
{
    unsigned n_retired = atomic_load(&connection->engine->catalog.n_retired);
    if (n_retired == connection->n_retired) {
        return;
    }
    connection->n_retired = n_retired;
    dynr_local_catalog_mark_stale(&connection->engine->catalog, connection);
    for (size_t i = 0; i < connection->n_tables; i++) {
        if (connection->tables[i].is_stale) {
            dynr_local_statements_cleanup(&connection->tables[i]);
        }
    }
}

void dynr_local_statements_forget(struct local_connection *connection,
                                  const struct local_table *table)
{
    if (table->slot < connection->n_tables &&
        connection->tables[table->slot].serial == table->serial) {
        dynr_local_statements_cleanup(&connection->tables[table->slot]);
    }
    dynr_local_slot_give(&connection->engine->catalog, table);
}

/* Room for a table's statements, in the place of those of a description that is gone. */
static bool begin_statements(struct local_statements *statements, const struct local_table *table)
{
    dynr_local_statements_cleanup(statements);
    size_t n_rows = (1 + table->n_relations) * LOCAL_ROW_STATEMENTS;
    statements->row = calloc(n_rows, sizeof *statements->row);
    if (statements->row == NULL) {
        return false;
    }
    statements->n_rows = n_rows;
    statements->serial = table->serial;
    return true;
}

enum dynr_status dynr_local_row_statement(struct local_connection *connection,
                                          const struct local_table *table, size_t relation,
                                          size_t which, sqlite3_stmt **out, struct dynr_error *err)
{
    if (!grow_tables(connection, table->slot)) {
        return dynr_local_out_of_memory(err);
    }
    struct local_statements *statements = &connection->tables[table->slot];
    if (statements->serial != table->serial && !begin_statements(statements, table)) {
        return dynr_local_out_of_memory(err);
    }
    sqlite3_stmt **slot = &statements->row[relation * LOCAL_ROW_STATEMENTS + which];
    if (*slot == NULL) {
        struct dynr_buf sql = {0};
        dynr_local_row_sql(table, relation, which, &sql);
        enum dynr_status status = dynr_buf_ok(&sql)
                                      ? prepare(connection, table, dynr_buf_str(&sql), slot, err)
                                      : dynr_local_out_of_memory(err);
        dynr_buf_cleanup(&sql);
        if (status != DYNR_OK) {
            return status;
        }
    }
    *out = *slot;
    return DYNR_OK;
}

size_t dynr_local_range_statement(const struct local_range_shape *shape)
{
    return LOCAL_ROW_RANGE + ((size_t)shape->has_partition | (size_t)shape->is_joined << 1 |
                              (size_t)shape->is_backward << 2 | (size_t)shape->low << 3 |
                              (size_t)shape->high << 5);
}

static struct local_range_shape shape_of(size_t which)
{
    size_t bits = which - LOCAL_ROW_RANGE;
    struct local_range_shape shape;
    shape.has_partition = (bits & 1) != 0;
    shape.is_joined = (bits & 2) != 0;
    shape.is_backward = (bits & 4) != 0;
    shape.low = (enum local_bound)(bits >> 3 & 3);
    shape.high = (enum local_bound)(bits >> 5 & 3);
    return shape;
}

/*
 * One end of the range. A start bound is a comparison of rows: within a partition of the table, of
 * the sort key alone; within a partition of an index, of its sort key and the table's key; in a
 * scan, of the partition key too.
 */
static void append_bound(struct dynr_buf *out, const struct local_range_shape *shape, bool is_index,
                         bool is_low)
{
    enum local_bound bound = is_low ? shape->low : shape->high;
    if (bound == LOCAL_BOUND_NONE) {
        return;
    }
    dynr_buf_append_c(out, shape->has_partition ? " AND " : " WHERE ");
    const char *sort_parameter = is_low ? "?2" : "?3";
    if (bound == LOCAL_BOUND_START && (is_index || !shape->has_partition)) {
        dynr_buf_printf(
            out, "(%s%s%s)%c(%s%s%s)", shape->has_partition ? "" : (is_index ? "x.ipk," : "t.pk,"),
            is_index ? "x.isk" : "t.sk", is_index ? ",x.pk,x.sk" : "", is_low ? '>' : '<',
            shape->has_partition ? "" : "?1,", sort_parameter, is_index ? ",?4,?5" : "");
        return;
    }
    dynr_buf_printf(out, "%s%c%s%s", is_index ? "x.isk" : "t.sk", is_low ? '>' : '<',
                    bound == LOCAL_BOUND_INCLUSIVE ? "=" : "", sort_parameter);
}

static void append_range_sql(const struct local_table *table, size_t relation,
                             const struct local_range_shape *shape, struct dynr_buf *out)
{
    bool is_index = relation > 0;
    const char *descending = shape->is_backward ? " DESC" : "";
    if (is_index) {
        char source = shape->is_joined ? 't' : 'x';
        bool is_fetched = shape->is_joined && table->indexes[relation - 1].stores_item;
        dynr_buf_printf(out, "SELECT %c.item,%c.size,x.pk%s FROM x%lld_%zu AS x", source, source,
                        is_fetched ? ",x.size" : "", (long long)table->id, relation - 1);
        if (shape->is_joined) {
            /* CROSS: the index leads. */
            dynr_buf_printf(out, " CROSS JOIN t%lld AS t ON t.pk=x.pk AND t.sk=x.sk",
                            (long long)table->id);
        }
        dynr_buf_append_c(out, shape->has_partition ? " WHERE x.ipk=?1" : "");
    } else {
        dynr_buf_printf(out, "SELECT t.item,t.size,t.pk FROM t%lld AS t%s", (long long)table->id,
                        shape->has_partition ? " WHERE t.pk=?1" : "");
    }
    append_bound(out, shape, is_index, true);
    if (!shape->has_partition) {
        dynr_buf_append_c(out,
                          is_index ? " ORDER BY x.ipk,x.isk,x.pk,x.sk" : " ORDER BY t.pk,t.sk");
        return;
    }
    append_bound(out, shape, is_index, false);
    if (is_index) {
        dynr_buf_printf(out, " ORDER BY x.isk%s,x.pk%s,x.sk%s", descending, descending, descending);
    } else {
        dynr_buf_printf(out, " ORDER BY t.sk%s", descending);
    }
}

/* Number and size of the entries of an index: all of them, or those of one partition. */
static void append_sum(const struct local_table *table, size_t relation, bool has_partition,
                       struct dynr_buf *out)
{
    bool stores_item = table->indexes[relation - 1].stores_item;
    dynr_buf_printf(out, "SELECT sum(%s.size),count(*) FROM x%lld_%zu AS x",
                    stores_item ? "x" : "t", (long long)table->id, relation - 1);
    if (!stores_item) {
        dynr_buf_printf(out, " CROSS JOIN t%lld AS t ON t.pk=x.pk AND t.sk=x.sk",
                        (long long)table->id);
    }
    dynr_buf_append_c(out, has_partition ? " WHERE x.ipk=?1" : "");
}

static void append_index_sql(const struct local_table *table, size_t relation, size_t which,
                             struct dynr_buf *out)
{
    long long id = table->id;
    bool stores_item = table->indexes[relation - 1].stores_item;
    if (which == LOCAL_ROW_PUT) {
        dynr_buf_printf(out, "INSERT INTO x%lld_%zu(ipk,isk,pk,sk%s) VALUES(?1,?2,?3,?4%s)", id,
                        relation - 1, stores_item ? ",item,size" : "", stores_item ? ",?5,?6" : "");
        dynr_buf_append_c(
            out, stores_item ? " ON CONFLICT DO UPDATE SET item=excluded.item,size=excluded.size"
                             : " ON CONFLICT DO NOTHING");
    } else if (which == LOCAL_ROW_DELETE) {
        dynr_buf_printf(out, "DELETE FROM x%lld_%zu WHERE ipk=?1 AND isk=?2 AND pk=?3 AND sk=?4",
                        id, relation - 1);
    } else if (which == LOCAL_ROW_FIND) {
        dynr_buf_printf(out, "SELECT %s FROM x%lld_%zu WHERE ipk=?1 AND isk=?2 AND pk=?3 AND sk=?4",
                        stores_item ? "item,size" : "1", id, relation - 1);
    } else if (which == LOCAL_ROW_EXPIRED) {
        dynr_buf_printf(out,
                        "SELECT pk,sk FROM x%lld_%zu WHERE ipk=x'' AND isk>=?1 AND isk<?2"
                        " ORDER BY isk,pk,sk LIMIT ?3",
                        id, relation - 1);
    } else {
        append_sum(table, relation, which == LOCAL_ROW_COLLECTION, out);
    }
}

void dynr_local_row_sql(const struct local_table *table, size_t relation, size_t which,
                        struct dynr_buf *out)
{
    long long id = table->id;
    if (which >= LOCAL_ROW_RANGE) {
        struct local_range_shape shape = shape_of(which);
        append_range_sql(table, relation, &shape, out);
    } else if (relation > 0) {
        append_index_sql(table, relation, which, out);
    } else if (which == LOCAL_ROW_GET) {
        dynr_buf_printf(out, "SELECT item,size FROM t%lld WHERE pk=?1 AND sk=?2", id);
    } else if (which == LOCAL_ROW_PUT) {
        dynr_buf_printf(
            out,
            "INSERT INTO t%lld(pk,sk,size,item) VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET"
            " size=excluded.size,item=excluded.item",
            id);
    } else if (which == LOCAL_ROW_DELETE) {
        dynr_buf_printf(out, "DELETE FROM t%lld WHERE pk=?1 AND sk=?2", id);
    } else if (which == LOCAL_ROW_FILL) {
        /* No key is empty: after that are all. */
        dynr_buf_printf(
            out, "SELECT pk,sk,item,size FROM t%lld WHERE (pk,sk)>(?1,?2) ORDER BY pk,sk", id);
    } else {
        dynr_buf_printf(out, "SELECT sum(size),count(*) FROM t%lld%s", id,
                        which == LOCAL_ROW_COLLECTION ? " WHERE pk=?1" : "");
    }
}
