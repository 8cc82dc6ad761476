/* SPDX-License-Identifier: Apache-2.0 */
/* How `.dyn` types look in C, and the constant tables that describe them to the runtime. */
#include "emit/c/c_emit.h"

#include <inttypes.h>

/** Largest integer that every JSON reader keeps exactly: 2^53 - 1. */
#define JSON_INTEGER_MAX INT64_C(9007199254740991)

bool c_is_json_number(const struct dyn_type *type)
{
    if (type->kind == DYN_TYPE_VERSION) {
        return true;
    }
    return type->kind == DYN_TYPE_INT && type->has_low && type->has_high &&
           type->low >= -JSON_INTEGER_MAX && type->high <= JSON_INTEGER_MAX;
}

/** The word for a type inside names: "string", "int64", "todo_key". */
static struct dynr_str mnemonic(struct c_emit *e, const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
    case DYN_TYPE_ERROR:
    case DYN_TYPE_NULL:
        return dynr_str_from_c("string");
    case DYN_TYPE_BOOL:
        return dynr_str_from_c("bool");
    case DYN_TYPE_INT:
        return dynr_str_from_c(type->width == 32 ? "int32" : "int64");
    case DYN_TYPE_VERSION:
        return dynr_str_from_c("int64");
    case DYN_TYPE_FLOAT:
        return dynr_str_from_c("double");
    case DYN_TYPE_DECIMAL:
        return dynr_str_from_c("decimal");
    case DYN_TYPE_BYTES:
        return dynr_str_from_c("bytes");
    case DYN_TYPE_DATE:
        return dynr_str_from_c("date");
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
        return dynr_str_from_c("timestamp");
    case DYN_TYPE_ULID:
        return dynr_str_from_c("ulid");
    case DYN_TYPE_UUID:
        return dynr_str_from_c("uuid");
    case DYN_TYPE_ENUM:
        return dyn_name_snake(e->arena, type->enumeration->name->text);
    case DYN_TYPE_STRUCT:
        return dyn_name_snake(e->arena, type->structure->name->text);
    case DYN_TYPE_REF: {
        struct dynr_str name = dyn_name_snake(e->arena, type->model->name->text);
        return dynr_arena_printf(e->arena, "%.*s_key", DYN_ARG(name));
    }
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
        return dynr_arena_printf(e->arena, "%.*s_array", DYN_ARG(mnemonic(e, type->element)));
    case DYN_TYPE_MAP:
        return dynr_arena_printf(e->arena, "%.*s_map", DYN_ARG(mnemonic(e, type->element)));
    }
    return dynr_str_from_c("string");
}

struct dynr_str c_array_struct(struct c_emit *e, struct dynr_str element_type, struct dynr_str name)
{
    struct dynr_str array = dynr_arena_printf(e->arena, "%.*s_array", DYN_ARG(name));
    struct dynr_str key = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(array));
    if (c_first_time(e, key)) {
        size_t section = e->header.current;
        dyn_out_section(&e->header, "arrays");
        dyn_out_blank(&e->header);
        dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(array));
        dyn_out_line(&e->header, "    %.*s *items;", DYN_ARG(element_type));
        dyn_out_line(&e->header, "    size_t n_items;");
        dyn_out_line(&e->header, "};");
        e->header.current = section;
    }
    return array;
}

static struct dynr_str map_struct(struct c_emit *e, const struct dyn_type *element)
{
    struct dynr_str value = c_type(e, element);
    struct dynr_str name = dynr_arena_printf(e->arena, "%.*s_%.*s_map", DYN_ARG(e->prefix),
                                             DYN_ARG(mnemonic(e, element)));
    struct dynr_str key = dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(name));
    if (c_first_time(e, key)) {
        size_t section = e->header.current;
        dyn_out_section(&e->header, "arrays");
        dyn_out_blank(&e->header);
        dyn_out_line(&e->header, "struct %.*s_entry;", DYN_ARG(name));
        dyn_out_line(&e->header, "struct %.*s {", DYN_ARG(name));
        dyn_out_line(&e->header, "    struct %.*s_entry *items;", DYN_ARG(name));
        dyn_out_line(&e->header, "    size_t n_items;");
        dyn_out_line(&e->header, "};");
        /* An entry holds the value itself, so it stands behind the definition of its struct. */
        dyn_out_section(&e->header, "types");
        dyn_out_blank(&e->header);
        dyn_out_line(&e->header, "struct %.*s_entry {", DYN_ARG(name));
        dyn_out_line(&e->header, "    struct dynr_str key;");
        dyn_out_line(&e->header, "    %.*s value;", DYN_ARG(value));
        dyn_out_line(&e->header, "};");
        e->header.current = section;
    }
    return name;
}

