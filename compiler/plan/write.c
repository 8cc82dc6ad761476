/* SPDX-License-Identifier: Apache-2.0 */
/* create, update, delete: changes with their classes, what must be computed from the row, and conditions. */
#include "plan/policy.h"

static bool is_number(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_INT || type->kind == DYN_TYPE_DECIMAL ||
           type->kind == DYN_TYPE_FLOAT;
}

static bool is_own_field(const struct dyn_expr *expr, const struct dyn_field *field)
{
    return expr->kind == DYN_EXPR_ROW && expr->n_path == 0 && expr->field == field;
}

/*
 * `f = .f + input`: DynamoDB adds by itself. Not where bounds could be passed unseen (32-bit and bounded numbers), nor
 * where the row may lack the number: there the sum is missing, not the amount.
 */
static const struct dyn_expr *added_amount(struct dyn_derive *derive,
                                           const struct dyn_assignment *assignment)
{
    const struct dyn_expr *value = assignment->value;
    const struct dyn_type *type = assignment->field->type;
    if (!is_number(type) || type->optional || type->has_low || type->has_high ||
        (type->kind == DYN_TYPE_INT && type->width == 32)) {
        return NULL;
    }
    if (value->kind == DYN_EXPR_ADD) {
        if (is_own_field(value->left, assignment->field) && !value->right->uses_row) {
            return value->right;
        }
        return is_own_field(value->right, assignment->field) && !value->left->uses_row ? value->left
                                                                                       : NULL;
    }
    if (value->kind == DYN_EXPR_SUBTRACT && is_own_field(value->left, assignment->field) &&
        !value->right->uses_row) {
        struct dyn_expr *negated = dyn_alloc(derive->arena, sizeof *negated);
        negated->kind = DYN_EXPR_NEGATE;
        negated->span = value->right->span;
        negated->type = value->type;
        negated->left = value->right;
        negated->uses_input = value->right->uses_input;
        return negated;
    }
    return NULL;
}

static void report_forbidden(struct dyn_derive *derive, const struct dyn_plan_entity *entity,
                             const struct dyn_assignment *assignment)
{
    const struct dyn_field *field = assignment->field;
    struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_UPDATE_KEY, assignment->span,
                                       "`%.*s` cannot be set", DYN_STR(field->name->text));
    if (!field->is_key) {
        dyn_diag_fact(derive->diags, diag, "why: the runtime keeps it");
        dyn_diag_help(derive->diags, diag, "leave it out");
        return;
    }
    dyn_diag_fact(derive->diags, diag,
                  "why: it is part of the key of `%.*s`, and rows of `%.*s` stand under that key",
                  DYN_STR(entity->model->name->text),
                  DYN_STR(entity->model->children[0]->name->text));
    dyn_diag_help(derive->diags, diag, "create a new row, move its children, and delete this one");
}

static void make_change(struct dyn_derive *derive, const struct dyn_plan_write *write,
                        const struct dyn_assignment *assignment, struct dyn_plan_change *out)
{
    out->kind = DYN_CHANGE_SET;
    out->field = assignment->field;
    out->value = assignment->value;
    out->update_class = write->entity->update_classes[assignment->field->index];
    if (write->write->kind == DYN_WRITE_CREATE) {
        /* All keys are made from the new row; only guards stand beside it. */
        out->update_class =
            out->update_class == DYN_UPDATE_GUARD ? DYN_UPDATE_GUARD : DYN_UPDATE_IN_PLACE;
        return;
    }
    if (out->update_class == DYN_UPDATE_FORBIDDEN) {
        report_forbidden(derive, write->entity, assignment);
    }
    const struct dyn_expr *amount =
        out->update_class == DYN_UPDATE_IN_PLACE ? added_amount(derive, assignment) : NULL;
    if (amount != NULL) {
        out->kind = DYN_CHANGE_ADD;
        out->value = amount;
    } else if (assignment->value->kind == DYN_EXPR_NULL) {
        out->kind = DYN_CHANGE_REMOVE;
        out->value = NULL;
    }
}

static void make_changes(struct dyn_derive *derive, struct dyn_plan_write *out)
{
    const struct dyn_write *write = out->write;
    struct dyn_plan_change *changes =
        dyn_alloc_array(derive->arena, write->n_assignments, sizeof *changes);
    for (size_t i = 0; i < write->n_assignments; i++) {
        make_change(derive, out, &write->assignments[i], &changes[i]);
        if (changes[i].kind == DYN_CHANGE_SET && changes[i].value->uses_row) {
            out->write_class = DYN_WRITE_READ_COMPUTE;
        }
    }
    /* What is computed from one reading of the row is computed in one place. */
    for (size_t i = 0; i < write->n_assignments && out->write_class == DYN_WRITE_READ_COMPUTE;
         i++) {
        if (changes[i].kind == DYN_CHANGE_ADD) {
            changes[i].kind = DYN_CHANGE_SET;
            changes[i].value = write->assignments[i].value;
        }
    }
    out->changes = changes;
    out->n_changes = write->n_assignments;
}

