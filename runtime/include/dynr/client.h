/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client: rows of the entities that the tables describe, read and written. Generated functions are thin wrappers of these.
 */
#ifndef DYNR_CLIENT_H
#define DYNR_CLIENT_H

#include "dynr/clock.h"
#include "dynr/schema.h"

DYNR_BEGIN_DECLS

/* ---- the client -------------------------------------------------------------------------------------------- */

struct dynr_client;

struct dynr_client_options {
    size_t size;
    /** Where requests go. The client borrows it. */
    struct dynr_backend *backend;
    /** Put before every physical table name ("prod-"), or NULL. */
    const char *table_prefix;
    /** NULL: the system's. */
    const struct dynr_clock *clock;
    /** NULL: malloc. */
    const struct dynr_allocator *allocator;
    /** Tries of a read-compute-write before DYNR_ERR_CONFLICT; 0: 8. */
    uint32_t max_tries;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_CLIENT_OPTIONS_INIT                                                               \
        {                                                                                          \
            sizeof(struct dynr_client_options)                                                     \
        }
#else
#    define DYNR_CLIENT_OPTIONS_INIT                                                               \
        {                                                                                          \
            .size = sizeof(struct dynr_client_options)                                             \
        }
#endif

/** A handle that generated functions take. Thread-safe as far as its backend is. */
DYNR_API enum dynr_status dynr_client_new(const struct dynr_client_options *options,
                                          struct dynr_client **out, struct dynr_error *err);
/** NULL and forks are fine: a fork is gone with its arena. */
DYNR_API void dynr_client_destroy(struct dynr_client *client);

/** What one call of a procedure brings with it. */
struct dynr_call_options {
    size_t size;
    /**
     * Ids that the caller made: the `@auto` ULID and UUID fields of keys take them in the order of the creates, and make
     * new ones when they are used up. A write that fails gives back what it took, so that a retry takes the same. Borrowed.
     */
    const struct dynr_str *ids;
    size_t n_ids;
    /** Remember up to which position its reads saw all changes (dynr_client_read_position). */
    bool read_positions;
};

#ifdef __cplusplus
#    define DYNR_CALL_OPTIONS_INIT                                                                 \
        {                                                                                          \
            sizeof(struct dynr_call_options)                                                       \
        }
#else
#    define DYNR_CALL_OPTIONS_INIT                                                                 \
        {                                                                                          \
            .size = sizeof(struct dynr_call_options)                                               \
        }
#endif

/**
 * A client for one call, made of `client`, whose backend, clock and prefix it shares: for one thread, in `arena`, good as
 * long as both. It remembers how far the call's writes reach (dynr_client_position) and hands out the caller's ids.
 * `options` NULL: no ids. A fork of a fork starts anew. What is allocated stays in the arena alone.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (an id that is neither a ULID nor a UUID, or stands there twice), DYNR_ERR_NO_MEMORY. An id of
 * the wrong one of both kinds is DYNR_ERR_INVALID_ARGUMENT of the create that takes it.
 *
 *     struct dynr_client *call;
 *     status = dynr_client_fork(client, NULL, &arena, &call, &err);
 *     status = dynr_procedure_call(table, call, path, caller, input, &arena, &out, &err);
 *     answer(out, dynr_client_position(call));
 */
DYNR_API enum dynr_status dynr_client_fork(const struct dynr_client *client,
                                           const struct dynr_call_options *options,
                                           struct dynr_arena *arena, struct dynr_client **out,
                                           struct dynr_error *err);
/**
 * The largest position (stream.h) of a change that was made through this fork, writes before a failure included; 0: none, or the
 * backend has no positions, or the client is no fork.
 */
DYNR_API uint64_t dynr_client_position(const struct dynr_client *client);
/**
 * The smallest position up to which a read through this fork saw all changes; 0: there was no read, or the fork was made without
 * `read_positions`.
 */
DYNR_API uint64_t dynr_client_read_position(const struct dynr_client *client);
DYNR_API struct dynr_backend *dynr_client_backend(struct dynr_client *client);
/** The client's clock: what `now()` means. */
DYNR_API struct dynr_timestamp dynr_client_now(const struct dynr_client *client);

/** DYNR_ERR_ABI when generated code of contract `abi` cannot run on this library. */
DYNR_API enum dynr_status dynr_runtime_check(int abi, struct dynr_error *err);

/** Creates the tables that do not exist; DYNR_ERR_TABLE_EXISTS where one exists with another key or index. */
DYNR_API enum dynr_status dynr_tables_create(struct dynr_client *client,
                                             const struct dynr_table_desc *const *tables,
                                             size_t n_tables, struct dynr_error *err);

/* ---- reading ----------------------------------------------------------------------------------------------- */

enum dynr_read_flag {
    /** Rows that were soft-deleted too. */
    DYNR_READ_DELETED = 1,
    /** Eventually consistent: half the cost. Base-table reads are consistent unless this is set; index reads never are. */
    DYNR_READ_EVENTUAL = 2,
    /** Answer positions: dynr_rows_query alone (dynr_row_lookup always does), others ignore it. */
    DYNR_READ_POSITIONS = 4,
};

/**
 * Reads one row by key into `out_row` of `desc` (the entity's row, or a struct with some of its fields).
 * DYNR_ERR_NOT_FOUND when there is none (or it is soft-deleted).
 */
DYNR_API enum dynr_status dynr_row_get(struct dynr_client *client,
                                       const struct dynr_entity_desc *entity, const void *key,
                                       const struct dynr_struct_desc *desc, unsigned flags,
                                       struct dynr_arena *arena, void *out_row,
                                       struct dynr_error *err);

/**
 * Reads by a unique value: `probe` is a row with that member set. Two reads: the guard, then the row, which must still have the
 * value, whatever part of it `desc` asks for.
 */
DYNR_API enum dynr_status dynr_row_get_unique(struct dynr_client *client,
                                              const struct dynr_path_desc *path, const void *probe,
                                              const struct dynr_struct_desc *desc, unsigned flags,
                                              struct dynr_arena *arena, void *out_row,
                                              struct dynr_error *err);

/**
 * Reads many rows, in batches of 100, each distinct key once. `keys` are `n_keys` pointers to key structs (NULL allowed);
 * `out_rows[i]` points to the row of `keys[i]` or is NULL where there is none. All in `arena`.
 */
DYNR_API enum dynr_status dynr_row_get_many(struct dynr_client *client,
                                            const struct dynr_entity_desc *entity,
                                            const void *const *keys, size_t n_keys,
                                            const struct dynr_struct_desc *desc, unsigned flags,
                                            struct dynr_arena *arena, void **out_rows,
                                            struct dynr_error *err);

/**
 * dynr_row_get_many of whole rows that also answers, for each key, the position up to which its read saw all changes (stream.h),
 * rows that are missing included. Keys of one batch of 100 have one position; it is 0 for a NULL key.
 */
DYNR_API enum dynr_status dynr_row_lookup(struct dynr_client *client,
                                          const struct dynr_entity_desc *entity,
                                          const void *const *keys, size_t n_keys,
                                          struct dynr_arena *arena, void **out_rows,
                                          uint64_t *out_positions, struct dynr_error *err);

enum dynr_bound_kind {
    DYNR_BOUND_NONE = 0,
    DYNR_BOUND_INCLUSIVE,
    DYNR_BOUND_EXCLUSIVE,
};

/** One end of a range on the sort value that follows the equal ones. `probe` is a row with that member set. */
struct dynr_bound {
    enum dynr_bound_kind kind;
    const void *probe;
};

/** One value of a filter: placeholder and a row-like object that holds it. */
struct dynr_filter_value {
    /** ":v0". */
    const char *placeholder;
    const struct dynr_type_desc *type;
    const void *value;
};

/**
 * A residual condition in DynamoDB's expression language, constant text. Its placeholders may begin with any letters but `k`
 * and `m`, with which the runtime's own begin (#n0 and :v0 are fine).
 */
struct dynr_filter {
    /** NULL: none. */
    const char *expression;
    /** {"#n0", "done"} pairs, NULL-terminated at an even place; NULL: none. */
    const char *const *names;
    const struct dynr_filter_value *values;
    size_t n_values;
};

/** One query along a path. */
struct dynr_query {
    const struct dynr_path_desc *path;
    /** A row with the partition's members set, and the members of the first `n_equal` sort values. */
    const void *probe;
    /** Values of the sort key, after its literal parts, that must be equal. */
    uint16_t n_equal;
    /** The last of the `n_equal` values is text of which `probe` holds the beginning only. */
    bool last_is_prefix;
    struct dynr_bound low;
    struct dynr_bound high;
    bool descending;
    /** Rows to return at most, after filtering; 0: all (of a partition). */
    uint32_t limit;
    struct dynr_filter filter;
    /** Where the last page ended, or empty. Refused (DYNR_ERR_INVALID_ARGUMENT) when it is not of this query. */
    struct dynr_str cursor;
    unsigned flags;
};

/** Rows of a page. */
struct dynr_rows {
    /** Array of the structs that were asked for. */
    void *items;
    size_t n_items;
    /** Opaque; empty at the end. */
    struct dynr_str cursor;
    /** Items that the service evaluated, and requests that were made. */
    uint64_t n_evaluated;
    uint32_t n_requests;
    /**
     * With DYNR_READ_POSITIONS: for each row the position up to which its page saw all changes (stream.h), and the smallest of
     * all pages, which is known also where there are no rows. Else NULL and 0. `position` is 0, too, where no request was
     * made because no row can be in the range (`n_requests` 0).
     */
    const uint64_t *positions;
    uint64_t position;
};

/** Runs a query, following pages until `limit` rows or the end. Each row is decoded as `desc`. */
DYNR_API enum dynr_status dynr_rows_query(struct dynr_client *client,
                                          const struct dynr_query *query,
                                          const struct dynr_struct_desc *desc,
                                          struct dynr_arena *arena, struct dynr_rows *out,
                                          struct dynr_error *err);

/* ---- writing ----------------------------------------------------------------------------------------------- */

/** A condition on the row as it stands, checked with the write. All parts are optional. */
struct dynr_expect {
    /** The row's version must be this. */
    bool has_version;
    int64_t version;
    struct dynr_filter condition;
    /**
     * These fields (indexes into entity->row->fields) must still be as in `unchanged_row`, present or absent: what a computed
     * write relies on where the model has no version. Otherwise DYNR_ERR_CONFLICT. NULL, 0: none.
     */
    const void *unchanged_row;
    const uint16_t *unchanged_fields;
    size_t n_unchanged_fields;
};

/**
 * Inserts `row` (the entity's row struct): fills AUTO, timestamps and version, checks bounds, writes the item with its keys
 * and guards. DYNR_ERR_EXISTS: the key is taken. DYNR_ERR_NOT_UNIQUE: `err->field` says which. Nothing is written then.
 */
DYNR_API enum dynr_status dynr_row_create(struct dynr_client *client,
                                          const struct dynr_entity_desc *entity, void *row,
                                          struct dynr_arena *arena, struct dynr_error *err);

/** Inserts or replaces. Guards of the old row are moved. */
DYNR_API enum dynr_status dynr_row_put(struct dynr_client *client,
                                       const struct dynr_entity_desc *entity, void *row,
                                       struct dynr_arena *arena, struct dynr_error *err);

/** How one field changes. */
enum dynr_change_kind {
    DYNR_CHANGE_SET = 1,
    /** The optional member becomes absent. */
    DYNR_CHANGE_REMOVE,
    /** A number grows by the value (negative: shrinks), atomically. Not for fields that keys use. */
    DYNR_CHANGE_ADD,
};

struct dynr_change {
    /** Index into entity->row->fields. */
    uint16_t field;
    enum dynr_change_kind kind;
    /** The new value, as the member is stored (for SET and ADD). */
    const void *value;
};

/**
 * Changes some fields of one row. Keys of indexes that use them are recomputed: from the key and the changes where that
 * is enough, else after reading the row, with a condition on what was read and retries. Guards move in the same
 * transaction. Changing a field of the base key moves the row (delete and insert in one transaction).
 * An attribute that an older schema did not store counts as its default, in sums and in what was read.
 * `out_row` (may be NULL) is the row afterwards. DYNR_ERR_NOT_FOUND, DYNR_ERR_CONFLICT (`expect->version`),
 * DYNR_ERR_CONDITION_FAILED (`expect->condition`), DYNR_ERR_NOT_UNIQUE.
 */
DYNR_API enum dynr_status dynr_row_update(struct dynr_client *client,
                                          const struct dynr_entity_desc *entity, const void *key,
                                          const struct dynr_change *changes, size_t n_changes,
                                          const struct dynr_expect *expect,
                                          struct dynr_arena *arena, void *out_row,
                                          struct dynr_error *err);

/**
 * Deletes one row: sets `deletedAt` where the model is soft-deleted (its guards stay), else removes the item, its guards and
 * its children. DYNR_ERR_NOT_FOUND when there is none.
 *
 * A row that fits one transaction with everything below it (100 items, guards included) goes in one, all or nothing. Of a larger
 * one the row goes first, on the conditions of `expect`, so that a refused delete has touched nothing, and then what is below
 * it, from the leaves up. Whoever is interrupted in between leaves rows without their parent, which their own functions still list
 * and delete by the parent's key. A row that is inserted below at the same time may stay.
 */
DYNR_API enum dynr_status dynr_row_delete(struct dynr_client *client,
                                          const struct dynr_entity_desc *entity, const void *key,
                                          const struct dynr_expect *expect,
                                          struct dynr_arena *arena, struct dynr_error *err);
/** Removes the item whether or not the model is soft-deleted. */
DYNR_API enum dynr_status dynr_row_destroy(struct dynr_client *client,
                                           const struct dynr_entity_desc *entity, const void *key,
                                           const struct dynr_expect *expect,
                                           struct dynr_arena *arena, struct dynr_error *err);
/** Takes `deletedAt` away again. */
DYNR_API enum dynr_status dynr_row_restore(struct dynr_client *client,
                                           const struct dynr_entity_desc *entity, const void *key,
                                           struct dynr_arena *arena, struct dynr_error *err);

/**
 * Several writes, all or none. Between begin and commit nothing is sent but the reads that a write needs. At most 100
 * items, guards included (the service's limit): DYNR_ERR_LIMIT. Writes may hand a unique value from one row to another.
 *
 *     struct dynr_transaction *transaction;
 *     dynr_transaction_begin(client, &arena, &transaction, &err);
 *     dynr_transaction_create(transaction, &blog_user_entity, &user, &err);
 *     dynr_transaction_update(transaction, &blog_team_entity, &team_key, changes, 1, NULL, &err);
 *     status = dynr_transaction_commit(transaction, &err);
 */
struct dynr_transaction;
DYNR_API enum dynr_status dynr_transaction_begin(struct dynr_client *client,
                                                 struct dynr_arena *arena,
                                                 struct dynr_transaction **out,
                                                 struct dynr_error *err);
DYNR_API enum dynr_status dynr_transaction_create(struct dynr_transaction *transaction,
                                                  const struct dynr_entity_desc *entity, void *row,
                                                  struct dynr_error *err);
DYNR_API enum dynr_status
dynr_transaction_update(struct dynr_transaction *transaction, const struct dynr_entity_desc *entity,
                        const void *key, const struct dynr_change *changes, size_t n_changes,
                        const struct dynr_expect *expect, struct dynr_error *err);
DYNR_API enum dynr_status dynr_transaction_delete(struct dynr_transaction *transaction,
                                                  const struct dynr_entity_desc *entity,
                                                  const void *key, const struct dynr_expect *expect,
                                                  struct dynr_error *err);
/** Sends everything. `err->operation_index` is the index of the write (not the item) that failed. */
DYNR_API enum dynr_status dynr_transaction_commit(struct dynr_transaction *transaction,
                                                  struct dynr_error *err);

/* ---- what generated functions are made of ------------------------------------------------------------------- */

/** Zeroes `object` (desc->size bytes) and sets the schema's defaults. */
DYNR_API void dynr_struct_init(const struct dynr_struct_desc *desc, void *object);

/**
 * dynr_row_get_many for an array: `keys` are `n_keys` key structs one behind the other, `out_rows` an array of as many pointers
 * to row structs.
 */
DYNR_API enum dynr_status dynr_row_get_array(struct dynr_client *client,
                                             const struct dynr_entity_desc *entity,
                                             const void *keys, size_t n_keys,
                                             struct dynr_arena *arena, void *out_rows,
                                             struct dynr_error *err);

/** One field of a `..._changes` struct: `bool set_x`, for optional ones `bool has_x`, and `x`. */
struct dynr_change_member {
    /** Index into entity->row->fields. */
    uint16_t field;
    uint32_t set;
    /** Offset of `has_x`, or DYNR_REQUIRED. */
    uint32_t presence;
    uint32_t offset;
};

/** dynr_row_update with what a `..._changes` struct says. */
DYNR_API enum dynr_status
dynr_row_change(struct dynr_client *client, const struct dynr_entity_desc *entity, const void *key,
                const struct dynr_change_member *members, size_t n_members, const void *changes,
                const struct dynr_expect *expect, struct dynr_arena *arena, void *out_row,
                struct dynr_error *err);

/** What every `..._options` struct of a list function begins with. */
struct dynr_list_options {
    bool descending;
    uint32_t limit;
    struct dynr_str cursor;
    unsigned flags;
};

/** Where the range stands in such a struct: offsets of `from_kind`, `from_x`, `to_kind`, `to_x`. */
struct dynr_list_range {
    /** Index into entity->row->fields of the field that the range is on. */
    uint16_t field;
    uint32_t from_kind;
    uint32_t from;
    uint32_t to_kind;
    uint32_t to;
};

/**
 * Lists along a path. `range` NULL: the options have none. `options` NULL: everything, ascending. `out_rows` is a
 * `..._rows` struct {items; n_items; cursor}.
 */
DYNR_API enum dynr_status dynr_path_list(struct dynr_client *client,
                                         const struct dynr_path_desc *path, const void *probe,
                                         uint16_t n_equal, const struct dynr_list_range *range,
                                         const void *options, struct dynr_arena *arena,
                                         void *out_rows, struct dynr_error *err);

DYNR_END_DECLS

#endif
