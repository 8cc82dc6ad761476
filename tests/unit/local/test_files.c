/* SPDX-License-Identifier: Apache-2.0 */
/* Exports, imports, a store of one's own, and damage: what is wrong is found, named and left as it is. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"
#define ITEM_B "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"
#define ITEM_C "{\"pk\":{\"S\":\"c\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static char path[512];
static char other_path[560];

static const struct dynr_index_definition copy_indexes[] = {
    {.name = {"by_group", 8}, .partition_key = {{"g", 1}, 'S'}, .sort_key = {{"r", 1}, 'N'}}};
static const struct dynr_table_definition copy_table = {.name = {"copy", 4},
                                                        .partition_key = {{"pk", 2}, 'S'},
                                                        .sort_key = {{"sk", 2}, 'S'},
                                                        .indexes = copy_indexes,
                                                        .n_indexes = 1,
                                                        .stream = true};

static void write_text(const char *file_path, const char *text)
{
    FILE *file = fopen(file_path, "wb");
    DYNR_ASSERT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void open_files(struct fixture *f, const char *name)
{
    fixture_path(path, sizeof path, name);
    fixture_open(f, path, DYNR_DURABILITY_NONE);
    (void)snprintf(other_path, sizeof other_path, "%s.json", path);
    (void)unlink(other_path);
}

static void close_files(struct fixture *f)
{
    fixture_close(f);
    (void)unlink(path);
    (void)unlink(other_path);
}

static enum dynr_status import_copy(struct fixture *f, uint64_t *out_n_items,
                                    uint64_t *out_n_replaced)
{
    dynr_error_clear(&f->err);
    return dynr_local_import(f->backend, &copy_table, other_path, out_n_items, out_n_replaced,
                             &f->err);
}

/* ---- export and import ---- */

