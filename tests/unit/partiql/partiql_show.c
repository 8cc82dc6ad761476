/* SPDX-License-Identifier: Apache-2.0 */
#include "partiql_show.h"

static void show_node(const struct dynr_partiql_node *node, struct dynr_buf *out);

static void show_path(const struct dynr_partiql_node *path, struct dynr_buf *out)
{
    for (const struct dynr_partiql_part *part = path->first_part; part != NULL; part = part->next) {
        if (part->is_index) {
            dynr_buf_printf(out, "[%u]", (unsigned)part->index);
            continue;
        }
        dynr_buf_append_c(out, part == path->first_part ? "" : ".");
        dynr_buf_append_str(out, part->name);
    }
}

static void show_call(const char *name, const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '(');
    dynr_buf_append_c(out, name);
    if (node->text.len > 0) {
        dynr_buf_append_c(out, name[0] == '\0' ? "" : " ");
        dynr_buf_append_str(out, node->text);
    }
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        dynr_buf_append_char(out, ' ');
        show_node(operand, out);
    }
    dynr_buf_append_char(out, ')');
}

static void show_node(const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
    static const char *const names[] = {
        [DYNR_PARTIQL_LIST] = "list", [DYNR_PARTIQL_MAP] = "map",
        [DYNR_PARTIQL_SET] = "set",   [DYNR_PARTIQL_CALL] = "call",
        [DYNR_PARTIQL_AND] = "and",   [DYNR_PARTIQL_OR] = "or",
        [DYNR_PARTIQL_NOT] = "not",   [DYNR_PARTIQL_BETWEEN] = "between",
        [DYNR_PARTIQL_IN] = "in",     [DYNR_PARTIQL_IS] = "is",
        [DYNR_PARTIQL_SUM] = "+",     [DYNR_PARTIQL_DIFFERENCE] = "-",
        [DYNR_PARTIQL_TRUE] = "true", [DYNR_PARTIQL_FALSE] = "false",
        [DYNR_PARTIQL_NULL] = "null",
    };
    switch (node->kind) {
    case DYNR_PARTIQL_PATH:
        show_path(node, out);
        break;
    case DYNR_PARTIQL_STRING:
        dynr_buf_append_char(out, '\'');
        dynr_buf_append_str(out, node->text);
        dynr_buf_append_char(out, '\'');
        break;
    case DYNR_PARTIQL_NUMBER:
        dynr_buf_append_str(out, node->text);
        break;
    case DYNR_PARTIQL_PARAMETER:
        dynr_buf_printf(out, "?%zu", node->parameter);
        break;
    case DYNR_PARTIQL_TRUE:
    case DYNR_PARTIQL_FALSE:
    case DYNR_PARTIQL_NULL:
        dynr_buf_append_c(out, names[node->kind]);
        break;
    case DYNR_PARTIQL_COMPARE:
        show_call(operators[node->op], node, out);
        break;
    case DYNR_PARTIQL_LIST:
    case DYNR_PARTIQL_MAP:
    case DYNR_PARTIQL_SET:
    case DYNR_PARTIQL_CALL:
    case DYNR_PARTIQL_AND:
    case DYNR_PARTIQL_OR:
    case DYNR_PARTIQL_NOT:
    case DYNR_PARTIQL_BETWEEN:
    case DYNR_PARTIQL_IN:
    case DYNR_PARTIQL_IS:
    case DYNR_PARTIQL_SUM:
    case DYNR_PARTIQL_DIFFERENCE:
        show_call(names[node->kind], node, out);
        break;
    }
}

static void show_part(const char *name, const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    if (node != NULL) {
        dynr_buf_append_c(out, name);
        show_node(node, out);
    }
}

void partiql_show(const struct dynr_partiql_statement *statement, struct dynr_buf *out)
{
    static const char *const kinds[] = {
        [DYNR_PARTIQL_SELECT] = "select ", [DYNR_PARTIQL_INSERT] = "insert ",
        [DYNR_PARTIQL_UPDATE] = "update ", [DYNR_PARTIQL_DELETE] = "delete ",
        [DYNR_PARTIQL_EXISTS] = "exists ",
    };
    static const char *const returnings[] = {
        [DYNR_PARTIQL_RETURNING_NOTHING] = "",
        [DYNR_PARTIQL_RETURNING_ALL_OLD] = "; all old",
        [DYNR_PARTIQL_RETURNING_ALL_NEW] = "; all new",
        [DYNR_PARTIQL_RETURNING_MODIFIED_OLD] = "; modified old",
        [DYNR_PARTIQL_RETURNING_MODIFIED_NEW] = "; modified new",
    };
    dynr_buf_append_c(out, kinds[statement->kind]);
    dynr_buf_append_str(out, statement->table);
    if (statement->index.len > 0) {
        dynr_buf_append_char(out, '/');
        dynr_buf_append_str(out, statement->index);
    }
    show_part("; columns ", statement->columns, out);
    show_part("; value ", statement->value, out);
    for (const struct dynr_partiql_action *action = statement->actions; action != NULL;
         action = action->next) {
        show_part(action->value == NULL ? "; remove " : "; set ", action->path, out);
        show_part(" ", action->value, out);
    }
    show_part("; where ", statement->where, out);
    for (const struct dynr_partiql_order *order = statement->orders; order != NULL;
         order = order->next) {
        show_part(order->is_descending ? "; down " : "; up ", order->path, out);
    }
    dynr_buf_append_c(out, returnings[statement->returning]);
}
