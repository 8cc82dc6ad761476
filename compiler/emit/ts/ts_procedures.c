/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs of procedures, the map of all of them, and the client as a type. */
#include "emit/docs/describe.h"
#include "emit/ts/ts.h"
#include "ts_procedures_tmpl.h"
#include "ts_types_tmpl.h"

static void put(struct ts_emit *e, const char *text)
{
    dyn_out_str(&e->out, dynr_str_from_c(text));
}

static void open_alias(struct ts_emit *e, struct dynr_str name)
{
    tmpl_ts_types_alias_open(&e->out, &(struct tmpl_ts_types_alias_open){.name = name});
    put(e, " ");
}

static void open_interface(struct ts_emit *e, struct dynr_str name)
{
    tmpl_ts_types_interface_open(&e->out, &(struct tmpl_ts_types_interface_open){.name = name});
    dyn_out_indent(&e->out);
}

static void close_interface(struct ts_emit *e)
{
    dyn_out_outdent(&e->out);
    tmpl_ts_types_interface_close(&e->out);
}

/* ---- inputs ------------------------------------------------------------------------------------------------ */

static bool may_be_left_out(const struct dyn_field *argument)
{
    return argument->type->optional || argument->default_value != NULL;
}

static bool needs_input(const struct dyn_procedure *procedure)
{
    for (size_t i = 0; i < procedure->n_arguments; i++) {
        if (!may_be_left_out(procedure->arguments[i])) {
            return true;
        }
    }
    return false;
}

static void write_input(struct ts_emit *e, const struct dyn_procedure *procedure)
{
    struct dynr_str name = ts_procedure_name(e, procedure, "Input");
    if (procedure->n_arguments == 0) {
        open_alias(e, name);
        put(e, "NoInput;\n");
        return;
    }
    open_interface(e, name);
    for (size_t i = 0; i < procedure->n_arguments; i++) {
        const struct dyn_field *argument = procedure->arguments[i];
        ts_write_field_comment(e, argument);
        ts_write_member_name(e, argument->name, may_be_left_out(argument));
        ts_write_type(e, argument->type, TS_INPUT);
        put(e, ";\n");
    }
    close_interface(e);
}

static void write_one_line_comment(struct ts_emit *e, const char *what,
                                   const struct dyn_procedure *procedure)
{
    dyn_out_comment(&e->out,
                    dynr_arena_printf(e->arena, "%s `%.*s`.", what, DYN_TS_ARG(procedure->path)));
}

/* ---- outputs ----------------------------------------------------------------------------------------------- */

static void write_shape(struct ts_emit *e, const struct dyn_plan_shape *shape);

static void write_include(struct ts_emit *e, const struct dyn_plan_include *include)
{
    if (include->shape.members == NULL) {
        dyn_out_str(&e->out, include->model->name->text);
    } else {
        put(e, "{\n");
        dyn_out_indent(&e->out);
        write_shape(e, &include->shape);
        dyn_out_outdent(&e->out);
        put(e, "}");
    }
    put(e, include->many ? "[]" : " | null");
}

/* The members of a row, one a line. */
static void write_shape(struct ts_emit *e, const struct dyn_plan_shape *shape)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        switch (member->kind) {
        case DYN_MEMBER_FIELD:
            ts_write_model_field_comment(e, shape->model, member->field);
            ts_write_member_name(e, member->name, member->field->type->optional);
            ts_write_field_type(e, shape->model, member->field);
            break;
        case DYN_MEMBER_AGGREGATE:
            ts_write_member_name(e, member->name, member->aggregate->aggregate->type->optional);
            ts_write_type(e, member->aggregate->aggregate->type, TS_OUTPUT);
            break;
        case DYN_MEMBER_INCLUDE:
            ts_write_member_name(e, member->name, false);
            write_include(e, member->include);
            break;
        }
        put(e, ";\n");
    }
}

static void write_query_output(struct ts_emit *e, const struct dyn_procedure *procedure,
                               const struct dyn_plan_query *query)
{
    struct dynr_str output = ts_procedure_name(e, procedure, "Output");
    bool is_single = query->single_row || query->is_aggregate;
    if (query->shape.members == NULL) {
        write_one_line_comment(e, "What comes out of", procedure);
        open_alias(e, output);
        dyn_out_str(&e->out, query->shape.model->name->text);
        put(e, is_single ? ";\n" : "[];\n");
        return;
    }
    struct dynr_str row = is_single ? output : ts_procedure_name(e, procedure, "Row");
    write_one_line_comment(e, is_single ? "What comes out of" : "One row of what comes out of",
                           procedure);
    open_interface(e, row);
    write_shape(e, &query->shape);
    close_interface(e);
    if (!is_single) {
        dyn_out_blank(&e->out);
        write_one_line_comment(e, "What comes out of", procedure);
        open_alias(e, output);
        dyn_out_str(&e->out, row);
        put(e, "[];\n");
    }
}

static void write_result(struct ts_emit *e, const struct dyn_procedure *procedure)
{
    open_alias(e, ts_procedure_name(e, procedure, "Output"));
    if (procedure->result_model != NULL) {
        dyn_out_str(&e->out, procedure->result_model->name->text);
    } else if (procedure->result_type != NULL) {
        ts_write_type(e, procedure->result_type, TS_OUTPUT);
        put(e, procedure->result_type->optional ? " | null" : "");
    } else {
        put(e, "null");
    }
    put(e, ";\n");
}

