/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of query procedures: one block per variant binds its keys and filter and runs one query; includes follow.
 * Also the structs of their outputs.
 */
#include "emit/c/c_policy.h"

#include "procedure_tmpl.h"

/* ---- output structs ---------------------------------------------------------------------------------------- */

/** The member that holds a stored field of a shape: shown under its own name, or hidden. */
struct dynr_str c_shape_member(struct c_emit *e, const struct dyn_plan_shape *shape, const struct dyn_field *field)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_FIELD && shape->members[i].field == field) {
            return c_member(e, shape->members[i].name);
        }
    }
    if (shape->members == NULL) {
        return c_member(e, field->name);
    }
    struct dynr_str name = dyn_name_snake(e->arena, field->name->text);
    return dynr_arena_printf(e->arena, "key_of_%.*s", DYN_ARG(name));
}

static struct dynr_str shape_name(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name)
{
    return shape->members == NULL ? c_model_name(e, shape->model) : name;
}

struct dynr_str c_include_name(struct c_emit *e, const struct dyn_plan_include *include, struct dynr_str name)
{
    struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
    struct dynr_str nested = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
    return shape_name(e, &include->shape, nested);
}

static void define_aggregate(struct c_emit *e, const struct dyn_aggregate *aggregate)
{
    struct dyn_out *out = &e->header;
    struct dynr_str own = c_member(e, aggregate->name);
    if (aggregate->type->optional) {
        dyn_out_line(out, "/** False: there is no row to take it from. */");
        dyn_out_line(out, "bool has_%.*s;", DYN_ARG(own));
    }
    dyn_out_line(out, "%.*s %.*s;", DYN_ARG(c_type(e, aggregate->type)), DYN_ARG(own));
}

static void define_members(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name)
{
    struct dyn_out *out = &e->header;
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        struct dynr_str own = c_member(e, member->name);
        if (member->kind == DYN_MEMBER_FIELD && member->field != NULL) {
            struct dynr_str type = c_type(e, member->field->type);
            if (member->field->doc.len > 0) {
                dyn_out_comment(out, member->field->doc);
            }
            if (member->field->type->optional) {
                dyn_out_line(out, "bool has_%.*s;", DYN_ARG(own));
            }
            dyn_out_line(out, "%.*s %.*s;", DYN_ARG(type), DYN_ARG(own));
            continue;
        }
        if (member->kind == DYN_MEMBER_AGGREGATE) {
            define_aggregate(e, member->aggregate->aggregate);
            continue;
        }
        struct dynr_str child = c_include_name(e, member->include, name);
        if (member->include->many) {
            struct dynr_str type = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(child));
            dyn_out_line(out, "struct %.*s %.*s;", DYN_ARG(c_array_struct(e, type, child)), DYN_ARG(own));
        } else {
            dyn_out_line(out, "/** NULL: there is none. */");
            dyn_out_line(out, "struct %.*s *%.*s;", DYN_ARG(child), DYN_ARG(own));
        }
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        const struct dyn_field *field = shape->hidden[i];
        struct dynr_str own = c_shape_member(e, shape, field);
        dyn_out_line(out, "/** Read for the includes; not part of the JSON. */");
        if (field->type->optional) {
            dyn_out_line(out, "bool has_%.*s;", DYN_ARG(own));
        }
        dyn_out_line(out, "%.*s %.*s;", DYN_ARG(c_type(e, field->type)), DYN_ARG(own));
    }
}

