/* SPDX-License-Identifier: Apache-2.0 */
/* Many texts at once: duplicates and membership without comparing each with each. */
#ifndef DYNR_DDB_TEXT_SET_H
#define DYNR_DDB_TEXT_SET_H

#include "ddb/attribute.h"

/** Borrowed texts in byte order. */
struct dynr_text_set {
    const struct dynr_str **texts;
    size_t n_texts;
};

/** The texts of a set's elements. False when memory is exhausted. */
bool dynr_text_set_of_elements(const struct dynr_attribute *set, struct dynr_arena *arena,
                               struct dynr_text_set *out);
/** The names of a map's members. */
bool dynr_text_set_of_names(const struct dynr_attribute *map, struct dynr_arena *arena,
                            struct dynr_text_set *out);
bool dynr_text_set_has(const struct dynr_text_set *set, struct dynr_str text);
/** A text that occurs twice, or NULL. */
const struct dynr_str *dynr_text_set_duplicate(const struct dynr_text_set *set);

/** Sorts borrowed texts by their bytes. */
void dynr_text_sort(const struct dynr_str **texts, size_t n_texts);

#endif
