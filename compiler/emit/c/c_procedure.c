/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs, outputs and functions of procedures, and the table by which hosts dispatch. */
#include "emit/c/c_policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "header_tmpl.h"
#include "procedure_tmpl.h"

struct dynr_str c_procedure_name(struct c_emit *e, const struct dyn_procedure *procedure)
{
    char *path = dynr_arena_text(e->arena, procedure->path.len + 1);
    for (size_t i = 0; i < procedure->path.len; i++) {
        path[i] = procedure->path.ptr[i] == '.' ? '_' : procedure->path.ptr[i];
    }
    path[procedure->path.len] = '\0';
    struct dynr_str snake = dyn_name_snake(e->arena, dynr_str_make(path, procedure->path.len));
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(e->prefix), DYN_ARG(snake));
}

bool c_takes_caller(const struct dyn_plan_procedure *plan)
{
    return plan->procedure->context != NULL;
}

/** What `out` points to; empty: the procedure has no output. */
struct output {
    struct dynr_str type;
    /** The struct whose table describes one output row, or empty. */
    struct dynr_str row;
    bool is_list;
    const struct dyn_type *scalar;
};

static struct output define_query_output(struct c_emit *e, const struct dyn_plan_procedure *plan,
                                         struct dynr_str name)
{
    struct output output = {.is_list = !plan->query->single_row && !plan->query->is_aggregate};
    struct dynr_str doc =
        dynr_arena_printf(e->arena, "A row of `%.*s`.", DYN_ARG(plan->procedure->path));
    struct dynr_str row_name = dynr_arena_printf(e->arena, "%.*s_row", DYN_ARG(name));
    output.row = c_shape_define(e, &plan->query->shape, row_name, doc);
    c_aggregate_rows_define(e, plan, output.row);
    if (!output.is_list) {
        output.type = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(output.row));
        return output;
    }
    struct dynr_str list = dynr_arena_printf(e->arena, "%.*s_output", DYN_ARG(name));
    dyn_out_section(&e->header, "types");
    dyn_out_blank(&e->header);
    dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(list));
    dyn_out_line(&e->header, "    struct %.*s *items;", DYN_ARG(output.row));
    dyn_out_line(&e->header, "    size_t n_items;");
    dyn_out_line(&e->header, "};");
    output.type = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(list));
    return output;
}

static struct output define_output(struct c_emit *e, const struct dyn_plan_procedure *plan,
                                   struct dynr_str name)
{
    const struct dyn_procedure *procedure = plan->procedure;
    struct output output = {0};
    if (plan->query != NULL) {
        return define_query_output(e, plan, name);
    }
    if (procedure->result_model != NULL) {
        output.row = c_model_name(e, procedure->result_model);
        output.type = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(output.row));
    } else if (procedure->result_type != NULL) {
        output.scalar = procedure->result_type;
        output.type = c_type(e, procedure->result_type);
    }
    return output;
}

static void doc_queries(struct dynr_buf *doc, const struct dyn_plan_query *query)
{
    for (size_t i = 0; i < query->n_variants; i++) {
        const struct dyn_plan_variant *variant = &query->variants[i];
        if (variant->empty) {
            continue;
        }
        dynr_buf_append_c(doc, "\nReads ");
        dynr_buf_append_str(doc, variant->path->key_condition);
        if (variant->filter.text.len > 0) {
            dynr_buf_append_c(doc, ", then keeps ");
            dyn_expr_write(variant->filter.expr, doc);
        }
        dynr_buf_append_c(doc, ".");
    }
}

static struct dynr_str procedure_doc(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    struct dynr_buf doc;
    dynr_buf_init(&doc, NULL, 0);
    if (procedure->doc.len > 0) {
        dynr_buf_append_str(&doc, procedure->doc);
        dynr_buf_append_c(&doc, "\n\n");
    }
    dynr_buf_printf(&doc, "`%.*s`", DYN_ARG(procedure->path));
    if (procedure->kind == DYN_PROCEDURE_EXTERN) {
        dynr_buf_append_c(&doc, ": written by the application.");
    } else {
        dynr_buf_printf(&doc, ": about %.1f read units and %.1f write units a call.",
                        plan->cost.read_typical, plan->cost.write_typical);
    }
    if (plan->query != NULL) {
        doc_queries(&doc, plan->query);
    }
    struct dynr_str text = dynr_arena_dup(e->arena, dynr_buf_str(&doc));
    dynr_buf_cleanup(&doc);
    return text;
}

static void define_input(struct c_emit *e, const struct dyn_procedure *procedure,
                         struct dynr_str input)
{
    if (procedure->n_arguments == 0) {
        return;
    }
    struct dynr_str doc =
        dynr_arena_printf(e->arena, "Arguments of `%.*s`.", DYN_ARG(procedure->path));
    c_struct_define(e, input, doc, procedure->arguments, procedure->n_arguments);
    c_struct_tables(e, input, procedure->path, procedure->arguments, procedure->n_arguments,
                    C_STRUCT_INPUT);
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    tmpl_header_init(&e->header, &(struct tmpl_header_init){.name = input});
}

