/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What requests look like, as constant tables, and the nodes that a body is read into by them. Items, keys and names of
 * attributes are kept as their text: what is inside concerns the store, and only where a request fails does anybody look
 * whether the service would have objected to it earlier (dynr_shape_check_raw).
 */
#ifndef DYNR_SERVICE_SHAPE_H
#define DYNR_SERVICE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/str.h"

enum service_field {
#define SERVICE_FIELD(name, text) SERVICE_FIELD_##name,
#include "service/field.def"
#undef SERVICE_FIELD
    SERVICE_FIELD_COUNT,
};

enum service_kind {
    SERVICE_STRING,
    SERVICE_BLOB,
    SERVICE_BOOLEAN,
    SERVICE_INTEGER,
    SERVICE_LONG,
    SERVICE_LIST,
    SERVICE_MAP,
    SERVICE_STRUCTURE,
};

enum service_presence {
    SERVICE_OPTIONAL,
    /** "Member must not be null", one of the validation errors. */
    SERVICE_NOT_NULL,
    /** "The parameter 'TableName' is required but was not present in the request", before all others. */
    SERVICE_REQUIRED,
};

struct service_shape;

struct service_member {
    enum service_field field;
    const struct service_shape *shape;
    enum service_presence presence;
};

struct service_shape {
    enum service_kind kind;
    /** A structure's class, or that of a map's values, in the service's messages. */
    const char *type;
    const struct service_member *members;
    size_t n_members;
    /** Of a list, or a map's values. */
    const struct service_shape *element;
    /** Lists and maps: kept as text. */
    bool is_raw;
    /** Bounds of a number, of a text's length in bytes, or of a list's or map's number of elements. */
    bool has_least;
    bool has_most;
    int64_t least;
    int64_t most;
    /** The text of the only pattern there is: DYNR_NAME_PATTERN. */
    const char *pattern;
    /** Ends with NULL. */
    const char *const *values;
    /** Of a map's keys and of its values as a whole. */
    const struct service_shape *key;
    const struct service_shape *value_bounds;
    /** A table's ARN does in place of its name. */
    bool takes_arn;
    /** A fault is reported alone, before those of other members. */
    bool is_first;
    /** "Value at 'Limit' failed ...": as some of the service's newer checks name members; after the others. */
    bool is_terse;
};

#define DYNR_NAME_PATTERN "[a-zA-Z0-9_.-]+"

struct service_node {
    /** NULL: absent. */
    const struct service_shape *shape;
    /** A string; the JSON of what is raw. */
    struct dynr_str text;
    int64_t number;
    bool boolean;
    /** One per member of a structure; elements of a list; values of a map. */
    struct service_node *children;
    /** Of a map. */
    struct dynr_str *keys;
    size_t n_children;
    /** Of a list or map: that were read, and not kept, since there were too many. Validation refuses it. */
    size_t n_dropped;
};

static inline bool dynr_node_is_present(const struct service_node *node)
{
    return node != NULL && node->shape != NULL;
}

/** A structure's member; never NULL (an absent node where the structure is absent). */
const struct service_node *dynr_node_member(const struct service_node *structure,
                                            enum service_field field);
/** Its text; empty where it is absent. */
struct dynr_str dynr_node_text(const struct service_node *structure, enum service_field field);
bool dynr_node_has(const struct service_node *structure, enum service_field field);
bool dynr_node_true(const struct service_node *structure, enum service_field field);

const char *dynr_field_name(enum service_field field);

enum service_read_result {
    SERVICE_READ_OK,
    /** Malformed JSON, or a value of the wrong type; `message` says which (empty: malformed). */
    SERVICE_READ_TYPE,
    SERVICE_READ_NO_MEMORY,
};

struct service_read_fault {
    struct dynr_str message;
};

/**
 * Reads `json` by `shape`. Of a list with a bound no more is kept than its faults are told by, and of all of it a few times the
 * length of `json`; the types of the rest are checked all the same.
 */
enum service_read_result dynr_shape_read(const struct service_shape *shape, struct dynr_str json,
                                         struct dynr_arena *arena, struct service_node *out,
                                         struct service_read_fault *fault);
/** The same, for a message: with so many bytes of nodes. */
enum service_read_result dynr_shape_read_some(const struct service_shape *shape,
                                              struct dynr_str json, size_t most_bytes,
                                              struct dynr_arena *arena, struct service_node *out,
                                              struct service_read_fault *fault);
/** Reads it with everything that is raw, for the types' sake, and keeps nothing. */
enum service_read_result dynr_shape_check_raw(const struct service_shape *shape,
                                              struct dynr_str json, struct dynr_arena *arena,
                                              struct service_read_fault *fault);

/**
 * Appends the service's message where `node` does not satisfy its shape: "2 validation errors detected: ...". Nothing: it
 * does. A buffer that failed is the caller's to notice.
 */
void dynr_shape_validate(const struct service_node *node, struct dynr_arena *arena,
                         struct dynr_buf *out);
/** A value as the service's messages show it; of a long one, the first SERVICE_SHOWN_BYTES and "...". */
#define SERVICE_SHOWN_BYTES 32768u
void dynr_node_show(const struct service_node *node, struct dynr_arena *arena,
                    struct dynr_buf *out);

bool dynr_is_name(struct dynr_str text);
/** "arn:...:table/NAME" */
bool dynr_is_table_arn(struct dynr_str text, struct dynr_str *out_name);

/* ---- the tables ---- */

extern const struct service_shape dynr_shape_attribute;
extern const struct service_shape dynr_shape_attributes;
extern const struct service_shape dynr_shape_batch_execute_statement;
extern const struct service_shape dynr_shape_batch_get_item;
extern const struct service_shape dynr_shape_batch_write_item;
extern const struct service_shape dynr_shape_condition_map;
extern const struct service_shape dynr_shape_create_table;
extern const struct service_shape dynr_shape_delete_item;
extern const struct service_shape dynr_shape_delete_table;
extern const struct service_shape dynr_shape_describe_stream;
extern const struct service_shape dynr_shape_describe_table;
extern const struct service_shape dynr_shape_empty;
extern const struct service_shape dynr_shape_execute_statement;
extern const struct service_shape dynr_shape_execute_transaction;
extern const struct service_shape dynr_shape_get_item;
extern const struct service_shape dynr_shape_get_records;
extern const struct service_shape dynr_shape_get_shard_iterator;
extern const struct service_shape dynr_shape_list_streams;
extern const struct service_shape dynr_shape_list_tables;
extern const struct service_shape dynr_shape_list_tags_of_resource;
extern const struct service_shape dynr_shape_put_item;
extern const struct service_shape dynr_shape_query;
extern const struct service_shape dynr_shape_scan;
extern const struct service_shape dynr_shape_tag_resource;
extern const struct service_shape dynr_shape_transact_get_items;
extern const struct service_shape dynr_shape_transact_write_items;
extern const struct service_shape dynr_shape_untag_resource;
extern const struct service_shape dynr_shape_update_continuous_backups;
extern const struct service_shape dynr_shape_update_item;
extern const struct service_shape dynr_shape_update_table;
extern const struct service_shape dynr_shape_update_time_to_live;

#endif
