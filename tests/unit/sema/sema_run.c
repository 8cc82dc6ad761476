/* SPDX-License-Identifier: Apache-2.0 */
/* The harness of sema's tests. */
#include "sema_run.h"

#include <stdio.h>
#include <string.h>

#include "support/test_main.h"

#define SHOWN_MAX 40
#define OUTSIDE   "<outside of the source>"

static bool read_source(void *context, struct dynr_str path, uint32_t from, uint32_t *out_source,
                        struct dynr_str *out_reason)
{
    struct sema_run *run = context;
    (void)from;
    for (size_t i = 0; i < run->sources.n_items; i++) {
        if (dynr_str_equal(run->sources.items[i].name, path)) {
            *out_source = (uint32_t)i;
            return true;
        }
    }
    for (size_t i = 0; i < run->n_files; i++) {
        if (dynr_str_equal_c(path, run->files[i].name)) {
            *out_source = dyn_sources_add(&run->sources, dynr_str_from_c(run->files[i].name),
                                          run->files[i].text);
            return true;
        }
    }
    *out_reason = dynr_str_from_c("no such file");
    return false;
}

void sema_run_start(struct sema_run *run, const struct sema_file *files, size_t n_files)
{
    memset(run, 0, sizeof *run);
    dynr_arena_init(&run->arena, NULL, 0);
    dyn_names_init(&run->names, &run->arena);
    run->sources.arena = &run->arena;
    run->files = files;
    run->n_files = n_files;
    dyn_diags_init(&run->diags, &run->arena, &run->sources, 1000);
    struct dyn_sema_input input = {
        .arena = &run->arena,
        .names = &run->names,
        .diags = &run->diags,
        .root_source =
            dyn_sources_add(&run->sources, dynr_str_from_c(files[0].name), files[0].text),
        .read_source = read_source,
        .read_context = run,
    };
    run->program = dyn_analyse(&input);
}

void sema_run_end(struct sema_run *run)
{
    dyn_names_cleanup(&run->names);
    dynr_arena_cleanup(&run->arena);
}

static struct dynr_str shown_text(const struct sema_run *run, struct dyn_span span)
{
    if (span.source >= run->sources.n_items || span.start > span.end ||
        span.end > run->sources.items[span.source].text.len) {
        return dynr_str_from_c(OUTSIDE);
    }
    const char *start = run->sources.items[span.source].text.ptr + span.start;
    size_t len = 0;
    while (len < SHOWN_MAX && len < span.end - span.start && start[len] != '\n') {
        len++;
    }
    return dynr_str_make(start, len);
}

struct dynr_str sema_run_summary(struct sema_run *run)
{
    struct dynr_str summary = dynr_str_make("", 0);
    for (size_t i = 0; i < run->diags.n_items; i++) {
        const struct dyn_diag *diag = run->diags.items[i];
        struct dynr_str text = shown_text(run, diag->span);
        summary = dynr_arena_printf(&run->arena, "%.*s%s%d:%.*s", (int)summary.len, summary.ptr,
                                    i == 0 ? "" : " | ", (int)diag->code, (int)text.len, text.ptr);
    }
    return summary;
}

bool sema_run_spans_are_inside(const struct sema_run *run)
{
    for (size_t i = 0; i < run->diags.n_items; i++) {
        if (dynr_str_equal_c(shown_text(run, run->diags.items[i]->span), OUTSIDE)) {
            return false;
        }
    }
    return true;
}

/* ---- soundness ------------------------------------------------------------------------------------------------- */

static bool type_is_sound(const struct dyn_type *type)
{
    if (type == NULL || type->kind == DYN_TYPE_ERROR || type->kind == DYN_TYPE_NULL) {
        return false;
    }
    if (type->kind == DYN_TYPE_ENUM || type->kind == DYN_TYPE_STRUCT ||
        type->kind == DYN_TYPE_REF) {
        return type->enumeration != NULL || type->structure != NULL || type->model != NULL;
    }
    bool has_element =
        type->kind == DYN_TYPE_LIST || type->kind == DYN_TYPE_SET || type->kind == DYN_TYPE_MAP;
    return !has_element || (type->has_high && type_is_sound(type->element));
}

static bool expr_is_sound(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return true;
    }
    if (expr->kind == DYN_EXPR_ERROR || !type_is_sound(expr->type)) {
        return false;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (!expr_is_sound(expr->items[i]) ||
            (expr->items[i] == NULL && expr->kind != DYN_EXPR_OBJECT)) {
            return false;
        }
    }
    return expr_is_sound(expr->left) && expr_is_sound(expr->right);
}

