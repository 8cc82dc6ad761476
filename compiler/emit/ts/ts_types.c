/* SPDX-License-Identifier: Apache-2.0 */
/* Types as they travel in JSON (runtime/include/dynr/value.h has the table), and what the schema declares. */
#include "emit/docs/describe.h"
#include "emit/ts/ts.h"
#include "ts_types_tmpl.h"

/* Integers that a JavaScript number holds exactly. ORDER json_number in runtime/include/dynr/gen.h */
#define SAFE_INTEGER (((int64_t)1 << 53) - 1)

static void put(struct ts_emit *e, const char *text)
{
    dyn_out_str(&e->out, dynr_str_from_c(text));
}

/* ---- types ------------------------------------------------------------------------------------------------- */

static bool is_number(const struct dyn_type *type)
{
    return type->width == 32 || (type->has_low && type->has_high && type->low >= -SAFE_INTEGER &&
                                 type->high <= SAFE_INTEGER);
}

static bool any_field_has_default(struct ts_emit *e, const struct dyn_struct *structure)
{
    for (size_t i = 0; i < structure->n_fields; i++) {
        const struct dyn_field *field = structure->fields[i];
        const struct dyn_type *type = field->type;
        while (type->element != NULL) {
            type = type->element;
        }
        if (field->default_value != NULL ||
            (type->kind == DYN_TYPE_STRUCT && ts_struct_has_defaults(e, type->structure))) {
            return true;
        }
    }
    return false;
}

bool ts_struct_has_defaults(struct ts_emit *e, const struct dyn_struct *structure)
{
    static char yes;
    static char no;
    const char *known = dynr_map_get(&e->defaults, structure->name->text);
    if (known == NULL) {
        known = any_field_has_default(e, structure) ? &yes : &no;
        /* Without memory it is found again; the answer is the same. */
        (void)dynr_map_put(&e->defaults, structure->name->text, known == &yes ? &yes : &no, NULL);
    }
    return known == &yes;
}

static void write_struct_name(struct ts_emit *e, const struct dyn_struct *structure,
                              enum ts_side side)
{
    bool as_input = side == TS_INPUT && ts_struct_has_defaults(e, structure);
    dyn_out_str(&e->out, as_input ? ts_struct_input_name(e, structure) : structure->name->text);
}

static void write_element(struct ts_emit *e, const struct dyn_type *element, enum ts_side side)
{
    if (element->optional) {
        put(e, "(");
    }
    ts_write_type(e, element, side);
    if (element->optional) {
        put(e, " | null)");
    }
}

void ts_write_type(struct ts_emit *e, const struct dyn_type *type, enum ts_side side)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
        put(e, "string");
        return;
    case DYN_TYPE_JSON:
        put(e, "JsonValue");
        return;
    case DYN_TYPE_BOOL:
        put(e, "boolean");
        return;
    case DYN_TYPE_INT:
        put(e, is_number(type) ? "number" : "bigint");
        return;
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_VERSION:
        put(e, "number");
        return;
    case DYN_TYPE_DECIMAL:
        put(e, "Decimal");
        return;
    case DYN_TYPE_BYTES:
        put(e, "Base64");
        return;
    case DYN_TYPE_DATE:
        put(e, "DateString");
        return;
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
        put(e, "Timestamp");
        return;
    case DYN_TYPE_ULID:
        put(e, "Ulid");
        return;
    case DYN_TYPE_UUID:
        put(e, "Uuid");
        return;
    case DYN_TYPE_ENUM:
        dyn_out_str(&e->out, type->enumeration->name->text);
        return;
    case DYN_TYPE_STRUCT:
        write_struct_name(e, type->structure, side);
        return;
    case DYN_TYPE_REF:
        tmpl_ts_types_ref(&e->out, &(struct tmpl_ts_types_ref){.model = type->model->name->text});
        return;
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
        write_element(e, type->element, side);
        put(e, "[]");
        return;
    case DYN_TYPE_MAP:
        put(e, "{ [name: string]: ");
        write_element(e, type->element, side);
        put(e, " }");
        return;
    case DYN_TYPE_NULL:
    case DYN_TYPE_ERROR:
        put(e, "null");
        return;
    }
}

