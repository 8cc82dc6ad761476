/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions of typed reads and writes, and clients for one call: what they remember, and the ids that they hand out.
 */
#include <stdio.h>

#include "model.h"
#include "test_main.h"

#define ULID_A "01HF7YAT4G0000000000000001"
#define ULID_B "01HF7YAT4G0000000000000002"
#define UUID_A "11111111-2222-4333-8444-555555555555"

static struct app app;

static struct dynr_client *fork_with(const char *const *texts, size_t n_texts)
{
    struct dynr_client *fork = NULL;
    struct dynr_call_options options = DYNR_CALL_OPTIONS_INIT;
    struct dynr_str *ids = dynr_arena_calloc(&app.arena, n_texts + 1, sizeof *ids);
    for (size_t i = 0; i < n_texts; i++) {
        ids[i] = dynr_str_from_c(texts[i]);
    }
    options.ids = ids;
    options.n_ids = n_texts;
    dynr_error_clear(&app.err);
    (void)dynr_client_fork(app.client, &options, &app.arena, &fork, &app.err);
    return fork;
}

static enum dynr_status create_list(struct dynr_client *client, struct list *list)
{
    struct dynr_ulid owner;
    (void)dynr_ulid_generate(&app.clock.clock, &owner, NULL);
    *list = (struct list){.owner = {owner}, .title = {"chores", 6}};
    return dynr_row_create(client, &list_entity, list, &app.arena, &app.err);
}

static struct dynr_str id_text(const struct dynr_ulid *id)
{
    return dynr_str_make(id->text, sizeof id->text);
}

