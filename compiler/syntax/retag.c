/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what each word is where it stands, so that every keyword can be a name and the grammar stays LALR(1). Works on
 * brackets and on two or three tokens of lookahead, never on meaning; totally: any stream gets some roles.
 *
 * It keeps a stack of open brackets, each with what its content is. While doing so it finds what only the whole shape
 * of a file tells: brackets without partner, declarations without body, nesting that is too deep.
 *
 * Line starts are used only to tell a new member from the rest of an old one, never required. Two invariants matter to
 * the formatter, which puts members on lines of their own: a word that starts a member still does so at a line's start;
 * and indentation is only compared between a declaration and an open one around it.
 */
#include "syntax/retag.h"

#include <assert.h>

/* ---- looking around ---- */

static const struct dyn_token *at(const struct dyn_retag *r, size_t index)
{
    return &r->tokens->items[index];
}

static bool is_seen(const struct dyn_token *token)
{
    return (token->flags & DYN_TOKEN_UNSEEN) == 0;
}

/* Index of the token that follows `index`; END follows itself. */
size_t dyn_retag_next(const struct dyn_retag *r, size_t index)
{
    size_t last = r->tokens->n_items - 1;
    if (index >= last) {
        return last;
    }
    index++;
    while (index < last && !is_seen(at(r, index))) {
        index++;
    }
    return index;
}

bool dyn_retag_is_word(const struct dyn_retag *r, size_t index)
{
    const struct dyn_token *token = at(r, index);
    /* `word` keeps what the lexer saw; a keyword's is the keyword. */
    return (token->flags & DYN_TOKEN_QUOTED) != 0 || token->word == DYN_TOKEN_IDENT ||
           (dyn_token_info((enum dyn_token_kind)token->word)->is_keyword &&
            dyn_retag_text_is_word(r, index));
}

