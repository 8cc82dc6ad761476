/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item decoder's short ways against its long ones. White space after every bracket, colon and comma sends a text the long
 * way, so a text and its spaced twin must decode alike, valid or not; and what a short form takes, the parsers of the base
 * layer must take as well, with the same value.
 */
#include <stdio.h>

#include "base/number_text.h"
#include "random_everything.h"
#include "test_main.h"
#include "typed/decode_item.h"
#include "typed/scalar.h"

/* More lines than are read before the decoder learns, and fields that it can and cannot keep. */
struct line {
    struct dynr_str sku;
    bool has_quantity;
    int32_t quantity;
    struct dynr_decimal price;
    bool has_taxed;
    bool taxed;
    struct strings labels;
    bool has_note;
    struct dynr_str a_name_that_is_longer_than_what_is_kept;
    bool has_step;
    struct step step;
    struct user_key owner;
    struct dynr_timestamp added;
};
static const struct dynr_type_desc type_added = {.kind = DYNR_KIND_TIMESTAMP};
static const struct dynr_field_desc line_fields[] = {
    TEST_FIELD(line, sku, type_label, 0),
    TEST_OPTIONAL(line, quantity, type_int32, 0),
    TEST_FIELD(line, price, type_decimal, 0),
    TEST_OPTIONAL(line, taxed, type_bool, 0),
    TEST_FIELD(line, labels, type_labels, 0),
    {"note", "a_name_that_is_longer_than_what_is_kept", 4, 39, 0,
     offsetof(struct line, a_name_that_is_longer_than_what_is_kept),
     offsetof(struct line, has_note), &type_string},
    TEST_OPTIONAL(line, step, type_step, 0),
    TEST_FIELD(line, owner, type_user_ref, 0),
    TEST_FIELD(line, added, type_added, 0),
};
static const struct dynr_struct_desc line_desc = TEST_STRUCT(line, line_fields, NULL);
static const struct dynr_type_desc type_line = {.kind = DYNR_KIND_STRUCT, .structure = &line_desc};

struct lines {
    struct line *items;
    size_t n_items;
};
static const struct dynr_type_desc type_lines = {
    .kind = DYNR_KIND_LIST, .element = &type_line, .element_size = sizeof(struct line)};
struct named_line {
    struct dynr_str key;
    struct line value;
};
static const struct dynr_type_desc type_named_lines = {.kind = DYNR_KIND_MAP,
                                                       .element = &type_line,
                                                       .element_size = sizeof(struct named_line),
                                                       .value_offset =
                                                           offsetof(struct named_line, value)};
struct named_lines {
    struct named_line *items;
    size_t n_items;
};
struct sheet {
    struct dynr_str title;
    struct lines lines;
    struct named_lines named;
};
static const struct dynr_field_desc sheet_fields[] = {
    TEST_FIELD(sheet, title, type_string, 0),
    TEST_FIELD(sheet, lines, type_lines, 0),
    TEST_FIELD(sheet, named, type_named_lines, 0),
};
static const struct dynr_struct_desc sheet_desc = TEST_STRUCT(sheet, sheet_fields, NULL);

static struct dynr_str random_choice(struct dynr_test_random *random, const char *const *texts,
                                     size_t n_texts)
{
    return dynr_str_from_c(texts[dynr_test_random_below(random, n_texts)]);
}

static struct dynr_str random_number(struct dynr_test_random *random)
{
    static const char *const numbers[] = {"0",
                                          "7",
                                          "-3",
                                          "12.5",
                                          "0.5",
                                          "-0.25",
                                          "1234567",
                                          "12345678",
                                          "123456789012.25",
                                          "1234567890123456789012345678.9"};
    return random_choice(random, numbers, sizeof numbers / sizeof numbers[0]);
}

/* Letters, and at times something that needs a second look; as long as it takes to pass the bounds of the short form. */
static struct dynr_str random_words(struct dynr_test_random *random, struct dynr_arena *arena)
{
    if (dynr_test_random_below(random, 6) == 0) {
        return random_text(random, arena, 12);
    }
    size_t len = dynr_test_random_below(random, 70);
    char *text = dynr_arena_text(arena, len);
    memset(text, 'a', len);
    return dynr_str_make(text, len);
}

