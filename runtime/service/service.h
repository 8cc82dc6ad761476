/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the service share. Not a public header.
 *
 * A call reads its body by a constant table (shape.h), checks it as the service does, makes one request of the store and writes
 * its answer. A write of items is cut in two: what comes before the store, and what comes after it, so that nobody has to wait
 * between them (service.c). Functions return false where the call failed; `call->fault` then says how. Memory is the call's arena; there is
 * nothing to clean up.
 */
#ifndef DYNR_SERVICE_SERVICE_H
#define DYNR_SERVICE_SERVICE_H

#include <stdatomic.h>

#include "dynr/local.h"
#include "dynr/service.h"
#include "service/shape.h"

#define SERVICE_ACCOUNT "000000000000"

/* Names of errors, as "__type" gives them. */
#define SERVICE_ERROR_PREFIX  "com.amazonaws.dynamodb.v20120810#"
#define SERVICE_VALIDATION    "com.amazon.coral.validate#ValidationException"
#define SERVICE_SERIALIZATION "com.amazon.coral.service#SerializationException"
#define SERVICE_UNKNOWN       "com.amazon.coral.service#UnknownOperationException"
#define SERVICE_ACCESS_DENIED "com.amazon.coral.service#AccessDeniedException"
#define SERVICE_INTERNAL      "com.amazon.coral.service#InternalServerError"
#define SERVICE_NO_TABLE      SERVICE_ERROR_PREFIX "ResourceNotFoundException"
#define SERVICE_IN_USE        SERVICE_ERROR_PREFIX "ResourceInUseException"

struct dynr_service {
    struct dynr_backend *store;
    const struct dynr_clock *clock;
    char region[64];
    bool isolate;
    /* No table has a name of an earlier version (name.c): looked up once. */
    atomic_bool has_own_names;
};

/* Why a call fails. */
struct service_fault {
    /* NULL: it does not. */
    const char *type;
    int http_status;
    struct dynr_str message;
    /* ConditionalCheckFailedException: the item, where it was asked for. */
    struct dynr_str item;
    /* TransactionCanceledException. */
    const struct dynr_cancellation_reason *reasons;
    size_t n_reasons;
    /* The store has seen valid items and keys: nothing that is wrong with the body comes before this. */
    bool is_late;
};

/* A buffer whose memory is the call's. */
struct service_text {
    struct dynr_allocator allocator;
    struct dynr_buf buf;
};

/* A write that is the store's, from the end of its operation's `run` to the begin of its `finish`. */
struct service_write {
    struct dynr_request request;
    struct dynr_response response;
    struct dynr_error err;
    /* The operation's own. */
    void *state;
};

struct service_operation;

struct service_call {
    struct dynr_service *service;
    const struct dynr_service_request *request;
    const struct service_operation *operation;
    struct dynr_arena *arena;
    struct service_node input;
    struct service_text answer;
    struct service_fault fault;
    struct service_write write;
    /* Who calls has others to serve; and that it takes too long for him was found: nothing was done. */
    bool is_hurried;
    bool is_put_off;
};

typedef bool (*service_run_fn)(struct service_call *call);

struct service_operation {
    const char *name;
    const struct service_shape *input;
    /* Carries it out; of an operation with `finish`, it only says in `call->write.request` what the store is to do. */
    service_run_fn run;
    /* Writes the answer when the store has done it, or not. NULL: `run` did it all. */
    service_run_fn finish;
    /* It waits for the store several times, or reads much. */
    bool is_slow;
};

/* ---- faults (fault.c) ---- */

bool dynr_service_no_memory(struct service_call *call);
/* ValidationException. */
bool dynr_service_invalid(struct service_call *call, const char *format, ...) DYNR_PRINTF(2, 3);
bool dynr_service_fail(struct service_call *call, const char *type, const char *format, ...)
    DYNR_PRINTF(3, 4);
