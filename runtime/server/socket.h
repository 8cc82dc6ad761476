/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connected socket that never blocks, with TLS or without. The one file of both that knows OpenSSL's is socket_tls.c.
 */
#ifndef DYNR_SERVER_SOCKET_H
#define DYNR_SERVER_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "dynr/status.h"

/** At most so many bytes of one write are taken with TLS: a record. */
#define DYNR_SOCKET_RECORD 16384
/** A buffer for reading holds at least a record, or what TLS keeps back would not be told of. */
#define DYNR_SOCKET_READ_SIZE 65536

struct ssl_ctx_st;
struct ssl_st;

struct dynr_socket {
    int fd;
    /** NULL: without TLS. */
    struct ssl_st *tls;
    /** TLS: bytes that were taken and must be written again, the same; `n_pending` 0: none. */
    unsigned char *pending;
    size_t n_pending;
    /** Reading has to wait until the socket can be written: TLS says something of its own. */
    bool read_wants_write;
};

enum dynr_socket_result {
    DYNR_SOCKET_OK,
    /** Not now; the loop says when. */
    DYNR_SOCKET_AGAIN,
    /** The peer sends nothing more. */
    DYNR_SOCKET_END,
    DYNR_SOCKET_BROKEN,
};

/** Takes `fd`; `context` NULL: without TLS. False: out of memory, `fd` is closed. */
bool dynr_socket_open(struct dynr_socket *socket, int fd, struct ssl_ctx_st *context);
/** Idempotent. */
void dynr_socket_close(struct dynr_socket *socket);
/** TLS: goes on with the handshake. Without TLS it is done at once. */
enum dynr_socket_result dynr_socket_handshake(struct dynr_socket *socket);
/** Reads into `buffer` of DYNR_SOCKET_READ_SIZE bytes. OK: `*out_len` is not 0. */
enum dynr_socket_result dynr_socket_read(struct dynr_socket *socket, unsigned char *buffer,
                                         size_t *out_len);
/** Writes pieces, as much as goes: `*out_len` bytes are taken, and no concern of the caller any more. */
enum dynr_socket_result dynr_socket_write(struct dynr_socket *socket, const struct iovec *parts,
                                          size_t n_parts, size_t *out_len);
/** Nothing that was taken waits. */
static inline bool dynr_socket_is_clear(const struct dynr_socket *socket)
{
    return socket->n_pending == 0;
}
/** Says that nothing more is sent. */
void dynr_socket_finish(struct dynr_socket *socket);

/* socket_tls.c: what the functions above do with TLS. */

/** TLS 1.2 and 1.3 from PEM files. Errors: DYNR_ERR_IO, DYNR_ERR_NO_MEMORY. */
enum dynr_status dynr_tls_open(const char *certificate, const char *key, struct ssl_ctx_st **out,
                               struct dynr_error *err);
void dynr_tls_close(struct ssl_ctx_st *context);
struct ssl_st *dynr_tls_accept(struct ssl_ctx_st *context, int fd);
void dynr_tls_end(struct ssl_st *tls);
enum dynr_socket_result dynr_tls_handshake(struct dynr_socket *socket);
enum dynr_socket_result dynr_tls_read(struct dynr_socket *socket, unsigned char *buffer,
                                      size_t *out_len);
enum dynr_socket_result dynr_tls_write(struct dynr_socket *socket, const struct iovec *parts,
                                       size_t n_parts, size_t *out_len);
void dynr_tls_finish(struct dynr_socket *socket);

#endif
