/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the reactive engine: what it knows, and who does what with it.
 *
 *     catalog     what the procedures say, prepared once: entities, paths, nodes
 *     connection  clients; commits and who waits for them
 *     subscribe   from a message to a subscriber of a view; gate: who may
 *     view        views: found by share key
 *     linger      views whose last subscriber left, kept for a while
 *     dependency  which groups, rows and gates a change concerns
 *     record      change records in; match, then step
 *     step        one change, one group of rows: what enters, leaves, changes
 *     load        reads: snapshots, what entering rows bring along, windows that run short
 *     tracked     outputs of code
 *     aggregate   values over rows; judged_value: over rows that a policy judges by other rows
 *     shown       what snapshots of late comers showed ahead of the records
 *     output      operations of a transition, and the frames made of them
 *
 * A transition is what one call of the host brings about: the records of a transaction, or answers of reads. Its operations are
 * collected per view and leave together; then those who got some are told `commit`.
 *
 * A view without state (one node, no policy that reads) answers records at once. One with state takes part in a transition, then
 * waits for the reads that this caused: records that arrive meanwhile queue up in its inbox. So its state moves in steps, each of
 * which starts where the one before ended, and a read always knows at least what the state knows.
 */
#ifndef DYNR_REACTIVE_REACTIVE_H
#define DYNR_REACTIVE_REACTIVE_H

#include "base/map.h"
#include "dynr/engine.h"
#include "reactive/key_table.h"
#include "reactive/path_key.h"

/* Rows that a first read takes beyond the window, so that the next leave needs no refill. */
#define DYNR_WINDOW_SLACK(limit) ((limit) / 2 + 4)
/* Times the window that a late joiner is sent before the window is tightened, and what it is tightened to. */
#define DYNR_WINDOW_LOOSE 4
#define DYNR_WINDOW_TIGHT 2
/* A group that is being read: every change before the read's answer is in that answer. */
#define DYNR_LOADING UINT64_MAX
/* Node number of rows that policies look at. */
#define DYNR_NO_NODE UINT16_MAX

/* ---- catalog ------------------------------------------------------------------------------------------------ */

struct dynr_path_info {
    const struct dynr_path_desc *path;
    /* Dependency keys of different paths differ by it. */
    uint32_t number;
    /* Whether the sort key belongs to the dependency key: rows found one by one. */
    bool with_sort;
    /* Fields that the key is made of: when none changed, the key did not. */
    uint64_t *fields;
    /* How its key is hashed. */
    struct dynr_path_key key;
    /* Dependencies that stand now; 0: the key need not be computed. */
    uint64_t n_dependencies;
};

struct dynr_entity_info {
    const struct dynr_entity_desc *entity;
    struct dynr_path_info *paths;
    size_t n_paths;
    /* The path by the whole base key: index into `paths`. */
    size_t by_key;
    /* Words of a set of fields. */
    size_t n_words;
    uint64_t n_dependencies;
    /* Room for the keys that a change touches: two for each path. */
    struct dynr_key128 *keys;
    /* The next entity of the same table. */
    struct dynr_entity_info *next;
};

struct dynr_table_info {
    struct dynr_str name;
    const struct dynr_table_desc *table;
    struct dynr_entity_info *entities;
};

/* A keyed node below another: whose reference leads there. */
struct dynr_node_info {
    const struct dynr_view_node *node;
    uint16_t number;
    struct dynr_entity_info *entity;
    /* What is sent: sent fields, and references under the names of keyed nodes. */
    struct dynr_struct_desc sent;
    /* Order and key fields, as bounds and keys name them. */
    struct dynr_struct_desc bound;
    /* Field numbers that `sent.fields` come from. */
    const uint16_t *sent_fields;
    /* Fields that are sent or decide. */
    uint64_t *relevant;
    /* Fields that are sent. */
    uint64_t *sent_set;
    /* Nodes right below, in order. */
    struct dynr_node_info **below;
    uint16_t n_below;
    /* Links of a row: one per keyed node below, then one per look-up of the grant. */
    uint16_t n_keyed;
    uint16_t n_links;
    /* Rows are remembered: something hangs on them. */
    bool has_rows;
    /* A value over the rows of a root that is nothing else. */
    bool is_over_root;
    /* Look-ups of the grant: their entities. */
    struct dynr_entity_info **granting;
    /* TRACKED: the entity's path that all rows have in common. */
    size_t any_row;
};

struct dynr_procedure_info {
    const struct dynr_procedure_desc *procedure;
    uint32_t number;
    struct dynr_node_info *nodes;
    /* One node, without a policy that reads: nothing is remembered. */
    bool stateless;
    /* Entities of the gate's look-ups. */
    struct dynr_entity_info **gating;
};

