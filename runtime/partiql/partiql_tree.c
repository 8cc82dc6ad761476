/* SPDX-License-Identifier: Apache-2.0 */
/* Builds trees. The depth of each is counted on the way, so that nobody who walks one has to. */
#include "partiql/partiql_tree.h"

void dynr_partiql_no_memory(struct dynr_partiql_parse *parse)
{
    if (parse->status == DYNR_OK) {
        parse->status = dynr_fail(parse->err, DYNR_ERR_NO_MEMORY, NULL);
    }
}

void dynr_partiql_refuse(struct dynr_partiql_parse *parse, const char *message)
{
    if (parse->status == DYNR_OK) {
        parse->status = dynr_fail(parse->err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
    }
}

/* ---- nodes ---- */

struct dynr_partiql_node *dynr_partiql_leaf(struct dynr_partiql_parse *parse,
                                            enum dynr_partiql_node_kind kind, struct dynr_str text,
                                            size_t offset)
{
    struct dynr_partiql_node *node = dynr_arena_calloc(parse->arena, 1, sizeof *node);
    if (node == NULL) {
        dynr_partiql_no_memory(parse);
        return NULL;
    }
    node->kind = kind;
    node->text = text;
    node->offset = offset;
    node->depth = 1;
    return node;
}

struct dynr_partiql_node *dynr_partiql_parameter(struct dynr_partiql_parse *parse, size_t offset)
{
    struct dynr_partiql_node *node =
        dynr_partiql_leaf(parse, DYNR_PARTIQL_PARAMETER, dynr_str_make("", 0), offset);
    if (node != NULL) {
        node->parameter = parse->statement->n_parameters++;
    }
    return node;
}

struct dynr_partiql_node *dynr_partiql_negative(struct dynr_partiql_parse *parse,
                                                struct dynr_str digits, size_t offset)
{
    struct dynr_str text = dynr_arena_printf(parse->arena, "-%.*s", (int)digits.len, digits.ptr);
    if (text.ptr == NULL) {
        dynr_partiql_no_memory(parse);
        return NULL;
    }
    return dynr_partiql_leaf(parse, DYNR_PARTIQL_NUMBER, text, offset);
}

struct dynr_partiql_node *dynr_partiql_append(struct dynr_partiql_parse *parse,
                                              struct dynr_partiql_node *list,
                                              struct dynr_partiql_node *operand)
{
    if (list == NULL || operand == NULL) {
        return NULL;
    }
    if (list->last == NULL) {
        list->first = operand;
    } else {
        list->last->next = operand;
    }
    list->last = operand;
    list->n_operands++;
    if (operand->depth >= list->depth) {
        list->depth = operand->depth + 1;
    }
    if (list->depth > DYNR_PARTIQL_MAX_DEPTH) {
        dynr_partiql_refuse(parse, "Statement wasn't well formed, can't be processed: "
                                   "Expressions and values are nested too deep");
        return NULL;
    }
    return list;
}

struct dynr_partiql_node *dynr_partiql_unary(struct dynr_partiql_parse *parse,
                                             enum dynr_partiql_node_kind kind,
                                             struct dynr_partiql_node *operand)
{
    if (operand == NULL) {
        return NULL;
    }
    return dynr_partiql_append(
        parse, dynr_partiql_leaf(parse, kind, dynr_str_make("", 0), operand->offset), operand);
}

struct dynr_partiql_node *dynr_partiql_binary(struct dynr_partiql_parse *parse,
                                              enum dynr_partiql_node_kind kind,
                                              struct dynr_partiql_node *left,
                                              struct dynr_partiql_node *right)
{
    return dynr_partiql_append(parse, dynr_partiql_unary(parse, kind, left), right);
}

struct dynr_partiql_node *dynr_partiql_chain(struct dynr_partiql_parse *parse,
                                             enum dynr_partiql_node_kind kind,
                                             struct dynr_partiql_node *left,
                                             struct dynr_partiql_node *right)
{
    if (left == NULL || right == NULL) {
        return NULL;
    }
    struct dynr_partiql_node *chain =
        left->kind == kind ? left : dynr_partiql_unary(parse, kind, left);
    if (right->kind != kind) {
        return dynr_partiql_append(parse, chain, right);
    }
    struct dynr_partiql_node *operand = right->first;
    while (chain != NULL && operand != NULL) {
        struct dynr_partiql_node *next = operand->next;
        operand->next = NULL;
        chain = dynr_partiql_append(parse, chain, operand);
        operand = next;
    }
    return chain;
}

/* ---- paths ---- */

static struct dynr_partiql_part *add_part(struct dynr_partiql_parse *parse,
                                          struct dynr_partiql_node *path)
{
    struct dynr_partiql_part *part = dynr_arena_calloc(parse->arena, 1, sizeof *part);
    if (part == NULL) {
        dynr_partiql_no_memory(parse);
        return NULL;
    }
    if (path->last_part == NULL) {
        path->first_part = part;
    } else {
        path->last_part->next = part;
    }
    path->last_part = part;
    path->n_parts++;
    return part;
}

struct dynr_partiql_node *dynr_partiql_path_name(struct dynr_partiql_parse *parse,
                                                 struct dynr_partiql_node *path,
                                                 struct dynr_str name,
                                                 struct dynr_partiql_span span)
{
    if (path == NULL) {
        path = dynr_partiql_leaf(parse, DYNR_PARTIQL_PATH, dynr_str_make("", 0), span.first);
    }
    struct dynr_partiql_part *part = path == NULL ? NULL : add_part(parse, path);
    if (part == NULL) {
        return NULL;
    }
    if (name.len == 0) {
        dynr_partiql_refuse(parse, "Statement wasn't well formed, can't be processed: "
                                   "A name is empty");
        return NULL;
    }
    part->name = name;
    path->length = span.last - path->offset;
    return path;
}

struct dynr_partiql_node *dynr_partiql_path_index(struct dynr_partiql_parse *parse,
                                                  struct dynr_partiql_node *path,
                                                  struct dynr_str digits)
{
    uint64_t index = 0;
    struct dynr_partiql_part *part = path == NULL ? NULL : add_part(parse, path);
    if (part == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || index > UINT32_MAX / 10) {
            dynr_partiql_refuse(parse, "Statement wasn't well formed, can't be processed: "
                                       "An index of a list is not a whole number that fits");
            return NULL;
        }
        index = index * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    part->is_index = true;
    part->index = (uint32_t)index;
    return path;
}

bool dynr_partiql_path_equal(const struct dynr_partiql_node *a, const struct dynr_partiql_node *b)
{
    const struct dynr_partiql_part *left = a->first_part;
    const struct dynr_partiql_part *right = b->first_part;
    if (a->kind != DYNR_PARTIQL_PATH || b->kind != DYNR_PARTIQL_PATH || a->n_parts != b->n_parts) {
        return false;
    }
    for (; left != NULL && right != NULL; left = left->next, right = right->next) {
        if (left->is_index != right->is_index || left->index != right->index ||
            !dynr_str_equal(left->name, right->name)) {
            return false;
        }
    }
    return true;
}

bool dynr_partiql_is_attribute(const struct dynr_partiql_node *node, struct dynr_str name)
{
    return node->kind == DYNR_PARTIQL_PATH && node->n_parts == 1 && node->first_part != NULL &&
           dynr_str_equal(node->first_part->name, name);
}

/* ---- clauses ---- */

void dynr_partiql_add_action(struct dynr_partiql_parse *parse, struct dynr_partiql_node *path,
                             struct dynr_partiql_node *value)
{
    struct dynr_partiql_action *action = dynr_arena_calloc(parse->arena, 1, sizeof *action);
    if (action == NULL) {
        dynr_partiql_no_memory(parse);
        return;
    }
    action->path = path;
    action->value = value;
    if (parse->last_action == NULL) {
        parse->statement->actions = action;
    } else {
        parse->last_action->next = action;
    }
    parse->last_action = action;
}

void dynr_partiql_add_order(struct dynr_partiql_parse *parse, struct dynr_partiql_node *path,
                            bool is_descending)
{
    struct dynr_partiql_order *order = dynr_arena_calloc(parse->arena, 1, sizeof *order);
    if (order == NULL) {
        dynr_partiql_no_memory(parse);
        return;
    }
    order->path = path;
    order->is_descending = is_descending;
    if (parse->last_order == NULL) {
        parse->statement->orders = order;
    } else {
        parse->last_order->next = order;
    }
    parse->last_order = order;
}

/* ---- texts ---- */

struct dynr_str dynr_partiql_unquote(struct dynr_partiql_parse *parse, struct dynr_str quoted)
{
    char quote = quoted.ptr[0];
    struct dynr_str inside = dynr_str_make(quoted.ptr + 1, quoted.len - 2);
    if (inside.len == 0 || memchr(inside.ptr, quote, inside.len) == NULL) {
        return inside;
    }
    char *text = dynr_arena_text(parse->arena, inside.len);
    size_t len = 0;
    if (text == NULL) {
        dynr_partiql_no_memory(parse);
        return dynr_str_make("", 0);
    }
    for (size_t i = 0; i < inside.len; i++) {
        text[len++] = inside.ptr[i];
        if (inside.ptr[i] == quote) {
            i++;
        }
    }
    return dynr_str_make(text, len);
}

bool dynr_partiql_is_word(struct dynr_str text, const char *word)
{
    size_t i = 0;
    for (; i < text.len && word[i] != '\0'; i++) {
        char c = text.ptr[i];
        char w = word[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) !=
            (w >= 'a' && w <= 'z' ? w - 'a' + 'A' : w)) {
            return false;
        }
    }
    return i == text.len && word[i] == '\0';
}
