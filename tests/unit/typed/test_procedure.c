/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of procedures: tables as dynrc writes them, carried out on the embedded engine.
 */
#include <string.h>

#include "model.h"
#include "test_main.h"

static struct app app;
static struct user ann;
static struct list chores;

struct input {
    struct list_key list;
    struct dynr_ulid id;
    bool has_count;
    int32_t count;
    bool has_first;
    int64_t first;
    struct dynr_str text;
    struct dynr_str email;
};
#define FROM(member)                                                                               \
    {                                                                                              \
        .from = DYNR_FROM_INPUT, .offset = offsetof(struct input, member),                         \
        .presence = DYNR_REQUIRED                                                                  \
    }
#define FROM_OPTIONAL(member)                                                                      \
    {                                                                                              \
        .from = DYNR_FROM_INPUT, .offset = offsetof(struct input, member),                         \
        .presence = offsetof(struct input, has_##member)                                           \
    }

static void setup(void)
{
    app_open(&app);
    ann = app_user(&app, "ann@example.org");
    chores = app_list(&app, &ann, "chores");
}

/** `err` must say what was returned: nothing of what was swallowed, or was tried again. */
static enum dynr_status run(const struct dynr_procedure_desc *procedure, const struct input *input,
                            void *out)
{
    dynr_error_clear(&app.err);
    enum dynr_status status =
        dynr_procedure_run(procedure, app.client, NULL, input, &app.arena, out, &app.err);
    DYNR_ASSERT_STATUS(app.err.status, status);
    return status;
}

static enum dynr_status run_query(const struct dynr_query_body *body,
                                  const struct dynr_struct_desc *output, const struct input *input,
                                  void *out, size_t size)
{
    struct dynr_procedure_desc procedure = {
        .path = "test", .output = output, .output_size = size, .query = body};
    return run(&procedure, input, out);
}

static enum dynr_status run_mutation(const struct dynr_mutation_body *body,
                                     const struct input *input, void *out, size_t size)
{
    struct dynr_procedure_desc procedure = {.path = "test", .output_size = size, .mutation = body};
    return run(&procedure, input, out);
}

/* ---- queries ----------------------------------------------------------------------------------------------- */

struct todos {
    struct todo *items;
    size_t n_items;
};

static const struct dynr_assignment in_list[] = {{TODO_LIST, FROM(list)}};
static const char *const count_names[] = {"#n0", "count", NULL};
static const struct dynr_condition_value count_values[] = {
    {":v0", &type_int32, FROM_OPTIONAL(count)}};
static const struct dynr_condition count_is = {"#n0 = :v0", count_names, count_values, 1};

static bool wants_counted(const struct dynr_call *call)
{
    const struct input *input = call->input;
    return input->text.len > 0;
}

static bool wants_all(const struct dynr_call *call)
{
    return !wants_counted(call);
}

static const struct dynr_variant list_variants[] = {
    {.applies = wants_counted,
     .path = &todos_in_list,
     .bindings = in_list,
     .n_bindings = 1,
     .filter = &count_is},
    {.applies = wants_all, .path = &todos_in_list, .bindings = in_list, .n_bindings = 1},
};
static const struct dynr_query_body list_todos = {
    .entity = &todo_entity,
    .variants = list_variants,
    .n_variants = 2,
    .descending = true,
    .take = FROM_OPTIONAL(first),
};

static void one_variant_reads_and_absent_values_read_nothing(void)
{
    setup();
    struct todo todo = {.list = {chores.id}, .text = {"todo", 4}};
    for (int32_t i = 0; i < 6; i++) {
        todo.id = (struct dynr_ulid){{0}};
        todo.count = i / 2;
        app.clock.now_ms++;
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &todo_entity, &todo, &app.arena, &app.err),
                           DYNR_OK);
    }
    static const struct {
        struct input input;
        size_t n_rows;
        unsigned n_requests;
        int32_t first_count;
    } cases[] = {
        {{.count = 1}, 6, 1, 2},
        {{.has_first = true, .first = 4}, 4, 1, 2},
        {{.text = {"x", 1}, .has_count = true, .count = 1}, 2, 1, 1},
        {{.text = {"x", 1}, .has_count = true, .count = 7}, 0, 1, 0},
        {{.text = {"x", 1}, .count = 1}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct input input = cases[i].input;
        struct todos out = {&todo, 99};
        input.list.id = chores.id;
        unsigned before = app.n_requests;
        DYNR_ASSERT_STATUS(run_query(&list_todos, todo_entity.row, &input, &out, sizeof out),
                           DYNR_OK);
        DYNR_ASSERT_INT(app.n_requests - before, cases[i].n_requests);
        if (DYNR_ASSERT_INT(out.n_items, cases[i].n_rows) && out.n_items > 0) {
            DYNR_ASSERT_INT(out.items[0].count, cases[i].first_count);
        }
    }
    app_close(&app);
}

