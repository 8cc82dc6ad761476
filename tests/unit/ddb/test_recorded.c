/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items and stream records that were recorded from the real service: they parse, are written back as they are, and
 * have the sizes that the service counted. Skipped where the recordings do not stand beside the checkout.
 */
#include "ddb_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"

#ifndef DYNR_SOURCE_ROOT
#    define DYNR_SOURCE_ROOT "."
#endif
#define FOLDER DYNR_SOURCE_ROOT "/../shared/testdata/aws-recorded/"

struct findings {
    struct dynr_arena *arena;
    size_t n_items;
    size_t n_sizes;
};

/* Size of an item as recorded; also checks that it survives parsing and writing. */
static size_t check_item(struct findings *findings, struct dynr_str text)
{
    struct dynr_attribute item;
    struct dynr_attribute again;
    struct dynr_error err = {0};
    struct dynr_buf buf = {0};
    if (!DYNR_ASSERT_STATUS(dynr_item_parse(text, findings->arena, &item, &err), DYNR_OK)) {
        fprintf(stderr, "  %s\n", err.message);
        return 0;
    }
    dynr_item_write(&item, &buf);
    DYNR_ASSERT_STATUS(dynr_item_parse(dynr_buf_str(&buf), findings->arena, &again, &err), DYNR_OK);
    DYNR_ASSERT(dynr_attribute_equal(&item, &again));
    dynr_buf_cleanup(&buf);
    findings->n_items++;
    return dynr_item_size(&item);
}

static void walk(struct findings *findings, struct dynr_str text);

static bool is_item_name(struct dynr_str name)
{
    static const char *const names[] = {"Item", "Attributes", "Keys", "NewImage", "OldImage"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (dynr_str_equal_c(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void walk_object(struct findings *findings, struct dynr_json_reader *reader)
{
    bool first = true;
    struct dynr_str name;
    struct dynr_str value;
    size_t size = 0;
    long recorded = -1;
    dynr_json_enter_object(reader, &first);
    while (dynr_json_next_member(reader, findings->arena, &first, &name) &&
           dynr_json_skip(reader, &value)) {
        if (is_item_name(name) && value.ptr[0] == '{') {
            size += check_item(findings, value);
        } else if (dynr_str_equal_c(name, "SizeBytes")) {
            recorded = strtol(value.ptr, NULL, 10);
        } else {
            walk(findings, value);
        }
    }
    if (recorded > 0) {
        DYNR_ASSERT_INT(size, recorded);
        findings->n_sizes++;
    }
}

static void walk(struct findings *findings, struct dynr_str text)
{
    struct dynr_json_reader reader;
    bool first = true;
    struct dynr_str element;
    dynr_json_reader_init(&reader, text);
    if (text.ptr[0] == '{') {
        walk_object(findings, &reader);
    } else if (text.ptr[0] == '[') {
        dynr_json_enter_array(&reader, &first);
        while (dynr_json_next_element(&reader, &first) && dynr_json_skip(&reader, &element)) {
            walk(findings, element);
        }
    }
    DYNR_ASSERT(reader.fault == NULL);
}

static bool read_file(const char *path, struct dynr_buf *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        dynr_buf_append(out, block, n);
    }
    return fclose(file) == 0 && dynr_buf_ok(out);
}

static void recorded_items_and_sizes_agree(void)
{
    struct dynr_arena arena = {0};
    struct dynr_buf text = {0};
    struct findings findings = {&arena, 0, 0};
    if (DYNR_ASSERT(read_file(FOLDER "dynamodb.json", &text))) {
        walk(&findings, dynr_buf_str(&text));
    }
    DYNR_ASSERT(findings.n_items > 10);
    DYNR_ASSERT(findings.n_sizes > 5);
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&arena);
}

static const struct dynr_test tests[] = {DYNR_TEST(recorded_items_and_sizes_agree)};

int main(void)
{
    FILE *file = fopen(FOLDER "dynamodb.json", "rb");
    if (file == NULL) {
        printf("1..0 # SKIP recorded answers: ../shared/testdata/aws-recorded is not there\n");
        return 0;
    }
    fclose(file);
    return dynr_test_main("ddb-recorded", tests, DYNR_TEST_COUNT(tests));
}
