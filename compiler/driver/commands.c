/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that read one schema and print something about it. */
#include "driver/commands.h"

#include <stdlib.h>

#include "base/spelling.h"
#include "driver/file_io.h"
#include "driver/pages.h"
#include "driver/targets.h"
#include "plan/live.h"
#include "plan/mutation_text.h"
#include "syntax/parser.h"

enum dyn_exit dyn_print(struct dynr_str text)
{
    bool ok = fwrite(text.ptr, 1, text.len, stdout) == text.len;
    if (fflush(stdout) != 0 || !ok) {
        perror("dynrc: cannot write to standard output");
        return DYN_EXIT_USAGE;
    }
    return DYN_EXIT_OK;
}

/* What `-W` takes, for whoever mistyped it. */
static void print_warnings(void)
{
    static const struct dyn_code_info codes[] = {
#define DYN_CODE(number, name, slug, severity) {DYN_CODE_##name, slug, DYN_SEVERITY_##severity},
#include "diag/codes.def"
#undef DYN_CODE
    };
    const char *separator = "help: the warnings are ";
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].severity == DYN_SEVERITY_WARNING) {
            (void)fprintf(stderr, "%s%s", separator, codes[i].slug);
            separator = ", ";
        }
    }
    (void)fputc('\n', stderr);
}

enum dyn_exit dyn_start(struct dyn_session *session, const struct dyn_options *options,
                        enum dyn_stage stage)
{
    dyn_session_init(session, options->error_limit);
    for (size_t i = 0; i < options->n_warnings; i++) {
        if (!dyn_diags_set_severity(&session->diags, dynr_str_from_c(options->warnings[i]))) {
            (void)fprintf(stderr, "dynrc: there is no warning `%s`\n", options->warnings[i]);
            print_warnings();
            return DYN_EXIT_USAGE;
        }
    }
    struct dynr_str reason;
    if (!dyn_session_load(session, options->input, &reason)) {
        (void)fprintf(stderr, "dynrc: %s: %.*s\n", options->input, (int)reason.len, reason.ptr);
        return DYN_EXIT_USAGE;
    }
    bool ok = true;
    if (stage == DYN_STAGE_PLANNED) {
        ok = dyn_session_plan(session);
    } else if (stage == DYN_STAGE_ANALYSED) {
        ok = dyn_session_analyse(session);
    }
    return ok ? DYN_EXIT_OK : DYN_EXIT_DIAGNOSTICS;
}

enum dyn_exit dyn_end(struct dyn_session *session, const struct dyn_options *options,
                      enum dyn_exit exit)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    if (options->diagnostics == DYN_DIAGNOSTICS_JSON) {
        dyn_render_json(&session->diags, &text);
    } else if (session->diags.n_items > 0) {
        dyn_render_text(&session->diags, options->color, options->parseable_fixits, &text);
    }
    if (text.len > 0 && fwrite(text.ptr, 1, text.len, stderr) != text.len) {
        exit = DYN_EXIT_USAGE;
    }
    dynr_buf_cleanup(&text);
    if (exit == DYN_EXIT_OK && session->diags.n_errors > 0) {
        exit = DYN_EXIT_DIAGNOSTICS;
    }
    dyn_session_cleanup(session);
    return exit;
}

/** `--dump=STAGE`: everything that can be dumped before the stage that fails is. */
static enum dyn_exit dump(const struct dyn_options *options)
{
    bool tokens = strcmp(options->dump, "tokens") == 0;
    bool ast = strcmp(options->dump, "ast") == 0;
    bool model = strcmp(options->dump, "model") == 0;
    enum dyn_stage stage =
        tokens || ast ? DYN_STAGE_LOADED : (model ? DYN_STAGE_ANALYSED : DYN_STAGE_PLANNED);
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, stage);
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    if (exit == DYN_EXIT_OK) {
        if (tokens) {
            dyn_dump_tokens(&session.diags, session.root, &out);
        } else if (ast) {
            dyn_ast_dump(dyn_parse(&session.arena, &session.names, &session.diags, session.root),
                         &out);
        } else if (model) {
            dyn_program_dump(session.program, &out);
        } else {
            dyn_plan_dump(session.plan, &out);
        }
        exit = dyn_print(dynr_buf_str(&out));
    }
    dynr_buf_cleanup(&out);
    return dyn_end(&session, options, exit);
}

enum dyn_exit dyn_command_check(const struct dyn_options *options)
{
    if (options->dump != NULL) {
        return dump(options);
    }
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_PLANNED);
    if (exit == DYN_EXIT_OK) {
        exit = dyn_targets_check(&session, options);
    }
    return dyn_end(&session, options, exit);
}

typedef void (*describe_fn)(const struct dyn_session *session, struct dynr_buf *out);

static enum dyn_exit describe(const struct dyn_options *options, describe_fn write_text)
{
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_PLANNED);
    if (exit == DYN_EXIT_OK) {
        struct dynr_buf out;
        dynr_buf_init(&out, NULL, 0);
        write_text(&session, &out);
        exit = dyn_print(dynr_buf_str(&out));
        dynr_buf_cleanup(&out);
    }
    return dyn_end(&session, options, exit);
}

