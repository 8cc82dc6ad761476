/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's expressions: what may stand beside what, and members of the first API (Expected, AttributeUpdates, filters,
 * AttributesToGet) rewritten as expressions, so that the store knows one language.
 */
#include "service/service.h"

#include "ddb/expression.h"

static bool is_listed(const enum service_field *fields, enum service_field field)
{
    for (size_t i = 0; fields[i] != SERVICE_FIELD_COUNT; i++) {
        if (fields[i] == field) {
            return true;
        }
    }
    return false;
}

/* ---- what may stand beside what ---- */

static void list_present(const struct service_node *structure, const enum service_field *fields,
                         struct dynr_buf *out)
{
    bool has_conditions = !dynr_node_has(structure, SERVICE_FIELD_KEY_CONDITION_EXPRESSION);
    for (size_t i = 0; fields[i] != SERVICE_FIELD_COUNT; i++) {
        /* A Query may have KeyConditions beside expressions for the rest. */
        bool is_exempt = fields[i] == SERVICE_FIELD_KEY_CONDITIONS && has_conditions;
        if (dynr_node_has(structure, fields[i]) && !is_exempt) {
            dynr_buf_append_c(out, out->len == 0 ? "" : ", ");
            dynr_buf_append_c(out, dynr_field_name(fields[i]));
        }
    }
}

/* "ConditionExpression is null", "UpdateExpression and ConditionExpression are null". */
static void list_absent(const enum service_field *fields, struct dynr_buf *out)
{
    size_t n = 0;
    for (size_t i = 0; fields[i] != SERVICE_FIELD_COUNT; i++) {
        if (fields[i] != SERVICE_FIELD_PROJECTION_EXPRESSION) {
            dynr_buf_append_c(out, n++ == 0 ? "" : " and ");
            dynr_buf_append_c(out, dynr_field_name(fields[i]));
        }
    }
    dynr_buf_append_c(out, n == 1 ? " is null" : " are null");
}

static bool has_value_expression(const struct service_node *structure,
                                 const enum service_field *fields)
{
    for (size_t i = 0; fields[i] != SERVICE_FIELD_COUNT; i++) {
        if (fields[i] != SERVICE_FIELD_PROJECTION_EXPRESSION &&
            dynr_node_has(structure, fields[i])) {
            return true;
        }
    }
    return false;
}

static bool has_any(const struct service_node *structure, const enum service_field *fields)
{
    for (size_t i = 0; fields[i] != SERVICE_FIELD_COUNT; i++) {
        if (dynr_node_has(structure, fields[i])) {
            return true;
        }
    }
    return false;
}

static bool check_mixture(struct service_call *call, const struct service_node *structure,
                          const struct service_expression_rule *rule)
{
    struct service_text expressions;
    struct service_text others;
    struct dynr_str mine;
    struct dynr_str theirs;
    bool has_expressions = has_any(structure, rule->expressions);
    bool has_values = dynr_node_has(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES);
    if (has_expressions && has_any(structure, rule->others)) {
        dynr_service_text_init(&expressions, call->arena);
        dynr_service_text_init(&others, call->arena);
        list_present(structure, rule->expressions, &expressions.buf);
        list_present(structure, rule->others, &others.buf);
        if (!dynr_service_text_end(call, &expressions, &mine) ||
            !dynr_service_text_end(call, &others, &theirs)) {
            return false;
        }
        if (theirs.len > 0) {
            return dynr_service_invalid(
                call,
                "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {%.*s} Expression parameters: {%.*s}",
                (int)theirs.len, theirs.ptr, (int)mine.len, mine.ptr);
        }
    }
    if (!has_expressions && dynr_node_has(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES)) {
        return dynr_service_invalid(
            call, "ExpressionAttributeNames can only be specified when using expressions");
    }
    if (has_values && !has_value_expression(structure, rule->expressions)) {
        dynr_service_text_init(&expressions, call->arena);
        list_absent(rule->expressions, &expressions.buf);
        return dynr_service_text_end(call, &expressions, &mine) &&
               dynr_service_invalid(
                   call,
                   "ExpressionAttributeValues can only be specified when using expressions: %.*s",
                   (int)mine.len, mine.ptr);
    }
    return true;
}

/* ---- the first API ---- */

