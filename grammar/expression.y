/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DynamoDB's expression language. One grammar for all kinds: the scanner hands out a first token that says which.
 * Actions are one constructor call each; what a tree must fulfil beyond its shape is checked in expression_parse.c
 * (without names and values) and expression_bind.c (with them).
 *
 * `(contains(a, b))` may be a condition or an operand, which one token of look-ahead cannot tell: hence
 * `function` stands for a call in any number of parentheses, and `compound` for every condition that is not one.
 */
%require "3.8"
%define api.pure full
%define api.prefix {dynr_expr_yy}
%define api.token.prefix {TOK_}
%define api.location.type {struct dynr_span}
%define api.value.type {union dynr_expr_value}
%define parse.error custom
%define parse.lac full
%locations
%expect 0

%param {struct dynr_expr_parse *parse}

%code requires {
#include "ddb/expression_ast.h"
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
    do {                                                                                           \
        (current).first = (n) != 0 ? YYRHSLOC(rhs, 1).first : YYRHSLOC(rhs, 0).last;                \
        (current).last = (n) != 0 ? YYRHSLOC(rhs, n).last : YYRHSLOC(rhs, 0).last;                  \
    } while (0)

static int dynr_expr_yylex(DYNR_EXPR_YYSTYPE *lval, struct dynr_span *lloc, struct dynr_expr_parse *parse)
{
    return dynr_expr_next_token(parse, lval, lloc);
}

static void dynr_expr_yyerror(const struct dynr_span *span, struct dynr_expr_parse *parse, const char *message)
{
    (void)span;
    (void)message;
    dynr_expr_no_memory(parse);
}
}

%token END 0
%token START_CONDITION START_UPDATE START_PROJECTION
%token <text> NAME NAME_REF VALUE_REF NUMBER
%token AND OR NOT BETWEEN IN SET REMOVE ADD DELETE
%token EQ NE LT LE GT GE PLUS MINUS OPEN CLOSE OPEN_INDEX CLOSE_INDEX COMMA DOT FOREIGN

%type <node> condition compound operand function call plain_operand value path grouped_path document_path
%type <node> set_value sum grouped_sum set_operand set_call
%type <list> operands paths set_operands
%type <op> comparator

%left OR
%left AND
%precedence NOT

%%

start:
    START_CONDITION condition           { parse->root = $condition; }
  | START_UPDATE clauses
  | START_PROJECTION paths              { parse->paths = $paths; }
  ;

condition:
    function
  | compound
  ;

compound:
    operand comparator operand          { $$ = dynr_ast_binary(parse, DYNR_AST_COMPARE, $2, $1, $3); }
  | operand[x] BETWEEN operand[low] AND operand[high]
                                        { $$ = dynr_ast_between(parse, $x, $low, $high); }
  | operand IN OPEN operands CLOSE      { $$ = dynr_ast_in(parse, $operand, $operands); }
  | condition[l] AND condition[r]       { $$ = dynr_ast_binary(parse, DYNR_AST_AND, DYNR_OP_NONE, $l, $r); }
  | condition[l] OR condition[r]        { $$ = dynr_ast_binary(parse, DYNR_AST_OR, DYNR_OP_NONE, $l, $r); }
  | NOT condition[c]                    { $$ = dynr_ast_not(parse, $c); }
  | OPEN compound[c] CLOSE              { $$ = dynr_ast_group(parse, $c); }
  ;

comparator:
    EQ                                  { $$ = DYNR_OP_EQ; }
  | NE                                  { $$ = DYNR_OP_NE; }
  | LT                                  { $$ = DYNR_OP_LT; }
  | LE                                  { $$ = DYNR_OP_LE; }
  | GT                                  { $$ = DYNR_OP_GT; }
  | GE                                  { $$ = DYNR_OP_GE; }
  ;

operand:
    function
  | plain_operand
  ;

function:
    call
  | OPEN function[f] CLOSE              { $$ = dynr_ast_group(parse, $f); }
  ;

call:
    NAME OPEN operands CLOSE            { $$ = dynr_ast_call(parse, $NAME, $operands); }
  ;

operands:
    operand                             { $$ = dynr_ast_list(parse, $operand); }
  | operands[list] COMMA operand        { $$ = dynr_ast_append(parse, $list, $operand); }
  ;

plain_operand:
    path
  | value
  ;

value:
    VALUE_REF                           { $$ = dynr_ast_value(parse, $VALUE_REF); }
  | OPEN value[v] CLOSE                 { $$ = dynr_ast_group(parse, $v); }
  ;

