/* SPDX-License-Identifier: Apache-2.0 */
/* What a SELECT answers of an item: a path's last name and the indexes behind it are the attribute's name. */
#include "service/partiql.h"

static bool write_name(const struct dynr_partiql_node *path, struct dynr_arena *arena,
                       struct dynr_str *out)
{
    const struct dynr_partiql_part *last_name = NULL;
    for (const struct dynr_partiql_part *part = path->first_part; part != NULL; part = part->next) {
        last_name = part->is_index ? last_name : part;
    }
    *out = dynr_str_make("", 0);
    if (last_name == NULL) {
        return true;
    }
    *out = last_name->name;
    for (const struct dynr_partiql_part *part = last_name->next; part != NULL; part = part->next) {
        struct dynr_str base = *out;
        char digits[16];
        size_t len = 0;
        uint32_t index = part->index;
        do {
            digits[len++] = (char)('0' + index % 10);
            index /= 10;
        } while (index > 0);
        char *text = dynr_arena_text(arena, base.len + len + 2);
        if (text == NULL) {
            return false;
        }
        memcpy(text, base.ptr, base.len);
        text[base.len] = '[';
        for (size_t i = 0; i < len; i++) {
            text[base.len + 1 + i] = digits[len - 1 - i];
        }
        text[base.len + len + 1] = ']';
        *out = dynr_str_make(text, base.len + len + 2);
    }
    return true;
}

bool dynr_columns_check(const struct service_statement *statement)
{
    struct service_call *call = statement->call;
    const struct dynr_partiql_node *columns = statement->tree->columns;
    struct dynr_str *names;
    size_t n = 0;
    if (columns == NULL) {
        return true;
    }
    names = dynr_arena_calloc(call->arena, columns->n_operands, sizeof *names);
    if (names == NULL) {
        return dynr_service_no_memory(call);
    }
    for (const struct dynr_partiql_node *path = columns->first; path != NULL; path = path->next) {
        if (!write_name(path, call->arena, &names[n])) {
            return dynr_service_no_memory(call);
        }
        for (size_t i = 0; i < n; i++) {
            if (dynr_str_equal(names[i], names[n])) {
                return dynr_service_invalid(call,
                                            "Two columns of the SELECT clause are called %.*s",
                                            (int)names[n].len, names[n].ptr);
            }
        }
        n++;
    }
    return true;
}

static const struct dynr_attribute *find(const struct dynr_partiql_node *path,
                                         const struct dynr_attribute *item)
{
    const struct dynr_attribute *value = item;
    for (const struct dynr_partiql_part *part = path->first_part; part != NULL && value != NULL;
         part = part->next) {
        if (!part->is_index) {
            value =
                value->type == DYNR_ATTRIBUTE_M ? dynr_attribute_member(value, part->name) : NULL;
        } else {
            value = value->type == DYNR_ATTRIBUTE_L && part->index < value->n_children
                        ? &value->elements[part->index]
                        : NULL;
        }
    }
    return value;
}

bool dynr_columns_write(const struct service_statement *statement,
                        const struct dynr_attribute *item, struct dynr_buf *out)
{
    struct service_call *call = statement->call;
    const struct dynr_partiql_node *columns = statement->tree->columns;
    struct dynr_attribute answer = {.type = DYNR_ATTRIBUTE_M};
    if (columns == NULL) {
        dynr_item_write(item, out);
        return true;
    }
    answer.members = dynr_arena_calloc(call->arena, columns->n_operands, sizeof *answer.members);
    if (answer.members == NULL) {
        return dynr_service_no_memory(call);
    }
    for (const struct dynr_partiql_node *path = columns->first; path != NULL; path = path->next) {
        const struct dynr_attribute *value = find(path, item);
        if (value == NULL) {
            continue;
        }
        struct dynr_attribute_member *member = &answer.members[answer.n_children++];
        member->value = *value;
        if (!write_name(path, call->arena, &member->name)) {
            return dynr_service_no_memory(call);
        }
    }
    dynr_item_write(&answer, out);
    return true;
}

bool dynr_columns_write_text(const struct service_statement *statement, struct dynr_str item,
                             struct dynr_buf *out)
{
    struct dynr_error err = {0};
    struct dynr_attribute parsed;
    if (statement->tree->columns == NULL) {
        dynr_buf_append_str(out, item);
        return true;
    }
    return dynr_item_parse(item, statement->call->arena, &parsed, &err) == DYNR_OK
               ? dynr_columns_write(statement, &parsed, out)
               : dynr_service_fail_status(statement->call, &err);
}
