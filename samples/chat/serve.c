/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chat as a server: `chat serve --store chat.db --dev --static web`.
 */
#include <dynr/app.h>

#include "chat.h"

int main(int argc, char **argv)
{
    struct dynr_app app = DYNR_APP_INIT;
    app.name = "chat";
    app.procedures = chat_procedures();
    app.create_tables = chat_create_tables;
    return dynr_app_main(argc, argv, &app);
}
