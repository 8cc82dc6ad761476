/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions and updates as expression text.
 */
#include "typed/clauses.h"

#include "typed/encode_item.h"

void dynr_clauses_init(struct dynr_clauses *clauses, struct dynr_arena *arena)
{
    clauses->arena = arena;
    dynr_placeholders_init(&clauses->placeholders, arena);
    dynr_scratch_init(&clauses->condition, arena);
    dynr_scratch_init(&clauses->set, arena);
    dynr_scratch_init(&clauses->remove, arena);
    dynr_scratch_init(&clauses->add, arena);
}

struct dynr_buf *dynr_clauses_condition(struct dynr_clauses *clauses)
{
    struct dynr_buf *out = &clauses->condition.buf;
    if (out->len > 0) {
        dynr_buf_append_c(out, " AND ");
    }
    return out;
}

static void require(struct dynr_clauses *clauses, const char *function, const char *attribute)
{
    struct dynr_buf *out = dynr_clauses_condition(clauses);
    dynr_buf_append_c(out, function);
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_char(out, ')');
}

void dynr_clauses_require_exists(struct dynr_clauses *clauses, const char *attribute)
{
    require(clauses, "attribute_exists(", attribute);
}

void dynr_clauses_require_absent(struct dynr_clauses *clauses, const char *attribute)
{
    require(clauses, "attribute_not_exists(", attribute);
}

/* `#m1 = :m2` */
static void append_equation(struct dynr_clauses *clauses, struct dynr_buf *out,
                            const char *attribute, struct dynr_str value)
{
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_c(out, " = ");
    dynr_buf_append_str(dynr_placeholders_append_value(&clauses->placeholders, out), value);
}

void dynr_clauses_require_text(struct dynr_clauses *clauses, const char *attribute,
                               struct dynr_str value)
{
    append_equation(clauses, dynr_clauses_condition(clauses), attribute, value);
}

void dynr_clauses_require_text_or_absent(struct dynr_clauses *clauses, const char *attribute,
                                         struct dynr_str value)
{
    struct dynr_buf *out = dynr_clauses_condition(clauses);
    dynr_buf_append_c(out, "(attribute_not_exists(");
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_c(out, ") OR ");
    append_equation(clauses, out, attribute, value);
    dynr_buf_append_char(out, ')');
}

enum dynr_status dynr_clauses_require_filter(struct dynr_clauses *clauses,
                                             const struct dynr_filter *filter,
                                             struct dynr_error *err)
{
    if (filter->expression == NULL) {
        return DYNR_OK;
    }
    struct dynr_buf *out = dynr_clauses_condition(clauses);
    dynr_buf_append_char(out, '(');
    dynr_buf_append_c(out, filter->expression);
    dynr_buf_append_char(out, ')');
    return dynr_placeholders_filter(&clauses->placeholders, filter, err);
}

/* Begins the next action of a clause. */
static struct dynr_buf *begin_action(struct dynr_scratch *clause, const char *keyword)
{
    dynr_buf_append_c(&clause->buf, clause->buf.len == 0 ? keyword : ", ");
    return &clause->buf;
}

void dynr_clauses_set_text(struct dynr_clauses *clauses, const char *attribute,
                           struct dynr_str value)
{
    append_equation(clauses, begin_action(&clauses->set, "SET "), attribute, value);
}

void dynr_clauses_remove(struct dynr_clauses *clauses, const char *attribute)
{
    struct dynr_buf *out = begin_action(&clauses->remove, "REMOVE ");
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
}

enum dynr_status dynr_clauses_set(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *value,
                                  struct dynr_error *err)
{
    if (!dynr_value_is_stored(type, value)) {
        dynr_clauses_remove(clauses, attribute);
        return DYNR_OK;
    }
    struct dynr_buf *out = begin_action(&clauses->set, "SET ");
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_c(out, " = ");
    return dynr_encode_value(type, value,
                             dynr_placeholders_append_value(&clauses->placeholders, out), err);
}

void dynr_clauses_increment(struct dynr_clauses *clauses, const char *attribute)
{
    struct dynr_placeholders *placeholders = &clauses->placeholders;
    struct dynr_buf *out = begin_action(&clauses->set, "SET ");
    dynr_placeholders_name(placeholders, "#kv", attribute);
    dynr_buf_append_c(out, "#kv = if_not_exists(#kv, :k0) + :k1");
    dynr_buf_append_c(dynr_placeholders_value(placeholders, ":k0"), "{\"N\":\"0\"}");
    dynr_buf_append_c(dynr_placeholders_value(placeholders, ":k1"), "{\"N\":\"1\"}");
}

enum dynr_status dynr_clauses_add(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *value,
                                  struct dynr_error *err)
{
    struct dynr_buf *out = begin_action(&clauses->add, "ADD ");
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_char(out, ' ');
    return dynr_encode_value(type, value,
                             dynr_placeholders_append_value(&clauses->placeholders, out), err);
}

enum dynr_status dynr_clauses_sum(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *otherwise,
                                  const void *value, struct dynr_error *err)
{
    struct dynr_placeholders *placeholders = &clauses->placeholders;
    struct dynr_buf *out = begin_action(&clauses->set, "SET ");
    dynr_placeholders_append_name(placeholders, out, attribute);
    dynr_buf_append_c(out, " = if_not_exists(");
    dynr_placeholders_append_name(placeholders, out, attribute);
    dynr_buf_append_c(out, ", ");
    enum dynr_status status =
        dynr_encode_value(type, otherwise, dynr_placeholders_append_value(placeholders, out), err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_buf_append_c(out, ") + ");
    return dynr_encode_value(type, value, dynr_placeholders_append_value(placeholders, out), err);
}

enum dynr_status dynr_clauses_finish(struct dynr_clauses *clauses, struct dynr_request *request,
                                     struct dynr_error *err)
{
    struct dynr_buf *update = &clauses->set.buf;
    struct dynr_buf *others[] = {&clauses->remove.buf, &clauses->add.buf};
    bool good =
        dynr_buf_ok(&clauses->condition.buf) && dynr_buf_ok(others[0]) && dynr_buf_ok(others[1]);
    for (size_t i = 0; i < 2; i++) {
        if (others[i]->len > 0) {
            dynr_buf_append_c(update, update->len == 0 ? "" : " ");
            dynr_buf_append_str(update, dynr_buf_str(others[i]));
        }
    }
    if (!good || !dynr_buf_ok(update)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    request->condition = dynr_buf_str(&clauses->condition.buf);
    request->update = dynr_buf_str(update);
    return dynr_placeholders_finish(&clauses->placeholders, request, err);
}
