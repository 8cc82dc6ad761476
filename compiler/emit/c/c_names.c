/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in C: how they are made, and all that the files will declare, claimed before anything is written. What C refuses, or
 * what would be declared twice, is an error at the declaration.
 */
#include "emit/c/c_policy.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const struct_functions[] = {"init", "struct"};
static const char *const enum_functions[] = {"to_str", "from_str", "enum"};
static const char *const model_functions[] = {
    "init",     "get_key", "decode", "encode",  "to_json", "create", "put",          "get",
    "get_many", "delete",  "update", "changes", "entity",  "struct", "change_table", "rows"};
static const char *const soft_delete_functions[] = {"destroy", "restore"};

struct dynr_str c_name(struct c_emit *e, const struct dyn_name *name)
{
    struct c_recent *recent = c_recent_at(e->file_names, name);
    if (recent->key != name) {
        struct dynr_str snake = dyn_name_snake(e->arena, name->text);
        recent->text = dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(e->prefix), DYN_ARG(snake));
        recent->key = name;
    }
    return recent->text;
}

struct dynr_str c_model_name(struct c_emit *e, const struct dyn_model *model)
{
    return c_name(e, model->name);
}

struct dynr_str c_member(struct c_emit *e, const struct dyn_name *name)
{
    struct c_recent *recent = c_recent_at(e->member_names, name);
    if (recent->key != name) {
        recent->text = dyn_name_c_member(e->arena, name->text);
        recent->key = name;
    }
    return recent->text;
}

struct dynr_str c_enum_constant(struct c_emit *e, const struct dyn_enum *enumeration,
                                const struct dyn_enum_value *value)
{
    struct dynr_str type = dyn_name_capitals(e->arena, c_name(e, enumeration->name));
    struct dynr_str own = dyn_name_capitals(e->arena, value->name->text);
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(type), DYN_ARG(own));
}

/* ---- claims ------------------------------------------------------------------------------------------------- */

static void report_exhausted(struct c_emit *e)
{
    struct dyn_span nowhere = {0, 0, 0};
    dyn_report(e->input->diags, DYN_CODE_SELF_CHECK, nowhere, "internal: memory is exhausted");
}

/** Claims a C name of file scope; DYN1672 when something else has it already. */
static void claim(struct c_emit *e, struct dynr_str name, struct dyn_span span)
{
    const struct dyn_span *other = dynr_map_get(&e->symbols, name);
    if (other != NULL) {
        struct dyn_diag *diag =
            dyn_report(e->input->diags, DYN_CODE_NAME_COLLISION, span,
                       "this becomes `%.*s` in C, which is taken", DYN_ARG(name));
        dyn_diag_note(e->input->diags, diag, *other, "by this");
        dyn_diag_help(e->input->diags, diag, "rename one of them");
        return;
    }
    struct dyn_span *kept = dynr_arena_alloc(e->arena, sizeof *kept);
    *kept = span;
    if (!dynr_map_put(&e->symbols, name, kept, NULL)) {
        report_exhausted(e);
    }
}

/** Claims `<name>_<suffix>`. */
static void claim_with(struct c_emit *e, struct dynr_str name, const char *suffix,
                       struct dyn_span span)
{
    claim(e, dynr_arena_printf(e->arena, "%.*s_%s", DYN_ARG(name), suffix), span);
}

/** Claims `<name>_<suffix>` for each suffix: the functions and structs that come with a model, enum or struct. */
static void claim_functions(struct c_emit *e, struct dynr_str name, struct dyn_span span,
                            const char *const *suffixes, size_t n_suffixes)
{
    for (size_t i = 0; i < n_suffixes; i++) {
        claim_with(e, name, suffixes[i], span);
    }
}

