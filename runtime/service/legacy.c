/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the first API as expressions. Each keeps its own checks and texts. */
#include "service/service.h"

#include "ddb/attribute.h"

/* ---- names and values of a translation ---- */

void dynr_service_legacy_name(struct service_translation *translation, struct dynr_str name,
                              struct dynr_buf *out)
{
    struct dynr_buf *names = &translation->names.buf;
    dynr_buf_printf(names, "%s\"#_t%zu\":", translation->n_names == 0 ? "" : ",",
                    translation->n_names);
    dynr_buf_append_json_string(names, name);
    dynr_buf_printf(out, "#_t%zu", translation->n_names++);
}

void dynr_service_legacy_value(struct service_translation *translation, struct dynr_str json,
                               struct dynr_buf *out)
{
    struct dynr_buf *values = &translation->values.buf;
    dynr_buf_printf(values, "%s\":_t%zu\":", translation->n_values == 0 ? "" : ",",
                    translation->n_values);
    dynr_buf_append_str(values, json);
    dynr_buf_printf(out, ":_t%zu", translation->n_values++);
}

/* ---- checks of values ---- */

static bool parse_value(struct service_call *call, const struct service_node *value,
                        struct dynr_attribute *out)
{
    struct dynr_error err = {0};
    return dynr_attribute_parse(value->text, call->arena, out, &err) == DYNR_OK ||
           dynr_service_fail_status(call, &err);
}

bool dynr_service_check_attribute(struct service_call *call, const struct service_node *value)
{
    struct dynr_attribute ignored;
    return parse_value(call, value, &ignored);
}

bool dynr_service_check_item(struct service_call *call, struct dynr_str item)
{
    struct dynr_error err = {0};
    struct dynr_attribute parsed;
    if (dynr_item_parse(item, call->arena, &parsed, &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    return dynr_item_size(&parsed) <= DYNR_ITEM_MAX_SIZE ||
           dynr_service_invalid(call, "Item size has exceeded the maximum allowed size");
}

/* ---- comparison operators ---- */

enum {
    ANY_NUMBER = 100000
};

struct comparison {
    const char *name;
    size_t least_values;
    size_t most_values;
    /* Types of values that it takes, letter by letter; NULL: all. */
    const char *types;
    /* The expression: N the name, V the next value, * all of them. */
    const char *form;
    bool is_indexable;
};

static const struct comparison comparisons[] = {
    {"EQ", 1, 1, NULL, "N = V", true},
    {"NE", 1, 1, NULL, "N <> V", false},
    {"LE", 1, 1, "SNB", "N <= V", true},
    {"LT", 1, 1, "SNB", "N < V", true},
    {"GE", 1, 1, "SNB", "N >= V", true},
    {"GT", 1, 1, "SNB", "N > V", true},
    {"NULL", 0, 0, NULL, "attribute_not_exists(N)", false},
    {"NOT_NULL", 0, 0, NULL, "attribute_exists(N)", false},
    {"CONTAINS", 1, 1, "SNB", "contains(N, V)", false},
    {"NOT_CONTAINS", 1, 1, "SNB", "NOT contains(N, V)", false},
    {"BEGINS_WITH", 1, 1, "SB", "begins_with(N, V)", true},
    {"BETWEEN", 2, 2, "SNB", "N BETWEEN V AND V", true},
    {"IN", 1, ANY_NUMBER, "SNB", "N IN (*)", false},
};

static const struct comparison *find_comparison(struct dynr_str name)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        if (dynr_str_equal_c(name, comparisons[i].name)) {
            return &comparisons[i];
        }
    }
    return NULL;
}

static bool takes_type(const struct comparison *comparison, enum dynr_attribute_type type)
{
    if (comparison->types == NULL) {
        return true;
    }
    const char *name = dynr_attribute_type_name(type);
    /* They are letters: the types that have an order. */
    return name[0] != '\0' && name[1] == '\0' && strchr(comparison->types, name[0]) != NULL;
}

