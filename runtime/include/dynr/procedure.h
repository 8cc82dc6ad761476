/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Procedures as tables, and policies: what generated queries and mutations are made of, and how hosts run them.
 */
#ifndef DYNR_PROCEDURE_H
#define DYNR_PROCEDURE_H

#include "dynr/client.h"

DYNR_BEGIN_DECLS

/* ---- policies ---------------------------------------------------------------------------------------------- */

/** What the functions of a policy read. */
struct dynr_policy_input {
    /** The caller's struct and the procedure's input; NULL where there is none. */
    const void *caller;
    const void *input;
    /** The row in question, as the struct that was read; NULL in a gate. */
    const void *row;
    /** The rows of the look-ups before, entity->row structs; NULL where there is no such row. */
    const void *const *others;
};

/** A row beside the one in question, found by its key. */
struct dynr_policy_lookup {
    const struct dynr_entity_desc *entity;
    /** Fills `out_key` (zeroed, of entity->key). False: a part of it is missing, so there is no such row. */
    bool (*key)(const struct dynr_policy_input *in, void *out_key);
    /**
     * Asked before it is read, of the rows of the look-ups before it: whether the policy allows, or denies, whatever this row and those
     * behind it are, which then need not be read. NULL: never, or no more often than look-ups before it say.
     */
    bool (*allows)(const struct dynr_policy_input *in);
    bool (*denies)(const struct dynr_policy_input *in);
    /**
     * Set of fields of its row that the policy reads, as in dynr_view_node: a change of none of them changes nothing for who
     * watches. NULL: any may.
     */
    const uint64_t *deciding;
};

/**
 * A predicate and the rows that it needs, which are read consistently, each once, in their order, until they decide. What a denied
 * caller is told does not depend on them.
 */
