/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of mutation procedures. Values from input alone make direct writes. Values computed from the row are read
 * first and written on the version (or on what was read), again when somebody was faster.
 */
#include "emit/c/c_policy.h"

#include "procedure_tmpl.h"

/** Tries of a read-compute-write before DYNR_ERR_CONFLICT is the answer. */
#define READ_COMPUTE_TRIES 8

/** One write of the procedure. */
struct write_site {
    const struct dyn_plan_write *write;
    /** "" for the only write of a procedure, else "_1", "_2" ... */
    const char *suffix;
    bool in_transaction;
    /** Where the row afterwards goes: "out", "&row_0", or "NULL". */
    const char *result;
};

static struct dynr_str local(struct c_emit *e, const char *name, const char *suffix)
{
    return dynr_arena_printf(e->arena, "%s%s", name, suffix);
}

/** "new_done": the local that holds a field's new value. */
static struct dynr_str new_value(struct c_emit *e, const struct write_site *site, const struct dyn_plan_change *change)
{
    struct dynr_str field = dyn_name_snake(e->arena, change->field->name->text);
    return dynr_arena_printf(e->arena, "new_%.*s%s", DYN_ARG(field), site->suffix);
}

static bool reads_row(const struct dyn_plan_write *write)
{
    return write->write_class == DYN_WRITE_READ_COMPUTE;
}

static void emit_key(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    const struct dyn_write *write = site->write->write;
    struct dyn_out *out = &e->source;
    struct dynr_str key = local(e, "key", site->suffix);
    dyn_out_line(out, "struct %.*s_key %.*s;", DYN_ARG(c_model_name(e, write->model)), DYN_ARG(key));
    const struct dyn_type *first = c_stored_type(write->key[0]);
    bool is_whole_key = write->n_key == 1 && first->kind == DYN_TYPE_REF && first->model == write->model;
    if (is_whole_key) {
        dyn_out_line(out, "%.*s = %.*s;", DYN_ARG(key), DYN_ARG(c_expr(e, scope, write->key[0]).text));
        return;
    }
    for (size_t i = 0; i < write->n_key; i++) {
        const struct dyn_field *field = write->model->fields[i];
        struct c_value value = c_coerce(e, c_expr(e, scope, write->key[i]), c_stored_type(write->key[i]), field->type);
        dyn_out_line(out, "%.*s.%.*s = %.*s;", DYN_ARG(key), DYN_ARG(c_member(e, field->name)), DYN_ARG(value.text));
    }
}

static bool needs_expect(const struct dyn_plan_write *write)
{
    return write->write->expecting != NULL || write->condition.text.len > 0 || reads_row(write);
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

/** Without a version: `attribute = what was read`, or its absence, for each field that was used. */
static void expect_unchanged(struct c_emit *e, const struct write_site *site)
{
    const struct dyn_model *model = site->write->write->model;
    struct dyn_out *out = &e->source;
    const struct dyn_field **reads = dynr_arena_calloc(e->arena, model->n_fields + 1, sizeof *reads);
    size_t n_reads = 0;
    for (size_t i = 0; i < site->write->n_changes; i++) {
        n_reads = collect_reads(site->write->changes[i].value, reads, n_reads);
    }
    struct dynr_str expect = local(e, "expect", site->suffix);
    struct dynr_str row = local(e, "before", site->suffix);
    dyn_out_line(out, "%.*s.unchanged_row = &%.*s;", DYN_ARG(expect), DYN_ARG(row));
    dyn_out_line(out, "static const uint16_t read_fields%s[] = {", site->suffix);
    for (size_t i = 0; i < n_reads; i++) {
        dyn_out_line(out, "    %zu,", reads[i]->index);
    }
    dyn_out_line(out, "};");
    dyn_out_line(out, "%.*s.unchanged_fields = read_fields%s;", DYN_ARG(expect), site->suffix);
    dyn_out_line(out, "%.*s.n_unchanged_fields = %zu;", DYN_ARG(expect), n_reads);
}

/**
 * A comparison with an input that is not there is false, and with it the whole condition: optional inputs stand in plain
 * conjunctions only. The row is still looked at, so that a missing one is reported as such.
 */
static void emit_missing_inputs(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_write *write,
                                struct dynr_str filter)
{
    struct dyn_out *out = &e->source;
    struct dynr_str all = {0};
    for (size_t i = 0; i < write->condition.n_values; i++) {
        struct dynr_str one = c_expr(e, scope, write->condition.values[i].value).present;
        if (one.len > 0) {
            all = all.len == 0 ? one : dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(all), DYN_ARG(one));
        }
    }
    if (all.len == 0) {
        return;
    }
    dyn_out_line(out, "static const char *const never_names[] = {\"#never\", \"never there\", NULL};");
    dyn_out_line(out, "if (!(%.*s)) {", DYN_ARG(all));
    dyn_out_line(out, "    memset(&%.*s, 0, sizeof %.*s);", DYN_ARG(filter), DYN_ARG(filter));
    dyn_out_line(out, "    %.*s.expression = \"attribute_exists(#never)\";", DYN_ARG(filter));
    dyn_out_line(out, "    %.*s.names = never_names;", DYN_ARG(filter));
    dyn_out_line(out, "}");
}

