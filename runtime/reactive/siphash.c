/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the reference implementation, which is in the public domain (CC0). Words are read in the machine's byte order, the
 * last one too: hashes are never stored, and those that are sent (resume tokens) mean something to this process alone.
 */
#include "reactive/siphash.h"

struct state {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void mix_times(struct state *s, unsigned n_rounds)
{
    for (unsigned i = 0; i < n_rounds; i++) {
        mix(s);
    }
}

static inline void take(struct state *s, uint64_t word, unsigned n_rounds)
{
    s->v3 ^= word;
    mix_times(s, n_rounds);
    s->v0 ^= word;
}

static inline uint64_t finish(struct state *s, unsigned n_rounds)
{
    mix_times(s, n_rounds);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Inlined with constant numbers of rounds. */
static inline struct dynr_key128 hash(const uint64_t key[2], struct dynr_str bytes,
                                      unsigned n_word_rounds, unsigned n_final_rounds)
{
    struct state s = {UINT64_C(0x736f6d6570736575) ^ key[0],
                      UINT64_C(0x646f72616e646f6d) ^ key[1] ^ 0xee,
                      UINT64_C(0x6c7967656e657261) ^ key[0], UINT64_C(0x7465646279746573) ^ key[1]};
    const char *next = bytes.ptr;
    size_t left = bytes.len;
    uint64_t word = 0;
    for (; left >= sizeof word; left -= sizeof word, next += sizeof word) {
        memcpy(&word, next, sizeof word);
        take(&s, word, n_word_rounds);
    }
    unsigned char last[sizeof word] = {0};
    if (left > 0) {
        memcpy(last, next, left);
    }
    last[sizeof word - 1] = (unsigned char)bytes.len;
    memcpy(&word, last, sizeof word);
    take(&s, word, n_word_rounds);
    s.v2 ^= 0xee;
    struct dynr_key128 out;
    out.low = finish(&s, n_final_rounds);
    s.v1 ^= 0xdd;
    out.high = finish(&s, n_final_rounds);
    return out;
}

struct dynr_key128 dynr_siphash128(const uint64_t key[2], struct dynr_str bytes)
{
    return hash(key, bytes, 1, 3);
}

struct dynr_key128 dynr_siphash128_tag(const uint64_t key[2], struct dynr_str bytes)
{
    return hash(key, bytes, 2, 4);
}
