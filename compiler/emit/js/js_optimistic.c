/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The optimistic twin of a mutation: what it will have done if nothing stands against it. A guess that the server's answer
 * replaces, so what cannot be said here is left out, and no check is repeated.
 */
#include "emit/js/js.h"

static struct dynr_str join(struct js_emit *e, struct dynr_str all, const struct dyn_field *field,
                            struct dynr_str value)
{
    return dynr_arena_printf(e->arena, "%.*s%s%.*s: %.*s", (int)all.len,
                             all.len == 0 ? "" : all.ptr, all.len == 0 ? "" : ", ",
                             DYN_JS_ARG(field->name->text), DYN_JS_ARG(value));
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

/** `Todo(list, id)`, or `Todo(todo)`: one reference that is taken apart. Empty where JavaScript cannot say it. */
static struct dynr_str key_object(struct js_emit *e, const struct dyn_write *write)
{
    struct dynr_str all = {0};
    const struct dyn_model *model = write->model;
    bool is_whole_key = write->n_key == 1 && model->n_key_fields > 1;
    for (size_t i = 0; i < model->n_key_fields; i++) {
        struct dynr_str value = js_value(e, write->key[is_whole_key ? 0 : i]);
        if (value.len == 0) {
            return value;
        }
        all =
            join(e, all, model->fields[i], is_whole_key ? js_key_part(e, model, value, i) : value);
    }
    return dynr_arena_printf(e->arena, "{ %.*s }", DYN_JS_ARG(all));
}

/* ---- create ------------------------------------------------------------------------------------------------ */

static const struct dyn_expr *assigned(const struct dyn_write *write, const struct dyn_field *field)
{
    for (size_t i = 0; i < write->n_assignments; i++) {
        if (write->assignments[i].field == field) {
            return write->assignments[i].value;
        }
    }
    return field->default_value;
}

bool js_takes_id(const struct dyn_write *write, const struct dyn_field *field)
{
    bool is_id = field->type->kind == DYN_TYPE_ULID || field->type->kind == DYN_TYPE_UUID;
    return write->kind == DYN_WRITE_CREATE && field->is_key && field->automatic && is_id &&
           assigned(write, field) == NULL;
}

/** Empty: the field stays away. `*out_failed`: it cannot be said. */
static struct dynr_str created_value(struct js_emit *e, const struct dyn_write *write,
                                     const struct dyn_field *field, size_t *n_ids, bool *out_failed)
{
    const struct dyn_expr *value = assigned(write, field);
    if (field->origin == DYN_FIELD_CREATED_AT || field->origin == DYN_FIELD_UPDATED_AT) {
        return dynr_str_from_c("now");
    }
    if (field->origin == DYN_FIELD_VERSION) {
        return dynr_str_from_c("1");
    }
    if (value != NULL) {
        struct dynr_str text = js_value_as(e, value, field->type);
        *out_failed = *out_failed || text.len == 0;
        return text;
    }
    if (js_takes_id(write, field)) {
        return dynr_arena_printf(e->arena, "ids[%zu]", (*n_ids)++);
    }
    if (field->automatic && field->type->kind == DYN_TYPE_TIMESTAMP) {
        return dynr_str_from_c("now");
    }
    bool is_many = field->type->kind == DYN_TYPE_SET;
    return is_many && !field->type->optional ? dynr_str_from_c("[]") : dynr_str_make(NULL, 0);
}

static bool write_create(struct js_emit *e, const struct dyn_write *write, size_t *n_ids)
{
    struct dynr_str row = {0};
    struct dynr_str key = {0};
    bool failed = false;
    for (size_t i = 0; i < write->model->n_fields; i++) {
        const struct dyn_field *field = write->model->fields[i];
        struct dynr_str value = created_value(e, write, field, n_ids, &failed);
        if (value.len == 0) {
            continue;
        }
        row = join(e, row, field, value);
        if (field->is_key) {
            struct dynr_str member =
                dynr_arena_printf(e->arena, "row.%.*s", DYN_JS_ARG(field->name->text));
            key = join(e, key, field, member);
        }
    }
    if (failed) {
        return false;
    }
    dyn_out_line(&e->out, "const row = { %.*s };", DYN_JS_ARG(row));
    dyn_out_line(&e->out, "effects.push({ model: \"%.*s\", op: \"create\", key: { %.*s }, row });",
                 DYN_JS_ARG(write->model->name->text), DYN_JS_ARG(key));
    return true;
}

/* ---- update ------------------------------------------------------------------------------------------------ */

static struct dynr_str changes_object(struct js_emit *e, const struct dyn_write *write,
                                      bool *out_reads_row)
{
    struct dynr_str all = {0};
    const struct dyn_model *model = write->model;
    for (size_t i = 0; i < write->n_assignments; i++) {
        const struct dyn_assignment *assignment = &write->assignments[i];
        struct dynr_str value = js_value_as(e, assignment->value, assignment->field->type);
        if (value.len == 0) {
            return value;
        }
        *out_reads_row = *out_reads_row || write->assignments[i].value->uses_row;
        all = join(e, all, write->assignments[i].field, value);
    }
    if (model->updated_at != NULL) {
        all = join(e, all, model->updated_at, dynr_str_from_c("now"));
    }
    if (model->version != NULL) {
        struct dynr_str next = dynr_arena_printf(e->arena, "(row.%.*s ?? 0) + 1",
                                                 DYN_JS_ARG(model->version->name->text));
        all = join(e, all, model->version, next);
        *out_reads_row = true;
    }
    return dynr_arena_printf(e->arena, "{ %.*s }", DYN_JS_ARG(all));
}

static bool write_update(struct js_emit *e, const struct dyn_write *write)
{
    bool reads_row = false;
    struct dynr_str key = key_object(e, write);
    struct dynr_str changes = changes_object(e, write, &reads_row);
    if (key.len == 0 || changes.len == 0) {
        return false;
    }
    struct dynr_str text =
        reads_row ? dynr_arena_printf(e->arena, "(row) => (%.*s)", DYN_JS_ARG(changes)) : changes;
    dyn_out_line(&e->out,
                 "effects.push({ model: \"%.*s\", op: \"update\", key: %.*s, changes: %.*s });",
                 DYN_JS_ARG(write->model->name->text), DYN_JS_ARG(key), DYN_JS_ARG(text));
    return true;
}

static bool write_delete(struct js_emit *e, const struct dyn_write *write)
{
    struct dynr_str key = key_object(e, write);
    if (key.len == 0) {
        return false;
    }
    dyn_out_line(&e->out, "effects.push({ model: \"%.*s\", op: \"delete\", key: %.*s });",
                 DYN_JS_ARG(write->model->name->text), DYN_JS_ARG(key));
    return true;
}

/* ---- the function -------------------------------------------------------------------------------------------- */

static bool write_effect(struct js_emit *e, const struct dyn_write *write, size_t *n_ids)
{
    switch (write->kind) {
    case DYN_WRITE_CREATE:
        return write_create(e, write, n_ids);
    case DYN_WRITE_UPDATE:
        return write_update(e, write);
    case DYN_WRITE_DELETE:
        return write_delete(e, write);
    }
    return false;
}

void js_write_optimistic(struct js_emit *e, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    if (procedure->kind != DYN_PROCEDURE_MUTATION) {
        return;
    }
    dyn_out_line(&e->out, "optimistic: (input, caller, ids, now) => {");
    dyn_out_indent(&e->out);
    dyn_out_line(&e->out, "const effects = [];");
    size_t n_ids = 0;
    for (size_t i = 0; i < procedure->n_writes; i++) {
        dyn_out_line(&e->out, "{");
        dyn_out_indent(&e->out);
        if (!write_effect(e, &procedure->writes[i], &n_ids)) {
            dyn_out_line(&e->out, "// Not foreseen: the server's answer shows it.");
        }
        dyn_out_outdent(&e->out);
        dyn_out_line(&e->out, "}");
    }
    dyn_out_line(&e->out, "return effects;");
    dyn_out_outdent(&e->out);
    dyn_out_line(&e->out, "},");
}
