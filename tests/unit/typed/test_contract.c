/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What applications were compiled with: the sizes of the structs of generated tables. A program of an older dynrc runs with this library
 * if its contract's number is taken, so no size may change under the same number. Where one does, DYNR_GEN_ABI grows, DYNR_GEN_ABI_OLDEST
 * with it (nothing reads older tables), the numbers in templates/c/header.tmpl, and the sizes here.
 */
#include <stdio.h>

#include "dynr/gen.h"
#include "dynr/view.h"
#include "test_main.h"

struct layout {
    const char *name;
    size_t size;
    /* Where pointers have eight bytes, under contract CONTRACT. */
    size_t expected;
};

#define CONTRACT 5
#define LAYOUT(type, expected)                                                                     \
    {                                                                                              \
#        type, sizeof(struct type), expected                                                       \
    }

static const struct layout layouts[] = {
    LAYOUT(dynr_enum_value, 16),
    LAYOUT(dynr_enum_desc, 24),
    LAYOUT(dynr_type_desc, 56),
    LAYOUT(dynr_field_desc, 40),
    LAYOUT(dynr_claim, 16),
    LAYOUT(dynr_struct_desc, 56),
    LAYOUT(dynr_key_part, 32),
    LAYOUT(dynr_key_template, 24),
    LAYOUT(dynr_index_desc, 48),
    LAYOUT(dynr_table_desc, 80),
    LAYOUT(dynr_index_key, 24),
    LAYOUT(dynr_unique_desc, 24),
    LAYOUT(dynr_child_desc, 8),
    LAYOUT(dynr_entity_desc, 120),
    LAYOUT(dynr_path_desc, 64),
    LAYOUT(dynr_policy_lookup, 40),
    LAYOUT(dynr_policy_desc, 24),
    LAYOUT(dynr_call, 56),
    LAYOUT(dynr_value_source, 32),
    LAYOUT(dynr_assignment, 40),
    LAYOUT(dynr_condition_value, 48),
    LAYOUT(dynr_condition, 32),
    LAYOUT(dynr_range_end, 48),
    LAYOUT(dynr_variant, 160),
    LAYOUT(dynr_link, 16),
    LAYOUT(dynr_include_desc, 120),
    LAYOUT(dynr_aggregate_value, 32),
    LAYOUT(dynr_aggregate_desc, 56),
    LAYOUT(dynr_query_body, 112),
    LAYOUT(dynr_change_source, 40),
    LAYOUT(dynr_check_desc, 16),
    LAYOUT(dynr_grant_desc, 48),
    LAYOUT(dynr_write_gate, 24),
    LAYOUT(dynr_write_desc, 128),
    LAYOUT(dynr_mutation_body, 24),
    LAYOUT(dynr_procedure_desc, 96),
    LAYOUT(dynr_procedure_table, 24),
    LAYOUT(dynr_view_order, 4),
    LAYOUT(dynr_view_node, 136),
    LAYOUT(dynr_view_desc, 40),
    LAYOUT(dynr_bound, 16),
    LAYOUT(dynr_filter_value, 24),
    LAYOUT(dynr_filter, 32),
    LAYOUT(dynr_query, 120),
    LAYOUT(dynr_rows, 64),
    LAYOUT(dynr_expect, 72),
    LAYOUT(dynr_change, 16),
    LAYOUT(dynr_change_member, 16),
    LAYOUT(dynr_list_options, 32),
    LAYOUT(dynr_list_range, 20),
    LAYOUT(dynr_policy_input, 32),
};

static void sizes_change_with_the_contract_alone(void)
{
    DYNR_ASSERT_INT(DYNR_GEN_ABI, CONTRACT);
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0] && sizeof(void *) == 8; i++) {
        if (!DYNR_ASSERT_INT(layouts[i].size, layouts[i].expected)) {
            (void)fprintf(stderr, "%s is not what programs were compiled with\n", layouts[i].name);
        }
    }
}

static void programs_of_other_contracts_are_refused(void)
{
    DYNR_ASSERT_STATUS(dynr_runtime_check(DYNR_GEN_ABI, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_runtime_check(DYNR_GEN_ABI + 1, NULL), DYNR_ERR_ABI);
    /* Its table of procedures has no digest: what stands behind it would be taken for one. */
    DYNR_ASSERT_STATUS(dynr_runtime_check(1, NULL), DYNR_ERR_ABI);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(sizes_change_with_the_contract_alone),
    DYNR_TEST(programs_of_other_contracts_are_refused),
};

int main(void)
{
    return dynr_test_main("contract", tests, DYNR_TEST_COUNT(tests));
}
