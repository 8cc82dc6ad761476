/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads: everything that a view reads. A load is a tree of groups with their rows, read level by level: rows first, then the
 * rows that their policy looks at, then what hangs below. When its last read is answered it becomes a snapshot (FIRST, JOIN), or
 * operations of a transition (STEP, REFILL).
 */
#ifndef DYNR_REACTIVE_LOAD_H
#define DYNR_REACTIVE_LOAD_H

#include "reactive/reactive.h"

enum dynr_load_kind {
    /** The view's first: remembers what it reads. */
    DYNR_LOAD_FIRST = 1,
    /** For subscribers who came later, and for views that remember nothing. */
    DYNR_LOAD_JOIN,
    /** What a transition made necessary. */
    DYNR_LOAD_STEP,
    /** A window ran short, in a view that remembers nothing (else it is a STEP). */
    DYNR_LOAD_REFILL,
};

struct dynr_load_row {
    struct dynr_load_row *next;
    struct dynr_load_group *group;
    /* NULL: there is no such row. */
    const void *row;
    /* entity->key struct, of rows that are read by key. */
    const void *key;
    uint64_t version;
    struct dynr_row_state *state;
    /* Rows of the grant's look-ups; NULL entries: no such row. */
    const void **granting;
    /* Which look-ups were made: a key may be made of rows of others, which are read first. */
    bool *granted;
    uint16_t n_grants_pending;
    /* A step depends on a look-up's row only since the row itself was read: that is read once more. */
    bool deepened;
    /*
     * Its policy fails, by rows of others that were read as of `judged` or later: one after the other, so that the first may have
     * changed since, and let it in again.
     */
    bool hidden;
    uint64_t judged;
    /* Clients have it; only what it refers to is read. */
    bool quiet;
    /* It is read by key before anything else; that read is under way. */
    bool refresh;
    bool refreshing;
    bool resolved;
    /* Its policy still passes, and what hangs on it is as it was. */
    bool trusted;
};

struct dynr_load_group {
    struct dynr_load_group *next;
    struct dynr_load *load;
    struct dynr_node_info *node;
    /* What the view remembers of it, or NULL. */
    struct dynr_group *group;
    struct dynr_load_row *parent;
    const void *parent_row;
    struct dynr_load_row *rows;
    struct dynr_load_row **tail;
    struct dynr_query query;
    /* Smallest position of the read. */
    uint64_t position;
    uint64_t highest;
    /* The read must have seen all changes up to here: nobody tells the group of them. */
    uint64_t needed;
    /* Rows that it takes, 0: all; and where it ended: NULL at the end of the rows. */
    uint32_t limit;
    const void *last_row;
    struct dynr_aggregate *value;
    uint32_t tries;
    /* JOIN, below the root: the window that the view remembered when the read began; `epoch` 0: none. */
    uint32_t epoch;
    bool bounded;
    struct dynr_str place;
    /* Read as a whole, not row by row. */
    bool whole;
    /* Of a judged value: rows that count, or did, were looked at. Of an output of code: it is another one. */
    bool touched;
    /* The output of code, in the job that brought it. */
    struct dynr_str text;
    /*
     * What was known when a row of it began to depend on a row that its policy looks at: of changes of that one up to here the
     * judged row was never told.
     */
    uint64_t linked;
    /* Behind the old end of the window, which stood at `old_place`. */
    bool refill;
    struct dynr_str old_place;
    /* Rows up to the old end that the read found, and the last of them. */
    uint32_t n_held;
    const void *last_held;
};

/* A row that nobody could hold belonged no more while a snapshot was on its way. */
struct dynr_left_row {
    struct dynr_left_row *next;
    struct dynr_key128 id;
    uint64_t version;
};

struct dynr_load {
    struct dynr_load *next;
    struct dynr_view *view;
    enum dynr_load_kind kind;
    enum dynr_status status;
    struct dynr_arena arena;
    struct dynr_load_group *groups;
    struct dynr_load_group **tail;
    struct dynr_read_job *jobs;
    struct dynr_map seen;
    /* JOIN: rows that its snapshot must not show, unless it saw a later version. */
    struct dynr_left_row *left;
    struct dynr_subscriber *waiting;
    /* engine->position when it began; of a STEP, the version of what made it necessary, which may have waited. */
    uint64_t started;
    /* engine->seen when it began. */
    uint64_t newest;
    uint64_t highest;
    uint32_t n_pending;
    uint32_t n_rows;
    uint32_t epoch;
    /* Waits for a refill to end. */
    bool parked;
};

