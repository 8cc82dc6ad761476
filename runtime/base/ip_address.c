/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip_address.h"

#include <arpa/inet.h>
#include <string.h>

bool dynr_ip_address_parse(const char *text, uint16_t port, struct dynr_ip_address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->socket.v4.sin_addr) == 1) {
        out->socket.v4.sin_family = AF_INET;
        out->socket.v4.sin_port = htons(port);
        out->len = sizeof out->socket.v4;
        out->is_loopback = ntohl(out->socket.v4.sin_addr.s_addr) >> 24 == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->socket.v6.sin6_addr) == 1) {
        out->socket.v6.sin6_family = AF_INET6;
        out->socket.v6.sin6_port = htons(port);
        out->len = sizeof out->socket.v6;
        out->is_loopback = IN6_IS_ADDR_LOOPBACK(&out->socket.v6.sin6_addr);
        return true;
    }
    return false;
}

uint16_t dynr_ip_address_port(const struct dynr_ip_address *address)
{
    return ntohs(address->socket.any.sa_family == AF_INET6 ? address->socket.v6.sin6_port
                                                           : address->socket.v4.sin_port);
}