/* ---- dependencies --------------------------------------------------------------------------------------------- */

enum dynr_dependent_kind {
    DYNR_DEPENDENT_NONE = 0,
    DYNR_DEPENDENT_GROUP,
    DYNR_DEPENDENT_ROW,
    DYNR_DEPENDENT_GATE,
};

/* Stands in a list of all with its key. The first member of who depends. */
struct dynr_dependency {
    struct dynr_key128 key;
    struct dynr_dependency *next;
    struct dynr_dependency *previous;
    struct dynr_entity_info *entity;
    uint32_t path;
    /* NONE: registered nowhere. */
    enum dynr_dependent_kind kind;
};

/* ---- views ---------------------------------------------------------------------------------------------------- */

struct dynr_view;
struct dynr_row_state;
struct dynr_load;

struct dynr_window {
    uint32_t epoch;
    uint32_t limit;
    /* Order of the last row that belongs to it; not `bounded`: every row does. */
    bool bounded;
    /* A read is under way: what lies beyond is news. */
    bool refilling;
    /* Order as bytes, then as JSON, one behind the other in one block. */
    uint32_t bytes_len;
    uint32_t text_len;
    char *bytes;
};

/* One aggregate. Texts of decimals are owned; `has` false: no row. */
struct dynr_aggregate {
    bool has;
    int64_t integer;
    struct dynr_str decimal;
    /* MIN, MAX: the field's value, copied as a row struct that has this field alone. */
    void *row;
    uint32_t row_size;
};

/* Rows of a node that stand together (docs/protocol.md). */
struct dynr_group {
    struct dynr_dependency dependency;
    struct dynr_view *view;
    struct dynr_node_info *node;
    /* Unique in the engine. */
    uint64_t number;
    /* Changes up to here are in what was read; DYNR_LOADING while it is read. */
    uint64_t position;
    /* Version that clients have the aggregate in. */
    uint64_t said;
    struct dynr_window *window;
    struct dynr_aggregate *aggregate;
    /* The row that it hangs on, or NULL, and a copy of it. */
    struct dynr_row_state *parent;
    void *parent_row;
    uint32_t parent_size;
    /* Freed, when the transition ends. */
    bool dead;
    struct dynr_row_state *rows;
    /* Next group of the same parent; next to be freed. */
    struct dynr_group *next;
};

/* A row that a row refers to: a keyed row, or one that its policy looks at. */
struct dynr_row_link {
    struct dynr_row_state *from;
    struct dynr_row_state *to;
    struct dynr_row_link *next;
    struct dynr_row_link *previous;
};

struct dynr_row_state {
    /* By its key; keyed rows and rows that policies look at only. */
    struct dynr_dependency dependency;
    struct dynr_key128 id;
    struct dynr_group *group;
    struct dynr_row_state *next;
    struct dynr_row_state *previous;
    /* Changes up to here are known. */
    uint64_t version;
    /*
     * A snapshot that was read for somebody who came later showed it as of this version; 0: none did. That client may hold what
     * is hidden here, until it is told of a leave that is newer.
     */
    uint64_t shown;
    /* Groups below. */
    struct dynr_group *groups;
    /* Who refers to it. */
    struct dynr_row_link *referrers;
    uint32_t size;
    uint16_t n_links;
    /* Clients have it. Otherwise its policy fails, or (keyed) there is no such row. */
    bool visible;
    bool dead;
    /* It is in the view's step. */
    bool stepping;
    /* Somebody stopped referring to it, at this version; whether the last one is seen when the transition ends. */
    bool loose;
    struct dynr_row_state *next_loose;
    uint64_t loose_version;
    /* What it contributes to a value, where that is made of remembered rows and it counts (`visible`): see judged_value.h. */
    void *term;
    uint32_t term_size;
    /* Key as JSON array, in the block behind the links. */
    uint32_t key_len;
    const char *key_text;
    /* entity->key struct, there too. */
    const void *key;
    struct dynr_row_link links[];
};

enum dynr_subscriber_state {
    /* The gate is read, or was shut. */
    DYNR_SUBSCRIBER_GATED,
    /* Attached; gets patches; its snapshot is on its way. */
    DYNR_SUBSCRIBER_LOADING,
    /* Attached; gets no patches, since what it missed is replayed first. */
    DYNR_SUBSCRIBER_RESUMING,
    DYNR_SUBSCRIBER_ACTIVE,
};

struct dynr_gate;

