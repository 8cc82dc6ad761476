/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Procedures: from a path and plain JSON to plain JSON.
 */
#include <string.h>

#include "typed/encode_json.h"
#include "typed/procedure.h"
#include "typed/type.h"

const struct dynr_procedure_desc *dynr_procedure_find(const struct dynr_procedure_table *table,
                                                      struct dynr_str path)
{
    size_t low = 0;
    size_t high = table->n_procedures;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = dynr_str_compare(dynr_str_from_c(table->procedures[middle]->path), path);
        if (order == 0) {
            return table->procedures[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static enum dynr_status decode_input(const struct dynr_procedure_desc *procedure,
                                     struct dynr_str input_json, struct dynr_arena *arena,
                                     void **out, struct dynr_error *err)
{
    *out = NULL;
    /* No input at all, and `null`, count as an object without members. */
    bool empty = input_json.len == 0 || dynr_str_equal_c(input_json, "null");
    struct dynr_str json = empty ? dynr_str_from_c("{}") : input_json;
    static const struct dynr_struct_desc nothing = {.name = "nothing", .size = 1};
    const struct dynr_struct_desc *desc = procedure->input == NULL ? &nothing : procedure->input;
    void *input = dynr_arena_calloc(arena, 1, desc->size);
    if (input == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    enum dynr_status status = dynr_decode_json(desc, json, arena, input, err);
    if (status == DYNR_OK && procedure->input != NULL) {
        *out = input;
    }
    return status;
}

static enum dynr_status encode_output(const struct dynr_procedure_desc *procedure,
                                      const void *output, struct dynr_buf *out,
                                      struct dynr_error *err)
{
    if (procedure->output_scalar != NULL) {
        return dynr_encode_json_value(procedure->output_scalar, output, out, err);
    }
    if (procedure->output == NULL) {
        dynr_buf_append_c(out, "null");
        return dynr_buf_ok(out) ? DYNR_OK : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_type_desc element = {.kind = DYNR_KIND_STRUCT, .structure = procedure->output};
    if (!procedure->output_is_list) {
        return dynr_encode_json_value(&element, output, out, err);
    }
    struct dynr_type_desc list = {.kind = DYNR_KIND_LIST,
                                  .element = &element,
                                  .element_size = (uint32_t)procedure->output->size};
    return dynr_encode_json_value(&list, output, out, err);
}

/** A function that the application wrote. What it returns counts, and `err` says the same: nothing of rows that it could do without. */
static enum dynr_status run_extern(const struct dynr_procedure_desc *procedure,
                                   struct dynr_client *client, const void *caller,
                                   const void *input, struct dynr_arena *arena, void *output,
                                   struct dynr_error *err)
{
    enum dynr_status status = procedure->run(client, caller, input, arena, output, err);
    if (status == DYNR_OK) {
        dynr_error_clear(err);
    } else if (err != NULL && err->status != status) {
        (void)dynr_fail(err, status, NULL);
    }
    return status;
}

static enum dynr_status check_caller(const struct dynr_procedure_desc *procedure,
                                     const void *caller, struct dynr_error *err)
{
    return procedure->caller == NULL || caller != NULL
               ? DYNR_OK
               : dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "%s needs a caller", procedure->path);
}

enum dynr_status dynr_procedure_run(const struct dynr_procedure_desc *procedure,
                                    struct dynr_client *client, const void *caller,
                                    const void *input, struct dynr_arena *arena, void *output,
                                    struct dynr_error *err)
{
    enum dynr_status status = check_caller(procedure, caller, err);
    if (status == DYNR_OK && procedure->input != NULL) {
        /* JSON was checked when it was decoded; a C caller is held to the same bounds. */
        status = dynr_validate(procedure->input, input, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (procedure->run != NULL) {
        return run_extern(procedure, client, caller, input, arena, output, err);
    }
    if (procedure->output_size > 0) {
        memset(output, 0, procedure->output_size);
    }
    struct dynr_call call = {
        .client = client, .caller = caller, .input = input, .arena = arena, .err = err};
    return procedure->query != NULL ? dynr_query_run(procedure, &call, output)
                                    : dynr_mutation_run(procedure->mutation, &call, output);
}

enum dynr_status dynr_procedure_call(const struct dynr_procedure_table *table,
                                     struct dynr_client *client, struct dynr_str path,
                                     const void *caller, struct dynr_str input_json,
                                     struct dynr_arena *arena, struct dynr_buf *out,
                                     struct dynr_error *err)
{
    const struct dynr_procedure_desc *procedure = dynr_procedure_find(table, path);
    if (procedure == NULL) {
        return dynr_fail(err, DYNR_ERR_UNKNOWN_PROCEDURE, "there is no procedure %.*s",
                         (int)(path.len < 100 ? path.len : 100), path.len == 0 ? "" : path.ptr);
    }
    void *input = NULL;
    enum dynr_status status = check_caller(procedure, caller, err);
    if (status == DYNR_OK) {
        status = decode_input(procedure, input_json, arena, &input, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    return dynr_procedure_output(procedure, client, caller, input, arena, out, err);
}

enum dynr_status dynr_procedure_output(const struct dynr_procedure_desc *procedure,
                                       struct dynr_client *client, const void *caller,
                                       const void *input, struct dynr_arena *arena,
                                       struct dynr_buf *out, struct dynr_error *err)
{
    void *output = dynr_arena_calloc(arena, 1, procedure->output_size + 1);
    if (output == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    enum dynr_status status =
        dynr_procedure_run(procedure, client, caller, input, arena, output, err);
    if (status != DYNR_OK) {
        return status;
    }
    size_t before = out->len;
    status = encode_output(procedure, output, out, err);
    if (status != DYNR_OK) {
        out->len = before;
    }
    return status;
}