static struct line random_line(struct dynr_test_random *random, struct dynr_arena *arena)
{
    struct line line = {.sku = random_words(random, arena)};
    line.price.text = random_number(random);
    line.has_quantity = dynr_test_random_below(random, 4) != 0;
    line.quantity = (int32_t)dynr_test_random_below(random, 20000000) - 5000;
    line.has_taxed = dynr_test_random_below(random, 4) != 0;
    line.taxed = dynr_test_random_below(random, 2) != 0;
    line.has_note = dynr_test_random_below(random, 3) == 0;
    line.a_name_that_is_longer_than_what_is_kept = random_words(random, arena);
    line.has_step = dynr_test_random_below(random, 3) == 0;
    line.step.label = random_words(random, arena);
    line.owner.id = random_ulid(random);
    line.added.ms = (int64_t)dynr_test_random_below(random, INT64_C(4102444800000));
    line.labels.n_items = dynr_test_random_below(random, 3);
    line.labels.items = dynr_arena_calloc(arena, 2, sizeof(struct dynr_str));
    for (size_t i = 0; i < line.labels.n_items; i++) {
        line.labels.items[i] = dynr_arena_printf(arena, "label %zu", i);
    }
    return line;
}

static struct sheet random_sheet(struct dynr_test_random *random, struct dynr_arena *arena)
{
    struct sheet sheet = {.title = random_words(random, arena)};
    sheet.lines.n_items = dynr_test_random_below(random, 12);
    sheet.lines.items = dynr_arena_calloc(arena, 12, sizeof(struct line));
    for (size_t i = 0; i < sheet.lines.n_items; i++) {
        sheet.lines.items[i] = random_line(random, arena);
    }
    sheet.named.n_items = dynr_test_random_below(random, 8);
    sheet.named.items = dynr_arena_calloc(arena, 8, sizeof(struct named_line));
    for (size_t i = 0; i < sheet.named.n_items; i++) {
        sheet.named.items[i].key = dynr_arena_printf(arena, "k%zu", i);
        sheet.named.items[i].value = random_line(random, arena);
    }
    return sheet;
}

/* A part of the text is repeated, left out or written over; up to three times, or not at all. */
static struct dynr_str damaged(struct dynr_str text, struct dynr_test_random *random,
                               struct dynr_arena *arena)
{
    size_t n_damages = dynr_test_random_below(random, 4);
    for (size_t i = 0; i < n_damages && text.len > 0; i++) {
        size_t from = dynr_test_random_below(random, text.len);
        size_t len = dynr_test_random_below(random, 8) == 0 ? 60 : 1;
        len = len < text.len - from ? len : text.len - from;
        size_t to = dynr_test_random_below(random, 3) == 0 ? from + len : from;
        size_t rest = to == from && dynr_test_random_below(random, 2) == 0 ? from + len : to;
        char *bytes = dynr_arena_text(arena, text.len + len);
        memcpy(bytes, text.ptr, to);
        memcpy(bytes + to, text.ptr + from, len);
        if (dynr_test_random_below(random, 2) == 0) {
            bytes[to] = "{}[]:,\"\\ .-0159eEtfnX\x01\x80"[dynr_test_random_below(random, 23)];
        }
        memcpy(bytes + to + len, text.ptr + rest, text.len - rest);
        text = dynr_str_make(bytes, to + len + (text.len - rest));
        if (dynr_test_random_below(random, 20) == 0) {
            text.len = from;
        }
    }
    return text;
}

/* White space after everything that is not in a string and has a meaning of its own. */
static struct dynr_str spaced(struct dynr_str text, struct dynr_arena *arena)
{
    char *bytes = dynr_arena_text(arena, 2 * text.len);
    size_t len = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bytes[len++] = c;
        if (in_string && c == '\\' && i + 1 < text.len) {
            bytes[len++] = text.ptr[++i];
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && memchr("{}[]:,", c, 6) != NULL) {
            bytes[len++] = ' ';
        }
    }
    return dynr_str_make(bytes, len);
}