static void tables_come_back_from_their_exports(void)
{
    enum {
        ITEMS = 1000
    };
    struct fixture f;
    uint64_t n_items;
    uint64_t n_replaced = 1;
    size_t n_copied;
    open_files(&f, "export");
    for (int i = 0; i < ITEMS; i++) {
        char item[200];
        (void)snprintf(
            item, sizeof item,
            "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"\\u00e9\\\"\\n\"},\"g\":{\"S\":\"g%d\"},"
            "\"r\":{\"N\":\"%d\"},\"m\":{\"M\":{\"l\":{\"L\":[{\"BOOL\":true}]}}}}",
            i, i % 3, i);
        fixture_put(&f, item);
    }
    DYNR_ASSERT_STATUS(dynr_local_export(f.backend, TEXT("app"), other_path, &n_items, &f.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(n_items, ITEMS);
    uint64_t before;
    uint64_t after;
    DYNR_ASSERT_STATUS(dynr_local_stream_position(f.backend, &before, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(import_copy(&f, &n_items, &n_replaced), DYNR_OK);
    DYNR_ASSERT_INT(n_items, ITEMS);
    DYNR_ASSERT_INT(n_replaced, 0);
    DYNR_ASSERT_STATUS(dynr_local_stream_position(f.backend, &after, &f.err), DYNR_OK);
    DYNR_ASSERT_INT(after, before);
    struct dynr_request scan = scan_request();
    struct dynr_str *items = fixture_pages(&f, scan, 0, &n_copied);
    scan.table = copy_table.name;
    struct dynr_str *copies = fixture_pages(&f, scan, 0, &n_copied);
    DYNR_ASSERT_INT(n_copied, ITEMS);
    for (size_t i = 0; i < n_copied; i++) {
        DYNR_ASSERT(dynr_str_equal(copies[i], items[i]));
    }
    scan.index = TEXT("by_group");
    (void)fixture_pages(&f, scan, 0, &n_copied);
    DYNR_ASSERT_INT(n_copied, ITEMS);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(import_copy(&f, &n_items, &n_replaced), DYNR_ERR_TABLE_EXISTS);
    /* From now on there are records. */
    struct dynr_request put = put_request(ITEM_A);
    put.table = copy_table.name;
    DYNR_ASSERT_STATUS(fixture_call(&f, &put), DYNR_OK);
    DYNR_ASSERT_INT(f.response.position, after + 1);
    close_files(&f);
}

static void imports_are_whole_or_nothing(void)
{
    static const struct {
        const char *text;
        const char *message;
    } files[] = {
        {"{\"Item\":" ITEM_A "}\n{\"Item\":" KEY_A "\n", "line 2: this is no {\"Item\":{...}}"},
        {"{\"Item\":" ITEM_A "}\n\n{\"Key\":" KEY_A "}\n", "line 3: this is no {\"Item\":{...}}"},
        {"{\"Item\":{\"pk\":{\"S\":\"a\"}}}\n",
         "line 1: One or more parameter values were invalid: Missing the key sk in the item"},
        {"{\"Item\":{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"N\":\"1\"}}}",
         "line 1: One or more parameter values were invalid: Type mismatch for Index Key g"},
    };
    struct fixture f;
    uint64_t n_items;
    uint64_t n_replaced;
    open_files(&f, "import");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_text(other_path, files[i].text);
        DYNR_ASSERT_STATUS(import_copy(&f, &n_items, &n_replaced), DYNR_ERR_INVALID_ARGUMENT);
        DYNR_ASSERT(strstr(f.err.message, files[i].message) != NULL);
        struct dynr_request request = request_for(DYNR_DESCRIBE_TABLE);
        request.table = copy_table.name;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_NO_TABLE);
    }
    /* The later item of a key counts; an unfinished last line is one. */
    write_text(other_path, "{\"Item\":" KEY_A "}\n{\"Item\":" ITEM_A "}");
    DYNR_ASSERT_STATUS(import_copy(&f, &n_items, &n_replaced), DYNR_OK);
    DYNR_ASSERT_INT(n_items, 1);
    DYNR_ASSERT_INT(n_replaced, 1);
    struct dynr_request get = get_request(KEY_A);
    get.table = copy_table.name;
    DYNR_ASSERT_STATUS(fixture_call(&f, &get), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, ITEM_A);
    (void)unlink(other_path);
    DYNR_ASSERT_STATUS(import_copy(&f, &n_items, &n_replaced), DYNR_ERR_IO);
    DYNR_ASSERT(strstr(f.err.message, "cannot read") != NULL);
    close_files(&f);
}

static void exports_that_fail_leave_the_old_file(void)
{
    struct fixture f;
    char text[16] = "";
    open_files(&f, "export-fails");
    write_text(other_path, "old");
    DYNR_ASSERT_STATUS(dynr_local_export(f.backend, TEXT("none"), other_path, NULL, &f.err),
                       DYNR_ERR_NO_TABLE);
    FILE *file = fopen(other_path, "rb");
    DYNR_ASSERT(file != NULL && fgets(text, sizeof text, file) != NULL && fclose(file) == 0);
    DYNR_ASSERT_STR(dynr_str_from_c(text), "old");
    DYNR_ASSERT_STATUS(dynr_local_export(f.backend, TEXT("app"), "/dev/null/file", NULL, &f.err),
                       DYNR_ERR_IO);
    DYNR_ASSERT(strstr(f.err.message, "cannot write /dev/null/file") != NULL);
    DYNR_ASSERT_STATUS(dynr_local_export(f.backend, TEXT("app"), other_path, NULL, &f.err),
                       DYNR_OK);
    struct stat status;
    DYNR_ASSERT(stat(other_path, &status) == 0 && status.st_size == 0);
    close_files(&f);
}

/* ---- a store of one's own ---- */

static enum dynr_status open_again(bool is_exclusive, struct dynr_backend **out,
                                   struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = path;
    options.exclusive = is_exclusive;
    options.busy_timeout_ms = 50;
    return dynr_local_open(&options, out, err);
}

/* What another process gets, as the exit code. */
static int open_elsewhere(bool is_exclusive)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct dynr_backend *backend;
        struct dynr_error err;
        enum dynr_status opened = open_again(is_exclusive, &backend, &err);
        dynr_backend_destroy(backend);
        _exit(opened == DYNR_OK ? 0 : opened == DYNR_ERR_BUSY ? 1 : 2);
    }
    DYNR_ASSERT(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void an_exclusive_store_lets_nobody_in(void)
{
    struct fixture f;
    struct dynr_backend *backend;
    struct dynr_backend *second;
    struct dynr_error err;
    open_files(&f, "alone");
    /* Others are there already. */
    DYNR_ASSERT_STATUS(open_again(true, &backend, &err), DYNR_ERR_BUSY);
    DYNR_ASSERT(strstr(err.message, path) != NULL && strstr(err.message, "in use") != NULL);
    DYNR_ASSERT_INT(open_elsewhere(true), 1);
    DYNR_ASSERT_INT(open_elsewhere(false), 0);
    fixture_put(&f, ITEM_A);
    fixture_close(&f);
    DYNR_ASSERT_STATUS(open_again(true, &backend, &err), DYNR_OK);
    DYNR_ASSERT_INT(open_elsewhere(true), 1);
    DYNR_ASSERT_INT(open_elsewhere(false), 1);
    DYNR_ASSERT_STATUS(open_again(false, &second, &err), DYNR_ERR_BUSY);
    DYNR_ASSERT_STATUS(open_again(true, &second, &err), DYNR_ERR_BUSY);
    dynr_backend_destroy(backend);
    DYNR_ASSERT_INT(open_elsewhere(true), 0);
    DYNR_ASSERT_INT(open_elsewhere(false), 0);
    /* Its lock file went with it. */
    (void)snprintf(other_path, sizeof other_path, "%s-lock", path);
    DYNR_ASSERT(access(other_path, F_OK) != 0);
    (void)unlink(path);
}

static enum dynr_status open_to_read(const char *file, bool is_exclusive, struct dynr_backend **out,
                                     struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = file;
    options.exclusive = is_exclusive;
    options.read_only = true;
    options.busy_timeout_ms = 50;
    return dynr_local_open(&options, out, err);
}

static enum dynr_status count_item(void *context, struct dynr_str item, struct dynr_error *err)
{
    unsigned *n = context;
    *n += item.len > 0;
    return *n < 3 ? DYNR_OK : dynr_fail(err, DYNR_ERR_LIMIT, "enough");
}

static void who_reads_may_stand_beside_an_owner(void)
{
    struct fixture f;
    struct fixture reader = {0};
    struct dynr_backend *second;
    struct dynr_error err;
    unsigned n = 0;
    open_files(&f, "beside");
    fixture_put(&f, ITEM_A);
    fixture_close(&f);
    dynr_arena_init(&reader.arena, NULL, 0);
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(open_again(true, &f.backend, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(open_to_read(path, false, &reader.backend, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(
        dynr_local_each_item(reader.backend, TEXT("app"), count_item, &n, &reader.err), DYNR_OK);
    DYNR_ASSERT_INT(n, 1);
    /* It sees what is written meanwhile, and writes nothing. */
    fixture_put(&f, ITEM_B);
    DYNR_ASSERT_STATUS(
        dynr_local_each_item(reader.backend, TEXT("app"), count_item, &n, &reader.err),
        DYNR_ERR_LIMIT);
    DYNR_ASSERT_INT(n, 3);
    DYNR_ASSERT_STR(dynr_str_from_c(reader.err.message), "enough");
    DYNR_ASSERT_STATUS(
        dynr_local_each_item(reader.backend, TEXT("none"), count_item, &n, &reader.err),
        DYNR_ERR_NO_TABLE);
    struct dynr_request put = put_request(ITEM_C);
    DYNR_ASSERT_STATUS(fixture_call(&reader, &put), DYNR_ERR_IO);
    DYNR_ASSERT(strstr(reader.err.message, "readonly") != NULL);
    fixture_put(&f, ITEM_C);
    fixture_close(&f);
    /* While it looks nobody can begin to have the store alone. */
    DYNR_ASSERT_STATUS(open_again(true, &second, &err), DYNR_ERR_BUSY);
    DYNR_ASSERT_INT(open_elsewhere(false), 0);
    fixture_close(&reader);
    DYNR_ASSERT_INT(open_elsewhere(true), 0);
    (void)unlink(path);
    /* It makes nothing, and wants a file that is not its own. */
    DYNR_ASSERT_STATUS(open_to_read(path, false, &second, &err), DYNR_ERR_IO);
    DYNR_ASSERT(access(path, F_OK) != 0);
    DYNR_ASSERT_STATUS(open_to_read(path, true, &second, &err), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(open_to_read(NULL, false, &second, &err), DYNR_ERR_INVALID_ARGUMENT);
}

/* Who was killed holds nothing. */
static void a_dead_owner_is_no_owner(void)
{
    struct fixture f;
    int status = 0;
    open_files(&f, "dead-owner");
    fixture_close(&f);
    pid_t child = fork();
    if (child == 0) {
        struct dynr_backend *backend;
        struct dynr_error err;
        _exit(open_again(true, &backend, &err) == DYNR_OK ? 7 : 1);
    }
    DYNR_ASSERT(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    (void)snprintf(other_path, sizeof other_path, "%s-lock", path);
    DYNR_ASSERT(access(other_path, F_OK) == 0);
    DYNR_ASSERT_INT(open_elsewhere(false), 0);
    DYNR_ASSERT_INT(open_elsewhere(true), 0);
    (void)unlink(other_path);
    (void)unlink(path);
}

/* ---- damage ---- */

static bool change(const char *sql)
{
    sqlite3 *db;
    bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
              sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK && sqlite3_changes(db) > 0;
    (void)sqlite3_close(db);
    return ok;
}

static void verification_finds_what_does_not_agree(void)
{
    static const struct {
        const char *sql;
        const char *message;
    } damages[] = {
        {"UPDATE t1 SET item=replace(item, '\"g\"', '\"h\"')", "an index has entries of no item"},
        {"DELETE FROM x1_0", "an index lacks the entry of an item, or has another"},
        {"DELETE FROM t1", "an index has entries of no item"},
        {"UPDATE t1 SET size=size+1", "an item has another size"},
        {"UPDATE t1 SET sk=x'39'", "an item stands under another key"},
        {"UPDATE t1 SET item='{'", "an item cannot be read"},
        {"UPDATE x1_2 SET item=replace(item, '\"t\":{\"S\":\"t', '\"t\":{\"S\":\"u')",
         "an index lacks the entry of an item, or has another"},
        {"DELETE FROM stream_record WHERE sequence=2", "1 change records are missing"},
        {"DELETE FROM stream_table", "are of no stream"},
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct fixture f;
        open_files(&f, "verify");
        for (int k = 0; k < 3; k++) {
            char item[200];
            (void)snprintf(item, sizeof item,
                           "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"%d\"},\"g\":{\"S\":\"g\"},"
                           "\"r\":{\"N\":\"1\"},\"l\":{\"N\":\"1\"},\"t\":{\"S\":\"t\"}}",
                           k);
            if (k == 0 || i != 4) {
                fixture_put(&f, item);
            }
        }
        DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
        DYNR_ASSERT(change(damages[i].sql));
        DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_ERR_CORRUPT);
        if (!DYNR_ASSERT(strstr(f.err.message, damages[i].message) != NULL)) {
            (void)fprintf(stderr, "%s: %s\n", damages[i].sql, f.err.message);
        }
        close_files(&f);
    }
}

/* Pages that are overwritten are met sooner or later: named, never passed over, and the file stays as it is. */
static void damaged_pages_are_named(void)
{
    enum {
        ITEMS = 400,
        PAGE = 8192
    };
    struct fixture f;
    struct dynr_backend *backend = NULL;
    struct dynr_error err;
    open_files(&f, "damaged");
    for (int i = 0; i < ITEMS; i++) {
        char item[300];
        (void)snprintf(item, sizeof item,
                       "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s\"},\"g\":{\"S\":\"g\"},"
                       "\"r\":{\"N\":\"%d\"},\"t\":{\"S\":\"%0128d\"}}",
                       i, i, i);
        fixture_put(&f, item);
    }
    fixture_close(&f);
    FILE *file = fopen(path, "r+b");
    char garbage[PAGE];
    memset(garbage, 0x5a, sizeof garbage);
    DYNR_ASSERT(file != NULL && fseek(file, 0, SEEK_END) == 0);
    long n_pages = ftell(file) / PAGE;
    unsigned n_found = 0;
    /* The first page is the schema; opening reads that. */
    for (long page = 1; page < n_pages; page++) {
        char kept[PAGE];
        DYNR_ASSERT(fseek(file, page * PAGE, SEEK_SET) == 0 && fread(kept, 1, PAGE, file) == PAGE &&
                    fseek(file, page * PAGE, SEEK_SET) == 0 &&
                    fwrite(garbage, 1, PAGE, file) == PAGE && fflush(file) == 0);
        enum dynr_status status = open_again(false, &backend, &err);
        if (status == DYNR_OK) {
            status = dynr_local_verify(backend, &err);
        }
        dynr_backend_destroy(backend);
        if (DYNR_ASSERT_STATUS(status, DYNR_ERR_CORRUPT)) {
            DYNR_ASSERT(strstr(err.message, "damaged") != NULL);
            n_found++;
        }
        DYNR_ASSERT(fseek(file, page * PAGE, SEEK_SET) == 0 &&
                    fwrite(kept, 1, PAGE, file) == PAGE && fflush(file) == 0);
    }
    DYNR_ASSERT(n_pages > 10);
    DYNR_ASSERT_INT(n_found, n_pages - 1);
    (void)fclose(file);
    DYNR_ASSERT_STATUS(open_again(false, &backend, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_verify(backend, &err), DYNR_OK);
    dynr_backend_destroy(backend);
    (void)unlink(path);
}

/* ---- a full disk ---- */

/* The process's limit on file sizes stands in for it. */
static void a_full_disk_loses_nothing_acknowledged(void)
{
    enum {
        MOST = 5000
    };
    struct fixture f;
    struct rlimit before;
    int n_acknowledged = 0;
    enum dynr_status status = DYNR_OK;
    char item[1400];
    open_files(&f, "full-disk");
    (void)signal(SIGXFSZ, SIG_IGN);
    DYNR_ASSERT_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 600000, .rlim_max = before.rlim_max};
    DYNR_ASSERT_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
    while (status == DYNR_OK && n_acknowledged < MOST) {
        (void)snprintf(item, sizeof item,
                       "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s\"},\"g\":{\"S\":\"g\"},"
                       "\"r\":{\"N\":\"1\"},\"t\":{\"S\":\"%01000d\"}}",
                       n_acknowledged, n_acknowledged);
        struct dynr_request request = put_request(item);
        dynr_error_clear(&f.err);
        status = fixture_call(&f, &request);
        n_acknowledged += status == DYNR_OK ? 1 : 0;
        dynr_arena_reset(&f.arena);
    }
    DYNR_ASSERT_STATUS(status, DYNR_ERR_IO);
    DYNR_ASSERT(f.err.retryable && strstr(f.err.message, path) != NULL);
    DYNR_ASSERT(n_acknowledged > 10 && n_acknowledged < MOST);
    /* Reads, also of indexes, and imports that find no room. */
    size_t n_items;
    struct dynr_request scan = scan_request();
    scan.index = TEXT("by_group");
    (void)fixture_pages(&f, scan, 0, &n_items);
    DYNR_ASSERT_INT(n_items, n_acknowledged);
    DYNR_ASSERT_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
    struct dynr_request request = put_request(item);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&f);
    fixture_open(&f, path, DYNR_DURABILITY_FULL);
    (void)fixture_pages(&f, scan, 0, &n_items);
    DYNR_ASSERT_INT(n_items, n_acknowledged + 1);
    close_files(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(tables_come_back_from_their_exports),
        DYNR_TEST(imports_are_whole_or_nothing),
        DYNR_TEST(exports_that_fail_leave_the_old_file),
        DYNR_TEST(an_exclusive_store_lets_nobody_in),
        DYNR_TEST(who_reads_may_stand_beside_an_owner),
        DYNR_TEST(a_dead_owner_is_no_owner),
        DYNR_TEST(verification_finds_what_does_not_agree),
        DYNR_TEST(damaged_pages_are_named),
        DYNR_TEST(a_full_disk_loses_nothing_acknowledged),
    };
    return dynr_test_main("local-files", tests, DYNR_TEST_COUNT(tests));
}