bool dyn_retag_text_is_word(const struct dyn_retag *r, size_t index)
{
    const struct dyn_token *token = at(r, index);
    char c = token->start < token->end ? r->tokens->text.ptr[token->start] : '\0';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool dyn_retag_starts_line(const struct dyn_retag *r, size_t index)
{
    return (at(r, index)->flags & DYN_TOKEN_FIRST_ON_LINE) != 0;
}

/* A word on the same line as what stands before it. */
bool dyn_retag_is_inline_word(const struct dyn_retag *r, size_t index)
{
    return dyn_retag_is_word(r, index) && !dyn_retag_starts_line(r, index);
}

static bool is_one_of(const struct dyn_retag *r, size_t index, const char *const *names)
{
    struct dynr_str text = dyn_token_text(r->tokens, index);
    for (; *names != NULL; names++) {
        if (dynr_str_equal_c(text, *names)) {
            return true;
        }
    }
    return false;
}

bool dyn_retag_is_builtin_type(const struct dyn_retag *r, size_t index)
{
    static const char *const names[] = {
#define DYN_BUILTIN_TYPE(text) text,
#include "tokens.def"
        NULL,
    };
    return dyn_retag_is_word(r, index) && is_one_of(r, index, names);
}

bool dyn_retag_is_builtin_trait(const struct dyn_retag *r, size_t index)
{
    static const char *const names[] = {
#define DYN_BUILTIN_TRAIT(text) text,
#include "tokens.def"
        NULL,
    };
    return dyn_retag_is_word(r, index) && is_one_of(r, index, names);
}

static bool is_table_setting(const struct dyn_retag *r, size_t index)
{
    static const char *const names[] = {
#define DYN_TABLE_SETTING(text) text,
#include "tokens.def"
        NULL,
    };
    return dyn_retag_is_word(r, index) && is_one_of(r, index, names);
}

/* Column of a token at the start of its line, in bytes. */
static uint32_t column_of(const struct dyn_retag *r, size_t index)
{
    uint32_t offset = at(r, index)->start;
    uint32_t column = 0;
    while (offset > column && r->tokens->text.ptr[offset - column - 1] != '\n') {
        column++;
    }
    return column;
}

void dyn_retag_set(struct dyn_retag *r, size_t index, enum dyn_token_kind kind)
{
    r->tokens->items[index].kind = (uint8_t)kind;
}

/* ---- frames ---- */

struct dyn_frame *dyn_retag_top(struct dyn_retag *r)
{
    return &r->frames[r->n_frames - 1];
}

static bool is_brace_frame(const struct dyn_frame *frame)
{
    return frame->kind <= DYN_FRAME_LAST_BRACE;
}

static void too_deep(struct dyn_retag *r, size_t index)
{
    if (r->tokens->diags != NULL && !r->reported_depth) {
        r->reported_depth = true;
        struct dyn_diag *diag = dyn_report(r->tokens->diags, DYN_CODE_TOO_DEEP,
                                           dyn_token_span(r->tokens, index), "nested too deeply");
        dyn_diag_fact(r->tokens->diags, diag, "limit: %d levels", DYN_MAX_NESTING);
    }
}

static void push(struct dyn_retag *r, size_t index, enum dyn_frame_kind kind)
{
    if (r->n_frames > DYN_MAX_NESTING) {
        too_deep(r, index);
        dyn_retag_set(r, index, DYN_TOKEN_DEEP);
        r->deep_opener = index;
        r->deep = 1;
        return;
    }
    struct dyn_frame *frame = &r->frames[r->n_frames++];
    *frame = (struct dyn_frame){.kind = kind, .opener = (uint32_t)index, .column = r->line_column};
}

/* Closes the top frame without a bracket: the parser goes on at `index`. */
static void abandon(struct dyn_retag *r, size_t index)
{
    size_t opener_index = dyn_retag_top(r)->opener;
    struct dyn_token *opener = &r->tokens->items[opener_index];
    opener->match = (uint32_t)index;
    opener->flags |= DYN_TOKEN_UNMATCHED;
    if (dyn_retag_top(r)->kind == DYN_FRAME_ARGS && !r->in_skipped) {
        r->tokens->items[index].flags |= DYN_TOKEN_AFTER_ARGS;
        if (r->tokens->diags != NULL) {
            struct dyn_diag *diag =
                dyn_report(r->tokens->diags, DYN_CODE_SYNTAX, dyn_token_span(r->tokens, index),
                           "missing `)` behind the arguments");
            dyn_diag_note(r->tokens->diags, diag, dyn_token_span(r->tokens, opener_index),
                          "this `(` is not closed");
        }
    }
    r->n_frames--;
}

static void close_frame(struct dyn_retag *r, size_t index)
{
    struct dyn_token *opener = &r->tokens->items[dyn_retag_top(r)->opener];
    opener->match = (uint32_t)index;
    r->tokens->items[index].match = dyn_retag_top(r)->opener;
    r->n_frames--;
}

/* A brace of the wrong column tells which block really lacks its end. */
static void note_suspect(struct dyn_retag *r, size_t index)
{
    const struct dyn_frame *frame = dyn_retag_top(r);
    if (r->suspect == 0 && dyn_retag_starts_line(r, index) && r->line_column < frame->column) {
        r->suspect = frame->opener;
    }
}

static void report_missing_brace(struct dyn_retag *r, size_t index, size_t opener)
{
    struct dyn_diags *diags = r->tokens->diags;
    if (diags == NULL) {
        return;
    }
    struct dyn_span span = dyn_token_span(r->tokens, index);
    struct dyn_diag *diag;
    if (at(r, index)->kind == DYN_TOKEN_END) {
        diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "missing `}` at the end of the file");
    } else {
        diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "missing `}` before this");
    }
    dyn_diag_note(diags, diag, dyn_token_span(r->tokens, opener), "this `{` is not closed");
}

