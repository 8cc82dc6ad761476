/* SPDX-License-Identifier: Apache-2.0 */
/* From values of a statement to attribute values. */
#include "service/partiql.h"

/* Where a value stands inside of another, for messages: "root.x[1]". */
struct place {
    const struct place *outer;
    struct dynr_str name;
    size_t index;
};

static bool read_value(const struct service_statement *statement,
                       const struct dynr_partiql_node *node, const struct place *place,
                       struct dynr_attribute *out);

bool dynr_statement_is_value(const struct dynr_partiql_node *node)
{
    switch (node->kind) {
    case DYNR_PARTIQL_STRING:
    case DYNR_PARTIQL_NUMBER:
    case DYNR_PARTIQL_PARAMETER:
    case DYNR_PARTIQL_TRUE:
    case DYNR_PARTIQL_FALSE:
    case DYNR_PARTIQL_NULL:
    case DYNR_PARTIQL_LIST:
    case DYNR_PARTIQL_MAP:
    case DYNR_PARTIQL_SET:
        /* The grammar lets nothing but values into these three. */
        return true;
    case DYNR_PARTIQL_PATH:
    case DYNR_PARTIQL_CALL:
    case DYNR_PARTIQL_AND:
    case DYNR_PARTIQL_OR:
    case DYNR_PARTIQL_NOT:
    case DYNR_PARTIQL_COMPARE:
    case DYNR_PARTIQL_BETWEEN:
    case DYNR_PARTIQL_IN:
    case DYNR_PARTIQL_IS:
    case DYNR_PARTIQL_SUM:
    case DYNR_PARTIQL_DIFFERENCE:
        break;
    }
    return false;
}

/* Recursion goes as deep as the tree, which is bounded. */
static void write_place(const struct place *place, struct dynr_buf *out)
{
    if (place == NULL) {
        dynr_buf_append_c(out, "root");
        return;
    }
    write_place(place->outer, out);
    if (place->name.len > 0) {
        dynr_buf_append_char(out, '.');
        dynr_buf_append_str(out, place->name);
    } else {
        dynr_buf_printf(out, "[%zu]", place->index);
    }
}

static bool read_number(const struct service_statement *statement,
                        const struct dynr_partiql_node *node, const struct place *place,
                        struct dynr_attribute *out)
{
    struct service_call *call = statement->call;
    struct dynr_error err = {0};
    struct dynr_str json =
        dynr_arena_printf(call->arena, "{\"N\":\"%.*s\"}", (int)node->text.len, node->text.ptr);
    if (json.ptr == NULL) {
        return dynr_service_no_memory(call);
    }
    if (dynr_attribute_parse(json, call->arena, out, &err) == DYNR_OK) {
        return true;
    }
    struct service_text where;
    struct dynr_str text;
    dynr_service_text_init(&where, call->arena);
    write_place(place, &where.buf);
    if (err.status == DYNR_ERR_NO_MEMORY || !dynr_service_text_end(call, &where, &text)) {
        return dynr_service_no_memory(call);
    }
    return dynr_service_invalid(call, "%s under %.*s", err.message, (int)text.len, text.ptr);
}

static bool allocate_elements(const struct service_statement *statement, size_t n,
                              struct dynr_attribute *out)
{
    out->n_children = n;
    out->elements = dynr_arena_calloc(statement->call->arena, n + 1, sizeof *out->elements);
    return out->elements != NULL || dynr_service_no_memory(statement->call);
}

static bool read_list(const struct service_statement *statement,
                      const struct dynr_partiql_node *node, const struct place *place,
                      struct dynr_attribute *out)
{
    struct place inside = {.outer = place};
    out->type = DYNR_ATTRIBUTE_L;
    if (!allocate_elements(statement, node->n_operands, out)) {
        return false;
    }
    for (const struct dynr_partiql_node *element = node->first; element != NULL;
         element = element->next, inside.index++) {
        if (!read_value(statement, element, &inside, &out->elements[inside.index])) {
            return false;
        }
    }
    return true;
}

/* What the store would say of it. */
static bool check(const struct service_statement *statement, const struct dynr_attribute *value)
{
    struct service_call *call = statement->call;
    struct dynr_error err = {0};
    struct dynr_attribute ignored;
    struct service_text text;
    struct dynr_str json;
    dynr_service_text_init(&text, call->arena);
    dynr_attribute_write(value, &text.buf);
    if (!dynr_service_text_end(call, &text, &json)) {
        return false;
    }
    return dynr_attribute_parse(json, call->arena, &ignored, &err) == DYNR_OK ||
           dynr_service_fail_status(call, &err);
}