static void write_procedure_comment(struct ts_emit *e, const struct dyn_plan_procedure *planned)
{
    const struct dyn_procedure *procedure = planned->procedure;
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_str(&text, procedure->doc);
    dynr_buf_append_c(&text, text.len == 0 ? "" : "\n\n");
    dynr_buf_append_c(&text, dyn_procedure_is_mutation(procedure) ? "Mutation" : "Query");
    dynr_buf_append_c(&text, procedure->once ? ", fetched only: " : ": ");
    dyn_describe_cost(planned, &text);
    dynr_buf_append_char(&text, '.');
    if (dynr_buf_ok(&text)) {
        dyn_out_comment(&e->out, dynr_buf_str(&text));
    } else {
        dyn_out_bad_text(&e->out, "a comment", dynr_str_from_c("memory is exhausted"));
    }
    dynr_buf_cleanup(&text);
}

static void write_types_of(struct ts_emit *e, const struct dyn_plan_procedure *planned)
{
    const struct dyn_procedure *procedure = planned->procedure;
    dyn_out_blank(&e->out);
    write_one_line_comment(e, "What goes into", procedure);
    write_input(e, procedure);
    dyn_out_blank(&e->out);
    if (planned->query != NULL) {
        write_query_output(e, procedure, planned->query);
    } else {
        write_one_line_comment(e, "What comes out of", procedure);
        write_result(e, procedure);
    }
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

/** A live query of one row shows `null` where there is none; fetched, it fails. */
static void write_entry(struct ts_emit *e, const struct dyn_plan_procedure *planned)
{
    const struct dyn_procedure *procedure = planned->procedure;
    bool mutation = dyn_procedure_is_mutation(procedure);
    struct dynr_str input = ts_procedure_name(e, procedure, "Input");
    struct dynr_str output = ts_procedure_name(e, procedure, "Output");
    write_procedure_comment(e, planned);
    if (planned->live != NULL && planned->query != NULL && planned->query->single_row) {
        tmpl_ts_procedures_procedure_of_one_row(&e->out,
                                                &(struct tmpl_ts_procedures_procedure_of_one_row){
                                                    .path = procedure->path,
                                                    .input = input,
                                                    .output = output,
                                                });
        return;
    }
    tmpl_ts_procedures_procedure(
        &e->out, &(struct tmpl_ts_procedures_procedure){
                     .path = procedure->path,
                     .kind = dynr_str_from_c(mutation ? "mutation" : "query"),
                     .input = input,
                     .output = output,
                     .watchable = dynr_str_from_c(planned->live != NULL ? "true" : "false"),
                 });
}

static void write_map(struct ts_emit *e)
{
    dyn_out_blank(&e->out);
    tmpl_ts_procedures_procedures_open(&e->out);
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < e->plan->n_procedures; i++) {
        write_entry(e, e->plan->procedures[i]);
    }
    close_interface(e);
}

static void write_call(struct ts_emit *e, const struct dyn_procedure *procedure)
{
    struct dynr_str input = ts_procedure_name(e, procedure, "Input");
    struct dynr_str output = ts_procedure_name(e, procedure, "Output");
    dyn_out_comment(&e->out, procedure->doc);
    if (needs_input(procedure)) {
        tmpl_ts_procedures_call(
            &e->out, &(struct tmpl_ts_procedures_call){
                         .name = procedure->name->text, .input = input, .output = output});
    } else {
        tmpl_ts_procedures_optional_call(
            &e->out, &(struct tmpl_ts_procedures_optional_call){
                         .name = procedure->name->text, .input = input, .output = output});
    }
}

static void write_client(struct ts_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    struct dynr_str name = ts_client_name(e);
    dyn_out_blank(&e->out);
    tmpl_ts_procedures_client_open(&e->out, &(struct tmpl_ts_procedures_client_open){.name = name});
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < program->n_routers; i++) {
        const struct dyn_router *router = program->routers[i];
        dyn_out_comment(&e->out, router->doc);
        tmpl_ts_procedures_router_open(
            &e->out, &(struct tmpl_ts_procedures_router_open){.name = router->name->text});
        dyn_out_indent(&e->out);
        for (size_t j = 0; j < router->n_procedures; j++) {
            write_call(e, router->procedures[j]);
        }
        dyn_out_outdent(&e->out);
        tmpl_ts_procedures_router_close(&e->out);
    }
    close_interface(e);
    dyn_out_blank(&e->out);
    tmpl_ts_procedures_api(&e->out, &(struct tmpl_ts_procedures_api){.client = name});
}

void ts_write_procedures(struct ts_emit *e)
{
    dyn_out_blank(&e->out);
    tmpl_ts_types_section(&e->out,
                          &(struct tmpl_ts_types_section){.title = dynr_str_from_c("procedures")});
    for (size_t i = 0; i < e->plan->n_procedures; i++) {
        write_types_of(e, e->plan->procedures[i]);
    }
    write_map(e);
    write_client(e);
}
