/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to the database, and its answer.
 *
 * Everything that can execute a DynamoDB request is a backend: the embedded engine (local.h) executes the struct,
 * the AWS client will serialise, sign and send it, the DynamoDB-protocol server will parse HTTP bodies into it.
 * Names and meanings are those of the DynamoDB API (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/);
 * items, keys and expression values are slices of DynamoDB JSON text: `{"pk":{"S":"USER#1"},"n":{"N":"1"}}`.
 *
 * Ownership: a request borrows everything it points to until it is completed. A response, with all that it points
 * to, lives in the arena that was passed with the request.
 *
 * Example:
 *
 *     struct dynr_request request = DYNR_REQUEST_INIT;
 *     request.operation = DYNR_GET_ITEM;
 *     request.table = dynr_str_from_c("app");
 *     request.key = dynr_str_from_c("{\"pk\":{\"S\":\"USER#1\"},\"sk\":{\"S\":\"USER\"}}");
 *     struct dynr_response response;
 *     enum dynr_status status = dynr_backend_call(backend, &request, &arena, &response, &err);
 *     if (status == DYNR_OK && response.item.len > 0) { ... }
 */
#ifndef DYNR_BACKEND_H
#define DYNR_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/status.h"
#include "dynr/str.h"

DYNR_BEGIN_DECLS

enum dynr_operation {
    DYNR_GET_ITEM = 1,
    DYNR_PUT_ITEM,
    DYNR_UPDATE_ITEM,
    DYNR_DELETE_ITEM,
    DYNR_QUERY,
    DYNR_SCAN,
    DYNR_BATCH_GET_ITEM,
    DYNR_BATCH_WRITE_ITEM,
    DYNR_TRANSACT_GET_ITEMS,
    DYNR_TRANSACT_WRITE_ITEMS,
    DYNR_CREATE_TABLE,
    DYNR_DELETE_TABLE,
    DYNR_DESCRIBE_TABLE,
    DYNR_LIST_TABLES,
    /** Inside a transaction only. */
    DYNR_CONDITION_CHECK,
    /** UpdateTable, UpdateTimeToLive, TagResource and UntagResource: see struct dynr_table_update. */
    DYNR_UPDATE_TABLE,
};

/** What a write answers in `response.item`. */
enum dynr_return_values {
    DYNR_RETURN_NONE = 0,
    DYNR_RETURN_ALL_OLD,
    DYNR_RETURN_ALL_NEW,
    DYNR_RETURN_UPDATED_OLD,
    DYNR_RETURN_UPDATED_NEW,
};

/** What a Query or Scan answers. 0: all attributes of the table, or what the index projects. */
enum dynr_select {
    DYNR_SELECT_DEFAULT = 0,
    DYNR_SELECT_ALL_ATTRIBUTES,
    DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES,
    DYNR_SELECT_SPECIFIC_ATTRIBUTES,
    DYNR_SELECT_COUNT,
};

/** Type of a key attribute: 'S', 'N' or 'B'. */
struct dynr_key_attribute {
    struct dynr_str name;
    char type;
};

enum dynr_projection_kind {
    DYNR_PROJECT_ALL = 0,
    DYNR_PROJECT_KEYS_ONLY,
    DYNR_PROJECT_INCLUDE
};

/** How a table is paid for. Kept and answered, never enforced. */
enum dynr_billing_mode {
    DYNR_BILLING_PAY_PER_REQUEST = 0,
    DYNR_BILLING_PROVISIONED
};

/** Units a second; both 0: none given. Kept and answered, never enforced. */
struct dynr_throughput {
    int64_t read_units;
    int64_t write_units;
};

/** What the Streams API answers of each change. Other readers of changes always get both images. */
enum dynr_stream_view {
    DYNR_STREAM_NEW_AND_OLD_IMAGES = 0,
    DYNR_STREAM_NEW_IMAGE,
    DYNR_STREAM_OLD_IMAGE,
    DYNR_STREAM_KEYS_ONLY
};

enum dynr_index_state {
    DYNR_INDEX_ACTIVE = 0,
    /** Being filled with the items that were there before it; not readable yet. */
    DYNR_INDEX_CREATING
};

