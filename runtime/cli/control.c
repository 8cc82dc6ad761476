/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/control.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS    1000
#define ANSWER_SECONDS 60
#define DONE           "ok\n"
#define FAILED         "failed\n"

static enum dynr_status folder_path(char out[DYNR_CONTROL_PATH_SIZE], struct dynr_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment. */
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int len = 0;
    if (runtime != NULL && runtime[0] == '/') {
        len = snprintf(out, DYNR_CONTROL_PATH_SIZE, "%s/dynr", runtime);
    } else {
        len = snprintf(out, DYNR_CONTROL_PATH_SIZE, "/tmp/dynr-%u", (unsigned int)geteuid());
    }
    /* Room for the name, and for the 108 bytes of a socket's address. */
    if (len < 0 || len > DYNR_CONTROL_PATH_SIZE - 24) {
        return dynr_fail(err, DYNR_ERR_IO, "XDG_RUNTIME_DIR is too long a path");
    }
    return DYNR_OK;
}

/* A folder of this user alone, or none yet: everybody may make names in /tmp. */
static enum dynr_status check_folder(const char *path, struct dynr_error *err)
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        return errno == ENOENT ? DYNR_OK : dynr_fail(err, DYNR_ERR_IO, "cannot enter %s", path);
    }
    if (!S_ISDIR(found.st_mode)) {
        return dynr_fail(err, DYNR_ERR_IO, "%s is not a folder", path);
    }
    if (found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
        return dynr_fail(err, DYNR_ERR_IO, "%s belongs to somebody else, or is open to others",
                         path);
    }
    return DYNR_OK;
}

enum dynr_status dynr_control_path(uint16_t port, const char *suffix,
                                   char out[DYNR_CONTROL_PATH_SIZE], struct dynr_error *err)
{
    char folder[DYNR_CONTROL_PATH_SIZE];
    enum dynr_status status = folder_path(folder, err);
    if (status == DYNR_OK) {
        status = check_folder(folder, err);
    }
    if (status == DYNR_OK) {
        int len = (int)strlen(folder);
        (void)snprintf(out, DYNR_CONTROL_PATH_SIZE, "%.*s/local-%u%s", len, folder, port, suffix);
    }
    return status;
}

static enum dynr_status address_of(uint16_t port, struct sockaddr_un *out, struct dynr_error *err)
{
    char path[DYNR_CONTROL_PATH_SIZE];
    enum dynr_status status = dynr_control_path(port, ".sock", path, err);
    if (status == DYNR_OK) {
        memset(out, 0, sizeof *out);
        out->sun_family = AF_UNIX;
        memcpy(out->sun_path, path, strlen(path) + 1);
    }
    return status;
}

static bool answers(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_there;
}

bool dynr_control_is_served(uint16_t port)
{
    struct sockaddr_un address;
    return address_of(port, &address, NULL) == DYNR_OK && answers(&address);
}

/* Of a name in the folder; 0: it is no socket's. */
static uint16_t port_of_name(const char *name)
{
    static const char prefix[] = "local-";
    char *end = NULL;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0 || name[sizeof prefix - 1] < '1' ||
        name[sizeof prefix - 1] > '9') {
        return 0;
    }
    unsigned long port = strtoul(name + sizeof prefix - 1, &end, 10);
    return strcmp(end, ".sock") == 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

