/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predicates of policies as functions and tables: one function per look-up that makes its key, one that evaluates. Calls
 * of the runtime carry them out.
 */
#include "emit/c/c_policy.h"

/* ---- what an expression reads ------------------------------------------------------------------------------ */

static bool reads_kind(const struct dyn_expr *expr, enum dyn_expr_kind kind)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == kind || reads_kind(expr->left, kind) || reads_kind(expr->right, kind)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (reads_kind(expr->items[i], kind)) {
            return true;
        }
    }
    return false;
}

static bool reads_lookup(const struct dyn_expr *expr, const struct dyn_lookup *lookup)
{
    if (expr == NULL) {
        return false;
    }
    if ((expr->kind == DYN_EXPR_LOOKUP && expr->lookup == lookup) ||
        reads_lookup(expr->left, lookup) || reads_lookup(expr->right, lookup)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (reads_lookup(expr->items[i], lookup)) {
            return true;
        }
    }
    return false;
}

static bool any_reads(const struct dyn_expr *const *exprs, size_t n, enum dyn_expr_kind kind)
{
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found = found || reads_kind(exprs[i], kind);
    }
    return found;
}

/* ---- functions --------------------------------------------------------------------------------------------- */

/** The locals that the expressions name: `caller`, `input`, `row` and `other_0`, `other_1` ... */
static void emit_locals(struct c_emit *e, const struct c_policy_site *site,
                        const struct dyn_expr *const *exprs, size_t n)
{
    struct dyn_out *out = &e->source;
    bool any = false;
    if (any_reads(exprs, n, DYN_EXPR_CALLER)) {
        dyn_out_line(out, "const struct %.*s *caller = in->caller;",
                     DYN_ARG(c_name(e, site->plan->procedure->context->name)));
        any = true;
    }
    if (any_reads(exprs, n, DYN_EXPR_ARGUMENT)) {
        dyn_out_line(out, "const struct %.*s_input *input = in->input;",
                     DYN_ARG(c_procedure_name(e, site->plan->procedure)));
        any = true;
    }
    if (any_reads(exprs, n, DYN_EXPR_ROW)) {
        dyn_out_line(out, "const struct %.*s *row = in->row;", DYN_ARG(site->row));
        any = true;
    }
    for (size_t i = 0; i < site->predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &site->predicate->lookups[i];
        bool is_read = false;
        for (size_t k = 0; k < n; k++) {
            is_read = is_read || reads_lookup(exprs[k], lookup->lookup);
        }
        if (is_read) {
            dyn_out_line(out, "const struct %.*s *other_%zu = in->others[%zu];",
                         DYN_ARG(c_model_name(e, lookup->entity->model)), i, i);
            any = true;
        }
    }
    if (!any) {
        dyn_out_line(out, "(void)in;");
    }
}

static struct c_scope site_scope(const struct c_policy_site *site)
{
    struct c_scope scope = {.input = "input->",
                            .caller = "caller->",
                            .row = "row->",
                            .predicate = site->predicate,
                            .row_shape = site->shape};
    return scope;
}

static void open_function(struct c_emit *e, const char *result, struct dynr_str name,
                          const char *parameters)
{
    struct dyn_out *out = &e->source;
    dyn_out_blank(out);
    dyn_out_line(out, "static %s %.*s(%s)", result, DYN_ARG(name), parameters);
    dyn_out_line(out, "{");
    dyn_out_indent(out);
}

static void close_function(struct c_emit *e)
{
    dyn_out_outdent(&e->source);
    dyn_out_line(&e->source, "}");
}

static struct dynr_str key_function(struct c_emit *e, const struct c_policy_site *site,
                                    size_t index)
{
    return dynr_arena_printf(e->arena, "%.*s_key_%zu", DYN_ARG(site->name), index);
}

