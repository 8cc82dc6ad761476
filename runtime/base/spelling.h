/* SPDX-License-Identifier: Apache-2.0 */
/* How far one name is from another, for "did you mean". */
#ifndef DYNR_BASE_SPELLING_H
#define DYNR_BASE_SPELLING_H

#include "dynr/str.h"

/** Nobody mistypes a name this long into another one. */
#define DYNR_SPELLING_MAX 64

/**
 * Letters to insert, delete, replace or swap with their neighbours to come from one to the other (Damerau-Levenshtein, as optimal string
 * alignment); a difference in case alone counts as one. Both have at most DYNR_SPELLING_MAX bytes.
 */
size_t dynr_spelling_distance(struct dynr_str a, struct dynr_str b);

#endif
