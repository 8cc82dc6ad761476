/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled by run.py beside wrong_key.c, which differs in the key alone. */
#include "blog.h"

enum dynr_status read_user(struct dynr_client *client, struct blog_user_key key,
                           struct dynr_arena *arena, struct blog_user *out, struct dynr_error *err);

enum dynr_status read_user(struct dynr_client *client, struct blog_user_key key,
                           struct dynr_arena *arena, struct blog_user *out, struct dynr_error *err)
{
    return blog_user_get(client, key, arena, out, err);
}
