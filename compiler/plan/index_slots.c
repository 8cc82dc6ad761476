/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical indexes. Requirements of one entity conflict, since an item has one value of each key attribute; those of
 * different entities share. So the fewest slots are the most that one entity needs, and numbering each entity's
 * requirements in declaration order reaches that bound. The lock pins first; a slot that an entity gave up is not
 * given to it again, because old items still carry its keys.
 */
#include "plan/derive.h"

#include <stdlib.h>

#include "base/map.h"

/* Derived slots of one table by number, and its written-out ones. */
struct slot_table {
    struct dyn_derive *derive;
    struct dyn_plan_table *table;
    struct dyn_plan_slot **derived;
    size_t n_derived;
    size_t cap_derived;
    struct dyn_plan_slot **written;
    size_t n_written;
    size_t cap_written;
    struct dynr_map written_by_name;
    /** Attribute names of fields and written-out indexes. */
    struct dynr_map attributes;
};

/* Slot numbers that an entity cannot use: used or retired. */
struct taken {
    size_t *numbers;
    size_t n;
    size_t cap;
};

static void take(struct dynr_arena *arena, struct taken *taken, size_t number)
{
    taken->numbers = dyn_grow(arena, taken->numbers, taken->n, &taken->cap, sizeof *taken->numbers);
    taken->numbers[taken->n++] = number;
}