/* What the store says. */
bool dynr_service_fail_status(struct service_call *call, const struct dynr_error *err);
void dynr_service_fault_write(const struct service_fault *fault, struct dynr_buf *out);

/* ---- text (text.c) ---- */

void dynr_service_text_init(struct service_text *text, struct dynr_arena *arena);
/* The text so far; false where memory ran out. */
bool dynr_service_text_end(struct service_call *call, struct service_text *text,
                           struct dynr_str *out);
/* `,"name":` or, behind `{`, `"name":`. The name is plain. */
void dynr_service_key(struct dynr_buf *out, const char *name);
void dynr_service_key_text(struct dynr_buf *out, const char *name, struct dynr_str text);
/* Seconds since 1970 with milliseconds: 1767225600.123. */
void dynr_service_key_time(struct dynr_buf *out, const char *name, int64_t ms);
/* 0.5, 1.0: units of capacity. */
void dynr_service_key_units(struct dynr_buf *out, const char *name, double units);
/* An object's members, without its braces: of `{ "a": 1 }` it is `"a": 1`; empty for an empty one. */
struct dynr_str dynr_service_members(struct dynr_str object);
/* From the first `part` in `text` on; `ptr` is NULL where there is none. */
struct dynr_str dynr_service_find(struct dynr_str text, const char *part);

/* ---- tables' names and ARNs (name.c) ---- */

struct dynr_str dynr_service_region(const struct service_call *call);
/* The store's name of a table that a request calls `given`, by its name or its ARN. */
bool dynr_service_stored_name(struct service_call *call, struct dynr_str given,
                              struct dynr_str *out);
/* The same for the member TableName of `structure`. */
bool dynr_service_table(struct service_call *call, const struct service_node *structure,
                        struct dynr_str *out);
/* From the store's name back. */
struct dynr_str dynr_service_shown_name(const struct service_call *call, struct dynr_str stored);
/* What the store's names of the caller's tables begin with; empty where they are not kept apart. */
bool dynr_service_prefix(struct service_call *call, struct dynr_str *out);
void dynr_service_write_arn(const struct service_call *call, struct dynr_str stored,
                            struct dynr_buf *out);

/* ---- what operations on items share (expressions.c, legacy.c, capacity.c) ---- */

/* Expressions of one request, as the store takes them. */
struct service_expressions {
    struct dynr_str condition;
    struct dynr_str update;
    struct dynr_str key_condition;
    struct dynr_str filter;
    struct dynr_str projection;
    struct dynr_str names;
    struct dynr_str values;
    /* Some of them stand for members of the first API. */
    bool is_translated;
};

struct service_expression_rule {
    /* In the order in which the service lists them; end with SERVICE_FIELD_COUNT. */
    const enum service_field *expressions;
    const enum service_field *others;
    /* NULL, or what the operation checks behind the first API's filters and before its expressions. */
    service_run_fn check;
};

/* Reads the expressions that `structure` has, and translates those of the first API. */
bool dynr_service_expressions(struct service_call *call, const struct service_node *structure,
                              const struct service_expression_rule *rule,
                              struct service_expressions *out);
/* What is wrong with the values of the structure's Item or Key, which comes before most else. */
bool dynr_service_check_values(struct service_call *call, const struct service_node *structure);

/* A translation under way: expressions with names and values of its own. */
struct service_translation {
    struct service_call *call;
    struct service_text names;
    struct service_text values;
    size_t n_names;
    size_t n_values;
    /* Of KeyConditions. */
    bool is_key;
};

/* One condition of the first API; checks it, and appends it to `out`. */
bool dynr_service_legacy_conditions(struct service_translation *translation,
                                    const struct service_node *conditions, bool is_or,
                                    struct dynr_buf *out);
bool dynr_service_legacy_expected(struct service_translation *translation,
                                  const struct service_node *expected, bool is_or,
                                  struct dynr_buf *out);
bool dynr_service_legacy_updates(struct service_translation *translation,
                                 const struct service_node *updates, struct dynr_buf *out);
