/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client: where requests go, how tables are called there, and what time it is.
 */
#include "typed/client.h"

static bool is_local(const struct dynr_backend *backend)
{
    const struct dynr_backend_methods *methods = backend->methods;
    return methods->size >= sizeof *methods && methods->is_local;
}

/* Options of a newer caller may be longer: what this library does not know must be zero. */
static bool options_are_known(const struct dynr_client_options *options)
{
    const unsigned char *bytes = (const unsigned char *)options;
    for (size_t i = sizeof *options; i < options->size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return options->size >= offsetof(struct dynr_client_options, table_prefix);
}

enum dynr_status dynr_client_new(const struct dynr_client_options *options,
                                 struct dynr_client **out, struct dynr_error *err)
{
    *out = NULL;
    if (options == NULL || !options_are_known(options)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the client's options are not valid");
    }
    struct dynr_client_options known = DYNR_CLIENT_OPTIONS_INIT;
    memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    if (known.backend == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "a client needs a backend");
    }
    const struct dynr_allocator *allocator =
        known.allocator == NULL ? dynr_allocator_default() : known.allocator;
    struct dynr_str prefix = dynr_str_from_c(known.table_prefix);
    struct dynr_client *client =
        allocator->resize(allocator->context, NULL, 0, sizeof *client + prefix.len);
    if (client == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    client->grants = NULL;
    if (is_local(known.backend)) {
        client->grants = allocator->resize(allocator->context, NULL, 0, sizeof *client->grants);
        if (client->grants == NULL) {
            allocator->resize(allocator->context, client, sizeof *client + prefix.len, 0);
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        for (size_t i = 0; i < DYNR_GRANT_MEMORY_PLACES; i++) {
            atomic_init(&client->grants->places[i], 0);
        }
    }
    client->allocator = allocator;
    client->backend = known.backend;
    client->clock = known.clock == NULL ? dynr_clock_system() : known.clock;
    client->max_tries = known.max_tries == 0 ? DYNR_TRIES_DEFAULT : known.max_tries;
    client->fork = NULL;
    client->prefix_len = prefix.len;
    if (prefix.len > 0) {
        memcpy(client->prefix, prefix.ptr, prefix.len);
    }
    *out = client;
    return DYNR_OK;
}

void dynr_client_destroy(struct dynr_client *client)
{
    if (client != NULL && client->allocator != NULL) {
        const struct dynr_allocator *allocator = client->allocator;
        if (client->grants != NULL) {
            allocator->resize(allocator->context, client->grants, sizeof *client->grants, 0);
        }
        allocator->resize(allocator->context, client, sizeof *client + client->prefix_len, 0);
    }
}

struct dynr_backend *dynr_client_backend(struct dynr_client *client)
{
    return client->backend;
}

enum dynr_status dynr_runtime_check(int abi, struct dynr_error *err)
{
    if (abi >= DYNR_GEN_ABI_OLDEST && abi <= DYNR_GEN_ABI) {
        return DYNR_OK;
    }
    return dynr_fail(err, DYNR_ERR_ABI,
                     "generated code has contract %d, libdynr " DYNR_VERSION_STRING
                     " takes %d to %d: %s",
                     abi, DYNR_GEN_ABI_OLDEST, DYNR_GEN_ABI,
                     abi > DYNR_GEN_ABI ? "update libdynr" : "generate the code anew");
}

struct dynr_str dynr_client_table_name(const struct dynr_client *client,
                                       const struct dynr_table_desc *table,
                                       struct dynr_arena *arena)
{
    struct dynr_str name =
        dynr_str_from_c(table->physical_name != NULL ? table->physical_name : table->name);
    if (client->prefix_len == 0) {
        return name;
    }
    char *text = dynr_arena_text(arena, client->prefix_len + name.len);
    if (text == NULL) {
        return dynr_str_make(NULL, 0);
    }
    memcpy(text, client->prefix, client->prefix_len);
    if (name.len > 0) {
        memcpy(text + client->prefix_len, name.ptr, name.len);
    }
    return dynr_str_make(text, client->prefix_len + name.len);
}

struct dynr_timestamp dynr_client_now(const struct dynr_client *client)
{
    struct dynr_timestamp now = {client->clock->now_ms(client->clock->context)};
    return now;
}

static bool is_write(enum dynr_operation operation)
{
    return operation == DYNR_PUT_ITEM || operation == DYNR_UPDATE_ITEM ||
           operation == DYNR_DELETE_ITEM || operation == DYNR_BATCH_WRITE_ITEM ||
           operation == DYNR_TRANSACT_WRITE_ITEMS;
}

static void note_read(struct dynr_fork *fork, uint64_t position)
{
    if (!fork->has_read || position < fork->read_position) {
        fork->read_position = position;
    }
    fork->has_read = true;
}

enum dynr_status dynr_client_call(const struct dynr_client *client,
                                  const struct dynr_request *request, struct dynr_arena *arena,
                                  struct dynr_response *response, struct dynr_error *err)
{
    struct dynr_fork *fork = client->fork;
    struct dynr_request asked = *request;
    bool tracks = fork != NULL && fork->tracks_reads && !is_write(request->operation);
    asked.want_position = request->want_position || tracks;
    enum dynr_status status = dynr_backend_call(client->backend, &asked, arena, response, err);
    if (fork != NULL && is_write(request->operation) && response->position > fork->position) {
        fork->position = response->position;
    }
    if (tracks && status == DYNR_OK) {
        note_read(fork, response->position);
    }
    return status;
}
