/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, as the service names and writes them. */
#include "service/service.h"

#include <stdarg.h>
#include <stdio.h>

bool dynr_service_no_memory(struct service_call *call)
{
    call->fault = (struct service_fault){.type = SERVICE_INTERNAL,
                                         .http_status = 500,
                                         .message = dynr_str_from_c("memory is exhausted"),
                                         .is_late = true};
    return false;
}

DYNR_PRINTF(3, 0)
static bool fail(struct service_call *call, const char *type, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = len < 0 ? NULL : dynr_arena_text(call->arena, (size_t)len + 1);
    if (text == NULL) {
        return dynr_service_no_memory(call);
    }
    (void)vsnprintf(text, (size_t)len + 1, format, arguments);
    call->fault = (struct service_fault){
        .type = type, .http_status = 400, .message = dynr_str_make(text, (size_t)len)};
    return false;
}

bool dynr_service_invalid(struct service_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fail(call, SERVICE_VALIDATION, format, arguments);
    va_end(arguments);
    return false;
}

bool dynr_service_fail(struct service_call *call, const char *type, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fail(call, type, format, arguments);
    va_end(arguments);
    return false;
}

static const char *prefix_of(const char *error)
{
    if (strcmp(error, "ValidationException") == 0) {
        return "com.amazon.coral.validate#";
    }
    if (strcmp(error, "SerializationException") == 0 || strcmp(error, "InternalServerError") == 0 ||
        strcmp(error, "UnknownOperationException") == 0) {
        return "com.amazon.coral.service#";
    }
    return SERVICE_ERROR_PREFIX;
}

bool dynr_service_fail_status(struct service_call *call, const struct dynr_error *err)
{
    if (err->status == DYNR_ERR_NO_MEMORY) {
        return dynr_service_no_memory(call);
    }
    const char *error = err->service_error == NULL || err->service_error[0] == '\0'
                            ? "InternalServerError"
                            : err->service_error;
    struct dynr_str type = dynr_arena_printf(call->arena, "%s%s", prefix_of(error), error);
    struct dynr_str message = dynr_arena_dup(call->arena, dynr_str_from_c(err->message));
    if (type.ptr == NULL || message.ptr == NULL) {
        return dynr_service_no_memory(call);
    }
    bool is_late = err->status == DYNR_ERR_CONDITION_FAILED ||
                   err->status == DYNR_ERR_TRANSACTION_CANCELED ||
                   err->status == DYNR_ERR_TRANSACTION_CONFLICT || err->http_status >= 500;
    call->fault = (struct service_fault){.type = type.ptr,
                                         .http_status = err->http_status >= 500 ? 500 : 400,
                                         .message = message,
                                         .is_late = is_late};
    return false;
}

static void write_reasons(const struct service_fault *fault, struct dynr_buf *out)
{
    dynr_service_key(out, "CancellationReasons");
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < fault->n_reasons; i++) {
        const struct dynr_cancellation_reason *reason = &fault->reasons[i];
        dynr_buf_append_c(out, i == 0 ? "{" : ",{");
        dynr_service_key_text(out, "Code", reason->code);
        if (reason->item.len > 0) {
            dynr_service_key(out, "Item");
            dynr_buf_append_str(out, reason->item);
        }
        if (reason->message.len > 0) {
            dynr_service_key_text(out, "Message", reason->message);
        }
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_char(out, ']');
}

/* Some errors spell their message with a capital letter. */
static const char *message_key(const struct service_fault *fault)
{
    bool is_capital = strcmp(fault->type, SERVICE_SERIALIZATION) == 0 ||
                      strcmp(fault->type, SERVICE_ACCESS_DENIED) == 0 || fault->n_reasons > 0;
    return is_capital ? "Message" : "message";
}

void dynr_service_fault_write(const struct service_fault *fault, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "__type", dynr_str_from_c(fault->type));
    if (fault->n_reasons > 0) {
        write_reasons(fault, out);
    }
    if (fault->item.len > 0) {
        dynr_service_key(out, "Item");
        dynr_buf_append_str(out, fault->item);
    }
    if (fault->message.len > 0) {
        dynr_service_key_text(out, message_key(fault), fault->message);
    }
    dynr_buf_append_char(out, '}');
}
