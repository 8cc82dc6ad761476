/* SPDX-License-Identifier: Apache-2.0 */
/* Why a transaction was cancelled, in the service's words. */
#include "local/engine.h"

enum dynr_status dynr_local_reason_set(struct local_call *call, const struct dynr_error *fault,
                                       const char *code, struct dynr_cancellation_reason *out,
                                       struct dynr_error *err)
{
    out->code = dynr_str_from_c(code);
    out->message = dynr_arena_dup(call->arena, dynr_str_from_c(fault->message));
    return out->message.ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
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
