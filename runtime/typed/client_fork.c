/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients for one call: a copy of the client in the call's arena, with what the call brings and what it leaves.
 */
#include "base/map.h"
#include "typed/client.h"

/* The one way to write an id, in the arena. */
static enum dynr_status canonical_id(struct dynr_str text, struct dynr_arena *arena,
                                     struct dynr_str *out, struct dynr_error *err)
{
    struct dynr_ulid ulid;
    struct dynr_uuid uuid;
    if (dynr_ulid_parse(text, &ulid)) {
        *out = dynr_arena_dup(arena, dynr_str_make(ulid.text, sizeof ulid.text));
    } else if (dynr_uuid_parse(text, &uuid)) {
        *out = dynr_arena_dup(arena, dynr_str_make(uuid.text, sizeof uuid.text));
    } else {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "an id of the call is neither a ULID nor a UUID: \"%.*s\"",
                         (int)(text.len < 64 ? text.len : 64), text.len == 0 ? "" : text.ptr);
    }
    return out->ptr == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

static enum dynr_status take_ids(struct dynr_fork *fork, const struct dynr_call_options *options,
                                 struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_map known;
    struct dynr_str *ids = dynr_arena_calloc(arena, options->n_ids, sizeof *ids);
    if (ids == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_map_init(&known, arena->allocator);
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < options->n_ids && status == DYNR_OK; i++) {
        status = canonical_id(options->ids[i], arena, &ids[i], err);
        if (status == DYNR_OK && dynr_map_get(&known, ids[i]) != NULL) {
            status = dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                               "an id of the call stands there twice: %.*s", (int)ids[i].len,
                               ids[i].ptr);
        }
        if (status == DYNR_OK && !dynr_map_put(&known, ids[i], &ids[i], NULL)) {
            status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    dynr_map_cleanup(&known);
    fork->ids = ids;
    fork->n_ids = options->n_ids;
    return status;
}

enum dynr_status dynr_client_fork(const struct dynr_client *client,
                                  const struct dynr_call_options *options, struct dynr_arena *arena,
                                  struct dynr_client **out, struct dynr_error *err)
{
    *out = NULL;
    if (options != NULL && options->size < sizeof *options) {
        return dynr_fail(err, DYNR_ERR_ABI, "the options are of an older libdynr");
    }
    struct dynr_fork *fork = dynr_arena_calloc(arena, 1, sizeof *fork);
    struct dynr_client *made = dynr_arena_alloc(arena, sizeof *made + client->prefix_len);
    if (fork == NULL || made == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (options != NULL && options->n_ids > 0) {
        enum dynr_status status = take_ids(fork, options, arena, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    fork->tracks_reads = options != NULL && options->read_positions;
    memcpy(made, client, sizeof *client + client->prefix_len);
    made->allocator = NULL;
    made->fork = fork;
    *out = made;
    return DYNR_OK;
}

uint64_t dynr_client_position(const struct dynr_client *client)
{
    return client->fork == NULL ? 0 : client->fork->position;
}

uint64_t dynr_client_read_position(const struct dynr_client *client)
{
    return client->fork == NULL ? 0 : client->fork->read_position;
}

bool dynr_client_take_id(const struct dynr_client *client, struct dynr_str *out)
{
    struct dynr_fork *fork = client->fork;
    if (fork == NULL || fork->n_taken == fork->n_ids) {
        return false;
    }
    *out = fork->ids[fork->n_taken++];
    return true;
}

size_t dynr_client_ids_taken(const struct dynr_client *client)
{
    return client->fork == NULL ? 0 : client->fork->n_taken;
}

void dynr_client_give_ids_back(const struct dynr_client *client, size_t n_taken)
{
    if (client->fork != NULL) {
        client->fork->n_taken = n_taken;
    }
}
