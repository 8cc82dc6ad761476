/* SPDX-License-Identifier: Apache-2.0 */
/* The passes in their order, and what all of them use: memory, names and reports. */
#include "sema/internal.h"

#include <stdlib.h>

#include "base/arena_allocator.h"
#include "dynr/buf.h"

/* ---- memory -------------------------------------------------------------------------------------------------- */

void *dyn_sema_alloc(struct dyn_sema *sema, size_t count, size_t size)
{
    return dynr_arena_calloc(sema->arena, count == 0 ? 1 : count, size);
}

void dyn_sema_map_init(struct dyn_sema *sema, struct dynr_map *map)
{
    dynr_map_init(map, &sema->allocator);
}

void dyn_sema_push(struct dyn_sema *sema, struct dyn_pointers *pointers, void *item)
{
    if (pointers->n_items == pointers->cap_items) {
        size_t cap = pointers->cap_items == 0 ? 8 : pointers->cap_items * 2;
        void **moved = dyn_sema_alloc(sema, cap, sizeof *moved);
        if (pointers->n_items > 0) {
            memcpy(moved, pointers->items, pointers->n_items * sizeof *moved);
        }
        pointers->items = moved;
        pointers->cap_items = cap;
    }
    pointers->items[pointers->n_items++] = item;
}

const struct dyn_name *dyn_sema_name(struct dyn_sema *sema, const char *text)
{
    return dyn_names_intern(sema->names, dynr_str_from_c(text));
}

struct dynr_str dyn_sema_type_text(struct dyn_sema *sema, const struct dyn_type *type)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, 0);
    dyn_type_write(type, &buf);
    struct dynr_str text = dynr_arena_dup(sema->arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}

/* ---- reports ------------------------------------------------------------------------------------------------- */

static bool nobody_sees(const struct dyn_sema *sema)
{
    return sema->diags->n_errors > sema->diags->error_limit;
}

void dyn_sema_suggest(struct dyn_sema *sema, struct dyn_diag *diag, struct dynr_str written,
                      const char *const *words, const struct dynr_map *map, dyn_accepts_fn accepts,
                      unsigned kinds)
{
    if (nobody_sees(sema)) {
        return;
    }
    size_t n_words = 0;
    while (words != NULL && words[n_words] != NULL) {
        n_words++;
    }
    size_t n_entries = map == NULL ? 0 : map->n_entries;
    struct dynr_str *candidates = dyn_sema_alloc(sema, n_words + n_entries, sizeof *candidates);
    size_t n_candidates = 0;
    while (n_candidates < n_words) {
        candidates[n_candidates] = dynr_str_from_c(words[n_candidates]);
        n_candidates++;
    }
    for (size_t i = 0; i < n_entries; i++) {
        if (accepts == NULL || accepts(map->entries[i].value, kinds)) {
            candidates[n_candidates++] = map->entries[i].key;
        }
    }
    dyn_diag_suggest(sema->diags, diag, written, candidates, n_candidates);
}

void dyn_sema_not_supported(struct dyn_sema *sema, struct dyn_span span, const char *what)
{
    dyn_report(sema->diags, DYN_CODE_NOT_SUPPORTED_YET, span, "%s not supported yet", what);
}

void dyn_sema_not_supported_name(struct dyn_sema *sema, struct dyn_span span, const char *before,
                                 struct dynr_str name)
{
    dyn_report(sema->diags, DYN_CODE_NOT_SUPPORTED_YET, span, "%s`%.*s` is not supported yet",
               before, DYN_STR_ARG(name));
}

void dyn_sema_duplicate(struct dyn_sema *sema, struct dyn_ast_name name, struct dyn_span first,
                        const char *what)
{
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_DUPLICATE, name.span, "the %s `%.*s` is declared twice",
                   what, DYN_NAME_ARG(name.name));
    dyn_diag_note(sema->diags, diag, first, "first declared here");
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static const char *name_fault(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_') {
            if (i == 0 || i + 1 == text.len) {
                return "a name neither starts nor ends with `_`";
            }
            if (text.ptr[i + 1] == '_') {
                return "`__` is reserved in C++, so no name holds it";
            }
        } else if (!is_letter_or_digit(text.ptr[i])) {
            return "names consist of ASCII letters, digits and `_`";
        }
    }
    if (text.len == 0 || (text.ptr[0] >= '0' && text.ptr[0] <= '9')) {
        return "a name starts with a letter";
    }
    return NULL;
}

bool dyn_sema_check_name(struct dyn_sema *sema, struct dyn_ast_name name)
{
    if (name.name == NULL) {
        return false;
    }
    const char *fault = name_fault(name.name->text);
    if (fault != NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_RESERVED_NAME, name.span,
                                           "`%.*s` cannot be a name", DYN_NAME_ARG(name.name));
        dyn_diag_fact(sema->diags, diag, "why: %s", fault);
    }
    return true;
}

