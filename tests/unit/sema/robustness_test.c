/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that nobody would write: thousands of mutations of the example, deep nesting, and large inputs. Nothing
 * crashes, and a program without errors is whole.
 */
#include "sema_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fixture.h"
#include "support/test_main.h"
#include "support/test_tools.h"

#define N_MUTATIONS 4000
#define MAX_TOKENS  4096

static const char example[] =
    "dyn 1\n"
    "table App { targets embedded, dynamodb  keys packed  gsi max 3 }\n"
    "enum Show { open = 1  closed = 2  all = 3 }\n"
    "context Caller { userId ulid @claim(\"sub\")  tenant string(..40)? @claim(\"org\") }\n"
    "public\n" TODO_FIXTURE "model Old {\n  org string(..9) @key\n  n int @key\n  key pk "
    "\"ORG#{org}\" sk \"N#{n}\"\n  index byN \"gsi_n\" pk n sort org\n}\n"
    "router todos(caller: Caller) {\n"
    "  query list(list: ref TodoList, show: Show = open, first: int(1..200) = 50) {\n"
    "    from Todo in list where show == all or .done == (show == closed) order .id desc take "
    "first\n"
    "    select id, text, done, priority, due, steps, assignee { id, name }\n"
    "  }\n"
    "  query board(list: ref TodoList) {\n"
    "    get TodoList(list) include todos { where not .done order .id desc take 100 } include "
    "owner\n"
    "  }\n"
    "  query mine() { from Todo by assignee == caller.userId where .due != null order .due asc "
    "take 50 }\n"
    "  query search(list: ref TodoList, text: string(2..200)) once {\n"
    "    from Todo in list where .text contains text and .effort in [1, 2] and .price between 1 "
    "and 2.5 take 20\n"
    "  }\n"
    "  mutation add(list: ref TodoList, text: string(1..2000), priority: Priority = normal) -> "
    "Todo {\n"
    "    create Todo { list, text, priority }\n"
    "  }\n"
    "  mutation toggle(list: ref TodoList, id: id Todo) -> Todo {\n"
    "    update Todo(list, id) set done = not .done, effort = .effort + 1, first = { label: \"x\" "
    "} if .due exists\n"
    "  }\n"
    "  mutation both(list: ref TodoList, name: string(1..80), expect: version) {\n"
    "    transaction {\n"
    "      update User(caller.userId) set name = name expecting expect\n"
    "      delete TodoList(list)\n"
    "    }\n"
    "  }\n"
    "  mutation importCsv(list: ref TodoList, csv: string(..24000)) -> int = extern "
    "\"todos_import_csv\" writes Todo\n"
    "}\n";

/* ---- mutations ------------------------------------------------------------------------------------------------------- */

