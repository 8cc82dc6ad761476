/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dynrc ir`: the plan as versioned JSON (docs/ir.md). Integers go in as raw text, since cJSON's numbers are doubles.
 * Members are only ever added within a version.
 */
#include "plan/json.h"

#include <stdlib.h>

static void *require(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

void dyn_json_str(const struct dyn_json *json, cJSON *object, const char *name,
                  struct dynr_str text)
{
    require(cJSON_AddStringToObject(object, name, dyn_dup(json->arena, text).ptr));
}

void dyn_json_c(cJSON *object, const char *name, const char *text)
{
    require(cJSON_AddStringToObject(object, name, text));
}

void dyn_json_int(const struct dyn_json *json, cJSON *object, const char *name, int64_t value)
{
    struct dynr_str text = dyn_text(json->arena, "%lld", (long long)value);
    require(cJSON_AddRawToObject(object, name, text.ptr));
}

void dyn_json_bool(cJSON *object, const char *name, bool value)
{
    require(cJSON_AddBoolToObject(object, name, value));
}

cJSON *dyn_json_array(cJSON *object, const char *name)
{
    return require(cJSON_AddArrayToObject(object, name));
}

cJSON *dyn_json_object(cJSON *object, const char *name)
{
    return require(cJSON_AddObjectToObject(object, name));
}

cJSON *dyn_json_element(cJSON *array)
{
    cJSON *element = require(cJSON_CreateObject());
    cJSON_AddItemToArray(array, element);
    return element;
}

void dyn_json_append_str(const struct dyn_json *json, cJSON *array, struct dynr_str text)
{
    cJSON_AddItemToArray(array, require(cJSON_CreateString(dyn_dup(json->arena, text).ptr)));
}

void dyn_json_doc(const struct dyn_json *json, cJSON *object, struct dynr_str text)
{
    if (text.len != 0) {
        dyn_json_str(json, object, "doc", text);
    }
}

void dyn_json_type(const struct dyn_json *json, cJSON *object, const char *name,
                   const struct dyn_type *type)
{
    struct dynr_buf buf = {0};
    dyn_type_write(type, &buf);
    dyn_json_str(json, object, name, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
}

void dyn_json_expr(const struct dyn_json *json, cJSON *object, const char *name,
                   const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    struct dynr_buf buf = {0};
    dyn_expr_write(expr, &buf);
    dyn_json_str(json, object, name, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
}

cJSON *dyn_json_field(const struct dyn_json *json, const struct dyn_field *field)
{
    cJSON *object = require(cJSON_CreateObject());
    dyn_json_str(json, object, "name", field->name->text);
    dyn_json_doc(json, object, field->doc);
    dyn_json_type(json, object, "type", field->type);
    dyn_json_bool(object, "optional", field->type->optional);
    if (field->attribute.len != 0) {
        dyn_json_str(json, object, "attribute", field->attribute);
    }
    if (field->claim.len != 0) {
        dyn_json_str(json, object, "claim", field->claim);
    }
    if (field->automatic) {
        dyn_json_bool(object, "auto", true);
    }
    dyn_json_expr(json, object, "default", field->default_value);
    return object;
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

static void add_template(const struct dyn_json *json, cJSON *object, const char *name,
                         const struct dyn_key_template *key)
{
    if (key->n_pieces == 0) {
        return;
    }
    cJSON *out = dyn_json_object(object, name);
    dyn_json_str(json, out, "attribute", key->attribute);
    dyn_json_str(json, out, "type", dynr_str_make(&key->type, 1));
    dyn_json_bool(out, "native", key->native);
    dyn_json_bool(out, "sparse", key->sparse);
    dyn_json_str(json, out, "delimiter", dynr_str_make(&key->delimiter, 1));
    dyn_json_int(json, out, "maxLength", (int64_t)key->max_length);
    struct dynr_buf buf = {0};
    dyn_key_template_write(key, &buf);
    dyn_json_str(json, out, "text", dynr_buf_str(&buf));
    dynr_buf_clear(&buf);
    dyn_key_template_example(key, &buf);
    dyn_json_str(json, out, "example", dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    cJSON *pieces = dyn_json_array(out, "pieces");
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        cJSON *element = dyn_json_element(pieces);
        dyn_json_str(json, element, "literal", piece->literal);
        if (piece->value == NULL) {
            continue;
        }
        cJSON *path = dyn_json_array(element, "path");
        for (size_t k = 0; k < piece->value->n_path; k++) {
            dyn_json_append_str(json, path, piece->value->path[k]->name->text);
        }
        dyn_json_type(json, element, "type", piece->value->type);
        dyn_json_bool(element, "fold", piece->fold);
    }
}

static void add_names(const struct dyn_json *json, cJSON *object, const char *name,
                      const struct dyn_field *const *fields, size_t n)
{
    cJSON *array = dyn_json_array(object, name);
    for (size_t i = 0; i < n; i++) {
        dyn_json_append_str(json, array, fields[i]->name->text);
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void add_table(const struct dyn_json *json, cJSON *array, const struct dyn_plan_table *table)
{
    const struct dyn_table *setting = table->table;
    cJSON *out = dyn_json_element(array);
    dyn_json_str(json, out, "name", setting->name->text);
    dyn_json_doc(json, out, setting->doc);
    if (setting->physical_name.len != 0) {
        dyn_json_str(json, out, "physicalName", setting->physical_name);
    }
    dyn_json_str(json, out, "partitionAttribute", setting->partition_attribute);
    dyn_json_str(json, out, "partitionType", dynr_str_make(&table->partition_type, 1));
    if (table->sort_type != 0) {
        dyn_json_str(json, out, "sortAttribute", setting->sort_attribute);
        dyn_json_str(json, out, "sortType", dynr_str_make(&table->sort_type, 1));
    }
    dyn_json_str(json, out, "typeAttribute", setting->type_attribute);
    if (table->has_ttl) {
        dyn_json_str(json, out, "ttlAttribute", setting->ttl_attribute);
    }
    dyn_json_bool(out, "stream", table->stream);
    dyn_json_int(json, out, "indexBudget", setting->index_budget);
    dyn_json_int(json, out, "lowerBound", (int64_t)table->lower_bound);
    cJSON *indexes = dyn_json_array(out, "indexes");
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct dyn_plan_slot *slot = table->slots[i];
        cJSON *index = dyn_json_element(indexes);
        dyn_json_str(json, index, "name", slot->name);
        dyn_json_str(json, index, "partitionAttribute", slot->partition_attribute);
        dyn_json_str(json, index, "partitionType", dynr_str_make(&slot->partition_type, 1));
        if (slot->sort_attribute.len != 0) {
            dyn_json_str(json, index, "sortAttribute", slot->sort_attribute);
            dyn_json_str(json, index, "sortType", dynr_str_make(&slot->sort_type, 1));
        }
        dyn_json_bool(index, "locked", slot->locked);
        cJSON *reasons = dyn_json_array(index, "requirements");
        for (size_t k = 0; k < slot->n_requirements; k++) {
            cJSON *requirement = dyn_json_element(reasons);
            dyn_json_str(json, requirement, "model",
                         slot->requirements[k]->entity->model->name->text);
            dyn_json_str(json, requirement, "name", slot->requirements[k]->name);
            dyn_json_str(json, requirement, "reason", slot->requirements[k]->reason);
        }
    }
}

/* ---- models ------------------------------------------------------------------------------------------------ */

static void add_path(const struct dyn_json *json, cJSON *array, const struct dyn_plan_path *path)
{
    cJSON *out = dyn_json_element(array);
    dyn_json_str(json, out, "name", path->name);
    dyn_json_c(out, "kind", dyn_path_kind_name(path->kind));
    if (path->requirement != NULL) {
        dyn_json_str(json, out, "index", path->requirement->slot->name);
    }
    dyn_json_str(json, out, "keyCondition", path->key_condition);
    add_names(json, out, "partition", path->partition_fields, path->n_partition_fields);
    cJSON *sort = dyn_json_array(out, "sort");
    for (size_t i = 0; i < path->n_sort_values; i++) {
        struct dynr_buf buf = {0};
        dyn_value_write(path->sort_values[i], &buf);
        dyn_json_append_str(json, sort, dynr_buf_str(&buf));
        dynr_buf_cleanup(&buf);
    }
    dyn_json_int(json, out, "determined", (int64_t)path->n_determined);
    add_names(json, out, "presence", path->presence, path->n_presence);
    dyn_json_bool(out, "singleRow", path->single_row);
}

static void add_indexes(const struct dyn_json *json, cJSON *out,
                        const struct dyn_plan_entity *entity)
{
    cJSON *uniques = dyn_json_array(out, "uniques");
    for (size_t i = 0; i < entity->n_uniques; i++) {
        cJSON *unique = dyn_json_element(uniques);
        dyn_json_str(json, unique, "field", entity->uniques[i].unique->field->name->text);
        dyn_json_bool(unique, "fold", entity->uniques[i].unique->fold);
        add_template(json, unique, "partition", &entity->uniques[i].partition);
        add_template(json, unique, "sort", &entity->uniques[i].sort);
    }
    cJSON *indexes = dyn_json_array(out, "indexes");
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        cJSON *index = dyn_json_element(indexes);
        dyn_json_str(json, index, "name", requirement->name);
        dyn_json_str(json, index, "reason", requirement->reason);
        dyn_json_str(json, index, "index", requirement->slot->name);
        if (requirement->served_by != NULL) {
            dyn_json_str(json, index, "servedBy", requirement->served_by->name);
            continue;
        }
        add_template(json, index, "partition", &requirement->partition);
        add_template(json, index, "sort", &requirement->sort);
    }
}

static void add_entity(const struct dyn_json *json, cJSON *array,
                       const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    cJSON *out = dyn_json_element(array);
    dyn_json_str(json, out, "name", model->name->text);
    dyn_json_doc(json, out, model->doc);
    dyn_json_str(json, out, "tag", model->tag);
    dyn_json_str(json, out, "table", model->table->name->text);
    if (model->parent != NULL) {
        dyn_json_str(json, out, "parent", model->parent->name->text);
        dyn_json_bool(out, "single", model->single);
    }
    if (model->link_end != NULL) {
        dyn_json_str(json, out, "linkEnd", model->link_end->name->text);
    }
    cJSON *fields = dyn_json_array(out, "fields");
    for (size_t i = 0; i < model->n_fields; i++) {
        cJSON *field = dyn_json_field(json, model->fields[i]);
        dyn_json_bool(field, "key", model->fields[i]->is_key);
        dyn_json_c(field, "update", dyn_update_class_name(entity->update_classes[i]));
        cJSON_AddItemToArray(fields, field);
    }
    cJSON *relations = dyn_json_array(out, "relations");
    for (size_t i = 0; i < model->n_relations; i++) {
        const struct dyn_relation *relation = model->relations[i];
        cJSON *element = dyn_json_element(relations);
        dyn_json_str(json, element, "name", relation->name->text);
        dyn_json_doc(json, element, relation->doc);
        dyn_json_str(json, element, "model", relation->target->name->text);
        if (relation->far != NULL) {
            dyn_json_str(json, element, "far", relation->far->name->text);
        }
        dyn_json_str(json, element, "via", relation->via->name->text);
        dyn_json_bool(element, "many", relation->many);
    }
    add_template(json, out, "partition", &entity->partition);
    add_template(json, out, "sort", &entity->sort);
    add_indexes(json, out, entity);
    cJSON *paths = dyn_json_array(out, "paths");
    for (size_t i = 0; i < entity->n_paths; i++) {
        add_path(json, paths, entity->paths[i]);
    }
    dyn_json_int(json, out, "maxSize", (int64_t)entity->max_size);
    dyn_json_int(json, out, "typicalSize", (int64_t)entity->typical_size);
}

/* ---- types ------------------------------------------------------------------------------------------------- */

static void add_types(const struct dyn_json *json, cJSON *root)
{
    const struct dyn_program *program = json->plan->program;
    cJSON *enums = dyn_json_array(root, "enums");
    for (size_t i = 0; i < program->n_enums; i++) {
        cJSON *out = dyn_json_element(enums);
        dyn_json_str(json, out, "name", program->enums[i]->name->text);
        dyn_json_doc(json, out, program->enums[i]->doc);
        cJSON *values = dyn_json_array(out, "values");
        for (size_t k = 0; k < program->enums[i]->n_values; k++) {
            const struct dyn_enum_value *value = &program->enums[i]->values[k];
            cJSON *element = dyn_json_element(values);
            dyn_json_str(json, element, "name", value->name->text);
            dyn_json_doc(json, element, value->doc);
            dyn_json_int(json, element, "tag", value->tag);
        }
    }
    cJSON *structs = dyn_json_array(root, "structs");
    for (size_t i = 0; i < program->n_structs; i++) {
        cJSON *out = dyn_json_element(structs);
        dyn_json_str(json, out, "name", program->structs[i]->name->text);
        dyn_json_doc(json, out, program->structs[i]->doc);
        cJSON *fields = dyn_json_array(out, "fields");
        for (size_t k = 0; k < program->structs[i]->n_fields; k++) {
            cJSON_AddItemToArray(fields, dyn_json_field(json, program->structs[i]->fields[k]));
        }
    }
    cJSON *contexts = dyn_json_array(root, "contexts");
    for (size_t i = 0; i < program->n_contexts; i++) {
        cJSON *out = dyn_json_element(contexts);
        dyn_json_str(json, out, "name", program->contexts[i]->name->text);
        dyn_json_doc(json, out, program->contexts[i]->doc);
        cJSON *fields = dyn_json_array(out, "fields");
        for (size_t k = 0; k < program->contexts[i]->n_fields; k++) {
            cJSON_AddItemToArray(fields, dyn_json_field(json, program->contexts[i]->fields[k]));
        }
    }
}

void dyn_plan_json(const struct dyn_plan *plan, struct dynr_arena *arena, struct dynr_buf *out)
{
    struct dyn_json json = {arena, plan};
    cJSON *root = require(cJSON_CreateObject());
    dyn_json_int(&json, root, "ir", 1);
    dyn_json_str(&json, root, "name", plan->program->name->text);
    dyn_json_int(&json, root, "edition", plan->program->edition);
    add_types(&json, root);
    cJSON *tables = dyn_json_array(root, "tables");
    for (size_t i = 0; i < plan->n_tables; i++) {
        add_table(&json, tables, plan->tables[i]);
    }
    cJSON *models = dyn_json_array(root, "models");
    for (size_t i = 0; i < plan->n_entities; i++) {
        add_entity(&json, models, plan->entities[i]);
    }
    cJSON *procedures = dyn_json_array(root, "procedures");
    for (size_t i = 0; i < plan->n_procedures; i++) {
        cJSON_AddItemToArray(procedures, dyn_json_procedure(&json, plan->procedures[i]));
    }
    char *text = require(cJSON_Print(root));
    dynr_buf_append_c(out, text);
    dynr_buf_append_char(out, '\n');
    cJSON_free(text);
    cJSON_Delete(root);
}
