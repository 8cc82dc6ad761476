/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Having a store alone. Who wants that locks a file beside it, PATH-lock, with flock(2), which ends with the process; others look for it before
 * and after they connect. The store's own file cannot carry the lock: closing any descriptor of it would drop SQLite's locks
 * (POSIX's rule). Who was there before without a lock is found by SQLite's own lock.
 */
#include "local/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum dynr_status dynr_local_file_fail(const char *verb, const char *path, int number,
                                      struct dynr_error *err)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", number);
    }
    return dynr_fail(err, DYNR_ERR_IO, "cannot %s %s: %s", verb, path, reason);
}

static enum dynr_status in_use(const struct local_engine *engine, struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_BUSY,
                     "%s is in use by another process, or another store of this one", engine->path);
}

/* A descriptor of the lock file under its name; -1 with errno. */
static int open_lock(const char *path, bool is_exclusive)
{
    for (;;) {
        struct stat held;
        int fd = open(path, O_RDWR | O_CLOEXEC | (is_exclusive ? O_CREAT : 0), 0666);
        if (fd < 0) {
            return -1;
        }
        if (flock(fd, (is_exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
            int number = errno;
            (void)close(fd);
            errno = number;
            return -1;
        }
        if (fstat(fd, &held) == 0 && held.st_nlink > 0) {
            return fd;
        }
        /* Its last holder removed it between the two calls. */
        (void)close(fd);
    }
}

/*
 * Whether somebody is connected who holds no lock of ours: SQLite gives its exclusive mode only to the only connection.
 */
static enum dynr_status check_alone(const struct local_engine *engine, struct dynr_error *err)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(engine->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               engine->vfs);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT", NULL,
                            NULL, NULL);
    }
    (void)sqlite3_close(db);
    if ((code & 0xff) == SQLITE_NOMEM) {
        return dynr_local_out_of_memory(err);
    }
    /* Whatever else is wrong with the file, opening it will say; one that is not there is nobody's. */
    return (code & 0xff) == SQLITE_BUSY ? in_use(engine, err) : DYNR_OK;
}

enum dynr_status dynr_local_lock_take(const struct local_engine *engine, bool is_exclusive,
                                      int *out_fd, struct dynr_error *err)
{
    struct dynr_buf path = {0};
    *out_fd = -1;
    dynr_buf_printf(&path, "%s-lock", engine->path);
    dynr_buf_append_char(&path, '\0');
    if (!dynr_buf_ok(&path)) {
        dynr_buf_cleanup(&path);
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = DYNR_OK;
    int fd = open_lock(path.ptr, is_exclusive);
    if (fd < 0 && errno == EWOULDBLOCK) {
        status = in_use(engine, err);
    } else if (fd < 0 && is_exclusive) {
        status = dynr_local_file_fail("lock", path.ptr, errno, err);
    }
    /* Without `exclusive`, no lock file, or one that may not be opened, is nobody's. */
    dynr_buf_cleanup(&path);
    if (status == DYNR_OK && is_exclusive) {
        status = check_alone(engine, err);
    }
    if (status != DYNR_OK) {
        dynr_local_lock_give(engine, is_exclusive, fd);
        return status;
    }
    *out_fd = fd;
    return DYNR_OK;
}

void dynr_local_lock_give(const struct local_engine *engine, bool is_exclusive, int fd)
{
    if (fd < 0) {
        return;
    }
    struct dynr_buf path = {0};
    dynr_buf_printf(&path, "%s-lock", engine->path);
    dynr_buf_append_char(&path, '\0');
    if (is_exclusive && dynr_buf_ok(&path)) {
        (void)unlink(path.ptr);
    }
    dynr_buf_cleanup(&path);
    (void)close(fd);
}