static void write_tables(const struct dyn_session *session, struct dynr_buf *out)
{
    dyn_plan_tables_text(session->plan, out);
}

static void write_cost(const struct dyn_session *session, struct dynr_buf *out)
{
    dyn_plan_cost_text(session->plan, out);
}

static void write_ir(const struct dyn_session *session, struct dynr_buf *out)
{
    struct dynr_arena scratch;
    dynr_arena_init(&scratch, NULL, 0);
    scratch.on_exhausted = session->arena.on_exhausted;
    dyn_plan_json(session->plan, &scratch, out);
    dynr_arena_cleanup(&scratch);
}

enum dyn_exit dyn_command_tables(const struct dyn_options *options)
{
    return describe(options, write_tables);
}

enum dyn_exit dyn_command_cost(const struct dyn_options *options)
{
    return describe(options, write_cost);
}

enum dyn_exit dyn_command_ir(const struct dyn_options *options)
{
    return describe(options, write_ir);
}

static void report_unknown_procedure(const struct dyn_session *session, const char *path)
{
    struct dynr_str meant = {0};
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < session->plan->n_procedures; i++) {
        struct dynr_str known = session->plan->procedures[i]->procedure->path;
        if (dynr_spelling_is_nearer(dynr_str_from_c(path), known, &distance)) {
            meant = known;
        }
    }
    (void)fprintf(stderr, "dynrc: there is no procedure `%s`\n", path);
    if (meant.len > 0) {
        (void)fprintf(stderr, "help: did you mean `%.*s`?\n", (int)meant.len, meant.ptr);
        return;
    }
    (void)fprintf(stderr, "help: there are:");
    for (size_t i = 0; i < session->plan->n_procedures; i++) {
        struct dynr_str known = session->plan->procedures[i]->procedure->path;
        (void)fprintf(stderr, "%s %.*s", i == 0 ? "" : ",", (int)known.len, known.ptr);
    }
    (void)fputc('\n', stderr);
}

static enum dyn_exit explain_procedure(const struct dyn_options *options)
{
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_PLANNED);
    if (exit != DYN_EXIT_OK) {
        return dyn_end(&session, options, exit);
    }
    exit = DYN_EXIT_USAGE;
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    for (size_t i = 0; i < session.plan->n_procedures; i++) {
        const struct dyn_plan_procedure *procedure = session.plan->procedures[i];
        if (dynr_str_equal_c(procedure->procedure->path, options->procedure)) {
            if (procedure->procedure->kind == DYN_PROCEDURE_MUTATION) {
                dyn_mutation_explain(&session.arena, session.plan, procedure, &out);
            } else {
                dyn_live_explain(procedure, &out);
            }
            exit = dyn_print(dynr_buf_str(&out));
        }
    }
    if (exit == DYN_EXIT_USAGE) {
        report_unknown_procedure(&session, options->procedure);
    }
    dynr_buf_cleanup(&out);
    return dyn_end(&session, options, exit);
}

enum dyn_exit dyn_command_explain(const struct dyn_options *options)
{
    if (options->procedure != NULL) {
        return explain_procedure(options);
    }
    const char *text = options->input;
    struct dyn_code_info info;
    bool has_prefix = strncmp(text, "DYN", 3) == 0 || strncmp(text, "dyn", 3) == 0;
    const char *digits = has_prefix ? text + 3 : text;
    bool is_code = has_prefix || strspn(digits, "0123456789") == strlen(digits);
    unsigned long number = is_code ? strtoul(digits, NULL, 10) : 0;
    bool known = is_code ? dyn_code_lookup((unsigned)number, &info)
                         : dyn_code_lookup_slug(dynr_str_from_c(text), &info);
    struct dynr_str page;
    if (!known || !dyn_page_find((unsigned)info.code, &page)) {
        (void)fprintf(stderr, "dynrc: there is no diagnostic `%s`\nhelp: codes look like DYN3187\n",
                      text);
        return DYN_EXIT_USAGE;
    }
    return dyn_print(page);
}

enum dyn_exit dyn_command_help(const struct dyn_options *options)
{
    const struct dyn_command *command =
        options->input == NULL ? NULL : dyn_find_command(options->input);
    if (options->input != NULL && command == NULL) {
        return dyn_report_unknown_command(options->input);
    }
    dyn_print_help(stdout, command);
    return DYN_EXIT_OK;
}

enum dyn_exit dyn_command_completion(const struct dyn_options *options)
{
    if (!dyn_print_completion(stdout, options->input)) {
        (void)fprintf(stderr, "dynrc: no completion for `%s`\nhelp: bash, zsh and fish are known\n",
                      options->input);
        return DYN_EXIT_USAGE;
    }
    return DYN_EXIT_OK;
}

enum dyn_exit dyn_command_version(const struct dyn_options *options)
{
    (void)options;
    return dyn_print(dynr_str_from_c("dynrc " DYNR_VERSION_STRING "\n"));
}
