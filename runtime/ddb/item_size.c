/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes as the service counts them.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
#include "ddb/attribute.h"

#include "base/number_scan.h"

/*
 * Numbers are kept in digits to the base of 100, aligned to the decimal point: one byte each, one for the exponent
 * and one more for a minus sign.
 */
static size_t number_size(struct dynr_str text)
{
    struct dynr_number_scan scan;
    if (dynr_number_scan(text, true, &scan) == 0) {
        return 1;
    }
    struct dynr_number_digits digits = dynr_number_significant(&scan);
    if (digits.count == 0) {
        return 1;
    }
    /* The first digit stands alone when an even number of places follows it up to the point. */
    bool alone = digits.exponent % 2 == 0;
    size_t pairs = alone ? 1 + digits.count / 2 : (digits.count + 1) / 2;
    return 1 + pairs + (scan.negative ? 1 : 0);
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
        return DYNR_CONTAINER_SIZE + DYNR_CHILD_SIZE * value->n_children + dynr_item_size(value);
    case DYNR_ATTRIBUTE_L:
        return DYNR_CONTAINER_SIZE + DYNR_CHILD_SIZE * value->n_children + elements_size(value);
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
