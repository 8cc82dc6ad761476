/* SPDX-License-Identifier: Apache-2.0 */
/* Builders of declarations and of the members in their bodies, which come piece by piece. */
#include "base/memory.h"
#include "syntax/build.h"

static struct dynr_str text_at(const struct dyn_parse *parse, struct dyn_span span)
{
    return dynr_str_make(parse->tokens.text.ptr + span.start, span.end - span.start);
}

static void report_again(struct dyn_parse *parse, struct dyn_span span, struct dyn_span first,
                         const char *what)
{
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_DUPLICATE, span, "a second %s", what);
    dyn_diag_note(parse->diags, diag, first, "the first one is here");
}

/* ---- file ---- */

static size_t first_token(const struct dyn_parse *parse)
{
    size_t index = 0;
    while (index + 1 < parse->tokens.n_items &&
           (parse->tokens.items[index].flags & DYN_TOKEN_UNSEEN) != 0) {
        index++;
    }
    return index;
}

void dyn_build_no_edition(struct dyn_parse *parse)
{
    size_t first = first_token(parse);
    if (parse->tokens.items[first].kind == DYN_TOKEN_DYN) {
        return;
    }
    struct dyn_span span = dyn_token_span(&parse->tokens, first);
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_EDITION, span,
                                       "the file does not start with its edition");
    dyn_diag_help(parse->diags, diag, "write `dyn 1` before everything else");
    span.end = span.start;
    dyn_diag_fix(parse->diags, diag, span, dynr_str_from_c("dyn 1\n\n"));
}

void dyn_build_edition(struct dyn_parse *parse, struct dyn_span span, struct dyn_span number)
{
    if (span.start != parse->tokens.items[first_token(parse)].start) {
        struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_EDITION, span,
                                           "the edition stands before everything else");
        dyn_diag_help(parse->diags, diag, "a file has one edition, in its first line");
        return;
    }
    parse->file->edition_span = span;
    if (dynr_str_equal_c(text_at(parse, number), "1")) {
        parse->file->edition = 1;
        return;
    }
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_EDITION, number, "unknown edition");
    dyn_diag_help(parse->diags, diag, "this compiler knows edition 1");
}

void dyn_build_namespace(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name)
{
    if (parse->file->namespace_name.name != NULL) {
        report_again(parse, span, parse->file->namespace_name.span, "namespace");
        return;
    }
    parse->file->namespace_name = name;
}

void dyn_build_import(struct dyn_parse *parse, struct dyn_span span, struct dyn_span path,
                      struct dyn_ast_expr *names)
{
    struct dyn_ast_import *import = dyn_alloc(parse->arena, sizeof *import);
    import->span = span;
    import->path = dyn_build_string_text(parse, path);
    import->path_span = path;
    import->names = names;
    *parse->imports_end = import;
    parse->imports_end = &import->next;
}

/* ---- declarations ---- */

static struct dyn_ast_decl *add_decl(struct dyn_parse *parse, enum dyn_ast_decl_kind kind,
                                     struct dyn_span span)
{
    struct dyn_ast_decl *decl = dyn_alloc(parse->arena, sizeof *decl);
    decl->kind = kind;
    decl->span = decl->head = span;
    decl->name.span = decl->parent_field.span = decl->parent_model.span = span;
    decl->context_name.span = decl->context_type.span = span;
    decl->doc = dyn_parse_doc(parse, span.start);
    *parse->decls_end = decl;
    parse->decls_end = &decl->next;
    return decl;
}

void dyn_build_public(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names)
{
    add_decl(parse, DYN_AST_PUBLIC, span)->names = names;
}

void dyn_build_decl(struct dyn_parse *parse, enum dyn_ast_decl_kind kind, struct dyn_span keyword)
{
    struct dyn_ast_decl *decl = add_decl(parse, kind, keyword);
    parse->decl = decl;
    parse->field = NULL;
    parse->fields_end = &decl->fields;
    parse->ends_end = &decl->ends;
    parse->value = NULL;
    parse->values_end = &decl->values;
    parse->setting = NULL;
    parse->settings_end = &decl->settings;
    parse->traits_end = &decl->traits;
    parse->keys_end = &decl->keys;
    parse->rules_end = &decl->rules;
    parse->rule = NULL;
    parse->attributes_end = &decl->attributes;
    parse->procedures_end = &decl->procedures;
    parse->procedure = NULL;
    parse->after_separator = true;
}

