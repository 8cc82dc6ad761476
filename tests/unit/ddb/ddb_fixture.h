/* SPDX-License-Identifier: Apache-2.0 */
/* Runs expressions over items that are written as text, with ' for ". All results live in the fixture's arena. */
#ifndef DYN_TESTS_UNIT_DDB_DDB_FIXTURE_H
#define DYN_TESTS_UNIT_DDB_DDB_FIXTURE_H

#include "ddb/expression.h"
#include "test_main.h"
#include "test_tools.h"

struct ddb_fixture {
    struct dynr_arena arena;
    struct dynr_error err;
    enum dynr_status status;
};

/** A copy of `text` with every ' turned into ". */
struct dynr_str ddb_json(struct dynr_arena *arena, const char *text);
/** Parses an item; an empty one when it is refused, and `status` says why. */
struct dynr_attribute ddb_item(struct ddb_fixture *fixture, const char *text);
/** Canonical text of an item, with " turned into ' again. */
struct dynr_str ddb_text(struct dynr_arena *arena, const struct dynr_attribute *item);

/** Parses and binds; NULL and `status` where that is refused. `names` and `values` may be NULL. */
const struct dynr_bound_expression *ddb_bind(struct ddb_fixture *fixture,
                                             enum dynr_expression_kind kind, const char *expression,
                                             const char *names, const char *values);
/** The message with which parsing or binding is refused, "" when it is not; valid until the next call. */
const char *ddb_refusal(enum dynr_expression_kind kind, const char *expression, const char *names,
                        const char *values);
/** 1, 0, or -1 with `status`. */
int ddb_holds(struct ddb_fixture *fixture, const char *expression, const char *names,
              const char *values, const char *item);

void ddb_fixture_cleanup(struct ddb_fixture *fixture);

/** A random value, at most `depth` lists and maps deep; distinct from nothing in particular. */
struct dynr_attribute ddb_random_value(struct dynr_arena *arena, struct dynr_test_random *random,
                                       unsigned depth);
/** A random canonical number of up to 38 digits within the service's range. */
struct dynr_str ddb_random_number(struct dynr_arena *arena, struct dynr_test_random *random);

#endif