struct outcome {
    enum dynr_status status;
    char field[DYNR_ERROR_FIELD_SIZE];
    struct dynr_str again;
};

/* From memory of exactly its size, so that sanitizers see every byte read behind it. */
static struct outcome decode(struct dynr_str text, struct dynr_field_order *order,
                             struct dynr_arena *arena)
{
    struct outcome outcome = {0};
    struct dynr_error err = {0};
    struct dynr_buf again = {0};
    struct sheet sheet;
    char *copy = malloc(text.len == 0 ? 1 : text.len);
    memcpy(copy, text.ptr, text.len);
    outcome.status = dynr_decode_item_ordered(&sheet_desc, dynr_str_make(copy, text.len), order,
                                              arena, &sheet, &err);
    if (outcome.status == DYNR_OK) {
        DYNR_ASSERT_STATUS(dynr_encode_item(&sheet_desc, &sheet, &again, &err), DYNR_OK);
        outcome.again = dynr_arena_dup(arena, dynr_buf_str(&again));
    }
    memcpy(outcome.field, err.field, sizeof outcome.field);
    dynr_buf_cleanup(&again);
    free(copy);
    return outcome;
}

static bool alike(const struct outcome *found, const struct outcome *expected)
{
    return DYNR_ASSERT_STATUS(found->status, expected->status) &&
           DYNR_ASSERT_STR(dynr_str_from_c(found->field), expected->field) &&
           DYNR_ASSERT_MEM(found->again.ptr, found->again.len, expected->again.ptr,
                           expected->again.len);
}

static void spacing_changes_nothing(void)
{
    struct dynr_test_random random = {23};
    struct dynr_field_order order;
    size_t n_valid = 0;
    bool good = true;
    dynr_field_order_init(&order);
    for (size_t round = 0; round < 4000 && good; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf buf = {0};
        struct sheet sheet = random_sheet(&random, &arena);
        good = DYNR_ASSERT_STATUS(dynr_encode_item(&sheet_desc, &sheet, &buf, NULL), DYNR_OK);
        struct dynr_str text = damaged(dynr_buf_str(&buf), &random, &arena);
        struct outcome expected = decode(spaced(text, &arena), NULL, &arena);
        struct outcome alone = decode(text, NULL, &arena);
        struct outcome ordered = decode(text, &order, &arena);
        good = good && alike(&alone, &expected) && alike(&ordered, &expected);
        n_valid += expected.status == DYNR_OK;
        if (!good) {
            (void)fprintf(stderr, "round %zu: %.*s\n", round, (int)text.len, text.ptr);
        }
        dynr_buf_cleanup(&buf);
        dynr_arena_cleanup(&arena);
    }
    /* Neither nearly all nor nearly none. */
    DYNR_ASSERT(n_valid > 1000 && n_valid < 3000);
}