static bool check_types(struct service_call *call, const struct comparison *comparison,
                        const struct dynr_attribute *values, size_t n_values)
{
    int order = 0;
    for (size_t i = 1; i < n_values; i++) {
        if (values[i].type != values[0].type) {
            return dynr_service_invalid(
                call, "One or more parameter values were invalid: AttributeValues inside "
                      "AttributeValueList must be of same type");
        }
    }
    for (size_t i = 0; i < n_values; i++) {
        if (!takes_type(comparison, values[i].type)) {
            return dynr_service_invalid(call,
                                        "One or more parameter values were invalid: "
                                        "ComparisonOperator %s is not valid for %s AttributeValue "
                                        "type",
                                        comparison->name, dynr_attribute_type_name(values[i].type));
        }
    }
    if (strcmp(comparison->name, "BETWEEN") == 0 &&
        dynr_attribute_compare(&values[0], &values[1], &order) && order > 0) {
        return dynr_service_invalid(call, "The BETWEEN condition was provided a range where the "
                                          "lower bound is greater than the upper bound");
    }
    return true;
}

static bool check_values(struct service_call *call, const struct comparison *comparison,
                         const struct service_node *values, size_t n_values)
{
    struct dynr_attribute *parsed = dynr_arena_calloc(call->arena, n_values + 1, sizeof *parsed);
    if (parsed == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < n_values; i++) {
        if (!parse_value(call, &values[i], &parsed[i])) {
            return false;
        }
    }
    if (n_values < comparison->least_values || n_values > comparison->most_values) {
        return dynr_service_invalid(call,
                                    "One or more parameter values were invalid: Invalid number of "
                                    "argument(s) for the %s ComparisonOperator",
                                    comparison->name);
    }
    return check_types(call, comparison, parsed, n_values);
}

static bool append_comparison(struct service_translation *translation,
                              const struct comparison *comparison, struct dynr_str name,
                              const struct service_node *values, size_t n_values,
                              struct dynr_buf *out)
{
    size_t next = 0;
    if (!check_values(translation->call, comparison, values, n_values)) {
        return false;
    }
    if (translation->is_key && !comparison->is_indexable) {
        /* No key has this type: the store objects where the service would object to the operator. */
        dynr_service_legacy_name(translation, name, out);
        dynr_buf_append_c(out, " = ");
        dynr_service_legacy_value(translation, dynr_str_from_c("{\"BOOL\":true}"), out);
        return true;
    }
    for (const char *p = comparison->form; *p != '\0'; p++) {
        bool is_mark = p[1] == ' ' || p[1] == '\0' || p[1] == ',' || p[1] == ')';
        bool is_begin = p == comparison->form || p[-1] == ' ' || p[-1] == '(';
        if (*p == 'N' && is_mark && is_begin) {
            dynr_service_legacy_name(translation, name, out);
        } else if (*p == 'V' && is_mark && is_begin) {
            dynr_service_legacy_value(translation, values[next++].text, out);
        } else if (*p == '*') {
            for (size_t i = 0; i < n_values; i++) {
                dynr_buf_append_c(out, i == 0 ? "" : ", ");
                dynr_service_legacy_value(translation, values[i].text, out);
            }
        } else {
            dynr_buf_append_char(out, *p);
        }
    }
    return true;
}

static void append_operator(bool is_or, size_t position, struct dynr_buf *out)
{
    if (position > 0) {
        dynr_buf_append_c(out, is_or ? " OR " : " AND ");
    }
}

/* ---- KeyConditions, QueryFilter, ScanFilter ---- */

bool dynr_service_has_unindexable(const struct service_node *conditions)
{
    for (size_t i = 0; i < conditions->n_children; i++) {
        const struct comparison *comparison = find_comparison(
            dynr_node_text(&conditions->children[i], SERVICE_FIELD_COMPARISON_OPERATOR));
        if (comparison != NULL && !comparison->is_indexable) {
            return true;
        }
    }
    return false;
}

bool dynr_service_legacy_conditions(struct service_translation *translation,
                                    const struct service_node *conditions, bool is_or,
                                    struct dynr_buf *out)
{
    for (size_t i = 0; i < conditions->n_children; i++) {
        const struct service_node *condition = &conditions->children[i];
        const struct service_node *list =
            dynr_node_member(condition, SERVICE_FIELD_ATTRIBUTE_VALUE_LIST);
        const struct comparison *comparison =
            find_comparison(dynr_node_text(condition, SERVICE_FIELD_COMPARISON_OPERATOR));
        append_operator(is_or, i, out);
        if (comparison == NULL || !append_comparison(translation, comparison, conditions->keys[i],
                                                     list->children, list->n_children, out)) {
            return false;
        }
    }
    return true;
}

/* ---- Expected ---- */

