/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds and forms of values. */
#ifndef DYNR_TYPED_VALIDATE_H
#define DYNR_TYPED_VALIDATE_H

#include "typed/type.h"

/* Checks one member's value, for updates; `name` begins the path. */
enum dynr_status dynr_validate_member(const struct dynr_field_desc *field, const void *value,
                                      struct dynr_error *err);
/* As dynr_validate for plain JSON input, in which ids that a write makes may be left out. */
enum dynr_status dynr_validate_input(const struct dynr_struct_desc *desc, const void *object,
                                     struct dynr_error *err);

#endif
