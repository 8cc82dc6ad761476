/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the small client: what it holds, and what applying and showing have in common. */
#ifndef DYN_TESTS_UNIT_REACTIVE_FOLD_H
#define DYN_TESTS_UNIT_REACTIVE_FOLD_H

#include <cjson/cJSON.h>

#include "world.h"

struct row {
    struct row *next;
    char *key;
    /* NULL: it is gone. */
    cJSON *value;
    uint64_t v;
};

struct group {
    struct group *next;
    int node;
    char *parent;
    struct row *rows;
    /* What is not held is gone since. */
    uint64_t since;
    cJSON *value;
    uint64_t value_v;
    int epoch;
    /* NULL: none was told. */
    cJSON *bound;
    /* While the bound is open: the one before, up to which rows are held. */
    cJSON *held;
};

struct subscription {
    struct subscription *next;
    uint64_t id;
    uint64_t view;
    uint64_t v;
    /* Of the last `snap` or `same`, and its `v`. */
    char token[40];
    uint64_t token_from;
    char procedure[32];
    char argument[64];
    char code[32];
    bool suspended;
    bool pending;
    /* A `snap` has begun, and parts follow. */
    bool parts;
    const struct dynr_view_desc *desc;
    struct group *groups;
};

struct kept {
    struct kept *next;
    cJSON *message;
};

struct client {
    struct world *world;
    uint64_t connection;
    char user[32];
    struct subscription *subscriptions;
    uint64_t next_id;
    uint64_t committed;
    struct kept *kept;
    size_t counts[8];
    bool confused;
};

char *fold_print(const cJSON *value);
void fold_drop_groups(struct subscription *subscription);
struct group *fold_find_group(struct subscription *subscription, int node, const char *parent,
                              bool make);
struct row *fold_find_row(struct group *group, const char *key, bool make);
const struct dynr_view_node *fold_node_of(const struct subscription *subscription, int node);
const cJSON *fold_field_of(const cJSON *row, const struct dynr_view_node *node, uint16_t field);
bool fold_is_bounded(const struct group *group);
void fold_apply_bound(const struct subscription *subscription, struct group *group);
struct subscription *fold_find_subscription(const struct client *client, uint64_t id);
int fold_compare_rows(const struct dynr_view_node *node, const cJSON *a, const cJSON *b);

#endif
