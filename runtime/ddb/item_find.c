/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up one attribute in item text by stepping over the others. */
#include "ddb/attribute.h"

#include "base/json_read.h"

bool dynr_item_find(struct dynr_str item, struct dynr_str name, struct dynr_str *out,
                    struct dynr_error *err)
{
    /* Needed only for names that are written with escapes. */
    struct dynr_arena arena = {0};
    struct dynr_json_reader reader;
    bool first = true;
    bool found = false;
    struct dynr_str member;

    dynr_error_clear(err);
    dynr_json_reader_init(&reader, item);
    if (dynr_json_enter_object(&reader, &first)) {
        while (!found && dynr_json_next_member(&reader, &arena, &first, &member)) {
            found = dynr_str_equal(member, name);
            if (!dynr_json_skip(&reader, found ? out : NULL)) {
                found = false;
                break;
            }
        }
    }
    if (reader.fault != NULL) {
        found = false;
        dynr_json_fail(&reader, err);
    }
    dynr_arena_cleanup(&arena);
    return found;
}
