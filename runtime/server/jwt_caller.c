/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From claims to the caller struct that procedures get: the wanted claims are put together as the struct's plain JSON, and
 * dynr_decode_json does the rest, with all its checks.
 */
#include <string.h>

#include "base/json_read.h"
#include "server/jwt.h"

static struct dynr_str claim_of_field(const struct dynr_struct_desc *desc, struct dynr_str field)
{
    for (size_t i = 0; i < desc->n_claims; i++) {
        if (dynr_str_equal_c(field, desc->claims[i].field)) {
            return dynr_str_from_c(desc->claims[i].claim);
        }
    }
    return field;
}

/** The value's text of the claim `name`; empty where there is none. False: it stands there twice. */
static bool find_claim(struct dynr_str json, struct dynr_str name, struct dynr_arena *arena,
                       struct dynr_str *out)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str member;
    struct dynr_str value;
    *out = dynr_str_make(NULL, 0);
    dynr_json_reader_init(&reader, json);
    if (!dynr_json_enter_object(&reader, &first)) {
        return false;
    }
    while (dynr_json_next_member(&reader, arena, &first, &member)) {
        if (!dynr_json_skip(&reader, &value)) {
            return false;
        }
        if (dynr_str_equal(member, name)) {
            if (out->len > 0) {
                return false;
            }
            *out = value;
        }
    }
    return reader.fault == NULL;
}

enum dynr_status dynr_jwt_caller(const struct dynr_jwt_claims *claims,
                                 const struct dynr_struct_desc *desc, struct dynr_arena *arena,
                                 void **out_caller, struct dynr_error *err)
{
    struct dynr_buf json;
    dynr_buf_init(&json, NULL, DYNR_JWT_MAX_TOKEN);
    dynr_buf_append_char(&json, '{');
    for (size_t i = 0; i < desc->n_fields; i++) {
        struct dynr_str field = dynr_str_make(desc->fields[i].name, desc->fields[i].name_len);
        struct dynr_str value;
        if (!find_claim(claims->json, claim_of_field(desc, field), arena, &value)) {
            dynr_buf_cleanup(&json);
            return dynr_fail_field(err, DYNR_ERR_UNAUTHENTICATED, field,
                                   "the token says this twice");
        }
        if (value.len == 0 || dynr_str_equal_c(value, "null")) {
            continue;
        }
        if (json.len > 1) {
            dynr_buf_append_char(&json, ',');
        }
        dynr_buf_append_json_string(&json, field);
        dynr_buf_append_char(&json, ':');
        dynr_buf_append_str(&json, value);
    }
    dynr_buf_append_char(&json, '}');
    struct dynr_str text =
        dynr_buf_ok(&json) ? dynr_arena_dup(arena, dynr_buf_str(&json)) : dynr_str_make(NULL, 0);
    dynr_buf_cleanup(&json);
    void *caller = dynr_arena_calloc(arena, 1, desc->size);
    if (text.ptr == NULL || caller == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_error why = {0};
    if (dynr_decode_json(desc, text, arena, caller, &why) != DYNR_OK) {
        return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED,
                         "the token's claims do not make a %s: %s%s%s", desc->name, why.field,
                         why.field[0] == '\0' ? "" : ": ", why.message);
    }
    *out_caller = caller;
    return DYNR_OK;
}
