/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file of a plan. What the old one had and the plan has not stays as `retired` lines. */
#include <stdlib.h>

#include "plan/derive.h"

struct lock_writer {
    struct dynr_arena arena;
    struct dyn_lock old;
    /** "kind name" of old entries that live on, perhaps under a new name. */
    struct dynr_map kept;
    struct dynr_buf *out;
};

static void write_quoted(struct lock_writer *writer, struct dynr_str text)
{
    dynr_buf_append_char(writer->out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            dynr_buf_append_char(writer->out, '\\');
        }
        dynr_buf_append_char(writer->out, text.ptr[i]);
    }
    dynr_buf_append_char(writer->out, '"');
}

static void write_word(struct lock_writer *writer, const char *key, struct dynr_str value)
{
    dynr_buf_printf(writer->out, " %s ", key);
    write_quoted(writer, value);
}

static void write_template(struct lock_writer *writer, const char *key,
                           const struct dyn_key_template *template)
{
    struct dynr_buf text = {0};
    dyn_key_template_write(template, &text);
    write_word(writer, key, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
}

static void keep(struct lock_writer *writer, const struct dyn_lock_entry *entry)
{
    if (entry == NULL) {
        return;
    }
    struct dynr_str key =
        dyn_text(&writer->arena, "%.*s %.*s", DYN_STR(entry->kind), DYN_STR(entry->name));
    if (!dynr_map_put(&writer->kept, key, writer, NULL)) {
        abort();
    }
}

static void begin(struct lock_writer *writer, const char *kind, struct dynr_str owner,
                  struct dynr_str name)
{
    dynr_buf_printf(writer->out, "%s %.*s", kind, DYN_STR(owner));
    if (name.len != 0) {
        dynr_buf_printf(writer->out, ".%.*s", DYN_STR(name));
    }
}

static void end(struct lock_writer *writer)
{
    dynr_buf_append_char(writer->out, '\n');
}

static void write_table(struct lock_writer *writer, const struct dyn_plan_table *plan_table)
{
    const struct dyn_table *table = plan_table->table;
    char types[2] = {plan_table->partition_type, plan_table->sort_type};
    keep(writer, dyn_lock_find(&writer->old, "table", table->name->text));
    begin(writer, "table", table->name->text, dynr_str_make(NULL, 0));
    write_word(writer, "pk", table->partition_attribute);
    write_word(writer, "pk-type", dynr_str_make(&types[0], 1));
    write_word(writer, "sk", table->sort_attribute);
    write_word(writer, "sk-type", dynr_str_make(&types[1], types[1] != 0 ? 1 : 0));
    write_word(writer, "type", table->type_attribute);
    write_word(writer, "delimiter", dynr_str_make(&table->delimiter, 1));
    end(writer);
}

static void write_field(struct lock_writer *writer, bool owner_is_locked,
                        const struct dyn_name *owner, const struct dyn_name *owner_was,
                        const struct dyn_field *field)
{
    keep(writer,
         dyn_lock_find_owned(&writer->old, "field", owner, owner_was, field->name, field->was));
    begin(writer, "field", owner->text, field->name->text);
    write_word(writer, "attribute", field->attribute);
    struct dynr_buf type = {0};
    dyn_lock_type_write(field->type, &type);
    write_word(writer, "type", dynr_buf_str(&type));
    dynr_buf_cleanup(&type);
    if (dyn_lock_field_is_late(&writer->old, owner_is_locked, owner, owner_was, field)) {
        write_word(writer, "late", dynr_str_from_c("yes"));
    }
    end(writer);
}

static void write_index(struct lock_writer *writer, const struct dyn_model *model,
                        const struct dyn_requirement *requirement)
{
    struct dyn_name name = {requirement->name};
    const struct dyn_name *was = NULL;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (dynr_str_equal(model->fields[i]->name->text, requirement->name)) {
            was = model->fields[i]->was;
        }
    }
    keep(writer, dyn_lock_find_member(&writer->old, "index", model, &name, was));
    begin(writer, "index", model->name->text, requirement->name);
    if (requirement->served_by != NULL) {
        write_word(writer, "served-by", requirement->served_by->name);
    } else {
        write_word(writer, "slot",
                   requirement->slot != NULL ? requirement->slot->name : dynr_str_make(NULL, 0));
        if (requirement->label.len != 0) {
            write_word(writer, "label", requirement->label);
        }
        write_template(writer, "pk", &requirement->partition);
        write_template(writer, "sk", &requirement->sort);
    }
    end(writer);
}