struct dynr_subscriber {
    struct dynr_connection *connection;
    struct dynr_view *view;
    struct dynr_gate *gate;
    uint64_t id;
    struct dynr_subscriber *next_of_view;
    struct dynr_subscriber *previous_of_view;
    struct dynr_subscriber *next_of_connection;
    /* Where it stood, while it is not ACTIVE. */
    struct dynr_resume *resume;
    struct dynr_load *load;
    struct dynr_subscriber *next_waiting;
    enum dynr_subscriber_state state;
};

struct dynr_inbox_entry;

struct dynr_view {
    struct dynr_group root;
    struct dynr_procedure_info *procedure;
    struct dynr_key128 share_key;
    uint64_t number;
    const void *input;
    const void *caller;
    struct dynr_subscriber *subscribers;
    struct dynr_load *loads;
    struct dynr_output *output;
    /* Next with output or work in this transition. */
    struct dynr_view *next_dirty;
    /* Next whose code is to be run when this transition has ended. */
    struct dynr_view *next_due;
    struct dynr_view_state *state;
    /* Up to here whole rows are sent: snapshots with several positions may lack rows. */
    uint64_t whole_until;
    /* Up to here snapshots were read for those who came later: they may be ahead of what is remembered. */
    uint64_t joined_until;
    uint32_t n_subscribers;
    uint32_t size;
    uint32_t n_loads;
    bool dirty;
    /* Connections that watch it wait for its frames before they are told `commit`. */
    bool holding;
    /* Ended at the end of the transition, with this status. */
    bool failed;
    bool resyncing;
    bool due;
    /* Nobody watches it: see linger.h. */
    bool lingers;
    enum dynr_status failure;
};

/* A row that the snapshot of somebody who came later has shown and that is not remembered yet: its record is on its way. */
struct dynr_shown_row {
    struct dynr_key128 key;
    uint64_t version;
};

/* What a view remembers that has more than one node, or a policy that reads. */
struct dynr_view_state {
    struct dynr_shown_row *shown;
    uint32_t n_shown;
    uint32_t cap_shown;
    /* Of those that there was no room for: what is remembered anew up to here counts as shown. */
    uint64_t shown_until;
    /* The newest version that values of groups which ended were said in: those that come again are newer. */
    uint64_t said_before;
    /* See judged_value.h; of an output of code, the version of the last snapshot. */
    uint64_t values_until;
    /* Of the output of code that was said last. */
    struct dynr_key128 output_hash;
    /* Rows that are remembered, see dynr_view_counts_rows. */
    uint32_t n_rows;
    /* Keyed nodes' groups, by node; the last one is of rows that policies look at. */
    struct dynr_group **shared;
    /* The state has been read. */
    bool loaded;
    /* The read that the state waits for: the first one, or the current step's. */
    struct dynr_load *step;
    bool running;
    struct dynr_inbox_entry *inbox;
    struct dynr_inbox_entry *inbox_last;
    uint32_t n_inbox;
};

/* ---- the engine ------------------------------------------------------------------------------------------------- */

struct dynr_connection {
    struct dynr_key128 key;
    uint64_t number;
    struct dynr_subscriber *subscribers;
    void *caller;
    uint32_t caller_size;
    uint32_t n_subscribers;
    /* Views that it watches and that hold their frames back. */
    uint32_t n_holding;
    bool touched;
    bool awaiting;
    struct dynr_connection *next_touched;
    struct dynr_connection *next_awaiting;
    /* Told `commit` since it began to wait. */
    bool told;
    uint64_t await;
    /* Number of the last frame that it got, so that two subscriptions to one view get one. */
    uint64_t last_frame;
};

struct dynr_shard {
    uint32_t number;
    uint64_t position;
};

/* One change, decoded. */
struct dynr_live_change {
    struct dynr_entity_info *entity;
    const void *old_row;
    const void *new_row;
    /* Set of fields; meaningful where both rows are. */
    const uint64_t *changed;
    /* Version of everything that comes of it: the position of the whole transaction. */
    uint64_t version;
    /* Of its own record: an index may show half a transaction, and values must not count what a read has counted. */
    uint64_t position;
    /* A copy for inboxes, once there is one. */
    struct dynr_kept_change *kept;
};

struct dynr_matches {
    struct dynr_dependency **items;
    size_t n_items;
    size_t cap;
};

struct dynr_lingering_view;

struct dynr_linger {
    struct dynr_lingering_view *ring;
    size_t cap;
    size_t head;
    size_t n;
    int64_t now_ms;
    /* The host says what time it is; else nothing lingers, since it would for ever. */
    bool knows_time;
};

