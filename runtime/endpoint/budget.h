/* SPDX-License-Identifier: Apache-2.0 */
/* A bound for what the requests of all connections allocate together. */
#ifndef DYNR_ENDPOINT_BUDGET_H
#define DYNR_ENDPOINT_BUDGET_H

#include <stdatomic.h>

#include "dynr/allocator.h"

struct dynr_endpoint_budget {
    /** Of malloc, as long as the bound allows; from any thread. */
    struct dynr_allocator allocator;
    _Atomic size_t used;
    size_t limit;
};

/** In place: it must not move. */
void dynr_endpoint_budget_init(struct dynr_endpoint_budget *budget, size_t limit);

#endif
