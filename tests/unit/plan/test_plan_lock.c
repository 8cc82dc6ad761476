/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file: what it keeps, what carries over, what is refused. */
#include "plan_fixture.h"
#include "test_main.h"

#include <stdio.h>
#include <string.h>

static const char before[] =
    "enum Kind { a = 1  b = 2 }\n"
    "struct Step { label string(1..20) }\n"
    "model User { id ulid @key  email email @unique }\n"
    "model List { id ulid @key  owner User @index  kind Kind  steps Step[](max 3) }\n"
    "model Task in list: List { id ulid @key  text string(1..20)  who User @index }\n"
    "public\n";

/* The lock of a source, in memory of its own. */
static char *lock_of(const char *source, const char *old_lock)
{
    static char texts[4][16384];
    static size_t next;
    char *text = texts[next++ % 4];
    struct plan_run run;
    plan_run_start(&run, source, old_lock);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    struct dynr_str lock = plan_run_lock(&run, old_lock);
    snprintf(text, sizeof texts[0], "%.*s", (int)lock.len, lock.ptr);
    plan_run_end(&run);
    return text;
}

static struct dynr_str slot_of(struct plan_run *run, const char *model, const char *name)
{
    const struct dyn_requirement *requirement = plan_run_requirement(run, model, name);
    return requirement == NULL || requirement->slot == NULL ? dynr_str_make("", 0)
                                                            : requirement->slot->name;
}

static void a_lock_says_where_data_is(void)
{
    DYNR_ASSERT_STR(
        dynr_str_from_c(lock_of(before, NULL)),
        "# Written by dynrc; check it in. It says where stored data is: docs/language/lock.md\n"
        "lock 1\n"
        "edition 1\n"
        "table App pk \"pk\" pk-type \"S\" sk \"sk\" sk-type \"S\" type \"_et\" delimiter \"#\"\n"
        "model User table \"App\" tag \"USER\" pk \"USER#{id}\" sk \"USER\"\n"
        "field User.id attribute \"id\" type \"ulid\"\n"
        "field User.email attribute \"email\" type \"email\"\n"
        "unique User.email label \"USER.email\" pk \"USER.email#{email}\" fold \"no\"\n"
        "model List table \"App\" tag \"LIST\" pk \"LIST#{id}\" sk \"LIST\"\n"
        "field List.id attribute \"id\" type \"ulid\"\n"
        "field List.owner attribute \"owner\" type \"ref<ulid>\"\n"
        "field List.kind attribute \"kind\" type \"enum\"\n"
        "field List.steps attribute \"steps\" type \"list<struct>(..3)\"\n"
        "index List.owner slot \"gsi1\" label \"LIST.owner\" pk \"LIST.owner#{owner}\" sk "
        "\"{id}\"\n"
        "model Task table \"App\" tag \"TASK\" pk \"LIST#{list}\" sk \"TASK#{id}\"\n"
        "field Task.list attribute \"list\" type \"ref<ulid>\"\n"
        "field Task.id attribute \"id\" type \"ulid\"\n"
        "field Task.text attribute \"text\" type \"string(1..20)\"\n"
        "field Task.who attribute \"who\" type \"ref<ulid>\"\n"
        "index Task.who slot \"gsi1\" label \"TASK.who\" pk \"TASK.who#{who}\" sk \"{list}#{id}\"\n"
        "field Step.label attribute \"label\" type \"string(1..20)\"\n"
        "enum Kind.a tag \"1\"\n"
        "enum Kind.b tag \"2\"\n");
}

static void a_plan_agrees_with_its_own_lock(void)
{
    char *lock = lock_of(before, NULL);
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(before, lock)), lock);
}