struct dynr_policy_desc {
    /** Each behind those whose rows its key is made of. */
    const struct dynr_policy_lookup *lookups;
    size_t n_lookups;
    /** Over all of them. */
    bool (*allows)(const struct dynr_policy_input *in);
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

/** What the functions of a procedure's body see. */
struct dynr_call {
    struct dynr_client *client;
    /** NULL: the procedure has none. */
    const void *caller;
    const void *input;
    /** The row that a computed write has read; else NULL. */
    const void *row;
    /** The rows that a write's gate has looked up, in values of its checks; else NULL. */
    const void *const *others;
    struct dynr_arena *arena;
    struct dynr_error *err;
};

enum dynr_source {
    /** No value: an optional member becomes absent, a limit is none. */
    DYNR_FROM_NOTHING = 0,
    /** A member of the input, of the caller. */
    DYNR_FROM_INPUT,
    DYNR_FROM_CALLER,
    DYNR_FROM_CONSTANT,
    DYNR_FROM_FUNCTION,
};

/** A value that a procedure uses. It has the type of the place where it goes. */
struct dynr_value_source {
    enum dynr_source from;
    /** INPUT, CALLER: where the value stands. */
    uint32_t offset;
    /** INPUT, CALLER: its presence flag, or DYNR_REQUIRED. */
    uint32_t presence;
    /** CONSTANT. */
    const void *constant;
    /** FUNCTION: stores the value at `out`; sets `*out_present` to false where a part of it is absent. */
    enum dynr_status (*compute)(const struct dynr_call *call, void *out, bool *out_present);
};

/** A condition over caller, input and row. */
typedef bool dynr_call_condition(const struct dynr_call *call);

/** A member of a row or key struct (index into its fields), and its value. */
struct dynr_assignment {
    uint16_t field;
    struct dynr_value_source value;
};

/** One value of a condition in DynamoDB's expression language. */
struct dynr_condition_value {
    /** ":v0". */
    const char *placeholder;
    const struct dynr_type_desc *type;
    struct dynr_value_source value;
};

/** A condition whose values come from the call; see struct dynr_filter. It is false where one of its values is absent. */
struct dynr_condition {
    const char *expression;
    const char *const *names;
    const struct dynr_condition_value *values;
    size_t n_values;
};

/** One end of a range on the sort value that follows the equal ones. */
struct dynr_range_end {
    enum dynr_bound_kind kind;
    struct dynr_assignment at;
};

/** A read under one setting of a query's switches. Reads nothing where one of its values is absent. */
struct dynr_variant {
    /** NULL: always. */
    dynr_call_condition *applies;
    const struct dynr_path_desc *path;
    /** UNIQUE paths: by which the row is read once its key is known. */
    const struct dynr_path_desc *row_path;
    /** Members of the entity's row: what is equal. */
    const struct dynr_assignment *bindings;
    size_t n_bindings;
    /** As in struct dynr_query; of `row_path` where that is given. */
    uint16_t n_equal;
    bool last_is_prefix;
    struct dynr_range_end low;
    struct dynr_range_end high;
    /** NULL: none. */
    const struct dynr_condition *filter;
    /**
     * Asked of each row that was read, look-ups of all of them in batches: rows that it does not allow are as if they were not there,
     * and do not count for a limit. NULL: none. Its `row` is the struct as which rows are read.
     */
    const struct dynr_policy_desc *row_filter;
};

/** A value that is copied from a row that was read to the probe for what belongs to it. */
struct dynr_link {
    /** Into the fields of the child's row; `offset` bytes inside that member. */
    uint16_t field;
    uint32_t offset;
    /** Where it stands in the row that was read, and how many bytes it has. */
    uint32_t from;
    uint32_t size;
};

/** Rows that are read for each row of an output, or of rows under it. Either by key or by query. */
struct dynr_include_desc {
    /** The member of the output row: a pointer, or a list where `many`. */
    uint32_t member;
    bool many;
    /** What is read, and as what. */
    const struct dynr_entity_desc *entity;
    const struct dynr_struct_desc *output;
    /** BY KEY (`variant` is NULL): where the key stands in the output row, and its flag or DYNR_REQUIRED. */
    uint32_t key;
    uint32_t key_presence;
    /** BY KEY: as in struct dynr_variant. */
    const struct dynr_policy_desc *row_filter;
    /** BY QUERY: links bind what depends on the output row, the variant everything else. */
    const struct dynr_variant *variant;
    const struct dynr_link *links;
    size_t n_links;
    bool descending;
    /** int64_t; NOTHING: all. */
    struct dynr_value_source take;
    /** What is read for each of its rows in turn. */
    const struct dynr_include_desc *includes;
    size_t n_includes;
};

enum dynr_aggregate_kind {
    DYNR_AGGREGATE_COUNT = 1,
    DYNR_AGGREGATE_SUM,
    DYNR_AGGREGATE_MIN,
    DYNR_AGGREGATE_MAX
};

/**
 * One value made of many rows. COUNT is an int64_t; SUM an int64_t of integers, a decimal of decimals, DYNR_ERR_RANGE where it does
 * not fit; MIN and MAX are of the field's type. Rows whose field is absent play no part.
 */
struct dynr_aggregate_value {
    enum dynr_aggregate_kind kind;
    /** Name in messages. */
    const char *name;
    /** Index into the fields of the struct as which rows are read; COUNT: unused. */
    uint16_t field;
    /** Offsets in the output: the value, and its flag (MIN and MAX: there may be no row), or DYNR_REQUIRED. */
    uint32_t value;
    uint32_t presence;
};

/** Values of all rows along one way. They are read page by page, so memory does not grow with them. */
struct dynr_aggregate_desc {
    const struct dynr_entity_desc *entity;
    /** As what the rows are read. */
    const struct dynr_struct_desc *source;
    /** Below the one row of a query, bound as an include is. NULL: the rows are those of the query's own variants. */
    const struct dynr_variant *variant;
    const struct dynr_link *links;
    size_t n_links;
    const struct dynr_aggregate_value *values;
    size_t n_values;
};

/** The body of a query. */
struct dynr_query_body {
    const struct dynr_entity_desc *entity;
    /** Who may ask at all, evaluated before anything is read: DYNR_ERR_DENIED. NULL: everybody. */
    const struct dynr_policy_desc *gate;
    const struct dynr_variant *variants;
    size_t n_variants;
    /** The output is the one row (none: DYNR_ERR_NOT_FOUND), else a list. */
    bool single_row;
    bool descending;
    /** int64_t; NOTHING: all. */
    struct dynr_value_source take;
    const struct dynr_include_desc *includes;
    size_t n_includes;
    /** Of relations of the one row. */
    const struct dynr_aggregate_desc *aggregates;
    size_t n_aggregates;
    /** The output is one object of these values over the rows of the variants, and nothing else. NULL: rows. */
    const struct dynr_aggregate_desc *values;
};

enum dynr_write_kind {
    DYNR_WRITE_CREATE = 1,
    DYNR_WRITE_UPDATE,
    DYNR_WRITE_DELETE
};

/** One field of an update. */
struct dynr_change_source {
    uint16_t field;
    /** SET of an absent value to an optional field removes it. */
    enum dynr_change_kind kind;
    struct dynr_value_source value;
};

/** What a row that was looked up must satisfy when the transaction commits. */
struct dynr_check_desc {
    /** Which look-up of the gate's policy found it. */
    uint16_t lookup;
    /** There may be no such row. Else there must be one, which is not soft-deleted. */
    bool may_be_absent;
    /** NULL: that it is there. */
    const struct dynr_condition *condition;
};

/** One way to satisfy a policy. */
struct dynr_grant_desc {
    /** NULL: always. */
    bool (*holds)(const struct dynr_policy_input *in);
    const struct dynr_check_desc *checks;
    size_t n_checks;
    /** What it and its checks read is among the rows of so many look-ups, the first ones. */
    size_t n_lookups;
    /** Where `stands` is true (NULL: always), a transaction that passes the checks satisfies the policy: no row need be read. */
    bool is_direct;
    /** Reads no rows: `others` is NULL. */
    bool (*stands)(const struct dynr_policy_input *in);
};

/**
 * Who may write. The policy is evaluated first (DYNR_ERR_DENIED). The first grant that holds over the rows that were read for that
 * then gives the transaction its checks; when one of them fails somebody changed a row in between, and all is done again.
 *
 * Where the only grant is direct the mutation is tried with its checks before anything is read: who may write mostly does. When that
 * fails nothing was written, and all goes as above. On a store of this process, where a failed try costs no capacity, the grant
 * that held the last times is tried also where there are several. Mutations that delete are never tried.
 */
struct dynr_write_gate {
    const struct dynr_policy_desc *policy;
    /** None: nothing that is stored is needed. */
    const struct dynr_grant_desc *grants;
    size_t n_grants;
};

/** One write of a mutation. */
struct dynr_write_desc {
    enum dynr_write_kind kind;
    const struct dynr_entity_desc *entity;
    /** CREATE: members of the row. UPDATE, DELETE: members of the key. */
    const struct dynr_assignment *members;
    size_t n_members;
    const struct dynr_change_source *changes;
    size_t n_changes;
    /** Version that the row must have (int64_t); absent or NOTHING: any. */
    struct dynr_value_source version;
    /** NULL: none. */
    const struct dynr_condition *condition;
    /**
     * A value is computed from the row, which is read first and must not have changed when the write arrives: by its version, or
     * by these fields where the model has none. Then the condition is also asked of the row that was read, as `holds`.
     */
    bool reads_row;
    dynr_call_condition *holds;
    const uint16_t *read_fields;
    size_t n_read_fields;
    /** NULL: everybody may. */
    const struct dynr_write_gate *gate;
};

/** The body of a mutation: one write, or several as one transaction. Checks of gates make one write a transaction, too. */
struct dynr_mutation_body {
    const struct dynr_write_desc *writes;
    size_t n_writes;
    /** The output is the row of the last write. */
    bool returns_row;
};

enum dynr_procedure_kind {
    DYNR_PROCEDURE_QUERY = 1,
    DYNR_PROCEDURE_MUTATION
};

/** How a query is kept live: view.h. */
struct dynr_view_desc;

/** A procedure as hosts see it: they dispatch by path. */
struct dynr_procedure_desc {
    /** "todos.list". */
    const char *path;
    enum dynr_procedure_kind kind;
    /** `once`: may not be watched. */
    bool once;
    /** NULL: no input, no output. `output_is_list`: the output is a `struct {items; n_items}` of `output`. */
    const struct dynr_struct_desc *input;
    const struct dynr_struct_desc *output;
    bool output_is_list;
    /** Output that is one scalar rather than a struct (`-> int`): its type; else NULL. */
    const struct dynr_type_desc *output_scalar;
    size_t output_size;
    /** NULL: needs no caller. */
    const struct dynr_struct_desc *caller;
    /** What it does: one of these three is not NULL. */
    const struct dynr_query_body *query;
    const struct dynr_mutation_body *mutation;
    /** Calls the function that the application wrote. Its status counts: `err` is made to fit where it does not. */
    enum dynr_status (*run)(struct dynr_client *client, const void *caller, const void *input,
                            struct dynr_arena *arena, void *output, struct dynr_error *err);
    /** NULL: cannot be watched (mutations, `once`, extern). */
    const struct dynr_view_desc *view;
};

struct dynr_procedure_table {
    const struct dynr_procedure_desc *const *procedures;
    size_t n_procedures;
    /** Of the generated code: another one where procedures may mean something else. 0: not known. */
    uint64_t digest;
};

/**
 * Runs a procedure: checks the bounds of `input`, zeroes `output` (`output_size` bytes), reads or writes. `caller`, `input` and
 * `output` are of the procedure's structs, NULL where it has none. Rows of the output live in `arena`.
 */
DYNR_API enum dynr_status dynr_procedure_run(const struct dynr_procedure_desc *procedure,
                                             struct dynr_client *client, const void *caller,
                                             const void *input, struct dynr_arena *arena,
                                             void *output, struct dynr_error *err);

/**
 * What a live view's node reads with, without reading it: `query` with its probe and values in `arena`, under the variant that
 * applies; `query->limit` is `take`, or 0. `*out_empty`: these arguments select nothing. For a path of kind UNIQUE the probe
 * holds the unique value.
 */
DYNR_API enum dynr_status dynr_query_prepare(const struct dynr_query_body *body, const void *caller,
                                             const void *input, struct dynr_arena *arena,
                                             struct dynr_query *query, bool *out_empty,
                                             struct dynr_error *err);
/** The same for rows below `root`, to which `include->links` refer; of an aggregate's rows for what an include of them would be. */
DYNR_API enum dynr_status dynr_include_prepare(const struct dynr_include_desc *include,
                                               const void *root, const void *caller,
                                               const void *input, struct dynr_arena *arena,
                                               struct dynr_query *query, bool *out_empty,
                                               struct dynr_error *err);

/** The procedure at `path`, or NULL. Paths in the table are sorted by byte order. */
DYNR_API const struct dynr_procedure_desc *
dynr_procedure_find(const struct dynr_procedure_table *table, struct dynr_str path);

/**
 * What a host does for one call: finds the procedure, decodes and checks the input, runs it, appends the output as plain
 * JSON to `out` ("null" where there is none). `caller` must be of the procedure's caller struct, or NULL where it has none.
 */
DYNR_API enum dynr_status dynr_procedure_call(const struct dynr_procedure_table *table,
                                              struct dynr_client *client, struct dynr_str path,
                                              const void *caller, struct dynr_str input_json,
                                              struct dynr_arena *arena, struct dynr_buf *out,
                                              struct dynr_error *err);

DYNR_END_DECLS

#endif