struct dynr_tag {
    struct dynr_str key;
    struct dynr_str value;
};

/** One index. `sort_key.name` is empty for an index without a sort key. */
struct dynr_index_definition {
    struct dynr_str name;
    struct dynr_key_attribute partition_key;
    struct dynr_key_attribute sort_key;
    bool is_local;
    enum dynr_projection_kind projection;
    /** Non-key attributes, for DYNR_PROJECT_INCLUDE. */
    const struct dynr_str *included;
    size_t n_included;
    struct dynr_throughput throughput;
    /** Answers only, like what follows. */
    enum dynr_index_state state;
    int64_t item_count;
    int64_t size_bytes;
};

/** A table, as CreateTable takes it and DescribeTable answers it. */
struct dynr_table_definition {
    struct dynr_str name;
    struct dynr_key_attribute partition_key;
    /** Name empty: no sort key. */
    struct dynr_key_attribute sort_key;
    const struct dynr_index_definition *indexes;
    size_t n_indexes;
    bool stream;
    /** Attribute that holds the expiry in epoch seconds, or empty. */
    struct dynr_str ttl_attribute;
    /** Answer of DescribeTable only. */
    int64_t item_count;
    enum dynr_stream_view stream_view;
    enum dynr_billing_mode billing;
    struct dynr_throughput throughput;
    bool deletion_protection;
    const struct dynr_tag *tags;
    size_t n_tags;
    /** A text of the caller's own: kept with the table, answered, never looked into. */
    struct dynr_str settings;
    /** Answers only, like what follows: a UUID. */
    struct dynr_str table_id;
    int64_t created_ms;
    /** Sizes of the items as the service counts them; DescribeTable only. */
    int64_t size_bytes;
    /** Of the present stream, else of the last one; empty: there was none. Unique in the store: "2026-01-31T12:00:00.000". */
    struct dynr_str stream_label;
};

/**
 * What UpdateTable changes: all of it in one commit, or nothing. What has no flag and is empty stays as it is.
 * Errors: DYNR_ERR_NO_TABLE, DYNR_ERR_INVALID_ARGUMENT (no such index, two of one name, a stream that is on or off already, ...),
 * DYNR_ERR_TABLE_EXISTS (an index is being filled, and another one is to be added or that one changed), DYNR_ERR_LIMIT (tags).
 */
