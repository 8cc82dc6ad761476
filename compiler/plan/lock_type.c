/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types as the lock file keeps them: how values are stored and which are allowed, without names. A type may change when
 * everything that was stored stays valid: bounds widen, a required field becomes optional, int32 becomes int64.
 */
#include "plan/derive.h"

static const char *kind_text(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
        return "string";
    case DYN_TYPE_EMAIL:
        return "email";
    case DYN_TYPE_URL:
        return "url";
    case DYN_TYPE_JSON:
        return "json";
    case DYN_TYPE_BOOL:
        return "bool";
    case DYN_TYPE_INT:
        return type->width == 32 ? "int32" : "int64";
    case DYN_TYPE_FLOAT:
        return "float";
    case DYN_TYPE_DECIMAL:
        return "decimal";
    case DYN_TYPE_BYTES:
        return "bytes";
    case DYN_TYPE_DATE:
        return "date";
    case DYN_TYPE_TIMESTAMP:
        return "timestamp";
    case DYN_TYPE_EPOCH:
        return "epoch";
    case DYN_TYPE_ULID:
        return "ulid";
    case DYN_TYPE_UUID:
        return "uuid";
    case DYN_TYPE_VERSION:
        return "version";
    case DYN_TYPE_ENUM:
        return "enum";
    case DYN_TYPE_STRUCT:
        return "struct";
    case DYN_TYPE_REF:
        return "ref";
    case DYN_TYPE_LIST:
        return "list";
    case DYN_TYPE_SET:
        return "set";
    case DYN_TYPE_MAP:
        return "map";
    case DYN_TYPE_ERROR:
    case DYN_TYPE_NULL:
        return "none";
    }
    return "none";
}

static void write_at(const struct dyn_type *type, unsigned depth, struct dynr_buf *out)
{
    dynr_buf_append_c(out, kind_text(type));
    if (depth < DYN_KEY_DEPTH_MAX && type->kind == DYN_TYPE_REF && type->model != NULL) {
        dynr_buf_append_char(out, '<');
        for (size_t i = 0; i < type->model->n_key_fields; i++) {
            dynr_buf_append_c(out, i == 0 ? "" : ",");
            /* Bounds of the key are the other model's to keep. */
            struct dyn_type bare = *type->model->fields[i]->type;
            bare.has_low = false;
            bare.has_high = false;
            bare.optional = false;
            write_at(&bare, depth + 1, out);
        }
        dynr_buf_append_char(out, '>');
    } else if (type->element != NULL && depth < DYN_KEY_DEPTH_MAX) {
        dynr_buf_append_char(out, '<');
        write_at(type->element, depth + 1, out);
        dynr_buf_append_char(out, '>');
    }
    if (type->has_low || type->has_high) {
        dynr_buf_append_char(out, '(');
        if (type->has_low) {
            dynr_buf_append_int(out, type->low);
        }
        dynr_buf_append_c(out, "..");
        if (type->has_high) {
            dynr_buf_append_int(out, type->high);
        }
        dynr_buf_append_char(out, ')');
    }
    if (type->optional) {
        dynr_buf_append_char(out, '?');
    }
}

void dyn_lock_type_write(const struct dyn_type *type, struct dynr_buf *out)
{
    write_at(type, 0, out);
}

/* ---- comparing --------------------------------------------------------------------------------------------- */

struct read_type {
    struct dynr_str kind;
    /** What stands between `<` and its `>`. */
    struct dynr_str inner;
    bool has_low;
    bool has_high;
    int64_t low;
    int64_t high;
    bool optional;
};

/* Decimal digits with a sign; stops at anything else. */
static size_t read_number(struct dynr_str text, size_t at, bool *out_has, int64_t *out)
{
    bool negative = at < text.len && text.ptr[at] == '-';
    size_t start = at + (negative ? 1 : 0);
    uint64_t magnitude = 0;
    size_t i = start;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && i - start < 19; i++) {
        magnitude = magnitude * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out_has = i > start;
    *out = negative ? -(int64_t)(magnitude - (magnitude > INT64_MAX)) : (int64_t)magnitude;
    return i;
}

static void read_type(struct dynr_str text, struct read_type *out)
{
    memset(out, 0, sizeof *out);
    size_t i = 0;
    while (i < text.len && text.ptr[i] != '<' && text.ptr[i] != '(' && text.ptr[i] != '?') {
        i++;
    }
    out->kind = dynr_str_make(text.ptr, i);
    if (i < text.len && text.ptr[i] == '<') {
        size_t depth = 1;
        size_t start = ++i;
        while (i < text.len && depth != 0) {
            depth += text.ptr[i] == '<';
            depth -= text.ptr[i] == '>';
            i++;
        }
        out->inner = dynr_str_make(text.ptr + start, i > start ? i - 1 - start : 0);
    }
    if (i < text.len && text.ptr[i] == '(') {
        i = read_number(text, i + 1, &out->has_low, &out->low);
        i = read_number(text, i + 2, &out->has_high, &out->high);
        i++;
    }
    out->optional = i < text.len && text.ptr[i] == '?';
}

bool dyn_lock_type_widens(struct dynr_str old_type, struct dynr_str new_type)
{
    if (dynr_str_equal(old_type, new_type)) {
        return true;
    }
    struct read_type before;
    struct read_type after;
    read_type(old_type, &before);
    read_type(new_type, &after);
    bool wider_int =
        dynr_str_equal_c(before.kind, "int32") && dynr_str_equal_c(after.kind, "int64");
    if (!wider_int && !dynr_str_equal(before.kind, after.kind)) {
        return false;
    }
    if (before.optional && !after.optional) {
        return false;
    }
    if (after.has_low && (!before.has_low || before.low < after.low)) {
        return false;
    }
    if (after.has_high && (!before.has_high || before.high > after.high)) {
        return false;
    }
    if (dynr_str_equal_c(before.kind, "ref")) {
        return dynr_str_equal(before.inner, after.inner);
    }
    return before.inner.len == 0 || dyn_lock_type_widens(before.inner, after.inner);
}
