/* SPDX-License-Identifier: Apache-2.0 */
/* Enums, structs and contexts. */
#include "sema/internal.h"

/* ---- enums --------------------------------------------------------------------------------------------------- */

static size_t count_values(const struct dyn_ast_enum_value *values)
{
    size_t n = 0;
    for (; values != NULL; values = values->next) {
        n++;
    }
    return n;
}

struct tag_use {
    struct dyn_span span;
    const struct dyn_name *name;
};

/* 0: reported. */
static int32_t check_tag(struct dyn_sema *sema, const struct dyn_ast_enum_value *ast,
                         struct dynr_map *tags)
{
    int64_t tag = 0;
    if (!dyn_sema_constant_int(sema, ast->tag, &tag)) {
        return 0;
    }
    if (tag < 1 || tag > INT32_MAX) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_ENUM_TAG, ast->tag->span,
                                           "a tag is between 1 and %ld", (long)INT32_MAX);
        if (tag == 0) {
            dyn_diag_fact(sema->diags, diag,
                          "why: 0 stands for values that a program does not know yet");
        }
        return 0;
    }
    struct dynr_str key = dynr_arena_printf(sema->arena, "%lld", (long long)tag);
    const struct tag_use *first = dynr_map_get(tags, key);
    if (first != NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_ENUM_TAG, ast->tag->span,
                                           "the tag %lld is used twice", (long long)tag);
        dyn_diag_note(sema->diags, diag, first->span, "`%.*s` has it", DYN_NAME_ARG(first->name));
        return 0;
    }
    struct tag_use *use = dyn_sema_alloc(sema, 1, sizeof *use);
    use->span = ast->tag->span;
    use->name = ast->name.name;
    dynr_map_put(tags, key, use, NULL);
    return (int32_t)tag;
}

/* Tags are stored: either all stand in the file, or none and their order counts. */
static bool check_tag_style(struct dyn_sema *sema, const struct dyn_sema_enum *own)
{
    bool written = own->decl->values->tag != NULL;
    for (const struct dyn_ast_enum_value *ast = own->decl->values; ast != NULL; ast = ast->next) {
        if ((ast->tag != NULL) != written) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_ENUM_TAG, ast->span,
                           "some values of `%.*s` have a tag and some have none",
                           DYN_NAME_ARG(own->enumeration.name));
            dyn_diag_help(sema->diags, diag,
                          "give all of them a tag: tags are stored, so they must not move");
            return false;
        }
    }
    return written;
}

static void fill_enum(struct dyn_sema *sema, struct dyn_sema_enum *own)
{
    static const char *const allowed[] = {"was", NULL};
    const struct dyn_ast_decl *decl = own->decl;
    struct dyn_enum *enumeration = &own->enumeration;
    size_t n_errors = sema->diags->n_errors;
    enumeration->doc = decl->doc;
    enumeration->span = decl->name.span;
    dyn_sema_check_attributes(sema, decl->attributes, allowed, "an enum");
    enumeration->was = dyn_sema_was(sema, decl->attributes);
    struct dyn_enum_value *values =
        dyn_sema_alloc(sema, count_values(decl->values), sizeof *values);
    enumeration->values = values;
    if (decl->values == NULL) {
        own->poisoned = true;
        if (!sema->has_holes) {
            dyn_report(sema->diags, DYN_CODE_ENUM_TAG, decl->head, "`%.*s` has no values",
                       DYN_NAME_ARG(enumeration->name));
        }
        return;
    }
    bool written = check_tag_style(sema, own);
    struct dynr_map tags;
    dyn_sema_map_init(sema, &tags);
    for (const struct dyn_ast_enum_value *ast = decl->values; ast != NULL; ast = ast->next) {
        if (!dyn_sema_check_name(sema, ast->name)) {
            continue;
        }
        const struct dyn_enum_value *first = dynr_map_get(&own->values, ast->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, ast->name, first->span, "value");
            continue;
        }
        struct dyn_enum_value *value = &values[enumeration->n_values++];
        value->name = ast->name.name;
        value->doc = ast->doc;
        value->span = ast->name.span;
        value->tag = written && ast->tag != NULL ? check_tag(sema, ast, &tags)
                                                 : (int32_t)enumeration->n_values;
        dynr_map_put(&own->values, ast->name.name->text, value, NULL);
    }
    own->poisoned = sema->diags->n_errors != n_errors;
}

void dyn_sema_enums(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->enums.n_items; i++) {
        fill_enum(sema, sema->enums.items[i]);
    }
}

/* ---- fields of structs and contexts ---------------------------------------------------------------------------- */

