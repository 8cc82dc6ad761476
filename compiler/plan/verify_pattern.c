/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbolic half of the self-check. A key is a sequence of parts between delimiters, and no value can hold the
 * delimiter; so two templates can produce the same key only if they have as many parts and each pair of parts can be the
 * same text. Templates whose first part is a literal meet only templates with that literal: comparing within such
 * classes keeps the check linear in practice.
 */
#include <stdlib.h>

#include "base/key_codec.h"
#include "base/map.h"
#include "plan/derive.h"

/* Text between two delimiters: literal, or literal + value + literal. */
struct part {
    struct dynr_str head;
    const struct dyn_type *type;
    struct dynr_str tail;
};

struct pattern {
    bool present;
    bool native;
    const struct dyn_type *native_type;
    struct part *parts;
    size_t n;
    /* Two values touch: nothing can be said about it. */
    bool blurred;
};

/* Something that puts keys into a table or an index. */
struct writer {
    const struct dyn_plan_entity *entity;
    struct dynr_str what;
    struct dyn_span span;
    struct pattern partition;
    struct pattern sort;
    /* The user wrote the template. */
    bool written;
    /* Parts at the start of the sort key that a read of a whole kind fixes; SIZE_MAX: no such read. */
    size_t n_read_parts;
    struct writer *next_in_class;
    struct writer *next_wild;
    struct writer *next_same_sort;
    /* First of a class: the class's lists. */
    struct writer *wilds;
    struct dynr_map by_sort;
};

struct space {
    bool is_base;
    struct dynr_map by_partition;
    struct writer *wild;
    struct writer *all;
};

struct checker {
    struct dynr_arena arena;
    struct dyn_diags *diags;
    enum dyn_code code;
    bool ok;
};

/* ---- patterns ---------------------------------------------------------------------------------------------- */

static struct part *add_part(struct checker *checker, struct pattern *pattern, size_t *cap)
{
    pattern->parts =
        dyn_grow(&checker->arena, pattern->parts, pattern->n, cap, sizeof *pattern->parts);
    struct part *part = &pattern->parts[pattern->n++];
    memset(part, 0, sizeof *part);
    return part;
}

static struct dynr_str joined(struct checker *checker, struct dynr_str a, struct dynr_str b)
{
    return a.len == 0 ? b : dyn_text(&checker->arena, "%.*s%.*s", DYN_STR(a), DYN_STR(b));
}

static void make_pattern(struct checker *checker, const struct dyn_key_template *key,
                         struct pattern *out)
{
    memset(out, 0, sizeof *out);
    out->present = key->n_pieces != 0;
    if (!out->present) {
        return;
    }
    if (key->native) {
        out->native = true;
        out->native_type = key->pieces[0].value->type;
        return;
    }
    size_t cap = 0;
    struct part *part = add_part(checker, out, &cap);
    for (size_t i = 0; i < key->n_pieces; i++) {
        struct dynr_str rest = key->pieces[i].literal;
        while (rest.len != 0) {
            const char *end = memchr(rest.ptr, key->delimiter, rest.len);
            struct dynr_str text =
                dynr_str_make(rest.ptr, end == NULL ? rest.len : (size_t)(end - rest.ptr));
            struct dynr_str *side = part->type == NULL ? &part->head : &part->tail;
            *side = joined(checker, *side, text);
            if (end == NULL) {
                break;
            }
            part = add_part(checker, out, &cap);
            rest = dynr_str_make(end + 1, rest.len - text.len - 1);
        }
        if (key->pieces[i].value != NULL) {
            out->blurred = out->blurred || part->type != NULL;
            part->type = key->pieces[i].value->type;
        }
    }
}

/* Length of all texts of a type, or 0 where they differ. */
static size_t fixed_length(const struct dyn_type *type)
{
    switch ((unsigned)type->kind) {
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_BOOL:
        return dyn_value_max_length(type, false);
    default:
        return 0;
    }
}

