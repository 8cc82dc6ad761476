/* SPDX-License-Identifier: Apache-2.0 */
/* `<namespace>.d.ts`: the order of its parts. */
#include "emit/ts/ts.h"
#include "ts_types_tmpl.h"

static void report_bug(const struct dyn_emit_input *input, const char *fault)
{
    struct dyn_span nowhere = {0, 0, 0};
    struct dyn_diag *diag =
        dyn_report(input->diags, DYN_CODE_SELF_CHECK, nowhere,
                   "the TypeScript emitter produced text that may not stand there");
    dyn_diag_fact(input->diags, diag, "%s", fault);
    dyn_diag_help(input->diags, diag, "this is a bug in dynrc; please report it");
}

static void write_file(struct ts_emit *e)
{
    struct dynr_str program = e->plan->program->name->text;
    tmpl_ts_types_head(&e->out, &(struct tmpl_ts_types_head){
                                    .source = e->input->options->source_name,
                                    .program = program,
                                });
    ts_write_types(e);
    ts_write_procedures(e);
    struct dyn_pieces text;
    if (!dyn_out_finish(&e->out, &text)) {
        report_bug(e->input, dyn_out_fault(&e->out));
        return;
    }
    struct dynr_str name = dynr_arena_printf(e->arena, "%.*s.d.ts", DYN_TS_ARG(program));
    dyn_outputs_add(e->input->outputs, name, text);
}

void dyn_emit_ts(const struct dyn_emit_input *input)
{
    struct ts_emit e = {.input = input, .plan = input->plan, .arena = input->arena};
    dyn_out_init(&e.out, NULL, 0);
    dynr_map_init(&e.defaults, NULL);
    write_file(&e);
    dynr_map_cleanup(&e.defaults);
    dyn_out_cleanup(&e.out);
}

void dyn_check_ts(const struct dyn_emit_input *input)
{
    struct ts_emit e = {.input = input, .plan = input->plan, .arena = input->arena};
    dynr_map_init(&e.names, NULL);
    dynr_map_init(&e.defaults, NULL);
    ts_claim_names(&e);
    dynr_map_cleanup(&e.names);
    dynr_map_cleanup(&e.defaults);
}
