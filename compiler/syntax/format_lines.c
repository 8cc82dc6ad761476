/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alignment: lines of the same kind that follow each other have their parts in columns, and the comments behind lines
 * stand in one. A column is as wide as the widest cell that something follows.
 */
#include "base/memory.h"
#include "syntax/format.h"

/* Lines of a class are aligned with each other. */
enum line_class {
    LINE_OTHER,
    /* Nothing but a comment: does not part its neighbours. */
    LINE_COMMENT,
    /* name, type, rest */
    LINE_FIELD,
    /* name, `= tag` */
    LINE_VALUE,
    /* name, values */
    LINE_SETTING,
    /* `allow ...`, `if ...` */
    LINE_ALLOW,
    /* `include name`, `{ ... }` */
    LINE_INCLUDE,
    /* keyword and name, `{ ... }`, all on one line */
    LINE_DECLARATION,
};

#define MAX_CELLS 3

struct line {
    size_t first;
    /* Behind the last token, a comment at the end excluded. */
    size_t end;
    /* The comment at the end, or 0. */
    size_t comment;
    enum line_class line_class;
    /* Declarations are aligned with those of the same keyword only. */
    enum dyn_token_kind keyword;
    /* First tokens of the second and later cells. */
    size_t cells[MAX_CELLS];
    size_t n_cells;
    bool after_blank;
    bool opens_block;
};

struct lines {
    struct line *items;
    size_t n;
};

/* ---- cells ---- */

static size_t skip_group(const struct dyn_format *format, size_t index)
{
    return dyn_format_is_matched(format, index) ? format->tokens.items[index].match : index;
}

/* Where the type ends: at the first part of the field. */
static size_t find_rest(const struct dyn_format *format, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        enum dyn_token_kind kind = dyn_format_kind(format, i);
        if (kind == DYN_TOKEN_ASSIGN || kind == DYN_TOKEN_AT || kind == DYN_TOKEN_VIA ||
            kind == DYN_TOKEN_THROUGH) {
            return i;
        }
        i = skip_group(format, i);
    }
    return end;
}

static size_t find_kind(const struct dyn_format *format, size_t first, size_t end,
                        enum dyn_token_kind kind)
{
    for (size_t i = first; i < end; i++) {
        if (dyn_format_kind(format, i) == kind) {
            return i;
        }
        i = skip_group(format, i);
    }
    return end;
}

static size_t find_brace(const struct dyn_format *format, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (dyn_format_is(format, i, '{')) {
            return i;
        }
        i = skip_group(format, i);
    }
    return end;
}

static bool has_more_members(const struct dyn_format *format, size_t first, size_t end)
{
    for (size_t i = first + 1; i < end; i++) {
        if (format->items[i].is_member) {
            return true;
        }
    }
    return false;
}

static void add_cell(const struct dyn_format *format, struct line *line, size_t index)
{
    /* Tokens that touch stay together. */
    if (index < line->end && line->n_cells < MAX_CELLS && format->items[index].gap > 0) {
        line->cells[line->n_cells++] = index;
    }
}

static void classify_field(const struct dyn_format *format, struct line *line)
{
    switch ((enum dyn_block_kind)format->items[line->first].block) {
    case DYN_BLOCK_MEMBERS:
        line->line_class = LINE_FIELD;
        add_cell(format, line, line->first + 1);
        add_cell(format, line, find_rest(format, line->first + 1, line->end));
        /* A field whose type is missing. */
        if (line->n_cells == 2 && line->cells[1] == line->cells[0]) {
            line->n_cells = 0;
        }
        break;
    case DYN_BLOCK_ENUM:
        line->line_class = LINE_VALUE;
        add_cell(format, line, line->first + 1);
        break;
    case DYN_BLOCK_TABLE:
        line->line_class = LINE_SETTING;
        add_cell(format, line, line->first + 1);
        break;
    case DYN_BLOCK_FILE:
    case DYN_BLOCK_POLICY:
    case DYN_BLOCK_ROUTER:
    case DYN_BLOCK_QUERY:
    case DYN_BLOCK_MUTATION:
    case DYN_BLOCK_LIST:
    case DYN_BLOCK_OTHER:
        break;
    }
}

static void classify(const struct dyn_format *format, struct line *line)
{
    enum dyn_token_kind kind = dyn_format_kind(format, line->first);
    line->keyword = kind;
    line->opens_block = line->end > line->first && dyn_format_is_matched(format, line->end - 1);
    if (line->opens_block) {
        return;
    }
    bool is_declaration = dyn_token_info(kind)->category == DYN_CATEGORY_DECLARATION;
    size_t brace = find_brace(format, line->first, line->end);
    if (is_declaration && brace < line->end && dyn_format_is_matched(format, brace) &&
        format->tokens.items[brace].match == line->end - 1) {
        line->line_class = LINE_DECLARATION;
        add_cell(format, line, brace);
        return;
    }
    if (has_more_members(format, line->first, kind == DYN_TOKEN_INCLUDE ? brace : line->end)) {
        return;
    }
    if (kind == DYN_TOKEN_FIELD) {
        classify_field(format, line);
    } else if (kind == DYN_TOKEN_ALLOW) {
        line->line_class = LINE_ALLOW;
        add_cell(format, line, find_kind(format, line->first, line->end, DYN_TOKEN_IF));
    } else if (kind == DYN_TOKEN_INCLUDE) {
        line->line_class = LINE_INCLUDE;
        add_cell(format, line, brace);
    }
}