/** `-I generated` must not hide a header of the system behind ours. */
static void check_header_name(struct c_emit *e)
{
    static const char *const taken[] = {
        "assert",    "complex", "ctype",    "dirent",  "errno",  "fcntl",   "features", "fenv",
        "float",     "glob",    "inttypes", "iso646",  "limits", "locale",  "malloc",   "math",
        "memory",    "netdb",   "poll",     "pthread", "pwd",    "regex",   "sched",    "search",
        "semaphore", "setjmp",  "signal",   "spawn",   "stdarg", "stdbool", "stddef",   "stdint",
        "stdio",     "stdlib",  "string",   "strings", "syslog", "termios", "tgmath",   "threads",
        "time",      "uchar",   "ulimit",   "unistd",  "utime",  "values",  "wchar",    "wctype",
    };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (dynr_str_equal_c(e->prefix, taken[i])) {
            struct dyn_diag *diag =
                dyn_report(e->input->diags, DYN_CODE_RESERVED_NAME, (struct dyn_span){0},
                           "`%.*s.h` is a header of the system, which the generated one would hide",
                           DYN_ARG(e->prefix));
            dyn_diag_help(e->input->diags, diag, "choose another `namespace`, or pass --c-prefix");
            return;
        }
    }
}

/* ---- members ------------------------------------------------------------------------------------------------ */

/** A field called `default` becomes `default_` in C: said, because people will look for it. */
static void warn_escaped(struct c_emit *e, const struct dyn_field *field)
{
    struct dynr_str member = c_member(e, field->name);
    if (field->origin != DYN_FIELD_DECLARED || member.ptr[member.len - 1] != '_') {
        return;
    }
    struct dynr_str snake = dyn_name_snake(e->arena, field->name->text);
    if (!dyn_name_is_c_reserved(snake)) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(e->input->diags, DYN_CODE_NAME_ESCAPED, field->span,
                   "`%.*s` is reserved in C or C++, so its member is called `%.*s_`",
                   DYN_ARG(field->name->text), DYN_ARG(snake));
    dyn_diag_help(e->input->diags, diag,
                  "rename it, or keep it: JSON and DynamoDB have the name as it is written");
}

/** Two members must not fall onto one C name: `fooBar` and `foo_bar`, or `hasX` and the flag of `x`. */
static void check_members(struct c_emit *e, struct dyn_field *const *fields, size_t n_fields)
{
    struct dynr_map seen;
    dynr_map_init(&seen, NULL);
    for (size_t i = 0; i < n_fields; i++) {
        struct dynr_str names[2];
        size_t n_names = 1;
        warn_escaped(e, fields[i]);
        names[0] = c_member(e, fields[i]->name);
        if (fields[i]->type->optional) {
            names[n_names++] = dynr_arena_printf(e->arena, "has_%.*s", DYN_ARG(names[0]));
        }
        for (size_t j = 0; j < n_names; j++) {
            const struct dyn_field *other = dynr_map_get(&seen, names[j]);
            if (other != NULL) {
                struct dyn_diag *diag = dyn_report(
                    e->input->diags, DYN_CODE_NAME_COLLISION, fields[i]->span,
                    "`%.*s` and `%.*s` both become `%.*s` in C", DYN_ARG(fields[i]->name->text),
                    DYN_ARG(other->name->text), DYN_ARG(names[j]));
                dyn_diag_note(e->input->diags, diag, other->span, "the other is here");
                dyn_diag_help(e->input->diags, diag, "rename one of them");
            } else if (!dynr_map_put(&seen, names[j], fields[i], NULL)) {
                report_exhausted(e);
            }
        }
    }
    dynr_map_cleanup(&seen);
}

/* ---- declarations -------------------------------------------------------------------------------------------- */

static void claim_enum(struct c_emit *e, const struct dyn_enum *enumeration)
{
    struct dynr_str name = c_name(e, enumeration->name);
    claim(e, name, enumeration->span);
    claim_functions(e, name, enumeration->span, enum_functions, COUNT_OF(enum_functions));
    claim_with(e, dyn_name_capitals(e->arena, name), "UNKNOWN", enumeration->span);
    for (size_t i = 0; i < enumeration->n_values; i++) {
        const struct dyn_enum_value *value = &enumeration->values[i];
        claim(e, c_enum_constant(e, enumeration, value), value->span);
    }
}

