/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a transition says: operations per view and group, collected as text, and made into frames when the transition ends.
 * Exhausted memory shows as a failed buffer, which fails the view.
 */
#ifndef DYNR_REACTIVE_OUTPUT_H
#define DYNR_REACTIVE_OUTPUT_H

#include "reactive/reactive.h"

/* What a frame holds around its groups, or its operations. */
#define DYNR_FRAME_ENVELOPE 208

enum dynr_segment_kind {
    DYNR_SEGMENT_PATCH,
    /* The group is what these operations say. */
    DYNR_SEGMENT_WHOLE,
    DYNR_SEGMENT_BOUND,
    /* A bound that opens: rows beyond the one before are on their way. */
    DYNR_SEGMENT_OPENING,
    /* Was overtaken by one that follows. */
    DYNR_SEGMENT_VOID,
};

/* One frame to be. Texts stand in the output's buffer. */
struct dynr_segment {
    enum dynr_segment_kind kind;
    uint16_t node;
    uint32_t n_ops;
    uint64_t group;
    uint64_t version;
    size_t parent;
    size_t ops;
    size_t end;
};

struct dynr_output {
    struct dynr_output *next;
    struct dynr_buf text;
    struct dynr_segment *segments;
    size_t n_segments;
    size_t cap;
};

/* The view's output of this transition; NULL when memory is exhausted (the view has failed then). */
struct dynr_output *dynr_view_output(struct dynr_engine *engine, struct dynr_view *view);
struct dynr_output *dynr_output_take(struct dynr_engine *engine);
void dynr_output_give_back(struct dynr_engine *engine, struct dynr_output *output);

/* `output` NULL: nothing. */
void dynr_output_row(struct dynr_engine *engine, struct dynr_output *output,
                     const struct dynr_group *group, const void *row, uint64_t version);
void dynr_output_gone(struct dynr_engine *engine, struct dynr_output *output,
                      const struct dynr_group *group, const void *row, uint64_t version);
/* The sent fields that `changed` has; nothing where there is none. */
void dynr_output_fields(struct dynr_engine *engine, struct dynr_output *output,
                        const struct dynr_group *group, const void *row, const uint64_t *changed,
                        uint64_t version);
/* Versions of a value rise, whatever order the shards' records come in: clients take none that is not larger. */
void dynr_output_value(struct dynr_engine *engine, struct dynr_output *output,
                       struct dynr_group *group, uint64_t version);
/* The output of code, encoded. */
void dynr_output_text(struct dynr_engine *engine, struct dynr_output *output,
                      struct dynr_group *group, uint64_t version, struct dynr_str value);
void dynr_output_bound(struct dynr_engine *engine, struct dynr_output *output,
                       const struct dynr_group *group, uint64_t version);
/* The operations that follow are all that the group holds. */
void dynr_output_begin_whole(struct dynr_engine *engine, struct dynr_output *output,
                             const struct dynr_group *group, uint64_t version);

/* Appends ["k"] of a row (or, for keyed nodes, of a key struct). */
bool dynr_append_key(const struct dynr_node_info *node, const void *row, struct dynr_buf *out);
/* Appends [["k"],...] of the rows that the group hangs on. */
void dynr_append_parent(const struct dynr_group *group, struct dynr_buf *out);

/* Sends an output to one connection. */
void dynr_output_send_to(struct dynr_engine *engine, struct dynr_output *output,
                         const struct dynr_view *view, struct dynr_connection *connection);

/* The view is part of this transition. */
void dynr_view_mark(struct dynr_engine *engine, struct dynr_view *view);
/* Ends every subscription to it when the transition ends. */
void dynr_view_fail(struct dynr_engine *engine, struct dynr_view *view, enum dynr_status status);
/* Runs what the transition started, sends what it says, frees what it left. */
void dynr_transition_end(struct dynr_engine *engine);
/* Frees what the transition left. */
void dynr_outputs_bury(struct dynr_engine *engine);
void dynr_outputs_cleanup(struct dynr_engine *engine);

#endif
