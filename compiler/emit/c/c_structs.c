/* SPDX-License-Identifier: Apache-2.0 */
/* Struct definitions in the header; member tables and default functions in the source. */
#include "emit/c/c_emit.h"

#include "header_tmpl.h"

static void member_comment(struct c_emit *e, const struct dyn_field *field)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    if (field->doc.len > 0) {
        dynr_buf_append_str(&text, field->doc);
        dynr_buf_append_c(&text, "\n");
    }
    dynr_buf_append_c(&text, "`");
    dyn_type_write(field->type, &text);
    dynr_buf_append_c(&text, "`");
    if (field->automatic) {
        dynr_buf_append_c(&text, ", filled on create when left zero");
    }
    if (field->default_value != NULL) {
        dynr_buf_append_c(&text, ", default ");
        dyn_expr_write(field->default_value, &text);
    }
    dyn_out_comment(&e->header, dynr_arena_dup(e->arena, dynr_buf_str(&text)));
    dynr_buf_cleanup(&text);
}

void c_struct_members(struct c_emit *e, struct dyn_field *const *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        /* The type first: it may have to define an array struct before this struct. */
        struct dynr_str type = c_type(e, fields[i]->type);
        struct dynr_str member = c_member(e, fields[i]->name);
        member_comment(e, fields[i]);
        if (fields[i]->type->optional) {
            dyn_out_line(&e->header, "bool has_%.*s;", DYN_ARG(member));
        }
        dyn_out_line(&e->header, "%.*s %.*s;", DYN_ARG(type), DYN_ARG(member));
    }
}

void c_struct_define(struct c_emit *e, struct dynr_str name, struct dynr_str doc,
                     struct dyn_field *const *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        /* Map entries and arrays that the members need must stand before the struct opens. */
        (void)c_type(e, fields[i]->type);
    }
    dyn_out_section(&e->header, "types");
    dyn_out_blank(&e->header);
    dyn_out_comment(&e->header, doc);
    dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(name));
    dyn_out_indent(&e->header);
    c_struct_members(e, fields, n_fields);
    dyn_out_outdent(&e->header);
    dyn_out_line(&e->header, "};");
}

void c_member_row(struct c_emit *e, struct dynr_str owner, struct dynr_str field,
                  struct dynr_str attribute, struct dynr_str member, const char *flags,
                  bool optional, struct dynr_str type_desc)
{
    struct dyn_out *out = &e->source;
    struct dynr_str field_literal = c_string(e, field);
    struct dynr_str attribute_literal =
        attribute.len > 0 ? c_string(e, attribute) : dynr_str_from_c("NULL");
    dyn_out_printf(out, "    {%.*s, %.*s, %zu, %zu, %s,", DYN_ARG(field_literal),
                   DYN_ARG(attribute_literal), field.len, attribute.len,
                   flags[0] == '\0' ? "0" : flags);
    dyn_out_printf(out, "\n     offsetof(struct %.*s, %.*s), ", DYN_ARG(owner), DYN_ARG(member));
    if (optional) {
        dyn_out_printf(out, "offsetof(struct %.*s, has_%.*s),", DYN_ARG(owner), DYN_ARG(member));
    } else {
        dyn_out_printf(out, "DYNR_REQUIRED,");
    }
    dyn_out_line(out, " &%.*s},", DYN_ARG(type_desc));
}

void c_member_table_open(struct c_emit *e, struct dynr_str name)
{
    dyn_out_section(&e->header, "tables");
    dyn_out_line(&e->header, "extern const struct dynr_struct_desc %.*s_struct;", DYN_ARG(name));
    dyn_out_section(&e->source, "structs");
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_field_desc fields_%.*s[] = {",
                 DYN_ARG(name));
}

void c_member_table_close(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name,
                          size_t n_members, bool has_defaults, size_t n_claims)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "};");
    dyn_out_blank(out);
    dyn_out_line(out, "const struct dynr_struct_desc %.*s_struct = {", DYN_ARG(name));
    dyn_out_line(out, "    .name = %.*s,", DYN_ARG(c_string(e, schema_name)));
    dyn_out_line(out, "    .size = sizeof(struct %.*s),", DYN_ARG(name));
    dyn_out_line(out, "    .fields = fields_%.*s,", DYN_ARG(name));
    dyn_out_line(out, "    .n_fields = %zu,", n_members);
    if (has_defaults) {
        dyn_out_line(out, "    .set_defaults = default_%.*s,", DYN_ARG(name));
    }
    if (n_claims > 0) {
        dyn_out_line(out, "    .claims = claims_%.*s,", DYN_ARG(name));
        dyn_out_line(out, "    .n_claims = %zu,", n_claims);
    }
    dyn_out_line(out, "};");
}

static bool is_managed(const struct dyn_field *field)
{
    return field->origin == DYN_FIELD_CREATED_AT || field->origin == DYN_FIELD_UPDATED_AT ||
           field->origin == DYN_FIELD_VERSION || field->origin == DYN_FIELD_DELETED_AT;
}

static const char *field_flags(struct c_emit *e, const struct dyn_field *field)
{
    /* `now()` as a default is what AUTO means for a timestamp: the runtime asks the client's clock. */
    bool automatic = field->automatic ||
                     (field->default_value != NULL && field->default_value->kind == DYN_EXPR_NOW);
    struct dynr_str flags = dynr_arena_printf(
        e->arena, "%s%s%s%s%s", automatic ? "DYNR_FIELD_AUTO" : "",
        automatic && is_managed(field) ? " | " : "", is_managed(field) ? "DYNR_FIELD_MANAGED" : "",
        (automatic || is_managed(field)) && field->default_value != NULL ? " | " : "",
        field->default_value != NULL ? "DYNR_FIELD_DEFAULT" : "");
    return flags.ptr;
}

