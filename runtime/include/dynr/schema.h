/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generated constant tables are made of: types, structs, keys, entities, access paths; and the codecs that read them.
 *
 * Layout rules that the tables rely on:
 *   - a model's row struct begins with the members of its key struct, in the same order, and a child's key struct
 *     begins with its parent's key struct; so one key template serves rows, keys and, for the partition, parent keys;
 *   - an optional member `x` is preceded by `bool has_x`;
 *   - a list or set is a struct {items pointer; size_t n_items}; a map's items are structs {struct dynr_str key; T value};
 *   - strings, lists and bytes are borrowed: what a decode returns lives in the arena (or in the text decoded).
 */
#ifndef DYNR_SCHEMA_H
#define DYNR_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/backend.h"
#include "dynr/buf.h"
#include "dynr/status.h"
#include "dynr/str.h"
#include "dynr/value.h"

DYNR_BEGIN_DECLS

/* ---- types and structs ------------------------------------------------------------------------------------- */

/** How a member is stored in C, in DynamoDB JSON and in plain JSON: see the table in value.h. */
enum dynr_kind {
    DYNR_KIND_STRING =
        1, /**< struct dynr_str; S; also email and url, whose forms are checked (dynr_validate) */
    DYNR_KIND_EMAIL,
    DYNR_KIND_URL,
    DYNR_KIND_JSON, /**< struct dynr_str holding any JSON value's text; S; plain JSON: the value itself */
    DYNR_KIND_BOOL,
    DYNR_KIND_INT32,
    DYNR_KIND_INT64,
    DYNR_KIND_FLOAT,
    DYNR_KIND_DECIMAL,
    DYNR_KIND_BYTES,
    DYNR_KIND_DATE,
    DYNR_KIND_TIMESTAMP,
    DYNR_KIND_EPOCH, /**< struct dynr_timestamp; N of whole seconds (time-to-live attributes) */
    DYNR_KIND_ULID,
    DYNR_KIND_UUID,
    DYNR_KIND_ENUM,   /**< a C enum (int); N of the tag; plain JSON: its name */
    DYNR_KIND_STRUCT, /**< embedded by value; M */
    DYNR_KIND_REF, /**< a key struct, embedded by value; its one part as its own type, or parts joined as in keys (S) */
    DYNR_KIND_LIST,
    DYNR_KIND_SET, /**< SS, NS or BS by the element; an empty set is stored as no attribute */
    DYNR_KIND_MAP,
    DYNR_KIND_ROW, /**< pointer to another row struct or NULL (an include); plain JSON only */
};

/** No presence flag: the member is required. */
#define DYNR_REQUIRED UINT32_MAX

struct dynr_struct_desc;
struct dynr_type_desc;

/** One enum literal. */
struct dynr_enum_value {
    const char *name;
    int32_t tag;
};

struct dynr_enum_desc {
    const char *name;
    const struct dynr_enum_value *values;
    size_t n_values;
};

/** A type with its bounds. Bounds are lengths in code points (strings), bytes (bytes), values (ints) or elements. */
struct dynr_type_desc {
    enum dynr_kind kind;
    bool has_low;
    bool has_high;
    /** A 64-bit integer whose bounds lie within 2^53: a plain JSON number, else a string. */
    bool json_number;
    int64_t low;
    int64_t high;
    /** ENUM. */
    const struct dynr_enum_desc *enumeration;
    /** STRUCT, ROW, REF (the key struct: its fields in key order; nested refs allowed). */
    const struct dynr_struct_desc *structure;
    /** LIST, SET, MAP. */
    const struct dynr_type_desc *element;
    /** Bytes of one C element; for a map, of one {key, value} entry. */
    uint32_t element_size;
    /** MAP: offset of `value` in an entry. */
    uint32_t value_offset;
};

enum dynr_field_flag {
    /** Filled by the runtime on create when left zero: ULID, UUID, timestamp. */
    DYNR_FIELD_AUTO = 1,
    /** Not in plain JSON output. */
    DYNR_FIELD_HIDDEN = 2,
    /** Set by the runtime alone (createdAt, updatedAt, version, deletedAt): refused in plain JSON input. */
    DYNR_FIELD_MANAGED = 4,
    /** Has a default, so that plain JSON input may leave it out. */
    DYNR_FIELD_DEFAULT = 8,
};

/** One member of a struct. */
struct dynr_field_desc {
    /** Name in `.dyn` and plain JSON. */
    const char *name;
    /** Attribute in DynamoDB; NULL: not stored (an include). */
    const char *attribute;
    uint16_t name_len;
    uint16_t attribute_len;
    uint32_t flags;
    uint32_t offset;
    /** Offset of `bool has_x`, or DYNR_REQUIRED. */
    uint32_t presence;
    const struct dynr_type_desc *type;
};

