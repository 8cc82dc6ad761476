/* SPDX-License-Identifier: Apache-2.0 */
/* The typed model as stable text: everything that plan can see, one fact per line, in declaration order. */
#include "model/model.h"

static void open_line(struct dynr_buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        dynr_buf_append_c(out, "  ");
    }
}

static void write_quoted(struct dynr_buf *out, const char *label, struct dynr_str text)
{
    if (text.len > 0) {
        dynr_buf_append_c(out, label);
        dynr_buf_append_json_string(out, text);
    }
}

static void write_labelled(struct dynr_buf *out, const char *label, const struct dyn_name *name)
{
    if (name != NULL) {
        dynr_buf_append_c(out, label);
        dynr_buf_append_str(out, name->text);
    }
}

static void write_doc(struct dynr_buf *out, unsigned depth, struct dynr_str doc)
{
    if (doc.len > 0) {
        open_line(out, depth);
        write_quoted(out, "doc ", doc);
        dynr_buf_append_char(out, '\n');
    }
}

static const char *origin_name(enum dyn_field_origin origin)
{
    switch (origin) {
    case DYN_FIELD_DECLARED:
        return "";
    case DYN_FIELD_PARENT:
        return " parent";
    case DYN_FIELD_CREATED_AT:
        return " createdAt";
    case DYN_FIELD_UPDATED_AT:
        return " updatedAt";
    case DYN_FIELD_VERSION:
        return " versioned";
    case DYN_FIELD_DELETED_AT:
        return " softDelete";
    case DYN_FIELD_TTL:
        return " ttl";
    }
    return "";
}

static void dump_field(const struct dyn_field *field, unsigned depth, const char *what,
                       struct dynr_buf *out)
{
    open_line(out, depth);
    dynr_buf_append_c(out, what);
    dynr_buf_append_char(out, ' ');
    dynr_buf_append_str(out, field->name->text);
    dynr_buf_append_char(out, ' ');
    dyn_type_write(field->type, out);
    if (field->type->kind == DYN_TYPE_INT && field->type->width == 32) {
        dynr_buf_append_c(out, " width 32");
    }
    dynr_buf_append_c(out, field->is_key ? " key" : "");
    dynr_buf_append_c(out, field->automatic ? " auto" : "");
    dynr_buf_append_c(out, origin_name(field->origin));
    if (field->default_value != NULL) {
        dynr_buf_append_c(out, " = ");
        dyn_expr_write(field->default_value, out);
    }
    write_quoted(out, " attribute ", field->attribute);
    write_quoted(out, " claim ", field->claim);
    write_labelled(out, " was ", field->was);
    dynr_buf_append_char(out, '\n');
    write_doc(out, depth + 1, field->doc);
}

static void dump_fields(struct dyn_field *const *fields, size_t n_fields, unsigned depth,
                        const char *what, struct dynr_buf *out)
{
    for (size_t i = 0; i < n_fields; i++) {
        dump_field(fields[i], depth, what, out);
    }
}

static void write_names(struct dynr_buf *out, const char *label,
                        const struct dyn_field *const *fields, size_t n)
{
    if (n == 0) {
        return;
    }
    dynr_buf_append_c(out, label);
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(out, i == 0 ? " " : ", ");
        dynr_buf_append_str(out, fields[i]->name->text);
    }
}

/* ---- tables and keys ----------------------------------------------------------------------------------------- */

static void dump_switch(struct dynr_buf *out, const char *name, bool on)
{
    if (on) {
        dynr_buf_append_char(out, ' ');
        dynr_buf_append_c(out, name);
    }
}