static void emit_expect(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    const struct dyn_plan_write *write = site->write;
    if (!needs_expect(write)) {
        return;
    }
    struct dyn_out *out = &e->source;
    struct dynr_str expect = local(e, "expect", site->suffix);
    dyn_out_line(out, "struct dynr_expect %.*s;", DYN_ARG(expect));
    dyn_out_line(out, "memset(&%.*s, 0, sizeof %.*s);", DYN_ARG(expect), DYN_ARG(expect));
    if (write->write->expecting != NULL) {
        struct c_value version = c_expr(e, scope, write->write->expecting);
        if (version.present.len > 0) {
            dyn_out_line(out, "%.*s.has_version = %.*s;", DYN_ARG(expect), DYN_ARG(version.present));
        } else {
            dyn_out_line(out, "%.*s.has_version = true;", DYN_ARG(expect));
        }
        dyn_out_line(out, "%.*s.version = %.*s;", DYN_ARG(expect), DYN_ARG(version.text));
    } else if (reads_row(write) && write->write->model->version != NULL) {
        struct dynr_str row = local(e, "before", site->suffix);
        dyn_out_line(out, "%.*s.has_version = true;", DYN_ARG(expect));
        dyn_out_line(out, "%.*s.version = %.*s.%.*s;", DYN_ARG(expect), DYN_ARG(row),
                     DYN_ARG(c_member(e, write->write->model->version->name)));
    } else if (reads_row(write)) {
        expect_unchanged(e, site);
    }
    if (write->condition.text.len > 0) {
        struct dynr_str filter = dynr_arena_printf(e->arena, "%.*s.condition", DYN_ARG(expect));
        c_filter(e, scope, &write->condition, filter.ptr);
        emit_missing_inputs(e, scope, write, filter);
    }
}

static struct dynr_str expect_argument(struct c_emit *e, const struct write_site *site)
{
    if (!needs_expect(site->write)) {
        return dynr_str_from_c("NULL");
    }
    return dynr_arena_printf(e->arena, "&%.*s", DYN_ARG(local(e, "expect", site->suffix)));
}

