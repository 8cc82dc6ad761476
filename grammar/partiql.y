/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PartiQL as DynamoDB takes it. Actions are one constructor call each. Conditions and operands are one family of expressions: what
 * may stand where beyond that is said by who translates the tree.
 */
%require "3.8"
%define api.pure full
%define api.prefix {dynr_partiql_yy}
%define api.token.prefix {TOK_}
%define api.location.type {struct dynr_partiql_span}
%define api.value.type {union dynr_partiql_value}
%define parse.error custom
%define parse.lac full
%locations
%expect 0

%param {struct dynr_partiql_parse *parse}

%code requires {
#include "partiql/partiql_tree.h"
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
    do {                                                                                           \
        (current).first = (n) != 0 ? YYRHSLOC(rhs, 1).first : YYRHSLOC(rhs, 0).last;                \
        (current).last = (n) != 0 ? YYRHSLOC(rhs, n).last : YYRHSLOC(rhs, 0).last;                  \
    } while (0)

#define STATEMENT (parse->statement)
#define NO_TEXT dynr_str_make("", 0)

static int dynr_partiql_yylex(DYNR_PARTIQL_YYSTYPE *lval, struct dynr_partiql_span *lloc, struct dynr_partiql_parse *parse)
{
    return dynr_partiql_next_token(parse, lval, lloc);
}

static void dynr_partiql_yyerror(const struct dynr_partiql_span *span, struct dynr_partiql_parse *parse, const char *message)
{
    (void)span;
    (void)message;
    dynr_partiql_no_memory(parse);
}
}

%token END 0
%token SELECT FROM WHERE ORDER BY ASC DESC INSERT INTO VALUE UPDATE SET REMOVE DELETE EXISTS AS
%token RETURNING ALL
%token AND OR NOT BETWEEN IN IS
%token <text> TRUE FALSE NULL MISSING
%token <text> NAME QUOTED MODIFIED OLD NEW STRING NUMBER
%token PARAMETER
%token EQ NE LT LE GT GE PLUS MINUS STAR
%token OPEN CLOSE OPEN_LIST CLOSE_LIST OPEN_MAP CLOSE_MAP OPEN_SET CLOSE_SET
%token COMMA COLON DOT SEMICOLON FOREIGN

%type <text> name type
%type <op> comparator
%type <node> columns where condition comparison sum term value list map set values members path choices
%type <node> call operands

%left OR
%left AND
%precedence NOT

%%

start:
    statement
  | statement SEMICOLON
  ;

statement:
    select                              { STATEMENT->kind = DYNR_PARTIQL_SELECT; }
  | EXISTS OPEN select CLOSE            { STATEMENT->kind = DYNR_PARTIQL_EXISTS; }
  | insert                              { STATEMENT->kind = DYNR_PARTIQL_INSERT; }
  | update                              { STATEMENT->kind = DYNR_PARTIQL_UPDATE; }
  | delete                              { STATEMENT->kind = DYNR_PARTIQL_DELETE; }
  ;

select:
    SELECT projection FROM source where order
                                        { STATEMENT->where = $where; }
  ;

projection:
    STAR
  | columns                             { STATEMENT->columns = $columns; }
  ;

columns:
    path                                { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_LIST, $path); }
  | columns[list] COMMA path            { $$ = dynr_partiql_append(parse, $list, $path); }
  ;

source:
    table
  | table alias
  ;

table:
    name                                { STATEMENT->table = $name; }
  | name[owner] DOT name[index]         { STATEMENT->table = $owner; STATEMENT->index = $index; }
  ;

alias:
    name                                { dynr_partiql_refuse(parse, "Aliasing is not supported"); }
  | AS name                             { dynr_partiql_refuse(parse, "Aliasing is not supported"); }
  ;

where:
    %empty                              { $$ = NULL; }
  | WHERE condition                     { $$ = $condition; }
  ;

order:
    %empty
  | ORDER BY orders
  ;

orders:
    one_order
  | orders COMMA one_order
  ;

