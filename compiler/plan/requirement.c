/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entity needs of indexes: written-out indexes, `@index`, and relations that neither the parent's partition nor
 * an index serves. A derived partition key starts with a label of its own (`TODO.assignee#...`), so that whatever shares
 * a slot never meets. Every derived sort key ends with what is left of the base key: order is total.
 */
#include "plan/derive.h"

/* Requirements of one entity while they are collected, with what their keys were asked for. */
struct collected {
    struct dyn_requirement *requirement;
    struct dyn_values partition;
    /** Before the base key completes it. */
    struct dyn_values sort;
};

struct collector {
    struct dyn_derive *derive;
    struct dyn_plan_entity *entity;
    struct collected *items;
    size_t n;
    size_t cap;
};

static bool name_is_taken(const struct collector *collector, struct dynr_str name)
{
    for (size_t i = 0; i < collector->n; i++) {
        if (dynr_str_equal(collector->items[i].requirement->name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < collector->entity->model->n_uniques; i++) {
        if (dynr_str_equal(collector->entity->model->uniques[i]->field->name->text, name)) {
            return true;
        }
    }
    return false;
}

static struct dyn_requirement *add_requirement(struct collector *collector, struct dynr_str name,
                                               struct dyn_span span)
{
    struct dyn_derive *derive = collector->derive;
    struct dynr_str free_name = name;
    for (unsigned i = 2; name_is_taken(collector, free_name); i++) {
        free_name = dyn_text(derive->arena, "%.*s%u", DYN_STR(name), i);
    }
    collector->items = dyn_grow(derive->arena, collector->items, collector->n, &collector->cap,
                                sizeof *collector->items);
    struct collected *item = &collector->items[collector->n++];
    memset(item, 0, sizeof *item);
    item->requirement = dyn_alloc(derive->arena, sizeof *item->requirement);
    item->requirement->name = free_name;
    item->requirement->entity = collector->entity;
    item->requirement->span = span;
    return item->requirement;
}

/* ---- derived keys ------------------------------------------------------------------------------------------ */

static bool may_be_empty(const struct dyn_type *type)
{
    bool has_length = type->kind == DYN_TYPE_STRING || type->kind == DYN_TYPE_BYTES;
    return has_length && (!type->has_low || type->low <= 0);
}

static void make_templates(struct collector *collector, struct collected *item,
                           const struct dyn_name *was)
{
    struct dyn_derive *derive = collector->derive;
    const struct dyn_model *model = collector->entity->model;
    struct dyn_requirement *requirement = item->requirement;
    struct dyn_name name = {requirement->name};
    const struct dyn_lock_entry *locked =
        dyn_lock_find_member(derive->lock, "index", model, &name, was);
    requirement->label = dyn_lock_word(locked, "label");
    if (requirement->label.len == 0) {
        requirement->label =
            dyn_text(derive->arena, "%.*s.%.*s", DYN_STR(model->tag), DYN_STR(requirement->name));
    }
    char delimiter = model->table->delimiter;
    struct dyn_template_builder builder = {0};
    builder.arena = derive->arena;
    dyn_template_literal(&builder, requirement->label);
    dyn_template_literal(&builder, dyn_dup(derive->arena, dynr_str_make(&delimiter, 1)));
    dyn_template_values(&builder, &item->partition, 0, delimiter);
    dyn_template_finish(&builder, dynr_str_make(NULL, 0), delimiter, &requirement->partition);

    struct dyn_values sort = {0};
    for (size_t i = 0; i < item->sort.n; i++) {
        if (!dyn_values_has(&sort, item->sort.items[i])) {
            dyn_values_add(derive->arena, &sort, item->sort.items[i]);
        }
    }
    for (size_t i = 0; i < collector->entity->n_key_values; i++) {
        const struct dyn_key_value *value = collector->entity->key_values[i];
        if (!dyn_values_has(&item->partition, value) && !dyn_values_has(&sort, value)) {
            dyn_values_add(derive->arena, &sort, value);
        }
    }
    memset(&builder, 0, sizeof builder);
    builder.arena = derive->arena;
    dyn_template_values(&builder, &sort, 0, delimiter);
    if (sort.n == 0) {
        /* The partition says it all; but an item without the index's sort key would not be in the index. */
        dyn_template_literal(&builder, model->tag);
    }
    if (sort.n == 1 && may_be_empty(sort.items[0]->type)) {
        /* DynamoDB refuses an empty key; the delimiter sorts below everything that could follow. */
        dyn_template_literal(&builder, dyn_dup(derive->arena, dynr_str_make(&delimiter, 1)));
    }
    dyn_template_finish(&builder, dynr_str_make(NULL, 0), delimiter, &requirement->sort);
}

static void collect_fields(struct dyn_derive *derive, const struct dyn_field *const *fields,
                           size_t n, struct dyn_values *out)
{
    for (size_t i = 0; i < n; i++) {
        dyn_values_add_field(derive->arena, out, fields[i]);
    }
}

static const struct dyn_name *was_of(const struct dyn_model *model, const struct dyn_name *name)
{
    for (size_t i = 0; i < model->n_fields; i++) {
        if (model->fields[i]->name == name) {
            return model->fields[i]->was;
        }
    }
    return NULL;
}

static void collect_index(struct collector *collector, const struct dyn_index *index)
{
    struct dyn_derive *derive = collector->derive;
    const struct dyn_model *model = collector->entity->model;
    struct dyn_requirement *requirement =
        add_requirement(collector, index->name->text, index->span);
    requirement->index = index;
    const char *reason = model->link_end != NULL && index->name == model->link_end->name
                             ? "second end of the link"
                             : "@index on";
    requirement->reason = dyn_text(derive->arena, "%s %.*s.%.*s", reason,
                                   DYN_STR(model->name->text), DYN_STR(index->name->text));
    struct collected *item = &collector->items[collector->n - 1];
    collect_fields(derive, index->partition, index->n_partition, &item->partition);
    collect_fields(derive, index->sort, index->n_sort, &item->sort);
    make_templates(collector, item, was_of(model, index->name));
}

/* ---- written-out indexes ----------------------------------------------------------------------------------- */

static void collect_written(struct collector *collector, const struct dyn_written_key *written)
{
    struct dyn_derive *derive = collector->derive;
    const struct dyn_model *model = collector->entity->model;
    struct dyn_requirement *requirement =
        add_requirement(collector, written->name->text, written->span);
    requirement->written = written;
    requirement->reason = dyn_text(derive->arena, "index %.*s of %.*s",
                                   DYN_STR(written->name->text), DYN_STR(model->name->text));
    struct dynr_str name =
        written->physical_name.len != 0 ? written->physical_name : written->name->text;
    dyn_written_template_make(derive, model, &written->partition,
                              dyn_text(derive->arena, "%.*sPk", DYN_STR(name)),
                              &requirement->partition);
    if (written->has_sort) {
        dyn_written_template_make(derive, model, &written->sort,
                                  dyn_text(derive->arena, "%.*sSk", DYN_STR(name)),
                                  &requirement->sort);
    }
    struct collected *item = &collector->items[collector->n - 1];
    dyn_template_collect(derive->arena, &requirement->partition, &item->partition);
    dyn_template_collect(derive->arena, &requirement->sort, &item->sort);
}

/* ---- relations --------------------------------------------------------------------------------------------- */

/* Whether the base key's own partition holds exactly the values of `via`: written-out item collections. */
static bool base_serves(const struct dyn_plan_entity *entity, const struct dyn_values *via)
{
    size_t n = 0;
    for (size_t i = 0; i < entity->partition.n_pieces; i++) {
        const struct dyn_key_value *value = entity->partition.pieces[i].value;
        if (value != NULL) {
            if (!dyn_values_has(via, value)) {
                return false;
            }
            n++;
        }
    }
    return n == via->n;
}

static bool is_served(const struct collector *collector, const struct dyn_values *via)
{
    for (size_t i = 0; i < collector->n; i++) {
        const struct dyn_values *partition = &collector->items[i].partition;
        bool equal = partition->n == via->n;
        for (size_t k = 0; equal && k < via->n; k++) {
            equal = dyn_values_has(partition, via->items[k]);
        }
        if (equal) {
            return true;
        }
    }
    return base_serves(collector->entity, via);
}

static void collect_relation(struct collector *collector, const struct dyn_relation *relation)
{
    struct dyn_derive *derive = collector->derive;
    const struct dyn_model *target = relation->target;
    const struct dyn_field *via = relation->via;
    struct dyn_values values = {0};
    dyn_values_add_field(derive->arena, &values, via);
    if (via->origin == DYN_FIELD_PARENT || is_served(collector, &values)) {
        return;
    }
    struct dyn_requirement *requirement =
        add_requirement(collector, via->name->text, relation->span);
    requirement->reason = dyn_text(derive->arena, "%.*s%s via %.*s.%.*s",
                                   DYN_STR(target->name->text), relation->many ? "[]" : "?",
                                   DYN_STR(target->name->text), DYN_STR(via->name->text));
    struct collected *item = &collector->items[collector->n - 1];
    item->partition = values;
    make_templates(collector, item, via->was);
}

/* ---- which requirement serves which ------------------------------------------------------------------------ */

static bool values_start_with(const struct dyn_values *values, const struct dyn_values *prefix)
{
    if (prefix->n > values->n) {
        return false;
    }
    for (size_t i = 0; i < prefix->n; i++) {
        if (!dyn_value_equal(values->items[i], prefix->items[i])) {
            return false;
        }
    }
    return true;
}

/* Optional fields of `a` that are in `b` too, both ways. */
static bool presence_within(const struct collected *a, const struct collected *b)
{
    const struct dyn_values *lists[] = {&a->partition, &a->sort};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->n; i++) {
            const struct dyn_key_value *value = lists[l]->items[i];
            if (dyn_value_is_optional(value) && !dyn_values_has(&b->partition, value) &&
                !dyn_values_has(&b->sort, value)) {
                return false;
            }
        }
    }
    return true;
}