static bool is_taken(const struct taken *taken, size_t number)
{
    for (size_t i = 0; i < taken->n; i++) {
        if (taken->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

/* "gsi12" -> 12; 0 for anything else. */
static size_t slot_number(struct dynr_str name)
{
    if (name.len < 4 || name.len > 8 || memcmp(name.ptr, "gsi", 3) != 0 || name.ptr[3] == '0') {
        return 0;
    }
    size_t number = 0;
    for (size_t i = 3; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') {
            return 0;
        }
        number = number * 10 + (size_t)(name.ptr[i] - '0');
    }
    return number;
}

static void put(struct dynr_map *map, struct dynr_str key, void *value)
{
    if (!dynr_map_put(map, key, value, NULL)) {
        abort();
    }
}

static void add_to_slot(struct dyn_derive *derive, struct dyn_plan_slot *slot,
                        struct dyn_requirement *requirement)
{
    /* Lists grow by doubling; their capacity is the next power of two. */
    size_t n = slot->n_requirements;
    if ((n & (n - 1)) == 0) {
        const struct dyn_requirement **grown =
            dyn_alloc_array(derive->arena, n == 0 ? 1 : 2 * n, sizeof(struct dyn_requirement *));
        for (size_t i = 0; i < n; i++) {
            grown[i] = slot->requirements[i];
        }
        slot->requirements = grown;
    }
    slot->requirements[slot->n_requirements++] = requirement;
    requirement->slot = slot;
    requirement->partition.attribute = slot->partition_attribute;
    requirement->sort.attribute = slot->sort_attribute;
}

/* ---- written-out indexes ----------------------------------------------------------------------------------- */

static void report_written_conflict(struct dyn_derive *derive,
                                    const struct dyn_requirement *requirement,
                                    const struct dyn_plan_slot *slot)
{
    const struct dyn_requirement *first = slot->requirements[0];
    bool same_entity = first->entity == requirement->entity;
    struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, requirement->span,
                                       same_entity ? "index `%.*s` is used twice by one model"
                                                   : "index `%.*s` is described in two ways",
                                       DYN_STR(slot->name));
    dyn_diag_note(derive->diags, diag, first->span, "first described here");
    dyn_diag_help(derive->diags, diag,
                  "give it another physical name, or the same key attributes and types");
}

static void place_written(struct slot_table *slots, struct dyn_requirement *requirement)
{
    struct dyn_derive *derive = slots->derive;
    const struct dyn_written_key *written = requirement->written;
    struct dynr_str name =
        written->physical_name.len != 0 ? written->physical_name : written->name->text;
    char sort_type = requirement->sort.n_pieces != 0 ? requirement->sort.type : (char)0;
    struct dyn_plan_slot *slot = dynr_map_get(&slots->written_by_name, name);
    if (slot == NULL) {
        slot = dyn_alloc(derive->arena, sizeof *slot);
        slot->name = name;
        slot->table = slots->table->table;
        slot->partition_attribute = requirement->partition.attribute;
        slot->sort_attribute = requirement->sort.attribute;
        slot->partition_type = requirement->partition.type;
        slot->sort_type = sort_type;
        slots->written = dyn_grow(derive->arena, slots->written, slots->n_written,
                                  &slots->cap_written, sizeof *slots->written);
        slots->written[slots->n_written++] = slot;
        put(&slots->written_by_name, name, slot);
        put(&slots->attributes, slot->partition_attribute, slot);
        put(&slots->attributes, slot->sort_attribute, slot);
    } else {
        bool twice = false;
        for (size_t i = 0; i < slot->n_requirements; i++) {
            twice = twice || slot->requirements[i]->entity == requirement->entity;
        }
        if (twice || !dynr_str_equal(slot->partition_attribute, requirement->partition.attribute) ||
            !dynr_str_equal(slot->sort_attribute, requirement->sort.attribute) ||
            slot->partition_type != requirement->partition.type || slot->sort_type != sort_type) {
            report_written_conflict(derive, requirement, slot);
            return;
        }
    }
    struct dyn_name own_name = {requirement->name};
    const struct dyn_lock_entry *locked =
        dyn_lock_find_member(derive->lock, "index", requirement->entity->model, &own_name, NULL);
    if (locked != NULL) {
        slot->locked = true;
        struct dynr_str old = dyn_lock_word(locked, "slot");
        if (old.len != 0 && !dynr_str_equal(old, name)) {
            struct dyn_diag *diag =
                dyn_report(derive->diags, DYN_CODE_LOCK_SLOT_MOVED, locked->span,
                           "`%.*s` is locked to index `%.*s`, and described as `%.*s`",
                           DYN_STR(locked->name), DYN_STR(old), DYN_STR(name));
            dyn_diag_note(derive->diags, diag, requirement->span, "described here");
            dyn_diag_help(derive->diags, diag,
                          "items would have to be back-filled into a new index; keep the name, or "
                          "declare a second index and remove this one later");
        }
    }
    add_to_slot(derive, slot, requirement);
}

/* ---- derived indexes --------------------------------------------------------------------------------------- */

static struct dynr_str attribute_name(struct dyn_derive *derive, size_t number, const char *suffix)
{
    return dyn_text(derive->arena, "gsi%zu%s", number, suffix);
}

/* A number whose index or attribute names are somebody else's. */
static bool number_is_free(struct slot_table *slots, size_t number)
{
    struct dyn_derive *derive = slots->derive;
    if (number <= slots->n_derived && slots->derived[number - 1] != NULL) {
        return true;
    }
    return dynr_map_get(&slots->written_by_name, attribute_name(derive, number, "")) == NULL &&
           dynr_map_get(&slots->attributes, attribute_name(derive, number, "pk")) == NULL &&
           dynr_map_get(&slots->attributes, attribute_name(derive, number, "sk")) == NULL;
}

static struct dyn_plan_slot *slot_at(struct slot_table *slots, size_t number)
{
    struct dyn_derive *derive = slots->derive;
    while (slots->n_derived < number) {
        slots->derived = dyn_grow(derive->arena, slots->derived, slots->n_derived,
                                  &slots->cap_derived, sizeof *slots->derived);
        slots->derived[slots->n_derived++] = NULL;
    }
    struct dyn_plan_slot *slot = slots->derived[number - 1];
    if (slot == NULL) {
        slot = dyn_alloc(derive->arena, sizeof *slot);
        slot->name = attribute_name(derive, number, "");
        slot->table = slots->table->table;
        slot->partition_attribute = attribute_name(derive, number, "pk");
        slot->sort_attribute = attribute_name(derive, number, "sk");
        slot->partition_type = 'S';
        slot->sort_type = 'S';
        slots->derived[number - 1] = slot;
    }
    return slot;
}

static const struct dyn_lock_entry *locked_entry(struct slot_table *slots,
                                                 const struct dyn_requirement *requirement)
{
    const struct dyn_model *model = requirement->entity->model;
    struct dyn_name name = {requirement->name};
    const struct dyn_name *was = NULL;
    for (size_t i = 0; i < model->n_fields && slots->derive->lock->present; i++) {
        if (dynr_str_equal(model->fields[i]->name->text, requirement->name)) {
            was = model->fields[i]->was;
        }
    }
    return dyn_lock_find_member(slots->derive->lock, "index", model, &name, was);
}

static void place_locked(struct slot_table *slots, struct dyn_plan_entity *entity,
                         struct taken *taken)
{
    struct dyn_derive *derive = slots->derive;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->written != NULL || requirement->served_by != NULL) {
            continue;
        }
        const struct dyn_lock_entry *entry = locked_entry(slots, requirement);
        struct dynr_str name = dyn_lock_word(entry, "slot");
        if (name.len == 0) {
            continue;
        }
        size_t number = slot_number(name);
        if (number == 0 || is_taken(taken, number) || !number_is_free(slots, number)) {
            struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_LOCK_SLOT_MOVED, entry->span,
                                               "`%.*s` cannot stay in index `%.*s`",
                                               DYN_STR(entry->name), DYN_STR(name));
            dyn_diag_fact(
                derive->diags, diag,
                "why: another index of `%.*s`, a written-out index or a field has its name",
                DYN_STR(entity->model->name->text));
            dyn_diag_note(derive->diags, diag, requirement->span, "declared here");
            continue;
        }
        struct dyn_plan_slot *slot = slot_at(slots, number);
        slot->locked = true;
        take(derive->arena, taken, number);
        add_to_slot(derive, slot, requirement);
    }
}

