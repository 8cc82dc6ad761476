/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock file as data: one entry a line, `[retired] KIND NAME (WORD VALUE)*`. docs/language/lock.md has its format.
 */
#ifndef DYN_PLAN_LOCK_H
#define DYN_PLAN_LOCK_H

#include "base/map.h"
#include "diag/diag.h"

#define DYN_LOCK_VERSION  "1"
#define DYN_LOCK_WORD_MAX 12

struct dyn_lock_word {
    struct dynr_str key;
    struct dynr_str value;
};

struct dyn_lock_entry {
    bool retired;
    /** "table", "model", "field", "index", "unique", "enum". */
    struct dynr_str kind;
    /** "Todo.assignee". */
    struct dynr_str name;
    struct dyn_lock_word words[DYN_LOCK_WORD_MAX];
    size_t n_words;
    struct dyn_span span;
    /** The line without its end and without `retired`. */
    struct dynr_str text;
};

struct dyn_lock {
    struct dyn_lock_entry **entries;
    size_t n_entries;
    size_t cap_entries;
    /** "kind name" of live and retired entries. */
    struct dynr_map by_name;
    /** Models and structs that have live field entries. */
    struct dynr_map owners;
    bool present;
};

/** Parses `text`. Reports DYN4031 for lines it cannot read when `diags` is not NULL, and goes on. */
void dyn_lock_read(struct dynr_arena *arena, struct dynr_str text, uint32_t source,
                   struct dyn_diags *diags, struct dyn_lock *out);
void dyn_lock_cleanup(struct dyn_lock *lock);
/** The live entry, or NULL. */
const struct dyn_lock_entry *dyn_lock_find(const struct dyn_lock *lock, const char *kind,
                                           struct dynr_str name);
/** As dyn_lock_find; `retired` ones too. */
const struct dyn_lock_entry *dyn_lock_find_any(const struct dyn_lock *lock, const char *kind,
                                               struct dynr_str name);
/** The value after `key`, or empty. */
struct dynr_str dyn_lock_word(const struct dyn_lock_entry *entry, const char *key);

#endif
