/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/gate.h"

#include "reactive/connection.h"
#include "reactive/load.h"
#include "reactive/resume.h"
#include "reactive/row_value.h"
#include "reactive/subscribe.h"

/* One row that the gate looks at. */
struct gate_entry {
    struct dynr_dependency dependency;
    struct dynr_gate *gate;
    /* entity->key struct, behind the entries; NULL: there is no such row. */
    const void *key;
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

static const struct dynr_view_policy *policy_of(const struct dynr_gate *gate)
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

/* Head, entries, keys and input in one block. */
static struct dynr_gate *new_gate(struct dynr_engine *engine, struct dynr_procedure_info *procedure, const void *input)
{
    const struct dynr_view_policy *policy = procedure->procedure->view->gate;
    const struct dynr_struct_desc *input_desc = procedure->procedure->input;
    size_t head = align(sizeof(struct dynr_gate) + policy->n_lookups * sizeof(struct gate_entry));
    size_t input_size = input_desc == NULL ? 0 : align(dynr_struct_copy_size(input_desc, input));
    size_t size = head + input_size;
    for (size_t i = 0; i < policy->n_lookups; i++) {
        size += align(policy->lookups[i].entity->key->size);
    }
    struct dynr_gate *gate = dynr_engine_allocate(engine, size);
    if (gate == NULL) {
        return NULL;
    }
    gate->size = size;
    gate->procedure = procedure;
    gate->n_entries = policy->n_lookups;
    if (input_desc != NULL) {
        dynr_struct_copy(input_desc, input, (char *)gate + head);
        gate->input = (char *)gate + head;
    }
    return gate;
}

/* Keys are made of input and caller, which both live as long: so keys need no copies of their texts. */
static bool add_entries(struct dynr_engine *engine, struct dynr_gate *gate)
{
    const struct dynr_view_policy *policy = policy_of(gate);
    const void *caller = gate->subscriber->connection->caller;
    char *next = (char *)gate + gate->size;
    for (size_t i = 0; i < gate->n_entries; i++) {
        struct gate_entry *entry = &gate->entries[i];
        struct dynr_entity_info *entity = gate->procedure->gating[i];
        struct dynr_key128 key;
        bool present = false;
        next -= align(entity->entity->key->size);
        entry->gate = gate;
        if (!policy->lookups[i].key(gate->input, caller, NULL, next)) {
            continue;
        }
        entry->key = next;
        if (dynr_dependency_key(engine, &entity->paths[entity->by_key], next, &key, &present) != DYNR_OK ||
            (present && !dynr_dependency_add(engine, &entry->dependency, DYNR_DEPENDENT_GATE, entity, entity->by_key, key))) {
            return false;
        }
    }
    return true;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void end_with(struct dynr_engine *engine, struct dynr_gate *gate, enum dynr_status status)
{
    struct dynr_subscriber *subscriber = gate->subscriber;
    dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL, false);
    dynr_subscriber_end(engine, subscriber);
}

static void decide(struct dynr_engine *engine, struct dynr_gate *gate, const void *const *rows)
{
    struct dynr_subscriber *subscriber = gate->subscriber;
    bool passes = policy_of(gate)->passes(gate->input, subscriber->connection->caller, NULL, rows);
    if (passes && subscriber->view == NULL) {
        dynr_subscriber_attach(engine, subscriber, gate->procedure, gate->input);
    } else if (!passes) {
        dynr_subscriber_detach(engine, subscriber);
        dynr_resume_free(engine, subscriber);
        subscriber->state = DYNR_SUBSCRIBER_GATED;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, DYNR_ERR_DENIED, NULL, true);
    }
}

/* A gate of several look-ups: one read per entity would be less, but gates have one or two. */
static void read_gate(struct dynr_engine *engine, struct dynr_gate *gate);

