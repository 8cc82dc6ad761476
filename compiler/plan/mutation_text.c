/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mutation_text.h"

#include "plan/derive.h"
#include "plan/live.h"

/* ---- what it writes ------------------------------------------------------------------------------------------ */

static void write_label(const char *label, struct dynr_buf *out)
{
    dynr_buf_printf(out, "    %-12s ", label);
}

static void write_condition(const char *label, const struct dyn_expr *expr, struct dynr_buf *out)
{
    if (expr != NULL) {
        write_label(label, out);
        dyn_expr_write(expr, out);
        dynr_buf_append_char(out, '\n');
    }
}

static void write_gate(const struct dyn_plan_write_gate *gate, struct dynr_buf *out)
{
    const struct dyn_plan_predicate *predicate = &gate->predicate;
    write_condition("allowed if", predicate->expr, out);
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        write_label(i == 0 ? "looks up" : "", out);
        dynr_buf_printf(out, "%.*s: %.*s(", DYN_STR(lookup->name),
                        DYN_STR(lookup->entity->model->name->text));
        for (size_t k = 0; k < lookup->n_key; k++) {
            dynr_buf_append_c(out, k == 0 ? "" : ", ");
            dyn_expr_write(lookup->key[k].value, out);
        }
        dynr_buf_append_c(out, ")\n");
    }
}

static void write_one(const struct dyn_plan_write *planned, struct dynr_buf *out)
{
    const struct dyn_write *write = planned->write;
    dynr_buf_printf(out, "  %s %.*s", dyn_write_words(write), DYN_STR(write->model->name->text));
    for (size_t i = 0; i < write->n_key; i++) {
        dynr_buf_append_c(out, i == 0 ? "(" : ", ");
        dyn_expr_write(write->key[i], out);
    }
    dynr_buf_append_c(out, write->n_key > 0 ? ")\n" : "\n");
    for (size_t i = 0; i < write->n_assignments; i++) {
        write_label(i == 0 ? "sets" : "", out);
        dynr_buf_printf(out, "%.*s = ", DYN_STR(write->assignments[i].field->name->text));
        dyn_expr_write(write->assignments[i].value, out);
        dynr_buf_append_char(out, '\n');
    }
    write_condition("only if", write->condition, out);
    write_condition("at version", write->expecting, out);
    if (planned->write_class == DYN_WRITE_READ_COMPUTE) {
        write_label("reads", out);
        dynr_buf_append_c(out, "the row, and writes if nobody else did, with retries\n");
    }
    write_gate(&planned->gate, out);
}

/* ---- what it can change --------------------------------------------------------------------------------------- */

/* What a write may do to a view; each is said once. */
struct effect {
    bool enters;
    bool leaves;
    bool moves;
    bool shows;
    bool judges;
    bool reruns;
};

static bool is_written(const struct dyn_plan_write *write, const struct dyn_field *field)
{
    const struct dyn_model *model = write->entity->model;
    bool found = field == model->updated_at || field == model->version;
    for (size_t i = 0; i < write->n_changes; i++) {
        found = found || write->changes[i].field == field;
    }
    return found;
}

static void add_update(const struct dyn_plan_write *write, const struct dyn_live_node *node,
                       struct effect *effect)
{
    const struct dyn_model *model = node->entity->model;
    for (size_t i = 0; i < model->n_fields; i++) {
        effect->moves = effect->moves || (node->deciding[i] && is_written(write, model->fields[i]));
    }
    for (size_t i = 0; i < node->n_fields; i++) {
        effect->shows = effect->shows || is_written(write, node->fields[i]);
    }
}

