/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check. It reads templates, slots and paths, never what derivation knew when it made them, so that a fault in
 * derivation (or one that a test plants) shows. Three parts: the structure of each entity here, templates against each
 * other symbolically (verify_pattern.c), and paths against sample items (verify_sample.c).
 */
#include "plan/derive.h"

struct structure {
    const struct dyn_plan *plan;
    struct dyn_diags *diags;
    struct dynr_arena *arena;
    bool ok;
};

static void fault(struct structure *structure, const struct dyn_plan_entity *entity,
                  struct dyn_span span, struct dynr_str what)
{
    structure->ok = false;
    struct dyn_diag *diag =
        dyn_report(structure->diags, DYN_CODE_SELF_CHECK, span, "the plan of `%.*s` does not hold",
                   DYN_STR(entity->model->name->text));
    dyn_diag_fact(structure->diags, diag, "counter-example: %.*s", DYN_STR(what));
    dyn_diag_help(structure->diags, diag,
                  "this is a fault of dynrc: please report it with the schema");
}

static struct dynr_str template_text(struct structure *structure,
                                     const struct dyn_key_template *key)
{
    struct dynr_buf buf = {0};
    dyn_key_template_write(key, &buf);
    return dyn_take_text(structure->arena, &buf);
}

/* Values end at delimiters, and an optional one makes the key absent. */
static void check_template(struct structure *structure, const struct dyn_plan_entity *entity,
                           const struct dyn_key_template *key, struct dyn_span span)
{
    bool sparse = false;
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        bool separated = piece->literal.len != 0 && piece->literal.ptr[0] == key->delimiter;
        if (i != 0 && !separated) {
            fault(structure, entity, span,
                  dyn_text(structure->arena,
                           "in `%.*s` a value runs into what follows it: (\"a\", \"b\") and "
                           "(\"ab\", \"\") "
                           "would have one key",
                           DYN_STR(template_text(structure, key))));
        }
        if (piece->value == NULL && i + 1 != key->n_pieces) {
            fault(structure, entity, span,
                  dyn_text(structure->arena, "`%.*s` has a literal in its middle",
                           DYN_STR(template_text(structure, key))));
        }
        sparse = sparse || (piece->value != NULL && dyn_value_is_optional(piece->value));
    }
    if (sparse != key->sparse) {
        fault(structure, entity, span,
              dyn_text(structure->arena, "`%.*s` %s", DYN_STR(template_text(structure, key)),
                       sparse ? "would be written for rows that lack a part"
                              : "is said to be sparse, and is not"));
    }
}

static bool holds_key(const struct dyn_plan_entity *entity, const struct dyn_values *values)
{
    for (size_t i = 0; i < entity->n_key_values; i++) {
        if (!dyn_values_has(values, entity->key_values[i])) {
            return false;
        }
    }
    return true;
}

static void check_requirement(struct structure *structure, const struct dyn_plan_entity *entity,
                              size_t index)
{
    const struct dyn_requirement *requirement = entity->requirements[index];
    const struct dyn_plan_slot *slot = requirement->slot;
    struct dyn_span span = requirement->span;
    check_template(structure, entity, &requirement->partition, span);
    check_template(structure, entity, &requirement->sort, span);
    if (slot == NULL ||
        !dynr_str_equal(slot->partition_attribute, requirement->partition.attribute) ||
        (requirement->sort.n_pieces != 0 &&
         !dynr_str_equal(slot->sort_attribute, requirement->sort.attribute)) ||
        slot->partition_type != requirement->partition.type) {
        fault(structure, entity, span,
              dyn_text(structure->arena, "`%.*s` writes other attributes than its index has",
                       DYN_STR(requirement->name)));
    }
    if (requirement->served_by != NULL) {
        return;
    }
    for (size_t i = 0; i < index; i++) {
        const struct dyn_requirement *other = entity->requirements[i];
        if (other->served_by == NULL && other->slot == slot) {
            fault(structure, entity, span,
                  dyn_text(structure->arena,
                           "`%.*s` and `%.*s` both write `%.*s`, and an item has it once",
                           DYN_STR(other->name), DYN_STR(requirement->name),
                           DYN_STR(requirement->partition.attribute)));
        }
    }
    struct dyn_values values = {0};
    dyn_template_collect(structure->arena, &requirement->partition, &values);
    dyn_template_collect(structure->arena, &requirement->sort, &values);
    if (requirement->written == NULL && !holds_key(entity, &values)) {
        fault(structure, entity, span,
              dyn_text(structure->arena,
                       "rows that differ only in their key have the same place in `%.*s` (`%.*s`)",
                       DYN_STR(requirement->name),
                       DYN_STR(template_text(structure, &requirement->sort))));
    }
}

