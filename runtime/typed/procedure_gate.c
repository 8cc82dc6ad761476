/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gates of mutations: asked before anything is written, and what they relied on as checks for the transaction.
 */
#include "typed/procedure_gate.h"

#include "typed/client.h"

bool dynr_mutation_has_checks(const struct dynr_mutation_body *body)
{
    for (size_t i = 0; i < body->n_writes; i++) {
        if (body->writes[i].gate != NULL && body->writes[i].gate->n_grants > 0) {
            return true;
        }
    }
    return false;
}

static size_t most_checks(const struct dynr_mutation_body *body)
{
    size_t n = 0;
    for (size_t i = 0; i < body->n_writes; i++) {
        const struct dynr_write_gate *gate = body->writes[i].gate;
        size_t most = 0;
        for (size_t k = 0; gate != NULL && k < gate->n_grants; k++) {
            most = gate->grants[k].n_checks > most ? gate->grants[k].n_checks : most;
        }
        n += most;
    }
    return n;
}

/** No check of a row that cannot be, or with a value that is absent: then the grant relies on neither. */
static enum dynr_status add_check(const struct dynr_call *call,
                                  const struct dynr_policy_desc *policy,
                                  const struct dynr_policy_input *in,
                                  const struct dynr_check_desc *desc,
                                  struct dynr_policy_checks *out)
{
    const struct dynr_policy_lookup *lookup = &policy->lookups[desc->lookup];
    void *key = dynr_call_alloc(call, 1, lookup->entity->key->size);
    bool all = true;
    if (key == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    if (!lookup->key(in, key)) {
        return DYNR_OK;
    }
    struct dynr_policy_check *check = &out->items[out->n_items];
    enum dynr_status status = dynr_call_filter(call, desc->condition, &check->condition, &all);
    check->entity = lookup->entity;
    check->key = key;
    check->may_be_absent = desc->may_be_absent;
    out->n_items += status == DYNR_OK && all ? 1 : 0;
    return status;
}

/**
 * Those of the first grant that holds. Where the first `n_known` rows decided that the write is allowed, one that reads no others
 * does: the compiler makes both from one expression (compiler/plan/policy_grant.c has the proof). One that reads others may
 * not be asked: a row that was not read looks like one that is not there.
 */
static enum dynr_status add_checks(const struct dynr_call *call, const struct dynr_write_gate *gate,
                                   const struct dynr_policy_input *in, size_t n_known,
                                   struct dynr_policy_checks *out)
{
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dynr_grant_desc *grant = &gate->grants[i];
        if (grant->n_lookups > n_known || (grant->holds != NULL && !grant->holds(in))) {
            continue;
        }
        enum dynr_status status = DYNR_OK;
        for (size_t k = 0; k < grant->n_checks && status == DYNR_OK; k++) {
            status = add_check(call, gate->policy, in, &grant->checks[k], out);
        }
        if (call->client->grants != NULL) {
            dynr_grant_note(call->client->grants, gate, i);
        }
        return status;
    }
    return gate->n_grants == 0 ? DYNR_OK : dynr_policy_deny(call->err);
}

static enum dynr_status pass_gate(const struct dynr_call *call, const struct dynr_write_gate *gate,
                                  struct dynr_policy_checks *out)
{
    const struct dynr_policy_call policy = {gate->policy, call->caller, call->input};
    struct dynr_call checking = *call;
    struct dynr_policy_known known;
    enum dynr_status status =
        dynr_policy_gate(call->client, &policy, call->arena, &known, call->err);
    if (status != DYNR_OK) {
        return status;
    }
    checking.others = known.others;
    const struct dynr_policy_input in = {call->caller, call->input, NULL, known.others};
    return add_checks(&checking, gate, &in, known.n_others, out);
}

static bool make_checks(const struct dynr_mutation_body *body, const struct dynr_call *call,
                        struct dynr_policy_checks *out)
{
    out->n_items = 0;
    out->items = dynr_call_alloc(call, most_checks(body) + 1, sizeof *out->items);
    return out->items != NULL;
}

enum dynr_status dynr_mutation_pass(const struct dynr_mutation_body *body,
                                    const struct dynr_call *call, struct dynr_policy_checks *out)
{
    enum dynr_status status = DYNR_OK;
    if (!make_checks(body, call, out)) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < body->n_writes && status == DYNR_OK; i++) {
        if (body->writes[i].gate != NULL) {
            status = pass_gate(call, body->writes[i].gate, out);
        }
    }
    return status;
}

/* ---- before anything is read ----------------------------------------------------------------------------------- */

/** The grant to try, or NULL. */
static const struct dynr_grant_desc *try_grant(const struct dynr_call *call,
                                               const struct dynr_write_gate *gate)
{
    const struct dynr_policy_input in = {call->caller, call->input, NULL, NULL};
    struct dynr_grant_memory *memory = call->client->grants;
    size_t index = 0;
    if (gate->n_grants != 1 &&
        (memory == NULL || gate->n_grants == 0 || !dynr_grant_recall(memory, gate, &index))) {
        return NULL;
    }
    const struct dynr_grant_desc *grant = &gate->grants[index];
    return grant->is_direct && (grant->stands == NULL || grant->stands(&in)) ? grant : NULL;
}

/** A check that cannot be made is none that could pass. */
static bool add_all_checks(const struct dynr_call *call, const struct dynr_write_gate *gate,
                           const struct dynr_grant_desc *grant, struct dynr_policy_checks *out)
{
    const struct dynr_policy_input in = {call->caller, call->input, NULL, NULL};
    for (size_t i = 0; i < grant->n_checks; i++) {
        size_t n_before = out->n_items;
        if (add_check(call, gate->policy, &in, &grant->checks[i], out) != DYNR_OK ||
            out->n_items == n_before) {
            return false;
        }
    }
    return true;
}

static bool reads_nothing(const struct dynr_write_gate *gate)
{
    return gate == NULL || gate->policy->n_lookups == 0;
}

bool dynr_mutation_pass_unread(const struct dynr_mutation_body *body, const struct dynr_call *call,
                               struct dynr_policy_checks *out)
{
    bool tries = false;
    for (size_t i = 0; i < body->n_writes; i++) {
        /* What is below a row is deleted before the row itself, which alone is checked. */
        if (body->writes[i].kind == DYNR_WRITE_DELETE) {
            return false;
        }
        tries = tries || !reads_nothing(body->writes[i].gate);
    }
    if (!tries || !make_checks(body, call, out)) {
        return false;
    }
    for (size_t i = 0; i < body->n_writes; i++) {
        const struct dynr_write_gate *gate = body->writes[i].gate;
        const struct dynr_grant_desc *grant = NULL;
        bool passes = reads_nothing(gate);
        if (passes && gate != NULL) {
            passes = pass_gate(call, gate, out) == DYNR_OK;
        } else if (!passes) {
            grant = try_grant(call, gate);
            passes = grant != NULL && add_all_checks(call, gate, grant, out);
        }
        if (!passes) {
            /* Said again, where it is an error, by what reads. */
            dynr_error_clear(call->err);
            return false;
        }
    }
    return true;
}

void dynr_mutation_pass_failed(const struct dynr_mutation_body *body, const struct dynr_call *call)
{
    for (size_t i = 0; i < body->n_writes && call->client->grants != NULL; i++) {
        if (body->writes[i].gate != NULL) {
            dynr_grant_forget(call->client->grants, body->writes[i].gate);
        }
    }
}