/* Closes all frames above `n_kept`, because what starts at `index` cannot stand inside them. */
static void close_down_to(struct dyn_retag *r, size_t n_kept, size_t index)
{
    size_t innermost = 0;
    if (r->deep > 0) {
        r->tokens->items[r->deep_opener].match = (uint32_t)index;
        r->tokens->items[r->deep_opener].flags |= DYN_TOKEN_UNMATCHED;
        r->deep = 0;
    }
    while (r->n_frames > n_kept) {
        const struct dyn_frame *frame = dyn_retag_top(r);
        if (frame->kind == DYN_FRAME_ROUTER && frame->needs_body) {
            r->tokens->items[index].flags |= DYN_TOKEN_AFTER_NO_BODY;
        }
        if (is_brace_frame(frame)) {
            innermost = innermost == 0 ? frame->opener : innermost;
            /* A skipped block is one token and has no brace to add. */
            if ((at(r, frame->opener)->flags & DYN_TOKEN_SKIPPED) == 0 && !r->in_skipped) {
                r->tokens->items[index].missing_braces++;
            }
            if (frame->opener == r->skipped_opener) {
                r->in_skipped = false;
                r->skipped_opener = 0;
            }
        }
        abandon(r, index);
    }
    if (innermost != 0) {
        report_missing_brace(r, index, r->suspect != 0 ? r->suspect : innermost);
        r->suspect = 0;
    }
}

/* ---- declarations ---- */

static bool is_declaration_word(enum dyn_token_kind word)
{
    return word == DYN_TOKEN_DYN || dyn_token_info(word)->category == DYN_CATEGORY_DECLARATION;
}

/* Tokens that only a declaration can start with, also inside an open block. */
static bool looks_like_declaration(const struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = (enum dyn_token_kind)at(r, index)->word;
    size_t name = dyn_retag_next(r, index);
    size_t after = dyn_retag_next(r, name);
    enum dyn_token_kind follower = (enum dyn_token_kind)at(r, after)->word;
    if (!dyn_retag_is_word(r, index) || !is_declaration_word(word)) {
        return false;
    }
    if (word == DYN_TOKEN_IMPORT) {
        return at(r, name)->word == DYN_TOKEN_STRING && follower == DYN_TOKEN_LBRACE;
    }
    if (word == DYN_TOKEN_DYN || word == DYN_TOKEN_NAMESPACE || word == DYN_TOKEN_PUBLIC ||
        !dyn_retag_is_word(r, name)) {
        return false;
    }
    if (follower == DYN_TOKEN_LBRACE) {
        return true;
    }
    size_t third = dyn_retag_next(r, after);
    enum dyn_token_kind fourth = (enum dyn_token_kind)at(r, dyn_retag_next(r, third))->word;
    if (word == DYN_TOKEN_ROUTER) {
        return follower == DYN_TOKEN_LPAREN && dyn_retag_is_word(r, third) &&
               fourth == DYN_TOKEN_COLON;
    }
    if (word == DYN_TOKEN_MODEL || word == DYN_TOKEN_LINK) {
        return (follower == DYN_TOKEN_IN || follower == DYN_TOKEN_BETWEEN) &&
               dyn_retag_is_word(r, third) && fourth == DYN_TOKEN_COLON;
    }
    return false;
}

static bool looks_like_procedure(const struct dyn_retag *r, size_t index)
{
    size_t name = dyn_retag_next(r, index);
    return dyn_token_info((enum dyn_token_kind)at(r, index)->word)->category ==
               DYN_CATEGORY_PROCEDURE &&
           dyn_retag_is_word(r, index) && dyn_retag_is_word(r, name) &&
           at(r, dyn_retag_next(r, name))->word == DYN_TOKEN_LPAREN;
}

/* Whether a declaration or procedure starts here although blocks are open: then they lack their braces. */
static void check_missing_braces(struct dyn_retag *r, size_t index)
{
    if (r->n_frames < 2 || !dyn_retag_starts_line(r, index) || !dyn_retag_text_is_word(r, index)) {
        return;
    }
    bool may_be_declaration = is_declaration_word((enum dyn_token_kind)at(r, index)->word);
    bool may_be_procedure =
        dyn_token_info((enum dyn_token_kind)at(r, index)->word)->category == DYN_CATEGORY_PROCEDURE;
    if (!may_be_declaration && !may_be_procedure) {
        return;
    }
    if (may_be_declaration && r->line_column <= r->frames[0].column &&
        looks_like_declaration(r, index)) {
        close_down_to(r, 1, index);
        /* Whatever the header before was about to want. */
        r->frames[0].state = DYN_FILE_START;
    } else if (may_be_procedure && r->has_procedure && r->n_frames > 2 &&
               r->frames[1].kind == DYN_FRAME_ROUTER && r->line_column <= r->procedure_column &&
               looks_like_procedure(r, index)) {
        close_down_to(r, 2, index);
    }
}

