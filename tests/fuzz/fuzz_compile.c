/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a schema, through the whole compiler and all emitters, in memory. Nothing crashes; two runs give the same
 * diagnostics and the same bytes; what was derived passes the self-check; and a schema compiled again with the lock that it
 * left behind is accepted and leaves the same lock. What the targets accept, the emitters write without a word.
 */
#include <stdlib.h>

#include "emit/emit.h"
#include "sema/sema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One compilation and all that it says. */
struct compilation {
    struct dynr_arena arena;
    struct dyn_names names;
    struct dyn_sources sources;
    struct dyn_diags diags;
    struct dynr_buf text;
    struct dynr_buf lock;
    bool ok;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* The root imports itself by its name, which is a cycle; there is no other file. */
static bool read_source(void *context, struct dynr_str path, uint32_t from, uint32_t *out_source,
                        struct dynr_str *out_reason)
{
    (void)context;
    *out_source = from;
    *out_reason = dynr_str_from_c("no such file");
    return dynr_str_equal_c(path, "fuzz.dyn");
}

static void write_files(struct compilation *run, const struct dyn_emit_input *input)
{
    size_t n_said = run->diags.n_items;
    dyn_emit_c(input);
    dyn_emit_ts(input);
    dyn_emit_cfn(input);
    dyn_emit_docs(input);
    require(run->diags.n_items == n_said);
    for (size_t i = 0; i < input->outputs->n_items; i++) {
        struct dyn_output *output = &input->outputs->items[i];
        dynr_buf_append_str(&run->text, output->name);
        dynr_buf_append_char(&run->text, '\n');
        dynr_buf_append_str(&run->text, dyn_pieces_join(&output->text, &run->arena));
    }
}

static void write_everything(struct compilation *run, const struct dyn_plan *plan)
{
    struct dyn_emit_options options = {.source_name = dynr_str_from_c("fuzz.dyn")};
    struct dyn_outputs outputs = {.arena = &run->arena};
    struct dyn_emit_input input = {
        .plan = plan,
        .options = &options,
        .arena = &run->arena,
        .diags = &run->diags,
        .outputs = &outputs,
    };
    dyn_check_c(&input);
    dyn_check_ts(&input);
    dyn_check_cfn(&input);
    if (run->diags.n_errors == 0) {
        write_files(run, &input);
    }
    dyn_outputs_cleanup(&outputs);
    dyn_plan_dump(plan, &run->text);
    dyn_plan_json(plan, &run->arena, &run->text);
    dyn_plan_tables_text(plan, &run->text);
    dyn_plan_cost_text(plan, &run->text);
}

static void compile(struct compilation *run, struct dynr_str source, struct dynr_str lock)
{
    memset(run, 0, sizeof *run);
    dynr_arena_init(&run->arena, NULL, 0);
    dyn_names_init(&run->names, &run->arena);
    run->sources.arena = &run->arena;
    dyn_diags_init(&run->diags, &run->arena, &run->sources, 0);
    struct dyn_sema_input sema = {
        .arena = &run->arena,
        .names = &run->names,
        .diags = &run->diags,
        .root_source = dyn_sources_add(&run->sources, dynr_str_from_c("fuzz.dyn"), source),
        .read_source = read_source,
    };
    const struct dyn_program *program = dyn_analyse(&sema);
    if (run->diags.n_errors == 0) {
        struct dyn_plan_input input = {
            .arena = &run->arena, .diags = &run->diags, .program = program, .lock = lock};
        if (lock.ptr != NULL) {
            input.lock_source = dyn_sources_add(&run->sources, dynr_str_from_c("fuzz.lock"), lock);
        }
        const struct dyn_plan *plan = dyn_plan_make(&input);
        if (run->diags.n_errors == 0) {
            require(dyn_plan_verify(plan, &run->arena, &run->diags));
            dyn_lock_write(plan, lock, &run->lock);
            write_everything(run, plan);
            run->ok = true;
        }
    }
    dyn_render_text(&run->diags, DYN_COLOR_DEBUG, true, &run->text);
    dyn_render_json(&run->diags, &run->text);
}

static void cleanup(struct compilation *run)
{
    dynr_buf_cleanup(&run->text);
    dynr_buf_cleanup(&run->lock);
    dyn_names_cleanup(&run->names);
    dynr_arena_cleanup(&run->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_str source = dynr_str_make((const char *)data, size);
    struct dynr_str no_lock = dynr_str_make(NULL, 0);
    struct compilation first;
    struct compilation second;
    compile(&first, source, no_lock);
    compile(&second, source, no_lock);
    require(first.ok == second.ok);
    require(dynr_str_equal(dynr_buf_str(&first.text), dynr_buf_str(&second.text)));
    require(dynr_str_equal(dynr_buf_str(&first.lock), dynr_buf_str(&second.lock)));
    cleanup(&second);
    if (first.ok) {
        compile(&second, source, dynr_buf_str(&first.lock));
        require(second.ok);
        require(dynr_str_equal(dynr_buf_str(&first.lock), dynr_buf_str(&second.lock)));
        cleanup(&second);
    }
    cleanup(&first);
    return 0;
}
