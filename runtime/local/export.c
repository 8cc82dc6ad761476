/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a whole table, and writing it to a file: one statement, thus one snapshot; the file under its name only when it is whole and on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "local/file.h"

static enum dynr_status visit_items(struct local_connection *connection,
                                    const struct local_table *table, dynr_local_item_fn each,
                                    void *context, struct dynr_error *err)
{
    static const struct local_range_shape everything = {0};
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_row_statement(
        connection, table, 0, dynr_local_range_statement(&everything), &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    int code = SQLITE_ROW;
    while (status == DYNR_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct dynr_str item = dynr_local_column(statement, 0);
        status = item.ptr == NULL ? dynr_local_out_of_memory(err) : each(context, item, err);
    }
    if (status == DYNR_OK && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, table, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status visit_table(struct local_engine *engine, struct dynr_str name,
                                    dynr_local_item_fn each, void *context, struct dynr_error *err)
{
    const struct local_table *table;
    struct local_connection *connection;
    /* Of one table: that takes no arena. */
    struct local_call call = {.engine = engine};
    enum dynr_status status = dynr_local_table_find(&call, name, &table, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_reader_take(engine, &connection, err);
    if (status == DYNR_OK) {
        status = visit_items(connection, table, each, context, err);
        dynr_local_reader_give(engine, connection);
    }
    dynr_local_call_end(&call);
    return status;
}

enum dynr_status dynr_local_each_item(struct dynr_backend *backend, struct dynr_str table,
                                      dynr_local_item_fn each, void *context,
                                      struct dynr_error *err)
{
    struct local_engine *engine = dynr_local_engine(backend, err);
    enum dynr_status status = engine == NULL ? DYNR_ERR_INVALID_ARGUMENT : DYNR_ERR_NO_TABLE;
    /* Again where the table's description was stale: that shows itself before the first row. */
    for (unsigned attempt = 0; status == DYNR_ERR_NO_TABLE && attempt < LOCAL_MOST_ATTEMPTS;
         attempt++) {
        dynr_error_clear(err);
        status = visit_table(engine, table, each, context, err);
    }
    return status;
}

struct exporting {
    FILE *file;
    const char *path;
    uint64_t n_items;
};

static enum dynr_status write_item(void *context, struct dynr_str item, struct dynr_error *err)
{
    struct exporting *exporting = context;
    exporting->n_items++;
    return fputs("{\"Item\":", exporting->file) >= 0 &&
                   fwrite(item.ptr, 1, item.len, exporting->file) == item.len &&
                   fputs("}\n", exporting->file) >= 0
               ? DYNR_OK
               : dynr_local_file_fail("write", exporting->path, errno, err);
}

/* The file's new name is on disk when its folder is. */
static int sync_folder(const char *path)
{
    const char *end = strrchr(path, '/');
    struct dynr_buf folder = {0};
    if (end == NULL) {
        dynr_buf_append_char(&folder, '.');
    } else {
        dynr_buf_append(&folder, path, end == path ? 1 : (size_t)(end - path));
    }
    dynr_buf_append_char(&folder, '\0');
    int fd = dynr_buf_ok(&folder) ? open(folder.ptr, O_RDONLY | O_CLOEXEC) : -1;
    dynr_buf_cleanup(&folder);
    if (fd < 0) {
        return -1;
    }
    int code = fsync(fd);
    (void)close(fd);
    return code;
}

static enum dynr_status write_file(struct dynr_backend *backend, struct dynr_str table, int fd,
                                   const char *path, uint64_t *out_n_items, struct dynr_error *err)
{
    struct exporting exporting = {.file = fdopen(fd, "w"), .path = path};
    if (exporting.file == NULL) {
        (void)close(fd);
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = dynr_local_each_item(backend, table, write_item, &exporting, err);
    if (status == DYNR_OK && (fflush(exporting.file) != 0 || fsync(fd) != 0)) {
        status = dynr_local_file_fail("write", path, errno, err);
    }
    if (fclose(exporting.file) != 0 && status == DYNR_OK) {
        status = dynr_local_file_fail("write", path, errno, err);
    }
    *out_n_items = exporting.n_items;
    return status;
}

enum dynr_status dynr_local_export(struct dynr_backend *backend, struct dynr_str table,
                                   const char *path, uint64_t *out_n_items, struct dynr_error *err)
{
    uint64_t n_items = 0;
    struct dynr_buf temporary = {0};
    if (dynr_local_engine(backend, err) == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    dynr_buf_printf(&temporary, "%s.XXXXXX", path);
    dynr_buf_append_char(&temporary, '\0');
    if (!dynr_buf_ok(&temporary)) {
        dynr_buf_cleanup(&temporary);
        return dynr_local_out_of_memory(err);
    }
    int fd = mkstemp(temporary.ptr);
    enum dynr_status status = fd < 0 ? dynr_local_file_fail("write", path, errno, err)
                                     : write_file(backend, table, fd, path, &n_items, err);
    if (status == DYNR_OK && (rename(temporary.ptr, path) != 0 || sync_folder(path) != 0)) {
        status = dynr_local_file_fail("write", path, errno, err);
    }
    if (status != DYNR_OK && fd >= 0) {
        (void)unlink(temporary.ptr);
    }
    dynr_buf_cleanup(&temporary);
    if (status == DYNR_OK && out_n_items != NULL) {
        *out_n_items = n_items;
    }
    return status;
}
