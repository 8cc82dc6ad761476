/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/gate.h"

#include "reactive/connection.h"
#include "reactive/load.h"
#include "reactive/resume.h"
#include "reactive/row_value.h"
#include "reactive/step.h"
#include "reactive/subscribe.h"
#include "typed/type.h"

/* One row that the gate looks at. */
struct gate_entry {
    struct dynr_dependency dependency;
    struct dynr_gate *gate;
    /* Changes up to here are known. */
    uint64_t version;
};

struct dynr_gate {
    struct dynr_subscriber *subscriber;
    struct dynr_procedure_info *procedure;
    const void *input;
    struct dynr_read_job *job;
    /* A row changed while the gate was read: its rows may be of different times. */
    bool stale;
    size_t size;
    size_t n_entries;
    struct gate_entry entries[];
};

static const struct dynr_policy_desc *policy_of(const struct dynr_gate *gate)
{
    return gate->procedure->procedure->view->gate;
}

static size_t align(size_t size)
{
    return (size + 15) / 16 * 16;
}

void dynr_gate_free(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_gate *gate = subscriber->gate;
    if (gate == NULL) {
        return;
    }
    for (size_t i = 0; i < gate->n_entries; i++) {
        dynr_dependency_remove(engine, &gate->entries[i].dependency);
    }
    if (gate->job != NULL) {
        gate->job->gate = NULL;
    }
    subscriber->gate = NULL;
    dynr_engine_free(engine, gate, gate->size);
}

/* Head, entries and input in one block. */
static struct dynr_gate *new_gate(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                                  const void *input)
{
    const struct dynr_policy_desc *policy = procedure->procedure->view->gate;
    const struct dynr_struct_desc *input_desc = procedure->procedure->input;
    size_t head = align(sizeof(struct dynr_gate) + policy->n_lookups * sizeof(struct gate_entry));
    size_t size = head + (input_desc == NULL ? 0 : align(dynr_struct_copy_size(input_desc, input)));
    struct dynr_gate *gate = dynr_engine_allocate(engine, size);
    if (gate == NULL) {
        return NULL;
    }
    gate->size = size;
    gate->procedure = procedure;
    gate->n_entries = policy->n_lookups;
    for (size_t i = 0; i < gate->n_entries; i++) {
        gate->entries[i].gate = gate;
    }
    if (input_desc != NULL) {
        dynr_struct_copy(input_desc, input, (char *)gate + head);
        gate->input = (char *)gate + head;
    }
    return gate;
}

/* From here on, changes of the row with this key are heard of. A key may change with the rows that it is made of. */
static bool watch(struct dynr_engine *engine, struct dynr_gate *gate, size_t number,
                  const void *key_row)
{
    struct gate_entry *entry = &gate->entries[number];
    struct dynr_entity_info *entity = gate->procedure->gating[number];
    struct dynr_key128 key;
    bool present = false;
    if (dynr_dependency_key(engine, &entity->paths[entity->by_key], key_row, &key, &present) !=
        DYNR_OK) {
        return false;
    }
    bool watched = entry->dependency.kind != DYNR_DEPENDENT_NONE;
    if (present && watched && dynr_key128_equal(key, entry->dependency.key)) {
        return true;
    }
    dynr_dependency_remove(engine, &entry->dependency);
    entry->version = 0;
    return !present || dynr_dependency_add(engine, &entry->dependency, DYNR_DEPENDENT_GATE, entity,
                                           entity->by_key, key);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void end_with(struct dynr_engine *engine, struct dynr_gate *gate, enum dynr_status status)
{
    struct dynr_subscriber *subscriber = gate->subscriber;
    dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL, false);
    dynr_subscriber_end(engine, subscriber);
}

/* `rows`: one for each look-up, or NULL. */
static void decide(struct dynr_engine *engine, struct dynr_gate *gate, const void *const *rows)
{
    struct dynr_subscriber *subscriber = gate->subscriber;
    const struct dynr_policy_input in = {subscriber->connection->caller, gate->input, NULL, rows};
    bool passes = policy_of(gate)->allows(&in);
    if (passes && subscriber->view == NULL) {
        dynr_subscriber_attach(engine, subscriber, gate->procedure, gate->input);
    } else if (!passes) {
        dynr_subscriber_detach(engine, subscriber);
        dynr_resume_free(engine, subscriber);
        subscriber->state = DYNR_SUBSCRIBER_GATED;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, DYNR_ERR_DENIED,
                                   NULL, true);
    }
}

/* Rows that were read before live in answers that end with their jobs: copies for the next one. */
static const void **keep_rows(const struct dynr_gate *gate, struct dynr_read_job *job,
                              const void *const *rows, size_t n_rows)
{
    const void **kept = dynr_arena_calloc(&job->arena, gate->n_entries + 1, sizeof(void *));
    for (size_t i = 0; kept != NULL && i < n_rows; i++) {
        if (rows[i] != NULL) {
            kept[i] =
                dynr_struct_dup(gate->procedure->gating[i]->entity->row, rows[i], &job->arena);
            kept = kept[i] == NULL ? NULL : kept;
        }
    }
    return kept;
}

/*
 * The first look-up from `*number` on whose key the rows before it give: its key, in the job's arena. NULL: there is none, or no
 * memory, and then `*failed`.
 */