/** A local holds each new value; `has_change` says whether an optional one is set or removed. */
static void emit_change_values(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    for (size_t i = 0; i < site->write->n_changes; i++) {
        const struct dyn_plan_change *change = &site->write->changes[i];
        if (change->kind == DYN_CHANGE_REMOVE) {
            continue;
        }
        struct dynr_str name = new_value(e, site, change);
        struct dynr_str flag = dynr_arena_printf(e->arena, "has_%.*s", DYN_ARG(name));
        dyn_out_line(out, "%.*s %.*s;", DYN_ARG(c_type(e, change->field->type)), DYN_ARG(name));
        bool is_partial = change->value->kind == DYN_EXPR_OBJECT || change->value->kind == DYN_EXPR_NULL;
        if (is_partial) {
            dyn_out_line(out, "memset(&%.*s, 0, sizeof %.*s);", DYN_ARG(name), DYN_ARG(name));
        }
        if (change->field->type->optional) {
            dyn_out_line(out, "bool %.*s;", DYN_ARG(flag));
        }
        c_assign(e, scope, change->field, name, flag, change->value, "arena");
    }
}

static void emit_change_list(struct c_emit *e, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "const struct dynr_change changes%s[] = {", site->suffix);
    for (size_t i = 0; i < site->write->n_changes; i++) {
        const struct dyn_plan_change *change = &site->write->changes[i];
        size_t field = change->field->index;
        struct dynr_str name = new_value(e, site, change);
        if (change->kind == DYN_CHANGE_REMOVE) {
            dyn_out_line(out, "    {%zu, DYNR_CHANGE_REMOVE, NULL},", field);
        } else if (change->kind == DYN_CHANGE_ADD) {
            dyn_out_line(out, "    {%zu, DYNR_CHANGE_ADD, &%.*s},", field, DYN_ARG(name));
        } else if (change->field->type->optional) {
            dyn_out_line(out, "    {%zu, has_%.*s ? DYNR_CHANGE_SET : DYNR_CHANGE_REMOVE, &%.*s},", field,
                         DYN_ARG(name), DYN_ARG(name));
        } else {
            dyn_out_line(out, "    {%zu, DYNR_CHANGE_SET, &%.*s},", field, DYN_ARG(name));
        }
    }
    dyn_out_line(out, "};");
}

static void emit_read_before(struct c_emit *e, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    struct dynr_str model = c_model_name(e, site->write->write->model);
    struct dynr_str row = local(e, "before", site->suffix);
    dyn_out_line(out, "struct %.*s %.*s;", DYN_ARG(model), DYN_ARG(row));
    dyn_out_line(out, "status = dynr_row_get(client, &%.*s_entity, &%.*s, &%.*s_struct, 0, arena, &%.*s, err);",
                 DYN_ARG(model), DYN_ARG(local(e, "key", site->suffix)), DYN_ARG(model), DYN_ARG(row));
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
}

static void emit_create(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    const struct dyn_write *write = site->write->write;
    struct dynr_str model = c_model_name(e, write->model);
    bool into_out = strcmp(site->result, "out") == 0;
    struct dynr_str row = into_out ? dynr_str_from_c("out") : local(e, "row", site->suffix);
    struct dynr_str pointer = into_out ? row : dynr_arena_printf(e->arena, "&%.*s", DYN_ARG(row));
    const char *access = into_out ? "->" : ".";
    if (!into_out) {
        dyn_out_line(out, "struct %.*s %.*s;", DYN_ARG(model), DYN_ARG(row));
    }
    dyn_out_line(out, "%.*s_init(%.*s);", DYN_ARG(model), DYN_ARG(pointer));
    for (size_t i = 0; i < write->n_assignments; i++) {
        const struct dyn_field *field = write->assignments[i].field;
        struct dynr_str member = c_member(e, field->name);
        c_assign(e, scope, field,
                 dynr_arena_printf(e->arena, "%.*s%s%.*s", DYN_ARG(row), access, DYN_ARG(member)),
                 dynr_arena_printf(e->arena, "%.*s%shas_%.*s", DYN_ARG(row), access, DYN_ARG(member)),
                 write->assignments[i].value, "arena");
    }
    if (site->in_transaction) {
        dyn_out_line(out, "status = dynr_transaction_create(transaction, &%.*s_entity, %.*s, err);", DYN_ARG(model),
                     DYN_ARG(pointer));
    } else {
        dyn_out_line(out, "status = dynr_row_create(client, &%.*s_entity, %.*s, arena, err);", DYN_ARG(model),
                     DYN_ARG(pointer));
    }
}

