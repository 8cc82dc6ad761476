/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a struct may be written: bounds, well-formed texts, values that exist. Messages say what is expected and what
 * was found; the path says where.
 */
#include "typed/validate.h"

#include <inttypes.h>
#include <math.h>

#include "base/json_read.h"
#include "base/map.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "typed/form.h"

#define TIMESTAMP_MIN (DYNR_EPOCH_MIN * 1000)
#define TIMESTAMP_MAX (DYNR_EPOCH_MAX * 1000 + 999)

struct validator {
    struct dynr_error *err;
    enum dynr_status status;
    /* Plain JSON input: ids that a write makes may be left out. */
    bool is_input;
    unsigned depth;
    struct dynr_path path;
};

static bool check_struct(struct validator *validator, const struct dynr_struct_desc *desc,
                         const void *object);
static bool check_value(struct validator *validator, const struct dynr_type_desc *type,
                        const void *value);

static bool fail_with(struct validator *validator, enum dynr_status status, const char *message)
{
    validator->status = dynr_fail(validator->err, status, "%s", message);
    return false;
}

/* Sizes: "must have 1 to 200 characters, has 201". */
static bool check_size(struct validator *validator, const struct dynr_type_desc *type, size_t size,
                       const char *unit)
{
    bool low = type->has_low && type->low > 0 && size < (uint64_t)type->low;
    bool high = type->has_high && (type->high < 0 || size > (uint64_t)type->high);
    if (!low && !high) {
        return true;
    }
    if (type->has_low && type->has_high && type->low > 0) {
        validator->status =
            type->low == type->high
                ? dynr_fail(validator->err, DYNR_ERR_RANGE, "must have %" PRId64 " %s, has %zu",
                            type->low, unit, size)
                : dynr_fail(validator->err, DYNR_ERR_RANGE,
                            "must have %" PRId64 " to %" PRId64 " %s, has %zu", type->low,
                            type->high, unit, size);
    } else {
        validator->status =
            dynr_fail(validator->err, DYNR_ERR_RANGE, "must have at %s %" PRId64 " %s, has %zu",
                      low ? "least" : "most", low ? type->low : type->high, unit, size);
    }
    return false;
}

/* Numbers: "must be 1 to 200, is 201"; `text` is the value. */
static bool check_number(struct validator *validator, const struct dynr_type_desc *type, bool low,
                         bool high, const char *text)
{
    if (!low && !high) {
        return true;
    }
    if (type->has_low && type->has_high) {
        validator->status =
            dynr_fail(validator->err, DYNR_ERR_RANGE, "must be %" PRId64 " to %" PRId64 ", is %s",
                      type->low, type->high, text);
    } else {
        validator->status =
            dynr_fail(validator->err, DYNR_ERR_RANGE, "must be at %s %" PRId64 ", is %s",
                      low ? "least" : "most", low ? type->low : type->high, text);
    }
    return false;
}

static bool check_int(struct validator *validator, const struct dynr_type_desc *type, int64_t value)
{
    bool low = type->has_low && value < type->low;
    bool high = type->has_high && value > type->high;
    if (!low && !high) {
        return true;
    }
    char text[24] = {0};
    dynr_int64_format(value, text);
    return check_number(validator, type, low, high, text);
}

static bool check_float(struct validator *validator, const struct dynr_type_desc *type,
                        double value)
{
    if (!isfinite(value)) {
        return fail_with(validator, DYNR_ERR_RANGE, "must be a finite number");
    }
    double magnitude = fabs(value);
    if (magnitude > 9.99e125 || (magnitude != 0 && magnitude < 1e-130)) {
        return fail_with(validator, DYNR_ERR_RANGE, "must be 0 or between 1E-130 and 9.99E+125");
    }
    bool low = type->has_low && value < (double)type->low;
    bool high = type->has_high && value > (double)type->high;
    char text[40] = {0};
    if (low || high) {
        dynr_double_format(value, text);
    }
    return check_number(validator, type, low, high, text);
}

static bool check_decimal(struct validator *validator, const struct dynr_type_desc *type,
                          struct dynr_decimal value)
{
    if (value.text.len == 0) {
        return fail_with(validator, DYNR_ERR_MISSING, "is not set");
    }
    struct dynr_arena scratch = {0};
    struct dynr_decimal canonical = {{NULL, 0}};
    bool valid = dynr_decimal_parse(value.text, &scratch, &canonical, NULL) == DYNR_OK &&
                 dynr_str_equal(canonical.text, value.text);
    dynr_arena_cleanup(&scratch);
    if (!valid) {
        return fail_with(validator, DYNR_ERR_TYPE, "must be a decimal in canonical form");
    }
    char text[24] = {0};
    struct dynr_decimal bound;
    bound.text = dynr_str_make(text, dynr_int64_format(type->low, text));
    bool low = type->has_low && dynr_decimal_compare(value, bound) < 0;
    bound.text = dynr_str_make(text, dynr_int64_format(type->high, text));
    bool high = type->has_high && dynr_decimal_compare(value, bound) > 0;
    char shown[48] = {0};
    memcpy(shown, value.text.ptr,
           value.text.len < sizeof shown ? value.text.len : sizeof shown - 1);
    return check_number(validator, type, low, high, shown);
}