static bool type_can_be(const struct dyn_type *type, struct dynr_str text)
{
    int64_t number;
    switch ((unsigned)type->kind) {
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_BOOL:
        return text.len == fixed_length(type);
    case DYN_TYPE_INT:
    case DYN_TYPE_ENUM:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_EPOCH:
        return dynr_key_part_int(text, &number);
    case DYN_TYPE_DECIMAL:
        return text.len != 0 && (text.ptr[0] == 'n' || text.ptr[0] == 'o' || text.ptr[0] == 'p');
    default:
        return true;
    }
}

static bool types_can_meet(const struct dyn_type *a, const struct dyn_type *b)
{
    size_t length_a = fixed_length(a);
    size_t length_b = fixed_length(b);
    return length_a == 0 || length_b == 0 || length_a == length_b;
}

static bool share_start(struct dynr_str a, struct dynr_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    return n == 0 || memcmp(a.ptr, b.ptr, n) == 0;
}

static bool share_end(struct dynr_str a, struct dynr_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    return n == 0 || memcmp(a.ptr + a.len - n, b.ptr + b.len - n, n) == 0;
}

static bool literal_fits(struct dynr_str literal, const struct part *part)
{
    if (literal.len < part->head.len + part->tail.len || !share_start(literal, part->head) ||
        !share_end(literal, part->tail)) {
        return false;
    }
    struct dynr_str middle =
        dynr_str_make(literal.ptr == NULL ? NULL : literal.ptr + part->head.len,
                      literal.len - part->head.len - part->tail.len);
    return type_can_be(part->type, middle);
}

static bool parts_can_meet(const struct part *a, const struct part *b)
{
    if (a->type == NULL && b->type == NULL) {
        return dynr_str_equal(a->head, b->head);
    }
    if (a->type == NULL) {
        return literal_fits(a->head, b);
    }
    if (b->type == NULL) {
        return literal_fits(b->head, a);
    }
    if (!share_start(a->head, b->head) || !share_end(a->tail, b->tail)) {
        return false;
    }
    bool same_frame = a->head.len == b->head.len && a->tail.len == b->tail.len;
    return !same_frame || types_can_meet(a->type, b->type);
}

static bool native_can_be(const struct dyn_type *type, const struct pattern *pattern)
{
    if (pattern->native) {
        return types_can_meet(type, pattern->native_type);
    }
    if (fixed_length(type) == 0) {
        return true;
    }
    /* Canonical forms hold no delimiter. */
    struct part whole = {.type = type};
    return pattern->n == 1 && parts_can_meet(&whole, &pattern->parts[0]);
}

/* Whether the first `n` parts can be the same; with `n` SIZE_MAX the whole keys. */
static bool patterns_can_meet(const struct pattern *a, const struct pattern *b, size_t n)
{
    if (!a->present || !b->present || a->blurred || b->blurred) {
        return a->present == b->present;
    }
    if (a->native || b->native) {
        return a->native ? native_can_be(a->native_type, b) : native_can_be(b->native_type, a);
    }
    if (n == SIZE_MAX) {
        if (a->n != b->n) {
            return false;
        }
        n = a->n;
    } else if (a->n < n || b->n <= n) {
        /* A prefix that ends in a delimiter needs another part behind it. */
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!parts_can_meet(&a->parts[i], &b->parts[i])) {
            return false;
        }
    }
    return true;
}

/* ---- pairs ------------------------------------------------------------------------------------------------- */

static void report_pair(struct checker *checker, const struct writer *a, const struct writer *b,
                        bool same_key)
{
    checker->ok = false;
    /* Derived keys that meet are nobody's fault but ours. */
    enum dyn_code code = a->written || b->written ? checker->code : DYN_CODE_SELF_CHECK;
    struct dyn_diag *diag = dyn_report(checker->diags, code, a->span,
                                       same_key ? "%.*s and %.*s can have the same key"
                                                : "reading %.*s would also find %.*s",
                                       DYN_STR(a->what), DYN_STR(b->what));
    if (b->span.end > b->span.start) {
        dyn_diag_note(checker->diags, diag, b->span, "the other one");
    }
    if (code == DYN_CODE_KEY_TEMPLATE) {
        dyn_diag_help(checker->diags, diag, "begin each key with a text of its own: \"%.*s#{...}\"",
                      DYN_STR(a->entity->model->tag));
    } else {
        dyn_diag_help(checker->diags, diag, "this is a fault of dynrc: please report it");
    }
}

