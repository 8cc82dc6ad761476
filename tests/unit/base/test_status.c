/* SPDX-License-Identifier: Apache-2.0 */
/* How errors are filled. */
#include "dynr/status.h"

#include "test_main.h"

static void names_and_texts_come_from_the_table(void)
{
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_status_name(DYNR_OK)), "OK");
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_status_name(DYNR_ERR_CONDITION_FAILED)),
                    "CONDITION_FAILED");
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_status_text(DYNR_ERR_RANGE)),
                    "a value is outside its bounds");
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_status_name((enum dynr_status)9999)), "UNKNOWN");
}

static void fail_fills_everything_and_returns_the_status(void)
{
    struct dynr_error err;
    memset(&err, 0x5A, sizeof err);
    DYNR_ASSERT_STATUS(dynr_fail(&err, DYNR_ERR_THROTTLED, "slow %d", 7), DYNR_ERR_THROTTLED);
    DYNR_ASSERT_STATUS(err.status, DYNR_ERR_THROTTLED);
    DYNR_ASSERT_INT(err.http_status, 400);
    DYNR_ASSERT(err.retryable);
    DYNR_ASSERT_INT(err.operation_index, -1);
    DYNR_ASSERT_STR(dynr_str_from_c(err.service_error), "ThrottlingException");
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "slow 7");
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "");
    DYNR_ASSERT_STATUS(dynr_fail(&err, DYNR_ERR_TYPE, NULL), DYNR_ERR_TYPE);
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "a value has the wrong type");
    DYNR_ASSERT(!err.retryable);
    DYNR_ASSERT_STATUS(dynr_fail(NULL, DYNR_ERR_IO, "unused"), DYNR_ERR_IO);
    dynr_error_clear(&err);
    DYNR_ASSERT_STATUS(err.status, DYNR_OK);
    DYNR_ASSERT_STR(dynr_str_from_c(err.service_error), "");
    dynr_error_clear(NULL);
}

static void fail_field_names_the_field(void)
{
    struct dynr_error err;
    dynr_error_clear(&err);
    dynr_fail_field(&err, DYNR_ERR_MISSING, dynr_str_make("steps[2].label!", 14), "no %s", "label");
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "steps[2].label");
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "no label");
    dynr_fail_field(&err, DYNR_ERR_MISSING, dynr_str_make(NULL, 0), NULL);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "");
}

static void the_old_message_may_be_an_argument_of_the_new_one(void)
{
    struct dynr_error err;
    dynr_fail(&err, DYNR_ERR_IO, "disk full");
    dynr_fail(&err, DYNR_ERR_IO, "cannot save: %s", err.message);
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "cannot save: disk full");
}

static void long_messages_end_in_dots_and_in_whole_characters(void)
{
    /* Shifted by 0 and 1, so that the cut falls into a two-byte character once. */
    for (size_t shift = 0; shift < 2; shift++) {
        char text[2 * DYNR_ERROR_MESSAGE_SIZE] = "";
        struct dynr_error err;
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof text; i += 2) {
            memcpy(text + i, "\xC3\xA4", 2);
        }
        dynr_fail_field(&err, DYNR_ERR_IO, dynr_str_from_c(text), "%s", text);
        size_t len = strlen(err.message);
        DYNR_ASSERT(len >= DYNR_ERROR_MESSAGE_SIZE - 2);
        DYNR_ASSERT_MEM(err.message + len - 5, 5, "\xC3\xA4...", 5);
        len = strlen(err.field);
        DYNR_ASSERT(len >= DYNR_ERROR_FIELD_SIZE - 2);
        DYNR_ASSERT_MEM(err.field + len - 5, 5, "\xC3\xA4...", 5);
    }
    char exact[DYNR_ERROR_MESSAGE_SIZE];
    struct dynr_error err;
    memset(exact, 'y', sizeof exact - 1);
    exact[sizeof exact - 1] = '\0';
    dynr_fail(&err, DYNR_ERR_IO, "%s", exact);
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), exact);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(names_and_texts_come_from_the_table),
    DYNR_TEST(fail_fills_everything_and_returns_the_status),
    DYNR_TEST(fail_field_names_the_field),
    DYNR_TEST(the_old_message_may_be_an_argument_of_the_new_one),
    DYNR_TEST(long_messages_end_in_dots_and_in_whole_characters),
};

int main(void)
{
    return dynr_test_main("base/status", tests, DYNR_TEST_COUNT(tests));
}
