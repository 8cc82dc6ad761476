/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations on tables share. */
#ifndef DYNR_SERVICE_TABLE_H
#define DYNR_SERVICE_TABLE_H

#include "service/service.h"

/* CreateTable's members as the store takes them, checked in the service's order. */
bool dynr_service_read_definition(struct service_call *call, struct dynr_table_definition *out);
/* One global index of CreateTable or UpdateTable. */
bool dynr_service_read_index(struct service_call *call, const struct service_node *node,
                             const struct service_node *definitions, bool is_local,
                             struct dynr_index_definition *out);
bool dynr_service_read_throughput(struct service_call *call, const struct service_node *node,
                                  struct dynr_throughput *out);
/* "Some index key attributes are not defined in AttributeDefinitions", and the order of the key types. */
bool dynr_service_check_key_schema(struct service_call *call, const struct service_node *schema,
                                   const struct service_node *definitions);
enum dynr_stream_view dynr_service_stream_view(const struct service_node *specification);
const char *dynr_service_view_name(enum dynr_stream_view view);

/* What the service keeps of a table that the store does not know: SSESpecification, TableClass, backups. */
struct service_settings {
    /* Raw JSON; empty: not given. */
    struct dynr_str sse;
    struct dynr_str table_class;
    bool has_recovery;
};

/* False where memory ran out, or the text is not what write_settings wrote. */
bool dynr_service_read_settings(struct service_call *call, struct dynr_str text,
                                struct service_settings *out);
bool dynr_service_write_settings(struct service_call *call, const struct service_settings *settings,
                                 struct dynr_str *out);
/* Takes from a request what it says of them. `out_changed` (may be NULL). */
bool dynr_service_take_settings(struct service_call *call, struct service_settings *inout,
                                bool *out_changed);

/* DescribeTable of the store. ResourceNotFoundException names the table. */
bool dynr_service_find_table(struct service_call *call, struct dynr_str name,
                             const struct dynr_table_definition **out);
bool dynr_service_table_not_found(struct service_call *call, struct dynr_str stored);
/* Whether the last fault is that there is no such table. */
bool dynr_service_is_no_table(const struct service_call *call);

/* "KeySchema" */
void dynr_service_write_schema(const struct dynr_key_attribute *partition_key,
                               const struct dynr_key_attribute *sort_key, struct dynr_buf *out);
/* A table's description. `status`: "ACTIVE", "CREATING", ... of the table; NULL `index_status`: each index's own. */
bool dynr_service_write_table(struct service_call *call, const char *member,
                              const struct dynr_table_definition *table, const char *status,
                              const char *index_status);

#endif
