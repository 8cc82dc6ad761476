/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dynr`: the commands that belong to a running system, as `dynrc` belongs to a schema.
 */
#include <stdio.h>
#include <string.h>

#include "cli/local.h"
#include "dynr/version.h"

static const char help[] =
    "dynr COMMAND [ARGUMENTS]\n"
    "\n"
    "  local    a DynamoDB of your own on this machine; see dynr local --help\n"
    "  help     this, or the help of a command: dynr help local\n"
    "\n"
    "  dynr local --memory\n"
    "  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 aws dynamodb list-tables\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n";

static bool is_any_of(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "local") == 0) {
        return dynr_local_main(argc - 2, argv + 2, false);
    }
    if (is_any_of(command, "--version", "-V", "version")) {
        return printf("dynr %s\n", DYNR_VERSION_STRING) < 0 ? 1 : 0;
    }
    if (is_any_of(command, "help", "--help", "-h")) {
        if (argc > 2 && strcmp(argv[2], "local") == 0) {
            return dynr_local_main(0, NULL, true);
        }
        return fputs(help, stdout) < 0 ? 1 : 0;
    }
    if (command[0] == '\0') {
        (void)fputs(help, stderr);
    } else {
        (void)fprintf(stderr, "dynr: there is no command `%s`; see dynr --help\n", command);
    }
    return 2;
}
