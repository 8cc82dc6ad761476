/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Todo app as a server: `todo serve --store todo.db --dev`.
 */
#include <dynr/app.h>

#include "todo.h"

int main(int argc, char **argv)
{
    struct dynr_app app = DYNR_APP_INIT;
    app.name = "todo";
    app.procedures = todo_procedures();
    app.create_tables = todo_create_tables;
    return dynr_app_main(argc, argv, &app);
}