static void begin_declaration(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *file = &r->frames[0];
    enum dyn_token_kind word = (enum dyn_token_kind)at(r, index)->word;
    if (file->needs_body) {
        r->tokens->items[index].flags |= DYN_TOKEN_AFTER_NO_BODY;
    }
    dyn_retag_set(r, index, word);
    file->state = (uint8_t)word;
    file->column = r->line_column;
    file->needs_body = word != DYN_TOKEN_DYN && word != DYN_TOKEN_NAMESPACE &&
                       word != DYN_TOKEN_IMPORT && word != DYN_TOKEN_PUBLIC;
    r->suspect = 0;
}

static bool is_name_next(enum dyn_token_kind previous)
{
    return previous == DYN_TOKEN_COMMA || previous == DYN_TOKEN_COLON || previous == DYN_TOKEN_AT ||
           previous == DYN_TOKEN_DOT;
}

/* Behind a keyword of a declaration and before its `{`. */
static void header_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *file = &r->frames[0];
    enum dyn_token_kind word = (enum dyn_token_kind)at(r, index)->word;
    enum dyn_token_kind decl = (enum dyn_token_kind)file->state;
    dyn_retag_set(r, index, DYN_TOKEN_IDENT);
    if (decl == r->previous || is_name_next(r->previous)) {
        return;
    }
    if (decl == DYN_TOKEN_MODEL && (word == DYN_TOKEN_IN || word == DYN_TOKEN_SINGLE)) {
        if (r->previous != DYN_TOKEN_IN) {
            dyn_retag_set(r, index, word);
        }
    } else if (decl == DYN_TOKEN_LINK && word == DYN_TOKEN_BETWEEN &&
               r->previous != DYN_TOKEN_BETWEEN) {
        dyn_retag_set(r, index, word);
    }
}

/* `import` before a path without names, or before names without a path: the one before it is incomplete, too. */
static bool is_bad_import(const struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind next = (enum dyn_token_kind)at(r, dyn_retag_next(r, index))->word;
    return at(r, index)->word == DYN_TOKEN_IMPORT &&
           (next == DYN_TOKEN_STRING || next == DYN_TOKEN_LBRACE);
}

static void file_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *file = &r->frames[0];
    enum dyn_token_kind word = (enum dyn_token_kind)at(r, index)->word;
    unsigned decl = file->state;
    bool is_keyword = dyn_retag_text_is_word(r, index) && is_declaration_word(word);
    bool starts_line = dyn_retag_starts_line(r, index);
    bool names_follow = decl == DYN_TOKEN_PUBLIC || decl == DYN_TOKEN_NAMESPACE;
    bool begins = false;
    bool wants_name = names_follow && (r->previous == DYN_TOKEN_COMMA || r->previous == decl);
    if (decl == DYN_FILE_START || decl == DYN_TOKEN_DYN || (names_follow && !wants_name)) {
        begins = is_keyword;
    } else if (decl == DYN_FILE_JUNK) {
        begins = is_keyword && starts_line;
    } else if (wants_name) {
        bool has_name = dyn_retag_is_inline_word(r, dyn_retag_next(r, index));
        begins = is_keyword && r->previous == decl &&
                 (looks_like_declaration(r, index) || (starts_line && has_name));
    } else {
        begins = is_keyword && starts_line &&
                 (looks_like_declaration(r, index) ||
                  (r->previous != decl && !is_name_next(r->previous) &&
                   (dyn_retag_is_word(r, dyn_retag_next(r, index)) || is_bad_import(r, index))));
    }
    if (begins) {
        begin_declaration(r, index);
    } else if (decl == DYN_FILE_START || decl == DYN_FILE_JUNK) {
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        file->state = DYN_FILE_JUNK;
    } else {
        header_word(r, index);
    }
}