void dyn_build_decl_name(struct dyn_parse *parse, struct dyn_ast_name name)
{
    parse->decl->name = name;
    parse->decl->head = dyn_span_join(parse->decl->head, name.span);
}

void dyn_build_decl_attribute(struct dyn_parse *parse, struct dyn_ast_attribute *attribute)
{
    *parse->attributes_end = attribute;
    parse->attributes_end = &attribute->next;
}

void dyn_build_parent(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name field,
                      struct dyn_ast_name model)
{
    if (parse->decl->parent_field.name != NULL) {
        report_again(parse, span, parse->decl->parent_field.span, "parent");
        return;
    }
    parse->decl->parent_field = field;
    parse->decl->parent_model = model;
}

/* "OrderItem" -> "orderItem" */
static struct dynr_str lower_first(struct dyn_parse *parse, struct dynr_str text)
{
    char *copy = dyn_alloc(parse->arena, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    if (text.len > 0 && copy[0] >= 'A' && copy[0] <= 'Z') {
        copy[0] = (char)(copy[0] - 'A' + 'a');
    }
    return dynr_str_make(copy, text.len);
}

void dyn_build_unnamed_parent(struct dyn_parse *parse, struct dyn_span span,
                              struct dyn_ast_name model)
{
    if (model.name == NULL) {
        return;
    }
    struct dynr_str text = model.name->text;
    struct dynr_str field = lower_first(parse, text);
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, model.span,
                                       "the field that holds the parent has no name");
    dyn_diag_help(parse->diags, diag, "write `in %.*s: %.*s`", (int)field.len, field.ptr,
                  (int)text.len, text.ptr);
    struct dyn_span place = model.span;
    place.end = place.start;
    dyn_diag_fix(parse->diags, diag, place,
                 dynr_arena_printf(parse->arena, "%.*s: ", (int)field.len, field.ptr));
    struct dyn_ast_name name = {.name = dyn_names_intern(parse->names, field), .span = model.span};
    dyn_build_parent(parse, span, name, model);
}

void dyn_build_single(struct dyn_parse *parse, struct dyn_span span)
{
    if (parse->decl->single) {
        dyn_report(parse->diags, DYN_CODE_DUPLICATE, span, "a second `single`");
    }
    parse->decl->single = true;
}

static struct dyn_ast_field *new_field(struct dyn_parse *parse, struct dyn_span span,
                                       struct dyn_ast_name name)
{
    struct dyn_ast_field *field = dyn_alloc(parse->arena, sizeof *field);
    field->name = name;
    field->span = span;
    field->doc = dyn_parse_doc(parse, span.start);
    field->via_model.span = field->via_field.span = field->through.span = span;
    return field;
}

void dyn_build_link_end(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name field,
                        struct dyn_ast_name model)
{
    struct dyn_ast_field *end = new_field(parse, span, field);
    end->type = dyn_build_type(parse, DYN_AST_TYPE_NAME, model.span, model);
    *parse->ends_end = end;
    parse->ends_end = &end->next;
}

void dyn_build_router_context(struct dyn_parse *parse, struct dyn_span span,
                              struct dyn_ast_name name, struct dyn_ast_name type)
{
    if (parse->decl->context_name.name != NULL) {
        report_again(parse, span, parse->decl->context_name.span, "context");
        return;
    }
    parse->decl->context_name = name;
    parse->decl->context_type = type;
}

void dyn_build_no_body(struct dyn_parse *parse, struct dyn_span span)
{
    (void)span;
    if (!parse->recovering) {
        struct dynr_str head = text_at(parse, parse->decl->head);
        dyn_report(parse->diags, DYN_CODE_SYNTAX, parse->decl->head, "expected `{` after `%.*s`",
                   (int)head.len, head.ptr);
    }
}