static void make_condition(struct dyn_derive *derive, struct dyn_plan_write *out)
{
    const struct dyn_expr *condition = out->write->condition;
    if (condition == NULL) {
        return;
    }
    const struct dyn_expr *on_input = dyn_find_switch(condition);
    if (on_input != NULL) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_MUTATION_SHAPE, on_input->span,
                       "a condition on the input alone says nothing about the row");
        dyn_diag_help(derive->diags, diag, "compare a field of the row: `if .field == ...`");
        return;
    }
    const struct dyn_expr *optional = dyn_find_optional(condition, true);
    if (optional != NULL) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_MUTATION_SHAPE, optional->span,
                       "this value may be absent, and is compared below `or` or `not`");
        dyn_diag_help(derive->diags, diag, "make the argument required, or write two mutations");
        return;
    }
    dyn_filter_make(derive, &condition, 1, DYN_CODE_MUTATION_SHAPE, &out->condition);
}

static bool has_class(const struct dyn_plan_write *write, enum dyn_update_class update_class)
{
    for (size_t i = 0; i < write->n_changes; i++) {
        if (write->changes[i].update_class == update_class) {
            return true;
        }
    }
    return false;
}

size_t dyn_write_item_count(const struct dyn_plan_write *write)
{
    size_t n_uniques = write->entity->n_uniques;
    switch (write->write->kind) {
    case DYN_WRITE_CREATE:
        return 1 + n_uniques;
    case DYN_WRITE_DELETE:
        return write->write->model->deleted_at != NULL ? 1 : 1 + n_uniques;
    case DYN_WRITE_UPDATE:
        break;
    }
    size_t n = 1;
    for (size_t i = 0; i < write->n_changes; i++) {
        n += write->changes[i].update_class == DYN_UPDATE_GUARD ? 2 : 0;
    }
    /* A row that moves is deleted and inserted, and its guards point to its new place. */
    return has_class(write, DYN_UPDATE_MOVE) ? n + 1 + n_uniques : n;
}

void dyn_plan_writes_make(struct dyn_policies *policies, const struct dyn_procedure *procedure,
                          struct dyn_plan_procedure *out)
{
    struct dyn_derive *derive = policies->derive;
    struct dyn_plan_write *writes =
        dyn_alloc_array(derive->arena, procedure->n_writes, sizeof *writes);
    size_t n_items = 0;
    for (size_t i = 0; i < procedure->n_writes; i++) {
        writes[i].write = &procedure->writes[i];
        writes[i].entity = dyn_plan_entity_of(derive->plan, procedure->writes[i].model);
        make_changes(derive, &writes[i]);
        make_condition(derive, &writes[i]);
        n_items += dyn_write_item_count(&writes[i]);
    }
    dyn_policy_writes(policies, writes, procedure->n_writes);
    out->writes = writes;
    out->n_writes = procedure->n_writes;
    if (n_items > DYN_TRANSACTION_MAX) {
        struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_TRANSACTION, procedure->span,
                                           "this transaction writes %zu items", n_items);
        dyn_diag_fact(derive->diags, diag,
                      "why: DynamoDB takes %d items in one transaction; each unique value is one",
                      DYN_TRANSACTION_MAX);
        dyn_diag_help(derive->diags, diag, "split the mutation");
    }
}

/* ---- the caller -------------------------------------------------------------------------------------------- */

static bool uses_caller(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == DYN_EXPR_CALLER || uses_caller(expr->left) || uses_caller(expr->right)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (uses_caller(expr->items[i])) {
            return true;
        }
    }
    return false;
}

static bool any_uses_caller(const struct dyn_expr *const *exprs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (uses_caller(exprs[i])) {
            return true;
        }
    }
    return false;
}

static bool query_uses_caller(const struct dyn_query *query)
{
    for (size_t i = 0; i < query->n_includes; i++) {
        if (uses_caller(query->includes[i].where) || uses_caller(query->includes[i].take)) {
            return true;
        }
    }
    for (size_t i = 0; i < query->n_aggregates; i++) {
        if (uses_caller(query->aggregates[i].where)) {
            return true;
        }
    }
    return any_uses_caller(query->key, query->n_key) || uses_caller(query->in) ||
           uses_caller(query->by_value) || uses_caller(query->where) || uses_caller(query->take);
}

bool dyn_procedure_uses_caller(const struct dyn_procedure *procedure)
{
    if (procedure->query != NULL && query_uses_caller(procedure->query)) {
        return true;
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        const struct dyn_write *write = &procedure->writes[i];
        if (any_uses_caller(write->key, write->n_key) || uses_caller(write->condition) ||
            uses_caller(write->expecting)) {
            return true;
        }
        for (size_t k = 0; k < write->n_assignments; k++) {
            if (uses_caller(write->assignments[k].value)) {
                return true;
            }
        }
    }
    return false;
}

const char *dyn_write_words(const struct dyn_write *write)
{
    switch (write->kind) {
    case DYN_WRITE_CREATE:
        return "creates";
    case DYN_WRITE_UPDATE:
        return "updates";
    case DYN_WRITE_DELETE:
        return write->model->deleted_at != NULL ? "marks as deleted" : "deletes";
    }
    return "";
}
