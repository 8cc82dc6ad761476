/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that included rows refer to: the other side of a link, or any reference of theirs. */
#include "emit/c/c_policy.h"

/** How to get from a root to the rows of `outer`. */
static void emit_step(struct c_emit *e, struct dynr_str root, const struct dyn_plan_include *outer,
                      struct dynr_str child)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "static const struct dynr_include_step below = {");
    dyn_out_line(out, "    offsetof(struct %.*s, %.*s), %s, sizeof(struct %.*s)};", DYN_ARG(root),
                 DYN_ARG(c_member(e, outer->name)), outer->many ? "true" : "false", DYN_ARG(child));
}

/** Where the key stands in a row of the struct `row`, and where the row that it leads to goes. */
static void emit_key_include(struct c_emit *e, const struct dyn_plan_shape *shape,
                             struct dynr_str row, struct dynr_str path,
                             const struct dyn_plan_include *include)
{
    struct dyn_out *out = &e->source;
    struct dynr_str key = c_shape_member(e, shape, include->field);
    struct dynr_str desc = c_include_name(e, include, path);
    dyn_out_line(out, "static const struct dynr_key_include include = {");
    dyn_out_line(out, "    &%.*s_entity, &%.*s_struct,", DYN_ARG(c_model_name(e, include->model)),
                 DYN_ARG(desc));
    if (include->field->type->optional) {
        dyn_out_line(out, "    offsetof(struct %.*s, %.*s), offsetof(struct %.*s, has_%.*s),",
                     DYN_ARG(row), DYN_ARG(key), DYN_ARG(row), DYN_ARG(key));
    } else {
        dyn_out_line(out, "    offsetof(struct %.*s, %.*s), DYNR_REQUIRED,", DYN_ARG(row),
                     DYN_ARG(key));
    }
    dyn_out_line(out, "    offsetof(struct %.*s, %.*s)};", DYN_ARG(row),
                 DYN_ARG(c_member(e, include->name)));
}

/** The call itself, and what it needs of a policy. `path`: the struct path of the rows that are read. */
static void emit_read(struct c_emit *e, const struct dyn_plan_procedure *plan,
                      const struct dyn_plan_include *include, struct dynr_str root,
                      struct dynr_str path, const char *step)
{
    struct dyn_out *out = &e->source;
    bool is_limited = include->variant.row_filter.expr != NULL;
    if (is_limited) {
        c_policy_call(e, plan, c_policy_name(e, path, "rows"), "allowed");
    }
    dyn_out_line(out,
                 "status = dynr_include_rows(client, &include, %s, %s, rows.items, rows.n_items,",
                 step, is_limited ? "&allowed" : "NULL");
    dyn_out_line(out, "                           sizeof(struct %.*s), arena, err);",
                 DYN_ARG(root));
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
}

static void open_block(struct dyn_out *out)
{
    dyn_out_line(out, "    {");
    dyn_out_indent(out);
    dyn_out_indent(out);
}

static void close_block(struct dyn_out *out)
{
    dyn_out_outdent(out);
    dyn_out_outdent(out);
    dyn_out_line(out, "    }");
}

static struct dynr_str path_below(struct c_emit *e, struct dynr_str path,
                                  const struct dyn_plan_include *include)
{
    struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(path), DYN_ARG(own));
}

void c_emit_limited_reference(struct c_emit *e, const struct dyn_plan_procedure *plan,
                              struct dynr_str root, struct dynr_str root_path,
                              const struct dyn_plan_include *include)
{
    open_block(&e->source);
    emit_key_include(e, &plan->query->shape, root, root_path, include);
    emit_read(e, plan, include, root, path_below(e, root_path, include), "NULL");
    close_block(&e->source);
}

void c_emit_includes_below(struct c_emit *e, const struct dyn_plan_procedure *plan,
                           struct dynr_str root, struct dynr_str root_path,
                           const struct dyn_plan_include *outer, struct dynr_str child)
{
    struct dynr_str path = path_below(e, root_path, outer);
    for (size_t i = 0; i < outer->shape.n_members; i++) {
        const struct dyn_plan_include *include = outer->shape.members[i].include;
        if (include == NULL) {
            continue;
        }
        open_block(&e->source);
        emit_step(e, root, outer, child);
        emit_key_include(e, &outer->shape, child, path, include);
        emit_read(e, plan, include, root, path_below(e, path, include), "&below");
        close_block(&e->source);
    }
}
