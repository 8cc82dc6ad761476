/* SPDX-License-Identifier: Apache-2.0 */
/* Models, enums and structs: what is declared, and what was derived for it. */
#include "docs_tmpl.h"
#include "emit/docs/describe.h"
#include "emit/docs/docs.h"

/* ---- fields ------------------------------------------------------------------------------------------------ */

void docs_type_cells(struct docs *d, const struct dyn_field *field)
{
    md_cell(d);
    md_code_type(d, field->type);
    md_cell(d);
    struct dynr_buf bounds;
    dynr_buf_init(&bounds, NULL, 0);
    dyn_describe_bounds(field->type, &bounds);
    dyn_out_str(&d->out, dynr_buf_str(&bounds));
    dynr_buf_cleanup(&bounds);
    md_cell(d);
    if (field->default_value != NULL) {
        md_code_expr(d, field->default_value);
    }
}

static const char *origin_role(const struct dyn_field *field)
{
    switch (field->origin) {
    case DYN_FIELD_DECLARED:
        return NULL;
    case DYN_FIELD_PARENT:
        return "parent";
    case DYN_FIELD_CREATED_AT:
        return "set when the row is created";
    case DYN_FIELD_UPDATED_AT:
        return "set with every write";
    case DYN_FIELD_VERSION:
        return "counts the row's writes";
    case DYN_FIELD_DELETED_AT:
        return "set when the row is deleted";
    case DYN_FIELD_TTL:
        return "the row expires then";
    }
    return NULL;
}

static bool key_uses(const struct dyn_key_template *key, const struct dyn_field *field)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        if (key->pieces[i].value != NULL && key->pieces[i].value->path[0] == field) {
            return true;
        }
    }
    return false;
}

static void add_role(struct docs *d, struct dyn_out_list *list, const char *role)
{
    if (role != NULL) {
        dyn_out_list_item(list);
        md_put(d, role);
    }
}

static void write_role(struct docs *d, const struct dyn_plan_entity *entity,
                       const struct dyn_field *field)
{
    struct dyn_out_list list = dyn_out_list(&d->out, "; ");
    const struct dyn_unique *unique = dyn_unique_of(entity->model, field);
    add_role(d, &list, field->is_key ? "key" : NULL);
    add_role(d, &list,
             unique == NULL ? NULL
             : unique->fold ? "unique, whatever its case"
                            : "unique");
    add_role(d, &list, field->automatic ? "made when left out" : NULL);
    add_role(d, &list, origin_role(field));
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        bool used = key_uses(&requirement->partition, field) || key_uses(&requirement->sort, field);
        if (used && !field->is_key && requirement->served_by == NULL && requirement->slot != NULL) {
            dyn_out_list_item(&list);
            md_put(d, "in ");
            md_code(d, requirement->slot->name);
        }
    }
}

static void write_fields(struct docs *d, const struct dyn_plan_entity *entity)
{
    tmpl_docs_fields_head(&d->out);
    for (size_t i = 0; i < entity->model->n_fields; i++) {
        const struct dyn_field *field = entity->model->fields[i];
        md_cell(d);
        md_code_name(d, field->name);
        docs_type_cells(d, field);
        md_cell(d);
        write_role(d, entity, field);
        md_cell(d);
        md_put(d, dyn_update_class_name(entity->update_classes[i]));
        md_cell(d);
        md_prose(d, field->doc);
        md_row_end(d);
    }
}

/* ---- relations --------------------------------------------------------------------------------------------- */

static void write_relations(struct docs *d, const struct dyn_model *model)
{
    if (model->n_relations == 0) {
        return;
    }
    dyn_out_blank(&d->out);
    tmpl_docs_relations_head(&d->out);
    for (size_t i = 0; i < model->n_relations; i++) {
        const struct dyn_relation *relation = model->relations[i];
        md_cell(d);
        md_code_name(d, relation->name);
        md_cell(d);
        md_put(d, relation->many ? "rows of " : "a row of ");
        md_code_name(d, relation->target->name);
        if (relation->far != NULL) {
            md_put(d, ", each with its ");
            md_code_name(d, relation->far->type->model->name);
        }
        md_cell(d);
        md_code_name(d, relation->via->name);
        md_cell(d);
        md_prose(d, relation->doc);
        md_row_end(d);
    }
}

