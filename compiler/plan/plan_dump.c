/* SPDX-License-Identifier: Apache-2.0 */
/* --dump=plan: everything that was derived, as stable text. */
#include "plan/derive.h"
#include "plan/text.h"

/* ---- parts that other texts use, too ----------------------------------------------------------------------- */

const char *dyn_path_kind_name(enum dyn_path_kind kind)
{
    switch (kind) {
    case DYN_PATH_GET:
        return "get";
    case DYN_PATH_UNIQUE:
        return "unique";
    case DYN_PATH_CHILDREN:
        return "children";
    case DYN_PATH_INDEX:
        return "index";
    }
    return "?";
}

const char *dyn_bound_kind_name(enum dyn_bound_kind kind)
{
    switch (kind) {
    case DYN_BOUND_NONE:
        return "none";
    case DYN_BOUND_INCLUSIVE:
        return "inclusive";
    case DYN_BOUND_EXCLUSIVE:
        return "exclusive";
    }
    return "?";
}

const char *dyn_change_kind_name(enum dyn_plan_change_kind kind)
{
    switch (kind) {
    case DYN_CHANGE_SET:
        return "set";
    case DYN_CHANGE_ADD:
        return "add";
    case DYN_CHANGE_REMOVE:
        return "remove";
    }
    return "?";
}

const char *dyn_write_kind_name(enum dyn_write_kind kind)
{
    switch (kind) {
    case DYN_WRITE_CREATE:
        return "create";
    case DYN_WRITE_UPDATE:
        return "update";
    case DYN_WRITE_DELETE:
        return "delete";
    }
    return "?";
}

void dyn_units_write(double units, struct dynr_buf *out)
{
    /* Half units are exact; anything finer is an estimate and is rounded up to a half. */
    if (units >= 1e15) {
        dynr_buf_append_c(out, ">1000000000000000");
        return;
    }
    double twice = units * 2;
    uint64_t halves = (uint64_t)twice;
    halves += (double)halves < twice ? 1 : 0;
    dynr_buf_append_int(out, (int64_t)(halves / 2));
    dynr_buf_append_c(out, halves % 2 != 0 ? ".5" : "");
}

/* ---- tables and entities ----------------------------------------------------------------------------------- */

static void dump_template(const char *label, const struct dyn_key_template *key,
                          struct dynr_buf *out)
{
    if (key->n_pieces == 0) {
        return;
    }
    dynr_buf_printf(out, "    %s %.*s %c%s%s max %zu: ", label, DYN_STR(key->attribute), key->type,
                    key->native ? " native" : "", key->sparse ? " sparse" : "", key->max_length);
    dyn_key_template_write(key, out);
    dynr_buf_append_char(out, '\n');
}

static void dump_table(const struct dyn_plan_table *table, struct dynr_buf *out)
{
    dynr_buf_printf(out, "table %.*s pk %.*s %c", DYN_STR(table->table->name->text),
                    DYN_STR(table->table->partition_attribute), table->partition_type);
    if (table->sort_type != 0) {
        dynr_buf_printf(out, " sk %.*s %c", DYN_STR(table->table->sort_attribute),
                        table->sort_type);
    }
    dynr_buf_printf(out, "%s slots %zu bound %zu", table->has_ttl ? " ttl" : "", table->n_slots,
                    table->lower_bound);
    if (table->lower_bound_entity != NULL) {
        dynr_buf_printf(out, " of %.*s", DYN_STR(table->lower_bound_entity->model->name->text));
    }
    dynr_buf_append_char(out, '\n');
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct dyn_plan_slot *slot = table->slots[i];
        dynr_buf_printf(out, "  slot %.*s pk %.*s %c", DYN_STR(slot->name),
                        DYN_STR(slot->partition_attribute), slot->partition_type);
        if (slot->sort_attribute.len != 0) {
            dynr_buf_printf(out, " sk %.*s %c", DYN_STR(slot->sort_attribute), slot->sort_type);
        }
        dynr_buf_append_c(out, slot->locked ? " locked:" : ":");
        for (size_t k = 0; k < slot->n_requirements; k++) {
            dynr_buf_printf(out, "%s %.*s.%.*s", k == 0 ? "" : ",",
                            DYN_STR(slot->requirements[k]->entity->model->name->text),
                            DYN_STR(slot->requirements[k]->name));
        }
        dynr_buf_append_char(out, '\n');
    }
}

