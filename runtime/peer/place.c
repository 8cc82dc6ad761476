/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/place.h"

#include "base/json_read.h"

struct dynr_str dynr_place_member(struct dynr_str object, struct dynr_str name,
                                  struct dynr_arena *arena)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str member;
    struct dynr_str value;
    dynr_json_reader_init(&reader, object);
    if (dynr_json_peek(&reader) != DYNR_JSON_OBJECT || !dynr_json_enter_object(&reader, &first)) {
        return dynr_str_make(NULL, 0);
    }
    while (dynr_json_next_member(&reader, arena, &first, &member)) {
        if (!dynr_json_skip(&reader, &value)) {
            break;
        }
        if (dynr_str_equal(member, name)) {
            return value;
        }
    }
    return dynr_str_make(NULL, 0);
}

static const struct dynr_field_desc *field_of_part(const struct dynr_view_node *node, size_t part)
{
    uint16_t field =
        part < node->n_order ? node->order[part].field : node->key[part - node->n_order];
    return &node->entity->row->fields[field];
}

struct dynr_str *dynr_place_of_row(const struct dynr_view_node *node, struct dynr_str row,
                                   struct dynr_arena *arena)
{
    size_t n_parts = (size_t)node->n_order + node->n_key;
    struct dynr_str *place = dynr_arena_calloc(arena, n_parts + 1, sizeof *place);
    for (size_t i = 0; place != NULL && i < n_parts; i++) {
        const struct dynr_field_desc *field = field_of_part(node, i);
        place[i] = dynr_place_member(row, dynr_str_make(field->name, field->name_len), arena);
    }
    return place;
}

struct dynr_str *dynr_place_of_bound(const struct dynr_view_node *node, struct dynr_str bound,
                                     struct dynr_arena *arena)
{
    size_t n_parts = (size_t)node->n_order + node->n_key;
    struct dynr_str *place = dynr_arena_calloc(arena, n_parts + 1, sizeof *place);
    struct dynr_json_reader reader;
    bool first;
    size_t n_read = 0;
    dynr_json_reader_init(&reader, bound);
    if (place == NULL || dynr_json_peek(&reader) != DYNR_JSON_ARRAY ||
        !dynr_json_enter_array(&reader, &first)) {
        return NULL;
    }
    while (n_read < n_parts && dynr_json_next_element(&reader, &first) &&
           dynr_json_skip(&reader, &place[n_read])) {
        n_read++;
    }
    return n_read == n_parts ? place : NULL;
}

static bool is_missing(struct dynr_str value)
{
    return value.len == 0 || dynr_str_equal_c(value, "null");
}

/** A value without the quotes and escapes of a JSON string; others as they are. */
static struct dynr_str plain_text(struct dynr_str value, struct dynr_arena *arena)
{
    struct dynr_json_reader reader;
    struct dynr_str text;
    dynr_json_reader_init(&reader, value);
    return dynr_json_peek(&reader) == DYNR_JSON_STRING &&
                   dynr_json_read_string(&reader, arena, &text)
               ? text
               : value;
}

static bool is_number(enum dynr_kind kind)
{
    return kind == DYNR_KIND_INT32 || kind == DYNR_KIND_INT64 || kind == DYNR_KIND_FLOAT ||
           kind == DYNR_KIND_DECIMAL;
}

static int compare_numbers(struct dynr_str a, struct dynr_str b, struct dynr_arena *arena)
{
    struct dynr_decimal left;
    struct dynr_decimal right;
    if (dynr_decimal_parse(a, arena, &left, NULL) != DYNR_OK ||
        dynr_decimal_parse(b, arena, &right, NULL) != DYNR_OK) {
        return dynr_str_compare(a, b);
    }
    return dynr_decimal_compare(left, right);
}

static int compare_values(const struct dynr_type_desc *type, struct dynr_str a, struct dynr_str b,
                          struct dynr_arena *arena)
{
    if (is_missing(a) || is_missing(b)) {
        return (int)is_missing(b) - (int)is_missing(a);
    }
    struct dynr_str left = plain_text(a, arena);
    struct dynr_str right = plain_text(b, arena);
    if (is_number(type->kind)) {
        return compare_numbers(left, right, arena);
    }
    int left_tag = 0;
    int right_tag = 0;
    if (type->kind == DYNR_KIND_ENUM && dynr_enum_tag(type->enumeration, left, &left_tag) &&
        dynr_enum_tag(type->enumeration, right, &right_tag)) {
        return (left_tag > right_tag) - (left_tag < right_tag);
    }
    /* Texts by their bytes; so do dates and times in their canonical form, and "false" before "true". */
    return dynr_str_compare(left, right);
}

int dynr_place_compare(const struct dynr_view_node *node, const struct dynr_str *a,
                       const struct dynr_str *b, struct dynr_arena *arena)
{
    size_t n_parts = (size_t)node->n_order + node->n_key;
    bool keys_fall = node->n_order > 0 && node->order[0].descending;
    for (size_t i = 0; i < n_parts; i++) {
        bool falls = i < node->n_order ? node->order[i].descending : keys_fall;
        int order = compare_values(field_of_part(node, i)->type, a[i], b[i], arena);
        if (order != 0) {
            return falls ? -order : order;
        }
    }
    return 0;
}
