/* SPDX-License-Identifier: Apache-2.0 */
/* What an update may change. */
#ifndef DYNR_TYPED_UPDATE_CHECK_H
#define DYNR_TYPED_UPDATE_CHECK_H

#include "typed/write.h"

enum dynr_status dynr_update_check(const struct dynr_update *update, struct dynr_error *err);

#endif
