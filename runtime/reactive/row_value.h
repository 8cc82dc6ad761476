/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that are described by tables, as values: copied whole, and compared field by field. */
#ifndef DYNR_REACTIVE_ROW_VALUE_H
#define DYNR_REACTIVE_ROW_VALUE_H

#include "dynr/gen.h"

/* Bytes of a copy of the struct at `object` with everything that it points to. */
size_t dynr_struct_copy_size(const struct dynr_struct_desc *desc, const void *object);
/* Copies into `block`, dynr_struct_copy_size bytes aligned for any type: the struct stands at its start. */
void dynr_struct_copy(const struct dynr_struct_desc *desc, const void *object, void *block);
/* The same in an arena. NULL when memory is exhausted. */
void *dynr_struct_dup(const struct dynr_struct_desc *desc, const void *object,
                      struct dynr_arena *arena);

/* Whether a field has the same value, or none, in both structs. */
bool dynr_field_equal(const struct dynr_field_desc *field, const void *a, const void *b);

#endif
