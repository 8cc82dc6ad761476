/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small client: applies frames as docs/protocol.md says, and shows what it holds. It knows the views' descriptions, as
 * generated clients do, and nothing of the engine.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

struct row {
    struct row *next;
    char *key;
    /* NULL: it is gone. */
    cJSON *value;
    uint64_t v;
};

struct group {
    struct group *next;
    int node;
    char *parent;
    struct row *rows;
    /* What is not held is gone since. */
    uint64_t since;
    cJSON *value;
    uint64_t value_v;
    int epoch;
    /* NULL: none was told. */
    cJSON *bound;
};

struct subscription {
    struct subscription *next;
    uint64_t id;
    uint64_t view;
    uint64_t v;
    char procedure[32];
    char argument[64];
    char code[32];
    bool suspended;
    bool pending;
    /* A `snap` has begun, and parts follow. */
    bool parts;
    const struct dynr_view_desc *desc;
    struct group *groups;
};

struct kept {
    struct kept *next;
    cJSON *message;
};

struct client {
    struct world *world;
    uint64_t connection;
    char user[32];
    struct subscription *subscriptions;
    uint64_t next_id;
    uint64_t committed;
    struct kept *kept;
    size_t counts[8];
    bool confused;
};

static const char *const kinds[] = {"snap", "same", "patch", "bound", "commit", "reset", "error", "bye"};
static uint64_t next_connection;

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static uint64_t number(const cJSON *message, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(message, name);
    return member == NULL ? 0 : (uint64_t)member->valuedouble;
}

static const char *text(const cJSON *message, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(message, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

static char *print(const cJSON *value)
{
    return value == NULL ? calloc(1, 1) : cJSON_PrintUnformatted(value);
}

/* ---- groups -------------------------------------------------------------------------------------------------------- */

static void free_group(struct group *group)
{
    while (group->rows != NULL) {
        struct row *row = group->rows;
        group->rows = row->next;
        cJSON_Delete(row->value);
        free(row->key);
        free(row);
    }
    cJSON_Delete(group->value);
    cJSON_Delete(group->bound);
    free(group->parent);
    free(group);
}

static void drop_groups(struct subscription *subscription)
{
    while (subscription->groups != NULL) {
        struct group *group = subscription->groups;
        subscription->groups = group->next;
        free_group(group);
    }
}

static struct group *find_group(struct subscription *subscription, int node, const char *parent, bool make)
{
    for (struct group *group = subscription->groups; group != NULL; group = group->next) {
        if (group->node == node && strcmp(group->parent, parent) == 0) {
            return group;
        }
    }
    if (!make) {
        return NULL;
    }
    struct group *group = calloc(1, sizeof *group);
    group->node = node;
    group->parent = calloc(strlen(parent) + 1, 1);
    memcpy(group->parent, parent, strlen(parent));
    group->since = UINT64_MAX;
    group->next = subscription->groups;
    subscription->groups = group;
    return group;
}

static struct row *find_row(struct group *group, const char *key, bool make)
{
    for (struct row *row = group->rows; row != NULL; row = row->next) {
        if (strcmp(row->key, key) == 0) {
            return row;
        }
    }
    if (!make) {
        return NULL;
    }
    struct row *row = calloc(1, sizeof *row);
    row->key = calloc(strlen(key) + 1, 1);
    memcpy(row->key, key, strlen(key));
    row->v = group->since == UINT64_MAX ? 0 : group->since;
    row->next = group->rows;
    group->rows = row;
    return row;
}

static const struct dynr_view_node *node_of(const struct subscription *subscription, int node)
{
    return &subscription->desc->nodes[node];
}

static const cJSON *field_of(const cJSON *row, const struct dynr_view_node *node, uint16_t field)
{
    return cJSON_GetObjectItemCaseSensitive(row, node->entity->row->fields[field].name);
}

static char *key_of(const struct dynr_view_node *node, const cJSON *row)
{
    cJSON *key = cJSON_CreateArray();
    for (uint16_t i = 0; i < node->n_key; i++) {
        const cJSON *value = field_of(row, node, node->key[i]);
        cJSON_AddItemToArray(key, value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, true));
    }
    char *out = print(key);
    cJSON_Delete(key);
    return out;
}

/* ---- order --------------------------------------------------------------------------------------------------------- */

static int compare_values(const cJSON *a, const cJSON *b)
{
    bool in_a = a != NULL && !cJSON_IsNull(a);
    bool in_b = b != NULL && !cJSON_IsNull(b);
    if (!in_a || !in_b) {
        return (in_a ? 1 : 0) - (in_b ? 1 : 0);
    }
    if (cJSON_IsNumber(a)) {
        return (a->valuedouble > b->valuedouble ? 1 : 0) - (a->valuedouble < b->valuedouble ? 1 : 0);
    }
    return strcmp(a->valuestring, b->valuestring);
}

/* A row against a bound; `other` an array. */
static int compare_with_bound(const struct dynr_view_node *node, const cJSON *row, const cJSON *bound)
{
    bool down = node->n_order > 0 && node->order[0].descending;
    int at = 0;
    for (uint16_t i = 0; i < node->n_order; i++) {
        int order = compare_values(field_of(row, node, node->order[i].field), cJSON_GetArrayItem(bound, at++));
        if (order != 0) {
            return node->order[i].descending ? -order : order;
        }
    }
    for (uint16_t i = 0; i < node->n_key; i++) {
        int order = compare_values(field_of(row, node, node->key[i]), cJSON_GetArrayItem(bound, at++));
        if (order != 0) {
            return down ? -order : order;
        }
    }
    return 0;
}

static int compare_rows(const struct dynr_view_node *node, const cJSON *a, const cJSON *b)
{
    cJSON *bound = cJSON_CreateArray();
    for (uint16_t i = 0; i < node->n_order + node->n_key; i++) {
        uint16_t field = i < node->n_order ? node->order[i].field : node->key[i - node->n_order];
        const cJSON *value = field_of(b, node, field);
        cJSON_AddItemToArray(bound, value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, true));
    }
    int order = compare_with_bound(node, a, bound);
    cJSON_Delete(bound);
    return order;
}

