/* SPDX-License-Identifier: Apache-2.0 */
/* State of the re-tagging pass, shared by retag.c (brackets, declarations) and retag_word.c (words inside blocks). */
#ifndef DYN_SYNTAX_RETAG_H
#define DYN_SYNTAX_RETAG_H

#include "syntax/token.h"

/** What stands between two brackets. Those in braces come first. */
enum dyn_frame_kind {
    DYN_FRAME_FILE,
    DYN_FRAME_TABLE,
    DYN_FRAME_ENUM,
    /** Fields and clauses of a model, struct, context or link. */
    DYN_FRAME_MEMBERS,
    DYN_FRAME_POLICY,
    DYN_FRAME_ROUTER,
    /** Clauses of a procedure, an include or a transaction. */
    DYN_FRAME_PROCEDURE,
    /** `import "x" { A, B }`. */
    DYN_FRAME_NAMES,
    DYN_FRAME_SELECTION,
    DYN_FRAME_OBJECT,
    /** Not understood; skipped. */
    DYN_FRAME_HIDDEN,
    DYN_FRAME_LAST_BRACE = DYN_FRAME_HIDDEN,
    /** Arguments of a procedure or router, as declared. */
    DYN_FRAME_ARGS,
    /** Expressions. */
    DYN_FRAME_PAREN,
    DYN_FRAME_BRACKET,
    DYN_FRAME_TYPE_PAREN,
};

/** `state` of FILE beside the keyword of the declaration whose header is open. */
enum {
    DYN_FILE_START = DYN_TOKEN_END,
    DYN_FILE_JUNK = DYN_TOKEN_STRAY
};

/** `state` of MEMBERS: what was last begun. */
enum dyn_member_state {
    DYN_MEMBER_START,
    /** A field's name: its type follows. */
    DYN_MEMBER_NAME,
    DYN_MEMBER_TYPE,
    /** Attributes, `via`, `through`. */
    DYN_MEMBER_PARTS,
    DYN_MEMBER_DEFAULT,
    DYN_MEMBER_USE,
    DYN_MEMBER_KEY,
    DYN_MEMBER_INDEX,
};

/** `state` of ROUTER. */
enum dyn_router_state {
    DYN_ROUTER_START,
    DYN_ROUTER_NAME,
    DYN_ROUTER_HEADER,
    DYN_ROUTER_RESULT
};

struct dyn_frame {
    enum dyn_frame_kind kind;
    uint32_t opener;
    /** Column of the line that it was opened on; of FILE: of the last declaration. */
    uint32_t column;
    /** FILE: a keyword; MEMBERS, ROUTER: see above; PROCEDURE: keyword of the last clause. */
    uint8_t state;
    /** Open `<` of a type. */
    uint8_t angles;
    /** A type is being read. */
    bool in_type;
    /** MEMBERS of a struct or context: no clauses. */
    bool is_plain;
    bool is_query;
    /** PROCEDURE: a `count` or the like was begun. */
    bool in_aggregate;
    /** FILE, ROUTER: a header was begun whose `{` has not come. */
    bool needs_body;
};

struct dyn_retag {
    struct dyn_tokens *tokens;
    /** FILE and the open brackets. */
    struct dyn_frame frames[DYN_MAX_NESTING + 1];
    size_t n_frames;
    /** Role of the token before. */
    enum dyn_token_kind previous;
    bool was_operand_wanted;
    bool (*is_table_setting)(const struct dyn_retag *r, size_t index);
    /** Brackets open beyond the limit. */
    size_t deep;
    size_t deep_opener;
    bool reported_depth;
    size_t n_prefixes;
    bool in_skipped;
    size_t skipped_opener;
    /** Opening brace of the block whose closing one stood too far left, or 0. */
    size_t suspect;
    /** Column, in bytes, of the first token of the current line. */
    uint32_t line_column;
    /** Column of the line that the last procedure of the open router began on. */
    uint32_t procedure_column;
    bool has_procedure;
};

size_t dyn_retag_next(const struct dyn_retag *r, size_t index);
bool dyn_retag_is_word(const struct dyn_retag *r, size_t index);
bool dyn_retag_text_is_word(const struct dyn_retag *r, size_t index);
bool dyn_retag_starts_line(const struct dyn_retag *r, size_t index);
bool dyn_retag_is_inline_word(const struct dyn_retag *r, size_t index);
bool dyn_retag_is_builtin_type(const struct dyn_retag *r, size_t index);
bool dyn_retag_is_builtin_trait(const struct dyn_retag *r, size_t index);
void dyn_retag_set(struct dyn_retag *r, size_t index, enum dyn_token_kind kind);
struct dyn_frame *dyn_retag_top(struct dyn_retag *r);

/** Whether the previous token leaves an expression without its operand. */
bool dyn_retag_wants_operand(const struct dyn_retag *r);
/** A word inside a block. */
void dyn_retag_word(struct dyn_retag *r, size_t index);
/** A mark that is no bracket. */
void dyn_retag_mark(struct dyn_retag *r, size_t index);
/** A word that cannot stand in the open parentheses closes them: they lack their end. */
void dyn_retag_leave_parens(struct dyn_retag *r, size_t index,
                            void (*abandon)(struct dyn_retag *, size_t));

#endif
