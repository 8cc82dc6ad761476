/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned names. Two names are the same name exactly when their pointers are equal.
 */
#ifndef DYN_BASE_NAMES_H
#define DYN_BASE_NAMES_H

#include "base/map.h"
#include "dynr/arena.h"

struct dyn_name {
    struct dynr_str text;
};

struct dyn_names {
    struct dynr_arena *arena;
    struct dynr_map by_text;
};

void dyn_names_init(struct dyn_names *names, struct dynr_arena *arena);
void dyn_names_cleanup(struct dyn_names *names);
const struct dyn_name *dyn_names_intern(struct dyn_names *names, struct dynr_str text);

#endif