void dyn_build_decl_end(struct dyn_parse *parse, struct dyn_span span)
{
    parse->decl->span = span;
    if (parse->decl->name.name == NULL) {
        parse->decl->kind = DYN_AST_DECL_ERROR;
    }
    parse->decl = NULL;
}

struct dyn_ast_attribute *dyn_build_attribute(struct dyn_parse *parse, struct dyn_span span,
                                              struct dyn_ast_name name, bool has_arguments,
                                              struct dyn_ast_expr *arguments)
{
    struct dyn_ast_attribute *attribute = dyn_alloc(parse->arena, sizeof *attribute);
    attribute->name = name;
    attribute->span = span;
    attribute->has_arguments = has_arguments;
    attribute->arguments = arguments;
    return attribute;
}

/* ---- pieces of bodies ---- */

void dyn_build_separator(struct dyn_parse *parse, struct dyn_span span)
{
    if (parse->after_separator && !parse->recovering) {
        dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "unexpected `,`");
    }
    parse->after_separator = true;
}

/* A part that belongs to no member: the body starts with it, or a comma stands before it. */
static bool lacks_member(struct dyn_parse *parse, const void *member, struct dyn_span span)
{
    if (member != NULL && !parse->after_separator) {
        return false;
    }
    if (!parse->recovering) {
        struct dynr_str text = text_at(parse, span);
        size_t len = 0;
        while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != '(' &&
               text.ptr[len] != '\n') {
            len++;
        }
        dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "`%.*s` belongs to nothing", (int)len,
                   text.ptr);
    }
    return true;
}

void dyn_build_setting(struct dyn_parse *parse, struct dyn_span name)
{
    struct dyn_ast_setting *setting = dyn_alloc(parse->arena, sizeof *setting);
    setting->name = dyn_build_name(parse, name);
    setting->span = name;
    parse->setting = setting;
    parse->setting_values_end = &setting->values;
    *parse->settings_end = setting;
    parse->settings_end = &setting->next;
    parse->after_separator = false;
}

void dyn_build_setting_value(struct dyn_parse *parse, struct dyn_ast_expr *value)
{
    if (lacks_member(parse, parse->setting, value->span)) {
        return;
    }
    parse->setting->span = dyn_span_join(parse->setting->span, value->span);
    *parse->setting_values_end = value;
    parse->setting_values_end = &value->next;
}

void dyn_build_enum_value(struct dyn_parse *parse, struct dyn_span name)
{
    struct dyn_ast_enum_value *value = dyn_alloc(parse->arena, sizeof *value);
    value->name = dyn_build_name(parse, name);
    value->span = name;
    value->doc = dyn_parse_doc(parse, name.start);
    parse->value = value;
    *parse->values_end = value;
    parse->values_end = &value->next;
    parse->after_separator = false;
}

void dyn_build_enum_tag(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *tag)
{
    if (lacks_member(parse, parse->value, span)) {
        return;
    }
    if (parse->value->tag != NULL) {
        report_again(parse, tag->span, parse->value->tag->span, "tag");
        return;
    }
    parse->value->tag = tag;
    parse->value->span = dyn_span_join(parse->value->span, tag->span);
}

void dyn_build_colon(struct dyn_parse *parse, struct dyn_span colon, struct dyn_span type)
{
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, colon,
                                       "a field has no `:` between its name and its type");
    dyn_diag_help(parse->diags, diag, "leave it out: white space separates the two");
    struct dyn_span place = colon;
    while (place.start > 0 && parse->tokens.text.ptr[place.start - 1] == ' ') {
        place.start--;
    }
    dyn_diag_fix(parse->diags, diag, place, dynr_str_from_c(type.start == colon.end ? " " : ""));
}

