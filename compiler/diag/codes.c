/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/diag.h"

static const struct dyn_code_info codes[] = {
#define DYN_CODE(number, name, slug, severity) {DYN_CODE_##name, slug, DYN_SEVERITY_##severity},
#include "diag/codes.def"
#undef DYN_CODE
};
#define N_CODES (sizeof codes / sizeof codes[0])

bool dyn_code_lookup(unsigned number, struct dyn_code_info *out)
{
    for (size_t i = 0; i < N_CODES; i++) {
        if ((unsigned)codes[i].code == number) {
            *out = codes[i];
            return true;
        }
    }
    return false;
}

bool dyn_code_lookup_slug(struct dynr_str slug, struct dyn_code_info *out)
{
    for (size_t i = 0; i < N_CODES; i++) {
        if (dynr_str_equal_c(slug, codes[i].slug)) {
            *out = codes[i];
            return true;
        }
    }
    return false;
}
