/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdio.h>

void parse_text(struct parsed *p, struct dynr_str text)
{
    memset(p, 0, sizeof *p);
    p->sources.arena = &p->arena;
    dyn_names_init(&p->names, &p->arena);
    dyn_diags_init(&p->diags, &p->arena, &p->sources, 100);
    uint32_t source = dyn_sources_add(&p->sources, dynr_str_from_c("t.dyn"), text);
    p->file = dyn_parse(&p->arena, &p->names, &p->diags, source);
}

void parse_c(struct parsed *p, const char *text)
{
    parse_text(p, dynr_str_from_c(text));
}

void parsed_cleanup(struct parsed *p)
{
    dynr_buf_cleanup(&p->out);
    dyn_names_cleanup(&p->names);
    dynr_arena_cleanup(&p->arena);
}

struct dynr_str parsed_messages(struct parsed *p)
{
    struct dynr_buf rendered = {0};
    dyn_render_text(&p->diags, DYN_COLOR_NEVER, false, &rendered);
    dynr_buf_clear(&p->out);
    size_t i = 0;
    while (i < rendered.len) {
        const char *end = memchr(rendered.ptr + i, '\n', rendered.len - i);
        size_t len = end == NULL ? rendered.len - i : (size_t)(end - rendered.ptr) - i;
        /* Headers start with the file's name; notes are left out. */
        if (len > 6 && memcmp(rendered.ptr + i, "t.dyn:", 6) == 0) {
            struct dynr_str line = dynr_str_make(rendered.ptr + i + 6, len - 6);
            char text[400];
            snprintf(text, sizeof text, "%.*s", (int)line.len, line.ptr);
            char *error = strstr(text, " error: ");
            char *code = strrchr(text, '[');
            if (error != NULL && code != NULL) {
                dynr_buf_printf(&p->out, "%.*s %.*s\n", (int)(error - text), text,
                                (int)(code - error - 9), error + 8);
            }
        }
        i += len + 1;
    }
    dynr_buf_cleanup(&rendered);
    return dynr_buf_str(&p->out);
}

struct dynr_str parsed_dump(struct parsed *p)
{
    dynr_buf_clear(&p->out);
    dyn_ast_dump(p->file, &p->out);
    return dynr_buf_str(&p->out);
}

const struct dyn_ast_decl *parsed_decl(const struct parsed *p, const char *name)
{
    const struct dyn_ast_decl *decl = p->file->decls;
    while (decl != NULL &&
           (decl->name.name == NULL || !dynr_str_equal_c(decl->name.name->text, name))) {
        decl = decl->next;
    }
    return decl;
}

struct dynr_str read_file(struct dynr_arena *arena, const char *path)
{
    struct dynr_str text = dynr_str_make("", 0);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return text;
    }
    struct dynr_buf buf = {0};
    char chunk[4096];
    size_t n = fread(chunk, 1, sizeof chunk, file);
    while (n > 0) {
        dynr_buf_append(&buf, chunk, n);
        n = fread(chunk, 1, sizeof chunk, file);
    }
    fclose(file);
    text = dynr_arena_dup(arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}
