/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predicates of policies as functions and tables: one function per look-up that makes its key, those that say whether it is needed
 * at all, one that evaluates; and what writes rely on. The runtime carries them out.
 */
#include "emit/c/c_policy.h"

#include "plan/live.h"

/* ---- what an expression reads ------------------------------------------------------------------------------ */

static bool any_reads(const struct dyn_expr *const *exprs, size_t n, enum dyn_expr_kind kind)
{
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found = found || c_uses(exprs[i], kind);
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
        dyn_out_line(out, "const struct %.*s *caller = in->caller;", DYN_ARG(site->body->caller));
        any = true;
    }
    if (any_reads(exprs, n, DYN_EXPR_ARGUMENT)) {
        dyn_out_line(out, "const struct %.*s *input = in->input;", DYN_ARG(site->body->input));
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
            is_read = is_read || dyn_expr_reads_lookup(exprs[k], lookup->lookup);
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
    return dynr_arena_printf(e->arena, "key_%.*s_%zu", DYN_ARG(site->name), index + 1);
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

/** "allows_todo_todos_list_gate_before_2", or "NULL" where that is never asked. */
static struct dynr_str early_function(struct c_emit *e, const struct c_policy_site *site,
                                      const char *verb, size_t index, const struct dyn_expr *expr)
{
    return expr == NULL || site->is_watched
               ? dynr_str_from_c("NULL")
               : dynr_arena_printf(e->arena, "%s_%.*s_before_%zu", verb, DYN_ARG(site->name),
                                   index + 1);
}

/** What of the row of a look-up decides, where its changes are followed; "NULL" where nobody watches. */
static struct dynr_str emit_deciding(struct c_emit *e, const struct c_policy_site *site,
                                     size_t index)
{
    const struct dyn_model *model = site->predicate->lookups[index].entity->model;
    if (site->body->plan->live == NULL) {
        return dynr_str_from_c("NULL");
    }
    bool *set = dynr_arena_calloc(e->arena, model->n_fields + 1, sizeof *set);
    dyn_predicate_lookup_fields(site->predicate, index, set);
    if (model->deleted_at != NULL) {
        /* Such a row is none. */
        set[model->deleted_at->index] = true;
    }
    struct dynr_str name =
        dynr_arena_printf(e->arena, "deciding_%.*s_%zu", DYN_ARG(site->name), index + 1);
    c_field_set_define(e, name, model, set);
    return name;
}

static void emit_tables(struct c_emit *e, const struct c_policy_site *site)
{
    struct dyn_out *out = &e->source;
    size_t n = site->predicate->n_lookups;
    struct dynr_str *deciding = dynr_arena_calloc(e->arena, n + 1, sizeof *deciding);
    dyn_out_blank(out);
    for (size_t i = 0; i < n; i++) {
        deciding[i] = emit_deciding(e, site, i);
    }
    if (n > 0) {
        dyn_out_line(out, "static const struct dynr_policy_lookup lookups_%.*s[] = {",
                     DYN_ARG(site->name));
        for (size_t i = 0; i < n; i++) {
            const struct dyn_plan_lookup *lookup = &site->predicate->lookups[i];
            struct dynr_str key = key_function(e, site, i);
            struct dynr_str allows = early_function(e, site, "allows", i, lookup->allows);
            struct dynr_str denies = early_function(e, site, "denies", i, lookup->denies);
            dyn_out_line(out, "    {&%.*s_entity, %.*s, %.*s, %.*s, %.*s},",
                         DYN_ARG(c_model_name(e, lookup->entity->model)), DYN_ARG(key),
                         DYN_ARG(allows), DYN_ARG(denies), DYN_ARG(deciding[i]));
        }
        dyn_out_line(out, "};");
    }
    dyn_out_line(out, "static const struct dynr_policy_desc policy_%.*s = {", DYN_ARG(site->name));
    if (n > 0) {
        dyn_out_line(out, "    .lookups = lookups_%.*s,", DYN_ARG(site->name));
        dyn_out_line(out, "    .n_lookups = %zu,", n);
    }
    dyn_out_line(out, "    .allows = allows_%.*s,", DYN_ARG(site->name));
    dyn_out_line(out, "};");
}

/** A function over what a policy reads: whether `expr` holds. */
static void emit_predicate(struct c_emit *e, const struct c_policy_site *site, struct dynr_str name,
                           const struct dyn_expr *expr)
{
    struct c_scope scope = site_scope(site);
    struct dynr_str condition = c_condition(e, &scope, expr);
    open_function(e, "bool", name, "const struct dynr_policy_input *in");
    emit_locals(e, site, &expr, 1);
    dyn_out_line(&e->source, "return %.*s;", DYN_ARG(condition));
    close_function(e);
}

static void emit_early(struct c_emit *e, const struct c_policy_site *site, size_t index)
{
    const struct dyn_plan_lookup *lookup = &site->predicate->lookups[index];
    if (site->is_watched) {
        return;
    }
    if (lookup->allows != NULL) {
        emit_predicate(e, site, early_function(e, site, "allows", index, lookup->allows),
                       lookup->allows);
    }
    if (lookup->denies != NULL) {
        emit_predicate(e, site, early_function(e, site, "denies", index, lookup->denies),
                       lookup->denies);
    }
}

struct dynr_str c_policy_define(struct c_emit *e, const struct c_policy_site *site)
{
    size_t section = e->source.current;
    if (site->predicate->expr == NULL) {
        return dynr_str_make("", 0);
    }
    dyn_out_section(&e->source, "values");
    for (size_t i = 0; i < site->predicate->n_lookups; i++) {
        emit_early(e, site, i);
        emit_key(e, site, i);
    }
    emit_predicate(e, site, dynr_arena_printf(e->arena, "allows_%.*s", DYN_ARG(site->name)),
                   site->predicate->expr);
    e->source.current = section;
    emit_tables(e, site);
    return dynr_arena_printf(e->arena, "policy_%.*s", DYN_ARG(site->name));
}

/* ---- gates of writes --------------------------------------------------------------------------------------- */

/** One grant: the function that says whether it holds, and what it relies on. */
struct grant_parts {
    struct dynr_str name;
    bool has_condition;
};

static struct grant_parts emit_grant_parts(struct c_emit *e, struct c_body *body,
                                           const struct c_policy_site *site,
                                           const struct dyn_plan_grant *grant, size_t index)
{
    struct dyn_out *out = &e->source;
    struct grant_parts parts = {
        .name = dynr_arena_printf(e->arena, "%.*s_%zu", DYN_ARG(site->name), index + 1),
        .has_condition = grant->expr != NULL};
    size_t section = out->current;
    dyn_out_section(out, "values");
    if (parts.has_condition) {
        emit_predicate(e, site, dynr_arena_printf(e->arena, "holds_%.*s", DYN_ARG(parts.name)),
                       grant->expr);
    }
    if (grant->stands != NULL) {
        emit_predicate(e, site, dynr_arena_printf(e->arena, "stands_%.*s", DYN_ARG(parts.name)),
                       grant->stands);
    }
    out->current = section;
    struct dynr_str *conditions =
        dynr_arena_calloc(e->arena, grant->n_checks + 1, sizeof *conditions);
    for (size_t i = 0; i < grant->n_checks; i++) {
        struct dynr_str name =
            dynr_arena_printf(e->arena, "%.*s_check_%zu", DYN_ARG(parts.name), i + 1);
        conditions[i] = c_filter(e, body, &grant->checks[i].filter, name);
    }
    if (grant->n_checks == 0) {
        return parts;
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_check_desc checks_%.*s[] = {", DYN_ARG(parts.name));
    for (size_t i = 0; i < grant->n_checks; i++) {
        dyn_out_line(out, "    {%zu, %s, %s%.*s},", grant->checks[i].lookup,
                     grant->checks[i].may_be_absent ? "true" : "false",
                     conditions[i].len > 0 ? "&" : "NULL", DYN_ARG(conditions[i]));
    }
    dyn_out_line(out, "};");
    return parts;
}

static void emit_grants(struct c_emit *e, struct c_body *body, const struct c_policy_site *site,
                        const struct dyn_plan_write_gate *gate)
{
    struct dyn_out *out = &e->source;
    struct grant_parts *parts = dynr_arena_calloc(e->arena, gate->n_grants + 1, sizeof *parts);
    for (size_t i = 0; i < gate->n_grants; i++) {
        parts[i] = emit_grant_parts(e, body, site, &gate->grants[i], i);
    }
    if (gate->n_grants == 0) {
        return;
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_grant_desc grants_%.*s[] = {", DYN_ARG(site->name));
    for (size_t i = 0; i < gate->n_grants; i++) {
        dyn_out_line(out, "    {");
        if (parts[i].has_condition) {
            dyn_out_line(out, "        .holds = holds_%.*s,", DYN_ARG(parts[i].name));
        }
        if (gate->grants[i].n_checks > 0) {
            dyn_out_line(out, "        .checks = checks_%.*s,", DYN_ARG(parts[i].name));
            dyn_out_line(out, "        .n_checks = %zu,", gate->grants[i].n_checks);
        }
        if (gate->grants[i].n_lookups > 0) {
            dyn_out_line(out, "        .n_lookups = %zu,", gate->grants[i].n_lookups);
        }
        if (gate->grants[i].is_direct) {
            dyn_out_line(out, "        .is_direct = true,");
        }
        if (gate->grants[i].stands != NULL) {
            dyn_out_line(out, "        .stands = stands_%.*s,", DYN_ARG(parts[i].name));
        }
        dyn_out_line(out, "    },");
    }
    dyn_out_line(out, "};");
}

struct dynr_str c_write_gate_define(struct c_emit *e, struct c_body *body,
                                    const struct dyn_plan_write_gate *gate, struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    const struct c_policy_site site = {
        .body = body,
        .predicate = &gate->predicate,
        .name = dynr_arena_printf(e->arena, "%.*s_write", DYN_ARG(name))};
    struct dynr_str policy = c_policy_define(e, &site);
    if (policy.len == 0) {
        return policy;
    }
    /* Values of checks may be those of rows that were looked up. */
    body->predicate = &gate->predicate;
    emit_grants(e, body, &site, gate);
    body->predicate = NULL;
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_write_gate gate_%.*s = {", DYN_ARG(name));
    dyn_out_line(out, "    .policy = &%.*s,", DYN_ARG(policy));
    if (gate->n_grants > 0) {
        dyn_out_line(out, "    .grants = grants_%.*s,", DYN_ARG(site.name));
        dyn_out_line(out, "    .n_grants = %zu,", gate->n_grants);
    }
    dyn_out_line(out, "};");
    return dynr_arena_printf(e->arena, "gate_%.*s", DYN_ARG(name));
}