static void read_entry(struct dynr_engine *engine, struct dynr_gate *gate, size_t number, const void **rows)
{
    struct gate_entry *entry = &gate->entries[number];
    struct dynr_read_job *job = dynr_job_new(engine, DYNR_JOB_GATE);
    const struct dynr_entity_desc *entity = policy_of(gate)->lookups[number].entity;
    const void **kept =
        job == NULL ? NULL : dynr_arena_calloc(&job->arena, gate->n_entries, sizeof(void *));
    if (kept == NULL || !dynr_job_set_keys(job, entity, &entry->key, 1)) {
        if (job != NULL) {
            dynr_job_free(engine, job);
        }
        end_with(engine, gate, DYNR_ERR_NO_MEMORY);
        return;
    }
    /* Rows that were read before live in answers that end with their jobs. */
    for (size_t i = 0; rows != NULL && i < number; i++) {
        kept[i] = rows[i] == NULL
                      ? NULL
                      : dynr_struct_dup(gate->procedure->gating[i]->entity->row, rows[i], &job->arena);
        if (rows[i] != NULL && kept[i] == NULL) {
            dynr_job_free(engine, job);
            end_with(engine, gate, DYNR_ERR_NO_MEMORY);
            return;
        }
    }
    job->gate = gate;
    job->lookup = (uint16_t)number;
    job->rows = (struct dynr_load_row **)(void *)kept;
    gate->job = job;
    engine->counters.gate_reads++;
    dynr_job_start(engine, job);
}

/* The next entry that has a key, with the rows before it; or the decision. */
static void read_from(struct dynr_engine *engine, struct dynr_gate *gate, size_t number, const void **rows)
{
    while (number < gate->n_entries && gate->entries[number].key == NULL) {
        if (rows != NULL) {
            rows[number] = NULL;
        }
        number++;
    }
    if (number < gate->n_entries) {
        read_entry(engine, gate, number, rows);
        return;
    }
    const void *none[1] = {NULL};
    decide(engine, gate, rows == NULL ? none : rows);
}

static void read_gate(struct dynr_engine *engine, struct dynr_gate *gate)
{
    gate->stale = false;
    read_from(engine, gate, 0, NULL);
}

void dynr_gate_answered(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_gate *gate = job->gate;
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
    const void **rows = dynr_arena_calloc(&job->arena, gate->n_entries + 1, sizeof(void *));
    if (rows == NULL) {
        end_with(engine, gate, DYNR_ERR_NO_MEMORY);
        return;
    }
    for (size_t i = 0; i < job->lookup; i++) {
        rows[i] = ((const void **)(void *)job->rows)[i];
    }
    rows[job->lookup] = job->read.found[0];
    size_t next = job->lookup + 1U;
    if (next < gate->n_entries) {
        read_from(engine, gate, next, rows);
        return;
    }
    decide(engine, gate, rows);
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
    if (gate == NULL || !add_entries(engine, gate)) {
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, DYNR_ERR_NO_MEMORY, NULL, false);
        dynr_subscriber_end(engine, subscriber);
        return;
    }
    read_gate(engine, gate);
}

/* ---- changes ------------------------------------------------------------------------------------------------------ */

static void suspend(struct dynr_engine *engine, struct dynr_gate *gate)
{
    /* No patch reaches it from here on, not even of this transition. */
    dynr_subscriber_detach(engine, gate->subscriber);
    gate->subscriber->state = DYNR_SUBSCRIBER_GATED;
    if (gate->job == NULL) {
        read_gate(engine, gate);
    }
}

void dynr_gate_changed(struct dynr_engine *engine, struct dynr_dependency *dependency, const struct dynr_live_change *change)
{
    struct gate_entry *entry = (struct gate_entry *)(void *)dependency;
    struct dynr_gate *gate = entry->gate;
    if (change->version <= entry->version) {
        return;
    }
    if (gate->job == NULL && gate->n_entries == 1) {
        /* The record has the one row that it looks at. */
        const void *rows[1] = {change->new_row};
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
