/* SPDX-License-Identifier: Apache-2.0 */
/* `dynr local import`: a new table of lines of DynamoDB JSON, in a folder that nobody serves. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table_json.h"
#include "cli/watch.h"

#define DEFINITION_MAX ((size_t)4 << 20)
#define PIECE          ((size_t)64 << 10)

struct importing {
    const struct dynr_local_command *command;
    struct dynr_table_definition table;
    struct dynr_cli_data data;
    struct dynr_cli_watch watch;
    struct dynr_arena arena;
    /** The input, open for as long as it is read. */
    int source;
    /** What the store is to open: the input itself, or a copy of what cannot be read twice. */
    char path[DYNR_DATA_PATH_SIZE + 32];
    uint64_t n_items;
    uint64_t n_replaced;
};

static enum dynr_status fail_file(const char *verb, const char *path, struct dynr_error *err)
{
    char reason[128] = "";
    return dynr_fail(err, DYNR_ERR_IO, "cannot %s %s: %s", verb, path,
                     strerror_r(errno, reason, sizeof reason));
}

/* As people are told. */
static const char *input_name(const struct importing *importing)
{
    return strcmp(importing->command->input, "-") == 0 ? "standard input"
                                                       : importing->command->input;
}

/* ---- the table ---- */

static enum dynr_status read_definition(struct importing *importing, struct dynr_error *err)
{
    const char *path = importing->command->definition;
    struct dynr_error fault = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail_file("read", path, err);
    }
    char *text = dynr_arena_text(&importing->arena, DEFINITION_MAX);
    size_t len = text == NULL ? 0 : fread(text, 1, DEFINITION_MAX, file);
    bool is_broken = ferror(file) != 0 || len == DEFINITION_MAX;
    if (fclose(file) != 0 || is_broken) {
        return dynr_fail(err, DYNR_ERR_IO, "cannot read %s, or it is longer than 4 MiB", path);
    }
    if (text == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    enum dynr_status status = dynr_table_json_read(dynr_str_make(text, len), &importing->arena,
                                                   &importing->table, &fault);
    return status == DYNR_OK ? DYNR_OK : dynr_fail(err, status, "%s: %s", path, fault.message);
}

static enum dynr_status define(struct importing *importing, struct dynr_error *err)
{
    const struct dynr_local_command *command = importing->command;
    if (command->definition != NULL) {
        enum dynr_status status = read_definition(importing, err);
        if (status != DYNR_OK) {
            return status;
        }
    } else {
        importing->table.partition_key = command->key;
        importing->table.sort_key = command->sort_key;
    }
    if (command->table != NULL) {
        importing->table.name = dynr_str_from_c(command->table);
    }
    return importing->table.name.len > 0
               ? DYNR_OK
               : dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s names no table: use --table NAME",
                           command->definition);
}

/* ---- the input ---- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0) {
            return false;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The store reads from the start, perhaps twice, which a pipe cannot give. */