static void a_new_relation_moves_no_slot(void)
{
    char *lock = lock_of(before, NULL);
    struct plan_run run;
    /* Declared before the old index, so that without the lock it would come first. */
    plan_run_start(
        &run,
        "enum Kind { a = 1  b = 2 }\n"
        "struct Step { label string(1..20) }\n"
        "model User { id ulid @key  email email @unique  lists List[] via List.editor }\n"
        "model List { id ulid @key  editor User? @index  owner User @index  kind Kind  steps "
        "Step[](max 3) }\n"
        "model Task in list: List { id ulid @key  text string(1..20)  rank int? @index(within: "
        "list)\n"
        "  who User @index }\n"
        "public\n",
        lock);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    DYNR_ASSERT_STR(slot_of(&run, "List", "owner"), "gsi1");
    DYNR_ASSERT_STR(slot_of(&run, "List", "editor"), "gsi2");
    DYNR_ASSERT_STR(slot_of(&run, "Task", "who"), "gsi1");
    DYNR_ASSERT_STR(slot_of(&run, "Task", "rank"), "gsi2");
    DYNR_ASSERT_INT(run.plan->tables[0]->n_slots, 2);
    DYNR_ASSERT(run.plan->tables[0]->slots[0]->locked);
    plan_run_end(&run);
}

static void a_slot_that_was_given_up_is_not_used_again(void)
{
    char *lock = lock_of(before, NULL);
    static const char without[] =
        "enum Kind { a = 1  b = 2 }\n"
        "struct Step { label string(1..20) }\n"
        "model User { id ulid @key  email email @unique }\n"
        "model List { id ulid @key  owner User @index  kind Kind  steps Step[](max 3) }\n"
        "model Task in list: List { id ulid @key  text string(1..20)  who User\n"
        "  rank int? @index(within: list) }\n"
        "public\n";
    char *next = lock_of(without, lock);
    DYNR_ASSERT(strstr(next, "retired index Task.who slot \"gsi1\"") != NULL);
    DYNR_ASSERT(strstr(next, "\nindex Task.rank slot \"gsi2\"") != NULL);
    /* And it stays so. */
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(without, next)), next);
}

static void an_index_in_use_is_not_replaced_by_a_wider_one(void)
{
    static const char narrow[] =
        "model U { id ulid @key }\nmodel M { id ulid @key  u U @index  a int }\npublic\n";
    static const char wide[] = "model U { id ulid @key }\nmodel M { id ulid @key  u U @index  a "
                               "int = 0 @index(within: u) }\npublic\n";
    char *lock = lock_of(narrow, NULL);
    struct plan_run run;
    plan_run_start(&run, wide, lock);
    DYNR_ASSERT_STR(plan_run_summary(&run), "4294:@index(within: u)");
    DYNR_ASSERT_STR(slot_of(&run, "M", "u"), "gsi1");
    DYNR_ASSERT_STR(slot_of(&run, "M", "a"), "gsi2");
    plan_run_end(&run);
    /* Declared together from the start they share. */
    char *both = lock_of(wide, NULL);
    DYNR_ASSERT(strstr(both, "index M.u served-by \"a\"") != NULL);
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(wide, both)), both);
}

static void renames_carry_over(void)
{
    char *lock = lock_of(before, NULL);
    static const char renamed[] =
        "enum Sort @was(Kind) { a = 1  b = 2 }\n"
        "struct Step { label string(1..20) }\n"
        "model User { id ulid @key  email email @unique }\n"
        "model Board @was(List) { id ulid @key  boss User @index @was(owner)\n"
        "  kind Sort  steps Step[](max 3) }\n"
        "model Task in list: Board { id ulid @key  text string(1..20)  who User @index }\n"
        "public\n";
    struct plan_run run;
    plan_run_start(&run, renamed, lock);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    const struct dyn_requirement *boss = plan_run_requirement(&run, "Board", "boss");
    if (boss != NULL) {
        DYNR_ASSERT_STR(plan_run_template(&run, &boss->partition), "LIST.owner#{boss}");
        DYNR_ASSERT_STR(boss->slot->name, "gsi1");
        DYNR_ASSERT_STR(boss->entity->model->tag, "LIST");
        DYNR_ASSERT_STR(boss->partition.pieces[0].value->path[0]->attribute, "owner");
    }
    struct dynr_str next = plan_run_lock(&run, lock);
    DYNR_ASSERT(strstr(next.ptr, "retired") == NULL);
    DYNR_ASSERT(strstr(next.ptr, "index Board.boss slot \"gsi1\" label \"LIST.owner\"") != NULL);
    DYNR_ASSERT(strstr(next.ptr, "field Board.boss attribute \"owner\"") != NULL);
    plan_run_end(&run);
    /* The new lock remembers; `@was` has done its work. */
    static const char settled[] =
        "enum Sort { a = 1  b = 2 }\n"
        "struct Step { label string(1..20) }\n"
        "model User { id ulid @key  email email @unique }\n"
        "model Board { id ulid @key  boss User @index  kind Sort  steps Step[](max 3) }\n"
        "model Task in list: Board { id ulid @key  text string(1..20)  who User @index }\n"
        "public\n";
    char *first = lock_of(renamed, lock);
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(settled, first)), first);
}

