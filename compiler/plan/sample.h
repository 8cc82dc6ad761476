/* SPDX-License-Identifier: Apache-2.0 */
/* Sample rows of the self-check: awkward values, the same in every run. */
#ifndef DYN_PLAN_SAMPLE_H
#define DYN_PLAN_SAMPLE_H

#include "plan/derive.h"

/** Rows of each entity. */
#define DYN_SAMPLE_ROWS 8

/**
 * The value that row `row` of `entity` has: an index into the values of its type, in ascending order, so that indexes
 * compare as values do. -1: absent. The same indexes appear in parents and children, so that rows are related.
 */
int dyn_sample_index(const struct dyn_plan_entity *entity, const struct dyn_key_value *value,
                     size_t row);
/** False for rows that have the key of an earlier one (types with few values). */
bool dyn_sample_is_distinct(const struct dyn_plan_entity *entity, size_t row);
/** Appends the value as `key` holds it: key text, or for native keys bytes in the order of the values. */
void dyn_sample_append(const struct dyn_type *type, int index, const struct dyn_key_template *key,
                       bool fold, struct dynr_buf *out);
/** The index of the first value that is equal without case. */
int dyn_sample_folded(const struct dyn_type *type, int index);

#endif
