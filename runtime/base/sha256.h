/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4): for names that are stored and must not collide. Not for secrets: it takes as long as it takes.
 */
#ifndef DYNR_BASE_SHA256_H
#define DYNR_BASE_SHA256_H

#include "dynr/value.h"

#define DYNR_SHA256_SIZE 32

void dynr_sha256(struct dynr_bytes bytes, unsigned char out[DYNR_SHA256_SIZE]);

#endif
