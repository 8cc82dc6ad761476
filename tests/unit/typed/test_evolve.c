/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that were stored before their model had a field with a default, or a uniqueness rule.
 */
#include "model.h"
#include "test_main.h"
#include "typed/key.h"

struct gadget_key {
    struct dynr_str id;
};
struct gadget {
    struct dynr_str id;
    struct dynr_str name;
    int32_t stock;
    int64_t points;
    struct dynr_decimal price;
    struct dynr_str group;
};
enum {
    GADGET_ID,
    GADGET_NAME,
    GADGET_STOCK,
    GADGET_POINTS,
    GADGET_PRICE,
    GADGET_GROUP
};

static void set_gadget_defaults(void *object)
{
    struct gadget *gadget = object;
    gadget->stock = 5;
    gadget->points = 7;
    gadget->price.text = dynr_str_from_c("1.5");
    gadget->group = dynr_str_from_c("misc");
}

static const struct dynr_type_desc type_stock = {
    .kind = DYNR_KIND_INT32, .has_low = true, .low = 3, .has_high = true, .high = 20};

static const struct dynr_field_desc gadget_key_fields[] = {
    TEST_FIELD(gadget_key, id, type_string, 0)};
static const struct dynr_struct_desc gadget_key_desc =
    TEST_STRUCT(gadget_key, gadget_key_fields, NULL);
static const struct dynr_field_desc gadget_fields[] = {
    TEST_FIELD(gadget, id, type_string, 0),
    TEST_FIELD(gadget, name, type_string, 0),
    TEST_FIELD(gadget, stock, type_stock, DYNR_FIELD_DEFAULT),
    TEST_FIELD(gadget, points, type_int64, DYNR_FIELD_DEFAULT),
    TEST_FIELD(gadget, price, type_decimal, DYNR_FIELD_DEFAULT),
    TEST_FIELD(gadget, group, type_string, DYNR_FIELD_DEFAULT),
};
static const struct dynr_struct_desc gadget_desc =
    TEST_STRUCT(gadget, gadget_fields, set_gadget_defaults);
static const struct dynr_index_desc gadget_index = {"gsi1", "gsi1pk",         "gsi1sk", 'S', 'S',
                                                    false,  DYNR_PROJECT_ALL, NULL,     0};
KEY(gadget_pk, "pk", VALUE("GADGET#", gadget, id, type_string));
KEY(gadget_sk, "sk", LITERAL("GADGET"));
KEY(group_pk, "gsi1pk", VALUE("GROUP#", gadget, group, type_string));
KEY(group_sk, "gsi1sk", VALUE("NAME#", gadget, name, type_string));
KEY(name_pk, "pk", VALUE("UNIQUE#GADGET#", gadget, name, type_string));
KEY(name_sk, "sk", LITERAL("UNIQUE"));
static const struct dynr_index_key gadget_index_keys[] = {{&gadget_index, &group_pk, &group_sk}};
static const struct dynr_unique_desc gadget_uniques[] = {{"name", &name_pk, &name_sk}};
/* Without the uniqueness rule, and with it. */
static const struct dynr_entity_desc plain_entity = {"Gadget",
                                                     "GADGET",
                                                     &app_table,
                                                     &gadget_desc,
                                                     &gadget_key_desc,
                                                     &gadget_pk,
                                                     &gadget_sk,
                                                     gadget_index_keys,
                                                     1,
                                                     NULL,
                                                     0,
                                                     NULL,
                                                     0,
                                                     DYNR_NO_FIELD,
                                                     DYNR_NO_FIELD,
                                                     DYNR_NO_FIELD,
                                                     DYNR_NO_FIELD};
static const struct dynr_entity_desc gadget_entity = {"Gadget",
                                                      "GADGET",
                                                      &app_table,
                                                      &gadget_desc,
                                                      &gadget_key_desc,
                                                      &gadget_pk,
                                                      &gadget_sk,
                                                      gadget_index_keys,
                                                      1,
                                                      gadget_uniques,
                                                      1,
                                                      NULL,
                                                      0,
                                                      DYNR_NO_FIELD,
                                                      DYNR_NO_FIELD,
                                                      DYNR_NO_FIELD,
                                                      DYNR_NO_FIELD};

static struct app app;
static const struct gadget lamp = {.id = {"1", 1}};

static void setup(void)
{
    app_open(&app);
    app_put_item(
        &app, "app",
        "{\"pk\":{\"S\":\"GADGET#1\"},\"sk\":{\"S\":\"GADGET\"},\"_et\":{\"S\":\"GADGET\"},"
        "\"id\":{\"S\":\"1\"},\"name\":{\"S\":\"lamp\"}}");
}

static struct gadget read_lamp(void)
{
    struct gadget read = {0};
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &gadget_entity, &lamp, &gadget_desc, 0, &app.arena,
                                    &read, &app.err),
                       DYNR_OK);
    return read;
}

static enum dynr_status change(const struct dynr_entity_desc *entity, uint16_t field,
                               enum dynr_change_kind kind, const void *value,
                               const struct dynr_expect *expect, struct gadget *out)
{
    struct dynr_change change = {field, kind, value};
    return dynr_row_update(app.client, entity, &lamp, &change, 1, expect, &app.arena, out,
                           &app.err);
}