static void a_name_that_a_rename_left_is_still_taken(void)
{
    char *lock = lock_of("model A { id ulid @key  x int }\npublic\n", NULL);
    struct plan_run run;
    plan_run_start(&run, "model A { id ulid @key  y int @was(x) }\npublic\n", lock);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    struct dynr_str next = plan_run_lock(&run, lock);
    struct plan_run again;
    plan_run_start(&again, "model A { id ulid @key  y int  x int }\npublic\n", next.ptr);
    DYNR_ASSERT_STR(plan_run_summary(&again), "4068:x | 4223:x");
    plan_run_end(&again);
    plan_run_end(&run);
}

/* ---- refusals -------------------------------------------------------------------------------------------------- */

/* `from` replaced by `to` in the source; the lock is of the source as it was. */
struct change_case {
    const char *from;
    const char *to;
    const char *expected;
};

static void replace(const char *source, const char *from, const char *to, char *out, size_t size)
{
    const char *at = strstr(source, from);
    if (!DYNR_ASSERT(at != NULL)) {
        at = source;
    }
    snprintf(out, size, "%.*s%s%s", (int)(at - source), source, to, at + strlen(from));
}

static void check_changes(const char *base, const struct change_case *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        char source[4096];
        char *lock = lock_of(base, NULL);
        replace(base, cases[i].from, cases[i].to, source, sizeof source);
        struct plan_run run;
        plan_run_start(&run, source, lock);
        struct dynr_str summary = plan_run_summary(&run);
        struct dynr_str expected = dynr_str_from_c(cases[i].expected);
        bool fits = expected.len == 0 ? summary.len == 0 : dynr_str_starts_with(summary, expected);
        if (!DYNR_ASSERT(fits)) {
            struct dynr_str text = plan_run_rendered(&run);
            fprintf(stderr, "in the case: %s\n%.*s", cases[i].to, (int)text.len, text.ptr);
        }
        plan_run_end(&run);
    }
}

static void changes_that_lose_data_are_refused(void)
{
    static const struct change_case cases[] = {
        {"text string(1..20)", "text string(1..30)", ""},
        {"text string(1..20)", "text string(..20)?", ""},
        {"text string(1..20)", "text string(2..20)", "4142:field Task.text "},
        {"text string(1..20)", "text int", "4142:field Task.text "},
        {"Step[](max 3)", "Step[](max 2)", "4142:field List.steps "},
        {"label string(1..20)", "label string(1..9)", "4142:field Step.label "},
        {"a = 1  b = 2", "a = 1  b = 3", "4142:enum Kind.b "},
        {"a = 1  b = 2", "a = 1  c = 2", "4105:enum Kind.b "},
        {"a = 1  b = 2", "a = 1  b = 2  c = 3", ""},
        {"model Task in list: List { id ulid @key", "model Task in list: List { id uuid @key",
         "4142:field Task.id "},
        {"model Task in list: List {", "model Task in list: List @tag(\"JOB\") {",
         "4068:model Task "},
        {"email email @unique", "email email @unique(fold)", "4068:unique User.email "},
    };
    check_changes(before, cases, DYNR_TEST_COUNT(cases));
}