static struct dynr_str make_type(struct c_emit *e, const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
    case DYN_TYPE_ERROR:
    case DYN_TYPE_NULL:
        return dynr_str_from_c("struct dynr_str");
    case DYN_TYPE_BOOL:
        return dynr_str_from_c("bool");
    case DYN_TYPE_INT:
        return dynr_str_from_c(type->width == 32 ? "int32_t" : "int64_t");
    case DYN_TYPE_VERSION:
        return dynr_str_from_c("int64_t");
    case DYN_TYPE_FLOAT:
        return dynr_str_from_c("double");
    case DYN_TYPE_DECIMAL:
    case DYN_TYPE_BYTES:
    case DYN_TYPE_DATE:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
        return dynr_arena_printf(e->arena, "struct dynr_%.*s", DYN_ARG(mnemonic(e, type)));
    case DYN_TYPE_ENUM:
        return dynr_arena_printf(e->arena, "enum %.*s",
                                 DYN_ARG(c_name(e, type->enumeration->name)));
    case DYN_TYPE_STRUCT:
        return dynr_arena_printf(e->arena, "struct %.*s",
                                 DYN_ARG(c_name(e, type->structure->name)));
    case DYN_TYPE_REF:
        return dynr_arena_printf(e->arena, "struct %.*s_key",
                                 DYN_ARG(c_model_name(e, type->model)));
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET: {
        struct dynr_str element = c_type(e, type->element);
        struct dynr_str name = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(e->prefix),
                                                 DYN_ARG(mnemonic(e, type->element)));
        return dynr_arena_printf(e->arena, "struct %.*s",
                                 DYN_ARG(c_array_struct(e, element, name)));
    }
    case DYN_TYPE_MAP:
        return dynr_arena_printf(e->arena, "struct %.*s", DYN_ARG(map_struct(e, type->element)));
    }
    return dynr_str_from_c("struct dynr_str");
}

struct dynr_str c_type(struct c_emit *e, const struct dyn_type *type)
{
    struct c_recent *recent = c_recent_at(e->types, type);
    if (recent->key != type) {
        /* Its element may go to the same place meanwhile. */
        struct dynr_str made = make_type(e, type);
        recent->text = made;
        recent->key = type;
    }
    return recent->text;
}

static const char *kind_name(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_ERROR:
    case DYN_TYPE_NULL:
    case DYN_TYPE_STRING:
        return "STRING";
    case DYN_TYPE_EMAIL:
        return "EMAIL";
    case DYN_TYPE_URL:
        return "URL";
    case DYN_TYPE_JSON:
        return "JSON";
    case DYN_TYPE_BOOL:
        return "BOOL";
    case DYN_TYPE_INT:
        return type->width == 32 ? "INT32" : "INT64";
    case DYN_TYPE_VERSION:
        return "INT64";
    case DYN_TYPE_FLOAT:
        return "FLOAT";
    case DYN_TYPE_DECIMAL:
        return "DECIMAL";
    case DYN_TYPE_BYTES:
        return "BYTES";
    case DYN_TYPE_DATE:
        return "DATE";
    case DYN_TYPE_TIMESTAMP:
        return "TIMESTAMP";
    case DYN_TYPE_EPOCH:
        return "EPOCH";
    case DYN_TYPE_ULID:
        return "ULID";
    case DYN_TYPE_UUID:
        return "UUID";
    case DYN_TYPE_ENUM:
        return "ENUM";
    case DYN_TYPE_STRUCT:
        return "STRUCT";
    case DYN_TYPE_REF:
        return "REF";
    case DYN_TYPE_LIST:
        return "LIST";
    case DYN_TYPE_SET:
        return "SET";
    case DYN_TYPE_MAP:
        return "MAP";
    }
    return "STRING";
}