/* The fields that a path says must be present are the optional ones of its templates. */
static void check_presence(struct structure *structure, const struct dyn_plan_path *path)
{
    const struct dyn_key_template *keys[] = {path->partition, path->sort};
    size_t n = 0;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < keys[k]->n_pieces; i++) {
            const struct dyn_key_value *value = keys[k]->pieces[i].value;
            if (value == NULL || !dyn_value_is_optional(value)) {
                continue;
            }
            bool said = false;
            for (size_t p = 0; p < path->n_presence; p++) {
                said = said || path->presence[p] == value->path[0];
            }
            if (!said) {
                fault(structure, path->entity, path->entity->model->span,
                      dyn_text(structure->arena,
                               "`%.*s` misses rows without `%.*s`, and does not say so",
                               DYN_STR(path->name), DYN_STR(value->path[0]->name->text)));
            }
            n++;
        }
    }
    if (n == 0 && path->n_presence != 0) {
        fault(structure, path->entity, path->entity->model->span,
              dyn_text(structure->arena, "`%.*s` asks for `%.*s`, which is in none of its keys",
                       DYN_STR(path->name), DYN_STR(path->presence[0]->name->text)));
    }
}

static void check_entity(struct structure *structure, const struct dyn_plan_entity *entity)
{
    struct dyn_span span = entity->model->span;
    check_template(structure, entity, &entity->partition, span);
    check_template(structure, entity, &entity->sort, span);
    struct dyn_values values = {0};
    dyn_template_collect(structure->arena, &entity->partition, &values);
    dyn_template_collect(structure->arena, &entity->sort, &values);
    if (!holds_key(entity, &values) || values.n != entity->n_key_values) {
        fault(structure, entity, span,
              dyn_text(structure->arena,
                       "`%.*s` / `%.*s` is not made of the key: two rows could share it",
                       DYN_STR(template_text(structure, &entity->partition)),
                       DYN_STR(template_text(structure, &entity->sort))));
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        check_requirement(structure, entity, i);
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        check_template(structure, entity, &entity->uniques[i].partition,
                       entity->uniques[i].unique->span);
    }
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (entity->paths[i]->kind != DYN_PATH_UNIQUE) {
            check_presence(structure, entity->paths[i]);
        }
    }
}

bool dyn_verify_structure(const struct dyn_plan *plan, struct dynr_arena *arena,
                          struct dyn_diags *diags)
{
    struct structure structure = {plan, diags, arena, true};
    for (size_t i = 0; i < plan->n_entities; i++) {
        check_entity(&structure, plan->entities[i]);
    }
    return structure.ok;
}

bool dyn_plan_verify(const struct dyn_plan *plan, struct dynr_arena *arena, struct dyn_diags *diags)
{
    bool structure_holds = dyn_verify_structure(plan, arena, diags);
    bool patterns_hold = dyn_verify_patterns(plan, arena, diags, DYN_CODE_SELF_CHECK);
    bool samples_hold = dyn_verify_samples(plan, arena, diags);
    return structure_holds && patterns_hold && samples_hold;
}
