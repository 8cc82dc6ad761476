/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads against the embedded engine: projections, batches, pages and cursors, filters; tables; procedures.
 */
#include <stdio.h>

#include "model.h"
#include "test_main.h"

static struct app app;
static struct user ann;
static struct list chores;

static void setup(size_t n_todos)
{
    app_open(&app);
    ann = app_user(&app, "ann@example.org");
    chores = app_list(&app, &ann, "chores");
    for (size_t i = 0; i < n_todos; i++) {
        struct todo todo = {.list = {chores.id}, .text = {"todo", 4}, .count = (int32_t)i};
        todo.done = i % 3 == 0;
        todo.has_due = true;
        todo.due.year = 2026;
        todo.due.month = (uint8_t)(1 + i % 12);
        todo.due.day = 1;
        app.clock.now_ms++;
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &todo_entity, &todo, &app.arena, &app.err),
                           DYNR_OK);
    }
}

static void pages_follow_each_other_exactly(void)
{
    setup(57);
    struct todo probe = {.list = {chores.id}};
    static const char *const names[] = {"#n0", "done", NULL};
    bool no = false;
    const struct dynr_filter_value values[] = {{":v0", &type_bool, &no}};
    for (unsigned filtered = 0; filtered < 2; filtered++) {
        for (uint32_t limit = 0; limit < 60; limit += 7) {
            struct dynr_query query = {.path = &todos_in_list, .probe = &probe, .limit = limit};
            struct dynr_rows rows;
            int32_t last = -1;
            size_t n = 0;
            if (filtered == 1) {
                query.filter = (struct dynr_filter){"#n0 = :v0", names, values, 1};
            }
            do {
                if (!DYNR_ASSERT_STATUS(dynr_rows_query(app.client, &query, todo_entity.row,
                                                        &app.arena, &rows, &app.err),
                                        DYNR_OK)) {
                    break;
                }
                const struct todo *todos = rows.items;
                for (size_t i = 0; i < rows.n_items; i++) {
                    DYNR_ASSERT(todos[i].count > last);
                    DYNR_ASSERT(filtered == 0 || !todos[i].done);
                    last = todos[i].count;
                }
                /* A cursor never leads to fewer than asked for, but at the end. */
                DYNR_ASSERT(rows.cursor.len == 0 || rows.n_items == limit);
                n += rows.n_items;
                query.cursor = rows.cursor;
            } while (rows.cursor.len > 0);
            DYNR_ASSERT_INT(n, filtered == 1 ? 38 : 57);
        }
    }
    app_close(&app);
}

static void filters_do_not_ask_row_by_row(void)
{
    setup(60);
    struct todo probe = {.list = {chores.id}};
    static const char *const names[] = {"#n0", "done", NULL};
    bool yes = true;
    const struct dynr_filter_value values[] = {{":v0", &type_bool, &yes}};
    struct dynr_query query = {.path = &todos_in_list, .probe = &probe, .limit = 10};
    query.filter = (struct dynr_filter){"#n0 = :v0", names, values, 1};
    struct dynr_rows rows;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 10);
    DYNR_ASSERT_INT(rows.n_requests, 1);
    DYNR_ASSERT(rows.cursor.len > 0);
    app_close(&app);
}

