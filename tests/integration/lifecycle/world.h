/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store and the simplest model of it, side by side: a few tables as arrays of items. Operations are chosen from a random number and the
 * model alone, so that whoever knows the seed knows what was done. What cannot be done is tried as well: the model says which
 * error it gives.
 */
#ifndef DYN_TESTS_INTEGRATION_LIFECYCLE_WORLD_H
#define DYN_TESTS_INTEGRATION_LIFECYCLE_WORLD_H

#include <stdatomic.h>

#include "dynr/local.h"
#include "test_main.h"
#include "test_tools.h"

enum {
    WORLD_TABLES = 3,
    WORLD_PARTITIONS = 4,
    WORLD_SORTS = 6,
    WORLD_GLOBALS = 3,
    WORLD_LOCALS = 3,
    WORLD_INDEXES = WORLD_GLOBALS + WORLD_LOCALS
};

/* 0 of an attribute: absent. */
struct world_item {
    bool exists;
    /* 1 to 3: a text; 4: a number, which is no key of the indexes on `a`. */
    int a;
    /* 1 to 4: a number. */
    int b;
    /* 1 to 3: a text. */
    int c;
    /* 1: a number, `at`; 2: a text. */
    int e;
    int64_t at;
};

struct world_table {
    bool exists;
    bool has_sort;
    /* Bit i: index i (world_index). Local ones stay as they were made. */
    unsigned indexes;
    bool stream;
    bool ttl;
    bool is_protected;
    int settings;
    int tag;
    struct world_item items[WORLD_PARTITIONS][WORLD_SORTS];
    /* As the items were when the stream began. */
    struct world_item base[WORLD_PARTITIONS][WORLD_SORTS];
};

struct world_model {
    struct world_table tables[WORLD_TABLES];
    int64_t now_s;
};

/* What was read of a table's stream. */
struct world_replay {
    uint64_t stream_id;
    uint64_t position;
    struct world_item items[WORLD_PARTITIONS][WORLD_SORTS];
};

struct world {
    struct world_model model;
    struct dynr_test_random random;
    /* NULL: only the model goes on. */
    struct dynr_backend *backend;
    /* NULL: in memory. */
    const char *path;
    const char *vfs;
    enum dynr_durability durability;
    /* The store maintains itself, in its own thread. */
    bool has_thread;
    struct dynr_clock clock;
    _Atomic int64_t now_ms;
    struct dynr_test_random clock_random;
    struct dynr_arena arena;
    struct dynr_response response;
    struct dynr_error err;
    struct world_replay replays[WORLD_TABLES];
    char export_path[560];
};

void world_init(struct world *world, const char *path, uint64_t seed);
void world_cleanup(struct world *world);
enum dynr_status world_open(struct world *world);
void world_close(struct world *world);

enum world_progress {
    WORLD_DONE,
    /* The store could not say whether it was done: power or disk are gone. The model stays as it was; `attempted` has it done. */
    WORLD_LOST,
    /* The store did what the model does not say. */
    WORLD_WRONG,
};
enum world_progress world_step(struct world *world, struct world_model *attempted);

/* Everything that is due is done in the model, too. */
void world_expire(struct world_model *model);
/* Fills and expires until nothing is due. */
bool world_maintain(struct world *world);

/* Definition of index `i` in table `t`; local ones from WORLD_GLOBALS on. */
const struct dynr_index_definition *world_index(int i);
struct dynr_str world_name(struct world *world, int t);
struct dynr_str world_item_text(struct world *world, const struct world_table *table, int p, int s,
                                const struct world_item *item, const char *shown);
/* Attributes that an index shows, as `shown` above. */
const char *world_shown(int i);
bool world_is_in(const struct world_item *item, int i);

/* Whether the store is as a model says (world_check.c); with `is_loud`, failures are those of the test. */
bool world_matches(struct world *world, const struct world_model *model, bool is_loud);
/* The same of the change records since the last time, and of the store's own verification. Always loud. */
bool world_check(struct world *world);

#endif