static void emit_update(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    struct dynr_str model = c_model_name(e, site->write->write->model);
    emit_key(e, scope, site);
    if (reads_row(site->write)) {
        emit_read_before(e, site);
    }
    struct c_scope inner = *scope;
    struct dynr_str row = dynr_arena_printf(e->arena, "before%s.", site->suffix);
    inner.row = row.ptr;
    if (reads_row(site->write) && site->write->write->condition != NULL) {
        /* Looked at before anything is computed: the values may only make sense where it holds. */
        dyn_out_line(out, "if (!(%.*s)) {", DYN_ARG(c_condition(e, &inner, site->write->write->condition)));
        dyn_out_line(out, "    return dynr_fail(err, DYNR_ERR_CONDITION_FAILED, NULL);");
        dyn_out_line(out, "}");
    }
    emit_change_values(e, &inner, site);
    emit_change_list(e, site);
    emit_expect(e, scope, site);
    struct dynr_str expect = expect_argument(e, site);
    struct dynr_str key = local(e, "key", site->suffix);
    if (site->in_transaction) {
        dyn_out_line(out,
                     "status = dynr_transaction_update(transaction, &%.*s_entity, &%.*s, changes%s, %zu, %.*s, err);",
                     DYN_ARG(model), DYN_ARG(key), site->suffix, site->write->n_changes, DYN_ARG(expect));
    } else {
        dyn_out_line(out,
                     "status = dynr_row_update(client, &%.*s_entity, &%.*s, changes%s, %zu, %.*s, arena, %s, err);",
                     DYN_ARG(model), DYN_ARG(key), site->suffix, site->write->n_changes, DYN_ARG(expect),
                     site->result);
    }
}

static void emit_delete(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    struct dynr_str model = c_model_name(e, site->write->write->model);
    emit_key(e, scope, site);
    emit_expect(e, scope, site);
    struct dynr_str expect = expect_argument(e, site);
    struct dynr_str key = local(e, "key", site->suffix);
    if (site->in_transaction) {
        dyn_out_line(out, "status = dynr_transaction_delete(transaction, &%.*s_entity, &%.*s, %.*s, err);",
                     DYN_ARG(model), DYN_ARG(key), DYN_ARG(expect));
    } else {
        dyn_out_line(out, "status = dynr_row_delete(client, &%.*s_entity, &%.*s, %.*s, arena, err);", DYN_ARG(model),
                     DYN_ARG(key), DYN_ARG(expect));
    }
}

static void emit_checked_delete(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_procedure *plan,
                                const struct write_site *site)
{
    struct dyn_out *out = &e->source;
    emit_key(e, scope, site);
    emit_expect(e, scope, site);
    dyn_out_line(out, "status = dynr_row_delete_checked(client, &%.*s_entity, &key, %.*s, %.*s_checks, &in_1, arena, err);",
                 DYN_ARG(c_model_name(e, site->write->write->model)), DYN_ARG(expect_argument(e, site)),
                 DYN_ARG(c_write_gate_name(e, plan, 0)));
}

static void emit_write(struct c_emit *e, const struct c_scope *scope, const struct write_site *site)
{
    switch (site->write->write->kind) {
    case DYN_WRITE_CREATE:
        emit_create(e, scope, site);
        break;
    case DYN_WRITE_UPDATE:
        emit_update(e, scope, site);
        break;
    case DYN_WRITE_DELETE:
        emit_delete(e, scope, site);
        break;
    }
}

