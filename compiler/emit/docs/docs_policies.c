/* SPDX-License-Identifier: Apache-2.0 */
/* Who may call a procedure, in words. */
#include "emit/docs/docs.h"

/* "; `member` is the `Member` with `list` = `list`, `user` = `caller.userId`" */
static void write_lookups(struct docs *d, const struct dyn_plan_predicate *predicate)
{
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        md_put(d, i == 0 ? "; " : ", ");
        md_code(d, lookup->name);
        md_put(d, " is the ");
        md_code_name(d, lookup->entity->model->name);
        md_put(d, " with ");
        struct dyn_out_list list = dyn_out_list(&d->out, " and ");
        for (size_t k = 0; k < lookup->n_key; k++) {
            dyn_out_list_item(&list);
            md_code_name(d, lookup->key[k].field->name);
            md_put(d, " = ");
            md_code_expr(d, lookup->key[k].value);
        }
    }
}

void docs_write_predicate(struct docs *d, const char *before,
                          const struct dyn_plan_predicate *predicate)
{
    if (predicate->expr == NULL) {
        return;
    }
    md_put(d, before);
    md_code_expr(d, predicate->expr);
    write_lookups(d, predicate);
    md_put(d, ".\n");
}

static void write_use(struct docs *d, const struct dyn_plan_policy_use *use)
{
    md_code(d, use->verb->text);
    md_put(d, " of ");
    md_code_name(d, use->model->name);
    if (use->fields != NULL && use->n_fields > 0) {
        md_put(d, " (");
        struct dyn_out_list list = dyn_out_list(&d->out, ", ");
        for (size_t i = 0; i < use->n_fields; i++) {
            dyn_out_list_item(&list);
            md_code_name(d, use->fields[i]->name);
        }
        md_put(d, ")");
    }
}

void docs_write_policy(struct docs *d, const struct dyn_plan_procedure *plan)
{
    if (plan->n_policy_uses == 0) {
        return;
    }
    md_put(d, "- Needs ");
    struct dyn_out_list list = dyn_out_list(&d->out, ", ");
    for (size_t i = 0; i < plan->n_policy_uses; i++) {
        dyn_out_list_item(&list);
        write_use(d, &plan->policy_uses[i]);
    }
    md_put(d, ".\n");
    if (plan->query != NULL && plan->query->n_variants > 0) {
        docs_write_predicate(d, "- Denied unless ", &plan->query->variants[0].gate);
        docs_write_predicate(d, "- Leaves out rows that do not satisfy ",
                             &plan->query->variants[0].row_filter);
    }
    for (size_t i = 0; i < plan->n_writes; i++) {
        docs_write_predicate(d, "- Denied unless ", &plan->writes[i].gate.predicate);
    }
}
