/* SPDX-License-Identifier: Apache-2.0 */
/* What stands under rows, as tables: one row that each refers to, rows below each, and what those include in turn. */
#include "emit/c/c_policy.h"

static struct dynr_str below(struct c_emit *e, struct dynr_str name,
                             const struct dyn_plan_include *include)
{
    struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
}

/** What the row of an include in its table refers to. */
struct include_parts {
    /** What its tables are called after, and the struct of its rows. */
    struct dynr_str name;
    struct dynr_str row;
    /** BY KEY. */
    struct dynr_str row_filter;
    struct dynr_str take;
    size_t n_includes;
};

static void emit_key(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str root,
                     const struct dyn_plan_include *include)
{
    struct dyn_out *out = &e->source;
    struct dynr_str key = c_shape_member(e, shape, include->field);
    dyn_out_line(out, "        .key = offsetof(struct %.*s, %.*s),", DYN_ARG(root), DYN_ARG(key));
    if (include->field->type->optional) {
        dyn_out_line(out, "        .key_presence = offsetof(struct %.*s, has_%.*s),", DYN_ARG(root),
                     DYN_ARG(key));
    } else {
        dyn_out_line(out, "        .key_presence = DYNR_REQUIRED,");
    }
}

static void emit_query(struct c_emit *e, const struct dyn_plan_shape *shape,
                       const struct dyn_plan_include *include, const struct include_parts *parts)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "        .variant = variants_%.*s,", DYN_ARG(parts->name));
    dyn_out_line(out, "        .links = links_%.*s,", DYN_ARG(parts->name));
    dyn_out_line(out, "        .n_links = %zu,", shape->model->n_key_fields);
    if (include->descending) {
        dyn_out_line(out, "        .descending = true,");
    }
    if (parts->take.len > 0) {
        dyn_out_line(out, "        .take = %.*s,", DYN_ARG(parts->take));
    }
}

static void emit_include(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str root,
                         const struct dyn_plan_include *include, const struct include_parts *parts)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "    {");
    dyn_out_line(out, "        .member = offsetof(struct %.*s, %.*s),", DYN_ARG(root),
                 DYN_ARG(c_member(e, include->name)));
    if (include->many) {
        dyn_out_line(out, "        .many = true,");
    }
    dyn_out_line(out, "        .entity = &%.*s_entity,", DYN_ARG(c_model_name(e, include->model)));
    dyn_out_line(out, "        .output = &%.*s_struct,", DYN_ARG(parts->row));
    if (include->kind == DYN_INCLUDE_BY_KEY) {
        emit_key(e, shape, root, include);
    } else {
        emit_query(e, shape, include, parts);
    }
    if (parts->row_filter.len > 0) {
        dyn_out_line(out, "        .row_filter = &%.*s,", DYN_ARG(parts->row_filter));
    }
    if (parts->n_includes > 0) {
        dyn_out_line(out, "        .includes = includes_%.*s,", DYN_ARG(parts->name));
        dyn_out_line(out, "        .n_includes = %zu,", parts->n_includes);
    }
    dyn_out_line(out, "    },");
}

/** Everything that the row of an include in its table refers to. */
static struct include_parts emit_parts(struct c_emit *e, struct c_body *body,
                                       const struct dyn_plan_shape *shape, struct dynr_str row_name,
                                       struct dynr_str name, const struct dyn_plan_include *include)
{
    struct include_parts parts = {.name = below(e, name, include),
                                  .row = c_include_name(e, include, row_name)};
    if (include->kind == DYN_INCLUDE_BY_QUERY) {
        c_links_define(e, shape, c_shape_name(e, shape, row_name), include->relation, parts.name);
        (void)c_variants_define(e, body, &include->variant, 1, parts.name, parts.row,
                                &include->shape);
    } else {
        const struct c_policy_site site = {
            .body = body,
            .predicate = &include->variant.row_filter,
            .name = dynr_arena_printf(e->arena, "%.*s_rows", DYN_ARG(parts.name)),
            .row = parts.row,
            .shape = &include->shape};
        parts.row_filter = c_policy_define(e, &site);
    }
    if (include->take != NULL) {
        parts.take = c_int64_source(e, body, include->take);
    }
    parts.n_includes =
        c_includes_define(e, body, &include->shape, below(e, row_name, include), parts.name);
    return parts;
}

size_t c_includes_define(struct c_emit *e, struct c_body *body, const struct dyn_plan_shape *shape,
                         struct dynr_str row_name, struct dynr_str name)
{
    struct include_parts *parts = dynr_arena_calloc(e->arena, shape->n_members + 1, sizeof *parts);
    size_t n = 0;
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_INCLUDE) {
            parts[i] = emit_parts(e, body, shape, row_name, name, shape->members[i].include);
            n++;
        }
    }
    if (n == 0) {
        return 0;
    }
    struct dynr_str root = c_shape_name(e, shape, row_name);
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_include_desc includes_%.*s[] = {",
                 DYN_ARG(name));
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_INCLUDE) {
            emit_include(e, shape, root, shape->members[i].include, &parts[i]);
        }
    }
    dyn_out_line(&e->source, "};");
    return n;
}
