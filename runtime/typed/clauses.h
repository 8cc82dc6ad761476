/* SPDX-License-Identifier: Apache-2.0 */
/* The clauses of a write: its condition, and what an update sets, removes and adds. */
#ifndef DYNR_TYPED_CLAUSES_H
#define DYNR_TYPED_CLAUSES_H

#include "typed/placeholders.h"
#include "typed/type.h"

struct dynr_clauses {
    struct dynr_placeholders placeholders;
    struct dynr_scratch condition;
    struct dynr_scratch set;
    struct dynr_scratch remove;
    struct dynr_scratch add;
    struct dynr_arena *arena;
};

void dynr_clauses_init(struct dynr_clauses *clauses, struct dynr_arena *arena);

/* The next condition is to be appended to the result: puts an AND before it. */
struct dynr_buf *dynr_clauses_condition(struct dynr_clauses *clauses);
void dynr_clauses_require_exists(struct dynr_clauses *clauses, const char *attribute);
void dynr_clauses_require_absent(struct dynr_clauses *clauses, const char *attribute);
/* `attribute` is `value`, an attribute value's text. */
void dynr_clauses_require_text(struct dynr_clauses *clauses, const char *attribute,
                               struct dynr_str value);
/* The same, or there is no such attribute: reads then supply this value, the default. */
void dynr_clauses_require_text_or_absent(struct dynr_clauses *clauses, const char *attribute,
                                         struct dynr_str value);
/* A generated condition. */
enum dynr_status dynr_clauses_require_filter(struct dynr_clauses *clauses,
                                             const struct dynr_filter *filter,
                                             struct dynr_error *err);

void dynr_clauses_set_text(struct dynr_clauses *clauses, const char *attribute,
                           struct dynr_str value);
/* Removes the attribute instead where the value is stored as absence. */
enum dynr_status dynr_clauses_set(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *value,
                                  struct dynr_error *err);
/* The attribute, or 0, plus one. */
void dynr_clauses_increment(struct dynr_clauses *clauses, const char *attribute);
void dynr_clauses_remove(struct dynr_clauses *clauses, const char *attribute);
enum dynr_status dynr_clauses_add(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *value,
                                  struct dynr_error *err);

/* The attribute, or `otherwise`, plus `value`. */
enum dynr_status dynr_clauses_sum(struct dynr_clauses *clauses, const char *attribute,
                                  const struct dynr_type_desc *type, const void *otherwise,
                                  const void *value, struct dynr_error *err);

/* Puts condition, update, names and values into `request`. */
enum dynr_status dynr_clauses_finish(struct dynr_clauses *clauses, struct dynr_request *request,
                                     struct dynr_error *err);

#endif
