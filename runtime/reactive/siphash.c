/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/siphash.h"

#include "reactive/siphash_stream.h"

/* Inlined with constant numbers of rounds. */
static inline struct dynr_key128 hash(const uint64_t key[2], struct dynr_str bytes,
                                      unsigned n_word_rounds, unsigned n_final_rounds)
{
    struct dynr_siphash s = dynr_siphash_start(key);
    dynr_siphash_put(&s, bytes, n_word_rounds);
    return dynr_siphash_finish(&s, n_word_rounds, n_final_rounds);
}

struct dynr_key128 dynr_siphash128(const uint64_t key[2], struct dynr_str bytes)
{
    return hash(key, bytes, DYNR_SIPHASH_WORD_ROUNDS, DYNR_SIPHASH_FINAL_ROUNDS);
}

struct dynr_key128 dynr_siphash128_tag(const uint64_t key[2], struct dynr_str bytes)
{
    return hash(key, bytes, 2, 4);
}
