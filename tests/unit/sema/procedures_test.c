/* SPDX-License-Identifier: Apache-2.0 */
/* Queries and mutations. */
#include "sema_run.h"

#include "fixture.h"
#include "support/test_main.h"

static void queries_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"get by parts", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList, i: id Todo) { get Todo(l, i) }\n"
         "}\n",
         ""},
        {"get by a reference", TODO_FIXTURE,
         "router r {\n"
         "query q(t: ref Todo) { get Todo(t) }\n"
         "}\n",
         ""},
        {"get by labels", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList, i: id Todo) { get Todo(id: i, list: l) }\n"
         "}\n",
         ""},
        {"an unknown label", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList, i: id Todo) { get Todo(idd: i, list: l) }\n"
         "}\n",
         "1371:idd"},
        {"too few parts", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList) { get Todo(l) }\n"
         "}\n",
         "3372:Todo"},
        {"too many parts", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList) { get TodoList(l, l) }\n"
         "}\n",
         "3372:TodoList"},
        {"another model's key", TODO_FIXTURE,
         "router r {\n"
         "query q(l: ref TodoList) { get User(l) }\n"
         "}\n",
         "1489:l"},
        {"an optional key", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User?) { get User(u) }\n"
         "}\n",
         "1489:u"},
        {"a row in a key", TODO_FIXTURE,
         "router r {\n"
         "query q() { get User(.id) }\n"
         "}\n",
         "1335:.id"},
        {"a single child", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { get Prefs(u) }\n"
         "}\n",
         ""},
        {"a single child by its parent's value", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ulid) { get Prefs(u) }\n"
         "}\n",
         ""},
        {"an id of a single child", TODO_FIXTURE,
         "router r {\n"
         "query q(u: id Prefs) { get Prefs(u) }\n"
         "}\n",
         "2019:id Prefs"},
        {"an unknown model", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Tod in list take 5 }\n"
         "}\n",
         "1302:Tod"},
        {"a struct as a model", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Step take 5 }\n"
         "}\n",
         "1302:Step"},
        {"no bound", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list }\n"
         "}\n",
         "1560:Todo"},
        {"take of an argument", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, n: int(1..9)) { from Todo in list take n }\n"
         "}\n",
         ""},
        {"take of an unbounded argument", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, n: int) { from Todo in list take n }\n"
         "}\n",
         "1560:n"},
        {"take that may be zero", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, n: int(0..9)) { from Todo in list take n }\n"
         "}\n",
         "1560:n"},
        {"take of a text", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take \"x\" }\n"
         "}\n",
         "1489:\"x\""},
        {"take zero", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 0 }\n"
         "}\n",
         "1523:0"},
        {"take of a row", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take .effort }\n"
         "}\n",
         "1335:.effort"},
        {"in for a root", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from User in list take 5 }\n"
         "}\n",
         "3372:list"},
        {"in of another key", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { from Todo in u take 5 }\n"
         "}\n",
         "1489:u"},
        {"by index", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { from Todo by assignee == u take 5 }\n"
         "}\n",
         ""},
        {"by index in a partition", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list by due take 5 }\n"
         "}\n",
         ""},
        {"by unique", TODO_FIXTURE,
         "router r {\n"
         "query q(e: email) { from User by email == e }\n"
         "}\n",
         ""},
        {"by unique without a value", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from User by email }\n"
         "}\n",
         "3372:email"},
        {"by a field without an index", TODO_FIXTURE,
         "router r {\n"
         "query q() { from Todo by text == \"x\" take 5 }\n"
         "}\n",
         "2203:text"},
        {"by something unknown", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { from Todo by assigne == u take 5 }\n"
         "}\n",
         "2203:assigne"},
        {"by a value of another type", TODO_FIXTURE,
         "router r {\n"
         "query q(e: email) { from Todo by assignee == e take 5 }\n"
         "}\n",
         "1489:e"},
        {"order", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list order .due desc take 5 }\n"
         "}\n",
         ""},
        {"order by a name", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list order due take 5 }\n"
         "}\n",
         "3261:due"},
        {"order by a list", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list order .labels take 5 }\n"
         "}\n",
         "3261:.labels"},
        {"order by something unknown", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list order .duee take 5 }\n"
         "}\n",
         "1371:duee"},
        {"select", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select id, text as title, "
         "assignee { id, name } }\n"
         "}\n",
         ""},
        {"select twice", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select id, id }\n"
         "}\n",
         "1418:id"},
        {"select under one name", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select id, text as id }\n"
         "}\n",
         "1418:id"},
        {"select something unknown", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select idd }\n"
         "}\n",
         "1371:idd"},
        {"select an inverse", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) select id, todos }\n"
         "}\n",
         "3483:todos"},
        {"select an included inverse", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include todos { take 5 } select id, "
         "todos }\n"
         "}\n",
         ""},
        {"select of a scalar", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select text { a } }\n"
         "}\n",
         "3372:text { a }"},
        {"select two levels", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { from Todo in list take 5 select list { owner { id } } }\n"
         "}\n",
         "3483:owner { id }"},
        {"include many", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include todos { where not .done order "
         ".due take 5 select id, text } }\n"
         "}\n",
         ""},
        {"include without a bound", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include todos }\n"
         "}\n",
         "1560:todos"},
        {"include a reference", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include owner }\n"
         "}\n",
         ""},
        {"include one with take", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include owner { take 5 } }\n"
         "}\n",
         "3483:5"},
        {"include at most one", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { get User(u) include prefs }\n"
         "}\n",
         ""},
        {"include a field", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include title }\n"
         "}\n",
         "3483:title"},
        {"include something unknown", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include todoes { take 5 } }\n"
         "}\n",
         "1371:todoes"},
        {"include twice", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) include todos { take 5 } include todos "
         "{ take 6 } }\n"
         "}\n",
         "1418:todos"},
        {"get with take", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) take 5 }\n"
         "}\n",
         "3372:5"},
        {"nothing", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) {  }\n"
         "}\n",
         "3372:query q"},
        {"two reads", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) get TodoList(list) }\n"
         "}\n",
         "3372:get"},
        {"a write", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { delete TodoList(list) }\n"
         "}\n",
         "3372:delete"},
        {"a scan", TODO_FIXTURE,
         "router r {\n"
         "query q() { from scan Todo take 5 }\n"
         "}\n",
         "1049:from"},
        {"a count", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) count todos as n }\n"
         "}\n",
         ""},
        {"a result", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) -> User { get User(u) }\n"
         "}\n",
         "3372:User"},
        {"an unused argument", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, x: int) { get TodoList(list) }\n"
         "}\n",
         "1815:x"},
        {"an argument twice", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, list: int) { get TodoList(list) }\n"
         "}\n",
         "1418:list"},
        {"a bad default", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList, n: int(1..9) = 10) { from Todo in list take n }\n"
         "}\n",
         "1523:10"},
        {"a once query", TODO_FIXTURE,
         "router r {\n"
         "query q(list: ref TodoList) { get TodoList(list) }\n"
         "}\n",
         ""},
        {"a procedure twice", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { get User(u) }\n"
         "query q(u: ref User) { get User(u) }\n"
         "}\n",
         "1418:q"},
        {"a router twice", TODO_FIXTURE,
         "router r {\n"
         "query q(u: ref User) { get User(u) }\n"
         "}\n"
         "router r {\n"
         "query p(u: ref User) { get User(u) }\n"
         "}\n",
         "1418:r"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void mutations_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"create, short", TODO_FIXTURE,
         "router r {\n"
         "mutation m(owner: ref User, title: string(1..200)) -> TodoList { create TodoList { "
         "owner, title } }\n"
         "}\n",
         ""},
        {"create by the key's value", TODO_FIXTURE,
         "router r {\n"
         "mutation m(owner: ulid, title: string(1..200))  { create TodoList { owner, title } }\n"
         "}\n",
         ""},
        {"create, long", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList)  { create Todo { list: l, text: \"x\", labels: [\"a\"] } }\n"
         "}\n",
         ""},
        {"create without required fields", TODO_FIXTURE,
         "router r {\n"
         "mutation m()  { create Todo { done: true } }\n"
         "}\n",
         "3409:Todo"},
        {"create with an unknown argument", TODO_FIXTURE,
         "router r {\n"
         "mutation m()  { create TodoList { owner, title: \"x\" } }\n"
         "}\n",
         "1335:owner"},
        {"create from a row", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User)  { create TodoList { owner: u, title: .title } }\n"
         "}\n",
         "1335:.title"},
        {"create with a wider argument", TODO_FIXTURE,
         "router r {\n"
         "mutation m(owner: ref User, title: string(1..201))  { create TodoList { owner, title } "
         "}\n"
         "}\n",
         "1523:title"},
        {"create with a managed field", TODO_FIXTURE,
         "router r {\n"
         "mutation m(owner: ref User)  { create TodoList { owner, title: \"x\", createdAt: now() } "
         "}\n"
         "}\n",
         "3409:createdAt"},
        {"create of something unknown", TODO_FIXTURE,
         "router r {\n"
         "mutation m(text: string(1..9))  { create Todoo { text } }\n"
         "}\n",
         "1302:Todoo"},
        {"update", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList, i: id Todo, v: version) -> Todo { update Todo(l, i) set done "
         "= true if not .done expecting v }\n"
         "}\n",
         ""},
        {"expecting without versions", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList, v: version)  { update TodoList(l) set title = \"x\" "
         "expecting v }\n"
         "}\n",
         "3446:v"},
        {"expecting a number", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User, v: int)  { update User(u) set name = \"x\" expecting v }\n"
         "}\n",
         "3446:v"},
        {"expecting a literal", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User)  { update User(u) set name = \"x\" expecting 3 }\n"
         "}\n",
         "3446:3"},
        {"setting a key with children", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList, i: ulid)  { update TodoList(l) set id = i }\n"
         "}\n",
         "3335:id"},
        {"setting a key without children", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList, i: id Todo, n: ref TodoList)  { update Todo(l, i) set list = "
         "n }\n"
         "}\n",
         ""},
        {"another result", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User) -> Todo { update User(u) set name = \"x\" }\n"
         "}\n",
         "3409:Todo"},
        {"a scalar result", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User) -> int { update User(u) set name = \"x\" }\n"
         "}\n",
         "3409:int"},
        {"an optional result", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User) -> User? { update User(u) set name = \"x\" }\n"
         "}\n",
         "3409:User?"},
        {"delete", TODO_FIXTURE,
         "router r {\n"
         "mutation m(t: ref Todo)  { delete Todo(t) if .done }\n"
         "}\n",
         ""},
        {"delete by a row", TODO_FIXTURE,
         "router r {\n"
         "mutation m()  { delete User(.id) }\n"
         "}\n",
         "1335:.id"},
        {"a condition that is none", TODO_FIXTURE,
         "router r {\n"
         "mutation m(t: ref Todo)  { delete Todo(t) if .text }\n"
         "}\n",
         "1489:.text"},
        {"a read", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User)  { get User(u) }\n"
         "}\n",
         "3409:get"},
        {"nothing", TODO_FIXTURE,
         "router r {\n"
         "mutation m()  {  }\n"
         "}\n",
         "3409:mutation m"},
        {"two writes", TODO_FIXTURE,
         "router r {\n"
         "mutation m(t: ref Todo, u: ref User)  { delete Todo(t) delete User(u) }\n"
         "}\n",
         "3557:delete"},
        {"a transaction", TODO_FIXTURE,
         "router r {\n"
         "mutation m(t: ref Todo, u: ref User)  { transaction { delete Todo(t) delete User(u) } }\n"
         "}\n",
         ""},
        {"the same row twice", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User)  { transaction { update User(u) set name = \"x\" delete User(u) "
         "} }\n"
         "}\n",
         "3557:delete User(u)"},
        {"two rows of a model", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User, v: ref User)  { transaction { delete User(u) delete User(v) } }\n"
         "}\n",
         ""},
        {"created and written", TODO_FIXTURE,
         "router r {\n"
         "mutation m(l: ref TodoList, i: id Todo)  { transaction { create Todo { list: l, id: i, "
         "text: \"x\" } delete Todo(l, i) } }\n"
         "}\n",
         "3557:delete Todo(l, i)"},
        {"a read in a transaction", TODO_FIXTURE,
         "router r {\n"
         "mutation m(u: ref User)  { transaction { get User(u) } }\n"
         "}\n",
         "3409:get"},
        {"on alternator", NULL,
         "table T { targets alternator }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int\n"
         "}\n"
         "router r {\n"
         "mutation m(x: ref M, y: ref M) { transaction { delete M(x) delete M(y) } }\n"
         "}\n",
         "2536:transaction"},
        {"a key on alternator", NULL,
         "table T { targets alternator }\n"
         "model M {\n"
         "  id ulid @key\n"
         "  a int\n"
         "}\n"
         "router r {\n"
         "mutation m(x: ref M, y: ulid) { update M(x) set id = y }\n"
         "}\n",
         "2536:id"},
        {"extern", TODO_FIXTURE,
         "router r {\n"
         "mutation m(x: int) -> int = extern \"my_function\" reads User writes Todo, TodoList\n"
         "query q() -> User = extern \"other\" reads User\n"
         "}\n",
         ""},
        {"extern with a bad symbol", TODO_FIXTURE,
         "router r {\n"
         "mutation m() = extern \"my function\"\n"
         "}\n",
         "1634:\"my function\""},
        {"extern with an unknown model", TODO_FIXTURE,
         "router r {\n"
         "mutation m() = extern \"f\" writes Usr\n"
         "}\n",
         "1302:Usr"},
        {"an extern query that writes", TODO_FIXTURE,
         "router r {\n"
         "query q() -> int = extern \"f\" writes User\n"
         "}\n",
         "3372:User"},
        {"extern rows", TODO_FIXTURE,
         "router r {\n"
         "query q() -> User[] = extern \"f\"\n"
         "}\n",
         "1049:User[]"},
        {"once on a mutation", TODO_FIXTURE,
         "router r {\n"
         "mutation m(t: ref Todo) once { delete Todo(t) }\n"
         "}\n",
         "3409:mutation m"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(queries_are_checked),
        DYNR_TEST(mutations_are_checked),
    };
    return dynr_test_main("sema procedures", tests, DYNR_TEST_COUNT(tests));
}
