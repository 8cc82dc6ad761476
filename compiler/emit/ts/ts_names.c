/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of types share one scope in a module. Nothing is renamed: what TypeScript refuses, or what would be declared
 * twice, is an error at the declaration.
 */
#include "base/memory.h"
#include "emit/names.h"
#include "emit/ts/ts.h"

/* ORDER templates/ts */
static const char *const helper_names[] = {
    "Api",     "Base64",     "DateString", "Decimal",   "JsonValue", "Keys",
    "NoInput", "Procedures", "Ref",        "Timestamp", "Ulid",      "Uuid",
};

/* Refused as names of interfaces and aliases, beside the words of the language. */
static const char *const refused_names[] = {"bigint", "globalThis", "intrinsic"};

static bool stands_in(struct dynr_str name, const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++) {
        if (dynr_str_equal_c(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool report_claimed(struct ts_emit *e, struct dynr_str name, struct dyn_span span,
                           const struct dyn_span *first)
{
    struct dyn_diag *diag =
        dyn_report(e->input->diags, DYN_CODE_NAME_COLLISION, span,
                   "two types would be called `%.*s` in TypeScript", DYN_TS_ARG(name));
    dyn_diag_note(e->input->diags, diag, *first, "the other comes from here");
    dyn_diag_help(e->input->diags, diag, "rename one of them");
    return false;
}

/* Declares `name` for the declaration at `span`. */
static bool claim(struct ts_emit *e, struct dynr_str name, struct dyn_span span)
{
    struct dyn_diags *diags = e->input->diags;
    const struct dyn_span *first = dynr_map_get(&e->names, name);
    if (first != NULL) {
        return report_claimed(e, name, span, first);
    }
    if (stands_in(name, helper_names, sizeof helper_names / sizeof helper_names[0]) ||
        dynr_str_equal(name, ts_client_name(e))) {
        struct dyn_diag *diag =
            dyn_report(diags, DYN_CODE_NAME_COLLISION, span,
                       "`%.*s` is a type of its own in the TypeScript typings", DYN_TS_ARG(name));
        dyn_diag_help(diags, diag, "rename it");
        return false;
    }
    if (dyn_name_is_ts_reserved(name) ||
        stands_in(name, refused_names, sizeof refused_names / sizeof refused_names[0])) {
        struct dyn_diag *diag =
            dyn_report(diags, DYN_CODE_RESERVED_NAME, span,
                       "TypeScript does not allow a type called `%.*s`", DYN_TS_ARG(name));
        dyn_diag_help(diags, diag, "rename it");
        return false;
    }
    struct dyn_span *kept = dyn_alloc(e->arena, sizeof *kept);
    *kept = span;
    if (!dynr_map_put(&e->names, name, kept, NULL)) {
        struct dyn_span nowhere = {0, 0, 0};
        dyn_report(diags, DYN_CODE_SELF_CHECK, nowhere, "internal: memory is exhausted");
    }
    return true;
}

static struct dynr_str join(struct ts_emit *e, struct dynr_str first, const char *second)
{
    return dynr_arena_printf(e->arena, "%.*s%s", DYN_TS_ARG(first), second);
}

struct dynr_str ts_procedure_name(struct ts_emit *e, const struct dyn_procedure *procedure,
                                  const char *what)
{
    struct dynr_str path = procedure->path;
    const char *dot = path.len == 0 ? NULL : memchr(path.ptr, '.', path.len);
    struct dynr_str router = dynr_str_make(path.ptr, dot == NULL ? 0 : (size_t)(dot - path.ptr));
    struct dynr_str first = dyn_name_pascal(e->arena, router);
    struct dynr_str second = dyn_name_pascal(e->arena, procedure->name->text);
    return dynr_arena_printf(e->arena, "%.*s%.*s%s", DYN_TS_ARG(first), DYN_TS_ARG(second), what);
}

struct dynr_str ts_struct_input_name(struct ts_emit *e, const struct dyn_struct *structure)
{
    return join(e, structure->name->text, "Input");
}

struct dynr_str ts_client_name(struct ts_emit *e)
{
    return join(e, dyn_name_pascal(e->arena, e->plan->program->name->text), "Client");
}

static void claim_types(struct ts_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    for (size_t i = 0; i < program->n_enums; i++) {
        (void)claim(e, program->enums[i]->name->text, program->enums[i]->span);
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        const struct dyn_struct *structure = program->structs[i];
        (void)claim(e, structure->name->text, structure->span);
        if (ts_struct_has_defaults(e, structure)) {
            (void)claim(e, ts_struct_input_name(e, structure), structure->span);
        }
    }
    for (size_t i = 0; i < program->n_models; i++) {
        (void)claim(e, program->models[i]->name->text, program->models[i]->span);
    }
}

void ts_claim_names(struct ts_emit *e)
{
    claim_types(e);
    for (size_t i = 0; i < e->plan->n_procedures; i++) {
        const struct dyn_procedure *procedure = e->plan->procedures[i]->procedure;
        static const char *const kinds[] = {"Input", "Output", "Row"};
        for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++) {
            /* One report a procedure is enough. */
            if (!claim(e, ts_procedure_name(e, procedure, kinds[j]), procedure->span)) {
                break;
            }
        }
    }
}
