/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query procedures as tables: who may ask, how each variant binds its keys and its filter.
 */
#include "emit/c/c_policy.h"

/** `name` alone for the only one of its kind, else with its number. */
static struct dynr_str numbered(struct c_emit *e, struct dynr_str name, size_t i, size_t n)
{
    return n == 1 ? name : dynr_arena_printf(e->arena, "%.*s_%zu", DYN_ARG(name), i + 1);
}

/* ---- variants ---------------------------------------------------------------------------------------------- */

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

/** Bindings that have a value; the others are the root's key, which links give. */
static size_t emit_bindings(struct c_emit *e, struct c_body *body,
                            const struct dyn_plan_variant *variant, struct dynr_str name)
{
    const struct dyn_model *model = variant->path->entity->model;
    size_t n = 0;
    for (size_t i = 0; i < variant->n_bindings; i++) {
        const struct dyn_plan_binding *binding = &variant->bindings[i];
        if (binding->value == NULL) {
            continue;
        }
        if (n++ == 0) {
            dyn_out_blank(&e->source);
            dyn_out_line(&e->source, "static const struct dynr_assignment bindings_%.*s[] = {",
                         DYN_ARG(name));
        }
        c_assignment(e, body, model, binding->field, binding->value, C_VALUE_COMPARED);
    }
    if (n > 0) {
        dyn_out_line(&e->source, "};");
    }
    return n;
}

static void emit_end(struct c_emit *e, const struct dyn_plan_bound *bound, const char *member,
                     struct dynr_str source)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    const char *kind =
        bound->kind == DYN_BOUND_INCLUSIVE ? "DYNR_BOUND_INCLUSIVE" : "DYNR_BOUND_EXCLUSIVE";
    dyn_out_line(&e->source, "        .%s = {%s, {%zu, %.*s}},", member, kind, bound->field->index,
                 DYN_ARG(source));
}

static struct dynr_str bound_source(struct c_emit *e, struct c_body *body,
                                    const struct dyn_plan_bound *bound)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return dynr_str_make("", 0);
    }
    return c_source(e, body, bound->field, bound->value, C_VALUE_COMPARED, NULL);
}

/** What a variant's row refers to. */
struct variant_parts {
    size_t n_bindings;
    struct dynr_str filter;
    struct dynr_str applies;
    struct dynr_str row_filter;
};

static struct variant_parts emit_parts(struct c_emit *e, struct c_body *body,
                                       const struct dyn_plan_variant *variant, struct dynr_str name)
{
    struct variant_parts parts = {0};
    parts.n_bindings = emit_bindings(e, body, variant, name);
    parts.filter = c_filter(e, body, &variant->filter, name);
    if (variant->n_guards > 0) {
        parts.applies = c_condition_function(e, body, variant->guards, variant->n_guards, NULL);
    }
    return parts;
}

/** One element of a table of variants. */
static void emit_variant(struct c_emit *e, struct c_body *body,
                         const struct dyn_plan_variant *variant, const struct variant_parts *parts,
                         struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    struct dynr_str low = bound_source(e, body, &variant->low);
    struct dynr_str high = bound_source(e, body, &variant->high);
    size_t n_equal = variant->n_equal;
    dyn_out_line(out, "    {");
    if (parts->applies.len > 0) {
        dyn_out_line(out, "        .applies = %.*s,", DYN_ARG(parts->applies));
    }
    dyn_out_line(out, "        .path = &%.*s,", DYN_ARG(c_path_symbol(e, variant->path)));
    if (variant->path->kind == DYN_PATH_UNIQUE) {
        /* The guard tells the key; the row is then read by its whole key. */
        const struct dyn_plan_path *row_path = get_path(variant->path->entity);
        n_equal = sort_values_of(row_path->sort);
        dyn_out_line(out, "        .row_path = &%.*s,", DYN_ARG(c_path_symbol(e, row_path)));
    }
    if (parts->n_bindings > 0) {
        dyn_out_line(out, "        .bindings = bindings_%.*s,", DYN_ARG(name));
        dyn_out_line(out, "        .n_bindings = %zu,", parts->n_bindings);
    }
    if (n_equal > 0) {
        dyn_out_line(out, "        .n_equal = %zu,", n_equal);
    }
    if (variant->last_is_prefix) {
        dyn_out_line(out, "        .last_is_prefix = true,");
    }
    emit_end(e, &variant->low, "low", low);
    emit_end(e, &variant->high, "high", high);
    if (parts->filter.len > 0) {
        dyn_out_line(out, "        .filter = &%.*s,", DYN_ARG(parts->filter));
    }
    if (parts->row_filter.len > 0) {
        dyn_out_line(out, "        .row_filter = &%.*s,", DYN_ARG(parts->row_filter));
    }
    dyn_out_line(out, "    },");
}

