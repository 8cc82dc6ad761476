/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts of canonical text, which are stored as they come, against puts of the same items with a blank more, which go through a
 * tree: two stores must give the same answers and hold the same rows, index entries and change records.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "dynr/buf.h"
#include "local_fixture.h"

enum {
    OPERATIONS = 4000
};

struct pair {
    struct fixture f[2];
    char path[2][512];
    struct dynr_test_random random;
    /* What most attributes are chosen by: often the same again, so that puts change nothing but orders. */
    struct dynr_test_random plain;
};

static const char *pick(struct dynr_test_random *random, const char *const *choices,
                        size_t n_choices)
{
    return choices[dynr_test_random_below(random, n_choices)];
}
#define PICK(random, ...)                                                                          \
    pick((random), (const char *const[]){__VA_ARGS__},                                             \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Keys that are missing, of another type, empty or with escapes; values that are equal in another order. */
static struct dynr_str random_item(struct pair *pair, bool has_blank)
{
    struct dynr_test_random before = pair->random;
    struct dynr_test_random plain = pair->plain;
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, has_blank ? "{ " : "{");
    dynr_buf_append_c(&buf, PICK(&plain, "'pk':{'S':'a'},", "'pk':{'S':'b'},", "'pk':{'S':'b'},",
                                 "'pk':{'S':'\\n'},"));
    dynr_buf_append_c(&buf, PICK(&plain, "'n':{'N':'1'},", "'n':{'N':'2'},", "'n':{'N':'2'},", ""));
    dynr_buf_append_c(&buf,
                      PICK(&plain, "", "'g':{'S':'x'},", "'g':{'S':'y'},", "'g':{'S':'\\\"'},",
                           "'g':{'N':'1'},", "'g':{'S':''},", "'g':{'L':[]},"));
    dynr_buf_append_c(&buf, PICK(&plain, "", "'r':{'N':'1'},", "'r':{'N':'-2.5'},",
                                 "'r':{'S':'1'},", "'r':{'N':'1'},", "'r':{'N':'1.0'},"));
    dynr_buf_append_c(&buf, PICK(&plain, "", "'l':{'N':'7'},", "'l':{'N':'8'},"));
    dynr_buf_append_c(&buf, PICK(&pair->random, "", "'t':{'S':'t'},", "'t':{'B':'AQ=='},",
                                 "'t':{'SS':['x','y']},", "'t':{'SS':['y','x']},",
                                 "'t':{'SS':['x','x']},"));
    dynr_buf_append_c(&buf, PICK(&pair->random, "", "'m':{'M':{'a':{'N':'1'},'b':{'S':'2'}}},",
                                 "'m':{'M':{'b':{'S':'2'},'a':{'N':'1'}}},",
                                 "'m':{'M':{'a':{'N':'2'},'b':{'S':'2'}}},"));
    dynr_buf_append_c(&buf, PICK(&pair->random, "'sk':{'S':'1'}}", "'sk':{'S':'2'}}",
                                 "'sk':{'S':'2'}}", "'sk':{'S':'1'},'pk':{'S':'a'}}",
                                 "'sk':{'N':'1'}}", "'u':{'NULL':true}}"));
    for (size_t i = 0; i < buf.len; i++) {
        buf.ptr[i] = buf.ptr[i] == '\'' ? '"' : buf.ptr[i];
    }
    struct dynr_str text = dynr_arena_dup(&pair->f[has_blank].arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    if (!has_blank) {
        /* The other store gets the same item. */
        pair->random = before;
    }
    return text;
}

static void choose_condition(struct pair *pair, struct dynr_request *request)
{
    const char *condition =
        PICK(&pair->random, "", "", "", "attribute_exists(pk)", "attribute_not_exists(g)", "n = :v",
             "n <> :v AND attribute_type(t, :s)", "m.a = :v", "size(t) > :v", "t = t OR m = m",
             "size(g) >= :v OR contains(t, :s)");
    request->condition = dynr_str_from_c(condition);
    bool has_v = strstr(condition, ":v") != NULL;
    bool has_s = strstr(condition, ":s") != NULL;
    request->values = dynr_str_from_c(has_v && has_s ? "{\":v\":{\"N\":\"1\"},\":s\":{\"S\":\"S\"}}"
                                      : has_v        ? "{\":v\":{\"N\":\"1\"}}"
                                                     : "");
    request->return_values =
        dynr_test_random_below(&pair->random, 3) == 0 ? DYNR_RETURN_ALL_OLD : DYNR_RETURN_NONE;
    request->return_old_on_failure = dynr_test_random_below(&pair->random, 2) == 0;
}

static bool run_one(struct pair *pair)
{
    struct dynr_request requests[2] = {put_request(""), put_request("")};
    enum dynr_status status[2];
    if (dynr_test_random_below(&pair->random, 6) == 0) {
        pair->plain.state = dynr_test_random_next(&pair->random);
    }
    for (int i = 0; i < 2; i++) {
        dynr_arena_reset(&pair->f[i].arena);
        requests[i].item = random_item(pair, i == 1);
    }
    choose_condition(pair, &requests[0]);
    requests[1].condition = requests[0].condition;
    requests[1].values = requests[0].values;
    requests[1].return_values = requests[0].return_values;
    requests[1].return_old_on_failure = requests[0].return_old_on_failure;
    for (int i = 0; i < 2; i++) {
        pair->f[i].err.message[0] = '\0';
        status[i] = fixture_call(&pair->f[i], &requests[i]);
    }
    bool same = DYNR_ASSERT_STATUS(status[0], status[1]) &&
                DYNR_ASSERT(strcmp(pair->f[0].err.message, pair->f[1].err.message) == 0) &&
                DYNR_ASSERT(dynr_str_equal(pair->f[0].response.item, pair->f[1].response.item));
    if (!same) {
        (void)fprintf(stderr, "# %.*s if %.*s: %s / %s\n", (int)requests[0].item.len,
                      requests[0].item.ptr, (int)requests[0].condition.len,
                      requests[0].condition.ptr, pair->f[0].err.message, pair->f[1].err.message);
    }
    return same;
}

static bool same_column(sqlite3_stmt *const statements[2], int column)
{
    int size = sqlite3_column_bytes(statements[0], column);
    return sqlite3_column_type(statements[0], column) ==
               sqlite3_column_type(statements[1], column) &&
           size == sqlite3_column_bytes(statements[1], column) &&
           (size == 0 || memcmp(sqlite3_column_blob(statements[0], column),
                                sqlite3_column_blob(statements[1], column), (size_t)size) == 0);
}

/* Returns how many rows the relation has, the same in both files; -1 when they differ. */
static int compare_relation(sqlite3 *const dbs[2], const char *relation)
{
    char sql[128];
    sqlite3_stmt *statements[2] = {NULL, NULL};
    int n_rows = 0;
    bool same = true;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2, 3", relation);
    for (int i = 0; i < 2; i++) {
        same =
            DYNR_ASSERT_INT(sqlite3_prepare_v2(dbs[i], sql, -1, &statements[i], NULL), SQLITE_OK) &&
            same;
    }
    while (same) {
        int codes[2] = {sqlite3_step(statements[0]), sqlite3_step(statements[1])};
        same = DYNR_ASSERT_INT(codes[0], codes[1]);
        for (int i = 0; same && i < sqlite3_data_count(statements[0]); i++) {
            same = DYNR_ASSERT(same_column(statements, i));
        }
        if (codes[0] != SQLITE_ROW) {
            break;
        }
        n_rows++;
    }
    (void)sqlite3_finalize(statements[0]);
    (void)sqlite3_finalize(statements[1]);
    return same ? n_rows : -1;
}

static void compare_files(const struct pair *pair)
{
    sqlite3 *dbs[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        DYNR_ASSERT_INT(sqlite3_open(pair->path[i], &dbs[i]), SQLITE_OK);
    }
    DYNR_ASSERT(compare_relation(dbs, "t1") > 0);
    DYNR_ASSERT(compare_relation(dbs, "x1_0") >= 0);
    DYNR_ASSERT(compare_relation(dbs, "x1_1") >= 0);
    DYNR_ASSERT(compare_relation(dbs, "x1_2") >= 0);
    DYNR_ASSERT(compare_relation(dbs, "stream_record") > OPERATIONS / 20);
    (void)sqlite3_close(dbs[0]);
    (void)sqlite3_close(dbs[1]);
}

static void text_is_stored_as_its_tree_would_be(void)
{
    static struct pair pair;
    pair.random.state = 7;
    pair.plain.state = 7;
    for (int i = 0; i < 2; i++) {
        fixture_path(pair.path[i], sizeof pair.path[i], i == 0 ? "canonical" : "blank");
        fixture_open(&pair.f[i], pair.path[i], DYNR_DURABILITY_NONE);
    }
    for (int i = 0; i < OPERATIONS; i++) {
        if (!run_one(&pair)) {
            break;
        }
    }
    compare_files(&pair);
    for (int i = 0; i < 2; i++) {
        fixture_close(&pair.f[i]);
        (void)unlink(pair.path[i]);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {DYNR_TEST(text_is_stored_as_its_tree_would_be)};
    return dynr_test_main("local-put-text", tests, DYNR_TEST_COUNT(tests));
}
