/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/local.h"

#include "cli/control.h"
#include "cli/log.h"
#include "cli/say.h"

/* Asks the endpoint on the port, and prints its answer. */
static int ask(uint16_t port, const char *question)
{
    struct dynr_error err = {0};
    struct dynr_buf answer = {0};
    bool is_done = false;
    enum dynr_status status = dynr_control_ask(port, question, &answer, &is_done, &err);
    struct dynr_str text = dynr_buf_str(&answer);
    if (status == DYNR_OK && !dynr_buf_ok(&answer)) {
        status = dynr_fail(&err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (status != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
    } else if (!is_done) {
        /* It ends in a line feed of its own. */
        dynr_cli_fail("%.*s", (int)(text.len == 0 ? 0 : text.len - 1), text.ptr);
    } else if (fwrite(text.ptr, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
        is_done = false;
    }
    dynr_buf_cleanup(&answer);
    return status == DYNR_OK && is_done ? 0 : 1;
}

/* Of every server of this user, with a line between two. */
static int ask_all(const char *question)
{
    struct dynr_error err = {0};
    uint16_t port = 0;
    int exit_status = 0;
    size_t n = 0;
    enum dynr_status status;
    while ((status = dynr_control_next(port, &port, &err)) == DYNR_OK && port != 0) {
        if (n++ > 0) {
            (void)putchar('\n');
        }
        exit_status = ask(port, question) != 0 ? 1 : exit_status;
    }
    if (status != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        return 1;
    }
    if (n == 0) {
        dynr_cli_fail("nothing runs (of this user)");
        return 1;
    }
    return exit_status;
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
        return command.is_port_given ? ask(command.port, "status") : ask_all("status");
    case DYNR_LOCAL_STOP:
        return ask(command.port, "stop");
    case DYNR_LOCAL_RESET:
        return ask(command.port, "reset");
    case DYNR_LOCAL_LOGS:
        return dynr_cli_log_show(command.port, command.follow);
    case DYNR_LOCAL_EXPORT:
        return dynr_local_export_table(&command);
    case DYNR_LOCAL_IMPORT:
        return dynr_local_import_table(&command);
    }
    return 2;
}
