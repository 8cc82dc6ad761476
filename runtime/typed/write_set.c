/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending writes, and what their failures mean.
 */
#include "typed/write_set.h"

#include <inttypes.h>

#include "base/number_text.h"
#include "ddb/attribute.h"
#include "typed/encode_item.h"
#include "typed/item_build.h"
#include "typed/policy.h"
#include "typed/read.h"

void dynr_write_set_init(struct dynr_write_set *set, struct dynr_client *client,
                         struct dynr_arena *arena)
{
    memset(set, 0, sizeof *set);
    set->client = client;
    set->arena = arena;
    set->now_ms = dynr_client_now(client).ms;
    set->n_ids_before = dynr_client_ids_taken(client);
}

void dynr_write_set_truncate(struct dynr_write_set *set, size_t n_ops)
{
    set->n_ops = n_ops;
    set->stale = false;
}

static bool grow(struct dynr_write_set *set)
{
    size_t cap = set->cap_ops == 0 ? 4 : set->cap_ops * 2;
    struct dynr_request *requests = dynr_arena_calloc(set->arena, cap, sizeof *requests);
    struct dynr_write_op *ops = dynr_arena_calloc(set->arena, cap, sizeof *ops);
    if (requests == NULL || ops == NULL) {
        return false;
    }
    if (set->n_ops > 0) {
        memcpy(requests, set->requests, set->n_ops * sizeof *requests);
        memcpy(ops, set->ops, set->n_ops * sizeof *ops);
    }
    set->requests = requests;
    set->ops = ops;
    set->cap_ops = cap;
    return true;
}

enum dynr_status dynr_write_set_add(struct dynr_write_set *set, enum dynr_operation operation,
                                    enum dynr_write_role role,
                                    const struct dynr_entity_desc *entity,
                                    struct dynr_request **out_request,
                                    struct dynr_write_op **out_op, struct dynr_error *err)
{
    if (set->n_ops == DYNR_TRANSACTION_MAX) {
        return dynr_fail(err, DYNR_ERR_LIMIT, "a transaction has at most %d items, guards included",
                         DYNR_TRANSACTION_MAX);
    }
    struct dynr_str table = dynr_client_table_name(set->client, entity->table, set->arena);
    if (table.ptr == NULL || (set->n_ops == set->cap_ops && !grow(set))) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_request *request = &set->requests[set->n_ops];
    struct dynr_write_op *op = &set->ops[set->n_ops];
    struct dynr_request fresh = DYNR_REQUEST_INIT;
    *request = fresh;
    request->operation = operation;
    request->table = table;
    /* Only a row's item tells why its condition failed; guards fail for one reason. */
    request->return_old_on_failure = role == DYNR_WRITE_ROW || role == DYNR_WRITE_OVER;
    memset(op, 0, sizeof *op);
    op->role = role;
    op->write = set->write;
    op->entity = entity;
    set->n_ops++;
    *out_request = request;
    *out_op = op;
    return DYNR_OK;
}

static enum dynr_status encode(const struct dynr_field_desc *field, const void *value,
                               struct dynr_arena *arena, struct dynr_str *out,
                               struct dynr_error *err)
{
    struct dynr_scratch scratch;
    dynr_scratch_init(&scratch, arena);
    enum dynr_status status = dynr_encode_value(field->type, value, &scratch.buf, err);
    *out = dynr_buf_str(&scratch.buf);
    return status;
}

