/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Todo sample as a server, with a view that can be watched.
 */
#include <dynr/app.h>

#include "live_view.h"
#include "todo.h"

int main(int argc, char **argv)
{
    static const struct dynr_claim claims[] = {{"userId", "sub"}};
    struct live_list procedures;
    struct dynr_procedure_table table;
    struct dynr_app app = DYNR_APP_INIT;
    if (!live_procedures(&procedures, &table)) {
        return 1;
    }
    app.name = "live";
    app.procedures = &table;
    app.create_tables = todo_create_tables;
    app.claims = claims;
    app.n_claims = 1;
    return dynr_app_main(argc, argv, &app);
}
