/* SPDX-License-Identifier: Apache-2.0 */
/* `<namespace>.client.js`, and beside it in `dynr/` the client core, which is the same for all schemas. */
#include "emit/js/js.h"

#include "js_core.h"
#include "schema_tmpl.h"

static void report_bug(const struct dyn_emit_input *input, const char *fault)
{
    struct dyn_span nowhere = {0, 0, 0};
    struct dyn_diag *diag =
        dyn_report(input->diags, DYN_CODE_SELF_CHECK, nowhere,
                   "the JavaScript emitter produced text that may not stand there");
    dyn_diag_fact(input->diags, diag, "%s", fault);
    dyn_diag_help(input->diags, diag, "this is a bug in dynrc; please report it");
}

/** `E.Priority`: the tags by which literals of an enum compare. */
static void write_enums(struct js_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    dyn_out_line(&e->out, "const E = {");
    for (size_t i = 0; i < program->n_enums; i++) {
        const struct dyn_enum *enumeration = program->enums[i];
        dyn_out_printf(&e->out, "    %.*s: { type: \"enum\", tags: { ",
                       DYN_JS_ARG(enumeration->name->text));
        for (size_t k = 0; k < enumeration->n_values; k++) {
            dyn_out_printf(&e->out, "%s%.*s: %d", k == 0 ? "" : ", ",
                           DYN_JS_ARG(enumeration->values[k].name->text),
                           enumeration->values[k].tag);
        }
        dyn_out_line(&e->out, " } },");
    }
    dyn_out_line(&e->out, "};");
}

/** What stands in `file` as an output; false where it failed. */
static bool finish(struct js_emit *e, struct dyn_out *file, struct dynr_str name)
{
    struct dyn_pieces text;
    if (!dyn_out_finish(file, &text)) {
        dyn_out_bad_text(&e->out, "the client", name);
        return false;
    }
    dyn_outputs_add(e->input->outputs, name, text);
    return true;
}

static bool write_schema(struct js_emit *e, struct dynr_str program)
{
    tmpl_schema_head(&e->out, &(struct tmpl_schema_head){.source = e->input->options->source_name});
    write_enums(e);
    js_write_key_types(e);
    dyn_out_blank(&e->out);
    dyn_out_line(&e->out, "export const schema = {");
    dyn_out_indent(&e->out);
    dyn_out_line(&e->out, "version: 1,");
    dyn_out_line(&e->out, "namespace: \"%.*s\",", DYN_JS_ARG(program));
    js_write_procedures(e);
    dyn_out_outdent(&e->out);
    dyn_out_line(&e->out, "};");
    dyn_out_blank(&e->out);
    tmpl_schema_foot(&e->out);
    return finish(e, &e->out, dynr_arena_printf(e->arena, "%.*s.client.js", DYN_JS_ARG(program)));
}

static bool write_types(struct js_emit *e, struct dynr_str program)
{
    struct dyn_out file;
    dyn_out_init(&file, NULL, 0);
    tmpl_schema_types(&file, &(struct tmpl_schema_types){
                                 .source = e->input->options->source_name,
                                 .program = program,
                             });
    bool ok =
        finish(e, &file, dynr_arena_printf(e->arena, "%.*s.client.d.ts", DYN_JS_ARG(program)));
    dyn_out_cleanup(&file);
    return ok;
}

static bool write_core(struct js_emit *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < dyn_js_core_n_files; i++) {
        struct dynr_str own = dyn_js_core_files[i].name;
        struct dyn_out file;
        dyn_out_init(&file, NULL, 0);
        dyn_out_str(&file, dyn_js_core_files[i].text);
        ok = finish(e, &file, dynr_arena_printf(e->arena, "dynr/%.*s", DYN_JS_ARG(own)));
        dyn_out_cleanup(&file);
    }
    return ok;
}

void dyn_emit_js(const struct dyn_emit_input *input)
{
    struct js_emit e = {.input = input, .plan = input->plan, .arena = input->arena};
    struct dynr_str program = e.plan->program->name->text;
    dyn_out_init(&e.out, NULL, 0);
    if (!write_schema(&e, program) || !write_types(&e, program) || !write_core(&e)) {
        report_bug(input, dyn_out_fault(&e.out));
    }
    dyn_out_cleanup(&e.out);
}