/* The field as it is in `row`, as a condition and in `out`. */
static enum dynr_status require_field(const struct dynr_write_op *op, struct dynr_clauses *clauses,
                                      const struct dynr_field_desc *field, const void *row,
                                      struct dynr_expected *out, struct dynr_error *err)
{
    const void *value = dynr_field_value(field, row);
    if (!dynr_field_is_present(field, row) || !dynr_value_is_stored(field->type, value)) {
        dynr_clauses_require_absent(clauses, field->attribute);
        return DYNR_OK;
    }
    const void *otherwise = NULL;
    struct dynr_str default_text = {NULL, 0};
    enum dynr_status status = encode(field, value, clauses->arena, &out->value, err);
    if (status == DYNR_OK) {
        status = dynr_field_default(op->entity->row, field, clauses->arena, &otherwise, err);
    }
    if (status == DYNR_OK && otherwise != NULL) {
        status = encode(field, otherwise, clauses->arena, &default_text, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    out->or_absent = otherwise != NULL && dynr_str_equal(out->value, default_text);
    if (out->or_absent) {
        dynr_clauses_require_text_or_absent(clauses, field->attribute, out->value);
    } else {
        dynr_clauses_require_text(clauses, field->attribute, out->value);
    }
    return DYNR_OK;
}

static enum dynr_status expect_field(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                     const struct dynr_field_desc *field, const void *row,
                                     bool given, struct dynr_error *err)
{
    if (field->attribute == NULL) {
        return DYNR_OK;
    }
    if (op->expected == NULL) {
        op->expected = dynr_arena_calloc(clauses->arena, DYNR_EXPECTED_MAX, sizeof *op->expected);
        if (op->expected == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    for (size_t i = 0; i < op->n_expected; i++) {
        if (op->expected[i].given == given &&
            strcmp(op->expected[i].attribute, field->attribute) == 0) {
            return DYNR_OK;
        }
    }
    op->from_read = op->from_read || !given;
    struct dynr_expected expected = {field->attribute, {NULL, 0}, false, given};
    enum dynr_status status = require_field(op, clauses, field, row, &expected, err);
    if (status == DYNR_OK && op->n_expected < DYNR_EXPECTED_MAX) {
        op->expected[op->n_expected++] = expected;
    }
    return status;
}

enum dynr_status dynr_write_op_expect(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                      const struct dynr_field_desc *field, const void *row,
                                      struct dynr_error *err)
{
    return expect_field(op, clauses, field, row, false, err);
}

static enum dynr_status expect_unchanged(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                         const struct dynr_expect *expect, struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = op->entity->row;
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < expect->n_unchanged_fields && status == DYNR_OK; i++) {
        uint16_t field = expect->unchanged_fields[i];
        if (field >= desc->n_fields) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s has no field %u", desc->name,
                             (unsigned)field);
        }
        status = expect_field(op, clauses, &desc->fields[field], expect->unchanged_row, true, err);
    }
    return status;
}

enum dynr_status dynr_write_op_expect_given(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                            const struct dynr_expect *expect,
                                            struct dynr_error *err)
{
    if (expect == NULL) {
        return DYNR_OK;
    }
    const struct dynr_entity_desc *entity = op->entity;
    if (expect->has_version) {
        if (entity->version == DYNR_NO_FIELD) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s has no version", entity->name);
        }
        char text[40] = "{\"N\":\"";
        size_t len = 6 + dynr_int64_format(expect->version, text + 6);
        text[len] = '"';
        text[len + 1] = '}';
        op->has_version = true;
        op->version = expect->version;
        dynr_clauses_require_text(clauses, entity->row->fields[entity->version].attribute,
                                  dynr_str_make(text, len + 2));
    }
    enum dynr_status status = expect_unchanged(op, clauses, expect, err);
    if (status != DYNR_OK) {
        return status;
    }
    op->has_condition = expect->condition.expression != NULL;
    return dynr_clauses_require_filter(clauses, &expect->condition, err);
}

/* ---- failures ------------------------------------------------------------------------------------------------ */

static enum dynr_status stale(struct dynr_write_set *set, const struct dynr_write_op *op,
                              struct dynr_error *err)
{
    set->stale = true;
    return dynr_fail(err, DYNR_ERR_CONFLICT, "the %s was changed meanwhile", op->entity->name);
}

static bool number_in(struct dynr_str item, const char *attribute, struct dynr_arena *arena,
                      int64_t *out)
{
    struct dynr_str value;
    struct dynr_attribute parsed;
    return dynr_item_find(item, dynr_str_from_c(attribute), &value, NULL) &&
           dynr_attribute_parse(value, arena, &parsed, NULL) == DYNR_OK &&
           parsed.type == DYNR_ATTRIBUTE_N && dynr_int64_parse(parsed.text, out);
}

