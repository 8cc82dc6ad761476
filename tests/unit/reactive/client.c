/* SPDX-License-Identifier: Apache-2.0 */
/* What the small client does of itself, and what it shows. */
#include "fold.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t next_connection;

/* ---- what it does -------------------------------------------------------------------------------------------------- */

static void connect_client(struct client *client)
{
    struct caller caller = {dynr_str_from_c(client->user)};
    client->connection = ++next_connection;
    (void)dynr_engine_connect(client->world->engine, client->connection, &caller,
                              &client->world->err);
}

struct client *client_new(struct world *world, uint64_t connection, const char *user)
{
    struct client *client = calloc(1, sizeof *client);
    (void)connection;
    client->world = world;
    (void)snprintf(client->user, sizeof client->user, "%s", user);
    world->clients[world->n_clients++] = client;
    connect_client(client);
    return client;
}

void client_free(struct client *client)
{
    while (client->subscriptions != NULL) {
        struct subscription *subscription = client->subscriptions;
        client->subscriptions = subscription->next;
        fold_drop_groups(subscription);
        free(subscription);
    }
    while (client->kept != NULL) {
        struct kept *kept = client->kept;
        client->kept = kept->next;
        cJSON_Delete(kept->message);
        free(kept);
    }
    free(client);
}

static void subscribe(struct client *client, struct subscription *subscription, uint64_t since,
                      const char *bound)
{
    struct dynr_engine_subscribe message = {0};
    char input[128];
    (void)snprintf(input, sizeof input, "{\"id\":\"%s\"}", subscription->argument);
    message.id = subscription->id;
    message.procedure = dynr_str_from_c(subscription->procedure);
    message.input = dynr_str_from_c(input);
    message.since.position = since;
    message.since.bound = dynr_str_from_c(bound);
    message.since.token = dynr_str_from_c(subscription->token);
    message.since.from = subscription->token_from;
    subscription->pending = true;
    subscription->view = 0;
    (void)dynr_engine_subscribe(client->world->engine, client->connection, &message,
                                &client->world->err);
}

uint64_t client_watch(struct client *client, const char *procedure, const char *id)
{
    struct subscription *subscription = calloc(1, sizeof *subscription);
    subscription->id = ++client->next_id;
    (void)snprintf(subscription->procedure, sizeof subscription->procedure, "%s", procedure);
    (void)snprintf(subscription->argument, sizeof subscription->argument, "%s", id);
    const struct dynr_procedure_desc *desc =
        dynr_procedure_find(&procedures, dynr_str_from_c(procedure));
    subscription->desc = desc == NULL ? NULL : desc->view;
    subscription->next = client->subscriptions;
    client->subscriptions = subscription;
    subscribe(client, subscription, 0, "");
    return subscription->id;
}

void client_reconnect(struct client *client, bool resume)
{
    dynr_engine_disconnect(client->world->engine, client->connection);
    connect_client(client);
    while (client->kept != NULL) {
        struct kept *kept = client->kept;
        client->kept = kept->next;
        cJSON_Delete(kept->message);
        free(kept);
    }
    for (struct subscription *subscription = client->subscriptions; subscription != NULL;
         subscription = subscription->next) {
        /* What is committed from here on is not about what it held. */
        bool holds = resume && !subscription->pending && subscription->code[0] == '\0';
        subscription->v = holds ? subscription->v : 0;
        subscription->pending = true;
    }
    for (struct subscription *subscription = client->subscriptions; subscription != NULL;
         subscription = subscription->next) {
        struct group *root = fold_find_group(subscription, 0, "", false);
        if (root != NULL && root->held != NULL) {
            /* The rows beyond it never came. */
            cJSON_Delete(root->bound);
            root->bound = root->held;
            root->held = NULL;
            fold_apply_bound(subscription, root);
        }
        char *bound = root == NULL || root->bound == NULL ? calloc(1, 1) : fold_print(root->bound);
        subscription->parts = false;
        subscribe(client, subscription, subscription->v, bound);
        free(bound);
    }
}

void client_become(struct client *client, const char *user)
{
    (void)snprintf(client->user, sizeof client->user, "%s", user);
}

