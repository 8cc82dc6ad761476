/* SPDX-License-Identifier: Apache-2.0 */
/* https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
#include "cli/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20)
#define KEYS_MAX 64
/* IAM's longest, and what a signature is computed with (aws/sigv4.h). */
#define ID_MAX     ((size_t)128)
#define SECRET_MAX ((size_t)256)

#define FORM                                                                                       \
    "; such a file has the lines `[default]`, `aws_access_key_id = KEY` and "                      \
    "`aws_secret_access_key = SECRET`"

struct reading {
    struct dynr_arena *arena;
    struct dynr_error *err;
    const char *path;
    unsigned int line;
    struct dynr_access_key keys[KEYS_MAX];
    size_t n_keys;
    /* Of the profile that is being read. */
    struct dynr_access_key current;
};

static struct dynr_str trim(struct dynr_str text)
{
    while (text.len > 0 && (*text.ptr == ' ' || *text.ptr == '\t')) {
        text = dynr_str_make(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t' ||
                            text.ptr[text.len - 1] == '\r')) {
        text.len--;
    }
    return text;
}

static enum dynr_status end_profile(struct reading *reading)
{
    struct dynr_access_key *current = &reading->current;
    if (current->id == NULL && current->secret == NULL) {
        return DYNR_OK;
    }
    if (current->id == NULL || current->secret == NULL) {
        return dynr_fail(reading->err, DYNR_ERR_SYNTAX,
                         "%s:%u: the profile that ends here has no %s", reading->path,
                         reading->line,
                         current->id == NULL ? "aws_access_key_id" : "aws_secret_access_key");
    }
    for (size_t i = 0; i < reading->n_keys; i++) {
        /* Requests would be verified against one of them, whichever comes first. */
        if (strcmp(reading->keys[i].id, current->id) == 0 &&
            strcmp(reading->keys[i].secret, current->secret) != 0) {
            return dynr_fail(reading->err, DYNR_ERR_SYNTAX,
                             "%s:%u: another profile has the key %s with another secret",
                             reading->path, reading->line, current->id);
        }
    }
    if (reading->n_keys == KEYS_MAX) {
        return dynr_fail(reading->err, DYNR_ERR_TOO_MANY, "%s has more than %d keys", reading->path,
                         KEYS_MAX);
    }
    reading->keys[reading->n_keys++] = *current;
    memset(current, 0, sizeof *current);
    return DYNR_OK;
}

/* Half of a pair, kept as it is or refused. */
static enum dynr_status set_value(const struct reading *reading, struct dynr_str name,
                                  struct dynr_str value, size_t max, const char **out)
{
    if (value.len == 0 || memchr(value.ptr, '\0', value.len) != NULL) {
        return dynr_fail(reading->err, DYNR_ERR_SYNTAX, "%s:%u: %.*s %s", reading->path,
                         reading->line, (int)name.len, name.ptr,
                         value.len == 0 ? "is empty" : "has a NUL byte");
    }
    if (value.len > max) {
        return dynr_fail(reading->err, DYNR_ERR_SYNTAX, "%s:%u: %.*s is longer than %zu bytes",
                         reading->path, reading->line, (int)name.len, name.ptr, max);
    }
    *out = dynr_arena_dup(reading->arena, value).ptr;
    return *out == NULL ? dynr_fail(reading->err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

static enum dynr_status read_line(struct reading *reading, struct dynr_str line)
{
    line = trim(line);
    if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';') {
        return DYNR_OK;
    }
    if (line.ptr[0] == '[') {
        return end_profile(reading);
    }
    const char *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        return dynr_fail(reading->err, DYNR_ERR_SYNTAX,
                         "%s:%u: neither [profile] nor name = value" FORM, reading->path,
                         reading->line);
    }
    struct dynr_str name = trim(dynr_str_make(line.ptr, (size_t)(equals - line.ptr)));
    struct dynr_str value =
        trim(dynr_str_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
    if (dynr_str_equal_c(name, "aws_access_key_id")) {
        return set_value(reading, name, value, ID_MAX, &reading->current.id);
    }
    if (dynr_str_equal_c(name, "aws_secret_access_key")) {
        return set_value(reading, name, value, SECRET_MAX, &reading->current.secret);
    }
    return DYNR_OK;
}

static enum dynr_status read_text(struct reading *reading, struct dynr_str text)
{
    enum dynr_status status = DYNR_OK;
    for (size_t start = 0; status == DYNR_OK && start < text.len;) {
        const char *line = text.ptr + start;
        const char *end = memchr(line, '\n', text.len - start);
        size_t len = end == NULL ? text.len - start : (size_t)(end - line);
        reading->line++;
        status = read_line(reading, dynr_str_make(line, len));
        start += len + 1;
    }
    return status == DYNR_OK ? end_profile(reading) : status;
}

static enum dynr_status fail_file(const char *path, int number, struct dynr_error *err)
{
    char reason[128] = "";
    return dynr_fail(err, DYNR_ERR_IO, "cannot read %s: %s" FORM, path,
                     strerror_r(number, reason, sizeof reason));
}

/* The whole file, in the arena. */
static enum dynr_status read_file(const char *path, struct dynr_arena *arena, struct dynr_str *out,
                                  struct dynr_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail_file(path, errno, err);
    }
    char *text = dynr_arena_text(arena, FILE_MAX);
    errno = 0;
    size_t len = text == NULL ? 0 : fread(text, 1, FILE_MAX, file);
    int fault = ferror(file) != 0 ? errno : 0;
    (void)fclose(file);
    if (text == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (fault != 0) {
        return fail_file(path, fault, err);
    }
    *out = dynr_str_make(text, len);
    return len < FILE_MAX
               ? DYNR_OK
               : dynr_fail(err, DYNR_ERR_TOO_LARGE, "%s is longer than 1 MiB" FORM, path);
}

enum dynr_status dynr_credentials_read(const char *path, struct dynr_arena *arena,
                                       const struct dynr_access_key **out, size_t *out_n_keys,
                                       struct dynr_error *err)
{
    struct reading reading = {.arena = arena, .err = err, .path = path};
    struct dynr_str text = {NULL, 0};
    enum dynr_status status = read_file(path, arena, &text, err);
    if (status == DYNR_OK) {
        status = read_text(&reading, text);
    }
    if (status == DYNR_OK && reading.n_keys == 0) {
        status =
            dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s has no aws_access_key_id" FORM, path);
    }
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_access_key *keys = dynr_arena_calloc(arena, reading.n_keys, sizeof *keys);
    if (keys == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    memcpy(keys, reading.keys, reading.n_keys * sizeof *keys);
    *out = keys;
    *out_n_keys = reading.n_keys;
    return DYNR_OK;
}