static void what_stored_rows_lack_is_refused(void)
{
    static const struct change_case cases[] = {
        {"text string(1..20)", "text string(1..20) @unique", "4251:@unique"},
        {"text string(1..20)", "text string(1..20)  mail email? @unique", ""},
        {"text string(1..20)", "text string(1..20)  mail email = \"a@b.c\" @unique",
         "4251:@unique"},
        {"text string(1..20)", "text string(1..20)  n int", "4223:n"},
        {"text string(1..20)", "text string(1..20)  n int = 0", ""},
        {"text string(1..20)", "text string(1..20)  n int?", ""},
        {"text string(1..20)", "text string(1..20)  n set<int>(max 3)", ""},
        {"text string(1..20)", "text string(1..20)  n int[](max 3)", "4223:n"},
        {"text string(1..20)", "text string(1..20)  at timestamp = now()", "4223:at"},
        {"label string(1..20)", "label string(1..20)  n int", "4223:n"},
        {"label string(1..20)", "label string(1..20)  n int = 1", ""},
        {"text string(1..20)", "text string(1..20)  use versioned", "4223:versioned"},
        {"text string(1..20)", "text string(1..20)  use timestamps", "4223:timestamps"},
        {"text string(1..20)", "text string(1..20)  use softDelete", ""},
        {"text string(1..20)", "text string(1..20)  use ttl(gone)", ""},
        {"text string(1..20)", "text string(1..20) @index", "4294:@index"},
        {"text string(1..20)", "text string(1..20)  n int? @index", ""},
        {"text string(1..20)", "text string(1..20)  n int = 0 @index", "4294:@index"},
        /* Nothing is stored of what is new itself, or is an argument. */
        {"public",
         "model New { id ulid @key  n int  m email @unique  k int @index  use versioned }\npublic",
         ""},
    };
    check_changes(before, cases, DYNR_TEST_COUNT(cases));
    static const char argument[] = "struct A { x int }\nmodel M { id int @key }\npublic\n";
    static const struct change_case arguments[] = {{"x int", "x int  y int", ""}};
    check_changes(argument, arguments, 1);
}

static void a_line_in_the_lock_accepts(void)
{
    static const char base[] = "model M { id ulid @key  a string(..9) }\npublic\n";
    static const char wide[] = "model M { id ulid @key  a string(..9) @unique  b int }\npublic\n";
    char text[16384];
    snprintf(text, sizeof text, "%sfield M.b attribute \"b\" type \"int64\"\n%s",
             lock_of(base, NULL), "unique M.a label \"M.a\" pk \"M.a#{a}\" fold \"no\"\n");
    struct plan_run run;
    plan_run_start(&run, wide, text);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    DYNR_ASSERT(strstr(plan_run_lock(&run, text).ptr, "late") == NULL);
    plan_run_end(&run);
}

static void a_late_field_keeps_its_default(void)
{
    static const char base[] = "model M { id ulid @key }\npublic\n";
    static const char with[] = "model M { id ulid @key  n int = 3 }\npublic\n";
    static const char without[] = "model M { id ulid @key  n int }\npublic\n";
    DYNR_ASSERT(strstr(lock_of(with, NULL), "late") == NULL);
    char *late = lock_of(with, lock_of(base, NULL));
    DYNR_ASSERT(strstr(late, "field M.n attribute \"n\" type \"int64\" late \"yes\"\n") != NULL);
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(with, late)), late);
    struct plan_run run;
    plan_run_start(&run, without, late);
    DYNR_ASSERT_STR(plan_run_summary(&run), "4223:n");
    plan_run_end(&run);
    /* All rows of a field that was there from the start have it. */
    plan_run_start(&run, without, lock_of(with, NULL));
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    plan_run_end(&run);
}

/* ---- conditions on late fields ---------------------------------------------------------------------------------- */

struct late_case {
    const char *arguments;
    const char *where;
    /** The filters of the variants, "|" between them; "!" where refused. */
    const char *expected;
};

static void write_filters(struct plan_run *run, bool is_mutation, struct dynr_buf *out)
{
    const struct dyn_plan_procedure *procedure = plan_run_procedure(run, "r.p");
    if (run->diags.n_errors != 0 || procedure == NULL) {
        dynr_buf_append_char(out, '!');
        return;
    }
    if (is_mutation) {
        dynr_buf_append_str(out, procedure->writes[0].condition.text);
        return;
    }
    for (size_t i = 0; i < procedure->query->n_variants; i++) {
        const struct dyn_plan_variant *variant = &procedure->query->variants[i];
        dynr_buf_append_c(out, i == 0 ? "" : " | ");
        dynr_buf_append_str(out, variant->empty ? dynr_str_from_c("empty") : variant->filter.text);
    }
}

