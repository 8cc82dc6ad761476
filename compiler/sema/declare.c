/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols: what each file declares, what it imports, and how names are found. */
#include "diag/foreign.h"
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
    case DYN_AST_POLICY:
        return;
    case DYN_AST_LINK: {
        const struct dyn_ast_decl *model = dyn_sema_link_model(sema, decl);
        declare_symbol(sema, file, model == NULL ? decl : model,
                       model == NULL ? DYN_SYMBOL_POISON : DYN_SYMBOL_MODEL);
        return;
    }
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

/* Length of the folder part of a path, with its slash. */
static size_t folder_length(struct dynr_str path)
{
    size_t len = path.len;
    while (len > 0 && path.ptr[len - 1] != '/') {
        len--;
    }
    return len;
}

static bool starts_with_parent(struct dynr_str path)
{
    return path.len >= 3 && memcmp(path.ptr, "../", 3) == 0;
}

/* `path` as a file in the folder of `from` would import it; both are relative to the same folder. */
static struct dynr_str import_path(struct dyn_sema *sema, struct dynr_str from,
                                   struct dynr_str path)
{
    size_t common = 0;
    size_t folder = folder_length(from);
    size_t shared = folder_length(path) < folder ? folder_length(path) : folder;
    for (size_t i = 0; i < shared && from.ptr[i] == path.ptr[i]; i++) {
        common = from.ptr[i] == '/' ? i + 1 : common;
    }
    struct dynr_str rest = dynr_str_make(from.ptr + common, folder - common);
    struct dynr_str text = dynr_str_make(path.ptr + common, path.len - common);
    if (starts_with_parent(rest)) {
        /* The way back leads through a folder whose name is not known here. */
        return path;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '/') {
            text = dynr_arena_printf(sema->arena, "../%.*s", DYN_STR_ARG(text));
        }
    }
    return text;
}

/* How `file` gets the name that `from` declares. */
static void help_import(struct dyn_sema *sema, struct dyn_diag *diag,
                        const struct dyn_sema_file *file, const struct dyn_sema_file *from,
                        const struct dyn_name *name)
{
    size_t index = 0;
    for (const struct dyn_ast_import *import = file->ast->imports; import != NULL;
         import = import->next, index++) {
        const struct dyn_ast_expr *last = import->names;
        if (file->imports[index] != from || last == NULL) {
            continue;
        }
        while (last->next != NULL) {
            last = last->next;
        }
        dyn_diag_help(sema->diags, diag, "add `%.*s` to the import of \"%.*s\"", DYN_NAME_ARG(name),
                      DYN_STR_ARG(import->path));
        struct dyn_span place = last->span;
        place.start = place.end;
        dyn_diag_fix(sema->diags, diag, place,
                     dynr_arena_printf(sema->arena, ", %.*s", DYN_NAME_ARG(name)));
        return;
    }
    const struct dyn_source *sources = sema->diags->sources->items;
    struct dynr_str path =
        import_path(sema, sources[file->source].name, sources[from->source].name);
    dyn_diag_help(sema->diags, diag, "import it: import \"%.*s\" { %.*s }", DYN_STR_ARG(path),
                  DYN_NAME_ARG(name));
}

/* Types as other languages call them, in lower case. */
static const struct dyn_foreign_word foreign_types[] = {
    {"int64", "int", NULL},
    {"int32", "int(32)", NULL},
    {"int16", "int", NULL},
    {"int8", "int", NULL},
    {"uint", "int", NULL},
    {"uint64", "int", NULL},
    {"uint32", "int", NULL},
    {"i64", "int", NULL},
    {"i32", "int(32)", NULL},
    {"u64", "int", NULL},
    {"u32", "int", NULL},
    {"integer", "int", NULL},
    {"long", "int", NULL},
    {"short", "int", NULL},
    {"bigint", "int", NULL},
    {"smallint", "int", NULL},
    {"serial", "int", NULL},
    {"boolean", "bool", NULL},
    {"text", "string", NULL},
    {"str", "string", NULL},
    {"char", "string", NULL},
    {"varchar", "string", NULL},
    {"double", "float", NULL},
    {"real", "float", NULL},
    {"float32", "float", NULL},
    {"float64", "float", NULL},
    {"f32", "float", NULL},
    {"f64", "float", NULL},
    {"datetime", "timestamp", NULL},
    {"timestamptz", "timestamp", NULL},
    {"instant", "timestamp", NULL},
    {"guid", "uuid", NULL},
    {"uuid4", "uuid", NULL},
    {"uuidv4", "uuid", NULL},
    {"uri", "url", NULL},
    {"jsonb", "json", NULL},
    {"binary", "bytes", NULL},
    {"blob", "bytes", NULL},
    {"buffer", "bytes", NULL},
    {"number", NULL, "a whole number is an `int`, any other one a `decimal` or a `float`"},
    {"numeric", NULL, "a whole number is an `int`, any other one a `decimal` or a `float`"},
    {"money", NULL, "an amount is a `decimal`, or an `int` of its smallest unit"},
    {"time", NULL, "a point in time is a `timestamp`, a day a `date`"},
    {"object", NULL, "declare a `struct`, or take `json` for what has no fixed fields"},
    {"any", NULL, "declare a `struct`, or take `json` for what has no fixed fields"},
    {"array", NULL, "a list is written behind the type of its elements: `string[](max 10)`"},
    {"list", NULL, "a list is written behind the type of its elements: `string[](max 10)`"},
    {"dict", NULL, "a map has strings as keys: `map<string>(max 10)`"},
    {"id", NULL, "an identifier is a `ulid` or a `uuid`, of a row itself: `ulid @key @auto`"},
    {"cuid", NULL, "an identifier is a `ulid` or a `uuid`, of a row itself: `ulid @key @auto`"},
    /* `primary key`, `not null`: read as a field `primary` and a type. */
    {"key", NULL, "a field of the key has `@key` behind its type"},
    {"null", NULL, "a field is required, unless `?` stands behind its type"},
};

/* Whether bounds or the like follow, which another type may not take in the same form. */
static bool has_parenthesis(const struct dyn_sema *sema, struct dyn_span span)
{
    struct dynr_str text = sema->diags->sources->items[span.source].text;
    return span.end < text.len && text.ptr[span.end] == '(';
}

static bool help_foreign(struct dyn_sema *sema, struct dyn_diag *diag, struct dynr_str written)
{
    const struct dyn_foreign_word *word =
        dyn_foreign_find(foreign_types, sizeof foreign_types / sizeof foreign_types[0], written);
    if (word != NULL) {
        dyn_foreign_help(sema->diags, diag, word, diag->span, !has_parenthesis(sema, diag->span));
    }
    return word != NULL;
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
        dyn_diag_note(sema->diags, diag, elsewhere->span, "declared here");
        help_import(sema, diag, file, elsewhere->file, name.name);
        return;
    }
    bool any_type = (kinds & DYN_SYMBOL_BIT(DYN_SYMBOL_ENUM)) != 0;
    if (any_type && help_foreign(sema, diag, name.name->text)) {
        return;
    }
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