static void dump_table(const struct dyn_table *table, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "table ");
    dynr_buf_append_str(out, table->name->text);
    write_quoted(out, " name ", table->physical_name);
    dynr_buf_append_c(out, " targets");
    dump_switch(out, "embedded", (table->targets & DYN_TARGET_EMBEDDED) != 0);
    dump_switch(out, "dynamodb", (table->targets & DYN_TARGET_DYNAMODB) != 0);
    dump_switch(out, "alternator", (table->targets & DYN_TARGET_ALTERNATOR) != 0);
    dynr_buf_append_c(out, "\n  attributes");
    write_quoted(out, " pk ", table->partition_attribute);
    write_quoted(out, " sk ", table->sort_attribute);
    write_quoted(out, " type ", table->type_attribute);
    write_quoted(out, " version ", table->version_attribute);
    write_quoted(out, " ttl ", table->ttl_attribute);
    dynr_buf_append_c(out, "\n  delimiter ");
    dynr_buf_append_char(out, table->delimiter);
    dynr_buf_append_c(out, " gsi max ");
    dynr_buf_append_int(out, (int64_t)table->index_budget);
    if (table->billing == DYN_BILLING_PROVISIONED) {
        dynr_buf_printf(out, " provisioned(read: %u, write: %u)", (unsigned)table->read_capacity,
                        (unsigned)table->write_capacity);
    }
    dump_switch(out, "stream", table->stream);
    dump_switch(out, "recovery", table->point_in_time_recovery);
    dump_switch(out, "protection", table->deletion_protection);
    dynr_buf_append_char(out, '\n');
    write_doc(out, 1, table->doc);
}

/* Braces are doubled, as they were written. */
static void write_literal(struct dynr_buf *out, struct dynr_str literal)
{
    for (size_t i = 0; i < literal.len; i++) {
        char c = literal.ptr[i];
        if (c == '{' || c == '}' || c == '"' || c == '\\') {
            dynr_buf_append_char(out, c == '"' ? '\\' : c);
        }
        dynr_buf_append_char(out, c);
    }
}

static void write_template(const struct dyn_written_template *written, struct dynr_buf *out)
{
    if (written->native && written->n_pieces == 1) {
        dynr_buf_append_str(out, written->pieces[0].field->name->text);
        return;
    }
    dynr_buf_append_char(out, '"');
    for (size_t i = 0; i < written->n_pieces; i++) {
        const struct dyn_template_piece *piece = &written->pieces[i];
        if (piece->field == NULL) {
            write_literal(out, piece->literal);
        } else {
            dynr_buf_append_char(out, '{');
            dynr_buf_append_str(out, piece->field->name->text);
            dynr_buf_append_char(out, '}');
        }
    }
    dynr_buf_append_char(out, '"');
}

static void dump_written_key(const struct dyn_written_key *key, struct dynr_buf *out)
{
    dynr_buf_append_c(out, key->name == NULL ? "  written key" : "  written index ");
    if (key->name != NULL) {
        dynr_buf_append_str(out, key->name->text);
    }
    write_quoted(out, " ", key->physical_name);
    dynr_buf_append_c(out, " pk ");
    write_template(&key->partition, out);
    if (key->has_sort) {
        dynr_buf_append_c(out, key->name == NULL ? " sk " : " sort ");
        write_template(&key->sort, out);
    }
    dynr_buf_append_char(out, '\n');
}

/* ---- declarations -------------------------------------------------------------------------------------------- */

static void dump_enum(const struct dyn_enum *enumeration, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "enum ");
    dynr_buf_append_str(out, enumeration->name->text);
    write_labelled(out, " was ", enumeration->was);
    dynr_buf_append_char(out, '\n');
    write_doc(out, 1, enumeration->doc);
    for (size_t i = 0; i < enumeration->n_values; i++) {
        const struct dyn_enum_value *value = &enumeration->values[i];
        dynr_buf_append_c(out, "  ");
        dynr_buf_append_str(out, value->name->text);
        dynr_buf_append_c(out, " = ");
        dynr_buf_append_int(out, value->tag);
        dynr_buf_append_char(out, '\n');
        write_doc(out, 2, value->doc);
    }
}

static void dump_struct(const struct dyn_struct *structure, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "struct ");
    dynr_buf_append_str(out, structure->name->text);
    write_labelled(out, " was ", structure->was);
    dynr_buf_append_char(out, '\n');
    write_doc(out, 1, structure->doc);
    dump_fields(structure->fields, structure->n_fields, 1, "field", out);
}

