/* SPDX-License-Identifier: Apache-2.0 */
/* Procedures: what goes in and out, how rows are reached, and what a call costs. */
#include "base/article.h"
#include "docs_tmpl.h"
#include "emit/docs/describe.h"
#include "emit/docs/docs.h"

/* ---- inputs and outputs ------------------------------------------------------------------------------------ */

static void write_arguments(struct docs *d, const struct dyn_procedure *procedure)
{
    dyn_out_blank(&d->out);
    if (procedure->n_arguments == 0) {
        md_put(d, "No arguments.\n");
        return;
    }
    tmpl_docs_arguments_head(&d->out);
    for (size_t i = 0; i < procedure->n_arguments; i++) {
        md_cell(d);
        md_code_name(d, procedure->arguments[i]->name);
        docs_type_cells(d, procedure->arguments[i]);
        md_cell(d);
        md_prose(d, procedure->arguments[i]->doc);
        md_row_end(d);
    }
}

/* " (the sum of `amount` over rows of `Expense`)" */
static void write_aggregate(struct docs *d, const struct dyn_aggregate *aggregate)
{
    static const char *const words[] = {[DYN_AGGREGATE_COUNT] = " (the number of rows of ",
                                        [DYN_AGGREGATE_SUM] = " (the sum of ",
                                        [DYN_AGGREGATE_MIN] = " (the least ",
                                        [DYN_AGGREGATE_MAX] = " (the largest "};
    md_put(d, words[aggregate->kind]);
    if (aggregate->field != NULL) {
        md_code_name(d, aggregate->field->name);
        md_put(d, " over rows of ");
    }
    md_code_name(d, aggregate->model->name);
    if (aggregate->where != NULL) {
        md_put(d, " where ");
        md_code_expr(d, aggregate->where);
    }
    md_put(d, ")");
}

/* "`id`, `text`, `assignee` (`id`, `name`)". */
static void write_members(struct docs *d, const struct dyn_plan_shape *shape)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        dyn_out_list_item(&list);
        md_code_name(d, member->name);
        if (member->kind == DYN_MEMBER_AGGREGATE) {
            write_aggregate(d, member->aggregate->aggregate);
        }
        if (member->kind == DYN_MEMBER_INCLUDE) {
            md_put(d, member->include->many ? " (rows of " : " (a row of ");
            md_code_name(d, member->include->model->name);
            if (member->include->shape.members != NULL) {
                md_put(d, ": ");
                write_members(d, &member->include->shape);
            }
            md_put(d, member->include->many ? ")" : " or null)");
        }
    }
}

static void write_query_output(struct docs *d, const struct dyn_plan_query *query)
{
    if (query->is_aggregate) {
        md_put(d, "- Gives, of rows of ");
    } else {
        md_put(d, query->single_row ? "- Gives a row of " : "- Gives rows of ");
    }
    md_code_name(d, query->shape.model->name);
    if (query->shape.members != NULL) {
        md_put(d, ": ");
        write_members(d, &query->shape);
    }
    if (query->single_row) {
        md_put(d, "; not found where there is none");
    } else if (query->take != NULL) {
        md_put(d, "; at most ");
        md_code_expr(d, query->take);
    }
    md_put(d, ".\n");
}

static void write_result(struct docs *d, const struct dyn_procedure *procedure)
{
    md_put(d, "- Gives ");
    if (procedure->result_model != NULL) {
        md_put(d, "the row of ");
        md_code_name(d, procedure->result_model->name);
    } else if (procedure->result_type != NULL) {
        md_code_type(d, procedure->result_type);
    } else {
        md_put(d, "nothing");
    }
    md_put(d, ".\n");
}

/* ---- how rows are reached ---------------------------------------------------------------------------------- */

static void write_guards(struct docs *d, const struct dyn_plan_variant *variant)
{
    if (variant->n_guards == 0) {
        return;
    }
    md_put(d, "When ");
    struct dyn_out_list list = dyn_out_list(&d->out, " and ");
    for (size_t i = 0; i < variant->n_guards; i++) {
        dyn_out_list_item(&list);
        md_code_expr(d, variant->guards[i].condition);
        md_put(d, variant->guards[i].wanted ? "" : " is false");
    }
    md_put(d, ": ");
}