bool dyn_is_word(struct dynr_str text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (dynr_str_equal_c(text, words[i])) {
            return true;
        }
    }
    return false;
}

struct dynr_str dyn_sema_word_list(struct dyn_sema *sema, const char *const *words)
{
    struct dynr_str list = dynr_str_make("", 0);
    for (size_t i = 0; words[i] != NULL; i++) {
        const char *separator = i == 0 ? "" : (words[i + 1] == NULL ? " and " : ", ");
        list = dynr_arena_printf(sema->arena, "%.*s%s`%s`", DYN_STR_ARG(list), separator, words[i]);
    }
    return list;
}

/* ---- the program --------------------------------------------------------------------------------------------- */

/* "todo.dyn" in any folder is the program `todo`. */
static const struct dyn_name *name_from_file(struct dyn_sema *sema, struct dynr_str path)
{
    size_t start = path.len;
    while (start > 0 && path.ptr[start - 1] != '/' && path.ptr[start - 1] != '\\') {
        start--;
    }
    size_t end = path.len;
    for (size_t i = path.len; i > start + 1; i--) {
        if (path.ptr[i - 1] == '.') {
            end = i - 1;
            break;
        }
    }
    char *text = dynr_arena_text(sema->arena, end - start + 2);
    size_t len = 0;
    for (size_t i = start; i < end; i++) {
        char c = path.ptr[i];
        if (!is_letter_or_digit(c)) {
            c = '_';
        }
        if (len == 0 && c >= '0' && c <= '9') {
            text[len++] = 'n';
        }
        if (c != '_' || (len > 0 && text[len - 1] != '_')) {
            text[len++] = c;
        }
    }
    while (len > 0 && text[len - 1] == '_') {
        len--;
    }
    return len == 0 ? dyn_sema_name(sema, "app")
                    : dyn_names_intern(sema->names, dynr_str_make(text, len));
}

static void name_program(struct dyn_sema *sema)
{
    const struct dyn_sema_file *root = sema->files.items[sema->files.n_items - 1];
    if (root->ast->namespace_name.name != NULL) {
        dyn_sema_check_name(sema, root->ast->namespace_name);
        sema->program->name = root->ast->namespace_name.name;
    } else {
        sema->program->name = name_from_file(sema, sema->diags->sources->items[root->source].name);
    }
    sema->program->edition = root->ast->edition;
}

/* The working structs start with what the program points to. */
static void fill_program(struct dyn_sema *sema)
{
    struct dyn_program *program = sema->program;
    program->tables = (struct dyn_table **)(void *)sema->tables.items;
    program->n_tables = sema->tables.n_items;
    program->enums = (struct dyn_enum **)(void *)sema->enums.items;
    program->n_enums = sema->enums.n_items;
    program->structs = (struct dyn_struct **)(void *)sema->structs.items;
    program->n_structs = sema->structs.n_items;
    program->models = (struct dyn_model **)(void *)sema->models.items;
    program->n_models = sema->models.n_items;
    program->contexts = (struct dyn_context **)(void *)sema->contexts.items;
    program->n_contexts = sema->contexts.n_items;
    program->routers = (struct dyn_router **)(void *)sema->routers.items;
    program->n_routers = sema->routers.n_items;
    program->policies = (struct dyn_policy **)(void *)sema->policies.items;
    program->n_policies = sema->policies.n_items;
}

struct dyn_program *dyn_analyse(const struct dyn_sema_input *input)
{
    struct dyn_sema sema = {
        .arena = input->arena,
        .allocator = dynr_arena_allocator(input->arena),
        .names = input->names,
        .diags = input->diags,
        .input = input,
    };
    sema.program = dyn_sema_alloc(&sema, 1, sizeof *sema.program);
    dyn_sema_map_init(&sema, &sema.symbols);
    dyn_sema_map_init(&sema, &sema.router_names);
    dyn_sema_map_init(&sema, &sema.trait_names);
    sema.error_type = dyn_sema_plain_type(&sema, DYN_TYPE_ERROR);
    sema.bool_type = dyn_sema_plain_type(&sema, DYN_TYPE_BOOL);
    sema.int_type = dyn_sema_plain_type(&sema, DYN_TYPE_INT);

    dyn_sema_load(&sema);
    name_program(&sema);
    dyn_sema_declare(&sema);
    dyn_sema_tables(&sema);
    dyn_sema_enums(&sema);
    dyn_sema_structs(&sema);
    dyn_sema_contexts(&sema);
    dyn_sema_models(&sema);
    dyn_sema_policies(&sema);
    dyn_sema_routers(&sema);
    dyn_sema_check_program(&sema);
    fill_program(&sema);
    return sema.program;
}