static void dump_relation(const struct dyn_relation *relation, struct dynr_buf *out)
{
    const char *kind = relation->far != NULL ? "through" : (relation->many ? "hasMany" : "hasOne");
    dynr_buf_printf(out, "  %s ", kind);
    dynr_buf_append_str(out, relation->name->text);
    dynr_buf_append_char(out, ' ');
    dynr_buf_append_str(out, relation->target->name->text);
    dynr_buf_append_c(out, " via ");
    dynr_buf_append_str(out, relation->via->name->text);
    write_labelled(out, " to ", relation->far == NULL ? NULL : relation->far->name);
    dynr_buf_append_char(out, '\n');
    write_doc(out, 2, relation->doc);
}

static void dump_accesses(const struct dyn_model *model, struct dynr_buf *out)
{
    for (size_t i = 0; i < model->n_indexes; i++) {
        const struct dyn_index *index = model->indexes[i];
        write_labelled(out, "  index ", index->name);
        write_names(out, " partition", index->partition, index->n_partition);
        write_names(out, " sort", index->sort, index->n_sort);
        dynr_buf_append_char(out, '\n');
    }
    for (size_t i = 0; i < model->n_uniques; i++) {
        write_labelled(out, "  unique ", model->uniques[i]->field->name);
        dynr_buf_append_c(out, model->uniques[i]->fold ? " fold\n" : "\n");
    }
    if (model->written_key != NULL) {
        dump_written_key(model->written_key, out);
    }
    for (size_t i = 0; i < model->n_written_indexes; i++) {
        dump_written_key(model->written_indexes[i], out);
    }
}

static void dump_model(const struct dyn_model *model, struct dynr_buf *out)
{
    dynr_buf_append_c(out, model->link_end != NULL ? "link " : "model ");
    dynr_buf_append_str(out, model->name->text);
    write_quoted(out, " tag ", model->tag);
    write_labelled(out, " table ", model->table->name);
    if (model->parent != NULL) {
        write_labelled(out, " in ", model->parent->name);
    }
    write_labelled(out, " and ",
                   model->link_end == NULL ? NULL : model->link_end->type->model->name);
    dynr_buf_append_c(out, model->single ? " single" : "");
    dynr_buf_append_c(out, model->is_public ? " public" : "");
    write_labelled(out, " was ", model->was);
    dynr_buf_append_char(out, '\n');
    write_doc(out, 1, model->doc);
    dump_fields(model->fields, model->n_fields, 1, "field", out);
    for (size_t i = 0; i < model->n_relations; i++) {
        dump_relation(model->relations[i], out);
    }
    dump_accesses(model, out);
    for (size_t i = 0; i < model->n_children; i++) {
        write_labelled(out, "  child ", model->children[i]->name);
        dynr_buf_append_char(out, '\n');
    }
}

/* ---- procedures ---------------------------------------------------------------------------------------------- */

static void dump_expr(struct dynr_buf *out, unsigned depth, const char *label,
                      const struct dyn_expr *expr)
{
    if (expr != NULL) {
        open_line(out, depth);
        dynr_buf_append_c(out, label);
        dynr_buf_append_char(out, ' ');
        dyn_expr_write(expr, out);
        dynr_buf_append_c(out, " : ");
        dyn_type_write(expr->type, out);
        dynr_buf_append_char(out, '\n');
    }
}

static void dump_order(struct dynr_buf *out, unsigned depth, const struct dyn_field *order,
                       bool descending)
{
    if (order != NULL) {
        open_line(out, depth);
        write_labelled(out, "order ", order->name);
        dynr_buf_append_c(out, descending ? " desc\n" : " asc\n");
    }
}

static void dump_selections(const struct dyn_selection *selections, size_t n, unsigned depth,
                            struct dynr_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct dyn_selection *selection = &selections[i];
        open_line(out, depth);
        write_labelled(out, "select ", selection->name);
        if (selection->field != NULL) {
            write_labelled(out, " field ", selection->field->name);
        }
        if (selection->relation != NULL) {
            write_labelled(out, " relation ", selection->relation->name);
        }
        dynr_buf_append_char(out, '\n');
        dump_selections(selection->children, selection->n_children, depth + 1, out);
    }
}

