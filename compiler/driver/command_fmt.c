/* SPDX-License-Identifier: Apache-2.0 */
/* `dynrc fmt` and `dynrc fix`: the two commands that change the user's file. */
#include "driver/commands.h"

#include <stdlib.h>

#include "driver/file_io.h"
#include "syntax/parser.h"

static enum dyn_exit save(struct dyn_session *session, const struct dyn_options *options,
                          struct dynr_str text)
{
    if (strcmp(options->input, "-") == 0) {
        return dyn_print(text);
    }
    struct dynr_str reason;
    if (dyn_file_write(&session->arena, options->input, &text, 1, &reason) == DYN_FILE_FAILED) {
        (void)fprintf(stderr, "dynrc: %s: %.*s\n", options->input, (int)reason.len, reason.ptr);
        return DYN_EXIT_USAGE;
    }
    return DYN_EXIT_OK;
}

enum dyn_exit dyn_command_fmt(const struct dyn_options *options)
{
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_LOADED);
    if (exit == DYN_EXIT_OK) {
        struct dynr_str text = session.sources.items[session.root].text;
        struct dynr_buf formatted;
        dynr_buf_init(&formatted, NULL, 0);
        dyn_format(&session.arena, text, &formatted);
        bool same = dynr_str_equal(dynr_buf_str(&formatted), text);
        if (options->check_only && !same) {
            (void)fprintf(stderr, "dynrc: %s is not formatted\nhelp: dynrc fmt %s\n",
                          options->input, options->input);
            exit = DYN_EXIT_DIAGNOSTICS;
        } else if (!options->check_only) {
            exit = save(&session, options, dynr_buf_str(&formatted));
        }
        dynr_buf_cleanup(&formatted);
    }
    return dyn_end(&session, options, exit);
}

struct fix {
    struct dyn_span span;
    struct dynr_str text;
};

static int compare_fixes(const void *left, const void *right)
{
    const struct fix *a = left;
    const struct fix *b = right;
    if (a->span.start != b->span.start) {
        return a->span.start < b->span.start ? -1 : 1;
    }
    return a->span.end < b->span.end ? -1 : (a->span.end > b->span.end ? 1 : 0);
}

static size_t collect_fixes(const struct dyn_session *session, struct fix *out)
{
    size_t n = 0;
    for (size_t i = 0; i < session->diags.n_items; i++) {
        for (const struct dyn_detail *detail = session->diags.items[i]->details; detail != NULL;
             detail = detail->next) {
            if (detail->kind != DYN_DETAIL_FIX || detail->span.source != session->root) {
                continue;
            }
            if (out != NULL) {
                out[n] = (struct fix){detail->span, detail->text};
            }
            n++;
        }
    }
    return n;
}

/** Applies fixes from left to right; of two that overlap the first wins. */
static size_t apply_fixes(struct dynr_str text, const struct fix *fixes, size_t n_fixes,
                          struct dynr_buf *out)
{
    size_t at = 0;
    size_t applied = 0;
    for (size_t i = 0; i < n_fixes; i++) {
        if (fixes[i].span.start < at) {
            continue;
        }
        dynr_buf_append(out, text.ptr + at, fixes[i].span.start - at);
        dynr_buf_append_str(out, fixes[i].text);
        at = fixes[i].span.end;
        applied++;
    }
    dynr_buf_append(out, text.ptr + at, text.len - at);
    return applied;
}

static enum dyn_exit fix_file(struct dyn_session *session, const struct dyn_options *options)
{
    size_t n_fixes = collect_fixes(session, NULL);
    if (n_fixes == 0) {
        return DYN_EXIT_OK;
    }
    struct fix *fixes = dynr_arena_calloc(&session->arena, n_fixes, sizeof *fixes);
    (void)collect_fixes(session, fixes);
    qsort(fixes, n_fixes, sizeof *fixes, compare_fixes);
    struct dynr_str text = session->sources.items[session->root].text;
    struct dynr_buf fixed;
    dynr_buf_init(&fixed, NULL, 0);
    size_t applied = apply_fixes(text, fixes, n_fixes, &fixed);
    enum dyn_exit exit = DYN_EXIT_OK;
    if (strcmp(options->input, "-") != 0) {
        struct dynr_str backup = dynr_arena_printf(&session->arena, "%s.orig", options->input);
        struct dynr_str reason;
        if (dyn_file_write(&session->arena, backup.ptr, &text, 1, &reason) == DYN_FILE_FAILED) {
            (void)fprintf(stderr, "dynrc: %s: %.*s\n", backup.ptr, (int)reason.len, reason.ptr);
            exit = DYN_EXIT_USAGE;
        }
    }
    if (exit == DYN_EXIT_OK) {
        exit = save(session, options, dynr_buf_str(&fixed));
    }
    if (exit == DYN_EXIT_OK) {
        (void)fprintf(stderr, "dynrc: %zu of %zu fixes applied to %s\n", applied, n_fixes,
                      options->input);
    }
    dynr_buf_cleanup(&fixed);
    return exit;
}

enum dyn_exit dyn_command_fix(const struct dyn_options *options)
{
    struct dyn_session session;
    enum dyn_exit exit = dyn_start(&session, options, DYN_STAGE_PLANNED);
    if (exit == DYN_EXIT_USAGE) {
        return dyn_end(&session, options, exit);
    }
    exit = fix_file(&session, options);
    bool is_stdin = strcmp(options->input, "-") == 0;
    if (exit != DYN_EXIT_OK || is_stdin) {
        dyn_session_cleanup(&session);
        return exit;
    }
    dyn_session_cleanup(&session);
    /* What no fix could mend is said, as `check` would say it. */
    return dyn_command_check(options);
}
