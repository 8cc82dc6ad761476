/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded engine: DynamoDB's data plane on one SQLite file, in process.
 *
 * One open store may be used by several threads at once. Several processes may open the same file; writers wait
 * for each other.
 */
#ifndef DYNR_LOCAL_H
#define DYNR_LOCAL_H

#include "dynr/backend.h"
#include "dynr/clock.h"

DYNR_BEGIN_DECLS

/** When an answered write is safe. */
enum dynr_durability {
    /** On disk before it is answered: survives a power cut. The default. */
    DYNR_DURABILITY_FULL = 0,
    /** Survives a crash of the process; a power cut may lose the last writes, never consistency. */
    DYNR_DURABILITY_NORMAL,
    /** Survives nothing: for tests and caches. */
    DYNR_DURABILITY_NONE,
};

struct dynr_local_options {
    size_t size;
    /** File, created where it is missing; NULL or ":memory:": in memory, gone with the store. */
    const char *path;
    enum dynr_durability durability;
    /** Milliseconds to wait for another process's write before DYNR_ERR_BUSY; 0: 5,000. */
    uint32_t busy_timeout_ms;
    /** Name of a registered SQLite VFS, for fault injection; NULL: the system's. */
    const char *vfs;
    /** NULL: the system's clock. */
    const struct dynr_clock *clock;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#define DYNR_LOCAL_OPTIONS_INIT {sizeof(struct dynr_local_options)}
#else
#define DYNR_LOCAL_OPTIONS_INIT {.size = sizeof(struct dynr_local_options)}
#endif

/**
 * Opens a store. `options` may be NULL (in memory). The store must be destroyed with dynr_backend_destroy.
 * Errors: DYNR_ERR_IO (cannot open or create), DYNR_ERR_CORRUPT (not a store, or damaged: nothing is repaired),
 * DYNR_ERR_BUSY, DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_local_open(const struct dynr_local_options *options, struct dynr_backend **out,
                                          struct dynr_error *err);

DYNR_END_DECLS

#endif
