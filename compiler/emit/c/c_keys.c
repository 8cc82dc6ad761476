/* SPDX-License-Identifier: Apache-2.0 */
/* Constant tables of physical tables, key templates, entities and access paths. */
#include "emit/c/c_emit.h"

static struct dynr_str table_symbol(struct c_emit *e, const struct dyn_table *table)
{
    return dynr_arena_printf(e->arena, "table_%.*s",
                             DYN_ARG(dyn_name_snake(e->arena, table->name->text)));
}

static struct dynr_str index_symbol(struct c_emit *e, const struct dyn_plan_slot *slot,
                                    size_t *out_position)
{
    for (size_t i = 0; i < e->plan->n_tables; i++) {
        const struct dyn_plan_table *table = e->plan->tables[i];
        for (size_t j = 0; j < table->n_slots; j++) {
            if (table->slots[j] == slot) {
                *out_position = j;
            }
        }
    }
    struct dynr_str table = dyn_name_snake(e->arena, slot->table->name->text);
    return dynr_arena_printf(e->arena, "indexes_%.*s[%zu]", DYN_ARG(table), *out_position);
}

static void emit_indexes(struct c_emit *e, const struct dyn_plan_table *table)
{
    struct dyn_out *out = &e->source;
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_index_desc indexes_%.*s[] = {",
                 DYN_ARG(dyn_name_snake(e->arena, table->table->name->text)));
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct dyn_plan_slot *slot = table->slots[i];
        dyn_out_line(out, "    {");
        dyn_out_line(out, "        .name = %.*s,", DYN_ARG(c_string(e, slot->name)));
        dyn_out_line(out, "        .partition_attribute = %.*s,",
                     DYN_ARG(c_string(e, slot->partition_attribute)));
        dyn_out_line(out, "        .partition_type = '%c',", slot->partition_type);
        if (slot->sort_attribute.len > 0) {
            dyn_out_line(out, "        .sort_attribute = %.*s,",
                         DYN_ARG(c_string(e, slot->sort_attribute)));
            dyn_out_line(out, "        .sort_type = '%c',", slot->sort_type);
        }
        dyn_out_line(out, "    },");
    }
    dyn_out_line(out, "};");
}

