/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 64

int dynr_owner_write(const char *lock_path, uint16_t port)
{
    char text[TEXT_SIZE];
    int len = snprintf(text, sizeof text, "%ld %u\n", (long)getpid(), port);
    int fd = open(lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    /* The store's own lock is flock's, which this one does not meet. */
    if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && ftruncate(fd, 0) == 0 &&
        pwrite(fd, text, (size_t)len, 0) == len) {
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

bool dynr_owner_read(const char *lock_path, struct dynr_owner *out)
{
    char text[TEXT_SIZE] = "";
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    memset(out, 0, sizeof *out);
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    /* One of another name space of processes has no number here. */
    bool is_held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0;
    ssize_t len = is_held ? pread(fd, text, sizeof text - 1, 0) : 0;
    (void)close(fd);
    if (!is_held) {
        return false;
    }
    out->process = (long)lock.l_pid;
    char *end = text;
    if (len > 0 && strtol(text, &end, 10) == out->process && *end == ' ') {
        unsigned long port = strtoul(end, &end, 10);
        out->port = *end == '\n' && port <= UINT16_MAX ? (unsigned int)port : 0;
    }
    return true;
}
