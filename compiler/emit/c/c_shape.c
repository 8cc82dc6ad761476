/* SPDX-License-Identifier: Apache-2.0 */
/* The structs of what queries return, and the tables that describe them. */
#include "emit/c/c_emit.h"

struct dynr_str c_shape_member(struct c_emit *e, const struct dyn_plan_shape *shape,
                               const struct dyn_field *field)
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

struct dynr_str c_shape_name(struct c_emit *e, const struct dyn_plan_shape *shape,
                             struct dynr_str name)
{
    return shape->members == NULL ? c_model_name(e, shape->model) : name;
}

struct dynr_str c_include_name(struct c_emit *e, const struct dyn_plan_include *include,
                               struct dynr_str name)
{
    struct dynr_str own = dyn_name_snake(e->arena, include->name->text);
    struct dynr_str nested = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
    return c_shape_name(e, &include->shape, nested);
}

static void define_aggregate(struct c_emit *e, const struct dyn_aggregate *aggregate)
{
    struct dyn_out *out = &e->header;
    struct dynr_str own = c_member(e, aggregate->name);
    struct dynr_str type = c_type(e, aggregate->type);
    if (aggregate->type->optional) {
        dyn_out_line(out, "/** False: there is no row to take it from. */");
        dyn_out_line(out, "bool has_%.*s;", DYN_ARG(own));
    }
    dyn_out_line(out, "%.*s %.*s;", DYN_ARG(type), DYN_ARG(own));
}

static void define_members(struct c_emit *e, const struct dyn_plan_shape *shape,
                           struct dynr_str name)
{
    struct dyn_out *out = &e->header;
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        struct dynr_str own = c_member(e, member->name);
        if (member->kind == DYN_MEMBER_FIELD) {
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
            dyn_out_line(out, "struct %.*s %.*s;", DYN_ARG(c_array_struct(e, type, child)),
                         DYN_ARG(own));
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

static void shape_tables(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name)
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
            struct dynr_str child = c_include_name(e, member->include, name);
            types[i] = member->include->many ? c_array_desc(e, child) : c_row_desc(e, child);
        }
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        types[shape->n_members + i] = c_type_desc(e, shape->hidden[i]->type);
    }
    c_member_table_open(e, name);
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        bool stored = member->kind == DYN_MEMBER_FIELD;
        bool optional =
            stored ? member->field->type->optional
                   : member->aggregate != NULL && member->aggregate->aggregate->type->optional;
        c_member_row(e, name, member->name->text,
                     stored ? member->field->attribute : (struct dynr_str){0},
                     c_member(e, member->name), "", optional, types[i]);
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        const struct dyn_field *field = shape->hidden[i];
        struct dynr_str member = c_shape_member(e, shape, field);
        c_member_row(e, name, member, field->attribute, member, "DYNR_FIELD_HIDDEN",
                     field->type->optional, types[shape->n_members + i]);
    }
    c_member_table_close(e, name, name, n, false, 0);
}

struct dynr_str c_shape_define(struct c_emit *e, const struct dyn_plan_shape *shape,
                               struct dynr_str name, struct dynr_str doc)
{
    if (shape->members == NULL) {
        return c_model_name(e, shape->model);
    }
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        if (member->kind == DYN_MEMBER_INCLUDE) {
            struct dynr_str own = dyn_name_snake(e->arena, member->name->text);
            struct dynr_str nested =
                dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(own));
            struct dynr_str nested_doc = dynr_arena_printf(e->arena, "`%.*s` of an output row.",
                                                           DYN_ARG(member->name->text));
            (void)c_shape_define(e, &member->include->shape, nested, nested_doc);
        } else {
            (void)c_type(e, member->kind == DYN_MEMBER_FIELD ? member->field->type
                                                             : member->aggregate->aggregate->type);
        }
    }
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
