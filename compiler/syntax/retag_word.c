/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a word is inside a block: the start of a member, a clause, an operator, or a plain name. The common question is
 * whether the token before wants an operand; then a word is a name, whatever it looks like.
 */
#include "syntax/retag.h"

static enum dyn_token_kind word_of(const struct dyn_retag *r, size_t index)
{
    return dyn_retag_text_is_word(r, index) ? (enum dyn_token_kind)r->tokens->items[index].word
                                            : DYN_TOKEN_IDENT;
}

/* The kind of a token that is not a word, or IDENT or a keyword. */
static enum dyn_token_kind peek(const struct dyn_retag *r, size_t index)
{
    return (enum dyn_token_kind)r->tokens->items[index].word;
}

static enum dyn_token_category category_of(enum dyn_token_kind kind)
{
    return dyn_token_info(kind)->category;
}

/* ---- expressions ---- */

bool dyn_token_wants_operand(enum dyn_token_kind kind)
{
    switch ((int)kind) {
    case DYN_TOKEN_IDENT:
    case DYN_TOKEN_FIELD:
    case DYN_TOKEN_INT:
    case DYN_TOKEN_NUMBER:
    case DYN_TOKEN_STRING:
    case DYN_TOKEN_NULL:
    case DYN_TOKEN_TRUE:
    case DYN_TOKEN_FALSE:
    case DYN_TOKEN_RPAREN:
    case DYN_TOKEN_ARGS_END:
    case DYN_TOKEN_RBRACKET:
    case DYN_TOKEN_RBRACE:
    case DYN_TOKEN_LBRACE:
    case DYN_TOKEN_RANGLE:
    case DYN_TOKEN_QUESTION:
    case DYN_TOKEN_EXISTS:
    case DYN_TOKEN_NOT_IN:
    case DYN_TOKEN_ASC:
    case DYN_TOKEN_DESC:
    case DYN_TOKEN_BLOCK:
    case DYN_TOKEN_SEPARATOR:
    case DYN_TOKEN_DEEP:
    case DYN_TOKEN_SINGLE:
    case DYN_TOKEN_ONCE:
    case DYN_TOKEN_END:
        return false;
    default:
        return true;
    }
}

bool dyn_retag_wants_operand(const struct dyn_retag *r)
{
    return dyn_token_wants_operand(r->previous);
}

static bool starts_operand(const struct dyn_retag *r, size_t index)
{
    switch ((int)peek(r, index)) {
    case DYN_TOKEN_INT:
    case DYN_TOKEN_NUMBER:
    case DYN_TOKEN_STRING:
    case DYN_TOKEN_DOT:
    case DYN_TOKEN_LPAREN:
    case DYN_TOKEN_LBRACKET:
    case DYN_TOKEN_MINUS:
    case DYN_TOKEN_NOT:
        return true;
    case DYN_TOKEN_IN:
        return false;
    default:
        return dyn_retag_is_word(r, index);
    }
}

static bool is_word_operator(enum dyn_token_kind kind)
{
    return category_of(kind) == DYN_CATEGORY_OPERATOR;
}

static void operand_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    enum dyn_token_kind role = DYN_TOKEN_IDENT;
    size_t next = dyn_retag_next(r, index);
    bool is_literal = word == DYN_TOKEN_NULL || word == DYN_TOKEN_TRUE || word == DYN_TOKEN_FALSE;
    bool is_name = r->previous == DYN_TOKEN_DOT || peek(r, next) == DYN_TOKEN_COLON;
    if (!is_name && (is_literal || (word == DYN_TOKEN_NOT && starts_operand(r, next)))) {
        role = word;
    }
    dyn_retag_set(r, index, role);
}

/* True when the word is an operator between or behind operands. */
static bool operator_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    if (word == DYN_TOKEN_NOT && word_of(r, dyn_retag_next(r, index)) == DYN_TOKEN_IN) {
        dyn_retag_set(r, index, DYN_TOKEN_NOT_IN);
        return true;
    }
    if (!is_word_operator(word)) {
        return false;
    }
    dyn_retag_set(r, index, word);
    return true;
}