static const void *next_key(struct dynr_engine *engine, struct dynr_gate *gate,
                            struct dynr_read_job *job, const void *const *rows, size_t *number,
                            bool *failed)
{
    const struct dynr_policy_desc *policy = policy_of(gate);
    const struct dynr_policy_input in = {gate->subscriber->connection->caller, gate->input, NULL,
                                         rows};
    for (; *number < gate->n_entries; (*number)++) {
        const struct dynr_policy_lookup *lookup = &policy->lookups[*number];
        void *key = dynr_arena_calloc(&job->arena, 1, lookup->entity->key->size);
        if (key == NULL) {
            *failed = true;
            return NULL;
        }
        if (lookup->key(&in, key)) {
            *failed = !watch(engine, gate, *number, key);
            return *failed ? NULL : key;
        }
        dynr_dependency_remove(engine, &gate->entries[*number].dependency);
    }
    return NULL;
}

static bool start_read(struct dynr_engine *engine, struct dynr_gate *gate,
                       struct dynr_read_job *job, const void **rows, size_t number, const void *key)
{
    if (!dynr_job_set_keys(job, policy_of(gate)->lookups[number].entity, &key, 1)) {
        return false;
    }
    job->gate = gate;
    job->lookup = (uint16_t)number;
    job->rows = (struct dynr_load_row **)(void *)rows;
    gate->job = job;
    engine->counters.gate_reads++;
    dynr_job_start(engine, job);
    return true;
}

/* Reads the next row, which may be found by those before it; or decides. `rows` are the first `n_rows`. */
static void read_from(struct dynr_engine *engine, struct dynr_gate *gate, const void *const *rows,
                      size_t n_rows)
{
    struct dynr_read_job *job = dynr_job_new(engine, DYNR_JOB_GATE);
    const void **kept = job == NULL ? NULL : keep_rows(gate, job, rows, n_rows);
    bool failed = kept == NULL;
    size_t number = n_rows;
    const void *key = failed ? NULL : next_key(engine, gate, job, kept, &number, &failed);
    if (key != NULL) {
        failed = !start_read(engine, gate, job, kept, number, key);
    } else if (!failed) {
        decide(engine, gate, kept);
    }
    if (job != NULL && (failed || key == NULL)) {
        dynr_job_free(engine, job);
    }
    if (failed) {
        end_with(engine, gate, DYNR_ERR_NO_MEMORY);
    }
}

static void read_gate(struct dynr_engine *engine, struct dynr_gate *gate)
{
    gate->stale = false;
    read_from(engine, gate, NULL, 0);
}

void dynr_gate_answered(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_gate *gate = job->gate;
    const void **rows = (const void **)(void *)job->rows;
    gate->job = NULL;
    if (job->read.status != DYNR_OK) {
        end_with(engine, gate, job->read.status);
        return;
    }
    uint64_t position = job->read.found_positions == NULL ? 0 : job->read.found_positions[0];
    gate->entries[job->lookup].version = position;
    if (gate->stale) {
        read_gate(engine, gate);
        return;
    }
    rows[job->lookup] = job->read.found[0];
    if (job->lookup + 1U < gate->n_entries) {
        read_from(engine, gate, rows, job->lookup + 1U);
    } else {
        decide(engine, gate, rows);
    }
}

void dynr_gate_begin(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                     struct dynr_procedure_info *procedure, const void *input)
{
    struct dynr_gate *gate = new_gate(engine, procedure, input);
    subscriber->gate = gate;
    subscriber->state = DYNR_SUBSCRIBER_GATED;
    if (gate != NULL) {
        gate->subscriber = subscriber;
    }
    if (gate == NULL) {
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id,
                                   DYNR_ERR_NO_MEMORY, NULL, false);
        dynr_subscriber_end(engine, subscriber);
        return;
    }
    read_gate(engine, gate);
}

bool dynr_gate_is_read(const struct dynr_gate *gate)
{
    return gate != NULL && gate->job != NULL;
}

bool dynr_gate_has(const struct dynr_gate *gate, const struct dynr_dependency *dependency)
{
    return gate != NULL && ((const struct gate_entry *)(const void *)dependency)->gate == gate;
}

/* ---- changes ------------------------------------------------------------------------------------------------------ */

/* A row that is soft-deleted is none. */
static bool is_there(const struct dynr_live_change *change)
{
    const struct dynr_entity_desc *entity = change->entity->entity;
    return change->new_row != NULL &&
           (entity->deleted_at == DYNR_NO_FIELD ||
            !dynr_field_is_present(&entity->row->fields[entity->deleted_at], change->new_row));
}

static void suspend(struct dynr_engine *engine, struct dynr_gate *gate)
{
    /* No patch reaches it from here on, not even of this transition: what it holds may be old, or none of its business. */
    dynr_subscriber_reset(engine, gate->subscriber);
    dynr_subscriber_detach(engine, gate->subscriber);
    gate->subscriber->state = DYNR_SUBSCRIBER_GATED;
    if (gate->job == NULL) {
        read_gate(engine, gate);
    }
}

void dynr_gate_changed(struct dynr_engine *engine, struct dynr_dependency *dependency,
                       const struct dynr_live_change *change)
{
    struct gate_entry *entry = (struct gate_entry *)(void *)dependency;
    struct dynr_gate *gate = entry->gate;
    size_t lookup = (size_t)(entry - gate->entries);
    if (change->version <= entry->version ||
        !dynr_lookup_is_decided(&policy_of(gate)->lookups[lookup], change)) {
        return;
    }
    if (gate->job == NULL && gate->n_entries == 1) {
        /* The record has the one row that it looks at. */
        const void *rows[1] = {is_there(change) ? change->new_row : NULL};
        entry->version = change->version;
        decide(engine, gate, rows);
        return;
    }
    gate->stale = true;
    suspend(engine, gate);
}

void dynr_gate_distrust(struct dynr_engine *engine, struct dynr_dependency *dependency)
{
    struct dynr_gate *gate = ((struct gate_entry *)(void *)dependency)->gate;
    gate->stale = true;
    suspend(engine, gate);
}
