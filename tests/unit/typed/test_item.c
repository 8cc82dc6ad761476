/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item codec: round trips, every order and spacing of valid DynamoDB JSON, every class of malformed text.
 */
#include <stdio.h>

#include "ddb/attribute.h"
#include "random_everything.h"
#include "test_main.h"
#include "typed/decode_item.h"
#include "typed/validate.h"

#define ROUNDS 2000

/* Item texts in tests are written with ' for ". */
static struct dynr_str quoted(struct dynr_arena *arena, const char *text)
{
    struct dynr_str copy = dynr_arena_dup(arena, dynr_str_from_c(text));
    char *bytes = dynr_arena_text(arena, copy.len + 1);
    for (size_t i = 0; i < copy.len; i++) {
        bytes[i] = copy.ptr[i] == '\'' ? '"' : copy.ptr[i];
    }
    return dynr_str_make(bytes, copy.len);
}

/* In memory of exactly its size, so that sanitizers see every byte read behind it. */
static char *exact_copy(struct dynr_str text)
{
    char *copy = malloc(text.len == 0 ? 1 : text.len);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

static void encodes_and_decodes_random_structs(void)
{
    struct dynr_test_random random = {7};
    for (size_t round = 0; round < ROUNDS; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf first = {0};
        struct dynr_buf second = {0};
        struct dynr_error err = {0};
        struct everything value;
        struct everything back;
        random_everything(&random, &arena, &value);
        bool good =
            DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &value, &err), DYNR_OK) &&
            DYNR_ASSERT_STATUS(dynr_encode_item(&everything_desc, &value, &first, &err), DYNR_OK);
        char *text = exact_copy(dynr_buf_str(&first));
        good =
            good &&
            DYNR_ASSERT_STATUS(dynr_decode_item(&everything_desc, dynr_str_make(text, first.len),
                                                &arena, &back, &err),
                               DYNR_OK) &&
            DYNR_ASSERT_STATUS(dynr_encode_item(&everything_desc, &back, &second, &err), DYNR_OK) &&
            DYNR_ASSERT_MEM(second.ptr, second.len, first.ptr, first.len) &&
            DYNR_ASSERT(dynr_value_compare(&type_decimal, &value.decimal, &back.decimal) == 0) &&
            DYNR_ASSERT_INT(back.timestamp.ms, value.timestamp.ms) &&
            DYNR_ASSERT_DOUBLE(back.number, value.number);
        if (!good) {
            (void)fprintf(stderr, "round %zu: %s %s\n", round, err.field, err.message);
        }
        free(text);
        dynr_buf_cleanup(&first);
        dynr_buf_cleanup(&second);
        dynr_arena_cleanup(&arena);
        if (!good) {
            return;
        }
    }
}

/* The same members in another order, with white space, and with attributes that nobody knows. */
static void shuffle(struct dynr_attribute *item, struct dynr_test_random *random)
{
    for (size_t i = item->n_children; i > 1; i--) {
        size_t j = dynr_test_random_below(random, i);
        if (item->type == DYNR_ATTRIBUTE_M) {
            struct dynr_attribute_member swapped = item->members[i - 1];
            item->members[i - 1] = item->members[j];
            item->members[j] = swapped;
        }
    }
    for (size_t i = 0; i < item->n_children; i++) {
        if (item->type == DYNR_ATTRIBUTE_M) {
            shuffle(&item->members[i].value, random);
        } else if (item->type == DYNR_ATTRIBUTE_L) {
            shuffle(&item->elements[i], random);
        }
    }
}

static void append_spaced(struct dynr_buf *out, struct dynr_str text,
                          struct dynr_test_random *random)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool structural = i > 0 && strchr("{}[]:,", text.ptr[i - 1]) != NULL;
        if (!in_string && structural && dynr_test_random_below(random, 3) == 0) {
            dynr_buf_append_c(out, " \n\t");
        }
        dynr_buf_append_char(out, c);
        if (in_string && c == '\\') {
            dynr_buf_append_char(out, text.ptr[++i]);
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && c == '{' && i == 0) {
            dynr_buf_append_c(out, "\"unknown\":{\"M\":{\"x\":{\"L\":[{\"NULL\":true}]}}},");
        }
    }
}

