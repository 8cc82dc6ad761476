/* SPDX-License-Identifier: Apache-2.0 */
/* Typing of expressions, and which values fit where. */
#include "sema_run.h"

#include "fixture.h"
#include "support/test_main.h"

/* A query whose condition is `expr`, with more arguments (", x: int") or none. */
#define WHERE(arguments, expr)                                                                     \
    "router r {\nquery q(list: ref TodoList" arguments ") { from Todo in list where " expr         \
    " take 5 }\n}\n"
/* An update that sets `values`. */
#define SET(arguments, values)                                                                     \
    "router r {\nmutation m(list: ref TodoList, id: id Todo" arguments                             \
    ") { update Todo(list, id) set " values " }\n}\n"

static void expressions_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"comparisons", TODO_FIXTURE,
         WHERE("", ".text == \"x\" and .due < \"2026-01-01\" and .effort >= 3 and .small != 4 and "
                   ".price > 1 and .weight <= 1.5 and .priority == high"),
         ""},
        {"a date literal that is none", TODO_FIXTURE, WHERE("", ".due < \"soon\""),
         "1266:\"soon\""},
        {"different types", TODO_FIXTURE, WHERE("", ".text == 3"), "1489:.text == 3"},
        {"different types, argument", TODO_FIXTURE, WHERE(", x: string(..9)", ".effort == x"),
         "1489:.effort == x"},
        {"bool and number", TODO_FIXTURE, WHERE("", ".done == 1"), "1489:.done == 1"},
        {"a list has no order", TODO_FIXTURE, WHERE("", ".labels == .labels"),
         "1489:.labels == .labels"},
        {"a bool has no order", TODO_FIXTURE, WHERE("", ".done < true"), "1489:.done < true"},
        {"a reference has no order", TODO_FIXTURE, WHERE(", u: ref User", ".assignee < u"),
         "1489:.assignee < u"},
        {"null", TODO_FIXTURE, WHERE("", ".due == null and .due != null and null == .due"), ""},
        {"never null", TODO_FIXTURE, WHERE("", ".text == null"), "1489:.text"},
        {"null in order", TODO_FIXTURE, WHERE("", ".due < null"), "1489:null"},
        {"exists", TODO_FIXTURE, WHERE("", ".due exists"), ""},
        {"always there", TODO_FIXTURE, WHERE("", ".text exists"), "1489:.text"},
        {"in a list", TODO_FIXTURE, WHERE("", ".effort in [1, 2, 3] and .priority in [low, high]"),
         ""},
        {"in an argument", TODO_FIXTURE, WHERE(", xs: int[](max 10)", ".effort in xs"), ""},
        {"in too long an argument", TODO_FIXTURE, WHERE(", xs: int[](max 101)", ".effort in xs"),
         "1523:xs"},
        {"in nothing", TODO_FIXTURE, WHERE("", ".effort in []"), "1523:.effort in []"},
        {"in a number", TODO_FIXTURE, WHERE(", x: int", ".effort in x"), "1489:x"},
        {"in a field", TODO_FIXTURE, WHERE("", "\"x\" in .labels"), "1489:\"x\" in .labels"},
        {"in with a wrong element", TODO_FIXTURE, WHERE("", ".effort in [1, \"x\"]"), "1489:\"x\""},
        {"between", TODO_FIXTURE,
         WHERE("", ".effort between 1 and 5 and .due between \"2026-01-01\" and \"2026-02-01\""),
         ""},
        {"between upside down", TODO_FIXTURE, WHERE("", ".effort between 5 and 1"), "1523:5"},
        {"between bools", TODO_FIXTURE, WHERE("", ".done between false and true"), "1489:false"},
        {"begins_with", TODO_FIXTURE, WHERE("", ".text begins_with \"x\""), ""},
        {"begins_with a number", TODO_FIXTURE, WHERE("", ".effort begins_with \"x\""),
         "1489:.effort"},
        {"contains", TODO_FIXTURE, WHERE("", ".text contains \"x\" and .labels contains \"y\""),
         ""},
        {"contains in a struct list", TODO_FIXTURE, WHERE("", ".steps contains \"y\""),
         "1489:\"y\""},
        {"contains in a number", TODO_FIXTURE, WHERE("", ".effort contains 3"), "1489:.effort"},
        {"contains a wrong element", TODO_FIXTURE, WHERE("", ".labels contains 3"), "1489:3"},
        {"logic", TODO_FIXTURE, WHERE("", "not .done and (.effort == 1 or .effort == 2)"), ""},
        {"a text as a condition", TODO_FIXTURE, WHERE("", ".text"), "1489:.text"},
        {"an optional as a condition", TODO_FIXTURE, WHERE("", ".due"), "1489:.due"},
        {"a number in logic", TODO_FIXTURE, WHERE("", ".done and .effort"), "1489:.effort"},
        {"arithmetic", TODO_FIXTURE, WHERE("", ".effort + 1 > .small - 2 and .price + 1.5 > 2"),
         ""},
        {"arithmetic with texts", TODO_FIXTURE, WHERE("", ".text + \"x\" == \"y\""), "1489:.text"},
        {"arithmetic with floats", TODO_FIXTURE, WHERE("", ".weight + 1 > 2"), "1489:.weight"},
        {"int and decimal", TODO_FIXTURE, WHERE("", ".effort + .price > 2"),
         "1489:.effort + .price"},
        {"negation", TODO_FIXTURE, WHERE("", "-.effort < -3"), ""},
        {"struct paths", TODO_FIXTURE, WHERE("", ".first.done and .first.label == \"x\""), ""},
        {"an unknown part", TODO_FIXTURE, WHERE("", ".first.labl == \"x\""), "1371:labl"},
        {"a path through a list", TODO_FIXTURE, WHERE("", ".steps.done"), "1371:done"},
        {"a path through a reference", TODO_FIXTURE, WHERE("", ".assignee.name == \"x\""),
         "1371:name"},
        {"a path through a scalar", TODO_FIXTURE, WHERE("", ".text.length == 3"), "1371:length"},
        {"an unknown field", TODO_FIXTURE, WHERE("", ".txt == \"x\""), "1371:txt"},
        {"an unknown name", TODO_FIXTURE, WHERE("", "lst == 3"), "1335:lst"},
        {"a field without its point", TODO_FIXTURE, WHERE("", "text == \"x\""), "1335:text"},
        {"an unknown value", TODO_FIXTURE, WHERE("", ".priority == hgh"), "1335:hgh"},
        {"an unknown qualified value", TODO_FIXTURE, WHERE("", ".priority == Priority.hgh"),
         "1335:hgh"},
        {"qualified", TODO_FIXTURE, WHERE("", ".priority == Priority.high"), ""},
        {"an ambiguity", TODO_FIXTURE, WHERE(", low: Priority", ".priority == low"), "1455:low"},
        {"no ambiguity in other types", TODO_FIXTURE, WHERE(", low: int", ".effort == low"), ""},
        {"an ambiguity, turned round", TODO_FIXTURE, WHERE(", low: Priority", "low == .priority"),
         "1455:low"},
        {"the literal on the left", TODO_FIXTURE, WHERE("", "high == .priority and 3 == .effort"),
         ""},
        {"a literal beside an argument", TODO_FIXTURE, WHERE(", p: Priority", "p == high"), ""},
        {"two unknown names", TODO_FIXTURE, WHERE("", "aa == bb"), "1335:aa"},
        {"a switch", TODO_FIXTURE, WHERE(", p: Priority", "p == high or .done == (p == low)"), ""},
        {"now", TODO_FIXTURE, WHERE("", ".createdAt < now()"), "1489:now()"},
        {"the time to live", TODO_FIXTURE, WHERE(", t: timestamp", ".expiresAt > t"), ""},
        {"a key against its single value", TODO_FIXTURE,
         WHERE(", u: ulid, v: ref User", ".assignee == u and .assignee == v"), ""},
        {"a literal key", TODO_FIXTURE, WHERE("", ".assignee == \"01ARZ3NDEKTSV4RRFFQ69G5FAV\""),
         ""},
        {"keys of different models", TODO_FIXTURE, WHERE("", ".assignee == .list"),
         "1489:.assignee == .list"},
        {"the parent", TODO_FIXTURE, WHERE("", ".list == list"), ""},
        {"an unknown function", TODO_FIXTURE, WHERE("", "size(.text) == 3"), "1335:size"},
        {"a row look-up", TODO_FIXTURE, WHERE("", "User(.assignee) exists"),
         "1049:User(.assignee)"},
        {"a bare list", TODO_FIXTURE, WHERE("", "[1] == [1]"), "1489:[1]"},
        {"a caller that is not there", TODO_FIXTURE, WHERE("", ".assignee == caller.id"),
         "1335:caller"},
        {"email against text", TODO_FIXTURE, WHERE(", e: email", ".text == e"), "1489:.text == e"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void assignments_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"values", TODO_FIXTURE,
         SET(", u: ulid, t: timestamp",
             "text = \"x\", done = not .done, due = null, effort = .effort + 1, price = 3, weight "
             "= 1.5, assignee = u, labels = [\"a\"], steps = [{ label: \"x\" }], expiresAt = t, "
             "first = { label: \"y\", done: true }"),
         ""},
        {"another type", TODO_FIXTURE, SET("", "text = 3"), "1489:3"},
        {"null for a required field", TODO_FIXTURE, SET("", "text = null"), "1489:null"},
        {"an optional for a required field", TODO_FIXTURE, SET(", x: string(1..5)?", "text = x"),
         "1489:x"},
        {"unbounded into bounded", TODO_FIXTURE, SET(", x: string", "text = x"), "1523:x"},
        {"narrower bounds", TODO_FIXTURE, SET(", x: string(1..5)", "text = x"), ""},
        {"no lower bound", TODO_FIXTURE, SET(", x: string(..5)", "text = x"), "1523:x"},
        {"wider numbers", TODO_FIXTURE, SET(", x: int", "effort = x"), "1523:x"},
        {"64 bits into 32", TODO_FIXTURE, SET(", x: int", "small = x"), "1523:x"},
        {"32 bits into 32", TODO_FIXTURE, SET(", x: int(32)", "small = x"), ""},
        {"a literal out of bounds", TODO_FIXTURE, SET("", "effort = 101"), "1523:101"},
        {"a literal too long", TODO_FIXTURE, SET("", "first = { label: \"\" }"), "1523:\"\""},
        {"a sum of an optional", TODO_FIXTURE, SET(", x: int?", "effort = .effort + x"),
         "1489:.effort + x"},
        {"elements with wider bounds", TODO_FIXTURE,
         SET(", x: set<string(..50)>(max 20)", "labels = x"), "1523:x"},
        {"more elements", TODO_FIXTURE, SET(", x: set<string(..40)>(max 21)", "labels = x"),
         "1523:x"},
        {"a field of the row", TODO_FIXTURE, SET("", "text = .text"), ""},
        {"an unknown field", TODO_FIXTURE, SET("", "txt = \"x\""), "1371:txt"},
        {"a managed field", TODO_FIXTURE, SET("", "createdAt = now()"), "3409:createdAt"},
        {"the version", TODO_FIXTURE, SET("", "version = 3"), "3409:version"},
        {"the deletion time", TODO_FIXTURE, SET("", "deletedAt = now()"), "3409:deletedAt"},
        {"a relation", TODO_FIXTURE, SET(", x: ref TodoList", "list = x"), ""},
        {"twice", TODO_FIXTURE, SET("", "done = true, done = false"), "1418:done"},
        {"an unknown struct part", TODO_FIXTURE, SET("", "first = { labl: \"x\" }"), "1371:labl"},
        {"a list where none fits", TODO_FIXTURE, SET("", "text = [\"x\"]"), "1489:[\"x\"]"},
        {"a struct where none fits", TODO_FIXTURE, SET("", "text = { a: 1 }"), "1489:{ a: 1 }"},
        {"now for a timestamp", TODO_FIXTURE, SET("", "expiresAt = now()"), ""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(expressions_are_checked),
        DYNR_TEST(assignments_are_checked),
    };
    return dynr_test_main("sema expressions", tests, DYNR_TEST_COUNT(tests));
}
