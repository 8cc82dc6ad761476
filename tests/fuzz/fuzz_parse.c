/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front end on any bytes: parsing, dumping and rendering end without a fault; formatting is idempotent and changes
 * neither a token nor a role of one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "syntax/parser.h"
#include "syntax/token.h"

/* In libFuzzer's contract; declared, so that the definition has a prototype. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, struct dynr_str a, struct dynr_str b)
{
    fprintf(stderr, "%s\n---- first\n%.*s\n---- second\n%.*s\n", what, (int)a.len, a.ptr,
            (int)b.len, b.ptr);
    abort();
}

static void check_tokens(struct dynr_arena *arena, struct dynr_str before, struct dynr_str after)
{
    struct dyn_tokens a;
    struct dyn_tokens b;
    dyn_tokenise(&a, arena, before, 0, NULL);
    dyn_tokenise(&b, arena, after, 0, NULL);
    size_t n = a.n_items < b.n_items ? a.n_items : b.n_items;
    for (size_t i = 0; i < n; i++) {
        if (a.items[i].kind != b.items[i].kind ||
            !dynr_str_equal(dyn_token_text(&a, i), dyn_token_text(&b, i))) {
            fprintf(stderr, "token %zu: %s, then %s\n", i,
                    dyn_token_info((enum dyn_token_kind)a.items[i].kind)->name,
                    dyn_token_info((enum dyn_token_kind)b.items[i].kind)->name);
            fail("formatting changed a token", before, after);
        }
    }
    if (a.n_items != b.n_items) {
        fail("formatting changed the number of tokens", before, after);
    }
}

static void check_format(struct dynr_arena *arena, struct dynr_str text)
{
    struct dynr_buf once = {0};
    struct dynr_buf twice = {0};
    dyn_format(arena, text, &once);
    dyn_format(arena, dynr_buf_str(&once), &twice);
    if (!dynr_str_equal(dynr_buf_str(&once), dynr_buf_str(&twice))) {
        fail("formatting twice is not formatting once", dynr_buf_str(&once), dynr_buf_str(&twice));
    }
    check_tokens(arena, text, dynr_buf_str(&once));
    dynr_buf_cleanup(&once);
    dynr_buf_cleanup(&twice);
}

static void check_parse(struct dynr_arena *arena, struct dynr_str text)
{
    struct dyn_names names;
    struct dyn_sources sources = {.arena = arena};
    struct dyn_diags diags;
    struct dynr_buf out = {0};
    dyn_names_init(&names, arena);
    dyn_diags_init(&diags, arena, &sources, 0);
    uint32_t source = dyn_sources_add(&sources, dynr_str_from_c("fuzz.dyn"), text);
    const struct dyn_ast_file *file = dyn_parse(arena, &names, &diags, source);
    dyn_ast_dump(file, &out);
    if (file->edition == 0 && diags.n_errors == 0) {
        fail("no edition and no error", text, text);
    }
    dyn_render_text(&diags, DYN_COLOR_DEBUG, true, &out);
    dyn_render_json(&diags, &out);
    dynr_buf_cleanup(&out);
    dyn_names_cleanup(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_arena arena;
    dynr_arena_init(&arena, NULL, 0);
    struct dynr_str text = dynr_str_make((const char *)data, size);
    check_parse(&arena, text);
    check_format(&arena, text);
    dynr_arena_cleanup(&arena);
    return 0;
}