/** " const struct todo_caller *caller, const struct todo_todos_list_input *input,", as far as there are such. */
static struct dynr_str input_parameters(struct c_emit *e, const struct c_body *body)
{
    struct dynr_str caller = dynr_str_from_c("");
    struct dynr_str input = caller;
    if (body->caller.len > 0) {
        caller = dynr_arena_printf(e->arena, " const struct %.*s *caller,", DYN_ARG(body->caller));
    }
    if (body->input.len > 0) {
        input = dynr_arena_printf(e->arena, " const struct %.*s *input,", DYN_ARG(body->input));
    }
    return dynr_arena_printf(e->arena, "%.*s%.*s", DYN_ARG(caller), DYN_ARG(input));
}

static struct dynr_str output_parameter(struct c_emit *e, const struct output *output)
{
    if (output->type.len == 0) {
        return dynr_str_from_c("");
    }
    return dynr_arena_printf(e->arena, "%.*s *out, ", DYN_ARG(output->type));
}

static struct dynr_str argument(bool is_there, const char *name)
{
    return dynr_str_from_c(is_there ? name : "NULL");
}

/** The function that people call: one call with the procedure's table, inline. */
static void emit_function(struct c_emit *e, const struct c_body *body, const struct output *output)
{
    tmpl_procedure_function(&e->header,
                            &(struct tmpl_procedure_function){
                                .name = body->name,
                                .inputs = input_parameters(e, body),
                                .output = output_parameter(e, output),
                                .caller_argument = argument(body->caller.len > 0, "caller"),
                                .input_argument = argument(body->input.len > 0, "input"),
                                .output_argument = argument(output->type.len > 0, "out"),
                            });
}

/** A procedure that the application writes: declared, and called through a function of the table's type. */
static void emit_extern(struct c_emit *e, const struct c_body *body, const struct output *output)
{
    struct dyn_out *out = &e->source;
    struct dynr_str function = body->plan->procedure->extern_symbol;
    bool takes_caller = body->caller.len > 0;
    bool takes_input = body->input.len > 0;
    tmpl_procedure_extern_function(&e->header, &(struct tmpl_procedure_extern_function){
                                                   .name = function,
                                                   .inputs = input_parameters(e, body),
                                                   .output = output_parameter(e, output),
                                               });
    dyn_out_section(out, "values");
    dyn_out_blank(out);
    tmpl_procedure_thunk_open(out, &(struct tmpl_procedure_thunk_open){.name = body->name});
    dyn_out_indent(out);
    if (!takes_caller) {
        dyn_out_line(out, "(void)caller;");
    }
    if (!takes_input) {
        dyn_out_line(out, "(void)input;");
    }
    if (output->type.len == 0) {
        dyn_out_line(out, "(void)output;");
    }
    dyn_out_line(out, "return %.*s(client, %s%sarena, %serr);", DYN_ARG(function),
                 takes_caller ? "caller, " : "", takes_input ? "input, " : "",
                 output->type.len > 0 ? "output, " : "");
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
}

static const char *kind_of(const struct dyn_procedure *procedure)
{
    bool is_query = procedure->kind == DYN_PROCEDURE_QUERY ||
                    (procedure->kind == DYN_PROCEDURE_EXTERN && !procedure->is_mutation);
    return is_query ? "DYNR_PROCEDURE_QUERY" : "DYNR_PROCEDURE_MUTATION";
}

/** The table of the procedure, and its line in the list. */
static void emit_table(struct c_emit *e, const struct c_body *body, const struct output *output,
                       struct dynr_str view)
{
    struct dyn_out *out = &e->source;
    const struct dyn_procedure *procedure = body->plan->procedure;
    struct dynr_str scalar = {0};
    if (output->scalar != NULL) {
        scalar = c_type_desc(e, output->scalar);
    }
    dyn_out_blank(out);
    dyn_out_line(out, "const struct dynr_procedure_desc %.*s_procedure = {", DYN_ARG(body->name));
    dyn_out_line(out, "    .path = %.*s,", DYN_ARG(c_string(e, procedure->path)));
    dyn_out_line(out, "    .kind = %s,", kind_of(procedure));
    if (procedure->once) {
        dyn_out_line(out, "    .once = true,");
    }
    if (body->input.len > 0) {
        dyn_out_line(out, "    .input = &%.*s_struct,", DYN_ARG(body->input));
    }
    if (output->row.len > 0) {
        dyn_out_line(out, "    .output = &%.*s_struct,", DYN_ARG(output->row));
    }
    if (output->is_list) {
        dyn_out_line(out, "    .output_is_list = true,");
    }
    if (scalar.len > 0) {
        dyn_out_line(out, "    .output_scalar = &%.*s,", DYN_ARG(scalar));
    }
    if (output->type.len > 0) {
        dyn_out_line(out, "    .output_size = sizeof(%.*s),", DYN_ARG(output->type));
    }
    if (body->caller.len > 0) {
        dyn_out_line(out, "    .caller = &%.*s_struct,", DYN_ARG(body->caller));
    }
    const char *member = procedure->kind == DYN_PROCEDURE_EXTERN ? "run = run_"
                         : body->plan->query != NULL             ? "query = &query_"
                                                                 : "mutation = &mutation_";
    dyn_out_line(out, "    .%s%.*s,", member, DYN_ARG(body->name));
    if (view.len > 0) {
        dyn_out_line(out, "    .view = &%.*s,", DYN_ARG(view));
    }
    dyn_out_line(out, "};");
    dyn_out_section(out, "table");
    dyn_out_line(out, "    &%.*s_procedure,", DYN_ARG(body->name));
}

