/* SPDX-License-Identifier: Apache-2.0 */
/* What of a WHERE clause names a key, and what is left of it. */
#include "service/partiql.h"

/* As the service documents it. */
enum {
    MOST_PARTITIONS = 50
};

bool dynr_where_read(const struct service_statement *statement, struct service_where *out)
{
    struct service_call *call = statement->call;
    const struct dynr_partiql_node *where = statement->tree->where;
    memset(out, 0, sizeof *out);
    if (where == NULL) {
        return true;
    }
    bool is_chain = where->kind == DYNR_PARTIQL_AND;
    size_t n = is_chain ? where->n_operands : 1;
    out->parts = dynr_arena_calloc(call->arena, n, sizeof *out->parts);
    out->is_taken = dynr_arena_calloc(call->arena, n, sizeof *out->is_taken);
    if (out->parts == NULL || out->is_taken == NULL) {
        return dynr_service_no_memory(call);
    }
    for (const struct dynr_partiql_node *part = is_chain ? where->first : where;
         part != NULL && out->n < n; part = part->next) {
        out->parts[out->n++] = part;
    }
    return true;
}

bool dynr_where_has_rest(const struct service_where *where)
{
    for (size_t i = 0; i < where->n; i++) {
        if (!where->is_taken[i]) {
            return true;
        }
    }
    return false;
}

bool dynr_where_rest(const struct service_statement *statement,
                     struct service_translation *translation, const struct service_where *where,
                     bool is_nested, struct dynr_buf *out)
{
    size_t n_rest = 0;
    size_t n = 0;
    for (size_t i = 0; i < where->n; i++) {
        n_rest += where->is_taken[i] ? 0 : 1;
    }
    for (size_t i = 0; i < where->n; i++) {
        if (where->is_taken[i]) {
            continue;
        }
        dynr_buf_append_c(out, n++ == 0 ? "" : " AND ");
        if (!dynr_statement_condition(statement, translation, where->parts[i],
                                      is_nested || n_rest > 1, out)) {
            return false;
        }
    }
    return true;
}

/* ---- keys ---- */

static bool fits(const struct dynr_key_attribute *key, const struct dynr_attribute *value)
{
    const char *type = dynr_attribute_type_name(value->type);
    return type[0] == key->type && type[1] == '\0';
}

static bool check_type(const struct service_statement *statement,
                       const struct dynr_key_attribute *key, const struct dynr_attribute *value)
{
    return fits(key, value) ||
           dynr_service_invalid(statement->call,
                                "Key attribute's data type should match its data type in table's "
                                "schema: Key %.*s",
                                (int)key->name.len, key->name.ptr);
}

/* The value that a condition compares the attribute with; NULL: it is another kind of condition. */
static const struct dynr_partiql_node *compared_value(const struct dynr_partiql_node *node,
                                                      struct dynr_str name)
{
    if (node->kind != DYNR_PARTIQL_COMPARE || node->op == DYNR_PARTIQL_NE) {
        return NULL;
    }
    const struct dynr_partiql_node *left = node->first;
    const struct dynr_partiql_node *right = node->first->next;
    if (dynr_partiql_is_attribute(left, name) && dynr_statement_is_value(right)) {
        return right;
    }
    return dynr_partiql_is_attribute(right, name) && dynr_statement_is_value(left) ? left : NULL;
}

bool dynr_where_take_equal(const struct service_statement *statement, struct service_where *where,
                           const struct dynr_key_attribute *key, struct dynr_attribute *out,
                           bool *out_found)
{
    *out_found = false;
    for (size_t i = 0; i < where->n; i++) {
        const struct dynr_partiql_node *value = compared_value(where->parts[i], key->name);
        if (where->is_taken[i] || value == NULL || where->parts[i]->op != DYNR_PARTIQL_EQ) {
            continue;
        }
        if (!dynr_statement_value(statement, value, out) || !check_type(statement, key, out)) {
            return false;
        }
        where->is_taken[i] = true;
        *out_found = true;
        return true;
    }
    return true;
}

