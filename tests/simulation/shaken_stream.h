/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream that delivers what another one does as DynamoDB Streams may: in several shards that split, late, and more than once.
 * What it keeps: every record comes at least once; within a shard positions rise, but for records that come again; a shard
 * that was split is delivered to its end before the two that follow it. What it does not: the order of records of different shards.
 * Everything follows from the seed and from what the inner stream delivers when.
 */
#ifndef DYN_TESTS_SIMULATION_SHAKEN_STREAM_H
#define DYN_TESTS_SIMULATION_SHAKEN_STREAM_H

#include "dynr/stream.h"

struct shaken_stream_options {
    uint64_t seed;
    /*
     * Shards at the start, 1 to 16; items are spread by their key. One shard without splits keeps transactions whole, as the
     * embedded store does. Otherwise each record stands for itself (`commit` is its position), as DynamoDB does not tell.
     */
    uint32_t n_shards;
    /* Chances in a thousand: that a record's shard splits before it (up to 64 shards in all), */
    uint32_t split_chance;
    /* that what a shard delivered last comes again before what comes next, */
    uint32_t repeat_chance;
    /* that a shard delivers nothing in a read. */
    uint32_t delay_chance;
};

/*
 * Owns `inner` from now on, also where it fails. Shards are named 1, 2, ... in `shard`, and 0 where one is all there will be. The
 * descriptor is readable as long as anything is held back: with a delay a read may still answer nothing.
 */
enum dynr_status shaken_stream_new(struct dynr_stream *inner,
                                   const struct shaken_stream_options *options,
                                   struct dynr_stream **out, struct dynr_error *err);

#endif
