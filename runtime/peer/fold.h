/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client holds of one view: snapshots and patches in, rows out (docs/protocol.md). Pure.
 *
 * Applying is idempotent: each key has the version that it was last heard of with, also when it is gone, and what is not newer is passed
 * over.
 */
#ifndef DYNR_PEER_FOLD_H
#define DYNR_PEER_FOLD_H

#include "base/map.h"
#include "dynr/buf.h"
#include "dynr/view.h"

struct dynr_fold_row {
    /** Of the node and group that it belongs to, with its key: the map's key. */
    char *name;
    uint64_t version;
    bool gone;
    /** It left, at its version; a row that is gone otherwise is one that nothing is known of. */
    bool left;
    /** What it hung on is gone: it goes at the end of the sweep that found out. */
    bool dropped;
    /** JSON object; for aggregates the value. */
    char *text;
    size_t len;
};

struct dynr_fold_group {
    char *name;
    uint32_t epoch;
    /** JSON array; empty: no bound. */
    char *bound;
    size_t bound_len;
    /** A row that is not held is gone since `floor`, where it would stand up to `reach` (JSON array; empty: anywhere). */
    uint64_t floor;
    char *reach;
    size_t reach_len;
    /** The floor is that of a snapshot. */
    bool has_floor;
    struct dynr_fold_row **rows;
    size_t n_rows;
    size_t cap_rows;
    /** `more` was asked for with the epoch. */
    bool asked;
    bool dropped;
};

struct dynr_fold {
    const struct dynr_view_desc *view;
    /** Rows by name, groups by name. */
    struct dynr_map rows;
    struct dynr_map groups;
    /** Something may hang on a row that is not held. */
    bool is_unswept;
};

void dynr_fold_init(struct dynr_fold *fold, const struct dynr_view_desc *view);
void dynr_fold_cleanup(struct dynr_fold *fold);

/** A `snap`: forgets what is held unless it goes on with an earlier part. `message` is the whole text. */
enum dynr_status dynr_fold_snap(struct dynr_fold *fold, struct dynr_str message, bool goes_on,
                                struct dynr_error *err);
/** A `same`: keeps the rows, takes epochs and bounds. */
enum dynr_status dynr_fold_same(struct dynr_fold *fold, struct dynr_str message,
                                struct dynr_error *err);
enum dynr_status dynr_fold_patch(struct dynr_fold *fold, struct dynr_str message,
                                 struct dynr_error *err);
enum dynr_status dynr_fold_bound(struct dynr_fold *fold, struct dynr_str message,
                                 struct dynr_error *err);

/** At the end of a transition: drops groups below rows that are not held, and rows of keyed nodes that nothing refers to. */
enum dynr_status dynr_fold_sweep(struct dynr_fold *fold, struct dynr_error *err);

void dynr_fold_free_row(struct dynr_fold_row *row);
/** Not its rows. */
void dynr_fold_free_group(struct dynr_fold_group *group);

/** The group of a node below `parent` ("" at the root); NULL: there is none. */
struct dynr_fold_group *dynr_fold_find_group(const struct dynr_fold *fold, uint16_t node,
                                             struct dynr_str parent);
/** The group's rows in order, in `arena`, the texts borrowed until the next change. */
enum dynr_status dynr_fold_rows(const struct dynr_fold *fold, uint16_t node, struct dynr_str parent,
                                struct dynr_arena *arena, struct dynr_str **out_rows,
                                size_t *out_n_rows, struct dynr_error *err);

#endif