struct tokens {
    struct dynr_str items[MAX_TOKENS];
    size_t n_items;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Words, strings, and single characters; white space is dropped, lines stay apart. */
static void split(struct dynr_str text, struct tokens *out)
{
    out->n_items = 0;
    size_t i = 0;
    while (i < text.len && out->n_items < MAX_TOKENS) {
        size_t start = i;
        if (text.ptr[i] == ' ') {
            i++;
            continue;
        }
        if (is_word(text.ptr[i])) {
            while (i < text.len && is_word(text.ptr[i])) {
                i++;
            }
        } else if (text.ptr[i] == '"') {
            i++;
            while (i < text.len && text.ptr[i] != '"') {
                i++;
            }
            i++;
        } else {
            i++;
        }
        out->items[out->n_items++] = dynr_str_make(text.ptr + start, i - start);
    }
}

static void mutate(struct tokens *tokens, struct dynr_test_random *random)
{
    size_t at = (size_t)dynr_test_random_below(random, tokens->n_items);
    size_t other = (size_t)dynr_test_random_below(random, tokens->n_items);
    switch (dynr_test_random_below(random, 4)) {
    case 0:
        memmove(&tokens->items[at], &tokens->items[at + 1],
                (tokens->n_items - at - 1) * sizeof tokens->items[0]);
        tokens->n_items--;
        break;
    case 1:
        if (tokens->n_items < MAX_TOKENS) {
            memmove(&tokens->items[at + 1], &tokens->items[at],
                    (tokens->n_items - at) * sizeof tokens->items[0]);
            tokens->n_items++;
        }
        break;
    case 2: {
        struct dynr_str swapped = tokens->items[at];
        tokens->items[at] = tokens->items[other];
        tokens->items[other] = swapped;
        break;
    }
    default:
        tokens->items[at] = tokens->items[other];
        break;
    }
}

static void join(const struct tokens *tokens, struct dynr_buf *out)
{
    dynr_buf_clear(out);
    for (size_t i = 0; i < tokens->n_items; i++) {
        dynr_buf_append_str(out, tokens->items[i]);
        bool glue = tokens->items[i].len == 1 && !is_word(tokens->items[i].ptr[0]);
        bool next_glue = i + 1 < tokens->n_items && tokens->items[i + 1].len == 1 &&
                         !is_word(tokens->items[i + 1].ptr[0]);
        if (!glue && !next_glue) {
            dynr_buf_append_char(out, ' ');
        }
    }
}

/* False: the run broke a promise; the source is printed. */
static bool check_mutation(struct dynr_str text)
{
    const struct sema_file file = {"test.dyn", text};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    bool good = run.program != NULL && (run.diags.n_errors > 0 || sema_run_is_sound(&run));
    struct dynr_str summary = sema_run_summary(&run);
    good = good && sema_run_spans_are_inside(&run);
    if (run.diags.n_errors == 0) {
        struct dynr_buf dump;
        dynr_buf_init(&dump, NULL, 0);
        dyn_program_dump(run.program, &dump);
        good = good && dump.len > 0;
        dynr_buf_cleanup(&dump);
    }
    if (!good) {
        fprintf(stderr, "%.*s\n%.*s\n", (int)text.len, text.ptr, (int)summary.len, summary.ptr);
    }
    sema_run_end(&run);
    return good;
}

static void mutations_never_crash_and_never_pass_with_poison(void)
{
    struct dynr_test_random random = {UINT64_C(0x5EED)};
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    const char *wanted = getenv("DYN_TEST_MUTATIONS");
    long n_mutations = wanted == NULL ? N_MUTATIONS : strtol(wanted, NULL, 10);
    static struct tokens original;
    static struct tokens tokens;
    split(dynr_str_from_c(example), &original);
    for (long i = 0; i < n_mutations; i++) {
        tokens = original;
        uint64_t n_steps = 1 + dynr_test_random_below(&random, 3);
        for (uint64_t step = 0; step < n_steps; step++) {
            mutate(&tokens, &random);
        }
        join(&tokens, &text);
        if (!DYNR_ASSERT(check_mutation(dynr_buf_str(&text)))) {
            break;
        }
    }
    dynr_buf_cleanup(&text);
}

static void the_example_itself_is_whole(void)
{
    static struct tokens tokens;
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    split(dynr_str_from_c(example), &tokens);
    join(&tokens, &text);
    const struct sema_file file = {"test.dyn", dynr_buf_str(&text)};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    DYNR_ASSERT_STR(sema_run_summary(&run), "");
    DYNR_ASSERT(sema_run_is_sound(&run));
    sema_run_end(&run);
    dynr_buf_cleanup(&text);
}

/* ---- depth ------------------------------------------------------------------------------------------------------------- */

/* Runs `text` and says which code was reported first, 0 for none. */
static int first_code(const struct dynr_buf *text)
{
    const struct sema_file file = {"test.dyn", dynr_buf_str(text)};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    int code = run.diags.n_items == 0 ? 0 : (int)run.diags.items[0]->code;
    DYNR_ASSERT(run.diags.n_errors > 0 || sema_run_is_sound(&run));
    sema_run_end(&run);
    return code;
}

static int code_of_models_in_a_chain(size_t n, const char *more)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "dyn 1\n");
    for (size_t i = 0; i < n; i++) {
        dynr_buf_printf(&text, "model M%zu in p: M%zu %s {\n  a int\n}\n", i, i + 1, more);
    }
    dynr_buf_printf(&text, "model M%zu {\n  id int @key\n}\n", n);
    int code = first_code(&text);
    dynr_buf_cleanup(&text);
    return code;
}

