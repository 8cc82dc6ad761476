/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outlines: an item's top-level attributes, found in one pass over its canonical text. What stores items, moves keys about or
 * looks at a few plain attributes needs no more; only what has to look inside a list, map or set builds a tree.
 */
#ifndef DYNR_DDB_ITEM_SCAN_H
#define DYNR_DDB_ITEM_SCAN_H

#include "ddb/expression.h"

/**
 * Reads canonical text, as dynr_item_write writes it. True: dynr_item_parse takes `json`, dynr_item_write gives the same bytes
 * again, `out_size` is the tree's dynr_item_size, and `out` is the outline: an M with all members in their order, of which S, N,
 * B, BOOL and NULL are as in the tree, and a list, map or set has its type, no children, and its JSON `{"L":[...]}` as `text`.
 * Texts borrow from `json` where they need no decoding; the rest is in `arena`.
 *
 * False: the text is not valid, not canonical, or one of the rare kinds that are left to dynr_item_parse (an attribute name with
 * escapes or none, a number of more than 38 characters, more than 128 names and elements to compare at once), or memory is
 * exhausted. Then dynr_item_parse has to be asked; it knows the words for what is wrong.
 */
bool dynr_item_scan(struct dynr_str json, struct dynr_arena *arena, struct dynr_attribute *out,
                    size_t *out_size);

/** Whether two items are equal, given their outlines. Parses only lists, maps and sets whose texts differ. */
enum dynr_status dynr_outline_equal(const struct dynr_attribute *a, const struct dynr_attribute *b,
                                    struct dynr_arena *arena, bool *out, struct dynr_error *err);

/** Whether a condition gives on this outline what it gives on the tree: no path of it begins at a list, map or set. */
bool dynr_outline_suffices(const struct dynr_bound_expression *condition,
                           const struct dynr_attribute *outline);

#endif
