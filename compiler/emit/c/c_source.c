/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of procedures come from. Most are members of the input, which a table says; what must be computed is a typed
 * function of its own, to which the table points.
 */
#include "emit/c/c_emit.h"

static const char input_prefix[] = "input->";
static const char caller_prefix[] = "caller->";

static struct c_scope scope_of_call(const struct c_body *body, const struct dyn_model *row)
{
    struct c_scope scope = {.input = input_prefix,
                            .caller = caller_prefix,
                            .row = row == NULL ? NULL : "row->",
                            .predicate = body->predicate};
    return scope;
}

/** A key struct of one part lies in memory as that part does: a value of the part's type is one of the reference's. */
static const struct dyn_type *as_stored(const struct dyn_type *type, const struct dyn_type *from)
{
    while (type->kind == DYN_TYPE_REF && from->kind != DYN_TYPE_REF &&
           type->model->n_key_fields == 1) {
        type = type->model->fields[0]->type;
    }
    return type;
}

/** The type that c_coerce gives. */
static const struct dyn_type *coerced_type(const struct dyn_type *from, const struct dyn_type *to)
{
    if (from->kind != to->kind && from->kind == DYN_TYPE_REF) {
        return coerced_type(from->model->fields[0]->type, to);
    }
    return from;
}

/** "offsetof(struct shop_cart_input, owner)" for "input->owner". */
static struct dynr_str offset_of(struct c_emit *e, struct dynr_str owner, struct dynr_str member,
                                 const char *prefix)
{
    size_t skipped = strlen(prefix);
    return dynr_arena_printf(e->arena, "offsetof(struct %.*s, %.*s)", DYN_ARG(owner),
                             DYN_ARG(dynr_str_make(member.ptr + skipped, member.len - skipped)));
}

/** One optional member at most stands on the way: its flag is all there is to look at. */
static bool is_one_flag(struct dynr_str present)
{
    return memchr(present.ptr == NULL ? "" : present.ptr, '&', present.len) == NULL;
}

/** A member of input or caller, as it is stored. Empty: it is not one, or has another type in C. */
static struct dynr_str member_source(struct c_emit *e, const struct c_body *body,
                                     struct c_value value, const struct dyn_expr *expr,
                                     const struct dyn_type *type)
{
    bool from_input = expr->kind == DYN_EXPR_ARGUMENT;
    bool is_member = (from_input || expr->kind == DYN_EXPR_CALLER) && value.is_lvalue &&
                     is_one_flag(value.present);
    const struct dyn_type *own = coerced_type(c_stored_type(expr), type);
    if (!is_member || !dynr_str_equal(c_type(e, own), c_type(e, type))) {
        return dynr_str_make("", 0);
    }
    struct dynr_str owner = from_input ? body->input : body->caller;
    const char *prefix = from_input ? input_prefix : caller_prefix;
    struct dynr_str presence = dynr_str_from_c("DYNR_REQUIRED");
    if (value.present.len > 0) {
        presence = offset_of(e, owner, value.present, prefix);
    }
    return dynr_arena_printf(e->arena, "{.from = %s, .offset = %.*s, .presence = %.*s}",
                             from_input ? "DYNR_FROM_INPUT" : "DYNR_FROM_CALLER",
                             DYN_ARG(offset_of(e, owner, value.text, prefix)), DYN_ARG(presence));
}

/** A literal of a type whose C constants are constant expressions. */
static bool is_constant(const struct dyn_expr *expr, const struct dyn_type *type)
{
    bool literal = expr->kind == DYN_EXPR_INT || expr->kind == DYN_EXPR_NUMBER ||
                   expr->kind == DYN_EXPR_ENUM || expr->kind == DYN_EXPR_BOOL;
    return literal && (type->kind == DYN_TYPE_BOOL || type->kind == DYN_TYPE_INT ||
                       type->kind == DYN_TYPE_FLOAT || type->kind == DYN_TYPE_ENUM ||
                       type->kind == DYN_TYPE_VERSION);
}

