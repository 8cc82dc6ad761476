/* SPDX-License-Identifier: Apache-2.0 */
/* Random values for property tests. */
#ifndef DYN_TESTS_UNIT_TYPED_RANDOM_EVERYTHING_H
#define DYN_TESTS_UNIT_TYPED_RANDOM_EVERYTHING_H

#include "everything.h"
#include "test_tools.h"

/* Text of up to `max` pieces: letters, quotes, backslashes, control characters, UTF-8, delimiters. */
struct dynr_str random_text(struct dynr_test_random *random, struct dynr_arena *arena, size_t max);
struct dynr_ulid random_ulid(struct dynr_test_random *random);
/* Valid: dynr_validate accepts it. */
void random_everything(struct dynr_test_random *random, struct dynr_arena *arena,
                       struct everything *out);

#endif