bool dynr_where_take_key(const struct service_statement *statement, struct service_where *where,
                         struct dynr_str *out)
{
    const struct dynr_key_attribute *keys[] = {&statement->definition->partition_key,
                                               &statement->definition->sort_key};
    struct dynr_attribute_member members[2] = {0};
    struct dynr_attribute item = {.type = DYNR_ATTRIBUTE_M, .members = members};
    struct service_text text;
    *out = dynr_str_make("", 0);
    for (size_t i = 0; i < 2; i++) {
        bool is_found;
        if (keys[i]->name.len == 0) {
            continue;
        }
        members[i].name = keys[i]->name;
        if (!dynr_where_take_equal(statement, where, keys[i], &members[i].value, &is_found)) {
            return false;
        }
        if (!is_found) {
            return true;
        }
        item.n_children++;
    }
    dynr_service_text_init(&text, statement->call->arena);
    dynr_item_write(&item, &text.buf);
    return dynr_service_text_end(statement->call, &text, out);
}

bool dynr_where_take_choices(const struct service_statement *statement, struct service_where *where,
                             const struct dynr_key_attribute *key,
                             const struct dynr_attribute **out, size_t *out_n)
{
    *out_n = 0;
    for (size_t i = 0; i < where->n; i++) {
        const struct dynr_partiql_node *part = where->parts[i];
        if (where->is_taken[i] || part->kind != DYNR_PARTIQL_IN ||
            !dynr_partiql_is_attribute(part->first, key->name)) {
            continue;
        }
        if (!dynr_statement_choices(statement, part->first->next, out, out_n)) {
            return false;
        }
        if (*out_n > MOST_PARTITIONS) {
            return dynr_service_invalid(
                statement->call, "IN takes at most %d values of a partition key", MOST_PARTITIONS);
        }
        for (size_t k = 0; k < *out_n; k++) {
            if (!check_type(statement, key, &(*out)[k])) {
                return false;
            }
        }
        where->is_taken[i] = true;
        return true;
    }
    return true;
}

/* The values of a condition that a Query takes; their number, or 0. */
static size_t range_values(const struct dynr_partiql_node *node,
                           const struct dynr_key_attribute *key,
                           const struct dynr_partiql_node *values[2])
{
    const struct dynr_partiql_node *first = node->first;
    values[0] = compared_value(node, key->name);
    if (values[0] != NULL) {
        return 1;
    }
    if (node->kind == DYNR_PARTIQL_BETWEEN && dynr_partiql_is_attribute(first, key->name) &&
        dynr_statement_is_value(first->next) && dynr_statement_is_value(first->next->next)) {
        values[0] = first->next;
        values[1] = first->next->next;
        return 2;
    }
    if (node->kind == DYNR_PARTIQL_CALL && node->n_operands == 2 && key->type != 'N' &&
        dynr_partiql_is_word(node->text, "begins_with") &&
        dynr_partiql_is_attribute(first, key->name) && dynr_statement_is_value(first->next)) {
        values[0] = first->next;
        return 1;
    }
    return 0;
}

bool dynr_where_take_range(const struct service_statement *statement, struct service_where *where,
                           const struct dynr_key_attribute *key,
                           const struct dynr_partiql_node **out)
{
    *out = NULL;
    for (size_t i = 0; i < where->n && key->name.len > 0; i++) {
        const struct dynr_partiql_node *values[2];
        size_t n = where->is_taken[i] ? 0 : range_values(where->parts[i], key, values);
        for (size_t k = 0; k < n; k++) {
            struct dynr_attribute value;
            if (!dynr_statement_value(statement, values[k], &value) ||
                !check_type(statement, key, &value)) {
                return false;
            }
        }
        if (n > 0) {
            where->is_taken[i] = true;
            *out = where->parts[i];
            return true;
        }
    }
    return true;
}
