/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an update may change.
 */
#include "typed/update_check.h"

#include "typed/validate.h"

static enum dynr_status refuse(const struct dynr_field_desc *field, const char *message,
                               struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c(field->name), "%s",
                           message);
}

static bool keys_use(const struct dynr_entity_desc *entity, const struct dynr_field_desc *field)
{
    bool used =
        dynr_key_uses_field(entity->partition, field) || dynr_key_uses_field(entity->sort, field);
    for (size_t i = 0; i < entity->n_index_keys && !used; i++) {
        used = dynr_key_uses_field(entity->index_keys[i].partition, field) ||
               dynr_key_uses_field(entity->index_keys[i].sort, field);
    }
    for (size_t i = 0; i < entity->n_uniques && !used; i++) {
        used = dynr_key_uses_field(entity->uniques[i].partition, field) ||
               dynr_key_uses_field(entity->uniques[i].sort, field);
    }
    return used;
}

static enum dynr_status check_add(const struct dynr_entity_desc *entity,
                                  const struct dynr_field_desc *field, struct dynr_error *err)
{
    enum dynr_kind kind = field->type->kind;
    if (kind != DYNR_KIND_INT32 && kind != DYNR_KIND_INT64 && kind != DYNR_KIND_FLOAT &&
        kind != DYNR_KIND_DECIMAL) {
        return refuse(field, "only a number can be added to", err);
    }
    return keys_use(entity, field) ? refuse(field, "keys use it: it cannot be added to", err)
                                   : DYNR_OK;
}

static enum dynr_status check_change(const struct dynr_entity_desc *entity,
                                     const struct dynr_change *change, struct dynr_error *err)
{
    const struct dynr_field_desc *field = &entity->row->fields[change->field];
    if (change->field == entity->version || change->field == entity->updated_at ||
        change->field == entity->deleted_at) {
        return refuse(field, "is set by the runtime alone", err);
    }
    if (field->attribute == NULL) {
        return refuse(field, "is not stored", err);
    }
    switch (change->kind) {
    case DYNR_CHANGE_REMOVE:
        return field->presence == DYNR_REQUIRED ? refuse(field, "is required", err) : DYNR_OK;
    case DYNR_CHANGE_SET:
        return change->value == NULL ? refuse(field, "has no value", err)
                                     : dynr_validate_member(field, change->value, err);
    case DYNR_CHANGE_ADD:
        return change->value == NULL ? refuse(field, "has no value", err)
                                     : check_add(entity, field, err);
    }
    return refuse(field, "there is no such kind of change", err);
}

enum dynr_status dynr_update_check(const struct dynr_update *update, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    for (size_t i = 0; i < update->n_changes; i++) {
        const struct dynr_change *change = &update->changes[i];
        if (change->field >= entity->row->n_fields) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s has no field %u", entity->name,
                             (unsigned)change->field);
        }
        enum dynr_status status = check_change(entity, change, err);
        if (status != DYNR_OK) {
            return status;
        }
        for (size_t j = 0; j < i; j++) {
            if (update->changes[j].field == change->field) {
                return refuse(&entity->row->fields[change->field], "is changed twice", err);
            }
        }
    }
    if (update->mode != DYNR_UPDATE_FIELDS && entity->deleted_at == DYNR_NO_FIELD) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s is not soft-deleted", entity->name);
    }
    return DYNR_OK;
}
