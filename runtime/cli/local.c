/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/local.h"

#include "cli/control.h"
#include "cli/log.h"
#include "cli/say.h"

/* Asks the endpoint on the port, and prints its answer. */
static int ask(const struct dynr_local_command *command, const char *question)
{
    struct dynr_error err = {0};
    if (dynr_control_ask(command->port, question, stdout, &err) != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        return 1;
    }
    return 0;
}

int dynr_local_main(int argc, char **argv)
{
    struct dynr_local_command command;
    if (!dynr_local_parse(argc, argv, &command)) {
        return 2;
    }
    if (command.explained != NULL) {
        return dynr_cli_print_help(stdout, command.explained) ? 0 : 1;
    }
    switch (command.verb) {
    case DYNR_LOCAL_SERVE:
        return dynr_local_serve(&command);
    case DYNR_LOCAL_STATUS:
        return ask(&command, "status");
    case DYNR_LOCAL_STOP:
        return ask(&command, "stop");
    case DYNR_LOCAL_RESET:
        return ask(&command, "reset");
    case DYNR_LOCAL_LOGS:
        return dynr_cli_log_show(command.port, command.follow);
    }
    return 2;
}