void dyn_build_field(struct dyn_parse *parse, struct dyn_span span, struct dyn_span name,
                     struct dyn_ast_type *type)
{
    struct dyn_ast_field *field = new_field(parse, span, dyn_build_name(parse, name));
    field->type = type == NULL ? dyn_build_type_error(parse, name) : type;
    parse->field = field;
    parse->field_attributes_end = &field->attributes;
    *parse->fields_end = field;
    parse->fields_end = &field->next;
    parse->after_separator = false;
}

static bool begin_part(struct dyn_parse *parse, struct dyn_span span)
{
    if (lacks_member(parse, parse->field, span)) {
        return false;
    }
    parse->field->span = dyn_span_join(parse->field->span, span);
    return true;
}

void dyn_build_default(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *value)
{
    if (!begin_part(parse, span)) {
        return;
    }
    if (parse->field->default_value != NULL) {
        report_again(parse, span, parse->field->default_value->span, "default");
        return;
    }
    parse->field->default_value = value;
}

void dyn_build_field_attribute(struct dyn_parse *parse, struct dyn_span span,
                               struct dyn_ast_attribute *attribute)
{
    if (begin_part(parse, span)) {
        *parse->field_attributes_end = attribute;
        parse->field_attributes_end = &attribute->next;
    }
}

void dyn_build_via(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name model,
                   struct dyn_ast_name field)
{
    if (!begin_part(parse, span)) {
        return;
    }
    if (parse->field->via_model.name != NULL) {
        report_again(parse, span, parse->field->via_model.span, "`via`");
        return;
    }
    parse->field->via_model = model;
    parse->field->via_field = field;
}

void dyn_build_through(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name link)
{
    if (!begin_part(parse, span)) {
        return;
    }
    if (parse->field->through.name != NULL) {
        report_again(parse, span, parse->field->through.span, "`through`");
        return;
    }
    parse->field->through = link;
}

/* ---- clauses of models ---- */

/* Behind a clause no part of a field may follow. */
static void end_field(struct dyn_parse *parse)
{
    parse->field = NULL;
    parse->after_separator = false;
}

struct dyn_ast_trait *dyn_build_trait(struct dyn_parse *parse, struct dyn_span span,
                                      struct dyn_ast_name name, struct dyn_ast_expr *arguments)
{
    struct dyn_ast_trait *trait = dyn_alloc(parse->arena, sizeof *trait);
    trait->name = name;
    trait->span = span;
    trait->arguments = arguments;
    return trait;
}

void dyn_build_use(struct dyn_parse *parse, struct dyn_ast_trait *trait)
{
    *parse->traits_end = trait;
    parse->traits_end = &trait->next;
    end_field(parse);
}

struct dyn_ast_template dyn_build_template(struct dyn_parse *parse, struct dyn_span span)
{
    struct dyn_ast_template template = {.span = span, .is_field = false};
    template.field.span = span;
    template.text = dyn_build_string_text(parse, span);
    return template;
}

struct dyn_ast_template dyn_build_template_field(struct dyn_ast_name name)
{
    struct dyn_ast_template template = {.span = name.span, .is_field = true, .field = name};
    return template;
}

static struct dyn_ast_key *add_key(struct dyn_parse *parse, struct dyn_span span,
                                   struct dyn_ast_template partition,
                                   const struct dyn_ast_template *sort)
{
    struct dyn_ast_key *key = dyn_alloc(parse->arena, sizeof *key);
    key->span = span;
    key->name.span = key->physical_span = span;
    key->partition = partition;
    key->has_sort = sort != NULL;
    if (sort != NULL) {
        key->sort = *sort;
    }
    *parse->keys_end = key;
    parse->keys_end = &key->next;
    end_field(parse);
    return key;
}

void dyn_build_key(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_template partition,
                   const struct dyn_ast_template *sort)
{
    add_key(parse, span, partition, sort);
}

void dyn_build_index(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                     const struct dyn_span *physical, struct dyn_ast_template partition,
                     const struct dyn_ast_template *sort)
{
    struct dyn_ast_key *key = add_key(parse, span, partition, sort);
    key->is_index = true;
    key->name = name;
    if (physical != NULL) {
        key->physical_name = dyn_build_string_text(parse, *physical);
        key->physical_span = *physical;
    }
}