static bool is_bounded(const struct group *group)
{
    return group->bound != NULL && !cJSON_IsNull(group->bound);
}

/* Rows behind the bound are dropped whenever they come. */
static void apply_bound(const struct subscription *subscription, struct group *group)
{
    for (struct row *row = group->rows; is_bounded(group) && row != NULL; row = row->next) {
        if (row->value != NULL && compare_with_bound(node_of(subscription, group->node), row->value, group->bound) > 0) {
            cJSON_Delete(row->value);
            row->value = NULL;
        }
    }
}

static void set_bound(struct group *group, const cJSON *message)
{
    const cJSON *bound = cJSON_GetObjectItemCaseSensitive(message, "bound");
    if (bound != NULL) {
        cJSON_Delete(group->bound);
        group->bound = cJSON_Duplicate(bound, true);
        group->epoch = (int)number(message, "epoch");
    }
}

/* ---- messages ------------------------------------------------------------------------------------------------------ */

static void drop_below(struct subscription *subscription, int node, const char *parent, const char *key)
{
    char prefix[1024];
    bool shared = node_of(subscription, node)->node_class == DYNR_NODE_KEYED;
    size_t len = strlen(parent);
    (void)snprintf(prefix, sizeof prefix, "%.*s%s%s", shared || len == 0 ? 1 : (int)(len - 1), len == 0 || shared ? "[" : parent,
                   len == 0 || shared ? "" : ",", key);
    struct group **at = &subscription->groups;
    while (*at != NULL) {
        struct group *group = *at;
        bool below = group->node > node && strncmp(group->parent, prefix, strlen(prefix)) == 0 &&
                     (group->parent[strlen(prefix)] == ']' || group->parent[strlen(prefix)] == ',');
        /* Its root must be this node: keyed nodes begin paths of their own. */
        int up = group->node;
        while (below && up != node) {
            int next = node_of(subscription, up)->parent;
            below = up != 0 && (next == node || node_of(subscription, next)->node_class != DYNR_NODE_KEYED);
            up = next;
        }
        if (below) {
            *at = group->next;
            free_group(group);
        } else {
            at = &group->next;
        }
    }
}

