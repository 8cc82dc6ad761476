/* SPDX-License-Identifier: Apache-2.0 */
/* The C emitter: the order of its parts, and names in file scope. */
#include "emit/c/c_emit.h"

#include "header_tmpl.h"

struct c_symbol {
    struct dyn_span span;
};

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

void c_claim(struct c_emit *e, struct dynr_str name, struct dyn_span span)
{
    const struct c_symbol *other = dynr_map_get(&e->symbols, name);
    if (other != NULL) {
        struct dyn_diag *diag =
            dyn_report(e->input->diags, DYN_CODE_NAME_COLLISION, span,
                       "this becomes `%.*s` in C, which is taken", DYN_ARG(name));
        dyn_diag_note(e->input->diags, diag, other->span, "by this");
        dyn_diag_help(e->input->diags, diag, "rename one of them");
        return;
    }
    struct c_symbol *symbol = dynr_arena_alloc(e->arena, sizeof *symbol);
    symbol->span = span;
    if (!dynr_map_put(&e->symbols, name, symbol, NULL)) {
        dyn_out_bad_text(&e->header, "c_claim: out of memory", name);
    }
}

const char *const c_struct_functions[] = {"init", "struct"};
const size_t c_n_struct_functions = sizeof c_struct_functions / sizeof c_struct_functions[0];

void c_claim_functions(struct c_emit *e, struct dynr_str name, struct dyn_span span,
                       const char *const *suffixes, size_t n_suffixes)
{
    for (size_t i = 0; i < n_suffixes; i++) {
        c_claim(e, dynr_arena_printf(e->arena, "%.*s_%s", DYN_ARG(name), suffixes[i]), span);
    }
}

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

static void init(struct c_emit *e, const struct dyn_emit_input *input)
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

static void cleanup(struct c_emit *e)
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

void dyn_emit_c(const struct dyn_emit_input *input)
{
    struct c_emit e;
    init(&e, input);
    check_header_name(&e);
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
    cleanup(&e);
}
