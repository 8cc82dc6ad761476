/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an item. What parses must survive writing and parsing: equal, of equal size, with the same text; and
 * each of its attributes must be found in that text. What the scan takes must be what parsing and writing make of it.
 */
#include <stdlib.h>

#include "ddb/item_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_found(struct dynr_str text, const struct dynr_attribute_member *member,
                        struct dynr_arena *arena)
{
    struct dynr_error err = {0};
    struct dynr_str found;
    struct dynr_attribute value;
    require(dynr_item_find(text, member->name, &found, &err));
    require(dynr_attribute_parse(found, arena, &value, &err) == DYNR_OK);
    require(dynr_attribute_equal(&value, &member->value));
}

/* The outline of `text`, if the scan takes it, against the tree. */
static void check_outline(struct dynr_str text, struct dynr_arena *arena)
{
    struct dynr_attribute outline;
    struct dynr_attribute tree;
    struct dynr_error err = {0};
    struct dynr_buf again = {0};
    size_t size;
    if (!dynr_item_scan(text, arena, &outline, &size)) {
        return;
    }
    require(dynr_item_parse(text, arena, &tree, &err) == DYNR_OK);
    dynr_item_write(&tree, &again);
    require(dynr_str_equal(dynr_buf_str(&again), text));
    dynr_buf_cleanup(&again);
    require(size == dynr_item_size(&tree) && outline.n_children == tree.n_children);
    for (size_t i = 0; i < tree.n_children; i++) {
        struct dynr_attribute value = outline.members[i].value;
        require(dynr_str_equal(outline.members[i].name, tree.members[i].name));
        if (value.type >= DYNR_ATTRIBUTE_M) {
            require(dynr_attribute_parse(outline.members[i].value.text, arena, &value, &err) ==
                    DYNR_OK);
        }
        require(dynr_attribute_equal(&value, &tree.members[i].value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct dynr_attribute item;
    struct dynr_attribute again;
    struct dynr_buf first = {0};
    struct dynr_buf second = {0};
    check_outline(dynr_str_make((const char *)data, size), &arena);
    if (dynr_item_parse(dynr_str_make((const char *)data, size), &arena, &item, &err) == DYNR_OK) {
        dynr_item_write(&item, &first);
        check_outline(dynr_buf_str(&first), &arena);
        require(dynr_item_parse(dynr_buf_str(&first), &arena, &again, &err) == DYNR_OK);
        dynr_item_write(&again, &second);
        require(dynr_attribute_equal(&item, &again) && dynr_attribute_equal(&again, &item));
        require(dynr_item_size(&item) == dynr_item_size(&again));
        require(dynr_str_equal(dynr_buf_str(&first), dynr_buf_str(&second)));
        for (size_t i = 0; i < item.n_children && i < 16; i++) {
            struct dynr_buf key = {0};
            check_found(dynr_buf_str(&first), &item.members[i], &arena);
            dynr_attribute_key_bytes(&item.members[i].value, &key);
            dynr_buf_cleanup(&key);
        }
    } else {
        require(err.status == DYNR_ERR_SYNTAX || err.status == DYNR_ERR_INVALID_ARGUMENT);
    }
    dynr_buf_cleanup(&first);
    dynr_buf_cleanup(&second);
    dynr_arena_cleanup(&arena);
    return 0;
}
