/* SPDX-License-Identifier: Apache-2.0 */
/* Enums, and what every model gets: key struct, row struct, changes and functions. */
#include "emit/c/c_emit.h"

#include "header_tmpl.h"
#include "model_tmpl.h"

void c_emit_enums(struct c_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    for (size_t i = 0; i < program->n_enums; i++) {
        const struct dyn_enum *enumeration = program->enums[i];
        struct dynr_str name = c_name(e, enumeration->name);
        dyn_out_section(&e->header, "enums");
        dyn_out_blank(&e->header);
        dyn_out_comment(&e->header, enumeration->doc);
        dyn_out_line(&e->header, "enum %.*s {", DYN_ARG(name));
        dyn_out_line(&e->header, "    /** Zero, and what a newer schema's value reads as. */");
        dyn_out_line(&e->header, "    %.*s_UNKNOWN = 0,",
                     DYN_ARG(dyn_name_capitals(e->arena, name)));
        dyn_out_section(&e->source, "enums");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source, "static const struct dynr_enum_value values_%.*s[] = {",
                     DYN_ARG(name));
        for (size_t j = 0; j < enumeration->n_values; j++) {
            const struct dyn_enum_value *value = &enumeration->values[j];
            struct dynr_str constant = c_enum_constant(e, enumeration, value);
            dyn_out_indent(&e->header);
            dyn_out_comment(&e->header, value->doc);
            dyn_out_line(&e->header, "%.*s = %d,", DYN_ARG(constant), value->tag);
            dyn_out_outdent(&e->header);
            dyn_out_line(&e->source, "    {%.*s, %d},", DYN_ARG(c_string(e, value->name->text)),
                         value->tag);
        }
        dyn_out_line(&e->header, "};");
        dyn_out_blank(&e->header);
        dyn_out_line(&e->header, "extern const struct dynr_enum_desc %.*s_enum;", DYN_ARG(name));
        tmpl_header_enum_functions(
            &e->header, &(struct tmpl_header_enum_functions){.type = name, .name = name});
        dyn_out_line(&e->source, "};");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source, "const struct dynr_enum_desc %.*s_enum = {", DYN_ARG(name));
        dyn_out_line(&e->source, "    .name = %.*s,",
                     DYN_ARG(c_string(e, enumeration->name->text)));
        dyn_out_line(&e->source, "    .values = values_%.*s,", DYN_ARG(name));
        dyn_out_line(&e->source, "    .n_values = %zu,", enumeration->n_values);
        dyn_out_line(&e->source, "};");
    }
}

/** Key structs hold the key structs of what they refer to: those first. */
static void emit_key_struct(struct c_emit *e, const struct dyn_model *model)
{
    struct dynr_str name = dynr_arena_printf(e->arena, "%.*s_key", DYN_ARG(c_model_name(e, model)));
    struct dynr_str key = dynr_arena_printf(e->arena, "define struct %.*s", DYN_ARG(name));
    if (!c_first_time(e, key)) {
        return;
    }
    for (size_t i = 0; i < model->n_key_fields; i++) {
        if (model->fields[i]->type->kind == DYN_TYPE_REF) {
            emit_key_struct(e, model->fields[i]->type->model);
        }
    }
    struct dynr_str doc =
        dynr_arena_printf(e->arena, "Key of a %.*s. Keys of different models are different types.",
                          DYN_ARG(model->name->text));
    c_struct_define(e, name, doc, model->fields, model->n_key_fields);
    struct dynr_str schema_name =
        dynr_arena_printf(e->arena, "%.*s key", DYN_ARG(model->name->text));
    c_struct_tables(e, name, schema_name, model->fields, model->n_key_fields, C_STRUCT_STORED);
}