static void unique_values_find_one_row_or_none(void)
{
    setup();
    static const struct dynr_assignment by_email[] = {{USER_EMAIL, FROM(email)}};
    static const char *const names[] = {"#n0", "points", NULL};
    static const struct dynr_condition_value values[] = {{":v0", &type_int64, FROM(first)}};
    static const struct dynr_condition has_points = {"#n0 = :v0", names, values, 1};
    const struct dynr_path_desc get = {.name = "get",
                                       .kind = DYNR_PATH_GET,
                                       .entity = &user_entity,
                                       .partition = user_entity.partition,
                                       .sort = user_entity.sort,
                                       .n_literal = 1};
    const struct dynr_variant plain = {
        .path = &user_by_email, .row_path = &get, .bindings = by_email, .n_bindings = 1};
    struct dynr_variant filtered = plain;
    filtered.filter = &has_points;
    const struct {
        const struct dynr_variant *variant;
        const char *email;
        int64_t points;
        bool found;
    } cases[] = {
        {&plain, "ANN@example.org", 0, true},     {&plain, "bob@example.org", 0, false},
        {&filtered, "ann@example.org", 0, true},  {&filtered, "ann@example.org", 5, false},
        {&filtered, "bob@example.org", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct input input = {.first = cases[i].points, .email = dynr_str_from_c(cases[i].email)};
        struct dynr_query_body body = {
            .entity = &user_entity, .variants = cases[i].variant, .n_variants = 1};
        struct {
            struct user *items;
            size_t n_items;
        } list;
        struct user one;
        DYNR_ASSERT_STATUS(run_query(&body, user_entity.row, &input, &list, sizeof list), DYNR_OK);
        DYNR_ASSERT_INT(list.n_items, cases[i].found ? 1 : 0);
        body.single_row = true;
        DYNR_ASSERT_STATUS(run_query(&body, user_entity.row, &input, &one, sizeof one),
                           cases[i].found ? DYNR_OK : DYNR_ERR_NOT_FOUND);
        if (cases[i].found) {
            DYNR_ASSERT_STR(one.email, "ann@example.org");
        }
    }
    app_close(&app);
}

struct list_with_note {
    struct list list;
    struct note *note;
};

static void an_absent_single_child_is_no_error(void)
{
    setup();
    static const struct dynr_assignment by_id[] = {{LIST_ID, FROM(list.id)}};
    static const struct dynr_link of_list[] = {
        {.field = 0, .from = offsetof(struct list, id), .size = sizeof(struct dynr_ulid)}};
    const struct dynr_path_desc get_list = {.name = "get",
                                            .kind = DYNR_PATH_GET,
                                            .entity = &list_entity,
                                            .partition = list_entity.partition,
                                            .sort = list_entity.sort,
                                            .n_literal = 1};
    struct dynr_path_desc get_note = get_list;
    get_note.entity = &note_entity;
    get_note.partition = note_entity.partition;
    get_note.sort = note_entity.sort;
    const struct dynr_variant list_variant = {
        .path = &get_list, .bindings = by_id, .n_bindings = 1};
    const struct dynr_variant note_variant = {.path = &get_note};
    const struct dynr_include_desc include = {.member = offsetof(struct list_with_note, note),
                                              .entity = &note_entity,
                                              .output = note_entity.row,
                                              .variant = &note_variant,
                                              .links = of_list,
                                              .n_links = 1};
    const struct dynr_query_body body = {.entity = &list_entity,
                                         .variants = &list_variant,
                                         .n_variants = 1,
                                         .single_row = true,
                                         .includes = &include,
                                         .n_includes = 1};
    struct dynr_struct_desc shape = *list_entity.row;
    shape.size = sizeof(struct list_with_note);
    struct input input = {.list = {chores.id}};
    struct list_with_note out;
    DYNR_ASSERT_STATUS(run_query(&body, &shape, &input, &out, sizeof out), DYNR_OK);
    DYNR_ASSERT(out.note == NULL);
    DYNR_ASSERT_STR(out.list.title, "chores");
    struct note note = {.list = {chores.id}, .text = {"mop", 3}};
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &note_entity, &note, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_STATUS(run_query(&body, &shape, &input, &out, sizeof out), DYNR_OK);
    if (DYNR_ASSERT(out.note != NULL)) {
        DYNR_ASSERT_STR(out.note->text, "mop");
    }
    app_close(&app);
}

/* ---- functions of the application ------------------------------------------------------------------------------ */

/** Does without what it did not find. */
static enum dynr_status look_in_vain(struct dynr_client *client, const void *caller,
                                     const void *input, struct dynr_arena *arena, void *output,
                                     struct dynr_error *err)
{
    const struct user_key nobody = {{{1}}};
    struct user row;
    (void)caller;
    (void)input;
    (void)output;
    DYNR_ASSERT_STATUS(
        dynr_row_get(client, &user_entity, &nobody, user_entity.row, 0, arena, &row, err),
        DYNR_ERR_NOT_FOUND);
    return DYNR_OK;
}

/** Fails for another reason, and does not say which. */
static enum dynr_status fail_silently(struct dynr_client *client, const void *caller,
                                      const void *input, struct dynr_arena *arena, void *output,
                                      struct dynr_error *err)
{
    (void)look_in_vain(client, caller, input, arena, output, err);
    return DYNR_ERR_LIMIT;
}

static void what_a_function_returns_counts(void)
{
    setup();
    struct dynr_procedure_desc procedure = {.path = "test", .run = look_in_vain};
    DYNR_ASSERT_STATUS(run(&procedure, NULL, NULL), DYNR_OK);
    procedure.run = fail_silently;
    DYNR_ASSERT_STATUS(run(&procedure, NULL, NULL), DYNR_ERR_LIMIT);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.message), dynr_status_text(DYNR_ERR_LIMIT));
    app_close(&app);
}

