/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NextToken: base64 of a checksum, the partition and the key behind which a SELECT goes on. The checksum covers statement,
 * parameters and table too, so that a token of another statement is told from this one's.
 */
#include "service/partiql.h"

#include "base/base64.h"

enum {
    CHECKSUM_LENGTH = 16
};

/* FNV-1a: the same on every machine. Lengths keep texts apart. */
static uint64_t add_bytes(uint64_t sum, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ p[i]) * 0x100000001B3u;
    }
    return sum;
}

static uint64_t add_text(uint64_t sum, struct dynr_str text)
{
    unsigned char length[8];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (unsigned char)((uint64_t)text.len >> (8 * i));
    }
    sum = add_bytes(sum, length, sizeof length);
    return text.len == 0 ? sum : add_bytes(sum, text.ptr, text.len);
}

static bool checksum(const struct service_statement *statement, struct dynr_str rest, char *out)
{
    static const char digits[] = "0123456789abcdef";
    struct service_text parameters;
    struct dynr_str text;
    uint64_t sum = 0xCBF29CE484222325u;
    dynr_service_text_init(&parameters, statement->call->arena);
    for (size_t i = 0; i < statement->tree->n_parameters; i++) {
        dynr_attribute_write(&statement->parameters[i], &parameters.buf);
    }
    if (!dynr_service_text_end(statement->call, &parameters, &text)) {
        return false;
    }
    sum = add_text(sum, statement->tree->text);
    sum = add_text(sum, text);
    sum = add_text(sum, statement->table);
    sum = add_text(sum, statement->definition->table_id);
    sum = add_text(sum, rest);
    for (size_t i = 0; i < CHECKSUM_LENGTH; i++) {
        out[i] = digits[(sum >> (4 * (CHECKSUM_LENGTH - 1 - i))) & 15u];
    }
    return true;
}

bool dynr_token_write(const struct service_statement *statement,
                      const struct service_position *position, struct dynr_str *out)
{
    struct service_call *call = statement->call;
    struct service_text token;
    char sum[CHECKSUM_LENGTH];
    struct dynr_str rest = dynr_arena_printf(call->arena, "%zu:%.*s", position->partition,
                                             (int)position->key.len, position->key.ptr);
    if (rest.ptr == NULL) {
        return dynr_service_no_memory(call);
    }
    if (!checksum(statement, rest, sum)) {
        return false;
    }
    char *plain = dynr_arena_text(call->arena, sizeof sum + rest.len);
    if (plain == NULL) {
        return dynr_service_no_memory(call);
    }
    memcpy(plain, sum, sizeof sum);
    memcpy(plain + sizeof sum, rest.ptr, rest.len);
    dynr_service_text_init(&token, call->arena);
    dynr_buf_append_base64(
        &token.buf, (struct dynr_bytes){.ptr = (const void *)plain, .len = sizeof sum + rest.len});
    return dynr_service_text_end(call, &token, out);
}

static bool refuse(struct service_call *call)
{
    return dynr_service_invalid(call, "NextToken does not match request");
}

bool dynr_token_read(const struct service_statement *statement, struct dynr_str token,
                     struct service_position *out)
{
    struct service_call *call = statement->call;
    struct dynr_bytes plain;
    char sum[CHECKSUM_LENGTH];
    size_t i = 0;
    *out = (struct service_position){.key = dynr_str_make("", 0)};
    if (token.len == 0) {
        return true;
    }
    if (!dynr_base64_decode(token, call->arena, &plain) || plain.len < sizeof sum) {
        return refuse(call);
    }
    struct dynr_str rest =
        dynr_str_make((const char *)plain.ptr + sizeof sum, plain.len - sizeof sum);
    if (!checksum(statement, rest, sum)) {
        return false;
    }
    if (memcmp(plain.ptr, sum, sizeof sum) != 0) {
        return refuse(call);
    }
    for (; i < rest.len && rest.ptr[i] >= '0' && rest.ptr[i] <= '9' && i < 9; i++) {
        out->partition = out->partition * 10 + (size_t)(rest.ptr[i] - '0');
    }
    if (i == rest.len || rest.ptr[i] != ':') {
        return refuse(call);
    }
    out->key = dynr_str_make(rest.ptr + i + 1, rest.len - i - 1);
    return true;
}
