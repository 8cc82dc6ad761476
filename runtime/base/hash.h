/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast, seedable 64-bit hash for tables in memory (wyhash family). Never stored, never part of an
 * output.
 */
#ifndef DYNR_BASE_HASH_H
#define DYNR_BASE_HASH_H

#include <stdint.h>

#include "dynr/str.h"

uint64_t dynr_hash(struct dynr_str bytes, uint64_t seed);

#endif
