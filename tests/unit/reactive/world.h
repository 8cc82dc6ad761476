/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for the engine without a store: rows in memory, a log of changes, and reads by looking at every row. Beside it the
 * application whose queries are watched: users, lists with members, todos and comments.
 */
#ifndef DYN_TESTS_UNIT_REACTIVE_WORLD_H
#define DYN_TESTS_UNIT_REACTIVE_WORLD_H

#include "application.h"
#include "test_main.h"
#include "test_tools.h"

/* ---- the host -------------------------------------------------------------------------------------------------- */

struct world_item {
    const struct dynr_entity_desc *entity;
    void *row;
};

#define WORLD_ITEMS   512
#define WORLD_READS   4096
#define WORLD_CLIENTS 64

struct client;

struct world {
    struct dynr_arena arena;
    struct dynr_error err;
    struct dynr_engine_host host;
    struct dynr_engine *engine;
    struct world_item items[WORLD_ITEMS];
    size_t n_items;
    struct dynr_record *records;
    size_t n_records;
    size_t cap_records;
    /* Where the transaction that is open began, or SIZE_MAX. */
    size_t transaction;
    uint64_t position;
    /* Records that the engine was given. */
    size_t delivered;
    /* Reads wait here until world_answer; `inline_reads`: none waits. */
    struct dynr_engine_read *reads[WORLD_READS];
    size_t n_reads;
    bool inline_reads;
    /* The next reads fail with it. */
    enum dynr_status fail;
    bool trimmed;
    struct client *clients[WORLD_CLIENTS];
    size_t n_clients;
    /* Frames so far, and the last one. */
    size_t n_frames;
    char last_frame[4096];
};

void world_open(struct world *world, const struct dynr_engine_limits *limits,
                const struct dynr_allocator *allocator);
void world_close(struct world *world);

/* Inserts or replaces a row; the record waits for world_deliver. */
void world_put(struct world *world, const struct dynr_entity_desc *entity, const void *row);
void world_delete(struct world *world, const struct dynr_entity_desc *entity, const void *key);
void *world_find(struct world *world, const struct dynr_entity_desc *entity, const void *key);
/* What is put and deleted in between is one transaction. */
void world_begin(struct world *world);
void world_commit(struct world *world);
/* Gives the engine everything that it does not know yet. */
enum dynr_status world_deliver(struct world *world);
/* The next transaction only. */
enum dynr_status world_deliver_one(struct world *world);
/* Carries out a waiting read, as the rows are now. False: none waits. */
bool world_answer(struct world *world, size_t which);
/* Until nothing is left to do: records, reads, clients that run short. */
void world_settle(struct world *world);
struct dynr_engine_counters world_counters(const struct world *world);

/* Shorter ways to write rows. */
void put_user(struct world *world, const char *id, const char *name);
void put_list(struct world *world, const char *id, const char *owner, bool archived);
void put_member(struct world *world, const char *list, const char *user, const char *role);
struct todo make_todo(const char *list, const char *id);
void put_todo(struct world *world, const char *list, const char *id, const char *text);
/* Of the list l1. */
void put_due(struct world *world, const char *id, int64_t due);
void delete_todo(struct world *world, const char *list, const char *id);

/* ---- the naive evaluation -------------------------------------------------------------------------------------- */

/* What a client should show, line by line, in the arena. */
struct dynr_str world_evaluate(struct world *world, const char *procedure, const char *id,
                               const char *caller);

/* ---- clients: fold.c ------------------------------------------------------------------------------------------- */

struct client *client_new(struct world *world, uint64_t connection, const char *user);
void client_free(struct client *client);
/* Watches; ids count from 1. Returns the id. */
uint64_t client_watch(struct client *client, const char *procedure, const char *id);
/* Leaves and comes back with what it holds. */
void client_reconnect(struct client *client, bool resume);
/* Who it is from the next connection on, with what it holds. */
void client_become(struct client *client, const char *user);
void client_stop(struct client *client, uint64_t id);
void client_receive(struct client *client, const struct dynr_frame *frame);
/* Asks for more where windows run short. Returns whether it did. */
bool client_refill(struct client *client);
/* What it shows. */
struct dynr_str client_show(struct client *client, uint64_t id);
/* The code of the error that its subscription got, or "". */
/* What the code of `report` gives: todos of a user, and lists that are not archived. */
struct dynr_str world_report(struct world *world, struct dynr_str user, struct dynr_str caller);
const char *client_error(const struct client *client, uint64_t id);
bool client_is_suspended(const struct client *client, uint64_t id);
/* How many frames of a kind it got. */
size_t client_count(const struct client *client, const char *kind);
uint64_t client_committed(const struct client *client);
/* Rows that it holds in the root. */
size_t client_rows(const struct client *client, uint64_t id);
uint64_t client_connection(const struct client *client);
/* Procedure and argument of a subscription, or NULL; ids count from 1. */
const char *client_procedure(const struct client *client, uint64_t id, const char **out_argument);
const char *client_user(const struct client *client);
/* A protocol rule was broken by the engine. */
bool client_is_confused(const struct client *client);

/* Compares what every subscription of every client shows with a fresh evaluation. */
bool world_check(struct world *world, const char *file, int line);
#define WORLD_CHECK(world) world_check((world), __FILE__, __LINE__)

#endif