one_order:
    path                                { dynr_partiql_add_order(parse, $path, false); }
  | path ASC                            { dynr_partiql_add_order(parse, $path, false); }
  | path DESC                           { dynr_partiql_add_order(parse, $path, true); }
  ;

insert:
    INSERT INTO table VALUE value returning
                                        { STATEMENT->value = $value; }
  ;

update:
    UPDATE source clauses where returning
                                        { STATEMENT->where = $where; }
  | FROM source where clauses returning { STATEMENT->where = $where; }
  ;

clauses:
    clause
  | clauses clause
  ;

clause:
    SET assignments
  | REMOVE removals
  ;

assignments:
    assignment
  | assignments COMMA assignment
  ;

assignment:
    path EQ sum                         { dynr_partiql_add_action(parse, $path, $sum); }
  ;

removals:
    removal
  | removals COMMA removal
  ;

removal:
    path                                { dynr_partiql_add_action(parse, $path, NULL); }
  ;

delete:
    DELETE FROM source where returning  { STATEMENT->where = $where; }
  ;

returning:
    %empty
  | RETURNING ALL OLD STAR              { STATEMENT->returning = DYNR_PARTIQL_RETURNING_ALL_OLD; }
  | RETURNING ALL NEW STAR              { STATEMENT->returning = DYNR_PARTIQL_RETURNING_ALL_NEW; }
  | RETURNING MODIFIED OLD STAR         { STATEMENT->returning = DYNR_PARTIQL_RETURNING_MODIFIED_OLD; }
  | RETURNING MODIFIED NEW STAR         { STATEMENT->returning = DYNR_PARTIQL_RETURNING_MODIFIED_NEW; }
  ;

condition:
    comparison
  | condition[l] AND condition[r]       { $$ = dynr_partiql_chain(parse, DYNR_PARTIQL_AND, $l, $r); }
  | condition[l] OR condition[r]        { $$ = dynr_partiql_chain(parse, DYNR_PARTIQL_OR, $l, $r); }
  | NOT condition[c]                    { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_NOT, $c); }
  ;

comparison:
    sum
  | sum[l] comparator sum[r]            { $$ = dynr_partiql_binary(parse, DYNR_PARTIQL_COMPARE, $l, $r); if ($$ != NULL) { $$->op = $comparator; } }
  | sum[x] BETWEEN sum[low] AND sum[high]
                                        { $$ = dynr_partiql_append(parse, dynr_partiql_binary(parse, DYNR_PARTIQL_BETWEEN, $x, $low), $high); }
  | sum[x] NOT BETWEEN sum[low] AND sum[high]
                                        { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_NOT, dynr_partiql_append(parse, dynr_partiql_binary(parse, DYNR_PARTIQL_BETWEEN, $x, $low), $high)); }
  | sum IN choices                      { $$ = dynr_partiql_binary(parse, DYNR_PARTIQL_IN, $sum, $choices); }
  | sum NOT IN choices                  { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_NOT, dynr_partiql_binary(parse, DYNR_PARTIQL_IN, $sum, $choices)); }
  | sum IS type                         { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_IS, $sum); if ($$ != NULL) { $$->text = $type; } }
  | sum IS NOT type                     { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_IS, $sum); if ($$ != NULL) { $$->text = $type; } $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_NOT, $$); }
  ;

comparator:
    EQ                                  { $$ = DYNR_PARTIQL_EQ; }
  | NE                                  { $$ = DYNR_PARTIQL_NE; }
  | LT                                  { $$ = DYNR_PARTIQL_LT; }
  | LE                                  { $$ = DYNR_PARTIQL_LE; }
  | GT                                  { $$ = DYNR_PARTIQL_GT; }
  | GE                                  { $$ = DYNR_PARTIQL_GE; }
  ;

type:
    NAME
  | MISSING
  | NULL
  ;

choices:
    list
  | OPEN values CLOSE                   { $$ = $values; }
  | PARAMETER                           { $$ = dynr_partiql_parameter(parse, @PARAMETER.first); }
  ;