/* ---- brackets ---- */

static void skip_block(struct dyn_retag *r, size_t index, enum dyn_frame_kind kind)
{
    r->tokens->items[index].flags |= DYN_TOKEN_SKIPPED;
    dyn_retag_set(r, index, DYN_TOKEN_BLOCK);
    size_t before = r->n_frames;
    push(r, index, kind);
    if (r->n_frames > before && !r->in_skipped) {
        r->in_skipped = true;
        r->skipped_opener = index;
    }
}

static void push_body(struct dyn_retag *r, size_t index, enum dyn_frame_kind kind)
{
    r->tokens->items[index].flags |= DYN_TOKEN_BODY;
    push(r, index, kind);
}

static void open_file_brace(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *file = &r->frames[0];
    enum dyn_token_kind decl = (enum dyn_token_kind)file->state;
    file->needs_body = false;
    file->state = DYN_FILE_START;
    if (decl == DYN_TOKEN_TABLE) {
        push_body(r, index, DYN_FRAME_TABLE);
    } else if (decl == DYN_TOKEN_ENUM) {
        push_body(r, index, DYN_FRAME_ENUM);
    } else if (decl == DYN_TOKEN_STRUCT || decl == DYN_TOKEN_CONTEXT || decl == DYN_TOKEN_MODEL ||
               decl == DYN_TOKEN_LINK) {
        push_body(r, index, DYN_FRAME_MEMBERS);
        dyn_retag_top(r)->is_plain = decl == DYN_TOKEN_STRUCT || decl == DYN_TOKEN_CONTEXT;
    } else if (decl == DYN_TOKEN_ROUTER) {
        push_body(r, index, DYN_FRAME_ROUTER);
        r->has_procedure = false;
    } else if (decl == DYN_TOKEN_IMPORT) {
        push_body(r, index, DYN_FRAME_NAMES);
    } else if (decl == DYN_TOKEN_POLICY) {
        push_body(r, index, DYN_FRAME_POLICY);
    } else if (decl == DYN_TOKEN_TRAIT) {
        skip_block(r, index, DYN_FRAME_MEMBERS);
    } else {
        skip_block(r, index, DYN_FRAME_HIDDEN);
    }
}

static void open_brace(struct dyn_retag *r, size_t index)
{
    /* Blocks do not stand in parentheses, values do. */
    while (!is_brace_frame(dyn_retag_top(r)) && !dyn_retag_wants_operand(r)) {
        abandon(r, index);
    }
    struct dyn_frame *frame = dyn_retag_top(r);
    switch (frame->kind) {
    case DYN_FRAME_FILE:
        open_file_brace(r, index);
        return;
    case DYN_FRAME_ROUTER:
        if (frame->needs_body) {
            frame->needs_body = false;
            frame->state = DYN_ROUTER_START;
            push_body(r, index, DYN_FRAME_PROCEDURE);
            dyn_retag_top(r)->is_query = frame->is_query;
            return;
        }
        break;
    case DYN_FRAME_PROCEDURE:
        if (r->previous == DYN_TOKEN_TRANSACTION ||
            (frame->state == DYN_TOKEN_INCLUDE && !dyn_retag_wants_operand(r))) {
            push(r, index, DYN_FRAME_PROCEDURE);
            dyn_retag_top(r)->is_query = frame->is_query;
            return;
        }
        if (frame->state == DYN_TOKEN_SELECT) {
            push(r, index, DYN_FRAME_SELECTION);
            return;
        }
        if (frame->state == DYN_TOKEN_CREATE || dyn_retag_wants_operand(r)) {
            push(r, index, DYN_FRAME_OBJECT);
            return;
        }
        break;
    case DYN_FRAME_SELECTION:
        push(r, index, DYN_FRAME_SELECTION);
        return;
    case DYN_FRAME_HIDDEN:
        push(r, index, DYN_FRAME_HIDDEN);
        return;
    case DYN_FRAME_TABLE:
    case DYN_FRAME_ENUM:
    case DYN_FRAME_MEMBERS:
    case DYN_FRAME_POLICY:
    case DYN_FRAME_NAMES:
    case DYN_FRAME_OBJECT:
    case DYN_FRAME_ARGS:
    case DYN_FRAME_PAREN:
    case DYN_FRAME_BRACKET:
    case DYN_FRAME_TYPE_PAREN:
        if (dyn_retag_wants_operand(r)) {
            push(r, index, DYN_FRAME_OBJECT);
            return;
        }
        break;
    }
    skip_block(r, index, DYN_FRAME_HIDDEN);
}