static void apply_op(struct client *client, struct subscription *subscription, struct group *group, uint64_t v,
                     const cJSON *op)
{
    const struct dynr_view_node *node = node_of(subscription, group->node);
    const char *kind = cJSON_GetArrayItem(op, 0)->valuestring;
    const cJSON *subject = cJSON_GetArrayItem(op, 1);
    if (kind[0] == '=') {
        if (v > group->value_v) {
            cJSON_Delete(group->value);
            group->value = cJSON_Duplicate(subject, true);
            group->value_v = v;
        }
        return;
    }
    char *key = kind[0] == '+' ? key_of(node, subject) : print(subject);
    struct row *row = find_row(group, key, true);
    if (v > row->v) {
        if (kind[0] == '+') {
            cJSON_Delete(row->value);
            row->value = cJSON_Duplicate(subject, true);
        } else if (kind[0] == '-') {
            cJSON_Delete(row->value);
            row->value = NULL;
            drop_below(subscription, group->node, group->parent, key);
        } else if (row->value == NULL) {
            /* Fields of a row that is not held. */
            (void)fprintf(stderr, "fields of a row that is not held: %s\n", key);
            client->confused = true;
        } else {
            for (const cJSON *field = cJSON_GetArrayItem(op, 2)->child; field != NULL; field = field->next) {
                cJSON_DeleteItemFromObjectCaseSensitive(row->value, field->string);
                if (!cJSON_IsNull(field)) {
                    cJSON_AddItemToObject(row->value, field->string, cJSON_Duplicate(field, true));
                }
            }
        }
        row->v = v;
    }
    free(key);
}

static void begin_whole(struct group *group, uint64_t v)
{
    for (struct row *row = group->rows; row != NULL; row = row->next) {
        if (row->v <= v) {
            /* The rows that follow are of this version or a later one. */
            cJSON_Delete(row->value);
            row->value = NULL;
            row->v = v - 1;
        }
    }
    group->since = group->since == UINT64_MAX || group->since < v ? v - 1 : group->since;
}

static void apply_patch(struct client *client, struct subscription *subscription, const cJSON *message)
{
    uint64_t v = number(message, "v");
    int node = (int)number(message, "node");
    char *parent = print(cJSON_GetObjectItemCaseSensitive(message, "parent"));
    struct group *group = find_group(subscription, node, parent, true);
    if (group->since == UINT64_MAX) {
        group->since = 0;
    }
    if (strcmp(text(message, "t"), "bound") == 0) {
        set_bound(group, message);
    } else {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "whole"))) {
            begin_whole(group, v);
        }
        const cJSON *ops = cJSON_GetObjectItemCaseSensitive(message, "ops");
        for (const cJSON *op = ops->child; op != NULL; op = op->next) {
            apply_op(client, subscription, group, v, op);
        }
    }
    apply_bound(subscription, group);
    free(parent);
}

static void take_group(struct subscription *subscription, const cJSON *piece)
{
    uint64_t v = number(piece, "v");
    int node = (int)number(piece, "node");
    char *parent = print(cJSON_GetObjectItemCaseSensitive(piece, "parent"));
    struct group *group = find_group(subscription, node, parent, true);
    group->since = v < group->since ? v : group->since;
    set_bound(group, piece);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(piece, "value");
    if (value != NULL) {
        cJSON_Delete(group->value);
        group->value = cJSON_Duplicate(value, true);
        group->value_v = v;
    }
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(piece, "rows");
    for (const cJSON *row = rows == NULL ? NULL : rows->child; row != NULL; row = row->next) {
        char *key = key_of(node_of(subscription, node), row);
        struct row *held = find_row(group, key, true);
        if (held->value == NULL || v > held->v) {
            cJSON_Delete(held->value);
            held->value = cJSON_Duplicate(row, true);
            held->v = v;
        }
        free(key);
    }
    free(parent);
}

