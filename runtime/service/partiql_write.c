/* SPDX-License-Identifier: Apache-2.0 */
/* INSERT, UPDATE, DELETE, EXISTS and the SELECT of one item by its key, as requests of the store. */
#include "service/partiql.h"

#define NO_KEY "Where clause does not contain a mandatory equality on all key attributes"

static bool end_condition(struct service_translation *translation, struct service_text *condition,
                          struct dynr_request *out)
{
    return dynr_service_text_end(translation->call, condition, &out->condition) &&
           dynr_translation_end(translation, &out->names, &out->values);
}

static void translate_existence(const struct service_statement *statement,
                                struct service_translation *translation, const char *function,
                                struct dynr_buf *out)
{
    dynr_buf_append_c(out, function);
    dynr_buf_append_char(out, '(');
    dynr_service_legacy_name(translation, statement->definition->partition_key.name, out);
    dynr_buf_append_char(out, ')');
}

static bool check_table(const struct service_statement *statement)
{
    return statement->tree->index.len == 0 ||
           dynr_service_invalid(statement->call, "This operation is not supported on an index");
}

/* ---- INSERT ---- */

static bool write_item(const struct service_statement *statement, struct dynr_str *out)
{
    struct service_call *call = statement->call;
    const struct dynr_partiql_node *value = statement->tree->value;
    struct dynr_attribute item;
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    if (value->kind != DYNR_PARTIQL_MAP) {
        if (!dynr_statement_value(statement, value, &item)) {
            return false;
        }
        if (item.type != DYNR_ATTRIBUTE_M) {
            return dynr_service_invalid(call, "INSERT needs a map: VALUE {'name': value, ...}");
        }
        dynr_item_write(&item, &text.buf);
        return dynr_service_text_end(call, &text, out);
    }
    /* Each attribute is a root of its own in messages. */
    item = (struct dynr_attribute){.type = DYNR_ATTRIBUTE_M};
    item.members = dynr_arena_calloc(call->arena, value->n_operands / 2 + 1, sizeof *item.members);
    if (item.members == NULL) {
        return dynr_service_no_memory(call);
    }
    for (const struct dynr_partiql_node *name = value->first; name != NULL && name->next != NULL;
         name = name->next->next) {
        struct dynr_attribute_member *member = &item.members[item.n_children++];
        member->name = name->text;
        if (!dynr_statement_value(statement, name->next, &member->value)) {
            return false;
        }
    }
    if (!dynr_statement_check_names(statement, &item)) {
        return false;
    }
    dynr_item_write(&item, &text.buf);
    return dynr_service_text_end(call, &text, out);
}

static bool insert_request(const struct service_statement *statement, struct dynr_request *out)
{
    struct service_translation translation;
    struct service_text condition;
    out->operation = DYNR_PUT_ITEM;
    if (statement->tree->returning != DYNR_PARTIQL_RETURNING_NOTHING) {
        return dynr_service_invalid(statement->call, "INSERT statements take no RETURNING clause");
    }
    if (!check_table(statement) || !write_item(statement, &out->item)) {
        return false;
    }
    dynr_translation_begin(statement->call, &translation);
    dynr_service_text_init(&condition, statement->call->arena);
    translate_existence(statement, &translation, "attribute_not_exists", &condition.buf);
    return end_condition(&translation, &condition, out);
}

/* ---- UPDATE ---- */

enum clause {
    CLAUSE_SET,
    CLAUSE_REMOVE,
    CLAUSE_ADD,
    CLAUSE_DELETE,
    CLAUSE_COUNT,
};

static enum clause clause_of(const struct dynr_partiql_action *action)
{
    const struct dynr_partiql_node *value = action->value;
    if (value == NULL) {
        return CLAUSE_REMOVE;
    }
    if (value->kind == DYNR_PARTIQL_CALL && dynr_partiql_is_word(value->text, "set_add")) {
        return CLAUSE_ADD;
    }
    return value->kind == DYNR_PARTIQL_CALL && dynr_partiql_is_word(value->text, "set_delete")
               ? CLAUSE_DELETE
               : CLAUSE_SET;
}

static bool is_set(const struct dynr_attribute *value)
{
    return value->type == DYNR_ATTRIBUTE_SS || value->type == DYNR_ATTRIBUTE_NS ||
           value->type == DYNR_ATTRIBUTE_BS;
}

