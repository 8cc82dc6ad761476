/* SPDX-License-Identifier: Apache-2.0 */
#include "ddb/text_set.h"

#include <stdlib.h>

static int compare_texts(const void *a, const void *b)
{
    const struct dynr_str *const *left = a;
    const struct dynr_str *const *right = b;
    return dynr_str_compare(**left, **right);
}

void dynr_text_sort(const struct dynr_str **texts, size_t n_texts)
{
    if (n_texts > 1) {
        qsort(texts, n_texts, sizeof(const struct dynr_str *), compare_texts);
    }
}

static bool make_set(struct dynr_arena *arena, size_t n_texts, struct dynr_text_set *out)
{
    out->n_texts = n_texts;
    out->texts =
        dynr_arena_calloc(arena, n_texts == 0 ? 1 : n_texts, sizeof(const struct dynr_str *));
    return out->texts != NULL;
}

bool dynr_text_set_of_elements(const struct dynr_attribute *set, struct dynr_arena *arena,
                               struct dynr_text_set *out)
{
    if (!make_set(arena, set->n_children, out)) {
        return false;
    }
    for (size_t i = 0; i < set->n_children; i++) {
        out->texts[i] = &set->elements[i].text;
    }
    dynr_text_sort(out->texts, out->n_texts);
    return true;
}

bool dynr_text_set_of_names(const struct dynr_attribute *map, struct dynr_arena *arena,
                            struct dynr_text_set *out)
{
    if (!make_set(arena, map->n_children, out)) {
        return false;
    }
    for (size_t i = 0; i < map->n_children; i++) {
        out->texts[i] = &map->members[i].name;
    }
    dynr_text_sort(out->texts, out->n_texts);
    return true;
}

bool dynr_text_set_has(const struct dynr_text_set *set, struct dynr_str text)
{
    size_t low = 0;
    size_t high = set->n_texts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = dynr_str_compare(*set->texts[middle], text);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

const struct dynr_str *dynr_text_set_duplicate(const struct dynr_text_set *set)
{
    for (size_t i = 1; i < set->n_texts; i++) {
        if (dynr_str_equal(*set->texts[i - 1], *set->texts[i])) {
            return set->texts[i];
        }
    }
    return NULL;
}
