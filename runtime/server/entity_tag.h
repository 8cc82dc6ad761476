/* SPDX-License-Identifier: Apache-2.0 */
/* `If-None-Match` (RFC 9110, 13.1.2). */
#ifndef DYNR_SERVER_ENTITY_TAG_H
#define DYNR_SERVER_ENTITY_TAG_H

#include <stdbool.h>

#include "dynr/str.h"

/**
 * Whether the header's value (empty: there is none) is `*` or a list that has `tag`, weak or not: what is there is what the client
 * has. A value that is no list of tags has none from where it goes wrong.
 */
bool dynr_entity_tag_matches(struct dynr_str header, struct dynr_str tag);

#endif
