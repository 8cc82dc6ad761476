/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text of a template. cJSON's own printer indents with tabs and formats numbers through doubles. */
#include "emit/cfn/cfn.h"

static void begin_line(struct dynr_buf *out, unsigned level)
{
    dynr_buf_append_char(out, '\n');
    for (unsigned i = 0; i < level; i++) {
        dynr_buf_append_c(out, "  ");
    }
}

static void write_value(const cJSON *item, unsigned level, struct dynr_buf *out)
{
    if (cJSON_IsString(item)) {
        dynr_buf_append_json_string(out, dynr_str_from_c(item->valuestring));
        return;
    }
    if (cJSON_IsBool(item)) {
        dynr_buf_append_c(out, cJSON_IsTrue(item) ? "true" : "false");
        return;
    }
    if (cJSON_IsNumber(item)) {
        dynr_buf_append_int(out, (int64_t)item->valuedouble);
        return;
    }
    bool is_object = cJSON_IsObject(item);
    dynr_buf_append_char(out, is_object ? '{' : '[');
    for (const cJSON *member = item->child; member != NULL; member = member->next) {
        begin_line(out, level + 1);
        if (is_object) {
            dynr_buf_append_json_string(out, dynr_str_from_c(member->string));
            dynr_buf_append_c(out, ": ");
        }
        write_value(member, level + 1, out);
        dynr_buf_append_c(out, member->next == NULL ? "" : ",");
    }
    if (item->child != NULL) {
        begin_line(out, level);
    }
    dynr_buf_append_char(out, is_object ? '}' : ']');
}

void dyn_cfn_write(const cJSON *root, struct dynr_buf *out)
{
    write_value(root, 0, out);
    dynr_buf_append_char(out, '\n');
}
