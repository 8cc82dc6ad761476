/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of docs/diagnostics, embedded at build time for `dynrc explain`. */
#ifndef DYN_DRIVER_PAGES_H
#define DYN_DRIVER_PAGES_H

#include "dynr/str.h"

/** The Markdown page of a code; false when there is none. */
bool dyn_page_find(unsigned number, struct dynr_str *out);

#endif