/** Writes the function that sets defaults; false when there is nothing to set. */
static bool write_defaults(struct c_emit *e, struct dynr_str name, struct dyn_field *const *fields,
                           size_t n_fields)
{
    static const struct c_scope no_scope = {0};
    size_t n_defaults = 0;
    for (size_t i = 0; i < n_fields; i++) {
        bool constant =
            fields[i]->default_value != NULL && fields[i]->default_value->kind != DYN_EXPR_NOW;
        n_defaults += constant ? 1 : 0;
    }
    if (n_defaults == 0) {
        return false;
    }
    dyn_out_section(&e->source, "defaults");
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static void default_%.*s(void *object)", DYN_ARG(name));
    dyn_out_line(&e->source, "{");
    dyn_out_indent(&e->source);
    dyn_out_line(&e->source, "struct %.*s *value = object;", DYN_ARG(name));
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i]->default_value == NULL || fields[i]->default_value->kind == DYN_EXPR_NOW) {
            continue;
        }
        struct dynr_str member = c_member(e, fields[i]->name);
        struct dynr_str target = dynr_arena_printf(e->arena, "value->%.*s", DYN_ARG(member));
        struct dynr_str flag = dynr_arena_printf(e->arena, "value->has_%.*s", DYN_ARG(member));
        c_assign(e, &no_scope, fields[i], target, flag, fields[i]->default_value, NULL);
    }
    dyn_out_outdent(&e->source);
    dyn_out_line(&e->source, "}");
    return true;
}

/** Which claims of a token fill which fields; returns how many have a name of their own. */
static size_t write_claims(struct c_emit *e, struct dynr_str name, struct dyn_field *const *fields,
                           size_t n_fields)
{
    struct dyn_out *out = &e->source;
    size_t n = 0;
    dyn_out_section(out, "structs");
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i]->claim.len == 0) {
            continue;
        }
        if (n++ == 0) {
            dyn_out_blank(out);
            dyn_out_line(out, "static const struct dynr_claim claims_%.*s[] = {", DYN_ARG(name));
        }
        dyn_out_line(out, "    {%.*s, %.*s},", DYN_ARG(c_string(e, fields[i]->name->text)),
                     DYN_ARG(c_string(e, fields[i]->claim)));
    }
    if (n > 0) {
        dyn_out_line(out, "};");
    }
    return n;
}

void c_struct_tables(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name,
                     struct dyn_field *const *fields, size_t n_fields, enum c_struct_use use)
{
    bool has_defaults = write_defaults(e, name, fields, n_fields);
    struct dynr_str *types = dynr_arena_calloc(e->arena, n_fields + 1, sizeof *types);
    for (size_t i = 0; i < n_fields; i++) {
        types[i] = c_type_desc(e, fields[i]->type);
    }
    size_t n_claims = write_claims(e, name, fields, n_fields);
    c_member_table_open(e, name);
    for (size_t i = 0; i < n_fields; i++) {
        struct dynr_str attribute =
            use == C_STRUCT_STORED ? fields[i]->attribute : (struct dynr_str){0};
        c_member_row(e, name, fields[i]->name->text, attribute, c_member(e, fields[i]->name),
                     field_flags(e, fields[i]), fields[i]->type->optional, types[i]);
    }
    c_member_table_close(e, name, schema_name, n_fields, has_defaults, n_claims);
}

static void emit_init(struct c_emit *e, struct dynr_str name)
{
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    tmpl_header_init(&e->header, &(struct tmpl_header_init){.name = name});
}

static void emit_one_struct(struct c_emit *e, const struct dyn_struct *structure)
{
    struct dynr_str name = c_name(e, structure->name);
    struct dynr_str key = dynr_arena_printf(e->arena, "define struct %.*s", DYN_ARG(name));
    if (!c_first_time(e, key)) {
        return;
    }
    for (size_t i = 0; i < structure->n_fields; i++) {
        /* Held by value: it must be defined before. Lists hold pointers and need no order; maps hold entries. */
        const struct dyn_type *type = structure->fields[i]->type;
        const struct dyn_type *held = type->kind == DYN_TYPE_MAP ? type->element : type;
        if (held->kind == DYN_TYPE_STRUCT) {
            emit_one_struct(e, held->structure);
        }
    }
    c_struct_define(e, name, structure->doc, structure->fields, structure->n_fields);
    c_struct_tables(e, name, structure->name->text, structure->fields, structure->n_fields,
                    C_STRUCT_STORED);
    emit_init(e, name);
}

static bool is_used(const struct dyn_plan *plan, const struct dyn_context *context)
{
    for (size_t i = 0; i < plan->n_procedures; i++) {
        if (plan->procedures[i]->procedure->context == context) {
            return true;
        }
    }
    return false;
}

void c_emit_structs(struct c_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    for (size_t i = 0; i < program->n_structs; i++) {
        emit_one_struct(e, program->structs[i]);
    }
    for (size_t i = 0; i < program->n_contexts; i++) {
        const struct dyn_context *context = program->contexts[i];
        struct dynr_str name = c_name(e, context->name);
        c_struct_define(e, name, context->doc, context->fields, context->n_fields);
        if (is_used(e->plan, context)) {
            c_struct_tables(e, name, context->name->text, context->fields, context->n_fields,
                            C_STRUCT_INPUT);
        }
    }
}
