/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/control.h"
#include "cli/say.h"
#include "dynr/clock.h"

#define LOG_MAX   ((off_t)8 << 20)
#define LINE_SIZE 1024

enum dynr_status dynr_cli_log_open(uint16_t port, struct dynr_cli_log *out, struct dynr_error *err)
{
    char path[DYNR_CONTROL_PATH_SIZE];
    char moved[DYNR_CONTROL_PATH_SIZE];
    enum dynr_status status = dynr_control_path(port, ".log", path, err);
    if (status == DYNR_OK) {
        status = dynr_control_path(port, ".log.1", moved, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    struct stat found;
    if (stat(path, &found) == 0 && found.st_size > LOG_MAX && rename(path, moved) != 0) {
        return dynr_fail(err, DYNR_ERR_IO, "cannot move %s", path);
    }
    out->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out->fd < 0) {
        return dynr_fail(err, DYNR_ERR_IO, "cannot write %s", path);
    }
    /* It ends with the process, whatever ends that: who follows the log sees it. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (fcntl(out->fd, F_SETLK, &lock) != 0) {
        dynr_cli_log_close(out);
        return dynr_fail(err, DYNR_ERR_IO, "cannot lock %s", path);
    }
    return DYNR_OK;
}

void dynr_cli_log_close(struct dynr_cli_log *log)
{
    if (log->fd >= 0) {
        (void)close(log->fd);
        log->fd = -1;
    }
}

void dynr_cli_log_line(const struct dynr_cli_log *log, const char *format, ...)
{
    char line[LINE_SIZE];
    const struct dynr_clock *clock = dynr_clock_system();
    struct dynr_timestamp now = {clock->now_ms(clock->context)};
    dynr_timestamp_format(now, line);
    line[DYNR_TIMESTAMP_LENGTH] = ' ';
    size_t start = DYNR_TIMESTAMP_LENGTH + 1;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(line + start, sizeof line - start - 1, format, arguments);
    va_end(arguments);
    if (written < 0) {
        return;
    }
    size_t len = start + (size_t)written;
    if (len > sizeof line - 2) {
        len = sizeof line - 2;
    }
    /* One event, one line, whatever a client sent. */
    for (size_t i = start; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[len++] = '\n';
    /* One write a line: threads do not mix theirs. A log that cannot be written stops nobody. */
    if (log->fd >= 0 && write(log->fd, line, len) < 0) {
        return;
    }
    if (log->is_loud) {
        (void)fwrite(line, 1, len, stderr);
    }
}

/* Whether somebody has it open with dynr_cli_log_open. */
static bool is_written(int fd)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* What stands in the file from where it was read to. Negative: it cannot be read; positive: it cannot be printed. */
static int print_rest(int fd)
{
    char piece[4096];
    ssize_t n = 0;
    while ((n = read(fd, piece, sizeof piece)) > 0) {
        if (fwrite(piece, 1, (size_t)n, stdout) != (size_t)n) {
            return 1;
        }
    }
    return n < 0 ? -1 : (fflush(stdout) != 0 ? 1 : 0);
}

int dynr_cli_log_show(uint16_t port, bool follow)
{
    struct dynr_error err = {0};
    char path[DYNR_CONTROL_PATH_SIZE];
    if (dynr_control_path(port, ".log", path, &err) != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        return 1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        dynr_cli_fail("nothing was logged on port %u", port);
        return 1;
    }
    static const struct timespec pause = {0, 200000000};
    bool goes_on = follow;
    int fault = 0;
    do {
        /* Asked first: nothing is written after the answer is no. */
        goes_on = goes_on && is_written(fd);
        fault = print_rest(fd);
    } while (goes_on && fault == 0 && nanosleep(&pause, NULL) == 0);
    (void)close(fd);
    if (follow && !goes_on && fault == 0) {
        dynr_cli_note("what ran on port %u has ended", port);
    }
    return fault < 0 ? 1 : 0;
}
