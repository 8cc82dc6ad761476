/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols: what each file declares, what it imports, and how names are found. */
#include "sema/internal.h"

bool dyn_symbol_accepts(const void *symbol, unsigned kinds)
{
    return (DYN_SYMBOL_BIT(((const struct dyn_symbol *)symbol)->kind) & kinds) != 0;
}

/* ---- declarations -------------------------------------------------------------------------------------------- */

static void add_object(struct dyn_sema *sema, struct dyn_symbol *symbol)
{
    switch (symbol->kind) {
    case DYN_SYMBOL_ENUM: {
        struct dyn_sema_enum *object = dyn_sema_alloc(sema, 1, sizeof *object);
        object->decl = symbol->decl;
        object->enumeration.name = symbol->name;
        dyn_sema_map_init(sema, &object->values);
        dyn_sema_push(sema, &sema->enums, object);
        symbol->object = object;
        return;
    }
    case DYN_SYMBOL_STRUCT: {
        struct dyn_sema_struct *object = dyn_sema_alloc(sema, 1, sizeof *object);
        object->decl = symbol->decl;
        object->file = symbol->file;
        object->structure.name = symbol->name;
        dyn_sema_map_init(sema, &object->fields);
        dyn_sema_push(sema, &sema->structs, object);
        symbol->object = object;
        return;
    }
    case DYN_SYMBOL_MODEL: {
        struct dyn_sema_model *object = dyn_sema_alloc(sema, 1, sizeof *object);
        object->decl = symbol->decl;
        object->file = symbol->file;
        object->model.name = symbol->name;
        dyn_sema_map_init(sema, &object->members);
        dyn_sema_map_init(sema, &object->accesses);
        dyn_sema_push(sema, &sema->models, object);
        symbol->object = object;
        return;
    }
    case DYN_SYMBOL_CONTEXT: {
        struct dyn_sema_context *object = dyn_sema_alloc(sema, 1, sizeof *object);
        object->decl = symbol->decl;
        object->file = symbol->file;
        object->context.name = symbol->name;
        dyn_sema_map_init(sema, &object->fields);
        dyn_sema_push(sema, &sema->contexts, object);
        symbol->object = object;
        return;
    }
    case DYN_SYMBOL_TABLE: {
        struct dyn_sema_table *object = dyn_sema_alloc(sema, 1, sizeof *object);
        object->decl = symbol->decl;
        object->table.name = symbol->name;
        dyn_sema_push(sema, &sema->tables, object);
        symbol->object = object;
        return;
    }
    case DYN_SYMBOL_POISON:
        return;
    }
}

static void check_scalar_name(struct dyn_sema *sema, struct dyn_ast_name name)
{
    if (dyn_is_word(name.name->text, dyn_scalar_names)) {
        dyn_report(sema->diags, DYN_CODE_RESERVED_NAME, name.span, "`%.*s` is a built-in type",
                   DYN_NAME_ARG(name.name));
    }
}

/* One namespace for the whole program: generated code has one too. */
static void declare_symbol(struct dyn_sema *sema, struct dyn_sema_file *file,
                           const struct dyn_ast_decl *decl, enum dyn_symbol_kind kind)
{
    if (!dyn_sema_check_name(sema, decl->name)) {
        return;
    }
    check_scalar_name(sema, decl->name);
    struct dynr_str key = decl->name.name->text;
    const struct dyn_symbol *first = dynr_map_get(&sema->symbols, key);
    if (first != NULL) {
        dyn_sema_duplicate(sema, decl->name, first->span, "name");
        return;
    }
    struct dyn_symbol *symbol = dyn_sema_alloc(sema, 1, sizeof *symbol);
    symbol->kind = kind;
    symbol->name = decl->name.name;
    symbol->span = decl->name.span;
    symbol->decl = decl;
    symbol->file = file;
    add_object(sema, symbol);
    dynr_map_put(&sema->symbols, key, symbol, NULL);
    dynr_map_put(&file->declared, key, symbol, NULL);
    dynr_map_put(&file->visible, key, symbol, NULL);
}