enum dynr_job_purpose {
    DYNR_JOB_GROUP = 1,
    DYNR_JOB_KEYED,
    DYNR_JOB_GRANT,
    DYNR_JOB_REFRESH,
    DYNR_JOB_CALL,
    DYNR_JOB_GATE,
    DYNR_JOB_LOG,
};

/* One read. Belongs to a load, a gate or a resume; when that is gone (`load`, `gate`, `resume` NULL) its answer is dropped. */
struct dynr_read_job {
    struct dynr_engine_read read;
    enum dynr_job_purpose purpose;
    struct dynr_read_job *next;
    struct dynr_read_job *previous;
    struct dynr_read_job *next_answered;
    struct dynr_load *load;
    struct dynr_load_group *group;
    struct dynr_load_row **rows;
    uint16_t lookup;
    struct dynr_gate *gate;
    struct dynr_resume *resume;
    struct dynr_arena arena;
    bool answered;
};

static inline bool dynr_view_is_values_only(const struct dynr_view *view)
{
    return view->procedure->procedure->view->values_only;
}

/* Whether what the load reads is remembered by the view. */
static inline bool dynr_load_remembers(const struct dynr_load *load)
{
    return load->view->state != NULL && load->kind != DYNR_LOAD_JOIN;
}

/* jobs (read.c) */
struct dynr_read_job *dynr_job_new(struct dynr_engine *engine, enum dynr_job_purpose purpose);
/* What a read points to is copied, since views, gates and loads may go before the answer comes. False: memory is exhausted. */
bool dynr_job_set_query(struct dynr_read_job *job, const struct dynr_query *query);
bool dynr_job_set_keys(struct dynr_read_job *job, const struct dynr_entity_desc *entity,
                       const void *const *keys, size_t n_keys);
void dynr_job_start(struct dynr_engine *engine, struct dynr_read_job *job);
void dynr_job_free(struct dynr_engine *engine, struct dynr_read_job *job);
/* Takes in one answer. False: there is none. */
bool dynr_jobs_take_in(struct dynr_engine *engine);
void dynr_jobs_cleanup(struct dynr_engine *engine);

/* loads (load.c) */
struct dynr_load *dynr_load_new(struct dynr_engine *engine, struct dynr_view *view,
                                enum dynr_load_kind kind);
