/* SPDX-License-Identifier: Apache-2.0 */
/* From conditions of a statement to condition expressions. Recursion goes as deep as the tree, which is bounded. */
#include "service/partiql.h"

/* As the service documents it. */
enum {
    MOST_CHOICES = 100
};

/* ---- names and values ---- */

void dynr_translation_begin(struct service_call *call, struct service_translation *out)
{
    memset(out, 0, sizeof *out);
    out->call = call;
    dynr_service_text_init(&out->names, call->arena);
    dynr_service_text_init(&out->values, call->arena);
}

static bool end_members(struct service_call *call, struct service_text *members,
                        struct dynr_str *out)
{
    if (!dynr_service_text_end(call, members, out)) {
        return false;
    }
    if (out->len == 0) {
        return true;
    }
    *out = dynr_arena_printf(call->arena, "{%.*s}", (int)out->len, out->ptr);
    return out->ptr != NULL || dynr_service_no_memory(call);
}

bool dynr_translation_end(struct service_translation *translation, struct dynr_str *out_names,
                          struct dynr_str *out_values)
{
    return end_members(translation->call, &translation->names, out_names) &&
           end_members(translation->call, &translation->values, out_values);
}

void dynr_translation_path(struct service_translation *translation,
                           const struct dynr_partiql_node *path, struct dynr_buf *out)
{
    for (const struct dynr_partiql_part *part = path->first_part; part != NULL; part = part->next) {
        if (part->is_index) {
            dynr_buf_printf(out, "[%u]", (unsigned)part->index);
            continue;
        }
        dynr_buf_append_c(out, part == path->first_part ? "" : ".");
        dynr_service_legacy_name(translation, part->name, out);
    }
}

void dynr_translation_value(struct service_translation *translation,
                            const struct dynr_attribute *value, struct dynr_buf *out)
{
    struct service_text text;
    struct dynr_str json;
    dynr_service_text_init(&text, translation->call->arena);
    dynr_attribute_write(value, &text.buf);
    if (dynr_service_text_end(translation->call, &text, &json)) {
        dynr_service_legacy_value(translation, json, out);
    } else {
        out->failed = true;
    }
}

bool dynr_translation_literal(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, const char *message,
                              struct dynr_buf *out)
{
    struct dynr_attribute value;
    if (!dynr_statement_is_value(node)) {
        return dynr_service_invalid(statement->call, "%s", message);
    }
    if (!dynr_statement_value(statement, node, &value)) {
        return false;
    }
    dynr_translation_value(translation, &value, out);
    return true;
}

static void translate_type(struct service_translation *translation, const char *type,
                           struct dynr_buf *out)
{
    struct dynr_attribute value = {.type = DYNR_ATTRIBUTE_S, .text = dynr_str_from_c(type)};
    dynr_translation_value(translation, &value, out);
}

/* ---- functions ---- */

struct function {
    const char *name;
    bool is_condition;
};

static const struct function functions[] = {
    {"attribute_exists", true}, {"attribute_not_exists", true},
    {"attribute_type", true},   {"begins_with", true},
    {"contains", true},         {"size", false},
};

static const struct function *find_function(struct dynr_str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (dynr_partiql_is_word(name, functions[i].name)) {
            return &functions[i];
        }
    }
    return NULL;
}

static bool is_condition_call(const struct dynr_partiql_node *node)
{
    const struct function *function =
        node->kind == DYNR_PARTIQL_CALL ? find_function(node->text) : NULL;
    return function != NULL && function->is_condition;
}

