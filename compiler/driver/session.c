/* SPDX-License-Identifier: Apache-2.0 */
/* The stages in their order, and how imports find their files. */
#include "driver/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/pages.h"
#include "driver/file_io.h"

static void stop_without_memory(void *context, size_t size)
{
    (void)context;
    (void)size;
    static const char text[] = "dynrc: out of memory\n";
    /* Nothing can be done if even this fails; the exit status says it. */
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(70);
}

void dyn_session_init(struct dyn_session *session, size_t error_limit)
{
    *session = (struct dyn_session){0};
    dynr_arena_init(&session->arena, dyn_page_allocator(), 0);
    session->arena.on_exhausted = stop_without_memory;
    dyn_names_init(&session->names, &session->arena);
    session->sources.arena = &session->arena;
    dyn_diags_init(&session->diags, &session->arena, &session->sources, error_limit);
}

void dyn_session_cleanup(struct dyn_session *session)
{
    dyn_names_cleanup(&session->names);
    dynr_arena_cleanup(&session->arena);
}

/** `todo.dyn` has its lock in `todo.lock`. */
static struct dynr_str lock_path_of(struct dynr_arena *arena, struct dynr_str root)
{
    static const char ending[] = ".dyn";
    size_t stem = root.len;
    if (stem > sizeof ending - 1 && memcmp(root.ptr + stem - 4, ending, 4) == 0) {
        stem -= 4;
    }
    return dynr_arena_printf(arena, "%.*s.lock", (int)stem, root.ptr);
}

bool dyn_session_load(struct dyn_session *session, const char *path, struct dynr_str *out_reason)
{
    struct dynr_str text;
    if (!dyn_file_read(&session->arena, path, DYN_SOURCE_MAX_SIZE, &text, out_reason)) {
        return false;
    }
    bool is_stdin = strcmp(path, "-") == 0;
    session->root_path =
        dynr_arena_dup(&session->arena, dynr_str_from_c(is_stdin ? "<stdin>" : path));
    session->root = dyn_sources_add(&session->sources, session->root_path, text);
    if (is_stdin) {
        return true;
    }
    session->lock_path = lock_path_of(&session->arena, session->root_path);
    struct dynr_str no_lock;
    if (access(session->lock_path.ptr, F_OK) != 0) {
        return true;
    }
    if (!dyn_file_read(&session->arena, session->lock_path.ptr, DYN_SOURCE_MAX_SIZE, &session->lock,
                       &no_lock)) {
        *out_reason = dynr_arena_printf(&session->arena, "its lock file %s: %s",
                                        session->lock_path.ptr, no_lock.ptr);
        return false;
    }
    return true;
}

static bool read_import(void *context, struct dynr_str path, uint32_t from, uint32_t *out_source,
                        struct dynr_str *out_reason)
{
    struct dyn_session *session = context;
    struct dynr_str folder = dyn_path_folder(session->sources.items[from].name);
    struct dynr_str joined = dyn_path_join(&session->arena, folder, path);
    struct dynr_str name = dyn_path_normalise(&session->arena, joined);
    for (size_t i = 0; i < session->sources.n_items; i++) {
        struct dynr_str known = dyn_path_normalise(&session->arena, session->sources.items[i].name);
        if (dynr_str_equal(known, name)) {
            *out_source = (uint32_t)i;
            return true;
        }
    }
    struct dynr_str text;
    if (!dyn_file_read(&session->arena, name.ptr, DYN_SOURCE_MAX_SIZE, &text, out_reason)) {
        return false;
    }
    *out_source = dyn_sources_add(&session->sources, name, text);
    return true;
}

bool dyn_session_analyse(struct dyn_session *session)
{
    struct dyn_sema_input input = {
        .arena = &session->arena,
        .names = &session->names,
        .diags = &session->diags,
        .root_source = session->root,
        .read_source = read_import,
        .read_context = session,
    };
    session->program = dyn_analyse(&input);
    session->n_dyn_sources = session->sources.n_items;
    return session->diags.n_errors == 0;
}

bool dyn_session_plan(struct dyn_session *session)
{
    if (!dyn_session_analyse(session)) {
        return false;
    }
    struct dyn_plan_input input = {
        .arena = &session->arena,
        .diags = &session->diags,
        .program = session->program,
        .lock = session->lock,
    };
    if (session->lock.ptr != NULL) {
        input.lock_source = dyn_sources_add(&session->sources, session->lock_path, session->lock);
    }
    session->plan = dyn_plan_make(&input);
    if (session->diags.n_errors > 0) {
        return false;
    }
    return dyn_plan_verify(session->plan, &session->arena, &session->diags);
}