#define LATE_OLD "enum E { x = 1  y = 2 }\nstruct S { a int }\nmodel L { id ulid @key }\n"
#define LATE_ROW "model M in l: L { id ulid @key  o int  s S "
#define LATE_NEW                                                                                   \
    "f bool = false  t bool = true  n int = 4  w string(..9) = \"abc\"  e E = x  d date = "        \
    "\"2024-01-02\"  "

static void check_late(const struct late_case *cases, size_t n_cases, bool is_mutation)
{
    char *lock = lock_of(LATE_OLD LATE_ROW "}\npublic\n", NULL);
    for (size_t i = 0; i < n_cases; i++) {
        char source[4096];
        const char *comma = cases[i].arguments[0] == '\0' ? "" : ", ";
        snprintf(
            source, sizeof source,
            is_mutation
                ? "%srouter r { mutation p(m: ref M%s%s) { update M(m) set o = 1 if %s } "
                  "}\npublic\n"
                : "%srouter r { query p(l: ref L%s%s) { from M in l where %s take 5 } }\npublic\n",
            LATE_OLD LATE_ROW LATE_NEW "}\n", comma, cases[i].arguments, cases[i].where);
        struct plan_run run;
        plan_run_start(&run, source, lock);
        struct dynr_buf text = {0};
        write_filters(&run, is_mutation, &text);
        if (!DYNR_ASSERT_STR(dynr_buf_str(&text), cases[i].expected)) {
            struct dynr_str shown = plan_run_rendered(&run);
            fprintf(stderr, "in the case: %s\n%.*s", cases[i].where, (int)shown.len, shown.ptr);
        }
        dynr_buf_cleanup(&text);
        plan_run_end(&run);
    }
}

static void conditions_hold_for_rows_without_late_fields(void)
{
    static const struct late_case cases[] = {
        {"", ".o == 4", "#n0 = :v0"},
        {"", ".n == 4", "#n0 = :v0 OR attribute_not_exists(#n0)"},
        {"", "4 == .n", "#n0 = :v0 OR attribute_not_exists(#n0)"},
        {"", ".n == 5", "#n0 = :v0"},
        {"", ".n != 5", "attribute_exists(#n0) AND #n0 <> :v0 OR attribute_not_exists(#n0)"},
        {"", ".n != 4", "attribute_exists(#n0) AND #n0 <> :v0"},
        {"", ".n < 5", "#n0 < :v0 OR attribute_not_exists(#n0)"},
        {"", ".n <= 3", "#n0 <= :v0"},
        {"", ".n > 3", "#n0 > :v0 OR attribute_not_exists(#n0)"},
        {"", "3 > .n", "#n0 < :v0"},
        {"", ".n >= 5", "#n0 >= :v0"},
        {"", ".n in [1, 4]", "#n0 IN (:v0, :v1) OR attribute_not_exists(#n0)"},
        {"", ".n in [1, 2]", "#n0 IN (:v0, :v1)"},
        {"", ".n between 1 and 4", "#n0 >= :v0 AND #n0 <= :v1 OR attribute_not_exists(#n0)"},
        {"", ".w begins_with \"ab\"", "begins_with(#n0, :v0) OR attribute_not_exists(#n0)"},
        {"", ".w begins_with \"b\"", "begins_with(#n0, :v0)"},
        {"", ".w contains \"bc\"", "contains(#n0, :v0) OR attribute_not_exists(#n0)"},
        {"", ".w contains \"x\"", "contains(#n0, :v0)"},
        {"", ".e == x", "#n0 = :v0 OR attribute_not_exists(#n0)"},
        {"", ".e == y", "#n0 = :v0"},
        {"", ".d < \"2024-06-01\"", "#n0 < :v0 OR attribute_not_exists(#n0)"},
        {"", ".t", "#n0 = :v0 OR attribute_not_exists(#n0)"},
        {"", ".f", "#n0 = :v0"},
        {"", "not .f", "NOT (#n0 = :v0)"},
        {"", ".f == false", "#n0 = :v0 OR attribute_not_exists(#n0)"},
        {"", ".o == 1 and .n == 4", "#n0 = :v0 AND (#n1 = :v1 OR attribute_not_exists(#n1))"},
        {"", ".o == .n", "#n0 = #n1 OR attribute_not_exists(#n1) AND #n0 = :v0"},
    };
    check_late(cases, DYNR_TEST_COUNT(cases), false);
    check_late(cases, DYNR_TEST_COUNT(cases), true);
    static const struct late_case query[] = {
        {"", "not .t", "NOT (#n0 = :v0) AND attribute_exists(#n0)"}};
    check_late(query, 1, false);
    static const struct late_case condition[] = {
        {"", "not .t", "NOT (#n0 = :v0 OR attribute_not_exists(#n0))"}};
    check_late(condition, 1, true);
}

