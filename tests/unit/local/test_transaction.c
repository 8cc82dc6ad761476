/* SPDX-License-Identifier: Apache-2.0 */
/* TransactWriteItems: atomicity, reasons, tokens. */
#include "local_fixture.h"

#define KEY(n)     "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"" #n "\"}}"
#define ITEM(n, v) "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"" #n "\"},\"v\":{\"N\":\"" #v "\"}}"

static struct dynr_request transaction(const struct dynr_request *operations, size_t n_operations)
{
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    request.operations = operations;
    request.n_operations = n_operations;
    return request;
}

static struct dynr_request check(const char *key, const char *condition)
{
    struct dynr_request request = request_for(DYNR_CONDITION_CHECK);
    request.key = dynr_str_from_c(key);
    request.condition = dynr_str_from_c(condition);
    return request;
}

static void all_operations_happen_together(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM(1, 1));
    fixture_put(&f, ITEM(2, 1));
    struct dynr_request operations[] = {
        put_request(ITEM(3, 3)),
        update_request(KEY(2), "SET v = v + :one", "{\":one\":{\"N\":\"1\"}}"),
        delete_request(KEY(1)),
        check(KEY(4), "attribute_not_exists(pk)"),
    };
    struct dynr_request request = transaction(operations, 4);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(1)), "");
    DYNR_ASSERT_STR(fixture_get(&f, KEY(2)), ITEM(2, 2));
    DYNR_ASSERT_STR(fixture_get(&f, KEY(3)), ITEM(3, 3));
    DYNR_ASSERT_STR(fixture_get(&f, KEY(4)), "");
    fixture_close(&f);
}

static void one_failed_condition_cancels_all(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM(1, 1));
    struct dynr_request operations[] = {
        put_request(ITEM(2, 2)),
        put_request(ITEM(1, 9)),
        update_request(KEY(1), "SET v = v + :one", "{\":one\":{\"S\":\"x\"}}"),
    };
    operations[1].condition = TEXT("attribute_not_exists(pk)");
    operations[1].return_old_on_failure = true;
    struct dynr_request request = transaction(operations, 2);
    (void)fixture_fails(
        &f, &request, DYNR_ERR_TRANSACTION_CANCELED,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
        "ConditionalCheckFailed]");
    DYNR_ASSERT_INT(f.response.n_reasons, 2);
    DYNR_ASSERT_STR(f.response.reasons[0].code, "None");
    DYNR_ASSERT_STR(f.response.reasons[1].code, "ConditionalCheckFailed");
    DYNR_ASSERT_STR(f.response.reasons[1].message, "The conditional request failed");
    DYNR_ASSERT_STR(f.response.reasons[1].item, ITEM(1, 1));
    DYNR_ASSERT_STR(fixture_get(&f, KEY(2)), "");
    DYNR_ASSERT_INT(f.err.operation_index, 1);
    fixture_close(&f);
}

static void an_update_that_cannot_apply_is_a_reason(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"v\":{\"S\":\"text\"}}");
    struct dynr_request operations[] = {
        update_request(KEY(1), "SET v = v + :one", "{\":one\":{\"N\":\"1\"}}"),
        put_request(ITEM(2, 2)),
    };
    struct dynr_request request = transaction(operations, 2);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_TRANSACTION_CANCELED);
    DYNR_ASSERT_STR(f.response.reasons[0].code, "ValidationError");
    DYNR_ASSERT(f.response.reasons[0].message.len > 0);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(2)), "");
    fixture_close(&f);
}

static void requests_are_checked(void)
{
    static struct dynr_request operations[101];
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    operations[0] = put_request(ITEM(1, 1));
    operations[1] = delete_request(KEY(1));
    struct dynr_request request = transaction(operations, 2);
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Transaction request cannot include multiple operations on one item");
    request.n_operations = 0;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request.n_operations = 101;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request.n_operations = 1;
    operations[0] = get_request(KEY(1));
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    operations[0] = put_request(ITEM(1, 1));
    operations[0].table = TEXT("none");
    (void)fixture_fails(&f, &request, DYNR_ERR_NO_TABLE, "Requested resource not found");
    fixture_close(&f);
}

static void a_token_makes_repetition_harmless(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request operation =
        update_request(KEY(1), "ADD v :one", "{\":one\":{\"N\":\"1\"}}");
    struct dynr_request request = transaction(&operation, 1);
    request.client_token = TEXT("token-1");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(1)), ITEM(1, 1));
    operation.values = TEXT("{\":one\":{\"N\":\"2\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_IDEMPOTENT_MISMATCH);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(1)), ITEM(1, 1));
    f.clock.now_ms += 10 * 60 * 1000;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(1)), ITEM(1, 3));
    fixture_close(&f);
}

static void a_cancelled_transaction_leaves_its_token_free(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request operation = put_request(ITEM(1, 1));
    operation.condition = TEXT("attribute_exists(pk)");
    struct dynr_request request = transaction(&operation, 1);
    request.client_token = TEXT("token-1");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_TRANSACTION_CANCELED);
    fixture_put(&f, ITEM(1, 7));
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY(1)), ITEM(1, 1));
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(all_operations_happen_together),
        DYNR_TEST(one_failed_condition_cancels_all),
        DYNR_TEST(an_update_that_cannot_apply_is_a_reason),
        DYNR_TEST(requests_are_checked),
        DYNR_TEST(a_token_makes_repetition_harmless),
        DYNR_TEST(a_cancelled_transaction_leaves_its_token_free),
    };
    return dynr_test_main("local-transaction", tests, DYNR_TEST_COUNT(tests));
}
