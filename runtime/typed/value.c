/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing typed values and arithmetic on integers, for the expressions of generated code. */
#include "dynr/gen.h"

static int order_of(bool less, bool greater)
{
    return (greater ? 1 : 0) - (less ? 1 : 0);
}

static int compare_bytes(const void *a, const void *b, size_t len)
{
    return memcmp(a, b, len);
}

static int compare_refs(const struct dynr_struct_desc *key, const void *a, const void *b)
{
    for (size_t i = 0; i < key->n_fields; i++) {
        const struct dynr_field_desc *field = &key->fields[i];
        int order = dynr_value_compare(field->type, (const char *)a + field->offset,
                                       (const char *)b + field->offset);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static int compare_int64(int64_t a, int64_t b)
{
    return order_of(a<b, a> b);
}

static int compare_dates(const struct dynr_date *a, const struct dynr_date *b)
{
    if (a->year != b->year) {
        return order_of(a->year<b->year, a->year> b->year);
    }
    if (a->month != b->month) {
        return order_of(a->month<b->month, a->month> b->month);
    }
    return order_of(a->day<b->day, a->day> b->day);
}

int dynr_value_compare(const struct dynr_type_desc *type, const void *a, const void *b)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
        return dynr_str_compare(*(const struct dynr_str *)a, *(const struct dynr_str *)b);
    case DYNR_KIND_BOOL:
        return order_of(!*(const bool *)a && *(const bool *)b,
                        *(const bool *)a && !*(const bool *)b);
    case DYNR_KIND_INT32:
    case DYNR_KIND_ENUM:
        return compare_int64(*(const int32_t *)a, *(const int32_t *)b);
    case DYNR_KIND_INT64:
        return compare_int64(*(const int64_t *)a, *(const int64_t *)b);
    case DYNR_KIND_FLOAT:
        return order_of(*(const double *)a<*(const double *)b, *(const double *)a> *
                        (const double *)b);
    case DYNR_KIND_DECIMAL:
        return dynr_decimal_compare(*(const struct dynr_decimal *)a,
                                    *(const struct dynr_decimal *)b);
    case DYNR_KIND_BYTES: {
        const struct dynr_bytes *left = a;
        const struct dynr_bytes *right = b;
        return dynr_str_compare(dynr_str_make((const char *)left->ptr, left->len),
                                dynr_str_make((const char *)right->ptr, right->len));
    }
    case DYNR_KIND_DATE:
        return compare_dates(a, b);
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
        return compare_int64(((const struct dynr_timestamp *)a)->ms,
                             ((const struct dynr_timestamp *)b)->ms);
    case DYNR_KIND_ULID:
        return compare_bytes(a, b, sizeof(struct dynr_ulid));
    case DYNR_KIND_UUID:
        return compare_bytes(a, b, sizeof(struct dynr_uuid));
    case DYNR_KIND_REF:
        return compare_refs(type->structure, a, b);
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    /* The compiler refuses comparisons of these kinds. */
    return a == b ? 0 : 1;
}

/** What every list and set struct looks like. */
struct any_list {
    const void *items;
    size_t n_items;
};

bool dynr_value_contains(const struct dynr_type_desc *type, const void *list, const void *element)
{
    const struct any_list *any = list;
    for (size_t i = 0; i < any->n_items; i++) {
        const void *item = (const char *)any->items + i * type->element_size;
        if (dynr_value_compare(type->element, item, element) == 0) {
            return true;
        }
    }
    return false;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool dynr_str_equal_folded(struct dynr_str a, struct dynr_str b)
{
    bool equal = a.len == b.len;
    for (size_t i = 0; equal && i < a.len; i++) {
        equal = fold(a.ptr[i]) == fold(b.ptr[i]);
    }
    return equal;
}

bool dynr_str_contains(struct dynr_str text, struct dynr_str part)
{
    size_t at = 0;
    while (part.len > 0 && at + part.len <= text.len) {
        const char *first = memchr(text.ptr + at, part.ptr[0], text.len - part.len + 1 - at);
        if (first == NULL || memcmp(first, part.ptr, part.len) == 0) {
            return first != NULL;
        }
        at = (size_t)(first - text.ptr) + 1;
    }
    return part.len == 0;
}

int64_t dynr_int64_sum_checked(int64_t a, int64_t b, bool *overflow)
{
    if (b > 0 && a > INT64_MAX - b) {
        *overflow = true;
        return INT64_MAX;
    }
    if (b < 0 && a < INT64_MIN - b) {
        *overflow = true;
        return INT64_MIN;
    }
    return a + b;
}

int64_t dynr_int64_difference_checked(int64_t a, int64_t b, bool *overflow)
{
    if (b < 0 && a > INT64_MAX + b) {
        *overflow = true;
        return INT64_MAX;
    }
    if (b > 0 && a < INT64_MIN + b) {
        *overflow = true;
        return INT64_MIN;
    }
    return a - b;
}

int64_t dynr_int64_sum(int64_t a, int64_t b)
{
    bool stops = false;
    return dynr_int64_sum_checked(a, b, &stops);
}

int64_t dynr_int64_difference(int64_t a, int64_t b)
{
    bool stops = false;
    return dynr_int64_difference_checked(a, b, &stops);
}

int32_t dynr_int32_checked(int64_t value, bool *overflow)
{
    if (value > INT32_MAX || value < INT32_MIN) {
        *overflow = true;
        return value > 0 ? INT32_MAX : INT32_MIN;
    }
    return (int32_t)value;
}
