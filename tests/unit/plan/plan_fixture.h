/* SPDX-License-Identifier: Apache-2.0 */
/* A plan made from source text in memory, with the texts that tests compare. */
#ifndef DYN_TESTS_UNIT_PLAN_PLAN_FIXTURE_H
#define DYN_TESTS_UNIT_PLAN_PLAN_FIXTURE_H

#include "plan/plan.h"
#include "sema/sema.h"

struct plan_run {
    struct dynr_arena arena;
    struct dyn_names names;
    struct dyn_sources sources;
    struct dyn_diags diags;
    struct dyn_program *program;
    /* NULL when analysis failed. */
    struct dyn_plan *plan;
};

/* `source` without "dyn 1"; `lock` may be NULL. Copies both. */
void plan_run_start(struct plan_run *run, const char *source, const char *lock);
void plan_run_end(struct plan_run *run);

/* "3187:.text | 4068:..." as sema_run_summary. In the run's arena. */
struct dynr_str plan_run_summary(struct plan_run *run);
/* The diagnostics as the compiler prints them. */
struct dynr_str plan_run_rendered(struct plan_run *run);
struct dynr_str plan_run_lock(struct plan_run *run, const char *old_lock);
struct dynr_str plan_run_dump(struct plan_run *run);

const struct dyn_plan_entity *plan_run_entity(struct plan_run *run, const char *model);
const struct dyn_plan_path *plan_run_path(struct plan_run *run, const char *model,
                                          const char *name);
const struct dyn_requirement *plan_run_requirement(struct plan_run *run, const char *model,
                                                   const char *name);
const struct dyn_plan_procedure *plan_run_procedure(struct plan_run *run, const char *path);
/* "USER#{id}" */
struct dynr_str plan_run_template(struct plan_run *run, const struct dyn_key_template *key);
/* "list = list, id = id" */
struct dynr_str plan_run_bindings(struct plan_run *run, const struct dyn_plan_variant *variant);

/* Source and expected summary, "" for no diagnostics. */
struct plan_case {
    const char *name;
    const char *source;
    const char *expected;
};
void plan_run_cases(const struct plan_case *cases, size_t n_cases);

#endif
