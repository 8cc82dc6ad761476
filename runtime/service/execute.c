/* SPDX-License-Identifier: Apache-2.0 */
/* One request of the store, and what becomes of its failure. */
#include "service/service.h"

/* The store names tables as it knows them. */
static struct dynr_str cancellation_message(struct service_call *call,
                                            const struct dynr_response *response)
{
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    dynr_buf_append_c(&text.buf, "Transaction cancelled, please refer cancellation reasons for "
                                 "specific reasons [");
    for (size_t i = 0; i < response->n_reasons; i++) {
        dynr_buf_append_c(&text.buf, i == 0 ? "" : ", ");
        dynr_buf_append_str(&text.buf, response->reasons[i].code);
    }
    dynr_buf_append_char(&text.buf, ']');
    return dynr_buf_ok(&text.buf) ? dynr_buf_str(&text.buf) : dynr_str_make(NULL, 0);
}

/* What the store said of a request; `err->status` is DYNR_OK where it did it. */
static bool judge(struct service_call *call, const struct dynr_response *response,
                  const struct dynr_error *err)
{
    enum dynr_status status = err->status;
    if (status == DYNR_OK) {
        return true;
    }
    (void)dynr_service_fail_status(call, err);
    if (status == DYNR_ERR_CONDITION_FAILED) {
        call->fault.item = response->item;
    }
    if (status == DYNR_ERR_TRANSACTION_CANCELED && response->n_reasons > 0) {
        /* The store's own text is cut where there are many operations. */
        call->fault.reasons = response->reasons;
        call->fault.n_reasons = response->n_reasons;
        call->fault.message = cancellation_message(call, response);
        if (call->fault.message.ptr == NULL) {
            return dynr_service_no_memory(call);
        }
    }
    return false;
}

bool dynr_service_execute(struct service_call *call, const struct dynr_request *request,
                          struct dynr_response *response)
{
    struct dynr_error err = {0};
    err.status = dynr_backend_call(call->service->store, request, call->arena, response, &err);
    return judge(call, response, &err);
}

void dynr_service_write(struct service_call *call)
{
    struct service_write *write = &call->write;
    write->err.status = dynr_backend_call(call->service->store, &write->request, call->arena,
                                          &write->response, &write->err);
}

bool dynr_service_written(struct service_call *call)
{
    return judge(call, &call->write.response, &call->write.err);
}