static void write_bound(struct docs *d, const struct dyn_plan_bound *bound, bool is_low)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    bool inclusive = bound->kind == DYN_BOUND_INCLUSIVE;
    md_put(d, ", ");
    md_code_name(d, bound->field->name);
    md_put(d, is_low ? " from " : " to ");
    md_code_expr(d, bound->value);
    md_put(d, inclusive ? "" : " (exclusive)");
}

static void write_bindings(struct docs *d, const struct dyn_plan_variant *variant)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < variant->n_bindings; i++) {
        const struct dyn_plan_binding *binding = &variant->bindings[i];
        bool is_prefix = variant->last_is_prefix && i + 1 == variant->n_bindings;
        dyn_out_list_item(&list);
        md_code_name(d, binding->field->name);
        md_put(d, is_prefix ? " begins with " : " is ");
        if (binding->value != NULL) {
            md_code_expr(d, binding->value);
        } else {
            md_put(d, "the row above");
        }
    }
    write_bound(d, &variant->low, true);
    write_bound(d, &variant->high, false);
}

static void write_filter(struct docs *d, const char *before, const struct dyn_plan_filter *filter)
{
    if (filter->text.len == 0) {
        return;
    }
    md_put(d, before);
    if (filter->expr != NULL) {
        md_code_expr(d, filter->expr);
        md_put(d, ", as ");
    }
    md_code(d, filter->text);
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < filter->n_names; i++) {
        md_put(d, list.n_items == 0 ? " with " : "");
        dyn_out_list_item(&list);
        md_code(d, filter->names[i].placeholder);
        md_put(d, " = ");
        md_code(d, filter->names[i].attribute);
    }
    for (size_t i = 0; i < filter->n_values; i++) {
        md_put(d, list.n_items == 0 ? " with " : "");
        dyn_out_list_item(&list);
        md_code(d, filter->values[i].placeholder);
        md_put(d, " = ");
        md_code_expr(d, filter->values[i].value);
    }
}

static void write_variant(struct docs *d, const struct dyn_plan_variant *variant, bool descending)
{
    if (variant->empty) {
        md_put(d, "no row can match, and nothing is read.\n");
        return;
    }
    const struct dyn_requirement *requirement = variant->path->requirement;
    md_put(d, "by ");
    md_code(d, docs_function_name(d, variant->path));
    md_put(d, " on ");
    if (requirement != NULL && requirement->slot != NULL) {
        md_code(d, requirement->slot->name);
    } else {
        md_put(d, "the table");
    }
    if (variant->n_bindings > 0) {
        md_put(d, ", where ");
    }
    write_bindings(d, variant);
    md_put(d, variant->path->single_row ? "" : descending ? ", descending" : ", ascending");
    write_filter(d, "; filtered by ", &variant->filter);
    md_put(d, ".\n");
}

static void write_includes(struct docs *d, const struct dyn_plan_shape *shape)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        if (shape->members[i].kind != DYN_MEMBER_INCLUDE) {
            continue;
        }
        md_put(d, "- Includes ");
        md_code_name(d, include->name);
        md_put(d, ": ");
        if (include->kind == DYN_INCLUDE_BY_KEY) {
            md_put(d, "rows by key, in batches.\n");
        } else {
            md_put(d, "for each row, ");
            write_variant(d, &include->variant, include->descending);
        }
        docs_write_predicate(d, "- Leaves out those that do not satisfy ",
                             &include->variant.row_filter);
        write_includes(d, &include->shape);
    }
}

static void write_query(struct docs *d, const struct dyn_plan_query *query)
{
    write_query_output(d, query);
    for (size_t i = 0; i < query->n_variants; i++) {
        const struct dyn_plan_variant *variant = &query->variants[i];
        md_put(d, variant->n_guards == 0 ? "- Read " : "- ");
        write_guards(d, variant);
        write_variant(d, variant, query->descending);
    }
    write_includes(d, &query->shape);
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_aggregate *aggregate = query->shape.members[i].aggregate;
        if (aggregate != NULL && aggregate->aggregate->relation != NULL) {
            md_put(d, "- Makes ");
            md_code_name(d, aggregate->aggregate->name);
            md_put(d, " of all rows ");
            write_variant(d, &aggregate->variant, false);
            docs_write_predicate(d, "- Leaves out those that do not satisfy ",
                                 &aggregate->variant.row_filter);
        }
    }
}

