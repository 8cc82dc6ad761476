/* SPDX-License-Identifier: Apache-2.0 */
/* `dynr local export`: a table of a folder, served or not, as lines of DynamoDB JSON. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/data.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table_json.h"
#include "cli/watch.h"

struct exporting {
    const struct dynr_local_command *command;
    struct dynr_cli_data data;
    struct dynr_cli_watch watch;
    struct dynr_arena arena;
    uint64_t n_items;
};

static bool is_standard(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

static enum dynr_status fail_write(const char *path, struct dynr_error *err)
{
    char reason[128] = "";
    return dynr_fail(err, DYNR_ERR_IO, "cannot write %s: %s", path,
                     strerror_r(errno, reason, sizeof reason));
}

/* Says which ones there are. */
static enum dynr_status fail_no_table(struct exporting *exporting, struct dynr_error *err)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_buf names = {0};
    request.operation = DYNR_LIST_TABLES;
    enum dynr_status status =
        dynr_backend_call(exporting->data.store, &request, &exporting->arena, &response, err);
    if (status != DYNR_OK) {
        return status;
    }
    for (size_t i = 0; i < response.n_table_names; i++) {
        dynr_buf_append_c(&names, i == 0 ? "; it has " : ", ");
        dynr_buf_append_str(&names, response.table_names[i]);
    }
    status = dynr_fail(err, DYNR_ERR_NO_TABLE, "there is no table %s in %s%.*s",
                       exporting->command->table, exporting->data.place, (int)names.len,
                       names.ptr == NULL ? "" : names.ptr);
    dynr_buf_cleanup(&names);
    return status;
}

static enum dynr_status describe(struct exporting *exporting,
                                 const struct dynr_table_definition **out, struct dynr_error *err)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_DESCRIBE_TABLE;
    request.table = dynr_str_from_c(exporting->command->table);
    enum dynr_status status =
        dynr_backend_call(exporting->data.store, &request, &exporting->arena, &response, err);
    *out = response.table;
    return status == DYNR_ERR_NO_TABLE ? fail_no_table(exporting, err) : status;
}

static enum dynr_status write_definition(const char *path,
                                         const struct dynr_table_definition *table,
                                         struct dynr_error *err)
{
    struct dynr_buf text = {0};
    dynr_table_json_write(table, &text);
    if (!dynr_buf_ok(&text)) {
        dynr_buf_cleanup(&text);
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
    if (file != NULL && fclose(file) != 0) {
        is_written = false;
    }
    dynr_buf_cleanup(&text);
    return is_written ? DYNR_OK : fail_write(path, err);
}

static enum dynr_status write_item(void *context, struct dynr_str item, struct dynr_error *err)
{
    struct exporting *exporting = context;
    exporting->n_items++;
    atomic_store(&exporting->watch.n_done, exporting->n_items);
    return fputs("{\"Item\":", stdout) >= 0 && fwrite(item.ptr, 1, item.len, stdout) == item.len &&
                   fputs("}\n", stdout) >= 0
               ? DYNR_OK
               : fail_write("standard output", err);
}

static enum dynr_status write_items(struct exporting *exporting, struct dynr_str table,
                                    struct dynr_error *err)
{
    enum dynr_status status =
        dynr_local_each_item(exporting->data.store, table, write_item, exporting, err);
    return status == DYNR_OK && fflush(stdout) != 0 ? fail_write("standard output", err) : status;
}

/* A device would be replaced by the file. */
static enum dynr_status check_target(const char *path, struct dynr_error *err)
{
    struct stat found;
    return is_standard(path) || stat(path, &found) != 0 || S_ISREG(found.st_mode)
               ? DYNR_OK
               : dynr_fail(err, DYNR_ERR_IO,
                           "%s is no plain file; without --to, items go to standard output", path);
}

static enum dynr_status run(struct exporting *exporting, struct dynr_error *err)
{
    const struct dynr_local_command *command = exporting->command;
    const struct dynr_table_definition *table = NULL;
    enum dynr_status status = check_target(command->to, err);
    if (status == DYNR_OK) {
        status = dynr_cli_data_find(command->data, err);
    }
    if (status == DYNR_OK) {
        status = dynr_cli_data_look(command->data, &exporting->data, err);
    }
    if (status == DYNR_OK) {
        dynr_cli_data_sign(&exporting->data, 0);
        status = describe(exporting, &table, err);
    }
    if (status == DYNR_OK && command->definition != NULL) {
        status = write_definition(command->definition, table, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (is_standard(command->to)) {
        atomic_store(&exporting->watch.n_total, (uint64_t)table->item_count);
        return write_items(exporting, table->name, err);
    }
    return dynr_local_export(exporting->data.store, table->name, command->to, &exporting->n_items,
                             err);
}

int dynr_local_export_table(const struct dynr_local_command *command)
{
    struct exporting exporting = {.command = command, .data = {.owner = -1}};
    struct dynr_error err = {0};
    bool to_output = is_standard(command->to);
    if (!dynr_cli_watch_begin(&exporting.watch, "exporting", command->table,
                              to_output ? NULL : command->to, command->quiet)) {
        return 1;
    }
    enum dynr_status status = run(&exporting, &err);
    dynr_cli_data_close(&exporting.data, false);
    dynr_arena_cleanup(&exporting.arena);
    dynr_cli_watch_end(&exporting.watch);
    if (status != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        return 1;
    }
    if (!command->quiet) {
        (void)fprintf(to_output ? stderr : stdout, "exported %llu items of %s%s%s\n",
                      (unsigned long long)exporting.n_items, command->table,
                      to_output ? "" : " to ", to_output ? "" : command->to);
    }
    return 0;
}