static void dump_path(const struct dyn_plan_path *path, struct dynr_buf *out)
{
    dynr_buf_printf(out, "  path %.*s %s%s: %.*s\n", DYN_STR(path->name),
                    dyn_path_kind_name(path->kind), path->single_row ? " single" : "",
                    DYN_STR(path->key_condition));
    dynr_buf_append_c(out, "    by");
    for (size_t i = 0; i < path->n_partition_fields; i++) {
        dynr_buf_printf(out, " %.*s", DYN_STR(path->partition_fields[i]->name->text));
    }
    if (path->n_sort_values != 0 || path->n_determined != 0) {
        dynr_buf_printf(out, "; determined %zu; sort", path->n_determined);
        for (size_t i = 0; i < path->n_sort_values; i++) {
            dynr_buf_append_char(out, ' ');
            dyn_value_write(path->sort_values[i], out);
        }
    }
    for (size_t i = 0; i < path->n_presence; i++) {
        dynr_buf_printf(out, "%s%.*s", i == 0 ? "; present " : " ",
                        DYN_STR(path->presence[i]->name->text));
    }
    dynr_buf_append_char(out, '\n');
}

static void dump_entity(const struct dyn_plan_entity *entity, struct dynr_buf *out)
{
    const struct dyn_model *model = entity->model;
    dynr_buf_printf(out, "entity %.*s table %.*s tag %.*s size %zu typical %zu\n",
                    DYN_STR(model->name->text), DYN_STR(model->table->name->text),
                    DYN_STR(model->tag), entity->max_size, entity->typical_size);
    dump_template("pk", &entity->partition, out);
    dump_template("sk", &entity->sort, out);
    for (size_t i = 0; i < entity->n_uniques; i++) {
        dynr_buf_printf(out, "  unique %.*s%s\n",
                        DYN_STR(entity->uniques[i].unique->field->name->text),
                        entity->uniques[i].unique->fold ? " fold" : "");
        dump_template("pk", &entity->uniques[i].partition, out);
        dump_template("sk", &entity->uniques[i].sort, out);
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        dynr_buf_printf(
            out, "  index %.*s slot %.*s (%.*s)", DYN_STR(requirement->name),
            DYN_STR(requirement->slot != NULL ? requirement->slot->name : dynr_str_from_c("none")),
            DYN_STR(requirement->reason));
        if (requirement->served_by != NULL) {
            dynr_buf_printf(out, " served by %.*s\n", DYN_STR(requirement->served_by->name));
            continue;
        }
        dynr_buf_append_char(out, '\n');
        dump_template("pk", &requirement->partition, out);
        dump_template("sk", &requirement->sort, out);
    }
    for (size_t i = 0; i < entity->n_paths; i++) {
        dump_path(entity->paths[i], out);
    }
    for (size_t i = 0; i < model->n_fields; i++) {
        dynr_buf_printf(out, "  field %.*s: %s\n", DYN_STR(model->fields[i]->name->text),
                        dyn_update_class_name(entity->update_classes[i]));
    }
}

/* ---- procedures -------------------------------------------------------------------------------------------- */

static void indent(size_t depth, struct dynr_buf *out)
{
    for (size_t i = 0; i < depth; i++) {
        dynr_buf_append_c(out, "  ");
    }
}

static void dump_filter(const struct dyn_plan_filter *filter, size_t depth, struct dynr_buf *out)
{
    if (filter->text.len == 0) {
        return;
    }
    indent(depth, out);
    dynr_buf_printf(out, "filter %.*s\n", DYN_STR(filter->text));
    for (size_t i = 0; i < filter->n_names; i++) {
        indent(depth + 1, out);
        dynr_buf_printf(out, "%.*s = %.*s\n", DYN_STR(filter->names[i].placeholder),
                        DYN_STR(filter->names[i].attribute));
    }
    for (size_t i = 0; i < filter->n_values; i++) {
        indent(depth + 1, out);
        dynr_buf_printf(out, "%.*s = ", DYN_STR(filter->values[i].placeholder));
        dyn_expr_write(filter->values[i].value, out);
        dynr_buf_append_c(out, " as ");
        dyn_type_write(filter->values[i].type, out);
        dynr_buf_append_char(out, '\n');
    }
}

