/* SPDX-License-Identifier: Apache-2.0 */
/* Policies in the JSON form of the plan. */
#include "plan/json.h"
#include "plan/text.h"

void dyn_json_predicate(const struct dyn_json *json, cJSON *object, const char *name,
                        const struct dyn_plan_predicate *predicate)
{
    if (predicate->expr == NULL) {
        return;
    }
    cJSON *out = dyn_json_object(object, name);
    dyn_json_expr(json, out, "condition", predicate->expr);
    cJSON *lookups = dyn_json_array(out, "lookups");
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        cJSON *element = dyn_json_element(lookups);
        dyn_json_str(json, element, "name", lookup->name);
        dyn_json_str(json, element, "model", lookup->entity->model->name->text);
        cJSON *key = dyn_json_array(element, "key");
        for (size_t k = 0; k < lookup->n_key; k++) {
            cJSON *part = dyn_json_element(key);
            dyn_json_str(json, part, "field", lookup->key[k].field->name->text);
            dyn_json_expr(json, part, "value", lookup->key[k].value);
        }
        dyn_json_expr(json, element, "allows", lookup->allows);
        dyn_json_expr(json, element, "denies", lookup->denies);
    }
}

void dyn_json_write_gate(const struct dyn_json *json, cJSON *object,
                         const struct dyn_plan_write_gate *gate)
{
    dyn_json_predicate(json, object, "gate", &gate->predicate);
    if (gate->n_grants == 0) {
        return;
    }
    cJSON *grants = dyn_json_array(object, "grants");
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        cJSON *out = dyn_json_element(grants);
        dyn_json_expr(json, out, "condition", grant->expr);
        dyn_json_int(json, out, "lookups", (int64_t)grant->n_lookups);
        dyn_json_bool(out, "direct", grant->is_direct);
        cJSON *checks = dyn_json_array(out, "checks");
        for (size_t k = 0; k < grant->n_checks; k++) {
            const struct dyn_plan_check *check = &grant->checks[k];
            cJSON *element = dyn_json_element(checks);
            dyn_json_str(json, element, "lookup", gate->predicate.lookups[check->lookup].name);
            dyn_json_bool(element, "mayBeAbsent", check->may_be_absent);
            dyn_json_filter(json, element, "filter", &check->filter);
        }
    }
}

void dyn_json_policy_uses(const struct dyn_json *json, cJSON *object,
                          const struct dyn_plan_procedure *plan)
{
    if (plan->n_policy_uses == 0) {
        return;
    }
    cJSON *uses = dyn_json_array(object, "policyUses");
    for (size_t i = 0; i < plan->n_policy_uses; i++) {
        const struct dyn_plan_policy_use *use = &plan->policy_uses[i];
        cJSON *out = dyn_json_element(uses);
        dyn_json_str(json, out, "model", use->model->name->text);
        dyn_json_str(json, out, "verb", use->verb->text);
        if (use->fields != NULL) {
            cJSON *fields = dyn_json_array(out, "fields");
            for (size_t k = 0; k < use->n_fields; k++) {
                dyn_json_append_str(json, fields, use->fields[k]->name->text);
            }
        }
    }
}

void dyn_json_variant_policy(const struct dyn_json *json, cJSON *out,
                             const struct dyn_plan_variant *variant)
{
    dyn_json_predicate(json, out, "gate", &variant->gate);
    dyn_json_expr(json, out, "policyFilter", variant->policy_filter);
    dyn_json_predicate(json, out, "rowFilter", &variant->row_filter);
}