/* Optional fields that come and go, in any place, and fields that change places. */
static void lines_need_not_be_like_the_ones_before(void)
{
    static const char *const lines[] = {
        "'sku':{'S':'a'},'quantity':{'N':'1'},'price':{'N':'2.5'}",
        "'sku':{'S':'a'},'price':{'N':'2.5'}",
        "'price':{'N':'2.5'},'sku':{'S':'a'},'quantity':{'N':'1'}",
        "'sku':{'S':'a'},'new':{'M':{}},'quantity':{'N':'1'},'price':{'N':'2.5'}",
        "'sku':{'S':'a'},'quantity':{'NULL':true},'price':{'N':'2.5'}",
        "'sku':{'S':'\\u0061'},'price':{'N':'02.50'},'quantity':{'N':'1e0'}",
    };
    struct dynr_test_random random = {5};
    for (size_t round = 0; round < 300; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf text = {0};
        struct dynr_error err = {0};
        struct sheet sheet = {0};
        size_t kinds[10];
        dynr_buf_append_c(&text, "{'title':{'S':''},'named':{'M':{}},'lines':{'L':[");
        for (size_t i = 0; i < 10; i++) {
            kinds[i] = dynr_test_random_below(&random, i < 5 ? 2 : sizeof lines / sizeof lines[0]);
            dynr_buf_append_c(&text, i == 0 ? "{'M':{" : "}},{'M':{");
            dynr_buf_append_c(&text, lines[kinds[i]]);
            dynr_buf_append_c(&text, ",'owner':{'S':'0120K063R1B72GH8GQNEHPN093'}"
                                     ",'added':{'S':'2026-04-23T05:41:00.736Z'}");
        }
        dynr_buf_append_c(&text, "}}]}}");
        for (size_t i = 0; i < text.len; i++) {
            text.ptr[i] = text.ptr[i] == '\'' ? '"' : text.ptr[i];
        }
        bool good = DYNR_ASSERT_STATUS(
                        dynr_decode_item(&sheet_desc, dynr_buf_str(&text), &arena, &sheet, &err),
                        DYNR_OK) &&
                    DYNR_ASSERT_INT(sheet.lines.n_items, 10);
        for (size_t i = 0; good && i < 10; i++) {
            const struct line *line = &sheet.lines.items[i];
            bool has_quantity = kinds[i] != 1 && kinds[i] != 4;
            good = DYNR_ASSERT_STR(line->sku, "a") && DYNR_ASSERT_STR(line->price.text, "2.5") &&
                   DYNR_ASSERT(line->has_quantity == has_quantity) &&
                   DYNR_ASSERT_INT(line->quantity, has_quantity ? 1 : 0) &&
                   DYNR_ASSERT_INT(line->added.ms, INT64_C(1776922860736));
        }
        dynr_buf_cleanup(&text);
        dynr_arena_cleanup(&arena);
        if (!good) {
            (void)fprintf(stderr, "round %zu: %s %s\n", round, err.field, err.message);
            return;
        }
    }
}

/* ---- short forms against the parsers -------------------------------------------------------------------------- */

struct short_forms {
    size_t n_ints;
    size_t n_decimals;
    size_t n_timestamps;
};

/* `text` ends at a quote, in memory of exactly its size. */
static bool forms_agree(const char *text, size_t len, struct short_forms *taken)
{
    struct dynr_arena arena = {0};
    const char *end = text + len;
    const char *quote = memchr(text, '"', len);
    struct dynr_str value = dynr_str_make(text, (size_t)(quote - text));
    int64_t number = 0;
    int64_t parsed_number = 0;
    struct dynr_decimal decimal = {0};
    struct dynr_decimal parsed_decimal = {0};
    struct dynr_timestamp timestamp = {0};
    struct dynr_timestamp parsed_timestamp = {0};
    bool good = true;
    const char *close = dynr_scalar_int(text, end, &number);
    if (close != NULL) {
        taken->n_ints++;
        good = DYNR_ASSERT(close == quote && dynr_int64_parse(value, &parsed_number)) &&
               DYNR_ASSERT_INT(number, parsed_number);
    }
    close = dynr_scalar_decimal(text, end, &decimal);
    if (close != NULL) {
        taken->n_decimals++;
        good =
            good && DYNR_ASSERT(close == quote) &&
            DYNR_ASSERT_STATUS(dynr_decimal_parse(value, &arena, &parsed_decimal, NULL), DYNR_OK) &&
            DYNR_ASSERT_MEM(decimal.text.ptr, decimal.text.len, parsed_decimal.text.ptr,
                            parsed_decimal.text.len);
    }
    close = dynr_scalar_timestamp(text, end, &timestamp);
    if (close != NULL) {
        taken->n_timestamps++;
        good = good && DYNR_ASSERT(close == quote) &&
               DYNR_ASSERT(dynr_timestamp_parse(value, &parsed_timestamp)) &&
               DYNR_ASSERT_INT(timestamp.ms, parsed_timestamp.ms);
    }
    if (!good) {
        (void)fprintf(stderr, "%.*s\n", (int)len, text);
    }
    dynr_arena_cleanup(&arena);
    return good;
}

