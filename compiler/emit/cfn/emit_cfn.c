/* SPDX-License-Identifier: Apache-2.0 */
/* `<namespace>.template.json`: build the tree, check it, write it. */
#include "emit/cfn/cfn.h"

static void report_bug(const struct dyn_emit_input *input, struct dynr_str problems)
{
    const struct dyn_program *program = input->plan->program;
    struct dyn_span span =
        program->n_tables > 0 ? program->tables[0]->span : (struct dyn_span){0, 0, 0};
    struct dyn_diag *diag = dyn_report(input->diags, DYN_CODE_SELF_CHECK, span,
                                       "the CloudFormation template breaks an invariant");
    const char *next = problems.ptr;
    const char *end = problems.ptr + problems.len;
    while (next < end) {
        const char *feed = memchr(next, '\n', (size_t)(end - next));
        const char *line_end = feed == NULL ? end : feed;
        dyn_diag_fact(input->diags, diag, "%.*s", (int)(line_end - next), next);
        next = line_end + 1;
    }
    dyn_diag_help(input->diags, diag, "this is a bug in dynrc; please report it");
}

static void write_template(const struct dyn_emit_input *input, const cJSON *root,
                           struct dynr_buf *text, struct dynr_buf *problems)
{
    dyn_cfn_check(root, problems);
    if (problems->len == 0) {
        dyn_cfn_write(root, text);
        if (text->len > DYN_CFN_MAX_BYTES) {
            dynr_buf_printf(problems, "the template has %zu bytes, more than 1 MB", text->len);
        }
    }
    if (!dynr_buf_ok(text) || !dynr_buf_ok(problems)) {
        report_bug(input, dynr_str_from_c("memory is exhausted"));
        return;
    }
    if (problems->len > 0) {
        report_bug(input, dynr_buf_str(problems));
        return;
    }
    struct dynr_str program = input->plan->program->name->text;
    struct dynr_str name =
        dynr_arena_printf(input->arena, "%.*s.template.json", (int)program.len, program.ptr);
    struct dyn_pieces pieces = {0};
    if (!dyn_pieces_add(&pieces, text)) {
        report_bug(input, dynr_str_from_c("memory is exhausted"));
        return;
    }
    dyn_outputs_add(input->outputs, name, pieces);
}

void dyn_emit_cfn(const struct dyn_emit_input *input)
{
    bool exhausted = false;
    cJSON *root = dyn_cfn_build(input, &exhausted);
    if (exhausted) {
        report_bug(input, dynr_str_from_c("memory is exhausted"));
    }
    if (root == NULL) {
        return;
    }
    struct dynr_buf text;
    struct dynr_buf problems;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_init(&problems, NULL, 0);
    write_template(input, root, &text, &problems);
    dynr_buf_cleanup(&text);
    dynr_buf_cleanup(&problems);
    cJSON_Delete(root);
}