static void open_paren(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_frame_kind kind = DYN_FRAME_PAREN;
    if (frame->kind == DYN_FRAME_FILE && frame->state == DYN_TOKEN_ROUTER) {
        kind = DYN_FRAME_ARGS;
    } else if (frame->kind == DYN_FRAME_ROUTER && frame->state == DYN_ROUTER_NAME) {
        kind = DYN_FRAME_ARGS;
        frame->state = DYN_ROUTER_HEADER;
    } else if (frame->in_type &&
               (r->previous == DYN_TOKEN_IDENT || r->previous == DYN_TOKEN_RBRACKET ||
                r->previous == DYN_TOKEN_RANGLE)) {
        kind = DYN_FRAME_TYPE_PAREN;
    }
    push(r, index, kind);
}

static void close_paren(struct dyn_retag *r, size_t index, bool is_bracket)
{
    size_t n = r->n_frames;
    while (n > 0 && !is_brace_frame(&r->frames[n - 1]) &&
           (r->frames[n - 1].kind == DYN_FRAME_BRACKET) != is_bracket) {
        n--;
    }
    if (n == 0 || is_brace_frame(&r->frames[n - 1])) {
        return;
    }
    while (r->n_frames > n) {
        abandon(r, index);
    }
    if (dyn_retag_top(r)->kind == DYN_FRAME_ARGS) {
        dyn_retag_set(r, index, DYN_TOKEN_ARGS_END);
    }
    close_frame(r, index);
}

static void close_brace(struct dyn_retag *r, size_t index)
{
    while (!is_brace_frame(dyn_retag_top(r))) {
        abandon(r, index);
    }
    struct dyn_frame *frame = dyn_retag_top(r);
    if (frame->kind == DYN_FRAME_FILE) {
        frame->state = DYN_FILE_START;
        return;
    }
    if (frame->kind == DYN_FRAME_ROUTER && frame->needs_body) {
        r->tokens->items[index].flags |= DYN_TOKEN_AFTER_NO_BODY;
    }
    note_suspect(r, index);
    if (frame->opener == r->skipped_opener && r->in_skipped) {
        r->in_skipped = false;
        r->skipped_opener = 0;
    }
    close_frame(r, index);
}

/* Inside what is nested too deeply: only the brackets count. */
static void deep_token(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind kind = (enum dyn_token_kind)at(r, index)->word;
    if (kind == DYN_TOKEN_LBRACE || kind == DYN_TOKEN_LPAREN || kind == DYN_TOKEN_LBRACKET) {
        r->deep++;
    } else if (kind == DYN_TOKEN_RBRACE || kind == DYN_TOKEN_RPAREN || kind == DYN_TOKEN_RBRACKET) {
        r->deep--;
    }
    r->tokens->items[index].flags |= DYN_TOKEN_UNSEEN;
    if (r->deep == 0) {
        r->tokens->items[r->deep_opener].match = (uint32_t)index;
        r->tokens->items[index].match = (uint32_t)r->deep_opener;
        r->previous = DYN_TOKEN_RPAREN;
    }
}

/* ---- the pass ---- */

