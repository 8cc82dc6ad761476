/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Todo sample as a server, with a view that can be watched. LIVE_MAX_QUEUE, LIVE_MAX_CALLS and so on in the environment set
 * limits, so that tests need not wait for those of servers that are in use.
 */
#include <dynr/app.h>
#include <stdlib.h>

#include "live_view.h"
#include "todo.h"

/** 0, the default, where it is not set. */
static uint32_t limit_of(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    struct live_list procedures;
    struct dynr_procedure_table table;
    struct dynr_app app = DYNR_APP_INIT;
    if (!live_procedures(&procedures, &table)) {
        return 1;
    }
    app.name = "live";
    app.procedures = &table;
    app.create_tables = todo_create_tables;
    app.limits.max_queue = limit_of("LIVE_MAX_QUEUE");
    app.limits.max_calls_per_second = limit_of("LIVE_MAX_CALLS");
    app.limits.ping_s = limit_of("LIVE_PING");
    app.limits.max_subscribes_per_second = limit_of("LIVE_MAX_SUBSCRIBES");
    app.limits.max_windows_per_second = limit_of("LIVE_MAX_WINDOWS");
    app.limits.max_pings_per_second = limit_of("LIVE_MAX_PINGS");
    app.limits.address_share = limit_of("LIVE_ADDRESS_SHARE");
    return dynr_app_main(argc, argv, &app);
}