static enum dynr_status copy_input(struct importing *importing, struct dynr_error *err)
{
    char *piece = dynr_arena_text(&importing->arena, PIECE);
    char path[DYNR_DATA_PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/import.XXXXXX", importing->data.place);
    int copy = mkstemp(path);
    if (copy < 0) {
        return fail_file("write", path, err);
    }
    /* Nameless, it goes with this process whatever ends it. */
    (void)unlink(path);
    enum dynr_status status = piece == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
    ssize_t n = 0;
    while (status == DYNR_OK && (n = read(importing->source, piece, PIECE)) > 0) {
        if (!write_all(copy, piece, (size_t)n)) {
            status = fail_file("keep what was read in", importing->data.place, err);
        }
        atomic_fetch_add(&importing->watch.n_done, (uint64_t)n);
    }
    if (status == DYNR_OK && n < 0) {
        status = fail_file("read", input_name(importing), err);
    }
    if (importing->source != STDIN_FILENO) {
        (void)close(importing->source);
    }
    importing->source = copy;
    (void)snprintf(importing->path, sizeof importing->path, "/proc/self/fd/%d", copy);
    return status;
}

static enum dynr_status open_input(struct importing *importing, struct dynr_error *err)
{
    const char *input = importing->command->input;
    struct stat found;
    importing->source = strcmp(input, "-") == 0 ? STDIN_FILENO : open(input, O_RDONLY | O_CLOEXEC);
    if (importing->source < 0 || fstat(importing->source, &found) != 0) {
        return fail_file("read", input, err);
    }
    if (S_ISDIR(found.st_mode)) {
        return dynr_fail(err, DYNR_ERR_IO, "%s is a folder: `cat %s/*.json | dynr local import -`",
                         input, input);
    }
    return DYNR_OK;
}

/* The service's exports are compressed. */
static enum dynr_status check_input(const struct importing *importing, struct dynr_error *err)
{
    unsigned char magic[2] = {0, 0};
    if (pread(importing->source, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
        magic[0] == 0x1f && magic[1] == 0x8b) {
        return dynr_fail(err, DYNR_ERR_SYNTAX,
                         "%s is compressed: `gunzip -c FILE | dynr local import -`",
                         input_name(importing));
    }
    return DYNR_OK;
}

static enum dynr_status prepare_input(struct importing *importing, struct dynr_error *err)
{
    struct stat found;
    enum dynr_status status = DYNR_OK;
    bool is_file = fstat(importing->source, &found) == 0 && S_ISREG(found.st_mode);
    if (!is_file || importing->source == STDIN_FILENO) {
        status = copy_input(importing, err);
    } else {
        (void)snprintf(importing->path, sizeof importing->path, "%s", importing->command->input);
    }
    if (status == DYNR_OK) {
        status = check_input(importing, err);
    }
    if (status == DYNR_OK) {
        importing->watch.source = importing->source;
        atomic_store(&importing->watch.has_source, true);
    }
    return status;
}

/* ---- the whole ---- */

/* The store knows the path that it was given. */
static enum dynr_status explain(const struct importing *importing, enum dynr_status status,
                                const struct dynr_error *fault, struct dynr_error *err)
{
    size_t len = strlen(importing->path);
    if (status == DYNR_ERR_TABLE_EXISTS) {
        return dynr_fail(
            err, status,
            "%s has a table %.*s: import makes a new one, of another name with --table",
            importing->data.place, (int)importing->table.name.len, importing->table.name.ptr);
    }
    if (strncmp(fault->message, importing->path, len) == 0) {
        return dynr_fail(err, status, "%s%s", input_name(importing), fault->message + len);
    }
    return dynr_fail(err, status, "%s", fault->message);
}

static enum dynr_status run(struct importing *importing, struct dynr_error *err)
{
    const struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_error fault = {0};
    enum dynr_status status = open_input(importing, err);
    if (status == DYNR_OK) {
        status = dynr_cli_data_open(importing->command->data, options, &importing->data, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_cli_data_sign(&importing->data, 0);
    status = prepare_input(importing, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_import(importing->data.store, &importing->table, importing->path,
                               &importing->n_items, &importing->n_replaced, &fault);
    return status == DYNR_OK ? DYNR_OK : explain(importing, status, &fault, err);
}

static void report(const struct importing *importing, const char *table)
{
    (void)printf("imported %llu items into %s", (unsigned long long)importing->n_items, table);
    if (importing->n_replaced > 0) {
        (void)printf("; replaced by later ones of their key: %llu",
                     (unsigned long long)importing->n_replaced);
    }
    (void)putchar('\n');
}

int dynr_local_import_table(const struct dynr_local_command *command)
{
    struct importing importing = {.command = command, .data = {.owner = -1}, .source = -1};
    struct dynr_error err = {0};
    char name[256];
    enum dynr_status status = define(&importing, &err);
    (void)snprintf(name, sizeof name, "%.*s", (int)importing.table.name.len,
                   importing.table.name.ptr == NULL ? "" : importing.table.name.ptr);
    if (status == DYNR_OK &&
        !dynr_cli_watch_begin(&importing.watch, "importing", name, NULL, command->quiet)) {
        dynr_arena_cleanup(&importing.arena);
        return 1;
    }
    if (status == DYNR_OK) {
        status = run(&importing, &err);
        dynr_cli_watch_end(&importing.watch);
        dynr_cli_data_close(&importing.data, status != DYNR_OK);
    }
    if (importing.source > STDIN_FILENO) {
        (void)close(importing.source);
    }
    dynr_arena_cleanup(&importing.arena);
    if (status != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        return 1;
    }
    if (!command->quiet) {
        report(&importing, name);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