static void dump_include(const struct dyn_include *include, struct dynr_buf *out)
{
    write_labelled(out, "      include ", include->name);
    if (include->relation != NULL) {
        write_labelled(out, " relation ", include->relation->name);
    } else {
        write_labelled(out, " field ", include->field->name);
    }
    write_labelled(out, " of ", include->model->name);
    dynr_buf_append_char(out, '\n');
    dump_expr(out, 4, "where", include->where);
    dump_order(out, 4, include->order, include->descending);
    dump_expr(out, 4, "take", include->take);
    dump_selections(include->select, include->n_select, 4, out);
}

static void dump_keys(struct dynr_buf *out, const struct dyn_expr *const *key, size_t n_key)
{
    for (size_t i = 0; i < n_key; i++) {
        dump_expr(out, 3, "key", key[i]);
    }
}

static void dump_aggregate(const struct dyn_aggregate *aggregate, struct dynr_buf *out)
{
    static const char *const words[] = {[DYN_AGGREGATE_COUNT] = "      count ",
                                        [DYN_AGGREGATE_SUM] = "      sum ",
                                        [DYN_AGGREGATE_MIN] = "      min ",
                                        [DYN_AGGREGATE_MAX] = "      max "};
    write_labelled(out, words[aggregate->kind], aggregate->name);
    write_labelled(out, " relation ",
                   aggregate->relation == NULL ? NULL : aggregate->relation->name);
    write_labelled(out, " field ", aggregate->field == NULL ? NULL : aggregate->field->name);
    dynr_buf_append_c(out, " : ");
    dyn_type_write(aggregate->type, out);
    dynr_buf_append_char(out, '\n');
    dump_expr(out, 4, "where", aggregate->where);
}

static void dump_query(const struct dyn_query *query, struct dynr_buf *out)
{
    write_labelled(out, query->kind == DYN_QUERY_GET ? "    get " : "    from ",
                   query->model->name);
    if (query->by_index != NULL) {
        write_labelled(out, " by index ", query->by_index->name);
    }
    if (query->by_written != NULL) {
        write_labelled(out, " by written index ", query->by_written->name);
    }
    if (query->by_unique != NULL) {
        write_labelled(out, " by unique ", query->by_unique->field->name);
    }
    dynr_buf_append_char(out, '\n');
    dump_keys(out, query->key, query->n_key);
    dump_expr(out, 3, "in", query->in);
    dump_expr(out, 3, "by", query->by_value);
    dump_expr(out, 3, "where", query->where);
    dump_order(out, 3, query->order, query->descending);
    dump_expr(out, 3, "take", query->take);
    dump_selections(query->select, query->n_select, 3, out);
    for (size_t i = 0; i < query->n_includes; i++) {
        dump_include(&query->includes[i], out);
    }
    for (size_t i = 0; i < query->n_aggregates; i++) {
        dump_aggregate(&query->aggregates[i], out);
    }
}

static void dump_policy(const struct dyn_policy *policy, struct dynr_buf *out)
{
    write_labelled(out, "policy ", policy->model->name);
    dynr_buf_append_char(out, '\n');
    for (size_t i = 0; i < policy->n_lookups; i++) {
        const struct dyn_lookup *lookup = policy->lookups[i];
        write_labelled(out, "  let ", lookup->name);
        write_labelled(out, " of ", lookup->model == NULL ? NULL : lookup->model->name);
        dynr_buf_append_char(out, '\n');
        dump_keys(out, lookup->key, lookup->n_key);
    }
    for (size_t i = 0; i < policy->n_allows; i++) {
        const struct dyn_allow *allow = &policy->allows[i];
        dynr_buf_append_c(out, "  allow");
        for (size_t k = 0; k < allow->n_verbs; k++) {
            write_labelled(out, k == 0 ? " " : ", ", allow->verbs[k]);
        }
        if (allow->fields != NULL) {
            write_names(out, " of", allow->fields, allow->n_fields);
        }
        dynr_buf_append_char(out, '\n');
        dump_expr(out, 2, "if", allow->condition);
    }
}