static void expression_word(struct dyn_retag *r, size_t index)
{
    if (dyn_retag_wants_operand(r)) {
        operand_word(r, index);
    } else if (!operator_word(r, index)) {
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
    }
}

/* ---- types ---- */

/* A word where a type may start or `ref` is complete. */
static void type_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    size_t next = dyn_retag_next(r, index);
    enum dyn_token_kind role = DYN_TOKEN_IDENT;
    if (r->previous != DYN_TOKEN_REF && r->previous != DYN_TOKEN_ID) {
        if (peek(r, next) == DYN_TOKEN_LT && (word == DYN_TOKEN_SET || word == DYN_TOKEN_MAP)) {
            role = word == DYN_TOKEN_SET ? DYN_TOKEN_TYPE_SET : DYN_TOKEN_MAP;
        } else if ((word == DYN_TOKEN_REF || word == DYN_TOKEN_ID) &&
                   dyn_retag_is_inline_word(r, next)) {
            /* `owner ref via M.f`: a type of that name. */
            bool is_part = word_of(r, next) == DYN_TOKEN_VIA &&
                           peek(r, dyn_retag_next(r, dyn_retag_next(r, next))) == DYN_TOKEN_DOT;
            role = is_part ? DYN_TOKEN_IDENT : word;
        }
    }
    dyn_retag_set(r, index, role);
}

static bool continues_type(const struct dyn_retag *r)
{
    return r->previous == DYN_TOKEN_REF || r->previous == DYN_TOKEN_ID ||
           r->previous == DYN_TOKEN_LANGLE || r->previous == DYN_TOKEN_TYPE_SET ||
           r->previous == DYN_TOKEN_MAP;
}

/* ---- members of models ---- */

/* `name type` at a line's start, which a clause cannot be mistaken for. */
static bool is_field_line(const struct dyn_retag *r, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    return dyn_retag_starts_line(r, index) && !dyn_retag_starts_line(r, next) &&
           dyn_retag_is_builtin_type(r, next);
}

static bool is_use_clause(const struct dyn_retag *r, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    enum dyn_token_kind after = peek(r, dyn_retag_next(r, next));
    if (!dyn_retag_is_word(r, next) || peek(r, next) == DYN_TOKEN_SET ||
        peek(r, next) == DYN_TOKEN_MAP) {
        return false;
    }
    if (dyn_retag_is_builtin_trait(r, next)) {
        return true;
    }
    /* `use timestamp, versioned`: meant as traits, though the first one is a type. */
    size_t second = dyn_retag_next(r, dyn_retag_next(r, next));
    if (after == DYN_TOKEN_COMMA && dyn_retag_is_builtin_trait(r, second) &&
        !dyn_retag_is_inline_word(r, dyn_retag_next(r, second))) {
        return true;
    }
    bool is_reference = (word_of(r, next) == DYN_TOKEN_REF || word_of(r, next) == DYN_TOKEN_ID) &&
                        dyn_retag_is_inline_word(r, dyn_retag_next(r, next));
    bool is_type = is_reference || dyn_retag_is_builtin_type(r, next) ||
                   after == DYN_TOKEN_QUESTION || after == DYN_TOKEN_LBRACKET ||
                   after == DYN_TOKEN_AT || after == DYN_TOKEN_ASSIGN;
    return !is_type;
}

static bool is_key_clause(const struct dyn_retag *r, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    if (peek(r, next) == DYN_TOKEN_STRING) {
        return true;
    }
    if (!dyn_retag_is_inline_word(r, next)) {
        return false;
    }
    return word_of(r, next) == DYN_TOKEN_PK || word_of(r, next) == DYN_TOKEN_SK;
}

static bool is_index_clause(const struct dyn_retag *r, size_t index)
{
    size_t name = dyn_retag_next(r, index);
    size_t after = dyn_retag_next(r, name);
    if (!dyn_retag_is_word(r, name) || dyn_retag_is_builtin_type(r, name)) {
        return false;
    }
    return peek(r, after) == DYN_TOKEN_STRING ||
           (word_of(r, after) == DYN_TOKEN_PK && !is_field_line(r, after));
}

