/* SPDX-License-Identifier: Apache-2.0 */
/* One typed function per access path: by unique value, and lists with range, direction, limit and cursor. */
#include "emit/c/c_emit.h"

#include "model_tmpl.h"

/** "struct todo_user_key owner,": by value, because another model's key is then an error for every compiler. */
static struct dynr_str parameter(struct c_emit *e, const struct dyn_field *field)
{
    struct dynr_str type = c_type(e, field->type);
    return dynr_arena_printf(e->arena, "%.*s %.*s,", DYN_ARG(type),
                             DYN_ARG(c_member(e, field->name)));
}

static void set_probe(struct c_emit *e, const struct dyn_field *field)
{
    struct dynr_str member = c_member(e, field->name);
    if (field->type->optional) {
        dyn_out_line(&e->header, "    probe.has_%.*s = true;", DYN_ARG(member));
    }
    dyn_out_line(&e->header, "    probe.%.*s = %.*s;", DYN_ARG(member), DYN_ARG(member));
}

static void emit_unique(struct c_emit *e, const struct dyn_plan_path *path, struct dynr_str row)
{
    const struct dyn_field *field = path->unique->unique->field;
    struct dynr_str name = dyn_name_snake(e->arena, path->name);
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    tmpl_model_get_unique_open(&e->header, &(struct tmpl_model_get_unique_open){
                                               .name = row,
                                               .path = name,
                                               .parameter = parameter(e, field),
                                               .key_condition = path->key_condition,
                                           });
    set_probe(e, field);
    tmpl_model_get_unique_close(&e->header,
                                &(struct tmpl_model_get_unique_close){.name = row, .path = name});
}

/** Whether the list function offers a range: a whole field follows the partition. */
static bool has_range(const struct dyn_plan_path *path)
{
    return path->n_sort_values > 0 && path->sort_values[0]->n_path == 1;
}

static const struct dyn_field *range_field(const struct dyn_plan_path *path)
{
    return path->sort_values[0]->path[0];
}

static struct dynr_str order_words(struct c_emit *e, const struct dyn_plan_path *path)
{
    struct dynr_buf words;
    dynr_buf_init(&words, NULL, 0);
    for (size_t i = 0; i < path->n_sort_values; i++) {
        const struct dyn_key_value *value = path->sort_values[i];
        dynr_buf_append_c(&words, i == 0 ? "`" : ", `");
        dynr_buf_append_str(&words, value->path[0]->name->text);
        for (size_t j = 1; j < value->n_path; j++) {
            dynr_buf_append_char(&words, '.');
            dynr_buf_append_str(&words, value->path[j]->name->text);
        }
        dynr_buf_append_c(&words, "`");
    }
    if (path->n_sort_values == 0) {
        dynr_buf_append_c(&words, "the index (it has no sort key)");
    }
    struct dynr_str text = dynr_arena_dup(e->arena, dynr_buf_str(&words));
    dynr_buf_cleanup(&words);
    return text;
}

static struct dynr_str parameters(struct c_emit *e, const struct dyn_plan_path *path)
{
    struct dynr_str all = dynr_str_from_c("");
    for (size_t i = 0; i < path->n_partition_fields; i++) {
        struct dynr_str one = parameter(e, path->partition_fields[i]);
        all = dynr_arena_printf(e->arena, "%.*s%s%.*s", DYN_ARG(all), i == 0 ? "" : " ",
                                DYN_ARG(one));
    }
    return all;
}

static void emit_options(struct c_emit *e, const struct dyn_plan_path *path, struct dynr_str row,
                         struct dynr_str name)
{
    if (has_range(path)) {
        (void)c_type(e, range_field(path)->type);
    }
    dyn_out_section(&e->header, "types");
    dyn_out_blank(&e->header);
    tmpl_model_list_options_open(&e->header, &(struct tmpl_model_list_options_open){
                                                 .name = row,
                                                 .path = name,
                                                 .order = order_words(e, path),
                                             });
    if (has_range(path)) {
        const struct dyn_field *range = range_field(path);
        tmpl_model_list_options_range(&e->header, &(struct tmpl_model_list_options_range){
                                                      .type = c_type(e, range->type),
                                                      .member = c_member(e, range->name),
                                                  });
    }
    dyn_out_line(&e->header, "};");
}

static void emit_range_table(struct c_emit *e, const struct dyn_field *range, struct dynr_str row,
                             struct dynr_str name)
{
    struct dyn_out *out = &e->source;
    struct dynr_str options =
        dynr_arena_printf(e->arena, "struct %.*s_%.*s_options", DYN_ARG(row), DYN_ARG(name));
    struct dynr_str member = c_member(e, range->name);
    dyn_out_section(&e->header, "tables");
    dyn_out_line(&e->header, "extern const struct dynr_list_range %.*s_%.*s_range;", DYN_ARG(row),
                 DYN_ARG(name));
    dyn_out_section(out, "structs");
    dyn_out_blank(out);
    dyn_out_line(out, "const struct dynr_list_range %.*s_%.*s_range = {", DYN_ARG(row),
                 DYN_ARG(name));
    dyn_out_line(out, "    .field = %zu,", range->index);
    dyn_out_line(out, "    .from_kind = offsetof(%.*s, from_kind),", DYN_ARG(options));
    dyn_out_line(out, "    .from = offsetof(%.*s, from_%.*s),", DYN_ARG(options), DYN_ARG(member));
    dyn_out_line(out, "    .to_kind = offsetof(%.*s, to_kind),", DYN_ARG(options));
    dyn_out_line(out, "    .to = offsetof(%.*s, to_%.*s),", DYN_ARG(options), DYN_ARG(member));
    dyn_out_line(out, "};");
}

static void emit_list(struct c_emit *e, const struct dyn_plan_path *path, struct dynr_str row)
{
    struct dynr_str name = dyn_name_snake(e->arena, path->name);
    emit_options(e, path, row, name);
    dyn_out_section(&e->header, "functions");
    dyn_out_blank(&e->header);
    struct dyn_out *out = &e->header;
    tmpl_model_list_open(out, &(struct tmpl_model_list_open){
                                  .name = row,
                                  .path = name,
                                  .parameters = parameters(e, path),
                                  .key_condition = path->key_condition,
                              });
    for (size_t i = 0; i < path->n_partition_fields; i++) {
        set_probe(e, path->partition_fields[i]);
    }
    struct dynr_str table = dynr_str_from_c("NULL");
    if (has_range(path)) {
        table = dynr_arena_printf(e->arena, "&%.*s_%.*s_range", DYN_ARG(row), DYN_ARG(name));
        emit_range_table(e, range_field(path), row, name);
    }
    dyn_out_section(out, "functions");
    tmpl_model_list_close(out,
                          &(struct tmpl_model_list_close){
                              .name = row,
                              .path = name,
                              .n_equal = dynr_arena_printf(e->arena, "%zu", path->n_determined),
                              .range = table,
                          });
}

void c_emit_access(struct c_emit *e, const struct dyn_plan_entity *entity)
{
    struct dynr_str row = c_model_name(e, entity->model);
    for (size_t i = 0; i < entity->n_paths; i++) {
        const struct dyn_plan_path *path = entity->paths[i];
        if (path->kind != DYN_PATH_GET) {
            (void)c_path_symbol(e, path);
        }
        switch (path->kind) {
        case DYN_PATH_GET:
            break; /* <model>_get */
        case DYN_PATH_UNIQUE:
            emit_unique(e, path, row);
            break;
        case DYN_PATH_CHILDREN:
        case DYN_PATH_INDEX:
            emit_list(e, path, row);
            break;
        }
    }
}