static void shape_tables(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str struct_name)
{
    size_t n = shape->n_members + shape->n_hidden;
    struct dynr_str *types = dynr_arena_calloc(e->arena, n + 1, sizeof *types);
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        if (member->kind == DYN_MEMBER_FIELD) {
            types[i] = c_type_desc(e, member->field->type);
        } else if (member->kind == DYN_MEMBER_AGGREGATE) {
            types[i] = c_type_desc(e, member->aggregate->aggregate->type);
        } else {
            struct dynr_str child = c_include_name(e, member->include, struct_name);
            types[i] = member->include->many ? c_array_desc(e, child) : c_row_desc(e, child);
        }
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        types[shape->n_members + i] = c_type_desc(e, shape->hidden[i]->type);
    }
    c_member_table_open(e, struct_name);
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        bool stored = member->kind == DYN_MEMBER_FIELD;
        bool optional = stored ? member->field->type->optional
                               : member->aggregate != NULL && member->aggregate->aggregate->type->optional;
        c_member_row(e, struct_name, member->name->text, stored ? member->field->attribute : (struct dynr_str){0},
                     c_member(e, member->name), "", optional, types[i]);
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        const struct dyn_field *field = shape->hidden[i];
        struct dynr_str hidden = c_shape_member(e, shape, field);
        c_member_row(e, struct_name, hidden, field->attribute, hidden, "DYNR_FIELD_HIDDEN", field->type->optional,
                     types[shape->n_members + i]);
    }
    c_member_table_close(e, struct_name, struct_name, n, false);
}

struct dynr_str c_shape_define(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name,
                               struct dynr_str doc)
{
    if (shape->members == NULL) {
        return c_model_name(e, shape->model);
    }
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        if (member->kind == DYN_MEMBER_INCLUDE) {
            struct dynr_str own = dyn_name_snake(e->arena, member->name->text);
            struct dynr_str nested = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
            struct dynr_str nested_doc =
                dynr_arena_printf(e->arena, "`%.*s` of an output row.", DYN_ARG(member->name->text));
            (void)c_shape_define(e, &member->include->shape, nested, nested_doc);
        } else {
            (void)c_type(e, member->field != NULL ? member->field->type : member->aggregate->aggregate->type);
        }
    }
    c_claim(e, name, shape->model->span);
    dyn_out_section(&e->header, "types");
    dyn_out_blank(&e->header);
    dyn_out_comment(&e->header, doc);
    dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(name));
    dyn_out_indent(&e->header);
    define_members(e, shape, name);
    dyn_out_outdent(&e->header);
    dyn_out_line(&e->header, "};");
    shape_tables(e, shape, name);
    return name;
}

/* ---- filters ----------------------------------------------------------------------------------------------- */

void c_filter(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_filter *filter,
              const char *filter_lvalue)
{
    struct dyn_out *out = &e->source;
    if (filter->text.len == 0) {
        return;
    }
    dyn_out_line(out, "static const char *const names[] = {");
    for (size_t i = 0; i < filter->n_names; i++) {
        dyn_out_line(out, "    %.*s, %.*s,", DYN_ARG(c_string(e, filter->names[i].placeholder)),
                     DYN_ARG(c_string(e, filter->names[i].attribute)));
    }
    dyn_out_line(out, "    NULL,");
    dyn_out_line(out, "};");
    for (size_t i = 0; i < filter->n_values; i++) {
        const struct dyn_plan_filter_value *value = &filter->values[i];
        struct c_value text = c_coerce(e, c_expr(e, scope, value->value), c_stored_type(value->value), value->type);
        dyn_out_line(out, "%.*s v%zu = %.*s;", DYN_ARG(c_type(e, value->type)), i, DYN_ARG(text.text));
    }
    if (filter->n_values > 0) {
        dyn_out_line(out, "const struct dynr_filter_value values[] = {");
        for (size_t i = 0; i < filter->n_values; i++) {
            dyn_out_line(out, "    {%.*s, &%.*s, &v%zu},", DYN_ARG(c_string(e, filter->values[i].placeholder)),
                         DYN_ARG(c_type_desc(e, filter->values[i].type)), i);
        }
        dyn_out_line(out, "};");
        dyn_out_line(out, "%s.values = values;", filter_lvalue);
        dyn_out_line(out, "%s.n_values = %zu;", filter_lvalue, filter->n_values);
    }
    dyn_out_line(out, "%s.expression = %.*s;", filter_lvalue, DYN_ARG(c_string(e, filter->text)));
    dyn_out_line(out, "%s.names = names;", filter_lvalue);
}

