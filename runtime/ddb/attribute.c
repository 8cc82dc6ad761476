/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses DynamoDB JSON into trees and checks on the way what the service checks, in its words. Recursion is bounded
 * by DYNR_ATTRIBUTE_MAX_DEPTH.
 */
#include "ddb/attribute.h"

#include "base/base64.h"
#include "base/json_read.h"
#include "ddb/text_set.h"

/** Longest attribute name in bytes. */
#define NAME_MAX_LENGTH 65535u
/** Up to this many texts, comparing each with each is cheaper than sorting. */
#define FEW_TEXTS 8u

#define PARAMETER_INVALID "One or more parameter values were invalid: "

struct attribute_reader {
    struct dynr_json_reader json;
    struct dynr_arena *arena;
    struct dynr_error *err;
};

static enum dynr_status parse_value(struct attribute_reader *reader, unsigned depth,
                                    struct dynr_attribute *out);

static enum dynr_status no_memory(struct attribute_reader *reader)
{
    return dynr_fail(reader->err, DYNR_ERR_NO_MEMORY, NULL);
}

static enum dynr_status invalid(struct attribute_reader *reader, const char *message)
{
    return dynr_fail(reader->err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
}

static enum dynr_status malformed(struct attribute_reader *reader)
{
    return dynr_json_fail(&reader->json, reader->err);
}

/* Doubles an array in the arena when `n` fills it. */
static void *grow(struct dynr_arena *arena, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return array;
    }
    size_t wider = *cap == 0 ? 4 : *cap * 2;
    void *moved = dynr_arena_calloc(arena, wider, size);
    if (moved != NULL) {
        if (n > 0) {
            memcpy(moved, array, n * size);
        }
        *cap = wider;
    }
    return moved;
}

/* What the service's deserialiser says of a JSON value that is not of the kind that a type wants. */
static enum dynr_status wrong_kind(struct attribute_reader *reader, enum dynr_json_kind kind,
                                   const char *wanted)
{
    switch (kind) {
    case DYNR_JSON_NUMBER:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "NUMBER_VALUE cannot be converted to %s",
                         wanted);
    case DYNR_JSON_STRING:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "STRING_VALUE cannot be converted to %s",
                         wanted);
    case DYNR_JSON_TRUE:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "TRUE_VALUE cannot be converted to %s",
                         wanted);
    case DYNR_JSON_FALSE:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "FALSE_VALUE cannot be converted to %s",
                         wanted);
    case DYNR_JSON_NULL:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "NULL_VALUE cannot be converted to %s",
                         wanted);
    case DYNR_JSON_ARRAY:
    case DYNR_JSON_OBJECT:
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX,
                         "Start of structure or map found where not expected");
    case DYNR_JSON_FAULT:
    case DYNR_JSON_END:
        break;
    }
    return malformed(reader);
}

static enum dynr_status expect_kind(struct attribute_reader *reader, enum dynr_json_kind wanted,
                                    const char *java_name)
{
    enum dynr_json_kind kind = dynr_json_peek(&reader->json);
    return kind == wanted ? DYNR_OK : wrong_kind(reader, kind, java_name);
}

static enum dynr_status read_text(struct attribute_reader *reader, struct dynr_str *out)
{
    enum dynr_status status = expect_kind(reader, DYNR_JSON_STRING, "String");
    if (status != DYNR_OK) {
        return status;
    }
    return dynr_json_read_string(&reader->json, reader->arena, out) ? DYNR_OK : malformed(reader);
}

static enum dynr_status parse_number(struct attribute_reader *reader, struct dynr_str text,
                                     struct dynr_str *out)
{
    if (text.len == 0) {
        return invalid(reader, "The parameter cannot be converted to a numeric value");
    }
    struct dynr_decimal decimal;
    struct dynr_error fault = {0};
    enum dynr_status status = dynr_decimal_parse(text, reader->arena, &decimal, &fault);
    if (status == DYNR_OK) {
        *out = decimal.text;
        return DYNR_OK;
    }
    return status == DYNR_ERR_NO_MEMORY ? no_memory(reader) : invalid(reader, fault.message);
}

/* Whether only padding may follow at `i`, which is one of the last two characters. */
static bool is_padding(struct dynr_str text, size_t i)
{
    return text.ptr[i] == '=' && i + 2 >= text.len && text.ptr[text.len - 1] == '=';
}

/* Whether every character of `text` may stand where it stands. */
static bool has_base64_characters(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '+' || c == '/';
        if (!digit && !is_padding(text, i)) {
            return false;
        }
    }
    return true;
}