static size_t count_fields(const struct dyn_ast_field *fields)
{
    size_t n = 0;
    for (; fields != NULL; fields = fields->next) {
        n++;
    }
    return n;
}

struct dyn_span dyn_sema_after_type(const struct dyn_ast_field *ast)
{
    struct dyn_span span = ast->type->span;
    span.start = span.end;
    return span;
}

void dyn_sema_init_field(struct dyn_sema *sema, struct dyn_sema_file *file,
                         const struct dyn_ast_field *ast, enum dyn_type_place place,
                         struct dyn_field *field)
{
    field->name = ast->name.name;
    field->doc = ast->doc;
    field->span = ast->name.span;
    field->attribute = ast->name.name->text;
    field->was = dyn_sema_was(sema, ast->attributes);
    field->after_type = dyn_sema_after_type(ast);
    if (ast->via_model.name != NULL || ast->through.name != NULL) {
        struct dyn_span span =
            ast->via_model.name != NULL ? ast->via_model.span : ast->through.span;
        dyn_report(sema->diags, DYN_CODE_RELATION, span, "only models have relations");
        field->type = sema->error_type;
        return;
    }
    field->type = dyn_sema_type(sema, file, ast->type, place);
}

struct field_list {
    struct dyn_field **fields;
    const struct dyn_ast_field **asts;
    size_t n_fields;
};

static struct field_list collect_fields(struct dyn_sema *sema, struct dyn_sema_file *file,
                                        const struct dyn_ast_field *asts, enum dyn_type_place place,
                                        struct dynr_map *by_name)
{
    struct field_list list = {0};
    size_t n = count_fields(asts);
    list.fields = dyn_sema_alloc(sema, n, sizeof(struct dyn_field *));
    list.asts = dyn_sema_alloc(sema, n, sizeof(const struct dyn_ast_field *));
    for (const struct dyn_ast_field *ast = asts; ast != NULL; ast = ast->next) {
        if (!dyn_sema_check_name(sema, ast->name)) {
            continue;
        }
        const struct dyn_field *first = dynr_map_get(by_name, ast->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, ast->name, first->span, "field");
            continue;
        }
        struct dyn_field *field = dyn_sema_alloc(sema, 1, sizeof *field);
        dyn_sema_init_field(sema, file, ast, place, field);
        field->index = list.n_fields;
        list.asts[list.n_fields] = ast;
        list.fields[list.n_fields++] = field;
        dynr_map_put(by_name, ast->name.name->text, field, NULL);
    }
    return list;
}

/* ---- structs ------------------------------------------------------------------------------------------------- */

static void fill_struct(struct dyn_sema *sema, struct dyn_sema_struct *own)
{
    static const char *const allowed[] = {"was", NULL};
    const struct dyn_ast_decl *decl = own->decl;
    own->structure.doc = decl->doc;
    own->structure.span = decl->name.span;
    dyn_sema_check_attributes(sema, decl->attributes, allowed, "a struct");
    own->structure.was = dyn_sema_was(sema, decl->attributes);
    struct field_list list =
        collect_fields(sema, own->file, decl->fields, DYN_PLACE_STRUCT, &own->fields);
    own->structure.fields = list.fields;
    own->structure.n_fields = list.n_fields;
    own->ast_fields = list.asts;
    for (size_t i = 0; i < list.n_fields; i++) {
        dyn_sema_check_attributes(sema, list.asts[i]->attributes, allowed, "a struct's field");
    }
    if (list.n_fields == 0 && !sema->has_holes && decl->fields == NULL) {
        dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, decl->head, "`%.*s` has no fields",
                   DYN_NAME_ARG(own->structure.name));
    }
}

static const struct dyn_struct *struct_in(const struct dyn_type *type)
{
    while (type->element != NULL) {
        type = type->element;
    }
    return type->kind == DYN_TYPE_STRUCT ? type->structure : NULL;
}

static struct dyn_sema_struct *struct_of(struct dyn_sema *sema, const struct dyn_struct *structure)
{
    const struct dyn_symbol *symbol = dynr_map_get(&sema->symbols, structure->name->text);
    return symbol->object;
}