/* ---- variants ---------------------------------------------------------------------------------------------- */

static struct dynr_str conjunction(struct c_emit *e, struct dynr_str all, struct dynr_str one)
{
    if (one.len == 0 || dynr_str_equal(all, one)) {
        return all;
    }
    return all.len == 0 ? one : dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(all), DYN_ARG(one));
}

/** The condition under which every optional input of the variant is there: without it nothing can be equal. */
static struct dynr_str inputs_present(struct c_emit *e, const struct c_scope *scope,
                                      const struct dyn_plan_variant *variant)
{
    struct dynr_str all = {0};
    for (size_t i = 0; i < variant->n_bindings; i++) {
        if (variant->bindings[i].value != NULL) {
            all = conjunction(e, all, c_expr(e, scope, variant->bindings[i].value).present);
        }
    }
    const struct dyn_plan_bound *bounds[] = {&variant->low, &variant->high};
    for (size_t i = 0; i < 2; i++) {
        if (bounds[i]->kind != DYN_BOUND_NONE) {
            all = conjunction(e, all, c_expr(e, scope, bounds[i]->value).present);
        }
    }
    for (size_t i = 0; i < variant->filter.n_values; i++) {
        all = conjunction(e, all, c_expr(e, scope, variant->filter.values[i].value).present);
    }
    return all;
}

static struct dynr_str guard_condition(struct c_emit *e, const struct c_scope *scope,
                                       const struct dyn_plan_variant *variant)
{
    struct dynr_str all = {0};
    for (size_t i = 0; i < variant->n_guards; i++) {
        struct dynr_str one = c_condition(e, scope, variant->guards[i].condition);
        if (!variant->guards[i].wanted) {
            one = dynr_arena_printf(e->arena, "!(%.*s)", DYN_ARG(one));
        }
        all = conjunction(e, all, one);
    }
    return conjunction(e, all, inputs_present(e, scope, variant));
}

/** A field of a probe gets its value: directly, or as a part of the reference to the row itself that `Todo(todo)` gives. */
static void set_member(struct c_emit *e, const struct c_scope *scope, const char *row, const struct dyn_model *model,
                       const struct dyn_field *field, const struct dyn_expr *value)
{
    struct dynr_str member = c_member(e, field->name);
    struct dyn_out *out = &e->source;
    if (field->type->optional) {
        dyn_out_line(out, "%s.has_%.*s = true;", row, DYN_ARG(member));
    }
    struct c_value text = c_expr(e, scope, value);
    const struct dyn_type *type = c_stored_type(value);
    bool is_whole_key = field->is_key && type->kind == DYN_TYPE_REF && type->model == model;
    if (is_whole_key) {
        dyn_out_line(out, "%s.%.*s = %.*s.%.*s;", row, DYN_ARG(member), DYN_ARG(text.text), DYN_ARG(member));
        return;
    }
    text = c_coerce(e, text, type, field->type);
    dyn_out_line(out, "%s.%.*s = %.*s;", row, DYN_ARG(member), DYN_ARG(text.text));
}

static void emit_bound(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_bound *bound,
                       const struct dyn_model *model, const char *probe, const char *query, const char *end)
{
    struct dyn_out *out = &e->source;
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    dyn_out_line(out, "struct %.*s %s = %s;", DYN_ARG(c_model_name(e, model)), end, probe);
    set_member(e, scope, end, model, bound->field, bound->value);
    dyn_out_line(out, "%s.%s.kind = %s;", query, end,
                 bound->kind == DYN_BOUND_INCLUSIVE ? "DYNR_BOUND_INCLUSIVE" : "DYNR_BOUND_EXCLUSIVE");
    dyn_out_line(out, "%s.%s.probe = &%s;", query, end, end);
}

static const struct dyn_plan_path *get_path(const struct dyn_plan_entity *entity)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (entity->paths[i]->kind == DYN_PATH_GET) {
            return entity->paths[i];
        }
    }
    return entity->paths[0];
}

