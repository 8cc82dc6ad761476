/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that procedures use: members of input and caller, constants, and what generated functions compute.
 */
#include "typed/procedure.h"

#include <string.h>

#include "typed/type.h"

void *dynr_call_alloc(const struct dynr_call *call, size_t count, size_t size)
{
    void *block = dynr_arena_calloc(call->arena, count, size);
    if (block == NULL) {
        (void)dynr_fail(call->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return block;
}

static struct dynr_call_value member(const void *object, const struct dynr_value_source *source)
{
    const char *bytes = object;
    struct dynr_call_value value = {.bytes = bytes + source->offset, .present = true};
    if (source->presence != DYNR_REQUIRED) {
        memcpy(&value.present, bytes + source->presence, sizeof value.present);
    }
    return value;
}

static enum dynr_status compute(const struct dynr_call *call,
                                const struct dynr_value_source *source, size_t size,
                                struct dynr_call_value *out)
{
    void *bytes = dynr_call_alloc(call, 1, size);
    if (bytes == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    out->bytes = bytes;
    out->present = true;
    return source->compute(call, bytes, &out->present);
}

enum dynr_status dynr_call_value(const struct dynr_call *call,
                                 const struct dynr_value_source *source, size_t size,
                                 struct dynr_call_value *out)
{
    *out = (struct dynr_call_value){NULL, false};
    switch (source->from) {
    case DYNR_FROM_NOTHING:
        break;
    case DYNR_FROM_INPUT:
        *out = member(call->input, source);
        break;
    case DYNR_FROM_CALLER:
        *out = member(call->caller, source);
        break;
    case DYNR_FROM_CONSTANT:
        *out = (struct dynr_call_value){source->constant, true};
        break;
    case DYNR_FROM_FUNCTION:
        return compute(call, source, size, out);
    }
    return DYNR_OK;
}

enum dynr_status dynr_call_int64(const struct dynr_call *call,
                                 const struct dynr_value_source *source, int64_t absent,
                                 int64_t *out, bool *out_present)
{
    struct dynr_call_value value;
    *out = absent;
    enum dynr_status status = dynr_call_value(call, source, sizeof *out, &value);
    if (status == DYNR_OK && value.present) {
        memcpy(out, value.bytes, sizeof *out);
    }
    *out_present = status == DYNR_OK && value.present;
    return status;
}

enum dynr_status dynr_call_assign(const struct dynr_call *call, const struct dynr_struct_desc *desc,
                                  const struct dynr_assignment *assignments, size_t n_assignments,
                                  void *object, bool *out_all)
{
    for (size_t i = 0; i < n_assignments; i++) {
        const struct dynr_field_desc *field = &desc->fields[assignments[i].field];
        struct dynr_call_value value;
        enum dynr_status status =
            dynr_call_value(call, &assignments[i].value, dynr_type_size(field->type), &value);
        if (status != DYNR_OK) {
            return status;
        }
        dynr_field_assign(field, object, value.present ? value.bytes : NULL);
        *out_all = *out_all && value.present;
    }
    return DYNR_OK;
}

enum dynr_status dynr_call_filter(const struct dynr_call *call,
                                  const struct dynr_condition *condition, struct dynr_filter *out,
                                  bool *out_all)
{
    memset(out, 0, sizeof *out);
    if (condition == NULL) {
        return DYNR_OK;
    }
    struct dynr_filter_value *values = dynr_call_alloc(call, condition->n_values, sizeof *values);
    if (values == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < condition->n_values; i++) {
        const struct dynr_condition_value *wanted = &condition->values[i];
        struct dynr_call_value value;
        enum dynr_status status =
            dynr_call_value(call, &wanted->value, dynr_type_size(wanted->type), &value);
        if (status != DYNR_OK) {
            return status;
        }
        *out_all = *out_all && value.present;
        values[i].placeholder = wanted->placeholder;
        values[i].type = wanted->type;
        values[i].value = value.bytes;
    }
    out->expression = condition->expression;
    out->names = condition->names;
    out->values = values;
    out->n_values = condition->n_values;
    return DYNR_OK;
}
