/* SPDX-License-Identifier: Apache-2.0 */
/* Procedures by their paths: what a client must know to call and to watch them. */
#include "emit/js/js.h"

/* ---- defaults ------------------------------------------------------------------------------------------------ */

static void write_defaults(struct js_emit *e, const struct dyn_procedure *procedure)
{
    struct dynr_str all = {0};
    for (size_t i = 0; i < procedure->n_arguments; i++) {
        const struct dyn_field *argument = procedure->arguments[i];
        if (argument->default_value == NULL) {
            continue;
        }
        struct dynr_str value = js_value_as(e, argument->default_value, argument->type);
        all = dynr_arena_printf(e->arena, "%.*s%s%.*s: %.*s", (int)all.len,
                                all.len == 0 ? "" : all.ptr, all.len == 0 ? "" : ", ",
                                DYN_JS_ARG(argument->name->text), DYN_JS_ARG(value));
    }
    if (all.len > 0) {
        dyn_out_line(&e->out, "defaults: { %.*s },", DYN_JS_ARG(all));
    }
}

/* ---- outputs ------------------------------------------------------------------------------------------------- */

static struct dynr_str shape_codec(struct js_emit *e, const struct dyn_plan_shape *shape);

static struct dynr_str member_codec(struct js_emit *e, const struct dyn_plan_member *member)
{
    switch (member->kind) {
    case DYN_MEMBER_FIELD:
        return js_codec(e, member->field->type);
    case DYN_MEMBER_AGGREGATE:
        return js_codec(e, member->aggregate->aggregate->type);
    case DYN_MEMBER_INCLUDE:
        break;
    }
    struct dynr_str row = shape_codec(e, &member->include->shape);
    bool is_list = row.len > 0 && member->include->many;
    return is_list ? dynr_arena_printf(e->arena, "{ each: %.*s }", DYN_JS_ARG(row)) : row;
}

static struct dynr_str shape_codec(struct js_emit *e, const struct dyn_plan_shape *shape)
{
    if (shape->members == NULL) {
        return js_fields_codec(e, (const struct dyn_field *const *)shape->model->fields,
                               shape->model->n_fields);
    }
    struct dynr_str all = {0};
    for (size_t i = 0; i < shape->n_members; i++) {
        struct dynr_str codec = member_codec(e, &shape->members[i]);
        if (codec.len > 0) {
            all = dynr_arena_printf(e->arena, "%.*s%s%.*s: %.*s", (int)all.len,
                                    all.len == 0 ? "" : all.ptr, all.len == 0 ? "" : ", ",
                                    DYN_JS_ARG(shape->members[i].name->text), DYN_JS_ARG(codec));
        }
    }
    return all.len == 0 ? all
                        : dynr_arena_printf(e->arena, "{ fields: { %.*s } }", DYN_JS_ARG(all));
}

static struct dynr_str output_codec(struct js_emit *e, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    if (plan->query != NULL) {
        struct dynr_str row = shape_codec(e, &plan->query->shape);
        bool is_list = row.len > 0 && !plan->query->single_row && !plan->query->is_aggregate;
        return is_list ? dynr_arena_printf(e->arena, "{ each: %.*s }", DYN_JS_ARG(row)) : row;
    }
    if (procedure->result_model != NULL) {
        const struct dyn_model *model = procedure->result_model;
        return js_fields_codec(e, (const struct dyn_field *const *)model->fields, model->n_fields);
    }
    return procedure->result_type != NULL ? js_codec(e, procedure->result_type)
                                          : dynr_str_make(NULL, 0);
}

/* ---- client-made ids --------------------------------------------------------------------------------------- */

static void write_ids(struct js_emit *e, const struct dyn_procedure *procedure)
{
    struct dynr_str all = {0};
    for (size_t i = 0; i < procedure->n_writes; i++) {
        const struct dyn_write *write = &procedure->writes[i];
        for (size_t k = 0; k < write->model->n_fields; k++) {
            const struct dyn_field *field = write->model->fields[k];
            if (js_takes_id(write, field)) {
                all = dynr_arena_printf(e->arena, "%.*s%s\"%s\"", (int)all.len,
                                        all.len == 0 ? "" : all.ptr, all.len == 0 ? "" : ", ",
                                        field->type->kind == DYN_TYPE_ULID ? "ulid" : "uuid");
            }
        }
    }
    if (all.len > 0) {
        dyn_out_line(&e->out, "ids: [%.*s],", DYN_JS_ARG(all));
    }
}

/* ---- procedures ---------------------------------------------------------------------------------------------- */

static void write_procedure(struct js_emit *e, const struct dyn_plan_procedure *plan)
{
    struct dyn_out *out = &e->out;
    const struct dyn_procedure *procedure = plan->procedure;
    bool is_mutation = procedure->kind == DYN_PROCEDURE_MUTATION || procedure->is_mutation;
    struct dynr_str path = js_string(e, procedure->path);
    dyn_out_line(out, "%.*s: {", DYN_JS_ARG(path));
    dyn_out_indent(out);
    dyn_out_line(out, "kind: \"%s\",", is_mutation ? "mutation" : "query");
    struct dynr_str input = js_fields_codec(
        e, (const struct dyn_field *const *)procedure->arguments, procedure->n_arguments);
    if (input.len > 0) {
        dyn_out_line(out, "input: %.*s,", DYN_JS_ARG(input));
    }
    struct dynr_str output = output_codec(e, plan);
    if (output.len > 0) {
        dyn_out_line(out, "output: %.*s,", DYN_JS_ARG(output));
    }
    write_defaults(e, procedure);
    write_ids(e, procedure);
    if (plan->live != NULL) {
        js_write_view(e, plan->live, output);
    }
    js_write_optimistic(e, plan);
    dyn_out_outdent(out);
    dyn_out_line(out, "},");
}

void js_write_procedures(struct js_emit *e)
{
    dyn_out_line(&e->out, "procedures: {");
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < e->plan->n_procedures; i++) {
        write_procedure(e, e->plan->procedures[i]);
    }
    dyn_out_outdent(&e->out);
    dyn_out_line(&e->out, "},");
}