static bool decodes_alike(struct dynr_str text, struct dynr_str expected, struct dynr_arena *arena)
{
    struct everything value;
    struct dynr_buf again = {0};
    struct dynr_error err = {0};
    char *copy = exact_copy(text);
    bool good =
        DYNR_ASSERT_STATUS(
            dynr_decode_item(&everything_desc, dynr_str_make(copy, text.len), arena, &value, &err),
            DYNR_OK) &&
        DYNR_ASSERT_STATUS(dynr_encode_item(&everything_desc, &value, &again, &err), DYNR_OK) &&
        DYNR_ASSERT_MEM(again.ptr, again.len, expected.ptr, expected.len);
    if (!good) {
        (void)fprintf(stderr, "%s: %s\n", err.field, err.message);
    }
    free(copy);
    dynr_buf_cleanup(&again);
    return good;
}

static void accepts_any_order_and_spacing(void)
{
    struct dynr_test_random random = {11};
    bool good = true;
    for (size_t round = 0; round < 300 && good; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf canonical = {0};
        struct dynr_buf shuffled = {0};
        struct dynr_buf spaced = {0};
        struct dynr_error err = {0};
        struct dynr_attribute item;
        struct everything value;
        random_everything(&random, &arena, &value);
        /* Maps keep their order, which the shuffle would change. */
        value.scores.n_items = value.scores.n_items > 1 ? 1 : value.scores.n_items;
        dynr_encode_item(&everything_desc, &value, &canonical, &err);
        good = DYNR_ASSERT_STATUS(dynr_item_parse(dynr_buf_str(&canonical), &arena, &item, &err),
                                  DYNR_OK);
        if (good) {
            shuffle(&item, &random);
            dynr_item_write(&item, &shuffled);
            append_spaced(&spaced, dynr_buf_str(&shuffled), &random);
            good = decodes_alike(dynr_buf_str(&shuffled), dynr_buf_str(&canonical), &arena) &&
                   decodes_alike(dynr_buf_str(&spaced), dynr_buf_str(&canonical), &arena);
        }
        dynr_buf_cleanup(&canonical);
        dynr_buf_cleanup(&shuffled);
        dynr_buf_cleanup(&spaced);
        dynr_arena_cleanup(&arena);
    }
}

static void learns_the_order_of_items(void)
{
    struct dynr_arena arena = {0};
    struct dynr_field_order order;
    struct step step;
    dynr_field_order_init(&order);
    struct dynr_str text = quoted(
        &arena, "{'weight':{'N':'7'},'other':{'S':'x'},'done':{'BOOL':true},'label':{'S':'l'}}");
    for (int i = 0; i < 3; i++) {
        DYNR_ASSERT_STATUS(dynr_decode_item_ordered(&step_desc, text, &order, &arena, &step, NULL),
                           DYNR_OK);
        DYNR_ASSERT(step.has_weight && step.weight == 7 && step.done);
        DYNR_ASSERT_STR(step.label, "l");
    }
    DYNR_ASSERT_INT(order.after[0], 2);
    DYNR_ASSERT_INT(order.after[3], 1);
    DYNR_ASSERT_INT(order.after[2], 0);
    dynr_arena_cleanup(&arena);
}

