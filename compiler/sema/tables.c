/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: settings and their defaults. */
#include "sema/internal.h"

#include "base/key_codec.h"

/* The service's default quota of global secondary indexes per table. */
#define INDEX_BUDGET_MAX   20
#define ATTRIBUTE_NAME_MAX 255
#define CAPACITY_MAX       40000

static struct dyn_diag *report_setting(struct dyn_sema *sema, struct dyn_span span,
                                       const char *problem, const char *usage)
{
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TABLE_SETTING, span, "%s", problem);
    if (usage != NULL) {
        dyn_diag_help(sema->diags, diag, "write %s", usage);
    }
    return diag;
}

/* The only value of a setting, if it has that kind; else NULL: reported (unless poisoned). */
static const struct dyn_ast_expr *only_value(struct dyn_sema *sema,
                                             const struct dyn_ast_setting *setting,
                                             enum dyn_ast_expr_kind kind, const char *usage)
{
    const struct dyn_ast_expr *value = setting->values;
    if (value != NULL &&
        (value->kind == DYN_AST_ERROR ||
         (kind == DYN_AST_NAME && value->kind == kind && value->name.name == NULL))) {
        return NULL;
    }
    if (value == NULL || value->next != NULL || value->kind != kind) {
        struct dynr_str problem =
            dynr_arena_printf(sema->arena, "`%.*s` takes one %s", DYN_NAME_ARG(setting->name.name),
                              kind == DYN_AST_STRING ? "text" : "word");
        report_setting(sema, setting->span, problem.ptr, usage);
        return NULL;
    }
    return value;
}

static bool is_word_value(const struct dyn_ast_setting *setting, const char *word)
{
    const struct dyn_ast_expr *value = setting->values;
    return value != NULL && value->next == NULL && value->kind == DYN_AST_NAME &&
           value->name.name != NULL && dynr_str_equal_c(value->name.name->text, word);
}

/* ---- each setting ---------------------------------------------------------------------------------------------- */

static void read_physical_name(struct dyn_sema *sema, struct dyn_table *table,
                               const struct dyn_ast_setting *setting)
{
    const struct dyn_ast_expr *value =
        only_value(sema, setting, DYN_AST_STRING, "name \"my-table\"");
    if (value == NULL) {
        return;
    }
    bool good = value->text.len >= 3 && value->text.len <= 255;
    for (size_t i = 0; i < value->text.len && good; i++) {
        char c = value->text.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    }
    if (!good) {
        struct dyn_diag *diag =
            report_setting(sema, value->span, "this cannot be the name of a table", NULL);
        dyn_diag_fact(sema->diags, diag,
                      "limit: names of tables have 3 to 255 letters, digits, `_`, `-` and `.`");
        return;
    }
    table->physical_name = value->text;
}

static void read_attribute(struct dyn_sema *sema, const struct dyn_ast_setting *setting,
                           bool may_be_none, struct dynr_str *out)
{
    if (may_be_none && is_word_value(setting, "none")) {
        *out = dynr_str_make(NULL, 0);
        return;
    }
    const struct dyn_ast_expr *value = only_value(
        sema, setting, DYN_AST_STRING, "the attribute's name in quotes, as in pk \"pk\"");
    if (value == NULL) {
        return;
    }
    if (value->text.len == 0 || value->text.len > ATTRIBUTE_NAME_MAX) {
        report_setting(sema, value->span, "names of attributes have 1 to 255 bytes", NULL);
        return;
    }
    *out = value->text;
}

static void read_targets(struct dyn_sema *sema, struct dyn_table *table,
                         const struct dyn_ast_setting *setting)
{
    static const char *const names[] = {"embedded", "dynamodb", "alternator", NULL};
    static const unsigned bits[] = {DYN_TARGET_EMBEDDED, DYN_TARGET_DYNAMODB,
                                    DYN_TARGET_ALTERNATOR};
    unsigned targets = 0;
    for (const struct dyn_ast_expr *value = setting->values; value != NULL; value = value->next) {
        if (value->kind == DYN_AST_ERROR ||
            (value->kind == DYN_AST_NAME && value->name.name == NULL)) {
            return;
        }
        size_t i = 0;
        while (names[i] != NULL && (value->kind != DYN_AST_NAME ||
                                    !dynr_str_equal_c(value->name.name->text, names[i]))) {
            i++;
        }
        if (names[i] == NULL) {
            struct dyn_diag *diag = report_setting(sema, value->span, "unknown target", NULL);
            dyn_diag_fact(sema->diags, diag, "known: `embedded`, `dynamodb` and `alternator`");
            if (value->kind == DYN_AST_NAME) {
                dyn_sema_suggest(sema, diag, value->name.name->text, names, NULL, NULL, 0);
            }
            return;
        }
        targets |= bits[i];
    }
    if (targets == 0) {
        report_setting(sema, setting->span, "`targets` names no target",
                       "targets embedded, dynamodb");
        return;
    }
    table->targets = targets;
}

