/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over canonical text: it is read strictly, byte by byte, as dynr_item_write writes it. Whatever differs ends the pass.
 * Recursion is bounded by DYNR_ATTRIBUTE_MAX_DEPTH.
 */
#include "ddb/item_scan.h"

#include "base/base64.h"
#include "base/decimal.h"
#include "base/json_read.h"
#include "base/text_scan.h"
#include "base/utf8.h"
#include "ddb/expression_bound.h"

enum {
    /* Names and elements that are kept to find one that occurs twice. */
    MOST_TEXTS = 128,
    FIRST_MEMBERS = 16,
    LONGEST_NAME = 65535
};

struct scan {
    const char *next;
    const char *end;
    struct dynr_arena *arena;
    /* Names of the maps and elements of the sets under way, the innermost's last. */
    struct dynr_str texts[MOST_TEXTS];
    size_t n_texts;
};

/* The texts of one map or set, which must differ. */
struct distinct {
    size_t first;
    /* One bit for each kind of text that is there: most new ones need no comparison. */
    uint64_t kinds;
};

static bool scan_value(struct scan *scan, unsigned depth, struct dynr_attribute *out, size_t *size);

static bool take(struct scan *scan, char c)
{
    if (scan->next == scan->end || *scan->next != c) {
        return false;
    }
    scan->next++;
    return true;
}

static bool take_word(struct scan *scan, const char *word, size_t len)
{
    if ((size_t)(scan->end - scan->next) < len || memcmp(scan->next, word, len) != 0) {
        return false;
    }
    scan->next += len;
    return true;
}

/* ---- texts ---- */

/* Length of the escape at `p`, a backslash, if dynr_buf_append_json_string writes it so; else 0. */
static size_t escape_length(const char *p, const char *end)
{
    if (end - p < 2) {
        return 0;
    }
    if (p[1] != 'u') {
        return p[1] != '\0' && strchr("\"\\bfnrt", p[1]) != NULL ? 2 : 0;
    }
    if (end - p < 6 || memcmp(p + 2, "00", 2) != 0 || (p[4] != '0' && p[4] != '1')) {
        return 0;
    }
    bool digit = p[5] >= '0' && p[5] <= '9';
    bool letter = p[5] >= 'a' && p[5] <= 'f';
    /* \b \t \n \f \r have short ones. */
    bool has_short = p[4] == '0' && strchr("89acd", p[5]) != NULL;
    return (digit || letter) && !has_short ? 6 : 0;
}

/* A string: what stands between its quotes, and by how much that is longer than what it means. */
static bool scan_string(struct scan *scan, struct dynr_str *out, size_t *out_surplus)
{
    if (!take(scan, '"')) {
        return false;
    }
    const char *start = scan->next;
    *out_surplus = 0;
    for (;;) {
        bool non_ascii = false;
        size_t len = dynr_scan_json_plain(scan->next, (size_t)(scan->end - scan->next), &non_ascii);
        if (non_ascii && !dynr_utf8_is_valid(dynr_str_make(scan->next, len))) {
            return false;
        }
        scan->next += len;
        if (take(scan, '"')) {
            *out = dynr_str_make(start, (size_t)(scan->next - 1 - start));
            return true;
        }
        bool is_escape = scan->next < scan->end && *scan->next == '\\';
        size_t escape = is_escape ? escape_length(scan->next, scan->end) : 0;
        if (escape == 0) {
            return false;
        }
        *out_surplus += escape - 1;
        scan->next += escape;
    }
}

static unsigned kind_of(struct dynr_str text)
{
    if (text.len == 0) {
        return 0;
    }
    unsigned first = (unsigned char)text.ptr[0];
    unsigned last = (unsigned char)text.ptr[text.len - 1];
    return (first * 7 + last * 3 + (unsigned)text.len) & 63;
}

/* False also where there are too many to compare. */
static bool add_distinct(struct scan *scan, struct distinct *distinct, struct dynr_str text)
{
    uint64_t kind = (uint64_t)1 << kind_of(text);
    if (scan->n_texts == MOST_TEXTS) {
        return false;
    }
    for (size_t i = distinct->first; (distinct->kinds & kind) != 0 && i < scan->n_texts; i++) {
        if (dynr_str_equal(scan->texts[i], text)) {
            return false;
        }
    }
    distinct->kinds |= kind;
    scan->texts[scan->n_texts++] = text;
    return true;
}

/* ---- values ---- */