/* Reads the view's root and everything below. */
void dynr_load_start(struct dynr_engine *engine, struct dynr_load *load);
/* Brings a new subscriber its snapshot: by a read under way where nothing was said since, else by a read of its own. */
enum dynr_status dynr_load_for(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
/* Whether a snapshot is being made for somebody who came later. */
bool dynr_view_is_joined(const struct dynr_view *view);
/* Whether what the view remembered of the group went while it was read. */
bool dynr_load_is_gone(const struct dynr_load_group *group);
/*
 * A row belongs no more as of `version`. True: clients may hold it, and are to be told. Otherwise nobody is, since that would tell
 * its key to who must not know of it; snapshots on their way, whose reads may have found it, leave it out.
 */
bool dynr_load_must_tell(const struct dynr_row_state *row, uint64_t version);
/* The subscriber waits no more. */
void dynr_load_leave(struct dynr_subscriber *subscriber);
void dynr_loads_abandon(struct dynr_engine *engine, struct dynr_view *view);
void dynr_load_free(struct dynr_engine *engine, struct dynr_load *load);
void dynr_load_answered(struct dynr_engine *engine, struct dynr_read_job *job);
void dynr_load_fail(struct dynr_load *load, enum dynr_status status);
/* Starts the read of a whole group, or of what lies behind its window. */
void dynr_load_read_group(struct dynr_engine *engine, struct dynr_load_group *group);
/* JOIN, below the root: what the view remembers of the group now, or NULL. */
struct dynr_group *dynr_load_find_group(struct dynr_engine *engine,
                                        const struct dynr_load_group *group);
/* The load's rows of a group are known. */
void dynr_load_group_read(struct dynr_engine *engine, struct dynr_load_group *group);
/* Ends the load where nothing is read any more. */
void dynr_load_settle(struct dynr_engine *engine, struct dynr_load *load);
void dynr_loads_unpark(struct dynr_engine *engine, struct dynr_view *view);
/* The group's read, of an existing or a new group. */
void dynr_load_begin_group(struct dynr_engine *engine, struct dynr_load *load,
                           struct dynr_node_info *node, struct dynr_group *group,
                           struct dynr_load_row *parent, const void *parent_row);
struct dynr_load_group *dynr_load_group_new(struct dynr_load *load, struct dynr_node_info *node,
                                            struct dynr_group *group);
struct dynr_load_row *dynr_load_row_new(struct dynr_load_group *group, const void *row,
                                        uint64_t version);
/*
 * Reads the rows behind the end of a group's window. The window is open from now on: rows behind its end are news until the
 * read says where it ends next.
 */
void dynr_load_refill_group(struct dynr_engine *engine, struct dynr_load *load,
                            struct dynr_group *group);

/* An answer, of a whole group. */
void dynr_load_take_group(struct dynr_engine *engine, struct dynr_read_job *job);

/* values (load_value.c) */
/* Rows of the group are folded, for it or, where everything is one value, for the nodes below. */
bool dynr_load_is_value(const struct dynr_load_group *group);
/* Rows of a page of them. */
uint32_t dynr_load_value_page(const struct dynr_engine *engine);
/* Begins anew with the first page. */
void dynr_load_drop_pages(struct dynr_engine *engine, struct dynr_load_group *group);
/* Folds a page, after which its rows are of no use. False: the next one, which the group's query names, is to be read. */
bool dynr_load_take_page(struct dynr_engine *engine, struct dynr_load_group *group,
                         const struct dynr_rows *rows);

/* what rows bring along (load_rows.c) */
void dynr_load_resolve(struct dynr_engine *engine, struct dynr_load_group *group);
void dynr_load_take_keyed(struct dynr_engine *engine, struct dynr_read_job *job);
void dynr_load_take_grants(struct dynr_engine *engine, struct dynr_read_job *job);
void dynr_load_take_refreshed(struct dynr_engine *engine, struct dynr_read_job *job);
/*
 * A row whose policy is to be judged in a step: it is depended on what its policy looks at, then read by its key, then judged. A
 * row as its record has it would be older than what the policy's rows say.
 */
void dynr_load_judge_later(struct dynr_engine *engine, struct dynr_load_row *row);
/* Reads the rows of a group that are marked for it. */
void dynr_load_read_refreshed(struct dynr_engine *engine, struct dynr_load_group *group);

/* steps (load_step.c) */
/* The view's step of this transition; NULL when memory is exhausted. */
struct dynr_load *dynr_load_step(struct dynr_engine *engine, struct dynr_view *view);
/* A row enters, with everything below it. */
void dynr_load_enter(struct dynr_engine *engine, struct dynr_group *group,
                     struct dynr_row_state *state, const void *row, uint64_t version);
/*
 * A row whose policy reads has changed, but in nothing that its policy looks at: it is said when the transition ends, since a row
 * that its policy looks at may still change in the same transaction.
 */
void dynr_load_trust(struct dynr_engine *engine, struct dynr_row_state *state, const void *row,
                     uint64_t version);
/* References of a row have changed. */
void dynr_load_relink(struct dynr_engine *engine, struct dynr_row_state *state, const void *row,
                      uint64_t version);
/* Whether a row still belongs to its group is read again. */
void dynr_load_refresh(struct dynr_engine *engine, struct dynr_row_state *state);
/* A group is read again as a whole; one that is new (`group` NULL) below `state`. */
void dynr_load_regroup(struct dynr_engine *engine, struct dynr_view *view,
                       struct dynr_node_info *node, struct dynr_group *group,
                       struct dynr_row_state *state, const void *parent_row);
/* Starts the step's reads. */
void dynr_load_run(struct dynr_engine *engine, struct dynr_load *load);
/* Says what was read. */
void dynr_load_emit(struct dynr_engine *engine, struct dynr_load *load);

/* snapshots (snapshot.c) */
void dynr_snapshot_send(struct dynr_engine *engine, struct dynr_load *load);
/* `same`: what the subscriber holds is right as of `version`. */
void dynr_snapshot_same(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                        uint64_t version);

#endif
