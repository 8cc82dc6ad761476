/* SPDX-License-Identifier: Apache-2.0 */
/* Finding an embedded page: they are sorted by name, "DYN1302". */
#include "driver/pages.h"

#include <stdio.h>

#include "pages_data.h"

bool dyn_page_find(unsigned number, struct dynr_str *out)
{
    char name[16];
    (void)snprintf(name, sizeof name, "DYN%04u", number);
    for (size_t i = 0; i < dyn_pages_n_files; i++) {
        if (dynr_str_equal_c(dyn_pages_files[i].name, name)) {
            *out = dyn_pages_files[i].text;
            return true;
        }
    }
    return false;
}
