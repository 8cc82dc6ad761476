/* SPDX-License-Identifier: Apache-2.0 */
/* The self-check accepts what is derived and sees every fault that is planted. */
#include "plan_fixture.h"
#include "test_main.h"

#include <string.h>

static const char app[] =
    "table App { targets embedded, dynamodb }\n"
    "model User { id ulid @key @auto  email email @unique(fold)  team string(1..20)? @index(sort: "
    "name)\n"
    "  name string(1..80) }\n"
    "model List { id string(1..30) @key  owner User @index(sort: n)  n int  title string(1..100) "
    "}\n"
    "model Todo in list: List { id string(1..30) @key  due date? @index(within: list)  who User? "
    "@index(sort: due)\n"
    "  a string(1..20)  b string(1..20) @index(within: a) }\n"
    "model Note in todo: Todo { id int @key }\n"
    "model Link in list: List { id ulid @key  d decimal @index(within: list) }\n"
    "public\n";

/* The test breaks what the plan promises to leave alone. */
#define MUTABLE(type, pointer) ((type *)(uintptr_t)(pointer))

static struct plan_run run;

static struct dyn_plan_entity *entity(const char *name)
{
    return MUTABLE(struct dyn_plan_entity, plan_run_entity(&run, name));
}

static struct dyn_requirement *requirement(const char *model, const char *name)
{
    return MUTABLE(struct dyn_requirement, plan_run_requirement(&run, model, name));
}

static struct dyn_plan_path *path(const char *model, const char *name)
{
    return MUTABLE(struct dyn_plan_path, plan_run_path(&run, model, name));
}

/* A copy of the pieces that may be changed. */
static struct dyn_key_piece *own_pieces(struct dyn_key_template *key)
{
    struct dyn_key_piece *pieces = dynr_arena_calloc(&run.arena, key->n_pieces, sizeof *pieces);
    memcpy(pieces, key->pieces, key->n_pieces * sizeof *pieces);
    key->pieces = pieces;
    return pieces;
}

