/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the head of a request. Its end is where it is in whatever pieces it comes; what is taken says the same when it is
 * written again in the plainest form.
 */
#include <stdlib.h>
#include <string.h>

#include "dynr/buf.h"
#include "http/request_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t find_end(struct dynr_str bytes, size_t step)
{
    size_t looked = 0;
    size_t found = 0;
    for (size_t len = 0; found == 0 && len < bytes.len;) {
        len = bytes.len - len < step ? bytes.len : len + step;
        found = dynr_request_head_length(dynr_str_make(bytes.ptr, len), &looked);
    }
    return found;
}

static void write_again(const struct dynr_request_head *head, struct dynr_buf *out)
{
    dynr_buf_append_str(out, head->method);
    dynr_buf_append_char(out, ' ');
    bool is_star = dynr_str_equal_c(head->path, "*");
    for (size_t i = 0; i < head->path.len; i++) {
        if (is_star) {
            dynr_buf_append_char(out, head->path.ptr[i]);
        } else if (i == 0) {
            dynr_buf_append_char(out, '/');
        } else {
            dynr_buf_printf(out, "%%%02x", (unsigned)(unsigned char)head->path.ptr[i]);
        }
    }
    dynr_buf_append_char(out, '?');
    dynr_buf_append_str(out, head->query);
    dynr_buf_printf(out, " HTTP/1.%d\r\n", head->minor);
    for (size_t i = 0; i < head->n_headers; i++) {
        dynr_buf_append_str(out, head->headers[i].name);
        dynr_buf_append_char(out, ':');
        dynr_buf_append_str(out, head->headers[i].value);
        dynr_buf_append_c(out, "\r\n");
    }
    dynr_buf_append_c(out, "\r\n");
}

static void check_same(const struct dynr_request_head *a, const struct dynr_request_head *b)
{
    require(dynr_str_equal(a->method, b->method) && dynr_str_equal(a->path, b->path));
    require(dynr_str_equal(a->query, b->query) && a->minor == b->minor);
    require(a->n_headers == b->n_headers);
    for (size_t i = 0; i < a->n_headers; i++) {
        require(dynr_str_equal(a->headers[i].name, b->headers[i].name));
        require(dynr_str_equal(a->headers[i].value, b->headers[i].value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dynr_request_head head;
    static struct dynr_request_head again;
    struct dynr_str bytes = dynr_str_make((const char *)data, size);
    struct dynr_arena arena = {0};
    struct dynr_buf text = {0};
    struct dynr_str value;
    size_t len = find_end(bytes, size);
    require(len <= size && find_end(bytes, 1) == len);
    int status = dynr_request_head_parse(dynr_str_make(bytes.ptr, len), &arena, &head);
    require(status == 0 || status == 400 || status == 431 || status == 505);
    if (status == 0) {
        require(len > 0 && head.path.len > 0 && memchr(head.path.ptr, '\0', head.path.len) == NULL);
        write_again(&head, &text);
        require(dynr_buf_ok(&text));
        require(dynr_request_head_parse(dynr_buf_str(&text), &arena, &again) == 0);
        check_same(&head, &again);
        /* Nothing is left of which another reader could take another one. */
        require(dynr_request_head_count(&head, "authorization") <= 1);
        require(dynr_request_head_count(&head, "content-length") <= 1);
        require(dynr_request_head_count(&head, "host") <= 1);
        (void)dynr_request_query_find(head.query, "input", &arena, &value);
    }
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&arena);
    return 0;
}
