/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small client: applies frames as docs/protocol.md says, and shows what it holds. It knows the views' descriptions, as
 * generated clients do, and nothing of the engine.
 */
#include "fold.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const kinds[] = {"snap",   "same",  "patch", "bound",
                                    "commit", "reset", "error", "bye"};

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

char *fold_print(const cJSON *value)
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
    cJSON_Delete(group->held);
    free(group->parent);
    free(group);
}

void fold_drop_groups(struct subscription *subscription)
{
    while (subscription->groups != NULL) {
        struct group *group = subscription->groups;
        subscription->groups = group->next;
        free_group(group);
    }
}

struct group *fold_find_group(struct subscription *subscription, int node, const char *parent,
                              bool make)
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

struct row *fold_find_row(struct group *group, const char *key, bool make)
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

const struct dynr_view_node *fold_node_of(const struct subscription *subscription, int node)
{
    return &subscription->desc->nodes[node];
}

const cJSON *fold_field_of(const cJSON *row, const struct dynr_view_node *node, uint16_t field)
{
    return cJSON_GetObjectItemCaseSensitive(row, node->entity->row->fields[field].name);
}

static char *key_of(const struct dynr_view_node *node, const cJSON *row)
{
    cJSON *key = cJSON_CreateArray();
    for (uint16_t i = 0; i < node->n_key; i++) {
        const cJSON *value = fold_field_of(row, node, node->key[i]);
        cJSON_AddItemToArray(key,
                             value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, true));
    }
    char *out = fold_print(key);
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
        return (a->valuedouble > b->valuedouble ? 1 : 0) -
               (a->valuedouble < b->valuedouble ? 1 : 0);
    }
    return strcmp(a->valuestring, b->valuestring);
}

/* A row against a bound; `other` an array. */
static int compare_with_bound(const struct dynr_view_node *node, const cJSON *row,
                              const cJSON *bound)
{
    bool down = node->n_order > 0 && node->order[0].descending;
    int at = 0;
    for (uint16_t i = 0; i < node->n_order; i++) {
        int order = compare_values(fold_field_of(row, node, node->order[i].field),
                                   cJSON_GetArrayItem(bound, at++));
        if (order != 0) {
            return node->order[i].descending ? -order : order;
        }
    }
    for (uint16_t i = 0; i < node->n_key; i++) {
        int order =
            compare_values(fold_field_of(row, node, node->key[i]), cJSON_GetArrayItem(bound, at++));
        if (order != 0) {
            return down ? -order : order;
        }
    }
    return 0;
}

int fold_compare_rows(const struct dynr_view_node *node, const cJSON *a, const cJSON *b)
{
    cJSON *bound = cJSON_CreateArray();
    for (uint16_t i = 0; i < node->n_order + node->n_key; i++) {
        uint16_t field = i < node->n_order ? node->order[i].field : node->key[i - node->n_order];
        const cJSON *value = fold_field_of(b, node, field);
        cJSON_AddItemToArray(bound,
                             value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, true));
    }
    int order = compare_with_bound(node, a, bound);
    cJSON_Delete(bound);
    return order;
}

bool fold_is_bounded(const struct group *group)
{
    return group->bound != NULL && !cJSON_IsNull(group->bound);
}

/* Rows behind the bound are dropped whenever they come. */
void fold_apply_bound(const struct subscription *subscription, struct group *group)
{
    for (struct row *row = group->rows; fold_is_bounded(group) && row != NULL; row = row->next) {
        if (row->value != NULL && compare_with_bound(fold_node_of(subscription, group->node),
                                                     row->value, group->bound) > 0) {
            cJSON_Delete(row->value);
            row->value = NULL;
        }
    }
}

static void set_bound(struct group *group, const cJSON *message)
{
    const cJSON *bound = cJSON_GetObjectItemCaseSensitive(message, "bound");
    if (bound != NULL) {
        bool opens = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "open"));
        if (opens && group->held == NULL) {
            group->held = group->bound;
            group->bound = NULL;
        } else if (!opens) {
            cJSON_Delete(group->held);
            group->held = NULL;
        }
        cJSON_Delete(group->bound);
        group->bound = cJSON_Duplicate(bound, true);
        group->epoch = (int)number(message, "epoch");
    }
}

/* ---- messages ------------------------------------------------------------------------------------------------------ */