static void apply_kept(struct client *client, struct subscription *subscription)
{
    for (struct kept *kept = client->kept; kept != NULL; kept = kept->next) {
        if (number(kept->message, "view") == subscription->view) {
            apply_patch(client, subscription, kept->message);
        }
    }
    bool pending = false;
    for (struct subscription *other = client->subscriptions; other != NULL; other = other->next) {
        pending = pending || other->pending;
    }
    while (!pending && client->kept != NULL) {
        struct kept *kept = client->kept;
        client->kept = kept->next;
        cJSON_Delete(kept->message);
        free(kept);
    }
}

static void take_snapshot(struct client *client, struct subscription *subscription, const cJSON *message)
{
    bool same = strcmp(text(message, "t"), "same") == 0;
    if (!same && !subscription->parts) {
        drop_groups(subscription);
        subscription->v = 0;
    }
    subscription->view = number(message, "view");
    const cJSON *groups = cJSON_GetObjectItemCaseSensitive(message, "groups");
    for (const cJSON *piece = groups->child; piece != NULL; piece = piece->next) {
        if (same) {
            struct group *group = find_group(subscription, (int)number(piece, "node"), "", true);
            set_bound(group, piece);
            apply_bound(subscription, group);
        } else {
            take_group(subscription, piece);
        }
    }
    uint64_t v = number(message, "v");
    subscription->v = v > subscription->v ? v : subscription->v;
    subscription->parts = strcmp(text(message, "part"), "more") == 0;
    if (!subscription->parts) {
        subscription->pending = false;
        subscription->suspended = false;
        subscription->code[0] = '\0';
        apply_kept(client, subscription);
    }
}

static struct subscription *find_subscription(const struct client *client, uint64_t id)
{
    struct subscription *subscription = client->subscriptions;
    while (subscription != NULL && subscription->id != id) {
        subscription = subscription->next;
    }
    return subscription;
}

static void take_error(struct client *client, const cJSON *message)
{
    struct subscription *subscription = find_subscription(client, number(message, "id"));
    if (subscription != NULL) {
        (void)snprintf(subscription->code, sizeof subscription->code, "%s", text(message, "code"));
        subscription->suspended = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "suspended"));
        subscription->pending = subscription->suspended;
        subscription->view = 0;
        drop_groups(subscription);
    }
}

static bool take_patch(struct client *client, const cJSON *message)
{
    bool pending = false;
    for (struct subscription *subscription = client->subscriptions; subscription != NULL; subscription = subscription->next) {
        pending = pending || subscription->pending;
        if (subscription->view == number(message, "view") && !subscription->pending) {
            apply_patch(client, subscription, message);
        }
    }
    return pending;
}

/* Everything up to `v` was said. */
static void commit(struct client *client, uint64_t v)
{
    client->committed = v;
    for (struct subscription *subscription = client->subscriptions; subscription != NULL; subscription = subscription->next) {
        if (!subscription->pending && v > subscription->v) {
            subscription->v = v;
        }
    }
}

