/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a procedure's input with members of every kind. What is accepted must be valid to write, and its JSON must be
 * accepted again and give the same JSON; what is refused must say why.
 */
#include <stdlib.h>

#include "../unit/typed/everything.h"

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
    struct everything value;
    /* Without the member that is never shown, and the one that is never read. */
    struct dynr_struct_desc desc = everything_desc;
    desc.n_fields -= 2;
    struct dynr_str text = dynr_str_make((const char *)data, size);
    enum dynr_status status = dynr_decode_json(&desc, text, &arena, &value, &err);
    if (status == DYNR_OK) {
        require(dynr_encode_json(&desc, &value, &first, &err) == DYNR_OK);
        /* An automatic member that was left out is shown as null, and is made by a write. */
        if (value.id.text[0] != '\0') {
            require(dynr_validate(&desc, &value, &err) == DYNR_OK);
            require(dynr_decode_json(&desc, dynr_buf_str(&first), &arena, &value, &err) == DYNR_OK);
            require(dynr_encode_json(&desc, &value, &second, &err) == DYNR_OK);
            require(dynr_str_equal(dynr_buf_str(&first), dynr_buf_str(&second)));
        }
    } else {
        require(err.status == status && err.message[0] != '\0');
    }
    dynr_buf_cleanup(&first);
    dynr_buf_cleanup(&second);
    dynr_arena_cleanup(&arena);
    return 0;
}
