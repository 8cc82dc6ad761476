/* SPDX-License-Identifier: Apache-2.0 */
/* Views, their groups and rows: made, found and freed. */
#ifndef DYNR_REACTIVE_VIEW_H
#define DYNR_REACTIVE_VIEW_H

#include "reactive/reactive.h"

/* What makes two views one: procedure, canonical input, the caller's fields that rows depend on. */
enum dynr_status dynr_view_share_key(struct dynr_engine *engine,
                                     const struct dynr_procedure_info *procedure, const void *input,
                                     const void *caller, struct dynr_key128 *out);
/*
 * Appends the text of that. It is the same in another process with the same procedures. Errors: DYNR_ERR_NO_MEMORY, and what values
 * that cannot be encoded give.
 */
enum dynr_status dynr_view_append_identity(const struct dynr_procedure_info *procedure,
                                           const void *input, const void *caller,
                                           struct dynr_buf *text);
/* A view without subscribers; `out` NULL: these arguments select nothing to prepare, see the status. */
enum dynr_status dynr_view_new(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                               const void *input, const void *caller, struct dynr_key128 share_key,
                               struct dynr_view **out, struct dynr_error *err);
void dynr_view_free(struct dynr_engine *engine, struct dynr_view *view);
/* Forgets rows and groups below the root, and what was read: as when the view was new. */
void dynr_view_forget(struct dynr_engine *engine, struct dynr_view *view);

/* A group of `node` below a row. NULL when memory is exhausted. */
struct dynr_group *dynr_group_new(struct dynr_engine *engine, struct dynr_view *view,
                                  struct dynr_node_info *node, struct dynr_row_state *parent,
                                  const void *parent_row);
/* Ends a group and everything below it, as of `version`; 0: the whole view ends. */
void dynr_group_drop(struct dynr_engine *engine, struct dynr_group *group, uint64_t version);
/* Takes a group out of its parent's list and drops it. */
void dynr_group_cut(struct dynr_engine *engine, struct dynr_group *group, uint64_t version);
/* Registers what the read of a group depends on. */
enum dynr_status dynr_group_depend(struct dynr_engine *engine, struct dynr_group *group,
                                   const struct dynr_query *query);
/* Keeps another copy of the parent's row. */
bool dynr_group_set_parent_row(struct dynr_engine *engine, struct dynr_group *group,
                               const void *row);
/* Group of the keyed node; with DYNR_NO_NODE, of the rows that policies look at. */
struct dynr_group *dynr_view_shared_group(struct dynr_view *view, uint16_t node);

/* Identity of a row in a group. */
enum dynr_status dynr_row_id(struct dynr_engine *engine, const struct dynr_group *group,
                             const struct dynr_entity_info *entity, const void *row,
                             struct dynr_key128 *out);
/*
 * Whether rows of the node count for what bounds a view: rows that policies look at (no node) do not, nor those of a second value over
 * the same rows.
 */
bool dynr_view_counts_rows(const struct dynr_node_info *node);
/* Remembers a row (or a key struct). NULL when memory is exhausted. */
struct dynr_row_state *dynr_row_add(struct dynr_engine *engine, struct dynr_group *group,
                                    struct dynr_entity_info *entity, struct dynr_key128 id,
                                    const void *row);
/* Appends the resume token (32 hexadecimal digits) of what `connection` was sent of `view` as of `version`. False: no memory. */
bool dynr_view_append_token(struct dynr_engine *engine, const struct dynr_view *view,
                            const struct dynr_connection *connection, uint64_t version,
                            struct dynr_buf *out);
/*
 * Whether this very caller was sent this view at `from`, in a term that reaches to `position`. Compared in constant time: nobody
 * learns a token byte by byte.
 */
bool dynr_view_proves_token(struct dynr_engine *engine, const struct dynr_view *view,
                            const struct dynr_connection *connection, uint64_t from,
                            uint64_t position, struct dynr_str token);
/* Forgets it, and everything below it and what it alone refers to. */
void dynr_row_drop(struct dynr_engine *engine, struct dynr_row_state *row, uint64_t version);
/*
 * Lets link `number` of a row lead to `to`; NULL: nowhere. What nobody refers to any more is dropped when the transition
 * ends, since another row may come to refer to it until then.
 */
void dynr_row_link(struct dynr_engine *engine, struct dynr_row_state *row, uint16_t number,
                   struct dynr_row_state *to, uint64_t version);

/* Drops rows that nobody refers to any more. */
void dynr_rows_settle(struct dynr_engine *engine);

/* What holds a view's commits back (transition.c). */
void dynr_view_hold(struct dynr_engine *engine, struct dynr_view *view, bool hold);

#endif
