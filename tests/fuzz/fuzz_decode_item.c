/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an item of a struct with members of every kind. What decodes must encode; and what was encoded must decode to
 * what encodes alike. A second decoding in the learnt order must agree with the first.
 */
#include <stdlib.h>

#include "../unit/typed/everything.h"
#include "typed/decode_item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct dynr_buf first = {0};
    struct dynr_buf second = {0};
    struct dynr_buf ordered = {0};
    struct dynr_field_order order;
    struct everything value;
    struct dynr_str text = dynr_str_make((const char *)data, size);
    dynr_field_order_init(&order);
    enum dynr_status status = dynr_decode_item(&everything_desc, text, &arena, &value, &err);
    if (status == DYNR_OK) {
        require(dynr_encode_item(&everything_desc, &value, &first, &err) == DYNR_OK);
        require(dynr_decode_item(&everything_desc, dynr_buf_str(&first), &arena, &value, &err) ==
                DYNR_OK);
        require(dynr_encode_item(&everything_desc, &value, &second, &err) == DYNR_OK);
        require(dynr_str_equal(dynr_buf_str(&first), dynr_buf_str(&second)));
        for (int i = 0; i < 2; i++) {
            dynr_buf_clear(&ordered);
            require(dynr_decode_item_ordered(&everything_desc, text, &order, &arena, &value,
                                             &err) == DYNR_OK);
            require(dynr_encode_item(&everything_desc, &value, &ordered, &err) == DYNR_OK);
            require(dynr_str_equal(dynr_buf_str(&first), dynr_buf_str(&ordered)));
        }
    } else {
        require(err.status == status && err.message[0] != '\0');
    }
    dynr_buf_cleanup(&first);
    dynr_buf_cleanup(&second);
    dynr_buf_cleanup(&ordered);
    dynr_arena_cleanup(&arena);
    return 0;
}
