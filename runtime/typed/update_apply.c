/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes applied to a row in memory: for keys that have to be computed, and for rows that move.
 */
#include "typed/write.h"

#include <math.h>

static enum dynr_status sum_failed(const struct dynr_field_desc *field, struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c(field->name),
                           "the sum would leave its bounds");
}

static bool add_int(int64_t a, int64_t b, int64_t low, int64_t high, int64_t *out)
{
    if ((b > 0 && a > high - b) || (b < 0 && a < low - b)) {
        return false;
    }
    *out = a + b;
    return true;
}

/* The member grows by `delta`; an absent one counts as zero. */
static enum dynr_status apply_add(const struct dynr_field_desc *field, const void *delta, void *row,
                                  struct dynr_arena *arena, struct dynr_error *err)
{
    void *value = (char *)row + field->offset;
    bool fits = true;
    int64_t sum = 0;
    switch ((int)field->type->kind) {
    case DYNR_KIND_INT32:
        fits = add_int(*(int32_t *)value, *(const int32_t *)delta, INT32_MIN, INT32_MAX, &sum);
        *(int32_t *)value = (int32_t)sum;
        break;
    case DYNR_KIND_INT64:
        fits = add_int(*(int64_t *)value, *(const int64_t *)delta, INT64_MIN, INT64_MAX, &sum);
        *(int64_t *)value = sum;
        break;
    case DYNR_KIND_FLOAT:
        *(double *)value += *(const double *)delta;
        break;
    default: {
        struct dynr_decimal *decimal = value;
        if (decimal->text.len == 0) {
            decimal->text = dynr_str_from_c("0");
        }
        enum dynr_status status =
            dynr_decimal_add(*decimal, *(const struct dynr_decimal *)delta, arena, decimal, err);
        if (status != DYNR_OK) {
            return status;
        }
        break;
    }
    }
    if (field->presence != DYNR_REQUIRED) {
        *((bool *)row + field->presence) = true;
    }
    return fits ? DYNR_OK : sum_failed(field, err);
}

enum dynr_status dynr_update_apply_changes(const struct dynr_update *update, int64_t now_ms,
                                           struct dynr_arena *arena, void *row,
                                           struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    for (size_t i = 0; i < update->n_changes; i++) {
        const struct dynr_change *change = &update->changes[i];
        const struct dynr_field_desc *field = &entity->row->fields[change->field];
        enum dynr_status status = DYNR_OK;
        if (change->kind == DYNR_CHANGE_ADD) {
            status = apply_add(field, change->value, row, arena, err);
        } else {
            dynr_field_assign(field, row, change->kind == DYNR_CHANGE_SET ? change->value : NULL);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    if (update->mode != DYNR_UPDATE_FIELDS) {
        const struct dynr_field_desc *field = &entity->row->fields[entity->deleted_at];
        struct dynr_timestamp now = {now_ms};
        dynr_field_assign(field, row, update->mode == DYNR_UPDATE_DELETE ? &now : NULL);
    }
    dynr_row_set_time(entity, entity->updated_at, row, now_ms);
    dynr_row_set_version(entity, row, dynr_row_version(entity, row) + 1);
    return DYNR_OK;
}