static void member_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind word = word_of(r, index);
    frame->in_type = false;
    frame->angles = 0;
    if (word == DYN_TOKEN_USE && is_use_clause(r, index) &&
        (!frame->is_plain || dyn_retag_is_builtin_trait(r, dyn_retag_next(r, index)))) {
        frame->state = DYN_MEMBER_USE;
    } else if (word == DYN_TOKEN_KEY && is_key_clause(r, index)) {
        frame->state = DYN_MEMBER_KEY;
    } else if (word == DYN_TOKEN_INDEX && is_index_clause(r, index)) {
        frame->state = DYN_MEMBER_INDEX;
    } else {
        frame->state = DYN_MEMBER_NAME;
        word = DYN_TOKEN_FIELD;
    }
    dyn_retag_set(r, index, word);
}

/* Behind a complete type or part: a further part, or the next member. */
static void part_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind word = word_of(r, index);
    size_t next = dyn_retag_next(r, index);
    bool is_part = false;
    if (word == DYN_TOKEN_VIA) {
        is_part = dyn_retag_is_word(r, next) && peek(r, dyn_retag_next(r, next)) == DYN_TOKEN_DOT;
    } else if (word == DYN_TOKEN_THROUGH) {
        is_part = !dyn_retag_starts_line(r, index) && dyn_retag_is_word(r, next) &&
                  !dyn_retag_is_builtin_type(r, next);
    }
    if (is_part) {
        frame->state = DYN_MEMBER_PARTS;
        frame->in_type = false;
        dyn_retag_set(r, index, word);
    } else {
        member_word(r, index);
    }
}

static void key_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    if (r->previous == DYN_TOKEN_INDEX || r->previous == DYN_TOKEN_PK ||
        r->previous == DYN_TOKEN_SK || r->previous == DYN_TOKEN_SORT) {
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
    } else if ((word == DYN_TOKEN_PK || word == DYN_TOKEN_SK || word == DYN_TOKEN_SORT) &&
               !is_field_line(r, index)) {
        dyn_retag_set(r, index, word);
    } else {
        member_word(r, index);
    }
}

/* A name without a type: the next line has one that has both. */
static bool is_type_missing(const struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    size_t next = dyn_retag_next(r, index);
    if (!dyn_retag_starts_line(r, index)) {
        return false;
    }
    bool is_part = word_of(r, next) == DYN_TOKEN_VIA || word_of(r, next) == DYN_TOKEN_THROUGH;
    return (dyn_retag_is_inline_word(r, next) && word != DYN_TOKEN_REF && word != DYN_TOKEN_ID &&
            !is_part) ||
           (word == DYN_TOKEN_USE && is_use_clause(r, index));
}

static void members_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    bool wants_name = r->previous == DYN_TOKEN_AT || r->previous == DYN_TOKEN_DOT ||
                      r->previous == DYN_TOKEN_VIA || r->previous == DYN_TOKEN_THROUGH;
    switch ((enum dyn_member_state)frame->state) {
    case DYN_MEMBER_START:
        member_word(r, index);
        break;
    case DYN_MEMBER_NAME:
        if (is_type_missing(r, index)) {
            member_word(r, index);
            break;
        }
        frame->state = DYN_MEMBER_TYPE;
        frame->in_type = true;
        type_word(r, index);
        break;
    case DYN_MEMBER_TYPE:
        if (continues_type(r)) {
            type_word(r, index);
        } else {
            part_word(r, index);
        }
        break;
    case DYN_MEMBER_PARTS:
        if (wants_name) {
            dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        } else {
            part_word(r, index);
        }
        break;
    case DYN_MEMBER_DEFAULT:
        /* Behind `=` comes an arithmetic expression: word operators stand in parentheses. */
        if (!dyn_retag_wants_operand(r)) {
            part_word(r, index);
        } else if (r->previous == DYN_TOKEN_ASSIGN && is_type_missing(r, index)) {
            member_word(r, index);
        } else if (word_of(r, index) == DYN_TOKEN_NOT) {
            dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        } else {
            operand_word(r, index);
        }
        break;
    case DYN_MEMBER_USE:
        if (r->previous == DYN_TOKEN_USE || r->previous == DYN_TOKEN_COMMA) {
            dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        } else {
            member_word(r, index);
        }
        break;
    case DYN_MEMBER_KEY:
    case DYN_MEMBER_INDEX:
        key_word(r, index);
        break;
    }
}

