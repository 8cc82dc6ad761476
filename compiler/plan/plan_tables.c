/* SPDX-License-Identifier: Apache-2.0 */
/* `dynrc tables` and `dynrc cost`: what was derived, for a terminal. Columns are as wide as what stands in them. */
#include "plan/derive.h"
#include "plan/text.h"

#define COLUMNS_MAX 6

/* Rows of texts that are aligned when all are known. */
struct grid {
    struct dynr_arena arena;
    size_t n_columns;
    struct dynr_str (*rows)[COLUMNS_MAX];
    size_t n_rows;
    size_t cap_rows;
};

static void grid_init(struct grid *grid, size_t n_columns)
{
    memset(grid, 0, sizeof *grid);
    dynr_arena_init(&grid->arena, NULL, 0);
    grid->n_columns = n_columns;
}

static struct dynr_str *grid_row(struct grid *grid)
{
    grid->rows =
        dyn_grow(&grid->arena, grid->rows, grid->n_rows, &grid->cap_rows, sizeof *grid->rows);
    return grid->rows[grid->n_rows++];
}

/* Code points: names may hold any letter. */
static size_t width_of(struct dynr_str text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++) {
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return width;
}

static void pad(size_t n, struct dynr_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_char(out, ' ');
    }
}

/* `right_from`: columns from there on are numbers. */
static void grid_write(struct grid *grid, size_t indent, size_t right_from, struct dynr_buf *out)
{
    size_t widths[COLUMNS_MAX] = {0};
    for (size_t i = 0; i < grid->n_rows; i++) {
        for (size_t k = 0; k < grid->n_columns; k++) {
            size_t width = width_of(grid->rows[i][k]);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    for (size_t i = 0; i < grid->n_rows; i++) {
        pad(indent, out);
        size_t owed = 0;
        for (size_t k = 0; k < grid->n_columns; k++) {
            struct dynr_str text = grid->rows[i][k];
            size_t space = widths[k] - width_of(text);
            bool right = k >= right_from;
            if (text.len != 0) {
                pad(owed + (right ? space : 0), out);
                dynr_buf_append_str(out, text);
                owed = right ? 0 : space;
            } else {
                owed += space;
            }
            owed += 2;
        }
        dynr_buf_append_char(out, '\n');
    }
    dynr_arena_cleanup(&grid->arena);
}

static struct dynr_str template_text(struct grid *grid, const struct dyn_key_template *key,
                                     bool example)
{
    struct dynr_buf buf = {0};
    if (example) {
        dyn_key_template_example(key, &buf);
    } else {
        dyn_key_template_write(key, &buf);
    }
    return dyn_take_text(&grid->arena, &buf);
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void write_heading(const struct dyn_plan_table *table, struct dynr_buf *out)
{
    const struct dyn_table *setting = table->table;
    dynr_buf_printf(out, "table %.*s", DYN_STR(setting->name->text));
    if (setting->physical_name.len != 0) {
        dynr_buf_printf(out, " (\"%.*s\")", DYN_STR(setting->physical_name));
    }
    dynr_buf_printf(out, "  keys %.*s:%c", DYN_STR(setting->partition_attribute),
                    table->partition_type);
    if (table->sort_type != 0) {
        dynr_buf_printf(out, ", %.*s:%c", DYN_STR(setting->sort_attribute), table->sort_type);
    }
    if (setting->type_attribute.len != 0) {
        dynr_buf_printf(out, "  type in %.*s", DYN_STR(setting->type_attribute));
    }
    if (table->has_ttl) {
        dynr_buf_printf(out, "  expires by %.*s", DYN_STR(setting->ttl_attribute));
    }
    dynr_buf_append_char(out, '\n');
}

static void write_slots(const struct dyn_plan_table *table, struct dynr_buf *out)
{
    dynr_buf_printf(out, "\n  indexes: %zu of at most %u", table->n_slots,
                    (unsigned)table->table->index_budget);
    dynr_buf_printf(out, "; lower bound %zu", table->lower_bound);
    if (table->lower_bound_entity != NULL && table->lower_bound != 0) {
        dynr_buf_printf(out, ", which %.*s alone needs",
                        DYN_STR(table->lower_bound_entity->model->name->text));
    }
    dynr_buf_append_char(out, '\n');
    struct grid grid;
    grid_init(&grid, 5);
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct dyn_plan_slot *slot = table->slots[i];
        for (size_t k = 0; k < slot->n_requirements; k++) {
            const struct dyn_requirement *requirement = slot->requirements[k];
            struct dynr_str *row = grid_row(&grid);
            if (k == 0) {
                row[0] = dyn_text(&grid.arena, "%.*s%s", DYN_STR(slot->name),
                                  slot->locked ? " (locked)" : "");
            }
            row[1] = requirement->entity->model->name->text;
            row[2] = template_text(&grid, &requirement->partition, false);
            row[3] = template_text(&grid, &requirement->sort, false);
            row[4] = requirement->reason;
        }
    }
    grid_write(&grid, 4, COLUMNS_MAX, out);
}

static void write_served(const struct dyn_plan *plan, const struct dyn_plan_table *table,
                         struct dynr_buf *out)
{
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        for (size_t k = 0; entity->table == table && k < entity->n_requirements; k++) {
            const struct dyn_requirement *requirement = entity->requirements[k];
            if (requirement->served_by != NULL) {
                dynr_buf_printf(out, "    %.*s needs none for %.*s (%.*s): %.*s serves it\n",
                                DYN_STR(entity->model->name->text), DYN_STR(requirement->name),
                                DYN_STR(requirement->reason),
                                DYN_STR(requirement->served_by->name));
            }
        }
    }
}

static void write_items(const struct dyn_plan *plan, const struct dyn_plan_table *table,
                        struct dynr_buf *out)
{
    dynr_buf_append_c(out, "\n  items\n");
    struct grid grid;
    grid_init(&grid, 3);
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        if (entity->table != table) {
            continue;
        }
        struct dynr_str *row = grid_row(&grid);
        row[0] = entity->model->name->text;
        row[1] = template_text(&grid, &entity->partition, false);
        row[2] = template_text(&grid, &entity->sort, false);
        for (size_t k = 0; k < entity->n_uniques; k++) {
            row = grid_row(&grid);
            row[0] = dyn_text(&grid.arena, "  unique %.*s",
                              DYN_STR(entity->uniques[k].unique->field->name->text));
            row[1] = template_text(&grid, &entity->uniques[k].partition, false);
            row[2] = template_text(&grid, &entity->uniques[k].sort, false);
        }
    }
    grid_write(&grid, 4, COLUMNS_MAX, out);
}