bool dynr_service_legacy_projection(struct service_translation *translation,
                                    const struct service_node *names, struct dynr_buf *out);
void dynr_service_legacy_name(struct service_translation *translation, struct dynr_str name,
                              struct dynr_buf *out);
void dynr_service_legacy_value(struct service_translation *translation, struct dynr_str json,
                               struct dynr_buf *out);
/* Whether a member of KeyConditions has an operator that no key can be looked up by. */
bool dynr_service_has_unindexable(const struct service_node *conditions);
/* An attribute value on its own, as the service checks it. */
bool dynr_service_check_attribute(struct service_call *call, const struct service_node *value);
/* A whole item or key. */
bool dynr_service_check_item(struct service_call *call, struct dynr_str item);

enum service_capacity {
    SERVICE_CAPACITY_NONE,
    SERVICE_CAPACITY_TOTAL,
    SERVICE_CAPACITY_INDEXES,
};

enum service_capacity dynr_service_capacity(const struct service_node *input);
/* "ConsumedCapacity": the first one, or all of them. Nothing where none was asked for. */
void dynr_service_write_capacity(struct service_call *call, const struct dynr_response *response,
                                 bool is_list, bool is_transaction);
void dynr_service_write_collection(struct service_call *call, const struct dynr_response *response);
void dynr_service_write_collections(struct service_call *call,
                                    const struct dynr_response *response);
bool dynr_service_wants_metrics(const struct service_node *input);

/* Carries out a request. */
bool dynr_service_execute(struct service_call *call, const struct dynr_request *request,
                          struct dynr_response *response);
/* Carries out `call->write`. What comes of it is for dynr_service_written to say. */
void dynr_service_write(struct service_call *call);
/* Whether the store has done what `call->write` asked for; otherwise, what went wrong is the call's fault. */
bool dynr_service_written(struct service_call *call);

/* ---- operations ---- */

bool dynr_service_get_item(struct service_call *call);
bool dynr_service_put_item(struct service_call *call);
bool dynr_service_update_item(struct service_call *call);
bool dynr_service_delete_item(struct service_call *call);
bool dynr_service_item_written(struct service_call *call);
bool dynr_service_query(struct service_call *call);
bool dynr_service_scan(struct service_call *call);
bool dynr_service_batch_get_item(struct service_call *call);
bool dynr_service_batch_write_item(struct service_call *call);
bool dynr_service_batch_written(struct service_call *call);
bool dynr_service_transact_get_items(struct service_call *call);
bool dynr_service_transact_write_items(struct service_call *call);
bool dynr_service_transaction_written(struct service_call *call);
bool dynr_service_create_table(struct service_call *call);
bool dynr_service_update_table(struct service_call *call);
bool dynr_service_delete_table(struct service_call *call);
bool dynr_service_describe_table(struct service_call *call);
bool dynr_service_list_tables(struct service_call *call);
bool dynr_service_update_time_to_live(struct service_call *call);
bool dynr_service_describe_time_to_live(struct service_call *call);
bool dynr_service_tag_resource(struct service_call *call);
bool dynr_service_untag_resource(struct service_call *call);
bool dynr_service_list_tags_of_resource(struct service_call *call);
bool dynr_service_describe_limits(struct service_call *call);
bool dynr_service_describe_endpoints(struct service_call *call);
bool dynr_service_describe_continuous_backups(struct service_call *call);
bool dynr_service_update_continuous_backups(struct service_call *call);
bool dynr_service_list_streams(struct service_call *call);
bool dynr_service_describe_stream(struct service_call *call);
bool dynr_service_get_shard_iterator(struct service_call *call);
bool dynr_service_get_records(struct service_call *call);
bool dynr_service_execute_statement(struct service_call *call);
bool dynr_service_batch_execute_statement(struct service_call *call);
bool dynr_service_execute_transaction(struct service_call *call);

#endif