/* ---- tables, enums, policies ---- */

static void table_word(struct dyn_retag *r, size_t index)
{
    bool starts = true;
    if (r->previous == DYN_TOKEN_FIELD) {
        starts = dyn_retag_starts_line(r, index) && r->is_table_setting(r, index) &&
                 dyn_retag_is_inline_word(r, dyn_retag_next(r, index));
    } else if (r->previous == DYN_TOKEN_COMMA || r->previous == DYN_TOKEN_MINUS ||
               r->previous == DYN_TOKEN_DOT) {
        starts = false;
    } else if (r->previous != DYN_TOKEN_LBRACE && r->previous != DYN_TOKEN_SEPARATOR) {
        starts = dyn_retag_starts_line(r, index) || r->is_table_setting(r, index);
    }
    if (starts) {
        dyn_retag_set(r, index, DYN_TOKEN_FIELD);
    } else {
        operand_word(r, index);
    }
}

static void enum_word(struct dyn_retag *r, size_t index)
{
    if (dyn_retag_wants_operand(r)) {
        operand_word(r, index);
    } else {
        dyn_retag_set(r, index, DYN_TOKEN_FIELD);
    }
}

static void policy_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    if (r->previous == DYN_TOKEN_ALLOW || r->previous == DYN_TOKEN_LET ||
        r->previous == DYN_TOKEN_COMMA) {
        return;
    }
    if (dyn_retag_wants_operand(r)) {
        operand_word(r, index);
    } else if (word == DYN_TOKEN_ALLOW || word == DYN_TOKEN_LET || word == DYN_TOKEN_IF) {
        dyn_retag_set(r, index, word);
    } else {
        (void)operator_word(r, index);
    }
}

/* ---- routers and procedures ---- */

static void begin_procedure(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind word = word_of(r, index);
    if (frame->needs_body) {
        r->tokens->items[index].flags |= DYN_TOKEN_AFTER_NO_BODY;
    }
    frame->needs_body = true;
    frame->is_query = word == DYN_TOKEN_QUERY;
    frame->state = DYN_ROUTER_NAME;
    frame->in_type = false;
    frame->angles = 0;
    r->has_procedure = dyn_retag_starts_line(r, index);
    r->procedure_column = r->line_column;
    dyn_retag_set(r, index, word);
}

static void router_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind word = word_of(r, index);
    size_t next = dyn_retag_next(r, index);
    bool is_procedure = category_of(word) == DYN_CATEGORY_PROCEDURE;
    bool is_certain = is_procedure && dyn_retag_starts_line(r, index) &&
                      dyn_retag_is_word(r, next) &&
                      peek(r, dyn_retag_next(r, next)) == DYN_TOKEN_LPAREN;
    bool wants_name = category_of(r->previous) == DYN_CATEGORY_PROCEDURE ||
                      r->previous == DYN_TOKEN_READS || r->previous == DYN_TOKEN_WRITES ||
                      r->previous == DYN_TOKEN_COMMA;
    bool wants_type = r->previous == DYN_TOKEN_ARROW || (frame->in_type && continues_type(r));
    if (is_certain || (is_procedure && !wants_type && !wants_name)) {
        begin_procedure(r, index);
    } else if (wants_type) {
        frame->in_type = true;
        type_word(r, index);
    } else if (!wants_name && (word == DYN_TOKEN_ONCE || word == DYN_TOKEN_EXTERN ||
                               word == DYN_TOKEN_READS || word == DYN_TOKEN_WRITES)) {
        frame->in_type = false;
        dyn_retag_set(r, index, word);
    }
}

