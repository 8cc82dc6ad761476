/* SPDX-License-Identifier: Apache-2.0 */
/* Operations as text. A segment grows until it is as long as a frame may be, or another group follows. */
#include "reactive/output.h"

#include "reactive/aggregate.h"
#include "reactive/window.h"
#include "typed/encode_json.h"

/* What a frame holds around its operations, parents apart. */
#define ENVELOPE       192
#define SPARE_TEXT_MAX ((size_t)65536)

struct dynr_output *dynr_output_take(struct dynr_engine *engine)
{
    struct dynr_output *output = engine->spare_outputs;
    if (output != NULL) {
        engine->spare_outputs = output->next;
        return output;
    }
    output = engine->allocator->resize(engine->allocator->context, NULL, 0, sizeof *output);
    if (output != NULL) {
        memset(output, 0, sizeof *output);
        dynr_buf_init(&output->text, engine->allocator, 0);
    }
    return output;
}

static void free_output(struct dynr_engine *engine, struct dynr_output *output)
{
    dynr_buf_cleanup(&output->text);
    if (output->segments != NULL) {
        engine->allocator->resize(engine->allocator->context, output->segments,
                                  output->cap * sizeof *output->segments, 0);
    }
    engine->allocator->resize(engine->allocator->context, output, sizeof *output, 0);
}

void dynr_output_give_back(struct dynr_engine *engine, struct dynr_output *output)
{
    if (output == NULL) {
        return;
    }
    if (output->text.cap > SPARE_TEXT_MAX) {
        free_output(engine, output);
        return;
    }
    dynr_buf_clear(&output->text);
    output->n_segments = 0;
    output->next = engine->spare_outputs;
    engine->spare_outputs = output;
}

void dynr_outputs_cleanup(struct dynr_engine *engine)
{
    while (engine->spare_outputs != NULL) {
        struct dynr_output *output = engine->spare_outputs;
        engine->spare_outputs = output->next;
        free_output(engine, output);
    }
}

struct dynr_output *dynr_view_output(struct dynr_engine *engine, struct dynr_view *view)
{
    dynr_view_mark(engine, view);
    if (view->output == NULL) {
        view->output = dynr_output_take(engine);
        if (view->output == NULL) {
            dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
        }
    }
    return view->output;
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

bool dynr_append_key(const struct dynr_node_info *node, const void *row, struct dynr_buf *out)
{
    const struct dynr_view_node *desc = node->node;
    dynr_buf_append_char(out, '[');
    for (uint16_t i = 0; i < desc->n_key; i++) {
        const struct dynr_field_desc *field = &desc->entity->row->fields[desc->key[i]];
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        if (!dynr_field_is_present(field, row)) {
            dynr_buf_append_c(out, "null");
        } else if (dynr_encode_json_value(field->type, dynr_field_value(field, row), out, NULL) !=
                   DYNR_OK) {
            return false;
        }
    }
    dynr_buf_append_char(out, ']');
    return dynr_buf_ok(out);
}

static void append_rows_above(const struct dynr_row_state *row, struct dynr_buf *out)
{
    if (row->group->parent != NULL) {
        append_rows_above(row->group->parent, out);
        dynr_buf_append_char(out, ',');
    }
    dynr_buf_append(out, row->key_text, row->key_len);
}

void dynr_append_parent(const struct dynr_group *group, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '[');
    append_rows_above(group->parent, out);
    dynr_buf_append_char(out, ']');
}

/* ---- segments ------------------------------------------------------------------------------------------------ */

