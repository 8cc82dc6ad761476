/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends one change to all: our server and its peers, each in a process of its own. */
#ifndef DYN_TESTS_BENCH_FANOUT_SERVERS_H
#define DYN_TESTS_BENCH_FANOUT_SERVERS_H

#include <stdint.h>
#include <sys/types.h>

#define FANOUT_MAX_SOCKETS 20000

enum fanout_peer {
    /** One send a socket, and nothing else. */
    FANOUT_EPOLL,
    /** The same through libwebsockets. */
    FANOUT_LWS,
    /** fanout_peer.js: views as JavaScript programs have them. */
    FANOUT_NODE,
    FANOUT_DYNR
};

/** Starts a server on loopback. `script`: fanout_peer.js, where it is that. Whoever starts it kills and reaps it. */
pid_t fanout_start(enum fanout_peer peer, const char *script, uint16_t *out_port);
_Noreturn void fanout_die(const char *what);

#endif