static void args_word(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    if (r->previous == DYN_TOKEN_LPAREN || r->previous == DYN_TOKEN_ARG_COMMA) {
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
    } else if (frame->in_type) {
        if (r->previous == DYN_TOKEN_COLON || continues_type(r)) {
            type_word(r, index);
        } else {
            dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        }
    } else {
        expression_word(r, index);
    }
}

/* Role of a word at the start of a clause, or IDENT. */
static enum dyn_token_kind clause_of(enum dyn_token_kind word)
{
    if (word == DYN_TOKEN_MAX) {
        return DYN_TOKEN_MAXIMUM;
    }
    if (category_of(word) == DYN_CATEGORY_CLAUSE) {
        return word;
    }
    return DYN_TOKEN_IDENT;
}

static bool wants_model_name(enum dyn_token_kind previous)
{
    return previous == DYN_TOKEN_FROM || previous == DYN_TOKEN_SCAN || previous == DYN_TOKEN_GET ||
           previous == DYN_TOKEN_CREATE || previous == DYN_TOKEN_UPDATE ||
           previous == DYN_TOKEN_DELETE || previous == DYN_TOKEN_BY ||
           previous == DYN_TOKEN_SELECT || previous == DYN_TOKEN_INCLUDE ||
           previous == DYN_TOKEN_AS || previous == DYN_TOKEN_AGGREGATE_AS ||
           previous == DYN_TOKEN_SET;
}

/*
 * A clause without its operand, and the next clause below it: `where` and then `order .id`. A name there would be
 * followed by an operator or a member.
 */
static bool is_next_clause(const struct dyn_retag *r, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    const struct dyn_token *tokens = r->tokens->items;
    bool follows_clause = category_of(r->previous) == DYN_CATEGORY_CLAUSE ||
                          r->previous == DYN_TOKEN_BY || r->previous == DYN_TOKEN_AS;
    if (!follows_clause || !dyn_retag_starts_line(r, index) ||
        clause_of(word_of(r, index)) == DYN_TOKEN_IDENT || dyn_retag_starts_line(r, next)) {
        return false;
    }
    if (dyn_retag_is_word(r, next)) {
        return word_of(r, next) == DYN_TOKEN_NOT ||
               (!is_word_operator(word_of(r, next)) &&
                clause_of(word_of(r, next)) == DYN_TOKEN_IDENT &&
                word_of(r, next) != DYN_TOKEN_ASC && word_of(r, next) != DYN_TOKEN_DESC &&
                word_of(r, next) != DYN_TOKEN_AS && word_of(r, next) != DYN_TOKEN_BY);
    }
    return peek(r, next) == DYN_TOKEN_INT || peek(r, next) == DYN_TOKEN_STRING ||
           (peek(r, next) == DYN_TOKEN_DOT && tokens[next].start > tokens[index].end);
}

static void begin_clause(struct dyn_retag *r, size_t index, enum dyn_token_kind role)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    dyn_retag_set(r, index, role);
    frame->state = (uint8_t)role;
    bool is_aggregate = role == DYN_TOKEN_COUNT || role == DYN_TOKEN_SUM || role == DYN_TOKEN_MIN ||
                        role == DYN_TOKEN_MAXIMUM;
    frame->in_aggregate = is_aggregate || (frame->in_aggregate && role == DYN_TOKEN_WHERE);
}

/* `from scan Model`, unless the model is called `scan`. */
static bool is_scan(const struct dyn_retag *r, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    enum dyn_token_kind follower = word_of(r, next);
    return r->previous == DYN_TOKEN_FROM && word_of(r, index) == DYN_TOKEN_SCAN &&
           dyn_retag_is_word(r, next) && clause_of(follower) == DYN_TOKEN_IDENT &&
           follower != DYN_TOKEN_IN && follower != DYN_TOKEN_BY;
}

/* `count as n`: of the query's own rows, so nothing stands between. */
static bool is_bare_count(const struct dyn_retag *r, size_t index)
{
    return r->previous == DYN_TOKEN_COUNT && word_of(r, index) == DYN_TOKEN_AS &&
           dyn_retag_is_word(r, dyn_retag_next(r, index));
}

