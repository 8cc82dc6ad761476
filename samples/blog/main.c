/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blog: unique e-mail and slug, posts by author and team, comments and replies in their post's partition, a transaction.
 * Procedures only, called as a host would. Runs on a store in memory and fails loudly when an answer is not the expected one.
 */
#include <stdio.h>
#include <string.h>

#include <dynr/local.h>

#include "blog.h"

struct app {
    struct dynr_backend *backend;
    struct dynr_client *client;
    struct dynr_arena arena;
    struct dynr_error err;
};

static int failed(const struct app *app, const char *what)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, app->err.message,
                  dynr_status_name(app->err.status));
    return 1;
}

static int expect(bool holds, const char *what)
{
    (void)printf("  %-66s %s\n", what, holds ? "yes" : "NO");
    return holds ? 0 : 1;
}

static enum dynr_status register_user(struct app *app, const char *email, const char *name,
                                      const struct blog_team_key *team, struct blog_user *out)
{
    struct blog_users_register_input input;
    blog_users_register_input_init(&input);
    input.email = dynr_str_from_c(email);
    input.name = dynr_str_from_c(name);
    input.has_team = team != NULL;
    if (team != NULL) {
        input.team = *team;
    }
    return blog_users_register(app->client, &input, &app->arena, out, &app->err);
}

static enum dynr_status write_post(struct app *app, struct blog_user_key author,
                                   struct blog_team_key team, const char *title,
                                   struct blog_post *out)
{
    struct blog_posts_write_input input;
    blog_posts_write_input_init(&input);
    input.author = author;
    input.has_team = true;
    input.team = team;
    input.title = dynr_str_from_c(title);
    input.body = dynr_str_from_c("...");
    return blog_posts_write(app->client, &input, &app->arena, out, &app->err);
}

static int check_people(struct app *app, struct blog_team_key team, const struct blog_user *ada)
{
    struct blog_user taken;
    int wrong =
        expect(register_user(app, "ADA@example.com", "X", NULL, &taken) == DYNR_ERR_NOT_UNIQUE,
               "a taken address is refused, whatever its case");
    struct blog_users_change_email_input change;
    blog_users_change_email_input_init(&change);
    change.user = blog_user_get_key(ada);
    change.email = dynr_str_from_c("countess@example.com");
    struct blog_user after;
    if (blog_users_change_email(app->client, &change, &app->arena, &after, &app->err) != DYNR_OK) {
        return failed(app, "change email");
    }
    wrong += expect(register_user(app, "ada@example.com", "Another Ada", NULL, &taken) == DYNR_OK,
                    "the old address is free after a change");
    struct blog_teams_by_slug_input slug;
    blog_teams_by_slug_input_init(&slug);
    slug.slug = dynr_str_from_c("ENGINES");
    struct blog_teams_by_slug_row found;
    if (blog_teams_by_slug(app->client, &slug, &app->arena, &found, &app->err) != DYNR_OK) {
        return failed(app, "team by slug");
    }
    wrong +=
        expect(found.members.n_items == 2 && dynr_str_equal_c(found.members.items[0].name, "Ada"),
               "a team by slug comes with its members by name");
    struct blog_users_move_input leave;
    blog_users_move_input_init(&leave);
    leave.user = blog_user_get_key(ada);
    if (blog_users_move(app->client, &leave, &app->arena, &after, &app->err) != DYNR_OK) {
        return failed(app, "leave the team");
    }
    struct blog_user_rows members;
    if (blog_user_by_team(app->client, team, NULL, &app->arena, &members, &app->err) != DYNR_OK) {
        return failed(app, "members");
    }
    return wrong + expect(members.n_items == 1, "who leaves a team is no longer in its index");
}

static int check_posts(struct app *app, struct blog_team_key team, struct blog_user_key author)
{
    struct blog_post first;
    struct blog_post second;
    if (write_post(app, author, team, "On engines", &first) != DYNR_OK ||
        write_post(app, author, team, "On notes", &second) != DYNR_OK) {
        return failed(app, "write a post");
    }
    struct blog_posts_publish_input publish;
    blog_posts_publish_input_init(&publish);
    publish.post = blog_post_get_key(&first);
    publish.expect = first.version;
    struct blog_post published;
    if (blog_posts_publish(app->client, &publish, &app->arena, &published, &app->err) != DYNR_OK) {
        return failed(app, "publish");
    }
    int wrong = expect(blog_posts_publish(app->client, &publish, &app->arena, &published,
                                          &app->err) == DYNR_ERR_CONFLICT,
                       "publishing again from the old version is a conflict");
    struct blog_posts_published_input list;
    blog_posts_published_input_init(&list);
    list.team = team;
    struct blog_posts_published_output rows;
    if (blog_posts_published(app->client, &list, &app->arena, &rows, &app->err) != DYNR_OK) {
        return failed(app, "published posts");
    }
    return wrong + expect(rows.n_items == 1 && dynr_str_equal_c(rows.items[0].title, "On engines"),
                          "only the published post is in the team's index");
}