static bool start(void)
{
    plan_run_start(&run, app, NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    return DYNR_ASSERT(run.plan != NULL);
}

/* The check must fail, with its own code and a counter-example. */
static void expect_fault(void)
{
    DYNR_ASSERT(!dyn_plan_verify(run.plan, &run.arena, &run.diags));
    DYNR_ASSERT(run.diags.n_errors > 0);
    for (size_t i = 0; i < run.diags.n_items; i++) {
        DYNR_ASSERT_INT(run.diags.items[i]->code, DYN_CODE_SELF_CHECK);
    }
    plan_run_end(&run);
}

static void what_is_derived_holds(void)
{
    if (start()) {
        DYNR_ASSERT(dyn_plan_verify(run.plan, &run.arena, &run.diags));
        DYNR_ASSERT_INT(run.diags.n_items, 0);
    }
    plan_run_end(&run);
}

static void swapped_tags_are_seen(void)
{
    if (start()) {
        /* Links under the tag of todos. */
        own_pieces(&entity("Link")->sort)[0].literal = dynr_str_from_c("TODO#");
    }
    expect_fault();
}

static void a_tag_that_only_begins_like_another_is_fine(void)
{
    if (start()) {
        own_pieces(&entity("Link")->sort)[0].literal = dynr_str_from_c("TODOS#");
        DYNR_ASSERT(dyn_plan_verify(run.plan, &run.arena, &run.diags));
    }
    plan_run_end(&run);
}

static void a_dropped_delimiter_is_seen(void)
{
    if (start()) {
        own_pieces(&requirement("Todo", "b")->sort)[1].literal = dynr_str_make(NULL, 0);
    }
    expect_fault();
}

static void a_dropped_delimiter_behind_the_tag_is_seen(void)
{
    if (start()) {
        own_pieces(&entity("Todo")->sort)[0].literal = dynr_str_from_c("T");
        own_pieces(&entity("Link")->sort)[0].literal = dynr_str_from_c("TO");
    }
    expect_fault();
}

static void a_slot_used_twice_by_one_entity_is_seen(void)
{
    if (start()) {
        struct dyn_requirement *due = requirement("Todo", "due");
        struct dyn_requirement *who = requirement("Todo", "who");
        who->slot = due->slot;
        who->partition.attribute = due->partition.attribute;
        who->sort.attribute = due->sort.attribute;
    }
    expect_fault();
}

static void a_missing_completion_by_the_base_key_is_seen(void)
{
    if (start()) {
        requirement("List", "owner")->sort.n_pieces--;
    }
    expect_fault();
}

static void a_wrong_presence_is_seen(void)
{
    if (start()) {
        path("Todo", "by_who")->n_presence--;
    }
    expect_fault();
}

static void a_presence_too_many_is_seen(void)
{
    if (start()) {
        struct dyn_plan_path *by_owner = path("List", "by_owner");
        by_owner->presence = path("Todo", "by_due")->presence;
        by_owner->n_presence = 1;
    }
    expect_fault();
}

static void a_partition_read_in_another_order_is_seen(void)
{
    if (start()) {
        struct dyn_plan_path *in_todo = path("Note", "in_todo");
        struct dyn_key_template *read = dynr_arena_calloc(&run.arena, 1, sizeof *read);
        *read = *in_todo->partition;
        /* The parent's own id where the list's belongs. */
        own_pieces(read)[0].value = in_todo->sort->pieces[0].value;
        in_todo->partition = read;
    }
    expect_fault();
}

static void a_read_of_another_partition_is_seen(void)
{
    if (start()) {
        /* What hasMany looks like when children are stored elsewhere. */
        struct dyn_plan_path *in_list = path("Todo", "in_list");
        struct dyn_key_template *read = dynr_arena_calloc(&run.arena, 1, sizeof *read);
        *read = *in_list->partition;
        own_pieces(read)[0].literal = dynr_str_from_c("TODO#");
        in_list->partition = read;
    }
    expect_fault();
}

static void swapped_sort_values_are_seen(void)
{
    if (start()) {
        struct dyn_key_piece *pieces = own_pieces(&requirement("List", "owner")->sort);
        const struct dyn_key_value *first = pieces[0].value;
        pieces[0].value = pieces[1].value;
        pieces[1].value = first;
    }
    expect_fault();
}

static void a_key_without_one_of_its_parts_is_seen(void)
{
    if (start()) {
        entity("Note")->sort.n_pieces--;
    }
    expect_fault();
}

static void two_entities_with_one_key_are_seen(void)
{
    if (start()) {
        entity("User")->partition.pieces = entity("List")->partition.pieces;
        own_pieces(&entity("User")->partition)[0].value = entity("User")->key_values[0];
        own_pieces(&entity("User")->sort)[0].literal = dynr_str_from_c("LIST");
    }
    expect_fault();
}

static void a_guard_of_another_field_is_seen(void)
{
    if (start()) {
        struct dyn_plan_path *by_email = path("User", "by_email");
        struct dyn_key_template *read = dynr_arena_calloc(&run.arena, 1, sizeof *read);
        *read = *by_email->partition;
        own_pieces(read)[0].literal = dynr_str_from_c("EMAIL#");
        by_email->partition = read;
    }
    expect_fault();
}

static void a_guard_read_with_case_is_seen(void)
{
    if (start()) {
        struct dyn_plan_path *by_email = path("User", "by_email");
        struct dyn_key_template *read = dynr_arena_calloc(&run.arena, 1, sizeof *read);
        *read = *by_email->partition;
        own_pieces(read)[0].fold = false;
        by_email->partition = read;
    }
    expect_fault();
}

static void a_dense_key_with_an_optional_part_is_seen(void)
{
    if (start()) {
        requirement("Todo", "due")->sort.sparse = false;
    }
    expect_fault();
}

static void labels_that_meet_in_a_shared_slot_are_seen(void)
{
    if (start()) {
        /* List.owner and Todo.due share gsi1. */
        own_pieces(&requirement("List", "owner")->partition)[0].literal =
            dynr_str_from_c("TODO.due#");
    }
    expect_fault();
}

static void a_wrong_count_of_determined_values_is_seen(void)
{
    if (start()) {
        struct dyn_plan_path *in_todo = path("Note", "in_todo");
        in_todo->n_determined = 0;
    }
    expect_fault();
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(what_is_derived_holds),
        DYNR_TEST(swapped_tags_are_seen),
        DYNR_TEST(a_tag_that_only_begins_like_another_is_fine),
        DYNR_TEST(a_dropped_delimiter_is_seen),
        DYNR_TEST(a_dropped_delimiter_behind_the_tag_is_seen),
        DYNR_TEST(a_slot_used_twice_by_one_entity_is_seen),
        DYNR_TEST(a_missing_completion_by_the_base_key_is_seen),
        DYNR_TEST(a_wrong_presence_is_seen),
        DYNR_TEST(a_presence_too_many_is_seen),
        DYNR_TEST(a_partition_read_in_another_order_is_seen),
        DYNR_TEST(a_read_of_another_partition_is_seen),
        DYNR_TEST(swapped_sort_values_are_seen),
        DYNR_TEST(a_key_without_one_of_its_parts_is_seen),
        DYNR_TEST(two_entities_with_one_key_are_seen),
        DYNR_TEST(a_guard_of_another_field_is_seen),
        DYNR_TEST(a_guard_read_with_case_is_seen),
        DYNR_TEST(a_dense_key_with_an_optional_part_is_seen),
        DYNR_TEST(labels_that_meet_in_a_shared_slot_are_seen),
        DYNR_TEST(a_wrong_count_of_determined_values_is_seen),
    };
    return dynr_test_main("plan-verify", tests, DYNR_TEST_COUNT(tests));
}
