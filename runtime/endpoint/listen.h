/* SPDX-License-Identifier: Apache-2.0 */
/* Where the endpoint listens, and whom it lets in. */
#ifndef DYNR_ENDPOINT_LISTEN_H
#define DYNR_ENDPOINT_LISTEN_H

#include "endpoint/endpoint.h"

/** Listens as the options say; sets the endpoint's `port` and `is_loopback`. */
enum dynr_status dynr_endpoint_listen(struct dynr_endpoint *endpoint, int *out_fd,
                                      struct dynr_error *err);

enum dynr_accepted {
    /** One was taken, or turned away: `*out` is NULL then. */
    DYNR_ACCEPTED,
    /** Nobody waits. */
    DYNR_ACCEPTED_ALL,
    /** The process has no descriptors left. */
    DYNR_ACCEPT_RESTS,
};
enum dynr_accepted dynr_endpoint_accept(struct dynr_endpoint *endpoint, int listen_fd,
                                        struct dynr_endpoint_connection **out);

#endif
