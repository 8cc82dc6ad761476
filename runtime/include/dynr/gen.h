/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between generated code and libdynr.
 *
 * dynrc writes C structs and, beside them, constant tables: what a struct's members are, how keys are made of them,
 * which access paths exist. The functions below carry the tables out. People call the generated functions; this
 * header is for them to read when they step through one.
 *
 * Layout rules that the tables rely on:
 *   - a model's row struct begins with the members of its key struct, in the same order, and a child's key struct
 *     begins with its parent's key struct; so one key template serves rows, keys and, for the partition, parent keys;
 *   - an optional member `x` is preceded by `bool has_x`;
 *   - a list or set is a struct {items pointer; size_t n_items}; a map's items are structs {struct dynr_str key; T value};
 *   - strings, lists and bytes are borrowed: what a decode returns lives in the arena (or in the text decoded).
 */
#ifndef DYNR_GEN_H
#define DYNR_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/backend.h"
#include "dynr/buf.h"
#include "dynr/clock.h"
#include "dynr/desc.h"
#include "dynr/status.h"
#include "dynr/str.h"
#include "dynr/value.h"
#include "dynr/version.h"

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

/* ---- policies ---------------------------------------------------------------------------------------------- */

/** What the functions of a policy read. */
struct dynr_policy_input {
    /** The caller's struct and the procedure's input; NULL where there is none. */
    const void *caller;
    const void *input;
    /** The row in question, as the struct that was read; NULL in a gate. */
    const void *row;
    /** The rows of the look-ups before, entity->row structs; NULL where there is no such row. */
    const void *const *others;
};

/** A row beside the one in question, found by its key. */
struct dynr_policy_lookup {
    const struct dynr_entity_desc *entity;
    /** Fills `out_key` (zeroed, of entity->key). False: a part of it is missing, so there is no such row. */
    bool (*key)(const struct dynr_policy_input *in, void *out_key);
};

