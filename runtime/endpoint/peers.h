/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each peer has of what all share, connections and bytes of bodies: of other machines, none may have all. A peer is an IPv4
 * address, or a network of IPv6 (/64): whoever has one of its addresses has them all.
 */
#ifndef DYNR_ENDPOINT_PEERS_H
#define DYNR_ENDPOINT_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct dynr_endpoint_peers;

/** For at most `n_places` connections, of which one address may have `n_each`. NULL: out of memory. */
struct dynr_endpoint_peers *dynr_endpoint_peers_new(size_t n_places, size_t n_each);
/** NULL is fine. */
void dynr_endpoint_peers_destroy(struct dynr_endpoint_peers *peers);
/** Takes a place for a connection of this IPv4 or IPv6 address. False: there is none for it. From any thread, as below. */
bool dynr_endpoint_peers_enter(struct dynr_endpoint_peers *peers, const struct sockaddr *address,
                               size_t *out_place);
void dynr_endpoint_peers_leave(struct dynr_endpoint_peers *peers, size_t place);
/** The connection of this place keeps so many bytes now. How many all of its peer's do. */
size_t dynr_endpoint_peers_count(struct dynr_endpoint_peers *peers, size_t place, size_t n_bytes);

#endif