/* ---- functions --------------------------------------------------------------------------------------------- */

struct parts {
    bool input;
    bool caller;
    bool row;
    /** Some row that was looked up: which, `expr` says. */
    bool others;
    const struct dyn_expr *expr;
};

static void add_parts(struct parts *parts, const struct dyn_expr *expr)
{
    parts->input = parts->input || c_uses(expr, DYN_EXPR_ARGUMENT);
    parts->caller = parts->caller || c_uses(expr, DYN_EXPR_CALLER);
    parts->row = parts->row || c_uses(expr, DYN_EXPR_ROW);
    parts->others = parts->others || c_uses(expr, DYN_EXPR_LOOKUP);
    parts->expr = expr;
}

static void open_others(struct c_emit *e, const struct dyn_plan_predicate *predicate,
                        const struct dyn_expr *expr)
{
    for (size_t i = 0; predicate != NULL && i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        if (dyn_expr_reads_lookup(expr, lookup->lookup)) {
            struct dynr_str model = c_model_name(e, lookup->entity->model);
            dyn_out_line(&e->source, "const struct %.*s *other_%zu = call->others[%zu];",
                         DYN_ARG(model), i, i);
        }
    }
}

/** Typed views of what the function uses of its call. */
static void open_function(struct c_emit *e, const struct c_body *body, const struct parts *parts,
                          const struct dyn_model *row)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "{");
    dyn_out_indent(out);
    if (parts->input) {
        dyn_out_line(out, "const struct %.*s *input = call->input;", DYN_ARG(body->input));
    }
    if (parts->caller) {
        dyn_out_line(out, "const struct %.*s *caller = call->caller;", DYN_ARG(body->caller));
    }
    if (parts->row && row != NULL) {
        dyn_out_line(out, "const struct %.*s *row = call->row;", DYN_ARG(c_model_name(e, row)));
    }
    open_others(e, body->predicate, parts->expr);
}

static void close_function(struct c_emit *e)
{
    dyn_out_outdent(&e->source);
    dyn_out_line(&e->source, "}");
}

static void comment_expression(struct c_emit *e, const struct dyn_expr *expr)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_expr_write(expr, &text);
    dyn_out_comment(&e->source, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
}

static void value_statements(struct c_emit *e, const struct dyn_field *field,
                             const struct dyn_expr *expr, enum c_value_use use,
                             const struct c_scope *scope)
{
    struct dyn_out *out = &e->source;
    bool is_partial = expr->kind == DYN_EXPR_OBJECT || expr->kind == DYN_EXPR_LIST;
    struct dynr_str present = {0};
    if (!is_partial) {
        present = c_expr(e, scope, expr).present;
    }
    dyn_out_line(out, "%.*s value;", DYN_ARG(c_type(e, field->type)));
    if (is_partial) {
        dyn_out_line(out, "memset(&value, 0, sizeof value);");
    }
    if (present.len > 0) {
        dyn_out_line(out, "*out_present = %.*s;", DYN_ARG(present));
    } else {
        dyn_out_line(out, "(void)out_present;");
    }
    if (present.len > 0 && c_uses(expr, DYN_EXPR_LOOKUP)) {
        /* Of a row that was looked up and is not there, nothing may be read. */
        dyn_out_line(out, "if (!*out_present) {");
        dyn_out_indent(out);
        dyn_out_line(out, "return DYNR_OK;");
        dyn_out_outdent(out);
        dyn_out_line(out, "}");
    }
    /* Whether it is there is said above, so that the place itself is not optional. */
    struct dyn_type *type = dynr_arena_calloc(e->arena, 1, sizeof *type);
    *type = *field->type;
    type->optional = false;
    struct dyn_field place = {.name = field->name, .type = type};
    c_assign(e, scope, &place, dynr_str_from_c("value"), dynr_str_from_c(""), expr,
             use == C_VALUE_STORED ? "call->arena" : NULL);
    dyn_out_line(out, "memcpy(out, &value, sizeof value);");
    dyn_out_line(out, "return DYNR_OK;");
}

