/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutation procedures as tables: the key, the members or changes, and the conditions of each write.
 */
#include "emit/c/c_policy.h"

/** One write of the procedure. */
struct write_site {
    const struct dyn_plan_write *write;
    /** What its tables are called after. */
    struct dynr_str name;
    size_t n_members;
    struct dynr_str version;
    struct dynr_str condition;
    struct dynr_str holds;
    size_t n_reads;
    struct dynr_str gate;
};

static bool reads_row(const struct dyn_plan_write *write)
{
    return write->write_class == DYN_WRITE_READ_COMPUTE;
}

static bool is_update(const struct dyn_plan_write *write)
{
    return write->write->kind == DYN_WRITE_UPDATE && write->n_changes > 0;
}

/** The fields of the row that a computed value reads: without a version they must not have changed. */
static size_t collect_reads(const struct dyn_expr *expr, const struct dyn_field **out, size_t n)
{
    if (expr == NULL) {
        return n;
    }
    if (expr->kind == DYN_EXPR_ROW) {
        for (size_t i = 0; i < n; i++) {
            if (out[i] == expr->field) {
                return n;
            }
        }
        out[n] = expr->field;
        return n + 1;
    }
    n = collect_reads(expr->left, out, n);
    n = collect_reads(expr->right, out, n);
    for (size_t i = 0; i < expr->n_items; i++) {
        n = collect_reads(expr->items[i], out, n);
    }
    return n;
}

