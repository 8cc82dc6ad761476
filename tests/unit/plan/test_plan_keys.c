/* SPDX-License-Identifier: Apache-2.0 */
/* Item templates, index requirements and slots: what is derived from a schema, and what is refused. */
#include "plan_fixture.h"
#include "test_main.h"

#include <string.h>

static const char app[] =
    "table App { targets embedded, dynamodb }\n"
    "model User { id ulid @key @auto  email email @unique(fold)  name string(1..80)\n"
    "  lists List[] via List.owner  prefs Prefs? via Prefs.user }\n"
    "model Prefs in user: User single { theme string(1..40) }\n"
    "model List { id ulid @key @auto  owner User  title string(1..100)  todos Todo[] via Todo.list "
    "}\n"
    "model Todo in list: List { id ulid @key @auto  due date? @index(within: list)  who User? "
    "@index(sort: due) }\n"
    "model Note in todo: Todo { id ulid @key @auto  text string(1..10) }\n"
    "model Pin in todo: Todo single { at timestamp }\n"
    "public\n";

static void expect_key(struct plan_run *run, const char *model, const char *partition,
                       const char *sort)
{
    const struct dyn_plan_entity *entity = plan_run_entity(run, model);
    if (entity != NULL) {
        DYNR_ASSERT_STR(plan_run_template(run, &entity->partition), partition);
        DYNR_ASSERT_STR(plan_run_template(run, &entity->sort), sort);
    }
}

static void packed_keys_put_children_into_their_roots_partition(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    expect_key(&run, "User", "USER#{id}", "USER");
    expect_key(&run, "Prefs", "USER#{user}", "PREFS");
    expect_key(&run, "Todo", "LIST#{list}", "TODO#{id}");
    expect_key(&run, "Note", "LIST#{todo.list}", "NOTE#{todo.id}#{id}");
    expect_key(&run, "Pin", "LIST#{todo.list}", "PIN#{todo.id}");
    plan_run_end(&run);
}

