/* SPDX-License-Identifier: Apache-2.0 */
/* Where a server listens: an IP address in figures with a port. */
#ifndef DYNR_BASE_IP_ADDRESS_H
#define DYNR_BASE_IP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct dynr_ip_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t len;
    /** Reached from this machine alone. */
    bool is_loopback;
};

/** `text`: "127.0.0.1" or "::1", without brackets and names. False: it is neither. */
bool dynr_ip_address_parse(const char *text, uint16_t port, struct dynr_ip_address *out);

uint16_t dynr_ip_address_port(const struct dynr_ip_address *address);

#endif