static bool unknown_function(const struct service_statement *statement,
                             const struct dynr_partiql_node *node)
{
    struct dynr_str place = dynr_statement_place(statement, node->offset, node->length);
    char name[64];
    size_t len = node->text.len < sizeof name ? node->text.len : sizeof name;
    for (size_t i = 0; i < len; i++) {
        char c = node->text.ptr[i];
        name[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return dynr_service_invalid(statement->call, "Unrecognized function: %.*s %.*s", (int)len, name,
                                (int)place.len, place.ptr);
}

static bool translate_operand(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, struct dynr_buf *out);

static bool translate_call(const struct service_statement *statement,
                           struct service_translation *translation,
                           const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    const struct function *function = find_function(node->text);
    if (function == NULL) {
        return unknown_function(statement, node);
    }
    if (node->n_operands == 0) {
        return dynr_service_invalid(statement->call,
                                    "Incorrect number of operands for operator or function; "
                                    "operator or function: %s, number of operands: 0",
                                    function->name);
    }
    dynr_buf_append_c(out, function->name);
    dynr_buf_append_char(out, '(');
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        dynr_buf_append_c(out, operand == node->first ? "" : ", ");
        if (!translate_operand(statement, translation, operand, out)) {
            return false;
        }
    }
    dynr_buf_append_char(out, ')');
    return true;
}

static bool translate_operand(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    if (node->kind == DYNR_PARTIQL_PATH) {
        dynr_translation_path(translation, node, out);
        return true;
    }
    if (node->kind == DYNR_PARTIQL_CALL) {
        return translate_call(statement, translation, node, out);
    }
    return dynr_translation_literal(statement, translation, node,
                                    "Operands of a condition must be attributes, values or the "
                                    "function size",
                                    out);
}

/* ---- conditions ---- */

/* Two or three operands, with a text between each two. */
static bool translate_operands(const struct service_statement *statement,
                               struct service_translation *translation,
                               const struct dynr_partiql_node *node, const char *first_between,
                               const char *second_between, struct dynr_buf *out)
{
    const char *between = "";
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        dynr_buf_append_c(out, between);
        if (!translate_operand(statement, translation, operand, out)) {
            return false;
        }
        between = operand == node->first ? first_between : second_between;
    }
    return true;
}

static bool translate_comparison(const struct service_statement *statement,
                                 struct service_translation *translation,
                                 const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    static const char *const operators[] = {
        [DYNR_PARTIQL_EQ] = " = ",  [DYNR_PARTIQL_NE] = " <> ", [DYNR_PARTIQL_LT] = " < ",
        [DYNR_PARTIQL_LE] = " <= ", [DYNR_PARTIQL_GT] = " > ",  [DYNR_PARTIQL_GE] = " >= ",
    };
    const struct dynr_partiql_node *right = node->first->next;
    bool is_boolean = right->kind == DYNR_PARTIQL_TRUE || right->kind == DYNR_PARTIQL_FALSE;
    if (is_condition_call(node->first) && is_boolean && node->op <= DYNR_PARTIQL_NE) {
        bool holds = (right->kind == DYNR_PARTIQL_TRUE) == (node->op == DYNR_PARTIQL_EQ);
        dynr_buf_append_c(out, holds ? "" : "NOT ");
        return translate_call(statement, translation, node->first, out);
    }
    return translate_operands(statement, translation, node, operators[node->op], "", out);
}

static bool translate_in(const struct service_statement *statement,
                         struct service_translation *translation,
                         const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    const struct dynr_attribute *choices;
    size_t n;
    if (!translate_operand(statement, translation, node->first, out) ||
        !dynr_statement_choices(statement, node->first->next, &choices, &n)) {
        return false;
    }
    if (n > MOST_CHOICES) {
        return dynr_service_invalid(statement->call, "IN takes at most %d values", MOST_CHOICES);
    }
    dynr_buf_append_c(out, " IN (");
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        dynr_translation_value(translation, &choices[i], out);
    }
    dynr_buf_append_char(out, ')');
    return true;
}