/* `"..."` of an S, N or B; `out_raw` is what stands between the quotes. */
static bool scan_scalar(struct scan *scan, enum dynr_attribute_type type, bool wants_text,
                        struct dynr_str *out_raw, struct dynr_attribute *out, size_t *size)
{
    size_t surplus;
    struct dynr_bytes bytes;
    const char *start = scan->next;
    if (!scan_string(scan, out_raw, &surplus)) {
        return false;
    }
    out->type = type;
    out->text = *out_raw;
    if (type == DYNR_ATTRIBUTE_N) {
        if (!dynr_decimal_is_plain(*out_raw)) {
            return false;
        }
    } else if (type == DYNR_ATTRIBUTE_B) {
        /* What it takes is what it would encode so. */
        if (!dynr_base64_decode(*out_raw, scan->arena, &bytes)) {
            return false;
        }
        out->text = dynr_str_make((const char *)bytes.ptr, bytes.len);
    } else if (surplus != 0 && wants_text) {
        struct dynr_json_reader reader;
        dynr_json_reader_init(&reader, dynr_str_make(start, (size_t)(scan->next - start)));
        if (!dynr_json_read_string(&reader, scan->arena, &out->text)) {
            return false;
        }
        surplus = 0;
    }
    *size += dynr_attribute_size(out) - surplus;
    return true;
}

static bool scan_set(struct scan *scan, enum dynr_attribute_type type,
                     enum dynr_attribute_type element_type, struct dynr_attribute *out,
                     size_t *size)
{
    struct distinct distinct = {scan->n_texts, 0};
    if (!take(scan, '[')) {
        return false;
    }
    do {
        struct dynr_str raw;
        struct dynr_attribute element = {0};
        if (!scan_scalar(scan, element_type, false, &raw, &element, size) ||
            !add_distinct(scan, &distinct, raw)) {
            return false;
        }
    } while (take(scan, ','));
    scan->n_texts = distinct.first;
    out->type = type;
    return take(scan, ']');
}

/* A value of which only the size is wanted. */
static bool scan_nested(struct scan *scan, unsigned depth, size_t *size)
{
    struct dynr_attribute value;
    return scan_value(scan, depth, &value, size);
}

static bool scan_list(struct scan *scan, unsigned depth, struct dynr_attribute *out, size_t *size)
{
    out->type = DYNR_ATTRIBUTE_L;
    *size += DYNR_CONTAINER_SIZE;
    if (!take(scan, '[')) {
        return false;
    }
    if (take(scan, ']')) {
        return true;
    }
    do {
        *size += DYNR_CHILD_SIZE;
        if (!scan_nested(scan, depth, size)) {
            return false;
        }
    } while (take(scan, ','));
    return take(scan, ']');
}

/* The value of one of the item's own members. */
static bool scan_member(struct scan *scan, struct dynr_attribute *item, size_t *cap,
                        struct dynr_str name, size_t *size)
{
    if (item->n_children == *cap) {
        size_t wider = *cap == 0 ? FIRST_MEMBERS : *cap * 2;
        struct dynr_attribute_member *members =
            dynr_arena_alloc(scan->arena, wider * sizeof *members);
        if (members == NULL) {
            return false;
        }
        if (*cap > 0) {
            memcpy(members, item->members, *cap * sizeof *members);
        }
        item->members = members;
        *cap = wider;
    }
    struct dynr_attribute_member *member = &item->members[item->n_children++];
    member->name = name;
    return scan_value(scan, 0, &member->value, size);
}

/* Members up to the closing brace; those of the item itself go to `item`. */
static bool scan_members(struct scan *scan, unsigned depth, struct dynr_attribute *item,
                         size_t *n_members, size_t *size)
{
    struct distinct distinct = {scan->n_texts, 0};
    size_t cap = 0;
    *n_members = 0;
    if (!take(scan, '{')) {
        return false;
    }
    if (take(scan, '}')) {
        return true;
    }
    do {
        struct dynr_str name;
        size_t surplus;
        if (!scan_string(scan, &name, &surplus) || surplus != 0 || name.len == 0 ||
            name.len > LONGEST_NAME || !add_distinct(scan, &distinct, name) || !take(scan, ':')) {
            return false;
        }
        *size += name.len;
        (*n_members)++;
        if (item == NULL ? !scan_nested(scan, depth, size)
                         : !scan_member(scan, item, &cap, name, size)) {
            return false;
        }
    } while (take(scan, ','));
    scan->n_texts = distinct.first;
    return take(scan, '}');
}

static bool scan_map(struct scan *scan, unsigned depth, struct dynr_attribute *out, size_t *size)
{
    size_t n_members;
    out->type = DYNR_ATTRIBUTE_M;
    if (!scan_members(scan, depth, NULL, &n_members, size)) {
        return false;
    }
    *size += DYNR_CONTAINER_SIZE + DYNR_CHILD_SIZE * n_members;
    return true;
}

static bool scan_boolean(struct scan *scan, struct dynr_attribute *out, size_t *size)
{
    out->boolean = take_word(scan, "true", 4);
    *size += 1;
    return out->boolean || (out->type == DYNR_ATTRIBUTE_BOOL && take_word(scan, "false", 5));
}

