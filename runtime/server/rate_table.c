/* SPDX-License-Identifier: Apache-2.0 */
#include "server/rate_table.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Places among which a name may stand. */
#define WAYS 8

struct place {
    uint64_t name;
    int64_t used_ms;
    struct dynr_rate rates[DYNR_RATE_COUNT];
};

struct dynr_rate_table {
    uint64_t seed;
    /* A power of two. */
    size_t n_sets;
    struct place places[];
};

struct dynr_rate_table *dynr_rate_table_new(uint32_t n_names, uint64_t seed)
{
    size_t n_sets = 1;
    while (n_sets * WAYS < n_names) {
        n_sets *= 2;
    }
    struct dynr_rate_table *table =
        calloc(1, sizeof *table + n_sets * WAYS * sizeof table->places[0]);
    if (table != NULL) {
        table->seed = seed;
        table->n_sets = n_sets;
    }
    return table;
}

void dynr_rate_table_destroy(struct dynr_rate_table *table)
{
    free(table);
}

static uint64_t name_of(const struct dynr_rate_table *table, struct dynr_str text, uint64_t kind)
{
    uint64_t name = dynr_hash(text, table->seed ^ kind);
    return name == 0 ? 1 : name;
}

uint64_t dynr_rate_name_of_caller(const struct dynr_rate_table *table, struct dynr_str caller)
{
    return name_of(table, caller, 1);
}

uint64_t dynr_rate_name_of_address(const struct dynr_rate_table *table, const char *address)
{
    static const char mapped[] = "::ffff:";
    struct in_addr four;
    struct in6_addr six;
    if (strncmp(address, mapped, sizeof mapped - 1) == 0 && strchr(address, '.') != NULL) {
        address += sizeof mapped - 1;
    }
    if (inet_pton(AF_INET, address, &four) == 1) {
        bool is_loopback = ntohl(four.s_addr) >> 24 == 127;
        return is_loopback ? 0 : name_of(table, dynr_str_make((const char *)&four, sizeof four), 2);
    }
    if (inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_LOOPBACK(&six)) {
        return 0;
    }
    return name_of(table, dynr_str_make((const char *)&six, 8), 3);
}

static struct place *find_place(struct dynr_rate_table *table, uint64_t name)
{
    struct place *set = &table->places[(name & (table->n_sets - 1)) * WAYS];
    struct place *found = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].name == name) {
            return &set[i];
        }
        if (found->name != 0 && (set[i].name == 0 || set[i].used_ms < found->used_ms)) {
            found = &set[i];
        }
    }
    found->name = name;
    return found;
}

bool dynr_rate_table_allows(struct dynr_rate_table *table, uint64_t name, enum dynr_rate_kind kind,
                            uint32_t per_second, int64_t now_ms)
{
    if (name == 0) {
        return true;
    }
    struct place *place = find_place(table, name);
    place->used_ms = now_ms;
    return dynr_rate_allows(&place->rates[kind], per_second, now_ms);
}