static bool is_or(const struct service_node *structure)
{
    return dynr_str_equal_c(dynr_node_text(structure, SERVICE_FIELD_CONDITIONAL_OPERATOR), "OR");
}

static bool translate(struct service_translation *translation, const struct service_node *structure,
                      enum service_field field, struct dynr_str *out)
{
    struct service_text text;
    struct service_call *call = translation->call;
    const struct service_node *member = dynr_node_member(structure, field);
    if (field == SERVICE_FIELD_KEY_CONDITIONS && dynr_node_is_present(member) &&
        member->n_children == 0) {
        return dynr_service_invalid(call, "Conditions can be of length 1 or 2 only");
    }
    if (!dynr_node_is_present(member) || member->n_children == 0) {
        return true;
    }
    dynr_service_text_init(&text, call->arena);
    bool ok;
    if (field == SERVICE_FIELD_EXPECTED) {
        ok = dynr_service_legacy_expected(translation, member, is_or(structure), &text.buf);
    } else if (field == SERVICE_FIELD_ATTRIBUTE_UPDATES) {
        ok = dynr_service_legacy_updates(translation, member, &text.buf);
    } else if (field == SERVICE_FIELD_ATTRIBUTES_TO_GET) {
        ok = dynr_service_legacy_projection(translation, member, &text.buf);
    } else {
        translation->is_key = field == SERVICE_FIELD_KEY_CONDITIONS;
        ok = dynr_service_legacy_conditions(translation, member,
                                            !translation->is_key && is_or(structure), &text.buf);
        if (ok && translation->is_key && member->n_children > 2) {
            return dynr_service_invalid(call, "Conditions can be of length 1 or 2 only");
        }
    }
    return ok && dynr_service_text_end(call, &text, out);
}

/* Puts the members that the request has and those of the translation into one object. */
static bool join_members(struct service_call *call, struct service_text *own,
                         struct dynr_str *inout)
{
    struct service_text text;
    struct dynr_str given = dynr_service_members(*inout);
    struct dynr_str mine;
    if (!dynr_service_text_end(call, own, &mine)) {
        return false;
    }
    if (mine.len == 0) {
        return true;
    }
    dynr_service_text_init(&text, call->arena);
    dynr_buf_append_char(&text.buf, '{');
    dynr_buf_append_str(&text.buf, given);
    dynr_buf_append_c(&text.buf, given.len > 0 ? "," : "");
    dynr_buf_append_str(&text.buf, mine);
    dynr_buf_append_char(&text.buf, '}');
    return dynr_service_text_end(call, &text, inout);
}

struct service_target {
    enum service_field field;
    struct dynr_str *target;
};

static bool translate_listed(struct service_translation *translation,
                             const struct service_node *structure, const enum service_field *others,
                             const struct service_target *targets, size_t n_targets)
{
    for (size_t i = 0; i < n_targets; i++) {
        if (is_listed(others, targets[i].field) &&
            !translate(translation, structure, targets[i].field, targets[i].target)) {
            return false;
        }
    }
    return true;
}

static bool translate_all(struct service_call *call, const struct service_node *structure,
                          const struct service_expression_rule *rule,
                          struct service_expressions *out)
{
    struct service_translation translation = {.call = call};
    dynr_service_text_init(&translation.names, call->arena);
    dynr_service_text_init(&translation.values, call->arena);
    /* In the order in which the service checks them. */
    const struct service_target first[] = {
        {SERVICE_FIELD_ATTRIBUTE_UPDATES, &out->update},
        {SERVICE_FIELD_EXPECTED, &out->condition},
        {SERVICE_FIELD_QUERY_FILTER, &out->filter},
        {SERVICE_FIELD_ATTRIBUTES_TO_GET, &out->projection},
        {SERVICE_FIELD_SCAN_FILTER, &out->filter},
    };
    const struct service_target last[] = {
        {SERVICE_FIELD_KEY_CONDITIONS, &out->key_condition},
    };
    out->is_translated = true;
    return translate_listed(&translation, structure, rule->others, first,
                            sizeof first / sizeof first[0]) &&
           (rule->check == NULL || rule->check(call)) &&
           translate_listed(&translation, structure, rule->others, last, 1) &&
           join_members(call, &translation.names, &out->names) &&
           join_members(call, &translation.values, &out->values);
}

/* ---- all of it ---- */

