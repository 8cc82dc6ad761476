/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guard items: while a row holds a unique value, an item stands at the value's key and points to the row.
 */
#ifndef DYNR_TYPED_GUARD_H
#define DYNR_TYPED_GUARD_H

#include "typed/write_set.h"

/* Attributes of a guard item: the key of the row that it stands for. */
#define DYNR_GUARD_PARTITION "_pk"
#define DYNR_GUARD_SORT      "_sk"
/* Its type attribute. */
#define DYNR_GUARD_TAG "UNIQUE"

/* The guard's key as JSON; `out->ptr` is NULL where the row does not hold the value. */
enum dynr_status dynr_guard_key(const struct dynr_entity_desc *entity,
                                const struct dynr_unique_desc *unique, const void *row,
                                struct dynr_arena *arena, struct dynr_str *out,
                                struct dynr_error *err);

/* Adds the guards of a new row to `set`. */
enum dynr_status dynr_guards_create(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *row,
                                    struct dynr_error *err);
/* Adds the removal of a row's guards. */
enum dynr_status dynr_guards_delete(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *row,
                                    struct dynr_error *err);
/*
 * Adds what leads from the guards of `old_row` to those of `new_row`. `moved`: the row's own key changes, too, so that guards
 * that stay have to point elsewhere.
 */
enum dynr_status dynr_guards_change(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *old_row,
                                    const void *new_row, bool moved, struct dynr_error *err);

#endif
