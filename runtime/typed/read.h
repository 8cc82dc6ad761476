/* SPDX-License-Identifier: Apache-2.0 */
/* What all reads share: which attributes are asked for, and which rows are to be seen. */
#ifndef DYNR_TYPED_READ_H
#define DYNR_TYPED_READ_H

#include "typed/client.h"
#include "typed/decode_item.h"
#include "typed/placeholders.h"

struct dynr_row_read {
    const struct dynr_entity_desc *entity;
    const struct dynr_struct_desc *desc;
    struct dynr_str table;
    /* Empty: all attributes. */
    struct dynr_str projection;
    /* The attribute that hides a row while it is there, or NULL where deleted rows are to be seen. */
    const char *deleted_attribute;
};

/*
 * Prepares reading rows of `entity` as `desc`. `extra` are attributes that the reader needs besides (NULL-terminated; may be
 * NULL). Names of the projection go to `placeholders`. `whole`: no projection, whatever `desc` is.
 */
enum dynr_status dynr_row_read_prepare(struct dynr_row_read *read, const struct dynr_client *client,
                                       const struct dynr_entity_desc *entity,
                                       const struct dynr_struct_desc *desc, unsigned flags,
                                       bool whole, const char *const *extra,
                                       struct dynr_placeholders *placeholders,
                                       struct dynr_arena *arena, struct dynr_error *err);

/* Decodes an item; `out_visible` is false for a soft-deleted row. */
enum dynr_status dynr_row_read_decode(const struct dynr_row_read *read, struct dynr_str item,
                                      struct dynr_field_order *order, struct dynr_arena *arena,
                                      void *out_row, bool *out_visible, struct dynr_error *err);

/* Whether `item` has `attribute` with a value other than NULL. */
bool dynr_item_has(struct dynr_str item, const char *attribute);

/* One item by its key, as text; DYNR_ERR_NOT_FOUND. */
enum dynr_status dynr_item_fetch(const struct dynr_client *client,
                                 const struct dynr_table_desc *table, struct dynr_str key,
                                 bool consistent, struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err);

/* ---- cursor.c ------------------------------------------------------------------------------------------------ */

/* Where a page ended, from the key attributes in `item` (a row, or the service's last key). */
enum dynr_status dynr_cursor_make(const struct dynr_path_desc *path, struct dynr_str item,
                                  struct dynr_arena *arena, struct dynr_str *out,
                                  struct dynr_error *err);

struct dynr_cursor {
    /* Raw keys of what the query walks along. */
    struct dynr_str partition;
    struct dynr_str sort;
    /* ExclusiveStartKey. */
    struct dynr_str start_key;
};

/* DYNR_ERR_INVALID_ARGUMENT for a text that dynr_cursor_make did not write for such a path. */
enum dynr_status dynr_cursor_read(const struct dynr_path_desc *path, struct dynr_str text,
                                  struct dynr_arena *arena, struct dynr_cursor *out,
                                  struct dynr_error *err);

#endif