/* ---- mutations --------------------------------------------------------------------------------------------- */

static enum dynr_status count_and_one(const struct dynr_call *call, void *out, bool *out_present)
{
    const struct todo *row = call->row;
    int32_t value = row->count + 1;
    *out_present = true;
    memcpy(out, &value, sizeof value);
    return DYNR_OK;
}

static bool is_below_three(const struct dynr_call *call)
{
    const struct todo *row = call->row;
    return row->count < 3;
}

static const struct dynr_assignment todo_key_members[] = {{0, FROM(list)}, {1, FROM(id)}};
static const struct dynr_change_source grow_changes[] = {
    {TODO_COUNT, DYNR_CHANGE_SET, {.from = DYNR_FROM_FUNCTION, .compute = count_and_one}}};
static const uint16_t grow_reads[] = {TODO_COUNT};
static const struct dynr_write_desc grow_write = {
    .kind = DYNR_WRITE_UPDATE,
    .entity = &todo_entity,
    .members = todo_key_members,
    .n_members = 2,
    .changes = grow_changes,
    .n_changes = 1,
    .reads_row = true,
    .holds = is_below_three,
    .read_fields = grow_reads,
    .n_read_fields = 1,
};
static const struct dynr_mutation_body grow = {&grow_write, 1, true};

static struct todo dishes;

static void add_ten(struct app *self)
{
    struct dynr_error err = {0};
    int32_t count = dishes.count - 10;
    struct dynr_change change = {TODO_COUNT, DYNR_CHANGE_SET, &count};
    dishes.count = count;
    DYNR_ASSERT_STATUS(dynr_row_update(self->client, &todo_entity, &dishes, &change, 1, NULL,
                                       &self->arena, NULL, &err),
                       DYNR_OK);
}

static void computed_values_are_of_the_row_that_is_written(void)
{
    setup();
    dishes = app_todo(&app, &chores, "dishes");
    struct input input = {.list = {chores.id}, .id = dishes.id};
    struct todo out;
    DYNR_ASSERT_STATUS(run_mutation(&grow, &input, &out, sizeof out), DYNR_OK);
    DYNR_ASSERT_INT(out.count, 1);
    app.interfere = add_ten;
    app.operation = DYNR_UPDATE_ITEM;
    DYNR_ASSERT_STATUS(run_mutation(&grow, &input, &out, sizeof out), DYNR_OK);
    DYNR_ASSERT_INT(out.count, dishes.count + 1);
    app.interfere = add_ten;
    app.persistent = true;
    DYNR_ASSERT_STATUS(run_mutation(&grow, &input, &out, sizeof out), DYNR_ERR_CONFLICT);
    app.interfere = NULL;
    app.persistent = false;
    int32_t three = 3;
    struct dynr_change change = {TODO_COUNT, DYNR_CHANGE_SET, &three};
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &todo_entity, &dishes, &change, 1, NULL,
                                       &app.arena, NULL, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_STATUS(run_mutation(&grow, &input, &out, sizeof out), DYNR_ERR_CONDITION_FAILED);
    input.id = ann.id;
    DYNR_ASSERT_STATUS(run_mutation(&grow, &input, &out, sizeof out), DYNR_ERR_NOT_FOUND);
    app_close(&app);
}

