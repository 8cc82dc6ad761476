/* SPDX-License-Identifier: Apache-2.0 */
/* The client's inside, and what every request needs of it. */
#ifndef DYNR_TYPED_CLIENT_H
#define DYNR_TYPED_CLIENT_H

#include "dynr/gen.h"
#include "typed/grant_memory.h"

#define DYNR_TRIES_DEFAULT 8

/* What a fork remembers. */
struct dynr_fork {
    uint64_t position;
    /* Reads ask for their positions, of which the smallest is kept. */
    bool tracks_reads;
    bool has_read;
    uint64_t read_position;
    /* Canonical texts, checked. */
    const struct dynr_str *ids;
    size_t n_ids;
    size_t n_taken;
};

struct dynr_client {
    /* NULL: a fork, whose arena frees it. */
    const struct dynr_allocator *allocator;
    struct dynr_backend *backend;
    const struct dynr_clock *clock;
    uint32_t max_tries;
    /* NULL: a failed write costs too much for it to be tried. Forks share their client's. */
    struct dynr_grant_memory *grants;
    /* NULL: no fork. */
    struct dynr_fork *fork;
    size_t prefix_len;
    char prefix[];
};

/* The physical name of a table; `ptr` is NULL when memory is exhausted. */
struct dynr_str dynr_client_table_name(const struct dynr_client *client,
                                       const struct dynr_table_desc *table,
                                       struct dynr_arena *arena);
enum dynr_status dynr_client_call(const struct dynr_client *client,
                                  const struct dynr_request *request, struct dynr_arena *arena,
                                  struct dynr_response *response, struct dynr_error *err);

/* The caller's next id; false when there is none. */
bool dynr_client_take_id(const struct dynr_client *client, struct dynr_str *out);
/* How many were taken, and back to that. */
size_t dynr_client_ids_taken(const struct dynr_client *client);
void dynr_client_give_ids_back(const struct dynr_client *client, size_t n_taken);

#endif
