/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, relations, indexes and traits. */
#include "sema_run.h"

#include "support/test_main.h"

static void keys_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"no key", NULL,
         "model M {\n"
         "  a int\n"
         "}\n",
         "2019:model M"},
        {"no key in a parent", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N in m: M {\n"
         "  a int\n"
         "}\n",
         "2019:model N"},
        {"a single child", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N in m: M single {\n"
         "  a int\n"
         "}\n",
         ""},
        {"single without a parent", NULL,
         "model M single {\n"
         "  a int\n"
         "}\n",
         "2019:model M"},
        {"single with a key", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N in m: M single {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2019:id"},
        {"an optional key", NULL,
         "model M {\n"
         "  id ulid? @key\n"
         "}\n",
         "2054:ulid?"},
        {"a float key", NULL,
         "model M {\n"
         "  id float @key\n"
         "}\n",
         "2054:float"},
        {"a json key", NULL,
         "model M {\n"
         "  id json @key\n"
         "}\n",
         "2054:json"},
        {"a list key", NULL,
         "model M {\n"
         "  id int[](max 3) @key\n"
         "}\n",
         "2054:int[](max 3)"},
        {"a bool key", NULL,
         "model M {\n"
         "  id bool @key\n"
         "}\n",
         "2054:bool"},
        {"a string without a bound", NULL,
         "model M {\n"
         "  id string @key\n"
         "}\n",
         "2054:string"},
        {"bytes without a bound", NULL,
         "model M {\n"
         "  id bytes @key\n"
         "}\n",
         "2054:bytes"},
        {"all that can be keys", NULL,
         "enum E { a = 1 }\n"
         "model M {\n"
         "  a string(..20) @key\n"
         "  b int @key\n"
         "  c uuid @key\n"
         "  d date @key\n"
         "  e timestamp @key\n"
         "  f E @key\n"
         "  g email @key\n"
         "  h url @key\n"
         "  i bytes(..8) @key\n"
         "  j decimal @key\n"
         "  k M2 @key\n"
         "}\n"
         "model M2 {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         ""},
        {"a parent in itself", NULL,
         "model A in a: A {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2091:A"},
        {"parents in a ring", NULL,
         "model A in b: B {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model B in c: C {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model C in a: A {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "2091:A"},
        {"references as keys in a ring", NULL,
         "model A {\n"
         "  b B @key\n"
         "}\n"
         "model B {\n"
         "  a A @key\n"
         "}\n",
         "2091:a"},
        {"an unknown parent", NULL,
         "model A in b: Bb {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n",
         "1302:Bb"},
        {"the parent's field is declared too", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model N in m: M {\n"
         "  id ulid @key @auto\n"
         "  m int\n"
         "}\n",
         "1418:m"},
        {"a nested collection", NULL,
         "model A {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model B in a: A {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model C in b: B {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "model X in c: C single {\n"
         "  x int\n"
         "}\n",
         ""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void relations_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"via another model", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via M.id\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "2165:M"},
        {"via an unknown field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via N.mm\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "2165:mm"},
        {"via a field that refers elsewhere", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via N.n\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  n N?\n"
         "  m M\n"
         "}\n",
         "2165:n"},
        {"no candidate", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via N.x\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  x int\n"
         "}\n",
         "2165:x"},
        {"one without a question mark", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  n N via N.m\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "2165:N"},
        {"an attribute on an inverse", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via N.m @index\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "1783:index"},
        {"a default of an inverse", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] via N.m = []\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "1597:[]"},
        {"a bound on an inverse", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[](max 3) via N.m\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "2165:3"},
        {"a scalar via", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns int via N.m\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "  m M\n"
         "}\n",
         "2165:int"},
        {"through", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ns N[] through L\n"
         "}\n"
         "model N {\n"
         "  id ulid @key @auto\n"
         "\n"
         "}\n"
         "link L between m: M, n: N {\n"
         "}\n",
         ""},
        {"through both ends", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  ms M[] through L\n"
         "  ns M[] through L via L.b\n"
         "}\n"
         "link L between a: M, b: M {\n"
         "}\n",
         "2165:L"},
        {"a tree", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  parent M?\n"
         "  children M[] via M.parent\n"
         "}\n",
         ""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void indexes_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"all forms", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index\n"
         "  b int @index(sort: a)\n"
         "  c int @index(sort: [a, b], within: d)\n"
         "  d string(..9)? @index(within: [a, b])\n"
         "  e M @index\n"
         "}\n",
         ""},
        {"an unknown field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: bb)\n"
         "  b int\n"
         "}\n",
         "1371:bb"},
        {"an unknown label", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(srt: b)\n"
         "  b int\n"
         "}\n",
         "2203:srt"},
        {"no label", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(b)\n"
         "  b int\n"
         "}\n",
         "2203:b"},
        {"when", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(when: b)\n"
         "  b bool\n"
         "}\n",
         "1049:when"},
        {"a field twice", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: a)\n"
         "}\n",
         "2203:a"},
        {"a list in an index", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: b)\n"
         "  b int[](max 3)\n"
         "}\n",
         "2203:b"},
        {"a text without a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string @index\n"
         "}\n",
         "2203:@index"},
        {"a json index", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a json @index\n"
         "}\n",
         "2203:@index"},
        {"a relation in an index", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: ms)\n"
         "  m M?\n"
         "  ms M[] via M.m\n"
         "}\n",
         "1371:ms"},
        {"a literal in an index", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: 3)\n"
         "}\n",
         "2203:3"},
        {"a label twice", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @index(sort: b, sort: b)\n"
         "  b int\n"
         "}\n",
         "2203:sort"},
        {"unique forms", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string(..9) @unique\n"
         "  b email @unique(fold)\n"
         "  c ulid? @unique\n"
         "  d url @unique\n"
         "}\n",
         ""},
        {"a unique number", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a int @unique\n"
         "}\n",
         "2240:@unique"},
        {"a unique text without a bound", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a string @unique\n"
         "}\n",
         "2240:@unique"},
        {"fold of an id", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a ulid @unique(fold)\n"
         "}\n",
         "2240:fold"},
        {"another word", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email @unique(folded)\n"
         "}\n",
         "2240:folded"},
        {"release", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email @unique(release)\n"
         "}\n",
         "1049:@unique(release)"},
        {"unique and ttl", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email @unique\n"
         "  use ttl(x)\n"
         "}\n",
         "2240:@unique"},
        {"unique below a model with ttl", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use ttl(x)\n"
         "}\n"
         "model N in m: M {\n"
         "  id ulid @key @auto\n"
         "}\n"
         "model O in n: N {\n"
         "  id ulid @key @auto\n"
         "  a email @unique\n"
         "}\n",
         "2240:@unique"},
        {"unique above a model with ttl", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email @unique\n"
         "}\n"
         "model N in m: M {\n"
         "  id ulid @key @auto\n"
         "  use ttl(x)\n"
         "}\n",
         ""},
        {"unique on alternator", NULL,
         "table T { targets alternator }\n"
         "model M {\n"
         "  id ulid @key @auto\n"
         "  a email @unique\n"
         "}\n",
         "2536:@unique"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void traits_are_checked(void)
{
    static const struct sema_case cases[] = {
        {"all", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use timestamps, versioned, softDelete, ttl(expiresAt)\n"
         "}\n",
         ""},
        {"an unknown trait", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use timestamp\n"
         "}\n",
         "2277:timestamp"},
        {"a later trait", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use archive\n"
         "}\n",
         "1049:archive"},
        {"a clash", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  createdAt timestamp\n"
         "  use timestamps\n"
         "}\n",
         "1418:timestamps"},
        {"twice", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use versioned, versioned\n"
         "}\n",
         "1418:versioned"},
        {"ttl without a field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use ttl\n"
         "}\n",
         "2277:ttl"},
        {"arguments for nothing", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  use versioned(3)\n"
         "}\n",
         "2277:3"},
        {"ttl of a declared field", NULL,
         "model M {\n"
         "  id ulid @key @auto\n"
         "  x timestamp\n"
         "  use ttl(x)\n"
         "}\n",
         "1418:x"},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(keys_are_checked),
        DYNR_TEST(relations_are_checked),
        DYNR_TEST(indexes_are_checked),
        DYNR_TEST(traits_are_checked),
    };
    return dynr_test_main("sema models", tests, DYNR_TEST_COUNT(tests));
}