static void place_free(struct slot_table *slots, struct dyn_plan_entity *entity,
                       struct taken *taken)
{
    struct dyn_derive *derive = slots->derive;
    size_t number = 1;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->written != NULL || requirement->served_by != NULL ||
            requirement->slot != NULL) {
            continue;
        }
        while (is_taken(taken, number) || !number_is_free(slots, number)) {
            number++;
        }
        take(derive->arena, taken, number);
        add_to_slot(derive, slot_at(slots, number), requirement);
    }
}

static void join_served(struct dyn_plan_entity *entity)
{
    for (size_t i = 0; i < entity->n_requirements; i++) {
        struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL) {
            requirement->slot = requirement->served_by->slot;
            requirement->partition = requirement->served_by->partition;
            requirement->sort = requirement->served_by->sort;
        }
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static size_t count_derived(const struct dyn_plan_entity *entity)
{
    size_t n = 0;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        n += entity->requirements[i]->written == NULL && entity->requirements[i]->served_by == NULL;
    }
    return n;
}

static void report_budget(struct dyn_derive *derive, const struct dyn_plan_table *table)
{
    const struct dyn_table *setting = table->table;
    struct dyn_span span = setting->index_budget_span;
    if (span.end == span.start) {
        span = setting->span;
    }
    struct dyn_diag *diag =
        dyn_report(derive->diags, DYN_CODE_INDEX_BUDGET, span,
                   "table `%.*s` needs %zu indexes, its budget is %u", DYN_STR(setting->name->text),
                   table->n_slots, (unsigned)setting->index_budget);
    const struct dyn_plan_entity *entity = table->lower_bound_entity;
    if (entity != NULL) {
        dyn_diag_fact(
            derive->diags, diag,
            "conflict: these indexes of `%.*s` cannot share one, an item has one key per index",
            DYN_STR(entity->model->name->text));
        for (size_t i = 0; i < entity->n_requirements; i++) {
            const struct dyn_requirement *requirement = entity->requirements[i];
            if (requirement->served_by == NULL) {
                dyn_diag_note(derive->diags, diag, requirement->span, "`%.*s`: %.*s",
                              DYN_STR(requirement->name), DYN_STR(requirement->reason));
            }
        }
    }
    if (table->lower_bound < table->n_slots) {
        dyn_diag_fact(derive->diags, diag,
                      "bound: %zu would do without the slots that the lock file keeps",
                      table->lower_bound);
    }
    dyn_diag_help(derive->diags, diag,
                  "raise the budget (`gsi max %zu`), or drop an index that no query needs",
                  table->n_slots);
}

static void finish_table(struct slot_table *slots)
{
    struct dyn_derive *derive = slots->derive;
    struct dyn_plan_table *table = slots->table;
    table->slots =
        dyn_alloc_array(derive->arena, slots->n_derived + slots->n_written, sizeof *table->slots);
    for (size_t i = 0; i < slots->n_derived; i++) {
        if (slots->derived[i] != NULL) {
            table->slots[table->n_slots++] = slots->derived[i];
        }
    }
    for (size_t i = 0; i < slots->n_written; i++) {
        table->slots[table->n_slots++] = slots->written[i];
    }
    table->lower_bound += slots->n_written;
    if (table->n_slots > table->table->index_budget) {
        report_budget(derive, table);
    }
    dynr_map_cleanup(&slots->written_by_name);
    dynr_map_cleanup(&slots->attributes);
}