void c_emit_tables(struct c_emit *e)
{
    struct dyn_out *out = &e->source;
    dyn_out_section(out, "tables");
    for (size_t i = 0; i < e->plan->n_tables; i++) {
        const struct dyn_plan_table *plan = e->plan->tables[i];
        const struct dyn_table *table = plan->table;
        if (plan->n_slots > 0) {
            emit_indexes(e, plan);
        }
        dyn_out_blank(out);
        dyn_out_line(out, "static const struct dynr_table_desc %.*s = {",
                     DYN_ARG(table_symbol(e, table)));
        dyn_out_line(out, "    .name = %.*s,", DYN_ARG(c_string(e, table->name->text)));
        if (table->physical_name.len > 0) {
            dyn_out_line(out, "    .physical_name = %.*s,",
                         DYN_ARG(c_string(e, table->physical_name)));
        }
        dyn_out_line(out, "    .partition_attribute = %.*s,",
                     DYN_ARG(c_string(e, table->partition_attribute)));
        dyn_out_line(out, "    .partition_type = '%c',", plan->partition_type);
        if (plan->sort_type != 0) {
            dyn_out_line(out, "    .sort_attribute = %.*s,",
                         DYN_ARG(c_string(e, table->sort_attribute)));
            dyn_out_line(out, "    .sort_type = '%c',", plan->sort_type);
        }
        if (table->type_attribute.len > 0) {
            dyn_out_line(out, "    .type_attribute = %.*s,",
                         DYN_ARG(c_string(e, table->type_attribute)));
        }
        if (plan->has_ttl) {
            dyn_out_line(out, "    .ttl_attribute = %.*s,",
                         DYN_ARG(c_string(e, table->ttl_attribute)));
        }
        if (plan->stream) {
            dyn_out_line(out, "    .stream = true,");
        }
        if (plan->n_slots > 0) {
            dyn_out_line(out, "    .indexes = indexes_%.*s,",
                         DYN_ARG(dyn_name_snake(e->arena, table->name->text)));
            dyn_out_line(out, "    .n_indexes = %zu,", plan->n_slots);
        }
        dyn_out_line(out, "};");
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_table_desc *const tables[] = {");
    for (size_t i = 0; i < e->plan->n_tables; i++) {
        dyn_out_line(out, "    &%.*s,", DYN_ARG(table_symbol(e, e->plan->tables[i]->table)));
    }
    dyn_out_line(out, "};");
}

/** "list.id": a designator within the row. */
static struct dynr_str designator(struct c_emit *e, const struct dyn_key_value *value)
{
    struct dynr_str text = c_member(e, value->path[0]->name);
    for (size_t i = 1; i < value->n_path; i++) {
        struct dynr_str member = c_member(e, value->path[i]->name);
        text = dynr_arena_printf(e->arena, "%.*s.%.*s", DYN_ARG(text), DYN_ARG(member));
    }
    return text;
}

/** Writes a key template and its parts; returns its symbol. */
static struct dynr_str emit_template(struct c_emit *e, struct dynr_str row, const char *role,
                                     const struct dyn_key_template *key)
{
    struct dyn_out *out = &e->source;
    struct dynr_str symbol = dynr_arena_printf(e->arena, "%.*s_%s", DYN_ARG(row), role);
    struct dynr_str *types = dynr_arena_calloc(e->arena, key->n_pieces + 1, sizeof *types);
    for (size_t i = 0; i < key->n_pieces; i++) {
        if (key->pieces[i].value != NULL) {
            types[i] = c_type_desc(e, key->pieces[i].value->type);
        }
    }
    dyn_out_section(out, "keys");
    dyn_out_blank(out);
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_write(key, &text);
    dyn_out_comment(out, dynr_arena_printf(e->arena, "%.*s: %.*s", DYN_ARG(key->attribute),
                                           DYN_ARG(dynr_buf_str(&text))));
    dynr_buf_cleanup(&text);
    dyn_out_line(out, "static const struct dynr_key_part parts_%.*s[] = {", DYN_ARG(symbol));
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        dyn_out_line(out, "    {");
        dyn_out_line(out, "        .literal = %.*s,", DYN_ARG(c_string(e, piece->literal)));
        dyn_out_line(out, "        .literal_len = %zu,", piece->literal.len);
        if (piece->fold) {
            dyn_out_line(out, "        .fold = true,");
        }
        if (piece->value == NULL) {
            dyn_out_line(out, "        .presence = DYNR_REQUIRED,");
        } else {
            const struct dyn_field *field = piece->value->path[0];
            dyn_out_line(out, "        .offset = offsetof(struct %.*s, %.*s),", DYN_ARG(row),
                         DYN_ARG(designator(e, piece->value)));
            if (field->type->optional) {
                dyn_out_line(out, "        .presence = offsetof(struct %.*s, has_%.*s),",
                             DYN_ARG(row), DYN_ARG(c_member(e, field->name)));
            } else {
                dyn_out_line(out, "        .presence = DYNR_REQUIRED,");
            }
            dyn_out_line(out, "        .type = &%.*s,", DYN_ARG(types[i]));
        }
        dyn_out_line(out, "    },");
    }
    dyn_out_line(out, "};");
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_key_template key_%.*s = {", DYN_ARG(symbol));
    dyn_out_line(out, "    .attribute = %.*s,", DYN_ARG(c_string(e, key->attribute)));
    if (key->native) {
        dyn_out_line(out, "    .native = true,");
    }
    dyn_out_line(out, "    .type = '%c',", key->type);
    dyn_out_line(out, "    .delimiter = '%c',", key->delimiter == 0 ? '#' : key->delimiter);
    dyn_out_line(out, "    .n_parts = %zu,", key->n_pieces);
    dyn_out_line(out, "    .parts = parts_%.*s,", DYN_ARG(symbol));
    dyn_out_line(out, "};");
    return symbol;
}

static struct dynr_str requirement_role(struct c_emit *e, const struct dyn_requirement *requirement,
                                        const char *side)
{
    struct dynr_str name = dyn_name_snake(e->arena, requirement->name);
    return dynr_arena_printf(e->arena, "%.*s_%s", DYN_ARG(name), side);
}

static void emit_keys(struct c_emit *e, const struct dyn_plan_entity *entity, struct dynr_str row)
{
    (void)emit_template(e, row, "partition", &entity->partition);
    if (entity->sort.n_pieces > 0) {
        (void)emit_template(e, row, "sort", &entity->sort);
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL) {
            continue;
        }
        (void)emit_template(e, row, requirement_role(e, requirement, "partition").ptr,
                            &requirement->partition);
        if (requirement->sort.n_pieces > 0) {
            (void)emit_template(e, row, requirement_role(e, requirement, "sort").ptr,
                                &requirement->sort);
        }
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        struct dynr_str field =
            dyn_name_snake(e->arena, entity->uniques[i].unique->field->name->text);
        struct dynr_str role = dynr_arena_printf(e->arena, "unique_%.*s_partition", DYN_ARG(field));
        (void)emit_template(e, row, role.ptr, &entity->uniques[i].partition);
        if (entity->uniques[i].sort.n_pieces > 0) {
            role = dynr_arena_printf(e->arena, "unique_%.*s_sort", DYN_ARG(field));
            (void)emit_template(e, row, role.ptr, &entity->uniques[i].sort);
        }
    }
}

static size_t emit_index_keys(struct c_emit *e, const struct dyn_plan_entity *entity,
                              struct dynr_str row)
{
    struct dyn_out *out = &e->source;
    size_t n = 0;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL) {
            continue;
        }
        if (n++ == 0) {
            dyn_out_blank(out);
            dyn_out_line(out, "static const struct dynr_index_key index_keys_%.*s[] = {",
                         DYN_ARG(row));
        }
        size_t position = 0;
        struct dynr_str index = index_symbol(e, requirement->slot, &position);
        dyn_out_line(out, "    {");
        dyn_out_line(out, "        .index = &%.*s,", DYN_ARG(index));
        dyn_out_line(out, "        .partition = &key_%.*s_%.*s,", DYN_ARG(row),
                     DYN_ARG(requirement_role(e, requirement, "partition")));
        if (requirement->sort.n_pieces > 0) {
            dyn_out_line(out, "        .sort = &key_%.*s_%.*s,", DYN_ARG(row),
                         DYN_ARG(requirement_role(e, requirement, "sort")));
        }
        dyn_out_line(out, "    },");
    }
    if (n > 0) {
        dyn_out_line(out, "};");
    }
    return n;
}

