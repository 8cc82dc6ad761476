/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as texts and as DynamoDB JSON, and conditions on sort keys. */
#ifndef DYNR_TYPED_KEY_H
#define DYNR_TYPED_KEY_H

#include "typed/type.h"

/* The service's limits, in bytes. */
#define DYNR_PARTITION_KEY_MAX 2048
#define DYNR_SORT_KEY_MAX      1024

/*
 * The raw key: key text, or the native value (a number's text, bytes). `out->ptr` is NULL when an optional part is absent.
 * DYNR_ERR_TOO_LARGE beyond `limit`.
 */
enum dynr_status dynr_key_text(const struct dynr_key_template *key, const void *row, size_t limit,
                               struct dynr_arena *arena, struct dynr_str *out,
                               struct dynr_error *err);
/* Appends a raw key of type 'S', 'N' or 'B' as an attribute value: {"S":"USER#1"}. */
void dynr_key_append_raw(char type, struct dynr_str raw, struct dynr_buf *out);
/* The raw key in an attribute value; false when it is no scalar of `type`. */
bool dynr_key_read_raw(char type, struct dynr_str value, struct dynr_arena *arena,
                       struct dynr_str *out);
/* Order of two raw keys of one type. */
int dynr_key_compare_raw(char type, struct dynr_str a, struct dynr_str b);

/* Both attributes of a key. */
struct dynr_key_pair {
    struct dynr_str partition;
    /* `ptr` is NULL where there is no sort key. */
    struct dynr_str sort;
};

/* DYNR_ERR_MISSING when a part is absent: base keys have none that may be. */
enum dynr_status dynr_key_pair_build(const struct dynr_key_template *partition,
                                     const struct dynr_key_template *sort, const void *row,
                                     struct dynr_arena *arena, struct dynr_key_pair *out,
                                     struct dynr_error *err);
/* {"pk":{"S":"..."},"sk":{"S":"..."}} */
enum dynr_status dynr_key_pair_json(const struct dynr_table_desc *table,
                                    const struct dynr_key_pair *pair, struct dynr_arena *arena,
                                    struct dynr_str *out, struct dynr_error *err);
/* The base key of an entity's row or key struct. */
enum dynr_status dynr_entity_key_json(const struct dynr_entity_desc *entity, const void *row,
                                      struct dynr_arena *arena, struct dynr_str *out,
                                      struct dynr_error *err);

/* Whether a part of `key` lies in the bytes of `field`. */
bool dynr_key_uses_field(const struct dynr_key_template *key, const struct dynr_field_desc *field);

enum dynr_sort_op {
    DYNR_SORT_ANY,
    /** Nothing can match. */
    DYNR_SORT_NOTHING,
    DYNR_SORT_IS,
    DYNR_SORT_STARTS_WITH,
    DYNR_SORT_FROM,
    DYNR_SORT_AFTER,
    DYNR_SORT_TO,
    DYNR_SORT_BEFORE,
    DYNR_SORT_FROM_TO,
};

/* What a query asks of the sort key; raw keys. */
struct dynr_sort_range {
    enum dynr_sort_op op;
    char type;
    struct dynr_str low;
    struct dynr_str high;
    /* The bounds themselves do not belong to it: what the key condition cannot say, the reader drops. */
    bool drop_low;
    bool drop_high;
    /* Keys that begin otherwise do not belong to it; usually empty. */
    struct dynr_str prefix;
};

enum dynr_status dynr_sort_range_build(const struct dynr_query *query, struct dynr_arena *arena,
                                       struct dynr_sort_range *out, struct dynr_error *err);
/* Whether a raw sort key is in the range. */
bool dynr_sort_range_holds(const struct dynr_sort_range *range, struct dynr_str sort);

#endif