static void dump_write(const struct dyn_write *write, struct dynr_buf *out)
{
    static const char *const verbs[] = {
        [DYN_WRITE_CREATE] = "    create ",
        [DYN_WRITE_UPDATE] = "    update ",
        [DYN_WRITE_DELETE] = "    delete ",
    };
    write_labelled(out, verbs[write->kind], write->model->name);
    dynr_buf_append_char(out, '\n');
    dump_keys(out, write->key, write->n_key);
    for (size_t i = 0; i < write->n_assignments; i++) {
        write_labelled(out, "      set ", write->assignments[i].field->name);
        dump_expr(out, 0, " =", write->assignments[i].value);
    }
    dump_expr(out, 3, "if", write->condition);
    dump_expr(out, 3, "expecting", write->expecting);
}

static void dump_models(struct dynr_buf *out, const char *label,
                        const struct dyn_model *const *models, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        write_labelled(out, label, models[i]->name);
        dynr_buf_append_char(out, '\n');
    }
}

static void dump_procedure(const struct dyn_procedure *procedure, struct dynr_buf *out)
{
    bool mutates = procedure->kind == DYN_PROCEDURE_MUTATION || procedure->is_mutation;
    dynr_buf_append_c(out, mutates ? "  mutation " : "  query ");
    dynr_buf_append_str(out, procedure->path);
    dynr_buf_append_c(out, procedure->once ? " once" : "");
    write_quoted(out, " extern ", procedure->extern_symbol);
    if (procedure->result_model != NULL) {
        write_labelled(out, " -> model ", procedure->result_model->name);
    }
    if (procedure->result_type != NULL) {
        dynr_buf_append_c(out, " -> ");
        dyn_type_write(procedure->result_type, out);
    }
    dynr_buf_append_char(out, '\n');
    write_doc(out, 2, procedure->doc);
    dump_fields(procedure->arguments, procedure->n_arguments, 2, "argument", out);
    if (procedure->query != NULL) {
        dump_query(procedure->query, out);
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        dump_write(&procedure->writes[i], out);
    }
    dump_models(out, "    reads ", procedure->extern_reads, procedure->n_extern_reads);
    dump_models(out, "    writes ", procedure->extern_writes, procedure->n_extern_writes);
}

static void dump_router(const struct dyn_router *router, struct dynr_buf *out)
{
    write_labelled(out, "router ", router->name);
    if (router->context != NULL) {
        write_labelled(out, " caller ", router->context->name);
    }
    dynr_buf_append_char(out, '\n');
    write_doc(out, 1, router->doc);
    for (size_t i = 0; i < router->n_procedures; i++) {
        dump_procedure(router->procedures[i], out);
    }
}

void dyn_program_dump(const struct dyn_program *program, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "program ");
    dynr_buf_append_str(out, program->name->text);
    dynr_buf_append_c(out, " edition ");
    dynr_buf_append_int(out, program->edition);
    dynr_buf_append_char(out, '\n');
    for (size_t i = 0; i < program->n_tables; i++) {
        dump_table(program->tables[i], out);
    }
    for (size_t i = 0; i < program->n_enums; i++) {
        dump_enum(program->enums[i], out);
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        dump_struct(program->structs[i], out);
    }
    for (size_t i = 0; i < program->n_models; i++) {
        dump_model(program->models[i], out);
    }
    for (size_t i = 0; i < program->n_contexts; i++) {
        write_labelled(out, "context ", program->contexts[i]->name);
        dynr_buf_append_char(out, '\n');
        write_doc(out, 1, program->contexts[i]->doc);
        dump_fields(program->contexts[i]->fields, program->contexts[i]->n_fields, 1, "field", out);
    }
    for (size_t i = 0; i < program->n_policies; i++) {
        dump_policy(program->policies[i], out);
    }
    for (size_t i = 0; i < program->n_routers; i++) {
        dump_router(program->routers[i], out);
    }
}
