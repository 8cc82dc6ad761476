/* SPDX-License-Identifier: Apache-2.0 */
/* A query that is code: what is still to do in a list. */
#include "todo.h"

enum dynr_status todos_load(struct dynr_client *client, const struct todo_caller *caller,
                            const struct todo_todos_load_input *input, struct dynr_arena *arena,
                            struct todo_load *out, struct dynr_error *err)
{
    (void)caller;
    struct todo_todo_list list;
    struct todo_todo_rows rows;
    enum dynr_status status = todo_todo_list_get(client, input->list, arena, &list, err);
    if (status == DYNR_OK) {
        status = todo_todo_in_list(client, input->list, NULL, arena, &rows, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    out->title = list.title;
    out->words.items = dynr_arena_calloc(arena, rows.n_items + 1, sizeof *out->words.items);
    if (out->words.items == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < rows.n_items; i++) {
        if (!rows.items[i].done) {
            out->words.items[out->words.n_items++] = rows.items[i].text;
            out->open++;
        }
    }
    return DYNR_OK;
}

enum dynr_status todos_load_once(struct dynr_client *client, const struct todo_caller *caller,
                                 const struct todo_todos_load_once_input *input,
                                 struct dynr_arena *arena, struct todo_load *out,
                                 struct dynr_error *err)
{
    const struct todo_todos_load_input same = {.list = input->list};
    return todos_load(client, caller, &same, arena, out, err);
}