static void emit_key(struct c_emit *e, const struct c_policy_site *site, size_t index)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_lookup *lookup = &site->predicate->lookups[index];
    struct c_scope scope = site_scope(site);
    const struct dyn_expr **values =
        dynr_arena_calloc(e->arena, lookup->n_key + 1, sizeof(const struct dyn_expr *));
    for (size_t i = 0; i < lookup->n_key; i++) {
        values[i] = lookup->key[i].value;
    }
    open_function(e, "bool", key_function(e, site, index),
                  "const struct dynr_policy_input *in, void *out_key");
    emit_locals(e, site, values, lookup->n_key);
    dyn_out_line(out, "struct %.*s_key *key = out_key;",
                 DYN_ARG(c_model_name(e, lookup->entity->model)));
    for (size_t i = 0; i < lookup->n_key; i++) {
        struct c_value value = c_expr(e, &scope, values[i]);
        if (value.present.len > 0) {
            dyn_out_line(out, "if (!(%.*s)) {", DYN_ARG(value.present));
            dyn_out_line(out, "    return false;");
            dyn_out_line(out, "}");
        }
        value = c_coerce(e, value, c_stored_type(values[i]), lookup->key[i].field->type);
        dyn_out_line(out, "key->%.*s = %.*s;", DYN_ARG(c_member(e, lookup->key[i].field->name)),
                     DYN_ARG(value.text));
    }
    dyn_out_line(out, "return true;");
    close_function(e);
}

static void emit_tables(struct c_emit *e, const struct c_policy_site *site)
{
    struct dyn_out *out = &e->source;
    size_t n = site->predicate->n_lookups;
    dyn_out_blank(out);
    if (n > 0) {
        dyn_out_line(out, "static const struct dynr_policy_lookup %.*s_lookups[] = {",
                     DYN_ARG(site->name));
        for (size_t i = 0; i < n; i++) {
            dyn_out_line(out, "    {&%.*s_entity, %.*s},",
                         DYN_ARG(c_model_name(e, site->predicate->lookups[i].entity->model)),
                         DYN_ARG(key_function(e, site, i)));
        }
        dyn_out_line(out, "};");
    }
    dyn_out_line(out, "static const struct dynr_policy_desc %.*s = {", DYN_ARG(site->name));
    if (n > 0) {
        dyn_out_line(out, "    %.*s_lookups, %zu, %.*s_allows};", DYN_ARG(site->name), n,
                     DYN_ARG(site->name));
    } else {
        dyn_out_line(out, "    NULL, 0, %.*s_allows};", DYN_ARG(site->name));
    }
}

void c_policy_define(struct c_emit *e, const struct c_policy_site *site)
{
    const struct dyn_expr *expr = site->predicate->expr;
    if (expr == NULL) {
        return;
    }
    struct c_scope scope = site_scope(site);
    for (size_t i = 0; i < site->predicate->n_lookups; i++) {
        emit_key(e, site, i);
    }
    struct dynr_str name = dynr_arena_printf(e->arena, "%.*s_allows", DYN_ARG(site->name));
    open_function(e, "bool", name, "const struct dynr_policy_input *in");
    emit_locals(e, site, &expr, 1);
    dyn_out_line(&e->source, "return %.*s;", DYN_ARG(c_condition(e, &scope, expr)));
    close_function(e);
    emit_tables(e, site);
}

/* ---- checks of writes -------------------------------------------------------------------------------------- */

/** The condition under which all values of a filter are there. */
static struct dynr_str values_present(struct c_emit *e, const struct c_scope *scope,
                                      const struct dyn_plan_filter *filter)
{
    struct dynr_str all = {0};
    for (size_t i = 0; i < filter->n_values; i++) {
        struct dynr_str one = c_expr(e, scope, filter->values[i].value).present;
        if (one.len > 0) {
            all = all.len == 0
                      ? one
                      : dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(all), DYN_ARG(one));
        }
    }
    return all;
}