static bool scan_typed(struct scan *scan, enum dynr_attribute_type type, unsigned depth,
                       struct dynr_attribute *out, size_t *size)
{
    struct dynr_str raw;
    switch (type) {
    case DYNR_ATTRIBUTE_S:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_B:
        return scan_scalar(scan, type, depth == 0, &raw, out, size);
    case DYNR_ATTRIBUTE_BOOL:
    case DYNR_ATTRIBUTE_NULL:
        out->type = type;
        return scan_boolean(scan, out, size);
    case DYNR_ATTRIBUTE_M:
        return depth < DYNR_ATTRIBUTE_MAX_DEPTH && scan_map(scan, depth + 1, out, size);
    case DYNR_ATTRIBUTE_L:
        return depth < DYNR_ATTRIBUTE_MAX_DEPTH && scan_list(scan, depth + 1, out, size);
    case DYNR_ATTRIBUTE_SS:
        return scan_set(scan, type, DYNR_ATTRIBUTE_S, out, size);
    case DYNR_ATTRIBUTE_NS:
        return scan_set(scan, type, DYNR_ATTRIBUTE_N, out, size);
    case DYNR_ATTRIBUTE_BS:
        return scan_set(scan, type, DYNR_ATTRIBUTE_B, out, size);
    case DYNR_ATTRIBUTE_NONE:
        break;
    }
    return false;
}

/* Whether a value of this type is in an outline without what it holds. */
static bool is_opaque(enum dynr_attribute_type type)
{
    return type >= DYNR_ATTRIBUTE_M;
}

/* A type's name and the quote behind it. */
static enum dynr_attribute_type scan_type(struct scan *scan)
{
    size_t left = (size_t)(scan->end - scan->next);
    const char *name = scan->next;
    size_t len = 1;
    while (len < left && len < 5 && name[len] != '"') {
        len++;
    }
    if (len >= left || name[len] != '"') {
        return DYNR_ATTRIBUTE_NONE;
    }
    scan->next += len + 1;
    return dynr_attribute_type_parse(dynr_str_make(name, len));
}

static bool scan_value(struct scan *scan, unsigned depth, struct dynr_attribute *out, size_t *size)
{
    const char *start = scan->next;
    memset(out, 0, sizeof *out);
    if (!take_word(scan, "{\"", 2)) {
        return false;
    }
    enum dynr_attribute_type type = scan_type(scan);
    if (!take(scan, ':') || !scan_typed(scan, type, depth, out, size) || !take(scan, '}')) {
        return false;
    }
    if (is_opaque(type)) {
        out->text = dynr_str_make(start, (size_t)(scan->next - start));
    }
    return true;
}

bool dynr_item_scan(struct dynr_str json, struct dynr_arena *arena, struct dynr_attribute *out,
                    size_t *out_size)
{
    struct scan scan;
    size_t n_members;
    if (json.len == 0) {
        return false;
    }
    scan.next = json.ptr;
    scan.end = json.ptr + json.len;
    scan.arena = arena;
    scan.n_texts = 0;
    memset(out, 0, sizeof *out);
    out->type = DYNR_ATTRIBUTE_M;
    *out_size = 0;
    return scan_members(&scan, 0, out, &n_members, out_size) && scan.next == scan.end;
}

/* ---- outlines ---- */

static enum dynr_status equal_opaque(const struct dynr_attribute *a, const struct dynr_attribute *b,
                                     struct dynr_arena *arena, bool *out, struct dynr_error *err)
{
    struct dynr_attribute left;
    struct dynr_attribute right;
    *out = dynr_str_equal(a->text, b->text);
    /* Equal values have canonical texts of one length: they differ in the order of names or elements. */
    if (*out || a->type != b->type || a->text.len != b->text.len) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_attribute_parse(a->text, arena, &left, err);
    if (status == DYNR_OK) {
        status = dynr_attribute_parse(b->text, arena, &right, err);
    }
    if (status == DYNR_OK) {
        *out = dynr_attribute_equal(&left, &right);
    }
    return status;
}

enum dynr_status dynr_outline_equal(const struct dynr_attribute *a, const struct dynr_attribute *b,
                                    struct dynr_arena *arena, bool *out, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    *out = a->n_children == b->n_children;
    for (size_t i = 0; *out && status == DYNR_OK && i < a->n_children; i++) {
        const struct dynr_attribute_member *member = &a->members[i];
        const struct dynr_attribute *other = dynr_str_equal(member->name, b->members[i].name)
                                                 ? &b->members[i].value
                                                 : dynr_attribute_member(b, member->name);
        if (other == NULL || !is_opaque(member->value.type)) {
            *out = other != NULL && dynr_attribute_equal(&member->value, other);
        } else {
            status = equal_opaque(&member->value, other, arena, out, err);
        }
    }
    return status;
}

bool dynr_outline_suffices(const struct dynr_bound_expression *condition,
                           const struct dynr_attribute *outline)
{
    for (size_t i = 0; i < condition->expression->n_paths; i++) {
        const struct dynr_attribute *value =
            dynr_attribute_member(outline, condition->paths[i].parts[0].name);
        if (value != NULL && is_opaque(value->type)) {
            return false;
        }
    }
    return true;
}
