/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of mutations. Values from input alone make direct writes. Values computed from the row are read first and written on the
 * version (or on what was read), again when somebody was faster.
 */
#include "typed/procedure_gate.h"

#include <string.h>

#include "typed/client.h"
#include "typed/type.h"

/* Tries of a write that relies on what was read, before its failure is the answer. */
#define MAX_TRIES 8

/** One write while it is made. */
struct writing {
    struct dynr_call call;
    const struct dynr_write_desc *write;
    /** NULL: the write stands alone. */
    struct dynr_transaction *transaction;
    /** A delete that stands alone but for these, or NULL. */
    const struct dynr_policy_checks *checks;
    /** Where the row afterwards goes, or NULL. */
    void *result;
    /** UPDATE, DELETE. */
    void *key;
    struct dynr_change *changes;
    struct dynr_expect expect;
    /** `&expect`, or NULL where nothing is expected. */
    const struct dynr_expect *expects;
};

static enum dynr_status make_key(struct writing *writing)
{
    const struct dynr_struct_desc *desc = writing->write->entity->key;
    bool all = true;
    writing->key = dynr_call_alloc(&writing->call, 1, desc->size);
    if (writing->key == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    return dynr_call_assign(&writing->call, desc, writing->write->members,
                            writing->write->n_members, writing->key, &all);
}

/** Reads the row that values are computed from. */
static enum dynr_status read_before(struct writing *writing)
{
    const struct dynr_entity_desc *entity = writing->write->entity;
    struct dynr_call *call = &writing->call;
    void *row = dynr_call_alloc(call, 1, entity->row->size);
    if (row == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    call->row = row;
    enum dynr_status status = dynr_row_get(call->client, entity, writing->key, entity->row, 0,
                                           call->arena, row, call->err);
    if (status != DYNR_OK) {
        return status;
    }
    /* Looked at before anything is computed: the values may only make sense where it holds. */
    dynr_call_condition *holds = writing->write->holds;
    return holds == NULL || holds(call) ? DYNR_OK
                                        : dynr_fail(call->err, DYNR_ERR_CONDITION_FAILED, NULL);
}

static enum dynr_status make_changes(struct writing *writing)
{
    const struct dynr_write_desc *write = writing->write;
    writing->changes = dynr_call_alloc(&writing->call, write->n_changes, sizeof *writing->changes);
    if (writing->changes == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < write->n_changes; i++) {
        const struct dynr_change_source *source = &write->changes[i];
        const struct dynr_field_desc *field = &write->entity->row->fields[source->field];
        struct dynr_change *change = &writing->changes[i];
        struct dynr_call_value value;
        enum dynr_status status =
            dynr_call_value(&writing->call, &source->value, dynr_type_size(field->type), &value);
        if (status != DYNR_OK) {
            return status;
        }
        bool removes =
            source->kind == DYNR_CHANGE_SET && field->presence != DYNR_REQUIRED && !value.present;
        change->field = source->field;
        change->kind = removes ? DYNR_CHANGE_REMOVE : source->kind;
        change->value = value.bytes;
    }
    return DYNR_OK;
}

/**
 * The condition with its values. A comparison with an input that is not there is false, and with it the whole condition: absent
 * inputs stand in plain conjunctions only. The row is still looked at, so that a missing one is reported as such.
 */
static enum dynr_status expect_condition(struct writing *writing)
{
    static const char *const never_names[] = {"#never", "never there", NULL};
    struct dynr_filter *filter = &writing->expect.condition;
    bool all = true;
    enum dynr_status status =
        dynr_call_filter(&writing->call, writing->write->condition, filter, &all);
    if (status == DYNR_OK && !all) {
        memset(filter, 0, sizeof *filter);
        filter->expression = "attribute_exists(#never)";
        filter->names = never_names;
    }
    return status;
}

static enum dynr_status make_expect(struct writing *writing)
{
    const struct dynr_write_desc *write = writing->write;
    struct dynr_expect *expect = &writing->expect;
    bool expects = write->version.from != DYNR_FROM_NOTHING || write->condition != NULL;
    writing->expects = expects || write->reads_row ? expect : NULL;
    uint32_t version = write->entity->version;
    if (write->version.from != DYNR_FROM_NOTHING) {
        enum dynr_status status = dynr_call_int64(&writing->call, &write->version, 0,
                                                  &expect->version, &expect->has_version);
        if (status != DYNR_OK) {
            return status;
        }
    } else if (write->reads_row && version != DYNR_NO_FIELD) {
        const struct dynr_field_desc *field = &write->entity->row->fields[version];
        expect->has_version = true;
        memcpy(&expect->version, dynr_field_value(field, writing->call.row),
               sizeof expect->version);
    } else if (write->reads_row) {
        expect->unchanged_row = writing->call.row;
        expect->unchanged_fields = write->read_fields;
        expect->n_unchanged_fields = write->n_read_fields;
    }
    return expect_condition(writing);
}

static enum dynr_status create(struct writing *writing)
{
    const struct dynr_entity_desc *entity = writing->write->entity;
    const struct dynr_call *call = &writing->call;
    void *row = writing->result;
    if (row == NULL) {
        row = dynr_call_alloc(call, 1, entity->row->size);
    }
    if (row == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    dynr_struct_init(entity->row, row);
    bool all = true;
    enum dynr_status status = dynr_call_assign(call, entity->row, writing->write->members,
                                               writing->write->n_members, row, &all);
    if (status != DYNR_OK) {
        return status;
    }
    return writing->transaction != NULL
               ? dynr_transaction_create(writing->transaction, entity, row, call->err)
               : dynr_row_create(call->client, entity, row, call->arena, call->err);
}

static enum dynr_status update(struct writing *writing)
{
    const struct dynr_write_desc *write = writing->write;
    const struct dynr_call *call = &writing->call;
    enum dynr_status status = make_key(writing);
    if (status == DYNR_OK && write->reads_row) {
        status = read_before(writing);
    }
    if (status == DYNR_OK) {
        status = make_changes(writing);
    }
    if (status == DYNR_OK) {
        status = make_expect(writing);
    }
    if (status != DYNR_OK) {
        return status;
    }
    return writing->transaction != NULL
               ? dynr_transaction_update(writing->transaction, write->entity, writing->key,
                                         writing->changes, write->n_changes, writing->expects,
                                         call->err)
               : dynr_row_update(call->client, write->entity, writing->key, writing->changes,
                                 write->n_changes, writing->expects, call->arena, writing->result,
                                 call->err);
}

static enum dynr_status remove_row(struct writing *writing)
{
    const struct dynr_entity_desc *entity = writing->write->entity;
    const struct dynr_call *call = &writing->call;
    enum dynr_status status = make_key(writing);
    if (status == DYNR_OK) {
        status = make_expect(writing);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (writing->checks != NULL) {
        return dynr_row_delete_checked(call->client, entity, writing->key, &writing->expect,
                                       writing->checks, call->arena, call->err);
    }
    return writing->transaction != NULL
               ? dynr_transaction_delete(writing->transaction, entity, writing->key,
                                         &writing->expect, call->err)
               : dynr_row_delete(call->client, entity, writing->key, writing->expects, call->arena,
                                 call->err);
}

static enum dynr_status make_write(struct writing *writing)
{
    switch (writing->write->kind) {
    case DYNR_WRITE_CREATE:
        return create(writing);
    case DYNR_WRITE_UPDATE:
        return update(writing);
    case DYNR_WRITE_DELETE:
        return remove_row(writing);
    }
    return dynr_fail(writing->call.err, DYNR_ERR_INVALID_ARGUMENT, "a write of no known kind");
}

/** A row that moved is found by its new key. */
static void move_key(struct writing *writing)
{
    const struct dynr_struct_desc *key = writing->write->entity->key;
    for (size_t i = 0; i < writing->write->n_changes; i++) {
        const struct dynr_change *change = &writing->changes[i];
        if (change->field < key->n_fields && change->kind == DYNR_CHANGE_SET) {
            dynr_field_assign(&key->fields[change->field], writing->key, change->value);
        }
    }
}

/** How far a mutation came. */
enum progress {
    NOTHING_SENT,
    /** To a store that answered. */
    SENT,
    WRITTEN,
};

static enum dynr_status write_all(const struct dynr_mutation_body *body,
                                  const struct dynr_call *call,
                                  const struct dynr_policy_checks *checks, void *output,
                                  enum progress *progress)
{
    struct dynr_transaction *transaction;
    size_t n_ids_before = dynr_client_ids_taken(call->client);
    enum dynr_status status =
        dynr_transaction_begin(call->client, call->arena, &transaction, call->err);
    /* What a write consists of is borrowed until the commit. */
    struct writing *writings = dynr_call_alloc(call, body->n_writes, sizeof *writings);
    if (status == DYNR_OK && writings == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    struct writing *last = NULL;
    for (size_t i = 0; status == DYNR_OK && i < body->n_writes; i++) {
        bool is_result = body->returns_row && i + 1 == body->n_writes;
        writings[i].call = *call;
        writings[i].write = &body->writes[i];
        writings[i].transaction = transaction;
        writings[i].result = is_result ? output : NULL;
        status = make_write(&writings[i]);
        last = &writings[i];
    }
    if (status == DYNR_OK) {
        status = dynr_transaction_check(transaction, checks, call->err);
    }
    if (status == DYNR_OK) {
        *progress = SENT;
        status = dynr_transaction_commit(transaction, call->err);
        *progress = status == DYNR_OK ? WRITTEN : SENT;
    }
    if (status != DYNR_OK) {
        /* Whatever failed: a row that was to be read, or a check that cannot be made, too. */
        dynr_client_give_ids_back(call->client, n_ids_before);
    }
    bool reads_result = body->returns_row && last != NULL && last->write->kind == DYNR_WRITE_UPDATE;
    if (status == DYNR_OK && reads_result) {
        move_key(last);
        const struct dynr_entity_desc *entity = last->write->entity;
        status = dynr_row_get(call->client, entity, last->key, entity->row, 0, call->arena, output,
                              call->err);
    }
    return status;
}

static enum dynr_status write_once(const struct dynr_mutation_body *body,
                                   const struct dynr_call *call,
                                   const struct dynr_policy_checks *checks, void *output)
{
    enum progress progress = NOTHING_SENT;
    bool is_checked = dynr_mutation_has_checks(body);
    bool is_delete = body->n_writes == 1 && body->writes[0].kind == DYNR_WRITE_DELETE;
    if (body->n_writes > 1 || (is_checked && !is_delete)) {
        return write_all(body, call, checks, output, &progress);
    }
    struct writing writing = {.call = *call, .write = &body->writes[0]};
    writing.checks = is_checked ? checks : NULL;
    writing.result = body->returns_row ? output : NULL;
    return make_write(&writing);
}

/** What may become of a write that failed when it is tried again. */
struct retrying {
    /** A value was computed from a row that has changed. Not so where the caller named the version: it does not become right. */
    bool conflict;
    /** A policy relied on a row that has changed. */
    bool checks;
    /** The mutation has conditions of its own, which a check may have become part of. */
    bool conditions;
};

static struct retrying retrying_of(const struct dynr_mutation_body *body)
{
    struct retrying retrying = {.checks = dynr_mutation_has_checks(body)};
    bool computes = false;
    bool expects = false;
    for (size_t i = 0; i < body->n_writes; i++) {
        expects = expects || body->writes[i].version.from != DYNR_FROM_NOTHING;
        computes = computes || body->writes[i].reads_row;
        retrying.conditions = retrying.conditions || body->writes[i].condition != NULL;
    }
    retrying.conflict = !expects && (computes || retrying.checks);
    return retrying;
}

static bool may_retry(const struct retrying *retrying, enum dynr_status status, unsigned n_tries)
{
    if (status == DYNR_ERR_CONFLICT) {
        return retrying->conflict;
    }
    if (status == DYNR_ERR_TRANSACTION_CONFLICT) {
        return retrying->conflict || retrying->checks;
    }
    if (status == DYNR_ERR_CONDITION_FAILED) {
        /* What the mutation itself demands of the row does not become true by trying again. */
        return retrying->checks && (!retrying->conditions || n_tries == 1);
    }
    return status == DYNR_ERR_DENIED && retrying->checks;
}

/**
 * Whether nothing was written, for a reason that reading may change or explain, or that a caller without the right must not learn.
 * Where the store itself failed that is not known, and where it is overloaded it is not asked again.
 */
static bool was_in_vain(enum dynr_status status, enum progress progress)
{
    bool failed = status == DYNR_ERR_IO || status == DYNR_ERR_NO_MEMORY ||
                  status == DYNR_ERR_BUSY || status == DYNR_ERR_INTERNAL ||
                  status == DYNR_ERR_CORRUPT || status == DYNR_ERR_THROTTLED;
    return status != DYNR_OK && (progress == NOTHING_SENT || (progress == SENT && !failed));
}

/**
 * Tries the writes with the checks of a grant that most likely holds, before anything is read. False: nothing was written, and
 * nobody is told why; what reads first says it as if nothing had been tried.
 */
static bool write_unread(const struct dynr_mutation_body *body, const struct dynr_call *call,
                         void *output, enum dynr_status *out_status)
{
    struct dynr_policy_checks checks;
    enum progress progress = NOTHING_SENT;
    if (!dynr_mutation_pass_unread(body, call, &checks)) {
        return false;
    }
    *out_status = write_all(body, call, &checks, output, &progress);
    if (!was_in_vain(*out_status, progress)) {
        return true;
    }
    dynr_error_clear(call->err);
    dynr_mutation_pass_failed(body, call);
    return false;
}

enum dynr_status dynr_mutation_run(const struct dynr_mutation_body *body,
                                   const struct dynr_call *call, void *output)
{
    enum dynr_status unread;
    if (write_unread(body, call, output, &unread)) {
        return unread;
    }
    const struct retrying retrying = retrying_of(body);
    for (unsigned n_tries = 1;; n_tries++) {
        struct dynr_policy_checks checks;
        enum dynr_status status = dynr_mutation_pass(body, call, &checks);
        if (status != DYNR_OK) {
            return status;
        }
        status = write_once(body, call, &checks, output);
        if (n_tries == MAX_TRIES || !may_retry(&retrying, status, n_tries)) {
            return status;
        }
        dynr_error_clear(call->err);
    }
}
