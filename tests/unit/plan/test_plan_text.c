/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's texts: dump, JSON, tables, costs. Stable, complete, and the same in every run. */
#include "plan_fixture.h"
#include "test_main.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

static const char app[] =
    "table App { name \"my-app\" targets embedded, dynamodb gsi max 3 }\n"
    "enum State { open = 1  closed = 2 }\n"
    "struct Step { label string(1..20) }\n"
    "/// Somebody.\n"
    "model User { id ulid @key @auto  email email @unique(fold)  lists List[] via List.owner }\n"
    "model List { id ulid @key @auto  owner User @index  title string(1..100) @index(within: "
    "owner)\n"
    "  big int  steps Step[](max 2) }\n"
    "model Todo in list: List { id ulid @key @auto  state State  done bool  n int = 0 }\n"
    "public\n"
    "router r {\n"
    "  query list(l: ref List, all: bool, first: int(1..50) = 10) {\n"
    "    from Todo in l where all or not .done order .id desc take first }\n"
    "  query one(l: ref List) { get List(l) include owner { select email } }\n"
    "  mutation add(l: ref List) -> Todo { create Todo { list: l, state: open, done: false } }\n"
    "  mutation bump(l: ref List, i: id Todo) { update Todo(l, i) set n = .n + 1 if .state == open "
    "}\n"
    "}\n";

