/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much each caller and each address has asked for lately: a table of a fixed size. Whoever is not in it takes the place of whoever was
 * idle for longest among a few, as that one left it: so filling the table with names gives nobody more than the table as a whole allows.
 */
#ifndef DYNR_SERVER_RATE_TABLE_H
#define DYNR_SERVER_RATE_TABLE_H

#include "dynr/str.h"
#include "server/rate.h"

/** What is counted apart, as it costs the server differently. */
enum dynr_rate_kind {
    DYNR_RATE_SUBSCRIBE,
    DYNR_RATE_WINDOW,
    DYNR_RATE_PING,
    DYNR_RATE_COUNT
};

struct dynr_rate_table;

/** For at least `n_names` names. NULL: no memory. `seed`: random, so that nobody can aim at the places of others. */
struct dynr_rate_table *dynr_rate_table_new(uint32_t n_names, uint64_t seed);
/** NULL is fine. */
void dynr_rate_table_destroy(struct dynr_rate_table *table);

/** The name of a caller (plain JSON). Never 0. */
uint64_t dynr_rate_name_of_caller(const struct dynr_rate_table *table, struct dynr_str caller);
/**
 * The name of an address in figures: all of a /64 are one, as one host has as many. 0: not counted, for loopback (whoever comes through a
 * proxy there has the proxy's) and what is no address.
 */
uint64_t dynr_rate_name_of_address(const struct dynr_rate_table *table, const char *address);

/** Whether one more by `name` keeps to `per_second`; counts it if so. The name 0 may do anything. */
bool dynr_rate_table_allows(struct dynr_rate_table *table, uint64_t name, enum dynr_rate_kind kind,
                            uint32_t per_second, int64_t now_ms);

#endif
