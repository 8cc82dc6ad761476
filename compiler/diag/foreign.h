/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of other languages (SQL, Prisma, GraphQL and their like), and what says the same here. Written ones are compared
 * without case and underscores: `order_by` is `orderBy`.
 */
#ifndef DYN_DIAG_FOREIGN_H
#define DYN_DIAG_FOREIGN_H

#include "diag/diag.h"

struct dyn_foreign_word {
    /** In lower case, without underscores. */
    const char *name;
    /** What stands in its place, as a fix; NULL: it is no matter of one word. */
    const char *instead;
    /** The remedy; NULL: "write `instead`". */
    const char *help;
};

/** The entry of `words` for what was written, or NULL. */
const struct dyn_foreign_word *dyn_foreign_find(const struct dyn_foreign_word *words,
                                                size_t n_words, struct dynr_str written);
/** Adds the help line of `word`, and with `may_fix` the fix at `span`. */
void dyn_foreign_help(struct dyn_diags *diags, struct dyn_diag *diag,
                      const struct dyn_foreign_word *word, struct dyn_span span, bool may_fix);

#endif
