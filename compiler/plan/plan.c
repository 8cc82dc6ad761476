/* SPDX-License-Identifier: Apache-2.0 */
/* The order of derivation. Each step reads what the earlier ones made; an error in one does not hide those of others. */
#include "plan/live.h"
#include "plan/policy.h"

static size_t slot_of(const struct dyn_plan *plan, const struct dyn_model *model)
{
    uint64_t hash = (uint64_t)(uintptr_t)model * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) & (plan->n_by_model - 1);
}

const struct dyn_plan_entity *dyn_plan_entity_of(const struct dyn_plan *plan,
                                                 const struct dyn_model *model)
{
    if (plan->n_by_model == 0 || model == NULL) {
        return NULL;
    }
    size_t i = slot_of(plan, model);
    while (plan->by_model[i] != NULL && plan->by_model[i]->model != model) {
        i = (i + 1) & (plan->n_by_model - 1);
    }
    return plan->by_model[i];
}

static void make_entities(struct dyn_derive *derive)
{
    const struct dyn_program *program = derive->program;
    struct dyn_plan *plan = derive->plan;
    plan->entities = dyn_alloc_array(derive->arena, program->n_models, sizeof *plan->entities);
    plan->n_by_model = 4;
    while (plan->n_by_model < 2 * program->n_models) {
        plan->n_by_model *= 2;
    }
    plan->by_model = dyn_alloc_array(derive->arena, plan->n_by_model, sizeof *plan->by_model);
    for (size_t i = 0; i < program->n_models; i++) {
        struct dyn_plan_entity *entity = dyn_alloc(derive->arena, sizeof *entity);
        entity->model = program->models[i];
        entity->index = i;
        plan->entities[plan->n_entities++] = entity;
        size_t slot = slot_of(plan, entity->model);
        while (plan->by_model[slot] != NULL) {
            slot = (slot + 1) & (plan->n_by_model - 1);
        }
        plan->by_model[slot] = entity;
    }
}

static struct dyn_plan_procedure *make_procedure(struct dyn_derive *derive,
                                                 const struct dyn_procedure *procedure)
{
    struct dyn_plan_procedure *out = dyn_alloc(derive->arena, sizeof *out);
    struct dyn_policies policies = {.derive = derive, .procedure = procedure};
    out->procedure = procedure;
    switch (procedure->kind) {
    case DYN_PROCEDURE_QUERY:
        out->query = dyn_plan_query_make(&policies, procedure);
        break;
    case DYN_PROCEDURE_MUTATION:
        dyn_plan_writes_make(&policies, procedure, out);
        break;
    case DYN_PROCEDURE_EXTERN:
        break;
    }
    out->policy_uses = policies.uses;
    out->n_policy_uses = policies.n_uses;
    out->uses_caller = dyn_procedure_uses_caller(procedure) || dyn_policies_use_caller(out);
    dyn_procedure_cost(out, &out->cost);
    return out;
}

static void make_procedures(struct dyn_derive *derive)
{
    const struct dyn_program *program = derive->program;
    struct dyn_plan *plan = derive->plan;
    size_t n = 0;
    for (size_t i = 0; i < program->n_routers; i++) {
        n += program->routers[i]->n_procedures;
    }
    plan->procedures = dyn_alloc_array(derive->arena, n, sizeof *plan->procedures);
    for (size_t i = 0; i < program->n_routers; i++) {
        const struct dyn_router *router = program->routers[i];
        for (size_t k = 0; k < router->n_procedures; k++) {
            plan->procedures[plan->n_procedures++] = make_procedure(derive, router->procedures[k]);
        }
    }
}

static struct dyn_plan_table *live_table(const struct dyn_plan *plan,
                                         const struct dyn_plan_entity *entity)
{
    size_t i = 0;
    while (plan->tables[i] != entity->table) {
        i++;
    }
    return plan->tables[i];
}

static void make_views(struct dyn_derive *derive)
{
    struct dyn_plan *plan = derive->plan;
    for (size_t i = 0; i < plan->n_tables; i++) {
        plan->tables[i]->stream = plan->tables[i]->table->stream;
    }
    for (size_t i = 0; i < plan->n_procedures; i++) {
        struct dyn_plan_procedure *procedure = plan->procedures[i];
        procedure->live = dyn_live_make(derive->arena, plan, procedure, &procedure->live_reason);
        for (size_t k = 0; procedure->live != NULL && k < procedure->live->n_nodes; k++) {
            live_table(plan, procedure->live->nodes[k].entity)->stream = true;
        }
    }
}

struct dyn_plan *dyn_plan_make(const struct dyn_plan_input *input)
{
    struct dyn_derive derive = {0};
    struct dyn_lock lock;
    derive.arena = input->arena;
    derive.diags = input->diags;
    derive.program = input->program;
    derive.plan = dyn_alloc(input->arena, sizeof *derive.plan);
    derive.plan->program = input->program;
    derive.lock = &lock;
    dyn_lock_read(input->arena, input->lock, input->lock_source, input->diags, &lock);
    dyn_lock_check_gone(&derive);
    dyn_lock_apply(&derive);
    dyn_lock_find_late(&derive);
    make_entities(&derive);
    dyn_derive_items(&derive);
    dyn_derive_requirements(&derive);
    dyn_derive_slots(&derive);
    dyn_derive_paths(&derive);
    dyn_derive_limits(&derive);
    dyn_derive_update_classes(&derive);
    if (input->diags->n_errors == 0) {
        /* The three parts of dyn_plan_verify; a clash of written-out keys is the user's error, with a code of its own. */
        dyn_verify_patterns(derive.plan, input->arena, input->diags, DYN_CODE_KEY_TEMPLATE);
    }
    if (input->diags->n_errors == 0) {
        dyn_verify_structure(derive.plan, input->arena, input->diags);
        dyn_verify_samples(derive.plan, input->arena, input->diags);
    }
    dyn_lock_check(&derive);
    make_procedures(&derive);
    if (input->diags->n_errors == 0) {
        /* What has a better reason against it was said. */
        dyn_derive_supported(&derive);
    }
    if (input->diags->n_errors == 0) {
        make_views(&derive);
    }
    dyn_lock_cleanup(&lock);
    return derive.plan;
}