static void emit_check(struct c_emit *e, const struct c_policy_site *site,
                       const struct dyn_plan_check *check)
{
    struct dyn_out *out = &e->source;
    struct c_scope scope = site_scope(site);
    const struct dyn_model *model = site->predicate->lookups[check->lookup].entity->model;
    struct dynr_str present = values_present(e, &scope, &check->filter);
    dyn_out_line(out, "{");
    dyn_out_indent(out);
    dyn_out_line(out, "struct %.*s_key key;", DYN_ARG(c_model_name(e, model)));
    dyn_out_line(out, "memset(&key, 0, sizeof key);");
    dyn_out_line(out, "if (%.*s(in, &key)%s%.*s) {", DYN_ARG(key_function(e, site, check->lookup)),
                 present.len > 0 ? " && " : "", DYN_ARG(present));
    dyn_out_indent(out);
    dyn_out_line(out, "struct dynr_policy_check check;");
    dyn_out_line(out, "memset(&check, 0, sizeof check);");
    dyn_out_line(out, "check.entity = &%.*s_entity;", DYN_ARG(c_model_name(e, model)));
    dyn_out_line(out, "check.key = &key;");
    if (check->may_be_absent) {
        dyn_out_line(out, "check.may_be_absent = true;");
    }
    c_filter(e, &scope, &check->filter, "check.condition");
    dyn_out_line(out,
                 "enum dynr_status status = dynr_transaction_check(transaction, &check, err);");
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
}

/** Everything that the function's expressions read: conditions of grants, and values of their checks. */
static size_t collect_exprs(const struct dyn_plan_write_gate *gate, const struct dyn_expr **out)
{
    size_t n = 0;
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        if (grant->expr != NULL) {
            out[n++] = grant->expr;
        }
        for (size_t k = 0; k < grant->n_checks; k++) {
            for (size_t m = 0; m < grant->checks[k].filter.n_values; m++) {
                out[n++] = grant->checks[k].filter.values[m].value;
            }
        }
    }
    return n;
}

static size_t count_exprs(const struct dyn_plan_write_gate *gate)
{
    size_t n = gate->n_grants;
    for (size_t i = 0; i < gate->n_grants; i++) {
        for (size_t k = 0; k < gate->grants[i].n_checks; k++) {
            n += gate->grants[i].checks[k].filter.n_values;
        }
    }
    return n;
}

void c_policy_checks_define(struct c_emit *e, const struct c_policy_site *site,
                            const struct dyn_plan_write_gate *gate)
{
    struct dyn_out *out = &e->source;
    if (gate->n_grants == 0) {
        return;
    }
    struct c_scope scope = site_scope(site);
    const struct dyn_expr **exprs =
        dynr_arena_calloc(e->arena, count_exprs(gate) + 1, sizeof(const struct dyn_expr *));
    size_t n = collect_exprs(gate, exprs);
    struct dynr_str name = dynr_arena_printf(e->arena, "%.*s_checks", DYN_ARG(site->name));
    open_function(e, "enum dynr_status", name,
                  "struct dynr_transaction *transaction, const struct dynr_policy_input *in,\n"
                  "    struct dynr_error *err");
    emit_locals(e, site, exprs, n);
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        struct dynr_str condition =
            grant->expr == NULL ? dynr_str_from_c("true") : c_condition(e, &scope, grant->expr);
        dyn_out_line(out, "if (%.*s) {", DYN_ARG(condition));
        dyn_out_indent(out);
        for (size_t k = 0; k < grant->n_checks; k++) {
            emit_check(e, site, &grant->checks[k]);
        }
        dyn_out_line(out, "return DYNR_OK;");
        dyn_out_outdent(out);
        dyn_out_line(out, "}");
    }
    dyn_out_line(out, "return dynr_fail(err, DYNR_ERR_DENIED, NULL);");
    close_function(e);
}

/* ---- procedures -------------------------------------------------------------------------------------------- */

struct dynr_str c_policy_name(struct c_emit *e, struct dynr_str owner, const char *what)
{
    return dynr_arena_printf(e->arena, "policy_%.*s_%s", DYN_ARG(owner), what);
}

