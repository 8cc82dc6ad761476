/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables' names and ARNs. Where callers are kept apart, the store's name of a table begins with a digest of access key and
 * region; answers never show it (docs/decisions/0014).
 */
#include "service/service.h"

#include "base/base64.h"
#include "base/sha256.h"

enum {
    /* Of the digest: 22 characters in base64, and a dot. */
    DIGEST_BYTES = 16,
    PREFIX_LENGTH = 23,
    /* Of earlier versions: 16 hexadecimal digits and a dot. */
    OLD_PREFIX_LENGTH = 17,
    NAME_MAX_LENGTH = 255,
    NAME_MIN_LENGTH = 3,
    REGION_MAX = 32
};

/* What a client signs with is free text; in ARNs stand regions as there are. */
static bool is_region(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= REGION_MAX;
}

struct dynr_str dynr_service_region(const struct service_call *call)
{
    return is_region(call->request->region) ? call->request->region
                                            : dynr_str_from_c(call->service->region);
}

static bool is_old_name(struct dynr_str name)
{
    if (name.len < OLD_PREFIX_LENGTH + NAME_MIN_LENGTH || name.ptr[OLD_PREFIX_LENGTH - 1] != '.') {
        return false;
    }
    for (size_t i = 0; i < OLD_PREFIX_LENGTH - 1; i++) {
        char c = name.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

/* Tables under names of earlier versions would be lost to their callers: nobody is served beside them. */
static bool check_names(struct service_call *call)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_error err = {0};
    if (atomic_load_explicit(&call->service->has_own_names, memory_order_relaxed)) {
        return true;
    }
    request.operation = DYNR_LIST_TABLES;
    do {
        if (dynr_backend_call(call->service->store, &request, call->arena, &response, &err) !=
            DYNR_OK) {
            return dynr_service_fail_status(call, &err);
        }
        for (size_t i = 0; i < response.n_table_names; i++) {
            struct dynr_str name = response.table_names[i];
            if (is_old_name(name)) {
                return dynr_service_invalid(
                    call,
                    "The store has tables that an earlier version kept apart, such as %.*s. Serve "
                    "it without isolation, where "
                    "they have such names, and move or delete them",
                    (int)name.len, name.ptr);
            }
        }
        request.start_table = response.last_table;
    } while (request.start_table.len > 0);
    atomic_store_explicit(&call->service->has_own_names, true, memory_order_relaxed);
    return true;
}

bool dynr_service_prefix(struct service_call *call, struct dynr_str *out)
{
    unsigned char digest[DYNR_SHA256_SIZE];
    struct dynr_str key = call->request->access_key;
    struct dynr_str region = dynr_service_region(call);
    *out = dynr_str_make("", 0);
    if (!call->service->isolate) {
        return true;
    }
    if (!check_names(call)) {
        return false;
    }
    /* The length says where the key ends: no two callers make the same text. */
    struct dynr_str caller = dynr_arena_printf(call->arena, "%zu:%.*s%.*s", key.len, (int)key.len,
                                               key.ptr, (int)region.len, region.ptr);
    char *prefix = dynr_arena_text(call->arena, dynr_base64_length(DIGEST_BYTES));
    if (caller.ptr == NULL || prefix == NULL) {
        return dynr_service_no_memory(call);
    }
    dynr_sha256((struct dynr_bytes){(const uint8_t *)caller.ptr, caller.len}, digest);
    dynr_base64_encode((struct dynr_bytes){digest, DIGEST_BYTES}, prefix);
    /* As names have it; the padding makes room for the dot. */
    for (size_t i = 0; i < PREFIX_LENGTH - 1; i++) {
        prefix[i] = (char)(prefix[i] == '+' ? '-' : prefix[i] == '/' ? '_' : prefix[i]);
    }
    prefix[PREFIX_LENGTH - 1] = '.';
    *out = dynr_str_make(prefix, PREFIX_LENGTH);
    return true;
}

struct dynr_str dynr_service_shown_name(const struct service_call *call, struct dynr_str stored)
{
    return call->service->isolate && stored.len > PREFIX_LENGTH
               ? dynr_str_make(stored.ptr + PREFIX_LENGTH, stored.len - PREFIX_LENGTH)
               : stored;
}

bool dynr_service_stored_name(struct service_call *call, struct dynr_str given,
                              struct dynr_str *out)
{
    struct dynr_str prefix;
    struct dynr_str name = given;
    (void)dynr_is_table_arn(given, &name);
    if (!dynr_service_prefix(call, &prefix)) {
        return false;
    }
    *out = name;
    if (prefix.len == 0) {
        return true;
    }
    if (prefix.len + name.len > NAME_MAX_LENGTH) {
        return dynr_service_invalid(
            call, "TableName must be at most %d characters long where callers are kept apart",
            NAME_MAX_LENGTH - PREFIX_LENGTH);
    }
    *out = dynr_arena_printf(call->arena, "%.*s%.*s", (int)prefix.len, prefix.ptr, (int)name.len,
                             name.ptr);
    return out->ptr != NULL || dynr_service_no_memory(call);
}

bool dynr_service_table(struct service_call *call, const struct service_node *structure,
                        struct dynr_str *out)
{
    return dynr_service_stored_name(call, dynr_node_text(structure, SERVICE_FIELD_TABLE_NAME), out);
}

void dynr_service_write_arn(const struct service_call *call, struct dynr_str stored,
                            struct dynr_buf *out)
{
    struct dynr_str region = dynr_service_region(call);
    struct dynr_str name = dynr_service_shown_name(call, stored);
    dynr_buf_printf(out, "arn:aws:dynamodb:%.*s:" SERVICE_ACCOUNT ":table/%.*s", (int)region.len,
                    region.ptr, (int)name.len, name.ptr);
}
