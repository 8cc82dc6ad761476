/* SPDX-License-Identifier: Apache-2.0 */
/* Gates of mutations: asked before anything is written, and what they relied on checked with the write. */
#include "emit/c/c_policy.h"

bool c_has_checks(const struct dyn_plan_procedure *plan)
{
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (plan->writes[i].gate.n_grants > 0) {
            return true;
        }
    }
    return false;
}

static void emit_gate(struct c_emit *e, const struct dyn_plan_procedure *plan, size_t index)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_write_gate *gate = &plan->writes[index].gate;
    struct dynr_str name = c_write_gate_name(e, plan, index);
    struct dynr_str call = dynr_arena_printf(e->arena, "gate_%zu", index + 1);
    bool has_checks = gate->n_grants > 0;
    c_policy_call(e, plan, name, call.ptr);
    if (has_checks) {
        dyn_out_line(out, "const void *others_%zu[%zu];", index + 1, gate->predicate.n_lookups);
    }
    struct dynr_str others =
        has_checks ? dynr_arena_printf(e->arena, "others_%zu", index + 1) : dynr_str_from_c("NULL");
    dyn_out_line(out, "status = dynr_policy_gate(client, &gate_%zu, arena, %.*s, err);", index + 1,
                 DYN_ARG(others));
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
    if (has_checks) {
        dyn_out_line(out,
                     "const struct dynr_policy_input in_%zu = {gate_%zu.caller, gate_%zu.input, "
                     "NULL, others_%zu};",
                     index + 1, index + 1, index + 1, index + 1);
    }
}

void c_emit_write_gates(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (plan->writes[i].gate.predicate.expr != NULL) {
            emit_gate(e, plan, i);
        }
    }
}

void c_emit_checks(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (plan->writes[i].gate.n_grants == 0) {
            continue;
        }
        dyn_out_line(out, "if (status == DYNR_OK) {");
        dyn_out_line(out, "    status = %.*s_checks(transaction, &in_%zu, err);",
                     DYN_ARG(c_write_gate_name(e, plan, i)), i + 1);
        dyn_out_line(out, "}");
    }
}

static bool has_condition(const struct dyn_plan_procedure *plan)
{
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (plan->writes[i].write->condition != NULL) {
            return true;
        }
    }
    return false;
}

void c_emit_retry(struct c_emit *e, const struct dyn_plan_procedure *plan, bool expects)
{
    struct dyn_out *out = &e->source;
    const char *conflict = expects ? "" : "status != DYNR_ERR_CONFLICT && ";
    if (!c_has_checks(plan)) {
        dyn_out_line(out, "if (%sstatus != DYNR_ERR_TRANSACTION_CONFLICT) {", conflict);
        return;
    }
    /* A check that failed, or a condition that it became part of: whoever may still write tries again. What the mutation
     * itself demands of the row does not become true by that. */
    dyn_out_line(
        out,
        "bool is_checked = status == DYNR_ERR_DENIED || (status == DYNR_ERR_CONDITION_FAILED%s);",
        has_condition(plan) ? " && tries == 0" : "");
    dyn_out_line(out, "if (%sstatus != DYNR_ERR_TRANSACTION_CONFLICT && !is_checked) {", conflict);
}