/* Whether the last character before the padding contributes no bits beyond the last byte. */
static bool has_clean_end(struct dynr_str text)
{
    if (text.len == 0 || text.ptr[text.len - 1] != '=') {
        return true;
    }
    bool two = text.ptr[text.len - 2] == '=';
    char last = text.ptr[text.len - (two ? 3 : 2)];
    return strchr(two ? "AQgw" : "AEIMQUYcgkosw048", last) != NULL;
}

/* The decoder does not tell a bad text from exhausted memory: hence the checks before it. */
static enum dynr_status parse_binary(struct attribute_reader *reader, struct dynr_str text,
                                     struct dynr_str *out)
{
    if (text.len % 4 != 0) {
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX,
                         "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                         text.len);
    }
    if (!has_base64_characters(text)) {
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "Illegal base64 character");
    }
    if (!has_clean_end(text)) {
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "Invalid last non-pad Base64 character");
    }
    struct dynr_bytes bytes;
    if (!dynr_base64_decode(text, reader->arena, &bytes)) {
        return no_memory(reader);
    }
    *out = dynr_str_make((const char *)bytes.ptr, bytes.len);
    return DYNR_OK;
}

static enum dynr_status parse_scalar(struct attribute_reader *reader, enum dynr_attribute_type type,
                                     struct dynr_attribute *out)
{
    struct dynr_str text;
    enum dynr_status status = read_text(reader, &text);
    if (status != DYNR_OK) {
        return status;
    }
    out->type = type;
    if (type == DYNR_ATTRIBUTE_N) {
        return parse_number(reader, text, &out->text);
    }
    if (type == DYNR_ATTRIBUTE_B) {
        return parse_binary(reader, text, &out->text);
    }
    out->text = text;
    return DYNR_OK;
}

static bool is_word(struct dynr_str text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < text.len && i < len; i++) {
        char c = text.ptr[i];
        if ((c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c) != word[i]) {
            return false;
        }
    }
    return text.len == len;
}

bool dynr_boolean_parse(struct dynr_str text, bool *out)
{
    *out = is_word(text, "TRUE") || is_word(text, "1") || is_word(text, "YES");
    return *out || is_word(text, "FALSE") || is_word(text, "0") || is_word(text, "NO");
}

static enum dynr_status parse_boolean_text(struct attribute_reader *reader, bool *out)
{
    struct dynr_str text;
    if (!dynr_json_read_string(&reader->json, reader->arena, &text)) {
        return malformed(reader);
    }
    return dynr_boolean_parse(text, out)
               ? DYNR_OK
               : dynr_fail(reader->err, DYNR_ERR_SYNTAX, "Unexpected token received from parser");
}

static enum dynr_status parse_boolean(struct attribute_reader *reader, bool *out)
{
    enum dynr_json_kind kind = dynr_json_peek(&reader->json);
    if (kind == DYNR_JSON_STRING) {
        return parse_boolean_text(reader, out);
    }
    if (kind != DYNR_JSON_TRUE && kind != DYNR_JSON_FALSE) {
        return wrong_kind(reader, kind, "Boolean");
    }
    return dynr_json_read_bool(&reader->json, out) ? DYNR_OK : malformed(reader);
}

