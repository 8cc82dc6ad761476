/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a backend that answers while it is waited for. */
#include "ddb_fixture.h"
#include "dynr/backend.h"

struct slow {
    struct dynr_backend base;
    dynr_complete_fn complete;
    void *context;
    /** What the request comes to, and the waiting. */
    enum dynr_status answer;
    enum dynr_status waiting;
    bool answers;
};

static void start_slow(struct dynr_backend *backend, const struct dynr_request *request,
                       struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct slow *slow = (struct slow *)(void *)backend;
    (void)request;
    (void)arena;
    slow->complete = complete;
    slow->context = context;
}

static enum dynr_status wait_slow(struct dynr_backend *backend, struct dynr_error *err)
{
    struct slow *slow = (struct slow *)(void *)backend;
    if (slow->answers) {
        struct dynr_error fault = {0};
        if (slow->answer != DYNR_OK) {
            (void)dynr_fail(&fault, slow->answer, "the answer");
        }
        slow->complete(slow->context, NULL, &fault);
    }
    return slow->waiting == DYNR_OK ? DYNR_OK : dynr_fail(err, slow->waiting, "the waiting");
}

static void destroy_slow(struct dynr_backend *backend)
{
    (void)backend;
}

static const struct dynr_backend_methods slow_methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = start_slow,
    .wait = wait_slow,
    .destroy = destroy_slow,
};

static void an_answer_counts_whatever_the_waiting_says(void)
{
    static const struct {
        enum dynr_status answer;
        enum dynr_status waiting;
        bool answers;
        enum dynr_status expected;
        const char *message;
    } cases[] = {
        {DYNR_OK, DYNR_OK, true, DYNR_OK, ""},
        {DYNR_OK, DYNR_ERR_IO, true, DYNR_OK, ""},
        {DYNR_ERR_CONDITION_FAILED, DYNR_ERR_IO, true, DYNR_ERR_CONDITION_FAILED, "the answer"},
        {DYNR_OK, DYNR_ERR_IO, false, DYNR_ERR_IO, "the waiting"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slow slow = {.base = {.methods = &slow_methods},
                            .answer = cases[i].answer,
                            .waiting = cases[i].waiting,
                            .answers = cases[i].answers};
        struct dynr_request request = DYNR_REQUEST_INIT;
        struct dynr_response response;
        struct dynr_arena arena = {0};
        struct dynr_error err = {0};
        DYNR_ASSERT_STATUS(dynr_backend_call(&slow.base, &request, &arena, &response, &err),
                           cases[i].expected);
        DYNR_ASSERT_STATUS(err.status, cases[i].expected);
        DYNR_ASSERT_STR(dynr_str_from_c(err.message), cases[i].message);
        dynr_arena_cleanup(&arena);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(an_answer_counts_whatever_the_waiting_says),
    };
    return dynr_test_main("ddb-backend-call", tests, DYNR_TEST_COUNT(tests));
}
