/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below one directory.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/entity_tag.h"
#include "server/http.h"
#include "server/static_path.h"

#define CHUNK 65536

static int not_found(struct dynr_connection *connection)
{
    return dynr_http_fail_with(connection, 404, DYNR_ERR_NOT_FOUND, "there is nothing here",
                               dynr_str_make(NULL, 0), false);
}

/** Opens a file of the directory; -1 where it must not be served. Links are followed as long as they stay inside. */
static int open_inside(const char *directory, const char *path, struct stat *out)
{
    char wanted[PATH_MAX];
    char *root = realpath(directory, NULL);
    int len = root == NULL ? -1 : snprintf(wanted, sizeof wanted, "%s/%s", root, path);
    char *real = len < 0 || (size_t)len >= sizeof wanted ? NULL : realpath(wanted, NULL);
    size_t root_len = root == NULL ? 0 : strlen(root);
    int fd = -1;
    if (real != NULL && strncmp(real, root, root_len) == 0 && real[root_len] == '/') {
        /* Not O_RDONLY alone: opening a FIFO would wait for a writer. */
        fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    free(root);
    free(real);
    if (fd >= 0 && fstat(fd, out) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/** A directory's address ends in a slash, or the relative addresses of its index mean something else. */
static int redirect_to_directory(struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    struct dynr_buf headers;
    dynr_buf_init(&headers, NULL, 0);
    dynr_buf_append_c(&headers, "location: ");
    for (size_t i = 0; i < request->path.len; i++) {
        unsigned char c = (unsigned char)request->path.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("/-_.~", c) != NULL;
        dynr_buf_printf(&headers, plain ? "%c" : "%%%02X", c);
    }
    dynr_buf_append_c(&headers, "/\r\n");
    struct dynr_http_answer answer = {.status = 301, .headers = dynr_buf_str(&headers)};
    int result = dynr_buf_ok(&headers) ? dynr_http_answer(connection, &answer) : -1;
    dynr_buf_cleanup(&headers);
    return result;
}

static int send_file(struct dynr_connection *connection, int fd, const struct stat *info,
                     const char *path)
{
    struct dynr_http_request *request = connection->request;
    char etag[64];
    char headers[96];
    (void)snprintf(etag, sizeof etag, "\"%" PRIx64 "-%" PRIx64 "-%lx\"", (uint64_t)info->st_size,
                   (uint64_t)info->st_mtim.tv_sec, (unsigned long)info->st_mtim.tv_nsec);
    (void)snprintf(headers, sizeof headers, "etag: %s\r\n", etag);
    struct dynr_http_answer answer = {.status = 200,
                                      .content_type = dynr_static_content_type(path),
                                      .headers = dynr_str_from_c(headers),
                                      .cache_control = "no-cache",
                                      .head_only = true,
                                      .length = (uint64_t)info->st_size};
    request->file = fd;
    request->file_left = (uint64_t)info->st_size;
    if (dynr_entity_tag_matches(dynr_http_header(connection, WSI_TOKEN_HTTP_IF_NONE_MATCH),
                                dynr_str_from_c(etag))) {
        answer = (struct dynr_http_answer){
            .status = 304, .headers = answer.headers, .cache_control = answer.cache_control};
        return dynr_http_answer(connection, &answer);
    }
    if (dynr_http_answer(connection, &answer) != 0) {
        return -1;
    }
    if (request->method == DYNR_HTTP_HEAD || request->file_left == 0) {
        return dynr_http_done(connection, false);
    }
    return lws_callback_on_writable(connection->wsi) < 0 ? -1 : 0;
}

int dynr_http_static(struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    const char *directory = connection->server->options.static_directory;
    char path[DYNR_STATIC_MAX_PATH];
    struct stat info;
    if (directory == NULL || !dynr_static_path(request->path, path)) {
        return not_found(connection);
    }
    if (request->method != DYNR_HTTP_GET && request->method != DYNR_HTTP_HEAD) {
        return dynr_http_fail_with(
            connection, 405, DYNR_ERR_UNSUPPORTED, "files are read with GET or HEAD",
            dynr_str_from_c("allow: GET, HEAD, OPTIONS\r\n"), request->method == DYNR_HTTP_OTHER);
    }
    int fd = open_inside(directory, path, &info);
    if (fd < 0) {
        return not_found(connection);
    }
    if (S_ISREG(info.st_mode)) {
        return send_file(connection, fd, &info, path);
    }
    (void)close(fd);
    return S_ISDIR(info.st_mode) ? redirect_to_directory(connection) : not_found(connection);
}

int dynr_http_static_more(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    unsigned char buffer[LWS_PRE + CHUNK];
    size_t wanted = request->file_left < CHUNK ? (size_t)request->file_left : CHUNK;
    ssize_t n_read = read(request->file, buffer + LWS_PRE, wanted);
    if (n_read <= 0) {
        /* It became shorter, or cannot be read: the length was promised, so the connection must end. */
        dynr_server_log(connection->server, DYNR_LOG_WARNING, "a file changed while it was sent");
        return -1;
    }
    if (lws_write(connection->wsi, buffer + LWS_PRE, (size_t)n_read, LWS_WRITE_HTTP) < 0) {
        return -1;
    }
    request->file_left -= (uint64_t)n_read;
    if (request->file_left == 0) {
        return dynr_http_done(connection, false);
    }
    return lws_callback_on_writable(connection->wsi) < 0 ? -1 : 0;
}