static bool reads_into(const struct writer *reader, const struct writer *other)
{
    if (reader->n_read_parts == SIZE_MAX) {
        return false;
    }
    return reader->n_read_parts == 0 ||
           patterns_can_meet(&reader->sort, &other->sort, reader->n_read_parts);
}

static void check_pair(struct checker *checker, const struct space *space, const struct writer *a,
                       const struct writer *b)
{
    if (!patterns_can_meet(&a->partition, &b->partition, SIZE_MAX)) {
        return;
    }
    if (space->is_base && patterns_can_meet(&a->sort, &b->sort, SIZE_MAX)) {
        report_pair(checker, a, b, true);
    } else if (reads_into(a, b)) {
        report_pair(checker, a, b, false);
    } else if (reads_into(b, a)) {
        report_pair(checker, b, a, false);
    }
}

static bool is_class(const struct pattern *pattern)
{
    return pattern->present && !pattern->native && !pattern->blurred &&
           pattern->parts[0].type == NULL;
}

static void put(struct dynr_map *map, struct dynr_str key, void *value)
{
    if (!dynr_map_put(map, key, value, NULL)) {
        abort();
    }
}

/* Compares `writer` with those of its class before it, and joins it. */
static void join_class(struct checker *checker, const struct space *space, struct writer *first,
                       struct writer *writer)
{
    for (const struct writer *other = first->wilds; other != NULL; other = other->next_wild) {
        check_pair(checker, space, other, writer);
    }
    if (!is_class(&writer->sort) || writer->n_read_parts == 0) {
        for (const struct writer *other = first; other != NULL; other = other->next_in_class) {
            /* Wild ones were compared above. */
            if (other != writer && is_class(&other->sort) && other->n_read_parts != 0) {
                check_pair(checker, space, other, writer);
            }
        }
        writer->next_wild = first->wilds;
        first->wilds = writer;
    } else {
        struct writer *same = dynr_map_get(&first->by_sort, writer->sort.parts[0].head);
        for (const struct writer *other = same; other != NULL; other = other->next_same_sort) {
            check_pair(checker, space, other, writer);
        }
        writer->next_same_sort = same;
        put(&first->by_sort, writer->sort.parts[0].head, writer);
    }
    if (first != writer) {
        writer->next_in_class = first->next_in_class;
        first->next_in_class = writer;
    }
}

static void join_space(struct checker *checker, struct space *space, struct writer *writer)
{
    for (const struct writer *other = space->wild; other != NULL; other = other->next_wild) {
        check_pair(checker, space, other, writer);
    }
    if (!is_class(&writer->partition)) {
        for (size_t i = 0; i < space->by_partition.n_entries; i++) {
            const struct writer *other = space->by_partition.entries[i].value;
            for (; other != NULL; other = other->next_in_class) {
                check_pair(checker, space, other, writer);
            }
        }
        writer->next_wild = space->wild;
        space->wild = writer;
        return;
    }
    struct writer *first = dynr_map_get(&space->by_partition, writer->partition.parts[0].head);
    if (first == NULL) {
        first = writer;
        dynr_map_init(&first->by_sort, NULL);
        put(&space->by_partition, writer->partition.parts[0].head, first);
    }
    join_class(checker, space, first, writer);
}

static void cleanup_space(struct space *space)
{
    for (size_t i = 0; i < space->by_partition.n_entries; i++) {
        struct writer *first = space->by_partition.entries[i].value;
        dynr_map_cleanup(&first->by_sort);
    }
    dynr_map_cleanup(&space->by_partition);
}

/* ---- writers of a table ------------------------------------------------------------------------------------ */