struct dynr_table_update {
    size_t size;
    /**
     * Global indexes. The items that are there are added after the commit, while writes go on, where the store maintains itself
     * (local.h; a kill meanwhile loses nothing: it goes on later), else in the commit, for which other writes wait.
     */
    const struct dynr_index_definition *new_indexes;
    size_t n_new_indexes;
    /** Names of global indexes that go. */
    const struct dynr_str *old_indexes;
    size_t n_old_indexes;
    /** Indexes whose `throughput` changes, by name. */
    const struct dynr_index_definition *changed_indexes;
    size_t n_changed_indexes;
    bool has_stream;
    bool stream;
    enum dynr_stream_view stream_view;
    bool has_billing;
    enum dynr_billing_mode billing;
    bool has_throughput;
    struct dynr_throughput throughput;
    bool has_deletion_protection;
    bool deletion_protection;
    /** An empty attribute: items no longer expire. */
    bool has_ttl;
    struct dynr_str ttl_attribute;
    bool has_settings;
    struct dynr_str settings;
    /** Added, or given a new value. At most 50 stay. */
    const struct dynr_tag *new_tags;
    size_t n_new_tags;
    /** Keys. */
    const struct dynr_str *old_tags;
    size_t n_old_tags;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_TABLE_UPDATE_INIT                                                                 \
        {                                                                                          \
            sizeof(struct dynr_table_update)                                                       \
        }
#else
#    define DYNR_TABLE_UPDATE_INIT                                                                 \
        {                                                                                          \
            .size = sizeof(struct dynr_table_update)                                               \
        }
#endif

/**
 * A request. Zero what an operation does not use (DYNR_REQUEST_INIT does). Which members an operation reads:
 *
 * | operation            | members                                                                              |
 * | -------------------- | ------------------------------------------------------------------------------------ |
 * | GetItem              | table key projection names consistent_read                                           |
 * | PutItem              | table item condition names values return_values return_old_on_failure                 |
 * | UpdateItem           | table key update condition names values return_values return_old_on_failure           |
 * | DeleteItem           | table key condition names values return_values return_old_on_failure                  |
 * | ConditionCheck       | table key condition names values return_old_on_failure                                |
 * | Query                | table index key_condition filter projection names values select backward limit start_key consistent_read |
 * | Scan                 | as Query without key_condition; segment total_segments                               |
 * | BatchGetItem         | operations: GetItem                                  (1 to 100)                      |
 * | BatchWriteItem       | operations: PutItem, DeleteItem without conditions   (1 to 25)                       |
 * | TransactGetItems     | operations: GetItem                                  (1 to 100)                      |
 * | TransactWriteItems   | operations: Put, Update, Delete, ConditionCheck      (1 to 100); client_token        |
 * | CreateTable          | definition                                                                           |
 * | UpdateTable          | table table_update                                                                   |
 * | Delete/DescribeTable | table                                                                                |
 * | ListTables           | limit start_table                                                                    |
 */
struct dynr_request {
    /** sizeof(struct dynr_request) of the caller; append-only struct. */
    size_t size;
    enum dynr_operation operation;
    struct dynr_str table;
    struct dynr_str index;
    struct dynr_str key;
    struct dynr_str item;
    struct dynr_str condition;
    struct dynr_str update;
    struct dynr_str key_condition;
    struct dynr_str filter;
    struct dynr_str projection;
    /** ExpressionAttributeNames, a JSON object `{"#n":"name"}`, or empty. */
    struct dynr_str names;
    /** ExpressionAttributeValues, a JSON object `{":v":{"S":"x"}}`, or empty. */
    struct dynr_str values;
    enum dynr_return_values return_values;
    /** ReturnValuesOnConditionCheckFailure = ALL_OLD: the item comes back in `response.item` (or the reason's). */
    bool return_old_on_failure;
    enum dynr_select select;
    bool consistent_read;
    /** ScanIndexForward = false. */
    bool backward;
    /** Items to evaluate at most (before the filter, as the service does); 0: no limit but 1 MB a page. */
    uint32_t limit;
    /** ExclusiveStartKey: the previous page's `last_key`. */
    struct dynr_str start_key;
    uint32_t segment;
    uint32_t total_segments;
    const struct dynr_request *operations;
    size_t n_operations;
    /** ClientRequestToken of a transaction, or empty. */
    struct dynr_str client_token;
    const struct dynr_table_definition *definition;
    struct dynr_str start_table;
    /** Answer `response.position`. Reads only; backends without positions answer 0. */
    bool want_position;
    /** Answer `response.consumed`: ReturnConsumedCapacity. */
    bool want_capacity;
    /** Answer `response.collections`: ReturnItemCollectionMetrics. Writes only. */
    bool want_collections;
    const struct dynr_table_update *table_update;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_REQUEST_INIT                                                                      \
        {                                                                                          \
            sizeof(struct dynr_request)                                                            \
        }
#else
#    define DYNR_REQUEST_INIT                                                                      \
        {                                                                                          \
            .size = sizeof(struct dynr_request)                                                    \
        }
#endif

/** Why one operation of a cancelled transaction failed; `code` is "None" for the others. */
struct dynr_cancellation_reason {
    struct dynr_str code;
    struct dynr_str message;
    /** The item as it stands, when it was asked for; else empty. */
    struct dynr_str item;
};

/** Capacity units of one index. */
struct dynr_consumed_index {
    struct dynr_str name;
    bool is_local;
    double read_units;
    double write_units;
};

/**
 * Capacity units of one table, as the service counts them: of reads 4 KB each, half where they are eventually consistent, of writes 1 KB
 * each, the larger of the item before and after; twice in transactions.
 */
struct dynr_consumed {
    struct dynr_str table;
    /** All of it. */
    double read_units;
    double write_units;
    /** Without the indexes. */
    double table_read_units;
    double table_write_units;
    /** Those that consumed something. */
    const struct dynr_consumed_index *indexes;
    size_t n_indexes;
};

/** The items of one partition key in a table with local indexes, their index entries included. */
struct dynr_item_collection {
    struct dynr_str table;
    /** `{"pk":{"S":"x"}}` */
    struct dynr_str partition_key;
    uint64_t size_bytes;
};

struct dynr_response {
    /** GetItem: the item. Writes: what `return_values` asked for. Empty: no such item, or nothing asked. */
    struct dynr_str item;
    /**
     * Query, Scan: the page's items. BatchGetItem, TransactGetItems: one per operation, in the order of the
     * operations; empty where there is no such item.
     */
    const struct dynr_str *items;
    size_t n_items;
    /** Query, Scan: items that passed the filter, and items evaluated. */
    uint64_t count;
    uint64_t scanned_count;
    /** Query, Scan: the key to go on from, or empty at the end. */
    struct dynr_str last_key;
    /** Batches: indexes of operations that were not carried out and may be sent again. */
    const size_t *unprocessed;
    size_t n_unprocessed;
    /** DYNR_ERR_TRANSACTION_CANCELED: one per operation. Filled although the status is not DYNR_OK. */
    const struct dynr_cancellation_reason *reasons;
    size_t n_reasons;
    const struct dynr_table_definition *table;
    const struct dynr_str *table_names;
    size_t n_table_names;
    struct dynr_str last_table;
    /**
     * With `want_position`: the read saw every change up to this position and none after it. Writes: position of the last change
     * that this request made (stream.h), 0 where it changed nothing or the backend has no positions. A transaction that is known
     * by its token answers the position of the first time.
     */
    uint64_t position;
    /** Sizes of the items that a read looked at, before filter and projection. */
    uint64_t size_bytes;
    /** With `want_capacity`: one per table, in the order of first use. Filled also for DYNR_ERR_CONDITION_FAILED. */
    const struct dynr_consumed *consumed;
    size_t n_consumed;
    /** With `want_collections`: one per partition key of tables with local indexes, in the order of first use. */
    const struct dynr_item_collection *collections;
    size_t n_collections;
};

struct dynr_backend;

/**
 * Called exactly once per started request, perhaps before dynr_backend_start returns. `err` is never NULL;
 * its status is the request's outcome.
 */
typedef void (*dynr_complete_fn)(void *context, const struct dynr_response *response,
                                 const struct dynr_error *err);

/** What a backend implements. `size` is sizeof of the struct that the implementation was compiled with. */
struct dynr_backend_methods {
    size_t size;
    /** Starts a request; never blocks for the network; the embedded engine completes inline. */
    void (*start)(struct dynr_backend *backend, const struct dynr_request *request,
                  struct dynr_arena *arena, dynr_complete_fn complete, void *context);
    /** Drives pending requests until at least one completes. NULL where all complete inline. */
    enum dynr_status (*wait)(struct dynr_backend *backend, struct dynr_error *err);
    void (*destroy)(struct dynr_backend *backend);
    /**
     * A request costs neither a round trip nor capacity, so that a write may be tried where others read first (struct
     * dynr_write_gate). Taken as false where `size` says that it is not there.
     */
    bool is_local;
};

/** Base of every backend: an implementation's struct begins with it. */
struct dynr_backend {
    const struct dynr_backend_methods *methods;
};

/** Starts a request. `complete` is called exactly once. */
DYNR_API void dynr_backend_start(struct dynr_backend *backend, const struct dynr_request *request,
                                 struct dynr_arena *arena, dynr_complete_fn complete,
                                 void *context);

/**
 * Executes a request and waits for its end. `response` is zeroed first and filled also for
 * DYNR_ERR_CONDITION_FAILED (`item`) and DYNR_ERR_TRANSACTION_CANCELED (`reasons`).
 */
DYNR_API enum dynr_status dynr_backend_call(struct dynr_backend *backend,
                                            const struct dynr_request *request,
                                            struct dynr_arena *arena,
                                            struct dynr_response *response, struct dynr_error *err);

/** Ends the backend and frees it. Requests must have completed. `NULL` is fine. */
DYNR_API void dynr_backend_destroy(struct dynr_backend *backend);

DYNR_END_DECLS

#endif