/** Without a version, what was read must still be as it was. */
static size_t emit_read_fields(struct c_emit *e, const struct write_site *site)
{
    const struct dyn_model *model = site->write->write->model;
    struct dyn_out *out = &e->source;
    bool by_version = model->version != NULL || site->write->write->expecting != NULL;
    if (!reads_row(site->write) || by_version) {
        return 0;
    }
    const struct dyn_field **reads =
        dynr_arena_calloc(e->arena, model->n_fields + 1, sizeof *reads);
    size_t n_reads = 0;
    for (size_t i = 0; i < site->write->n_changes; i++) {
        n_reads = collect_reads(site->write->changes[i].value, reads, n_reads);
    }
    if (n_reads == 0) {
        return 0;
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const uint16_t reads_%.*s[] = {", DYN_ARG(site->name));
    for (size_t i = 0; i < n_reads; i++) {
        dyn_out_line(out, "    %zu,", reads[i]->index);
    }
    dyn_out_line(out, "};");
    return n_reads;
}

/** The key of the row, or the members of the one that is created. */
static size_t emit_members(struct c_emit *e, struct c_body *body, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    const struct dyn_write *write = site->write->write;
    const struct dyn_model *model = write->model;
    bool creates = write->kind == DYN_WRITE_CREATE;
    size_t n = creates ? write->n_assignments : write->n_key;
    if (n == 0) {
        return 0;
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_assignment members_%.*s[] = {",
                 DYN_ARG(site->name));
    if (creates) {
        for (size_t i = 0; i < n; i++) {
            const struct dyn_field *field = write->assignments[i].field;
            struct dynr_str source =
                c_source(e, body, field, write->assignments[i].value, C_VALUE_STORED, NULL);
            dyn_out_line(out, "    {%zu, %.*s},", field->index, DYN_ARG(source));
        }
    } else {
        const struct dyn_type *first = c_stored_type(write->key[0]);
        bool is_whole_key =
            write->n_key == 1 && first->kind == DYN_TYPE_REF && first->model == model;
        n = is_whole_key ? model->n_key_fields : n;
        for (size_t i = 0; i < n; i++) {
            const struct dyn_expr *value = is_whole_key ? write->key[0] : write->key[i];
            c_assignment(e, body, model, model->fields[i], value, C_VALUE_COMPARED);
        }
    }
    dyn_out_line(out, "};");
    return n;
}

static void emit_changes(struct c_emit *e, struct c_body *body, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_write *write = site->write;
    if (!is_update(write)) {
        return;
    }
    const struct dyn_model *row = reads_row(write) ? write->write->model : NULL;
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_change_source changes_%.*s[] = {",
                 DYN_ARG(site->name));
    for (size_t i = 0; i < write->n_changes; i++) {
        const struct dyn_plan_change *change = &write->changes[i];
        if (change->kind == DYN_CHANGE_REMOVE) {
            dyn_out_line(out, "    {%zu, DYNR_CHANGE_REMOVE, {.from = DYNR_FROM_NOTHING}},",
                         change->field->index);
            continue;
        }
        struct dynr_str source =
            c_source(e, body, change->field, change->value, C_VALUE_STORED, row);
        dyn_out_line(out, "    {%zu, %s, %.*s},", change->field->index,
                     change->kind == DYN_CHANGE_ADD ? "DYNR_CHANGE_ADD" : "DYNR_CHANGE_SET",
                     DYN_ARG(source));
    }
    dyn_out_line(out, "};");
}

/** Everything that the row of a write in its table refers to. */
static void emit_parts(struct c_emit *e, struct c_body *body, struct write_site *site)
{
    const struct dyn_plan_write *write = site->write;
    site->n_members = emit_members(e, body, site);
    emit_changes(e, body, site);
    site->n_reads = emit_read_fields(e, site);
    site->condition = c_filter(e, body, &write->condition, site->name);
    if (write->write->expecting != NULL) {
        site->version = c_int64_source(e, body, write->write->expecting);
    }
    if (reads_row(write) && write->write->condition != NULL) {
        const struct dyn_plan_guard holds = {.condition = write->write->condition, .wanted = true};
        site->holds = c_condition_function(e, body, &holds, 1, write->write->model);
    }
    site->gate = c_write_gate_define(e, body, &write->gate, site->name);
}

static void emit_conditions(struct c_emit *e, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    if (site->version.len > 0) {
        dyn_out_line(out, "        .version = %.*s,", DYN_ARG(site->version));
    }
    if (site->condition.len > 0) {
        dyn_out_line(out, "        .condition = &%.*s,", DYN_ARG(site->condition));
    }
    if (reads_row(site->write)) {
        dyn_out_line(out, "        .reads_row = true,");
    }
    if (site->holds.len > 0) {
        dyn_out_line(out, "        .holds = %.*s,", DYN_ARG(site->holds));
    }
    if (site->n_reads > 0) {
        dyn_out_line(out, "        .read_fields = reads_%.*s,", DYN_ARG(site->name));
        dyn_out_line(out, "        .n_read_fields = %zu,", site->n_reads);
    }
}

static const char *kind_of(const struct dyn_write *write)
{
    switch (write->kind) {
    case DYN_WRITE_CREATE:
        return "DYNR_WRITE_CREATE";
    case DYN_WRITE_UPDATE:
        return "DYNR_WRITE_UPDATE";
    case DYN_WRITE_DELETE:
        break;
    }
    return "DYNR_WRITE_DELETE";
}

static void emit_write(struct c_emit *e, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    const struct dyn_write *write = site->write->write;
    dyn_out_line(out, "    {");
    dyn_out_line(out, "        .kind = %s,", kind_of(write));
    dyn_out_line(out, "        .entity = &%.*s_entity,", DYN_ARG(c_model_name(e, write->model)));
    if (site->n_members > 0) {
        dyn_out_line(out, "        .members = members_%.*s,", DYN_ARG(site->name));
        dyn_out_line(out, "        .n_members = %zu,", site->n_members);
    }
    if (is_update(site->write)) {
        dyn_out_line(out, "        .changes = changes_%.*s,", DYN_ARG(site->name));
        dyn_out_line(out, "        .n_changes = %zu,", site->write->n_changes);
    }
    emit_conditions(e, site);
    if (site->gate.len > 0) {
        dyn_out_line(out, "        .gate = &%.*s,", DYN_ARG(site->gate));
    }
    dyn_out_line(out, "    },");
}

void c_emit_mutation_body(struct c_emit *e, struct c_body *body)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_procedure *plan = body->plan;
    struct write_site *sites = dynr_arena_calloc(e->arena, plan->n_writes + 1, sizeof *sites);
    for (size_t i = 0; i < plan->n_writes; i++) {
        sites[i].write = &plan->writes[i];
        sites[i].name = plan->n_writes == 1
                            ? body->name
                            : dynr_arena_printf(e->arena, "%.*s_%zu", DYN_ARG(body->name), i + 1);
        emit_parts(e, body, &sites[i]);
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_write_desc writes_%.*s[] = {", DYN_ARG(body->name));
    for (size_t i = 0; i < plan->n_writes; i++) {
        emit_write(e, &sites[i]);
    }
    dyn_out_line(out, "};");
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_mutation_body mutation_%.*s = {",
                 DYN_ARG(body->name));
    dyn_out_line(out, "    .writes = writes_%.*s,", DYN_ARG(body->name));
    dyn_out_line(out, "    .n_writes = %zu,", plan->n_writes);
    if (plan->procedure->result_model != NULL) {
        dyn_out_line(out, "    .returns_row = true,");
    }
    dyn_out_line(out, "};");
}