/* Whether the field alone is its model's key, so that it is what references to the row hold. */
static bool is_whole_key(const struct dyn_model *model, const struct dyn_field *field)
{
    return model->n_key_fields == 1 && field == model->fields[0] && dyn_model_key_width(model) == 1;
}

void ts_write_field_type(struct ts_emit *e, const struct dyn_model *model,
                         const struct dyn_field *field)
{
    if (is_whole_key(model, field)) {
        tmpl_ts_types_ref(&e->out, &(struct tmpl_ts_types_ref){.model = model->name->text});
    } else {
        ts_write_type(e, field->type, TS_OUTPUT);
    }
}

/* ---- comments ---------------------------------------------------------------------------------------------- */

static void begin_paragraph(struct dynr_buf *text)
{
    dynr_buf_append_c(text, text->len == 0 ? "" : "\n\n");
}

/* `text` becomes the comment; the buffer is freed. */
static void finish_comment(struct ts_emit *e, struct dynr_buf *text)
{
    if (dynr_buf_ok(text)) {
        dyn_out_comment(&e->out, dynr_buf_str(text));
    } else {
        dyn_out_bad_text(&e->out, "a comment", dynr_str_from_c("memory is exhausted"));
    }
    dynr_buf_cleanup(text);
}

/* Sentences about a field, after what the user wrote. */
struct sentences {
    struct dynr_buf *text;
    bool begun;
};

static void begin_sentence(struct sentences *sentences)
{
    if (sentences->begun) {
        dynr_buf_append_char(sentences->text, ' ');
    } else {
        begin_paragraph(sentences->text);
    }
    sentences->begun = true;
}

static void add_sentence(struct sentences *sentences, const char *sentence)
{
    begin_sentence(sentences);
    dynr_buf_append_c(sentences->text, sentence);
}

static void add_form(struct sentences *sentences, const struct dyn_type *type)
{
    if (type->kind == DYN_TYPE_EMAIL) {
        add_sentence(sentences, "An e-mail address.");
    } else if (type->kind == DYN_TYPE_URL) {
        add_sentence(sentences, "A URL.");
    } else if (type->kind == DYN_TYPE_SET) {
        add_sentence(sentences, "A set: no element twice.");
    }
}

static void add_bounds(struct sentences *sentences, const struct dyn_type *type)
{
    struct dynr_buf bounds;
    dynr_buf_init(&bounds, NULL, 0);
    dyn_describe_bounds(type, &bounds);
    if (bounds.len > 0) {
        begin_sentence(sentences);
        if (bounds.ptr[0] >= 'a' && bounds.ptr[0] <= 'z') {
            bounds.ptr[0] = (char)(bounds.ptr[0] - 'a' + 'A');
        }
        dynr_buf_append_str(sentences->text, dynr_buf_str(&bounds));
        dynr_buf_append_char(sentences->text, '.');
    }
    dynr_buf_cleanup(&bounds);
}

static void add_default(struct sentences *sentences, const struct dyn_field *field)
{
    if (field->default_value != NULL) {
        add_sentence(sentences, "Default: `");
        dyn_expr_write(field->default_value, sentences->text);
        dynr_buf_append_c(sentences->text, "`.");
    }
}

void ts_write_field_comment(struct ts_emit *e, const struct dyn_field *field)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_str(&text, field->doc);
    struct sentences sentences = {&text, false};
    add_form(&sentences, field->type);
    add_bounds(&sentences, field->type);
    add_default(&sentences, field);
    finish_comment(e, &text);
}

