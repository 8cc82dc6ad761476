/* SPDX-License-Identifier: Apache-2.0 */
/* Queries to paths, bounds and filters; switches to variants; writes to changes; and every refusal. */
#include "plan_fixture.h"
#include "test_main.h"

#include <stdio.h>
#include <string.h>

static const char app[] =
    "table App { targets embedded, dynamodb }\n"
    "struct Place { city string(1..40)  zip string(1..10)? }\n"
    "enum State { open = 1  closed = 2  any = 3 }\n"
    "model User { id ulid @key @auto  email email @unique(fold)  name string(1..80)  nick "
    "string(1..20)? @unique\n"
    "  lists List[] via List.owner  prefs Prefs? via Prefs.user  use versioned }\n"
    "model Prefs in user: User single { theme string(1..40) }\n"
    "model List { id ulid @key @auto  owner User @index(sort: title)  title string(1..100)  at "
    "Place?\n"
    "  todos Todo[] via Todo.list  use timestamps }\n"
    "model Todo in list: List { id ulid @key @auto  text string(1..200)  done bool = false  state "
    "State = open\n"
    "  due date? @index(within: list)  who User? @index(sort: due)  n int = 0  few int(0..9) = 0\n"
    "  notes Note[] via Note.todo }\n"
    "model Note in todo: Todo { id ulid @key @auto  text string(1..20)? }\n"
    "public\n";
/* Used only where a procedure names the caller: what nothing reads is warned about. */
static const char context[] = "context Caller { id ulid @claim(\"sub\") }\n";

/* ---- what was planned, in one line ----------------------------------------------------------------------------- */

static void write_bound(struct dynr_buf *out, const char *name, const struct dyn_plan_bound *bound)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    dynr_buf_printf(out, " %s%s ", name, bound->kind == DYN_BOUND_INCLUSIVE ? "=" : "");
    dyn_expr_write(bound->value, out);
}

static void write_variant(struct plan_run *run, struct dynr_buf *out,
                          const struct dyn_plan_variant *variant)
{
    for (size_t i = 0; i < variant->n_guards; i++) {
        dynr_buf_append_c(out, i == 0 ? "if " : " & ");
        dynr_buf_append_c(out, variant->guards[i].wanted ? "" : "not ");
        dyn_expr_write(variant->guards[i].condition, out);
    }
    dynr_buf_append_c(out, variant->n_guards == 0 ? "" : ": ");
    if (variant->path == NULL) {
        dynr_buf_append_c(out, variant->empty ? "nothing" : "none");
        return;
    }
    struct dynr_str bindings = plan_run_bindings(run, variant);
    dynr_buf_printf(out, "%.*s(%.*s)", (int)variant->path->name.len, variant->path->name.ptr,
                    (int)bindings.len, bindings.ptr);
    if (variant->n_equal != 0) {
        dynr_buf_printf(out, " equal %zu%s", variant->n_equal,
                        variant->last_is_prefix ? " prefix" : "");
    }
    write_bound(out, ">", &variant->low);
    write_bound(out, "<", &variant->high);
    const struct dyn_plan_filter *filter = &variant->filter;
    if (filter->text.len == 0) {
        return;
    }
    dynr_buf_printf(out, " | %.*s |", (int)filter->text.len, filter->text.ptr);
    for (size_t i = 0; i < filter->n_names; i++) {
        dynr_buf_printf(out, " %.*s", (int)filter->names[i].attribute.len,
                        filter->names[i].attribute.ptr);
    }
    for (size_t i = 0; i < filter->n_values; i++) {
        dynr_buf_append_c(out, i == 0 ? " | " : ", ");
        dyn_expr_write(filter->values[i].value, out);
    }
}

static void write_query(struct plan_run *run, struct dynr_buf *out)
{
    const struct dyn_plan_procedure *procedure = plan_run_procedure(run, "r.p");
    if (procedure == NULL || procedure->query == NULL) {
        return;
    }
    for (size_t i = 0; i < procedure->query->n_variants; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : "; ");
        write_variant(run, out, &procedure->query->variants[i]);
    }
}

