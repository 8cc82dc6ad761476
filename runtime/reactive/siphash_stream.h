/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash piece by piece, after the reference implementation, which is in the public domain (CC0). Bytes go in as words, the
 * first byte lowest, so that what is hashed need not stand in memory as one text. The numbers of rounds are constants where
 * these are inlined.
 */
#ifndef DYNR_REACTIVE_SIPHASH_STREAM_H
#define DYNR_REACTIVE_SIPHASH_STREAM_H

#include <string.h>

#include "reactive/siphash.h"

struct dynr_siphash {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
    /* Bytes that do not fill a word yet, and how many they are. */
    uint64_t tail;
    uint32_t n_tail;
    uint32_t len;
};

static inline uint64_t dynr_siphash_rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void dynr_siphash_mix(struct dynr_siphash *s, unsigned n_rounds)
{
    for (unsigned i = 0; i < n_rounds; i++) {
        s->v0 += s->v1;
        s->v1 = dynr_siphash_rotate(s->v1, 13) ^ s->v0;
        s->v0 = dynr_siphash_rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = dynr_siphash_rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = dynr_siphash_rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = dynr_siphash_rotate(s->v1, 17) ^ s->v2;
        s->v2 = dynr_siphash_rotate(s->v2, 32);
    }
}

static inline struct dynr_siphash dynr_siphash_start(const uint64_t key[2])
{
    struct dynr_siphash s = {UINT64_C(0x736f6d6570736575) ^ key[0],
                             UINT64_C(0x646f72616e646f6d) ^ key[1] ^ 0xee,
                             UINT64_C(0x6c7967656e657261) ^ key[0],
                             UINT64_C(0x7465646279746573) ^ key[1],
                             0,
                             0,
                             0};
    return s;
}

static inline void dynr_siphash_take(struct dynr_siphash *s, uint64_t word, unsigned n_rounds)
{
    s->v3 ^= word;
    dynr_siphash_mix(s, n_rounds);
    s->v0 ^= word;
}

static inline uint64_t dynr_siphash_swap(uint64_t word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}

/** The eight bytes at `bytes`. */
static inline uint64_t dynr_siphash_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return dynr_siphash_swap(word);
}

/** The `n` bytes at `bytes`, 1 to 7. */
static inline uint64_t dynr_siphash_part(const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    if (n >= 4) {
        uint64_t low = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
        p += n - 4;
        uint64_t high = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
        return low | high << (8 * (n - 4));
    }
    return p[0] | (uint64_t)p[n / 2] << (8 * (n / 2)) | (uint64_t)p[n - 1] << (8 * (n - 1));
}

/** Whether a byte of the word is below `bound`, at most 128. */
static inline bool dynr_siphash_has_below(uint64_t word, uint64_t bound)
{
    const uint64_t every_byte = UINT64_MAX / 255;
    return ((word - every_byte * bound) & ~word & (every_byte << 7)) != 0;
}

/** False where a byte is below `bound`, at most 128; the state then is of no use. */
static inline bool dynr_siphash_put_checked(struct dynr_siphash *s, struct dynr_str bytes,
                                            uint64_t bound, unsigned n_rounds)
{
    const char *next = bytes.ptr;
    size_t left = bytes.len;
    uint32_t shift = 8 * s->n_tail;
    uint64_t tail = s->tail;
    uint64_t word;
    s->len += (uint32_t)bytes.len;
    for (; left >= sizeof word; left -= sizeof word, next += sizeof word) {
        word = dynr_siphash_word(next);
        if (dynr_siphash_has_below(word, bound)) {
            return false;
        }
        dynr_siphash_take(s, tail | word << shift, n_rounds);
        /* In two steps: a shift by 64 is not defined. */
        tail = word >> 1 >> (63 - shift);
    }
    if (left > 0) {
        /* One load where bytes before the rest are there, too. */
        word = bytes.len >= sizeof word
                   ? dynr_siphash_word(next + left - sizeof word) >> (8 * (sizeof word - left))
                   : dynr_siphash_part(next, left);
        if (dynr_siphash_has_below(word | UINT64_MAX << (8 * left), bound)) {
            return false;
        }
        tail |= word << shift;
        s->n_tail += (uint32_t)left;
        if (s->n_tail >= sizeof word) {
            dynr_siphash_take(s, tail, n_rounds);
            tail = word >> 1 >> (63 - shift);
            s->n_tail -= (uint32_t)sizeof word;
        }
    }
    s->tail = tail;
    return true;
}

static inline void dynr_siphash_put(struct dynr_siphash *s, struct dynr_str bytes,
                                    unsigned n_rounds)
{
    (void)dynr_siphash_put_checked(s, bytes, 0, n_rounds);
}

static inline uint64_t dynr_siphash_fold(struct dynr_siphash *s, unsigned n_final_rounds)
{
    dynr_siphash_mix(s, n_final_rounds);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline struct dynr_key128 dynr_siphash_finish(struct dynr_siphash *s, unsigned n_rounds,
                                                     unsigned n_final_rounds)
{
    struct dynr_key128 out;
    dynr_siphash_take(s, s->tail | (uint64_t)(s->len & 0xff) << 56, n_rounds);
    s->v2 ^= 0xee;
    out.low = dynr_siphash_fold(s, n_final_rounds);
    s->v1 ^= 0xdd;
    out.high = dynr_siphash_fold(s, n_final_rounds);
    return out;
}

#endif
