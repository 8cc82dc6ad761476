/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which diagnostics are shown: by source and offset, stable. */
#include <stdlib.h>

#include "base/memory.h"
#include "diag/internal.h"

struct place {
    struct dyn_diag *diag;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->diag->span.source != y->diag->span.source) {
        return x->diag->span.source < y->diag->span.source ? -1 : 1;
    }
    if (x->diag->span.start != y->diag->span.start) {
        return x->diag->span.start < y->diag->span.start ? -1 : 1;
    }
    return x->index < y->index ? -1 : 1;
}

struct dyn_diag **dyn_diags_ordered(const struct dyn_diags *diags)
{
    struct dyn_diag **ordered = dyn_alloc_array(diags->arena, diags->n_items, sizeof(void *));
    struct place *places = dyn_alloc_array(diags->arena, diags->n_items, sizeof *places);
    for (size_t i = 0; i < diags->n_items; i++) {
        places[i] = (struct place){diags->items[i], i};
    }
    if (diags->n_items > 1) {
        qsort(places, diags->n_items, sizeof *places, compare_places);
    }
    for (size_t i = 0; i < diags->n_items; i++) {
        ordered[i] = places[i].diag;
    }
    return ordered;
}
