/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as whole items, and what the runtime itself puts into rows. */
#ifndef DYNR_TYPED_ITEM_BUILD_H
#define DYNR_TYPED_ITEM_BUILD_H

#include "typed/client.h"
#include "typed/key.h"

/* The item of a row: its members, base key, type attribute and the keys of the indexes that it stands in. */
enum dynr_status dynr_item_build(const struct dynr_entity_desc *entity, const void *row,
                                 struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err);

/* Fills AUTO members that are zero; those of the key with the caller's ids, where `is_create` and there are any. */
enum dynr_status dynr_row_fill_auto(const struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, void *row,
                                    bool is_create, int64_t now_ms, struct dynr_error *err);
/* Sets a managed timestamp (created_at, updated_at, deleted_at), if the entity has it. */
void dynr_row_set_time(const struct dynr_entity_desc *entity, uint32_t field, void *row,
                       int64_t now_ms);
/* The version of a row; 0 where the entity has none. */
int64_t dynr_row_version(const struct dynr_entity_desc *entity, const void *row);
void dynr_row_set_version(const struct dynr_entity_desc *entity, void *row, int64_t version);
/* Copies the members of a key struct into a row, or of a row into a row's beginning. */
void dynr_row_copy_key(const struct dynr_entity_desc *entity, void *row, const void *key);

/* Whether an index key attribute is neither a member of the row nor of the base key: then it is ours to write. */
bool dynr_index_attribute_is_derived(const struct dynr_entity_desc *entity, const char *attribute);
/* The keys of an entity in an index; both `ptr` are NULL where the row does not stand in it. */
enum dynr_status dynr_index_key_texts(const struct dynr_index_key *key, const void *row,
                                      struct dynr_arena *arena, struct dynr_key_pair *out,
                                      struct dynr_error *err);

/*
 * What reads supply where an item has no attribute of `field`: a pointer to the value, NULL where there is no default (also for
 * optional members: a missing one is absent). The struct of defaults is made in `arena`.
 */
enum dynr_status dynr_field_default(const struct dynr_struct_desc *desc,
                                    const struct dynr_field_desc *field, struct dynr_arena *arena,
                                    const void **out, struct dynr_error *err);

#endif
