/* SPDX-License-Identifier: Apache-2.0 */
/* How far one name is from another, for "did you mean". */
#ifndef DYNR_BASE_SPELLING_H
#define DYNR_BASE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "dynr/str.h"

/** Nobody mistypes a name this long into another one. */
#define DYNR_SPELLING_MAX 64

/**
 * Letters to insert, delete, replace or swap with their neighbours to come from one to the other (Damerau-Levenshtein, as optimal string
 * alignment); a difference in case alone counts as one. Both have at most DYNR_SPELLING_MAX bytes.
 */
size_t dynr_spelling_distance(struct dynr_str a, struct dynr_str b);

/**
 * Whether somebody who wrote `written` may have meant `candidate` (a letter in three may differ, and one in any case), and rather than
 * those before it: `*distance` is SIZE_MAX at first, and then that of the nearest so far. Names longer than DYNR_SPELLING_MAX are far.
 */
bool dynr_spelling_is_nearer(struct dynr_str written, struct dynr_str candidate, size_t *distance);

#endif