static void drop_below(struct subscription *subscription, int node, const char *parent,
                       const char *key)
{
    char prefix[1024];
    bool shared = fold_node_of(subscription, node)->node_class == DYNR_NODE_KEYED;
    size_t len = strlen(parent);
    (void)snprintf(prefix, sizeof prefix, "%.*s%s%s", shared || len == 0 ? 1 : (int)(len - 1),
                   len == 0 || shared ? "[" : parent, len == 0 || shared ? "" : ",", key);
    struct group **at = &subscription->groups;
    while (*at != NULL) {
        struct group *group = *at;
        bool below = group->node > node && strncmp(group->parent, prefix, strlen(prefix)) == 0 &&
                     (group->parent[strlen(prefix)] == ']' || group->parent[strlen(prefix)] == ',');
        /* Its root must be this node: keyed nodes begin paths of their own. */
        int up = group->node;
        while (below && up != node) {
            int next = fold_node_of(subscription, up)->parent;
            below = up != 0 && (next == node ||
                                fold_node_of(subscription, next)->node_class != DYNR_NODE_KEYED);
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

static void apply_op(struct client *client, struct subscription *subscription, struct group *group,
                     uint64_t v, const cJSON *op)
{
    const struct dynr_view_node *node = fold_node_of(subscription, group->node);
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
    char *key = kind[0] == '+' ? key_of(node, subject) : fold_print(subject);
    struct row *row = fold_find_row(group, key, true);
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
            (void)fprintf(
                stderr,
                "%s(%s): fields of a row that is not held: %s %s v=%llu row %llu since %llu\n",
                subscription->procedure, group->parent, key, node->name, (unsigned long long)v,
                (unsigned long long)row->v, (unsigned long long)group->since);
            client->confused = true;
        } else {
            for (const cJSON *field = cJSON_GetArrayItem(op, 2)->child; field != NULL;
                 field = field->next) {
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
    cJSON_Delete(group->bound);
    group->bound = NULL;
}

static void apply_patch(struct client *client, struct subscription *subscription,
                        const cJSON *message)
{
    uint64_t v = number(message, "v");
    int node = (int)number(message, "node");
    char *parent = fold_print(cJSON_GetObjectItemCaseSensitive(message, "parent"));
    bool whole = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "whole"));
    bool value = fold_node_of(subscription, node)->node_class == DYNR_NODE_AGGREGATE;
    struct group *group =
        fold_find_group(subscription, node, parent, whole || value || parent[0] == '\0');
    if (group == NULL) {
        /* Its parent is not held. */
        free(parent);
        return;
    }
    if (group->since == UINT64_MAX) {
        group->since = 0;
    }
    if (strcmp(text(message, "t"), "bound") == 0) {
        set_bound(group, message);
    } else {
        if (whole) {
            begin_whole(group, v);
        }
        const cJSON *ops = cJSON_GetObjectItemCaseSensitive(message, "ops");
        for (const cJSON *op = ops->child; op != NULL; op = op->next) {
            apply_op(client, subscription, group, v, op);
        }
    }
    fold_apply_bound(subscription, group);
    free(parent);
}

static void take_group(struct subscription *subscription, const cJSON *piece)
{
    uint64_t v = number(piece, "v");
    int node = (int)number(piece, "node");
    char *parent = fold_print(cJSON_GetObjectItemCaseSensitive(piece, "parent"));
    struct group *group = fold_find_group(subscription, node, parent, true);
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
        char *key = key_of(fold_node_of(subscription, node), row);
        struct row *held = fold_find_row(group, key, true);
        if (held->value == NULL || v > held->v) {
            cJSON_Delete(held->value);
            held->value = cJSON_Duplicate(row, true);
            held->v = v;
        }
        free(key);
    }
    free(parent);
}

/* After `same` come the patches that were missed: those that were kept before are among them. */
static void apply_kept(struct client *client, struct subscription *subscription, bool same)
{
    for (struct kept *kept = client->kept; kept != NULL && !same; kept = kept->next) {
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

static void take_snapshot(struct client *client, struct subscription *subscription,
                          const cJSON *message)
{
    bool same = strcmp(text(message, "t"), "same") == 0;
    if (!same && !subscription->parts) {
        fold_drop_groups(subscription);
        subscription->v = 0;
    }
    subscription->view = number(message, "view");
    const cJSON *groups = cJSON_GetObjectItemCaseSensitive(message, "groups");
    for (const cJSON *piece = groups->child; piece != NULL; piece = piece->next) {
        if (same) {
            struct group *group =
                fold_find_group(subscription, (int)number(piece, "node"), "", true);
            set_bound(group, piece);
            fold_apply_bound(subscription, group);
        } else {
            take_group(subscription, piece);
        }
    }
    uint64_t v = number(message, "v");
    (void)snprintf(subscription->token, sizeof subscription->token, "%s", text(message, "token"));
    subscription->token_from = v;
    subscription->v = v > subscription->v ? v : subscription->v;
    subscription->parts = strcmp(text(message, "part"), "more") == 0;
    if (!subscription->parts) {
        subscription->pending = false;
        subscription->suspended = false;
        subscription->code[0] = '\0';
        apply_kept(client, subscription, same);
    }
}

struct subscription *fold_find_subscription(const struct client *client, uint64_t id)
{
    struct subscription *subscription = client->subscriptions;
    while (subscription != NULL && subscription->id != id) {
        subscription = subscription->next;
    }
    return subscription;
}

static void take_error(struct client *client, const cJSON *message)
{
    struct subscription *subscription = fold_find_subscription(client, number(message, "id"));
    if (subscription != NULL) {
        (void)snprintf(subscription->code, sizeof subscription->code, "%s", text(message, "code"));
        subscription->suspended =
            cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "suspended"));
        subscription->pending = subscription->suspended;
        subscription->view = 0;
        fold_drop_groups(subscription);
    }
}

static bool take_patch(struct client *client, const cJSON *message)
{
    bool pending = false;
    for (struct subscription *subscription = client->subscriptions; subscription != NULL;
         subscription = subscription->next) {
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
    for (struct subscription *subscription = client->subscriptions; subscription != NULL;
         subscription = subscription->next) {
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
    struct subscription *subscription = fold_find_subscription(client, number(message, "id"));
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

size_t client_count(const struct client *client, const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return client->counts[i];
        }
    }
    return 0;
}
