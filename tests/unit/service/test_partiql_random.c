/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a WHERE clause is made of, it selects what it says: a condition that may become a Query answers the items that the same
 * condition answers behind NOT NOT, which is always a Scan with a filter; and its negation answers the others.
 */
#include "partiql_fixture.h"

#include "dynr/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_PARTITIONS = 3,
    N_SORTS = 5,
    N_ITEMS = N_PARTITIONS * N_SORTS,
};

static void call(struct service_fixture *fixture, const char *text, int http_status,
                 struct dynr_service_answer *out)
{
    char *body = partiql_body(text);
    *out = service_call(fixture, "ExecuteStatement", body);
    if (!DYNR_ASSERT_INT(out->http_status, http_status)) {
        (void)fprintf(stderr, "# %s\n# %.*s\n", text, (int)out->body.len, out->body.ptr);
    }
    free(body);
}

static void seed(struct service_fixture *fixture)
{
    char text[200];
    struct dynr_service_answer answer;
    service_fixture_open(fixture);
    SERVICE_RUN(fixture, service_tables);
    for (int i = 0; i < N_ITEMS; i++) {
        (void)snprintf(text, sizeof text,
                       "{'Statement':'INSERT INTO app VALUE {`pk`:`p%d`,`sk`:%d,`id`:`%c`,`g`:`p%d`"
                       ",`l`:%d%s}'}",
                       i / N_SORTS, i % N_SORTS, 'a' + i, i % N_PARTITIONS, i * 7 % N_ITEMS,
                       i % 4 == 0 ? "" : ",`v`:1");
        call(fixture, text, 200, &answer);
    }
}

/* ---- conditions ---- */

static void write_condition(struct dynr_test_random *random, const char *partition,
                            const char *sort, int depth, struct dynr_buf *out)
{
    static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
    unsigned a = (unsigned)dynr_test_random_below(random, N_SORTS + 1);
    unsigned b = (unsigned)dynr_test_random_below(random, N_SORTS + 1);
    const char *op = operators[dynr_test_random_below(random, 6)];
    switch (dynr_test_random_below(random, depth > 0 ? 15 : 11)) {
    case 0:
    case 1:
        dynr_buf_printf(out, "%s = `p%u`", partition, a);
        break;
    case 2:
        dynr_buf_printf(out, "`p%u` = %s", a, partition);
        break;
    case 3:
        dynr_buf_printf(out, "%s IN [`p%u`, `p%u`]", partition, a, a + 1);
        break;
    case 4:
        dynr_buf_printf(out, "%s %s %u", sort, op, a);
        break;
    case 5:
        dynr_buf_printf(out, "%u %s %s", a, op, sort);
        break;
    case 6:
        dynr_buf_printf(out, "%s BETWEEN %u AND %u", sort, a < b ? a : b, a < b ? b : a);
        break;
    case 7:
        dynr_buf_printf(out, "%s IN (%u, %u)", sort, a, b);
        break;
    case 8:
        dynr_buf_printf(out, "v IS %sMISSING", a % 2 == 0 ? "" : "NOT ");
        break;
    case 9:
        dynr_buf_printf(out, "begins_with(%s, `p%u`)", partition, a);
        break;
    case 10:
        dynr_buf_printf(out, "%s %s `p%u`", partition, op, a);
        break;
    case 11:
        dynr_buf_append_c(out, "NOT (");
        write_condition(random, partition, sort, depth - 1, out);
        dynr_buf_append_char(out, ')');
        break;
    case 12:
        dynr_buf_append_char(out, '(');
        write_condition(random, partition, sort, depth - 1, out);
        dynr_buf_append_c(out, " OR ");
        write_condition(random, partition, sort, depth - 1, out);
        dynr_buf_append_char(out, ')');
        break;
    default:
        write_condition(random, partition, sort, depth - 1, out);
        dynr_buf_append_c(out, " AND ");
        write_condition(random, partition, sort, depth - 1, out);
        break;
    }
}

/* ---- answers ---- */

/* Which items a statement answers, as a set of bits; each once. */
static unsigned select_items(struct service_fixture *fixture, const char *from, const char * not,
                             struct dynr_str condition)
{
    static const char begin[] = "{\"id\":{\"S\":\"";
    struct dynr_buf text = {0};
    struct dynr_service_answer answer;
    unsigned items = 0;
    dynr_buf_printf(&text, "{'Statement':'SELECT id FROM %s WHERE %s(%.*s)'}", from, not,
                    (int)condition.len, condition.ptr);
    dynr_buf_append_char(&text, '\0');
    if (!DYNR_ASSERT(dynr_buf_ok(&text))) {
        return 0;
    }
    call(fixture, text.ptr, 200, &answer);
    for (size_t i = 0; i + sizeof begin < answer.body.len; i++) {
        if (memcmp(answer.body.ptr + i, begin, sizeof begin - 1) == 0) {
            unsigned bit = 1u << (answer.body.ptr[i + sizeof begin - 1] - 'a');
            DYNR_ASSERT((items & bit) == 0);
            items |= bit;
        }
    }
    dynr_buf_cleanup(&text);
    return items;
}

static void compare(struct service_fixture *fixture, struct dynr_test_random *random,
                    const char *from, const char *partition, const char *sort)
{
    unsigned n_some = 0;
    for (int i = 0; i < 400; i++) {
        struct dynr_buf condition = {0};
        write_condition(random, partition, sort, 3, &condition);
        struct dynr_str text = dynr_buf_str(&condition);
        unsigned all = (1u << N_ITEMS) - 1;
        unsigned items = select_items(fixture, from, "", text);
        n_some += items != 0 && items != all ? 1 : 0;
        if (!DYNR_ASSERT_INT(items, select_items(fixture, from, "NOT NOT ", text)) ||
            !DYNR_ASSERT_INT(items ^ all, select_items(fixture, from, "NOT ", text))) {
            (void)fprintf(stderr, "# %.*s\n", (int)text.len, text.ptr);
            dynr_buf_cleanup(&condition);
            return;
        }
        dynr_buf_cleanup(&condition);
    }
    DYNR_ASSERT(n_some > 50);
}

static void conditions_select_what_they_say(void)
{
    struct service_fixture f;
    struct dynr_test_random random = {.state = 11};
    seed(&f);
    compare(&f, &random, "app", "pk", "sk");
    compare(&f, &random, "app.by_l", "pk", "l");
    compare(&f, &random, "app.by_g", "g", "sk");
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(conditions_select_what_they_say),
    };
    return dynr_test_main("service-partiql-random", tests, DYNR_TEST_COUNT(tests));
}