static void punctuation(struct dyn_retag *r, size_t index)
{
    if (dyn_retag_top(r)->kind == DYN_FRAME_TYPE_PAREN &&
        (at(r, index)->kind == DYN_TOKEN_AT || at(r, index)->kind == DYN_TOKEN_ASSIGN)) {
        abandon(r, index);
    }
    switch (at(r, index)->kind) {
    case DYN_TOKEN_LBRACE:
        open_brace(r, index);
        break;
    case DYN_TOKEN_RBRACE:
        close_brace(r, index);
        break;
    case DYN_TOKEN_LPAREN:
        open_paren(r, index);
        break;
    case DYN_TOKEN_LBRACKET:
        push(r, index, DYN_FRAME_BRACKET);
        break;
    case DYN_TOKEN_RPAREN:
        close_paren(r, index, false);
        break;
    case DYN_TOKEN_RBRACKET:
        close_paren(r, index, true);
        break;
    default:
        dyn_retag_mark(r, index);
        break;
    }
}

/* Prefix operators in a row nest, too. */
static void count_prefixes(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind kind = (enum dyn_token_kind)at(r, index)->kind;
    bool is_prefix = kind == DYN_TOKEN_NOT || (kind == DYN_TOKEN_MINUS && r->was_operand_wanted);
    bool opens_type =
        kind == DYN_TOKEN_LANGLE || kind == DYN_TOKEN_TYPE_SET || kind == DYN_TOKEN_MAP;
    if (!is_prefix && !opens_type) {
        r->n_prefixes = 0;
        return;
    }
    r->n_prefixes++;
    /* `set` and its `<` are two tokens. */
    size_t limit = opens_type ? (size_t)DYN_MAX_NESTING * 2 : DYN_MAX_NESTING;
    if (r->n_prefixes > limit) {
        too_deep(r, index);
        r->tokens->items[index].flags |= DYN_TOKEN_UNSEEN;
    }
}

/* Behind the name of a declaration whose header is not read yet. */
static bool is_opaque_header(const struct dyn_retag *r)
{
    unsigned decl = r->frames[0].state;
    return r->frames[0].needs_body && r->previous != decl &&
           (decl == DYN_TOKEN_TOPIC || decl == DYN_TOKEN_MATERIALIZE || decl == DYN_TOKEN_TRAIT);
}

static void one_token(struct dyn_retag *r, size_t index)
{
    check_missing_braces(r, index);
    if (r->deep > 0) {
        deep_token(r, index);
        return;
    }
    bool was_opaque = is_opaque_header(r);
    r->was_operand_wanted = dyn_retag_wants_operand(r);
    if (!dyn_retag_is_word(r, index)) {
        punctuation(r, index);
    } else {
        dyn_retag_leave_parens(r, index, abandon);
        if (r->n_frames == 1) {
            file_word(r, index);
        } else {
            dyn_retag_word(r, index);
        }
    }
    count_prefixes(r, index);
    /* Neither the body nor the next declaration began here. */
    if (was_opaque && is_opaque_header(r) &&
        !is_declaration_word((enum dyn_token_kind)at(r, index)->kind)) {
        r->tokens->items[index].flags |= DYN_TOKEN_UNSEEN;
    }
    if (r->deep == 0) {
        r->previous = (enum dyn_token_kind)at(r, index)->kind;
    }
}

void dyn_retag(struct dyn_tokens *tokens)
{
    struct dyn_retag r = {.tokens = tokens, .previous = DYN_TOKEN_END};
    r.frames[0] = (struct dyn_frame){.kind = DYN_FRAME_FILE, .state = DYN_FILE_START};
    r.n_frames = 1;
    r.is_table_setting = is_table_setting;
    size_t last = tokens->n_items - 1;
    for (size_t i = 0; i < last; i++) {
        if (dyn_retag_starts_line(&r, i)) {
            r.line_column = column_of(&r, i);
        }
        if (is_seen(at(&r, i))) {
            one_token(&r, i);
        }
    }
    close_down_to(&r, 1, last);
    if (r.frames[0].needs_body) {
        tokens->items[last].flags |= DYN_TOKEN_AFTER_NO_BODY;
    }
}