/* ---- the item ---------------------------------------------------------------------------------------------- */

static void write_key_row(struct docs *d, const struct dyn_key_template *key, struct dynr_str index)
{
    if (key->n_pieces == 0) {
        return;
    }
    md_cell(d);
    md_code(d, key->attribute);
    md_cell(d);
    md_code_key(d, key);
    md_put(d, key->sparse ? ", absent where a part is" : "");
    md_cell(d);
    if (index.len > 0) {
        md_code(d, index);
    } else {
        md_put(d, "the table's key");
    }
    md_row_end(d);
}

static void write_item(struct docs *d, const struct dyn_plan_entity *entity)
{
    struct dynr_str none = {"", 0};
    dyn_out_blank(&d->out);
    tmpl_docs_item_head(&d->out);
    write_key_row(d, &entity->partition, none);
    write_key_row(d, &entity->sort, none);
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->slot != NULL && requirement->served_by == NULL) {
            write_key_row(d, &requirement->partition, requirement->slot->name);
            write_key_row(d, &requirement->sort, requirement->slot->name);
        }
    }
    if (entity->model->table->type_attribute.len > 0) {
        md_cell(d);
        md_code(d, entity->model->table->type_attribute);
        md_cell(d);
        md_code(d, entity->model->tag);
        md_cell(d);
        md_put(d, "the kind of item");
        md_row_end(d);
    }
}

static void write_place(struct docs *d, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    dyn_out_blank(&d->out);
    md_put(d, "In table ");
    md_code(d, docs_table_name(model->table));
    if (model->parent != NULL) {
        md_put(d, model->single ? ", at most one in the partition of its "
                                : ", in the partition of its ");
        md_code_name(d, model->parent->name);
    }
    dyn_out_printf(&d->out, "; typically %zu bytes, at most %zu.\n", entity->typical_size,
                   entity->max_size);
}

void docs_write_models(struct docs *d)
{
    dyn_out_blank(&d->out);
    tmpl_docs_models(&d->out);
    for (size_t i = 0; i < d->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = d->plan->entities[i];
        md_heading(d, 3, entity->model->name->text);
        md_paragraph(d, entity->model->doc);
        write_place(d, entity);
        dyn_out_blank(&d->out);
        write_fields(d, entity);
        write_relations(d, entity->model);
        write_item(d, entity);
        docs_write_example(d, entity);
    }
}

/* ---- enums and structs ------------------------------------------------------------------------------------- */

void docs_write_enums(struct docs *d)
{
    const struct dyn_program *program = d->plan->program;
    if (program->n_enums == 0) {
        return;
    }
    dyn_out_blank(&d->out);
    tmpl_docs_enums(&d->out);
    for (size_t i = 0; i < program->n_enums; i++) {
        const struct dyn_enum *enumeration = program->enums[i];
        md_heading(d, 3, enumeration->name->text);
        md_paragraph(d, enumeration->doc);
        dyn_out_blank(&d->out);
        tmpl_docs_values_head(&d->out);
        for (size_t j = 0; j < enumeration->n_values; j++) {
            md_cell(d);
            md_code_name(d, enumeration->values[j].name);
            md_cell(d);
            dyn_out_printf(&d->out, "%ld", (long)enumeration->values[j].tag);
            md_cell(d);
            md_prose(d, enumeration->values[j].doc);
            md_row_end(d);
        }
    }
}

void docs_write_structs(struct docs *d)
{
    const struct dyn_program *program = d->plan->program;
    if (program->n_structs == 0) {
        return;
    }
    dyn_out_blank(&d->out);
    tmpl_docs_structs(&d->out);
    for (size_t i = 0; i < program->n_structs; i++) {
        const struct dyn_struct *structure = program->structs[i];
        md_heading(d, 3, structure->name->text);
        md_paragraph(d, structure->doc);
        dyn_out_blank(&d->out);
        tmpl_docs_members_head(&d->out);
        for (size_t j = 0; j < structure->n_fields; j++) {
            md_cell(d);
            md_code_name(d, structure->fields[j]->name);
            docs_type_cells(d, structure->fields[j]);
            md_cell(d);
            md_prose(d, structure->fields[j]->doc);
            md_row_end(d);
        }
    }
}
