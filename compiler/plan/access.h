/* SPDX-License-Identifier: Apache-2.0 */
/* How paths are tried for one read: shared by the choice (access_choice.c) and its errors (access_report.c). */
#ifndef DYN_PLAN_ACCESS_H
#define DYN_PLAN_ACCESS_H

#include "plan/derive.h"

enum dyn_conjunct_kind {
    DYN_CONJUNCT_OTHER,
    DYN_CONJUNCT_EQUAL,
    DYN_CONJUNCT_LOW,
    DYN_CONJUNCT_HIGH,
    DYN_CONJUNCT_BETWEEN,
    DYN_CONJUNCT_PREFIX,
    DYN_CONJUNCT_PRESENT,
};

/** One part of a conjunction. */
struct dyn_conjunct {
    enum dyn_conjunct_kind kind;
    /** NULL for what is bound from outside the condition. */
    const struct dyn_expr *expr;
    bool outside;
    const struct dyn_field *field;
    const struct dyn_expr *value;
    /** BETWEEN: the upper end. */
    const struct dyn_expr *high;
    bool exclusive;
};

struct dyn_access {
    struct dyn_derive *derive;
    const struct dyn_need *need;
    struct dyn_conjunct *conjuncts;
    size_t n_conjuncts;
    size_t cap_conjuncts;
};

/** One path tried on one read. */
struct dyn_fit {
    const struct dyn_plan_path *path;
    /** By conjunct: the key condition expresses it. */
    bool *used;
    struct dyn_plan_binding *bindings;
    size_t n_bindings;
    size_t n_equal;
    /** Of the path's sort values. */
    size_t n_sort_bound;
    bool last_is_prefix;
    struct dyn_plan_bound low;
    struct dyn_plan_bound high;
    const struct dyn_expr **residual;
    size_t n_residual;

    bool partition_bound;
    bool order_ok;
    bool filter_ok;
    /** The binding of an include is in no key of the path, and there is no value for a filter. */
    bool inexpressible;
    /** Optional field that the condition allows to be absent, so that rows would be missed. */
    const struct dyn_field *missing;
    const struct dyn_expr *key_in_filter;
    bool fits;
};

void dyn_fit_path(const struct dyn_access *access, const struct dyn_plan_path *path,
                  struct dyn_fit *out);
/** Says why none of `fits` (one per path of the entity; `path` NULL: not tried) will do. */
void dyn_report_no_path(const struct dyn_access *access, const struct dyn_fit *fits);

#endif
