/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever allocation fails, the answer is NO_MEMORY, and nothing is lost. */
#include "partiql_show.h"
#include "test_main.h"
#include "test_tools.h"

static void walk(const char *text)
{
    size_t fail_at = 1;
    for (;; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct dynr_error err = {0};
        const struct dynr_partiql_statement *statement;
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        enum dynr_status status =
            dynr_partiql_parse(dynr_str_from_c(text), &arena, &statement, &err);
        bool reached = memory.n_requests >= fail_at;
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        if (!DYNR_ASSERT_STATUS(status, reached ? DYNR_ERR_NO_MEMORY : DYNR_OK) || !reached) {
            break;
        }
    }
    DYNR_ASSERT(fail_at > 1);
}

/* The same by bytes, so that every place is met whatever the arena's chunks are. */
static void walk_bytes(const char *text)
{
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    size_t limit = 64;
    for (; status == DYNR_ERR_NO_MEMORY && limit < 100000; limit += 64) {
        struct dynr_arena arena;
        struct dynr_error err = {0};
        const struct dynr_partiql_statement *statement;
        dynr_arena_init(&arena, NULL, limit);
        status = dynr_partiql_parse(dynr_str_from_c(text), &arena, &statement, &err);
        dynr_arena_cleanup(&arena);
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    DYNR_ASSERT(limit > 128);
}

static void every_failing_allocation_is_reported(void)
{
    static const char *const texts[] = {
        "SELECT a[0].\"b\"\"c\", d FROM t.i WHERE a = 'it''s' AND (b < -1 OR NOT c IN (1, ?)) AND "
        "d "
        "BETWEEN 1 AND 2 AND e IS NOT MISSING AND f(a) AND g NOT IN [2] ORDER BY a, b DESC",
        "INSERT INTO t VALUE {'a': [1, {}, <<>>], 'b': <<'x', ?>>, 'c': NULL}",
        "UPDATE t SET a = a + 1, b = f(b, [?]) REMOVE c, d[1] WHERE k = -1 RETURNING ALL NEW *",
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(texts); i++) {
        walk(texts[i]);
        walk_bytes(texts[i]);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(every_failing_allocation_is_reported),
    };
    return dynr_test_main("partiql-memory", tests, DYNR_TEST_COUNT(tests));
}