static void read_keys(struct dyn_sema *sema, const struct dyn_ast_setting *setting)
{
    if (is_word_value(setting, "native")) {
        dyn_sema_not_supported(sema, setting->span,
                               "`keys native` (multi-attribute index keys) is");
        return;
    }
    const struct dyn_ast_expr *value = only_value(sema, setting, DYN_AST_NAME, "keys packed");
    if (value != NULL && !dynr_str_equal_c(value->name.name->text, "packed")) {
        report_setting(sema, value->span, "unknown layout of keys", "keys packed");
    }
}

static void read_budget(struct dyn_sema *sema, struct dyn_table *table,
                        const struct dyn_ast_setting *setting)
{
    const struct dyn_ast_expr *value = setting->values;
    if (value != NULL && value->kind == DYN_AST_NAME && value->name.name != NULL &&
        dynr_str_equal_c(value->name.name->text, "max")) {
        value = value->next;
    }
    if (value == NULL || value->next != NULL) {
        report_setting(sema, setting->span, "`gsi` takes the number of indexes", "gsi max 3");
        return;
    }
    int64_t budget = 0;
    if (!dyn_sema_constant_int(sema, value, &budget)) {
        return;
    }
    if (budget < 0 || budget > INDEX_BUDGET_MAX) {
        report_setting(sema, value->span, "a table has 0 to 20 global secondary indexes", NULL);
        return;
    }
    table->index_budget = (uint32_t)budget;
    table->index_budget_span = setting->span;
}

static void read_delimiter(struct dyn_sema *sema, struct dyn_table *table,
                           const struct dyn_ast_setting *setting)
{
    const struct dyn_ast_expr *value = only_value(sema, setting, DYN_AST_STRING, "delimiter \"#\"");
    if (value == NULL) {
        return;
    }
    if (value->text.len != 1 || !dynr_key_delimiter_is_ordered(value->text.ptr[0])) {
        struct dyn_diag *diag =
            report_setting(sema, value->span, "this cannot be a delimiter", NULL);
        dyn_diag_fact(sema->diags, diag, "known: ! \" # $ %% & ' ( ) * +");
        return;
    }
    table->delimiter = value->text.ptr[0];
}

static bool read_capacity(struct dyn_sema *sema, const struct dyn_ast_expr *value, uint32_t *out)
{
    int64_t units = 0;
    if (!dyn_sema_constant_int(sema, value, &units)) {
        return false;
    }
    if (units < 1 || units > CAPACITY_MAX) {
        report_setting(sema, value->span, "capacity is 1 to 40000 units", NULL);
        return false;
    }
    *out = (uint32_t)units;
    return true;
}

static void read_provisioned(struct dyn_sema *sema, struct dyn_table *table,
                             const struct dyn_ast_expr *call)
{
    for (const struct dyn_ast_expr *item = call->items; item != NULL; item = item->next) {
        bool is_read = item->label.name != NULL && dynr_str_equal_c(item->label.name->text, "read");
        bool is_write =
            item->label.name != NULL && dynr_str_equal_c(item->label.name->text, "write");
        if (!is_read && !is_write) {
            report_setting(sema, item->span, "capacity is `read` or `write`",
                           "billing provisioned(read: 5, write: 5)");
            return;
        }
        if (!read_capacity(sema, item, is_read ? &table->read_capacity : &table->write_capacity)) {
            return;
        }
    }
    if (table->read_capacity == 0 || table->write_capacity == 0) {
        report_setting(sema, call->span, "`provisioned` needs both capacities",
                       "billing provisioned(read: 5, write: 5)");
        return;
    }
    table->billing = DYN_BILLING_PROVISIONED;
}

static void read_billing(struct dyn_sema *sema, struct dyn_table *table,
                         const struct dyn_ast_setting *setting)
{
    const struct dyn_ast_expr *value = setting->values;
    if (value != NULL && value->next == NULL && value->kind == DYN_AST_CALL &&
        value->name.name != NULL && dynr_str_equal_c(value->name.name->text, "provisioned")) {
        read_provisioned(sema, table, value);
        return;
    }
    if (value != NULL && value->kind == DYN_AST_ERROR) {
        return;
    }
    if (!is_word_value(setting, "onDemand")) {
        report_setting(sema, setting->span, "unknown billing",
                       "billing onDemand, or billing provisioned(read: 5, write: 5)");
    }
}

static void read_switch(struct dyn_sema *sema, const struct dyn_ast_setting *setting, bool *out)
{
    if (is_word_value(setting, "on") || is_word_value(setting, "off")) {
        *out = is_word_value(setting, "on");
        return;
    }
    struct dynr_str problem =
        dynr_arena_printf(sema->arena, "`%.*s` is `on` or `off`", DYN_NAME_ARG(setting->name.name));
    if (setting->values == NULL || setting->values->kind != DYN_AST_ERROR) {
        report_setting(sema, setting->span, problem.ptr, NULL);
    }
}

/* ---- a table --------------------------------------------------------------------------------------------------- */

/* ORDER read_setting */
static const char *const setting_names[] = {
    "name",      "targets", "keys",   "gsi",      "pk",         "sk",  "type", "version",
    "delimiter", "billing", "stream", "recovery", "protection", "ttl", NULL};