static size_t sort_values_of(const struct dyn_key_template *sort)
{
    size_t n = 0;
    for (size_t i = 0; i < sort->n_pieces; i++) {
        n += sort->pieces[i].value != NULL ? 1 : 0;
    }
    return n;
}

static void set_limit(struct c_emit *e, const struct c_scope *scope, const char *query, const struct dyn_expr *take,
                      bool single_row)
{
    if (single_row) {
        dyn_out_line(&e->source, "%s.limit = 1;", query);
    } else if (take != NULL) {
        dyn_out_line(&e->source, "%s.limit = (uint32_t)%.*s;", query, DYN_ARG(c_expr(e, scope, take).text));
    }
}

/** Everything of a variant after its bindings: path, equality, bounds, filter. */
static void emit_query_setup(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_variant *variant,
                             const char *probe, const char *query)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_path *path = variant->path;
    size_t n_equal = variant->n_equal;
    if (path->kind == DYN_PATH_UNIQUE) {
        /* The guard told the key; the row is then read by its whole key. */
        path = get_path(path->entity);
        n_equal = sort_values_of(path->sort);
    }
    dyn_out_line(out, "%s.path = &%.*s;", query, DYN_ARG(c_path_symbol(e, path)));
    dyn_out_line(out, "%s.n_equal = %zu;", query, n_equal);
    if (variant->last_is_prefix) {
        dyn_out_line(out, "%s.last_is_prefix = true;", query);
    }
    emit_bound(e, scope, &variant->low, path->entity->model, probe, query, "low");
    emit_bound(e, scope, &variant->high, path->entity->model, probe, query, "high");
    struct dynr_str filter = dynr_arena_printf(e->arena, "%s.filter", query);
    c_filter(e, scope, &variant->filter, filter.ptr);
}

/** Statements that make room for the one row of `shape`. */
static void emit_room(struct c_emit *e, struct dynr_str shape)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "rows.items = dynr_arena_calloc(arena, 1, sizeof(struct %.*s));", DYN_ARG(shape));
    dyn_out_line(out, "if (rows.items == NULL) {");
    dyn_out_line(out, "    return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);");
    dyn_out_line(out, "}");
}

/** A row that the policy hides is not found, in the same words. */
static void emit_hidden(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    struct dynr_str name = c_procedure_name(e, plan->procedure);
    c_policy_call(e, plan, c_policy_name(e, name, "rows"), "allowed");
    dyn_out_line(out, "bool is_allowed = false;");
    dyn_out_line(out, "const void *subject = rows.items;");
    dyn_out_line(out, "if (status == DYNR_OK && rows.n_items > 0) {");
    dyn_out_line(out, "    status = dynr_policy_rows(client, &allowed, &subject, 1, arena, &is_allowed, err);");
    dyn_out_line(out, "}");
    dyn_out_line(out, "rows.n_items = is_allowed ? 1 : 0;");
}

/** No such row: an error where one row was asked for, an empty list else. */
static void emit_found(struct c_emit *e, const struct dyn_plan_procedure *plan, const struct dyn_plan_variant *variant)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = plan->query;
    bool is_limited = variant->row_filter.expr != NULL;
    dyn_out_line(out, "rows.n_items = status == DYNR_OK ? 1 : 0;");
    if (!query->single_row || is_limited) {
        dyn_out_line(out, "if (status == DYNR_ERR_NOT_FOUND) {");
        dyn_out_line(out, "    status = DYNR_OK;");
        dyn_out_line(out, "}");
    }
    if (is_limited) {
        emit_hidden(e, plan);
    }
}