/* ---- writes ------------------------------------------------------------------------------------------------ */

static void write_assignments(struct docs *d, const struct dyn_write *write)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < write->n_assignments; i++) {
        const struct dyn_assignment *assignment = &write->assignments[i];
        md_put(d, list.n_items == 0 ? ": " : "");
        dyn_out_list_item(&list);
        md_code_name(d, assignment->field->name);
        md_put(d, " = ");
        md_code_expr(d, assignment->value);
    }
}

static void write_key(struct docs *d, const struct dyn_write *write)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < write->n_key; i++) {
        md_put(d, list.n_items == 0 ? " with the key " : "");
        dyn_out_list_item(&list);
        md_code_expr(d, write->key[i]);
    }
}

static void write_write(struct docs *d, const struct dyn_plan_write *planned)
{
    const struct dyn_write *write = planned->write;
    md_put(d, "- It ");
    md_put(d, dyn_write_words(write));
    md_put(d, " ");
    md_put(d, dyn_article(write->model->name->text));
    md_put(d, " ");
    md_code_name(d, write->model->name);
    write_key(d, write);
    write_assignments(d, write);
    if (write->condition != NULL) {
        md_put(d, "; only if ");
        md_code_expr(d, write->condition);
    }
    if (write->expecting != NULL) {
        md_put(d, "; only at version ");
        md_code_expr(d, write->expecting);
    }
    if (planned->write_class == DYN_WRITE_READ_COMPUTE) {
        md_put(d, "; the row is read, changed, and written if nobody else did, with retries");
    }
    md_put(d, ".\n");
}

/* ---- procedures -------------------------------------------------------------------------------------------- */

static void write_model_list(struct docs *d, const char *before,
                             const struct dyn_model *const *models, size_t n_models)
{
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < n_models; i++) {
        md_put(d, i == 0 ? before : "");
        dyn_out_list_item(&list);
        md_code_name(d, models[i]->name);
    }
}

static void write_extern(struct docs *d, const struct dyn_procedure *procedure)
{
    md_put(d, "- C code: ");
    md_code(d, procedure->extern_symbol);
    write_model_list(d, ", reads ", (const struct dyn_model *const *)procedure->extern_reads,
                     procedure->n_extern_reads);
    write_model_list(d, ", writes ", (const struct dyn_model *const *)procedure->extern_writes,
                     procedure->n_extern_writes);
    md_put(d, ".\n");
}

static void write_cost(struct docs *d, const struct dyn_plan_procedure *planned)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_describe_cost(planned, &text);
    md_put(d, "- Cost: ");
    dyn_out_str(&d->out, dynr_buf_str(&text));
    md_put(d, ".\n");
    dynr_buf_cleanup(&text);
}

static void write_procedure(struct docs *d, const struct dyn_plan_procedure *planned)
{
    const struct dyn_procedure *procedure = planned->procedure;
    md_heading(d, 3, procedure->path);
    md_paragraph(d, procedure->doc);
    dyn_out_blank(&d->out);
    md_put(d, dyn_procedure_is_mutation(procedure) ? "Mutation"
              : procedure->once                    ? "Query, fetched only"
                                                   : "Query");
    md_put(d, planned->uses_caller ? ", for the caller.\n" : ".\n");
    write_arguments(d, procedure);
    dyn_out_blank(&d->out);
    if (planned->query != NULL) {
        write_query(d, planned->query);
    } else {
        write_result(d, procedure);
        for (size_t i = 0; i < planned->n_writes; i++) {
            write_write(d, &planned->writes[i]);
        }
        if (planned->n_writes > 1) {
            md_put(d, "- All of this in one transaction.\n");
        }
    }
    if (procedure->kind == DYN_PROCEDURE_EXTERN) {
        write_extern(d, procedure);
    }
    docs_write_policy(d, planned);
    write_cost(d, planned);
}

void docs_write_procedures(struct docs *d)
{
    dyn_out_blank(&d->out);
    tmpl_docs_procedures(&d->out);
    for (size_t i = 0; i < d->plan->n_procedures; i++) {
        write_procedure(d, d->plan->procedures[i]);
    }
}