static void short_forms_agree_with_the_parsers(void)
{
    struct dynr_test_random random = {31};
    struct short_forms taken = {0};
    for (size_t round = 0; round < 300000; round++) {
        char text[48];
        size_t len = dynr_test_random_below(&random, 24);
        if (round % 3 == 0) {
            len = (size_t)snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                                   1960 + (unsigned)dynr_test_random_below(&random, 8050),
                                   (unsigned)dynr_test_random_below(&random, 14),
                                   (unsigned)dynr_test_random_below(&random, 33),
                                   (unsigned)dynr_test_random_below(&random, 25),
                                   (unsigned)dynr_test_random_below(&random, 61),
                                   (unsigned)dynr_test_random_below(&random, 61),
                                   (unsigned)dynr_test_random_below(&random, 1000));
        } else {
            for (size_t i = 0; i < len; i++) {
                text[i] = "01234567890123456789012345678901234567890.-0+e"[dynr_test_random_below(
                    &random, i == 0 ? 45 : 42)];
            }
        }
        if (len > 0 && dynr_test_random_below(&random, 5) == 0) {
            text[dynr_test_random_below(&random, len)] =
                (char)(0x20 + dynr_test_random_below(&random, 0xE0));
        }
        text[len] = '"';
        size_t size = len + 1 + dynr_test_random_below(&random, 20);
        memset(text + len + 1, '7', size - len - 1);
        char *copy = malloc(size);
        memcpy(copy, text, size);
        bool good = forms_agree(copy, size, &taken);
        free(copy);
        if (!good) {
            return;
        }
    }
    (void)fprintf(stderr, "# %zu integers, %zu decimals, %zu timestamps\n", taken.n_ints,
                  taken.n_decimals, taken.n_timestamps);
    DYNR_ASSERT(taken.n_ints > 10000 && taken.n_decimals > 10000 && taken.n_timestamps > 10000);
}

static void short_texts_end_where_they_should(void)
{
    for (size_t len = 0; len < 40; len++) {
        for (size_t behind = 0; behind < 40; behind++) {
            for (unsigned c = 0; c < 256; c++) {
                char bytes[80];
                struct dynr_str text = {0};
                memset(bytes, 'x', sizeof bytes);
                bytes[len] = (char)c;
                const char *close = dynr_scalar_short_text(bytes, bytes + len + 1 + behind, &text);
                bool must_be = c == '"' && len < 32 && len + 1 + behind >= 32;
                bool right =
                    close == NULL ? !must_be : c == '"' && close == bytes + len && text.len == len;
                if (!DYNR_ASSERT(right)) {
                    (void)fprintf(stderr, "%zu %zu %u\n", len, behind, c);
                    return;
                }
            }
        }
    }
}

