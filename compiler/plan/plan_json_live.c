/* SPDX-License-Identifier: Apache-2.0 */
/* How queries are kept live, in the JSON form of the plan. */
#include "plan/json.h"
#include "plan/live.h"

static void add_fields(const struct dyn_json *json, cJSON *object, const char *name,
                       const struct dyn_field *const *fields, size_t n)
{
    cJSON *array = dyn_json_array(object, name);
    for (size_t i = 0; i < n; i++) {
        dyn_json_append_str(json, array, fields[i]->name->text);
    }
}

static void add_order(const struct dyn_json *json, cJSON *object, const struct dyn_live_node *node)
{
    cJSON *array = dyn_json_array(object, "order");
    for (size_t i = 0; i < node->n_order; i++) {
        cJSON *part = dyn_json_element(array);
        dyn_json_str(json, part, "field", node->order[i].field->name->text);
        dyn_json_bool(part, "descending", node->order[i].descending);
    }
}

static void add_deciding(const struct dyn_json *json, cJSON *object,
                         const struct dyn_live_node *node)
{
    const struct dyn_model *model = node->entity->model;
    cJSON *array = dyn_json_array(object, "deciding");
    for (size_t i = 0; i < model->n_fields; i++) {
        if (node->deciding[i]) {
            dyn_json_append_str(json, array, model->fields[i]->name->text);
        }
    }
}

static void fill_node(const struct dyn_json *json, cJSON *out, const struct dyn_live_node *node)
{
    dyn_json_str(json, out, "name", node->name);
    dyn_json_c(out, "class", dyn_live_class_name(node->node_class));
    dyn_json_str(json, out, "reason", node->reason);
    dyn_json_int(json, out, "parent", (int64_t)node->parent);
    dyn_json_bool(out, "single", node->single);
    dyn_json_str(json, out, "model", node->entity->model->name->text);
    add_fields(json, out, "fields", node->fields, node->n_fields);
    dyn_json_int(json, out, "shown", (int64_t)node->n_shown);
    add_fields(json, out, "key", node->key, node->n_key);
    add_order(json, out, node);
    add_deciding(json, out, node);
    cJSON *paths = dyn_json_array(out, "paths");
    for (size_t i = 0; i < node->n_paths; i++) {
        dyn_json_append_str(json, paths, node->paths[i]->name);
    }
    if (node->predicate != NULL) {
        dyn_json_expr(json, out, "condition", node->predicate);
    }
    if (node->reference != NULL) {
        dyn_json_str(json, out, "reference", node->reference->name->text);
    }
}

void dyn_json_live(const struct dyn_json *json, cJSON *procedure,
                   const struct dyn_plan_procedure *plan)
{
    if (plan->live == NULL) {
        dyn_json_str(json, procedure, "notLive", plan->live_reason);
        return;
    }
    cJSON *out = dyn_json_object(procedure, "live");
    dyn_json_bool(out, "valuesOnly", plan->live->values_only);
    dyn_json_bool(out, "tracked", plan->live->is_tracked);
    add_fields(json, out, "callerFields", plan->live->caller_fields, plan->live->n_caller_fields);
    cJSON *nodes = dyn_json_array(out, "nodes");
    for (size_t i = 0; i < plan->live->n_nodes; i++) {
        fill_node(json, dyn_json_element(nodes), &plan->live->nodes[i]);
    }
}