static void inputs_compared_with_late_fields_are_switches(void)
{
    static const struct late_case queries[] = {
        {"v: int", ".n == v", "#n0 = :v0 OR attribute_not_exists(#n0) | #n0 = :v0"},
        {"v: int", ".n < v", "#n0 < :v0 OR attribute_not_exists(#n0) | #n0 < :v0"},
        {"v: int", "not (.n == v)", "NOT (#n0 = :v0) AND attribute_exists(#n0) | NOT (#n0 = :v0)"},
        {"v: string(..3)[](max 3)", ".w in v", "!"},
        {"a: int, b: int", ".n between a and b",
         "#n0 >= :v0 AND #n0 <= :v1 OR attribute_not_exists(#n0) | #n0 >= :v0 AND #n0 <= :v1"},
        {"v: int[](max 5)", ".n in v",
         "contains(:v0, #n0) OR attribute_not_exists(#n0) | contains(:v0, #n0)"},
        {"v: string(..3)", ".w begins_with v",
         "begins_with(#n0, :v0) OR attribute_not_exists(#n0) | begins_with(#n0, :v0)"},
    };
    check_late(queries, DYNR_TEST_COUNT(queries), false);
    static const struct late_case conditions[] = {{"v: int", ".n == v", "!"},
                                                  {"v: int", ".o == v", "#n0 = :v0"}};
    check_late(conditions, DYNR_TEST_COUNT(conditions), true);
}

/* ---- what is gone ----------------------------------------------------------------------------------------------- */

static void what_is_gone_is_refused(void)
{
    static const struct change_case cases[] = {
        {"  text string(1..20)", "", "4338:field Task.text "},
        {"label string(1..20)", "label string(1..20)  x int?", ""},
        {"a = 1  b = 2", "a = 1", "4338:enum Kind.b "},
        /* An index is not data, and a guard guards nothing that is lost. */
        {"owner User @index", "owner User", ""},
        {"email email @unique", "email email", ""},
        /* What the key says already. */
        {"model Task in list: List { id ulid", "model Task in list: List { key int",
         "4068:model Task "},
    };
    check_changes(before, cases, DYNR_TEST_COUNT(cases));
    static const struct change_case models[] = {
        {"model B { id ulid @key  x int }\n", "", "4338:model B "},
        {"model A { id ulid @key  s S  e E }", "model A { id ulid @key }",
         "4338:field A.s attribute \"s\" type \"struct\" | 4338:field A.e "},
        {"use versioned", "", "4338:field A.version "},
    };
    static const char base[] = "enum E { x = 1 }\nstruct S { n int }\n"
                               "model B { id ulid @key  x int }\n"
                               "model A { id ulid @key  s S  e E  use versioned }\npublic\n";
    check_changes(base, models, 1);
    check_changes(base, models + 2, 1);
    static const char plain[] = "enum E { x = 1 }\nstruct S { n int }\n"
                                "model A { id ulid @key  s S  e E }\npublic\n";
    check_changes(plain, models + 1, 1);
}