/* Whether something that was expected (by the caller, or by the plan) is not so any more. */
static bool was_changed(const struct dynr_write_op *op, bool given, struct dynr_str item,
                        struct dynr_arena *arena)
{
    for (size_t i = 0; i < op->n_expected; i++) {
        const struct dynr_expected *expected = &op->expected[i];
        if (expected->given != given) {
            continue;
        }
        struct dynr_str value;
        bool found = dynr_item_find(item, dynr_str_from_c(expected->attribute), &value, NULL);
        if (!found && expected->or_absent) {
            continue;
        }
        if (!found || expected->value.len == 0) {
            if (found != (expected->value.len > 0)) {
                return true;
            }
            continue;
        }
        struct dynr_attribute now;
        struct dynr_attribute then;
        if (dynr_attribute_parse(value, arena, &now, NULL) != DYNR_OK ||
            dynr_attribute_parse(expected->value, arena, &then, NULL) != DYNR_OK ||
            !dynr_attribute_equal(&now, &then)) {
            return true;
        }
    }
    return false;
}

/* The first sum that would leave its bounds, or NULL. */
static const struct dynr_sum_bound *exceeded_sum(const struct dynr_write_op *op,
                                                 struct dynr_str item, struct dynr_arena *arena)
{
    for (size_t i = 0; i < op->n_sums; i++) {
        const struct dynr_sum_bound *sum = &op->sums[i];
        int64_t number = 0;
        if (!dynr_item_has(item, sum->field->attribute)
                ? sum->absent_exceeds
                : number_in(item, sum->field->attribute, arena, &number) &&
                      (number < sum->low || number > sum->high)) {
            return sum;
        }
    }
    return NULL;
}

static enum dynr_status explain_row(struct dynr_write_set *set, const struct dynr_write_op *op,
                                    struct dynr_str item, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = op->entity;
    const struct dynr_field_desc *fields = entity->row->fields;
    if (item.len == 0) {
        return op->role == DYNR_WRITE_OVER || op->may_be_gone
                   ? stale(set, op, err)
                   : dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
    }
    if (op->needs_live && entity->deleted_at != DYNR_NO_FIELD &&
        dynr_item_has(item, fields[entity->deleted_at].attribute)) {
        return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
    }
    int64_t version = 0;
    if (op->has_version &&
        number_in(item, fields[entity->version].attribute, set->arena, &version) &&
        version != op->version) {
        return dynr_fail_field(err, DYNR_ERR_CONFLICT,
                               dynr_str_from_c(fields[entity->version].name),
                               "the %s has version %" PRId64 ", expected was %" PRId64,
                               entity->name, version, op->version);
    }
    const struct dynr_sum_bound *sum = exceeded_sum(op, item, set->arena);
    if (sum != NULL) {
        return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c(sum->field->name),
                               "the sum would leave its bounds");
    }
    if (was_changed(op, true, item, set->arena)) {
        /* Planning anew does not help: the caller has to compute anew. */
        return dynr_fail(err, DYNR_ERR_CONFLICT, "the %s was changed meanwhile", entity->name);
    }
    if (op->from_read && (!op->has_condition || was_changed(op, false, item, set->arena))) {
        return stale(set, op, err);
    }
    return dynr_fail(err, DYNR_ERR_CONDITION_FAILED, "the condition on the %s does not hold",
                     entity->name);
}

static enum dynr_status explain(struct dynr_write_set *set, const struct dynr_write_op *op,
                                struct dynr_str item, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    switch (op->role) {
    case DYNR_WRITE_NEW_ROW:
        status =
            dynr_fail(err, DYNR_ERR_EXISTS, "a %s with this key exists already", op->entity->name);
        break;
    case DYNR_WRITE_NEW_GUARD:
        status =
            dynr_fail_field(err, DYNR_ERR_NOT_UNIQUE, dynr_str_from_c(op->unique->field),
                            "another %s has this %s already", op->entity->name, op->unique->field);
        break;
    case DYNR_WRITE_OLD_GUARD:
        status = stale(set, op, err);
        break;
    case DYNR_WRITE_CHECK:
        status = dynr_policy_deny(err);
        break;
    case DYNR_WRITE_ROW:
    case DYNR_WRITE_OVER:
        status = explain_row(set, op, item, err);
        break;
    }
    if (err != NULL && set->is_transaction) {
        err->operation_index = (int)op->write;
    }
    return status;
}

/* How telling a failure is: a row's says more than its guards'. */
static unsigned rank_of(const struct dynr_write_op *op, struct dynr_str code)
{
    if (!dynr_str_equal_c(code, "ConditionalCheckFailed")) {
        return dynr_str_equal_c(code, "None") || code.len == 0 ? 0 : 1;
    }
    if (op->role == DYNR_WRITE_CHECK) {
        /* Who may not write learns nothing about what there is. */
        return 5;
    }
    if (op->role == DYNR_WRITE_OLD_GUARD) {
        return 2;
    }
    return op->role == DYNR_WRITE_NEW_GUARD ? 3 : 4;
}

