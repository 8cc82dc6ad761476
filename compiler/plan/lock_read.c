/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file's text into entries, and looking them up under present and earlier names. */
#include <stdlib.h>

#include "plan/derive.h"

static void put(struct dynr_map *map, struct dynr_str key, void *value)
{
    if (!dynr_map_put(map, key, value, NULL)) {
        abort();
    }
}

/* ---- lines ------------------------------------------------------------------------------------------------- */

struct line {
    struct dynr_arena *arena;
    struct dynr_str text;
    size_t at;
};

static void skip_spaces(struct line *line)
{
    while (line->at < line->text.len && line->text.ptr[line->at] == ' ') {
        line->at++;
    }
}

/* A bare word, or text in quotes with `\"` and `\\`. False at the end of the line; `out_bad` for an open quote. */
static bool next_word(struct line *line, struct dynr_str *out, bool *out_bad)
{
    skip_spaces(line);
    if (line->at == line->text.len) {
        return false;
    }
    const char *start = line->text.ptr + line->at;
    size_t left = line->text.len - line->at;
    if (*start != '"') {
        const char *end = memchr(start, ' ', left);
        size_t len = end == NULL ? left : (size_t)(end - start);
        *out = dynr_str_make(start, len);
        line->at += len;
        return true;
    }
    char *text = dyn_alloc(line->arena, left);
    size_t len = 0;
    for (size_t i = 1; i < left; i++) {
        if (start[i] == '"') {
            *out = dynr_str_make(text, len);
            line->at += i + 1;
            return true;
        }
        if (start[i] == '\\' && i + 1 < left) {
            i++;
        }
        text[len++] = start[i];
    }
    *out_bad = true;
    return false;
}

static bool is_known_kind(struct dynr_str kind)
{
    static const char *const kinds[] = {"lock",  "edition", "table",  "model",
                                        "field", "index",   "unique", "enum"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (dynr_str_equal_c(kind, kinds[i])) {
            return true;
        }
    }
    return false;
}

static struct dynr_str map_key(struct dynr_arena *arena, struct dynr_str kind, struct dynr_str name)
{
    return dyn_text(arena, "%.*s %.*s", DYN_STR(kind), DYN_STR(name));
}

/* NULL, or what is wrong with the line. */
static const char *read_entry(struct line *line, struct dyn_lock_entry *entry)
{
    bool bad = false;
    if (!next_word(line, &entry->kind, &bad)) {
        return "this is no entry";
    }
    if (dynr_str_equal_c(entry->kind, "retired")) {
        entry->retired = true;
        skip_spaces(line);
        entry->text = dynr_str_make(line->text.ptr + line->at, line->text.len - line->at);
        if (!next_word(line, &entry->kind, &bad)) {
            return "`retired` says nothing";
        }
    }
    if (!is_known_kind(entry->kind)) {
        return "this is no kind of entry";
    }
    if (!next_word(line, &entry->name, &bad)) {
        return "the entry has no name";
    }
    struct dyn_lock_word word;
    while (next_word(line, &word.key, &bad)) {
        if (!next_word(line, &word.value, &bad)) {
            return bad ? "a quote is not closed" : "a word has no value";
        }
        if (entry->n_words == DYN_LOCK_WORD_MAX) {
            return "the entry has too many words";
        }
        entry->words[entry->n_words++] = word;
    }
    return bad ? "a quote is not closed" : NULL;
}

static void report_line(struct dyn_diags *diags, struct dyn_span span, const char *what)
{
    if (diags == NULL) {
        return;
    }
    struct dyn_diag *diag = dyn_report(diags, DYN_CODE_LOCK_SYNTAX, span, "%s", what);
    dyn_diag_fact(diags, diag,
                  "why: the lock file says where stored data is; guessing could lose it");
    dyn_diag_help(
        diags, diag,
        "take the file from version control, and merge it line by line: each line is one entry");
}

static void add_entry(struct dynr_arena *arena, struct dyn_lock *lock, struct dyn_lock_entry *entry,
                      struct dyn_diags *diags)
{
    lock->entries =
        dyn_grow(arena, lock->entries, lock->n_entries, &lock->cap_entries, sizeof *lock->entries);
    lock->entries[lock->n_entries++] = entry;
    if (!entry->retired && dynr_str_equal_c(entry->kind, "field")) {
        const char *dot = memchr(entry->name.ptr, '.', entry->name.len);
        size_t len = dot == NULL ? entry->name.len : (size_t)(dot - entry->name.ptr);
        put(&lock->owners, dynr_str_make(entry->name.ptr, len), entry);
    }
    struct dynr_str key = map_key(arena, entry->kind, entry->name);
    const struct dyn_lock_entry *before = dynr_map_get(&lock->by_name, key);
    if (before == NULL || before->retired) {
        if (before == NULL || !entry->retired) {
            put(&lock->by_name, key, entry);
        }
        return;
    }
    if (!entry->retired) {
        report_line(diags, entry->span, "this entry stands in the lock file twice");
    }
}