/* `procedure` is the text of one procedure `p`; `expected` the plan, or "3187:..." for a refusal. */
struct query_case {
    const char *procedure;
    const char *expected;
};

static void start(struct plan_run *run, const char *procedure)
{
    char source[4096];
    bool calls = strstr(procedure, "caller.") != NULL;
    snprintf(source, sizeof source, "%s%srouter r%s {\n  %s\n}\n", app, calls ? context : "",
             calls ? "(caller: Caller)" : "", procedure);
    plan_run_start(run, source, NULL);
}

static void run_queries(const struct query_case *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        struct plan_run run;
        start(&run, cases[i].procedure);
        struct dynr_buf buf = {0};
        struct dynr_str summary = plan_run_summary(&run);
        dynr_buf_append_str(&buf, summary);
        if (run.diags.n_errors == 0) {
            dynr_buf_clear(&buf);
            write_query(&run, &buf);
        }
        if (!DYNR_ASSERT_STR(dynr_buf_str(&buf), cases[i].expected)) {
            struct dynr_str text = plan_run_rendered(&run);
            fprintf(stderr, "in the case: %s\n%.*s", cases[i].procedure, (int)text.len, text.ptr);
        }
        dynr_buf_cleanup(&buf);
        plan_run_end(&run);
    }
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

