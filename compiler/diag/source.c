/* SPDX-License-Identifier: Apache-2.0 */
/* Source files and positions in them. A position is computed when it is shown, from a table of line starts. */
#include "base/memory.h"
#include "base/utf8.h"
#include "diag/internal.h"

uint32_t dyn_sources_add(struct dyn_sources *sources, struct dynr_str name, struct dynr_str text)
{
    sources->items = dyn_grow(sources->arena, sources->items, sources->n_items, &sources->cap_items,
                              sizeof *sources->items);
    sources->items[sources->n_items] = (struct dyn_source){.name = name, .text = text};
    return (uint32_t)sources->n_items++;
}

static void index_lines(struct dyn_sources *sources, struct dyn_source *source)
{
    size_t n_lines = 1;
    for (size_t i = 0; i < source->text.len; i++) {
        n_lines += source->text.ptr[i] == '\n';
    }
    source->lines = dyn_alloc_array(sources->arena, n_lines, sizeof *source->lines);
    source->n_lines = 1;
    for (size_t i = 0; i < source->text.len; i++) {
        if (source->text.ptr[i] == '\n') {
            source->lines[source->n_lines++] = (uint32_t)i + 1;
        }
    }
}

size_t dyn_source_line_of(struct dyn_sources *sources, uint32_t source_index, uint32_t offset)
{
    struct dyn_source *source = &sources->items[source_index];
    if (source->lines == NULL) {
        index_lines(sources, source);
    }
    size_t low = 0;
    size_t high = source->n_lines;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

struct dynr_str dyn_source_line_text(struct dyn_sources *sources, uint32_t source_index,
                                     size_t line)
{
    struct dyn_source *source = &sources->items[source_index];
    size_t start = source->lines[line];
    size_t end = line + 1 < source->n_lines ? source->lines[line + 1] - 1 : source->text.len;
    if (end > start && source->text.ptr[end - 1] == '\r') {
        end--;
    }
    return dynr_str_make(source->text.ptr + start, end - start);
}

struct dyn_position dyn_sources_position(struct dyn_sources *sources, uint32_t source_index,
                                         uint32_t offset)
{
    struct dyn_source *source = &sources->items[source_index];
    if (offset > source->text.len) {
        offset = (uint32_t)source->text.len;
    }
    size_t line = dyn_source_line_of(sources, source_index, offset);
    struct dyn_position position = {.line = (uint32_t)line + 1, .column = 1};
    size_t i = source->lines[line];
    while (i < offset) {
        uint32_t code_point;
        size_t step = dynr_utf8_decode(source->text, i, &code_point);
        /* A byte that is no UTF-8 counts as one, as editors show it. */
        i += step == 0 ? 1 : step;
        if (i <= offset) {
            position.column++;
        }
    }
    return position;
}