/* Whether a row that is judged by others, or who watches, may be judged otherwise after the write. */
static bool judges(struct dynr_arena *arena, const struct dyn_plan_predicate *predicate,
                   const struct dyn_plan_write *write)
{
    const struct dyn_model *model = write->entity->model;
    bool found = false;
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        if (predicate->lookups[i].entity != write->entity) {
            continue;
        }
        bool *fields = dyn_alloc_array(arena, model->n_fields, sizeof *fields);
        dyn_predicate_lookup_fields(predicate, i, fields);
        found = found || write->write->kind != DYN_WRITE_UPDATE;
        for (size_t f = 0; f < model->n_fields; f++) {
            found = found || (fields[f] && is_written(write, model->fields[f]));
        }
    }
    return found;
}

static void add_node(struct dynr_arena *arena, const struct dyn_plan_write *write,
                     const struct dyn_live_node *node, struct effect *effect)
{
    for (size_t i = 0; i < node->n_policies; i++) {
        effect->judges = effect->judges || judges(arena, node->policies[i].row_filter, write);
    }
    if (node->entity != write->entity) {
        return;
    }
    if (node->node_class == DYN_LIVE_TRACKED) {
        effect->reruns = true;
        return;
    }
    switch (write->write->kind) {
    case DYN_WRITE_CREATE:
        effect->enters = true;
        break;
    case DYN_WRITE_UPDATE:
        add_update(write, node, effect);
        break;
    case DYN_WRITE_DELETE:
        effect->leaves = true;
        break;
    }
}

static struct effect effect_on(struct dynr_arena *arena, const struct dyn_plan_procedure *mutation,
                               const struct dyn_live_view *view)
{
    struct effect effect = {0};
    const struct dyn_plan_query *query = view->procedure->query;
    for (size_t i = 0; i < mutation->n_writes; i++) {
        const struct dyn_plan_write *write = &mutation->writes[i];
        for (size_t k = 0; k < view->n_nodes; k++) {
            add_node(arena, write, &view->nodes[k], &effect);
        }
        effect.judges = effect.judges || (query != NULL && query->n_variants > 0 &&
                                          judges(arena, &query->variants[0].gate, write));
    }
    return effect;
}

static void write_effect(const struct dyn_plan_procedure *query, struct effect effect,
                         struct dynr_buf *out)
{
    const struct {
        bool holds;
        const char *text;
    } parts[] = {
        {effect.enters, "rows that enter"},
        {effect.leaves, "rows that leave"},
        {effect.moves, "which rows there are, their order, or a value over them"},
        {effect.shows, "what rows show"},
        {effect.judges, "who may see what"},
        {effect.reruns, "what its code makes of it"},
    };
    const char *separator = ": ";
    dynr_buf_printf(out, "    %.*s", DYN_STR(query->procedure->path));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].holds) {
            dynr_buf_printf(out, "%s%s", separator, parts[i].text);
            separator = "; ";
        }
    }
    dynr_buf_append_char(out, '\n');
}

static void write_effects(struct dynr_arena *arena, const struct dyn_plan *plan,
                          const struct dyn_plan_procedure *mutation, struct dynr_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < plan->n_procedures; i++) {
        const struct dyn_plan_procedure *query = plan->procedures[i];
        struct effect effect = {0};
        if (query->live != NULL) {
            effect = effect_on(arena, mutation, query->live);
        }
        if (effect.enters || effect.leaves || effect.moves || effect.shows || effect.judges ||
            effect.reruns) {
            dynr_buf_append_c(out, any ? "" : "  live queries that it can change\n");
            write_effect(query, effect, out);
            any = true;
        }
    }
    dynr_buf_append_c(out, any ? "" : "  changes no live query\n");
}

void dyn_mutation_explain(struct dynr_arena *arena, const struct dyn_plan *plan,
                          const struct dyn_plan_procedure *procedure, struct dynr_buf *out)
{
    dynr_buf_printf(out, "%.*s: writes", DYN_STR(procedure->procedure->path));
    dynr_buf_append_c(out, procedure->n_writes > 1 ? ", all or nothing\n" : "\n");
    for (size_t i = 0; i < procedure->n_writes; i++) {
        write_one(&procedure->writes[i], out);
    }
    write_effects(arena, plan, procedure, out);
}