static void queries_take_the_path_that_binds_most(void)
{
    static const struct query_case cases[] = {
        {"query p(l: ref List, i: id Todo) { get Todo(l, i) }", "get(list = l, id = i) equal 1"},
        {"query p(u: ref User) { get Prefs(u) }", "get(user = u)"},
        {"query p(l: ref List) { from Todo in l take 5 }", "in_list(list = l)"},
        {"query p(t: ref Todo) { from Note in t take 5 }", "in_todo(todo = t) equal 1"},
        {"query p(u: ref User) { from Prefs in u take 5 }", "get(user = u)"},
        {"query p(l: ref List, i: id Todo) { from Todo in l where .id == i take 5 }",
         "get(list = l, id = i) equal 1"},
        {"query p(l: ref List, i: id Todo) { from Todo where .list == l and i == .id take 5 }",
         "get(list = l, id = i) equal 1"},
        {"query p(u: ref User) { from List by owner == u take 5 }", "by_owner(owner = u)"},
        {"query p(u: ref User) { from List where .owner == u take 5 }", "by_owner(owner = u)"},
        {"query p() { from List by owner == caller.id take 5 }", "by_owner(owner = caller.id)"},
        {"query p(u: ref User, t: string(1..9)) { from List where .owner == u and .title == t take "
         "5 }",
         "by_owner(owner = u, title = t) equal 1"},
        {"query p(u: ref User) { from List by owner == u where .title begins_with \"a\" order "
         ".title desc take 5 }",
         "by_owner(owner = u, title = \"a\") equal 1 prefix"},
        {"query p(n: string(1..9)) { from User where .nick == n take 5 }", "by_nick(nick = n)"},
        {"query p(e: email) { from User by email == e take 1 }", "by_email(email = e)"},
        {"query p(l: ref List, u: ref User) { from Todo in l where .who == u take 5 }",
         "in_list(list = l) | #n0 = :v0 | who | u"},
        {"query p(u: ref User) { from Todo by who == u where .due != null take 5 }",
         "by_who(who = u)"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void ranges_become_bounds_and_the_rest_a_filter(void)
{
    static const struct query_case cases[] = {
        {"query p(l: ref List, d: date) { from Todo in l where .due >= d take 5 }",
         "by_due(list = l) >= d"},
        {"query p(l: ref List, d: date) { from Todo in l where d > .due take 5 }",
         "by_due(list = l) < d"},
        {"query p(l: ref List, a: date, b: date) { from Todo in l where .due > a and .due <= b "
         "take 5 }",
         "by_due(list = l) > a <= b"},
        {"query p(l: ref List, a: date, b: date) { from Todo in l where .due between a and b order "
         ".due desc take 5 }",
         "by_due(list = l) >= a <= b"},
        {"query p(l: ref List, a: date, b: date) { from Todo in l where .due > a and .due > b take "
         "5 }",
         "by_due(list = l) > a | #n0 > :v0 | due | b"},
        {"query p(l: ref List, d: date) { from Todo in l where .due == d and .done take 5 }",
         "by_due(list = l, due = d) equal 1 | #n0 = :v0 | done | true"},
        {"query p(l: ref List, d: date) { from Todo in l where .due == d and .due > d take 5 }",
         "by_due(list = l, due = d) equal 1 | #n0 > :v0 | due | d"},
        {"query p(l: ref List, d: date) { from Todo in l where .due > d order .id asc take 5 }",
         "in_list(list = l) | #n0 > :v0 | due | d"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void filters_say_what_the_expression_means(void)
{
    static const struct query_case cases[] = {
        {"query p(l: ref List) { from Todo in l where not .done take 5 }",
         "in_list(list = l) | NOT (#n0 = :v0) | done | true"},
        {"query p(l: ref List) { from Todo in l where .text != \"x\" take 5 }",
         "in_list(list = l) | attribute_exists(#n0) AND #n0 <> :v0 | text | \"x\""},
        {"query p(l: ref List) { from Todo in l where .due == null take 5 }",
         "in_list(list = l) | attribute_not_exists(#n0) | due"},
        {"query p(l: ref List) { from Todo in l where .who != null order .id asc take 5 }",
         "in_list(list = l) | attribute_exists(#n0) | who"},
        {"query p(l: ref List) { from Todo in l where .state in [open, closed] and (.n > 1 or .n < "
         "0) take 5 }",
         "in_list(list = l) | #n0 IN (:v0, :v1) AND (#n1 > :v2 OR #n1 < :v3) | state n | open, "
         "closed, 1, 0"},
        {"query p(u: ref User) { from List by owner == u where .at.city == \"x\" take 5 }",
         "by_owner(owner = u) | #n0.#n1 = :v0 | at city | \"x\""},
        {"query p(l: ref List, q: string(1..9)) { from Todo in l where .text contains q take 5 }",
         "in_list(list = l) | contains(#n0, :v0) | text | q"},
        {"query p(l: ref List) { from Todo in l where .n == .few take 5 }",
         "in_list(list = l) | #n0 = #n1 | n few"},
        {"query p(l: ref List) { from Todo in l where 3 <= .n take 5 }",
         "in_list(list = l) | #n0 >= :v0 | n | 3"},
        {"query p(l: ref List, i: id Todo) { get Todo(l, i) where .n == 1 }",
         "get(list = l, id = i) equal 1 | #n0 = :v0 | n | 1"},
        {"query p(l: ref List) { from Todo in l where not (.done or .n == 1) take 5 }",
         "in_list(list = l) | NOT (#n0 = :v0) AND NOT (#n1 = :v1) | done n | true, 1"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void switches_become_variants(void)
{
    static const struct query_case cases[] = {
        {"query p(l: ref List, all: bool) { from Todo in l where all or .done take 5 }",
         "if all: in_list(list = l); if not all: in_list(list = l) | #n0 = :v0 | done | true"},
        {"query p(l: ref List, s: State) { from Todo in l where s == any or .state == s take 5 }",
         "if s == any: in_list(list = l); if not s == any: in_list(list = l) | #n0 = :v0 | state | "
         "s"},
        {"query p(l: ref List, on: bool) { from Todo in l where on and .done take 5 }",
         "if on: in_list(list = l) | #n0 = :v0 | done | true; if not on: nothing"},
        {"query p(l: ref List, s: State) { from Todo in l where (s == any or .n == 1) and (s == "
         "open or .n == 2) take "
         "5 }",
         "if s == any: in_list(list = l) | #n0 = :v0 | n | 2; "
         "if not s == any & s == open: in_list(list = l) | #n0 = :v0 | n | 1; "
         "if not s == any & not s == open: in_list(list = l) | #n0 = :v0 AND #n0 = :v1 | n | 1, 2"},
        {"query p(l: ref List, d: date?) { from Todo in l where d == null or .due <= d take 5 }",
         "if d exists: by_due(list = l) <= d; if not d exists: in_list(list = l)"},
        {"query p(l: ref List, x: int?) { from Todo in l where .done or .n == x take 5 }",
         "if x exists: in_list(list = l) | #n0 = :v0 OR #n1 = :v1 | done n | true, x; "
         "if not x exists: in_list(list = l) | #n0 = :v0 | done | true"},
        {"query p(l: ref List, x: int?) { from Todo in l where not (.n == x) take 5 }",
         "if x exists: in_list(list = l) | NOT (#n0 = :v0) | n | x; if not x exists: in_list(list "
         "= l)"},
        {"query p(l: ref List, x: int?) { from Todo in l where .n == x take 5 }",
         "in_list(list = l) | #n0 = :v0 | n | x"},
        {"query p(l: ref List, a: bool, b: bool, c: bool, d: bool, e: bool) { from Todo in l where "
         "(a or .n == 1) and "
         "(b or .n == 2) and (c or .n == 3) and (d or .n == 4) and (e or .n == 5) take 5 }",
         "3372:e"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void what_has_no_path_is_refused(void)
{
    static const struct query_case cases[] = {
        {"query p(q: string(1..9)) { from Todo where .text contains q take 5 }", "3187:.text"},
        {"query p() { from User take 5 }", "3187:User"},
        {"query p(d: date) { from Todo where .due == d take 5 }", "3187:.due"},
        {"query p(e: email) { from User where .email == e take 5 }", "3372:User"},
        {"query p(n: string(1..9)) { from User where .nick == n and .name == n take 5 }",
         "3372:.name == n"},
        {"query p(u: ref User) { from Todo by who == u take 5 }", "3224:Todo"},
        {"query p(l: ref List) { from Todo in l order .due asc take 5 }", "3224:.due"},
        {"query p(l: ref List) { from Todo in l where .due != null or .done order .due asc take 5 "
         "}",
         "3224:.due"},
        {"query p(l: ref List) { from Todo in l order .text asc take 5 }", "3261:.text"},
        {"query p(l: ref List) { from Todo in l where .n + 1 == 2 take 5 }", "3372:.n + 1"},
        {"query p(u: ref User) { get User(u) include lists { where .title == \"x\" or .at != null "
         "take 5 } }",
         "get(id = u)"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void a_scan_is_refused_with_what_is_reachable(void)
{
    struct plan_run run;
    start(&run, "query p(q: string(1..9)) { from Todo where .text contains q take 5 }");
    DYNR_ASSERT_STR(
        plan_run_rendered(&run),
        "test.dyn:16:46: error: this query would need a Scan [DYN3187]\n"
        "   16 |   query p(q: string(1..9)) { from Todo where .text contains q take 5 }\n"
        "      |                                              ^^^^^ `text` is in no key of Todo\n"
        "      = reach: Todo in list (table), Todo in list by due (gsi1), Todo by who, due (gsi2)\n"
        "      = help: bound it to one partition: from Todo in list where .text contains q\n"
        "      = cost: a Scan reads the whole table: 12,800 read units per 100 MB, per call\n");
    plan_run_end(&run);
}

static void missing_rows_have_a_fix(void)
{
    static const struct {
        const char *procedure;
        const char *replacement;
    } cases[] = {
        {"query p(u: ref User) { from Todo by who == u take 5 }", " where .due != null"},
        {"query p(u: ref User) { from Todo by who == u where .done take 5 }", " and .due != null"},
        {"query p(u: ref User) { from Todo by who == u where .done or .n == 1 take 5 }",
         "(.done or .n == 1) and .due != null"},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        struct plan_run run;
        start(&run, cases[i].procedure);
        const struct dyn_detail *fix = NULL;
        for (size_t k = 0; k < run.diags.n_items; k++) {
            for (const struct dyn_detail *detail = run.diags.items[k]->details; detail != NULL;
                 detail = detail->next) {
                fix = detail->kind == DYN_DETAIL_FIX ? detail : fix;
            }
        }
        if (DYNR_ASSERT(fix != NULL)) {
            DYNR_ASSERT_STR(fix->text, cases[i].replacement);
            /* The fixed text compiles. */
            struct dynr_str before = run.sources.items[0].text;
            struct dynr_str fixed =
                dynr_arena_printf(&run.arena, "%.*s%.*s%.*s", (int)fix->span.start - 6,
                                  before.ptr + 6, (int)fix->text.len, fix->text.ptr,
                                  (int)(before.len - fix->span.end), before.ptr + fix->span.end);
            struct plan_run again;
            plan_run_start(&again, fixed.ptr, NULL);
            DYNR_ASSERT_STR(plan_run_summary(&again), "");
            plan_run_end(&again);
        }
        plan_run_end(&run);
    }
}

static void native_key_attributes_are_not_filtered_on(void)
{
    static const struct plan_case cases[] = {
        {"two ranges on a native sort key",
         "model M { id ulid @key  l string(1..9)  n int  index byL pk l sort n }\npublic\n"
         "router r { query p(l: string(1..9), a: int, b: int) { from M by byL == l where .n > a "
         "and .n > b take 5 } "
         "}\n",
         "3372:.n"},
        {"one range",
         "model M { id ulid @key  l string(1..9)  n int  index byL pk l sort n }\npublic\n"
         "router r { query p(l: string(1..9), a: int) { from M by byL == l where .n > a take 5 } "
         "}\n",
         ""},
        {"a filter on another attribute",
         "model M { id ulid @key  l string(1..9)  n int  index byL pk l sort n }\npublic\n"
         "router r { query p(l: string(1..9)) { from M where .l == l and .id != "
         "\"01HV6ZK3QJ8X5W2M9R4T7Y0ABC\" take 5 "
         "} }\n",
         ""},
    };
    plan_run_cases(cases, DYNR_TEST_COUNT(cases));
}

/* ---- shapes ---------------------------------------------------------------------------------------------------- */

static void includes_are_planned_with_the_row_above_as_binding(void)
{
    struct plan_run run;
    start(&run, "query p(l: ref List) { get List(l) select title, owner { name } "
                "include todos { where not .done order .id desc take 9 } }");
    DYNR_ASSERT_STR(plan_run_summary(&run), "");
    const struct dyn_plan_procedure *procedure = plan_run_procedure(&run, "r.p");
    if (procedure != NULL && procedure->query != NULL &&
        DYNR_ASSERT_INT(procedure->query->shape.n_members, 3)) {
        const struct dyn_plan_shape *shape = &procedure->query->shape;
        DYNR_ASSERT_INT(shape->members[0].kind, DYN_MEMBER_FIELD);
        const struct dyn_plan_include *owner = shape->members[1].include;
        const struct dyn_plan_include *todos = shape->members[2].include;
        if (DYNR_ASSERT(owner != NULL && todos != NULL)) {
            DYNR_ASSERT_INT(owner->kind, DYN_INCLUDE_BY_KEY);
            DYNR_ASSERT_INT(owner->shape.n_members, 1);
            DYNR_ASSERT_INT(todos->kind, DYN_INCLUDE_BY_QUERY);
            DYNR_ASSERT(todos->many && todos->descending);
            DYNR_ASSERT_STR(todos->variant.path->name, "in_list");
            DYNR_ASSERT(todos->variant.bindings[0].value == NULL);
            DYNR_ASSERT_STR(todos->variant.filter.text, "NOT (#n0 = :v0)");
        }
        /* The reference to the owner and the list's key are read, and not shown. */
        DYNR_ASSERT_INT(shape->n_hidden, 2);
    }
    plan_run_end(&run);
}

/* ---- writes ---------------------------------------------------------------------------------------------------- */

static void writes_say_how_each_field_changes(void)
{
    static const struct {
        const char *procedure;
        bool read_first;
        enum dyn_plan_change_kind kind;
        enum dyn_update_class update_class;
    } cases[] = {
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set n = .n + 2 }", false,
         DYN_CHANGE_ADD, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo, x: int) { update Todo(l, i) set n = x + .n }", false,
         DYN_CHANGE_ADD, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set n = .n - 2 }", false,
         DYN_CHANGE_ADD, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set few = .few + 1 }", true,
         DYN_CHANGE_SET, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set n = .few + 1 }", true,
         DYN_CHANGE_SET, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set n = .n + 1, done = not .done "
         "}",
         true, DYN_CHANGE_SET, DYN_UPDATE_IN_PLACE},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set due = null }", false,
         DYN_CHANGE_REMOVE, DYN_UPDATE_INDEX_KEYS},
        {"mutation p(u: ref User, n: string(1..9)) { update User(u) set nick = n }", false,
         DYN_CHANGE_SET, DYN_UPDATE_GUARD},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(cases); i++) {
        struct plan_run run;
        start(&run, cases[i].procedure);
        DYNR_ASSERT_STR(plan_run_summary(&run), "");
        const struct dyn_plan_procedure *procedure = plan_run_procedure(&run, "r.p");
        if (procedure != NULL && DYNR_ASSERT_INT(procedure->n_writes, 1)) {
            const struct dyn_plan_write *write = &procedure->writes[0];
            DYNR_ASSERT_INT(write->write_class == DYN_WRITE_READ_COMPUTE, cases[i].read_first);
            DYNR_ASSERT_INT(write->changes[0].kind, cases[i].kind);
            DYNR_ASSERT_INT(write->changes[0].update_class, cases[i].update_class);
        }
        plan_run_end(&run);
    }
}

static void writes_that_cannot_be_are_refused(void)
{
    static const struct query_case cases[] = {
        {"mutation p(l: ref List, i: id Todo, x: bool) { update Todo(l, i) set n = 1 if x }",
         "3409:x"},
        {"mutation p(l: ref List, i: id Todo) { update Todo(l, i) set n = 1 if .n + 1 == 2 }",
         "3409:.n + 1"},
        {"mutation p(l: ref List, i: id Todo, x: int?) { update Todo(l, i) set n = 1 if .done or "
         ".n == x }",
         "3409:x"},
    };
    run_queries(cases, DYNR_TEST_COUNT(cases));
}

static void transactions_have_the_services_size(void)
{
    char source[16384];
    for (int n = 100; n <= 101; n++) {
        size_t len = (size_t)snprintf(
            source, sizeof source,
            "model M { id ulid @key @auto  n int }\npublic\nrouter r { mutation p(a: int) {\n"
            "  transaction {\n");
        for (int i = 0; i < n; i++) {
            len += (size_t)snprintf(source + len, sizeof source - len, "    create M { n: a }\n");
        }
        snprintf(source + len, sizeof source - len, "  }\n} }\n");
        struct plan_run run;
        plan_run_start(&run, source, NULL);
        struct dynr_str summary = plan_run_summary(&run);
        DYNR_ASSERT(n == 100 ? summary.len == 0
                             : dynr_str_starts_with(summary, dynr_str_from_c("3557:")));
        plan_run_end(&run);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(queries_take_the_path_that_binds_most),
        DYNR_TEST(ranges_become_bounds_and_the_rest_a_filter),
        DYNR_TEST(filters_say_what_the_expression_means),
        DYNR_TEST(switches_become_variants),
        DYNR_TEST(what_has_no_path_is_refused),
        DYNR_TEST(a_scan_is_refused_with_what_is_reachable),
        DYNR_TEST(missing_rows_have_a_fix),
        DYNR_TEST(native_key_attributes_are_not_filtered_on),
        DYNR_TEST(includes_are_planned_with_the_row_above_as_binding),
        DYNR_TEST(writes_say_how_each_field_changes),
        DYNR_TEST(writes_that_cannot_be_are_refused),
        DYNR_TEST(transactions_have_the_services_size),
    };
    return dynr_test_main("plan-query", tests, DYNR_TEST_COUNT(tests));
}