static struct writer *make_writer(struct checker *checker, const struct dyn_plan_entity *entity,
                                  const struct dyn_key_template *partition,
                                  const struct dyn_key_template *sort, struct dynr_str what,
                                  struct dyn_span span)
{
    struct writer *writer = dyn_alloc(&checker->arena, sizeof *writer);
    writer->entity = entity;
    writer->what = what;
    writer->span = span;
    writer->n_read_parts = SIZE_MAX;
    make_pattern(checker, partition, &writer->partition);
    make_pattern(checker, sort, &writer->sort);
    return writer;
}

/* Delimiters in the literals before the first value that a read does not fix. */
static size_t count_read_parts(const struct dyn_plan_path *path)
{
    size_t n_parts = 0;
    size_t n_values = 0;
    for (size_t i = 0; i < path->sort->n_pieces && !path->sort->native; i++) {
        const struct dyn_key_piece *piece = &path->sort->pieces[i];
        for (size_t k = 0; k < piece->literal.len; k++) {
            n_parts += piece->literal.ptr[k] == path->sort->delimiter;
        }
        if (piece->value != NULL && n_values++ == path->n_determined) {
            break;
        }
    }
    return n_parts;
}

static const struct dyn_plan_path *reader_of(const struct dyn_plan_entity *entity,
                                             const struct dyn_requirement *requirement)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        const struct dyn_plan_path *path = entity->paths[i];
        bool of_base = requirement == NULL && path->kind == DYN_PATH_CHILDREN;
        if (of_base || (requirement != NULL && path->requirement == requirement)) {
            return path;
        }
    }
    return NULL;
}

static void join_base(struct checker *checker, struct space *space,
                      const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dyn_span span = model->written_key != NULL ? model->written_key->span : model->span;
    if (entity->partition.n_pieces == 0) {
        return;
    }
    struct writer *row =
        make_writer(checker, entity, &entity->partition, &entity->sort,
                    dyn_text(&checker->arena, "`%.*s`", DYN_STR(model->name->text)), span);
    const struct dyn_plan_path *reader = reader_of(entity, NULL);
    row->written = model->written_key != NULL;
    row->n_read_parts = reader == NULL ? SIZE_MAX : count_read_parts(reader);
    join_space(checker, space, row);
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dyn_plan_unique *unique = &entity->uniques[i];
        struct dynr_str what =
            dyn_text(&checker->arena, "the guard of `%.*s.%.*s`", DYN_STR(model->name->text),
                     DYN_STR(unique->unique->field->name->text));
        struct writer *guard = make_writer(checker, entity, &unique->partition, &unique->sort, what,
                                           unique->unique->span);
        guard->written = model->written_key != NULL;
        join_space(checker, space, guard);
    }
}

static void join_requirement(struct checker *checker, struct space *space,
                             const struct dyn_requirement *requirement)
{
    struct dynr_str what =
        dyn_text(&checker->arena, "`%.*s` by `%.*s`",
                 DYN_STR(requirement->entity->model->name->text), DYN_STR(requirement->name));
    struct writer *writer = make_writer(checker, requirement->entity, &requirement->partition,
                                        &requirement->sort, what, requirement->span);
    const struct dyn_plan_path *reader = reader_of(requirement->entity, requirement);
    writer->written = requirement->written != NULL;
    writer->n_read_parts = reader == NULL ? SIZE_MAX : count_read_parts(reader);
    join_space(checker, space, writer);
}

/* ---- native attributes of other models --------------------------------------------------------------------- */

static const struct dyn_field *field_with_attribute(const struct dyn_model *model,
                                                    struct dynr_str attribute)
{
    for (size_t i = 0; i < model->n_fields; i++) {
        if (dynr_str_equal(model->fields[i]->attribute, attribute)) {
            return model->fields[i];
        }
    }
    return NULL;
}

static bool is_native_slot(const struct dyn_plan_slot *slot)
{
    return slot->n_requirements != 0 && slot->requirements[0]->partition.native;
}

