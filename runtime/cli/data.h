/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of tables: opened for this process alone, and without a trace where that was for nothing. */
#ifndef DYNR_CLI_DATA_H
#define DYNR_CLI_DATA_H

#include "dynr/local.h"

#define DYNR_DATA_PATH_SIZE 4096

struct dynr_cli_data {
    struct dynr_backend *store;
    /** The folder, as people are told: absolute; "memory". */
    char place[DYNR_DATA_PATH_SIZE];
    char file[DYNR_DATA_PATH_SIZE + 16];
    /** Where the folder's path has its first part that was made here, and that path; 0: it was all there. */
    size_t made_from;
    const char *path;
    /** The file was not there before. */
    bool is_new;
    int owner;
    /** Another process has it: what is read is of the moment of each call. */
    bool is_beside;
};

/** Makes nothing. Errors: DYNR_ERR_IO (there are no tables in that folder, or it is a file). */
enum dynr_status dynr_cli_data_find(const char *folder, struct dynr_error *err);

/**
 * Opens the tables of a folder, which are made where they are missing; `options` without a path. `folder` NULL: in memory.
 * Errors: those of dynr_local_open; DYNR_ERR_BUSY says who has it, where that can be told. What was opened or not is closed with
 * dynr_cli_data_close.
 */
enum dynr_status dynr_cli_data_open(const char *folder, struct dynr_local_options options,
                                    struct dynr_cli_data *out, struct dynr_error *err);

/**
 * The same of a folder that was found, to read its tables: of one that another process has, too. Beside the other, `is_beside` is set.
 */
enum dynr_status dynr_cli_data_look(const char *folder, struct dynr_cli_data *out,
                                    struct dynr_error *err);

/** Lets others know who has it. `port`: 0 where none is served. */
void dynr_cli_data_sign(struct dynr_cli_data *data, uint16_t port);

/** `forget`: what was made here goes, if there is no table in it. */
void dynr_cli_data_close(struct dynr_cli_data *data, bool forget);

#endif