static void read_line(struct dynr_arena *arena, struct dynr_str text, struct dyn_span span,
                      struct dyn_diags *diags, struct dyn_lock *out)
{
    while (text.len != 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\r')) {
        text.len--;
    }
    if (text.len == 0 || text.ptr[0] == '#') {
        return;
    }
    struct line line = {arena, text, 0};
    struct dyn_lock_entry *entry = dyn_alloc(arena, sizeof *entry);
    entry->text = text;
    entry->span = span;
    entry->span.end = span.start + (uint32_t)text.len;
    const char *fault = read_entry(&line, entry);
    if (fault != NULL) {
        report_line(diags, entry->span, fault);
        return;
    }
    if (dynr_str_equal_c(entry->kind, "lock")) {
        if (!dynr_str_equal_c(entry->name, DYN_LOCK_VERSION)) {
            report_line(diags, entry->span, "this version of the lock file is not known here");
        }
        return;
    }
    if (!dynr_str_equal_c(entry->kind, "edition")) {
        add_entry(arena, out, entry, diags);
    }
}

void dyn_lock_read(struct dynr_arena *arena, struct dynr_str text, uint32_t source,
                   struct dyn_diags *diags, struct dyn_lock *out)
{
    memset(out, 0, sizeof *out);
    dynr_map_init(&out->by_name, NULL);
    dynr_map_init(&out->owners, NULL);
    if (text.ptr == NULL) {
        return;
    }
    out->present = text.len != 0;
    size_t start = 0;
    while (start < text.len) {
        const char *end = memchr(text.ptr + start, '\n', text.len - start);
        size_t len = end == NULL ? text.len - start : (size_t)(end - (text.ptr + start));
        struct dyn_span span = {(uint32_t)start, (uint32_t)(start + len), source};
        read_line(arena, dynr_str_make(text.ptr + start, len), span, diags, out);
        start += len + 1;
    }
}

void dyn_lock_cleanup(struct dyn_lock *lock)
{
    dynr_map_cleanup(&lock->by_name);
    dynr_map_cleanup(&lock->owners);
}

/* ---- looking up -------------------------------------------------------------------------------------------- */

static const struct dyn_lock_entry *find_key(const struct dyn_lock *lock, const char *kind,
                                             struct dynr_str owner, const char *separator,
                                             struct dynr_str name)
{
    if (!lock->present) {
        return NULL;
    }
    struct dynr_buf key = {0};
    dynr_buf_append_c(&key, kind);
    dynr_buf_append_char(&key, ' ');
    dynr_buf_append_str(&key, owner);
    dynr_buf_append_c(&key, separator);
    dynr_buf_append_str(&key, name);
    const struct dyn_lock_entry *entry = dynr_map_get(&lock->by_name, dynr_buf_str(&key));
    dynr_buf_cleanup(&key);
    return entry;
}

const struct dyn_lock_entry *dyn_lock_find_any(const struct dyn_lock *lock, const char *kind,
                                               struct dynr_str name)
{
    return find_key(lock, kind, name, "", dynr_str_make(NULL, 0));
}

const struct dyn_lock_entry *dyn_lock_find(const struct dyn_lock *lock, const char *kind,
                                           struct dynr_str name)
{
    const struct dyn_lock_entry *entry = dyn_lock_find_any(lock, kind, name);
    return entry != NULL && !entry->retired ? entry : NULL;
}

struct dynr_str dyn_lock_word(const struct dyn_lock_entry *entry, const char *key)
{
    for (size_t i = 0; entry != NULL && i < entry->n_words; i++) {
        if (dynr_str_equal_c(entry->words[i].key, key)) {
            return entry->words[i].value;
        }
    }
    return dynr_str_make(NULL, 0);
}

const struct dyn_lock_entry *dyn_lock_find_owned(const struct dyn_lock *lock, const char *kind,
                                                 const struct dyn_name *owner,
                                                 const struct dyn_name *owner_was,
                                                 const struct dyn_name *name,
                                                 const struct dyn_name *was)
{
    const struct dyn_name *owners[] = {owner, owner_was};
    const struct dyn_name *names[] = {name, was};
    for (size_t i = 0; i < 4 && lock->present; i++) {
        if (owners[i / 2] == NULL || names[i % 2] == NULL) {
            continue;
        }
        const struct dyn_lock_entry *entry =
            find_key(lock, kind, owners[i / 2]->text, ".", names[i % 2]->text);
        if (entry != NULL && !entry->retired) {
            return entry;
        }
    }
    return NULL;
}

const struct dyn_lock_entry *dyn_lock_find_member(const struct dyn_lock *lock, const char *kind,
                                                  const struct dyn_model *model,
                                                  const struct dyn_name *name,
                                                  const struct dyn_name *was)
{
    return dyn_lock_find_owned(lock, kind, model->name, model->was, name, was);
}

const struct dyn_lock_entry *dyn_lock_find_model(const struct dyn_lock *lock,
                                                 const struct dyn_model *model)
{
    const struct dyn_lock_entry *entry = dyn_lock_find(lock, "model", model->name->text);
    return entry == NULL && model->was != NULL ? dyn_lock_find(lock, "model", model->was->text)
                                               : entry;
}