static enum dynr_status explain_reason(struct dynr_write_set *set, const struct dynr_write_op *op,
                                       const struct dynr_cancellation_reason *reason,
                                       struct dynr_error *err)
{
    static const struct {
        const char *code;
        enum dynr_status status;
    } known[] = {
        {"TransactionConflict", DYNR_ERR_TRANSACTION_CONFLICT},
        {"ThrottlingError", DYNR_ERR_THROTTLED},
        {"ProvisionedThroughputExceeded", DYNR_ERR_THROTTLED},
        {"ItemCollectionSizeLimitExceeded", DYNR_ERR_COLLECTION_TOO_LARGE},
        {"ValidationError", DYNR_ERR_INVALID_ARGUMENT},
    };
    if (dynr_str_equal_c(reason->code, "ConditionalCheckFailed")) {
        return explain(set, op, reason->item, err);
    }
    enum dynr_status status = DYNR_ERR_TRANSACTION_CANCELED;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (dynr_str_equal_c(reason->code, known[i].code)) {
            status = known[i].status;
        }
    }
    dynr_fail(err, status, "%.*s: %.*s", (int)reason->code.len, reason->code.ptr,
              (int)(reason->message.len < 300 ? reason->message.len : 300),
              reason->message.len == 0 ? "" : reason->message.ptr);
    if (err != NULL && set->is_transaction) {
        err->operation_index = (int)op->write;
    }
    return status;
}

static enum dynr_status explain_cancellation(struct dynr_write_set *set,
                                             const struct dynr_response *response,
                                             struct dynr_error *err)
{
    size_t best = set->n_ops;
    unsigned best_rank = 0;
    for (size_t i = 0; i < response->n_reasons && i < set->n_ops; i++) {
        unsigned rank = rank_of(&set->ops[i], response->reasons[i].code);
        if (rank > best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    if (best == set->n_ops) {
        return DYNR_ERR_TRANSACTION_CANCELED;
    }
    return explain_reason(set, &set->ops[best], &response->reasons[best], err);
}

enum dynr_status dynr_write_set_send(struct dynr_write_set *set, struct dynr_error *err)
{
    struct dynr_response response;
    set->item = dynr_str_make(NULL, 0);
    set->stale = false;
    if (set->n_ops == 0) {
        return DYNR_OK;
    }
    if (set->n_ops == 1 && set->requests[0].operation != DYNR_CONDITION_CHECK) {
        enum dynr_status status =
            dynr_client_call(set->client, &set->requests[0], set->arena, &response, err);
        if (status == DYNR_ERR_CONDITION_FAILED) {
            return explain(set, &set->ops[0], response.item, err);
        }
        set->item = response.item;
        return status;
    }
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_TRANSACT_WRITE_ITEMS;
    request.operations = set->requests;
    request.n_operations = set->n_ops;
    for (size_t i = 0; i < set->n_ops; i++) {
        /* A transaction answers no items, and an update that leaves all as it is may not be one of its writes. */
        set->requests[i].return_values = DYNR_RETURN_NONE;
        if (set->requests[i].operation == DYNR_UPDATE_ITEM && set->requests[i].update.len == 0) {
            set->requests[i].operation = DYNR_CONDITION_CHECK;
        }
    }
    enum dynr_status status = dynr_client_call(set->client, &request, set->arena, &response, err);
    if (status == DYNR_ERR_TRANSACTION_CANCELED) {
        return explain_cancellation(set, &response, err);
    }
    return status;
}

enum dynr_status dynr_write_set_run(struct dynr_write_set *set, dynr_plan_fn plan, void *context,
                                    struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (uint32_t tries = 0; tries < set->client->max_tries; tries++) {
        dynr_write_set_truncate(set, 0);
        status = plan(set, context, err);
        if (status == DYNR_OK) {
            status = dynr_write_set_send(set, err);
        }
        bool again = set->stale || status == DYNR_ERR_TRANSACTION_CONFLICT;
        if (status == DYNR_OK || !again) {
            break;
        }
    }
    if (status == DYNR_OK) {
        dynr_error_clear(err);
    } else {
        dynr_client_give_ids_back(set->client, set->n_ids_before);
    }
    return status;
}
