/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's expressions: what may stand beside what, and members of the first API (Expected, AttributeUpdates, filters,
 * AttributesToGet) rewritten as expressions, so that the store knows one language.
 */
#include "service/service.h"

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
        bool is_key = field == SERVICE_FIELD_KEY_CONDITIONS;
        ok = dynr_service_legacy_conditions(translation, member, !is_key && is_or(structure),
                                            &text.buf);
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

static bool translate_all(struct service_call *call, const struct service_node *structure,
                          const enum service_field *others, struct service_expressions *out)
{
    struct service_translation translation = {.call = call};
    dynr_service_text_init(&translation.names, call->arena);
    dynr_service_text_init(&translation.values, call->arena);
    const struct {
        enum service_field field;
        struct dynr_str *target;
    } members[] = {
        {SERVICE_FIELD_ATTRIBUTE_UPDATES, &out->update},
        {SERVICE_FIELD_EXPECTED, &out->condition},
        {SERVICE_FIELD_QUERY_FILTER, &out->filter},
        {SERVICE_FIELD_SCAN_FILTER, &out->filter},
        {SERVICE_FIELD_KEY_CONDITIONS, &out->key_condition},
        {SERVICE_FIELD_ATTRIBUTES_TO_GET, &out->projection},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (is_listed(others, members[i].field) &&
            !translate(&translation, structure, members[i].field, members[i].target)) {
            return false;
        }
    }
    out->is_translated = true;
    return join_members(call, &translation.names, &out->names) &&
           join_members(call, &translation.values, &out->values);
}

/* ---- all of it ---- */

/* The item or key, whose faults come before those of what follows. */
static bool check_item_first(struct service_call *call, const struct service_node *structure)
{
    struct dynr_str item = dynr_node_text(structure, SERVICE_FIELD_ITEM);
    struct dynr_str key = dynr_node_text(structure, SERVICE_FIELD_KEY);
    return (item.len == 0 || dynr_service_check_item(call, item)) &&
           (key.len == 0 || dynr_service_check_item(call, key));
}

static bool read_expression(struct service_call *call, const struct service_node *structure,
                            enum service_field field, struct dynr_str *out)
{
    const struct service_node *member = dynr_node_member(structure, field);
    *out = member->text;
    if (dynr_node_is_present(member) && member->text.len == 0) {
        return check_item_first(call, structure) &&
               dynr_service_invalid(call, "Invalid %s: The expression can not be empty;",
                                    dynr_field_name(field));
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
        (has_others && !check_item_first(call, structure))) {
        return false;
    }
    const struct {
        enum service_field field;
        struct dynr_str *target;
    } members[] = {
        {SERVICE_FIELD_UPDATE_EXPRESSION, &out->update},
        {SERVICE_FIELD_CONDITION_EXPRESSION, &out->condition},
        {SERVICE_FIELD_KEY_CONDITION_EXPRESSION, &out->key_condition},
        {SERVICE_FIELD_FILTER_EXPRESSION, &out->filter},
        {SERVICE_FIELD_PROJECTION_EXPRESSION, &out->projection},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!read_expression(call, structure, members[i].field, members[i].target)) {
            return false;
        }
    }
    out->names = dynr_node_text(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES);
    out->values = dynr_node_text(structure, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES);
    return !has_others || translate_all(call, structure, rule->others, out);
}
