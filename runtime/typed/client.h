/* SPDX-License-Identifier: Apache-2.0 */
/* The client's inside, and what every request needs of it. */
#ifndef DYNR_TYPED_CLIENT_H
#define DYNR_TYPED_CLIENT_H

#include "dynr/gen.h"

#define DYNR_TRIES_DEFAULT 8

struct dynr_client {
    const struct dynr_allocator *allocator;
    struct dynr_backend *backend;
    const struct dynr_clock *clock;
    uint32_t max_tries;
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

#endif