path:
    document_path
  | grouped_path
  ;

grouped_path:
    OPEN path[p] CLOSE                  { $$ = dynr_ast_group(parse, $p); }
  | grouped_path[p] DOT NAME            { $$ = dynr_ast_path_name(parse, $p, $NAME); }
  | grouped_path[p] DOT NAME_REF        { $$ = dynr_ast_path_ref(parse, $p, $NAME_REF); }
  | grouped_path[p] OPEN_INDEX NUMBER CLOSE_INDEX
                                        { $$ = dynr_ast_path_index(parse, $p, $NUMBER); }
  ;

document_path:
    NAME                                { $$ = dynr_ast_path_name(parse, NULL, $NAME); }
  | NAME_REF                            { $$ = dynr_ast_path_ref(parse, NULL, $NAME_REF); }
  | document_path[p] DOT NAME           { $$ = dynr_ast_path_name(parse, $p, $NAME); }
  | document_path[p] DOT NAME_REF       { $$ = dynr_ast_path_ref(parse, $p, $NAME_REF); }
  | document_path[p] OPEN_INDEX NUMBER CLOSE_INDEX
                                        { $$ = dynr_ast_path_index(parse, $p, $NUMBER); }
  ;

paths:
    document_path                       { $$ = dynr_ast_list(parse, $document_path); }
  | paths[list] COMMA document_path     { $$ = dynr_ast_append(parse, $list, $document_path); }
  ;

clauses:
    clause
  | clauses clause
  ;

clause:
    SET set_actions                     { dynr_ast_close_clause(parse, DYNR_ACTION_SET); }
  | REMOVE remove_actions               { dynr_ast_close_clause(parse, DYNR_ACTION_REMOVE); }
  | ADD add_actions                     { dynr_ast_close_clause(parse, DYNR_ACTION_ADD); }
  | DELETE delete_actions               { dynr_ast_close_clause(parse, DYNR_ACTION_DELETE); }
  ;

set_actions:
    set_action
  | set_actions COMMA set_action
  ;

set_action:
    document_path EQ set_value          { dynr_ast_action(parse, DYNR_ACTION_SET, $document_path, $set_value); }
  ;

remove_actions:
    remove_action
  | remove_actions COMMA remove_action
  ;

remove_action:
    document_path                       { dynr_ast_action(parse, DYNR_ACTION_REMOVE, $document_path, NULL); }
  ;

add_actions:
    add_action
  | add_actions COMMA add_action
  ;

add_action:
    document_path VALUE_REF             { dynr_ast_action(parse, DYNR_ACTION_ADD, $document_path, dynr_ast_value(parse, $VALUE_REF)); }
  ;

delete_actions:
    delete_action
  | delete_actions COMMA delete_action
  ;

delete_action:
    document_path VALUE_REF             { dynr_ast_action(parse, DYNR_ACTION_DELETE, $document_path, dynr_ast_value(parse, $VALUE_REF)); }
  ;

set_value:
    set_operand
  | sum
  | grouped_sum
  ;

grouped_sum:
    OPEN sum CLOSE                      { $$ = dynr_ast_group(parse, $sum); }
  | OPEN grouped_sum[s] CLOSE           { $$ = dynr_ast_group(parse, $s); }
  ;

sum:
    set_operand[l] PLUS set_operand[r]  { $$ = dynr_ast_binary(parse, DYNR_AST_SUM, DYNR_OP_NONE, $l, $r); }
  | set_operand[l] MINUS set_operand[r] { $$ = dynr_ast_binary(parse, DYNR_AST_DIFFERENCE, DYNR_OP_NONE, $l, $r); }
  ;

set_operand:
    document_path
  | VALUE_REF                           { $$ = dynr_ast_value(parse, $VALUE_REF); }
  | set_call
  | OPEN set_operand[o] CLOSE           { $$ = dynr_ast_group(parse, $o); }
  ;

set_call:
    NAME OPEN set_operands CLOSE        { $$ = dynr_ast_call(parse, $NAME, $set_operands); }
  ;

set_operands:
    set_operand                         { $$ = dynr_ast_list(parse, $set_operand); }
  | set_operands[list] COMMA set_operand
                                        { $$ = dynr_ast_append(parse, $list, $set_operand); }
  ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct dynr_expr_parse *parse)
{
    dynr_expr_syntax_error(parse, *yypcontext_location(context));
    return 0;
}