/** Reads that need no Query: by the whole key, or by a unique value, with nothing left to filter. */
static bool emit_single_read(struct c_emit *e, const struct dyn_plan_procedure *plan,
                             const struct dyn_plan_variant *variant, struct dynr_str row, struct dynr_str shape)
{
    struct dyn_out *out = &e->source;
    bool by_key = variant->path->kind == DYN_PATH_GET;
    if (variant->filter.text.len > 0 || (!by_key && variant->path->kind != DYN_PATH_UNIQUE)) {
        return false;
    }
    emit_room(e, shape);
    if (by_key) {
        /* A row begins with its key. */
        dyn_out_line(out, "status = dynr_row_get(client, &%.*s_entity, &probe, &%.*s_struct, 0, arena, rows.items, err);",
                     DYN_ARG(row), DYN_ARG(shape));
    } else {
        dyn_out_line(out,
                     "status = dynr_row_get_unique(client, &%.*s, &probe, &%.*s_struct, 0, arena, rows.items, err);",
                     DYN_ARG(c_path_symbol(e, variant->path)), DYN_ARG(shape));
    }
    emit_found(e, plan, variant);
    return true;
}

static void emit_list_read(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_procedure *plan,
                           const struct dyn_plan_variant *variant, struct dynr_str row, struct dynr_str shape)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = plan->query;
    bool by_unique = variant->path->kind == DYN_PATH_UNIQUE;
    if (by_unique) {
        dyn_out_line(out, "status = dynr_row_get_unique(client, &%.*s, &probe, &%.*s_struct, 0, arena, &probe, err);",
                     DYN_ARG(c_path_symbol(e, variant->path)), DYN_ARG(row));
        dyn_out_line(out, "if (status != DYNR_OK && status != DYNR_ERR_NOT_FOUND) {");
        dyn_out_line(out, "    return status;");
        dyn_out_line(out, "}");
        dyn_out_line(out, "if (status == DYNR_OK) {");
        dyn_out_indent(out);
    }
    emit_query_setup(e, scope, variant, "probe", "query");
    set_limit(e, scope, "query", query->take, query->single_row);
    if (query->descending) {
        dyn_out_line(out, "query.descending = true;");
    }
    if (query->is_aggregate) {
        c_emit_aggregate_read(e, plan, shape);
    } else if (variant->row_filter.expr != NULL) {
        c_policy_call(e, plan, c_policy_name(e, c_procedure_name(e, plan->procedure), "rows"), "allowed");
        dyn_out_line(out, "status = dynr_rows_query_allowed(client, &query, &allowed, &%.*s_struct, arena, &rows, err);",
                     DYN_ARG(shape));
    } else {
        dyn_out_line(out, "status = dynr_rows_query(client, &query, &%.*s_struct, arena, &rows, err);", DYN_ARG(shape));
    }
    if (by_unique) {
        dyn_out_outdent(out);
        dyn_out_line(out, "} else {");
        dyn_out_line(out, "    status = DYNR_OK;");
        dyn_out_line(out, "}");
    }
}

/** Then the locals of the root's query need a block, or those of the includes would shadow them. */
static bool includes_queries(const struct dyn_plan_query *query)
{
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_member *member = &query->shape.members[i];
        if (member->kind == DYN_MEMBER_INCLUDE && member->include->kind == DYN_INCLUDE_BY_QUERY) {
            return true;
        }
        if (member->kind == DYN_MEMBER_AGGREGATE) {
            return true;
        }
    }
    return false;
}

static void emit_variant(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_procedure *plan,
                         const struct dyn_plan_variant *variant, struct dynr_str row, struct dynr_str shape)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = plan->query;
    struct dynr_str condition = guard_condition(e, scope, variant);
    if (variant->empty) {
        return;
    }
    bool is_block = condition.len > 0 || includes_queries(query);
    if (condition.len > 0) {
        dyn_out_line(out, "if (%.*s) {", DYN_ARG(condition));
    } else if (is_block) {
        dyn_out_line(out, "{");
    }
    if (is_block) {
        dyn_out_indent(out);
    }
    for (size_t i = 0; i < variant->n_bindings; i++) {
        set_member(e, scope, "probe", query->entity->model, variant->bindings[i].field, variant->bindings[i].value);
    }
    if (query->is_aggregate || !emit_single_read(e, plan, variant, row, shape)) {
        emit_list_read(e, scope, plan, variant, row, shape);
    }
    if (is_block) {
        dyn_out_outdent(out);
        dyn_out_line(out, "}");
    }
}

