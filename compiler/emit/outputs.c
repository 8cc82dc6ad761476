/* SPDX-License-Identifier: Apache-2.0 */
/* The list of files that emitters fill. */
#include "emit/emit.h"

#include <string.h>

#include "base/memory.h"

void dyn_outputs_add(struct dyn_outputs *outputs, struct dynr_str name, struct dyn_pieces text)
{
    if (outputs->n_items == outputs->cap_items) {
        size_t cap = outputs->cap_items == 0 ? 8 : 2 * outputs->cap_items;
        struct dyn_output *items = dynr_arena_calloc(outputs->arena, cap, sizeof *items);
        if (outputs->n_items > 0) {
            memcpy(items, outputs->items, outputs->n_items * sizeof *items);
        }
        outputs->items = items;
        outputs->cap_items = cap;
    }
    outputs->items[outputs->n_items].name = dyn_dup(outputs->arena, name);
    outputs->items[outputs->n_items].text = text;
    outputs->n_items++;
}

void dyn_outputs_cleanup(struct dyn_outputs *outputs)
{
    for (size_t i = 0; i < outputs->n_items; i++) {
        dyn_pieces_cleanup(&outputs->items[i].text);
    }
    outputs->n_items = 0;
}