static void add_role(struct sentences *sentences, const struct dyn_model *model,
                     const struct dyn_field *field)
{
    const struct dyn_unique *unique = dyn_unique_of(model, field);
    if (is_whole_key(model, field)) {
        add_sentence(sentences, "The key.");
    } else if (field->is_key) {
        add_sentence(sentences, "Part of the key.");
    }
    if (unique != NULL) {
        add_sentence(sentences, unique->fold ? "Unique, whatever its case." : "Unique.");
    }
    switch (field->origin) {
    case DYN_FIELD_DECLARED:
    case DYN_FIELD_PARENT:
        return;
    case DYN_FIELD_CREATED_AT:
        add_sentence(sentences, "Set by the server when the row is created.");
        return;
    case DYN_FIELD_UPDATED_AT:
        add_sentence(sentences, "Set by the server with every write.");
        return;
    case DYN_FIELD_VERSION:
        add_sentence(sentences,
                     "Counts the row's writes: pass it to procedures that expect a version.");
        return;
    case DYN_FIELD_DELETED_AT:
        add_sentence(sentences, "Set by the server when the row is deleted.");
        return;
    case DYN_FIELD_TTL:
        add_sentence(sentences, "The row expires then.");
        return;
    }
}

void ts_write_model_field_comment(struct ts_emit *e, const struct dyn_model *model,
                                  const struct dyn_field *field)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_str(&text, field->doc);
    struct sentences sentences = {&text, false};
    add_role(&sentences, model, field);
    add_form(&sentences, field->type);
    add_bounds(&sentences, field->type);
    finish_comment(e, &text);
}

/* ---- declarations ------------------------------------------------------------------------------------------ */

void ts_write_member_name(struct ts_emit *e, const struct dyn_name *name, bool optional)
{
    if (optional) {
        tmpl_ts_types_optional_member(&e->out,
                                      &(struct tmpl_ts_types_optional_member){.name = name->text});
    } else {
        tmpl_ts_types_member(&e->out, &(struct tmpl_ts_types_member){.name = name->text});
    }
    put(e, " ");
}

static void write_section(struct ts_emit *e, const char *title)
{
    dyn_out_blank(&e->out);
    tmpl_ts_types_section(&e->out,
                          &(struct tmpl_ts_types_section){.title = dynr_str_from_c(title)});
}

static void write_enum_comment(struct ts_emit *e, const struct dyn_enum *enumeration)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_str(&text, enumeration->doc);
    begin_paragraph(&text);
    dynr_buf_append_c(&text, "Stored as");
    for (size_t i = 0; i < enumeration->n_values; i++) {
        const struct dyn_enum_value *value = &enumeration->values[i];
        dynr_buf_printf(&text, "%s %.*s = %ld", i == 0 ? "" : ",", DYN_TS_ARG(value->name->text),
                        (long)value->tag);
    }
    dynr_buf_append_char(&text, '.');
    finish_comment(e, &text);
}

static void write_enum(struct ts_emit *e, const struct dyn_enum *enumeration)
{
    dyn_out_blank(&e->out);
    write_enum_comment(e, enumeration);
    tmpl_ts_types_alias_open(&e->out,
                             &(struct tmpl_ts_types_alias_open){.name = enumeration->name->text});
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < enumeration->n_values; i++) {
        put(e, "\n");
        dyn_out_comment(&e->out, enumeration->values[i].doc);
        put(e, "| ");
        tmpl_ts_types_literal(
            &e->out, &(struct tmpl_ts_types_literal){.text = enumeration->values[i].name->text});
    }
    put(e, enumeration->n_values == 0 ? " never;\n" : ";\n");
    dyn_out_outdent(&e->out);
}

static void open_interface(struct ts_emit *e, struct dynr_str name)
{
    tmpl_ts_types_interface_open(&e->out, &(struct tmpl_ts_types_interface_open){.name = name});
    dyn_out_indent(&e->out);
}

static void close_interface(struct ts_emit *e)
{
    dyn_out_outdent(&e->out);
    tmpl_ts_types_interface_close(&e->out);
}