static void declare(struct dyn_sema *sema, struct dyn_sema_file *file,
                    const struct dyn_ast_decl *decl)
{
    switch (decl->kind) {
    case DYN_AST_TABLE:
        declare_symbol(sema, file, decl, DYN_SYMBOL_TABLE);
        return;
    case DYN_AST_ENUM:
        declare_symbol(sema, file, decl, DYN_SYMBOL_ENUM);
        return;
    case DYN_AST_STRUCT:
        declare_symbol(sema, file, decl, DYN_SYMBOL_STRUCT);
        return;
    case DYN_AST_MODEL:
        declare_symbol(sema, file, decl, DYN_SYMBOL_MODEL);
        return;
    case DYN_AST_CONTEXT:
        declare_symbol(sema, file, decl, DYN_SYMBOL_CONTEXT);
        return;
    case DYN_AST_ROUTER:
    case DYN_AST_PUBLIC:
        return;
    case DYN_AST_LINK:
        dyn_sema_not_supported(sema, decl->head, "`link` (many-to-many with its own fields) is");
        declare_symbol(sema, file, decl, DYN_SYMBOL_POISON);
        return;
    case DYN_AST_POLICY:
        dyn_sema_not_supported(sema, decl->head, "`policy` (who may read and write a model) is");
        sema->has_policies = true;
        return;
    case DYN_AST_TOPIC:
        dyn_sema_not_supported(sema, decl->head, "`topic` (messages that are not stored) is");
        declare_symbol(sema, file, decl, DYN_SYMBOL_POISON);
        return;
    case DYN_AST_MATERIALIZE:
        dyn_sema_not_supported(sema, decl->head, "`materialize` (a maintained view) is");
        return;
    case DYN_AST_TRAIT_DECL:
        dyn_sema_not_supported(sema, decl->head, "`trait` (a trait of your own) is");
        if (decl->name.name != NULL) {
            dynr_map_put(&sema->trait_names, decl->name.name->text, file, NULL);
        }
        return;
    case DYN_AST_DECL_ERROR:
        if (decl->name.name != NULL) {
            declare_symbol(sema, file, decl, DYN_SYMBOL_POISON);
        }
        return;
    }
}

/* ---- imports ------------------------------------------------------------------------------------------------- */

static void report_unknown_import(struct dyn_sema *sema, const struct dyn_sema_file *from,
                                  const struct dyn_ast_import *import, struct dyn_ast_name name)
{
    if (sema->has_holes) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, name.span, "`%.*s` declares no `%.*s`",
                   DYN_STR_ARG(import->path), DYN_NAME_ARG(name.name));
    const struct dyn_symbol *imported = dynr_map_get(&from->visible, name.name->text);
    if (imported != NULL) {
        dyn_diag_note(sema->diags, diag, imported->span,
                      "import it from the file that declares it");
    } else {
        dyn_sema_suggest(sema, diag, name.name->text, NULL, &from->declared, NULL, 0);
    }
}

/* A file that could not be read still gives its names, so that their uses stay silent. */
static struct dyn_symbol *poison_import(struct dyn_sema *sema, struct dyn_ast_name name)
{
    struct dyn_symbol *symbol = dyn_sema_alloc(sema, 1, sizeof *symbol);
    symbol->kind = DYN_SYMBOL_POISON;
    symbol->name = name.name;
    symbol->span = name.span;
    return symbol;
}

static void import_name(struct dyn_sema *sema, struct dyn_sema_file *file,
                        const struct dyn_ast_import *import, const struct dyn_sema_file *from,
                        struct dyn_ast_name name)
{
    struct dyn_symbol *symbol =
        from == NULL ? NULL : dynr_map_get(&from->declared, name.name->text);
    if (symbol == NULL) {
        if (from != NULL) {
            report_unknown_import(sema, from, import, name);
        }
        symbol = poison_import(sema, name);
    }
    const struct dyn_symbol *first = dynr_map_get(&file->visible, name.name->text);
    if (first == NULL) {
        dynr_map_put(&file->visible, name.name->text, symbol, NULL);
    } else if (symbol->kind != DYN_SYMBOL_POISON) {
        dyn_sema_duplicate(sema, name, first->span, "name");
    }
}

