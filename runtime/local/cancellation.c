/* SPDX-License-Identifier: Apache-2.0 */
/* Why transactions are cancelled: one reason per operation. */
#include "local/engine.h"

/* Outcomes that concern one operation and cancel the transaction; others fail the request. */
static const char *reason_code(enum dynr_status status)
{
    if (status == DYNR_ERR_CONDITION_FAILED) {
        return "ConditionalCheckFailed";
    }
    return status == DYNR_ERR_INVALID_ARGUMENT || status == DYNR_ERR_TYPE ||
                   status == DYNR_ERR_RANGE || status == DYNR_ERR_TOO_LARGE ||
                   status == DYNR_ERR_MISSING
               ? "ValidationError"
               : NULL;
}

enum dynr_status dynr_local_reason_set(struct dynr_cancellation_reason *reason,
                                       const struct dynr_error *fault, struct dynr_arena *arena,
                                       struct dynr_error *err)
{
    const char *code = reason_code(fault->status);
    if (code == NULL) {
        if (err != NULL) {
            *err = *fault;
        }
        return fault->status;
    }
    reason->code = dynr_str_from_c(code);
    reason->message = dynr_arena_dup(arena, dynr_str_from_c(fault->message));
    return reason->message.ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
}

enum dynr_status dynr_local_cancel(const struct dynr_cancellation_reason *reasons, size_t n_reasons,
                                   struct dynr_error *err)
{
    struct dynr_buf codes = {0};
    int first = -1;
    for (size_t i = 0; i < n_reasons; i++) {
        dynr_buf_append_c(&codes, i == 0 ? "" : ", ");
        dynr_buf_append_str(&codes, reasons[i].code);
        if (first < 0 && !dynr_str_equal_c(reasons[i].code, "None")) {
            first = (int)i;
        }
    }
    enum dynr_status status =
        dynr_fail(err, DYNR_ERR_TRANSACTION_CANCELED,
                  "Transaction cancelled, please refer cancellation reasons for specific "
                  "reasons [%.*s]",
                  (int)codes.len, codes.len == 0 ? "" : codes.ptr);
    if (err != NULL) {
        err->operation_index = first;
    }
    dynr_buf_cleanup(&codes);
    return status;
}