/** `@claim` in the schema: the field of a caller that a claim of another name fills. */
struct dynr_claim {
    const char *field;
    const char *claim;
};

/** A struct: rows, keys, embedded structs, inputs, outputs, callers. */
struct dynr_struct_desc {
    const char *name;
    size_t size;
    const struct dynr_field_desc *fields;
    size_t n_fields;
    /** Sets the defaults on a zeroed struct, or NULL. */
    void (*set_defaults)(void *object);
    /** Of a caller: where its fields come from in a token. Those without an entry take the claim of their own name. */
    const struct dynr_claim *claims;
    size_t n_claims;
};

/* ---- codecs ------------------------------------------------------------------------------------------------ */

/**
 * Decodes an item (DynamoDB JSON text) into `out` (desc->size bytes) in one pass. Attributes that the struct does not
 * have are skipped; a missing required one is DYNR_ERR_MISSING, a wrong type DYNR_ERR_TYPE, and so on, with the field's
 * path in `err->field`. Bounds are not checked: what is stored was checked when it was written. Strings without escapes
 * borrow from `item`.
 *
 * A missing set is empty; another missing required member has its default where DYNR_FIELD_DEFAULT says that there is one. An
 * optional member that is missing or {"NULL":true} is absent, default or not. An attribute of the struct that stands there
 * twice is DYNR_ERR_SYNTAX. An enum tag that the schema does not know is 0.
 */
DYNR_API enum dynr_status dynr_decode_item(const struct dynr_struct_desc *desc,
                                           struct dynr_str item, struct dynr_arena *arena,
                                           void *out, struct dynr_error *err);
/** Appends the struct's attributes as members of an item, without braces: `"id":{"S":"..."},"n":{"N":"1"}`. */
DYNR_API enum dynr_status dynr_encode_members(const struct dynr_struct_desc *desc,
                                              const void *object, struct dynr_buf *out,
                                              struct dynr_error *err);
/** Appends the whole item with its braces. */
DYNR_API enum dynr_status dynr_encode_item(const struct dynr_struct_desc *desc, const void *object,
                                           struct dynr_buf *out, struct dynr_error *err);

/**
 * Decodes plain JSON (a procedure's input), checks every bound, refuses unknown members, and sets defaults first.
 * Errors name the field's path: "steps[2].label".
 */
DYNR_API enum dynr_status dynr_decode_json(const struct dynr_struct_desc *desc,
                                           struct dynr_str json, struct dynr_arena *arena,
                                           void *out, struct dynr_error *err);
/** Appends plain JSON. */
DYNR_API enum dynr_status dynr_encode_json(const struct dynr_struct_desc *desc, const void *object,
                                           struct dynr_buf *out, struct dynr_error *err);
/** Checks all bounds of a struct that C code filled: what every write does first. */
DYNR_API enum dynr_status dynr_validate(const struct dynr_struct_desc *desc, const void *object,
                                        struct dynr_error *err);

/** Name of an enum's tag, or NULL. */
DYNR_API const char *dynr_enum_name(const struct dynr_enum_desc *desc, int tag);
/** Tag of an enum's name; false when there is none. */
DYNR_API bool dynr_enum_tag(const struct dynr_enum_desc *desc, struct dynr_str name, int *out);

/* ---- values ------------------------------------------------------------------------------------------------ */

/**
 * Order of two values of one scalar type (also ENUM by tag, REF part by part), as DynamoDB and the keys order them: negative,
 * zero or positive. `a` and `b` point to members as the type is stored.
 */
DYNR_API int dynr_value_compare(const struct dynr_type_desc *type, const void *a, const void *b);
/** Whether a list or set of `type` holds an element equal to `element`. */
DYNR_API bool dynr_value_contains(const struct dynr_type_desc *type, const void *list,
                                  const void *element);
/** Whether both are the same text when A to Z count as a to z, as `@unique(fold)` compares. */
DYNR_API bool dynr_str_equal_folded(struct dynr_str a, struct dynr_str b);
/** Whether `part` stands somewhere in `text`. An empty part does. */
DYNR_API bool dynr_str_contains(struct dynr_str text, struct dynr_str part);
/** Sum and difference that stop at the limits instead of wrapping, for conditions. */
DYNR_API int64_t dynr_int64_sum(int64_t a, int64_t b);
DYNR_API int64_t dynr_int64_difference(int64_t a, int64_t b);
/** The same for values that are stored: `overflow` becomes true where the result does not fit, and never false. */
DYNR_API int64_t dynr_int64_sum_checked(int64_t a, int64_t b, bool *overflow);
DYNR_API int64_t dynr_int64_difference_checked(int64_t a, int64_t b, bool *overflow);
DYNR_API int32_t dynr_int32_checked(int64_t value, bool *overflow);