static void claim_struct(struct c_emit *e, const struct dyn_struct *structure)
{
    struct dynr_str name = c_name(e, structure->name);
    claim(e, name, structure->span);
    claim_functions(e, name, structure->span, struct_functions, COUNT_OF(struct_functions));
    check_members(e, structure->fields, structure->n_fields);
}

static void claim_paths(struct c_emit *e, const struct dyn_plan_entity *entity,
                        struct dynr_str name)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (entity->paths[i]->kind != DYN_PATH_GET) {
            struct dynr_str path = dyn_name_snake(e->arena, entity->paths[i]->name);
            claim(e, dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(name), DYN_ARG(path)),
                  entity->model->span);
        }
    }
}

static void claim_model(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dynr_str name = c_model_name(e, model);
    claim(e, name, model->span);
    claim_functions(e, name, model->span, model_functions, COUNT_OF(model_functions));
    if (model->deleted_at != NULL) {
        claim_functions(e, name, model->span, soft_delete_functions,
                        COUNT_OF(soft_delete_functions));
    }
    /* The members of its key are among these. */
    check_members(e, model->fields, model->n_fields);
    claim_paths(e, entity, name);
}

static void claim_shape(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name,
                        const struct dyn_plan_procedure *plan)
{
    if (shape->members == NULL) {
        return; /* the model's own row */
    }
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        if (shape->members[i].kind == DYN_MEMBER_INCLUDE) {
            claim_shape(e, &include->shape, c_include_name(e, include, name), plan);
        }
    }
    claim(e, name, plan->procedure->span);
}

static void claim_query(struct c_emit *e, const struct dyn_plan_procedure *plan,
                        struct dynr_str name)
{
    struct dynr_str row = dynr_arena_printf(e->arena, "%.*s_row", DYN_ARG(name));
    claim_shape(e, &plan->query->shape, row, plan);
    c_aggregate_rows(e, plan, c_shape_name(e, &plan->query->shape, row), claim_shape);
    if (!plan->query->single_row && !plan->query->is_aggregate) {
        claim_with(e, name, "output", plan->procedure->span);
    }
}

static void claim_procedure(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    struct dynr_str name = c_procedure_name(e, procedure);
    bool is_extern = procedure->kind == DYN_PROCEDURE_EXTERN;
    claim(e, is_extern ? procedure->extern_symbol : name, procedure->span);
    claim_with(e, name, "procedure", procedure->span);
    if (procedure->n_arguments > 0) {
        claim_with(e, name, "input", procedure->span);
        check_members(e, procedure->arguments, procedure->n_arguments);
    }
    if (plan->query != NULL) {
        claim_query(e, plan, name);
    }
}

static void claim_all(struct c_emit *e)
{
    const struct dyn_program *program = e->plan->program;
    for (size_t i = 0; i < program->n_enums; i++) {
        claim_enum(e, program->enums[i]);
    }
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        const struct dyn_model *model = e->plan->entities[i]->model;
        claim_with(e, c_model_name(e, model), "key", model->span);
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        claim_struct(e, program->structs[i]);
    }
    for (size_t i = 0; i < program->n_contexts; i++) {
        const struct dyn_context *context = program->contexts[i];
        claim(e, c_name(e, context->name), context->span);
        check_members(e, context->fields, context->n_fields);
    }
    for (size_t i = 0; i < e->plan->n_entities; i++) {
        claim_model(e, e->plan->entities[i]);
    }
    for (size_t i = 0; i < e->plan->n_procedures; i++) {
        claim_procedure(e, e->plan->procedures[i]);
    }
}

void dyn_check_c(const struct dyn_emit_input *input)
{
    struct c_emit e;
    c_emit_init(&e, input);
    check_header_name(&e);
    claim_all(&e);
    c_emit_cleanup(&e);
}