bool dynr_service_check_values(struct service_call *call, const struct service_node *structure)
{
    struct dynr_str item = dynr_node_text(structure, SERVICE_FIELD_ITEM);
    struct dynr_str key = dynr_node_text(structure, SERVICE_FIELD_KEY);
    return (item.len == 0 || dynr_service_check_item(call, item)) &&
           (key.len == 0 || dynr_service_check_item(call, key));
}

struct service_expression_kind {
    enum service_field field;
    enum dynr_expression_kind kind;
};

/* In the order in which the service reads them. */
static const struct service_expression_kind expression_kinds[] = {
    {SERVICE_FIELD_UPDATE_EXPRESSION, DYNR_EXPRESSION_UPDATE},
    {SERVICE_FIELD_CONDITION_EXPRESSION, DYNR_EXPRESSION_CONDITION},
    {SERVICE_FIELD_KEY_CONDITION_EXPRESSION, DYNR_EXPRESSION_KEY_CONDITION},
    {SERVICE_FIELD_FILTER_EXPRESSION, DYNR_EXPRESSION_FILTER},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, DYNR_EXPRESSION_PROJECTION},
};

enum {
    EXPRESSION_KINDS = sizeof expression_kinds / sizeof expression_kinds[0]
};

static bool is_empty(const struct service_node *structure, enum service_field field)
{
    const struct service_node *member = dynr_node_member(structure, field);
    return dynr_node_is_present(member) && member->text.len == 0;
}

static bool read_expression(struct service_call *call, const struct service_node *structure,
                            const struct service_expression_kind *kind,
                            struct dynr_bindings *bindings)
{
    struct dynr_error err = {0};
    const struct dynr_expression *expression;
    const struct dynr_bound_expression *bound;
    struct dynr_str text = dynr_node_text(structure, kind->field);
    if (is_empty(structure, kind->field)) {
        return dynr_service_invalid(call, "Invalid %s: The expression can not be empty;",
                                    dynr_field_name(kind->field));
    }
    if (text.len == 0) {
        return true;
    }
    enum dynr_status status =
        dynr_expression_parse(kind->kind, text, call->arena, &expression, &err);
    if (status == DYNR_OK) {
        status = dynr_expression_bind(expression, bindings, call->arena, &bound, &err);
    }
    return status == DYNR_OK || dynr_service_fail_status(call, &err);
}

/* An empty expression is no expression to the store. What comes before it is looked at here, then. */
static bool check_empty(struct service_call *call, const struct service_node *structure,
                        const struct service_expressions *expressions)
{
    struct dynr_bindings bindings;
    struct dynr_error err = {0};
    bool any = false;
    for (size_t i = 0; i < EXPRESSION_KINDS; i++) {
        any = any || is_empty(structure, expression_kinds[i].field);
    }
    if (!any) {
        return true;
    }
    if (!dynr_service_check_values(call, structure)) {
        return false;
    }
    if (dynr_bindings_parse(expressions->names, expressions->values, call->arena, &bindings,
                            &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    for (size_t i = 0; i < EXPRESSION_KINDS; i++) {
        if (!read_expression(call, structure, &expression_kinds[i], &bindings)) {
            return false;
        }
    }
    return true;
}

bool dynr_service_expressions(struct service_call *call, const struct service_node *structure,
                              const struct service_expression_rule *rule,
                              struct service_expressions *out)
{
    memset(out, 0, sizeof *out);
    bool has_others = has_any(structure, rule->others);
    if (!check_mixture(call, structure, rule) ||
        (has_others && !dynr_service_check_values(call, structure))) {
        return false;
    }
    out->update = dynr_node_text(structure, SERVICE_FIELD_UPDATE_EXPRESSION);
    out->condition = dynr_node_text(structure, SERVICE_FIELD_CONDITION_EXPRESSION);
    out->key_condition = dynr_node_text(structure, SERVICE_FIELD_KEY_CONDITION_EXPRESSION);
    out->filter = dynr_node_text(structure, SERVICE_FIELD_FILTER_EXPRESSION);
    out->projection = dynr_node_text(structure, SERVICE_FIELD_PROJECTION_EXPRESSION);
    out->names = dynr_node_text(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES);
    out->values = dynr_node_text(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES);
    bool ok = has_others ? translate_all(call, structure, rule, out)
                         : rule->check == NULL || rule->check(call);
    return ok && check_empty(call, structure, out);
}
