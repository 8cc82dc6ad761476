/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: settings, index slots with their reasons, and what items there are. */
#include "docs_tmpl.h"
#include "emit/docs/docs.h"

struct dynr_str docs_table_name(const struct dyn_table *table)
{
    return table->physical_name.len > 0 ? table->physical_name : table->name->text;
}

/* ---- settings ---------------------------------------------------------------------------------------------- */

static void begin_setting(struct docs *d, const char *name)
{
    md_cell(d);
    md_put(d, name);
    md_cell(d);
}

static void write_setting(struct docs *d, const char *name, const char *value)
{
    begin_setting(d, name);
    md_put(d, value);
    md_row_end(d);
}

static void write_code_setting(struct docs *d, const char *name, struct dynr_str value)
{
    if (value.len > 0) {
        begin_setting(d, name);
        md_code(d, value);
        md_row_end(d);
    }
}

static void write_targets(struct docs *d, unsigned targets)
{
    static const struct {
        unsigned bit;
        const char *name;
    } known[] = {{DYN_TARGET_EMBEDDED, "embedded"},
                 {DYN_TARGET_DYNAMODB, "dynamodb"},
                 {DYN_TARGET_ALTERNATOR, "alternator"}};
    begin_setting(d, "targets");
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if ((targets & known[i].bit) != 0) {
            dyn_out_list_item(&list);
            md_put(d, known[i].name);
        }
    }
    md_row_end(d);
}

static const char *type_name(char type)
{
    return type == 'N' ? "number" : type == 'B' ? "bytes" : "text";
}

static void write_key_setting(struct docs *d, const char *name, struct dynr_str attribute,
                              char type)
{
    if (attribute.len > 0) {
        begin_setting(d, name);
        md_code(d, attribute);
        md_put(d, ", ");
        md_put(d, type_name(type));
        md_row_end(d);
    }
}

static void write_settings(struct docs *d, const struct dyn_plan_table *planned)
{
    const struct dyn_table *table = planned->table;
    tmpl_docs_settings_head(&d->out);
    write_code_setting(d, "name", table->physical_name);
    write_targets(d, table->targets);
    write_key_setting(d, "partition key", table->partition_attribute, planned->partition_type);
    write_key_setting(d, "sort key", table->sort_attribute, planned->sort_type);
    write_code_setting(d, "kind of item", table->type_attribute);
    if (planned->has_ttl) {
        write_code_setting(d, "time to live", table->ttl_attribute);
    }
    if (table->billing == DYN_BILLING_PROVISIONED) {
        begin_setting(d, "billing");
        dyn_out_printf(&d->out, "provisioned: %lu read and %lu write units",
                       (unsigned long)table->read_capacity, (unsigned long)table->write_capacity);
        md_row_end(d);
    } else {
        write_setting(d, "billing", "on demand");
    }
    write_setting(d, "stream", planned->stream ? "on, with old and new images" : "off");
    write_setting(d, "point-in-time recovery", table->point_in_time_recovery ? "on" : "off");
    write_setting(d, "deletion protection", table->deletion_protection ? "on" : "off");
}

/* ---- index slots ------------------------------------------------------------------------------------------- */

static void write_requirement(struct docs *d, const struct dyn_plan_slot *slot,
                              const struct dyn_requirement *requirement)
{
    md_cell(d);
    md_code(d, slot->name);
    md_cell(d);
    md_code_name(d, requirement->entity->model->name);
    md_cell(d);
    md_code(d, requirement->name);
    md_cell(d);
    md_code_key(d, &requirement->partition);
    md_cell(d);
    md_code_key(d, &requirement->sort);
    md_cell(d);
    md_prose(d, requirement->reason);
    if (requirement->served_by != NULL) {
        md_put(d, "; served by ");
        md_code(d, requirement->served_by->name);
    }
    md_row_end(d);
}

static void write_slots(struct docs *d, const struct dyn_plan_table *planned)
{
    dyn_out_blank(&d->out);
    if (planned->n_slots == 0) {
        md_put(d, "No index: the table's own key serves every access.\n");
        return;
    }
    dyn_out_printf(&d->out, "%zu of at most %lu indexes; no assignment needs fewer than %zu",
                   planned->n_slots, (unsigned long)planned->table->index_budget,
                   planned->lower_bound);
    if (planned->lower_bound_entity != NULL) {
        md_put(d, ", because of ");
        md_code_name(d, planned->lower_bound_entity->model->name);
    }
    md_put(d, ".\n\n");
    tmpl_docs_slots_head(&d->out);
    for (size_t i = 0; i < planned->n_slots; i++) {
        for (size_t j = 0; j < planned->slots[i]->n_requirements; j++) {
            write_requirement(d, planned->slots[i], planned->slots[i]->requirements[j]);
        }
    }
}

/* ---- items ------------------------------------------------------------------------------------------------- */

static void write_item_keys(struct docs *d, const struct dyn_key_template *partition,
                            const struct dyn_key_template *sort)
{
    md_cell(d);
    md_code_key(d, partition);
    md_cell(d);
    md_code_key(d, sort);
    md_cell(d);
    md_code_key_example(d, partition);
    if (sort->n_pieces > 0) {
        md_put(d, ", ");
        md_code_key_example(d, sort);
    }
    md_row_end(d);
}

static bool holds_items(struct docs *d, const struct dyn_plan_table *planned)
{
    for (size_t i = 0; i < d->plan->n_entities; i++) {
        if (d->plan->entities[i]->table == planned) {
            return true;
        }
    }
    return false;
}

static void write_items(struct docs *d, const struct dyn_plan_table *planned)
{
    dyn_out_blank(&d->out);
    if (!holds_items(d, planned)) {
        md_put(d, "No model is stored here.\n");
        return;
    }
    tmpl_docs_items_head(&d->out);
    for (size_t i = 0; i < d->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = d->plan->entities[i];
        if (entity->table != planned) {
            continue;
        }
        md_cell(d);
        md_code_name(d, entity->model->name);
        write_item_keys(d, &entity->partition, &entity->sort);
        for (size_t j = 0; j < entity->n_uniques; j++) {
            const struct dyn_plan_unique *unique = &entity->uniques[j];
            md_cell(d);
            md_put(d, "guard of ");
            md_code(d, dynr_arena_printf(d->arena, "%.*s.%.*s", (int)entity->model->name->text.len,
                                         entity->model->name->text.ptr,
                                         (int)unique->unique->field->name->text.len,
                                         unique->unique->field->name->text.ptr));
            write_item_keys(d, &unique->partition, &unique->sort);
        }
    }
}

void docs_write_tables(struct docs *d)
{
    dyn_out_blank(&d->out);
    tmpl_docs_tables(&d->out);
    for (size_t i = 0; i < d->plan->n_tables; i++) {
        const struct dyn_plan_table *planned = d->plan->tables[i];
        md_heading(d, 3, planned->table->name->text);
        md_paragraph(d, planned->table->doc);
        dyn_out_blank(&d->out);
        write_settings(d, planned);
        write_slots(d, planned);
        write_items(d, planned);
    }
}
