/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equality and order of values. Canonical numbers are equal exactly when their texts are. Sets and maps have no order:
 * a first pass takes the frequent case that both stand in the same one; what is left over is matched by sorting.
 */
#include "ddb/attribute.h"

#include <stdlib.h>

/** Up to this many children, looking each up in the other list is cheaper than sorting. */
#define FEW_CHILDREN 16u

struct dynr_attribute *dynr_attribute_member(const struct dynr_attribute *map, struct dynr_str name)
{
    if (map->type == DYNR_ATTRIBUTE_M) {
        for (size_t i = 0; i < map->n_children; i++) {
            if (dynr_str_equal(map->members[i].name, name)) {
                return &map->members[i].value;
            }
        }
    }
    return NULL;
}

static bool has_element(const struct dynr_attribute *set, struct dynr_str text)
{
    for (size_t i = 0; i < set->n_children; i++) {
        if (dynr_str_equal(set->elements[i].text, text)) {
            return true;
        }
    }
    return false;
}

static int compare_elements(const void *a, const void *b)
{
    const struct dynr_attribute *const *left = a;
    const struct dynr_attribute *const *right = b;
    return dynr_str_compare((*left)->text, (*right)->text);
}

static int compare_members(const void *a, const void *b)
{
    const struct dynr_attribute_member *const *left = a;
    const struct dynr_attribute_member *const *right = b;
    return dynr_str_compare((*left)->name, (*right)->name);
}

/*
 * Pointers to the children of two values, each half sorted. Scratch memory: NULL is fine, the caller then compares
 * the slow way.
 */
static const void **sort_children(const char *a, const char *b, size_t n, size_t size,
                                  int (*compare)(const void *, const void *))
{
    const struct dynr_allocator *allocator = dynr_allocator_default();
    const void **sorted = allocator->resize(allocator->context, NULL, 0, 2 * n * sizeof *sorted);
    if (sorted != NULL) {
        for (size_t i = 0; i < n; i++) {
            sorted[i] = a + i * size;
            sorted[n + i] = b + i * size;
        }
        qsort(sorted, n, sizeof *sorted, compare);
        qsort(sorted + n, n, sizeof *sorted, compare);
    }
    return sorted;
}

static void free_sorted(const void **sorted, size_t n)
{
    const struct dynr_allocator *allocator = dynr_allocator_default();
    allocator->resize(allocator->context, sorted, 2 * n * sizeof *sorted, 0);
}

static bool equal_sets(const struct dynr_attribute *a, const struct dynr_attribute *b)
{
    size_t n = a->n_children;
    size_t i = 0;
    while (i < n && dynr_str_equal(a->elements[i].text, b->elements[i].text)) {
        i++;
    }
    if (i == n) {
        return true;
    }
    const void **sorted = n <= FEW_CHILDREN
                              ? NULL
                              : sort_children((const char *)a->elements, (const char *)b->elements,
                                              n, sizeof *a->elements, compare_elements);
    if (sorted == NULL) {
        while (i < n && has_element(b, a->elements[i].text)) {
            i++;
        }
        return i == n;
    }
    i = 0;
    while (i < n && compare_elements(&sorted[i], &sorted[n + i]) == 0) {
        i++;
    }
    free_sorted(sorted, n);
    return i == n;
}

static bool equal_members(const struct dynr_attribute_member *a,
                          const struct dynr_attribute_member *b)
{
    return dynr_str_equal(a->name, b->name) && dynr_attribute_equal(&a->value, &b->value);
}

static bool equal_maps(const struct dynr_attribute *a, const struct dynr_attribute *b)
{
    size_t n = a->n_children;
    size_t i = 0;
    while (i < n && dynr_str_equal(a->members[i].name, b->members[i].name)) {
        if (!dynr_attribute_equal(&a->members[i].value, &b->members[i].value)) {
            return false;
        }
        i++;
    }
    if (i == n) {
        return true;
    }
    const void **sorted = n <= FEW_CHILDREN
                              ? NULL
                              : sort_children((const char *)a->members, (const char *)b->members, n,
                                              sizeof *a->members, compare_members);
    if (sorted == NULL) {
        for (; i < n; i++) {
            const struct dynr_attribute *other = dynr_attribute_member(b, a->members[i].name);
            if (other == NULL || !dynr_attribute_equal(&a->members[i].value, other)) {
                return false;
            }
        }
        return true;
    }
    i = 0;
    while (i < n && equal_members(sorted[i], sorted[n + i])) {
        i++;
    }
    free_sorted(sorted, n);
    return i == n;
}

static bool equal_lists(const struct dynr_attribute *a, const struct dynr_attribute *b)
{
    for (size_t i = 0; i < a->n_children; i++) {
        if (!dynr_attribute_equal(&a->elements[i], &b->elements[i])) {
            return false;
        }
    }
    return true;
}

bool dynr_attribute_equal(const struct dynr_attribute *a, const struct dynr_attribute *b)
{
    if (a->type != b->type || a->n_children != b->n_children) {
        return false;
    }
    switch (a->type) {
    case DYNR_ATTRIBUTE_S:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_B:
        return dynr_str_equal(a->text, b->text);
    case DYNR_ATTRIBUTE_BOOL:
        return a->boolean == b->boolean;
    case DYNR_ATTRIBUTE_NONE:
    case DYNR_ATTRIBUTE_NULL:
        return true;
    case DYNR_ATTRIBUTE_M:
        return equal_maps(a, b);
    case DYNR_ATTRIBUTE_L:
        return equal_lists(a, b);
    case DYNR_ATTRIBUTE_SS:
    case DYNR_ATTRIBUTE_NS:
    case DYNR_ATTRIBUTE_BS:
        return equal_sets(a, b);
    }
    return false;
}

bool dynr_attribute_compare(const struct dynr_attribute *a, const struct dynr_attribute *b,
                            int *out)
{
    if (a->type != b->type) {
        return false;
    }
    if (a->type == DYNR_ATTRIBUTE_N) {
        *out = dynr_decimal_compare((struct dynr_decimal){a->text}, (struct dynr_decimal){b->text});
        return true;
    }
    if (a->type == DYNR_ATTRIBUTE_S || a->type == DYNR_ATTRIBUTE_B) {
        *out = dynr_str_compare(a->text, b->text);
        return true;
    }
    return false;
}