static void a_condition_with_an_absent_value_never_holds(void)
{
    setup();
    dishes = app_todo(&app, &chores, "dishes");
    static const struct dynr_write_desc write = {
        .kind = DYNR_WRITE_DELETE,
        .entity = &todo_entity,
        .members = todo_key_members,
        .n_members = 2,
        .condition = &count_is,
    };
    static const struct dynr_mutation_body body = {&write, 1, false};
    struct input input = {.list = {chores.id}, .id = dishes.id, .count = dishes.count};
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, NULL, 0), DYNR_ERR_CONDITION_FAILED);
    input.id = ann.id;
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, NULL, 0), DYNR_ERR_NOT_FOUND);
    input.id = dishes.id;
    input.has_count = true;
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, NULL, 0), DYNR_OK);
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, NULL, 0), DYNR_ERR_NOT_FOUND);
    app_close(&app);
}

static void several_writes_are_one_transaction(void)
{
    setup();
    static const struct dynr_assignment todo_members[] = {{TODO_LIST, FROM(list)},
                                                          {TODO_TEXT, FROM(text)}};
    static const struct dynr_assignment list_members[] = {{0, FROM(list.id)}};
    static const struct dynr_change_source retitle[] = {{LIST_TITLE, DYNR_CHANGE_SET, FROM(text)}};
    static const struct dynr_write_desc writes[] = {
        {.kind = DYNR_WRITE_CREATE,
         .entity = &todo_entity,
         .members = todo_members,
         .n_members = 2},
        {.kind = DYNR_WRITE_UPDATE,
         .entity = &list_entity,
         .members = list_members,
         .n_members = 1,
         .changes = retitle,
         .n_changes = 1,
         .version = FROM_OPTIONAL(first)},
    };
    static const struct dynr_mutation_body body = {writes, 2, true};
    struct input input = {.list = {chores.id}, .text = {"both", 4}, .has_first = true, .first = 77};
    struct list out;
    size_t before = app_count(&app, "app");
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, &out, sizeof out), DYNR_ERR_CONFLICT);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    input.has_first = false;
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, &out, sizeof out), DYNR_OK);
    DYNR_ASSERT_STR(out.title, "both");
    DYNR_ASSERT_INT(out.version, chores.version + 1);
    DYNR_ASSERT_INT(app_count(&app, "app"), before + 1);
    app_close(&app);
}

static void a_try_that_failed_leaves_nothing_in_the_error(void)
{
    setup();
    dishes = app_todo(&app, &chores, "dishes");
    static const struct dynr_assignment note_members[] = {{0, FROM(list)}, {1, FROM(text)}};
    struct dynr_write_desc writes[] = {
        {.kind = DYNR_WRITE_CREATE,
         .entity = &note_entity,
         .members = note_members,
         .n_members = 2},
        grow_write,
    };
    const struct dynr_mutation_body body = {writes, 2, true};
    struct input input = {.list = {chores.id}, .id = dishes.id, .text = {"mop", 3}};
    struct todo out;
    app.interfere = add_ten;
    app.operation = DYNR_TRANSACT_WRITE_ITEMS;
    DYNR_ASSERT_STATUS(run_mutation(&body, &input, &out, sizeof out), DYNR_OK);
    DYNR_ASSERT_INT(out.count, dishes.count + 1);
    app_close(&app);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(one_variant_reads_and_absent_values_read_nothing),
        DYNR_TEST(unique_values_find_one_row_or_none),
        DYNR_TEST(an_absent_single_child_is_no_error),
        DYNR_TEST(what_a_function_returns_counts),
        DYNR_TEST(computed_values_are_of_the_row_that_is_written),
        DYNR_TEST(a_condition_with_an_absent_value_never_holds),
        DYNR_TEST(several_writes_are_one_transaction),
        DYNR_TEST(a_try_that_failed_leaves_nothing_in_the_error),
    };
    return dynr_test_main("typed-procedure", tests, DYNR_TEST_COUNT(tests));
}