static bool invalid_for(struct service_call *call, const char *text, struct dynr_str name)
{
    return dynr_service_invalid(call,
                                "One or more parameter values were invalid: %s for Attribute: %.*s",
                                text, (int)name.len, name.ptr);
}

static bool check_comparison(struct service_call *call, const struct service_node *expected,
                             struct dynr_str name, const struct comparison *comparison)
{
    bool has_values = dynr_node_has(expected, SERVICE_FIELD_VALUE) ||
                      dynr_node_has(expected, SERVICE_FIELD_ATTRIBUTE_VALUE_LIST);
    if (dynr_node_has(expected, SERVICE_FIELD_EXISTS)) {
        return invalid_for(call, "Exists and ComparisonOperator cannot be used together", name);
    }
    if (comparison->least_values > 0 && !has_values) {
        return dynr_service_invalid(
            call,
            "One or more parameter values were invalid: Value or AttributeValueList must be used "
            "with ComparisonOperator: %s for Attribute: %.*s",
            comparison->name, (int)name.len, name.ptr);
    }
    return true;
}

/* Value and Exists, from before there were comparison operators. */
static bool append_existence(struct service_translation *translation,
                             const struct service_node *expected, struct dynr_str name,
                             struct dynr_buf *out)
{
    struct service_call *call = translation->call;
    const struct service_node *exists = dynr_node_member(expected, SERVICE_FIELD_EXISTS);
    const struct service_node *value = dynr_node_member(expected, SERVICE_FIELD_VALUE);
    bool must_exist = !dynr_node_is_present(exists) || exists->boolean;
    if (must_exist && !dynr_node_is_present(value)) {
        return invalid_for(call,
                           dynr_node_is_present(exists)
                               ? "Value must be provided when Exists is true"
                               : "Value must be provided when Exists is null",
                           name);
    }
    if (!must_exist && dynr_node_is_present(value)) {
        return invalid_for(call, "Value cannot be used when Exists is false", name);
    }
    return append_comparison(translation,
                             find_comparison(dynr_str_from_c(must_exist ? "EQ" : "NULL")), name,
                             value, must_exist ? 1 : 0, out);
}

static bool append_expected(struct service_translation *translation,
                            const struct service_node *expected, struct dynr_str name,
                            struct dynr_buf *out)
{
    struct service_call *call = translation->call;
    const struct service_node *list =
        dynr_node_member(expected, SERVICE_FIELD_ATTRIBUTE_VALUE_LIST);
    const struct service_node *value = dynr_node_member(expected, SERVICE_FIELD_VALUE);
    const struct comparison *comparison =
        find_comparison(dynr_node_text(expected, SERVICE_FIELD_COMPARISON_OPERATOR));
    if (dynr_node_is_present(list) && dynr_node_is_present(value)) {
        return invalid_for(call, "Value and AttributeValueList cannot be used together", name);
    }
    if (comparison == NULL) {
        return dynr_node_is_present(list)
                   ? invalid_for(call,
                                 "AttributeValueList can only be used with a ComparisonOperator",
                                 name)
                   : append_existence(translation, expected, name, out);
    }
    if (!check_comparison(call, expected, name, comparison)) {
        return false;
    }
    return dynr_node_is_present(value)
               ? append_comparison(translation, comparison, name, value, 1, out)
               : append_comparison(translation, comparison, name, list->children, list->n_children,
                                   out);
}

bool dynr_service_legacy_expected(struct service_translation *translation,
                                  const struct service_node *expected, bool is_or,
                                  struct dynr_buf *out)
{
    for (size_t i = 0; i < expected->n_children; i++) {
        append_operator(is_or, i, out);
        if (!append_expected(translation, &expected->children[i], expected->keys[i], out)) {
            return false;
        }
    }
    return true;
}

/* ---- AttributesToGet ---- */

bool dynr_service_legacy_projection(struct service_translation *translation,
                                    const struct service_node *names, struct dynr_buf *out)
{
    for (size_t i = 0; i < names->n_children; i++) {
        struct dynr_str name = names->children[i].text;
        for (size_t k = 0; k < i; k++) {
            if (dynr_str_equal(names->children[k].text, name)) {
                return dynr_service_invalid(translation->call,
                                            "One or more parameter values were invalid: Duplicate "
                                            "value in attribute name: %.*s",
                                            (int)name.len, name.ptr);
            }
        }
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        dynr_service_legacy_name(translation, name, out);
    }
    return true;
}

