/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the front end and sema on sources in memory, and says in one line what was reported where. */
#ifndef DYN_TESTS_UNIT_SEMA_SEMA_RUN_H
#define DYN_TESTS_UNIT_SEMA_SEMA_RUN_H

#include "dynr/buf.h"
#include "sema/sema.h"

/* A file that others can import. */
struct sema_file {
    const char *name;
    struct dynr_str text;
};

struct sema_run {
    struct dynr_arena arena;
    struct dyn_names names;
    struct dyn_sources sources;
    struct dyn_diags diags;
    const struct sema_file *files;
    size_t n_files;
    struct dyn_program *program;
};

/* The first file is the root. `files` must outlive the run. */
void sema_run_start(struct sema_run *run, const struct sema_file *files, size_t n_files);
void sema_run_end(struct sema_run *run);

/*
 * "1302:Usr | 1418:name" for each diagnostic in order of report: the code and the source text of the span (its first 40
 * bytes of one line). In the run's arena.
 */
struct dynr_str sema_run_summary(struct sema_run *run);

/* Whether every diagnostic points into its source. */
bool sema_run_spans_are_inside(const struct sema_run *run);

/* Whether everything that the program points to is there, and free of poison. For programs without errors. */
bool sema_run_is_sound(const struct sema_run *run);

/* Source and summary; "" for no diagnostics. `fixture` (may be NULL) is put before the source, "dyn 1" before both. */
struct sema_case {
    const char *name;
    const char *fixture;
    const char *source;
    const char *expected;
};
/* Runs every case and asserts. */
void sema_run_cases(const struct sema_case *cases, size_t n_cases);

#endif