static struct lines split(const struct dyn_format *format, struct dynr_arena *arena)
{
    struct lines lines = {.n = 0};
    size_t n_lines = 1;
    for (size_t i = 1; i < format->n_items; i++) {
        n_lines += format->items[i].breaks > 0;
    }
    lines.items = dyn_alloc_array(arena, n_lines, sizeof *lines.items);
    size_t i = 0;
    while (i < format->n_items) {
        struct line *line = &lines.items[lines.n++];
        line->first = i;
        line->after_blank = format->items[i].breaks > 1;
        i++;
        while (i < format->n_items && format->items[i].breaks == 0) {
            i++;
        }
        line->end = i;
        if (dyn_format_is_comment(format, line->first)) {
            line->line_class = LINE_COMMENT;
            continue;
        }
        if (dyn_format_is_comment(format, i - 1)) {
            line->comment = i - 1;
            line->end = i - 1;
        }
        classify(format, line);
    }
    return lines;
}

/* ---- columns ---- */

/* Columns from `first` to `end`, with what alignment has added so far. */
static size_t span_width(const struct dyn_format *format, size_t first, size_t end)
{
    size_t width = 0;
    for (size_t i = first; i < end; i++) {
        width += dyn_format_width(format, i);
        if (i > first) {
            width += (size_t)format->items[i].gap + format->items[i].pad;
        }
    }
    return width;
}

static uint16_t indent_of(const struct dyn_format *format, const struct line *line)
{
    return format->items[line->first].indent;
}

/* Whether `line` belongs to the run that `head` began. */
static bool continues_run(const struct dyn_format *format, const struct line *head,
                          const struct line *line)
{
    if (line->after_blank || indent_of(format, line) != indent_of(format, head)) {
        return false;
    }
    if (line->line_class == LINE_COMMENT) {
        return true;
    }
    return line->line_class == head->line_class &&
           (line->line_class != LINE_DECLARATION || line->keyword == head->keyword);
}

static void align_cells(struct dyn_format *format, const struct lines *lines, size_t first,
                        size_t end)
{
    for (size_t cell = 0; cell < MAX_CELLS; cell++) {
        size_t widest = 0;
        for (size_t i = first; i < end; i++) {
            const struct line *line = &lines->items[i];
            if (line->line_class != LINE_COMMENT && line->n_cells > cell) {
                size_t from = cell == 0 ? line->first : line->cells[cell - 1];
                size_t width = span_width(format, from, line->cells[cell]);
                widest = width > widest ? width : widest;
            }
        }
        for (size_t i = first; i < end; i++) {
            const struct line *line = &lines->items[i];
            if (line->line_class != LINE_COMMENT && line->n_cells > cell) {
                size_t from = cell == 0 ? line->first : line->cells[cell - 1];
                size_t pad = widest - span_width(format, from, line->cells[cell]);
                format->items[line->cells[cell]].pad = (uint16_t)(pad > 512 ? 0 : pad);
            }
        }
    }
}

static void align_runs(struct dyn_format *format, const struct lines *lines)
{
    size_t i = 0;
    while (i < lines->n) {
        const struct line *head = &lines->items[i];
        size_t end = i + 1;
        if (head->line_class > LINE_COMMENT) {
            while (end < lines->n && continues_run(format, head, &lines->items[end])) {
                end++;
            }
            align_cells(format, lines, i, end);
        }
        i = end;
    }
}

/* Clauses of a query that begin a line have their operands in one column. */
static void align_clauses(struct dyn_format *format, const struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        const struct line *line = &lines->items[i];
        if (line->end <= line->first + 1 || format->items[line->first].block != DYN_BLOCK_QUERY ||
            !format->items[line->first].is_member ||
            dyn_token_info(dyn_format_kind(format, line->first))->category != DYN_CATEGORY_CLAUSE) {
            continue;
        }
        size_t width = dyn_format_width(format, line->first) + format->items[line->first + 1].gap;
        if (width < DYN_FORMAT_CLAUSE) {
            format->items[line->first + 1].pad = (uint16_t)(DYN_FORMAT_CLAUSE - width);
        }
    }
}

/* ---- comments ---- */

static bool parts_comments(const struct dyn_format *format, const struct line *head,
                           const struct line *line)
{
    return line->after_blank || line->opens_block ||
           indent_of(format, line) != indent_of(format, head);
}

static void align_comments(struct dyn_format *format, const struct lines *lines)
{
    size_t i = 0;
    while (i < lines->n) {
        const struct line *head = &lines->items[i];
        size_t end = i + 1;
        size_t widest = 0;
        while (!head->opens_block && end < lines->n &&
               !parts_comments(format, head, &lines->items[end])) {
            end++;
        }
        for (size_t k = i; k < end; k++) {
            const struct line *line = &lines->items[k];
            size_t width = line->comment == 0 ? 0 : span_width(format, line->first, line->end);
            if (width <= DYN_FORMAT_COMMENT_MAX && width > widest) {
                widest = width;
            }
        }
        for (size_t k = i; k < end; k++) {
            const struct line *line = &lines->items[k];
            size_t width = line->comment == 0 ? 0 : span_width(format, line->first, line->end);
            if (line->comment != 0 && width < widest) {
                format->items[line->comment].pad = (uint16_t)(widest - width);
            }
        }
        i = end;
    }
}

void dyn_format_align(struct dyn_format *format, struct dynr_arena *arena)
{
    struct lines lines = split(format, arena);
    align_clauses(format, &lines);
    align_runs(format, &lines);
    align_comments(format, &lines);
}
