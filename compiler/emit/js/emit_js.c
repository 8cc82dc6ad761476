/* SPDX-License-Identifier: Apache-2.0 */
/* `<namespace>.client.js`, and beside it in `dynr/` the client core, which is the same for all schemas. */
#include "emit/js/js.h"

#include "js_core.h"
#include "schema_tmpl.h"

static void report_bug(const struct dyn_emit_input *input, const char *fault)
{
    struct dyn_span nowhere = {0, 0, 0};
    struct dyn_diag *diag = dyn_report(input->diags, DYN_CODE_SELF_CHECK, nowhere,
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
        dyn_out_printf(&e->out, "    %.*s: { type: \"enum\", tags: { ", DYN_JS_ARG(enumeration->name->text));
        for (size_t k = 0; k < enumeration->n_values; k++) {
            dyn_out_printf(&e->out, "%s%.*s: %d", k == 0 ? "" : ", ",
                           DYN_JS_ARG(enumeration->values[k].name->text), enumeration->values[k].tag);
        }
        dyn_out_line(&e->out, " } },");
    }
    dyn_out_line(&e->out, "};");
}

static bool write_core(struct js_emit *e)
{
    for (size_t i = 0; i < dyn_js_core_n_files; i++) {
        struct dyn_out file;
        struct dyn_pieces text;
        dyn_out_init(&file, NULL, 0);
        dyn_out_str(&file, dyn_js_core_files[i].text);
        bool ok = dyn_out_finish(&file, &text);
        if (ok) {
            struct dynr_str own = dyn_js_core_files[i].name;
            struct dynr_str name = dynr_arena_printf(e->arena, "dynr/%.*s", DYN_JS_ARG(own));
            dyn_outputs_add(e->input->outputs, name, text);
        }
        dyn_out_cleanup(&file);
        if (!ok) {
            return false;
        }
    }
    return true;
}

void dyn_emit_js(const struct dyn_emit_input *input)
{
    struct js_emit e = {.input = input, .plan = input->plan, .arena = input->arena};
    dyn_out_init(&e.out, NULL, 0);
    tmpl_schema_head(&e.out, &(struct tmpl_schema_head){.source = input->options->source_name});
    write_enums(&e);
    dyn_out_blank(&e.out);
    dyn_out_line(&e.out, "export const schema = {");
    dyn_out_indent(&e.out);
    dyn_out_line(&e.out, "version: 1,");
    js_write_procedures(&e);
    dyn_out_outdent(&e.out);
    dyn_out_line(&e.out, "};");
    dyn_out_blank(&e.out);
    tmpl_schema_foot(&e.out);
    struct dyn_pieces text;
    if (dyn_out_finish(&e.out, &text)) {
        struct dynr_str program = e.plan->program->name->text;
        struct dynr_str name = dynr_arena_printf(e.arena, "%.*s.client.js", DYN_JS_ARG(program));
        dyn_outputs_add(input->outputs, name, text);
    }
    if (!dyn_out_ok(&e.out) || !write_core(&e)) {
        report_bug(input, dyn_out_fault(&e.out));
    }
    dyn_out_cleanup(&e.out);
}
