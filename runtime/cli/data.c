/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/owner.h"

static const char store_name[] = "tables.db";

static enum dynr_status fail_file(const char *what, const char *path, int number,
                                  struct dynr_error *err)
{
    char reason[128] = "";
    /* GNU's strerror_r, as elsewhere with _GNU_SOURCE, returns the text. */
    return dynr_fail(err, DYNR_ERR_IO, "%s %s: %s", what, path,
                     strerror_r(number, reason, sizeof reason));
}

/* ---- folders ---- */

/* Every folder of a path that is missing. */
static enum dynr_status make_folders(const char *path, struct dynr_cli_data *out,
                                     struct dynr_error *err)
{
    char part[DYNR_DATA_PATH_SIZE];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        return dynr_fail(err, DYNR_ERR_IO, "--data is %s", len == 0 ? "empty" : "too long a path");
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) == 0) {
            out->made_from = out->made_from == 0 ? i : out->made_from;
        } else if (errno != EEXIST) {
            return fail_file("cannot make the folder", path, errno, err);
        }
    }
    return DYNR_OK;
}

/* Those that make_folders made and that are empty again. */
static void remove_folders(const struct dynr_cli_data *data)
{
    char part[DYNR_DATA_PATH_SIZE];
    if (data->made_from == 0) {
        return;
    }
    for (size_t i = strlen(data->path); i >= data->made_from; i--) {
        if (data->path[i] == '/' || data->path[i] == '\0') {
            memcpy(part, data->path, i);
            part[i] = '\0';
            (void)rmdir(part);
        }
    }
}

static enum dynr_status refuse_file(const char *path, struct dynr_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (strcmp(name, store_name) != 0) {
        return dynr_fail(err, DYNR_ERR_IO,
                         "--data takes a folder, and %s is a file: name a folder, or one that is "
                         "not there yet",
                         path);
    }
    return dynr_fail(err, DYNR_ERR_IO,
                     "--data takes a folder, and %s is a file: name the folder that it is in, "
                     "--data %.*s",
                     path, slash == NULL ? 1 : (int)(slash - path + (slash == path)),
                     slash == NULL ? "." : path);
}

enum dynr_status dynr_cli_data_find(const char *folder, struct dynr_error *err)
{
    char path[DYNR_DATA_PATH_SIZE + 16];
    struct stat found;
    if (stat(folder, &found) == 0 && !S_ISDIR(found.st_mode)) {
        return refuse_file(folder, err);
    }
    int len = snprintf(path, sizeof path, "%s/%s", folder, store_name);
    if (len < 0 || (size_t)len >= sizeof path || stat(path, &found) != 0) {
        return dynr_fail(err, DYNR_ERR_IO,
                         "there are no tables in %s; --data DIR names another folder", folder);
    }
    return DYNR_OK;
}

static enum dynr_status find_place(const char *folder, struct dynr_cli_data *out,
                                   struct dynr_error *err)
{
    struct stat found;
    if (stat(folder, &found) == 0 && !S_ISDIR(found.st_mode)) {
        return refuse_file(folder, err);
    }
    enum dynr_status status = make_folders(folder, out, err);
    if (status != DYNR_OK) {
        return status;
    }
    char *whole = realpath(folder, NULL);
    if (whole == NULL) {
        return fail_file("cannot enter", folder, errno, err);
    }
    int len = snprintf(out->place, sizeof out->place, "%s", whole);
    free(whole);
    if (len < 0 || (size_t)len >= sizeof out->place) {
        return dynr_fail(err, DYNR_ERR_IO, "the path of %s is too long", folder);
    }
    (void)snprintf(out->file, sizeof out->file, "%s/%s", out->place, store_name);
    out->is_new = lstat(out->file, &found) != 0 && errno == ENOENT;
    return DYNR_OK;
}

/* ---- the store ---- */

static void lock_path(const struct dynr_cli_data *data, char out[DYNR_DATA_PATH_SIZE + 32])
{
    (void)snprintf(out, DYNR_DATA_PATH_SIZE + 32, "%s-lock", data->file);
}

static enum dynr_status fail_busy(const struct dynr_cli_data *data, struct dynr_error *err)
{
    char path[DYNR_DATA_PATH_SIZE + 32];
    struct dynr_owner owner;
    lock_path(data, path);
    if (!dynr_owner_read(path, &owner)) {
        return dynr_fail(err, DYNR_ERR_BUSY, "another process uses %s", data->place);
    }
    if (owner.port == 0) {
        return dynr_fail(err, DYNR_ERR_BUSY, "process %ld uses %s", owner.process, data->place);
    }
    return dynr_fail(err, DYNR_ERR_BUSY,
                     "process %ld uses %s and serves it on port %u; `dynr local stop --port %u` "
                     "ends it",
                     owner.process, data->place, owner.port, owner.port);
}

enum dynr_status dynr_cli_data_open(const char *folder, struct dynr_local_options options,
                                    struct dynr_cli_data *out, struct dynr_error *err)
{
    memset(out, 0, sizeof *out);
    out->owner = -1;
    out->path = folder;
    if (folder == NULL) {
        (void)snprintf(out->place, sizeof out->place, "memory");
        return dynr_local_open(&options, &out->store, err);
    }
    enum dynr_status status = find_place(folder, out, err);
    if (status != DYNR_OK) {
        return status;
    }
    options.path = out->file;
    options.exclusive = true;
    status = dynr_local_open(&options, &out->store, err);
    return status == DYNR_ERR_BUSY ? fail_busy(out, err) : status;
}

enum dynr_status dynr_cli_data_look(const char *folder, struct dynr_cli_data *out,
                                    struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    enum dynr_status status = dynr_cli_data_open(folder, options, out, err);
    if (status != DYNR_ERR_BUSY) {
        return status;
    }
    dynr_error_clear(err);
    options.path = out->file;
    options.read_only = true;
    out->is_beside = true;
    return dynr_local_open(&options, &out->store, err);
}

void dynr_cli_data_sign(struct dynr_cli_data *data, uint16_t port)
{
    char path[DYNR_DATA_PATH_SIZE + 32];
    if (data->path != NULL && !data->is_beside) {
        lock_path(data, path);
        data->owner = dynr_owner_write(path, port);
    }
}

static bool is_empty(struct dynr_backend *store)
{
    struct dynr_arena arena = {0};
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_LIST_TABLES;
    bool none = dynr_backend_call(store, &request, &arena, &response, NULL) == DYNR_OK &&
                response.n_table_names == 0;
    dynr_arena_cleanup(&arena);
    return none;
}

/* While the store is open nobody else can have it. */
static void remove_store(const struct dynr_cli_data *data)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char path[DYNR_DATA_PATH_SIZE + 32];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", data->file, suffixes[i]);
        (void)unlink(path);
    }
}

void dynr_cli_data_close(struct dynr_cli_data *data, bool forget)
{
    if (forget && data->is_new && data->store != NULL && is_empty(data->store)) {
        remove_store(data);
    }
    dynr_backend_destroy(data->store);
    data->store = NULL;
    if (data->owner >= 0) {
        (void)close(data->owner);
        data->owner = -1;
    }
    if (forget) {
        remove_folders(data);
    }
}