/* Names of the lock's entries that an index of the plan still has, and where the slots of each model are noted. */
static void note_live(struct dyn_derive *derive, struct taken *taken, struct dynr_map *live,
                      struct dynr_map *models)
{
    const struct dyn_plan *plan = derive->plan;
    struct slot_table lookup = {0};
    lookup.derive = derive;
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        const struct dyn_lock_entry *model = dyn_lock_find_model(derive->lock, entity->model);
        if (model != NULL) {
            put(models, model->name, &taken[i]);
        }
        for (size_t k = 0; k < entity->n_requirements; k++) {
            const struct dyn_lock_entry *entry = locked_entry(&lookup, entity->requirements[k]);
            if (entry != NULL) {
                put(live, entry->name, taken);
            }
        }
    }
}

/* Slots of indexes that are gone, now or long since, by entity: old items may still carry their keys. */
static struct taken *collect_given_up(struct dyn_derive *derive)
{
    struct taken *taken = dyn_alloc_array(derive->arena, derive->plan->n_entities, sizeof *taken);
    if (!derive->lock->present) {
        return taken;
    }
    struct dynr_map live;
    struct dynr_map models;
    dynr_map_init(&live, NULL);
    dynr_map_init(&models, NULL);
    note_live(derive, taken, &live, &models);
    for (size_t i = 0; i < derive->lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = derive->lock->entries[i];
        const char *dot =
            entry->name.len == 0 ? NULL : memchr(entry->name.ptr, '.', entry->name.len);
        size_t number = slot_number(dyn_lock_word(entry, "slot"));
        if (!dynr_str_equal_c(entry->kind, "index") || dot == NULL || number == 0 ||
            (!entry->retired && dynr_map_get(&live, entry->name) != NULL)) {
            continue;
        }
        struct taken *of =
            dynr_map_get(&models, dynr_str_make(entry->name.ptr, (size_t)(dot - entry->name.ptr)));
        if (of != NULL) {
            take(derive->arena, of, number);
        }
    }
    dynr_map_cleanup(&live);
    dynr_map_cleanup(&models);
    return taken;
}

static struct slot_table *slots_of(struct slot_table *all, size_t n,
                                   const struct dyn_plan_entity *entity)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].table == entity->table) {
            return &all[i];
        }
    }
    return NULL;
}

static void note_names(struct slot_table *slots, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (dynr_str_starts_with(model->fields[i]->attribute, dynr_str_from_c("gsi"))) {
            put(&slots->attributes, model->fields[i]->attribute, slots);
        }
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        if (entity->requirements[i]->written != NULL &&
            entity->requirements[i]->partition.n_pieces != 0) {
            place_written(slots, entity->requirements[i]);
        }
    }
    size_t n = count_derived(entity);
    if (n > slots->table->lower_bound || slots->table->lower_bound_entity == NULL) {
        slots->table->lower_bound = n;
        slots->table->lower_bound_entity = entity->n_requirements != 0 ? entity : NULL;
    }
}

void dyn_derive_slots(struct dyn_derive *derive)
{
    struct dyn_plan *plan = derive->plan;
    struct slot_table *all = dyn_alloc_array(derive->arena, plan->n_tables, sizeof *all);
    for (size_t i = 0; i < plan->n_tables; i++) {
        all[i].derive = derive;
        /* Made by item_template.c and still being filled. */
        all[i].table = plan->tables[i];
        dynr_map_init(&all[i].written_by_name, NULL);
        dynr_map_init(&all[i].attributes, NULL);
    }
    struct taken *taken = collect_given_up(derive);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < plan->n_entities; i++) {
            struct dyn_plan_entity *entity = plan->entities[i];
            struct slot_table *slots = slots_of(all, plan->n_tables, entity);
            if (slots == NULL) {
                continue;
            }
            if (pass == 0) {
                note_names(slots, entity);
            } else if (pass == 1) {
                place_locked(slots, entity, &taken[i]);
            } else {
                place_free(slots, entity, &taken[i]);
                join_served(entity);
            }
        }
    }
    for (size_t i = 0; i < plan->n_tables; i++) {
        finish_table(&all[i]);
    }
}
