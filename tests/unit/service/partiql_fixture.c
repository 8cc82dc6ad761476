/* SPDX-License-Identifier: Apache-2.0 */
#include "partiql_fixture.h"

#include <stdlib.h>
#include <string.h>

char *partiql_body(const char *text)
{
    static const char quote[] = "\\u0027";
    size_t room = strlen(text) * (sizeof quote - 1) + 1;
    char *body = malloc(room);
    size_t len = 0;
    if (body == NULL) {
        abort();
    }
    for (; *text != '\0'; text++) {
        if (*text == '`') {
            memcpy(body + len, quote, sizeof quote - 1);
            len += sizeof quote - 1;
        } else {
            body[len++] = *text;
        }
    }
    body[len] = '\0';
    return body;
}

void partiql_run(const struct service_step *steps, size_t n_steps)
{
    struct service_fixture fixture;
    service_fixture_open(&fixture);
    SERVICE_RUN(&fixture, service_tables);
    for (size_t i = 0; i < n_steps; i++) {
        struct service_step step = steps[i];
        char *body = partiql_body(steps[i].body);
        step.body = body;
        service_run(&fixture, &step, 1);
        free(body);
    }
    service_fixture_close(&fixture);
}
