/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/foreign.h"

static bool is_same(struct dynr_str written, const char *name)
{
    size_t at = 0;
    for (size_t i = 0; i < written.len; i++) {
        char c = written.ptr[i];
        if (c == '_') {
            continue;
        }
        if (name[at] == '\0' || (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != name[at]) {
            return false;
        }
        at++;
    }
    return name[at] == '\0';
}

const struct dyn_foreign_word *dyn_foreign_find(const struct dyn_foreign_word *words,
                                                size_t n_words, struct dynr_str written)
{
    for (size_t i = 0; i < n_words; i++) {
        if (is_same(written, words[i].name)) {
            return &words[i];
        }
    }
    return NULL;
}

void dyn_foreign_help(struct dyn_diags *diags, struct dyn_diag *diag,
                      const struct dyn_foreign_word *word, struct dyn_span span, bool may_fix)
{
    if (word->help != NULL) {
        dyn_diag_help(diags, diag, "%s", word->help);
    } else {
        dyn_diag_help(diags, diag, "write `%s`", word->instead);
    }
    if (word->instead != NULL && may_fix) {
        dyn_diag_fix(diags, diag, span, dynr_str_from_c(word->instead));
    }
}