/* A struct is part of an item, so it is finite: no struct contains itself, and nesting has DynamoDB's limit. */
static bool check_nesting(struct dyn_sema *sema, struct dyn_sema_struct *own, unsigned depth)
{
    if (own->nesting == DYN_NESTING_DONE) {
        return true;
    }
    if (own->nesting == DYN_NESTING_OPEN || depth > DYN_TYPE_DEPTH_MAX) {
        return false;
    }
    own->nesting = DYN_NESTING_OPEN;
    for (size_t i = 0; i < own->structure.n_fields; i++) {
        struct dyn_field *field = own->structure.fields[i];
        const struct dyn_struct *inner = struct_in(field->type);
        if (inner == NULL) {
            continue;
        }
        struct dyn_sema_struct *other = struct_of(sema, inner);
        if (!check_nesting(sema, other, depth + 1)) {
            bool is_cycle = other->nesting == DYN_NESTING_OPEN;
            dyn_report(sema->diags, is_cycle ? DYN_CODE_BOUNDS : DYN_CODE_TOO_DEEP,
                       own->ast_fields[i]->type->span,
                       is_cycle ? "`%.*s` would contain itself, so its size has no bound"
                                : "`%.*s` is nested deeper than DynamoDB stores",
                       DYN_NAME_ARG(inner->name));
            field->type = sema->error_type;
        } else if (other->depth + 1 > own->depth) {
            own->depth = other->depth + 1;
        }
    }
    own->nesting = DYN_NESTING_DONE;
    if (own->depth > DYN_TYPE_DEPTH_MAX) {
        dyn_report(sema->diags, DYN_CODE_TOO_DEEP, own->decl->head,
                   "`%.*s` is nested deeper than %d levels", DYN_NAME_ARG(own->structure.name),
                   DYN_TYPE_DEPTH_MAX);
        own->depth = 0;
    }
    return true;
}

/* Inner structs first: a value of the outer one takes their defaults. Nesting is finite by now. */
static void struct_defaults(struct dyn_sema *sema, struct dyn_sema_struct *own)
{
    if (own->defaults_done) {
        return;
    }
    own->defaults_done = true;
    for (size_t i = 0; i < own->structure.n_fields; i++) {
        struct dyn_field *field = own->structure.fields[i];
        const struct dyn_struct *inner = struct_in(field->type);
        if (inner != NULL) {
            struct_defaults(sema, struct_of(sema, inner));
        }
        const struct dyn_ast_field *ast = own->ast_fields[i];
        field->default_value =
            dyn_sema_default(sema, own->file, ast->default_value, field->type, ast->name);
    }
}

void dyn_sema_structs(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->structs.n_items; i++) {
        fill_struct(sema, sema->structs.items[i]);
    }
    for (size_t i = 0; i < sema->structs.n_items; i++) {
        check_nesting(sema, sema->structs.items[i], 0);
    }
    for (size_t i = 0; i < sema->structs.n_items; i++) {
        struct_defaults(sema, sema->structs.items[i]);
    }
}

/* ---- contexts ------------------------------------------------------------------------------------------------ */

static bool fits_context(const struct dyn_type *type)
{
    if (type->kind == DYN_TYPE_LIST || type->kind == DYN_TYPE_SET) {
        type = type->element;
    }
    return type->kind != DYN_TYPE_STRUCT && type->kind != DYN_TYPE_JSON &&
           !dyn_type_is_container(type);
}

static void fill_context_field(struct dyn_sema *sema, struct dyn_sema_context *own,
                               const struct dyn_ast_field *ast, struct dyn_field *field)
{
    static const char *const allowed[] = {"claim", NULL};
    dyn_sema_check_attributes(sema, ast->attributes, allowed, "a context's field");
    const struct dyn_ast_attribute *claim = dyn_find_attribute(ast->attributes, "claim");
    if (claim != NULL) {
        const struct dyn_ast_expr *text =
            dyn_sema_attribute_argument(sema, claim, DYN_AST_STRING, "@claim(\"sub\")");
        field->claim = text == NULL ? dynr_str_make(NULL, 0) : text->text;
    }
    if (!fits_context(field->type)) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->type->span,
                                           "a context holds no `%.*s`",
                                           DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
        dyn_diag_fact(
            sema->diags, diag,
            "why: its fields come from the claims of a token: single values and lists of them");
        field->type = sema->error_type;
    }
    field->default_value =
        dyn_sema_default(sema, own->file, ast->default_value, field->type, ast->name);
}

void dyn_sema_contexts(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->contexts.n_items; i++) {
        struct dyn_sema_context *own = sema->contexts.items[i];
        own->context.doc = own->decl->doc;
        own->context.span = own->decl->name.span;
        struct field_list list =
            collect_fields(sema, own->file, own->decl->fields, DYN_PLACE_CONTEXT, &own->fields);
        own->context.fields = list.fields;
        own->context.n_fields = list.n_fields;
        own->used = dyn_sema_alloc(sema, list.n_fields, sizeof(bool));
        for (size_t j = 0; j < list.n_fields; j++) {
            fill_context_field(sema, own, list.asts[j], list.fields[j]);
        }
    }
}
