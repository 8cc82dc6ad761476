/* SPDX-License-Identifier: Apache-2.0 */
/* The service's limits, checked from declared bounds: keys of 2,048 and 1,024 bytes, items of 400 KB. */
#include "plan/derive.h"

/* Structs in structs that are counted; what lies deeper is optional and empty. */
#define DEPTH_MAX 8

struct size {
    size_t max;
    size_t typical;
};

static size_t add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t times(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

static struct size fixed(size_t n)
{
    struct size size = {n, n};
    return size;
}

static struct size text_size(const struct dyn_type *type, size_t bytes_per_unit)
{
    struct size size;
    if (!type->has_high || type->high < 0) {
        size.max = DYN_UNBOUNDED_TEXT;
        size.typical = DYN_UNBOUNDED_TEXT / 4;
        return size;
    }
    size_t high = (size_t)type->high;
    size.max = times(high, bytes_per_unit);
    size.typical = (high + 3) / 4;
    return size;
}

static struct size size_at(const struct dyn_type *type, unsigned depth);

static struct size struct_size(const struct dyn_struct *structure, unsigned depth)
{
    struct size size = fixed(3);
    for (size_t i = 0; structure != NULL && depth < DEPTH_MAX && i < structure->n_fields; i++) {
        struct size of_field = size_at(structure->fields[i]->type, depth + 1);
        size_t overhead = structure->fields[i]->attribute.len + 1;
        size.max = add(size.max, add(overhead, of_field.max));
        size.typical = add(size.typical, add(overhead, of_field.typical));
    }
    return size;
}

static struct size elements_size(const struct dyn_type *type, unsigned depth)
{
    struct size element = size_at(type->element, depth + 1);
    size_t n = type->has_high && type->high > 0 ? (size_t)type->high : 0;
    if (type->kind == DYN_TYPE_MAP) {
        element.max = add(element.max, DYN_UNBOUNDED_TEXT);
        element.typical = add(element.typical, 16);
    }
    struct size size;
    size.max = add(3, times(n, add(element.max, 1)));
    size.typical = add(3, times((n + 3) / 4, add(element.typical, 1)));
    return size;
}

static struct size reference_size(const struct dyn_model *model)
{
    struct size size = fixed(0);
    for (size_t i = 0; model != NULL && i < model->n_key_fields; i++) {
        struct size part = size_at(model->fields[i]->type, DEPTH_MAX);
        size.max = add(size.max, part.max);
        size.typical = add(size.typical, part.typical);
    }
    return size;
}

static struct size size_at(const struct dyn_type *type, unsigned depth)
{
    switch (type->kind) {
    case DYN_TYPE_EMAIL:
        if (!type->has_high) {
            return fixed(254);
        }
        return text_size(type, 4);
    case DYN_TYPE_STRING:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
        return text_size(type, 4);
    case DYN_TYPE_BYTES:
        return text_size(type, 1);
    case DYN_TYPE_BOOL:
    case DYN_TYPE_NULL:
        return fixed(1);
    case DYN_TYPE_INT:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_ENUM:
        return fixed(11);
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
        return fixed(21);
    case DYN_TYPE_DATE:
        return fixed(10);
    case DYN_TYPE_TIMESTAMP:
        return fixed(24);
    case DYN_TYPE_ULID:
        return fixed(26);
    case DYN_TYPE_UUID:
        return fixed(36);
    case DYN_TYPE_STRUCT:
        return struct_size(type->structure, depth);
    case DYN_TYPE_REF:
        return reference_size(type->model);
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
        return type->element == NULL || depth >= DEPTH_MAX ? fixed(3) : elements_size(type, depth);
    case DYN_TYPE_ERROR:
        return fixed(0);
    }
    return fixed(0);
}

void dyn_type_size(const struct dyn_type *type, size_t *out_max, size_t *out_typical)
{
    struct size size = size_at(type, 0);
    *out_max = size.max;
    *out_typical = size.typical;
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

static void check_key(struct dyn_derive *derive, const struct dyn_key_template *key, size_t limit,
                      struct dyn_span span, struct dynr_str what)
{
    if (key->max_length <= limit) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(derive->diags, DYN_CODE_KEY_TOO_LONG, span,
                   "a key of `%.*s` can be %zu bytes long", DYN_STR(what), key->max_length);
    dyn_diag_fact(derive->diags, diag, "why: DynamoDB takes %zu bytes in this attribute", limit);
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_value *value = key->pieces[i].value;
        size_t length = value == NULL ? 0 : dyn_value_max_length(value->type, key->native);
        if (length > limit / 4) {
            struct dynr_buf name = {0};
            dyn_value_write(value, &name);
            dyn_diag_fact(derive->diags, diag, "part: `%.*s` takes up to %zu bytes%s",
                          DYN_STR(dynr_buf_str(&name)), length,
                          dyn_native_key_type(value->type) == 'S' && !value->type->has_high
                              ? ", it has no upper bound"
                              : "");
            dynr_buf_cleanup(&name);
        }
    }
    dyn_diag_help(derive->diags, diag,
                  "give the texts in the key smaller bounds: a code point can take four bytes");
}

static void check_keys(struct dyn_derive *derive, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dyn_span span = model->written_key != NULL ? model->written_key->span : model->span;
    check_key(derive, &entity->partition, DYN_PARTITION_KEY_MAX, span, model->name->text);
    check_key(derive, &entity->sort, DYN_SORT_KEY_MAX, span, model->name->text);
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by == NULL) {
            check_key(derive, &requirement->partition, DYN_PARTITION_KEY_MAX, requirement->span,
                      requirement->name);
            check_key(derive, &requirement->sort, DYN_SORT_KEY_MAX, requirement->span,
                      requirement->name);
        }
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dyn_plan_unique *unique = &entity->uniques[i];
        check_key(derive, &unique->partition, DYN_PARTITION_KEY_MAX, unique->unique->span,
                  unique->unique->field->name->text);
    }
}

