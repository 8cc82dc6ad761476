/* SPDX-License-Identifier: Apache-2.0 */
/* References to rows: of one value as it is, of several as one text that is joined and taken apart (templates/js/join_key.js). */
#include "emit/js/js.h"

size_t js_reference_width(const struct dyn_model *model)
{
    return dyn_model_key_width(model);
}

const struct dyn_type *js_carried_type(const struct dyn_type *type)
{
    while (type->kind == DYN_TYPE_REF && js_reference_width(type->model) == 1) {
        type = type->model->fields[0]->type;
    }
    return type;
}

/** What may be part of a key: see dyn_type_key_fault. */
static struct dynr_str part_type(struct js_emit *e, const struct dyn_type *type)
{
    switch ((unsigned)type->kind) {
    case DYN_TYPE_INT:
        return dynr_str_from_c(js_is_bigint(type) ? "\"bigint\"" : "\"int\"");
    case DYN_TYPE_BOOL:
        return dynr_str_from_c("\"bool\"");
    case DYN_TYPE_DECIMAL:
        return dynr_str_from_c("\"decimal\"");
    case DYN_TYPE_BYTES:
        return dynr_str_from_c("\"bytes\"");
    case DYN_TYPE_ENUM:
        return dynr_arena_printf(e->arena, "E.%.*s", DYN_JS_ARG(type->enumeration->name->text));
    default:
        return dynr_str_from_c("\"text\"");
    }
}

struct dynr_str js_join_type(struct js_emit *e, const struct dyn_type *type)
{
    type = js_carried_type(type);
    return type->kind == DYN_TYPE_REF ? dynr_str_from_c("\"ref\"") : part_type(e, type);
}

/** `["text", ["text", "int"]]`: the types of the values that a reference to `model` joins. */
static struct dynr_str key_types(struct js_emit *e, const struct dyn_model *model)
{
    struct dynr_str all = dynr_str_from_c("[");
    for (size_t i = 0; i < model->n_key_fields; i++) {
        const struct dyn_type *type = js_carried_type(model->fields[i]->type);
        struct dynr_str one =
            type->kind == DYN_TYPE_REF ? key_types(e, type->model) : part_type(e, type);
        all = dynr_arena_printf(e->arena, "%.*s%s%.*s", DYN_JS_ARG(all), i == 0 ? "" : ", ",
                                DYN_JS_ARG(one));
    }
    return dynr_arena_printf(e->arena, "%.*s]", DYN_JS_ARG(all));
}

void js_write_key_types(struct js_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    dyn_out_line(&e->out, "const K = {");
    for (size_t i = 0; i < program->n_models; i++) {
        const struct dyn_model *model = program->models[i];
        if (js_reference_width(model) > 1) {
            struct dynr_str types = key_types(e, model);
            dyn_out_line(&e->out, "    %.*s: %.*s,", DYN_JS_ARG(model->name->text),
                         DYN_JS_ARG(types));
        }
    }
    dyn_out_line(&e->out, "};");
}

struct dynr_str js_key_part(struct js_emit *e, const struct dyn_model *model,
                            struct dynr_str reference, size_t index)
{
    if (js_reference_width(model) == 1) {
        return reference;
    }
    return dynr_arena_printf(e->arena, "splitKey(K.%.*s, %.*s)[%zu]", DYN_JS_ARG(model->name->text),
                             DYN_JS_ARG(reference), index);
}