void client_receive(struct client *client, const struct dynr_frame *frame)
{
    cJSON *message = cJSON_ParseWithLength(frame->text, frame->len);
    if (message == NULL) {
        client->confused = true;
        return;
    }
    const char *kind = text(message, "t");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        client->counts[i] += strcmp(kind, kinds[i]) == 0 ? 1 : 0;
    }
    struct subscription *subscription = find_subscription(client, number(message, "id"));
    if (strcmp(kind, "snap") == 0 || strcmp(kind, "same") == 0) {
        if (subscription != NULL) {
            take_snapshot(client, subscription, message);
        }
    } else if (strcmp(kind, "error") == 0) {
        take_error(client, message);
    } else if (strcmp(kind, "reset") == 0 && subscription != NULL) {
        subscription->pending = true;
        subscription->view = 0;
    } else if (strcmp(kind, "commit") == 0) {
        commit(client, number(message, "v"));
    } else if (strcmp(kind, "patch") == 0 || strcmp(kind, "bound") == 0) {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "end"))) {
            commit(client, number(message, "v"));
        }
        if (take_patch(client, message)) {
            struct kept *kept = calloc(1, sizeof *kept);
            struct kept **at = &client->kept;
            while (*at != NULL) {
                at = &(*at)->next;
            }
            kept->message = message;
            *at = kept;
            return;
        }
    }
    cJSON_Delete(message);
}

/* ---- what it does -------------------------------------------------------------------------------------------------- */