static void parts_of_rows_can_be_read(void)
{
    setup(5);
    struct todo probe = {.list = {chores.id}};
    struct todo_line line;
    struct dynr_rows rows;
    struct dynr_query query = {.path = &todos_in_list, .probe = &probe, .limit = 2};
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, &todo_line_desc, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 2);
    query.cursor = rows.cursor;
    const struct todo_line *lines = rows.items;
    DYNR_ASSERT_STR(lines[0].text, "todo");
    probe.id = lines[1].id;
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &todo_entity, &probe, &todo_line_desc,
                                    DYNR_READ_EVENTUAL, &app.arena, &line, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_MEM(&line.id, sizeof line.id, &lines[1].id, sizeof line.id);
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, &todo_line_desc, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 2);
    struct user user_probe = {.email = dynr_str_from_c("Ann@example.org")};
    struct user_key key;
    DYNR_ASSERT_STATUS(dynr_row_get_unique(app.client, &user_by_email, &user_probe, &user_key_desc,
                                           0, &app.arena, &key, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_MEM(&key.id, sizeof key.id, &ann.id, sizeof ann.id);
    app_close(&app);
}

static void cursors_belong_to_their_query(void)
{
    setup(20);
    struct list other = app_list(&app, &ann, "other");
    struct todo probe = {.list = {chores.id}};
    struct dynr_rows rows;
    struct dynr_query query = {.path = &todos_by_due, .probe = &probe, .limit = 5};
    dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err);
    query.cursor = rows.cursor;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    /* Another partition, another path, another range, other texts. */
    struct dynr_query wrong = query;
    struct todo elsewhere = {.list = {other.id}};
    wrong.probe = &elsewhere;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &wrong, todo_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "cursor");
    wrong = query;
    wrong.path = &todos_in_list;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &wrong, todo_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    wrong = query;
    struct todo late = {.has_due = true, .due = {2026, 12, 31}};
    wrong.low = (struct dynr_bound){DYNR_BOUND_INCLUSIVE, &late};
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &wrong, todo_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "cursor");
    char *forged = dynr_arena_text(&app.arena, query.cursor.len);
    for (size_t i = 0; i < query.cursor.len; i++) {
        memcpy(forged, query.cursor.ptr, query.cursor.len);
        forged[i] ^= 1;
        struct dynr_query changed = query;
        changed.cursor = dynr_str_make(forged, query.cursor.len);
        enum dynr_status status =
            dynr_rows_query(app.client, &changed, todo_entity.row, &app.arena, &rows, &app.err);
        /* Some changes lead to another place in the same partition: harmless. */
        if (!DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT)) {
            (void)fprintf(stderr, "%s\n", app.err.message);
        }
        changed.cursor = dynr_str_make(query.cursor.ptr, i);
        status =
            dynr_rows_query(app.client, &changed, todo_entity.row, &app.arena, &rows, &app.err);
        DYNR_ASSERT(i == 0 || status == DYNR_ERR_INVALID_ARGUMENT);
    }
    app_close(&app);
}

/* The last row that the service evaluates is the excluded end: it must not become the cursor. */
static void an_excluded_end_does_not_become_a_cursor(void)
{
    app_open(&app);
    struct spot probe = {.board = {"b", 1}, .row = {"r", 1}, .column = 1};
    struct spot end = probe;
    for (int i = 0; i < 100; i++) {
        struct spot spot = probe;
        spot.name = dynr_arena_printf(&app.arena, "n%03d", i);
        /* Two match: the last in the range, and one long before. */
        spot.serial = i == 40 || i == 98 || i == 99;
        end.name = spot.name;
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &spot_entity, &spot, &app.arena, &app.err),
                           DYNR_OK);
    }
    static const char *const names[] = {"#n0", "serial", NULL};
    int32_t one = 1;
    const struct dynr_filter_value values[] = {{":v0", &type_int32, &one}};
    for (uint32_t limit = 1; limit <= 3; limit++) {
        struct dynr_query query = {
            .path = &spots_on_board, .probe = &probe, .n_equal = 2, .limit = limit};
        struct dynr_rows rows;
        size_t n = 0;
        query.high = (struct dynr_bound){DYNR_BOUND_EXCLUSIVE, &end};
        query.filter = (struct dynr_filter){"#n0 = :v0", names, values, 1};
        for (int page = 0; page < 4; page++) {
            if (!DYNR_ASSERT_STATUS(dynr_rows_query(app.client, &query, spot_entity.row, &app.arena,
                                                    &rows, &app.err),
                                    DYNR_OK)) {
                break;
            }
            n += rows.n_items;
            query.cursor = rows.cursor;
            if (rows.cursor.len == 0) {
                break;
            }
        }
        DYNR_ASSERT_INT(rows.cursor.len, 0);
        DYNR_ASSERT_INT(n, 2);
    }
    app_close(&app);
}