/* ---- AttributeUpdates ---- */

static const char *const clause_names[] = {"SET ", "REMOVE ", "ADD ", "DELETE "};

enum clause {
    CLAUSE_SET,
    CLAUSE_REMOVE,
    CLAUSE_ADD,
    CLAUSE_DELETE,
    CLAUSE_COUNT,
};

struct update_action {
    enum clause clause;
    bool is_append;
};

static bool is_set(enum dynr_attribute_type type)
{
    return type == DYNR_ATTRIBUTE_SS || type == DYNR_ATTRIBUTE_NS || type == DYNR_ATTRIBUTE_BS;
}

static bool read_action(struct service_call *call, const struct service_node *update,
                        struct update_action *out)
{
    const struct service_node *value = dynr_node_member(update, SERVICE_FIELD_VALUE);
    struct dynr_str action = dynr_node_text(update, SERVICE_FIELD_ACTION);
    bool is_delete = dynr_str_equal_c(action, "DELETE");
    bool is_add = dynr_str_equal_c(action, "ADD");
    struct dynr_attribute parsed;
    *out = (struct update_action){.clause = CLAUSE_SET};
    if (!dynr_node_is_present(value)) {
        out->clause = CLAUSE_REMOVE;
        return is_delete ||
               dynr_service_invalid(call, "One or more parameter values were invalid: Only DELETE "
                                          "action is allowed when no attribute value is specified");
    }
    if (!parse_value(call, value, &parsed)) {
        return false;
    }
    if (is_delete) {
        out->clause = CLAUSE_DELETE;
        return is_set(parsed.type) ||
               dynr_service_invalid(call,
                                    "One or more parameter values were invalid: DELETE action with "
                                    "value is not supported for the type %s",
                                    dynr_attribute_type_name(parsed.type));
    }
    if (is_add) {
        out->is_append = parsed.type == DYNR_ATTRIBUTE_L;
        out->clause = out->is_append ? CLAUSE_SET : CLAUSE_ADD;
        return out->is_append || is_set(parsed.type) || parsed.type == DYNR_ATTRIBUTE_N ||
               dynr_service_invalid(call,
                                    "One or more parameter values were invalid: ADD action is not "
                                    "supported for the type %s",
                                    dynr_attribute_type_name(parsed.type));
    }
    return true;
}

static void append_action(struct service_translation *translation,
                          const struct update_action *action, struct dynr_str name,
                          const struct service_node *value, struct dynr_buf *out)
{
    dynr_service_legacy_name(translation, name, out);
    if (action->clause == CLAUSE_REMOVE) {
        return;
    }
    dynr_buf_append_c(out, action->clause == CLAUSE_SET ? " = " : " ");
    if (action->is_append) {
        /* A list is begun where there is none. */
        dynr_buf_append_c(out, "list_append(if_not_exists(");
        dynr_service_legacy_name(translation, name, out);
        dynr_buf_append_c(out, ", ");
        dynr_service_legacy_value(translation, dynr_str_from_c("{\"L\":[]}"), out);
        dynr_buf_append_c(out, "), ");
    }
    dynr_service_legacy_value(translation, value->text, out);
    dynr_buf_append_c(out, action->is_append ? ")" : "");
}

bool dynr_service_legacy_updates(struct service_translation *translation,
                                 const struct service_node *updates, struct dynr_buf *out)
{
    struct service_call *call = translation->call;
    struct update_action *actions =
        dynr_arena_calloc(call->arena, updates->n_children + 1, sizeof *actions);
    if (actions == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < updates->n_children; i++) {
        if (!read_action(call, &updates->children[i], &actions[i])) {
            return false;
        }
    }
    for (int clause = CLAUSE_SET; clause < CLAUSE_COUNT; clause++) {
        size_t n = 0;
        for (size_t i = 0; i < updates->n_children; i++) {
            if (actions[i].clause != (enum clause)clause) {
                continue;
            }
            if (n++ == 0) {
                dynr_buf_append_c(out, out->len > 0 ? " " : "");
                dynr_buf_append_c(out, clause_names[clause]);
            } else {
                dynr_buf_append_c(out, ", ");
            }
            append_action(translation, &actions[i], updates->keys[i],
                          dynr_node_member(&updates->children[i], SERVICE_FIELD_VALUE), out);
        }
    }
    return true;
}
