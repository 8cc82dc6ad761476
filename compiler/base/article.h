/* SPDX-License-Identifier: Apache-2.0 */
/* The English article before a name that a schema chose. */
#ifndef DYN_BASE_ARTICLE_H
#define DYN_BASE_ARTICLE_H

#include "dynr/str.h"

/** "a" or "an", by how `name` most likely sounds: an Order, a User, an Upload. */
const char *dyn_article(struct dynr_str name);

#endif