static void keys_of_several_parts_and_references_are_flattened(void)
{
    struct plan_run run;
    plan_run_start(&run,
                   "model A { x string(1..9) @key  y int @key }\n"
                   "model B { a A @key  z date @key  n int }\n"
                   "model C in b: B { id ulid @key  a A @index }\npublic\n",
                   NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    expect_key(&run, "A", "A#{x}#{y}", "A");
    expect_key(&run, "B", "B#{a.x}#{a.y}#{z}", "B");
    expect_key(&run, "C", "B#{b.a.x}#{b.a.y}#{b.z}", "C#{id}");
    const struct dyn_requirement *by_a = plan_run_requirement(&run, "C", "a");
    if (by_a != NULL) {
        DYNR_ASSERT_STR(plan_run_template(&run, &by_a->partition), "C.a#{a.x}#{a.y}");
        DYNR_ASSERT_STR(plan_run_template(&run, &by_a->sort), "{b.a.x}#{b.a.y}#{b.z}#{id}");
    }
    plan_run_end(&run);
}

static void index_sort_keys_end_with_the_rest_of_the_base_key(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    const struct dyn_requirement *due = plan_run_requirement(&run, "Todo", "due");
    const struct dyn_requirement *who = plan_run_requirement(&run, "Todo", "who");
    if (due != NULL && who != NULL) {
        DYNR_ASSERT_STR(plan_run_template(&run, &due->partition), "TODO.due#{list}");
        DYNR_ASSERT_STR(plan_run_template(&run, &due->sort), "{due}#{id}");
        DYNR_ASSERT(!due->partition.sparse && due->sort.sparse);
        DYNR_ASSERT_STR(plan_run_template(&run, &who->partition), "TODO.who#{who}");
        DYNR_ASSERT_STR(plan_run_template(&run, &who->sort), "{due}#{list}#{id}");
        DYNR_ASSERT(who->partition.sparse && who->sort.sparse);
        DYNR_ASSERT_INT(due->sort.max_length, 10 + 1 + 26);
    }
    plan_run_end(&run);
}

static void unique_values_have_guards_of_their_own_model(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    const struct dyn_plan_entity *user = plan_run_entity(&run, "User");
    if (user != NULL && DYNR_ASSERT_INT(user->n_uniques, 1)) {
        DYNR_ASSERT_STR(plan_run_template(&run, &user->uniques[0].partition), "USER.email#{email}");
        DYNR_ASSERT_STR(plan_run_template(&run, &user->uniques[0].sort), "UNIQUE");
        DYNR_ASSERT(user->uniques[0].partition.pieces[0].fold);
    }
    plan_run_end(&run);
}

static void relations_that_nothing_serves_get_an_index(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    const struct dyn_requirement *owner = plan_run_requirement(&run, "List", "owner");
    if (owner != NULL) {
        DYNR_ASSERT_STR(owner->reason, "List[] via List.owner");
        DYNR_ASSERT_STR(plan_run_template(&run, &owner->partition), "LIST.owner#{owner}");
        DYNR_ASSERT_STR(plan_run_template(&run, &owner->sort), "{id}");
    }
    /* A child is found in its parent's partition. */
    DYNR_ASSERT_INT(plan_run_entity(&run, "Todo")->n_requirements, 2);
    DYNR_ASSERT_INT(plan_run_entity(&run, "Prefs")->n_requirements, 0);
    plan_run_end(&run);
}

/* ---- slots ----------------------------------------------------------------------------------------------------- */

static void entities_share_slots_and_one_entity_does_not(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    if (run.plan != NULL && DYNR_ASSERT_INT(run.plan->n_tables, 1)) {
        const struct dyn_plan_table *table = run.plan->tables[0];
        DYNR_ASSERT_INT(table->n_slots, 2);
        DYNR_ASSERT_INT(table->lower_bound, 2);
        DYNR_ASSERT_STR(table->lower_bound_entity->model->name->text, "Todo");
        DYNR_ASSERT_STR(plan_run_requirement(&run, "List", "owner")->slot->name, "gsi1");
        DYNR_ASSERT_STR(plan_run_requirement(&run, "Todo", "due")->slot->name, "gsi1");
        DYNR_ASSERT_STR(plan_run_requirement(&run, "Todo", "who")->slot->name, "gsi2");
        DYNR_ASSERT_STR(plan_run_requirement(&run, "Todo", "who")->sort.attribute, "gsi2sk");
    }
    plan_run_end(&run);
}

static void an_index_that_extends_another_serves_it(void)
{
    struct plan_run run;
    plan_run_start(
        &run,
        "model U { id ulid @key  ms M[] via M.u }\n"
        "model M { id ulid @key  u U  a int @index(within: u)  b int @index(within: u, sort: a)\n"
        "  c int? @index(within: u) }\npublic\n",
        NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    /* The relation asks for the partition [u] alone, which `a` has; it declares no index of its own. */
    const struct dyn_plan_entity *m = plan_run_entity(&run, "M");
    if (m != NULL && DYNR_ASSERT_INT(m->n_requirements, 3)) {
        DYNR_ASSERT(plan_run_requirement(&run, "M", "a")->served_by == NULL);
        DYNR_ASSERT(plan_run_requirement(&run, "M", "b")->served_by == NULL);
        DYNR_ASSERT_INT(m->table->n_slots, 3);
    }
    plan_run_end(&run);
}

static void equal_requirements_use_one_slot(void)
{
    struct plan_run run;
    plan_run_start(&run,
                   "model U { id ulid @key }\n"
                   "model M { id ulid @key  u U @index  a int @index(within: u) }\npublic\n",
                   NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    const struct dyn_requirement *u = plan_run_requirement(&run, "M", "u");
    const struct dyn_requirement *a = plan_run_requirement(&run, "M", "a");
    if (u != NULL && a != NULL) {
        DYNR_ASSERT(u->served_by == a);
        DYNR_ASSERT(u->slot == a->slot);
        DYNR_ASSERT_STR(plan_run_template(&run, &u->sort), "{a}#{id}");
        DYNR_ASSERT_INT(u->entity->table->n_slots, 1);
    }
    plan_run_end(&run);
}

static void an_optional_extension_does_not_serve(void)
{
    struct plan_run run;
    plan_run_start(&run,
                   "model U { id ulid @key }\n"
                   "model M { id ulid @key  u U @index  a int? @index(within: u) }\npublic\n",
                   NULL);
    const struct dyn_requirement *u = plan_run_requirement(&run, "M", "u");
    if (u != NULL) {
        DYNR_ASSERT(u->served_by == NULL);
        DYNR_ASSERT_INT(u->entity->table->n_slots, 2);
    }
    plan_run_end(&run);
}

static void budgets_are_kept_or_refused(void)
{
    static const struct plan_case cases[] = {
        {"two fit into two",
         "table App { gsi max 2 }\nmodel U { id ulid @key }\n"
         "model M { id ulid @key  u U @index  n int @index }\nmodel N { id ulid @key  u U @index  "
         "n int @index "
         "}\npublic\n",
         ""},
        {"two do not fit into one",
         "table App { gsi max 1 }\nmodel U { id ulid @key }\nmodel M { id ulid @key  u U @index  n "
         "int @index "
         "}\npublic\n",
         "3298:gsi max 1"},
    };
    plan_run_cases(cases, DYNR_TEST_COUNT(cases));
}

/* ---- written-out keys ------------------------------------------------------------------------------------------ */

static void written_keys_are_taken_as_they_are(void)
{
    struct plan_run run;
    plan_run_start(
        &run,
        "table T { pk \"PK\" sk \"SK\" }\n"
        "model Org { id string(1..20) @key  name string(1..20)  key pk \"ORG#{id}\" sk \"META\" }\n"
        "model Person { org string(1..20) @key  id string(1..20) @key  mail string(1..40)\n"
        "  key pk \"ORG#{org}\" sk \"USER#{id}\"\n  index byMail \"mails\" pk \"MAIL#{mail}\" sort "
        "\"{id}\" }\n"
        "public\n",
        NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    expect_key(&run, "Org", "ORG#{id}", "META");
    expect_key(&run, "Person", "ORG#{org}", "USER#{id}");
    const struct dyn_requirement *mails = plan_run_requirement(&run, "Person", "byMail");
    if (mails != NULL && mails->slot != NULL) {
        DYNR_ASSERT_STR(mails->slot->name, "mails");
        DYNR_ASSERT_STR(mails->slot->partition_attribute, "mailsPk");
        DYNR_ASSERT_STR(mails->slot->sort_attribute, "mailsSk");
    }
    const struct dyn_plan_path *path = plan_run_path(&run, "Person", "in_org");
    if (path != NULL) {
        DYNR_ASSERT_STR(path->key_condition, "PK = ORG#{org} and SK begins_with USER#");
    }
    plan_run_end(&run);
}

static void native_keys_use_the_fields_own_attribute(void)
{
    struct plan_run run;
    plan_run_start(&run,
                   "table T { pk \"id\" sk none type none }\n"
                   "model Todo { id string(1..64) @key  list string(1..64)  n int\n"
                   "  key pk id\n  index byList \"by_list\" pk list sort n }\npublic\n",
                   NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    const struct dyn_plan_entity *todo = plan_run_entity(&run, "Todo");
    const struct dyn_requirement *list = plan_run_requirement(&run, "Todo", "byList");
    if (todo != NULL && list != NULL && list->slot != NULL) {
        DYNR_ASSERT(todo->partition.native);
        DYNR_ASSERT_INT(todo->sort.n_pieces, 0);
        DYNR_ASSERT_INT(todo->table->sort_type, 0);
        DYNR_ASSERT_STR(list->slot->partition_attribute, "list");
        DYNR_ASSERT_INT(list->slot->sort_type, 'N');
        DYNR_ASSERT(list->sort.native);
    }
    plan_run_end(&run);
}

static void unsound_written_keys_are_refused(void)
{
    static const struct plan_case cases[] = {
        {"values that touch",
         "model M { a string(1..9) @key  b string(1..9) @key  key pk \"{a}{b}\" sk \"M\" "
         "}\npublic\n",
         "2388:b"},
        {"a separator that values may hold",
         "model M { a string(1..9) @key  b string(1..9) @key  key pk \"{a}|{b}\" sk \"M\" "
         "}\npublic\n",
         "2388:\"{a}|{b}\""},
        {"two models with one key",
         "model M { a string(1..9) @key  key pk \"X#{a}\" sk \"META\" }\n"
         "model N { a string(1..9) @key  key pk \"X#{a}\" sk \"META\" }\npublic\n",
         "2388:key pk \"X#{a}\" sk \"META\""},
        {"a read that would find another kind",
         "model M { a string(1..9) @key  b string(1..9) @key  key pk \"X#{a}\" sk \"I#{b}\" }\n"
         "model N { a string(1..9) @key  b string(1..9) @key  key pk \"X#{a}\" sk \"I#{b}#N\" "
         "}\npublic\n",
         "2388:key pk \"X#{a}\" sk \"I#{b}\""},
        {"a template without a sort key where the table has one",
         "model M { a string(1..9) @key  key pk \"X#{a}\" }\npublic\n", "2388:key pk \"X#{a}\""},
    };
    plan_run_cases(cases, DYNR_TEST_COUNT(cases));
}

/* ---- limits ---------------------------------------------------------------------------------------------------- */

static void keys_and_items_that_could_be_too_large_are_refused(void)
{
    static const struct plan_case cases[] = {
        {"a partition key of 2,048 bytes", "model M { id string(1..511) @key }\npublic\n", ""},
        {"a byte more", "model M { id string(1..512) @key }\npublic\n", "2425:M"},
        {"an index sort key",
         "model U { id ulid @key }\nmodel M { id ulid @key  u U  t string(1..300) @index(within: "
         "u) }\n"
         "public\n",
         "2425:@index(within: u)"},
        {"an item", "model M { id ulid @key  a string(1..60000)  b string(1..60000) }\npublic\n",
         "2462:M"},
    };
    plan_run_cases(cases, DYNR_TEST_COUNT(cases));
}

/* ---- updates --------------------------------------------------------------------------------------------------- */

static void fields_are_classified_by_the_keys_that_use_them(void)
{
    struct plan_run run;
    plan_run_start(
        &run,
        "model U { id ulid @key  mail email @unique  name string(1..9)  use timestamps }\n"
        "model M { id ulid @key  u U @index(sort: [a, b])  a int  b int  c int  d int  e int "
        "@index(within: c) }\n"
        "model K in u: U { id ulid @key }\npublic\n",
        NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    static const struct {
        const char *model;
        const char *field;
        enum dyn_update_class expected;
    } cases[] = {
        {"U", "id", DYN_UPDATE_FORBIDDEN},  {"U", "mail", DYN_UPDATE_GUARD},
        {"U", "name", DYN_UPDATE_IN_PLACE}, {"U", "createdAt", DYN_UPDATE_FORBIDDEN},
        {"M", "id", DYN_UPDATE_MOVE},       {"M", "u", DYN_UPDATE_INDEX_KEYS},
        {"M", "a", DYN_UPDATE_READ_FIRST},  {"M", "b", DYN_UPDATE_READ_FIRST},
        {"M", "d", DYN_UPDATE_IN_PLACE},    {"M", "c", DYN_UPDATE_INDEX_KEYS},
        {"M", "e", DYN_UPDATE_INDEX_KEYS},  {"K", "u", DYN_UPDATE_MOVE},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        const struct dyn_plan_entity *entity = plan_run_entity(&run, cases[i].model);
        for (size_t k = 0; entity != NULL && k < entity->model->n_fields; k++) {
            if (dynr_str_equal_c(entity->model->fields[k]->name->text, cases[i].field)) {
                DYNR_ASSERT_INT(entity->update_classes[k], cases[i].expected);
            }
        }
    }
    plan_run_end(&run);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(packed_keys_put_children_into_their_roots_partition),
        DYNR_TEST(keys_of_several_parts_and_references_are_flattened),
        DYNR_TEST(index_sort_keys_end_with_the_rest_of_the_base_key),
        DYNR_TEST(unique_values_have_guards_of_their_own_model),
        DYNR_TEST(relations_that_nothing_serves_get_an_index),
        DYNR_TEST(entities_share_slots_and_one_entity_does_not),
        DYNR_TEST(an_index_that_extends_another_serves_it),
        DYNR_TEST(equal_requirements_use_one_slot),
        DYNR_TEST(an_optional_extension_does_not_serve),
        DYNR_TEST(budgets_are_kept_or_refused),
        DYNR_TEST(written_keys_are_taken_as_they_are),
        DYNR_TEST(native_keys_use_the_fields_own_attribute),
        DYNR_TEST(unsound_written_keys_are_refused),
        DYNR_TEST(keys_and_items_that_could_be_too_large_are_refused),
        DYNR_TEST(fields_are_classified_by_the_keys_that_use_them),
    };
    return dynr_test_main("plan-keys", tests, DYNR_TEST_COUNT(tests));
}