static void refuses_what_is_no_item(void)
{
    static const struct {
        const char *text;
        enum dynr_status status;
        const char *field;
    } cases[] = {
        {"", DYNR_ERR_SYNTAX, ""},
        {"{", DYNR_ERR_SYNTAX, ""},
        {"[]", DYNR_ERR_SYNTAX, ""},
        {"{}", DYNR_ERR_MISSING, "label"},
        {"{'label':{'S':'x'}}", DYNR_OK, ""},
        {"{'label':{'S':'x'}} ", DYNR_OK, ""},
        {"{'label':{'S':'x'}}}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'},}", DYNR_ERR_SYNTAX, ""},
        {"{,'label':{'S':'x'}}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'x", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'x\\q'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'x\\ud800'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'\x01'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'\xff'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'x','N':'1'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'Q':'x'}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'N':'1'}}", DYNR_ERR_TYPE, "label"},
        {"{'label':{'NULL':true}}", DYNR_ERR_TYPE, "label"},
        {"{'label':{'NULL':false}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':1}}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':'x'}", DYNR_ERR_SYNTAX, "label"},
        {"{'label':{'S':'x'},'label':{'S':'y'}}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'},'label' :{'S':'y'}}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'},'weight':{'NULL':true}}", DYNR_OK, ""},
        {"{'label':{'S':'x'},'weight':{'N':'1.5'}}", DYNR_ERR_TYPE, "weight"},
        {"{'label':{'S':'x'},'weight':{'N':'2147483648'}}", DYNR_ERR_TYPE, "weight"},
        {"{'label':{'S':'x'},'weight':{'N':'2147483647'}}", DYNR_OK, ""},
        {"{'label':{'S':'x'},'weight':{'N':'1e3'}}", DYNR_OK, ""},
        {"{'label':{'S':'x'},'weight':{'N':''}}", DYNR_ERR_TYPE, "weight"},
        {"{'label':{'S':'x'},'weight':{'N':'01'}}", DYNR_ERR_TYPE, "weight"},
        {"{'label':{'S':'x'},'done':{'BOOL':tru}}", DYNR_ERR_SYNTAX, "done"},
        {"{'label':{'S':'x'},'other':{'S':}}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'},'other':5}", DYNR_OK, ""},
        {"{'label':{'S':'x'},:}", DYNR_ERR_SYNTAX, ""},
        {"{'label':{'S':'x'},'' : {'S':'x'}}", DYNR_OK, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_arena arena = {0};
        struct dynr_error err = {0};
        struct step step;
        struct dynr_str text = quoted(&arena, cases[i].text);
        char *copy = exact_copy(text);
        enum dynr_status status =
            dynr_decode_item(&step_desc, dynr_str_make(copy, text.len), &arena, &step, &err);
        if (!DYNR_ASSERT_STATUS(status, cases[i].status) ||
            !DYNR_ASSERT_STR(dynr_str_from_c(err.field), cases[i].field)) {
            (void)fprintf(stderr, "%s: %s\n", cases[i].text, err.message);
        }
        free(copy);
        dynr_arena_cleanup(&arena);
    }
}

static void every_cut_of_an_item_is_refused(void)
{
    struct dynr_test_random random = {5};
    struct dynr_arena arena = {0};
    struct dynr_buf text = {0};
    struct everything value;
    random_everything(&random, &arena, &value);
    dynr_encode_item(&everything_desc, &value, &text, NULL);
    for (size_t len = 0; len < text.len; len++) {
        char *copy = exact_copy(dynr_str_make(text.ptr, len));
        struct everything back;
        enum dynr_status status =
            dynr_decode_item(&everything_desc, dynr_str_make(copy, len), &arena, &back, NULL);
        free(copy);
        if (!DYNR_ASSERT_STATUS(status, DYNR_ERR_SYNTAX)) {
            break;
        }
    }
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&arena);
}

static void names_the_path_of_a_failure(void)
{
    struct dynr_arena arena = {0};
    struct dynr_test_random random = {3};
    struct dynr_error err = {0};
    struct dynr_buf buf = {0};
    struct everything value;
    struct step steps[3] = {{.label = {"a", 1}}, {.label = {"b", 1}}, {.label = {"c", 1}}};
    random_everything(&random, &arena, &value);
    value.steps.items = steps;
    value.steps.n_items = 3;
    dynr_encode_item(&everything_desc, &value, &buf, &err);
    /* The third label becomes a number. */
    struct dynr_str text = dynr_arena_dup(&arena, dynr_buf_str(&buf));
    char *third = strstr(buf.ptr, "\"label\":{\"S\":\"c\"");
    char *bytes = (char *)(uintptr_t)text.ptr + (third - buf.ptr);
    bytes[10] = 'N';
    DYNR_ASSERT_STATUS(dynr_decode_item(&everything_desc, text, &arena, &value, &err),
                       DYNR_ERR_TYPE);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "steps[2].label");
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "must be stored as S, is N");
    dynr_buf_cleanup(&buf);
    dynr_arena_cleanup(&arena);
}