static struct dynr_segment *new_segment(struct dynr_engine *engine, struct dynr_output *output,
                                        const struct dynr_group *group, enum dynr_segment_kind kind,
                                        uint64_t version)
{
    if (output->segments == NULL || output->n_segments == output->cap) {
        size_t cap = output->cap == 0 ? 4 : output->cap * 2;
        struct dynr_segment *segments =
            engine->allocator->resize(engine->allocator->context, output->segments,
                                      output->cap * sizeof *segments, cap * sizeof *segments);
        if (segments == NULL) {
            output->text.failed = true;
            return NULL;
        }
        output->segments = segments;
        output->cap = cap;
    }
    struct dynr_segment *segment = &output->segments[output->n_segments++];
    memset(segment, 0, sizeof *segment);
    segment->kind = kind;
    segment->node = group->node->number;
    segment->group = group->number;
    segment->version = version;
    segment->parent = output->text.len;
    if (group->parent != NULL) {
        dynr_append_parent(group, &output->text);
    }
    segment->ops = output->text.len;
    segment->end = segment->ops;
    return segment;
}

/* The segment for one more operation, with the comma before it. */
static struct dynr_buf *begin_op(struct dynr_engine *engine, struct dynr_output *output,
                                 const struct dynr_group *group, uint64_t version)
{
    if (output == NULL || !dynr_buf_ok(&output->text)) {
        return NULL;
    }
    struct dynr_segment *last =
        output->n_segments == 0 ? NULL : &output->segments[output->n_segments - 1];
    if (last == NULL || last->kind >= DYNR_SEGMENT_BOUND || last->group != group->number ||
        last->version != version) {
        last = new_segment(engine, output, group, DYNR_SEGMENT_PATCH, version);
    }
    if (last == NULL) {
        return NULL;
    }
    if (last->n_ops++ > 0) {
        dynr_buf_append_char(&output->text, ',');
    }
    return &output->text;
}

/* Moves the operation that was just written to a segment of its own where it makes its frame too long. */
static void end_op(struct dynr_engine *engine, struct dynr_output *output,
                   const struct dynr_group *group)
{
    struct dynr_segment *segment = &output->segments[output->n_segments - 1];
    struct dynr_buf *text = &output->text;
    size_t room = engine->limits.max_frame > ENVELOPE ? engine->limits.max_frame - ENVELOPE : 1;
    if (!dynr_buf_ok(text) || segment->n_ops == 1 || text->len - segment->parent <= room) {
        segment->end = text->len;
        return;
    }
    size_t start = segment->end + 1;
    size_t len = text->len - start;
    uint64_t version = segment->version;
    struct dynr_str op = dynr_str_make(text->ptr + start, len);
    dynr_buf_clear(&engine->scratch);
    dynr_buf_append_str(&engine->scratch, op);
    segment->n_ops--;
    text->len = segment->end;
    text->failed = text->failed || !dynr_buf_ok(&engine->scratch);
    segment = new_segment(engine, output, group, DYNR_SEGMENT_PATCH, version);
    if (segment != NULL) {
        segment->n_ops = 1;
        dynr_buf_append_str(text, dynr_buf_str(&engine->scratch));
        segment->end = text->len;
    }
}

void dynr_output_begin_whole(struct dynr_engine *engine, struct dynr_output *output,
                             const struct dynr_group *group, uint64_t version)
{
    if (output != NULL) {
        (void)new_segment(engine, output, group, DYNR_SEGMENT_WHOLE, version);
    }
}

/* ---- operations ---------------------------------------------------------------------------------------------- */

void dynr_output_row(struct dynr_engine *engine, struct dynr_output *output,
                     const struct dynr_group *group, const void *row, uint64_t version)
{
    struct dynr_buf *text = begin_op(engine, output, group, version);
    if (text == NULL) {
        return;
    }
    dynr_buf_append_c(text, "[\"+\",");
    if (dynr_encode_json(&group->node->sent, row, text, NULL) != DYNR_OK) {
        text->failed = true;
    }
    dynr_buf_append_char(text, ']');
    end_op(engine, output, group);
}

void dynr_output_gone(struct dynr_engine *engine, struct dynr_output *output,
                      const struct dynr_group *group, const void *row, uint64_t version)
{
    struct dynr_buf *text = begin_op(engine, output, group, version);
    if (text == NULL) {
        return;
    }
    dynr_buf_append_c(text, "[\"-\",");
    text->failed = !dynr_append_key(group->node, row, text) || text->failed;
    dynr_buf_append_char(text, ']');
    end_op(engine, output, group);
}