void client_stop(struct client *client, uint64_t id)
{
    struct subscription **at = &client->subscriptions;
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct subscription *subscription = *at;
        *at = subscription->next;
        dynr_engine_unsubscribe(client->world->engine, client->connection, id);
        fold_drop_groups(subscription);
        free(subscription);
    }
}

static size_t count_rows(const struct group *group)
{
    size_t n = 0;
    for (const struct row *row = group == NULL ? NULL : group->rows; row != NULL; row = row->next) {
        n += row->value == NULL ? 0 : 1;
    }
    return n;
}

size_t client_rows(const struct client *client, uint64_t id)
{
    return count_rows(fold_find_group(fold_find_subscription(client, id), 0, "", false));
}

bool client_refill(struct client *client)
{
    bool asked = false;
    for (struct subscription *subscription = client->subscriptions; subscription != NULL;
         subscription = subscription->next) {
        for (struct group *group = subscription->groups; group != NULL && !subscription->pending;
             group = group->next) {
            if (fold_is_bounded(group) && count_rows(group) < 3) {
                int epoch = group->epoch;
                (void)dynr_engine_more(client->world->engine, client->connection, subscription->id,
                                       (uint16_t)group->node, dynr_str_from_c(group->parent),
                                       (uint32_t)epoch, &client->world->err);
                if (subscription->pending || subscription->code[0] != '\0') {
                    /* It was answered at once, and its groups are gone. */
                    asked = true;
                    break;
                }
                asked = asked || group->epoch != epoch || client->world->n_reads > 0;
                if (group->epoch != epoch) {
                    break;
                }
            }
        }
    }
    return asked;
}

/* ---- what it shows ------------------------------------------------------------------------------------------------- */

static void show_row(struct dynr_buf *out, const struct dynr_view_node *node, const cJSON *row)
{
    for (uint16_t i = 0; i < node->n_fields; i++) {
        const cJSON *value = fold_field_of(row, node, node->fields[i]);
        if (value != NULL) {
            char *printed = fold_print(value);
            dynr_buf_printf(out, " %s=%s", node->entity->row->fields[node->fields[i]].name,
                            printed);
            free(printed);
        }
    }
}

static void begin_line(struct dynr_buf *out, unsigned depth, const struct dynr_view_node *node)
{
    dynr_buf_append_char(out, '\n');
    for (unsigned i = 0; i < depth; i++) {
        dynr_buf_append_c(out, "  ");
    }
    dynr_buf_printf(out, "%s:", node->name);
}

static void show_group(struct subscription *subscription, int node, const char *parent,
                       unsigned depth, struct dynr_buf *out);

static void show_value(struct subscription *subscription, int node, const char *parent,
                       unsigned depth, struct dynr_buf *out)
{
    const struct group *group = fold_find_group(subscription, node, parent, false);
    char *printed = fold_print(group == NULL ? NULL : group->value);
    begin_line(out, depth, fold_node_of(subscription, node));
    dynr_buf_printf(out, " %s", printed);
    free(printed);
}

static void show_keyed(struct subscription *subscription, int node, const cJSON *row,
                       unsigned depth, struct dynr_buf *out)
{
    const struct dynr_view_node *desc = fold_node_of(subscription, node);
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(row, desc->name);
    struct group *group = fold_find_group(subscription, node, "", false);
    const struct row *target = NULL;
    if (reference != NULL && group != NULL) {
        char *printed = fold_print(reference);
        char key[256];
        (void)snprintf(key, sizeof key, "[%s]", printed);
        free(printed);
        target = fold_find_row(group, key, false);
    }
    begin_line(out, depth, desc);
    if (target == NULL || target->value == NULL) {
        dynr_buf_append_c(out, " null");
    } else {
        show_row(out, desc, target->value);
    }
}

static void show_below(struct subscription *subscription, int node, const char *path,
                       const cJSON *row, unsigned depth, struct dynr_buf *out)
{
    for (int i = node + 1; i < subscription->desc->n_nodes; i++) {
        const struct dynr_view_node *below = fold_node_of(subscription, i);
        if (below->parent != node) {
            continue;
        }
        if (below->node_class == DYNR_NODE_AGGREGATE) {
            show_value(subscription, i, path, depth, out);
        } else if (below->node_class == DYNR_NODE_KEYED) {
            show_keyed(subscription, i, row, depth, out);
        } else {
            show_group(subscription, i, path, depth, out);
        }
    }
}

