/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash with 128 bits of output (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012;
 * https://github.com/veorq/SipHash): a keyed hash, so that nobody who does not know the key can aim at collisions.
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

/* Rounds of SipHash-1-3. */
#define DYNR_SIPHASH_WORD_ROUNDS  1
#define DYNR_SIPHASH_FINAL_ROUNDS 3

/**
 * SipHash-1-3, for look-ups, as the hash tables of Rust and Ruby have it: these hashes never leave the process. What is hashed is
 * identified by its hash alone: among 2^64 texts two are alike with a probability of one half.
 */
struct dynr_key128 dynr_siphash128(const uint64_t key[2], struct dynr_str bytes);

/** SipHash-2-4, the authors' own choice for authentication: for what is sent to clients and must come back unforged. */
struct dynr_key128 dynr_siphash128_tag(const uint64_t key[2], struct dynr_str bytes);

static inline bool dynr_key128_equal(struct dynr_key128 a, struct dynr_key128 b)
{
    return a.low == b.low && a.high == b.high;
}

#endif