/** A row that moved is found by its new key. */
static void emit_moved_key(struct c_emit *e, const struct dyn_plan_write *write, size_t number)
{
    for (size_t i = 0; i < write->n_changes; i++) {
        const struct dyn_plan_change *change = &write->changes[i];
        if (change->field->is_key && change->kind == DYN_CHANGE_SET) {
            struct dynr_str field = dyn_name_snake(e->arena, change->field->name->text);
            dyn_out_line(&e->source, "key_%zu.%.*s = new_%.*s_%zu;", number, DYN_ARG(c_member(e, change->field->name)),
                         DYN_ARG(field), number);
        }
    }
}

static void emit_transaction(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    bool has_result = plan->procedure->result_model != NULL;
    dyn_out_line(out, "struct dynr_transaction *transaction;");
    dyn_out_line(out, "status = dynr_transaction_begin(client, arena, &transaction, err);");
    for (size_t i = 0; i < plan->n_writes; i++) {
        bool is_result = has_result && i + 1 == plan->n_writes;
        struct write_site site = {
            .write = &plan->writes[i],
            .suffix = dynr_arena_printf(e->arena, "_%zu", i + 1).ptr,
            .in_transaction = true,
            .result = is_result && plan->writes[i].write->kind == DYN_WRITE_CREATE ? "out" : "NULL",
        };
        dyn_out_line(out, "if (status != DYNR_OK) {");
        dyn_out_line(out, "    return status;");
        dyn_out_line(out, "}");
        emit_write(e, scope, &site);
    }
    c_emit_checks(e, plan);
    dyn_out_line(out, "if (status == DYNR_OK) {");
    dyn_out_line(out, "    status = dynr_transaction_commit(transaction, err);");
    dyn_out_line(out, "}");
    const struct dyn_plan_write *last = &plan->writes[plan->n_writes - 1];
    if (has_result && last->write->kind == DYN_WRITE_UPDATE) {
        struct dynr_str model = c_model_name(e, last->write->model);
        emit_moved_key(e, last, plan->n_writes);
        dyn_out_line(out, "if (status == DYNR_OK) {");
        dyn_out_line(out, "    status = dynr_row_get(client, &%.*s_entity, &key_%zu, &%.*s_struct, 0, arena, out, err);",
                     DYN_ARG(model), plan->n_writes, DYN_ARG(model));
        dyn_out_line(out, "}");
    }
}

void c_emit_write_body(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    struct c_scope scope = c_procedure_scope();
    bool computes = false;
    bool expects = false;
    for (size_t i = 0; i < plan->n_writes; i++) {
        computes = computes || reads_row(&plan->writes[i]);
        expects = expects || plan->writes[i].write->expecting != NULL;
    }
    bool checks = c_has_checks(plan);
    /* A version that the caller named does not become right by trying again. */
    bool retries = (computes && !expects) || checks;
    dyn_out_indent(out);
    dyn_out_line(out, "enum dynr_status status = DYNR_OK;");
    if (retries) {
        dyn_out_line(out, "for (unsigned tries = 0; tries < %d; tries++) {", READ_COMPUTE_TRIES);
        dyn_out_indent(out);
    }
    c_emit_write_gates(e, plan);
    if (checks && plan->n_writes == 1 && plan->writes[0].write->kind == DYN_WRITE_DELETE) {
        struct write_site site = {.write = &plan->writes[0], .suffix = "", .result = "NULL"};
        emit_checked_delete(e, &scope, plan, &site);
    } else if (plan->n_writes > 1 || checks) {
        emit_transaction(e, &scope, plan);
    } else {
        bool has_result = plan->procedure->result_model != NULL;
        struct write_site site = {.write = &plan->writes[0], .suffix = "", .result = has_result ? "out" : "NULL"};
        emit_write(e, &scope, &site);
    }
    if (retries) {
        c_emit_retry(e, plan, expects);
        dyn_out_line(out, "    return status;");
        dyn_out_line(out, "}");
        dyn_out_outdent(out);
        dyn_out_line(out, "}");
    }
    dyn_out_line(out, "return status;");
    dyn_out_outdent(out);
}