enum dynr_status dynr_control_next(uint16_t after, uint16_t *out, struct dynr_error *err)
{
    char path[DYNR_CONTROL_PATH_SIZE];
    *out = 0;
    enum dynr_status status = folder_path(path, err);
    if (status == DYNR_OK) {
        status = check_folder(path, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT ? DYNR_OK : dynr_fail(err, DYNR_ERR_IO, "cannot read %s", path);
    }
    const struct dirent *entry = NULL;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream. */
    while ((entry = readdir(folder)) != NULL) {
        uint16_t port = port_of_name(entry->d_name);
        /* One that was killed leaves its socket, and nobody answers. */
        if (port > after && (*out == 0 || port < *out) && dynr_control_is_served(port)) {
            *out = port;
        }
    }
    (void)closedir(folder);
    return DYNR_OK;
}

static enum dynr_status listen_at(uint16_t port, int *out_fd, struct dynr_error *err)
{
    struct sockaddr_un address;
    enum dynr_status status = address_of(port, &address, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (answers(&address)) {
        return dynr_fail(err, DYNR_ERR_IO,
                         "another one of this user serves port %u on another address", port);
    }
    /* Nobody answers: a socket of that name was left behind. */
    (void)unlink(address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 8) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return dynr_fail(err, DYNR_ERR_IO, "cannot listen on %s", address.sun_path);
    }
    *out_fd = fd;
    return DYNR_OK;
}

enum dynr_status dynr_control_open(uint16_t port, int *out_fd, struct dynr_error *err)
{
    char folder[DYNR_CONTROL_PATH_SIZE];
    enum dynr_status status = folder_path(folder, err);
    if (status != DYNR_OK) {
        return status;
    }
    bool is_made = mkdir(folder, 0700) == 0;
    if (!is_made && errno != EEXIST) {
        return dynr_fail(err, DYNR_ERR_IO, "cannot make %s", folder);
    }
    status = listen_at(port, out_fd, err);
    if (status != DYNR_OK && is_made) {
        (void)rmdir(folder);
    }
    return status;
}

void dynr_control_close(uint16_t port, int fd)
{
    struct sockaddr_un address;
    if (fd >= 0) {
        (void)close(fd);
        if (address_of(port, &address, NULL) == DYNR_OK) {
            (void)unlink(address.sun_path);
        }
    }
}

struct dynr_str dynr_control_take(int fd, char *room, size_t size, int *out_client)
{
    struct dynr_str word = {room, 0};
    *out_client = accept(fd, NULL, NULL);
    if (*out_client < 0) {
        return word;
    }
    struct pollfd waiting = {.fd = *out_client, .events = POLLIN};
    while (word.len < size) {
        ssize_t n = poll(&waiting, 1, PATIENCE_MS) == 1
                        ? read(*out_client, room + word.len, size - word.len)
                        : 0;
        if (n <= 0) {
            break;
        }
        word.len += (size_t)n;
        if (room[word.len - 1] == '\n') {
            word.len--;
            return word;
        }
    }
    (void)close(*out_client);
    *out_client = -1;
    return word;
}

static void send_text(int fd, struct dynr_str text)
{
    while (text.len > 0) {
        ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        text = dynr_str_make(text.ptr + n, text.len - (size_t)n);
    }
}

void dynr_control_answer(int client, bool is_done, struct dynr_str text)
{
    send_text(client, dynr_str_from_c(is_done ? DONE : FAILED));
    send_text(client, text);
}

static bool cut_prefix(struct dynr_str *text, const char *prefix)
{
    size_t len = strlen(prefix);
    bool is_there = text->len >= len && memcmp(text->ptr, prefix, len) == 0;
    if (is_there) {
        *text = dynr_str_make(text->ptr + len, text->len - len);
    }
    return is_there;
}

static enum dynr_status read_answer(int fd, struct dynr_buf *out, bool *out_done,
                                    struct dynr_error *err)
{
    struct dynr_buf whole = {0};
    char piece[1024];
    ssize_t n = 0;
    while ((n = read(fd, piece, sizeof piece)) > 0) {
        dynr_buf_append(&whole, piece, (size_t)n);
    }
    struct dynr_str text = dynr_buf_str(&whole);
    enum dynr_status status = DYNR_OK;
    if (n < 0) {
        status = dynr_fail(err, DYNR_ERR_IO, "it does not answer");
    } else if (!dynr_buf_ok(&whole)) {
        status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    } else if (text.len == 0) {
        status = dynr_fail(err, DYNR_ERR_IO, "it ended without an answer");
    } else {
        *out_done = cut_prefix(&text, DONE);
        if (!*out_done && !cut_prefix(&text, FAILED)) {
            status = dynr_fail(err, DYNR_ERR_IO, "what serves there is of another version");
        }
        dynr_buf_append_str(out, text);
    }
    dynr_buf_cleanup(&whole);
    return status;
}

enum dynr_status dynr_control_ask(uint16_t port, const char *question, struct dynr_buf *out,
                                  bool *out_done, struct dynr_error *err)
{
    struct sockaddr_un address;
    enum dynr_status status = address_of(port, &address, err);
    if (status != DYNR_OK) {
        return status;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return dynr_fail(err, DYNR_ERR_IO, "nothing runs on port %u (of this user)", port);
    }
    /* One that does not answer was stopped, or is being debugged. */
    static const struct timeval patience = {ANSWER_SECONDS, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    send_text(fd, dynr_str_from_c(question));
    send_text(fd, dynr_str_from_c("\n"));
    struct dynr_error fault = {0};
    status = read_answer(fd, out, out_done, &fault);
    (void)close(fd);
    /* Which one it was of several that are asked. */
    return status == DYNR_OK ? DYNR_OK : dynr_fail(err, status, "port %u: %s", port, fault.message);
}
