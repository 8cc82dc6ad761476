/* SPDX-License-Identifier: Apache-2.0 */
/* Calling a backend, whichever it is. */
#include "dynr/backend.h"

void dynr_backend_start(struct dynr_backend *backend, const struct dynr_request *request,
                        struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    backend->methods->start(backend, request, arena, complete, context);
}

struct call {
    struct dynr_response *response;
    struct dynr_error *err;
    enum dynr_status status;
    bool is_done;
};

static void finish(void *context, const struct dynr_response *response,
                   const struct dynr_error *err)
{
    struct call *call = context;
    if (response != NULL) {
        *call->response = *response;
    }
    if (call->err != NULL && err->status != DYNR_OK) {
        *call->err = *err;
    }
    call->status = err->status;
    call->is_done = true;
}

enum dynr_status dynr_backend_call(struct dynr_backend *backend, const struct dynr_request *request,
                                   struct dynr_arena *arena, struct dynr_response *response,
                                   struct dynr_error *err)
{
    struct call call = {.response = response, .err = err};
    memset(response, 0, sizeof *response);
    backend->methods->start(backend, request, arena, finish, &call);
    while (!call.is_done) {
        if (backend->methods->wait == NULL) {
            return dynr_fail(err, DYNR_ERR_INTERNAL, "the backend did not complete the request");
        }
        /* Its own, because the request may have been answered all the same: then the answer counts. */
        struct dynr_error fault = {0};
        enum dynr_status status = backend->methods->wait(backend, &fault);
        if (status != DYNR_OK && !call.is_done) {
            if (err != NULL) {
                *err = fault;
            }
            return status;
        }
    }
    return call.status;
}

void dynr_backend_destroy(struct dynr_backend *backend)
{
    if (backend != NULL) {
        backend->methods->destroy(backend);
    }
}