static bool translate_is(const struct service_statement *statement,
                         struct service_translation *translation,
                         const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    static const struct {
        const char *word;
        const char *type;
    } types[] = {
        {"NULL", "NULL"}, {"BOOL", "BOOL"}, {"BOOLEAN", "BOOL"}, {"STRING", "S"},  {"NUMERIC", "N"},
        {"NUMBER", "N"},  {"DECIMAL", "N"}, {"INT", "N"},        {"INTEGER", "N"}, {"BLOB", "B"},
        {"BINARY", "B"},  {"LIST", "L"},    {"STRUCT", "M"},     {"TUPLE", "M"},   {"MAP", "M"},
    };
    struct service_call *call = statement->call;
    if (node->first->kind != DYNR_PARTIQL_PATH) {
        return dynr_service_invalid(call, "IS needs an attribute before it");
    }
    if (dynr_partiql_is_word(node->text, "MISSING")) {
        dynr_buf_append_c(out, "attribute_not_exists(");
        dynr_translation_path(translation, node->first, out);
        dynr_buf_append_char(out, ')');
        return true;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (dynr_partiql_is_word(node->text, types[i].word)) {
            dynr_buf_append_c(out, "attribute_type(");
            dynr_translation_path(translation, node->first, out);
            dynr_buf_append_c(out, ", ");
            translate_type(translation, types[i].type, out);
            dynr_buf_append_char(out, ')');
            return true;
        }
    }
    return dynr_service_invalid(
        call, "Statement wasn't well formed, can't be processed: Expected type name");
}

static bool translate_chain(const struct service_statement *statement,
                            struct service_translation *translation,
                            const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    bool is_and = node->kind == DYNR_PARTIQL_AND;
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        dynr_buf_append_c(out, operand == node->first ? "" : is_and ? " AND " : " OR ");
        if (!dynr_statement_condition(statement, translation, operand, is_and, out)) {
            return false;
        }
    }
    return true;
}

static bool translate_not(const struct service_statement *statement,
                          struct service_translation *translation,
                          const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    const struct dynr_partiql_node *inner = node->first;
    bool is_chain = inner->kind == DYNR_PARTIQL_AND || inner->kind == DYNR_PARTIQL_OR;
    dynr_buf_append_c(out, is_chain ? "NOT (" : "NOT ");
    if (!dynr_statement_condition(statement, translation, inner, false, out)) {
        return false;
    }
    dynr_buf_append_c(out, is_chain ? ")" : "");
    return true;
}

bool dynr_statement_condition(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, bool is_nested,
                              struct dynr_buf *out)
{
    switch (node->kind) {
    case DYNR_PARTIQL_AND:
        return translate_chain(statement, translation, node, out);
    case DYNR_PARTIQL_OR:
        dynr_buf_append_c(out, is_nested ? "(" : "");
        if (!translate_chain(statement, translation, node, out)) {
            return false;
        }
        dynr_buf_append_c(out, is_nested ? ")" : "");
        return true;
    case DYNR_PARTIQL_NOT:
        return translate_not(statement, translation, node, out);
    case DYNR_PARTIQL_COMPARE:
        return translate_comparison(statement, translation, node, out);
    case DYNR_PARTIQL_BETWEEN:
        return translate_operands(statement, translation, node, " BETWEEN ", " AND ", out);
    case DYNR_PARTIQL_IN:
        return translate_in(statement, translation, node, out);
    case DYNR_PARTIQL_IS:
        return translate_is(statement, translation, node, out);
    case DYNR_PARTIQL_CALL:
        if (is_condition_call(node)) {
            return translate_call(statement, translation, node, out);
        }
        if (find_function(node->text) == NULL) {
            return unknown_function(statement, node);
        }
        break;
    case DYNR_PARTIQL_PATH:
    case DYNR_PARTIQL_STRING:
    case DYNR_PARTIQL_NUMBER:
    case DYNR_PARTIQL_PARAMETER:
    case DYNR_PARTIQL_TRUE:
    case DYNR_PARTIQL_FALSE:
    case DYNR_PARTIQL_NULL:
    case DYNR_PARTIQL_LIST:
    case DYNR_PARTIQL_MAP:
    case DYNR_PARTIQL_SET:
    case DYNR_PARTIQL_SUM:
    case DYNR_PARTIQL_DIFFERENCE:
        break;
    }
    return dynr_service_invalid(statement->call,
                                "The WHERE clause must be made of conditions: a value, an "
                                "attribute or the function size is none");
}
