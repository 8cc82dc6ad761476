/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": the nearest of the names that would be legal, by Damerau-Levenshtein distance. */
#include <stdint.h>

#include "base/spelling.h"
#include "diag/internal.h"

#define MAX_SUGGESTIONS 3

/* Whether the diagnostic points at exactly the name that was written, so that a fix may replace it. */
static bool points_at(const struct dyn_diags *diags, struct dyn_span span, struct dynr_str written)
{
    if (span.source >= diags->sources->n_items) {
        return false;
    }
    struct dynr_str text = diags->sources->items[span.source].text;
    return span.start <= span.end && span.end <= text.len &&
           dynr_str_equal(dynr_str_make(text.ptr + span.start, span.end - span.start), written);
}

bool dyn_diag_is_near(struct dynr_str written, struct dynr_str candidate)
{
    size_t distance = SIZE_MAX;
    return dynr_spelling_is_nearer(written, candidate, &distance);
}

void dyn_diag_suggest(struct dyn_diags *diags, struct dyn_diag *diag, struct dynr_str written,
                      const struct dynr_str *candidates, size_t n_candidates)
{
    struct dynr_str best[MAX_SUGGESTIONS];
    size_t distances[MAX_SUGGESTIONS];
    size_t n_best = 0;
    for (size_t i = 0; i < n_candidates; i++) {
        struct dynr_str candidate = candidates[i];
        size_t cost = SIZE_MAX;
        bool known = !dynr_spelling_is_nearer(written, candidate, &cost) || cost == 0;
        for (size_t k = 0; k < n_best; k++) {
            known = known || dynr_str_equal(best[k], candidate);
        }
        if (known) {
            continue;
        }
        size_t at = n_best;
        while (at > 0 && distances[at - 1] > cost) {
            at--;
        }
        if (at == MAX_SUGGESTIONS) {
            continue;
        }
        n_best = n_best < MAX_SUGGESTIONS ? n_best + 1 : n_best;
        for (size_t k = n_best - 1; k > at; k--) {
            best[k] = best[k - 1];
            distances[k] = distances[k - 1];
        }
        best[at] = candidate;
        distances[at] = cost;
    }
    if (n_best == 1) {
        dyn_diag_help(diags, diag, "did you mean `%.*s`?", (int)best[0].len, best[0].ptr);
        if (points_at(diags, diag->span, written)) {
            dyn_diag_fix(diags, diag, diag->span, best[0]);
        }
    } else if (n_best == 2) {
        dyn_diag_help(diags, diag, "did you mean `%.*s` or `%.*s`?", (int)best[0].len, best[0].ptr,
                      (int)best[1].len, best[1].ptr);
    } else if (n_best == 3) {
        dyn_diag_help(diags, diag, "did you mean `%.*s`, `%.*s` or `%.*s`?", (int)best[0].len,
                      best[0].ptr, (int)best[1].len, best[1].ptr, (int)best[2].len, best[2].ptr);
    }
}
