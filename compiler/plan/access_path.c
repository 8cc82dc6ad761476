/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access paths: for each entity get, by unique value, the rows of a partition of the base table, and one path per
 * requirement. A path is read with the same templates that its items are written with.
 */
#include "plan/derive.h"

static bool has_field(const struct dyn_field *const *fields, size_t n,
                      const struct dyn_field *field)
{
    for (size_t i = 0; i < n; i++) {
        if (fields[i] == field) {
            return true;
        }
    }
    return false;
}

bool dyn_path_is_by_field(const struct dyn_plan_path *path, const struct dyn_field *field)
{
    return has_field(path->partition_fields, path->n_partition_fields, field);
}

static void collect_partition_fields(struct dyn_derive *derive, struct dyn_plan_path *path)
{
    const struct dyn_key_template *key = path->partition;
    path->partition_fields =
        dyn_alloc_array(derive->arena, key->n_pieces, sizeof *path->partition_fields);
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_value *value = key->pieces[i].value;
        if (value != NULL && !dyn_path_is_by_field(path, value->path[0])) {
            path->partition_fields[path->n_partition_fields++] = value->path[0];
        }
    }
}

static void collect_sort_values(struct dyn_derive *derive, struct dyn_plan_path *path)
{
    const struct dyn_key_template *key = path->sort;
    path->sort_values = dyn_alloc_array(derive->arena, key->n_pieces, sizeof *path->sort_values);
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_value *value = key->pieces[i].value;
        if (value == NULL) {
            continue;
        }
        if (path->n_sort_values == 0 && dyn_path_is_by_field(path, value->path[0])) {
            path->n_determined++;
        } else {
            path->sort_values[path->n_sort_values++] = value;
        }
    }
}

static void collect_presence(struct dyn_derive *derive, struct dyn_plan_path *path)
{
    const struct dyn_key_template *keys[] = {path->partition, path->sort};
    path->presence = dyn_alloc_array(
        derive->arena, path->partition->n_pieces + path->sort->n_pieces, sizeof *path->presence);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < keys[k]->n_pieces; i++) {
            const struct dyn_key_value *value = keys[k]->pieces[i].value;
            if (value != NULL && dyn_value_is_optional(value) &&
                !has_field(path->presence, path->n_presence, value->path[0])) {
                path->presence[path->n_presence++] = value->path[0];
            }
        }
    }
}

/* The part of the sort key before the first value that can be bound: what every key of the path starts with. */
static void write_sort_prefix(const struct dyn_plan_path *path, struct dynr_buf *out)
{
    size_t n_values = 0;
    for (size_t i = 0; i < path->sort->n_pieces; i++) {
        dynr_buf_append_str(out, path->sort->pieces[i].literal);
        if (path->sort->pieces[i].value == NULL) {
            continue;
        }
        if (n_values++ == path->n_determined) {
            return;
        }
        dynr_buf_append_char(out, '{');
        dyn_value_write(path->sort->pieces[i].value, out);
        dynr_buf_append_char(out, '}');
    }
}

static struct dynr_str write_key_condition(struct dyn_derive *derive,
                                           const struct dyn_plan_path *path)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_str(&buf, path->partition->attribute);
    dynr_buf_append_c(&buf, " = ");
    dyn_key_template_write(path->partition, &buf);
    if (path->sort->n_pieces == 0) {
        return dyn_take_text(derive->arena, &buf);
    }
    if (path->single_row) {
        dynr_buf_printf(&buf, " and %.*s = ", DYN_STR(path->sort->attribute));
        dyn_key_template_write(path->sort, &buf);
        return dyn_take_text(derive->arena, &buf);
    }
    size_t before = buf.len;
    dynr_buf_printf(&buf, " and %.*s begins_with ", DYN_STR(path->sort->attribute));
    size_t after = buf.len;
    write_sort_prefix(path, &buf);
    if (buf.len == after) {
        /* Nothing is fixed: the sort key is there for ranges and order. */
        buf.len = before;
        dynr_buf_printf(&buf, " [and %.*s in range of ", DYN_STR(path->sort->attribute));
        dyn_key_template_write(path->sort, &buf);
        dynr_buf_append_char(&buf, ']');
    }
    return dyn_take_text(derive->arena, &buf);
}

static struct dyn_plan_path *make_path(struct dyn_derive *derive, struct dyn_plan_entity *entity,
                                       enum dyn_path_kind kind, struct dynr_str name,
                                       const struct dyn_key_template *partition,
                                       const struct dyn_key_template *sort)
{
    struct dyn_plan_path *path = dyn_alloc(derive->arena, sizeof *path);
    path->name = name;
    path->kind = kind;
    path->entity = entity;
    path->partition = partition;
    path->sort = sort;
    path->single_row = kind == DYN_PATH_GET || kind == DYN_PATH_UNIQUE;
    collect_partition_fields(derive, path);
    collect_sort_values(derive, path);
    collect_presence(derive, path);
    path->key_condition = write_key_condition(derive, path);
    entity->paths[entity->n_paths++] = path;
    return path;
}