size_t c_variants_define(struct c_emit *e, struct c_body *body,
                         const struct dyn_plan_variant *variants, size_t n, struct dynr_str name,
                         struct dynr_str row, const struct dyn_plan_shape *shape)
{
    struct variant_parts *parts = dynr_arena_calloc(e->arena, n + 1, sizeof *parts);
    size_t n_written = 0;
    struct c_policy_site site = {.body = body,
                                 .predicate = n == 0 ? NULL : &variants[0].row_filter,
                                 .name = dynr_arena_printf(e->arena, "%.*s_rows", DYN_ARG(name)),
                                 .row = row,
                                 .shape = shape};
    /* Switches do not change what a policy says: it is one for all variants. */
    struct dynr_str row_filter = n == 0 ? site.name : c_policy_define(e, &site);
    for (size_t i = 0; i < n; i++) {
        if (!variants[i].empty) {
            parts[i] = emit_parts(e, body, &variants[i], numbered(e, name, i, n));
            parts[i].row_filter = row_filter;
            n_written++;
        }
    }
    if (n_written == 0) {
        return 0;
    }
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_variant variants_%.*s[] = {", DYN_ARG(name));
    for (size_t i = 0; i < n; i++) {
        if (!variants[i].empty) {
            emit_variant(e, body, &variants[i], &parts[i], numbered(e, name, i, n));
        }
    }
    dyn_out_line(&e->source, "};");
    return n_written;
}

/** The child's reference to its root: the root's key, member by member. */
void c_links_define(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str root,
                    const struct dyn_relation *relation, struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    const struct dyn_model *owner = shape->model;
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_link links_%.*s[] = {", DYN_ARG(name));
    for (size_t i = 0; i < owner->n_key_fields; i++) {
        const struct dyn_field *part = owner->fields[i];
        dyn_out_line(out,
                     "    {%zu, offsetof(struct %.*s_key, %.*s), offsetof(struct %.*s, %.*s), "
                     "sizeof(%.*s)},",
                     relation->via->index, DYN_ARG(c_model_name(e, owner)),
                     DYN_ARG(c_member(e, part->name)), DYN_ARG(root),
                     DYN_ARG(c_shape_member(e, shape, part)), DYN_ARG(c_type(e, part->type)));
    }
    dyn_out_line(out, "};");
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

/** The gate of the query: one for all variants, those included that read nothing. */
static struct dynr_str emit_gate(struct c_emit *e, const struct c_body *body)
{
    const struct dyn_plan_query *query = body->plan->query;
    if (query->n_variants == 0) {
        return dynr_str_make("", 0);
    }
    const struct c_policy_site site = {
        .body = body,
        .predicate = &query->variants[0].gate,
        .name = dynr_arena_printf(e->arena, "%.*s_gate", DYN_ARG(body->name))};
    return c_policy_define(e, &site);
}

/** What the table of the whole refers to. */
struct query_parts {
    struct dynr_str gate;
    size_t n_variants;
    size_t n_includes;
    size_t n_aggregates;
    struct dynr_str take;
};

static struct query_parts emit_query_parts(struct c_emit *e, struct c_body *body)
{
    const struct dyn_plan_query *query = body->plan->query;
    struct dynr_str row_name = dynr_arena_printf(e->arena, "%.*s_row", DYN_ARG(body->name));
    struct dynr_str root = c_shape_name(e, &query->shape, row_name);
    struct query_parts parts = {.gate = emit_gate(e, body)};
    if (query->is_aggregate) {
        parts.n_variants = c_variants_define(e, body, query->variants, query->n_variants,
                                             body->name, c_aggregate_row_name(e, body->plan),
                                             c_aggregate_row_shape(e, body->plan));
        c_values_define(e, body, root);
        return parts;
    }
    parts.n_variants = c_variants_define(e, body, query->variants, query->n_variants, body->name,
                                         root, &query->shape);
    parts.n_includes = c_includes_define(e, body, &query->shape, row_name, body->name);
    parts.n_aggregates = c_aggregates_define(e, body, root);
    if (query->take != NULL) {
        parts.take = c_int64_source(e, body, query->take);
    }
    return parts;
}

static void emit_below(struct c_emit *e, const struct c_body *body, const struct query_parts *parts)
{
    struct dyn_out *out = &e->source;
    if (parts->n_includes > 0) {
        dyn_out_line(out, "    .includes = includes_%.*s,", DYN_ARG(body->name));
        dyn_out_line(out, "    .n_includes = %zu,", parts->n_includes);
    }
    if (parts->n_aggregates > 0) {
        dyn_out_line(out, "    .aggregates = aggregates_%.*s,", DYN_ARG(body->name));
        dyn_out_line(out, "    .n_aggregates = %zu,", parts->n_aggregates);
    }
    if (body->plan->query->is_aggregate) {
        dyn_out_line(out, "    .values = &values_of_%.*s,", DYN_ARG(body->name));
    }
}

void c_emit_query_body(struct c_emit *e, struct c_body *body)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_query *query = body->plan->query;
    const struct query_parts parts = emit_query_parts(e, body);
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_query_body query_%.*s = {", DYN_ARG(body->name));
    dyn_out_line(out, "    .entity = &%.*s_entity,",
                 DYN_ARG(c_model_name(e, query->entity->model)));
    if (parts.gate.len > 0) {
        dyn_out_line(out, "    .gate = &%.*s,", DYN_ARG(parts.gate));
    }
    if (parts.n_variants > 0) {
        dyn_out_line(out, "    .variants = variants_%.*s,", DYN_ARG(body->name));
        dyn_out_line(out, "    .n_variants = %zu,", parts.n_variants);
    }
    if (query->single_row) {
        dyn_out_line(out, "    .single_row = true,");
    }
    if (query->descending) {
        dyn_out_line(out, "    .descending = true,");
    }
    if (parts.take.len > 0) {
        dyn_out_line(out, "    .take = %.*s,", DYN_ARG(parts.take));
    }
    emit_below(e, body, &parts);
    dyn_out_line(out, "};");
}