static void emit_uniques(struct c_emit *e, const struct dyn_plan_entity *entity,
                         struct dynr_str row)
{
    struct dyn_out *out = &e->source;
    if (entity->n_uniques == 0) {
        return;
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_unique_desc uniques_%.*s[] = {", DYN_ARG(row));
    for (size_t i = 0; i < entity->n_uniques; i++) {
        struct dynr_str name = entity->uniques[i].unique->field->name->text;
        struct dynr_str field = dyn_name_snake(e->arena, name);
        dyn_out_line(out, "    {");
        dyn_out_line(out, "        .field = %.*s,", DYN_ARG(c_string(e, name)));
        dyn_out_line(out, "        .partition = &key_%.*s_unique_%.*s_partition,", DYN_ARG(row),
                     DYN_ARG(field));
        if (entity->uniques[i].sort.n_pieces > 0) {
            dyn_out_line(out, "        .sort = &key_%.*s_unique_%.*s_sort,", DYN_ARG(row),
                         DYN_ARG(field));
        }
        dyn_out_line(out, "    },");
    }
    dyn_out_line(out, "};");
}

static const struct dyn_plan_path *children_path(struct c_emit *e, const struct dyn_model *child)
{
    const struct dyn_plan_entity *entity = dyn_plan_entity_of(e->plan, child);
    for (size_t i = 0; i < entity->n_paths; i++) {
        bool from_parent = entity->paths[i]->kind == DYN_PATH_CHILDREN ||
                           (child->single && entity->paths[i]->kind == DYN_PATH_GET);
        if (from_parent) {
            return entity->paths[i];
        }
    }
    return NULL;
}

struct dynr_str c_path_symbol(struct c_emit *e, const struct dyn_plan_path *path)
{
    struct dynr_str row = c_model_name(e, path->entity->model);
    struct dynr_str name = dyn_name_snake(e->arena, path->name);
    struct dynr_str symbol =
        dynr_arena_printf(e->arena, "%.*s_%.*s_path", DYN_ARG(row), DYN_ARG(name));
    (void)c_first_time(e, symbol);
    return symbol;
}

static size_t emit_children(struct c_emit *e, const struct dyn_model *model, struct dynr_str row)
{
    struct dyn_out *out = &e->source;
    size_t n = 0;
    for (size_t i = 0; i < model->n_children; i++) {
        const struct dyn_plan_path *path = children_path(e, model->children[i]);
        if (path == NULL) {
            continue;
        }
        if (n++ == 0) {
            dyn_out_blank(out);
            dyn_out_line(out, "static const struct dynr_child_desc children_%.*s[] = {",
                         DYN_ARG(row));
        }
        dyn_out_line(out, "    {.path = &%.*s},", DYN_ARG(c_path_symbol(e, path)));
    }
    if (n > 0) {
        dyn_out_line(out, "};");
    }
    return n;
}

static void emit_trait(struct c_emit *e, const char *member, const struct dyn_field *field)
{
    if (field == NULL) {
        dyn_out_line(&e->source, "    .%s = DYNR_NO_FIELD,", member);
    } else {
        dyn_out_line(&e->source, "    .%s = %zu,", member, field->index);
    }
}

static void emit_entity(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    struct dyn_out *out = &e->source;
    const struct dyn_model *model = entity->model;
    struct dynr_str row = c_model_name(e, model);
    emit_keys(e, entity, row);
    dyn_out_section(out, "entities");
    size_t n_index_keys = emit_index_keys(e, entity, row);
    emit_uniques(e, entity, row);
    size_t n_children = emit_children(e, model, row);
    dyn_out_blank(out);
    dyn_out_line(out, "const struct dynr_entity_desc %.*s_entity = {", DYN_ARG(row));
    dyn_out_line(out, "    .name = %.*s,", DYN_ARG(c_string(e, model->name->text)));
    dyn_out_line(out, "    .tag = %.*s,", DYN_ARG(c_string(e, model->tag)));
    dyn_out_line(out, "    .table = &%.*s,", DYN_ARG(table_symbol(e, model->table)));
    dyn_out_line(out, "    .row = &%.*s_struct,", DYN_ARG(row));
    dyn_out_line(out, "    .key = &%.*s_key_struct,", DYN_ARG(row));
    dyn_out_line(out, "    .partition = &key_%.*s_partition,", DYN_ARG(row));
    if (entity->sort.n_pieces > 0) {
        dyn_out_line(out, "    .sort = &key_%.*s_sort,", DYN_ARG(row));
    }
    if (n_index_keys > 0) {
        dyn_out_line(out, "    .index_keys = index_keys_%.*s,", DYN_ARG(row));
        dyn_out_line(out, "    .n_index_keys = %zu,", n_index_keys);
    }
    if (entity->n_uniques > 0) {
        dyn_out_line(out, "    .uniques = uniques_%.*s,", DYN_ARG(row));
        dyn_out_line(out, "    .n_uniques = %zu,", entity->n_uniques);
    }
    if (n_children > 0) {
        dyn_out_line(out, "    .children = children_%.*s,", DYN_ARG(row));
        dyn_out_line(out, "    .n_children = %zu,", n_children);
    }
    emit_trait(e, "created_at", model->created_at);
    emit_trait(e, "updated_at", model->updated_at);
    emit_trait(e, "version", model->version);
    emit_trait(e, "deleted_at", model->deleted_at);
    dyn_out_line(out, "};");
}

static const char *path_kind(enum dyn_path_kind kind)
{
    switch (kind) {
    case DYN_PATH_GET:
        return "DYNR_PATH_GET";
    case DYN_PATH_UNIQUE:
        return "DYNR_PATH_UNIQUE";
    case DYN_PATH_CHILDREN:
        return "DYNR_PATH_CHILDREN";
    case DYN_PATH_INDEX:
        return "DYNR_PATH_INDEX";
    }
    return "DYNR_PATH_GET";
}

static size_t literal_parts(const struct dyn_key_template *key)
{
    size_t n = 0;
    while (n < key->n_pieces && key->pieces[n].value == NULL) {
        n++;
    }
    return n;
}

static bool is_referred_to(struct c_emit *e, const struct dyn_plan_path *path)
{
    struct dynr_str row = c_model_name(e, path->entity->model);
    struct dynr_str name = dyn_name_snake(e->arena, path->name);
    struct dynr_str symbol =
        dynr_arena_printf(e->arena, "%.*s_%.*s_path", DYN_ARG(row), DYN_ARG(name));
    return dynr_map_get(&e->written, symbol) != NULL;
}

static void emit_path(struct c_emit *e, const struct dyn_plan_path *path)
{
    struct dyn_out *out = &e->source;
    struct dynr_str row = c_model_name(e, path->entity->model);
    dyn_out_section(&e->header, "tables");
    dyn_out_line(&e->header, "extern const struct dynr_path_desc %.*s;",
                 DYN_ARG(c_path_symbol(e, path)));
    dyn_out_section(out, "paths");
    dyn_out_blank(out);
    dyn_out_comment(out, path->key_condition);
    dyn_out_line(out, "const struct dynr_path_desc %.*s = {", DYN_ARG(c_path_symbol(e, path)));
    dyn_out_line(out, "    .name = %.*s,", DYN_ARG(c_string(e, path->name)));
    dyn_out_line(out, "    .kind = %s,", path_kind(path->kind));
    dyn_out_line(out, "    .entity = &%.*s_entity,", DYN_ARG(row));
    struct dynr_str side = row;
    struct dynr_str partition = dynr_str_from_c("partition");
    struct dynr_str sort = dynr_str_from_c("sort");
    if (path->kind == DYN_PATH_INDEX) {
        const struct dyn_requirement *requirement = path->requirement;
        while (requirement->served_by != NULL) {
            requirement = requirement->served_by;
        }
        size_t position = 0;
        dyn_out_line(out, "    .index = &%.*s,",
                     DYN_ARG(index_symbol(e, requirement->slot, &position)));
        partition = requirement_role(e, requirement, "partition");
        sort = requirement_role(e, requirement, "sort");
    } else if (path->kind == DYN_PATH_UNIQUE) {
        struct dynr_str field = dyn_name_snake(e->arena, path->unique->unique->field->name->text);
        partition = dynr_arena_printf(e->arena, "unique_%.*s_partition", DYN_ARG(field));
        sort = dynr_arena_printf(e->arena, "unique_%.*s_sort", DYN_ARG(field));
        size_t which = (size_t)(path->unique - path->entity->uniques);
        dyn_out_line(out, "    .unique = &uniques_%.*s[%zu],", DYN_ARG(row), which);
    }
    dyn_out_line(out, "    .partition = &key_%.*s_%.*s,", DYN_ARG(side), DYN_ARG(partition));
    if (path->sort->n_pieces > 0) {
        dyn_out_line(out, "    .sort = &key_%.*s_%.*s,", DYN_ARG(side), DYN_ARG(sort));
        dyn_out_line(out, "    .n_literal = %zu,", literal_parts(path->sort));
    }
    dyn_out_line(out, "};");
}

void c_emit_entities(struct c_emit *e)
{
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = e->plan->entities[i];
        dyn_out_section(&e->header, "tables");
        dyn_out_line(&e->header, "extern const struct dynr_entity_desc %.*s_entity;",
                     DYN_ARG(c_model_name(e, entity->model)));
    }
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = e->plan->entities[i];
        emit_entity(e, entity);
    }
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = e->plan->entities[i];
        for (size_t j = 0; j < entity->n_paths; j++) {
            if (is_referred_to(e, entity->paths[j])) {
                emit_path(e, entity->paths[j]);
            }
        }
    }
}
