/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An example item in DynamoDB JSON. Values go by type, as in the examples of keys, so that the item's keys are made of
 * the values beside them.
 */
#include "base/memory.h"
#include "docs_tmpl.h"
#include "emit/docs/docs.h"

static void write_json(struct docs *d, struct dynr_str text)
{
    md_put(d, "\"");
    dyn_out_filtered(&d->out, DYN_OUT_JSON, text, "docs_example.c");
    md_put(d, "\"");
}

/* `{"S": "text"}`. */
static void write_scalar(struct docs *d, char type, struct dynr_str text)
{
    dyn_out_printf(&d->out, "{\"%c\": ", type);
    write_json(d, text);
    md_put(d, "}");
}

/* ---- scalars ----------------------------------------------------------------------------------------------- */

/* What the key templates' own examples show for one value of `type`, natively. */
static struct dynr_str example_of(struct docs *d, const struct dyn_type *type,
                                  const struct dyn_field *field)
{
    const struct dyn_field *path[1] = {field};
    struct dyn_key_value value = {path, 1, type};
    struct dyn_key_piece piece = {dynr_str_make("", 0), &value, false};
    struct dyn_key_template key = {
        .native = true, .type = 'S', .delimiter = '#', .pieces = &piece, .n_pieces = 1};
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_example(&key, &text);
    struct dynr_str copy = dyn_dup(d->arena, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    return copy;
}

/* Scalar values of a model's key, its parents' first. */
static size_t collect_key(const struct dyn_model *model, const struct dyn_field **out, size_t n,
                          size_t cap)
{
    for (size_t i = 0; i < model->n_key_fields && n < cap; i++) {
        const struct dyn_field *field = model->fields[i];
        if (field->type->kind == DYN_TYPE_REF) {
            n = collect_key(field->type->model, out, n, cap);
        } else {
            out[n++] = field;
        }
    }
    return n;
}

static char scalar_type(const struct dyn_type *type);

static void write_ref(struct docs *d, const struct dyn_model *model)
{
    size_t width = dyn_model_key_width(model);
    const struct dyn_field **fields =
        dyn_alloc_array(d->arena, width + 1, sizeof(struct dyn_field *));
    size_t n = collect_key(model, fields, 0, width);
    if (n == 1) {
        write_scalar(d, scalar_type(fields[0]->type), example_of(d, fields[0]->type, fields[0]));
        return;
    }
    struct dyn_key_value *values = dyn_alloc_array(d->arena, n + 1, sizeof *values);
    struct dyn_key_piece *pieces = dyn_alloc_array(d->arena, n + 1, sizeof *pieces);
    for (size_t i = 0; i < n; i++) {
        values[i] = (struct dyn_key_value){&fields[i], 1, fields[i]->type};
        pieces[i] = (struct dyn_key_piece){dynr_str_from_c(i == 0 ? "" : "#"), &values[i], false};
    }
    struct dyn_key_template key = {.type = 'S', .delimiter = '#', .pieces = pieces, .n_pieces = n};
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_example(&key, &text);
    write_scalar(d, 'S', dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
}

/* 'S', 'N', 'B', or 0 for what is no scalar in the service. */
static char scalar_type(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
        return 'S';
    case DYN_TYPE_INT:
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_ENUM:
        return 'N';
    case DYN_TYPE_BYTES:
        return 'B';
    case DYN_TYPE_BOOL:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
    case DYN_TYPE_ERROR:
        return 0;
    }
    return 0;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static void write_value(struct docs *d, const struct dyn_type *type, const struct dyn_field *field);

static void write_struct(struct docs *d, const struct dyn_struct *structure)
{
    md_put(d, "{\"M\": {");
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < structure->n_fields; i++) {
        dyn_out_list_item(&list);
        write_json(d, structure->fields[i]->attribute);
        md_put(d, ": ");
        write_value(d, structure->fields[i]->type, structure->fields[i]);
    }
    md_put(d, "}}");
}

static void write_set(struct docs *d, const struct dyn_type *element, const struct dyn_field *field)
{
    char type = element->kind == DYN_TYPE_REF ? 'S' : scalar_type(element);
    dyn_out_printf(&d->out, "{\"%cS\": [", type == 0 ? 'S' : type);
    write_json(d, type == 'B' ? dynr_str_from_c("yv4=") : example_of(d, element, field));
    md_put(d, "]}");
}

static void write_value(struct docs *d, const struct dyn_type *type, const struct dyn_field *field)
{
    char scalar = scalar_type(type);
    if (type->kind == DYN_TYPE_BYTES) {
        write_scalar(d, 'B', dynr_str_from_c("yv4="));
    } else if (type->kind == DYN_TYPE_JSON) {
        write_scalar(d, 'S', dynr_str_from_c("{\"any\":\"value\"}"));
    } else if (scalar != 0) {
        write_scalar(d, scalar,
                     type->kind == DYN_TYPE_VERSION ? dynr_str_from_c("1")
                                                    : example_of(d, type, field));
    } else if (type->kind == DYN_TYPE_BOOL) {
        md_put(d, "{\"BOOL\": true}");
    } else if (type->kind == DYN_TYPE_STRUCT) {
        write_struct(d, type->structure);
    } else if (type->kind == DYN_TYPE_REF) {
        write_ref(d, type->model);
    } else if (type->kind == DYN_TYPE_SET) {
        write_set(d, type->element, field);
    } else if (type->kind == DYN_TYPE_LIST) {
        md_put(d, "{\"L\": [");
        write_value(d, type->element, field);
        md_put(d, "]}");
    } else if (type->kind == DYN_TYPE_MAP) {
        md_put(d, "{\"M\": {\"name\": ");
        write_value(d, type->element, field);
        md_put(d, "}}");
    } else {
        md_put(d, "{\"NULL\": true}");
    }
}

/* ---- the item ---------------------------------------------------------------------------------------------- */

static void begin_attribute(struct docs *d, struct dyn_out_list *list, struct dynr_str name)
{
    dyn_out_list_item(list);
    md_put(d, "  ");
    write_json(d, name);
    md_put(d, ": ");
}

/* Native keys are attributes of the row already. */
static void write_key(struct docs *d, struct dyn_out_list *list, const struct dyn_key_template *key)
{
    if (key->n_pieces == 0 || key->native) {
        return;
    }
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_example(key, &text);
    begin_attribute(d, list, key->attribute);
    write_scalar(d, key->type, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
}

void docs_write_example(struct docs *d, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    dyn_out_blank(&d->out);
    tmpl_docs_example_open(&d->out);
    md_put(d, "{\n");
    struct dyn_out_list list = dyn_out_list(&d->out, ",\n");
    write_key(d, &list, &entity->partition);
    write_key(d, &list, &entity->sort);
    for (size_t i = 0; i < entity->n_requirements; i++) {
        if (entity->requirements[i]->slot != NULL && entity->requirements[i]->served_by == NULL) {
            write_key(d, &list, &entity->requirements[i]->partition);
            write_key(d, &list, &entity->requirements[i]->sort);
        }
    }
    if (model->table->type_attribute.len > 0) {
        begin_attribute(d, &list, model->table->type_attribute);
        write_scalar(d, 'S', model->tag);
    }
    for (size_t i = 0; i < model->n_fields; i++) {
        const struct dyn_field *field = model->fields[i];
        if (field->origin != DYN_FIELD_DELETED_AT) {
            begin_attribute(d, &list, field->attribute);
            write_value(d, field->type, field);
        }
    }
    md_put(d, "\n}\n");
    tmpl_docs_example_close(&d->out);
}