static void show_group(struct subscription *subscription, int node, const char *parent,
                       unsigned depth, struct dynr_buf *out)
{
    const struct dynr_view_node *desc = fold_node_of(subscription, node);
    struct group *group = fold_find_group(subscription, node, parent, false);
    const struct row *rows[WORLD_ITEMS];
    size_t n = 0;
    for (const struct row *row = group == NULL ? NULL : group->rows; row != NULL; row = row->next) {
        if (row->value != NULL) {
            size_t at = n++;
            for (; at > 0 && fold_compare_rows(desc, row->value, rows[at - 1]->value) < 0; at--) {
                rows[at] = rows[at - 1];
            }
            rows[at] = row;
        }
    }
    bool window = group != NULL && group->bound != NULL;
    for (size_t i = 0; i < n && (!window || i < 3); i++) {
        char path[1024];
        size_t len = strlen(parent);
        (void)snprintf(path, sizeof path, "%.*s%s%s]", len == 0 ? 1 : (int)len - 1,
                       len == 0 ? "[" : parent, len == 0 ? "" : ",", rows[i]->key);
        begin_line(out, depth, desc);
        show_row(out, desc, rows[i]->value);
        show_below(subscription, node, path, rows[i]->value, depth + 1, out);
    }
}

struct dynr_str client_show(struct client *client, uint64_t id)
{
    struct subscription *subscription = fold_find_subscription(client, id);
    struct dynr_buf out = {0};
    if (subscription->suspended) {
        return dynr_str_from_c("denied");
    }
    if (subscription->desc->nodes[0].node_class == DYNR_NODE_TRACKED) {
        show_value(subscription, 0, "", 0, &out);
    } else if (subscription->desc->values_only) {
        for (int i = 1; i < subscription->desc->n_nodes; i++) {
            show_value(subscription, i, "", 0, &out);
        }
    } else {
        show_group(subscription, 0, "", 0, &out);
    }
    struct dynr_str shown = dynr_arena_dup(&client->world->arena, dynr_buf_str(&out));
    dynr_buf_cleanup(&out);
    return shown;
}

const char *client_error(const struct client *client, uint64_t id)
{
    return fold_find_subscription(client, id)->code;
}

bool client_is_suspended(const struct client *client, uint64_t id)
{
    return fold_find_subscription(client, id)->suspended;
}

uint64_t client_committed(const struct client *client)
{
    return client->committed;
}

uint64_t client_connection(const struct client *client)
{
    return client->connection;
}

const char *client_procedure(const struct client *client, uint64_t id, const char **out_argument)
{
    const struct subscription *subscription = fold_find_subscription(client, id);
    *out_argument = subscription == NULL ? NULL : subscription->argument;
    return subscription == NULL ? NULL : subscription->procedure;
}

const char *client_user(const struct client *client)
{
    return client->user;
}

bool client_is_confused(const struct client *client)
{
    return client->confused;
}

bool world_check(struct world *world, const char *file, int line)
{
    for (size_t i = 0; i < world->n_clients; i++) {
        struct client *client = world->clients[i];
        if (!dynr_assert_true(!client->confused, "the client is not confused", file, line)) {
            return false;
        }
        for (struct subscription *subscription = client->subscriptions; subscription != NULL;
             subscription = subscription->next) {
            struct dynr_str expected = world_evaluate(world, subscription->procedure,
                                                      subscription->argument, client->user);
            char *wanted = calloc(expected.len + 1, 1);
            memcpy(wanted, expected.ptr == NULL ? "" : expected.ptr, expected.len);
            bool fits = dynr_assert_true(!subscription->pending || subscription->suspended,
                                         "it has its snapshot", file, line) &&
                        dynr_assert_str(client_show(client, subscription->id), wanted,
                                        subscription->procedure, file, line);
            free(wanted);
            if (!fits) {
                (void)fprintf(stderr, "%s(%s), connection %llu\n", subscription->procedure,
                              subscription->argument, (unsigned long long)client->connection);
                return false;
            }
        }
    }
    return true;
}