static bool check_json(struct validator *validator, struct dynr_str text)
{
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, text);
    if (!dynr_json_skip(&reader, NULL) || !dynr_json_finish(&reader)) {
        return fail_with(validator, DYNR_ERR_TYPE, "must be JSON");
    }
    return true;
}

static bool check_text(struct validator *validator, const struct dynr_type_desc *type,
                       struct dynr_str text)
{
    if (!dynr_utf8_is_valid(text)) {
        return fail_with(validator, DYNR_ERR_TYPE, "must be valid UTF-8");
    }
    if (type->kind == DYNR_KIND_JSON && !check_json(validator, text)) {
        return false;
    }
    if (type->has_low || type->has_high) {
        if (!check_size(validator, type, dynr_utf8_count(text), "characters")) {
            return false;
        }
    }
    if (type->kind == DYNR_KIND_EMAIL && !dynr_form_is_email(text)) {
        return fail_with(validator, DYNR_ERR_TYPE, "must be an email address");
    }
    if (type->kind == DYNR_KIND_URL && !dynr_form_is_url(text)) {
        return fail_with(validator, DYNR_ERR_TYPE, "must be a URL such as https://example.org/");
    }
    return true;
}

static bool check_date(struct validator *validator, struct dynr_date date)
{
    char text[DYNR_DATE_LENGTH];
    struct dynr_date parsed;
    if (date.year == 0 && date.month == 0 && date.day == 0) {
        return fail_with(validator, DYNR_ERR_MISSING, "is not set");
    }
    if (date.year < 0 || date.year > 9999 || date.month > 12 || date.day > 31) {
        return fail_with(validator, DYNR_ERR_RANGE, "must be a day of the years 0000 to 9999");
    }
    dynr_date_format(date, text);
    if (!dynr_date_parse(dynr_str_make(text, sizeof text), &parsed)) {
        return fail_with(validator, DYNR_ERR_RANGE, "must be a day of the calendar");
    }
    return true;
}

static bool check_id(struct validator *validator, const struct dynr_type_desc *type,
                     const char *text)
{
    struct dynr_ulid ulid;
    struct dynr_uuid uuid;
    if (text[0] == '\0') {
        return fail_with(validator, DYNR_ERR_MISSING, "is not set");
    }
    /* Only the canonical form: the text is compared byte by byte everywhere. */
    if (type->kind == DYNR_KIND_ULID) {
        return (dynr_ulid_parse(dynr_str_make(text, sizeof ulid), &ulid) &&
                memcmp(&ulid, text, sizeof ulid) == 0) ||
               fail_with(validator, DYNR_ERR_TYPE, "must be a ULID");
    }
    return (dynr_uuid_parse(dynr_str_make(text, sizeof uuid), &uuid) &&
            memcmp(&uuid, text, sizeof uuid) == 0) ||
           fail_with(validator, DYNR_ERR_TYPE, "must be a UUID");
}

static bool check_enum(struct validator *validator, const struct dynr_type_desc *type, int tag)
{
    if (dynr_enum_name(type->enumeration, tag) != NULL) {
        return true;
    }
    validator->status = dynr_fail(validator->err, tag == 0 ? DYNR_ERR_MISSING : DYNR_ERR_RANGE,
                                  "must be a value of %s, is tag %d", type->enumeration->name, tag);
    return false;
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

/* Bytes that are equal exactly when two elements are. */
static struct dynr_str identity_of(const struct dynr_type_desc *type, const void *element)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    const char *value = (const char *)element + offset;
    if (dynr_kind_is_text(type->kind) || type->kind == DYNR_KIND_DECIMAL ||
        type->kind == DYNR_KIND_BYTES) {
        return *(const struct dynr_str *)(const void *)value;
    }
    return dynr_str_make(value, dynr_type_size(type));
}

/* Sets without equal elements, maps without equal keys: `type` is what the front of each entry is. */
static bool check_distinct(struct validator *validator, const struct dynr_type_desc *type,
                           const struct dynr_sequence *list, size_t size)
{
    struct dynr_map seen;
    dynr_map_init(&seen, NULL);
    bool distinct = true;
    const char *element = list->items;
    for (size_t i = 0; i < list->n_items && distinct; i++) {
        void *previous = NULL;
        struct dynr_str identity = type == NULL ? *(const struct dynr_str *)(const void *)element
                                                : identity_of(type, element);
        if (!dynr_map_put(&seen, identity, validator, &previous)) {
            distinct = fail_with(validator, DYNR_ERR_NO_MEMORY, "memory is exhausted");
        } else if (previous != NULL) {
            distinct = fail_with(validator, DYNR_ERR_RANGE,
                                 type == NULL ? "must not hold a key twice"
                                              : "must not hold a value twice");
        }
        element += size;
    }
    dynr_map_cleanup(&seen);
    return distinct;
}

