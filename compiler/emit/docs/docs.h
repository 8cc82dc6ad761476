/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared state of the documentation emitter.
 *   docs_text.c        Markdown: prose, code, tables; the only place where text of the schema is written
 *   docs_tables.c      tables, index slots, item templates
 *   docs_models.c      models, enums, structs
 *   docs_example.c     example items
 *   docs_access.c      the access-pattern matrix
 *   docs_procedures.c  procedures
 */
#ifndef DYN_EMIT_DOCS_DOCS_H
#define DYN_EMIT_DOCS_DOCS_H

#include "emit/emit.h"
#include "emit/out.h"

struct docs {
    const struct dyn_emit_input *input;
    const struct dyn_plan *plan;
    struct dynr_arena *arena;
    struct dyn_out out;
    /** In a row of a table: line breaks become spaces, and `|` is escaped in code too. */
    bool in_row;
};

/* ---- Markdown ---- */
/** Fixed text. */
void md_put(struct docs *d, const char *text);
/** What a user wrote. `code` stays code; whatever else Markdown or HTML would read is escaped. Paragraphs are kept. */
void md_prose(struct docs *d, struct dynr_str text);
/** A paragraph of its own, if there is anything in it. */
void md_paragraph(struct docs *d, struct dynr_str text);
/** Text between backticks, whatever it holds; nothing where it is empty. */
void md_code(struct docs *d, struct dynr_str text);
void md_code_name(struct docs *d, const struct dyn_name *name);
/** The same with what `write` appends. */
void md_code_key(struct docs *d, const struct dyn_key_template *key);
void md_code_key_example(struct docs *d, const struct dyn_key_template *key);
void md_code_type(struct docs *d, const struct dyn_type *type);
void md_code_expr(struct docs *d, const struct dyn_expr *expr);
/** A number as text. */
void md_number(struct docs *d, uint64_t number);
/** Starts a cell, and before the first one the row. */
void md_cell(struct docs *d);
void md_row_end(struct docs *d);
/** A heading of `level` whose text is code. */
void md_heading(struct docs *d, unsigned level, struct dynr_str code);

/* ---- parts ---- */
/** The table's name in the service, or in the schema where it is given at run time. */
struct dynr_str docs_table_name(const struct dyn_table *table);
void docs_write_tables(struct docs *d);
void docs_write_models(struct docs *d);
void docs_write_enums(struct docs *d);
void docs_write_structs(struct docs *d);
/** Cells `type`, `bounds`, `default`. */
void docs_type_cells(struct docs *d, const struct dyn_field *field);
/** "todo_todo_by_due", and "get", "list" where paths have no name of their own. */
struct dynr_str docs_function_name(struct docs *d, const struct dyn_plan_path *path);
void docs_write_access(struct docs *d);
void docs_write_example(struct docs *d, const struct dyn_plan_entity *entity);
void docs_write_procedures(struct docs *d);

/* ---- policies (docs_policies.c) ---- */
/** What a procedure needs, and who is denied; nothing where the program has no policies. */
void docs_write_policy(struct docs *d, const struct dyn_plan_procedure *plan);
/** A list item: `before`, the condition, and the rows that it reads; nothing where everything is allowed. */
void docs_write_predicate(struct docs *d, const char *before,
                          const struct dyn_plan_predicate *predicate);

#endif
