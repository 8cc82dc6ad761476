/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/docs/describe.h"

#include <math.h>

static void write_range(const struct dyn_type *type, const char *unit, struct dynr_buf *out)
{
    if (type->has_low && type->has_high && type->low == type->high) {
        dynr_buf_append_c(out, unit[0] == '\0' ? "" : "exactly ");
        dynr_buf_append_int(out, type->low);
    } else if (type->has_low && type->has_high) {
        dynr_buf_append_int(out, type->low);
        dynr_buf_append_c(out, " to ");
        dynr_buf_append_int(out, type->high);
    } else if (type->has_low) {
        dynr_buf_append_c(out, "at least ");
        dynr_buf_append_int(out, type->low);
    } else {
        dynr_buf_append_c(out, "at most ");
        dynr_buf_append_int(out, type->high);
    }
    int64_t last = type->has_high ? type->high : type->low;
    dynr_buf_append_c(out, unit);
    dynr_buf_append_c(out, unit[0] == '\0' || last == 1 ? "" : "s");
}

static const char *unit_of(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
        return " character";
    case DYN_TYPE_BYTES:
        return " byte";
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
        return " element";
    case DYN_TYPE_INT:
        return "";
    case DYN_TYPE_ERROR:
    case DYN_TYPE_JSON:
    case DYN_TYPE_BOOL:
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_ENUM:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_NULL:
        return NULL;
    }
    return NULL;
}

void dyn_describe_bounds(const struct dyn_type *type, struct dynr_buf *out)
{
    const char *unit = unit_of(type);
    bool bounded = unit != NULL && (type->has_low || type->has_high);
    if (bounded) {
        write_range(type, unit, out);
    }
    if (type->element != NULL) {
        size_t before = out->len;
        dynr_buf_append_c(out, bounded ? ", each " : "each ");
        size_t prefixed = out->len;
        dyn_describe_bounds(type->element, out);
        if (out->len == prefixed && dynr_buf_ok(out)) {
            out->len = before;
        }
    }
}

void dyn_describe_units(double units, struct dynr_buf *out)
{
    /* Half units are the smallest that the service knows; what was averaged is rounded up to a tenth. */
    double tenths = ceil(units * 10.0 - 1e-6);
    if (!(tenths > 0.0)) {
        tenths = 0.0;
    } else if (tenths > 1e15) {
        tenths = 1e15;
    }
    int64_t whole = (int64_t)tenths;
    dynr_buf_append_int(out, whole / 10);
    if (whole % 10 != 0) {
        dynr_buf_append_char(out, '.');
        dynr_buf_append_int(out, whole % 10);
    }
}

static bool is_same(double a, double b)
{
    return fabs(a - b) < 0.05;
}

static void write_units(double low, double typical, double high, const char *unit,
                        struct dynr_buf *out)
{
    dyn_describe_units(low, out);
    if (!is_same(low, high)) {
        dynr_buf_append_c(out, " to ");
        dyn_describe_units(high, out);
    }
    dynr_buf_printf(out, " %s unit%s", unit, is_same(high, 1.0) ? "" : "s");
    if (!is_same(low, high)) {
        dynr_buf_append_c(out, ", typically ");
        dyn_describe_units(typical, out);
    }
}

void dyn_describe_cost(const struct dyn_plan_procedure *planned, struct dynr_buf *out)
{
    const struct dyn_cost *cost = &planned->cost;
    bool reads = cost->read_max > 0.0;
    bool writes = cost->write_max > 0.0;
    if (planned->procedure->kind == DYN_PROCEDURE_EXTERN) {
        dynr_buf_append_c(out, "C code, whose cost is not known");
        return;
    }
    if (reads) {
        write_units(cost->read_min, cost->read_typical, cost->read_max, "read", out);
    }
    if (reads && writes) {
        dynr_buf_append_c(out, "; ");
    }
    if (writes) {
        write_units(cost->write_min, cost->write_typical, cost->write_max, "write", out);
    }
    if (!reads && !writes) {
        dynr_buf_append_c(out, "no units");
    }
}

const struct dyn_unique *dyn_unique_of(const struct dyn_model *model, const struct dyn_field *field)
{
    for (size_t i = 0; i < model->n_uniques; i++) {
        if (model->uniques[i]->field == field) {
            return model->uniques[i];
        }
    }
    return NULL;
}

bool dyn_procedure_is_mutation(const struct dyn_procedure *procedure)
{
    return procedure->kind == DYN_PROCEDURE_MUTATION ||
           (procedure->kind == DYN_PROCEDURE_EXTERN && procedure->is_mutation);
}

static void write_key(const struct dyn_key_template *key, struct dynr_buf *out)
{
    dynr_buf_append_str(out, key->attribute);
    dynr_buf_append_c(out, " `");
    dyn_key_template_write(key, out);
    dynr_buf_append_char(out, '`');
}

void dyn_describe_key(const struct dyn_key_template *partition, const struct dyn_key_template *sort,
                      struct dynr_buf *out)
{
    write_key(partition, out);
    if (sort->n_pieces > 0) {
        dynr_buf_append_c(out, ", ");
        write_key(sort, out);
    }
}
