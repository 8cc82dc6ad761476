/* SPDX-License-Identifier: Apache-2.0 */
/* The procedures of the Todo sample, of which `todos.list` can be watched. */
#ifndef DYN_TESTS_INTEGRATION_SERVER_LIVE_VIEW_H
#define DYN_TESTS_INTEGRATION_SERVER_LIVE_VIEW_H

#include <dynr/view.h>

#define LIVE_MAX_PROCEDURES 64

struct live_list {
    struct dynr_procedure_desc procedures[LIVE_MAX_PROCEDURES];
    const struct dynr_procedure_desc *pointers[LIVE_MAX_PROCEDURES];
};

/** Fills `out`, whose procedures stand in `procedures`. False: there are too many. */
bool live_procedures(struct live_list *list, struct dynr_procedure_table *out);

#endif