static struct dynr_str text_of(struct plan_run *run,
                               void (*write)(const struct dyn_plan *, struct dynr_buf *))
{
    struct dynr_buf buf = {0};
    write(run->plan, &buf);
    struct dynr_str text = dynr_arena_dup(&run->arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}

static struct dynr_str json_of(struct plan_run *run)
{
    struct dynr_buf buf = {0};
    dyn_plan_json(run->plan, &run->arena, &buf);
    struct dynr_str text = dynr_arena_dup(&run->arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}

static void texts_are_the_same_in_every_run(void)
{
    struct plan_run first;
    struct plan_run second;
    plan_run_start(&first, app, NULL);
    plan_run_start(&second, app, NULL);
    DYNR_ASSERT_STR(plan_run_summary(&first), "");
    if (first.plan != NULL && second.plan != NULL) {
        DYNR_ASSERT_STR(plan_run_dump(&first), plan_run_dump(&second).ptr);
        DYNR_ASSERT_STR(json_of(&first), json_of(&second).ptr);
        DYNR_ASSERT_STR(text_of(&first, dyn_plan_tables_text),
                        text_of(&second, dyn_plan_tables_text).ptr);
    }
    plan_run_end(&first);
    plan_run_end(&second);
}

static void tables_show_slots_reasons_items_and_paths(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    if (run.plan != NULL) {
        static const char *const expected[] = {
            "table App (\"my-app\")  keys pk:S, sk:S  type in _et\n"
            "\n"
            "  indexes: 1 of at most 3; lower bound 1, which List alone needs\n"
            "    gsi1  List  LIST.title#{owner}  {title}#{id}  @index on List.title\n"
            "    List needs none for owner (@index on List.owner): title serves it\n"
            "\n"
            "  items\n"
            "    User            USER#{id}           USER\n"
            "      unique email  USER.email#{email}  UNIQUE\n"
            "    List            LIST#{id}           LIST\n"
            "    Todo            LIST#{list}         TODO#{id}\n"
            "\n"
            "  access paths\n",
            "    User.get       table  pk = USER#{id} and sk = USER ",
            "  e.g. USER#01HV6ZK3QJ8X5W2M9R4T7Y0ABC / USER\n",
            "    User.by_email  table  pk = USER.email#{email} and sk = UNIQUE ",
            ("    List.by_owner  gsi1   gsi1pk = LIST.title#{owner} [and gsi1sk in range of "
             "{title}#{id}]  e.g. "
             "LIST.title#01HV6ZK3QJ8X5W2M9R4T7Y0ABC / title#01HV6ZK3QJ8X5W2M9R4T7Y0ABC\n"),
            "    Todo.in_list   table  pk = LIST#{list} and sk begins_with TODO# ",
        };
        struct dynr_str text = text_of(&run, dyn_plan_tables_text);
        const char *at = text.ptr;
        for (size_t i = 0; i < DYNR_TEST_COUNT(expected); i++) {
            const char *found = strstr(at, expected[i]);
            if (!DYNR_ASSERT(found != NULL) || (i == 0 && !DYNR_ASSERT(found == at))) {
                fprintf(stderr, "not found: %s\nin: %s\n", expected[i], at);
                break;
            }
            at = found;
        }
    }
    plan_run_end(&run);
}

static void costs_are_units_per_call(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    if (run.plan != NULL) {
        struct dynr_str text = text_of(&run, dyn_plan_cost_text);
        DYNR_ASSERT(
            dynr_str_starts_with(text, dynr_str_from_c("procedure   read units  write units\n"
                                                       "r.list     1 / 1 / 256            -\n")));
        DYNR_ASSERT(strstr(text.ptr, "r.add                -    1 / 1 / 1\n") != NULL);
        const struct dyn_plan_procedure *list = plan_run_procedure(&run, "r.list");
        const struct dyn_plan_procedure *add = plan_run_procedure(&run, "r.add");
        DYNR_ASSERT_DOUBLE(list->cost.write_max, 0.0);
        DYNR_ASSERT_DOUBLE(add->cost.write_typical, 1.0);
    }
    plan_run_end(&run);
}

static const char *string_at(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void json_is_versioned_and_complete(void)
{
    struct plan_run run;
    plan_run_start(&run, app, NULL);
    if (run.plan != NULL) {
        struct dynr_str text = json_of(&run);
        DYNR_ASSERT(strstr(text.ptr, "\"ir\":\t1,") != NULL);
        cJSON *root = cJSON_Parse(text.ptr);
        if (DYNR_ASSERT(root != NULL)) {
            const cJSON *models = cJSON_GetObjectItemCaseSensitive(root, "models");
            DYNR_ASSERT_INT(cJSON_GetArraySize(models), 3);
            const cJSON *user = cJSON_GetArrayItem(models, 0);
            DYNR_ASSERT_STR(dynr_str_from_c(string_at(user, "doc")), "Somebody.");
            const cJSON *partition = cJSON_GetObjectItemCaseSensitive(user, "partition");
            DYNR_ASSERT_STR(dynr_str_from_c(string_at(partition, "text")), "USER#{id}");
            DYNR_ASSERT_STR(dynr_str_from_c(string_at(partition, "example")),
                            "USER#01HV6ZK3QJ8X5W2M9R4T7Y0ABC");
            const cJSON *procedures = cJSON_GetObjectItemCaseSensitive(root, "procedures");
            DYNR_ASSERT_INT(cJSON_GetArraySize(procedures), 4);
            const cJSON *list = cJSON_GetArrayItem(procedures, 0);
            const cJSON *query = cJSON_GetObjectItemCaseSensitive(list, "query");
            DYNR_ASSERT_INT(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(query, "variants")),
                            2);
            const cJSON *bump = cJSON_GetArrayItem(procedures, 3);
            const cJSON *writes = cJSON_GetObjectItemCaseSensitive(bump, "writes");
            const cJSON *condition =
                cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(writes, 0), "condition");
            DYNR_ASSERT_STR(dynr_str_from_c(string_at(condition, "expression")), "#n0 = :v0");
            cJSON_Delete(root);
        }
    }
    plan_run_end(&run);
}

static void empty_programs_have_a_plan(void)
{
    struct plan_run run;
    plan_run_start(&run, "public\n", NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    if (DYNR_ASSERT(run.plan != NULL)) {
        DYNR_ASSERT(json_of(&run).len > 0);
        DYNR_ASSERT(plan_run_lock(&run, NULL).len > 0);
        text_of(&run, dyn_plan_cost_text);
    }
    plan_run_end(&run);
}

/* A partition with a thousand kinds of items: whatever compares pairs would show. */
static void wide_schemas_are_planned(void)
{
    struct dynr_buf source = {0};
    dynr_buf_append_c(&source, "public\nmodel Root { id ulid @key }\n");
    for (int i = 0; i < 1000; i++) {
        dynr_buf_printf(&source,
                        "model M%d in root: Root { id ulid @key  at date? @index(within: root) }\n",
                        i);
    }
    dynr_buf_append_char(&source, '\0');
    struct plan_run run;
    plan_run_start(&run, source.ptr, NULL);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    if (run.plan != NULL) {
        DYNR_ASSERT_INT(run.plan->tables[0]->n_slots, 1);
        DYNR_ASSERT_INT(run.plan->tables[0]->slots[0]->n_requirements, 1000);
    }
    plan_run_end(&run);
    dynr_buf_cleanup(&source);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(texts_are_the_same_in_every_run),
        DYNR_TEST(tables_show_slots_reasons_items_and_paths),
        DYNR_TEST(costs_are_units_per_call),
        DYNR_TEST(json_is_versioned_and_complete),
        DYNR_TEST(empty_programs_have_a_plan),
        DYNR_TEST(wide_schemas_are_planned),
    };
    return dynr_test_main("plan-text", tests, DYNR_TEST_COUNT(tests));
}
