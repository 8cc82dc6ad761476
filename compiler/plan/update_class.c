/* SPDX-License-Identifier: Apache-2.0 */
/* What a write to each field means for the keys, found from the templates that use it. */
#include "plan/derive.h"

const char *dyn_update_class_name(enum dyn_update_class update_class)
{
    switch (update_class) {
    case DYN_UPDATE_IN_PLACE:
        return "in place";
    case DYN_UPDATE_INDEX_KEYS:
        return "index keys";
    case DYN_UPDATE_READ_FIRST:
        return "read first";
    case DYN_UPDATE_GUARD:
        return "guard";
    case DYN_UPDATE_MOVE:
        return "move";
    case DYN_UPDATE_FORBIDDEN:
        return "forbidden";
    }
    return "?";
}

/* How one template concerns `field`: not at all, alone with the key, or together with other fields. */
static enum dyn_update_class class_in_template(const struct dyn_key_template *key,
                                               const struct dyn_field *field)
{
    bool used = false;
    bool needs_others = false;
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_value *value = key->pieces[i].value;
        if (value == NULL) {
            continue;
        }
        if (value->path[0] == field) {
            used = true;
        } else if (!value->path[0]->is_key) {
            needs_others = true;
        }
    }
    if (!used) {
        return DYN_UPDATE_IN_PLACE;
    }
    return needs_others ? DYN_UPDATE_READ_FIRST : DYN_UPDATE_INDEX_KEYS;
}

static enum dyn_update_class class_of(const struct dyn_plan_entity *entity,
                                      const struct dyn_field *field)
{
    switch (field->origin) {
    case DYN_FIELD_CREATED_AT:
    case DYN_FIELD_UPDATED_AT:
    case DYN_FIELD_VERSION:
    case DYN_FIELD_DELETED_AT:
        return DYN_UPDATE_FORBIDDEN;
    case DYN_FIELD_DECLARED:
    case DYN_FIELD_PARENT:
    case DYN_FIELD_TTL:
        break;
    }
    if (field->is_key) {
        return entity->model->n_children != 0 ? DYN_UPDATE_FORBIDDEN : DYN_UPDATE_MOVE;
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        if (entity->uniques[i].unique->field == field) {
            return DYN_UPDATE_GUARD;
        }
    }
    enum dyn_update_class worst = DYN_UPDATE_IN_PLACE;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        enum dyn_update_class of_partition = class_in_template(&requirement->partition, field);
        enum dyn_update_class of_sort = class_in_template(&requirement->sort, field);
        worst = of_partition > worst ? of_partition : worst;
        worst = of_sort > worst ? of_sort : worst;
    }
    return worst;
}

void dyn_derive_update_classes(struct dyn_derive *derive)
{
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        struct dyn_plan_entity *entity = derive->plan->entities[i];
        const struct dyn_model *model = entity->model;
        entity->update_classes =
            dyn_alloc_array(derive->arena, model->n_fields, sizeof *entity->update_classes);
        for (size_t k = 0; k < model->n_fields; k++) {
            entity->update_classes[k] = class_of(entity, model->fields[k]);
        }
    }
}
