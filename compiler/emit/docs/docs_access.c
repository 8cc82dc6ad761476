/* SPDX-License-Identifier: Apache-2.0 */
/* The access-pattern matrix: every proven way to reach rows. */
#include "docs_tmpl.h"
#include "emit/docs/describe.h"
#include "emit/docs/docs.h"
#include "emit/names.h"

/* What one read unit reads. */
#define UNIT_BYTES 4096

struct dynr_str docs_function_name(struct docs *d, const struct dyn_plan_path *path)
{
    struct dynr_str prefix = d->input->options->c_prefix;
    prefix = dyn_name_snake(d->arena, prefix.len > 0 ? prefix : d->plan->program->name->text);
    struct dynr_str model = dyn_name_snake(d->arena, path->entity->model->name->text);
    struct dynr_str name = dyn_name_snake(d->arena, path->name);
    return dynr_arena_printf(d->arena, "%.*s_%.*s_%.*s", (int)prefix.len, prefix.ptr,
                             (int)model.len, model.ptr, (int)name.len, name.ptr);
}

static void write_field_list(struct docs *d, const struct dyn_field *const *fields, size_t n_fields)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < n_fields; i++) {
        dyn_out_list_item(&list);
        md_code_name(d, fields[i]->name);
    }
}

/* "list.id": the fields on the way to a value of a key. */
static void write_key_value(struct docs *d, const struct dyn_key_value *value)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    for (size_t i = 0; i < value->n_path; i++) {
        dynr_buf_append_c(&text, i == 0 ? "" : ".");
        dynr_buf_append_str(&text, value->path[i]->name->text);
    }
    md_code(d, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
}

static void write_order(struct docs *d, const struct dyn_plan_path *path)
{
    if (path->n_sort_values == 0) {
        return;
    }
    md_put(d, ", in the order of ");
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < path->n_sort_values; i++) {
        dyn_out_list_item(&list);
        write_key_value(d, path->sort_values[i]);
    }
}

static void write_pattern(struct docs *d, const struct dyn_plan_path *path)
{
    const struct dyn_model *model = path->entity->model;
    const struct dyn_field *const *partition =
        (const struct dyn_field *const *)path->partition_fields;
    md_code_name(d, model->name);
    switch (path->kind) {
    case DYN_PATH_GET:
        md_put(d, " by its key: ");
        write_field_list(d, (const struct dyn_field *const *)model->fields, model->n_key_fields);
        break;
    case DYN_PATH_UNIQUE:
        md_put(d, " by its unique ");
        md_code_name(d, path->unique->unique->field->name);
        break;
    case DYN_PATH_CHILDREN:
        md_put(d, path->single_row ? " of its " : " rows in one ");
        write_field_list(d, partition, path->n_partition_fields);
        write_order(d, path);
        break;
    case DYN_PATH_INDEX:
        md_put(d, " rows by one ");
        write_field_list(d, partition, path->n_partition_fields);
        write_order(d, path);
        break;
    }
    if (path->n_presence > 0) {
        md_put(d, "; only with ");
        write_field_list(d, (const struct dyn_field *const *)path->presence, path->n_presence);
    }
}

static size_t units_of(size_t bytes)
{
    size_t units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    return units == 0 ? 1 : units;
}

static void write_cost(struct docs *d, const struct dyn_plan_path *path)
{
    const struct dyn_plan_entity *entity = path->entity;
    size_t low = units_of(entity->typical_size);
    size_t high = units_of(entity->max_size);
    if (path->single_row) {
        size_t guard = path->kind == DYN_PATH_UNIQUE ? 1 : 0;
        md_number(d, guard + low);
        if (high != low) {
            md_put(d, " to ");
            md_number(d, guard + high);
        }
        return;
    }
    size_t size = entity->typical_size == 0 ? 1 : entity->typical_size;
    md_put(d, path->requirement == NULL ? "1" : "0.5");
    md_put(d, " per 4 KB");
    if (size <= UNIT_BYTES) {
        md_put(d, ": about ");
        md_number(d, UNIT_BYTES / size);
        md_put(d, UNIT_BYTES / size == 1 ? " row" : " rows");
    }
}

static void write_path(struct docs *d, const struct dyn_plan_path *path)
{
    md_cell(d);
    write_pattern(d, path);
    md_cell(d);
    md_code(d, docs_function_name(d, path));
    md_cell(d);
    if (path->requirement != NULL && path->requirement->slot != NULL) {
        md_code(d, path->requirement->slot->name);
    } else {
        md_put(d, "table");
    }
    md_cell(d);
    md_code(d, path->key_condition);
    md_cell(d);
    md_code_key_example(d, path->partition);
    if (path->sort->n_pieces > 0) {
        md_put(d, ", ");
        md_code_key_example(d, path->sort);
    }
    md_cell(d);
    write_cost(d, path);
    md_row_end(d);
}

void docs_write_access(struct docs *d)
{
    dyn_out_blank(&d->out);
    tmpl_docs_access(&d->out);
    for (size_t i = 0; i < d->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = d->plan->entities[i];
        for (size_t j = 0; j < entity->n_paths; j++) {
            write_path(d, entity->paths[j]);
        }
    }
}
