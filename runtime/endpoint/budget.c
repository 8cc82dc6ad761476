/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/budget.h"

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    struct dynr_endpoint_budget *budget = context;
    const struct dynr_allocator *memory = dynr_allocator_default();
    if (new_size > old_size) {
        size_t more = new_size - old_size;
        size_t before = atomic_fetch_add_explicit(&budget->used, more, memory_order_relaxed);
        void *larger = more > budget->limit || before > budget->limit - more
                           ? NULL
                           : memory->resize(memory->context, block, old_size, new_size);
        if (larger == NULL) {
            atomic_fetch_sub_explicit(&budget->used, more, memory_order_relaxed);
        }
        return larger;
    }
    void *smaller = memory->resize(memory->context, block, old_size, new_size);
    if (new_size == 0 || smaller != NULL) {
        atomic_fetch_sub_explicit(&budget->used, old_size - new_size, memory_order_relaxed);
    }
    return smaller;
}

void dynr_endpoint_budget_init(struct dynr_endpoint_budget *budget, size_t limit)
{
    budget->allocator.resize = resize;
    budget->allocator.context = budget;
    budget->limit = limit;
    atomic_init(&budget->used, 0);
}
