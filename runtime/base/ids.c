/* SPDX-License-Identifier: Apache-2.0 */
/* ULIDs and UUIDs: their text forms, and new ones from a clock. */
#include "dynr/clock.h"

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool dynr_ulid_parse(struct dynr_str text, struct dynr_ulid *out)
{
    struct dynr_ulid ulid;
    /* 26 characters hold 130 bits; the value has 128, so that the first one is 0 to 7. */
    if (text.len != sizeof ulid.text || text.ptr[0] < '0' || text.ptr[0] > '7') {
        return false;
    }
    for (size_t i = 0; i < sizeof ulid.text; i++) {
        char c = text.ptr[i];
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        }
        if (memchr(crockford, c, sizeof crockford - 1) == NULL) {
            return false;
        }
        ulid.text[i] = c;
    }
    *out = ulid;
    return true;
}

static bool is_dash_position(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool dynr_uuid_parse(struct dynr_str text, struct dynr_uuid *out)
{
    struct dynr_uuid uuid;
    if (text.len != sizeof uuid.text) {
        return false;
    }
    for (size_t i = 0; i < sizeof uuid.text; i++) {
        char c = text.ptr[i];
        if (is_dash_position(i)) {
            if (c != '-') {
                return false;
            }
        } else {
            if (c >= 'A' && c <= 'F') {
                c = (char)(c - 'A' + 'a');
            }
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        uuid.text[i] = c;
    }
    *out = uuid;
    return true;
}

static enum dynr_status fail_random(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_IO, "the system has no random bytes");
}

enum dynr_status dynr_ulid_generate(const struct dynr_clock *clock, struct dynr_ulid *out,
                                    struct dynr_error *err)
{
    int64_t now = clock->now_ms(clock->context);
    if (now < 0 || now >= INT64_C(1) << 48) {
        return dynr_fail(err, DYNR_ERR_RANGE, "the clock shows a time that a ULID cannot hold");
    }
    uint8_t random[10];
    if (!clock->random_bytes(clock->context, random, sizeof random)) {
        return fail_random(err);
    }
    uint64_t time_bits = (uint64_t)now;
    for (int i = 9; i >= 0; i--) {
        out->text[i] = crockford[time_bits & 31];
        time_bits >>= 5;
    }
    /* Twice 40 bits make twice 8 characters. */
    for (int half = 0; half < 2; half++) {
        uint64_t bits = 0;
        for (int i = 0; i < 5; i++) {
            bits = bits << 8 | random[half * 5 + i];
        }
        for (int i = 7; i >= 0; i--) {
            out->text[10 + half * 8 + i] = crockford[bits & 31];
            bits >>= 5;
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_uuid_generate(const struct dynr_clock *clock, struct dynr_uuid *out,
                                    struct dynr_error *err)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t random[16];
    if (!clock->random_bytes(clock->context, random, sizeof random)) {
        return fail_random(err);
    }
    random[6] = (uint8_t)((random[6] & 0x0FU) | 0x40U);
    random[8] = (uint8_t)((random[8] & 0x3FU) | 0x80U);
    size_t at = 0;
    for (size_t i = 0; i < sizeof random; i++) {
        if (is_dash_position(at)) {
            out->text[at++] = '-';
        }
        out->text[at++] = hex[random[i] >> 4];
        out->text[at++] = hex[random[i] & 15];
    }
    return DYNR_OK;
}
