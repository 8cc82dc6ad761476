/* SPDX-License-Identifier: Apache-2.0 */
/* The harness of the plan's tests. */
#include "plan_fixture.h"

#include <stdio.h>
#include <string.h>

#include "test_main.h"

#define SHOWN_MAX 40

static bool refuse_import(void *context, struct dynr_str path, uint32_t from, uint32_t *out_source,
                          struct dynr_str *out_reason)
{
    (void)context;
    (void)path;
    (void)from;
    *out_source = 0;
    *out_reason = dynr_str_from_c("no such file");
    return false;
}

void plan_run_start(struct plan_run *run, const char *source, const char *lock)
{
    memset(run, 0, sizeof *run);
    dynr_arena_init(&run->arena, NULL, 0);
    dyn_names_init(&run->names, &run->arena);
    run->sources.arena = &run->arena;
    dyn_diags_init(&run->diags, &run->arena, &run->sources, 1000);
    struct dynr_str text = dynr_arena_printf(&run->arena, "dyn 1\n%s", source);
    struct dyn_sema_input input = {
        .arena = &run->arena,
        .names = &run->names,
        .diags = &run->diags,
        .root_source = dyn_sources_add(&run->sources, dynr_str_from_c("test.dyn"), text),
        .read_source = refuse_import,
        .read_context = run,
    };
    run->program = dyn_analyse(&input);
    if (run->diags.n_errors != 0) {
        return;
    }
    struct dyn_plan_input plan_input = {
        .arena = &run->arena, .diags = &run->diags, .program = run->program};
    if (lock != NULL) {
        plan_input.lock = dynr_arena_printf(&run->arena, "%s", lock);
        plan_input.lock_source =
            dyn_sources_add(&run->sources, dynr_str_from_c("dynrc.lock"), plan_input.lock);
    }
    run->plan = dyn_plan_make(&plan_input);
}

void plan_run_end(struct plan_run *run)
{
    dyn_names_cleanup(&run->names);
    dynr_arena_cleanup(&run->arena);
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static struct dynr_str take(struct plan_run *run, struct dynr_buf *buf)
{
    struct dynr_str text = dynr_arena_dup(&run->arena, dynr_buf_str(buf));
    dynr_buf_cleanup(buf);
    return text;
}

static struct dynr_str shown_text(const struct plan_run *run, struct dyn_span span)
{
    if (span.source >= run->sources.n_items || span.start > span.end ||
        span.end > run->sources.items[span.source].text.len) {
        return dynr_str_from_c("!");
    }
    const char *start = run->sources.items[span.source].text.ptr + span.start;
    size_t len = 0;
    while (len < SHOWN_MAX && len < span.end - span.start && start[len] != '\n') {
        len++;
    }
    return dynr_str_make(start, len);
}

struct dynr_str plan_run_summary(struct plan_run *run)
{
    struct dynr_buf buf = {0};
    for (size_t i = 0; i < run->diags.n_items; i++) {
        struct dynr_str text = shown_text(run, run->diags.items[i]->span);
        dynr_buf_printf(&buf, "%s%d:%.*s", i == 0 ? "" : " | ", (int)run->diags.items[i]->code,
                        (int)text.len, text.ptr);
    }
    return take(run, &buf);
}

struct dynr_str plan_run_rendered(struct plan_run *run)
{
    struct dynr_buf buf = {0};
    dyn_render_text(&run->diags, DYN_COLOR_NEVER, false, &buf);
    return take(run, &buf);
}

struct dynr_str plan_run_lock(struct plan_run *run, const char *old_lock)
{
    struct dynr_buf buf = {0};
    if (run->plan != NULL) {
        dyn_lock_write(run->plan, dynr_str_from_c(old_lock), &buf);
    }
    return take(run, &buf);
}

struct dynr_str plan_run_dump(struct plan_run *run)
{
    struct dynr_buf buf = {0};
    if (run->plan != NULL) {
        dyn_plan_dump(run->plan, &buf);
    }
    return take(run, &buf);
}

struct dynr_str plan_run_template(struct plan_run *run, const struct dyn_key_template *key)
{
    struct dynr_buf buf = {0};
    dyn_key_template_write(key, &buf);
    return take(run, &buf);
}

struct dynr_str plan_run_bindings(struct plan_run *run, const struct dyn_plan_variant *variant)
{
    struct dynr_buf buf = {0};
    for (size_t i = 0; i < variant->n_bindings; i++) {
        struct dynr_str name = variant->bindings[i].field->name->text;
        dynr_buf_printf(&buf, "%s%.*s = ", i == 0 ? "" : ", ", (int)name.len, name.ptr);
        if (variant->bindings[i].value != NULL) {
            dyn_expr_write(variant->bindings[i].value, &buf);
        }
    }
    return take(run, &buf);
}

/* ---- finding --------------------------------------------------------------------------------------------------- */

const struct dyn_plan_entity *plan_run_entity(struct plan_run *run, const char *model)
{
    for (size_t i = 0; run->plan != NULL && i < run->plan->n_entities; i++) {
        if (dynr_str_equal_c(run->plan->entities[i]->model->name->text, model)) {
            return run->plan->entities[i];
        }
    }
    fprintf(stderr, "no model %s\n", model);
    DYNR_ASSERT(false);
    return NULL;
}

const struct dyn_plan_path *plan_run_path(struct plan_run *run, const char *model, const char *name)
{
    const struct dyn_plan_entity *entity = plan_run_entity(run, model);
    for (size_t i = 0; entity != NULL && i < entity->n_paths; i++) {
        if (dynr_str_equal_c(entity->paths[i]->name, name)) {
            return entity->paths[i];
        }
    }
    fprintf(stderr, "no path %s.%s\n", model, name);
    DYNR_ASSERT(false);
    return NULL;
}

const struct dyn_requirement *plan_run_requirement(struct plan_run *run, const char *model,
                                                   const char *name)
{
    const struct dyn_plan_entity *entity = plan_run_entity(run, model);
    for (size_t i = 0; entity != NULL && i < entity->n_requirements; i++) {
        if (dynr_str_equal_c(entity->requirements[i]->name, name)) {
            return entity->requirements[i];
        }
    }
    fprintf(stderr, "no requirement %s.%s\n", model, name);
    DYNR_ASSERT(false);
    return NULL;
}

const struct dyn_plan_procedure *plan_run_procedure(struct plan_run *run, const char *path)
{
    for (size_t i = 0; run->plan != NULL && i < run->plan->n_procedures; i++) {
        if (dynr_str_equal_c(run->plan->procedures[i]->procedure->path, path)) {
            return run->plan->procedures[i];
        }
    }
    fprintf(stderr, "no procedure %s\n", path);
    DYNR_ASSERT(false);
    return NULL;
}

/* ---- cases ----------------------------------------------------------------------------------------------------- */

void plan_run_cases(const struct plan_case *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        struct plan_run run;
        plan_run_start(&run, cases[i].source, NULL);
        if (!DYNR_ASSERT_STR(plan_run_summary(&run), cases[i].expected)) {
            struct dynr_str text = plan_run_rendered(&run);
            fprintf(stderr, "in the case: %s\n%.*s", cases[i].name, (int)text.len, text.ptr);
        }
        plan_run_end(&run);
    }
}