static void emit_procedure(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    bool is_extern = procedure->kind == DYN_PROCEDURE_EXTERN;
    struct c_body body = {.plan = plan, .name = c_procedure_name(e, procedure)};
    if (procedure->n_arguments > 0) {
        body.input = dynr_arena_printf(e->arena, "%.*s_input", DYN_ARG(body.name));
    }
    if (c_takes_caller(plan)) {
        body.caller = c_name(e, procedure->context->name);
    }
    struct dynr_str table = dynr_arena_printf(e->arena, "%.*s_procedure", DYN_ARG(body.name));
    define_input(e, procedure, body.input);
    struct output output = define_output(e, plan, body.name);
    dyn_out_section(&e->header, "tables");
    dyn_out_line(&e->header, "extern const struct dynr_procedure_desc %.*s;", DYN_ARG(table));
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    dyn_out_comment(&e->header, procedure_doc(e, plan));
    if (is_extern) {
        emit_extern(e, &body, &output);
    } else {
        emit_function(e, &body, &output);
    }
    dyn_out_section(&e->source, "procedures");
    struct dynr_str view = {0};
    if (plan->query != NULL) {
        c_emit_query_body(e, &body);
    } else if (!is_extern) {
        c_emit_mutation_body(e, &body);
    }
    view = c_emit_view(e, &body);
    emit_table(e, &body, &output, view);
}

static int compare_paths(const void *left, const void *right)
{
    const struct dyn_plan_procedure *const *a = left;
    const struct dyn_plan_procedure *const *b = right;
    return dynr_str_compare((*a)->procedure->path, (*b)->procedure->path);
}

void c_emit_procedures(struct c_emit *e)
{
    size_t n = e->plan->n_procedures;
    if (n == 0) {
        dyn_out_section(&e->source, "table");
        dyn_out_line(&e->source, "static const struct dynr_procedure_table procedure_table;");
    } else {
        /* Hosts find a procedure by bisection. */
        const struct dyn_plan_procedure **sorted = dynr_arena_calloc(e->arena, n, sizeof *sorted);
        for (size_t i = 0; i < n; i++) {
            sorted[i] = e->plan->procedures[i];
        }
        qsort(sorted, n, sizeof *sorted, compare_paths);
        dyn_out_section(&e->header, "functions");
        dyn_out_blank(&e->header);
        tmpl_header_section(&e->header,
                            &(struct tmpl_header_section){.title = dynr_str_from_c("procedures")});
        dyn_out_section(&e->source, "table");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source,
                     "static const struct dynr_procedure_desc *const procedure_list[] = {");
        for (size_t i = 0; i < n; i++) {
            emit_procedure(e, sorted[i]);
        }
        dyn_out_section(&e->source, "table");
        dyn_out_line(&e->source, "};");
    }
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    tmpl_header_procedures(&e->header, &(struct tmpl_header_procedures){.prefix = e->prefix});
}

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint64_t add_to_digest(uint64_t digest, const struct dyn_out *out)
{
    for (size_t i = 0; i < out->n_sections; i++) {
        const struct dyn_out_section *section = &out->sections[i];
        /* The names of files do not matter. */
        size_t len = strcmp(section->name, "open") == 0 ? 0 : section->text.len;
        for (size_t j = 0; j < len; j++) {
            digest = (digest ^ (unsigned char)section->text.ptr[j]) * UINT64_C(0x100000001b3);
        }
    }
    return digest;
}

void c_emit_procedure_table(struct c_emit *e)
{
    size_t n = e->plan->n_procedures;
    dyn_out_section(&e->source, "table");
    if (n > 0) {
        uint64_t digest = UINT64_C(0xcbf29ce484222325);
        digest = add_to_digest(digest, &e->header);
        digest = add_to_digest(digest, &e->source);
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source,
                     "static const struct dynr_procedure_table procedure_table = {procedure_list, "
                     "%zu, UINT64_C(0x%016" PRIx64 ")};",
                     n, digest == 0 ? 1 : digest);
    }
    tmpl_header_procedures_source(&e->source,
                                  &(struct tmpl_header_procedures_source){.prefix = e->prefix});
}
