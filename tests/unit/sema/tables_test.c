/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, written-out keys, contexts and `public`. */
#include "sema_run.h"

#include "support/test_main.h"

static void tables_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"all settings", NULL,
         "table T {\n"
         "  name \"prod-todo\"\n"
         "  targets embedded, dynamodb\n"
         "  keys packed\n"
         "  gsi max 3\n"
         "  pk \"id\"\n"
         "  sk \"sort\"\n"
         "  type \"_type\"\n"
         "  version \"_ver\"\n"
         "  delimiter \"%\"\n"
         "  billing provisioned(read: 5, write: 6)\n"
         "  stream on\n"
         "  ttl \"expires\"\n"
         "  recovery on\n"
         "  protection off\n"
         "}\n",
         ""},
        {"an unknown setting", NULL, "table T { naem \"x\" }\n", "2499:naem"},
        {"a setting twice", NULL, "table T { gsi max 3  gsi max 4 }\n", "1418:gsi"},
        {"a bad name", NULL, "table T { name \"a b\" }\n", "2499:\"a b\""},
        {"an unknown target", NULL, "table T { targets dynamo }\n", "2499:dynamo"},
        {"native keys", NULL, "table T { keys native }\n", "1049:keys native"},
        {"too many indexes", NULL, "table T { gsi max 21 }\n", "2499:21"},
        {"a delimiter that does not sort low", NULL, "table T { delimiter \"|\" }\n", "2499:\"|\""},
        {"a long delimiter", NULL, "table T { delimiter \"##\" }\n", "2499:\"##\""},
        {"half a capacity", NULL, "table T { billing provisioned(read: 5) }\n",
         "2499:provisioned(read: 5)"},
        {"unknown billing", NULL, "table T { billing monthly }\n", "2499:billing monthly"},
        {"a switch", NULL, "table T { stream maybe }\n", "2499:stream maybe"},
        {"an attribute twice", NULL, "table T { pk \"a\"  sk \"a\" }\n", "2499:T"},
        {"a field that is the table's", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  pk int\n"
         "}\n",
         "1672:pk"},
        {"the ttl field may have the attribute's name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use ttl(ttl)\n"
         "}\n",
         ""},
        {"an unknown table", NULL,
         "table T {}\n"
         "model M @table(U) {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1302:U"},
        {"a child elsewhere", NULL,
         "table T {}\n"
         "table U {}\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N in m: M @table(U) {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2499:@table(U)"},
        {"a child follows its parent", NULL,
         "table T {}\n"
         "table U {}\n"
         "model N in m: M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model M @table(U) {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         ""},
        {"a tag twice", NULL,
         "model Task {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model TASK {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2314:TASK"},
        {"a tag of another", NULL,
         "model A @tag(\"B\") {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model B {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2314:B"},
        {"a bad tag", NULL,
         "model A @tag(\"a#b\") {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1783:\"a#b\""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void templates_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"the layout of another system", NULL,
         "table T { name \"prod-todo-table\" pk \"id\" sk none type none }\n"
         "model M {\n"
         "  id ulid @key\n"
         "  taskListId ulid\n"
         "  key pk id\n"
         "  index byTask \"gsi_by_task_id\" pk taskListId\n"
         "}\n",
         ""},
        {"texts", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  id int @key\n"
         "  alias string(..9)?\n"
         "  key pk \"ORG#{org}\" sk \"USER#{id}\"\n"
         "  index byAlias pk \"{org}#{alias}\" sort id\n"
         "}\n",
         ""},
        {"without @key", NULL,
         "model M {\n"
         "  a string(..9)\n"
         "  b int\n"
         "  key pk \"A{{}}{b}\" sk \"{a}\"\n"
         "}\n",
         ""},
        {"an unknown field", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  key pk \"ORG#{orgg}\" sk \"x\"\n"
         "}\n",
         "1371:orgg"},
        {"an open brace", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  key pk \"ORG#{org\" sk \"x\"\n"
         "}\n",
         "2388:{org"},
        {"a closing brace", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  key pk \"ORG#}{org}\" sk \"x\"\n"
         "}\n",
         "2388:}"},
        {"an empty name", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  key pk \"ORG#{}\" sk \"x\"\n"
         "}\n",
         "2388:{}"},
        {"a part of a field", NULL,
         "model M {\n"
         "  org ulid @key\n"
         "  key pk \"ORG#{org.id}\" sk \"x\"\n"
         "}\n",
         "1049:{org.id}"},
        {"side by side", NULL,
         "model M {\n"
         "  a string(..9) @key\n"
         "  b string(..9) @key\n"
         "  key pk \"{a}{b}\" sk \"x\"\n"
         "}\n",
         "2388:b"},
        {"side by side with a fixed length", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  b string(..9) @key\n"
         "  key pk \"{a}{b}\" sk \"x\"\n"
         "}\n",
         ""},
        {"an optional field", NULL,
         "model M {\n"
         "  a string(..9)?\n"
         "  key pk \"{a}\" sk \"x\"\n"
         "}\n",
         "2054:string(..9)?"},
        {"a field that is no key", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  b int\n"
         "  key pk \"{a}\" sk \"{b}\"\n"
         "}\n",
         "2388:b"},
        {"a key field is missing", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  b int @key\n"
         "  key pk \"{a}\" sk \"x\"\n"
         "}\n",
         "2388:key pk \"{a}\" sk \"x\""},
        {"a key without a sort part", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  key pk \"{a}\"\n"
         "}\n",
         "2388:key pk \"{a}\""},
        {"a sort part without a sort key", NULL,
         "table T { sk none }\n"
         "model M {\n"
         "  a ulid @key\n"
         "  key pk \"{a}\" sk \"x\"\n"
         "}\n",
         "2388:key pk \"{a}\" sk \"x\""},
        {"no written key without a sort key", NULL,
         "table T { sk none }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2388:model M"},
        {"two keys", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  key pk \"{a}\" sk \"x\"\n"
         "  key pk \"{a}\" sk \"y\"\n"
         "}\n",
         "1418:key pk \"{a}\" sk \"y\""},
        {"two indexes of a name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int\n"
         "  index x pk a\n"
         "  index x pk a\n"
         "}\n",
         "1418:x"},
        {"an index named as a field's", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index\n"
         "  index a pk a\n"
         "}\n",
         "1418:a"},
        {"a native reference", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a M\n"
         "  index x pk a\n"
         "}\n",
         "2388:a"},
        {"a json part", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a json\n"
         "  index x pk \"{a}\"\n"
         "}\n",
         "2388:a"},
        {"a bad physical name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int\n"
         "  index x \"a b\" pk a\n"
         "}\n",
         "2203:\"a b\""},
        {"a control character", NULL,
         "model M {\n"
         "  a ulid @key\n"
         "  key pk \"A\\n{a}\" sk \"x\"\n"
         "}\n",
         "2388:\"A\\n{a}\""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void contexts_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"a context without a policy", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2573:context Caller"},
        {"a context without models", NULL, "context Caller { userId ulid @claim(\"sub\") }\n", ""},
        {"public", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n",
         ""},
        {"public for some", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public M\n",
         "2573:N"},
        {"public for something unknown", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public N\n",
         "1302:N"},
        {"a policy is enough", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "policy M { allow read }\n",
         ""},
        {"a field that nobody reads", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n"
         "router r(caller: Caller) { query q(id: ulid) { get M(id) } }\n",
         "1852:userId"},
        {"an extern procedure may read it", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n"
         "router r(caller: Caller) { mutation q() = extern \"f\" }\n",
         ""},
        {"an unknown context", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "router r(caller: Callr) { query q() { get M(caller.userId) } }\n",
         "1302:Callr"},
        {"a model as a context", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "router r(caller: M) { query q() { get M(caller.id) } }\n",
         "1302:M"},
        {"an unknown field", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n"
         "router r(caller: Caller) { query q() { get M(caller.usrId) } }\n",
         "1371:usrId"},
        {"the caller itself", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n"
         "router r(caller: Caller) { query q() { get M(caller) } }\n",
         "1489:caller"},
        {"no caller", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "router r { query q() { get M(caller.userId) } }\n",
         "1335:caller"},
        {"an argument hides it", NULL,
         "context Caller { userId ulid @claim(\"sub\") }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "public\n"
         "router r(caller: Caller) { query q(caller: ulid) { get M(caller) } }\n",
         "1418:caller"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(tables_are_checked),
        DYNR_TEST(templates_are_checked),
        DYNR_TEST(contexts_are_checked),
    };
    return dynr_test_main("sema tables", tests, DYNR_TEST_COUNT(tests));
}