struct dynr_engine {
    struct dynr_allocator counting;
    const struct dynr_allocator *allocator;
    const struct dynr_engine_host *host;
    const struct dynr_procedure_table *table;
    struct dynr_engine_limits limits;
    uint64_t hash_key[2];
    /* Whose tokens are believed; the first makes them. */
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    size_t n_terms;
    struct dynr_arena catalog;
    struct dynr_procedure_info *procedures;
    struct dynr_entity_info **entities;
    size_t n_entities;
    struct dynr_table_info *tables;
    size_t n_tables;
    uint32_t n_paths;
    struct dynr_key_table connections;
    struct dynr_key_table views;
    struct dynr_key_table dependencies;
    struct dynr_key_table rows;
    struct dynr_shard *shards;
    size_t n_shards;
    size_t cap_shards;
    uint64_t position;
    /* The newest position that a record or an answer was of: nobody was told anything newer. */
    uint64_t seen;
    uint64_t next_number;
    uint64_t next_frame;
    /* Views with output or work. */
    struct dynr_view *dirty;
    struct dynr_view *due;
    struct dynr_connection *touched;
    struct dynr_connection *awaiting;
    uint32_t n_holding;
    /* What is freed when the transition ends. */
    struct dynr_group *dead_groups;
    struct dynr_row_state *dead_rows;
    struct dynr_view *dead_views;
    struct dynr_row_state *loose_rows;
    struct dynr_output *spare_outputs;
    struct dynr_read_job *jobs;
    struct dynr_read_job *answered;
    struct dynr_read_job *answered_last;
    unsigned depth;
    /* Somebody could not be told something. */
    bool starved;
    /* More transitions follow before the host is answered: code is run once for all of them. */
    bool more_follow;
    bool destroying;
    struct dynr_matches matches;
    struct dynr_linger linger;
    struct dynr_arena record_arena;
    struct dynr_buf text;
    struct dynr_buf scratch;
    struct dynr_engine_counters counters;
};

/* Zeroed memory that counts; NULL when exhausted. */
void *dynr_engine_allocate(struct dynr_engine *engine, size_t size);
void dynr_engine_free(struct dynr_engine *engine, void *block, size_t size);
/* Every public function is between these two: reads that are answered inline wait until the outermost one leaves. */
void dynr_engine_enter(struct dynr_engine *engine);
enum dynr_status dynr_engine_leave(struct dynr_engine *engine, struct dynr_error *err);

/* catalog.c */
enum dynr_status dynr_catalog_build(struct dynr_engine *engine, const char *table_prefix,
                                    struct dynr_error *err);
struct dynr_procedure_info *dynr_catalog_procedure(struct dynr_engine *engine,
                                                   struct dynr_str path);
/* The path info of `path`, or NULL. */
struct dynr_path_info *dynr_catalog_path(struct dynr_entity_info *entity,
                                         const struct dynr_path_desc *path);
struct dynr_entity_info *dynr_catalog_entity(struct dynr_engine *engine,
                                             const struct dynr_entity_desc *entity);

/* dependency.c */
/* The key of `path` for a row, or for a key struct where the path is by key. `out_present` false: the row is not there. */
enum dynr_status dynr_dependency_key(struct dynr_engine *engine, const struct dynr_path_info *path,
                                     const void *row, struct dynr_key128 *out, bool *out_present);
/* Registers `dependency` (part of a dependent of `kind`). False when memory is exhausted. */
bool dynr_dependency_add(struct dynr_engine *engine, struct dynr_dependency *dependency,
                         enum dynr_dependent_kind kind, struct dynr_entity_info *entity,
                         size_t path, struct dynr_key128 key);
void dynr_dependency_remove(struct dynr_engine *engine, struct dynr_dependency *dependency);
/* Everybody whom the change concerns, into engine->matches. */
enum dynr_status dynr_dependency_match(struct dynr_engine *engine,
                                       const struct dynr_live_change *change);
/* Collects everybody with `key`. */
enum dynr_status dynr_dependency_collect(struct dynr_engine *engine, struct dynr_key128 key);

/* Whether records come in the order of their positions: all of one shard. */
static inline bool dynr_engine_is_ordered(const struct dynr_engine *engine)
{
    return engine->n_shards == 0 || (engine->n_shards == 1 && engine->shards[0].number == 0);
}

static inline bool dynr_field_set_has(const uint64_t *set, size_t field)
{
    return (set[field / 64] >> (field % 64) & 1) != 0;
}

static inline bool dynr_field_sets_meet(const uint64_t *a, const uint64_t *b, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        if ((a[i] & b[i]) != 0) {
            return true;
        }
    }
    return false;
}

#endif