static void forks_remember_how_far_they_wrote(void)
{
    struct list list;
    app_open(&app);
    struct dynr_client *first = fork_with(NULL, 0);
    struct dynr_client *second = fork_with(NULL, 0);
    DYNR_ASSERT_INT(dynr_client_position(first), 0);
    DYNR_ASSERT_STATUS(create_list(first, &list), DYNR_OK);
    DYNR_ASSERT_INT(dynr_client_position(first), 1);
    /* A user has a guard: two items in one transaction. */
    struct user user = {.email = {"ann@example.org", 15}};
    DYNR_ASSERT_STATUS(dynr_row_create(second, &user_entity, &user, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(dynr_client_position(second), 3);
    DYNR_ASSERT_INT(dynr_client_position(first), 1);
    /* What fails afterwards does not undo it, nor does a read move it. */
    struct user again = {.email = {"ann@example.org", 15}};
    DYNR_ASSERT_STATUS(dynr_row_create(second, &user_entity, &again, &app.arena, &app.err),
                       DYNR_ERR_NOT_UNIQUE);
    DYNR_ASSERT_INT(dynr_client_position(second), 3);
    const struct list_key key = {list.id};
    const void *keys[] = {&key};
    void *rows[1];
    uint64_t position = 0;
    DYNR_ASSERT_STATUS(
        dynr_row_lookup(first, &list_entity, keys, 1, &app.arena, rows, &position, &app.err),
        DYNR_OK);
    DYNR_ASSERT_INT(position, 3);
    DYNR_ASSERT_INT(dynr_client_position(first), 1);
    /* The client itself is for many threads: it remembers nothing. */
    DYNR_ASSERT_STATUS(create_list(app.client, &list), DYNR_OK);
    DYNR_ASSERT_INT(dynr_client_position(app.client), 0);
    dynr_client_destroy(first);
    app_close(&app);
}

static void creates_take_the_callers_ids(void)
{
    static const char *const ids[] = {ULID_A, "01hf7yat4g0000000000000002"};
    struct list list;
    app_open(&app);
    struct dynr_client *fork = fork_with(ids, 2);
    if (!DYNR_ASSERT(fork != NULL)) {
        return;
    }
    DYNR_ASSERT_STATUS(create_list(fork, &list), DYNR_OK);
    DYNR_ASSERT_STR(id_text(&list.id), ULID_A);
    /* A key that is there is not asked for, a put is no create. */
    struct todo todo = {.list = {list.id}, .id = list.id, .text = {"milk", 4}};
    DYNR_ASSERT_STATUS(dynr_row_create(fork, &todo_entity, &todo, &app.arena, &app.err), DYNR_OK);
    todo = (struct todo){.list = {list.id}, .text = {"milk", 4}};
    DYNR_ASSERT_STATUS(dynr_row_put(fork, &todo_entity, &todo, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT(!dynr_str_equal_c(id_text(&todo.id), ULID_B));
    /* In canonical form. */
    DYNR_ASSERT_STATUS(create_list(fork, &list), DYNR_OK);
    DYNR_ASSERT_STR(id_text(&list.id), ULID_B);
    /* Used up. */
    DYNR_ASSERT_STATUS(create_list(fork, &list), DYNR_OK);
    DYNR_ASSERT(!dynr_str_equal_c(id_text(&list.id), ULID_A) &&
                !dynr_str_equal_c(id_text(&list.id), ULID_B));
    app_close(&app);
}

static void writes_that_fail_give_their_ids_back(void)
{
    static const char *const ids[] = {ULID_A, ULID_B};
    struct dynr_transaction *transaction;
    struct list list;
    app_open(&app);
    struct dynr_client *fork = fork_with(ids, 2);
    struct user ann = app_user(&app, "ann@example.org");
    struct user user = {.email = ann.email};
    DYNR_ASSERT_STATUS(dynr_row_create(fork, &user_entity, &user, &app.arena, &app.err),
                       DYNR_ERR_NOT_UNIQUE);
    for (int tries = 0; tries < 3; tries++) {
        list = (struct list){.owner = {ann.id}, .title = {"chores", 6}};
        user = (struct user){.email = tries < 2 ? ann.email : dynr_str_from_c("bob@example.org")};
        DYNR_ASSERT_STATUS(dynr_transaction_begin(fork, &app.arena, &transaction, &app.err),
                           DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_transaction_create(transaction, &list_entity, &list, &app.err),
                           DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_transaction_create(transaction, &user_entity, &user, &app.err),
                           DYNR_OK);
        struct todo bad = {.list = {list.id}, .text = {"", 0}};
        if (tries == 1) {
            DYNR_ASSERT_STATUS(dynr_transaction_create(transaction, &todo_entity, &bad, &app.err),
                               DYNR_ERR_RANGE);
        }
        enum dynr_status expected = tries == 2   ? DYNR_OK
                                    : tries == 1 ? DYNR_ERR_RANGE
                                                 : DYNR_ERR_NOT_UNIQUE;
        DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), expected);
        DYNR_ASSERT_STR(id_text(&list.id), ULID_A);
        DYNR_ASSERT_STR(id_text(&user.id), ULID_B);
    }
    app_close(&app);
}

static void ids_that_are_none_are_refused(void)
{
    static const char *const malformed[] = {ULID_A, "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"};
    static const char *const twice[] = {"01HF7YAT4G000000000000000A", "01hf7yat4g000000000000000a"};
    static const char *const uuids[] = {UUID_A};
    static const char *const empty[] = {""};
    struct list list;
    app_open(&app);
    DYNR_ASSERT(fork_with(malformed, 2) == NULL);
    DYNR_ASSERT_STATUS(app.err.status, DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(strstr(app.err.message, "neither a ULID nor a UUID") != NULL);
    DYNR_ASSERT(fork_with(empty, 1) == NULL);
    DYNR_ASSERT_STATUS(app.err.status, DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(fork_with(twice, 2) == NULL);
    DYNR_ASSERT_STATUS(app.err.status, DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(strstr(app.err.message, "twice") != NULL);
    struct dynr_client *fork = fork_with(uuids, 1);
    DYNR_ASSERT_STATUS(create_list(fork, &list), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "id");
    app_close(&app);
}

static void every_failing_allocation_is_an_answer(void)
{
    struct dynr_str ids[] = {{ULID_A, 26}, {UUID_A, 36}};
    struct dynr_call_options options = DYNR_CALL_OPTIONS_INIT;
    struct list list;
    bool succeeded = false;
    options.ids = ids;
    options.n_ids = 2;
    app_open(&app);
    DYNR_ASSERT_STATUS(create_list(app.client, &list), DYNR_OK);
    const struct list_key key = {list.id};
    const void *keys[] = {&key, &key};
    for (size_t fail_at = 1; !succeeded && fail_at < 1000; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct dynr_client *fork;
        void *rows[2];
        uint64_t positions[2];
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        enum dynr_status status = dynr_client_fork(app.client, &options, &arena, &fork, &app.err);
        DYNR_ASSERT((status == DYNR_OK) == (fork != NULL));
        if (status == DYNR_OK) {
            status =
                dynr_row_lookup(fork, &list_entity, keys, 2, &arena, rows, positions, &app.err);
        }
        DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_NO_MEMORY);
        succeeded = status == DYNR_OK;
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
    }
    DYNR_ASSERT(succeeded);
    app_close(&app);
}

static void pages_and_keys_say_what_they_saw(void)
{
    struct dynr_rows rows;
    app_open(&app);
    struct user ann = app_user(&app, "ann@example.org");
    struct list chores = app_list(&app, &ann, "chores");
    for (int i = 0; i < 12; i++) {
        (void)app_todo(&app, &chores, "milk");
    }
    /* Two of the user, one of the list. */
    const uint64_t before = 15;
    struct todo probe = {.list = {chores.id}};
    struct dynr_query query = {.path = &todos_in_list, .probe = &probe};
    query.flags = DYNR_READ_POSITIONS;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 12);
    DYNR_ASSERT_INT(rows.position, before);
    for (size_t i = 0; i < rows.n_items && rows.positions != NULL; i++) {
        DYNR_ASSERT_INT(rows.positions[i], before);
    }
    /* Without rows there is a position, too. */
    probe.list.id = ann.id;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 0);
    DYNR_ASSERT_INT(rows.position, before);
    query.flags = 0;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, todo_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT(rows.positions == NULL);
    DYNR_ASSERT_INT(rows.position, 0);
    const struct list_key known = {chores.id};
    const struct list_key unknown = {ann.id};
    const void *keys[] = {&known, NULL, &unknown, &known};
    void *found[4];
    uint64_t positions[4];
    DYNR_ASSERT_STATUS(
        dynr_row_lookup(app.client, &list_entity, keys, 4, &app.arena, found, positions, &app.err),
        DYNR_OK);
    DYNR_ASSERT(found[0] != NULL && found[0] == found[3]);
    DYNR_ASSERT(found[1] == NULL && found[2] == NULL);
    DYNR_ASSERT_INT(positions[0], before);
    DYNR_ASSERT_INT(positions[1], 0);
    DYNR_ASSERT_INT(positions[2], before);
    DYNR_ASSERT_INT(positions[3], before);
    app_close(&app);
}

static void write_between_pages(struct app *one)
{
    char email[32];
    (void)snprintf(email, sizeof email, "u%u@example.org", one->n_requests);
    (void)app_user(one, email);
}

static void every_page_has_its_own_position(void)
{
    static char large[60000];
    struct dynr_rows rows;
    app_open(&app);
    memset(large, 'x', sizeof large);
    struct event event = {.stream = {"s", 1}, .what = {large, sizeof large}};
    for (int i = 0; i < 30; i++) {
        event.number = i;
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &event_entity, &event, &app.arena, &app.err),
                           DYNR_OK);
    }
    struct dynr_query query = {.path = &events_in_stream, .probe = &event};
    query.flags = DYNR_READ_POSITIONS;
    app.operation = DYNR_QUERY;
    app.interfere = write_between_pages;
    app.persistent = true;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, event_entity.row, &app.arena, &rows, &app.err),
        DYNR_OK);
    app.interfere = NULL;
    DYNR_ASSERT_INT(rows.n_items, 30);
    DYNR_ASSERT_INT(rows.n_requests, 2);
    /* Before each page a user was written, with a guard: two changes. */
    if (DYNR_ASSERT(rows.positions != NULL)) {
        DYNR_ASSERT_INT(rows.positions[0], 32);
        DYNR_ASSERT_INT(rows.positions[29], 34);
        DYNR_ASSERT_INT(rows.position, 32);
    }
    app_close(&app);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(forks_remember_how_far_they_wrote),
        DYNR_TEST(creates_take_the_callers_ids),
        DYNR_TEST(writes_that_fail_give_their_ids_back),
        DYNR_TEST(ids_that_are_none_are_refused),
        DYNR_TEST(pages_and_keys_say_what_they_saw),
        DYNR_TEST(every_page_has_its_own_position),
        DYNR_TEST(every_failing_allocation_is_an_answer),
    };
    return dynr_test_main("typed-fork", tests, DYNR_TEST_COUNT(tests));
}
