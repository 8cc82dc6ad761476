/* SPDX-License-Identifier: Apache-2.0 */
/* `dynrc build`: all targets, then files, lock and depfile; nothing is written when there are errors. */
#include "driver/commands.h"

#include "base/memory.h"
#include "driver/file_io.h"
#include "driver/targets.h"

static enum dyn_exit write_one(struct dyn_session *session, struct dynr_str path,
                               const struct dynr_str *parts, size_t n_parts,
                               const struct dyn_options *options)
{
    struct dynr_str reason;
    enum dyn_write_result result =
        dyn_file_write(&session->arena, path.ptr, parts, n_parts, &reason);
    if (result == DYN_FILE_FAILED) {
        (void)fprintf(stderr, "dynrc: %s: %.*s\n", path.ptr, (int)reason.len, reason.ptr);
        return DYN_EXIT_USAGE;
    }
    if (!options->quiet) {
        (void)printf("%-9s  %s\n", result == DYN_FILE_WRITTEN ? "wrote" : "unchanged", path.ptr);
    }
    return DYN_EXIT_OK;
}

static enum dyn_exit write_output(struct dyn_session *session, struct dynr_str path,
                                  const struct dyn_pieces *text, const struct dyn_options *options)
{
    struct dynr_str *parts =
        dyn_alloc_array(&session->arena, text->n_items, sizeof(struct dynr_str));
    for (size_t i = 0; i < text->n_items; i++) {
        parts[i] = dynr_buf_str(&text->items[i]);
    }
    return write_one(session, path, parts, text->n_items, options);
}

/** The lock is the schema's memory: written beside it, or only compared with what is there under `--frozen`. */
static enum dyn_exit handle_lock(struct dyn_session *session, const struct dyn_options *options)
{
    if (session->lock_path.ptr == NULL) {
        return DYN_EXIT_OK;
    }
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_lock_write(session->plan, session->lock, &text);
    enum dyn_exit exit = DYN_EXIT_OK;
    if (options->frozen) {
        if (!dynr_str_equal(dynr_buf_str(&text), session->lock)) {
            (void)fprintf(
                stderr,
                "dynrc: %s would change\nhelp: run dynrc build without --frozen and commit it\n",
                session->lock_path.ptr);
            exit = DYN_EXIT_DIAGNOSTICS;
        }
    } else {
        struct dynr_str content = dynr_buf_str(&text);
        exit = write_one(session, session->lock_path, &content, 1, options);
    }
    dynr_buf_cleanup(&text);
    return exit;
}

/** Make's syntax: spaces and '#' are escaped by a backslash, '$' is doubled. */
static void append_make_name(struct dynr_buf *out, struct dynr_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == ' ' || c == '#' || c == '\\') {
            dynr_buf_append_char(out, '\\');
        } else if (c == '$') {
            dynr_buf_append_char(out, '$');
        }
        dynr_buf_append_char(out, c);
    }
}

static enum dyn_exit write_depfile(struct dyn_session *session, const struct dyn_options *options,
                                   const struct dyn_outputs *outputs)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    if (options->deptarget != NULL) {
        append_make_name(&text, dynr_str_from_c(options->deptarget));
    } else {
        for (size_t i = 0; i < outputs->n_items; i++) {
            struct dynr_str folder = dynr_str_from_c(options->output_folder);
            dynr_buf_append_c(&text, i == 0 ? "" : " ");
            append_make_name(&text, dyn_path_join(&session->arena, folder, outputs->items[i].name));
        }
    }
    dynr_buf_append_char(&text, ':');
    for (size_t i = 0; i < session->n_dyn_sources; i++) {
        dynr_buf_append_char(&text, ' ');
        append_make_name(&text, session->sources.items[i].name);
    }
    if (session->lock.ptr != NULL) {
        dynr_buf_append_char(&text, ' ');
        append_make_name(&text, session->lock_path);
    }
    dynr_buf_append_char(&text, '\n');
    struct dynr_str reason;
    struct dynr_str content = dynr_buf_str(&text);
    enum dyn_exit exit = DYN_EXIT_OK;
    if (dyn_file_write(&session->arena, options->depfile, &content, 1, &reason) ==
        DYN_FILE_FAILED) {
        (void)fprintf(stderr, "dynrc: %s: %.*s\n", options->depfile, (int)reason.len, reason.ptr);
        exit = DYN_EXIT_USAGE;
    }
    dynr_buf_cleanup(&text);
    return exit;
}

static enum dyn_exit write_outputs(struct dyn_session *session, const struct dyn_options *options,
                                   struct dyn_outputs *outputs)
{
    struct dynr_str folder = dynr_str_from_c(options->output_folder);
    if (options->frozen && !options->print_outputs &&
        handle_lock(session, options) != DYN_EXIT_OK) {
        return DYN_EXIT_DIAGNOSTICS;
    }
    for (size_t i = 0; i < outputs->n_items; i++) {
        struct dynr_str path = dyn_path_join(&session->arena, folder, outputs->items[i].name);
        if (options->print_outputs) {
            (void)printf("%s\n", path.ptr);
            continue;
        }
        enum dyn_exit exit = write_output(session, path, &outputs->items[i].text, options);
        /* At once: what is written next is then copied into memory that is warm already. */
        dyn_pieces_cleanup(&outputs->items[i].text);
        if (exit != DYN_EXIT_OK) {
            return exit;
        }
    }
    if (options->print_outputs) {
        return DYN_EXIT_OK;
    }
    enum dyn_exit exit = options->frozen ? DYN_EXIT_OK : handle_lock(session, options);
    if (exit == DYN_EXIT_OK && options->depfile != NULL) {
        exit = write_depfile(session, options, outputs);
    }
    return exit;
}

enum dyn_exit dyn_command_build(const struct dyn_options *options)
{
    if (options->dump != NULL) {
        return dyn_command_check(options);
    }
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_PLANNED);
    if (exit == DYN_EXIT_OK) {
        exit = dyn_targets_check(&session, options);
    }
    if (exit == DYN_EXIT_OK) {
        struct dyn_outputs outputs = {.arena = &session.arena};
        dyn_targets_emit(&session, options, &outputs);
        exit = session.diags.n_errors > 0 ? DYN_EXIT_DIAGNOSTICS
                                          : write_outputs(&session, options, &outputs);
        dyn_outputs_cleanup(&outputs);
    }
    return dyn_end(&session, options, exit);
}