/* ---- keys -------------------------------------------------------------------------------------------------- */

/** One part of a key template: literal text, or a value at an offset of the row. */
struct dynr_key_part {
    /** Text that stands before the value (with delimiters), or the whole part when `type` is NULL. */
    const char *literal;
    uint16_t literal_len;
    /** A..Z become a..z first (`@unique(fold)`). */
    bool fold;
    uint32_t offset;
    /** Presence flag of the optional member that the value lies in, or DYNR_REQUIRED. */
    uint32_t presence;
    const struct dynr_type_desc *type;
};

/** How one key attribute is made. When an optional part is absent the whole attribute is. */
struct dynr_key_template {
    /** Attribute name, for instance "gsi1pk". */
    const char *attribute;
    /** The single value as it is (native S, N or B) instead of key text. */
    bool native;
    /** 'S', 'N' or 'B'. */
    char type;
    char delimiter;
    uint16_t n_parts;
    const struct dynr_key_part *parts;
};

/** Appends the key's text (not JSON). `out_present` false: an optional part is missing and nothing was appended. */
DYNR_API enum dynr_status dynr_key_build(const struct dynr_key_template *key, const void *row,
                                         struct dynr_buf *out, bool *out_present,
                                         struct dynr_error *err);

/* ---- tables, entities, paths ------------------------------------------------------------------------------- */

struct dynr_index_desc {
    const char *name;
    const char *partition_attribute;
    const char *sort_attribute; /**< NULL: none */
    char partition_type;
    char sort_type;
    bool is_local;
    enum dynr_projection_kind projection;
    const char *const *included;
    size_t n_included;
};

struct dynr_table_desc {
    /** Logical name; the client maps it to a physical one. */
    const char *name;
    /** Physical name written in the schema, or NULL: the logical one. */
    const char *physical_name;
    const char *partition_attribute;
    const char *sort_attribute; /**< NULL: none */
    char partition_type;
    char sort_type;
    /** Attribute that says which model an item is, or NULL. */
    const char *type_attribute;
    const char *ttl_attribute; /**< NULL: none */
    bool stream;
    const struct dynr_index_desc *indexes;
    size_t n_indexes;
};

struct dynr_entity_desc;

/** The key of an entity in one index. */
struct dynr_index_key {
    const struct dynr_index_desc *index;
    const struct dynr_key_template *partition;
    const struct dynr_key_template *sort; /**< NULL: the index has none */
};

/** A uniqueness rule: a guard item stands at this key while a row holds the value. */
struct dynr_unique_desc {
    /** Field, for messages. */
    const char *field;
    const struct dynr_key_template *partition;
    const struct dynr_key_template *sort; /**< NULL where the table has no sort key */
};

/** Rows of `entity` that live and die with their parent: found by this path, from the parent's key. */
struct dynr_child_desc {
    const struct dynr_path_desc *path;
};

#define DYNR_NO_FIELD UINT32_MAX

struct dynr_entity_desc {
    const char *name;
    /** Value of the table's type attribute. */
    const char *tag;
    const struct dynr_table_desc *table;
    /** The whole row. */
    const struct dynr_struct_desc *row;
    /** The key struct. */
    const struct dynr_struct_desc *key;
    const struct dynr_key_template *partition;
    const struct dynr_key_template *sort; /**< NULL where the table has none */
    const struct dynr_index_key *index_keys;
    size_t n_index_keys;
    const struct dynr_unique_desc *uniques;
    size_t n_uniques;
    const struct dynr_child_desc *children;
    size_t n_children;
    /** Indexes into row->fields of what traits manage, or DYNR_NO_FIELD. */
    uint32_t created_at;
    uint32_t updated_at;
    uint32_t version;
    uint32_t deleted_at;
};

enum dynr_path_kind {
    DYNR_PATH_GET = 1,  /**< by the whole base key */
    DYNR_PATH_CHILDREN, /**< the base table's partition, one kind of item in it */
    DYNR_PATH_UNIQUE,   /**< by a unique value, through its guard item */
    DYNR_PATH_INDEX,    /**< a partition of an index */
};

/** One proven way to reach rows of an entity. */
struct dynr_path_desc {
    const char *name;
    enum dynr_path_kind kind;
    const struct dynr_entity_desc *entity;
    /** NULL: the base table. */
    const struct dynr_index_desc *index;
    const struct dynr_key_template *partition;
    const struct dynr_key_template *sort; /**< NULL: none */
    /** Parts of `sort` that are literal text only, at its start (the entity's tag). */
    uint16_t n_literal;
    /** UNIQUE: which rule. */
    const struct dynr_unique_desc *unique;
};

DYNR_END_DECLS

#endif
