/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enums: tags are stored, names are spoken.
 */
#include "dynr/gen.h"

const char *dynr_enum_name(const struct dynr_enum_desc *desc, int tag)
{
    /* Tags usually count from 1. */
    if (tag > 0 && (size_t)tag <= desc->n_values && desc->values[tag - 1].tag == tag) {
        return desc->values[tag - 1].name;
    }
    for (size_t i = 0; i < desc->n_values; i++) {
        if (desc->values[i].tag == tag) {
            return desc->values[i].name;
        }
    }
    return NULL;
}

bool dynr_enum_tag(const struct dynr_enum_desc *desc, struct dynr_str name, int *out)
{
    for (size_t i = 0; i < desc->n_values; i++) {
        if (dynr_str_equal_c(name, desc->values[i].name)) {
            *out = desc->values[i].tag;
            return true;
        }
    }
    return false;
}