/* "in_list", "in_scope_model". */
static struct dynr_str children_name(struct dyn_derive *derive, const struct dyn_plan_path *get)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, "in");
    for (size_t i = 0; i < get->n_partition_fields; i++) {
        dynr_buf_append_char(&buf, '_');
        dynr_buf_append_str(&buf, get->partition_fields[i]->name->text);
    }
    return dyn_take_text(derive->arena, &buf);
}

static void derive_entity_paths(struct dyn_derive *derive, struct dyn_plan_entity *entity)
{
    size_t n = 2 + entity->n_uniques + entity->n_requirements;
    entity->paths = dyn_alloc_array(derive->arena, n, sizeof *entity->paths);
    if (entity->partition.n_pieces == 0) {
        return;
    }
    const struct dyn_plan_path *get = make_path(
        derive, entity, DYN_PATH_GET, dynr_str_from_c("get"), &entity->partition, &entity->sort);
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dyn_plan_unique *unique = &entity->uniques[i];
        struct dyn_plan_path *path = make_path(
            derive, entity, DYN_PATH_UNIQUE,
            dyn_text(derive->arena, "by_%.*s", DYN_STR(unique->unique->field->name->text)),
            &unique->partition, &unique->sort);
        path->unique = unique;
    }
    if (get->n_sort_values != 0) {
        make_path(derive, entity, DYN_PATH_CHILDREN, children_name(derive, get), &entity->partition,
                  &entity->sort);
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->slot == NULL || requirement->partition.n_pieces == 0) {
            continue;
        }
        struct dyn_plan_path *path =
            make_path(derive, entity, DYN_PATH_INDEX,
                      dyn_text(derive->arena, "by_%.*s", DYN_STR(requirement->name)),
                      &requirement->partition, &requirement->sort);
        path->requirement = requirement;
    }
}

void dyn_derive_paths(struct dyn_derive *derive)
{
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        derive_entity_paths(derive, derive->plan->entities[i]);
    }
}

/* ---- as people read them ----------------------------------------------------------------------------------- */

static void write_fields(const struct dyn_plan_path *path, const char *separator, bool skip_first,
                         struct dynr_buf *out)
{
    for (size_t i = skip_first; i < path->n_partition_fields; i++) {
        dynr_buf_append_c(out, separator);
        dynr_buf_append_str(out, path->partition_fields[i]->name->text);
        separator = ", ";
    }
    if (path->requirement != NULL && path->requirement->index != NULL) {
        /* What was asked for, not what completes the order. */
        for (size_t i = 0; i < path->requirement->index->n_sort; i++) {
            dynr_buf_append_c(out, separator);
            dynr_buf_append_str(out, path->requirement->index->sort[i]->name->text);
            separator = ", ";
        }
        return;
    }
    if (path->requirement != NULL && path->requirement->written != NULL) {
        for (size_t i = 0; i < path->n_sort_values; i++) {
            dynr_buf_append_c(out, separator);
            dyn_value_write(path->sort_values[i], out);
            separator = ", ";
        }
    }
}

void dyn_path_write_reach(const struct dyn_plan_path *path, struct dynr_buf *out)
{
    const struct dyn_model *model = path->entity->model;
    const char *where = "table";
    dynr_buf_append_str(out, model->name->text);
    switch (path->kind) {
    case DYN_PATH_GET:
        dynr_buf_append_char(out, '(');
        for (size_t i = 0; i < model->n_key_fields; i++) {
            dynr_buf_append_c(out, i == 0 ? "" : ", ");
            dynr_buf_append_str(out, model->fields[i]->name->text);
        }
        dynr_buf_append_char(out, ')');
        break;
    case DYN_PATH_UNIQUE:
        write_fields(path, " by ", false, out);
        where = "unique";
        break;
    case DYN_PATH_CHILDREN:
        write_fields(path, " in ", false, out);
        break;
    case DYN_PATH_INDEX: {
        bool in_parent = model->parent != NULL && path->n_partition_fields != 0 &&
                         path->partition_fields[0]->origin == DYN_FIELD_PARENT;
        if (in_parent) {
            dynr_buf_printf(out, " in %.*s", DYN_STR(path->partition_fields[0]->name->text));
        }
        write_fields(path, " by ", in_parent, out);
        dynr_buf_printf(out, " (%.*s)", DYN_STR(path->requirement->slot->name));
        return;
    }
    }
    dynr_buf_printf(out, " (%s)", where);
}
