/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DYNR_REACTIVE_FRAME_H
#define DYNR_REACTIVE_FRAME_H

#include "dynr/engine.h"

/* A frame with a copy of `text`, owned once. NULL when memory is exhausted. `allocator` must outlive it. */
struct dynr_frame *dynr_frame_new(const struct dynr_allocator *allocator, struct dynr_str text);

#endif