static void define_shape(struct c_emit *e, const struct dyn_plan_procedure *plan,
                         const struct dyn_plan_shape *shape, struct dynr_str name)
{
    for (size_t i = 0; shape->members != NULL && i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        const struct dyn_plan_aggregate *aggregate = shape->members[i].aggregate;
        if (include != NULL) {
            struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
            struct dynr_str path =
                dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
            struct c_policy_site site = {.plan = plan,
                                         .predicate = &include->variant.row_filter,
                                         .name = c_policy_name(e, path, "rows"),
                                         .row = c_include_name(e, include, name),
                                         .shape = &include->shape};
            c_policy_define(e, &site);
            define_shape(e, plan, &include->shape, path);
        }
        if (aggregate != NULL && aggregate->aggregate->relation != NULL) {
            c_aggregate_policy_define(e, plan, aggregate, name);
        }
    }
}

static void define_query(struct c_emit *e, const struct dyn_plan_procedure *plan,
                         struct dynr_str name)
{
    const struct dyn_plan_query *query = plan->query;
    if (query->n_variants == 0) {
        return;
    }
    struct dynr_str row = dynr_arena_printf(e->arena, "%.*s_row", DYN_ARG(name));
    struct c_policy_site gate = {.plan = plan,
                                 .predicate = &query->variants[0].gate,
                                 .name = c_policy_name(e, name, "gate")};
    c_policy_define(e, &gate);
    struct c_policy_site rows = {
        .plan = plan,
        .predicate = &query->variants[0].row_filter,
        .name = c_policy_name(e, name, "rows"),
        .row = query->shape.members == NULL ? c_model_name(e, query->shape.model) : row,
        .shape = &query->shape};
    if (query->is_aggregate) {
        rows.row = c_aggregate_row_name(e, plan);
        rows.shape = c_aggregate_row_shape(e, plan);
    }
    c_policy_define(e, &rows);
    define_shape(e, plan, &query->shape, row);
}

void c_policies_define(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dynr_str name = c_procedure_name(e, plan->procedure);
    dyn_out_section(&e->source, "functions");
    if (plan->query != NULL) {
        define_query(e, plan, name);
    }
    for (size_t i = 0; i < plan->n_writes; i++) {
        const struct dyn_plan_write_gate *gate = &plan->writes[i].gate;
        struct c_policy_site site = {
            .plan = plan, .predicate = &gate->predicate, .name = c_write_gate_name(e, plan, i)};
        c_policy_define(e, &site);
        c_policy_checks_define(e, &site, gate);
    }
}

struct dynr_str c_write_gate_name(struct c_emit *e, const struct dyn_plan_procedure *plan,
                                  size_t index)
{
    struct dynr_str name = c_procedure_name(e, plan->procedure);
    return dynr_arena_printf(e->arena, "policy_%.*s_write_%zu", DYN_ARG(name), index + 1);
}

void c_policy_call(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str policy,
                   const char *variable)
{
    dyn_out_line(&e->source, "const struct dynr_policy_call %s = {&%.*s, %s, %s};", variable,
                 DYN_ARG(policy), c_takes_caller(plan) ? "caller" : "NULL",
                 plan->procedure->n_arguments > 0 ? "input" : "NULL");
}

void c_emit_gate(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = plan->query;
    if (query->n_variants == 0 || query->variants[0].gate.expr == NULL) {
        return;
    }
    c_policy_call(e, plan, c_policy_name(e, c_procedure_name(e, plan->procedure), "gate"), "gate");
    dyn_out_line(out, "status = dynr_policy_gate(client, &gate, arena, NULL, err);");
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
}

static bool shape_asks(const struct dyn_plan_shape *shape)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        const struct dyn_plan_aggregate *aggregate = shape->members[i].aggregate;
        if ((include != NULL &&
             (include->variant.row_filter.expr != NULL || shape_asks(&include->shape))) ||
            (aggregate != NULL && aggregate->variant.row_filter.expr != NULL)) {
            return true;
        }
    }
    return false;
}

bool c_body_asks_policy(const struct dyn_plan_procedure *plan)
{
    for (size_t i = 0; plan->query != NULL && i < plan->query->n_variants; i++) {
        if (plan->query->variants[i].gate.expr != NULL ||
            plan->query->variants[i].row_filter.expr != NULL) {
            return true;
        }
    }
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (plan->writes[i].gate.predicate.expr != NULL) {
            return true;
        }
    }
    return plan->query != NULL && shape_asks(&plan->query->shape);
}
