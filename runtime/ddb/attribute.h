/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute values as trees, for where an expression has to look inside an item or build a new one.
 * Paths that only move items along never parse them.
 */
#ifndef DYNR_DDB_ATTRIBUTE_H
#define DYNR_DDB_ATTRIBUTE_H

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/status.h"
#include "dynr/value.h"

/** Nesting of lists and maps that the service allows. */
#define DYNR_ATTRIBUTE_MAX_DEPTH 32
/** Largest item in bytes, as DynamoDB counts them. */
#define DYNR_ITEM_MAX_SIZE ((size_t)400 * 1024)
/** What a list or map counts itself, and for each of its children. */
#define DYNR_CONTAINER_SIZE 3u
#define DYNR_CHILD_SIZE     1u

enum dynr_attribute_type {
    DYNR_ATTRIBUTE_NONE,
    DYNR_ATTRIBUTE_S,
    DYNR_ATTRIBUTE_N,
    DYNR_ATTRIBUTE_B,
    DYNR_ATTRIBUTE_BOOL,
    DYNR_ATTRIBUTE_NULL,
    DYNR_ATTRIBUTE_M,
    DYNR_ATTRIBUTE_L,
    DYNR_ATTRIBUTE_SS,
    DYNR_ATTRIBUTE_NS,
    DYNR_ATTRIBUTE_BS,
};

struct dynr_attribute_member;

/** One value. `text` holds S, canonical N, and decoded bytes of B. */
struct dynr_attribute {
    enum dynr_attribute_type type;
    bool boolean;
    struct dynr_str text;
    /** M: members; insertion order kept. */
    struct dynr_attribute_member *members;
    /** L and sets: elements (set elements have the element type S, N or B). */
    struct dynr_attribute *elements;
    size_t n_children;
};

struct dynr_attribute_member {
    struct dynr_str name;
    struct dynr_attribute value;
};

/**
 * Parses one attribute value `{"S":"x"}` or a whole item/map `{"name":{...},...}` (out->type is M). Validates as the
 * service: one type per value, numbers, base64, non-empty duplicate-free sets, depth, duplicate names refused.
 * DYNR_ERR_SYNTAX: malformed JSON or a JSON value of the wrong kind; DYNR_ERR_INVALID_ARGUMENT: the service's
 * ValidationException texts. Texts in `out` borrow from `json` where they need no decoding; the rest is in `arena`.
 */
enum dynr_status dynr_attribute_parse(struct dynr_str json, struct dynr_arena *arena,
                                      struct dynr_attribute *out, struct dynr_error *err);
enum dynr_status dynr_item_parse(struct dynr_str json, struct dynr_arena *arena,
                                 struct dynr_attribute *out, struct dynr_error *err);

/** "S", "NS" ...; "" for DYNR_ATTRIBUTE_NONE. Static. */
const char *dynr_attribute_type_name(enum dynr_attribute_type type);
/** The type of that name, or DYNR_ATTRIBUTE_NONE. */
enum dynr_attribute_type dynr_attribute_type_parse(struct dynr_str name);

/** Texts that the service takes for booleans, in either case: TRUE, 1, YES and their contraries. False: another text. */
bool dynr_boolean_parse(struct dynr_str text, bool *out);

/** Writes canonical DynamoDB JSON: no white space, numbers canonical, members in their order. */
void dynr_attribute_write(const struct dynr_attribute *value, struct dynr_buf *out);
/** Writes the members of an M as an item: `{"a":{...}}` without the outer `{"M":...}`. */
void dynr_item_write(const struct dynr_attribute *item, struct dynr_buf *out);

/** The member called `name` of an M, or NULL. */
struct dynr_attribute *dynr_attribute_member(const struct dynr_attribute *map,
                                             struct dynr_str name);

/** Deep equality as the service compares: numbers by value, sets without order, maps without order. */
bool dynr_attribute_equal(const struct dynr_attribute *a, const struct dynr_attribute *b);
/** Order of two S, two N or two B values. False when they are not comparable. */
bool dynr_attribute_compare(const struct dynr_attribute *a, const struct dynr_attribute *b,
                            int *out);

/** Size in bytes as DynamoDB counts it (names, values, 3 per list or map, 1 per element ...). */
size_t dynr_attribute_size(const struct dynr_attribute *value);
size_t dynr_item_size(const struct dynr_attribute *item);

/**
 * Order-preserving bytes of a key value (S, N or B): S and B are their bytes; N sorts numerically under memcmp, and
 * no number's bytes are the beginning of another's (1 to 22 bytes). Appends to `out`.
 */
void dynr_attribute_key_bytes(const struct dynr_attribute *value, struct dynr_buf *out);

/**
 * Finds a top-level attribute in item text without building a tree: `out` is the raw `{"S":"x"}`.
 * False when absent (or malformed: `err` then has a status).
 */
bool dynr_item_find(struct dynr_str item, struct dynr_str name, struct dynr_str *out,
                    struct dynr_error *err);

#endif
