/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash of the wyhash family: 64 x 64 -> 128 bit multiplications fold the input; reads overlap
 * instead of branching on each length. Depends on the machine's byte order, which is why nothing
 * stores it.
 */
#include "base/hash.h"

static const uint64_t keys[4] = {UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db),
                                 UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3)};

/* The two halves of the product, folded. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t a_low = (uint32_t)a;
    uint64_t a_high = a >> 32;
    uint64_t b_low = (uint32_t)b;
    uint64_t b_high = b >> 32;
    uint64_t cross = a_high * b_low + (a_low * b_low >> 32);
    uint64_t middle = a_low * b_high + (uint32_t)cross;
    return a * b ^ (a_high * b_high + (cross >> 32) + (middle >> 32));
#endif
}

static inline uint64_t read8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint64_t read4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

uint64_t dynr_hash(struct dynr_str bytes, uint64_t seed)
{
    const char *p = bytes.ptr;
    size_t len = bytes.len;
    uint64_t a = 0;
    uint64_t b = 0;
    seed ^= mix(seed ^ keys[0], keys[1]);
    if (len > 16) {
        size_t left = len;
        if (left > 48) {
            uint64_t second = seed;
            uint64_t third = seed;
            for (; left > 48; left -= 48, p += 48) {
                seed = mix(read8(p) ^ keys[1], read8(p + 8) ^ seed);
                second = mix(read8(p + 16) ^ keys[2], read8(p + 24) ^ second);
                third = mix(read8(p + 32) ^ keys[3], read8(p + 40) ^ third);
            }
            seed ^= second ^ third;
        }
        for (; left > 16; left -= 16, p += 16) {
            seed = mix(read8(p) ^ keys[1], read8(p + 8) ^ seed);
        }
        a = read8(p + left - 16);
        b = read8(p + left - 8);
    } else if (len >= 4) {
        size_t middle = len >> 3 << 2;
        a = read4(p) << 32 | read4(p + middle);
        b = read4(p + len - 4) << 32 | read4(p + len - 4 - middle);
    } else if (len != 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[len >> 1] << 8 |
            (unsigned char)p[len - 1];
    }
    return mix(keys[1] ^ len, mix(a ^ keys[1], b ^ seed));
}
