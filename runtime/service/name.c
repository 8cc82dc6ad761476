/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables' names and ARNs. Where callers are kept apart, the store's name of a table begins with a digest of access key and
 * region; answers never show it.
 */
#include "service/service.h"

#include "base/hash.h"

enum {
    PREFIX_LENGTH = 17,
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

bool dynr_service_prefix(struct service_call *call, struct dynr_str *out)
{
    *out = dynr_str_make("", 0);
    if (!call->service->isolate) {
        return true;
    }
    uint64_t digest = dynr_hash(call->request->access_key, 1);
    digest = dynr_hash(dynr_service_region(call), digest);
    *out = dynr_arena_printf(call->arena, "%016llx.", (unsigned long long)digest);
    return out->ptr != NULL || dynr_service_no_memory(call);
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