static void sums_begin_at_the_default(void)
{
    setup();
    struct gadget after = read_lamp();
    int64_t three = 3;
    DYNR_ASSERT_INT(after.points, 7);
    for (int i = 1; i <= 2; i++) {
        DYNR_ASSERT_STATUS(
            change(&plain_entity, GADGET_POINTS, DYNR_CHANGE_ADD, &three, NULL, &after), DYNR_OK);
        DYNR_ASSERT_INT(after.points, 7 + 3 * i);
        DYNR_ASSERT_INT(read_lamp().points, 7 + 3 * i);
    }
    int64_t too_much = INT64_MAX - 6;
    app_close(&app);
    setup();
    DYNR_ASSERT_STATUS(change(&plain_entity, GADGET_POINTS, DYNR_CHANGE_ADD, &too_much, NULL, NULL),
                       DYNR_ERR_RANGE);
    struct dynr_decimal half = {dynr_str_from_c("0.5")};
    DYNR_ASSERT_STATUS(change(&plain_entity, GADGET_PRICE, DYNR_CHANGE_ADD, &half, NULL, &after),
                       DYNR_OK);
    DYNR_ASSERT_STR(after.price.text, "2");
    app_close(&app);
}

static void sums_of_the_default_stay_within_their_bounds(void)
{
    setup();
    static const struct {
        int32_t delta;
        enum dynr_status status;
        int32_t stock;
    } cases[] = {
        {16, DYNR_ERR_RANGE, 5}, {-3, DYNR_ERR_RANGE, 5}, {INT32_MAX, DYNR_ERR_RANGE, 5},
        {-2, DYNR_OK, 3},        {17, DYNR_OK, 20},       {1, DYNR_ERR_RANGE, 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DYNR_ASSERT_STATUS(
            change(&plain_entity, GADGET_STOCK, DYNR_CHANGE_ADD, &cases[i].delta, NULL, NULL),
            cases[i].status);
        DYNR_ASSERT_INT(read_lamp().stock, cases[i].stock);
    }
    app_close(&app);
}

static void what_was_read_as_the_default_is_unchanged(void)
{
    setup();
    static const uint16_t fields[] = {GADGET_POINTS, GADGET_STOCK, GADGET_GROUP, GADGET_PRICE};
    struct gadget seen = read_lamp();
    struct dynr_expect expect = {
        .unchanged_row = &seen, .unchanged_fields = fields, .n_unchanged_fields = 4};
    int64_t points = seen.points + 1;
    DYNR_ASSERT_STATUS(
        change(&plain_entity, GADGET_POINTS, DYNR_CHANGE_SET, &points, &expect, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(
        change(&plain_entity, GADGET_POINTS, DYNR_CHANGE_SET, &points, &expect, NULL),
        DYNR_ERR_CONFLICT);
    /* An absent attribute is the default only: nothing else was seen. */
    seen.points = points;
    seen.stock = 6;
    DYNR_ASSERT_STATUS(
        change(&plain_entity, GADGET_POINTS, DYNR_CHANGE_SET, &points, &expect, NULL),
        DYNR_ERR_CONFLICT);
    app_close(&app);
}

static void index_keys_are_made_of_defaults(void)
{
    setup();
    struct dynr_str name = dynr_str_from_c("torch");
    struct dynr_str key = {NULL, 0};
    dynr_entity_key_json(&gadget_entity, &lamp, &app.arena, &key, &app.err);
    DYNR_ASSERT_STATUS(change(&plain_entity, GADGET_NAME, DYNR_CHANGE_SET, &name, NULL, NULL),
                       DYNR_OK);
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "gsi1pk"), "GROUP#misc");
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "gsi1sk"), "NAME#torch");
    app_close(&app);
}

static void rows_can_move_whose_defaults_are_not_stored(void)
{
    setup();
    struct dynr_str id = dynr_str_from_c("2");
    struct gadget after;
    DYNR_ASSERT_STATUS(change(&gadget_entity, GADGET_ID, DYNR_CHANGE_SET, &id, NULL, &after),
                       DYNR_OK);
    DYNR_ASSERT_STR(after.id, "2");
    DYNR_ASSERT_INT(after.points, 7);
    /* The row, and the guard that it did not have. */
    DYNR_ASSERT_INT(app_count(&app, "app"), 2);
    app_close(&app);
}

static void unique_values_without_a_guard_can_change(void)
{
    setup();
    struct dynr_str name = dynr_str_from_c("torch");
    struct gadget after;
    DYNR_ASSERT_STATUS(change(&gadget_entity, GADGET_NAME, DYNR_CHANGE_SET, &name, NULL, &after),
                       DYNR_OK);
    DYNR_ASSERT_STR(after.name, "torch");
    DYNR_ASSERT_INT(app_count(&app, "app"), 2);
    DYNR_ASSERT_STATUS(
        dynr_row_delete(app.client, &gadget_entity, &lamp, NULL, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), 0);
    app_close(&app);
}

static void rows_without_their_guard_can_be_deleted(void)
{
    setup();
    DYNR_ASSERT_STATUS(
        dynr_row_delete(app.client, &gadget_entity, &lamp, NULL, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), 0);
    app_close(&app);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(sums_begin_at_the_default),
        DYNR_TEST(sums_of_the_default_stay_within_their_bounds),
        DYNR_TEST(what_was_read_as_the_default_is_unchanged),
        DYNR_TEST(index_keys_are_made_of_defaults),
        DYNR_TEST(rows_can_move_whose_defaults_are_not_stored),
        DYNR_TEST(unique_values_without_a_guard_can_change),
        DYNR_TEST(rows_without_their_guard_can_be_deleted),
    };
    return dynr_test_main("typed-evolve", tests, DYNR_TEST_COUNT(tests));
}
