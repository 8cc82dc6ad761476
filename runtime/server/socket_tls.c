/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS by OpenSSL over sockets that do not block.
 *
 * A record that OpenSSL could not write must be given to it again with the same bytes, whatever became of the queue that they came
 * from: so they are kept here, and count as taken.
 */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "server/socket.h"

static int choose_protocol(SSL *tls, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned n_offered, void *context)
{
    /* No HTTP/2: fan-out gains nothing from it, and its streams would need limits of their own. */
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    (void)tls;
    (void)context;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof ours - 1, offered, n_offered) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_up(SSL_CTX *context, const char *certificate, const char *key)
{
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    /* Tickets resume without a cache, which would grow with every client. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

enum dynr_status dynr_tls_open(const char *certificate, const char *key, struct ssl_ctx_st **out,
                               struct dynr_error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    *out = NULL;
    if (context == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    bool fine = set_up(context, certificate, key);
    ERR_clear_error();
    if (!fine) {
        SSL_CTX_free(context);
        return dynr_fail(err, DYNR_ERR_IO,
                         "TLS cannot start: do %s and %s exist, and belong together?", certificate,
                         key);
    }
    *out = context;
    return DYNR_OK;
}

void dynr_tls_close(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

struct ssl_st *dynr_tls_accept(struct ssl_ctx_st *context, int fd)
{
    SSL *tls = SSL_new(context);
    if (tls == NULL || SSL_set_fd(tls, fd) != 1) {
        SSL_free(tls);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_accept_state(tls);
    return tls;
}

void dynr_tls_end(struct ssl_st *tls)
{
    SSL_free(tls);
}

/** What an operation's result means. The queue of errors is one for the thread, and is left empty. */
static enum dynr_socket_result result_of(const struct dynr_socket *socket, int result,
                                         bool *out_wants_write)
{
    int reason = SSL_get_error(socket->tls, result);
    ERR_clear_error();
    *out_wants_write = reason == SSL_ERROR_WANT_WRITE;
    switch (reason) {
    case SSL_ERROR_NONE:
        return DYNR_SOCKET_OK;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return DYNR_SOCKET_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return DYNR_SOCKET_END;
    default:
        return DYNR_SOCKET_BROKEN;
    }
}

enum dynr_socket_result dynr_tls_handshake(struct dynr_socket *socket)
{
    return result_of(socket, SSL_do_handshake(socket->tls), &socket->read_wants_write);
}

enum dynr_socket_result dynr_tls_read(struct dynr_socket *socket, unsigned char *buffer,
                                      size_t *out_len)
{
    int n_read = SSL_read(socket->tls, buffer, DYNR_SOCKET_READ_SIZE);
    enum dynr_socket_result result = result_of(socket, n_read, &socket->read_wants_write);
    *out_len = result == DYNR_SOCKET_OK ? (size_t)n_read : 0;
    return result;
}

/** Copies the pieces into one record. */
static size_t fill_record(const struct iovec *parts, size_t n_parts, unsigned char *record)
{
    size_t len = 0;
    for (size_t i = 0; i < n_parts && len < DYNR_SOCKET_RECORD; i++) {
        size_t room = DYNR_SOCKET_RECORD - len;
        size_t here = parts[i].iov_len < room ? parts[i].iov_len : room;
        memcpy(record + len, parts[i].iov_base, here);
        len += here;
    }
    return len;
}

static enum dynr_socket_result write_pending(struct dynr_socket *socket)
{
    while (socket->n_pending > 0) {
        bool wants_write;
        int n_written = SSL_write(socket->tls, socket->pending, (int)socket->n_pending);
        enum dynr_socket_result result = result_of(socket, n_written, &wants_write);
        if (result != DYNR_SOCKET_OK) {
            return result;
        }
        socket->n_pending -= (size_t)n_written;
        memmove(socket->pending, socket->pending + n_written, socket->n_pending);
    }
    free(socket->pending);
    socket->pending = NULL;
    return DYNR_SOCKET_OK;
}

enum dynr_socket_result dynr_tls_write(struct dynr_socket *socket, const struct iovec *parts,
                                       size_t n_parts, size_t *out_len)
{
    unsigned char record[DYNR_SOCKET_RECORD];
    bool wants_write;
    enum dynr_socket_result result = write_pending(socket);
    if (result != DYNR_SOCKET_OK || n_parts == 0) {
        return result;
    }
    size_t len = fill_record(parts, n_parts, record);
    int n_written = SSL_write(socket->tls, record, (int)len);
    result = result_of(socket, n_written, &wants_write);
    if (result == DYNR_SOCKET_OK) {
        *out_len = (size_t)n_written;
    } else if (result == DYNR_SOCKET_AGAIN) {
        socket->pending = malloc(len);
        if (socket->pending == NULL) {
            return DYNR_SOCKET_BROKEN;
        }
        memcpy(socket->pending, record, len);
        socket->n_pending = len;
        *out_len = len;
    }
    return result;
}

void dynr_tls_finish(struct dynr_socket *socket)
{
    /* Sends the alert; the peer's is not waited for. After a failed handshake there is nobody to send it to. */
    if (SSL_is_init_finished(socket->tls)) {
        (void)SSL_shutdown(socket->tls);
    }
    ERR_clear_error();
}
