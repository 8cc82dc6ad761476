/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared state of the TypeScript emitter.
 *   ts_names.c       names: what may be declared, what procedures' types are called
 *   ts_types.c       types, enums, structs, models
 *   ts_procedures.c  inputs, outputs, the procedure map, the client
 */
#ifndef DYN_EMIT_TS_TS_H
#define DYN_EMIT_TS_TS_H

#include "base/map.h"
#include "emit/emit.h"
#include "emit/out.h"

/** Two printf arguments for a "%.*s". */
#define DYN_TS_ARG(text) (int)(text).len, (text).ptr

struct ts_emit {
    const struct dyn_emit_input *input;
    const struct dyn_plan *plan;
    struct dynr_arena *arena;
    struct dyn_out out;
    /** Names of types in the file -> struct dyn_span of the declaration; while they are claimed. */
    struct dynr_map names;
    /** Names of structs -> whether some member, or a member's struct, has a default. */
    struct dynr_map defaults;
};

/* ---- names ---- */
/** Claims every name that the file will declare, and reports those that TypeScript or the file itself has. */
void ts_claim_names(struct ts_emit *e);
/** "TodosListInput". */
struct dynr_str ts_procedure_name(struct ts_emit *e, const struct dyn_procedure *procedure,
                                  const char *what);
/** "StepInput": what a struct is called where members with defaults may be left out. */
struct dynr_str ts_struct_input_name(struct ts_emit *e, const struct dyn_struct *structure);
/** "TodoClient". */
struct dynr_str ts_client_name(struct ts_emit *e);

/* ---- types ---- */
/** Which side of a call a type is on: inputs may leave out what has a default. */
enum ts_side {
    TS_OUTPUT,
    TS_INPUT
};
void ts_write_type(struct ts_emit *e, const struct dyn_type *type, enum ts_side side);
/** The type of a model's field; a key of one field is the row's own reference. */
void ts_write_field_type(struct ts_emit *e, const struct dyn_model *model,
                         const struct dyn_field *field);
/** Whether leaving out members of the struct is allowed in an input. */
bool ts_struct_has_defaults(struct ts_emit *e, const struct dyn_struct *structure);
/** `name: ` or `name?: `. */
void ts_write_member_name(struct ts_emit *e, const struct dyn_name *name, bool optional);
/** Doc, bounds and default of an argument or a struct's member, as a comment. */
void ts_write_field_comment(struct ts_emit *e, const struct dyn_field *field);
/** The same for a model's field, with its role. */
void ts_write_model_field_comment(struct ts_emit *e, const struct dyn_model *model,
                                  const struct dyn_field *field);
/** Enums, structs, models and the table of keys. */
void ts_write_types(struct ts_emit *e);

/* ---- procedures ---- */
void ts_write_procedures(struct ts_emit *e);

#endif