static struct dynr_str number_word(struct c_emit *e, int64_t value)
{
    if (value >= 0) {
        return dynr_arena_printf(e->arena, "%" PRId64, value);
    }
    return dynr_arena_printf(e->arena, "minus_%" PRIu64, (uint64_t)0 - (uint64_t)value);
}

/** "string_1_200": says everything the table holds, so that equal tables have equal names. */
static struct dynr_str desc_word(struct c_emit *e, const struct dyn_type *type)
{
    struct dynr_str word;
    char small[16];
    const char *kind = kind_name(type);
    size_t len = strlen(kind);
    for (size_t i = 0; i <= len; i++) {
        small[i] = kind[i] >= 'A' && kind[i] <= 'Z' ? (char)(kind[i] - 'A' + 'a') : kind[i];
    }
    if (type->kind == DYN_TYPE_ENUM || type->kind == DYN_TYPE_STRUCT ||
        type->kind == DYN_TYPE_REF) {
        word = dynr_arena_printf(e->arena, "%s_%.*s", small, DYN_ARG(mnemonic(e, type)));
    } else if (type->kind == DYN_TYPE_VERSION) {
        word = dynr_str_from_c("version");
    } else if (type->element != NULL) {
        word =
            dynr_arena_printf(e->arena, "%s_of_%.*s", small, DYN_ARG(desc_word(e, type->element)));
    } else {
        word = dynr_arena_printf(e->arena, "%s", small);
    }
    if (type->has_low) {
        word = dynr_arena_printf(e->arena, "%.*s_from_%.*s", DYN_ARG(word),
                                 DYN_ARG(number_word(e, type->low)));
    }
    if (type->has_high) {
        word = dynr_arena_printf(e->arena, "%.*s_to_%.*s", DYN_ARG(word),
                                 DYN_ARG(number_word(e, type->high)));
    }
    return word;
}

static void write_bounds(struct c_emit *e, const struct dyn_type *type)
{
    if (type->has_low) {
        dyn_out_line(&e->source, "    .has_low = true,");
        dyn_out_line(&e->source,
                     type->low == INT64_MIN ? "    .low = INT64_MIN," : "    .low = %" PRId64 ",",
                     type->low);
    }
    if (type->has_high) {
        dyn_out_line(&e->source, "    .has_high = true,");
        dyn_out_line(&e->source, "    .high = %" PRId64 ",", type->high);
    }
    if (c_is_json_number(type)) {
        dyn_out_line(&e->source, "    .json_number = true,");
    }
}

static void write_details(struct c_emit *e, const struct dyn_type *type, struct dynr_str element)
{
    struct dyn_out *out = &e->source;
    if (type->kind == DYN_TYPE_ENUM) {
        dyn_out_line(out, "    .enumeration = &%.*s_enum,",
                     DYN_ARG(c_name(e, type->enumeration->name)));
    } else if (type->kind == DYN_TYPE_STRUCT) {
        dyn_out_line(out, "    .structure = &%.*s_struct,",
                     DYN_ARG(c_name(e, type->structure->name)));
    } else if (type->kind == DYN_TYPE_REF) {
        dyn_out_line(out, "    .structure = &%.*s_key_struct,",
                     DYN_ARG(c_model_name(e, type->model)));
    }
    if (type->element == NULL) {
        return;
    }
    struct dynr_str value = c_type(e, type->element);
    dyn_out_line(out, "    .element = &%.*s,", DYN_ARG(element));
    if (type->kind == DYN_TYPE_MAP) {
        struct dynr_str map = map_struct(e, type->element);
        dyn_out_line(out, "    .element_size = sizeof(struct %.*s_entry),", DYN_ARG(map));
        dyn_out_line(out, "    .value_offset = offsetof(struct %.*s_entry, value),", DYN_ARG(map));
    } else {
        dyn_out_line(out, "    .element_size = sizeof(%.*s),", DYN_ARG(value));
    }
}