/* ---- includes ---------------------------------------------------------------------------------------------- */

static void emit_include_by_key(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str root,
                                const struct dyn_plan_include *include, struct dynr_str child)
{
    struct dyn_out *out = &e->source;
    struct dynr_str key = c_shape_member(e, shape, include->field);
    tmpl_procedure_include_by_key_open(out, &(struct tmpl_procedure_include_by_key_open){.row = root});
    if (include->field->type->optional) {
        tmpl_procedure_include_by_key_optional(out, &(struct tmpl_procedure_include_by_key_optional){.member = key});
    } else {
        tmpl_procedure_include_by_key_required(out, &(struct tmpl_procedure_include_by_key_required){.member = key});
    }
    tmpl_procedure_include_by_key_close(out, &(struct tmpl_procedure_include_by_key_close){
                                                 .entity = c_model_name(e, include->model),
                                                 .child = child,
                                                 .member = c_member(e, include->name),
                                             });
}

/** The child's reference to its root: the root's key, member by member. */
static void bind_root(struct c_emit *e, const struct dyn_plan_shape *shape, const struct dyn_relation *relation)
{
    const struct dyn_field *via = relation->via;
    struct dynr_str member = c_member(e, via->name);
    struct dyn_out *out = &e->source;
    if (via->type->optional) {
        dyn_out_line(out, "probe_child.has_%.*s = true;", DYN_ARG(member));
    }
    const struct dyn_model *owner = shape->model;
    for (size_t i = 0; i < owner->n_key_fields; i++) {
        dyn_out_line(out, "probe_child.%.*s.%.*s = root->%.*s;", DYN_ARG(member),
                     DYN_ARG(c_member(e, owner->fields[i]->name)),
                     DYN_ARG(c_shape_member(e, shape, owner->fields[i])));
    }
}

void c_bind_below(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_shape *shape,
                  const struct dyn_relation *relation, const struct dyn_plan_variant *variant)
{
    struct dyn_out *out = &e->source;
    struct dynr_str present = inputs_present(e, scope, variant);
    if (present.len > 0) {
        /* Optional inputs stand in plain conjunctions only: without one of them no row is meant. */
        dyn_out_line(out, "if (!(%.*s)) {", DYN_ARG(present));
        dyn_out_line(out, "    continue;");
        dyn_out_line(out, "}");
    }
    bind_root(e, shape, relation);
    for (size_t i = 0; i < variant->n_bindings; i++) {
        if (variant->bindings[i].value != NULL) {
            set_member(e, scope, "probe_child", relation->target, variant->bindings[i].field,
                       variant->bindings[i].value);
        }
    }
    emit_query_setup(e, scope, variant, "probe_child", "query_child");
}

/** The rows below one root that the policy allows. */
static void emit_limited_children(struct c_emit *e, const struct dyn_plan_procedure *plan,
                                  const struct dyn_plan_include *include, struct dynr_str root_path,
                                  struct dynr_str child)
{
    struct dyn_out *out = &e->source;
    struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
    struct dynr_str path = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(root_path), DYN_ARG(own));
    struct dynr_str member = c_member(e, include->name);
    c_policy_call(e, plan, c_policy_name(e, path, "rows"), "allowed");
    dyn_out_line(out, "status = dynr_rows_query_allowed(client, &query_child, &allowed, &%.*s_struct, arena, &found, err);",
                 DYN_ARG(child));
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
    if (include->many) {
        dyn_out_line(out, "root->%.*s.items = found.items;", DYN_ARG(member));
        dyn_out_line(out, "root->%.*s.n_items = found.n_items;", DYN_ARG(member));
    } else {
        dyn_out_line(out, "root->%.*s = found.n_items == 0 ? NULL : found.items;", DYN_ARG(member));
    }
    dyn_out_outdent(out);
    dyn_out_line(out, "    }");
}

