/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service over a store in memory, and conversations with it: bodies in, bodies out. With DYNR_TEST_WITHOUT_WAITING in the environment
 * the store is on disk, and calls are begun and ended as a loop does it, which must make no difference to anybody.
 */
#ifndef DYN_TESTS_UNIT_SERVICE_SERVICE_FIXTURE_H
#define DYN_TESTS_UNIT_SERVICE_SERVICE_FIXTURE_H

#include "dynr/local.h"
#include "dynr/service.h"
#include "test_main.h"
#include "test_tools.h"

struct service_fixture {
    struct dynr_backend *store;
    struct dynr_service *service;
    struct dynr_arena arena;
    struct dynr_test_clock clock;
    /* Folder of a store on disk; empty: it is in memory. */
    char folder[256];
};

/*
 * One request and its answer. Bodies are written with single quotes for double ones, so that they can be read; in answers both
 * count as the same. `answer` NULL: any.
 */
struct service_step {
    /* "PutItem", or "Streams.GetRecords". */
    const char *operation;
    const char *body;
    int http_status;
    const char *answer;
};

/* At 2026-01-02T03:04:05.678Z. */
void service_fixture_open(struct service_fixture *fixture);
void service_fixture_close(struct service_fixture *fixture);

/* One request as it came. */
void service_answer(struct service_fixture *fixture, const struct dynr_service_request *request,
                    struct dynr_arena *arena, struct dynr_service_answer *answer);
/* The answer, in the fixture's arena, which every call empties. */
struct dynr_service_answer service_call(struct service_fixture *fixture, const char *operation,
                                        const char *body);
/* The body with double quotes. Owned by the caller. */
char *service_body(const char *text);

void service_run(struct service_fixture *fixture, const struct service_step *steps, size_t n_steps);

#define SERVICE_RUN(fixture, steps)                                                                \
    service_run((fixture), (steps), sizeof(steps) / sizeof(steps)[0])

/* A conversation of its own: keys pk (S) and sk (N) with a local and two global indexes, and a table with pk alone. */
extern const struct service_step service_tables[2];

#endif