/** A predicate and the rows that it needs, which are read consistently, each once. What a denied caller is told does not depend on them. */
struct dynr_policy_desc {
    /** Each behind those whose rows its key is made of. */
    const struct dynr_policy_lookup *lookups;
    size_t n_lookups;
    bool (*allows)(const struct dynr_policy_input *in);
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

/** What the functions of a procedure's body see. */
struct dynr_call {
    struct dynr_client *client;
    /** NULL: the procedure has none. */
    const void *caller;
    const void *input;
    /** The row that a computed write has read; else NULL. */
    const void *row;
    /** The rows that a write's gate has looked up, in values of its checks; else NULL. */
    const void *const *others;
    struct dynr_arena *arena;
    struct dynr_error *err;
};

enum dynr_source {
    /** No value: an optional member becomes absent, a limit is none. */
    DYNR_FROM_NOTHING = 0,
    /** A member of the input, of the caller. */
    DYNR_FROM_INPUT,
    DYNR_FROM_CALLER,
    DYNR_FROM_CONSTANT,
    DYNR_FROM_FUNCTION,
};

/** A value that a procedure uses. It has the type of the place where it goes. */
struct dynr_value_source {
    enum dynr_source from;
    /** INPUT, CALLER: where the value stands. */
    uint32_t offset;
    /** INPUT, CALLER: its presence flag, or DYNR_REQUIRED. */
    uint32_t presence;
    /** CONSTANT. */
    const void *constant;
    /** FUNCTION: stores the value at `out`; sets `*out_present` to false where a part of it is absent. */
    enum dynr_status (*compute)(const struct dynr_call *call, void *out, bool *out_present);
};

/** A condition over caller, input and row. */
typedef bool dynr_call_condition(const struct dynr_call *call);

/** A member of a row or key struct (index into its fields), and its value. */
struct dynr_assignment {
    uint16_t field;
    struct dynr_value_source value;
};

/** One value of a condition in DynamoDB's expression language. */
struct dynr_condition_value {
    /** ":v0". */
    const char *placeholder;
    const struct dynr_type_desc *type;
    struct dynr_value_source value;
};

/** A condition whose values come from the call; see struct dynr_filter. It is false where one of its values is absent. */
struct dynr_condition {
    const char *expression;
    const char *const *names;
    const struct dynr_condition_value *values;
    size_t n_values;
};

/** One end of a range on the sort value that follows the equal ones. */
struct dynr_range_end {
    enum dynr_bound_kind kind;
    struct dynr_assignment at;
};

/** A read under one setting of a query's switches. Reads nothing where one of its values is absent. */
struct dynr_variant {
    /** NULL: always. */
    dynr_call_condition *applies;
    const struct dynr_path_desc *path;
    /** UNIQUE paths: by which the row is read once its key is known. */
    const struct dynr_path_desc *row_path;
    /** Members of the entity's row: what is equal. */
    const struct dynr_assignment *bindings;
    size_t n_bindings;
    /** As in struct dynr_query; of `row_path` where that is given. */
    uint16_t n_equal;
    bool last_is_prefix;
    struct dynr_range_end low;
    struct dynr_range_end high;
    /** NULL: none. */
    const struct dynr_condition *filter;
    /**
     * Asked of each row that was read, look-ups of all of them in batches: rows that it does not allow are as if they were not there,
     * and do not count for a limit. NULL: none. Its `row` is the struct as which rows are read.
     */
    const struct dynr_policy_desc *row_filter;
};

/** A value that is copied from a row that was read to the probe for what belongs to it. */
struct dynr_link {
    /** Into the fields of the child's row; `offset` bytes inside that member. */
    uint16_t field;
    uint32_t offset;
    /** Where it stands in the row that was read, and how many bytes it has. */
    uint32_t from;
    uint32_t size;
};

/** Rows that are read for each row of an output, or of rows under it. Either by key or by query. */
struct dynr_include_desc {
    /** The member of the output row: a pointer, or a list where `many`. */
    uint32_t member;
    bool many;
    /** What is read, and as what. */
    const struct dynr_entity_desc *entity;
    const struct dynr_struct_desc *output;
    /** BY KEY (`variant` is NULL): where the key stands in the output row, and its flag or DYNR_REQUIRED. */
    uint32_t key;
    uint32_t key_presence;
    /** BY KEY: as in struct dynr_variant. */
    const struct dynr_policy_desc *row_filter;
    /** BY QUERY: links bind what depends on the output row, the variant everything else. */
    const struct dynr_variant *variant;
    const struct dynr_link *links;
    size_t n_links;
    bool descending;
    /** int64_t; NOTHING: all. */
    struct dynr_value_source take;
    /** What is read for each of its rows in turn. */
    const struct dynr_include_desc *includes;
    size_t n_includes;
};

enum dynr_aggregate_kind {
    DYNR_AGGREGATE_COUNT = 1,
    DYNR_AGGREGATE_SUM,
    DYNR_AGGREGATE_MIN,
    DYNR_AGGREGATE_MAX
};

/**
 * One value made of many rows. COUNT is an int64_t; SUM an int64_t of integers, a decimal of decimals, DYNR_ERR_RANGE where it does
 * not fit; MIN and MAX are of the field's type. Rows whose field is absent play no part.
 */
struct dynr_aggregate_value {
    enum dynr_aggregate_kind kind;
    /** Name in messages. */
    const char *name;
    /** Index into the fields of the struct as which rows are read; COUNT: unused. */
    uint16_t field;
    /** Offsets in the output: the value, and its flag (MIN and MAX: there may be no row), or DYNR_REQUIRED. */
    uint32_t value;
    uint32_t presence;
};

/** Values of all rows along one way. They are read page by page, so memory does not grow with them. */
struct dynr_aggregate_desc {
    const struct dynr_entity_desc *entity;
    /** As what the rows are read. */
    const struct dynr_struct_desc *source;
    /** Below the one row of a query, bound as an include is. NULL: the rows are those of the query's own variants. */
    const struct dynr_variant *variant;
    const struct dynr_link *links;
    size_t n_links;
    const struct dynr_aggregate_value *values;
    size_t n_values;
};

/** The body of a query. */
struct dynr_query_body {
    const struct dynr_entity_desc *entity;
    /** Who may ask at all, evaluated before anything is read: DYNR_ERR_DENIED. NULL: everybody. */
    const struct dynr_policy_desc *gate;
    const struct dynr_variant *variants;
    size_t n_variants;
    /** The output is the one row (none: DYNR_ERR_NOT_FOUND), else a list. */
    bool single_row;
    bool descending;
    /** int64_t; NOTHING: all. */
    struct dynr_value_source take;
    const struct dynr_include_desc *includes;
    size_t n_includes;
    /** Of relations of the one row. */
    const struct dynr_aggregate_desc *aggregates;
    size_t n_aggregates;
    /** The output is one object of these values over the rows of the variants, and nothing else. NULL: rows. */
    const struct dynr_aggregate_desc *values;
};

enum dynr_write_kind {
    DYNR_WRITE_CREATE = 1,
    DYNR_WRITE_UPDATE,
    DYNR_WRITE_DELETE
};

/** One field of an update. */
struct dynr_change_source {
    uint16_t field;
    /** SET of an absent value to an optional field removes it. */
    enum dynr_change_kind kind;
    struct dynr_value_source value;
};

/** What a row that was looked up must satisfy when the transaction commits. */
struct dynr_check_desc {
    /** Which look-up of the gate's policy found it. */
    uint16_t lookup;
    /** There may be no such row. Else there must be one, which is not soft-deleted. */
    bool may_be_absent;
    /** NULL: that it is there. */
    const struct dynr_condition *condition;
};

/** One way to satisfy a policy. */
struct dynr_grant_desc {
    /** NULL: always. */
    bool (*holds)(const struct dynr_policy_input *in);
    const struct dynr_check_desc *checks;
    size_t n_checks;
};

/**
 * Who may write. The policy is evaluated first (DYNR_ERR_DENIED). The first grant that holds then gives the transaction its checks;
 * when one of them fails somebody changed a row in between, and all is done again.
 */
struct dynr_write_gate {
    const struct dynr_policy_desc *policy;
    /** None: nothing that is stored is needed. */
    const struct dynr_grant_desc *grants;
    size_t n_grants;
};

/** One write of a mutation. */
struct dynr_write_desc {
    enum dynr_write_kind kind;
    const struct dynr_entity_desc *entity;
    /** CREATE: members of the row. UPDATE, DELETE: members of the key. */
    const struct dynr_assignment *members;
    size_t n_members;
    const struct dynr_change_source *changes;
    size_t n_changes;
    /** Version that the row must have (int64_t); absent or NOTHING: any. */
    struct dynr_value_source version;
    /** NULL: none. */
    const struct dynr_condition *condition;
    /**
     * A value is computed from the row, which is read first and must not have changed when the write arrives: by its version, or
     * by these fields where the model has none. Then the condition is also asked of the row that was read, as `holds`.
     */
    bool reads_row;
    dynr_call_condition *holds;
    const uint16_t *read_fields;
    size_t n_read_fields;
    /** NULL: everybody may. */
    const struct dynr_write_gate *gate;
};

/** The body of a mutation: one write, or several as one transaction. Checks of gates make one write a transaction, too. */
struct dynr_mutation_body {
    const struct dynr_write_desc *writes;
    size_t n_writes;
    /** The output is the row of the last write. */
    bool returns_row;
};

enum dynr_procedure_kind {
    DYNR_PROCEDURE_QUERY = 1,
    DYNR_PROCEDURE_MUTATION
};

/** How a query is kept live: view.h. */
struct dynr_view_desc;

/** A procedure as hosts see it: they dispatch by path. */
struct dynr_procedure_desc {
    /** "todos.list". */
    const char *path;
    enum dynr_procedure_kind kind;
    /** `once`: may not be watched. */
    bool once;
    /** NULL: no input, no output. `output_is_list`: the output is a `struct {items; n_items}` of `output`. */
    const struct dynr_struct_desc *input;
    const struct dynr_struct_desc *output;
    bool output_is_list;
    /** Output that is one scalar rather than a struct (`-> int`): its type; else NULL. */
    const struct dynr_type_desc *output_scalar;
    size_t output_size;
    /** NULL: needs no caller. */
    const struct dynr_struct_desc *caller;
    /** What it does: one of these three is not NULL. */
    const struct dynr_query_body *query;
    const struct dynr_mutation_body *mutation;
    /** Calls the function that the application wrote. */
    enum dynr_status (*run)(struct dynr_client *client, const void *caller, const void *input,
                            struct dynr_arena *arena, void *output, struct dynr_error *err);
    /** NULL: cannot be watched (mutations, `once`, extern). */
    const struct dynr_view_desc *view;
};

struct dynr_procedure_table {
    const struct dynr_procedure_desc *const *procedures;
    size_t n_procedures;
};

/**
 * Runs a procedure: checks the bounds of `input`, zeroes `output` (`output_size` bytes), reads or writes. `caller`, `input` and
 * `output` are of the procedure's structs, NULL where it has none. Rows of the output live in `arena`.
 */
DYNR_API enum dynr_status dynr_procedure_run(const struct dynr_procedure_desc *procedure,
                                             struct dynr_client *client, const void *caller,
                                             const void *input, struct dynr_arena *arena,
                                             void *output, struct dynr_error *err);

/**
 * What a live view's node reads with, without reading it: `query` with its probe and values in `arena`, under the variant that
 * applies; `query->limit` is `take`, or 0. `*out_empty`: these arguments select nothing. For a path of kind UNIQUE the probe
 * holds the unique value.
 */
DYNR_API enum dynr_status dynr_query_prepare(const struct dynr_query_body *body, const void *caller,
                                             const void *input, struct dynr_arena *arena,
                                             struct dynr_query *query, bool *out_empty,
                                             struct dynr_error *err);
/** The same for rows below `root`, to which `include->links` refer; of an aggregate's rows for what an include of them would be. */
DYNR_API enum dynr_status dynr_include_prepare(const struct dynr_include_desc *include,
                                               const void *root, const void *caller,
                                               const void *input, struct dynr_arena *arena,
                                               struct dynr_query *query, bool *out_empty,
                                               struct dynr_error *err);

/** The procedure at `path`, or NULL. Paths in the table are sorted by byte order. */
DYNR_API const struct dynr_procedure_desc *
dynr_procedure_find(const struct dynr_procedure_table *table, struct dynr_str path);

/**
 * What a host does for one call: finds the procedure, decodes and checks the input, runs it, appends the output as plain
 * JSON to `out` ("null" where there is none). `caller` must be of the procedure's caller struct, or NULL where it has none.
 */
DYNR_API enum dynr_status dynr_procedure_call(const struct dynr_procedure_table *table,
                                              struct dynr_client *client, struct dynr_str path,
                                              const void *caller, struct dynr_str input_json,
                                              struct dynr_arena *arena, struct dynr_buf *out,
                                              struct dynr_error *err);

DYNR_END_DECLS

#endif
