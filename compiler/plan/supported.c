/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the language says and no generated code can compute yet. It is refused here, whatever is emitted: a plan that stands can
 * be written.
 */
#include "plan/derive.h"

static void report(struct dyn_derive *derive, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_NEGATE) {
        dyn_report(derive->diags, DYN_CODE_NOT_SUPPORTED_YET, expr->span,
                   "negating a decimal (`.total - value`, too) is not supported yet");
        return;
    }
    dyn_report(derive->diags, DYN_CODE_NOT_SUPPORTED_YET, expr->span,
               "arithmetic on decimals other than `set total = .total + value`, with nothing "
               "computed beside it, is not supported yet");
}

/** The outermost computation is reported: what helps there helps below it. */
static void check_expr(struct dyn_derive *derive, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    bool computes = expr->kind == DYN_EXPR_ADD || expr->kind == DYN_EXPR_SUBTRACT ||
                    expr->kind == DYN_EXPR_NEGATE;
    if (computes && expr->type->kind == DYN_TYPE_DECIMAL) {
        report(derive, expr);
        return;
    }
    check_expr(derive, expr->left);
    check_expr(derive, expr->right);
    for (size_t i = 0; i < expr->n_items; i++) {
        check_expr(derive, expr->items[i]);
    }
}

static void check_all(struct dyn_derive *derive, const struct dyn_expr *const *exprs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_expr(derive, exprs[i]);
    }
}

static void check_query(struct dyn_derive *derive, const struct dyn_query *query)
{
    check_all(derive, query->key, query->n_key);
    check_expr(derive, query->in);
    check_expr(derive, query->by_value);
    check_expr(derive, query->where);
    check_expr(derive, query->take);
    for (size_t i = 0; i < query->n_includes; i++) {
        check_expr(derive, query->includes[i].where);
        check_expr(derive, query->includes[i].take);
    }
    for (size_t i = 0; i < query->n_aggregates; i++) {
        check_expr(derive, query->aggregates[i].where);
    }
}

/** Of the changes rather than the assignments: what DynamoDB adds by itself is computed nowhere. */
static void check_write(struct dyn_derive *derive, const struct dyn_plan_write *write)
{
    check_all(derive, write->write->key, write->write->n_key);
    for (size_t i = 0; i < write->n_changes; i++) {
        check_expr(derive, write->changes[i].value);
    }
    check_expr(derive, write->write->condition);
    check_expr(derive, write->write->expecting);
}

static void check_policy(struct dyn_derive *derive, const struct dyn_policy *policy)
{
    for (size_t i = 0; i < policy->n_lookups; i++) {
        check_all(derive, policy->lookups[i]->key, policy->lookups[i]->n_key);
    }
    for (size_t i = 0; i < policy->n_allows; i++) {
        check_expr(derive, policy->allows[i].condition);
    }
}

/** Elements need memory, and defaults are set where there is none yet. */
static void check_default(struct dyn_derive *derive, const struct dyn_expr *value)
{
    if (value == NULL) {
        return;
    }
    if (value->kind == DYN_EXPR_LIST && value->n_items > 0) {
        dyn_report(derive->diags, DYN_CODE_NOT_SUPPORTED_YET, value->span,
                   "a default list with elements is not supported yet");
        return;
    }
    for (size_t i = 0; i < value->n_items; i++) {
        check_default(derive, value->items[i]);
    }
}

static void check_defaults(struct dyn_derive *derive, struct dyn_field *const *fields,
                           size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        check_default(derive, fields[i]->default_value);
    }
}

static void check_declarations(struct dyn_derive *derive)
{
    const struct dyn_program *program = derive->program;
    for (size_t i = 0; i < program->n_structs; i++) {
        check_defaults(derive, program->structs[i]->fields, program->structs[i]->n_fields);
    }
    for (size_t i = 0; i < program->n_models; i++) {
        check_defaults(derive, program->models[i]->fields, program->models[i]->n_fields);
    }
    for (size_t i = 0; i < program->n_contexts; i++) {
        check_defaults(derive, program->contexts[i]->fields, program->contexts[i]->n_fields);
    }
}

void dyn_derive_supported(struct dyn_derive *derive)
{
    const struct dyn_plan *plan = derive->plan;
    check_declarations(derive);
    for (size_t i = 0; i < plan->n_procedures; i++) {
        const struct dyn_plan_procedure *procedure = plan->procedures[i];
        check_defaults(derive, procedure->procedure->arguments, procedure->procedure->n_arguments);
        if (procedure->procedure->query != NULL) {
            check_query(derive, procedure->procedure->query);
        }
        for (size_t k = 0; k < procedure->n_writes; k++) {
            check_write(derive, &procedure->writes[k]);
        }
    }
    for (size_t i = 0; i < derive->program->n_policies; i++) {
        check_policy(derive, derive->program->policies[i]);
    }
}