static struct dynr_str row_doc(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    struct dynr_buf doc;
    dynr_buf_init(&doc, NULL, 0);
    if (entity->model->doc.len > 0) {
        dynr_buf_append_str(&doc, entity->model->doc);
        dynr_buf_append_c(&doc, "\n\n");
    }
    const struct dyn_table *table = entity->model->table;
    dynr_buf_printf(&doc, "Stored in table `%.*s` as %.*s `", DYN_ARG(table->name->text),
                    DYN_ARG(entity->partition.attribute));
    dyn_key_template_write(&entity->partition, &doc);
    if (entity->sort.n_pieces > 0) {
        dynr_buf_printf(&doc, "`, %.*s `", DYN_ARG(entity->sort.attribute));
        dyn_key_template_write(&entity->sort, &doc);
    }
    dynr_buf_append_c(&doc, "`.");
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL) {
            continue;
        }
        dynr_buf_printf(&doc, "\nIndex %.*s: `", DYN_ARG(requirement->slot->name));
        dyn_key_template_write(&requirement->partition, &doc);
        if (requirement->sort.n_pieces > 0) {
            dynr_buf_append_c(&doc, "`, sorted by `");
            dyn_key_template_write(&requirement->sort, &doc);
        }
        dynr_buf_append_c(&doc, "`.");
    }
    dynr_buf_printf(&doc,
                    "\nAt most %zu bytes; each write of a row costs a write unit per 1 KB, and as "
                    "much per index.",
                    entity->max_size);
    struct dynr_str text = dynr_arena_dup(e->arena, dynr_buf_str(&doc));
    dynr_buf_cleanup(&doc);
    return text;
}

static bool can_change(const struct dyn_plan_entity *entity, size_t index)
{
    return entity->update_classes[index] != DYN_UPDATE_FORBIDDEN;
}

static size_t count_changes(const struct dyn_plan_entity *entity)
{
    size_t n = 0;
    for (size_t i = 0; i < entity->model->n_fields; i++) {
        n += can_change(entity, i) ? 1 : 0;
    }
    return n;
}

static void emit_changes_struct(struct c_emit *e, const struct dyn_plan_entity *entity,
                                struct dynr_str name)
{
    struct dyn_out *out = &e->header;
    dyn_out_section(out, "types");
    dyn_out_blank(out);
    dyn_out_comment(
        out, dynr_arena_printf(
                 e->arena,
                 "What an update writes: the members whose `set_` flag is true. Zero: nothing. "
                 "An optional member with `set_` and without `has_` is removed."));
    dyn_out_line(out, "struct %.*s_changes {", DYN_ARG(name));
    dyn_out_indent(out);
    for (size_t i = 0; i < entity->model->n_fields; i++) {
        const struct dyn_field *field = entity->model->fields[i];
        if (!can_change(entity, i)) {
            continue;
        }
        struct dynr_str member = c_member(e, field->name);
        if (entity->update_classes[i] != DYN_UPDATE_IN_PLACE) {
            dyn_out_comment(out,
                            dynr_arena_printf(e->arena, "Update class: %s.",
                                              dyn_update_class_name(entity->update_classes[i])));
        }
        dyn_out_line(out, "bool set_%.*s;", DYN_ARG(member));
        if (field->type->optional) {
            dyn_out_line(out, "bool has_%.*s;", DYN_ARG(member));
        }
        dyn_out_line(out, "%.*s %.*s;", DYN_ARG(c_type(e, field->type)), DYN_ARG(member));
    }
    dyn_out_outdent(out);
    dyn_out_line(out, "};");
}

static void emit_change_table(struct c_emit *e, const struct dyn_plan_entity *entity,
                              struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    dyn_out_section(&e->header, "tables");
    dyn_out_line(&e->header, "extern const struct dynr_change_member %.*s_change_table[];",
                 DYN_ARG(name));
    dyn_out_section(out, "structs");
    dyn_out_blank(out);
    dyn_out_line(out, "const struct dynr_change_member %.*s_change_table[] = {", DYN_ARG(name));
    for (size_t i = 0; i < entity->model->n_fields; i++) {
        const struct dyn_field *field = entity->model->fields[i];
        if (!can_change(entity, i)) {
            continue;
        }
        struct dynr_str member = c_member(e, field->name);
        dyn_out_line(out, "    {%zu, offsetof(struct %.*s_changes, set_%.*s),", i, DYN_ARG(name),
                     DYN_ARG(member));
        if (field->type->optional) {
            dyn_out_line(out, "     offsetof(struct %.*s_changes, has_%.*s),", DYN_ARG(name),
                         DYN_ARG(member));
        } else {
            dyn_out_line(out, "     DYNR_REQUIRED,");
        }
        dyn_out_line(out, "     offsetof(struct %.*s_changes, %.*s)},", DYN_ARG(name),
                     DYN_ARG(member));
    }
    dyn_out_line(out, "};");
}