static bool fields_are_sound(struct dyn_field *const *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i]->index != i || !type_is_sound(fields[i]->type) ||
            !expr_is_sound(fields[i]->default_value) || fields[i]->attribute.len == 0) {
            return false;
        }
    }
    return true;
}

static bool model_is_sound(const struct dyn_model *model)
{
    if (model->table == NULL || model->tag.len == 0 || model->n_key_fields == 0 ||
        !fields_are_sound(model->fields, model->n_fields) || dyn_model_key_width(model) == 0) {
        return false;
    }
    for (size_t i = 0; i < model->n_fields; i++) {
        if (model->fields[i]->is_key != (i < model->n_key_fields)) {
            return false;
        }
    }
    for (size_t i = 0; i < model->n_relations; i++) {
        const struct dyn_relation *relation = model->relations[i];
        if (relation->target == NULL || relation->via == NULL ||
            relation->via->type->model != model) {
            return false;
        }
    }
    return true;
}

static bool query_is_sound(const struct dyn_query *query)
{
    for (size_t i = 0; i < query->n_key; i++) {
        if (query->key[i] == NULL || !expr_is_sound(query->key[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < query->n_includes; i++) {
        const struct dyn_include *include = &query->includes[i];
        if (include->model == NULL || !expr_is_sound(include->where) ||
            !expr_is_sound(include->take)) {
            return false;
        }
    }
    return expr_is_sound(query->in) && expr_is_sound(query->by_value) &&
           expr_is_sound(query->where) && expr_is_sound(query->take);
}

static bool procedure_is_sound(const struct dyn_procedure *procedure)
{
    if (!fields_are_sound(procedure->arguments, procedure->n_arguments)) {
        return false;
    }
    if (procedure->kind == DYN_PROCEDURE_QUERY) {
        return procedure->query != NULL && query_is_sound(procedure->query);
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        const struct dyn_write *write = &procedure->writes[i];
        for (size_t j = 0; j < write->n_key; j++) {
            if (write->key[j] == NULL || !expr_is_sound(write->key[j])) {
                return false;
            }
        }
        for (size_t j = 0; j < write->n_assignments; j++) {
            if (write->assignments[j].value == NULL ||
                !expr_is_sound(write->assignments[j].value)) {
                return false;
            }
        }
        if (!expr_is_sound(write->condition) || !expr_is_sound(write->expecting)) {
            return false;
        }
    }
    return procedure->kind != DYN_PROCEDURE_MUTATION || procedure->n_writes > 0;
}

bool sema_run_is_sound(const struct sema_run *run)
{
    const struct dyn_program *program = run->program;
    bool sound = program->name != NULL && program->n_tables > 0;
    for (size_t i = 0; i < program->n_structs && sound; i++) {
        sound = fields_are_sound(program->structs[i]->fields, program->structs[i]->n_fields);
    }
    for (size_t i = 0; i < program->n_models && sound; i++) {
        sound = model_is_sound(program->models[i]);
    }
    for (size_t i = 0; i < program->n_contexts && sound; i++) {
        sound = fields_are_sound(program->contexts[i]->fields, program->contexts[i]->n_fields);
    }
    for (size_t i = 0; i < program->n_routers && sound; i++) {
        for (size_t j = 0; j < program->routers[i]->n_procedures && sound; j++) {
            sound = procedure_is_sound(program->routers[i]->procedures[j]);
        }
    }
    return sound;
}

/* ---- cases -------------------------------------------------------------------------------------------------------- */

static void run_case(const struct sema_case *test)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "dyn 1\n");
    dynr_buf_append_c(&text, test->fixture == NULL ? "" : test->fixture);
    dynr_buf_append_c(&text, test->source);
    const struct sema_file file = {"test.dyn", dynr_buf_str(&text)};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    struct dynr_str summary = sema_run_summary(&run);
    bool passed = DYNR_ASSERT_STR(summary, test->expected);
    if (run.diags.n_errors == 0) {
        passed = DYNR_ASSERT(sema_run_is_sound(&run)) && passed;
    }
    if (!passed) {
        fprintf(stderr, "in the case: %s\n", test->name);
    }
    sema_run_end(&run);
    dynr_buf_cleanup(&text);
}

void sema_run_cases(const struct sema_case *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        run_case(&cases[i]);
    }
}