static bool check_elements(struct validator *validator, const struct dynr_type_desc *type,
                           const struct dynr_sequence *list)
{
    const char *element = list->items;
    for (size_t i = 0; i < list->n_items; i++) {
        bool is_map = type->kind == DYNR_KIND_MAP;
        const struct dynr_str *key = (const struct dynr_str *)(const void *)element;
        if (is_map && !dynr_utf8_is_valid(*key)) {
            return fail_with(validator, DYNR_ERR_TYPE, "must have keys of valid UTF-8");
        }
        if (!check_value(validator, type->element, element + (is_map ? type->value_offset : 0))) {
            if (is_map) {
                dynr_path_prepend_key(&validator->path, *key);
            } else {
                dynr_path_prepend_index(&validator->path, i);
            }
            return false;
        }
        element += type->element_size;
    }
    return true;
}

static bool check_container(struct validator *validator, const struct dynr_type_desc *type,
                            const void *value)
{
    if (validator->depth >= DYNR_TYPED_MAX_DEPTH) {
        return fail_with(validator, DYNR_ERR_TOO_LARGE, "values are nested too deeply");
    }
    validator->depth++;
    bool valid = true;
    if (type->kind == DYNR_KIND_STRUCT || type->kind == DYNR_KIND_REF) {
        valid = check_struct(validator, type->structure, value);
    } else {
        const struct dynr_sequence *list = value;
        valid = check_size(validator, type, list->n_items, "elements") &&
                check_elements(validator, type, list);
        if (valid && type->kind != DYNR_KIND_LIST && list->n_items > 1) {
            valid = check_distinct(validator, type->kind == DYNR_KIND_MAP ? NULL : type->element,
                                   list, type->element_size);
        }
    }
    validator->depth--;
    return valid;
}

static bool check_value(struct validator *validator, const struct dynr_type_desc *type,
                        const void *value)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    value = (const char *)value + offset;
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
        return check_text(validator, type, *(const struct dynr_str *)value);
    case DYNR_KIND_INT32:
        return check_int(validator, type, *(const int32_t *)value);
    case DYNR_KIND_INT64:
        return check_int(validator, type, *(const int64_t *)value);
    case DYNR_KIND_FLOAT:
        return check_float(validator, type, *(const double *)value);
    case DYNR_KIND_DECIMAL:
        return check_decimal(validator, type, *(const struct dynr_decimal *)value);
    case DYNR_KIND_BYTES:
        return check_size(validator, type, ((const struct dynr_bytes *)value)->len, "bytes");
    case DYNR_KIND_DATE:
        return check_date(validator, *(const struct dynr_date *)value);
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH: {
        int64_t ms = ((const struct dynr_timestamp *)value)->ms;
        return (ms >= TIMESTAMP_MIN && ms <= TIMESTAMP_MAX) ||
               fail_with(validator, DYNR_ERR_RANGE, "must lie in the years 0000 to 9999");
    }
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
        return check_id(validator, type, value);
    case DYNR_KIND_ENUM:
        return check_enum(validator, type, *(const int *)value);
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        return check_container(validator, type, value);
    case DYNR_KIND_BOOL:
    case DYNR_KIND_ROW:
        break;
    }
    return true;
}

/* An id that input left out: a write makes one. */
static bool is_to_be_made(const struct validator *validator, const struct dynr_field_desc *field,
                          const void *object)
{
    return validator->is_input && (field->flags & DYNR_FIELD_AUTO) != 0 &&
           (field->type->kind == DYNR_KIND_ULID || field->type->kind == DYNR_KIND_UUID) &&
           *(const char *)dynr_field_value(field, object) == '\0';
}

static bool check_struct(struct validator *validator, const struct dynr_struct_desc *desc,
                         const void *object)
{
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (dynr_field_is_present(field, object) && !is_to_be_made(validator, field, object) &&
            !check_value(validator, field->type, dynr_field_value(field, object))) {
            dynr_path_prepend(&validator->path, field->name);
            return false;
        }
    }
    return true;
}

static enum dynr_status validate(const struct dynr_struct_desc *desc, const void *object,
                                 bool is_input, struct dynr_error *err)
{
    struct validator validator = {err, DYNR_OK, is_input, 0, {{0}, 0}};
    dynr_path_init(&validator.path);
    if (!check_struct(&validator, desc, object)) {
        dynr_path_finish(&validator.path, err);
    }
    return validator.status;
}

enum dynr_status dynr_validate(const struct dynr_struct_desc *desc, const void *object,
                               struct dynr_error *err)
{
    return validate(desc, object, false, err);
}

enum dynr_status dynr_validate_input(const struct dynr_struct_desc *desc, const void *object,
                                     struct dynr_error *err)
{
    return validate(desc, object, true, err);
}

enum dynr_status dynr_validate_member(const struct dynr_field_desc *field, const void *value,
                                      struct dynr_error *err)
{
    struct validator validator = {err, DYNR_OK, false, 0, {{0}, 0}};
    dynr_path_init(&validator.path);
    if (!check_value(&validator, field->type, value)) {
        dynr_path_prepend(&validator.path, field->name);
        dynr_path_finish(&validator.path, err);
    }
    return validator.status;
}
