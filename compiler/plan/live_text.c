/* SPDX-License-Identifier: Apache-2.0 */
/* `dynrc explain --procedure`: how a query is kept live, in words. */
#include "plan/derive.h"
#include "plan/live.h"

static void write_label(const char *label, struct dynr_buf *out)
{
    dynr_buf_printf(out, "    %-12s ", label);
}

static void write_fields(const struct dyn_field *const *fields, size_t n, struct dynr_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        dynr_buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", DYN_STR(fields[i]->name->text));
    }
}

static void write_shown(const struct dyn_live_node *node, struct dynr_buf *out)
{
    if (node->n_fields == 0) {
        return;
    }
    write_label("sends", out);
    write_fields(node->fields, node->n_shown, out);
    if (node->n_fields > node->n_shown) {
        dynr_buf_append_c(out, node->n_shown > 0 ? "; hidden: " : "hidden: ");
        write_fields(node->fields + node->n_shown, node->n_fields - node->n_shown, out);
    }
    dynr_buf_append_char(out, '\n');
}

static void write_paths(const struct dyn_live_node *node, struct dynr_buf *out)
{
    for (size_t i = 0; i < node->n_paths; i++) {
        const struct dyn_plan_path *path = node->paths[i];
        write_label(i == 0 ? "depends on" : "", out);
        dynr_buf_printf(out, "%.*s = ", DYN_STR(path->partition->attribute));
        dyn_key_template_write(path->partition, out);
        if (path->kind == DYN_PATH_GET && path->sort->n_pieces > 0) {
            dynr_buf_printf(out, " and %.*s = ", DYN_STR(path->sort->attribute));
            dyn_key_template_write(path->sort, out);
        }
        dynr_buf_append_char(out, '\n');
    }
}

static void write_predicate(const struct dyn_live_node *node, struct dynr_buf *out)
{
    if (node->predicate != NULL) {
        write_label("belongs if", out);
        dyn_expr_write(node->predicate, out);
        dynr_buf_append_char(out, '\n');
    }
    if (node->folded != NULL) {
        write_label("belongs if", out);
        dynr_buf_printf(out, ".%.*s == ", DYN_STR(node->folded->field->name->text));
        dyn_expr_write(node->folded->value, out);
        dynr_buf_append_c(out, ", compared without case\n");
    }
    for (size_t i = 0; i < node->n_policies; i++) {
        const struct dyn_live_policy *policy = &node->policies[i];
        if (policy->filter != NULL) {
            write_label("policy", out);
            dyn_expr_write(policy->filter, out);
            dynr_buf_append_char(out, '\n');
        }
        if (policy->row_filter->expr != NULL) {
            write_label("row policy", out);
            dyn_expr_write(policy->row_filter->expr, out);
            dynr_buf_append_c(out, "  (looked up for each row that enters)\n");
        }
    }
}

static void write_order(const struct dyn_live_node *node, struct dynr_buf *out)
{
    if (node->n_order == 0) {
        return;
    }
    write_label("order", out);
    for (size_t i = 0; i < node->n_order; i++) {
        dynr_buf_printf(out, "%s%.*s%s", i == 0 ? "" : ", ",
                        DYN_STR(node->order[i].field->name->text),
                        node->order[i].descending ? " desc" : "");
    }
    dynr_buf_append_char(out, '\n');
}

static void write_deciding(const struct dyn_live_node *node, struct dynr_buf *out)
{
    const struct dyn_model *model = node->entity->model;
    write_label("decided by", out);
    bool first = true;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (node->deciding[i]) {
            dynr_buf_printf(out, "%s%.*s", first ? "" : ", ",
                            DYN_STR(model->fields[i]->name->text));
            first = false;
        }
    }
    dynr_buf_append_char(out, '\n');
}

static void write_node(const struct dyn_live_node *node, struct dynr_buf *out)
{
    dynr_buf_printf(out, "  %.*s", DYN_STR(node->entity->model->name->text));
    if (node->name.len > 0) {
        dynr_buf_printf(out, " as `%.*s`", DYN_STR(node->name));
    }
    dynr_buf_printf(out, ", %s: %.*s\n", dyn_live_class_name(node->node_class),
                    DYN_STR(node->reason));
    write_paths(node, out);
    write_predicate(node, out);
    write_order(node, out);
    if (node->n_key > 0 && !node->single) {
        write_label("key", out);
        write_fields(node->key, node->n_key, out);
        dynr_buf_append_char(out, '\n');
    }
    write_shown(node, out);
    if (node->node_class != DYN_LIVE_TRACKED) {
        write_deciding(node, out);
    }
}

/* One for all variants. */
static void write_gate(const struct dyn_plan_query *query, struct dynr_buf *out)
{
    if (query->n_variants == 0 || query->variants[0].gate.expr == NULL) {
        return;
    }
    const struct dyn_plan_predicate *gate = &query->variants[0].gate;
    dynr_buf_append_c(out, "  gate, for each subscriber: ");
    dyn_expr_write(gate->expr, out);
    dynr_buf_append_char(out, '\n');
    for (size_t k = 0; k < gate->n_lookups; k++) {
        write_label(k == 0 ? "looks up" : "", out);
        dynr_buf_printf(out, "%.*s: %.*s\n", DYN_STR(gate->lookups[k].name),
                        DYN_STR(gate->lookups[k].entity->model->name->text));
    }
}

void dyn_live_explain(const struct dyn_plan_procedure *procedure, struct dynr_buf *out)
{
    const struct dyn_live_view *view = procedure->live;
    dynr_buf_printf(out, "%.*s: ", DYN_STR(procedure->procedure->path));
    if (view == NULL) {
        dynr_buf_printf(out, "cannot be watched: %.*s\n", DYN_STR(procedure->live_reason));
        return;
    }
    dynr_buf_append_c(out, "can be watched\n");
    for (size_t i = 0; i < view->n_nodes; i++) {
        write_node(&view->nodes[i], out);
    }
    if (procedure->query != NULL) {
        write_gate(procedure->query, out);
    }
    dynr_buf_append_c(out, "  shared by all who pass the same arguments");
    for (size_t i = 0; i < view->n_caller_fields; i++) {
        dynr_buf_printf(out, "%s`%.*s`", i == 0 ? " and have the same " : ", ",
                        DYN_STR(view->caller_fields[i]->name->text));
    }
    dynr_buf_append_char(out, '\n');
}