static int check_comments(struct app *app, struct blog_post_key post, struct blog_user_key author)
{
    struct blog_posts_comment_and_thank_input comment;
    blog_posts_comment_and_thank_input_init(&comment);
    comment.post = post;
    comment.author = author;
    comment.text = dynr_str_from_c("Well said");
    struct blog_user thanked;
    for (int i = 0; i < 3; i++) {
        if (blog_posts_comment_and_thank(app->client, &comment, &app->arena, &thanked, &app->err) !=
            DYNR_OK) {
            return failed(app, "comment");
        }
    }
    struct blog_posts_read_input read;
    blog_posts_read_input_init(&read);
    read.post = post;
    struct blog_posts_read_row row;
    if (blog_posts_read(app->client, &read, &app->arena, &row, &app->err) != DYNR_OK) {
        return failed(app, "read the post");
    }
    int wrong = expect(row.comments.n_items == 3 && thanked.karma == 3,
                       "three comments and three points of karma, each pair in one transaction");
    wrong += expect(row.author != NULL && dynr_str_equal_c(row.author->name, "Ada"),
                    "a post comes with its author");
    struct blog_comment_key parent = blog_comment_get_key(&row.comments.items[0]);
    struct blog_reply reply;
    blog_reply_init(&reply);
    reply.comment = parent;
    reply.text = dynr_str_from_c("Thank you");
    if (blog_reply_create(app->client, &reply, &app->arena, &app->err) != DYNR_OK) {
        return failed(app, "reply");
    }
    struct blog_reply_rows replies;
    if (blog_reply_in_comment(app->client, parent, NULL, &app->arena, &replies, &app->err) !=
        DYNR_OK) {
        return failed(app, "replies");
    }
    wrong += expect(replies.n_items == 1, "a reply is found in its comment");
    struct blog_comment_key other = blog_comment_get_key(&row.comments.items[1]);
    if (blog_reply_in_comment(app->client, other, NULL, &app->arena, &replies, &app->err) !=
        DYNR_OK) {
        return failed(app, "replies");
    }
    return wrong + expect(replies.n_items == 0, "and not in another");
}

static int run(struct app *app)
{
    if (dynr_local_open(NULL, &app->backend, &app->err) != DYNR_OK) {
        return failed(app, "cannot open the store");
    }
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = app->backend;
    if (dynr_client_new(&options, &app->client, &app->err) != DYNR_OK ||
        blog_create_tables(app->client, &app->err) != DYNR_OK) {
        return failed(app, "cannot create the table");
    }
    struct blog_teams_create_input create;
    blog_teams_create_input_init(&create);
    create.slug = dynr_str_from_c("engines");
    create.name = dynr_str_from_c("Analytical Engines");
    struct blog_team team;
    if (blog_teams_create(app->client, &create, &app->arena, &team, &app->err) != DYNR_OK) {
        return failed(app, "create a team");
    }
    struct blog_team_key team_key = blog_team_get_key(&team);
    struct blog_user ada;
    struct blog_user grace;
    if (register_user(app, "ada@example.com", "Ada", &team_key, &ada) != DYNR_OK ||
        register_user(app, "grace@example.com", "Grace", &team_key, &grace) != DYNR_OK) {
        return failed(app, "register");
    }
    struct blog_user_key author = blog_user_get_key(&ada);
    int wrong = check_posts(app, team_key, author);
    struct blog_post_rows posts;
    if (blog_post_by_author(app->client, author, NULL, &app->arena, &posts, &app->err) != DYNR_OK) {
        return failed(app, "posts by author");
    }
    wrong += expect(posts.n_items == 2, "both posts are listed by author");
    struct blog_post_key post = blog_post_get_key(&posts.items[0]);
    wrong += check_comments(app, post, author);
    return wrong + check_people(app, team_key, &ada);
}

int main(void)
{
    struct app app;
    memset(&app, 0, sizeof app);
    int result = run(&app);
    dynr_arena_cleanup(&app.arena);
    dynr_client_destroy(app.client);
    dynr_backend_destroy(app.backend);
    return result == 0 ? 0 : 1;
}