static void emit_update(struct c_emit *e, const struct dyn_plan_entity *entity,
                        struct dynr_str name)
{
    size_t n_changes = count_changes(entity);
    if (n_changes == 0) {
        return;
    }
    emit_changes_struct(e, entity, name);
    emit_change_table(e, entity, name);
    dyn_out_section(&e->header, "functions");
    tmpl_model_update(&e->header, &(struct tmpl_model_update){
                                      .name = name,
                                      .n_members = dynr_arena_printf(e->arena, "%zu", n_changes),
                                  });
}

static void assert_key_first(struct c_emit *e, const struct dyn_model *model, struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    dyn_out_section(out, "functions");
    /* One key template serves rows and keys because their members stand at the same places. */
    dyn_out_blank(out);
    for (size_t i = 0; i < model->n_key_fields; i++) {
        struct dynr_str member = c_member(e, model->fields[i]->name);
        dyn_out_line(
            out, "_Static_assert(offsetof(struct %.*s, %.*s) == offsetof(struct %.*s_key, %.*s),",
            DYN_ARG(name), DYN_ARG(member), DYN_ARG(name), DYN_ARG(member));
        dyn_out_line(out, "               \"a row begins with its key\");");
    }
}

static struct dynr_str create_doc(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    struct dynr_buf doc;
    dynr_buf_init(&doc, NULL, 0);
    if (entity->n_uniques == 0) {
        dynr_buf_append_c(&doc, "1 conditional PutItem.");
    } else {
        dynr_buf_printf(&doc, "1 transaction of the item and %zu guard item%s.", entity->n_uniques,
                        entity->n_uniques == 1 ? "" : "s");
    }
    struct dynr_str text = dynr_arena_dup(e->arena, dynr_buf_str(&doc));
    dynr_buf_cleanup(&doc);
    return text;
}

static void emit_model(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dynr_str name = c_model_name(e, model);
    c_struct_define(e, name, row_doc(e, entity), model->fields, model->n_fields);
    c_struct_tables(e, name, model->name->text, model->fields, model->n_fields, C_STRUCT_STORED);
    struct dynr_str rows = dynr_arena_printf(e->arena, "%.*s_rows", DYN_ARG(name));
    dyn_out_section(&e->header, "types");
    dyn_out_blank(&e->header);
    dyn_out_line(&e->header,
                 "/** Rows of a page; `cursor` is where the next one begins, or empty. */");
    dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(rows));
    dyn_out_line(&e->header, "    struct %.*s *items;", DYN_ARG(name));
    dyn_out_line(&e->header, "    size_t n_items;");
    dyn_out_line(&e->header, "    struct dynr_str cursor;");
    dyn_out_line(&e->header, "};");
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    tmpl_header_section(&e->header, &(struct tmpl_header_section){.title = model->name->text});
    dyn_out_blank(&e->header);
    tmpl_model_functions(
        &e->header, &(struct tmpl_model_functions){.name = name, .doc_key = create_doc(e, entity)});
    assert_key_first(e, model, name);
    if (model->deleted_at != NULL) {
        tmpl_model_soft_delete(&e->header, &(struct tmpl_model_soft_delete){.name = name});
    }
    emit_update(e, entity, name);
    c_emit_access(e, entity);
}

void c_emit_key_structs(struct c_emit *e)
{
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        emit_key_struct(e, e->plan->entities[i]->model);
    }
}

void c_emit_models(struct c_emit *e)
{
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        emit_model(e, e->plan->entities[i]);
    }
}