static void booleans_are_two_words(void)
{
    static const struct {
        const char *text;
        size_t len;
        bool value;
    } cases[] = {{"true}", 4, true}, {"false", 5, false},  {"falsy", 0, false},
                 {"truf}", 0, true}, {"\"true", 0, false}, {"True}", 0, false},
                 {"true", 0, false}, {"fals", 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool value = !cases[i].value;
        const char *end = cases[i].text + strlen(cases[i].text);
        const char *behind = dynr_scalar_bool(cases[i].text, end, &value);
        DYNR_ASSERT(behind == (cases[i].len == 0 ? NULL : cases[i].text + cases[i].len));
        DYNR_ASSERT(behind == NULL || value == cases[i].value);
    }
}

static void an_order_follows_its_struct(void)
{
    struct dynr_arena arena = {0};
    struct dynr_field_order order;
    struct step step;
    struct user_key key;
    struct dynr_str one = dynr_str_from_c("{\"label\":{\"S\":\"l\"},\"done\":{\"BOOL\":true}}");
    struct dynr_str other = dynr_str_from_c("{\"id\":{\"S\":\"0120K063R1B72GH8GQNEHPN093\"}}");
    dynr_field_order_init(&order);
    for (int i = 0; i < 4; i++) {
        DYNR_ASSERT_STATUS(dynr_decode_item_ordered(&step_desc, one, &order, &arena, &step, NULL),
                           DYNR_OK);
        DYNR_ASSERT_STR(step.label, "l");
        DYNR_ASSERT_STATUS(
            dynr_decode_item_ordered(&user_key_desc, other, &order, &arena, &key, NULL), DYNR_OK);
        DYNR_ASSERT_MEM(key.id.text, 26, "0120K063R1B72GH8GQNEHPN093", 26);
    }
    dynr_arena_cleanup(&arena);
}

/* What was learnt may lead in a circle, back to a field that the struct has had. */
static void a_learnt_field_may_not_stand_there_twice(void)
{
#define LABEL "\"label\":{\"S\":\"l\"},"
#define DONE  "\"done\":{\"BOOL\":true},"
#define REST  "\"other\":{\"S\":\"as long as a learnt field needs behind it\"}}"
    static const struct {
        const char *text;
        enum dynr_status status;
    } items[] = {{"{" LABEL DONE REST, DYNR_OK},
                 {"{" DONE LABEL REST, DYNR_OK},
                 {"{" LABEL DONE REST, DYNR_OK},
                 {"{" DONE LABEL REST, DYNR_OK},
                 {"{" LABEL DONE LABEL REST, DYNR_ERR_SYNTAX},
                 {"{" DONE LABEL DONE REST, DYNR_ERR_SYNTAX}};
    struct dynr_arena arena = {0};
    struct dynr_field_order order;
    struct step step;
    dynr_field_order_init(&order);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        struct dynr_error err = {0};
        DYNR_ASSERT_STATUS(dynr_decode_item_ordered(&step_desc, dynr_str_from_c(items[i].text),
                                                    &order, &arena, &step, &err),
                           items[i].status);
        DYNR_ASSERT_STR(dynr_str_from_c(err.field), "");
    }
    dynr_arena_cleanup(&arena);
#undef LABEL
#undef DONE
#undef REST
}

static void structs_may_have_no_members(void)
{
    static const struct {
        const char *text;
        enum dynr_status status;
    } cases[] = {{"{}", DYNR_OK},
                 {"{\"x\":{\"S\":\"a\"},\"x\":{\"L\":[{}, 5]}}", DYNR_OK},
                 {"{\"x\":{\"S\":\"a\"},}", DYNR_ERR_SYNTAX},
                 {"{\"x\"}", DYNR_ERR_SYNTAX},
                 {"{", DYNR_ERR_SYNTAX}};
    static const struct dynr_struct_desc desc = {
        .name = "nothing", .size = sizeof(int), .fields = NULL, .n_fields = 0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_arena arena = {0};
        struct dynr_field_order order;
        int out = 7;
        dynr_field_order_init(&order);
        DYNR_ASSERT_STATUS(
            dynr_decode_item(&desc, dynr_str_from_c(cases[i].text), &arena, &out, NULL),
            cases[i].status);
        DYNR_ASSERT_INT(out, 0);
        DYNR_ASSERT_STATUS(dynr_decode_item_ordered(&desc, dynr_str_from_c(cases[i].text), &order,
                                                    &arena, &out, NULL),
                           cases[i].status);
        dynr_arena_cleanup(&arena);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(spacing_changes_nothing),
        DYNR_TEST(lines_need_not_be_like_the_ones_before),
        DYNR_TEST(short_forms_agree_with_the_parsers),
        DYNR_TEST(short_texts_end_where_they_should),
        DYNR_TEST(booleans_are_two_words),
        DYNR_TEST(an_order_follows_its_struct),
        DYNR_TEST(structs_may_have_no_members),
        DYNR_TEST(a_learnt_field_may_not_stand_there_twice),
    };
    return dynr_test_main("typed-decode", tests, DYNR_TEST_COUNT(tests));
}