static void emit_include_by_query(struct c_emit *e, const struct c_scope *scope,
                                  const struct dyn_plan_procedure *plan, struct dynr_str root, struct dynr_str root_path,
                                  const struct dyn_plan_include *include, struct dynr_str child)
{
    struct dyn_out *out = &e->source;
    struct dynr_str row = c_model_name(e, include->model);
    tmpl_procedure_include_by_query_open(
        out, &(struct tmpl_procedure_include_by_query_open){.row = root, .child = row});
    dyn_out_indent(out);
    c_bind_below(e, scope, &plan->query->shape, include->relation, &include->variant);
    set_limit(e, scope, "query_child", include->take, !include->many);
    if (include->descending) {
        dyn_out_line(out, "query_child.descending = true;");
    }
    if (include->variant.row_filter.expr != NULL) {
        emit_limited_children(e, plan, include, root_path, child);
        return;
    }
    dyn_out_outdent(out);
    struct dynr_str member = c_member(e, include->name);
    if (include->many) {
        tmpl_procedure_include_by_query_many(
            out, &(struct tmpl_procedure_include_by_query_many){.shape = child, .member = member});
    } else {
        tmpl_procedure_include_by_query_one(
            out, &(struct tmpl_procedure_include_by_query_one){.shape = child, .member = member});
    }
}

static bool needs_query(const struct dyn_plan_query *query)
{
    for (size_t i = 0; i < query->n_variants; i++) {
        const struct dyn_plan_variant *variant = &query->variants[i];
        bool is_list = !variant->empty && (query->is_aggregate || variant->filter.text.len > 0 || (variant->path->kind != DYN_PATH_GET &&
                                                                            variant->path->kind != DYN_PATH_UNIQUE));
        if (is_list) {
            return true;
        }
    }
    return false;
}

static void emit_includes(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_procedure *plan,
                          struct dynr_str shape, struct dynr_str row_name)
{
    const struct dyn_plan_query *query = plan->query;
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_include *include = query->shape.members[i].include;
        if (include == NULL) {
            continue;
        }
        struct dynr_str child = c_include_name(e, include, row_name);
        if (include->kind == DYN_INCLUDE_BY_QUERY) {
            emit_include_by_query(e, scope, plan, shape, row_name, include, child);
        } else if (include->variant.row_filter.expr != NULL) {
            c_emit_limited_reference(e, plan, shape, row_name, include);
        } else {
            emit_include_by_key(e, &query->shape, shape, include, child);
        }
        c_emit_includes_below(e, plan, shape, row_name, include, child);
    }
}

void c_emit_query_body(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = plan->query;
    struct c_scope scope = c_procedure_scope();
    struct dynr_str name = c_procedure_name(e, plan->procedure);
    struct dynr_str row_name = dynr_arena_printf(e->arena, "%.*s_row", DYN_ARG(name));
    struct dynr_str shape = shape_name(e, &query->shape, row_name);
    struct dynr_str row = c_model_name(e, query->entity->model);
    tmpl_procedure_query_locals(out, &(struct tmpl_procedure_query_locals){.row = row});
    if (needs_query(query)) {
        tmpl_procedure_query_query(out);
    }
    dyn_out_indent(out);
    if (query->is_aggregate) {
        c_emit_aggregate_start(e, query);
    }
    c_emit_gate(e, plan);
    for (size_t i = 0; i < query->n_variants; i++) {
        emit_variant(e, &scope, plan, &query->variants[i], row, shape);
    }
    dyn_out_outdent(out);
    if (query->is_aggregate) {
        dyn_out_line(out, "    return status;");
        return;
    }
    tmpl_procedure_query_failed(out);
    emit_includes(e, &scope, plan, shape, row_name);
    c_emit_row_aggregates(e, plan, shape);
    if (query->single_row) {
        tmpl_procedure_single_row(out, &(struct tmpl_procedure_single_row){.row = shape});
    } else {
        tmpl_procedure_list_rows(out);
    }
    dyn_out_line(out, "    return DYNR_OK;");
}