static void write_paths(const struct dyn_plan *plan, const struct dyn_plan_table *table,
                        struct dynr_buf *out)
{
    dynr_buf_append_c(out, "\n  access paths\n");
    struct grid grid;
    grid_init(&grid, 4);
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        for (size_t k = 0; entity->table == table && k < entity->n_paths; k++) {
            const struct dyn_plan_path *path = entity->paths[k];
            struct dynr_str *row = grid_row(&grid);
            row[0] = dyn_text(&grid.arena, "%.*s.%.*s", DYN_STR(entity->model->name->text),
                              DYN_STR(path->name));
            row[1] = path->requirement != NULL ? path->requirement->slot->name
                                               : dynr_str_from_c("table");
            row[2] = path->key_condition;
            struct dynr_buf example = {0};
            dynr_buf_append_c(&example, "e.g. ");
            dyn_key_template_example(path->partition, &example);
            if (path->sort->n_pieces != 0) {
                dynr_buf_append_c(&example, " / ");
                dyn_key_template_example(path->sort, &example);
            }
            row[3] = dyn_take_text(&grid.arena, &example);
        }
    }
    grid_write(&grid, 4, COLUMNS_MAX, out);
}

void dyn_plan_tables_text(const struct dyn_plan *plan, struct dynr_buf *out)
{
    for (size_t i = 0; i < plan->n_tables; i++) {
        const struct dyn_plan_table *table = plan->tables[i];
        dynr_buf_append_c(out, i == 0 ? "" : "\n");
        write_heading(table, out);
        write_slots(table, out);
        write_served(plan, table, out);
        write_items(plan, table, out);
        write_paths(plan, table, out);
    }
}

/* ---- cost -------------------------------------------------------------------------------------------------- */

static struct dynr_str range_text(struct grid *grid, double min, double typical, double max)
{
    struct dynr_buf buf = {0};
    if (max <= 0) {
        return dynr_str_from_c("-");
    }
    dyn_units_write(min, &buf);
    dynr_buf_append_c(&buf, " / ");
    dyn_units_write(typical, &buf);
    dynr_buf_append_c(&buf, " / ");
    dyn_units_write(max, &buf);
    return dyn_take_text(&grid->arena, &buf);
}

void dyn_plan_cost_text(const struct dyn_plan *plan, struct dynr_buf *out)
{
    struct grid grid;
    grid_init(&grid, 3);
    struct dynr_str *row = grid_row(&grid);
    row[0] = dynr_str_from_c("procedure");
    row[1] = dynr_str_from_c("read units");
    row[2] = dynr_str_from_c("write units");
    for (size_t i = 0; i < plan->n_procedures; i++) {
        const struct dyn_plan_procedure *procedure = plan->procedures[i];
        row = grid_row(&grid);
        row[0] = procedure->procedure->path;
        if (procedure->procedure->kind == DYN_PROCEDURE_EXTERN) {
            row[1] = dynr_str_from_c("extern");
            continue;
        }
        const struct dyn_cost *cost = &procedure->cost;
        row[1] = range_text(&grid, cost->read_min, cost->read_typical, cost->read_max);
        row[2] = range_text(&grid, cost->write_min, cost->write_typical, cost->write_max);
    }
    grid_write(&grid, 0, 1, out);
    dynr_buf_append_c(out, "\nleast / typical / most per call. A read unit is 4 KB (half a unit "
                           "from an index), a write unit\n"
                           "1 KB. Typical: texts and lists a quarter full, half of what `take` "
                           "allows, one row in four\n"
                           "passing a filter, a policy needing all rows that it names. A read that "
                           "a filter or no `take`\n"
                           "leaves open counts one page of 1 MB at most.\n");
}
