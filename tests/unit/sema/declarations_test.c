/* SPDX-License-Identifier: Apache-2.0 */
/* Names, types, enums, attributes and defaults: what is accepted, and what each mistake is called. */
#include "sema_run.h"

#include "support/test_main.h"

static void names_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"a file with an edition only", NULL, "", ""},
        {"two models of one name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1418:M"},
        {"an enum and a model share the namespace", NULL,
         "enum M { a = 1 }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1418:M"},
        {"a built-in type's name", NULL,
         "model string {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1634:string"},
        {"a double underscore", NULL,
         "model a__b {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1634:a__b"},
        {"a leading underscore", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  _x int\n"
         "}\n",
         "1634:_x"},
        {"a trailing underscore", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  x_ int\n"
         "}\n",
         "1634:x_"},
        {"a keyword as a name", NULL,
         "model query {\n"
         "  id ulid @key @auto\n"
         "  query int\n"
         "  model int\n"
         "}\n",
         ""},
        {"a field twice", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int\n"
         "  a string\n"
         "}\n",
         "1418:a"},
        {"an unknown type", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a Strng\n"
         "}\n",
         "1302:Strng"},
        {"an unknown type without a near name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a Zzzzzzzzzz\n"
         "}\n",
         "1302:Zzzzzzzzzz"},
        {"a table as a type", NULL,
         "table T {}\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a T\n"
         "}\n",
         "1302:T"},
        {"a context as a type", NULL,
         "context C { id ulid }\n"
         "public\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a C\n"
         "}\n",
         "1302:C"},
        {"poison is silent", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a Nope\n"
         "}\n"
         "router r {\n"
         "query q(id: ulid) { get M(id) where .a == 3 select a, id }\n"
         "}\n",
         "1302:Nope"},
        {"refused links and what depends on them", NULL,
         "link L between a: M { x int }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ls M[] through L\n"
         "}\n",
         "2184:a: M"},
        {"policies and other heads", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "policy M { allow read }\n"
         "topic T from M { id }\n",
         "1049:topic T"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void types_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"all scalars", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string\n"
         "  b bool\n"
         "  c int\n"
         "  d int(32)\n"
         "  e int(64)\n"
         "  f float\n"
         "  g decimal\n"
         "  h bytes(..10)\n"
         "  i date\n"
         "  j timestamp\n"
         "  k uuid\n"
         "  l email\n"
         "  m url\n"
         "  n json\n"
         "  o int(-5..5)\n"
         "  p string(3..)\n"
         "\n"
         "}\n",
         ""},
        {"bounds upside down", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(5..2)\n"
         "}\n",
         "1523:5..2"},
        {"a negative length", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(-1..2)\n"
         "}\n",
         "1523:-1"},
        {"a huge length", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..999999999)\n"
         "}\n",
         "1523:999999999"},
        {"no room", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..0)\n"
         "}\n",
         "1523:0"},
        {"bounds of a bool", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a bool(1..2)\n"
         "}\n",
         "1523:1..2"},
        {"bounds of an enum", NULL,
         "enum E { a = 1 }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a E(1..2)\n"
         "}\n",
         "1523:1..2"},
        {"a width of a string", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(32)\n"
         "}\n",
         "1523:32"},
        {"an odd width", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int(16)\n"
         "}\n",
         "1523:16"},
        {"a bound over 32 bits of a 64-bit type", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int(..99999999999)\n"
         "}\n",
         ""},
        {"a bound over 64 bits", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int(..99999999999999999999)\n"
         "}\n",
         "1266:99999999999999999999"},
        {"a bound that is no number", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..\"x\")\n"
         "}\n",
         "1057:\"x\""},
        {"a list without a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string[]\n"
         "}\n",
         "1560:string[]"},
        {"a set without a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a set<string>\n"
         "}\n",
         "1560:set<string>"},
        {"a map without a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a map<int>\n"
         "}\n",
         "1560:map<int>"},
        {"a map", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a map<int>(max 3)\n"
         "}\n",
         ""},
        {"a bound of zero", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string[](max 0)\n"
         "}\n",
         "1523:0"},
        {"a set of bools", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a set<bool>(max 3)\n"
         "}\n",
         "1489:bool"},
        {"a set of structs", NULL,
         "struct S { a int }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a set<S>(max 3)\n"
         "}\n",
         "1489:S"},
        {"optional elements", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a set<string?>(max 3)\n"
         "}\n",
         "1489:string?"},
        {"an optional list", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int[](max 3)?\n"
         "}\n",
         ""},
        {"a version as a field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a version\n"
         "}\n",
         "1302:version"},
        {"id in a field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a id M\n"
         "}\n",
         "2128:id M"},
        {"a row list without via", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ms M[]\n"
         "}\n",
         "2128:M[]"},
        {"a row list with a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ms M[](max 3)\n"
         "}\n",
         "2128:M[](max 3)"},
        {"a list of keys", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a M?\n"
         "\n"
         "}\n",
         ""},
        {"a model in a struct", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "struct S { m M }\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  s S\n"
         "}\n",
         "2128:M"},
        {"a ref in a struct", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "struct S { m ref M }\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  s S\n"
         "}\n",
         ""},
        {"a struct in itself", NULL, "struct S { a S[](max 2) }\n", "1523:S[](max 2)"},
        {"structs in a ring", NULL,
         "struct A { b B }\n"
         "struct B { c C? }\n"
         "struct C { a A }\n",
         "1523:A"},
        {"an empty struct", NULL, "struct S { }\n", "1371:struct S"},
        {"a relation in a struct", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "struct S { a M? via M.id }\n",
         "2128:M"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void enums_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"tags in order", NULL, "enum E { a  b  c }\n", ""},
        {"some tags only", NULL, "enum E { a = 1  b }\n", "2351:b"},
        {"a tag twice", NULL, "enum E { a = 1  b = 1 }\n", "2351:1"},
        {"tag zero", NULL, "enum E { a = 0  b = 1 }\n", "2351:0"},
        {"a tag too large", NULL, "enum E { a = 2147483648 }\n", "2351:2147483648"},
        {"the largest tag", NULL, "enum E { a = 2147483647 }\n", ""},
        {"a value twice", NULL, "enum E { a = 1  a = 2 }\n", "1418:a"},
        {"no values", NULL, "enum E { }\n", "2351:enum E"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void attributes_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"an unknown attribute", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @uniqe\n"
         "}\n",
         "1783:uniqe"},
        {"one of a later part", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @shard(4)\n"
         "}\n",
         "1049:@shard(4)"},
        {"one that has no meaning here", NULL, "struct S { a int @key }\n", "1783:key"},
        {"one twice", NULL,
         "model M {\n"
         "  id ulid @key @key\n"
         "}\n",
         "1418:key"},
        {"auto on a text", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..5) @auto\n"
         "}\n",
         "1783:@auto"},
        {"auto and a default", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a timestamp = now() @auto\n"
         "}\n",
         "1783:@auto"},
        {"auto with arguments", NULL,
         "model M {\n"
         "  id ulid @key @auto(3)\n"
         "}\n",
         "1783:@auto(3)"},
        {"was", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @was(b)\n"
         "  c int @was(d)\n"
         "}\n",
         ""},
        {"was without a name", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @was\n"
         "}\n",
         "1783:@was"},
        {"was a field that exists", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @was(c)\n"
         "  c int\n"
         "}\n",
         "1418:a"},
        {"two were the same", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @was(x)\n"
         "  c int @was(x)\n"
         "}\n",
         "1418:c"},
        {"claim in a model", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @claim(\"x\")\n"
         "}\n",
         "1783:claim"},
        {"claim without a text", NULL, "context C { a ulid @claim(x) }\n", "1783:@claim(x)"},
        {"a struct in a context", NULL,
         "struct S { a int }\n"
         "context C { a S }\n",
         "1489:S"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void defaults_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"constants", NULL,
         "enum E { x = 1 }\n"
         "struct S { a int = 1  b string(..3)? }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int = -5\n"
         "  b string(..5) = \"hi\"\n"
         "  c E = x\n"
         "  d date = \"2026-01-31\"\n"
         "  e timestamp = now()\n"
         "  f int[](max 3) = [1, 2]\n"
         "  g set<string>(max 3) = []\n"
         "  h decimal = 1.5\n"
         "  i float = 2\n"
         "  j S = {}\n"
         "  k bool = true\n"
         "  l url = \"https://a.example/\"\n"
         "  m email = \"a@b.example\"\n"
         "  n json = \"{\\\"a\\\":1}\"\n"
         "  o bytes(..5) = \"aGVsbG8=\"\n"
         "  p E = E.x\n"
         "\n"
         "}\n",
         ""},
        {"a text for a number", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int = \"x\"\n"
         "}\n",
         "1489:\"x\""},
        {"too long", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..2) = \"abc\"\n"
         "}\n",
         "1523:\"abc\""},
        {"too long in bytes only", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..2) = \"\xc3\xa4\xc3\xb6\"\n"
         "}\n",
         ""},
        {"out of bounds", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int(1..5) = 6\n"
         "}\n",
         "1523:6"},
        {"out of the width", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int(32) = 3000000000\n"
         "}\n",
         "1523:3000000000"},
        {"a number that is too large", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int = 99999999999999999999\n"
         "}\n",
         "1266:99999999999999999999"},
        {"an unknown value", NULL,
         "enum E { low = 1 }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a E = lwo\n"
         "}\n",
         "1335:lwo"},
        {"a text for an enum", NULL,
         "enum E { low = 1 }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a E = \"low\"\n"
         "}\n",
         "1489:\"low\""},
        {"not a constant", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int = b\n"
         "  b int\n"
         "}\n",
         "1597:b"},
        {"an operator", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int = 1 + 2\n"
         "}\n",
         "1597:1 + 2"},
        {"null", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int? = null\n"
         "}\n",
         "1597:null"},
        {"a reference", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a M = \"01ARZ3NDEKTSV4RRFFQ69G5FAV\"\n"
         "}\n",
         "1597:\"01ARZ3NDEKTSV4RRFFQ69G5FAV\""},
        {"no date", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a date = \"2026-02-30\"\n"
         "}\n",
         "1266:\"2026-02-30\""},
        {"no timestamp", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a timestamp = \"yesterday\"\n"
         "}\n",
         "1266:\"yesterday\""},
        {"no ulid", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a ulid = \"x\"\n"
         "}\n",
         "1266:\"x\""},
        {"no uuid", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a uuid = \"x\"\n"
         "}\n",
         "1266:\"x\""},
        {"no email", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email = \"x\"\n"
         "}\n",
         "1266:\"x\""},
        {"no url", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a url = \"x\"\n"
         "}\n",
         "1266:\"x\""},
        {"no json", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a json = \"{\"\n"
         "}\n",
         "1266:\"{\""},
        {"no base64", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a bytes(..9) = \"?\"\n"
         "}\n",
         "1266:\"?\""},
        {"too many bytes", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a bytes(..4) = \"aGVsbG8=\"\n"
         "}\n",
         "1523:\"aGVsbG8=\""},
        {"too many elements", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int[](max 1) = [1, 2]\n"
         "}\n",
         "1523:[1, 2]"},
        {"an element of another type", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int[](max 3) = [1, \"x\"]\n"
         "}\n",
         "1489:\"x\""},
        {"a set holds it twice", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a set<int>(max 3) = [1, 1]\n"
         "}\n",
         "1418:1"},
        {"a struct that lacks a part", NULL,
         "struct S { a int }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a S = {}\n"
         "}\n",
         "1489:{}"},
        {"a struct with a part too many", NULL,
         "struct S { a int }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a S = { a: 1, b: 2 }\n"
         "}\n",
         "1371:b"},
        {"now for a date", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a date = now()\n"
         "}\n",
         "1489:now()"},
        {"a decimal with too many digits", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a decimal = 1.234567890123456789012345678901234567890\n"
         "}\n",
         "1266:1.23456789012345678901234567890123456789"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(names_are_checked),    DYNR_TEST(types_are_checked),
        DYNR_TEST(enums_are_checked),    DYNR_TEST(attributes_are_checked),
        DYNR_TEST(defaults_are_checked),
    };
    return dynr_test_main("sema declarations", tests, DYNR_TEST_COUNT(tests));
}