static void procedure_word(struct dyn_retag *r, size_t index)
{
    enum dyn_token_kind word = word_of(r, index);
    enum dyn_token_kind clause = clause_of(word);
    bool wants_name = wants_model_name(r->previous) || r->previous == DYN_TOKEN_COMMA;
    bool wants_operand = dyn_retag_wants_operand(r) && r->previous != DYN_TOKEN_TRANSACTION;
    if (is_bare_count(r, index)) {
        dyn_retag_set(r, index, DYN_TOKEN_AGGREGATE_AS);
        return;
    }
    if (is_next_clause(r, index) || (clause != DYN_TOKEN_IDENT && !wants_name && !wants_operand)) {
        begin_clause(r, index, clause);
    } else if (is_scan(r, index)) {
        dyn_retag_set(r, index, DYN_TOKEN_SCAN);
    } else if (wants_operand && !wants_name) {
        operand_word(r, index);
    } else if (wants_name) {
        return;
    } else if (word == DYN_TOKEN_IN && dyn_retag_top(r)->state == DYN_TOKEN_FROM) {
        dyn_retag_set(r, index, DYN_TOKEN_FROM_IN);
    } else if (word == DYN_TOKEN_AS && dyn_retag_top(r)->in_aggregate) {
        dyn_retag_set(r, index, DYN_TOKEN_AGGREGATE_AS);
    } else if (word == DYN_TOKEN_BY || word == DYN_TOKEN_AS || word == DYN_TOKEN_ASC ||
               word == DYN_TOKEN_DESC) {
        dyn_retag_set(r, index, word);
    } else {
        (void)operator_word(r, index);
    }
}

static void selection_word(struct dyn_retag *r, size_t index)
{
    bool wants_name = r->previous == DYN_TOKEN_LBRACE || r->previous == DYN_TOKEN_COMMA ||
                      r->previous == DYN_TOKEN_AS;
    bool is_alias = !wants_name && word_of(r, index) == DYN_TOKEN_AS;
    dyn_retag_set(r, index, is_alias ? DYN_TOKEN_AS : DYN_TOKEN_IDENT);
}

static void object_word(struct dyn_retag *r, size_t index)
{
    if (r->previous == DYN_TOKEN_LBRACE || r->previous == DYN_TOKEN_COMMA) {
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
    } else {
        expression_word(r, index);
    }
}

/* ---- dispatch ---- */

void dyn_retag_word(struct dyn_retag *r, size_t index)
{
    switch (dyn_retag_top(r)->kind) {
    case DYN_FRAME_TABLE:
        table_word(r, index);
        break;
    case DYN_FRAME_ENUM:
        enum_word(r, index);
        break;
    case DYN_FRAME_MEMBERS:
        members_word(r, index);
        break;
    case DYN_FRAME_POLICY:
        policy_word(r, index);
        break;
    case DYN_FRAME_ROUTER:
        router_word(r, index);
        break;
    case DYN_FRAME_PROCEDURE:
        procedure_word(r, index);
        break;
    case DYN_FRAME_SELECTION:
        selection_word(r, index);
        break;
    case DYN_FRAME_OBJECT:
        object_word(r, index);
        break;
    case DYN_FRAME_ARGS:
        args_word(r, index);
        break;
    case DYN_FRAME_PAREN:
    case DYN_FRAME_BRACKET:
        expression_word(r, index);
        break;
    case DYN_FRAME_TYPE_PAREN:
        dyn_retag_set(r, index,
                      r->previous == DYN_TOKEN_LPAREN && word_of(r, index) == DYN_TOKEN_MAX
                          ? DYN_TOKEN_MAX
                          : DYN_TOKEN_IDENT);
        break;
    case DYN_FRAME_FILE:
    case DYN_FRAME_NAMES:
    case DYN_FRAME_HIDDEN:
        dyn_retag_set(r, index, DYN_TOKEN_IDENT);
        break;
    }
}