static void connect_client(struct client *client)
{
    struct caller caller = {dynr_str_from_c(client->user)};
    client->connection = ++next_connection;
    (void)dynr_engine_connect(client->world->engine, client->connection, &caller, &client->world->err);
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
        drop_groups(subscription);
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

static void subscribe(struct client *client, struct subscription *subscription, uint64_t since, const char *bound)
{
    struct dynr_engine_subscribe message = {0};
    char input[128];
    (void)snprintf(input, sizeof input, "{\"id\":\"%s\"}", subscription->argument);
    message.id = subscription->id;
    message.procedure = dynr_str_from_c(subscription->procedure);
    message.input = dynr_str_from_c(input);
    message.since.position = since;
    message.since.bound = dynr_str_from_c(bound);
    subscription->pending = true;
    subscription->view = 0;
    (void)dynr_engine_subscribe(client->world->engine, client->connection, &message, &client->world->err);
}

uint64_t client_watch(struct client *client, const char *procedure, const char *id)
{
    struct subscription *subscription = calloc(1, sizeof *subscription);
    subscription->id = ++client->next_id;
    (void)snprintf(subscription->procedure, sizeof subscription->procedure, "%s", procedure);
    (void)snprintf(subscription->argument, sizeof subscription->argument, "%s", id);
    const struct dynr_procedure_desc *desc = dynr_procedure_find(&procedures, dynr_str_from_c(procedure));
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
    for (struct subscription *subscription = client->subscriptions; subscription != NULL; subscription = subscription->next) {
        /* What is committed from here on is not about what it held. */
        bool holds = resume && !subscription->pending && subscription->code[0] == '\0';
        subscription->v = holds ? subscription->v : 0;
        subscription->pending = true;
    }
    for (struct subscription *subscription = client->subscriptions; subscription != NULL; subscription = subscription->next) {
        struct group *root = find_group(subscription, 0, "", false);
        char *bound = root == NULL || root->bound == NULL ? calloc(1, 1) : print(root->bound);
        subscription->parts = false;
        subscribe(client, subscription, subscription->v, bound);
        free(bound);
    }
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
        drop_groups(subscription);
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
    return count_rows(find_group(find_subscription(client, id), 0, "", false));
}

bool client_refill(struct client *client)
{
    bool asked = false;
    for (struct subscription *subscription = client->subscriptions; subscription != NULL; subscription = subscription->next) {
        for (struct group *group = subscription->groups; group != NULL && !subscription->pending; group = group->next) {
            if (is_bounded(group) && count_rows(group) < 3) {
                int epoch = group->epoch;
                (void)dynr_engine_more(client->world->engine, client->connection, subscription->id, (uint16_t)group->node,
                                       dynr_str_from_c(group->parent), (uint32_t)epoch, &client->world->err);
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
        const cJSON *value = field_of(row, node, node->fields[i]);
        if (value != NULL) {
            char *printed = print(value);
            dynr_buf_printf(out, " %s=%s", node->entity->row->fields[node->fields[i]].name, printed);
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

static void show_group(struct subscription *subscription, int node, const char *parent, unsigned depth, struct dynr_buf *out);

static void show_value(struct subscription *subscription, int node, const char *parent, unsigned depth, struct dynr_buf *out)
{
    const struct group *group = find_group(subscription, node, parent, false);
    char *printed = print(group == NULL ? NULL : group->value);
    begin_line(out, depth, node_of(subscription, node));
    dynr_buf_printf(out, " %s", printed);
    free(printed);
}

static void show_keyed(struct subscription *subscription, int node, const cJSON *row, unsigned depth, struct dynr_buf *out)
{
    const struct dynr_view_node *desc = node_of(subscription, node);
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(row, desc->name);
    struct group *group = find_group(subscription, node, "", false);
    const struct row *target = NULL;
    if (reference != NULL && group != NULL) {
        char *printed = print(reference);
        char key[256];
        (void)snprintf(key, sizeof key, "[%s]", printed);
        free(printed);
        target = find_row(group, key, false);
    }
    begin_line(out, depth, desc);
    if (target == NULL || target->value == NULL) {
        dynr_buf_append_c(out, " null");
    } else {
        show_row(out, desc, target->value);
    }
}

static void show_below(struct subscription *subscription, int node, const char *path, const cJSON *row, unsigned depth,
                       struct dynr_buf *out)
{
    for (int i = node + 1; i < subscription->desc->n_nodes; i++) {
        const struct dynr_view_node *below = node_of(subscription, i);
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

static void show_group(struct subscription *subscription, int node, const char *parent, unsigned depth, struct dynr_buf *out)
{
    const struct dynr_view_node *desc = node_of(subscription, node);
    struct group *group = find_group(subscription, node, parent, false);
    const struct row *rows[WORLD_ITEMS];
    size_t n = 0;
    for (const struct row *row = group == NULL ? NULL : group->rows; row != NULL; row = row->next) {
        if (row->value != NULL) {
            size_t at = n++;
            for (; at > 0 && compare_rows(desc, row->value, rows[at - 1]->value) < 0; at--) {
                rows[at] = rows[at - 1];
            }
            rows[at] = row;
        }
    }
    bool window = group != NULL && group->bound != NULL;
    for (size_t i = 0; i < n && (!window || i < 3); i++) {
        char path[1024];
        size_t len = strlen(parent);
        (void)snprintf(path, sizeof path, "%.*s%s%s]", len == 0 ? 1 : (int)len - 1, len == 0 ? "[" : parent,
                       len == 0 ? "" : ",", rows[i]->key);
        begin_line(out, depth, desc);
        show_row(out, desc, rows[i]->value);
        show_below(subscription, node, path, rows[i]->value, depth + 1, out);
    }
}

struct dynr_str client_show(struct client *client, uint64_t id)
{
    struct subscription *subscription = find_subscription(client, id);
    struct dynr_buf out = {0};
    if (subscription->suspended) {
        return dynr_str_from_c("denied");
    }
    if (subscription->desc->values_only) {
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
    return find_subscription(client, id)->code;
}

bool client_is_suspended(const struct client *client, uint64_t id)
{
    return find_subscription(client, id)->suspended;
}

size_t client_count(const struct client *client, const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return client->counts[i];
        }
    }
    return 0;
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
    const struct subscription *subscription = find_subscription(client, id);
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
            struct dynr_str expected =
                world_evaluate(world, subscription->procedure, subscription->argument, client->user);
            char *wanted = calloc(expected.len + 1, 1);
            memcpy(wanted, expected.ptr == NULL ? "" : expected.ptr, expected.len);
            bool fits = dynr_assert_true(!subscription->pending || subscription->suspended, "it has its snapshot", file, line) &&
                        dynr_assert_str(client_show(client, subscription->id), wanted, subscription->procedure, file, line);
            free(wanted);
            if (!fits) {
                (void)fprintf(stderr, "%s(%s), connection %llu\n", subscription->procedure, subscription->argument,
                              (unsigned long long)client->connection);
                return false;
            }
        }
    }
    return true;
}