static bool has_name_before(const struct dynr_attribute *map, size_t end, struct dynr_str name)
{
    for (size_t i = 0; i < end; i++) {
        if (dynr_str_equal(map->members[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool has_duplicate_name(const struct dynr_attribute *map, struct dynr_arena *arena,
                               bool *out_failed)
{
    if (map->n_children > FEW_TEXTS) {
        struct dynr_text_set names;
        *out_failed = !dynr_text_set_of_names(map, arena, &names);
        return !*out_failed && dynr_text_set_duplicate(&names) != NULL;
    }
    for (size_t i = 1; i < map->n_children; i++) {
        if (has_name_before(map, i, map->members[i].name)) {
            return true;
        }
    }
    return false;
}

static enum dynr_status parse_members(struct attribute_reader *reader, unsigned depth,
                                      struct dynr_attribute *out)
{
    enum dynr_status status = expect_kind(reader, DYNR_JSON_OBJECT, "Map");
    if (status != DYNR_OK) {
        return status;
    }
    bool first = true;
    struct dynr_str name;
    size_t cap = 0;
    out->type = DYNR_ATTRIBUTE_M;
    dynr_json_enter_object(&reader->json, &first);
    while (dynr_json_next_member(&reader->json, reader->arena, &first, &name)) {
        if (name.len > NAME_MAX_LENGTH) {
            return invalid(reader, PARAMETER_INVALID
                           "Attribute name is too large, must be less than 65536 bytes");
        }
        if (name.len == 0 && depth == 0) {
            return invalid(reader, PARAMETER_INVALID "An attribute name cannot be empty");
        }
        struct dynr_attribute_member *members =
            grow(reader->arena, out->members, out->n_children, &cap, sizeof *members);
        if (members == NULL) {
            return no_memory(reader);
        }
        out->members = members;
        members[out->n_children].name = name;
        status = parse_value(reader, depth, &members[out->n_children].value);
        if (status != DYNR_OK) {
            return status;
        }
        out->n_children++;
    }
    if (reader->json.fault != NULL) {
        return malformed(reader);
    }
    bool failed = false;
    if (has_duplicate_name(out, reader->arena, &failed)) {
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "an attribute name occurs twice");
    }
    return failed ? no_memory(reader) : DYNR_OK;
}

static enum dynr_status parse_list(struct attribute_reader *reader, unsigned depth,
                                   struct dynr_attribute *out)
{
    enum dynr_status status = expect_kind(reader, DYNR_JSON_ARRAY, "List");
    if (status != DYNR_OK) {
        return status;
    }
    bool first = true;
    size_t cap = 0;
    out->type = DYNR_ATTRIBUTE_L;
    dynr_json_enter_array(&reader->json, &first);
    while (dynr_json_next_element(&reader->json, &first)) {
        struct dynr_attribute *elements =
            grow(reader->arena, out->elements, out->n_children, &cap, sizeof *elements);
        if (elements == NULL) {
            return no_memory(reader);
        }
        out->elements = elements;
        status = parse_value(reader, depth, &elements[out->n_children]);
        if (status != DYNR_OK) {
            return status;
        }
        out->n_children++;
    }
    return reader->json.fault != NULL ? malformed(reader) : DYNR_OK;
}

/* "[a, b]", as the service quotes a set that it refuses; cut where the message would end anyway. */
static enum dynr_status duplicates(struct attribute_reader *reader,
                                   const struct dynr_attribute *set)
{
    if (set->type == DYNR_ATTRIBUTE_NS) {
        return invalid(reader, "Input collection contains duplicates");
    }
    char quoted[DYNR_ERROR_MESSAGE_SIZE];
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, sizeof quoted);
    for (size_t i = 0; i < set->n_children && dynr_buf_ok(&buf) && buf.len < 400; i++) {
        struct dynr_str text = set->elements[i].text;
        dynr_buf_append_c(&buf, i == 0 ? "" : ", ");
        if (set->type == DYNR_ATTRIBUTE_BS) {
            dynr_buf_append_base64(&buf, (struct dynr_bytes){(const uint8_t *)text.ptr,
                                                             text.len < 300 ? text.len : 300});
        } else {
            dynr_buf_append(&buf, text.ptr, text.len < 400 ? text.len : 400);
        }
    }
    size_t len = buf.len < sizeof quoted ? buf.len : sizeof quoted;
    if (len > 0) {
        memcpy(quoted, buf.ptr, len);
    }
    dynr_buf_cleanup(&buf);
    return dynr_fail(reader->err, DYNR_ERR_INVALID_ARGUMENT,
                     PARAMETER_INVALID "Input collection [%.*s]%s contains duplicates.", (int)len,
                     quoted, set->type == DYNR_ATTRIBUTE_BS ? "of type BS" : "");
}

static enum dynr_status check_set(struct attribute_reader *reader, const struct dynr_attribute *set)
{
    if (set->n_children == 0) {
        return invalid(reader, set->type == DYNR_ATTRIBUTE_SS ? PARAMETER_INVALID
                                   "An string set  may not be empty"
                               : set->type == DYNR_ATTRIBUTE_NS
                                   ? PARAMETER_INVALID "An number set  may not be empty"
                                   : PARAMETER_INVALID "Binary sets should not be empty");
    }
    struct dynr_text_set texts;
    if (!dynr_text_set_of_elements(set, reader->arena, &texts)) {
        return no_memory(reader);
    }
    return dynr_text_set_duplicate(&texts) != NULL ? duplicates(reader, set) : DYNR_OK;
}

static enum dynr_status parse_set(struct attribute_reader *reader, enum dynr_attribute_type type,
                                  enum dynr_attribute_type element_type, struct dynr_attribute *out)
{
    enum dynr_status status = expect_kind(reader, DYNR_JSON_ARRAY, "List");
    if (status != DYNR_OK) {
        return status;
    }
    bool first = true;
    size_t cap = 0;
    out->type = type;
    dynr_json_enter_array(&reader->json, &first);
    while (dynr_json_next_element(&reader->json, &first)) {
        struct dynr_attribute *elements =
            grow(reader->arena, out->elements, out->n_children, &cap, sizeof *elements);
        if (elements == NULL) {
            return no_memory(reader);
        }
        out->elements = elements;
        status = parse_scalar(reader, element_type, &elements[out->n_children]);
        if (status != DYNR_OK) {
            return status;
        }
        out->n_children++;
    }
    return reader->json.fault != NULL ? malformed(reader) : check_set(reader, out);
}

static enum dynr_status parse_typed(struct attribute_reader *reader, enum dynr_attribute_type type,
                                    unsigned depth, struct dynr_attribute *out)
{
    enum dynr_status status = DYNR_OK;
    switch (type) {
    case DYNR_ATTRIBUTE_S:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_B:
        return parse_scalar(reader, type, out);
    case DYNR_ATTRIBUTE_BOOL:
        out->type = type;
        return parse_boolean(reader, &out->boolean);
    case DYNR_ATTRIBUTE_NULL:
        out->type = type;
        status = parse_boolean(reader, &out->boolean);
        return status != DYNR_OK || out->boolean
                   ? status
                   : invalid(reader, PARAMETER_INVALID
                             "Null attribute value types must have the value of true");
    case DYNR_ATTRIBUTE_M:
    case DYNR_ATTRIBUTE_L:
        if (depth >= DYNR_ATTRIBUTE_MAX_DEPTH) {
            return invalid(reader, "Nesting Levels have exceeded supported limits");
        }
        return type == DYNR_ATTRIBUTE_M ? parse_members(reader, depth + 1, out)
                                        : parse_list(reader, depth + 1, out);
    case DYNR_ATTRIBUTE_SS:
        return parse_set(reader, type, DYNR_ATTRIBUTE_S, out);
    case DYNR_ATTRIBUTE_NS:
        return parse_set(reader, type, DYNR_ATTRIBUTE_N, out);
    case DYNR_ATTRIBUTE_BS:
        return parse_set(reader, type, DYNR_ATTRIBUTE_B, out);
    case DYNR_ATTRIBUTE_NONE:
        break;
    }
    return dynr_json_skip(&reader->json, NULL) ? DYNR_OK : malformed(reader);
}

static enum dynr_status parse_value(struct attribute_reader *reader, unsigned depth,
                                    struct dynr_attribute *out)
{
    memset(out, 0, sizeof *out);
    enum dynr_json_kind kind = dynr_json_peek(&reader->json);
    if (kind == DYNR_JSON_FAULT || kind == DYNR_JSON_END) {
        return malformed(reader);
    }
    if (kind != DYNR_JSON_OBJECT) {
        return dynr_fail(reader->err, DYNR_ERR_SYNTAX, "Unexpected value type in payload");
    }
    bool first = true;
    struct dynr_str name;
    size_t n_types = 0;
    dynr_json_enter_object(&reader->json, &first);
    while (dynr_json_next_member(&reader->json, reader->arena, &first, &name)) {
        if (dynr_json_peek(&reader->json) == DYNR_JSON_NULL) {
            /* A type that is null counts as not given. */
            dynr_json_read_null(&reader->json);
            continue;
        }
        struct dynr_attribute surplus = {0};
        enum dynr_attribute_type type = dynr_attribute_type_parse(name);
        enum dynr_status status = parse_typed(reader, type, depth, n_types == 0 ? out : &surplus);
        if (status != DYNR_OK) {
            return status;
        }
        n_types += type != DYNR_ATTRIBUTE_NONE;
    }
    if (reader->json.fault != NULL) {
        return malformed(reader);
    }
    if (n_types != 1) {
        return invalid(
            reader, n_types == 0 ? "Supplied AttributeValue is empty, must contain exactly one of "
                                   "the supported datatypes"
                                 : "Supplied AttributeValue has more than one datatypes set, must "
                                   "contain exactly one of the supported datatypes");
    }
    return DYNR_OK;
}

static struct attribute_reader open_reader(struct dynr_str json, struct dynr_arena *arena,
                                           struct dynr_error *err)
{
    struct attribute_reader reader;
    dynr_json_reader_init(&reader.json, json);
    reader.arena = arena;
    reader.err = err;
    return reader;
}

enum dynr_status dynr_attribute_parse(struct dynr_str json, struct dynr_arena *arena,
                                      struct dynr_attribute *out, struct dynr_error *err)
{
    struct attribute_reader reader = open_reader(json, arena, err);
    enum dynr_status status = parse_value(&reader, 0, out);
    if (status == DYNR_OK && !dynr_json_finish(&reader.json)) {
        status = malformed(&reader);
    }
    return status;
}

enum dynr_status dynr_item_parse(struct dynr_str json, struct dynr_arena *arena,
                                 struct dynr_attribute *out, struct dynr_error *err)
{
    struct attribute_reader reader = open_reader(json, arena, err);
    memset(out, 0, sizeof *out);
    enum dynr_status status = parse_members(&reader, 0, out);
    if (status == DYNR_OK && !dynr_json_finish(&reader.json)) {
        status = malformed(&reader);
    }
    return status;
}