static struct dynr_str value_function(struct c_emit *e, struct c_body *body,
                                      const struct dyn_field *field, const struct dyn_expr *expr,
                                      enum c_value_use use, const struct dyn_model *row)
{
    struct dyn_out *out = &e->source;
    size_t section = out->current;
    struct c_scope scope = scope_of_call(body, row);
    struct parts parts = {0};
    add_parts(&parts, expr);
    struct dynr_str name =
        dynr_arena_printf(e->arena, "value_%.*s_%zu", DYN_ARG(body->name), ++body->n_functions);
    dyn_out_section(out, "values");
    dyn_out_blank(out);
    comment_expression(e, expr);
    dyn_out_line(
        out,
        "static enum dynr_status %.*s(const struct dynr_call *call, void *out, bool *out_present)",
        DYN_ARG(name));
    open_function(e, body, &parts, row);
    if (!parts.input && !parts.caller && !parts.row && !parts.others) {
        dyn_out_line(out, "(void)call;");
    }
    value_statements(e, field, expr, use, &scope);
    close_function(e);
    out->current = section;
    return name;
}

struct dynr_str c_condition_function(struct c_emit *e, struct c_body *body,
                                     const struct dyn_plan_guard *conditions, size_t n_conditions,
                                     const struct dyn_model *row)
{
    struct dyn_out *out = &e->source;
    size_t section = out->current;
    struct c_scope scope = scope_of_call(body, row);
    struct parts parts = {0};
    struct dynr_str all = {0};
    for (size_t i = 0; i < n_conditions; i++) {
        add_parts(&parts, conditions[i].condition);
        struct dynr_str one = c_condition(e, &scope, conditions[i].condition);
        if (!conditions[i].wanted) {
            one = dynr_arena_printf(e->arena, "!(%.*s)", DYN_ARG(one));
        }
        all =
            i == 0 ? one : dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(all), DYN_ARG(one));
    }
    struct dynr_str name =
        dynr_arena_printf(e->arena, "condition_%.*s_%zu", DYN_ARG(body->name), ++body->n_functions);
    dyn_out_section(out, "values");
    dyn_out_blank(out);
    dyn_out_line(out, "static bool %.*s(const struct dynr_call *call)", DYN_ARG(name));
    open_function(e, body, &parts, row);
    if (!parts.input && !parts.caller && !parts.row) {
        dyn_out_line(out, "(void)call;");
    }
    dyn_out_line(out, "return %.*s;", DYN_ARG(all));
    close_function(e);
    out->current = section;
    return name;
}

/* ---- sources ----------------------------------------------------------------------------------------------- */

struct dynr_str c_source(struct c_emit *e, struct c_body *body, const struct dyn_field *field,
                         const struct dyn_expr *expr, enum c_value_use use,
                         const struct dyn_model *row)
{
    if (expr->kind == DYN_EXPR_NULL) {
        return dynr_str_from_c("{.from = DYNR_FROM_NOTHING}");
    }
    const struct c_scope scope = scope_of_call(body, row);
    if (is_constant(expr, field->type)) {
        return dynr_arena_printf(
            e->arena, "{.from = DYNR_FROM_CONSTANT, .constant = &(const %.*s){%.*s}}",
            DYN_ARG(c_type(e, field->type)), DYN_ARG(c_expr(e, &scope, expr).text));
    }
    if (expr->kind == DYN_EXPR_ARGUMENT || expr->kind == DYN_EXPR_CALLER) {
        const struct dyn_type *from = c_stored_type(expr);
        const struct dyn_type *to = as_stored(field->type, from);
        struct c_value value = c_coerce(e, c_expr(e, &scope, expr), from, to);
        struct dynr_str member = member_source(e, body, value, expr, to);
        if (member.len > 0) {
            return member;
        }
    }
    struct dynr_str function = value_function(e, body, field, expr, use, row);
    return dynr_arena_printf(e->arena, "{.from = DYNR_FROM_FUNCTION, .compute = %.*s}",
                             DYN_ARG(function));
}