static void write_struct_as(struct ts_emit *e, const struct dyn_struct *structure,
                            enum ts_side side)
{
    dyn_out_blank(&e->out);
    if (side == TS_OUTPUT) {
        dyn_out_comment(&e->out, structure->doc);
        open_interface(e, structure->name->text);
    } else {
        dyn_out_comment(&e->out,
                        dynr_arena_printf(e->arena,
                                          "`%.*s` in inputs: what has a default may be left out.",
                                          DYN_TS_ARG(structure->name->text)));
        open_interface(e, ts_struct_input_name(e, structure));
    }
    for (size_t i = 0; i < structure->n_fields; i++) {
        const struct dyn_field *field = structure->fields[i];
        bool left_out = side == TS_INPUT && field->default_value != NULL;
        ts_write_field_comment(e, field);
        ts_write_member_name(e, field->name, field->type->optional || left_out);
        ts_write_type(e, field->type, side);
        put(e, ";\n");
    }
    close_interface(e);
}

/* ---- models ------------------------------------------------------------------------------------------------ */

static void add_index_lines(struct dynr_buf *text, const struct dyn_plan_entity *entity)
{
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->slot == NULL || requirement->served_by != NULL) {
            continue;
        }
        dynr_buf_append_c(text, "\nIndex ");
        dynr_buf_append_str(text, requirement->slot->name);
        dynr_buf_append_c(text, " for ");
        dynr_buf_append_str(text, requirement->name);
        dynr_buf_append_c(text, ": ");
        dyn_describe_key(&requirement->partition, &requirement->sort, text);
    }
}

static void write_model_comment(struct ts_emit *e, const struct dyn_model *model)
{
    const struct dyn_plan_entity *entity = dyn_plan_entity_of(e->plan, model);
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_str(&text, model->doc);
    if (entity != NULL) {
        struct dynr_str table = model->table->physical_name;
        begin_paragraph(&text);
        dynr_buf_append_c(&text, "Table ");
        dynr_buf_append_str(&text, table.len > 0 ? table : model->table->name->text);
        dynr_buf_append_c(&text, ": ");
        dyn_describe_key(&entity->partition, &entity->sort, &text);
        add_index_lines(&text, entity);
    }
    finish_comment(e, &text);
}

static void write_model(struct ts_emit *e, const struct dyn_model *model)
{
    dyn_out_blank(&e->out);
    write_model_comment(e, model);
    open_interface(e, model->name->text);
    for (size_t i = 0; i < model->n_fields; i++) {
        const struct dyn_field *field = model->fields[i];
        ts_write_model_field_comment(e, model, field);
        ts_write_member_name(e, field->name, field->type->optional);
        ts_write_field_type(e, model, field);
        put(e, ";\n");
    }
    close_interface(e);
}

static void write_keys(struct ts_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    dyn_out_blank(&e->out);
    tmpl_ts_types_keys_open(&e->out);
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < program->n_models; i++) {
        const struct dyn_model *model = program->models[i];
        ts_write_member_name(e, model->name, false);
        if (dyn_model_key_width(model) == 1) {
            ts_write_type(e, model->fields[0]->type, TS_OUTPUT);
        } else {
            put(e, "string");
        }
        put(e, ";\n");
    }
    dyn_out_outdent(&e->out);
    tmpl_ts_types_keys_close(&e->out);
}

void ts_write_types(struct ts_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    write_section(e, "values");
    dyn_out_blank(&e->out);
    tmpl_ts_types_values(&e->out);
    write_keys(e);
    if (program->n_enums + program->n_structs > 0) {
        write_section(e, "enums and structs");
    }
    for (size_t i = 0; i < program->n_enums; i++) {
        write_enum(e, program->enums[i]);
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        write_struct_as(e, program->structs[i], TS_OUTPUT);
        if (ts_struct_has_defaults(e, program->structs[i])) {
            write_struct_as(e, program->structs[i], TS_INPUT);
        }
    }
    if (program->n_models > 0) {
        write_section(e, "models");
    }
    for (size_t i = 0; i < program->n_models; i++) {
        write_model(e, program->models[i]);
    }
}