static void write_unique(struct lock_writer *writer, const struct dyn_model *model,
                         const struct dyn_plan_unique *unique)
{
    const struct dyn_field *field = unique->unique->field;
    keep(writer, dyn_lock_find_member(&writer->old, "unique", model, field->name, field->was));
    begin(writer, "unique", model->name->text, field->name->text);
    write_word(writer, "label", unique->label);
    write_template(writer, "pk", &unique->partition);
    write_word(writer, "fold", dynr_str_from_c(unique->unique->fold ? "yes" : "no"));
    end(writer);
}

static void write_entity(struct lock_writer *writer, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    const struct dyn_lock_entry *known = dyn_lock_find_model(&writer->old, model);
    keep(writer, known);
    begin(writer, "model", model->name->text, dynr_str_make(NULL, 0));
    write_word(writer, "table", model->table->name->text);
    write_word(writer, "tag", model->tag);
    write_template(writer, "pk", &entity->partition);
    write_template(writer, "sk", &entity->sort);
    end(writer);
    for (size_t i = 0; i < model->n_fields; i++) {
        write_field(writer, known != NULL, model->name, model->was, model->fields[i]);
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        write_index(writer, model, entity->requirements[i]);
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        write_unique(writer, model, &entity->uniques[i]);
    }
}

static void write_retired(struct lock_writer *writer)
{
    for (size_t i = 0; i < writer->old.n_entries; i++) {
        const struct dyn_lock_entry *entry = writer->old.entries[i];
        struct dynr_str key =
            dyn_text(&writer->arena, "%.*s %.*s", DYN_STR(entry->kind), DYN_STR(entry->name));
        if (entry->retired || dynr_map_get(&writer->kept, key) == NULL) {
            dynr_buf_printf(writer->out, "retired %.*s\n", DYN_STR(entry->text));
        }
    }
}

void dyn_lock_write(const struct dyn_plan *plan, struct dynr_str old_lock, struct dynr_buf *out)
{
    const struct dyn_program *program = plan->program;
    struct lock_writer writer;
    memset(&writer, 0, sizeof writer);
    dynr_arena_init(&writer.arena, NULL, 0);
    dynr_map_init(&writer.kept, NULL);
    writer.out = out;
    dyn_lock_read(&writer.arena, old_lock, 0, NULL, &writer.old);
    dynr_buf_append_c(
        out,
        "# Written by dynrc; check it in. It says where stored data is: docs/language/lock.md\n");
    dynr_buf_printf(out, "lock %s\nedition %d\n", DYN_LOCK_VERSION, program->edition);
    for (size_t i = 0; i < plan->n_tables; i++) {
        write_table(&writer, plan->tables[i]);
    }
    for (size_t i = 0; i < plan->n_entities; i++) {
        write_entity(&writer, plan->entities[i]);
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        const struct dyn_struct *structure = program->structs[i];
        bool known = dyn_lock_knows_struct(&writer.old, structure);
        for (size_t k = 0; k < structure->n_fields; k++) {
            write_field(&writer, known, structure->name, structure->was, structure->fields[k]);
        }
    }
    for (size_t i = 0; i < program->n_enums; i++) {
        const struct dyn_enum *enumeration = program->enums[i];
        for (size_t k = 0; k < enumeration->n_values; k++) {
            const struct dyn_enum_value *value = &enumeration->values[k];
            keep(&writer, dyn_lock_find_owned(&writer.old, "enum", enumeration->name,
                                              enumeration->was, value->name, NULL));
            begin(&writer, "enum", enumeration->name->text, value->name->text);
            dynr_buf_printf(out, " tag \"%d\"\n", (int)value->tag);
        }
    }
    write_retired(&writer);
    dyn_lock_cleanup(&writer.old);
    dynr_map_cleanup(&writer.kept);
    dynr_arena_cleanup(&writer.arena);
}
