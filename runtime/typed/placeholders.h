/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and values of a request's expressions. Every attribute is named through a placeholder, so that none can be a
 * reserved word. Generated filters use #n0, :v0 and so on; placeholders made here begin with other letters.
 */
#ifndef DYNR_TYPED_PLACEHOLDERS_H
#define DYNR_TYPED_PLACEHOLDERS_H

#include "dynr/gen.h"
#include "typed/scratch.h"

struct dynr_placeholders {
    struct dynr_scratch names;
    struct dynr_scratch values;
    unsigned n_made;
};

void dynr_placeholders_init(struct dynr_placeholders *placeholders, struct dynr_arena *arena);
/* `#kp` stands for `attribute`. */
void dynr_placeholders_name(struct dynr_placeholders *placeholders, const char *placeholder,
                            const char *attribute);
/* `:kp` stands for what the caller appends to the result: an attribute value. */
struct dynr_buf *dynr_placeholders_value(struct dynr_placeholders *placeholders,
                                         const char *placeholder);
/* A new name placeholder for `attribute`, appended to `expression`. */
void dynr_placeholders_append_name(struct dynr_placeholders *placeholders,
                                   struct dynr_buf *expression, const char *attribute);
/* A new value placeholder, appended to `expression`; the caller appends the value to the result. */
struct dynr_buf *dynr_placeholders_append_value(struct dynr_placeholders *placeholders,
                                                struct dynr_buf *expression);
/* A generated filter's names and values. */
enum dynr_status dynr_placeholders_filter(struct dynr_placeholders *placeholders,
                                          const struct dynr_filter *filter, struct dynr_error *err);
/* Closes both and hands them to `request`. */
enum dynr_status dynr_placeholders_finish(struct dynr_placeholders *placeholders,
                                          struct dynr_request *request, struct dynr_error *err);

#endif
