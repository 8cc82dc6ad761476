/* SPDX-License-Identifier: Apache-2.0 */
/* The targets that the command line asks for, all of them where it names none: what they refuse, and what they write. */
#ifndef DYN_DRIVER_TARGETS_H
#define DYN_DRIVER_TARGETS_H

#include "driver/options.h"
#include "driver/session.h"
#include "emit/emit.h"

/** Reports what the targets refuse of a schema that was planned. DYN_EXIT_OK: dyn_targets_emit may follow. */
enum dyn_exit dyn_targets_check(struct dyn_session *session, const struct dyn_options *options);
/** Makes all files. What is reported here is a bug of ours. */
void dyn_targets_emit(struct dyn_session *session, const struct dyn_options *options,
                      struct dyn_outputs *outputs);

#endif
