/* SPDX-License-Identifier: Apache-2.0 */
/* Single values in plain JSON, for procedures whose output is no struct. */
#ifndef DYNR_TYPED_ENCODE_JSON_H
#define DYNR_TYPED_ENCODE_JSON_H

#include "typed/type.h"

enum dynr_status dynr_encode_json_value(const struct dynr_type_desc *type, const void *value,
                                        struct dynr_buf *out, struct dynr_error *err);

#endif