static void append_field(const struct dynr_field_desc *field, const void *row, struct dynr_buf *out)
{
    dynr_buf_append_json_string(out, dynr_str_make(field->name, field->name_len));
    dynr_buf_append_char(out, ':');
    if (!dynr_field_is_present(field, row)) {
        dynr_buf_append_c(out, "null");
    } else if (dynr_encode_json_value(field->type, dynr_field_value(field, row), out, NULL) !=
               DYNR_OK) {
        out->failed = true;
    }
}

void dynr_output_fields(struct dynr_engine *engine, struct dynr_output *output,
                        const struct dynr_group *group, const void *row, const uint64_t *changed,
                        uint64_t version)
{
    const struct dynr_node_info *node = group->node;
    size_t first = 0;
    while (first < node->sent.n_fields && !dynr_field_set_has(changed, node->sent_fields[first])) {
        first++;
    }
    struct dynr_buf *text =
        first == node->sent.n_fields ? NULL : begin_op(engine, output, group, version);
    if (text == NULL) {
        return;
    }
    dynr_buf_append_c(text, "[\"~\",");
    text->failed = !dynr_append_key(node, row, text) || text->failed;
    char before = '{';
    dynr_buf_append_char(text, ',');
    for (size_t i = first; i < node->sent.n_fields; i++) {
        if (dynr_field_set_has(changed, node->sent_fields[i])) {
            dynr_buf_append_char(text, before);
            append_field(&node->sent.fields[i], row, text);
            before = ',';
        }
    }
    dynr_buf_append_c(text, "}]");
    end_op(engine, output, group);
}

/* Begins `["=", value]`, or NULL. */
static struct dynr_buf *begin_value(struct dynr_engine *engine, struct dynr_output *output,
                                    struct dynr_group *group, uint64_t version)
{
    bool overtakes = false;
    /* One value for one transition. */
    for (size_t i = 0; output != NULL && i < output->n_segments; i++) {
        struct dynr_segment *said = &output->segments[i];
        if (said->group == group->number) {
            said->kind = DYNR_SEGMENT_VOID;
            overtakes = true;
        }
    }
    if (version <= group->said) {
        /* It has the larger version of what it overtakes, or of the value as of a later record of another shard. */
        version = overtakes ? group->said : group->said + 1;
    }
    group->said = version;
    struct dynr_buf *text = begin_op(engine, output, group, version);
    if (text != NULL) {
        dynr_buf_append_c(text, "[\"=\",");
    }
    return text;
}

void dynr_output_value(struct dynr_engine *engine, struct dynr_output *output,
                       struct dynr_group *group, uint64_t version)
{
    struct dynr_buf *text = begin_value(engine, output, group, version);
    if (text != NULL) {
        dynr_aggregate_append(group->node, group->aggregate, text);
        dynr_buf_append_char(text, ']');
        end_op(engine, output, group);
    }
}

void dynr_output_text(struct dynr_engine *engine, struct dynr_output *output,
                      struct dynr_group *group, uint64_t version, struct dynr_str value)
{
    struct dynr_buf *text = begin_value(engine, output, group, version);
    if (text != NULL) {
        dynr_buf_append_str(text, value);
        dynr_buf_append_char(text, ']');
        end_op(engine, output, group);
    }
}

void dynr_output_bound(struct dynr_engine *engine, struct dynr_output *output,
                       const struct dynr_group *group, uint64_t version)
{
    enum dynr_segment_kind kind =
        group->window->refilling ? DYNR_SEGMENT_OPENING : DYNR_SEGMENT_BOUND;
    struct dynr_segment *segment =
        output == NULL ? NULL : new_segment(engine, output, group, kind, version);
    if (segment == NULL) {
        return;
    }
    segment->n_ops = group->window->epoch;
    dynr_window_append_bound(group->window, &output->text);
    segment->end = output->text.len;
}
