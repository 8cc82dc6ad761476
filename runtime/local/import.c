/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a table of a file, in one job: whoever is interrupted leaves nothing behind, and nobody sees half of it. Others' writes wait
 * meanwhile; SQLite keeps what was written in its log, so that memory does not grow with the file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "base/utf8.h"
#include "local/file.h"

/* As much of a line is shown that is wrong. */
#define EXCERPT_MAX 60

struct import_work {
    const struct dynr_table_definition *definition;
    const char *path;
    FILE *file;
    struct dynr_arena *arena;
    uint64_t n_lines;
    /* Lines that are items, and how many items the table has of them. */
    uint64_t n_puts;
    uint64_t n_items;
};

/* The value of the only member, `Item`. False: the line is something else. */
static bool read_item(struct dynr_str line, struct dynr_arena *arena, struct dynr_str *out)
{
    struct dynr_json_reader reader;
    struct dynr_str name;
    bool first;
    dynr_json_reader_init(&reader, line);
    return dynr_json_peek(&reader) == DYNR_JSON_OBJECT && dynr_json_enter_object(&reader, &first) &&
           dynr_json_next_member(&reader, arena, &first, &name) && dynr_str_equal_c(name, "Item") &&
           dynr_json_skip(&reader, out) && !dynr_json_next_member(&reader, arena, &first, &name) &&
           dynr_json_finish(&reader);
}

/* The beginning of a line, as it can be shown. */
static void append_excerpt(struct dynr_str line, struct dynr_buf *out)
{
    size_t len = 0;
    while (line.len > 0 && strchr(" \t\r\n", line.ptr[line.len - 1]) != NULL) {
        line.len--;
    }
    dynr_buf_append_char(out, '`');
    while (len < line.len && len < EXCERPT_MAX) {
        uint32_t code_point = 0;
        size_t size = dynr_utf8_decode(line, len, &code_point);
        if (size == 0 || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) {
            dynr_buf_append_char(out, '?');
        } else {
            dynr_buf_append(out, line.ptr + len, size);
        }
        len += size == 0 ? 1 : size;
    }
    dynr_buf_append_c(out, len < line.len ? "...`" : "`");
}

static void append_key(const struct dynr_key_attribute *key, struct dynr_buf *out)
{
    /* An example of each type: base64 has its own. */
    const char *value = key->type == 'N' ? "1" : (key->type == 'B' ? "AQI=" : "x");
    dynr_buf_append_json_string(out, key->name);
    dynr_buf_printf(out, ":{\"%c\":\"%s\"}", key->type, value);
}

static void append_example(const struct dynr_table_definition *definition, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "{\"Item\":{");
    append_key(&definition->partition_key, out);
    if (definition->sort_key.type != 0) {
        dynr_buf_append_char(out, ',');
        append_key(&definition->sort_key, out);
    }
    dynr_buf_append_c(out, "}}");
}

/* Where it is, what is wrong, what stands there, what should. */
static enum dynr_status fail_line(const struct import_work *work, struct dynr_str line,
                                  const char *reason, struct dynr_error *err)
{
    struct dynr_buf text = {0};
    dynr_buf_printf(&text, "line %llu: %s: ", (unsigned long long)work->n_lines, reason);
    append_excerpt(line, &text);
    dynr_buf_append_c(&text, "; a line is such as ");
    append_example(work->definition, &text);
    enum dynr_status status = dynr_buf_ok(&text) ? dynr_local_invalid(err, "%s, %.*s", work->path,
                                                                      (int)text.len, text.ptr)
                                                 : dynr_local_out_of_memory(err);
    dynr_buf_cleanup(&text);
    return status;
}

static enum dynr_status put_item(struct local_connection *connection,
                                 const struct import_work *work, const struct local_table *table,
                                 struct local_call *call, struct dynr_str line,
                                 struct dynr_str item, struct dynr_error *err)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct local_write write;
    struct dynr_error fault = {0};
    request.operation = DYNR_PUT_ITEM;
    request.item = item;
    enum dynr_status status = dynr_local_write_prepare_put(call, table, &request, &write, &fault);
    if (status == DYNR_ERR_NO_MEMORY) {
        return dynr_local_out_of_memory(err);
    }
    if (status != DYNR_OK) {
        return fail_line(work, line, fault.message, err);
    }
    status = dynr_local_write_evaluate(connection, call, &write, err);
    return status == DYNR_OK ? dynr_local_write_apply(connection, call, &write, err) : status;
}