static void deep_nesting_is_refused(void)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "dyn 1\nmodel M {\n  id ulid @key\n  a ");
    for (int i = 0; i < 40; i++) {
        dynr_buf_append_c(&text, "map<");
    }
    dynr_buf_append_c(&text, "int");
    for (int i = 0; i < 40; i++) {
        dynr_buf_append_c(&text, ">(max 2)");
    }
    dynr_buf_append_c(&text, "\n}\n");
    DYNR_ASSERT_INT(first_code(&text), DYN_CODE_TOO_DEEP);
    dynr_buf_clear(&text);
    dynr_buf_append_c(&text, "dyn 1\n");
    for (int i = 0; i < 5000; i++) {
        dynr_buf_printf(&text, "struct S%d { a S%d }\n", i, i + 1);
    }
    dynr_buf_append_c(&text, "struct S5000 { a int }\n");
    DYNR_ASSERT_INT(first_code(&text), DYN_CODE_TOO_DEEP);
    dynr_buf_cleanup(&text);
    DYNR_ASSERT_INT(code_of_models_in_a_chain(60, "single"), 0);
    DYNR_ASSERT_INT(code_of_models_in_a_chain(5000, "single"), DYN_CODE_KEY_TOO_LONG);
}

/* Two references to the next model each: the width doubles. */
static void wide_keys_are_refused(void)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "dyn 1\n");
    for (int i = 0; i < 50; i++) {
        dynr_buf_printf(&text, "model M%d {\n  a M%d @key\n  b M%d @key\n}\n", i, i + 1, i + 1);
    }
    dynr_buf_append_c(&text, "model M50 {\n  id int @key\n}\n");
    DYNR_ASSERT_INT(first_code(&text), DYN_CODE_KEY_TOO_LONG);
    dynr_buf_cleanup(&text);
}

static int code_of_or_chain(int n_outer, int n_inner)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append_c(&text, "dyn 1\n" TODO_FIXTURE
                             "router r { query q(list: ref TodoList) { from Todo in list where ");
    for (int i = 0; i < n_outer; i++) {
        for (int j = 0; j < n_inner; j++) {
            dynr_buf_append_c(&text, "true or ");
        }
        dynr_buf_append_char(&text, '(');
    }
    dynr_buf_append_c(&text, ".done");
    for (int i = 0; i < n_outer; i++) {
        dynr_buf_append_char(&text, ')');
    }
    dynr_buf_append_c(&text, " take 5 } }\n");
    int code = first_code(&text);
    dynr_buf_cleanup(&text);
    return code;
}

static void long_chains_of_operators_are_refused(void)
{
    DYNR_ASSERT_INT(code_of_or_chain(1, 200), 0);
    DYNR_ASSERT_INT(code_of_or_chain(1, 400), DYN_CODE_TOO_DEEP);
    DYNR_ASSERT_INT(code_of_or_chain(1, 100000), DYN_CODE_TOO_DEEP);
}

/* ---- size -------------------------------------------------------------------------------------------------------------- */

static void write_models(struct dynr_buf *out, int n)
{
    dynr_buf_append_c(out, "dyn 1\n");
    for (int i = 0; i < n; i++) {
        dynr_buf_printf(
            out,
            "model Model%d {\n  id ulid @key @auto\n  name string(1..80)\n  done bool = false\n"
            "  next Model%d? @index(sort: name)\n  use timestamps\n}\n",
            i, (i + 1) % n);
    }
}

static double milliseconds_for(int n_models)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    write_models(&text, n_models);
    const struct sema_file file = {"test.dyn", dynr_buf_str(&text)};
    struct sema_run run;
    clock_t start = clock();
    sema_run_start(&run, &file, 1);
    double taken = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;
    DYNR_ASSERT_INT(run.diags.n_errors, 0);
    DYNR_ASSERT_INT(run.program->n_models, n_models);
    sema_run_end(&run);
    dynr_buf_cleanup(&text);
    return taken;
}

/* Time grows with the input, not with its square; the bound leaves room for busy machines and sanitizers. */
static void time_is_linear_in_the_input(void)
{
    double small = milliseconds_for(1000);
    double large = milliseconds_for(10000);
    fprintf(stderr, "1,000 models: %.1f ms; 10,000 models: %.1f ms\n", small, large);
    DYNR_ASSERT(large < 40 * (small + 1));
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(the_example_itself_is_whole),
        DYNR_TEST(mutations_never_crash_and_never_pass_with_poison),
        DYNR_TEST(deep_nesting_is_refused),
        DYNR_TEST(wide_keys_are_refused),
        DYNR_TEST(long_chains_of_operators_are_refused),
        DYNR_TEST(time_is_linear_in_the_input),
    };
    return dynr_test_main("sema robustness", tests, DYNR_TEST_COUNT(tests));
}
