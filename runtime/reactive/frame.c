/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: a header and the text behind it, one block; freed by whoever is last. */
#include "reactive/frame.h"

struct owned_frame {
    struct dynr_frame frame;
    const struct dynr_allocator *allocator;
    char text[];
};

struct dynr_frame *dynr_frame_new(const struct dynr_allocator *allocator, struct dynr_str text)
{
    struct owned_frame *owned =
        allocator->resize(allocator->context, NULL, 0, sizeof *owned + text.len);
    if (owned == NULL) {
        return NULL;
    }
    memcpy(owned->text, text.ptr, text.len);
    owned->frame.text = owned->text;
    owned->frame.len = text.len;
    owned->frame.references = 1;
    owned->allocator = allocator;
    return &owned->frame;
}

void dynr_frame_ref(struct dynr_frame *frame)
{
    frame->references++;
}

void dynr_frame_unref(struct dynr_frame *frame)
{
    struct owned_frame *owned = (struct owned_frame *)(void *)frame;
    if (--frame->references == 0) {
        owned->allocator->resize(owned->allocator->context, owned, sizeof *owned + frame->len, 0);
    }
}