static enum dynr_status put_line(struct local_connection *connection,
                                 const struct import_work *work, const struct local_table *table,
                                 struct dynr_str line, struct dynr_arena *scratch,
                                 struct dynr_error *err)
{
    struct local_call call = {.engine = connection->engine, .arena = scratch};
    struct dynr_str item;
    dynr_arena_reset(scratch);
    enum dynr_status status = read_item(line, scratch, &item)
                                  ? put_item(connection, work, table, &call, line, item, err)
                                  : fail_line(work, line, "this is no {\"Item\":{...}}", err);
    dynr_local_call_end(&call);
    return status;
}

static bool is_blank(struct dynr_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return false;
        }
    }
    return true;
}

static enum dynr_status put_lines(struct local_connection *connection, struct import_work *work,
                                  const struct local_table *table, struct dynr_error *err)
{
    struct dynr_arena scratch;
    char *line = NULL;
    size_t cap_line = 0;
    ssize_t len;
    enum dynr_status status = DYNR_OK;
    dynr_arena_init(&scratch, NULL, 0);
    errno = 0;
    while (status == DYNR_OK && (len = getline(&line, &cap_line, work->file)) >= 0) {
        struct dynr_str text = dynr_str_make(line, (size_t)len);
        work->n_lines++;
        if (!is_blank(text)) {
            status = put_line(connection, work, table, text, &scratch, err);
            work->n_puts++;
        }
        errno = 0;
    }
    if (status == DYNR_OK && !feof(work->file)) {
        status = errno == ENOMEM ? dynr_local_out_of_memory(err)
                                 : dynr_local_file_fail("read", work->path, errno, err);
    }
    free(line);
    dynr_arena_cleanup(&scratch);
    return status;
}

static enum dynr_status run_import(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct import_work *work = context;
    struct local_table table;
    struct local_count count = {0};
    work->n_lines = 0;
    work->n_puts = 0;
    if (fseek(work->file, 0, SEEK_SET) != 0) {
        return dynr_local_file_fail("read", work->path, errno, err);
    }
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = dynr_local_table_create(connection, work->definition, work->arena, &table, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_slot_take(&connection->engine->catalog, &table, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    /* The service makes no records of what it imports. */
    table.definition.stream = false;
    status = put_lines(connection, work, &table, err);
    if (status == DYNR_OK) {
        status = dynr_local_relation_count(connection, &table, 0, &count, err);
        work->n_items = (uint64_t)count.n_items;
    }
    dynr_local_statements_forget(connection, &table);
    return status;
}

enum dynr_status dynr_local_import(struct dynr_backend *backend,
                                   const struct dynr_table_definition *definition, const char *path,
                                   uint64_t *out_n_items, uint64_t *out_n_replaced,
                                   struct dynr_error *err)
{
    struct dynr_arena arena;
    struct local_engine *engine = dynr_local_engine(backend, err);
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_table_validate(definition, err);
    if (status != DYNR_OK) {
        return status;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return dynr_local_file_fail("read", path, errno, err);
    }
    dynr_arena_init(&arena, NULL, 0);
    struct local_call call = {.engine = engine, .arena = &arena};
    struct import_work work = {
        .definition = definition, .path = path, .file = file, .arena = &arena};
    status = dynr_local_commit(&call, run_import, &work, err);
    if (status == DYNR_OK && out_n_items != NULL) {
        *out_n_items = work.n_items;
    }
    if (status == DYNR_OK && out_n_replaced != NULL) {
        *out_n_replaced = work.n_puts - work.n_items;
    }
    dynr_local_call_end(&call);
    dynr_arena_cleanup(&arena);
    (void)fclose(file);
    return status;
}