static void dump_bound(const char *label, const struct dyn_plan_bound *bound, size_t depth,
                       struct dynr_buf *out)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    indent(depth, out);
    dynr_buf_printf(out, "%s %s %.*s = ", label, dyn_bound_kind_name(bound->kind),
                    DYN_STR(bound->field->name->text));
    dyn_expr_write(bound->value, out);
    dynr_buf_append_char(out, '\n');
}

static void dump_variant(const struct dyn_plan_variant *variant, size_t depth, struct dynr_buf *out)
{
    indent(depth, out);
    dynr_buf_append_c(out, "variant");
    for (size_t i = 0; i < variant->n_guards; i++) {
        dynr_buf_append_c(out, i == 0 ? " when " : " and ");
        dynr_buf_append_c(out, variant->guards[i].wanted ? "" : "not ");
        dynr_buf_append_char(out, '(');
        dyn_expr_write(variant->guards[i].condition, out);
        dynr_buf_append_char(out, ')');
    }
    if (variant->path == NULL) {
        dynr_buf_append_c(out, variant->empty ? ": nothing\n" : ": no path\n");
        return;
    }
    dynr_buf_printf(out, ": %.*s.%.*s equal %zu%s\n",
                    DYN_STR(variant->path->entity->model->name->text), DYN_STR(variant->path->name),
                    variant->n_equal, variant->last_is_prefix ? " prefix" : "");
    for (size_t i = 0; i < variant->n_bindings; i++) {
        indent(depth + 1, out);
        dynr_buf_printf(out, "bind %.*s = ", DYN_STR(variant->bindings[i].field->name->text));
        if (variant->bindings[i].value == NULL) {
            dynr_buf_append_c(out, "the row above");
        } else {
            dyn_expr_write(variant->bindings[i].value, out);
        }
        dynr_buf_append_char(out, '\n');
    }
    dump_bound("low", &variant->low, depth + 1, out);
    dump_bound("high", &variant->high, depth + 1, out);
    dump_filter(&variant->filter, depth + 1, out);
    dyn_dump_variant_policy(variant, depth + 1, out);
}

static void dump_shape(const struct dyn_plan_shape *shape, size_t depth, struct dynr_buf *out);

static void dump_include(const struct dyn_plan_include *include, size_t depth, struct dynr_buf *out)
{
    indent(depth, out);
    dynr_buf_printf(out, "include %.*s %s %s %.*s%s\n", DYN_STR(include->name->text),
                    include->many ? "many" : "one",
                    include->kind == DYN_INCLUDE_BY_KEY ? "by key" : "by query",
                    DYN_STR(include->model->name->text), include->descending ? " descending" : "");
    if (include->kind == DYN_INCLUDE_BY_QUERY) {
        dump_variant(&include->variant, depth + 1, out);
    } else {
        dyn_dump_variant_policy(&include->variant, depth + 1, out);
    }
    if (include->take != NULL) {
        indent(depth + 1, out);
        dynr_buf_append_c(out, "take ");
        dyn_expr_write(include->take, out);
        dynr_buf_append_char(out, '\n');
    }
    dump_shape(&include->shape, depth + 1, out);
}

static void dump_aggregate(const struct dyn_plan_aggregate *plan, size_t depth,
                           struct dynr_buf *out)
{
    const struct dyn_aggregate *aggregate = plan->aggregate;
    indent(depth, out);
    dynr_buf_printf(out, "%s %.*s of %.*s%s", dyn_aggregate_kind_name(aggregate->kind),
                    DYN_STR(aggregate->name->text), DYN_STR(aggregate->model->name->text),
                    aggregate->field != NULL ? "." : "");
    if (aggregate->field != NULL) {
        dynr_buf_append_str(out, aggregate->field->name->text);
    }
    dynr_buf_append_c(out, " as ");
    dyn_type_write(aggregate->type, out);
    dynr_buf_append_char(out, '\n');
    if (aggregate->relation != NULL) {
        dump_variant(&plan->variant, depth + 1, out);
    }
}

