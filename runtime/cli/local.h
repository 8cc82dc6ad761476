/* SPDX-License-Identifier: Apache-2.0 */
/* `dynr local`: the embedded store behind DynamoDB's protocol. */
#ifndef DYNR_CLI_LOCAL_H
#define DYNR_CLI_LOCAL_H

#include "cli/commands.h"
#include "dynr/endpoint.h"
#include "dynr/local.h"

#define DYNR_CLI_MAX_ORIGINS 16

enum dynr_local_verb {
    DYNR_LOCAL_SERVE,
    DYNR_LOCAL_STATUS,
    DYNR_LOCAL_STOP,
    DYNR_LOCAL_RESET,
    DYNR_LOCAL_LOGS,
    DYNR_LOCAL_EXPORT,
    DYNR_LOCAL_IMPORT,
};

struct dynr_local_command {
    enum dynr_local_verb verb;
    /** What is to be told more of: `dynr local` or one of its commands. NULL: nothing. */
    const struct dynr_cli_command *explained;
    bool help;
    const char *address;
    uint16_t port;
    bool is_port_given;
    const char *data;
    bool memory;
    enum dynr_durability durability;
    const char *credentials;
    const char *origins[DYNR_CLI_MAX_ORIGINS];
    size_t n_origins;
    uint32_t connections_max;
    bool isolate;
    bool insecure;
    bool background;
    bool verbose;
    bool quiet;
    bool follow;
    const char *table;
    const char *definition;
    const char *to;
    struct dynr_key_attribute key;
    struct dynr_key_attribute sort_key;
    /** What is imported. */
    const char *input;
};

/** `argv` begins behind "local". Returns the exit status. */
int dynr_local_main(int argc, char **argv);

/** False: something is wrong with it, and that was said on standard error. */
bool dynr_local_parse(int argc, char **argv, struct dynr_local_command *out);

/** Serves until SIGTERM, SIGINT or `dynr local stop`. Returns the exit status. */
int dynr_local_serve(const struct dynr_local_command *command);

/** Of a folder, whoever has it. Returns the exit status. */
int dynr_local_export_table(const struct dynr_local_command *command);
/** Into a folder that nobody has. Returns the exit status. */
int dynr_local_import_table(const struct dynr_local_command *command);

#endif