struct dynr_str c_int64_source(struct c_emit *e, struct c_body *body, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return dynr_str_from_c("{.from = DYNR_FROM_NOTHING}");
    }
    static const struct dyn_type type = {.kind = DYN_TYPE_INT, .width = 64};
    struct dyn_field field = {.type = &type};
    return c_source(e, body, &field, expr, C_VALUE_COMPARED, NULL);
}

void c_assignment(struct c_emit *e, struct c_body *body, const struct dyn_model *model,
                  const struct dyn_field *field, const struct dyn_expr *expr, enum c_value_use use)
{
    const struct dyn_type *type = c_stored_type(expr);
    bool is_member = expr->kind == DYN_EXPR_ARGUMENT || expr->kind == DYN_EXPR_CALLER;
    struct dynr_str source;
    if (is_member && field->is_key && type->kind == DYN_TYPE_REF && type->model == model) {
        /* The reference to the row itself, as `Todo(todo)` gives it: the field is one part of it. */
        const struct dyn_field **path = dynr_arena_calloc(e->arena, expr->n_path + 1, sizeof *path);
        if (expr->n_path > 0) {
            memcpy(path, expr->path, expr->n_path * sizeof *path);
        }
        path[expr->n_path] = field;
        struct dyn_expr part = *expr;
        part.path = path;
        part.n_path = expr->n_path + 1;
        source = c_source(e, body, field, &part, use, NULL);
    } else {
        source = c_source(e, body, field, expr, use, NULL);
    }
    dyn_out_line(&e->source, "    {%zu, %.*s},", field->index, DYN_ARG(source));
}

/* ---- filters ----------------------------------------------------------------------------------------------- */

struct dynr_str c_filter(struct c_emit *e, struct c_body *body,
                         const struct dyn_plan_filter *filter, struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    if (filter->text.len == 0) {
        return dynr_str_make("", 0);
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const char *const names_%.*s[] = {", DYN_ARG(name));
    for (size_t i = 0; i < filter->n_names; i++) {
        dyn_out_line(out, "    %.*s, %.*s,", DYN_ARG(c_string(e, filter->names[i].placeholder)),
                     DYN_ARG(c_string(e, filter->names[i].attribute)));
    }
    dyn_out_line(out, "    NULL,");
    dyn_out_line(out, "};");
    if (filter->n_values > 0) {
        dyn_out_line(out, "static const struct dynr_condition_value values_%.*s[] = {",
                     DYN_ARG(name));
        for (size_t i = 0; i < filter->n_values; i++) {
            const struct dyn_plan_filter_value *value = &filter->values[i];
            struct dyn_field field = {.type = value->type};
            struct dynr_str source =
                c_source(e, body, &field, value->value, C_VALUE_COMPARED, NULL);
            dyn_out_line(out, "    {%.*s, &%.*s, %.*s},", DYN_ARG(c_string(e, value->placeholder)),
                         DYN_ARG(c_type_desc(e, value->type)), DYN_ARG(source));
        }
        dyn_out_line(out, "};");
    }
    dyn_out_line(out, "static const struct dynr_condition filter_%.*s = {", DYN_ARG(name));
    dyn_out_line(out, "    .expression = %.*s,", DYN_ARG(c_string(e, filter->text)));
    dyn_out_line(out, "    .names = names_%.*s,", DYN_ARG(name));
    if (filter->n_values > 0) {
        dyn_out_line(out, "    .values = values_%.*s,", DYN_ARG(name));
        dyn_out_line(out, "    .n_values = %zu,", filter->n_values);
    }
    dyn_out_line(out, "};");
    return dynr_arena_printf(e->arena, "filter_%.*s", DYN_ARG(name));
}