static bool uses_slot(const struct dyn_plan_entity *entity, const struct dyn_plan_slot *slot)
{
    for (size_t i = 0; i < entity->n_requirements; i++) {
        if (entity->requirements[i]->slot == slot) {
            return true;
        }
    }
    return false;
}

/* A row with an attribute of that name is in the index, whether its model says so or not. */
static void check_bystander(struct checker *checker, const struct dyn_plan_slot *slot,
                            const struct dyn_plan_entity *entity)
{
    const struct dyn_field *partition =
        field_with_attribute(entity->model, slot->partition_attribute);
    const struct dyn_field *sort = slot->sort_attribute.len == 0
                                       ? NULL
                                       : field_with_attribute(entity->model, slot->sort_attribute);
    if (partition == NULL || uses_slot(entity, slot) ||
        (slot->sort_attribute.len != 0 && sort == NULL)) {
        return;
    }
    const struct dyn_requirement *requirement = slot->requirements[0];
    checker->ok = false;
    struct dyn_diag *diag = dyn_report(checker->diags, checker->code, partition->span,
                                       "rows of `%.*s` would stand in index `%.*s` of `%.*s`",
                                       DYN_STR(entity->model->name->text), DYN_STR(slot->name),
                                       DYN_STR(requirement->entity->model->name->text));
    dyn_diag_note(checker->diags, diag, requirement->span, "the index is on the attribute `%.*s`",
                  DYN_STR(slot->partition_attribute));
    dyn_diag_help(checker->diags, diag,
                  "put the models in different tables, or write a template in quotes");
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static struct space *space_of(struct dynr_map *spaces, struct checker *checker, const void *owner,
                              bool is_base)
{
    struct dynr_str key =
        dyn_dup(&checker->arena, dynr_str_make((const char *)&owner, sizeof owner));
    struct space *space = dynr_map_get(spaces, key);
    if (space == NULL) {
        space = dyn_alloc(&checker->arena, sizeof *space);
        space->is_base = is_base;
        dynr_map_init(&space->by_partition, NULL);
        put(spaces, key, space);
    }
    return space;
}

static void check_bystanders(struct checker *checker, const struct dyn_plan *plan,
                             const struct dyn_plan_table *table, const struct dyn_plan_slot *slot)
{
    for (size_t i = 0; i < plan->n_entities; i++) {
        if (plan->entities[i]->table == table) {
            check_bystander(checker, slot, plan->entities[i]);
        }
    }
}

static void check_native_slots(struct checker *checker, const struct dyn_plan *plan)
{
    for (size_t i = 0; i < plan->n_tables; i++) {
        const struct dyn_plan_table *table = plan->tables[i];
        for (size_t k = 0; k < table->n_slots; k++) {
            if (is_native_slot(table->slots[k])) {
                check_bystanders(checker, plan, table, table->slots[k]);
            }
        }
    }
}

bool dyn_verify_patterns(const struct dyn_plan *plan, struct dynr_arena *arena,
                         struct dyn_diags *diags, enum dyn_code code)
{
    (void)arena;
    struct checker checker;
    memset(&checker, 0, sizeof checker);
    dynr_arena_init(&checker.arena, NULL, 0);
    checker.diags = diags;
    checker.code = code;
    checker.ok = true;
    struct dynr_map spaces;
    dynr_map_init(&spaces, NULL);
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        join_base(&checker, space_of(&spaces, &checker, entity->table, true), entity);
        for (size_t k = 0; k < entity->n_requirements; k++) {
            const struct dyn_requirement *requirement = entity->requirements[k];
            if (requirement->served_by == NULL && requirement->slot != NULL) {
                join_requirement(&checker, space_of(&spaces, &checker, requirement->slot, false),
                                 requirement);
            }
        }
    }
    check_native_slots(&checker, plan);
    for (size_t i = 0; i < spaces.n_entries; i++) {
        cleanup_space(spaces.entries[i].value);
    }
    dynr_map_cleanup(&spaces);
    dynr_arena_cleanup(&checker.arena);
    return checker.ok;
}