static bool read_set(const struct service_statement *statement,
                     const struct dynr_partiql_node *node, const struct place *place,
                     struct dynr_attribute *out)
{
    struct service_call *call = statement->call;
    if (node->n_operands == 0) {
        return dynr_service_invalid(call, "Empty bags are not supported");
    }
    if (!read_list(statement, node, place, out)) {
        return false;
    }
    for (size_t i = 0; i < out->n_children; i++) {
        if (out->elements[i].type != out->elements[0].type) {
            return dynr_service_invalid(call, "The members of a set must be of one type");
        }
    }
    enum dynr_attribute_type type = out->elements[0].type;
    out->type = type == DYNR_ATTRIBUTE_S   ? DYNR_ATTRIBUTE_SS
                : type == DYNR_ATTRIBUTE_N ? DYNR_ATTRIBUTE_NS
                : type == DYNR_ATTRIBUTE_B ? DYNR_ATTRIBUTE_BS
                                           : DYNR_ATTRIBUTE_NONE;
    if (out->type == DYNR_ATTRIBUTE_NONE) {
        return dynr_service_invalid(call, "The members of a set must be strings, numbers or "
                                          "binary values");
    }
    return check(statement, out);
}

/* A statement is too short for so many names that comparing each with each would take long. */
bool dynr_statement_check_names(const struct service_statement *statement,
                                const struct dynr_attribute *map)
{
    for (size_t i = 0; i < map->n_children; i++) {
        struct dynr_str name = map->members[i].name;
        for (size_t k = 0; k < i; k++) {
            if (dynr_str_equal(map->members[k].name, name)) {
                return dynr_service_invalid(statement->call,
                                            "The name %.*s stands twice in one map", (int)name.len,
                                            name.ptr);
            }
        }
    }
    return true;
}

static bool read_map(const struct service_statement *statement,
                     const struct dynr_partiql_node *node, const struct place *place,
                     struct dynr_attribute *out)
{
    out->type = DYNR_ATTRIBUTE_M;
    out->members =
        dynr_arena_calloc(statement->call->arena, node->n_operands / 2 + 1, sizeof *out->members);
    if (out->members == NULL) {
        return dynr_service_no_memory(statement->call);
    }
    for (const struct dynr_partiql_node *name = node->first; name != NULL && name->next != NULL;
         name = name->next->next) {
        struct place inside = {.outer = place, .name = name->text};
        struct dynr_attribute_member *member = &out->members[out->n_children++];
        member->name = name->text;
        if (!read_value(statement, name->next, &inside, &member->value)) {
            return false;
        }
    }
    return dynr_statement_check_names(statement, out);
}

static bool read_value(const struct service_statement *statement,
                       const struct dynr_partiql_node *node, const struct place *place,
                       struct dynr_attribute *out)
{
    memset(out, 0, sizeof *out);
    switch (node->kind) {
    case DYNR_PARTIQL_STRING:
        out->type = DYNR_ATTRIBUTE_S;
        out->text = node->text;
        return true;
    case DYNR_PARTIQL_NUMBER:
        return read_number(statement, node, place, out);
    case DYNR_PARTIQL_PARAMETER:
        *out = statement->parameters[node->parameter];
        return true;
    case DYNR_PARTIQL_TRUE:
    case DYNR_PARTIQL_FALSE:
        out->type = DYNR_ATTRIBUTE_BOOL;
        out->boolean = node->kind == DYNR_PARTIQL_TRUE;
        return true;
    case DYNR_PARTIQL_NULL:
        out->type = DYNR_ATTRIBUTE_NULL;
        out->boolean = true;
        return true;
    case DYNR_PARTIQL_LIST:
        return read_list(statement, node, place, out);
    case DYNR_PARTIQL_MAP:
        return read_map(statement, node, place, out);
    case DYNR_PARTIQL_SET:
        return read_set(statement, node, place, out);
    case DYNR_PARTIQL_PATH:
    case DYNR_PARTIQL_CALL:
    case DYNR_PARTIQL_AND:
    case DYNR_PARTIQL_OR:
    case DYNR_PARTIQL_NOT:
    case DYNR_PARTIQL_COMPARE:
    case DYNR_PARTIQL_BETWEEN:
    case DYNR_PARTIQL_IN:
    case DYNR_PARTIQL_IS:
    case DYNR_PARTIQL_SUM:
    case DYNR_PARTIQL_DIFFERENCE:
        break;
    }
    return dynr_service_invalid(statement->call, "A value is expected here: only literals and "
                                                 "parameters are values");
}

bool dynr_statement_value(const struct service_statement *statement,
                          const struct dynr_partiql_node *node, struct dynr_attribute *out)
{
    return read_value(statement, node, NULL, out);
}

bool dynr_statement_choices(const struct service_statement *statement,
                            const struct dynr_partiql_node *node, const struct dynr_attribute **out,
                            size_t *out_n)
{
    struct dynr_attribute *list = dynr_arena_calloc(statement->call->arena, 1, sizeof *list);
    if (list == NULL) {
        return dynr_service_no_memory(statement->call);
    }
    if (!read_value(statement, node, NULL, list)) {
        return false;
    }
    if (list->type != DYNR_ATTRIBUTE_L || list->n_children == 0) {
        return dynr_service_invalid(statement->call, "IN needs a list of at least one value");
    }
    *out = list->elements;
    *out_n = list->n_children;
    return true;
}