static void read_setting(struct dyn_sema *sema, struct dyn_table *table,
                         const struct dyn_ast_setting *setting)
{
    struct dynr_str name = setting->name.name->text;
    if (dynr_str_equal_c(name, "name")) {
        read_physical_name(sema, table, setting);
    } else if (dynr_str_equal_c(name, "targets")) {
        read_targets(sema, table, setting);
    } else if (dynr_str_equal_c(name, "keys")) {
        read_keys(sema, setting);
    } else if (dynr_str_equal_c(name, "gsi")) {
        read_budget(sema, table, setting);
    } else if (dynr_str_equal_c(name, "pk")) {
        read_attribute(sema, setting, false, &table->partition_attribute);
    } else if (dynr_str_equal_c(name, "sk")) {
        read_attribute(sema, setting, true, &table->sort_attribute);
    } else if (dynr_str_equal_c(name, "type")) {
        read_attribute(sema, setting, true, &table->type_attribute);
    } else if (dynr_str_equal_c(name, "version")) {
        read_attribute(sema, setting, false, &table->version_attribute);
    } else if (dynr_str_equal_c(name, "ttl")) {
        read_attribute(sema, setting, false, &table->ttl_attribute);
    } else if (dynr_str_equal_c(name, "delimiter")) {
        read_delimiter(sema, table, setting);
    } else if (dynr_str_equal_c(name, "billing")) {
        read_billing(sema, table, setting);
    } else if (dynr_str_equal_c(name, "stream")) {
        read_switch(sema, setting, &table->stream);
        table->no_stream = !table->stream;
    } else if (dynr_str_equal_c(name, "recovery")) {
        read_switch(sema, setting, &table->point_in_time_recovery);
    } else if (dynr_str_equal_c(name, "protection")) {
        read_switch(sema, setting, &table->deletion_protection);
    } else {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TABLE_SETTING, setting->name.span,
                                           "unknown setting `%.*s`", DYN_STR_ARG(name));
        dyn_sema_suggest(sema, diag, name, setting_names, NULL, NULL, 0);
    }
}

static void set_defaults(struct dyn_table *table)
{
    table->targets = DYN_TARGET_EMBEDDED | DYN_TARGET_DYNAMODB;
    table->partition_attribute = dynr_str_from_c("pk");
    table->sort_attribute = dynr_str_from_c("sk");
    table->type_attribute = dynr_str_from_c("_et");
    table->version_attribute = dynr_str_from_c("_v");
    table->ttl_attribute = dynr_str_from_c("ttl");
    table->delimiter = DYNR_KEY_DELIMITER;
    table->index_budget = INDEX_BUDGET_MAX;
}

/* What the table writes by itself must not meet. */
static void check_distinct_attributes(struct dyn_sema *sema, const struct dyn_table *table)
{
    const struct dynr_str names[] = {table->partition_attribute, table->sort_attribute,
                                     table->type_attribute, table->version_attribute,
                                     table->ttl_attribute};
    static const char *const settings[] = {"pk", "sk", "type", "version", "ttl"};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            if (names[i].len > 0 && dynr_str_equal(names[i], names[j])) {
                dyn_report(sema->diags, DYN_CODE_TABLE_SETTING, table->span,
                           "`%s` and `%s` are both the attribute `%.*s`", settings[j], settings[i],
                           DYN_STR_ARG(names[i]));
                return;
            }
        }
    }
}

static void fill_table(struct dyn_sema *sema, struct dyn_sema_table *own)
{
    struct dyn_table *table = &own->table;
    size_t n_errors = sema->diags->n_errors;
    table->span = own->decl->name.span;
    table->doc = own->decl->doc;
    table->index_budget_span = table->span;
    set_defaults(table);
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (struct dyn_ast_setting *setting = own->decl->settings; setting != NULL;
         setting = setting->next) {
        if (setting->name.name == NULL) {
            continue;
        }
        const struct dyn_ast_setting *first = dynr_map_get(&seen, setting->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, setting->name, first->name.span, "setting");
            continue;
        }
        dynr_map_put(&seen, setting->name.name->text, setting, NULL);
        read_setting(sema, table, setting);
    }
    if (sema->diags->n_errors == n_errors) {
        check_distinct_attributes(sema, table);
    }
}

void dyn_sema_note_table(struct dyn_sema *sema, struct dyn_diag *diag,
                         const struct dyn_table *table, const char *text)
{
    if (table->span.end > table->span.start) {
        dyn_diag_note(sema->diags, diag, table->span, "%s", text);
    }
}

void dyn_sema_tables(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->tables.n_items; i++) {
        fill_table(sema, sema->tables.items[i]);
    }
    if (sema->tables.n_items == 0) {
        struct dyn_sema_table *own = dyn_sema_alloc(sema, 1, sizeof *own);
        own->table.name = dyn_sema_name(sema, "App");
        own->table.span.source = sema->input->root_source;
        own->table.index_budget_span = own->table.span;
        set_defaults(&own->table);
        dyn_sema_push(sema, &sema->tables, own);
    }
}