static void absent_members_get_what_they_have_then(void)
{
    struct dynr_arena arena = {0};
    struct dynr_test_random random = {9};
    struct dynr_buf buf = {0};
    struct dynr_attribute item;
    struct everything value;
    struct everything back;
    random_everything(&random, &arena, &value);
    dynr_encode_item(&everything_desc, &value, &buf, NULL);
    dynr_item_parse(dynr_buf_str(&buf), &arena, &item, NULL);
    static const struct {
        const char *removed;
        enum dynr_status status;
    } cases[] = {{"title", DYNR_OK},          {"priority", DYNR_OK},
                 {"labels", DYNR_OK},         {"email", DYNR_OK},
                 {"words", DYNR_ERR_MISSING}, {"scores", DYNR_ERR_MISSING},
                 {"id", DYNR_ERR_MISSING},    {"step", DYNR_ERR_MISSING}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_attribute less = item;
        struct dynr_error err = {0};
        less.members = dynr_arena_calloc(&arena, item.n_children, sizeof *less.members);
        less.n_children = 0;
        for (size_t j = 0; j < item.n_children; j++) {
            if (!dynr_str_equal_c(item.members[j].name, cases[i].removed)) {
                less.members[less.n_children++] = item.members[j];
            }
        }
        struct dynr_buf written = {0};
        dynr_item_write(&less, &written);
        struct dynr_str text = dynr_arena_dup(&arena, dynr_buf_str(&written));
        dynr_buf_cleanup(&written);
        enum dynr_status status = dynr_decode_item(&everything_desc, text, &arena, &back, &err);
        DYNR_ASSERT_STATUS(status, cases[i].status);
        if (status == DYNR_ERR_MISSING) {
            DYNR_ASSERT_STR(dynr_str_from_c(err.field), cases[i].removed);
        } else if (strcmp(cases[i].removed, "title") == 0) {
            DYNR_ASSERT_STR(back.title, "untitled");
            DYNR_ASSERT_INT(back.priority, value.priority);
        } else if (strcmp(cases[i].removed, "priority") == 0) {
            DYNR_ASSERT_INT(back.priority, PRIORITY_NORMAL);
        } else {
            DYNR_ASSERT(back.labels.n_items == 0 || !back.has_email);
        }
    }
    dynr_buf_cleanup(&buf);
    dynr_arena_cleanup(&arena);
}

static void unknown_tags_decode_to_zero(void)
{
    static const struct dynr_field_desc fields[] = {
        {"p", "p", 1, 1, 0, 0, DYNR_REQUIRED, &type_priority}};
    static const struct dynr_struct_desc desc = {
        .name = "one", .size = sizeof(int), .fields = fields, .n_fields = 1};
    struct dynr_arena arena = {0};
    int tag = 5;
    struct dynr_str text = quoted(&arena, "{'p':{'N':'99'}}");
    DYNR_ASSERT_STATUS(dynr_decode_item(&desc, text, &arena, &tag, NULL), DYNR_OK);
    DYNR_ASSERT_INT(tag, 0);
    text = quoted(&arena, "{'p':{'N':'3.0'}}");
    DYNR_ASSERT_STATUS(dynr_decode_item(&desc, text, &arena, &tag, NULL), DYNR_OK);
    DYNR_ASSERT_INT(tag, PRIORITY_HIGH);
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_enum_name(&priority_desc, 3)), "high");
    DYNR_ASSERT(dynr_enum_name(&priority_desc, 0) == NULL);
    DYNR_ASSERT(dynr_enum_tag(&priority_desc, dynr_str_from_c("normal"), &tag) && tag == 2);
    DYNR_ASSERT(!dynr_enum_tag(&priority_desc, dynr_str_from_c("norma"), &tag));
    dynr_arena_cleanup(&arena);
}

static void memory_that_runs_out_is_reported(void)
{
    struct dynr_test_random random = {21};
    struct dynr_arena values = {0};
    struct dynr_buf text = {0};
    struct everything value;
    random_everything(&random, &values, &value);
    value.title = dynr_str_from_c("quotes \" and \\ to unescape");
    dynr_encode_item(&everything_desc, &value, &text, NULL);
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    for (size_t n = 1; status != DYNR_OK && n < 1000; n++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct dynr_buf out;
        struct everything back;
        dynr_test_memory_init(&memory, n);
        dynr_arena_init(&arena, &memory.allocator, 0);
        dynr_buf_init(&out, &memory.allocator, 0);
        status = dynr_decode_item(&everything_desc, dynr_buf_str(&text), &arena, &back, NULL);
        if (status == DYNR_OK) {
            status = dynr_encode_item(&everything_desc, &back, &out, NULL);
        }
        DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_NO_MEMORY);
        dynr_arena_cleanup(&arena);
        dynr_buf_cleanup(&out);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&values);
}

