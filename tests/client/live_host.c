/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application of a schema that was compiled to a shared object: `DYNR_PROGRAM=program.so live-host serve --store s.db`. The
 * schema's namespace is `oracle`, as that of all random schemas.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <dynr/app.h>

typedef const struct dynr_procedure_table *(*procedures_fn)(void);
typedef enum dynr_status (*create_tables_fn)(struct dynr_client *client, struct dynr_error *err);

int main(int argc, char **argv)
{
    const char *path = getenv("DYNR_PROGRAM");
    void *program = path == NULL ? NULL : dlopen(path, RTLD_NOW);
    if (program == NULL) {
        (void)fprintf(stderr, "live-host: %s\n",
                      path == NULL ? "DYNR_PROGRAM says no program" : dlerror());
        return 2;
    }
    procedures_fn procedures;
    create_tables_fn create_tables;
    /* POSIX's way to turn an object pointer into a function. */
    *(void **)(&procedures) = dlsym(program, "oracle_procedures");
    *(void **)(&create_tables) = dlsym(program, "oracle_create_tables");
    if (procedures == NULL || create_tables == NULL) {
        (void)fprintf(stderr, "live-host: %s is no program of the namespace `oracle`\n", path);
        return 2;
    }
    struct dynr_app app = DYNR_APP_INIT;
    app.name = "oracle";
    app.procedures = procedures();
    app.create_tables = create_tables;
    return dynr_app_main(argc, argv, &app);
}