/* `a = set_add(a, <<...>>)` */
static bool read_members(const struct service_statement *statement,
                         const struct dynr_partiql_action *action, const char *name,
                         struct dynr_attribute *out)
{
    struct service_call *call = statement->call;
    const struct dynr_partiql_node *function = action->value;
    const struct dynr_partiql_node *first = function->first;
    struct dynr_str place = dynr_statement_place(statement, function->offset, function->length);
    if (function->n_operands != 2) {
        return dynr_service_invalid(call, "%s must have exactly two arguments %.*s", name,
                                    (int)place.len, place.ptr);
    }
    if (!dynr_partiql_path_equal(first, action->path)) {
        return dynr_service_invalid(call,
                                    "The first argument to %s must equal the assignment value %.*s",
                                    name, (int)place.len, place.ptr);
    }
    if (dynr_statement_is_value(first->next)) {
        if (!dynr_statement_value(statement, first->next, out)) {
            return false;
        }
        if (is_set(out)) {
            return true;
        }
    }
    place = dynr_statement_place(statement, first->offset, first->length);
    return dynr_service_invalid(call,
                                "The second argument to %s must be a value with type SET %.*s",
                                name, (int)place.len, place.ptr);
}

static bool translate_operand(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, struct dynr_buf *out)
{
    if (node->kind == DYNR_PARTIQL_PATH) {
        dynr_translation_path(translation, node, out);
        return true;
    }
    if (node->kind == DYNR_PARTIQL_CALL && dynr_partiql_is_word(node->text, "list_append") &&
        node->n_operands == 2) {
        dynr_buf_append_c(out, "list_append(");
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
    return dynr_translation_literal(statement, translation, node,
                                    "SET takes a value, an attribute, a sum or difference of two "
                                    "of them, list_append with two operands, set_add or "
                                    "set_delete",
                                    out);
}

static bool translate_set(const struct service_statement *statement,
                          struct service_translation *translation,
                          const struct dynr_partiql_node *value, struct dynr_buf *out)
{
    dynr_buf_append_c(out, " = ");
    if (value->kind != DYNR_PARTIQL_SUM && value->kind != DYNR_PARTIQL_DIFFERENCE) {
        return translate_operand(statement, translation, value, out);
    }
    if (!translate_operand(statement, translation, value->first, out)) {
        return false;
    }
    dynr_buf_append_c(out, value->kind == DYNR_PARTIQL_SUM ? " + " : " - ");
    return translate_operand(statement, translation, value->first->next, out);
}

static bool translate_action(const struct service_statement *statement,
                             struct service_translation *translation,
                             const struct dynr_partiql_action *action, struct dynr_buf *out)
{
    enum clause clause = clause_of(action);
    struct dynr_attribute members;
    dynr_translation_path(translation, action->path, out);
    if (clause == CLAUSE_REMOVE) {
        return true;
    }
    if (clause == CLAUSE_SET) {
        return translate_set(statement, translation, action->value, out);
    }
    if (!read_members(statement, action, clause == CLAUSE_ADD ? "SET_ADD" : "SET_DELETE",
                      &members)) {
        return false;
    }
    dynr_buf_append_char(out, ' ');
    dynr_translation_value(translation, &members, out);
    return true;
}

static bool translate_actions(const struct service_statement *statement,
                              struct service_translation *translation, struct dynr_str *out)
{
    static const char *const names[] = {"SET ", "REMOVE ", "ADD ", "DELETE "};
    struct service_text text;
    dynr_service_text_init(&text, statement->call->arena);
    for (int clause = CLAUSE_SET; clause < CLAUSE_COUNT; clause++) {
        size_t n = 0;
        for (const struct dynr_partiql_action *action = statement->tree->actions; action != NULL;
             action = action->next) {
            if (clause_of(action) != (enum clause)clause) {
                continue;
            }
            if (n++ > 0) {
                dynr_buf_append_c(&text.buf, ", ");
            } else {
                dynr_buf_append_c(&text.buf, text.buf.len > 0 ? " " : "");
                dynr_buf_append_c(&text.buf, names[clause]);
            }
            if (!translate_action(statement, translation, action, &text.buf)) {
                return false;
            }
        }
    }
    return dynr_service_text_end(statement->call, &text, out);
}

/* ---- what needs a key ---- */

static bool take_key(const struct service_statement *statement, struct service_where *where,
                     struct dynr_request *out)
{
    if (!dynr_where_read(statement, where) || !dynr_where_take_key(statement, where, &out->key)) {
        return false;
    }
    return check_table(statement) &&
           (out->key.len > 0 || dynr_service_invalid(statement->call, NO_KEY));
}

/* Not an upsert: the item has to be there. */
static bool update_request(const struct service_statement *statement, struct dynr_request *out)
{
    static const enum dynr_return_values values[] = {
        [DYNR_PARTIQL_RETURNING_NOTHING] = DYNR_RETURN_NONE,
        [DYNR_PARTIQL_RETURNING_ALL_OLD] = DYNR_RETURN_ALL_OLD,
        [DYNR_PARTIQL_RETURNING_ALL_NEW] = DYNR_RETURN_ALL_NEW,
        [DYNR_PARTIQL_RETURNING_MODIFIED_OLD] = DYNR_RETURN_UPDATED_OLD,
        [DYNR_PARTIQL_RETURNING_MODIFIED_NEW] = DYNR_RETURN_UPDATED_NEW,
    };
    struct service_translation translation;
    struct service_text condition;
    struct service_where where;
    out->operation = DYNR_UPDATE_ITEM;
    out->return_values = values[statement->tree->returning];
    dynr_translation_begin(statement->call, &translation);
    dynr_service_text_init(&condition, statement->call->arena);
    if (!take_key(statement, &where, out) ||
        !translate_actions(statement, &translation, &out->update)) {
        return false;
    }
    translate_existence(statement, &translation, "attribute_exists", &condition.buf);
    if (dynr_where_has_rest(&where)) {
        dynr_buf_append_c(&condition.buf, " AND ");
        if (!dynr_where_rest(statement, &translation, &where, true, &condition.buf)) {
            return false;
        }
    }
    return end_condition(&translation, &condition, out);
}

/* An item that is not there is deleted already, whatever the condition. */
static bool delete_request(const struct service_statement *statement, struct dynr_request *out)
{
    static const char *const names[] = {
        [DYNR_PARTIQL_RETURNING_NOTHING] = "",
        [DYNR_PARTIQL_RETURNING_ALL_OLD] = "ALL OLD *",
        [DYNR_PARTIQL_RETURNING_ALL_NEW] = "ALL NEW *",
        [DYNR_PARTIQL_RETURNING_MODIFIED_OLD] = "MODIFIED OLD *",
        [DYNR_PARTIQL_RETURNING_MODIFIED_NEW] = "MODIFIED NEW *",
    };
    enum dynr_partiql_returning returning = statement->tree->returning;
    struct service_translation translation;
    struct service_text condition;
    struct service_where where;
    out->operation = DYNR_DELETE_ITEM;
    if (returning > DYNR_PARTIQL_RETURNING_ALL_OLD) {
        return dynr_service_invalid(statement->call,
                                    "Invalid returning clause: RETURNING %s. Only RETURNING ALL "
                                    "OLD * is allowed in DELETE statements.",
                                    names[returning]);
    }
    out->return_values =
        returning == DYNR_PARTIQL_RETURNING_ALL_OLD ? DYNR_RETURN_ALL_OLD : DYNR_RETURN_NONE;
    if (!take_key(statement, &where, out)) {
        return false;
    }
    if (!dynr_where_has_rest(&where)) {
        return true;
    }
    dynr_translation_begin(statement->call, &translation);
    dynr_service_text_init(&condition, statement->call->arena);
    translate_existence(statement, &translation, "attribute_not_exists", &condition.buf);
    dynr_buf_append_c(&condition.buf, " OR ");
    return dynr_where_rest(statement, &translation, &where, false, &condition.buf) &&
           end_condition(&translation, &condition, out);
}

static bool exists_request(const struct service_statement *statement, struct dynr_request *out)
{
    static const char text[] = "EXISTS() must contain a single item read with additional condition";
    struct service_translation translation;
    struct service_text condition;
    struct service_where where;
    out->operation = DYNR_CONDITION_CHECK;
    if (!dynr_where_read(statement, &where) || !dynr_where_take_key(statement, &where, &out->key)) {
        return false;
    }
    if (statement->tree->index.len > 0 || out->key.len == 0 || !dynr_where_has_rest(&where)) {
        return dynr_service_invalid(statement->call, "%s", text);
    }
    dynr_translation_begin(statement->call, &translation);
    dynr_service_text_init(&condition, statement->call->arena);
    return dynr_where_rest(statement, &translation, &where, false, &condition.buf) &&
           end_condition(&translation, &condition, out);
}

/* ---- all of them ---- */

bool dynr_statement_write_request(const struct service_statement *statement,
                                  const struct service_node *structure, struct dynr_request *out)
{
    *out = (struct dynr_request)DYNR_REQUEST_INIT;
    out->table = statement->table;
    out->return_old_on_failure = dynr_str_equal_c(
        dynr_node_text(structure, SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE),
        "ALL_OLD");
    switch (statement->tree->kind) {
    case DYNR_PARTIQL_INSERT:
        return insert_request(statement, out);
    case DYNR_PARTIQL_UPDATE:
        return update_request(statement, out);
    case DYNR_PARTIQL_DELETE:
        return delete_request(statement, out);
    case DYNR_PARTIQL_EXISTS:
        return exists_request(statement, out);
    case DYNR_PARTIQL_SELECT:
        break;
    }
    return dynr_service_invalid(statement->call, "A write is expected here");
}

bool dynr_statement_get_request(const struct service_statement *statement, struct dynr_request *out)
{
    struct service_where where;
    *out = (struct dynr_request)DYNR_REQUEST_INIT;
    out->operation = DYNR_GET_ITEM;
    out->table = statement->table;
    if (!dynr_where_read(statement, &where) || !dynr_where_take_key(statement, &where, &out->key) ||
        !dynr_columns_check(statement)) {
        return false;
    }
    if (statement->tree->index.len > 0 || dynr_where_has_rest(&where)) {
        out->key = dynr_str_make("", 0);
    }
    return true;
}
