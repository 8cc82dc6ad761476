/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-1-3 with 128 bits of output (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012;
 * https://github.com/veorq/SipHash): a keyed hash, so that nobody who does not know the key can aim at collisions. What is
 * hashed here is identified by its hash alone: two of 2^64 differ with a probability of one half.
 * One round a word and three at the end, as the hash tables of Rust and Ruby have it: but for resume tokens (token.c)
 * the hashes never leave the process. No attack is known that forges one of 128 bits, with one round or two.
 */
#ifndef DYNR_REACTIVE_SIPHASH_H
#define DYNR_REACTIVE_SIPHASH_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/str.h"

struct dynr_key128 {
    uint64_t low;
    uint64_t high;
};

struct dynr_key128 dynr_siphash128(const uint64_t key[2], struct dynr_str bytes);

static inline bool dynr_key128_equal(struct dynr_key128 a, struct dynr_key128 b)
{
    return a.low == b.low && a.high == b.high;
}

#endif
