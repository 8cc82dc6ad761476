/* SPDX-License-Identifier: Apache-2.0 */
/* The C emitter: the order of its parts. */
#include "emit/c/c_emit.h"

#include "header_tmpl.h"

bool c_first_time(struct c_emit *e, struct dynr_str key)
{
    static char mark;
    void *previous = NULL;
    if (!dynr_map_put(&e->written, key, &mark, &previous)) {
        dyn_out_bad_text(&e->header, "c_first_time: out of memory", key);
    }
    return previous == NULL;
}

static bool has_views(const struct dyn_plan *plan)
{
    for (size_t i = 0; i < plan->n_procedures; i++) {
        if (plan->procedures[i]->live != NULL) {
            return true;
        }
    }
    return false;
}

void c_emit_init(struct c_emit *e, const struct dyn_emit_input *input)
{
    static const char *const header_sections[] = {"open",   "enums",     "arrays", "types",
                                                  "tables", "functions", "close"};
    static const char *const source_sections[] = {
        "open",     "enums", "types",  "defaults",   "structs",   "tables", "keys",
        "entities", "paths", "values", "procedures", "functions", "table"};
    memset(e, 0, sizeof *e);
    e->input = input;
    e->plan = input->plan;
    e->arena = input->arena;
    struct dynr_str prefix = input->options->c_prefix;
    e->prefix =
        dyn_name_snake(e->arena, prefix.len > 0 ? prefix : input->plan->program->name->text);
    e->prefix_capitals = dyn_name_capitals(e->arena, e->prefix);
    dyn_out_init(&e->header, header_sections, sizeof header_sections / sizeof header_sections[0]);
    dyn_out_init(&e->source, source_sections, sizeof source_sections / sizeof source_sections[0]);
    dynr_map_init(&e->symbols, NULL);
    dynr_map_init(&e->written, NULL);
}

void c_emit_cleanup(struct c_emit *e)
{
    dyn_out_cleanup(&e->header);
    dyn_out_cleanup(&e->source);
    dynr_map_cleanup(&e->symbols);
    dynr_map_cleanup(&e->written);
}

static void finish(struct c_emit *e, struct dyn_out *out, struct dynr_str name)
{
    struct dyn_pieces text;
    for (size_t i = 0; i + 1 < out->n_sections; i++) {
        dyn_out_section(out, out->sections[i].name);
        dyn_out_blank(out);
    }
    if (!dyn_out_finish(out, &text)) {
        /* Schema text cannot become code: what does not fit its place stops everything. A bug of ours, not the user's. */
        dyn_report(e->input->diags, DYN_CODE_SELF_CHECK, (struct dyn_span){0},
                   "internal: cannot write %.*s: %s", DYN_ARG(name), dyn_out_fault(out));
        return;
    }
    dyn_outputs_add(e->input->outputs, name, text);
}

void dyn_emit_c(const struct dyn_emit_input *input)
{
    struct c_emit e;
    c_emit_init(&e, input);
    struct dynr_str header = dynr_arena_printf(e.arena, "%.*s.h", DYN_ARG(e.prefix));
    struct dynr_str source = dynr_arena_printf(e.arena, "%.*s.c", DYN_ARG(e.prefix));
    struct dynr_str guard = dynr_arena_printf(e.arena, "%.*s_DYN_H", DYN_ARG(e.prefix_capitals));
    dyn_out_section(&e.header, "open");
    tmpl_header_header_open(&e.header, &(struct tmpl_header_header_open){
                                           .source = input->options->source_name,
                                           .guard = guard,
                                           .header = header,
                                       });
    dyn_out_section(&e.header, "close");
    tmpl_header_header_close(&e.header, &(struct tmpl_header_header_close){.guard = guard});
    dyn_out_section(&e.source, "open");
    tmpl_header_source_open(&e.source, &(struct tmpl_header_source_open){
                                           .source = input->options->source_name,
                                           .header = header,
                                       });
    if (has_views(e.plan)) {
        dyn_out_blank(&e.source);
        dyn_out_line(&e.source, "#include <dynr/view.h>");
    }
    dyn_out_blank(&e.source);
    dyn_out_section(&e.source, "structs");
    dyn_out_blank(&e.source);
    dyn_out_line(&e.source, "/*");
    dyn_out_line(&e.source, " * Members: name, attribute, their lengths, flags, offset, offset of "
                            "the presence flag, type.");
    dyn_out_line(&e.source,
                 " * Changes: field, offsets of its `set_` flag, its `has_` flag and its value.");
    dyn_out_line(&e.source, " */");
    dyn_out_section(&e.header, "tables");
    dyn_out_blank(&e.header);
    tmpl_header_section(&e.header, &(struct tmpl_header_section){
                                       .title = dynr_str_from_c(
                                           "tables that the functions stand on: see dynr/gen.h"),
                                   });
    dyn_out_blank(&e.header);
    c_emit_enums(&e);
    c_emit_key_structs(&e);
    c_emit_structs(&e);
    c_emit_tables(&e);
    c_emit_models(&e);
    dyn_out_section(&e.header, "functions");
    dyn_out_blank(&e.header);
    tmpl_header_database(&e.header, &(struct tmpl_header_database){.prefix = e.prefix});
    dyn_out_section(&e.source, "functions");
    tmpl_header_database_source(&e.source,
                                &(struct tmpl_header_database_source){
                                    .prefix = e.prefix,
                                    .n_tables = dynr_arena_printf(e.arena, "%zu", e.plan->n_tables),
                                });
    c_emit_procedures(&e);
    c_emit_entities(&e);
    c_emit_procedure_table(&e);
    finish(&e, &e.header, header);
    finish(&e, &e.source, source);
    c_emit_cleanup(&e);
}
