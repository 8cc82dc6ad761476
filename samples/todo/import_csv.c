/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `todos.importCsv`, which the schema declares as `extern "todos_import_csv"`: one task per line, written one after the
 * other. This is the way out of the schema language: any C, with the typed functions at hand.
 */
#include "todo.h"

enum dynr_status todos_import_csv(struct dynr_client *client, const struct todo_caller *caller,
                                  const struct todo_todos_import_csv_input *input,
                                  struct dynr_arena *arena, int64_t *out, struct dynr_error *err)
{
    (void)caller;
    int64_t n_imported = 0;
    size_t at = 0;
    while (at < input->csv.len) {
        size_t end = at;
        while (end < input->csv.len && input->csv.ptr[end] != '\n') {
            end++;
        }
        if (end > at) {
            struct todo_todo todo;
            todo_todo_init(&todo);
            todo.list = input->list;
            todo.text = dynr_str_make(input->csv.ptr + at, end - at);
            enum dynr_status status = todo_todo_create(client, &todo, arena, err);
            if (status != DYNR_OK) {
                return status;
            }
            n_imported++;
        }
        at = end + 1;
    }
    *out = n_imported;
    return DYNR_OK;
}