sum:
    term
  | sum[l] PLUS term[r]                 { $$ = dynr_partiql_binary(parse, DYNR_PARTIQL_SUM, $l, $r); }
  | sum[l] MINUS term[r]                { $$ = dynr_partiql_binary(parse, DYNR_PARTIQL_DIFFERENCE, $l, $r); }
  ;

term:
    path
  | value
  | call
  | OPEN condition CLOSE                { $$ = $condition; }
  ;

call:
    NAME OPEN CLOSE                     { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_CALL, $NAME, @NAME.first); if ($$ != NULL) { $$->length = $NAME.len; } }
  | NAME OPEN operands CLOSE            { $$ = $operands; if ($$ != NULL) { $$->kind = DYNR_PARTIQL_CALL; $$->text = $NAME; $$->offset = @NAME.first; $$->length = $NAME.len; } }
  ;

operands:
    sum                                 { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_LIST, $sum); }
  | operands[list] COMMA sum            { $$ = dynr_partiql_append(parse, $list, $sum); }
  ;

value:
    STRING                              { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_STRING, $STRING, @$.first); }
  | NUMBER                              { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_NUMBER, $NUMBER, @$.first); }
  | MINUS NUMBER                        { $$ = dynr_partiql_negative(parse, $NUMBER, @$.first); }
  | TRUE                                { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_TRUE, NO_TEXT, @$.first); }
  | FALSE                               { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_FALSE, NO_TEXT, @$.first); }
  | NULL                                { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_NULL, NO_TEXT, @$.first); }
  | PARAMETER                           { $$ = dynr_partiql_parameter(parse, @$.first); }
  | list
  | map
  | set
  ;

list:
    OPEN_LIST CLOSE_LIST                { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_LIST, NO_TEXT, @$.first); }
  | OPEN_LIST values CLOSE_LIST         { $$ = $values; }
  ;

set:
    OPEN_SET CLOSE_SET                  { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_SET, NO_TEXT, @$.first); }
  | OPEN_SET values CLOSE_SET           { $$ = $values; if ($$ != NULL) { $$->kind = DYNR_PARTIQL_SET; } }
  ;

values:
    value                               { $$ = dynr_partiql_unary(parse, DYNR_PARTIQL_LIST, $value); }
  | values[list] COMMA value            { $$ = dynr_partiql_append(parse, $list, $value); }
  ;

map:
    OPEN_MAP CLOSE_MAP                  { $$ = dynr_partiql_leaf(parse, DYNR_PARTIQL_MAP, NO_TEXT, @$.first); }
  | OPEN_MAP members CLOSE_MAP          { $$ = $members; }
  ;

members:
    STRING COLON value                  { $$ = dynr_partiql_binary(parse, DYNR_PARTIQL_MAP, dynr_partiql_leaf(parse, DYNR_PARTIQL_STRING, $STRING, @STRING.first), $value); }
  | members[map] COMMA STRING COLON value
                                        { $$ = dynr_partiql_append(parse, dynr_partiql_append(parse, $map, dynr_partiql_leaf(parse, DYNR_PARTIQL_STRING, $STRING, @STRING.first)), $value); }
  ;

path:
    name                                { $$ = dynr_partiql_path_name(parse, NULL, $name, @name); }
  | path[p] DOT name                    { $$ = dynr_partiql_path_name(parse, $p, $name, @name); }
  | path[p] OPEN_LIST NUMBER CLOSE_LIST { $$ = dynr_partiql_path_index(parse, $p, $NUMBER); }
  ;

name:
    NAME
  | QUOTED
  | MODIFIED
  | OLD
  | NEW
  ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct dynr_partiql_parse *parse)
{
    yysymbol_kind_t expected[YYNTOKENS];
    bool may_end = false;
    bool may_have_value = false;
    int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    if (n == YYENOMEM) {
        return n;
    }
    for (int i = 0; i < n; i++) {
        may_end = may_end || expected[i] == YYSYMBOL_YYEOF;
        may_have_value = may_have_value || expected[i] == YYSYMBOL_VALUE;
    }
    dynr_partiql_syntax_error(parse, *yypcontext_location(context), may_end, may_have_value);
    return 0;
}
