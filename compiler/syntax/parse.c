/* SPDX-License-Identifier: Apache-2.0 */
/* The two entry points over a source: its tree, and its tokens as text. */
#include "base/memory.h"
#include "syntax/build.h"
#include "syntax/parser.h"

#include "dyn.tab.h"

struct dyn_ast_file *dyn_parse(struct dynr_arena *arena, struct dyn_names *names,
                               struct dyn_diags *diags, uint32_t source)
{
    struct dyn_parse parse = {.arena = arena, .names = names, .diags = diags};
    struct dyn_ast_file *file = dyn_alloc(arena, sizeof *file);
    file->source = source;
    file->edition_span.source = source;
    file->namespace_name.span.source = source;
    parse.file = file;
    parse.imports_end = &file->imports;
    parse.decls_end = &file->decls;
    /* The tree holds spans, no tokens. */
    struct dynr_arena scratch = dyn_scratch_like(arena);
    dyn_tokenise(&parse.tokens, &scratch, diags->sources->items[source].text, source, diags);
    if (!parse.tokens.is_refused) {
        dyn_build_no_edition(&parse);
        /* 0 or, after an error that was reported, not; the tree is what there is of it. */
        (void)dyn_yyparse(&parse);
    }
    dynr_arena_cleanup(&scratch);
    return file;
}

static void append_escaped(struct dynr_buf *out, struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            dynr_buf_append_c(out, "\\n");
        } else {
            dynr_buf_append_char(out, text.ptr[i]);
        }
    }
}

void dyn_dump_tokens(struct dyn_diags *diags, uint32_t source, struct dynr_buf *out)
{
    struct dyn_tokens tokens;
    dyn_tokenise(&tokens, diags->arena, diags->sources->items[source].text, source, diags);
    for (size_t i = 0; i < tokens.n_items; i++) {
        const struct dyn_token *token = &tokens.items[i];
        struct dyn_position position = dyn_sources_position(diags->sources, source, token->start);
        dynr_buf_printf(out, "%u:%u %u..%u %s", (unsigned)position.line, (unsigned)position.column,
                        (unsigned)token->start, (unsigned)token->end,
                        dyn_token_info((enum dyn_token_kind)token->kind)->name);
        if (token->end > token->start) {
            dynr_buf_append_char(out, ' ');
            append_escaped(out, dyn_token_text(&tokens, i));
        }
        dynr_buf_append_char(out, '\n');
    }
}
