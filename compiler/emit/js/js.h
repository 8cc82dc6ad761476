/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared state of the JavaScript emitter: a schema's description for the client core (templates/js/README.md says what it is).
 *   js_expr.c        expressions, types as parts of orders, codecs
 *   js_key.c         references of several parts
 *   js_view.c        nodes of live views
 *   js_optimistic.c  what a mutation does, said before the server says it
 *   js_procedure.c   procedures, routers
 *   emit_js.c        the files
 */
#ifndef DYN_EMIT_JS_JS_H
#define DYN_EMIT_JS_JS_H

#include "emit/emit.h"
#include "emit/out.h"
#include "plan/live.h"

/** Two printf arguments for a "%.*s". `text` is evaluated twice: no call that writes something. */
#define DYN_JS_ARG(text) (int)(text).len, (text).ptr

struct js_emit {
    const struct dyn_emit_input *input;
    const struct dyn_plan *plan;
    struct dynr_arena *arena;
    struct dyn_out out;
};

/* ---- expressions: the parameters of the functions that hold them are `row`, `input`, `caller`, `parent` ---- */

/** A string literal with its quotes. */
struct dynr_str js_string(struct js_emit *e, struct dynr_str text);
/** A value, undefined or null where something is missing. Empty: JavaScript cannot say it (what needs other rows). */
struct dynr_str js_value(struct js_emit *e, const struct dyn_expr *expr);
/** The same as a value of `type`: integers are bigints only where the type's are. */
struct dynr_str js_value_as(struct js_emit *e, const struct dyn_expr *expr,
                            const struct dyn_type *type);
/** A condition: true or false. Empty as above. */
struct dynr_str js_condition(struct js_emit *e, const struct dyn_expr *expr);
/** "T.text": how values of this type compare. */
struct dynr_str js_part(struct js_emit *e, const struct dyn_type *type);
/** `"bigint"`, `{each: ...}`; empty where JSON and JavaScript agree. */
struct dynr_str js_codec(struct js_emit *e, const struct dyn_type *type);
/** `{fields: {...}}` of those fields that need one; empty where none does. */
struct dynr_str js_fields_codec(struct js_emit *e, const struct dyn_field *const *fields,
                                size_t n_fields);
/** Whether a value of the type is a bigint. */
bool js_is_bigint(const struct dyn_type *type);

/* ---- references ---- */

/** How many values a reference to `model` joins. One: it is that value. */
size_t js_reference_width(const struct dyn_model *model);
/** The type that values of `type` have in JSON: that of the one value that a reference stands for; else `type` itself. */
const struct dyn_type *js_carried_type(const struct dyn_type *type);
/** How joinKey joins a value of `type`: `"text"`, `E.Priority`, `"ref"`. */
struct dynr_str js_join_type(struct js_emit *e, const struct dyn_type *type);
/** The value of `model`'s key field number `index` in a reference: `splitKey(K.Todo, input.todo)[1]`, or the reference itself. */
struct dynr_str js_key_part(struct js_emit *e, const struct dyn_model *model,
                            struct dynr_str reference, size_t index);
/** The table K: per model whose references join several values, their types. */
void js_write_key_types(struct js_emit *e);

/* ---- parts of the file ---- */

/** `output`: the codec of the procedure's output, or empty. */
void js_write_view(struct js_emit *e, const struct dyn_live_view *view, struct dynr_str output);
void js_write_optimistic(struct js_emit *e, const struct dyn_plan_procedure *plan);
/** Whether this field of the row that is created takes a client-made id. */
bool js_takes_id(const struct dyn_write *write, const struct dyn_field *field);
void js_write_procedures(struct js_emit *e);

#endif