static void many_rows_are_read_in_batches(void)
{
    setup(130);
    struct todo probe = {.list = {chores.id}};
    struct dynr_rows rows;
    struct dynr_query query = {.path = &todos_in_list, .probe = &probe};
    dynr_rows_query(app.client, &query, todo_entity.key, &app.arena, &rows, &app.err);
    const struct todo_key *found = rows.items;
    DYNR_ASSERT_INT(rows.n_items, 130);
    const void *keys[270];
    void *out[270];
    struct todo_key unknown = {{ann.id}, ann.id};
    for (size_t i = 0; i < 260; i++) {
        keys[i] = &found[i % 130];
    }
    for (size_t i = 260; i < 270; i++) {
        keys[i] = i % 2 == 0 ? NULL : &unknown;
    }
    unsigned before = app.n_requests;
    DYNR_ASSERT_STATUS(dynr_row_get_many(app.client, &todo_entity, keys, 270, todo_entity.row, 0,
                                         &app.arena, out, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(app.n_requests - before, 2);
    for (size_t i = 0; i < 270; i++) {
        const struct todo *todo = out[i];
        if (i >= 260) {
            DYNR_ASSERT(todo == NULL);
        } else if (!DYNR_ASSERT(todo != NULL && todo == out[i % 130] &&
                                todo->count == (int32_t)(i % 130))) {
            break;
        }
    }
    DYNR_ASSERT_STATUS(dynr_row_get_many(app.client, &todo_entity, NULL, 0, todo_entity.row, 0,
                                         &app.arena, NULL, &app.err),
                       DYNR_OK);
    app_close(&app);
}

static void tables_that_differ_are_refused(void)
{
    app_open(&app);
    const struct dynr_table_desc *same[] = {&app_table};
    DYNR_ASSERT_STATUS(dynr_tables_create(app.client, same, 1, &app.err), DYNR_OK);
    struct dynr_table_desc other = app_table;
    other.sort_attribute = "other";
    const struct dynr_table_desc *changed[] = {&other};
    DYNR_ASSERT_STATUS(dynr_tables_create(app.client, changed, 1, &app.err), DYNR_ERR_TABLE_EXISTS);
    other = app_table;
    struct dynr_index_desc indexes[3] = {app_table.indexes[0], app_table.indexes[1],
                                         app_table.indexes[0]};
    indexes[2].name = "gsi3";
    other.indexes = indexes;
    other.n_indexes = 3;
    DYNR_ASSERT_STATUS(dynr_tables_create(app.client, changed, 1, &app.err), DYNR_ERR_TABLE_EXISTS);
    other.n_indexes = 1;
    DYNR_ASSERT_STATUS(dynr_tables_create(app.client, changed, 1, &app.err), DYNR_OK);
    indexes[0].projection = DYNR_PROJECT_KEYS_ONLY;
    DYNR_ASSERT_STATUS(dynr_tables_create(app.client, changed, 1, &app.err), DYNR_ERR_TABLE_EXISTS);
    DYNR_ASSERT_STATUS(dynr_runtime_check(DYNR_GEN_ABI, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_runtime_check(DYNR_GEN_ABI + 1, NULL), DYNR_ERR_ABI);
    app_close(&app);
}

/* ---- procedures -------------------------------------------------------------------------------------------- */

struct add_input {
    int64_t a;
    int32_t b;
};
static const struct dynr_field_desc add_input_fields[] = {
    TEST_FIELD(add_input, a, type_small, 0),
    TEST_FIELD(add_input, b, type_int32, DYNR_FIELD_DEFAULT)};
static const struct dynr_struct_desc add_input_desc =
    TEST_STRUCT(add_input, add_input_fields, NULL);

static enum dynr_status run_add(struct dynr_client *client, const void *caller, const void *input,
                                struct dynr_arena *arena, void *output, struct dynr_error *err)
{
    const struct add_input *in = input;
    (void)client;
    (void)caller;
    (void)arena;
    (void)err;
    *(int64_t *)output = in->a + in->b;
    return DYNR_OK;
}

static enum dynr_status run_list(struct dynr_client *client, const void *caller, const void *input,
                                 struct dynr_arena *arena, void *output, struct dynr_error *err)
{
    struct steps *out = output;
    (void)client;
    (void)caller;
    (void)input;
    out->items = dynr_arena_calloc(arena, 2, sizeof *out->items);
    if (out->items == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    out->items[0].label = dynr_str_from_c("a\"b");
    out->n_items = 2;
    return DYNR_OK;
}

static enum dynr_status run_nothing(struct dynr_client *client, const void *caller,
                                    const void *input, struct dynr_arena *arena, void *output,
                                    struct dynr_error *err)
{
    (void)client;
    (void)caller;
    (void)input;
    (void)arena;
    (void)output;
    (void)err;
    return DYNR_OK;
}

static const struct dynr_procedure_desc add_procedure = {
    .path = "math.add",
    .kind = DYNR_PROCEDURE_QUERY,
    .input = &add_input_desc,
    .output_scalar = &type_int64,
    .output_size = sizeof(int64_t),
    .run = run_add,
};
static const struct dynr_procedure_desc list_procedure = {
    .path = "steps.all",
    .kind = DYNR_PROCEDURE_QUERY,
    .output = &step_desc,
    .output_is_list = true,
    .output_size = sizeof(struct steps),
    .run = run_list,
};
static const struct dynr_procedure_desc nothing_procedure = {
    .path = "users.touch",
    .kind = DYNR_PROCEDURE_MUTATION,
    .caller = &user_key_desc,
    .run = run_nothing,
};
static const struct dynr_procedure_desc *const procedures[] = {&add_procedure, &list_procedure,
                                                               &nothing_procedure};
static const struct dynr_procedure_table procedure_table = {procedures, 3, 0};

static void procedures_are_called_by_path(void)
{
    struct dynr_arena arena = {0};
    struct dynr_buf out = {0};
    struct dynr_error err = {0};
    struct user_key caller = {{{0}}};
    static const struct {
        const char *path;
        const char *input;
        enum dynr_status status;
        const char *output;
        const char *field;
    } cases[] = {
        {"math.add", "{\"a\":1,\"b\":\"2\"}", DYNR_OK, "\"3\"", ""},
        {"math.add", "{\"a\":5}", DYNR_OK, "\"5\"", ""},
        {"math.add", "{\"a\":1001}", DYNR_ERR_RANGE, "", "a"},
        {"math.add", "", DYNR_ERR_MISSING, "", "a"},
        {"math.add", "[", DYNR_ERR_TYPE, "", ""},
        {"steps.all", "", DYNR_OK,
         "[{\"label\":\"a\\\"b\",\"done\":false},{\"label\":\"\",\"done\":false}]", ""},
        {"steps.all", "{}", DYNR_OK, NULL, ""},
        {"steps.all", "{\"x\":1}", DYNR_ERR_INVALID_ARGUMENT, "", "x"},
        {"users.touch", "null", DYNR_OK, "null", ""},
        {"steps.al", "", DYNR_ERR_UNKNOWN_PROCEDURE, "", ""},
        {"zzz", "", DYNR_ERR_UNKNOWN_PROCEDURE, "", ""},
        {"", "", DYNR_ERR_UNKNOWN_PROCEDURE, "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dynr_buf_clear(&out);
        dynr_error_clear(&err);
        DYNR_ASSERT_STATUS(dynr_procedure_call(&procedure_table, NULL,
                                               dynr_str_from_c(cases[i].path), &caller,
                                               dynr_str_from_c(cases[i].input), &arena, &out, &err),
                           cases[i].status);
        if (cases[i].output != NULL) {
            DYNR_ASSERT_STR(dynr_buf_str(&out), cases[i].output);
        }
        DYNR_ASSERT_STR(dynr_str_from_c(err.field), cases[i].field);
    }
    DYNR_ASSERT_STATUS(dynr_procedure_call(&procedure_table, NULL, dynr_str_from_c("users.touch"),
                                           NULL, dynr_str_from_c("{}"), &arena, &out, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(pages_follow_each_other_exactly),
        DYNR_TEST(filters_do_not_ask_row_by_row),
        DYNR_TEST(parts_of_rows_can_be_read),
        DYNR_TEST(cursors_belong_to_their_query),
        DYNR_TEST(an_excluded_end_does_not_become_a_cursor),
        DYNR_TEST(many_rows_are_read_in_batches),
        DYNR_TEST(tables_that_differ_are_refused),
        DYNR_TEST(procedures_are_called_by_path),
    };
    return dynr_test_main("typed-read", tests, DYNR_TEST_COUNT(tests));
}
