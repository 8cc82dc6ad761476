/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that write the plan as JSON. */
#ifndef DYN_PLAN_JSON_H
#define DYN_PLAN_JSON_H

#include <cjson/cJSON.h>

#include "plan/derive.h"
#include "plan/text.h"

struct dyn_json {
    struct dynr_arena *arena;
    const struct dyn_plan *plan;
};

void dyn_json_str(const struct dyn_json *json, cJSON *object, const char *name,
                  struct dynr_str text);
void dyn_json_c(cJSON *object, const char *name, const char *text);
void dyn_json_int(const struct dyn_json *json, cJSON *object, const char *name, int64_t value);
void dyn_json_bool(cJSON *object, const char *name, bool value);
/** An empty array or object as a member. */
cJSON *dyn_json_array(cJSON *object, const char *name);
cJSON *dyn_json_object(cJSON *object, const char *name);
/** An empty object as the last element. */
cJSON *dyn_json_element(cJSON *array);
void dyn_json_append_str(const struct dyn_json *json, cJSON *array, struct dynr_str text);
/** `text` unless it is empty. */
void dyn_json_doc(const struct dyn_json *json, cJSON *object, struct dynr_str text);
void dyn_json_type(const struct dyn_json *json, cJSON *object, const char *name,
                   const struct dyn_type *type);
void dyn_json_expr(const struct dyn_json *json, cJSON *object, const char *name,
                   const struct dyn_expr *expr);
cJSON *dyn_json_procedure(const struct dyn_json *json, const struct dyn_plan_procedure *plan);
/** Member `live`, or `notLive` with the reason (plan_json_live.c). */
void dyn_json_live(const struct dyn_json *json, cJSON *procedure,
                   const struct dyn_plan_procedure *plan);
cJSON *dyn_json_field(const struct dyn_json *json, const struct dyn_field *field);

void dyn_json_filter(const struct dyn_json *json, cJSON *object, const char *name,
                     const struct dyn_plan_filter *filter);
/* Policies (plan_json_policy.c): nothing where there are none. */
void dyn_json_predicate(const struct dyn_json *json, cJSON *object, const char *name,
                        const struct dyn_plan_predicate *predicate);
void dyn_json_variant_policy(const struct dyn_json *json, cJSON *out,
                             const struct dyn_plan_variant *variant);
void dyn_json_write_gate(const struct dyn_json *json, cJSON *object,
                         const struct dyn_plan_write_gate *gate);
void dyn_json_policy_uses(const struct dyn_json *json, cJSON *object,
                          const struct dyn_plan_procedure *plan);

#endif
