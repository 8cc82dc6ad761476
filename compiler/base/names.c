/* SPDX-License-Identifier: Apache-2.0 */
#include "base/names.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void dyn_names_init(struct dyn_names *names, struct dynr_arena *arena)
{
    names->arena = arena;
    dynr_map_init(&names->by_text, NULL);
}

void dyn_names_cleanup(struct dyn_names *names)
{
    dynr_map_cleanup(&names->by_text);
}

const struct dyn_name *dyn_names_intern(struct dyn_names *names, struct dynr_str text)
{
    struct dyn_name *name = dynr_map_get(&names->by_text, text);
    if (name != NULL) {
        return name;
    }
    name = dyn_alloc(names->arena, sizeof *name);
    name->text = dyn_dup(names->arena, text);
    if (!dynr_map_put(&names->by_text, name->text, name, NULL)) {
        (void)fputs("dynrc: out of memory\n", stderr);
        abort();
    }
    return name;
}
