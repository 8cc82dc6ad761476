/* SPDX-License-Identifier: Apache-2.0 */
/* Files and imports: every file is read and parsed once, imported ones before those that import them. */
#include "sema/internal.h"

/* Deepest chain of imports; people stay below ten. */
#define IMPORT_DEPTH_MAX 100

static struct dyn_sema_file *file_of(struct dyn_sema *sema, uint32_t source)
{
    while (sema->by_source.n_items <= source) {
        dyn_sema_push(sema, &sema->by_source, NULL);
    }
    struct dyn_sema_file *file = sema->by_source.items[source];
    if (file == NULL) {
        file = dyn_sema_alloc(sema, 1, sizeof *file);
        file->source = source;
        dyn_sema_map_init(sema, &file->declared);
        dyn_sema_map_init(sema, &file->visible);
        sema->by_source.items[source] = file;
    }
    return file;
}

static bool is_url(struct dynr_str path)
{
    for (size_t i = 0; i + 2 < path.len; i++) {
        if (memcmp(path.ptr + i, "://", 3) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_absolute(struct dynr_str path)
{
    return path.ptr[0] == '/' || path.ptr[0] == '\\' || path.ptr[0] == '~' ||
           (path.len > 1 && path.ptr[1] == ':');
}

/* False: reported. Whether the file can be read depends on this repository only, not on the machine or the network. */
static bool check_path(struct dyn_sema *sema, const struct dyn_ast_import *import)
{
    const char *fault = NULL;
    if (import->path.len == 0) {
        fault = "an import needs a path";
    } else if (memchr(import->path.ptr, '\0', import->path.len) != NULL) {
        fault = "a path cannot hold a NUL";
    } else if (is_url(import->path)) {
        fault = "a URL cannot be imported";
    } else if (is_absolute(import->path)) {
        fault = "an absolute path cannot be imported";
    }
    if (fault == NULL) {
        return true;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_IMPORT, import->path_span, "%s", fault);
    if (import->path.len > 0) {
        dyn_diag_help(sema->diags, diag, "copy the file beside this one: paths are relative to it");
    }
    return false;
}

static void report_cycle(struct dyn_sema *sema, const struct dyn_ast_import *import,
                         const struct dyn_sema_file *again)
{
    const struct dyn_source *sources = sema->diags->sources->items;
    struct dynr_str cycle = dynr_str_make("", 0);
    size_t first = 0;
    while (sema->loading.items[first] != again) {
        first++;
    }
    for (size_t i = first; i < sema->loading.n_items; i++) {
        const struct dyn_sema_file *file = sema->loading.items[i];
        cycle = dynr_arena_printf(sema->arena, "%.*s%.*s -> ", DYN_STR_ARG(cycle),
                                  DYN_STR_ARG(sources[file->source].name));
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_IMPORT_CYCLE, import->path_span, "imports form a cycle");
    dyn_diag_fact(sema->diags, diag, "cycle: %.*s%.*s", DYN_STR_ARG(cycle),
                  DYN_STR_ARG(sources[again->source].name));
    dyn_diag_help(sema->diags, diag, "move what both files need into a third file");
}

static void load_file(struct dyn_sema *sema, struct dyn_sema_file *file);

static struct dyn_sema_file *load_import(struct dyn_sema *sema, struct dyn_sema_file *from,
                                         const struct dyn_ast_import *import)
{
    if (!check_path(sema, import)) {
        return NULL;
    }
    if (sema->loading.n_items > IMPORT_DEPTH_MAX) {
        dyn_report(sema->diags, DYN_CODE_IMPORT, import->path_span,
                   "imports are nested deeper than %d files", IMPORT_DEPTH_MAX);
        return NULL;
    }
    uint32_t source = 0;
    struct dynr_str reason = dynr_str_make("", 0);
    if (!sema->input->read_source(sema->input->read_context, import->path, from->source, &source,
                                  &reason)) {
        dyn_report(sema->diags, DYN_CODE_IMPORT, import->path_span, "cannot read `%.*s`: %.*s",
                   DYN_STR_ARG(import->path), DYN_STR_ARG(reason));
        return NULL;
    }
    struct dyn_sema_file *file = file_of(sema, source);
    if (file->state == DYN_FILE_OPEN) {
        report_cycle(sema, import, file);
        return NULL;
    }
    if (file->state == DYN_FILE_NEW) {
        load_file(sema, file);
    }
    return file;
}

static void load_file(struct dyn_sema *sema, struct dyn_sema_file *file)
{
    size_t n_errors = sema->diags->n_errors;
    file->state = DYN_FILE_OPEN;
    file->ast = dyn_parse(sema->arena, sema->names, sema->diags, file->source);
    sema->has_holes = sema->has_holes || sema->diags->n_errors != n_errors;
    dyn_sema_push(sema, &sema->loading, file);
    size_t n_imports = 0;
    for (const struct dyn_ast_import *import = file->ast->imports; import != NULL;
         import = import->next) {
        n_imports++;
    }
    file->imports = dyn_sema_alloc(sema, n_imports, sizeof(struct dyn_sema_file *));
    n_imports = 0;
    for (const struct dyn_ast_import *import = file->ast->imports; import != NULL;
         import = import->next) {
        file->imports[n_imports++] = load_import(sema, file, import);
    }
    sema->loading.n_items--;
    file->state = DYN_FILE_DONE;
    dyn_sema_push(sema, &sema->files, file);
}

void dyn_sema_load(struct dyn_sema *sema)
{
    load_file(sema, file_of(sema, sema->input->root_source));
}