static void numbers_are_exact(void)
{
    static const struct dynr_field_desc fields[] = {
        {"n", "n", 1, 1, 0, 0, DYNR_REQUIRED, &type_decimal}};
    static const struct dynr_struct_desc desc = {
        .name = "one", .size = sizeof(struct dynr_decimal), .fields = fields, .n_fields = 1};
    static const char *const cases[][2] = {
        {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
        {"123456789012345678901234567890123456789", NULL},
        {"1.50", "1.5"},
        {"0.1", "0.1"},
        {"-0", "0"},
        {"1e2", "100"},
        {"00", "0"},
        {"x", NULL},
        {"-12.25", "-12.25"},
        {"1.", "1"},
        {"1000", "1000"},
        {"9e126", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_arena arena = {0};
        struct dynr_decimal out = {{NULL, 0}};
        struct dynr_str text = dynr_arena_printf(&arena, "{\"n\":{\"N\":\"%s\"}}", cases[i][0]);
        enum dynr_status status = dynr_decode_item(&desc, text, &arena, &out, NULL);
        if (cases[i][1] == NULL) {
            DYNR_ASSERT_STATUS(status, DYNR_ERR_TYPE);
        } else if (DYNR_ASSERT_STATUS(status, DYNR_OK)) {
            DYNR_ASSERT_STR(out.text, cases[i][1]);
        }
        dynr_arena_cleanup(&arena);
    }
}

static void structs_may_have_many_members(void)
{
    enum {
        N = 150
    };
    static char names[N][8];
    static struct dynr_field_desc fields[N];
    struct dynr_struct_desc desc = {
        .name = "many", .size = N * sizeof(int64_t), .fields = fields, .n_fields = N};
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct dynr_buf text = {0};
    struct dynr_buf again = {0};
    int64_t values[N];
    int64_t back[N];
    for (uint32_t i = 0; i < N; i++) {
        uint16_t len = (uint16_t)snprintf(names[i], sizeof names[i], "f%u", i);
        struct dynr_field_desc field = {names[i],      names[i],   len,
                                        len,           0,          i * (uint32_t)sizeof(int64_t),
                                        DYNR_REQUIRED, &type_int64};
        fields[i] = field;
        values[i] = i;
    }
    dynr_encode_item(&desc, values, &text, &err);
    DYNR_ASSERT_STATUS(dynr_decode_item(&desc, dynr_buf_str(&text), &arena, back, &err), DYNR_OK);
    DYNR_ASSERT_MEM(back, sizeof back, values, sizeof values);
    /* One at the end is missing; one stands there twice. */
    desc.n_fields = N - 1;
    dynr_encode_item(&desc, values, &again, &err);
    desc.n_fields = N;
    DYNR_ASSERT_STATUS(dynr_decode_item(&desc, dynr_buf_str(&again), &arena, back, &err),
                       DYNR_ERR_MISSING);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "f149");
    text.len--;
    dynr_buf_append_c(&text, ",\"f120\":{\"N\":\"1\"}}");
    DYNR_ASSERT_STATUS(dynr_decode_item(&desc, dynr_buf_str(&text), &arena, back, &err),
                       DYNR_ERR_SYNTAX);
    dynr_buf_cleanup(&text);
    dynr_buf_cleanup(&again);
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(encodes_and_decodes_random_structs),
        DYNR_TEST(accepts_any_order_and_spacing),
        DYNR_TEST(learns_the_order_of_items),
        DYNR_TEST(refuses_what_is_no_item),
        DYNR_TEST(every_cut_of_an_item_is_refused),
        DYNR_TEST(names_the_path_of_a_failure),
        DYNR_TEST(absent_members_get_what_they_have_then),
        DYNR_TEST(unknown_tags_decode_to_zero),
        DYNR_TEST(memory_that_runs_out_is_reported),
        DYNR_TEST(numbers_are_exact),
        DYNR_TEST(structs_may_have_many_members),
    };
    return dynr_test_main("typed-item", tests, DYNR_TEST_COUNT(tests));
}