/* A requirement with index keys of its own in the lock keeps them: an index that is new to the lock holds no old rows. */
static bool may_serve(const struct collector *collector, const struct collected *server,
                      const struct collected *item)
{
    const struct dyn_lock *lock = collector->derive->lock;
    const struct dyn_model *model = collector->entity->model;
    struct dyn_name name = {item->requirement->name};
    struct dyn_name server_name = {server->requirement->name};
    const struct dyn_lock_entry *own = dyn_lock_find_member(
        lock, "index", model, &name,
        was_of(model, item->requirement->index != NULL ? item->requirement->index->name : NULL));
    if (own == NULL) {
        return true;
    }
    return dynr_str_equal(dyn_lock_word(own, "served-by"), server_name.text);
}

static void find_server(const struct collector *collector, size_t index)
{
    struct collected *item = &collector->items[index];
    for (size_t i = 0; i < collector->n; i++) {
        const struct collected *server = &collector->items[i];
        if (i == index || server->requirement->written != NULL ||
            server->requirement->served_by != NULL || server->partition.n != item->partition.n ||
            !values_start_with(&server->partition, &item->partition) ||
            !values_start_with(&server->sort, &item->sort) || !presence_within(server, item) ||
            !presence_within(item, server)) {
            continue;
        }
        /* Of two equal ones the first serves. */
        if ((server->sort.n == item->sort.n && i > index) || !may_serve(collector, server, item)) {
            continue;
        }
        item->requirement->served_by = server->requirement;
        item->requirement->label = server->requirement->label;
        item->requirement->partition = server->requirement->partition;
        item->requirement->sort = server->requirement->sort;
        return;
    }
}