/* A comma separates members, unless it stands in a list that goes on. */
static bool is_separator(const struct dyn_retag *r, const struct dyn_frame *frame, size_t index)
{
    size_t next = dyn_retag_next(r, index);
    if (frame->kind == DYN_FRAME_MEMBERS && frame->state == DYN_MEMBER_USE) {
        return !dyn_retag_is_word(r, next) ||
               (dyn_retag_starts_line(r, next) &&
                dyn_retag_is_inline_word(r, dyn_retag_next(r, next)));
    }
    if (frame->kind == DYN_FRAME_TABLE) {
        return peek(r, next) == DYN_TOKEN_RBRACE ||
               (dyn_retag_starts_line(r, next) && r->is_table_setting(r, next)) ||
               (r->is_table_setting(r, next) && starts_operand(r, dyn_retag_next(r, next)) &&
                dyn_retag_is_inline_word(r, next));
    }
    return frame->kind == DYN_FRAME_ENUM || frame->kind == DYN_FRAME_MEMBERS;
}

void dyn_retag_mark(struct dyn_retag *r, size_t index)
{
    struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind kind = (enum dyn_token_kind)r->tokens->items[index].kind;
    if (kind == DYN_TOKEN_COMMA && is_separator(r, frame, index)) {
        dyn_retag_set(r, index, DYN_TOKEN_SEPARATOR);
        if (frame->kind == DYN_FRAME_MEMBERS) {
            frame->state = DYN_MEMBER_START;
            frame->in_type = false;
        }
        return;
    }
    if (frame->kind == DYN_FRAME_ARGS) {
        if (kind == DYN_TOKEN_COMMA) {
            dyn_retag_set(r, index, DYN_TOKEN_ARG_COMMA);
        }
        frame->in_type = kind == DYN_TOKEN_COLON ||
                         (frame->in_type && kind != DYN_TOKEN_ASSIGN && kind != DYN_TOKEN_COMMA);
    } else if (frame->kind == DYN_FRAME_MEMBERS && kind == DYN_TOKEN_ASSIGN) {
        frame->state = DYN_MEMBER_DEFAULT;
        frame->in_type = false;
    } else if (frame->kind == DYN_FRAME_MEMBERS &&
               (kind == DYN_TOKEN_AT || (kind == DYN_TOKEN_DOT && frame->in_type))) {
        frame->state = DYN_MEMBER_PARTS;
        frame->in_type = false;
    } else if (frame->kind == DYN_FRAME_ROUTER && kind == DYN_TOKEN_ASSIGN) {
        frame->needs_body = false;
        frame->in_type = false;
    }
    if (kind == DYN_TOKEN_LT &&
        (r->previous == DYN_TOKEN_TYPE_SET || r->previous == DYN_TOKEN_MAP)) {
        dyn_retag_set(r, index, DYN_TOKEN_LANGLE);
        frame->angles = (uint8_t)(frame->angles < UINT8_MAX ? frame->angles + 1 : frame->angles);
    } else if (kind == DYN_TOKEN_GT && frame->in_type && frame->angles > 0) {
        dyn_retag_set(r, index, DYN_TOKEN_RANGLE);
        frame->angles--;
    }
}

void dyn_retag_leave_parens(struct dyn_retag *r, size_t index,
                            void (*abandon)(struct dyn_retag *, size_t))
{
    const struct dyn_frame *frame = dyn_retag_top(r);
    enum dyn_token_kind word = word_of(r, index);
    if (frame->kind <= DYN_FRAME_LAST_BRACE || !dyn_retag_starts_line(r, index)) {
        return;
    }
    size_t next = dyn_retag_next(r, index);
    bool is_part_of_it = dyn_retag_wants_operand(r) || is_word_operator(word) ||
                         peek(r, next) == DYN_TOKEN_COLON ||
                         (word == DYN_TOKEN_NOT && word_of(r, next) == DYN_TOKEN_IN);
    if (is_part_of_it) {
        return;
    }
    while (dyn_retag_top(r)->kind > DYN_FRAME_LAST_BRACE) {
        abandon(r, index);
    }
}
