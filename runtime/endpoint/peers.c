/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/peers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct place {
    bool is_taken;
    /* IPv4 addresses stand in the first four. */
    unsigned char address[8];
    bool is_v6;
    size_t n_bytes;
};

struct dynr_endpoint_peers {
    pthread_mutex_t mutex;
    size_t n_places;
    size_t n_each;
    struct place places[];
};

struct dynr_endpoint_peers *dynr_endpoint_peers_new(size_t n_places, size_t n_each)
{
    struct dynr_endpoint_peers *peers = calloc(1, sizeof *peers + n_places * sizeof(struct place));
    if (peers != NULL) {
        (void)pthread_mutex_init(&peers->mutex, NULL);
        peers->n_places = n_places;
        peers->n_each = n_each;
    }
    return peers;
}

void dynr_endpoint_peers_destroy(struct dynr_endpoint_peers *peers)
{
    if (peers != NULL) {
        (void)pthread_mutex_destroy(&peers->mutex);
        free(peers);
    }
}

static struct place place_of(const struct sockaddr *address)
{
    struct place place = {.is_taken = true, .is_v6 = address->sa_family == AF_INET6};
    if (place.is_v6) {
        const struct in6_addr *v6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        place.is_v6 = !IN6_IS_ADDR_V4MAPPED(v6);
        memcpy(place.address, v6->s6_addr + (place.is_v6 ? 0 : 12), place.is_v6 ? 8 : 4);
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        memcpy(place.address, &v4->sin_addr, sizeof v4->sin_addr);
    }
    return place;
}

static bool is_same_peer(const struct place *a, const struct place *b)
{
    return a->is_v6 == b->is_v6 && memcmp(a->address, b->address, sizeof a->address) == 0;
}

bool dynr_endpoint_peers_enter(struct dynr_endpoint_peers *peers, const struct sockaddr *address,
                               size_t *out_place)
{
    struct place wanted = place_of(address);
    size_t free_place = peers->n_places;
    size_t n_same = 0;
    (void)pthread_mutex_lock(&peers->mutex);
    for (size_t i = 0; i < peers->n_places; i++) {
        const struct place *place = &peers->places[i];
        if (!place->is_taken) {
            free_place = i < free_place ? i : free_place;
        } else if (is_same_peer(place, &wanted)) {
            n_same++;
        }
    }
    bool enters = free_place < peers->n_places && n_same < peers->n_each;
    if (enters) {
        peers->places[free_place] = wanted;
        *out_place = free_place;
    }
    (void)pthread_mutex_unlock(&peers->mutex);
    return enters;
}

void dynr_endpoint_peers_leave(struct dynr_endpoint_peers *peers, size_t place)
{
    (void)pthread_mutex_lock(&peers->mutex);
    peers->places[place].is_taken = false;
    (void)pthread_mutex_unlock(&peers->mutex);
}

size_t dynr_endpoint_peers_count(struct dynr_endpoint_peers *peers, size_t place, size_t n_bytes)
{
    size_t total = 0;
    (void)pthread_mutex_lock(&peers->mutex);
    peers->places[place].n_bytes = n_bytes;
    for (size_t i = 0; i < peers->n_places; i++) {
        const struct place *other = &peers->places[i];
        if (other->is_taken && is_same_peer(other, &peers->places[place])) {
            total += other->n_bytes;
        }
    }
    (void)pthread_mutex_unlock(&peers->mutex);
    return total;
}