/* One error each, as if `@was` were written: none of keys, tags and defaults that would follow from it. */
static void one_new_name_alone_is_taken_for_the_old_one(void)
{
    static const char base[] = "model A { id ulid @key  n int  at timestamp @index }\n"
                               "model B in a: A { id ulid @key }\npublic\n";
    static const struct {
        const char *source;
        const char *expected;
        const char *help;
    } cases[] = {
        {"model C { id ulid @key  n int  at timestamp @index }\n"
         "model B in a: C { id ulid @key }\npublic\n",
         "4338:model A table \"App\" tag \"A\" pk \"A#{id}\" ", "write `model C @was(A)`"},
        {"model A { id ulid @key  n int  on timestamp @index }\n"
         "model B in a: A { id ulid @key }\npublic\n",
         "4338:field A.at attribute \"at\" type \"timestam",
         "write `@was(at)` behind the type of `on`"},
        {"model A { no ulid @key  n int  at timestamp @index }\n"
         "model B in a: A { id ulid @key }\npublic\n",
         "4338:field A.id attribute \"id\" type \"ulid\"",
         "write `@was(id)` behind the type of `no`"},
        {"model A { id ulid @key  n int  at timestamp @index }\n"
         "model B in c: A { id ulid @key }\npublic\n",
         "4338:field B.a attribute \"a\" type \"ref<ulid>\"",
         "write `B.c` into this line of the lock file, and `{c}` into the keys that have `{a}`"},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        struct plan_run run;
        plan_run_start(&run, cases[i].source, lock_of(base, NULL));
        DYNR_ASSERT_STR(plan_run_summary(&run), cases[i].expected);
        DYNR_ASSERT(strstr(plan_run_rendered(&run).ptr, cases[i].help) != NULL);
        plan_run_end(&run);
    }
    /* The lock is the one that `@was` would leave. */
    static const char settled[] = "model C @was(A) { id ulid @key  n int  at timestamp @index }\n"
                                  "model B in a: C { id ulid @key }\npublic\n";
    DYNR_ASSERT(strstr(lock_of(settled, lock_of(base, NULL)), "retired") == NULL);
}

static void two_that_fit_are_not_guessed(void)
{
    static const char base[] = "model A { id ulid @key  x int  y int }\npublic\n";
    static const struct change_case cases[] = {
        /* A model and its fields at once leave too little to tell by. */
        {"model A { id ulid @key  x int", "model B { id ulid @key  z int", "4338:model A "},
        /* Two new for one old, one new for two old. */
        {"x int", "v int = 1  w int = 2", "4338:field A.x "},
        {"x int  y int", "v int = 1", "4338:field A.x "},
    };
    check_changes(base, cases, DYNR_TEST_COUNT(cases));
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        char source[4096];
        replace(base, cases[i].from, cases[i].to, source, sizeof source);
        struct plan_run run;
        plan_run_start(&run, source, lock_of(base, NULL));
        DYNR_ASSERT(strstr(plan_run_rendered(&run).ptr, "is this its new name?") == NULL);
        plan_run_end(&run);
    }
}

static void a_retired_line_drops(void)
{
    static const char base[] = "enum E { x = 1  y = 2 }\nmodel B { id ulid @key  n int }\n"
                               "model A { id ulid @key  n int  e E }\npublic\n";
    static const char without[] = "enum E { x = 1 }\nmodel A { id ulid @key  e E }\npublic\n";
    char one[16384];
    char two[16384];
    char three[16384];
    replace(lock_of(base, NULL), "model B", "retired model B", one, sizeof one);
    replace(one, "field A.n", "retired field A.n", two, sizeof two);
    replace(two, "enum E.y", "retired enum E.y", three, sizeof three);
    struct plan_run run;
    plan_run_start(&run, without, two);
    DYNR_ASSERT_STR(plan_run_summary(&run), "4338:enum E.y tag \"2\"");
    plan_run_end(&run);
    plan_run_start(&run, without, three);
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    plan_run_end(&run);
    /* What is dropped stays in the file, the fields of a dropped model too. */
    char *next = lock_of(without, three);
    DYNR_ASSERT(strstr(next, "\nretired field B.n ") != NULL);
    DYNR_ASSERT_STR(dynr_str_from_c(lock_of(without, next)), next);
}

static void an_argument_is_not_stored(void)
{
    static const char base[] = "struct S { x int }\nmodel M { id int @key }\npublic\n";
    static const struct change_case cases[] = {{"struct S { x int }\n", "", ""}};
    check_changes(base, cases, 1);
}

