/* SPDX-License-Identifier: Apache-2.0 */
/* What only the service knows of a table: one small JSON object that the store keeps. */
#include "service/table.h"

#include "base/json_read.h"

bool dynr_service_read_settings(struct service_call *call, struct dynr_str text,
                                struct service_settings *out)
{
    struct dynr_json_reader json;
    struct dynr_error err = {0};
    struct dynr_str key;
    struct dynr_str value;
    bool first;
    memset(out, 0, sizeof *out);
    if (text.len == 0) {
        return true;
    }
    dynr_json_reader_init(&json, text);
    if (dynr_json_peek(&json) != DYNR_JSON_OBJECT || !dynr_json_enter_object(&json, &first)) {
        return dynr_service_fail(call, SERVICE_INTERNAL, "a table's settings cannot be read");
    }
    while (dynr_json_next_member(&json, call->arena, &first, &key) &&
           dynr_json_skip(&json, &value)) {
        if (dynr_str_equal_c(key, "SSEDescription")) {
            out->sse = value;
        } else if (dynr_str_equal_c(key, "TableClass")) {
            out->table_class = value;
        } else if (dynr_str_equal_c(key, "Recovery")) {
            out->has_recovery = dynr_str_equal_c(value, "true");
        }
    }
    if (json.fault != NULL) {
        (void)dynr_json_fail(&json, &err);
        return dynr_service_fail_status(call, &err);
    }
    return true;
}

bool dynr_service_write_settings(struct service_call *call, const struct service_settings *settings,
                                 struct dynr_str *out)
{
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    dynr_buf_append_char(&text.buf, '{');
    if (settings->sse.len > 0) {
        dynr_service_key(&text.buf, "SSEDescription");
        dynr_buf_append_str(&text.buf, settings->sse);
    }
    if (settings->table_class.len > 0) {
        dynr_service_key(&text.buf, "TableClass");
        dynr_buf_append_str(&text.buf, settings->table_class);
    }
    if (settings->has_recovery) {
        dynr_service_key(&text.buf, "Recovery");
        dynr_buf_append_c(&text.buf, "true");
    }
    dynr_buf_append_char(&text.buf, '}');
    return dynr_service_text_end(call, &text, out);
}

/* Encryption with keys of the service's own needs no description. */
static bool describe_sse(struct service_call *call, const struct service_node *sse,
                         struct dynr_str *out)
{
    struct service_text text;
    struct dynr_str key = dynr_node_text(sse, SERVICE_FIELD_KMS_MASTER_KEY_ID);
    struct dynr_str region = dynr_service_region(call);
    *out = dynr_str_make("", 0);
    if (!dynr_node_true(sse, SERVICE_FIELD_ENABLED)) {
        return true;
    }
    dynr_service_text_init(&text, call->arena);
    dynr_buf_append_c(&text.buf, "{\"Status\":\"ENABLED\",\"SSEType\":\"KMS\"");
    dynr_service_key(&text.buf, "KMSMasterKeyArn");
    if (dynr_str_starts_with(key, dynr_str_from_c("arn:"))) {
        dynr_buf_append_json_string(&text.buf, key);
    } else {
        struct dynr_str name = key.len > 0 ? key : dynr_str_from_c("aws-managed");
        struct dynr_str arn =
            dynr_arena_printf(call->arena, "arn:aws:kms:%.*s:" SERVICE_ACCOUNT ":key/%.*s",
                              (int)region.len, region.ptr, (int)name.len, name.ptr);
        if (arn.ptr == NULL) {
            return dynr_service_no_memory(call);
        }
        dynr_buf_append_json_string(&text.buf, arn);
    }
    dynr_buf_append_char(&text.buf, '}');
    return dynr_service_text_end(call, &text, out);
}

bool dynr_service_take_settings(struct service_call *call, struct service_settings *inout,
                                bool *out_changed)
{
    const struct service_node *sse =
        dynr_node_member(&call->input, SERVICE_FIELD_SSE_SPECIFICATION);
    struct dynr_str table_class = dynr_node_text(&call->input, SERVICE_FIELD_TABLE_CLASS);
    if (out_changed != NULL) {
        *out_changed = dynr_node_is_present(sse) || table_class.len > 0;
    }
    if (table_class.len > 0) {
        /* One of two words: checked by its shape. */
        inout->table_class =
            dynr_arena_printf(call->arena, "\"%.*s\"", (int)table_class.len, table_class.ptr);
        if (inout->table_class.ptr == NULL) {
            return dynr_service_no_memory(call);
        }
    }
    return !dynr_node_is_present(sse) || describe_sse(call, sse, &inout->sse);
}