static void dump_shape(const struct dyn_plan_shape *shape, size_t depth, struct dynr_buf *out)
{
    indent(depth, out);
    dynr_buf_printf(out, "shape %.*s", DYN_STR(shape->model->name->text));
    if (shape->n_members == 0) {
        dynr_buf_append_c(out, ": all");
    }
    for (size_t i = 0; i < shape->n_members; i++) {
        dynr_buf_printf(out, "%s %.*s", i == 0 ? ":" : ",", DYN_STR(shape->members[i].name->text));
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        dynr_buf_printf(out, "%s %.*s", i == 0 ? "; hidden" : ",",
                        DYN_STR(shape->hidden[i]->name->text));
    }
    dynr_buf_append_char(out, '\n');
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].include != NULL) {
            dump_include(shape->members[i].include, depth + 1, out);
        }
        if (shape->members[i].aggregate != NULL) {
            dump_aggregate(shape->members[i].aggregate, depth + 1, out);
        }
    }
}

static void dump_write(const struct dyn_plan_write *write, struct dynr_buf *out)
{
    dynr_buf_printf(out, "  %s %.*s%s\n", dyn_write_kind_name(write->write->kind),
                    DYN_STR(write->entity->model->name->text),
                    write->write_class == DYN_WRITE_READ_COMPUTE ? " read-compute" : "");
    for (size_t i = 0; i < write->n_changes; i++) {
        const struct dyn_plan_change *change = &write->changes[i];
        dynr_buf_printf(out, "    %s %.*s (%s)", dyn_change_kind_name(change->kind),
                        DYN_STR(change->field->name->text),
                        dyn_update_class_name(change->update_class));
        if (change->value != NULL) {
            dynr_buf_append_c(out, " = ");
            dyn_expr_write(change->value, out);
        }
        dynr_buf_append_char(out, '\n');
    }
    dump_filter(&write->condition, 2, out);
    dyn_dump_write_gate(&write->gate, 2, out);
}

static void dump_procedure(const struct dyn_plan_procedure *procedure, struct dynr_buf *out)
{
    dynr_buf_printf(out, "procedure %.*s%s\n", DYN_STR(procedure->procedure->path),
                    procedure->uses_caller ? " caller" : "");
    const struct dyn_plan_query *query = procedure->query;
    if (query != NULL) {
        dynr_buf_printf(out, "  query %.*s%s%s\n", DYN_STR(query->entity->model->name->text),
                        query->is_aggregate ? " aggregate" : (query->single_row ? " single" : ""),
                        query->descending ? " descending" : "");
        for (size_t i = 0; i < query->n_variants; i++) {
            dump_variant(&query->variants[i], 2, out);
        }
        if (query->take != NULL) {
            dynr_buf_append_c(out, "    take ");
            dyn_expr_write(query->take, out);
            dynr_buf_append_char(out, '\n');
        }
        dump_shape(&query->shape, 2, out);
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        dump_write(&procedure->writes[i], out);
    }
    const double units[] = {procedure->cost.read_min,      procedure->cost.read_typical,
                            procedure->cost.read_max,      procedure->cost.write_min,
                            procedure->cost.write_typical, procedure->cost.write_max};
    static const char *const labels[] = {"  cost read ", "/", "/", " write ", "/", "/"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        dynr_buf_append_c(out, labels[i]);
        dyn_units_write(units[i], out);
    }
    dynr_buf_append_char(out, '\n');
}

void dyn_plan_dump(const struct dyn_plan *plan, struct dynr_buf *out)
{
    for (size_t i = 0; i < plan->n_tables; i++) {
        dump_table(plan->tables[i], out);
    }
    for (size_t i = 0; i < plan->n_entities; i++) {
        dump_entity(plan->entities[i], out);
    }
    for (size_t i = 0; i < plan->n_procedures; i++) {
        dump_procedure(plan->procedures[i], out);
    }
}
