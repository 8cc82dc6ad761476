/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing rows with everything below them, small and large, while others write.
 */
#include "model.h"
#include "test_main.h"
#include "typed/key.h"

static struct app app;
static struct user ann;
static struct list chores;
static struct todo first;
static struct comment remark;

static void setup(size_t n_todos)
{
    app_open(&app);
    ann = app_user(&app, "ann@example.org");
    chores = app_list(&app, &ann, "chores");
    first = app_todo(&app, &chores, "first");
    remark = app_comment(&app, &first, "slug");
    for (size_t i = 1; i < n_todos; i++) {
        app_todo(&app, &chores, "further");
    }
}

static enum dynr_status destroy_list(const struct dynr_expect *expect)
{
    return dynr_row_destroy(app.client, &list_entity, &chores, expect, &app.arena, &app.err);
}

static struct dynr_str key_of(const struct dynr_entity_desc *entity, const void *row)
{
    struct dynr_str key = {NULL, 0};
    dynr_entity_key_json(entity, row, &app.arena, &key, &app.err);
    return key;
}

/* Somebody changes the list, so that it gets another version. */
static void retitle(struct app *self)
{
    struct dynr_error err = {0};
    struct dynr_str title = dynr_str_from_c("work");
    struct dynr_change change = {LIST_TITLE, DYNR_CHANGE_SET, &title};
    DYNR_ASSERT_STATUS(dynr_row_update(self->client, &list_entity, &chores, &change, 1, NULL,
                                       &self->arena, NULL, &err),
                       DYNR_OK);
}

static void a_refused_removal_takes_nothing_away(void)
{
    static const size_t sizes[] = {1, 30, 130};
    for (size_t i = 0; i < 3; i++) {
        setup(sizes[i]);
        struct dynr_expect expect = {.has_version = true, .version = 1};
        size_t before = app_count(&app, "app");
        app.interfere = retitle;
        app.operation = DYNR_QUERY;
        DYNR_ASSERT_STATUS(destroy_list(&expect), DYNR_ERR_CONFLICT);
        DYNR_ASSERT_INT(app_count(&app, "app"), before);
        expect.version = 2;
        DYNR_ASSERT_STATUS(destroy_list(&expect), DYNR_OK);
        /* Ann and her guard. */
        DYNR_ASSERT_INT(app_count(&app, "app"), 2);
        app_close(&app);
    }
}

/* A call that answers NOT_FOUND destroys nothing: children may be there without their parent. */
static void deleting_what_is_not_there_leaves_its_children(void)
{
    static const size_t sizes[] = {5, 130};
    for (size_t i = 0; i < 2; i++) {
        setup(sizes[i]);
        app_delete_item(&app, "app", key_of(&list_entity, &chores));
        size_t before = app_count(&app, "app");
        DYNR_ASSERT_STATUS(destroy_list(NULL), DYNR_ERR_NOT_FOUND);
        DYNR_ASSERT_INT(app_count(&app, "app"), before);
        app_close(&app);
    }
}

static void remove_remark(struct app *self)
{
    struct dynr_error err = {0};
    DYNR_ASSERT_STATUS(
        dynr_row_destroy(self->client, &comment_entity, &remark, NULL, &self->arena, &err),
        DYNR_OK);
}

static void change_remark(struct app *self)
{
    struct dynr_error err = {0};
    struct dynr_str slug = dynr_str_from_c("other");
    struct dynr_change change = {3, DYNR_CHANGE_SET, &slug};
    DYNR_ASSERT_STATUS(dynr_row_update(self->client, &comment_entity, &remark, &change, 1, NULL,
                                       &self->arena, NULL, &err),
                       DYNR_OK);
}

/* What happens to a child between its read and the transaction is not taken for the parent's. */
static void children_that_change_meanwhile_are_removed_all_the_same(void)
{
    static void (*const others[])(struct app *) = {remove_remark, change_remark};
    for (size_t i = 0; i < 2; i++) {
        setup(5);
        app.interfere = others[i];
        app.operation = DYNR_TRANSACT_WRITE_ITEMS;
        DYNR_ASSERT_STATUS(destroy_list(NULL), DYNR_OK);
        DYNR_ASSERT(app.interfere == NULL);
        DYNR_ASSERT_INT(app_count(&app, "app"), 2);
        app_close(&app);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(a_refused_removal_takes_nothing_away),
        DYNR_TEST(deleting_what_is_not_there_leaves_its_children),
        DYNR_TEST(children_that_change_meanwhile_are_removed_all_the_same),
    };
    return dynr_test_main("typed-remove", tests, DYNR_TEST_COUNT(tests));
}
