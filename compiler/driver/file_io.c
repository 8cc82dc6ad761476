/* SPDX-License-Identifier: Apache-2.0 */
/* Whole-file reading and atomic, only-if-changed writing. */
#include "driver/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dynr/buf.h"

/* Bytes that one call reads or writes. */
#define BLOCK ((size_t)64 * 1024)

static bool refuse(struct dynr_arena *arena, struct dynr_str *out_reason, const char *action,
                   int error)
{
    char text[128] = "unknown error";
    if (strerror_r(error, text, sizeof text) != 0) {
        (void)snprintf(text, sizeof text, "error %d", error);
    }
    *out_reason = dynr_arena_printf(arena, "%s: %s", action, text);
    return false;
}

bool dyn_file_read(struct dynr_arena *arena, const char *path, size_t limit, struct dynr_str *out,
                   struct dynr_str *out_reason)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(arena, out_reason, "cannot open", errno);
    }
    struct dynr_buf content;
    dynr_buf_init(&content, NULL, 0);
    bool ok = true;
    while (content.len <= limit) {
        char *room = dynr_buf_reserve(&content, BLOCK);
        if (room == NULL) {
            ok = refuse(arena, out_reason, "cannot read", ENOMEM);
            break;
        }
        ssize_t got = read(file, room, BLOCK);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            ok = refuse(arena, out_reason, "cannot read", errno);
            break;
        }
        if (got == 0) {
            break;
        }
        content.len += (size_t)got;
    }
    if (ok) {
        *out = dynr_arena_dup(arena, dynr_buf_str(&content));
    }
    dynr_buf_cleanup(&content);
    if (!is_stdin) {
        (void)close(file);
    }
    return ok;
}

/** Whether the next `part.len` bytes of the file are those. */
static bool reads_as(int file, struct dynr_str part)
{
    char block[BLOCK];
    size_t done = 0;
    while (done < part.len) {
        size_t wanted = part.len - done < sizeof block ? part.len - done : sizeof block;
        ssize_t got = read(file, block, wanted);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || memcmp(block, part.ptr + done, (size_t)got) != 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static bool has_content(const char *path, const struct dynr_str *parts, size_t n_parts)
{
    struct stat info;
    size_t len = 0;
    for (size_t i = 0; i < n_parts; i++) {
        len += parts[i].len;
    }
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || (size_t)info.st_size != len) {
        return false;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool equal = file >= 0;
    for (size_t i = 0; equal && i < n_parts; i++) {
        equal = reads_as(file, parts[i]);
    }
    if (file >= 0) {
        (void)close(file);
    }
    return equal;
}

static bool make_folders(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return false;
    }
    bool ok = true;
    for (char *slash = strchr(copy + 1, '/'); ok && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(copy);
    return ok;
}

/* In blocks: one call for hundreds of megabytes costs the kernel several times what calls of this size cost (Linux 6.18, ext4). */
static bool write_all(int file, struct dynr_str text)
{
    size_t done = 0;
    while (done < text.len) {
        size_t left = text.len - done;
        ssize_t put = write(file, text.ptr + done, left < BLOCK ? left : BLOCK);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

enum dyn_write_result dyn_file_write(struct dynr_arena *arena, const char *path,
                                     const struct dynr_str *parts, size_t n_parts,
                                     struct dynr_str *out_reason)
{
    if (has_content(path, parts, n_parts)) {
        return DYN_FILE_UNCHANGED;
    }
    if (!make_folders(path)) {
        (void)refuse(arena, out_reason, "cannot create the folder", errno);
        return DYN_FILE_FAILED;
    }
    struct dynr_str temporary = dynr_arena_printf(arena, "%s.XXXXXX", path);
    char *name = dynr_arena_text(arena, temporary.len + 1);
    memcpy(name, temporary.ptr, temporary.len + 1);
    int file = mkstemp(name);
    if (file < 0) {
        (void)refuse(arena, out_reason, "cannot create", errno);
        return DYN_FILE_FAILED;
    }
    /* mkstemp makes a private file; what is generated is as readable as what an editor would save. */
    mode_t mask = umask(0);
    (void)umask(mask);
    bool ok = true;
    for (size_t i = 0; ok && i < n_parts; i++) {
        ok = write_all(file, parts[i]);
    }
    ok = ok && fchmod(file, 0666 & ~mask) == 0;
    int error = errno;
    if (close(file) != 0 && ok) {
        ok = false;
        error = errno;
    }
    if (ok && rename(name, path) != 0) {
        ok = false;
        error = errno;
    }
    if (!ok) {
        (void)unlink(name);
        (void)refuse(arena, out_reason, "cannot write", error);
        return DYN_FILE_FAILED;
    }
    return DYN_FILE_WRITTEN;
}

struct dynr_str dyn_path_join(struct dynr_arena *arena, struct dynr_str base, struct dynr_str name)
{
    bool plain =
        base.len == 0 || dynr_str_equal_c(base, ".") || (name.len > 0 && name.ptr[0] == '/');
    if (plain) {
        return dynr_arena_dup(arena, name);
    }
    const char *slash = base.ptr[base.len - 1] == '/' ? "" : "/";
    return dynr_arena_printf(arena, "%.*s%s%.*s", (int)base.len, base.ptr, slash, (int)name.len,
                             name.ptr);
}

static size_t base_offset(struct dynr_str path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/') {
        at--;
    }
    return at;
}

struct dynr_str dyn_path_folder(struct dynr_str path)
{
    size_t at = base_offset(path);
    return dynr_str_make(path.ptr, at > 1 ? at - 1 : at);
}

struct dynr_str dyn_path_base(struct dynr_str path)
{
    size_t at = base_offset(path);
    return dynr_str_make(path.ptr + at, path.len - at);
}

struct dynr_str dyn_path_normalise(struct dynr_arena *arena, struct dynr_str path)
{
    char *out = dynr_arena_text(arena, path.len + 2);
    size_t len = 0;
    /* Where ".." may not remove anything more: behind a leading '/' or leading "../". */
    size_t floor = 0;
    size_t at = 0;
    if (path.len > 0 && path.ptr[0] == '/') {
        out[len++] = '/';
        floor = 1;
    }
    while (at < path.len) {
        size_t end = at;
        while (end < path.len && path.ptr[end] != '/') {
            end++;
        }
        struct dynr_str part = dynr_str_make(path.ptr + at, end - at);
        at = end + 1;
        if (part.len == 0 || dynr_str_equal_c(part, ".")) {
            continue;
        }
        if (dynr_str_equal_c(part, "..") && len > floor) {
            while (len > floor && out[len - 1] != '/') {
                len--;
            }
            len -= len > floor ? 1 : 0;
            continue;
        }
        if (len > 0 && out[len - 1] != '/') {
            out[len++] = '/';
        }
        memcpy(out + len, part.ptr, part.len);
        len += part.len;
        if (dynr_str_equal_c(part, "..")) {
            floor = len;
        }
    }
    out[len] = '\0';
    return dynr_str_make(out, len);
}