static struct dynr_str make_type_desc(struct c_emit *e, const struct dyn_type *type)
{
    struct dynr_str word = desc_word(e, type);
    struct dynr_str name = dynr_arena_printf(e->arena, "type_%.*s", DYN_ARG(word));
    if (!c_first_time(e, name)) {
        return name;
    }
    struct dynr_str element = {0};
    if (type->element != NULL) {
        element = c_type_desc(e, type->element);
    }
    size_t section = e->source.current;
    dyn_out_section(&e->source, "types");
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_type_desc %.*s = {", DYN_ARG(name));
    dyn_out_line(&e->source, "    .kind = DYNR_KIND_%s,", kind_name(type));
    write_bounds(e, type);
    write_details(e, type, element);
    dyn_out_line(&e->source, "};");
    e->source.current = section;
    return name;
}

struct dynr_str c_type_desc(struct c_emit *e, const struct dyn_type *type)
{
    struct c_recent *recent = c_recent_at(e->type_tables, type);
    if (recent->key != type) {
        struct dynr_str made = make_type_desc(e, type);
        recent->text = made;
        recent->key = type;
    }
    return recent->text;
}

struct dynr_str c_row_desc(struct c_emit *e, struct dynr_str name)
{
    struct dynr_str desc = dynr_arena_printf(e->arena, "type_row_%.*s", DYN_ARG(name));
    if (c_first_time(e, desc)) {
        size_t section = e->source.current;
        dyn_out_section(&e->source, "types");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source, "static const struct dynr_type_desc %.*s = {", DYN_ARG(desc));
        dyn_out_line(&e->source, "    .kind = DYNR_KIND_ROW,");
        dyn_out_line(&e->source, "    .structure = &%.*s_struct,", DYN_ARG(name));
        dyn_out_line(&e->source, "};");
        e->source.current = section;
    }
    return desc;
}

struct dynr_str c_array_desc(struct c_emit *e, struct dynr_str name)
{
    struct dynr_str desc = dynr_arena_printf(e->arena, "type_rows_%.*s", DYN_ARG(name));
    if (c_first_time(e, desc)) {
        size_t section = e->source.current;
        dyn_out_section(&e->source, "types");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source, "static const struct dynr_type_desc type_item_%.*s = {",
                     DYN_ARG(name));
        dyn_out_line(&e->source, "    .kind = DYNR_KIND_STRUCT,");
        dyn_out_line(&e->source, "    .structure = &%.*s_struct,", DYN_ARG(name));
        dyn_out_line(&e->source, "};");
        dyn_out_blank(&e->source);
        dyn_out_line(&e->source, "static const struct dynr_type_desc %.*s = {", DYN_ARG(desc));
        dyn_out_line(&e->source, "    .kind = DYNR_KIND_LIST,");
        dyn_out_line(&e->source, "    .element = &type_item_%.*s,", DYN_ARG(name));
        dyn_out_line(&e->source, "    .element_size = sizeof(struct %.*s),", DYN_ARG(name));
        dyn_out_line(&e->source, "};");
        e->source.current = section;
    }
    return desc;
}

void c_field_set_define(struct c_emit *e, struct dynr_str name, const struct dyn_model *model,
                        const bool *set)
{
    struct dyn_out *out = &e->source;
    dyn_out_printf(out, "static const uint64_t %.*s[] = {", DYN_ARG(name));
    for (size_t word = 0; word * 64 < model->n_fields; word++) {
        uint64_t bits = 0;
        for (size_t i = word * 64; i < model->n_fields && i < (word + 1) * 64; i++) {
            bits |= set[i] ? UINT64_C(1) << (i % 64) : 0;
        }
        dyn_out_printf(out, "%sUINT64_C(0x%" PRIx64 ")", word == 0 ? "" : ", ", bits);
    }
    dyn_out_line(out, "};");
}