/* ---- items ------------------------------------------------------------------------------------------------- */

static void add_template(struct size *size, const struct dyn_key_template *key)
{
    if (key->n_pieces == 0 || key->native) {
        return;
    }
    size_t typical = 0;
    for (size_t i = 0; i < key->n_pieces; i++) {
        struct size value =
            key->pieces[i].value == NULL ? fixed(0) : size_at(key->pieces[i].value->type, 0);
        typical = add(typical, add(key->pieces[i].literal.len, value.typical));
    }
    size->max = add(size->max, add(key->attribute.len, key->max_length));
    size->typical = add(size->typical, add(key->attribute.len, typical));
}

static void report_largest(struct dyn_derive *derive, struct dyn_diag *diag,
                           const struct dyn_model *model)
{
    bool *told = dyn_alloc_array(derive->arena, model->n_fields, sizeof *told);
    for (int rank = 0; rank < 3; rank++) {
        size_t best = model->n_fields;
        size_t best_size = 0;
        for (size_t i = 0; i < model->n_fields; i++) {
            size_t size = size_at(model->fields[i]->type, 0).max;
            if (!told[i] && size > best_size) {
                best = i;
                best_size = size;
            }
        }
        if (best == model->n_fields) {
            return;
        }
        told[best] = true;
        dyn_diag_note(derive->diags, diag, model->fields[best]->span,
                      "`%.*s` takes up to %zu bytes", DYN_STR(model->fields[best]->name->text),
                      best_size);
    }
}

static void measure(struct dyn_derive *derive, struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct size size = fixed(model->table->type_attribute.len == 0
                                 ? 0
                                 : model->table->type_attribute.len + model->tag.len);
    for (size_t i = 0; i < model->n_fields; i++) {
        struct size of_field = size_at(model->fields[i]->type, 0);
        size.max = add(size.max, add(model->fields[i]->attribute.len, of_field.max));
        if (!model->fields[i]->type->optional) {
            size.typical =
                add(size.typical, add(model->fields[i]->attribute.len, of_field.typical));
        }
    }
    add_template(&size, &entity->partition);
    add_template(&size, &entity->sort);
    for (size_t i = 0; i < entity->n_requirements; i++) {
        if (entity->requirements[i]->served_by == NULL) {
            add_template(&size, &entity->requirements[i]->partition);
            add_template(&size, &entity->requirements[i]->sort);
        }
    }
    entity->max_size = size.max;
    entity->typical_size = size.typical;
    if (size.max > DYN_ITEM_MAX) {
        struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_ITEM_TOO_LARGE, model->span,
                                           "an item of `%.*s` can be %zu KB",
                                           DYN_STR(model->name->text), (size.max + 1023) / 1024);
        dyn_diag_fact(derive->diags, diag, "why: DynamoDB takes items of up to 400 KB");
        report_largest(derive, diag, model);
        dyn_diag_help(derive->diags, diag,
                      "lower the bounds, or put the large part into a model of its own");
    }
}

void dyn_derive_limits(struct dyn_derive *derive)
{
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        check_keys(derive, derive->plan->entities[i]);
        measure(derive, derive->plan->entities[i]);
    }
}
