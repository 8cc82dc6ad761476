/* SPDX-License-Identifier: Apache-2.0 */
/* Planning writes: each function adds the operations of one write to a set; nothing is sent but the reads it needs. */
#ifndef DYNR_TYPED_WRITE_H
#define DYNR_TYPED_WRITE_H

#include "typed/guard.h"
#include "typed/item_build.h"
#include "typed/write_set.h"

enum dynr_status dynr_plan_create(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                  void *row, struct dynr_error *err);
enum dynr_status dynr_plan_put(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                               void *row, struct dynr_error *err);

enum dynr_update_mode {
    DYNR_UPDATE_FIELDS,
    /** Sets deletedAt. */
    DYNR_UPDATE_DELETE,
    /** Takes deletedAt away; the row may be deleted. */
    DYNR_UPDATE_RESTORE,
};

struct dynr_update {
    const struct dynr_entity_desc *entity;
    const void *key;
    const struct dynr_change *changes;
    size_t n_changes;
    const struct dynr_expect *expect;
    enum dynr_update_mode mode;
    /* Ask for the row as it is afterwards. */
    bool wants_row;
    /* Set by the plan: the row as it will be, or NULL where it was not read. */
    const void *after;
    /* The write is conditioned on all that `after` was made of. */
    bool after_is_certain;
};

enum dynr_status dynr_plan_update(struct dynr_write_set *set, struct dynr_update *update,
                                  struct dynr_error *err);
/* update_move.c: the row gets another base key. `changed` is the row's key with the changes. */
enum dynr_status dynr_plan_move(struct dynr_write_set *set, struct dynr_update *update,
                                struct dynr_error *err);
/* The values that the changes leave behind, on a row that was read. Also time and version. */
enum dynr_status dynr_update_apply_changes(const struct dynr_update *update, int64_t now_ms,
                                           struct dynr_arena *arena, void *row,
                                           struct dynr_error *err);
/* Reads the row of `update` as it stands, and checks what can be checked before the write. */
enum dynr_status dynr_update_read(struct dynr_write_set *set, const struct dynr_update *update,
                                  void **out_row, struct dynr_error *err);

/*
 * Removes one item and its guards. `row` is the row as read, or NULL where the entity has no guards and only `key` is known.
 * `must_exist` false: it may be gone meanwhile.
 */
enum dynr_status dynr_plan_remove(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                  const void *key, const void *row,
                                  const struct dynr_expect *expect, bool must_exist,
                                  struct dynr_error *err);
/* Adds the removal of everything below a row to `set` (children first). */
enum dynr_status dynr_plan_children(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    struct dynr_error *err);
/* Removes everything below a row now, in batches, from the leaves up. */
enum dynr_status dynr_destroy_children(struct dynr_client *client,
                                       const struct dynr_entity_desc *entity, const void *key,
                                       struct dynr_error *err);
/* Removes a row and its guards now, without what is below it. */
enum dynr_status dynr_destroy_alone(struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    const struct dynr_expect *expect, struct dynr_arena *arena,
                                    struct dynr_error *err);
/* Removes a row and what is below it. */
enum dynr_status dynr_destroy_row(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                  const void *key, const struct dynr_expect *expect,
                                  struct dynr_arena *arena, struct dynr_error *err);

/* The row that was read as an item, in the arena. */
enum dynr_status dynr_row_fetch(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                const void *key, void **out_row, struct dynr_error *err);

#endif
