/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and aggregates in the text of the plan. */
#include "plan/derive.h"
#include "plan/text.h"

static void indent(size_t depth, struct dynr_buf *out)
{
    for (size_t i = 0; i < depth; i++) {
        dynr_buf_append_c(out, "  ");
    }
}

static void dump_expr(const char *label, const struct dyn_expr *expr, size_t depth,
                      struct dynr_buf *out)
{
    if (expr != NULL) {
        indent(depth, out);
        dynr_buf_printf(out, "%s ", label);
        dyn_expr_write(expr, out);
        dynr_buf_append_char(out, '\n');
    }
}

void dyn_dump_predicate(const char *label, const struct dyn_plan_predicate *predicate, size_t depth,
                        struct dynr_buf *out)
{
    dump_expr(label, predicate->expr, depth, out);
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        indent(depth + 1, out);
        dynr_buf_printf(out, "%.*s is %.*s(", DYN_STR(lookup->name),
                        DYN_STR(lookup->entity->model->name->text));
        for (size_t k = 0; k < lookup->n_key; k++) {
            dynr_buf_printf(out, "%s%.*s: ", k == 0 ? "" : ", ",
                            DYN_STR(lookup->key[k].field->name->text));
            dyn_expr_write(lookup->key[k].value, out);
        }
        dynr_buf_append_c(out, ")\n");
        dump_expr("not read, true if", lookup->allows, depth + 2, out);
        dump_expr("not read, false if", lookup->denies, depth + 2, out);
    }
}

void dyn_dump_write_gate(const struct dyn_plan_write_gate *gate, size_t depth, struct dynr_buf *out)
{
    dyn_dump_predicate("gate", &gate->predicate, depth, out);
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        dump_expr(grant->is_direct ? "direct grant" : "grant", grant->expr, depth, out);
        for (size_t k = 0; k < grant->n_checks; k++) {
            const struct dyn_plan_check *check = &grant->checks[k];
            indent(depth + 1, out);
            dynr_buf_printf(out, "check %.*s%s: %.*s\n",
                            DYN_STR(gate->predicate.lookups[check->lookup].name),
                            check->may_be_absent ? " or nothing" : "", DYN_STR(check->filter.text));
        }
    }
}

void dyn_dump_variant_policy(const struct dyn_plan_variant *variant, size_t depth,
                             struct dynr_buf *out)
{
    dyn_dump_predicate("gate", &variant->gate, depth, out);
    dump_expr("policy filter", variant->policy_filter, depth, out);
    dyn_dump_predicate("row filter", &variant->row_filter, depth, out);
}

const char *dyn_aggregate_kind_name(enum dyn_aggregate_kind kind)
{
    static const char *const names[] = {[DYN_AGGREGATE_COUNT] = "count",
                                        [DYN_AGGREGATE_SUM] = "sum",
                                        [DYN_AGGREGATE_MIN] = "min",
                                        [DYN_AGGREGATE_MAX] = "max"};
    return names[kind];
}