static void bind_imports(struct dyn_sema *sema, struct dyn_sema_file *file)
{
    size_t index = 0;
    for (const struct dyn_ast_import *import = file->ast->imports; import != NULL;
         import = import->next, index++) {
        for (const struct dyn_ast_expr *name = import->names; name != NULL; name = name->next) {
            if (name->kind == DYN_AST_NAME && name->name.name != NULL) {
                import_name(sema, file, import, file->imports[index], name->name);
            }
        }
    }
}

void dyn_sema_declare(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->files.n_items; i++) {
        struct dyn_sema_file *file = sema->files.items[i];
        for (const struct dyn_ast_decl *decl = file->ast->decls; decl != NULL; decl = decl->next) {
            declare(sema, file, decl);
        }
    }
    for (size_t i = 0; i < sema->files.n_items; i++) {
        bind_imports(sema, sema->files.items[i]);
    }
}

/* ---- lookup -------------------------------------------------------------------------------------------------- */

static const char *kind_text(enum dyn_symbol_kind kind)
{
    switch (kind) {
    case DYN_SYMBOL_ENUM:
        return "an enum";
    case DYN_SYMBOL_STRUCT:
        return "a struct";
    case DYN_SYMBOL_MODEL:
        return "a model";
    case DYN_SYMBOL_CONTEXT:
        return "a context";
    case DYN_SYMBOL_TABLE:
        return "a table";
    case DYN_SYMBOL_POISON:
        return "refused";
    }
    return "";
}

static void report_unknown(struct dyn_sema *sema, const struct dyn_sema_file *file,
                           struct dyn_ast_name name, unsigned kinds, const char *what)
{
    if (sema->has_holes) {
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNKNOWN_TYPE, name.span,
                                       "unknown %s `%.*s`", what, DYN_NAME_ARG(name.name));
    const struct dyn_symbol *elsewhere = dynr_map_get(&sema->symbols, name.name->text);
    if (elsewhere != NULL && (DYN_SYMBOL_BIT(elsewhere->kind) & kinds) != 0) {
        struct dynr_str path = sema->diags->sources->items[elsewhere->file->source].name;
        dyn_diag_note(sema->diags, diag, elsewhere->span, "declared here");
        dyn_diag_help(sema->diags, diag, "import it: import \"%.*s\" { %.*s }", DYN_STR_ARG(path),
                      DYN_NAME_ARG(name.name));
        return;
    }
    bool any_type = (kinds & DYN_SYMBOL_BIT(DYN_SYMBOL_ENUM)) != 0;
    dyn_sema_suggest(sema, diag, name.name->text, any_type ? dyn_scalar_names : NULL,
                     &file->visible, dyn_symbol_accepts, kinds);
}

struct dyn_symbol *dyn_sema_find(struct dyn_sema *sema, struct dyn_sema_file *file,
                                 struct dyn_ast_name name, unsigned kinds, const char *what)
{
    if (name.name == NULL) {
        return NULL;
    }
    struct dyn_symbol *symbol = dynr_map_get(&file->visible, name.name->text);
    if (symbol == NULL) {
        report_unknown(sema, file, name, kinds, what);
        return NULL;
    }
    if (symbol->kind == DYN_SYMBOL_POISON) {
        return NULL;
    }
    if (!dyn_symbol_accepts(symbol, kinds)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_TYPE, name.span, "`%.*s` is %s, not a %s",
                       DYN_NAME_ARG(name.name), kind_text(symbol->kind), what);
        dyn_diag_note(sema->diags, diag, symbol->span, "declared here");
        return NULL;
    }
    return symbol;
}

struct dyn_sema_model *dyn_sema_find_model(struct dyn_sema *sema, struct dyn_sema_file *file,
                                           struct dyn_ast_name name)
{
    struct dyn_symbol *symbol =
        dyn_sema_find(sema, file, name, DYN_SYMBOL_BIT(DYN_SYMBOL_MODEL), "model");
    return symbol == NULL ? NULL : symbol->object;
}
