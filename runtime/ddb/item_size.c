/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes as the service counts them.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
#include "ddb/attribute.h"

#include "base/decimal.h"

/* A list or map itself, and each of its children. */
#define CONTAINER_SIZE 3u
#define CHILD_SIZE     1u

/*
 * Numbers are kept in digits to the base of 100, aligned to the decimal point: one byte each, one for the exponent
 * and one more for a minus sign.
 */
static size_t number_size(struct dynr_str text)
{
    struct dynr_decimal_parts parts;
    dynr_decimal_split((struct dynr_decimal){text}, &parts);
    if (parts.n_digits == 0) {
        return 1;
    }
    /* The first digit stands alone when an even number of places follows it up to the point. */
    bool alone = parts.exponent % 2 == 0;
    size_t pairs = alone ? 1 + (size_t)parts.n_digits / 2 : (size_t)(parts.n_digits + 1) / 2;
    return 1 + pairs + (parts.negative ? 1 : 0);
}

static size_t elements_size(const struct dynr_attribute *set)
{
    size_t size = 0;
    for (size_t i = 0; i < set->n_children; i++) {
        size += dynr_attribute_size(&set->elements[i]);
    }
    return size;
}

size_t dynr_attribute_size(const struct dynr_attribute *value)
{
    switch (value->type) {
    case DYNR_ATTRIBUTE_NONE:
        return 0;
    case DYNR_ATTRIBUTE_S:
    case DYNR_ATTRIBUTE_B:
        return value->text.len;
    case DYNR_ATTRIBUTE_N:
        return number_size(value->text);
    case DYNR_ATTRIBUTE_BOOL:
    case DYNR_ATTRIBUTE_NULL:
        return 1;
    case DYNR_ATTRIBUTE_M:
        return CONTAINER_SIZE + CHILD_SIZE * value->n_children + dynr_item_size(value);
    case DYNR_ATTRIBUTE_L:
        return CONTAINER_SIZE + CHILD_SIZE * value->n_children + elements_size(value);
    case DYNR_ATTRIBUTE_SS:
    case DYNR_ATTRIBUTE_NS:
    case DYNR_ATTRIBUTE_BS:
        return elements_size(value);
    }
    return 0;
}

size_t dynr_item_size(const struct dynr_attribute *item)
{
    size_t size = 0;
    for (size_t i = 0; i < item->n_children; i++) {
        size += item->members[i].name.len + dynr_attribute_size(&item->members[i].value);
    }
    return size;
}
