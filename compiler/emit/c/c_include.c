/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that included rows refer to: the other side of a link, or any reference of theirs. */
#include "emit/c/c_emit.h"

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
static void emit_key_include(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str row,
                             const struct dyn_plan_include *include)
{
    struct dyn_out *out = &e->source;
    struct dynr_str key = c_shape_member(e, shape, include->field);
    struct dynr_str desc = c_include_name(e, include, row);
    dyn_out_line(out, "static const struct dynr_key_include include = {");
    dyn_out_line(out, "    &%.*s_entity, &%.*s_struct,", DYN_ARG(c_model_name(e, include->model)), DYN_ARG(desc));
    if (include->field->type->optional) {
        dyn_out_line(out, "    offsetof(struct %.*s, %.*s), offsetof(struct %.*s, has_%.*s),", DYN_ARG(row),
                     DYN_ARG(key), DYN_ARG(row), DYN_ARG(key));
    } else {
        dyn_out_line(out, "    offsetof(struct %.*s, %.*s), DYNR_REQUIRED,", DYN_ARG(row), DYN_ARG(key));
    }
    dyn_out_line(out, "    offsetof(struct %.*s, %.*s)};", DYN_ARG(row), DYN_ARG(c_member(e, include->name)));
}

static void emit_below(struct c_emit *e, struct dynr_str root, const struct dyn_plan_include *outer,
                       struct dynr_str child, const struct dyn_plan_include *include)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "    {");
    dyn_out_indent(out);
    dyn_out_indent(out);
    emit_step(e, root, outer, child);
    emit_key_include(e, &outer->shape, child, include);
    dyn_out_line(out,
                 "status = dynr_include_rows(client, &include, &below, NULL, rows.items, rows.n_items,");
    dyn_out_line(out, "                           sizeof(struct %.*s), arena, err);", DYN_ARG(root));
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
    dyn_out_outdent(out);
    dyn_out_outdent(out);
    dyn_out_line(out, "    }");
}

void c_emit_includes_below(struct c_emit *e, struct dynr_str root, const struct dyn_plan_include *outer,
                           struct dynr_str child)
{
    for (size_t i = 0; i < outer->shape.n_members; i++) {
        const struct dyn_plan_member *member = &outer->shape.members[i];
        if (member->kind == DYN_MEMBER_INCLUDE) {
            emit_below(e, root, outer, child, member->include);
        }
    }
}
