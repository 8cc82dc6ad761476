/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever allocation fails, the answer is NO_MEMORY, and nothing is lost. */
#include "ddb_fixture.h"

#define ITEM                                                                                       \
    "{'pk':{'S':'a\\u0062c'},'n':{'N':'1.50'},'b':{'B':'AQID'},'ss':{'SS':['a','b','c']},'l':{'L'" \
    ":[{'S':'x'},{'M':{'k':{'N':'007'}}}]},"                                                       \
    "'m':{'M':{'a':{'S':'1'},'b':{'S':'1'},'c':{'S':'1'},'d':{'S':'1'},'e':{'S':'1'},'f':{'S':'1'" \
    "},'g':{'S':'1'},'h':{'S':'1'},'i':{'S':'1'}}}}"
#define VALUES                                                                                     \
    "{':n':{'N':'5'},':s':{'SS':['b','z']},':l':{'L':[{'S':'q'}]},':t':{'S':'"                     \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}"

/* Everything the layer does, once; the first status that is not OK. */
static enum dynr_status run_all(struct dynr_arena *arena, const struct dynr_str texts[3],
                                struct dynr_error *err)
{
    static const struct {
        enum dynr_expression_kind kind;
        const char *text;
    } expressions[] = {
        {DYNR_EXPRESSION_CONDITION, "(contains(pk, :t) OR size(l) > :n) AND #l[1].k BETWEEN :n AND "
                                    ":n OR NOT n IN (:n, :l, :s)"},
        {DYNR_EXPRESSION_UPDATE, "SET n = n + :n, l = list_append(l, :l), m.x = if_not_exists(m.y, "
                                 ":t) ADD q :n DELETE ss :s REMOVE m.a"},
        {DYNR_EXPRESSION_PROJECTION, "#l[1].k, m.b, n"},
    };
    struct dynr_attribute item;
    struct dynr_bindings bindings;
    enum dynr_status status = dynr_item_parse(texts[0], arena, &item, err);
    if (status == DYNR_OK) {
        status = dynr_bindings_parse(texts[1], texts[2], arena, &bindings, err);
    }
    for (size_t i = 0; i < 3 && status == DYNR_OK; i++) {
        const struct dynr_expression *parsed;
        const struct dynr_bound_expression *bound = NULL;
        struct dynr_attribute out;
        struct dynr_attribute old;
        bool holds;
        status = dynr_expression_parse(expressions[i].kind, dynr_str_from_c(expressions[i].text),
                                       arena, &parsed, err);
        if (status == DYNR_OK) {
            status = dynr_expression_bind(parsed, &bindings, arena, &bound, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
        status = i == 0   ? dynr_condition_holds(bound, &item, arena, &holds, err)
                 : i == 1 ? dynr_update_apply(bound, &item, NULL, 0, arena, &out, &old, &out, err)
                          : dynr_projection_apply(bound, &item, arena, &out, err);
    }
    return status;
}

static void every_failing_allocation_is_reported(void)
{
    struct dynr_arena text_arena = {0};
    struct dynr_str texts[3] = {ddb_json(&text_arena, ITEM), ddb_json(&text_arena, "{'#l':'l'}"),
                                ddb_json(&text_arena, VALUES)};
    struct dynr_error err = {0};
    size_t fail_at = 1;
    for (;; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        dynr_error_clear(&err);
        enum dynr_status status = run_all(&arena, texts, &err);
        bool reached = memory.n_requests >= fail_at;
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
        if (!DYNR_ASSERT_STATUS(status, reached ? DYNR_ERR_NO_MEMORY : DYNR_OK) || !reached) {
            break;
        }
        DYNR_ASSERT_STATUS(err.status, DYNR_ERR_NO_MEMORY);
    }
    DYNR_ASSERT(fail_at > 1);
    dynr_arena_cleanup(&text_arena);
}

static void every_limit_of_an_arena_is_reported(void)
{
    struct dynr_arena text_arena = {0};
    struct dynr_str texts[3] = {ddb_json(&text_arena, ITEM), ddb_json(&text_arena, "{'#l':'l'}"),
                                ddb_json(&text_arena, VALUES)};
    struct dynr_error err = {0};
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    for (size_t limit = 64; status != DYNR_OK && limit < 1000000; limit += 64) {
        struct dynr_arena arena;
        dynr_arena_init(&arena, NULL, limit);
        status = run_all(&arena, texts, &err);
        dynr_arena_cleanup(&arena);
        if (status != DYNR_OK && !DYNR_ASSERT_STATUS(status, DYNR_ERR_NO_MEMORY)) {
            break;
        }
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    dynr_arena_cleanup(&text_arena);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(every_failing_allocation_is_reported),
    DYNR_TEST(every_limit_of_an_arena_is_reported),
};

int main(void)
{
    return dynr_test_main("ddb-memory", tests, DYNR_TEST_COUNT(tests));
}