static void a_moved_model_is_refused(void)
{
    char *lock = lock_of("model A { id ulid @key }\nmodel B { id ulid @key  a A }\npublic\n", NULL);
    struct plan_run run;
    plan_run_start(&run, "model A { id ulid @key }\nmodel B in a: A { id ulid @key }\npublic\n",
                   lock);
    DYNR_ASSERT(dynr_str_starts_with(plan_run_summary(&run), dynr_str_from_c("4068:model B")));
    plan_run_end(&run);
}

static void a_tag_of_a_model_that_is_gone_is_not_reused(void)
{
    char lock[16384];
    replace(lock_of("model A { id ulid @key }\nmodel B { id ulid @key }\npublic\n", NULL),
            "model B", "retired model B", lock, sizeof lock);
    char *without = lock_of("model A { id ulid @key }\npublic\n", lock);
    DYNR_ASSERT(strstr(without, "retired model B ") != NULL);
    struct plan_run run;
    plan_run_start(&run, "model A { id ulid @key }\nmodel C @tag(\"B\") { id ulid @key }\npublic\n",
                   without);
    DYNR_ASSERT(dynr_str_starts_with(plan_run_summary(&run), dynr_str_from_c("4105:")));
    plan_run_end(&run);
}

static void slots_that_collide_in_the_lock_are_refused(void)
{
    static const char source[] = "model M { id ulid @key  a int @index  b int @index }\npublic\n";
    char text[16384];
    replace(lock_of(source, NULL), "slot \"gsi2\"", "slot \"gsi1\"", text, sizeof text);
    struct plan_run run;
    plan_run_start(&run, source, text);
    DYNR_ASSERT(dynr_str_starts_with(plan_run_summary(&run), dynr_str_from_c("4179:index M.b")));
    plan_run_end(&run);
}

static void what_is_no_lock_is_refused(void)
{
    static const struct {
        const char *lock;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"# a comment\n\nlock 1\n", ""},
        {"lock 1\r\nedition 1\r\n", ""},
        {"lock 2\n", "4031:lock 2"},
        {"nonsense\n", "4031:nonsense"},
        {"model\n", "4031:model"},
        {"model A table\n", "4031:model A table"},
        {"model A table \"App\n", "4031:model A table \"App"},
        {"retired\n", "4031:retired"},
        {"<<<<<<< HEAD\n", "4031:<<<<<<< HEAD"},
        {"enum E.a tag 1\nenum E.a tag 2\n", "4031:enum E.a tag 2"},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        struct plan_run run;
        plan_run_start(&run, "model M { id ulid @key }\npublic\n", cases[i].lock);
        DYNR_ASSERT_STR(plan_run_summary(&run), cases[i].expected);
        plan_run_end(&run);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(a_lock_says_where_data_is),
        DYNR_TEST(a_plan_agrees_with_its_own_lock),
        DYNR_TEST(a_new_relation_moves_no_slot),
        DYNR_TEST(a_slot_that_was_given_up_is_not_used_again),
        DYNR_TEST(an_index_in_use_is_not_replaced_by_a_wider_one),
        DYNR_TEST(renames_carry_over),
        DYNR_TEST(a_name_that_a_rename_left_is_still_taken),
        DYNR_TEST(changes_that_lose_data_are_refused),
        DYNR_TEST(what_stored_rows_lack_is_refused),
        DYNR_TEST(a_line_in_the_lock_accepts),
        DYNR_TEST(a_late_field_keeps_its_default),
        DYNR_TEST(conditions_hold_for_rows_without_late_fields),
        DYNR_TEST(inputs_compared_with_late_fields_are_switches),
        DYNR_TEST(what_is_gone_is_refused),
        DYNR_TEST(one_new_name_alone_is_taken_for_the_old_one),
        DYNR_TEST(two_that_fit_are_not_guessed),
        DYNR_TEST(a_retired_line_drops),
        DYNR_TEST(an_argument_is_not_stored),
        DYNR_TEST(a_moved_model_is_refused),
        DYNR_TEST(a_tag_of_a_model_that_is_gone_is_not_reused),
        DYNR_TEST(slots_that_collide_in_the_lock_are_refused),
        DYNR_TEST(what_is_no_lock_is_refused),
    };
    return dynr_test_main("plan-lock", tests, DYNR_TEST_COUNT(tests));
}