/* A chain a <- b <- c ends at the one that serves all. */
static void shorten_chains(const struct collector *collector)
{
    for (size_t i = 0; i < collector->n; i++) {
        struct dyn_requirement *requirement = collector->items[i].requirement;
        while (requirement->served_by != NULL && requirement->served_by->served_by != NULL) {
            requirement->served_by = requirement->served_by->served_by;
            requirement->label = requirement->served_by->label;
            requirement->partition = requirement->served_by->partition;
            requirement->sort = requirement->served_by->sort;
        }
    }
}

/* ---- all --------------------------------------------------------------------------------------------------- */

/* Relations by their target, so that the walk over the program is one. */
struct relation_link {
    const struct dyn_relation *relation;
    struct relation_link *next;
};

static struct relation_link **group_relations(struct dyn_derive *derive)
{
    const struct dyn_plan *plan = derive->plan;
    struct relation_link **first =
        dyn_alloc_array(derive->arena, plan->n_entities, sizeof(struct relation_link *));
    struct relation_link ***ends =
        dyn_alloc_array(derive->arena, plan->n_entities, sizeof(struct relation_link **));
    for (size_t i = 0; i < plan->n_entities; i++) {
        ends[i] = &first[i];
    }
    for (size_t i = 0; i < derive->program->n_models; i++) {
        const struct dyn_model *model = derive->program->models[i];
        for (size_t k = 0; k < model->n_relations; k++) {
            const struct dyn_plan_entity *target =
                dyn_plan_entity_of(plan, model->relations[k]->target);
            if (target == NULL || model->relations[k]->via == NULL) {
                continue;
            }
            struct relation_link *link = dyn_alloc(derive->arena, sizeof *link);
            link->relation = model->relations[k];
            *ends[target->index] = link;
            ends[target->index] = &link->next;
        }
    }
    return first;
}

static void collect_entity(struct dyn_derive *derive, struct dyn_plan_entity *entity,
                           const struct relation_link *links)
{
    const struct dyn_model *model = entity->model;
    struct collector collector = {0};
    collector.derive = derive;
    collector.entity = entity;
    for (size_t i = 0; i < model->n_written_indexes; i++) {
        collect_written(&collector, model->written_indexes[i]);
    }
    for (size_t i = 0; i < model->n_indexes; i++) {
        collect_index(&collector, model->indexes[i]);
    }
    for (const struct relation_link *link = links; link != NULL; link = link->next) {
        collect_relation(&collector, link->relation);
    }
    for (size_t i = 0; i < collector.n; i++) {
        if (collector.items[i].requirement->written == NULL) {
            find_server(&collector, i);
        }
    }
    shorten_chains(&collector);
    entity->requirements =
        dyn_alloc_array(derive->arena, collector.n, sizeof(struct dyn_requirement *));
    entity->n_requirements = collector.n;
    for (size_t i = 0; i < collector.n; i++) {
        entity->requirements[i] = collector.items[i].requirement;
    }
}

void dyn_derive_requirements(struct dyn_derive *derive)
{
    struct relation_link **links = group_relations(derive);
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        collect_entity(derive, derive->plan->entities[i], links[i]);
    }
}
