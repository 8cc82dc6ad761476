/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and texts of statuses, and how an error is filled. Everything is generated from status.def,
 * so that a new status needs one line there and nothing here.
 */
#include "dynr/status.h"

#include <stdarg.h>
#include <stdio.h>

struct status_facts {
    const char *name;
    const char *text;
    const char *service_error;
    int http;
    bool retryable;
};

static struct status_facts facts_of(enum dynr_status status)
{
    switch (status) {
    case DYNR_OK:
        return (struct status_facts){"OK", "no error", "", 200, false};
#define DYNR_STATUS(name, value, http, retryable, service_error, text)                             \
    case DYNR_ERR_##name:                                                                          \
        return (struct status_facts){#name, text, service_error, http, retryable};
#include "dynr/status.def"
#undef DYNR_STATUS
    }
    return (struct status_facts){"UNKNOWN", "an unknown status", "", 500, false};
}

const char *dynr_status_name(enum dynr_status status)
{
    return facts_of(status).name;
}

const char *dynr_status_text(enum dynr_status status)
{
    return facts_of(status).text;
}

void dynr_error_clear(struct dynr_error *err)
{
    if (err != NULL) {
        memset(err, 0, sizeof *err);
        err->service_error = "";
        err->operation_index = -1;
    }
}

/* Copies what fits of `text`; a text that is cut ends in "..." and never in half a character. */
static void copy_cut(char *out, size_t size, const char *text, size_t len)
{
    static const char ellipsis[] = "...";
    if (len < size) {
        memcpy(out, text, len);
        out[len] = '\0';
        return;
    }
    size_t keep = size - sizeof ellipsis;
    while (keep > 0 && ((unsigned char)text[keep] & 0xC0U) == 0x80U) {
        keep--;
    }
    memcpy(out, text, keep);
    memcpy(out + keep, ellipsis, sizeof ellipsis);
}

DYNR_PRINTF(4, 0)
static void fill(struct dynr_error *err, enum dynr_status status, struct dynr_str field,
                 const char *format, va_list arguments)
{
    struct status_facts facts = facts_of(status);
    /* Formatted aside, because a caller that adds context passes the old message as an argument. */
    char message[DYNR_ERROR_MESSAGE_SIZE + 1];
    char field_text[DYNR_ERROR_FIELD_SIZE];
    int len = -1;
    if (format != NULL) {
        len = vsnprintf(message, sizeof message, format, arguments);
    }
    copy_cut(field_text, sizeof field_text, field.ptr == NULL ? "" : field.ptr, field.len);

    dynr_error_clear(err);
    err->status = status;
    err->http_status = facts.http;
    err->retryable = facts.retryable;
    err->service_error = facts.service_error;
    memcpy(err->field, field_text, sizeof field_text);
    if (len < 0) {
        copy_cut(err->message, sizeof err->message, facts.text, strlen(facts.text));
    } else {
        copy_cut(err->message, sizeof err->message, message, strlen(message));
    }
}

enum dynr_status dynr_fail(struct dynr_error *err, enum dynr_status status, const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(err, status, dynr_str_make("", 0), format, arguments);
        va_end(arguments);
    }
    return status;
}

enum dynr_status dynr_fail_field(struct dynr_error *err, enum dynr_status status,
                                 struct dynr_str field, const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(err, status, field, format, arguments);
        va_end(arguments);
    }
    return status;
}
