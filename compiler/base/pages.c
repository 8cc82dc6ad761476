/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)4096)

/* Kernels that cannot do this, or pages of another size, leave everything as it was: then pages come one by one. */
static void populate(const char *block, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    uintptr_t start = (uintptr_t)block;
    size_t before = (size_t)(-start & (PAGE - 1));
    (void)madvise((void *)(start + before), (size - before) & ~(size_t)(PAGE - 1),
                  MADV_POPULATE_WRITE);
#else
    (void)block;
    (void)size;
#endif
}

static void *resize_populated(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    const struct dynr_allocator *plain = dynr_allocator_default();
    void *resized = plain->resize(plain->context, block, old_size, new_size);
    if (resized != NULL && new_size >= DYN_PAGES_POPULATED) {
        populate(resized, new_size);
    }
    return resized;
}

const struct dynr_allocator *dyn_page_allocator(void)
{
    static const struct dynr_allocator allocator = {resize_populated, NULL};
    return &allocator;
}
