/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grammar only: each action is one call. Bodies are flat lists of pieces (a field's name and type, then its parts), so
 * that an error costs one piece and not the member around it; the builders in compiler/syntax/build_*.c put the pieces
 * together and complain about those that are left over.
 *
 * Recovery: every list in braces has an `error` of its own, and the token feed guarantees that braces are balanced, that
 * each header is followed by `{`, BLOCK, `=` or NO_BODY, and that arguments end in ARGS_END. `resync` stands behind each
 * token that recovery may stop at. grammar/README.md explains the rest.
 */
%require "3.8"
%define api.pure full
%define api.prefix {dyn_yy}
%define api.token.prefix {TOK_}
%define api.value.type union
%define api.location.type {struct dyn_span}
%define parse.error custom
%define parse.lac full
%define parse.trace
%locations
%expect 0
%param {struct dyn_parse *parse}

%code requires {
#include "syntax/build.h"
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n) ((current) = dyn_span_of_rule((n) > 0, &YYRHSLOC(rhs, 1), &YYRHSLOC(rhs, n), \
                                                                      &YYRHSLOC(rhs, 0)))
/* The parser stands at a known place again: errors are reported again. */
#define RESYNC (yyerrok, dyn_parse_resync(parse))

int dyn_yylex(DYN_YYSTYPE *value, struct dyn_span *location, struct dyn_parse *parse);
void dyn_yyerror(const struct dyn_span *location, struct dyn_parse *parse, const char *message);
}

%token END 0
%token IDENT FIELD INT NUMBER STRING
%token COMMENT DOC STRAY
%token BLOCK NO_BODY DEEP
%token LBRACE RBRACE LPAREN RPAREN LBRACKET RBRACKET
%token COMMA COLON DOT DOTDOT ARROW AT ASSIGN QUESTION EQ NE LT LE GT GE PLUS MINUS
%token DYN NAMESPACE IMPORT TABLE ENUM STRUCT MODEL CONTEXT ROUTER PUBLIC LINK POLICY TOPIC MATERIALIZE TRAIT
%token IN SINGLE BETWEEN USE KEY INDEX PK SK SORT VIA THROUGH REF ID MAP MAX
%token QUERY MUTATION ONCE EXTERN READS WRITES
%token FROM SCAN BY GET CREATE UPDATE DELETE TRANSACTION WHERE ORDER ASC DESC TAKE SELECT INCLUDE AS SET IF EXPECTING
%token COUNT SUM MIN AND OR NOT BEGINS_WITH CONTAINS EXISTS NULL TRUE FALSE ALLOW LET
%token TYPE_SET LANGLE RANGLE MAXIMUM NOT_IN ARG_COMMA ARGS_END SEPARATOR FROM_IN AGGREGATE_AS

%nterm <struct dyn_ast_name> name alias
%nterm <struct dyn_ast_expr *> expr conjunction negation comparison additive unary postfix primary bound argument_value
%nterm <struct dyn_ast_expr *> setting_value
%nterm <struct dyn_expr_list> list names name_items call_values call_value_list object_items
%nterm <enum dyn_ast_expr_kind> comparison_sign
%nterm <struct dyn_ast_type *> type bounded_type
%nterm <struct dyn_ast_attribute *> attribute
%nterm <struct dyn_ast_trait *> trait
%nterm <struct dyn_ast_template> template
%nterm <struct dyn_ast_selection *> selection
%nterm <struct dyn_selection_list> selections select_list children
%nterm <struct dyn_assignment_list> assignments sets
%nterm <struct dyn_ast_assignment *> assignment set
%nterm <struct dyn_body *> body
%nterm <struct dyn_ast_include *> include_body include_block
%nterm <bool> direction scan
%nterm <enum dyn_token_kind> aggregate
%nterm <struct dyn_ast_verb *> verb verbs

%%

file:
    items
  ;

resync:
    %empty                                      { RESYNC; }
  ;
lbrace:
    LBRACE resync
  ;
rbrace:
    RBRACE resync
  ;
name:
    IDENT                                       { $$ = dyn_build_name(parse, @$); }
  ;

items:
    %empty
  | items item
  | items error
  ;

item:
    DYN resync INT                              { dyn_build_edition(parse, @$, @INT); }
  | NAMESPACE resync name                       { dyn_build_namespace(parse, @$, $name); }
  | IMPORT resync STRING lbrace name_items rbrace
                                                { dyn_build_import(parse, @$, @STRING, $name_items.first); }
  | PUBLIC resync                               { dyn_build_public(parse, @$, NULL); }
  | PUBLIC resync names                         { dyn_build_public(parse, @$, $names.first); }
  | table_word header table_body                { dyn_build_decl_end(parse, @$); }
  | enum_word header enum_body                  { dyn_build_decl_end(parse, @$); }
  | struct_word header fields_body              { dyn_build_decl_end(parse, @$); }
  | context_word header fields_body             { dyn_build_decl_end(parse, @$); }
  | model_word model_header members_body        { dyn_build_decl_end(parse, @$); }
  | link_word link_header members_body          { dyn_build_decl_end(parse, @$); }
  | router_word router_header router_body       { dyn_build_decl_end(parse, @$); }
  | policy_word header policy_body              { dyn_build_decl_end(parse, @$); }
  | opaque_word header opaque_body              { dyn_build_decl_end(parse, @$); }
  ;

/* ---- headers */

table_word:   TABLE                             { dyn_build_decl(parse, DYN_AST_TABLE, @$); RESYNC; };
enum_word:    ENUM                              { dyn_build_decl(parse, DYN_AST_ENUM, @$); RESYNC; };
struct_word:  STRUCT                            { dyn_build_decl(parse, DYN_AST_STRUCT, @$); RESYNC; };
context_word: CONTEXT                           { dyn_build_decl(parse, DYN_AST_CONTEXT, @$); RESYNC; };
model_word:   MODEL                             { dyn_build_decl(parse, DYN_AST_MODEL, @$); RESYNC; };
link_word:    LINK                              { dyn_build_decl(parse, DYN_AST_LINK, @$); RESYNC; };
router_word:  ROUTER                            { dyn_build_decl(parse, DYN_AST_ROUTER, @$); RESYNC; };
policy_word:  POLICY                            { dyn_build_decl(parse, DYN_AST_POLICY, @$); RESYNC; };
opaque_word:
    TOPIC                                       { dyn_build_decl(parse, DYN_AST_TOPIC, @$); RESYNC; }
  | MATERIALIZE                                 { dyn_build_decl(parse, DYN_AST_MATERIALIZE, @$); RESYNC; }
  | TRAIT                                       { dyn_build_decl(parse, DYN_AST_TRAIT_DECL, @$); RESYNC; }
  ;

header:
    name                                        { dyn_build_decl_name(parse, $name); }
  | header attribute                            { dyn_build_decl_attribute(parse, $attribute); }
  | header error
  | error
  ;

model_header:
    name                                        { dyn_build_decl_name(parse, $name); }
  | model_header attribute                      { dyn_build_decl_attribute(parse, $attribute); }
  | model_header IN name[field] COLON name[model]
                                                { dyn_build_parent(parse, @IN, $field, $model); }
  | model_header IN name[model]                 { dyn_build_unnamed_parent(parse, @$, $model); }
  | model_header SINGLE                         { dyn_build_single(parse, @SINGLE); }
  | model_header error
  | error
  ;

link_header:
    name                                        { dyn_build_decl_name(parse, $name); }
  | link_header attribute                       { dyn_build_decl_attribute(parse, $attribute); }
  | link_header BETWEEN link_ends
  | link_header error
  | error
  ;
link_ends:
    link_end
  | link_ends COMMA link_end
  ;
link_end:
    name[field] COLON name[model]               { dyn_build_link_end(parse, @$, $field, $model); }
  ;

router_header:
    name                                        { dyn_build_decl_name(parse, $name); }
  | router_header LPAREN ARGS_END
  | router_header LPAREN name[context] COLON name[type] ARGS_END
                                                { dyn_build_router_context(parse, @LPAREN, $context, $type); }
  | router_header LPAREN error ARGS_END
  | router_header error
  | error
  ;

attribute:
    AT name                                     { $$ = dyn_build_attribute(parse, @$, $name, false, NULL); }
  | AT name LPAREN call_values RPAREN           { $$ = dyn_build_attribute(parse, @$, $name, true, $call_values.first); }
  ;

/* ---- bodies of declarations */

table_body:
    lbrace settings rbrace
  | no_body
  ;
enum_body:
    lbrace enum_values rbrace
  | no_body
  ;
fields_body:
    lbrace fields rbrace
  | no_body
  ;
members_body:
    lbrace members rbrace
  | no_body
  ;
router_body:
    lbrace procedures rbrace
  | no_body
  ;
policy_body:
    lbrace rules rbrace
  | no_body
  ;
opaque_body:
    BLOCK resync
  | no_body
  ;
no_body:
    NO_BODY                                     { dyn_build_no_body(parse, @$); RESYNC; }
  ;

settings:
    %empty
  | settings FIELD resync                       { dyn_build_setting(parse, @FIELD); }
  | settings setting_value                      { dyn_build_setting_value(parse, $setting_value); }
  | settings COMMA setting_value                { dyn_build_setting_value(parse, $setting_value); }
  | settings SEPARATOR                          { dyn_build_separator(parse, @SEPARATOR); }
  | settings error
  ;
setting_value:
    bound
  | STRING                                      { $$ = dyn_build_string(parse, @$); }
  | NULL                                        { $$ = dyn_build_literal(parse, DYN_AST_NULL, @$); }
  | TRUE                                        { $$ = dyn_build_bool(parse, true, @$); }
  | FALSE                                       { $$ = dyn_build_bool(parse, false, @$); }
  | name                                        { $$ = dyn_build_name_expr(parse, DYN_AST_NAME, $name, @$); }
  | name LPAREN call_values RPAREN              { $$ = dyn_build_call(parse, $name, $call_values.first, @$); }
  ;

enum_values:
    %empty
  | enum_values FIELD resync                    { dyn_build_enum_value(parse, @FIELD); }
  | enum_values ASSIGN additive                 { dyn_build_enum_tag(parse, @ASSIGN, $additive); }
  | enum_values SEPARATOR                       { dyn_build_separator(parse, @SEPARATOR); }
  | enum_values error
  ;

fields:
    %empty
  | fields field_piece
  | fields error
  ;
members:
    %empty
  | members field_piece
  | members clause
  | members error
  ;

field_piece:
    FIELD resync type                           { dyn_build_field(parse, @$, @FIELD, $type); }
  | FIELD resync COLON type                     { dyn_build_colon(parse, @COLON, @type);
                                                  dyn_build_field(parse, @$, @FIELD, $type); }
  | FIELD resync error                          { dyn_build_field(parse, @FIELD, @FIELD, NULL); }
  | ASSIGN additive                             { dyn_build_default(parse, @$, $additive); }
  | attribute                                   { dyn_build_field_attribute(parse, @$, $attribute); }
  | VIA name[model] DOT name[field]             { dyn_build_via(parse, @$, $model, $field); }
  | THROUGH name                                { dyn_build_through(parse, @$, $name); }
  | SEPARATOR                                   { dyn_build_separator(parse, @SEPARATOR); }
  ;

clause:
    USE resync traits
  | KEY resync PK template                      { dyn_build_key(parse, @$, $template, NULL); }
  | KEY resync PK template[pk] SK template[sk]  { dyn_build_key(parse, @$, $pk, &$sk); }
  | INDEX resync name PK template               { dyn_build_index(parse, @$, $name, NULL, $template, NULL); }
  | INDEX resync name PK template[pk] SORT template[sort]
                                                { dyn_build_index(parse, @$, $name, NULL, $pk, &$sort); }
  | INDEX resync name STRING PK template        { dyn_build_index(parse, @$, $name, &@STRING, $template, NULL); }
  | INDEX resync name STRING PK template[pk] SORT template[sort]
                                                { dyn_build_index(parse, @$, $name, &@STRING, $pk, &$sort); }
  ;

rules:
    %empty
  | rules LET resync name ASSIGN expr           { dyn_build_let(parse, dyn_span_join(@LET, @expr), $name, $expr); }
  | rules ALLOW resync verbs                    { dyn_build_allow(parse, dyn_span_join(@ALLOW, @verbs), $verbs); }
  | rules IF resync expr                        { dyn_build_allow_if(parse, @IF, $expr); }
  | rules error
  ;
verbs:
    verb
  | verbs COMMA verb                            { $$ = dyn_build_verbs($1, $verb); }
  ;
verb:
    name                                        { $$ = dyn_build_verb(parse, $name, NULL, @$); }
  | name LPAREN names RPAREN                    { $$ = dyn_build_verb(parse, $name, $names.first, @$); }
  ;

traits:
    trait                                       { dyn_build_use(parse, $trait); }
  | traits COMMA trait                          { dyn_build_use(parse, $trait); }
  ;
trait:
    name                                        { $$ = dyn_build_trait(parse, @$, $name, NULL); }
  | name LPAREN call_values RPAREN              { $$ = dyn_build_trait(parse, @$, $name, $call_values.first); }
  ;

template:
    STRING                                      { $$ = dyn_build_template(parse, @$); }
  | name                                        { $$ = dyn_build_template_field($name); }
  ;

/* ---- types */

type:
    bounded_type
  | REF name                                    { $$ = dyn_build_type(parse, DYN_AST_TYPE_REF, @$, $name); }
  | ID name                                     { $$ = dyn_build_type(parse, DYN_AST_TYPE_ID, @$, $name); }
  | TYPE_SET LANGLE type[element] RANGLE        { $$ = dyn_build_collection(parse, DYN_AST_TYPE_SET, @$, $element, NULL); }
  | TYPE_SET LANGLE type[element] RANGLE LPAREN MAX bound RPAREN
                                                { $$ = dyn_build_collection(parse, DYN_AST_TYPE_SET, @$, $element, $bound); }
  | MAP LANGLE type[element] RANGLE             { $$ = dyn_build_collection(parse, DYN_AST_TYPE_MAP, @$, $element, NULL); }
  | MAP LANGLE type[element] RANGLE LPAREN MAX bound RPAREN
                                                { $$ = dyn_build_collection(parse, DYN_AST_TYPE_MAP, @$, $element, $bound); }
  | type[element] LBRACKET RBRACKET             { $$ = dyn_build_collection(parse, DYN_AST_TYPE_LIST, @$, $element, NULL); }
  | type[element] LBRACKET RBRACKET LPAREN MAX bound RPAREN
                                                { $$ = dyn_build_collection(parse, DYN_AST_TYPE_LIST, @$, $element, $bound); }
  | type[whole] QUESTION                        { $$ = dyn_build_optional(parse, $whole, @$, @QUESTION); }
  | DEEP                                        { $$ = dyn_build_type_error(parse, @$); }
  ;

bounded_type:
    name                                        { $$ = dyn_build_type(parse, DYN_AST_TYPE_NAME, @$, $name); }
  | name LPAREN bound RPAREN                    { $$ = dyn_build_bounded(parse, @$, $name, $bound, NULL, NULL); }
  | name LPAREN bound[low] DOTDOT RPAREN        { $$ = dyn_build_bounded(parse, @$, $name, NULL, $low, NULL); }
  | name LPAREN DOTDOT bound[high] RPAREN       { $$ = dyn_build_bounded(parse, @$, $name, NULL, NULL, $high); }
  | name LPAREN bound[low] DOTDOT bound[high] RPAREN
                                                { $$ = dyn_build_bounded(parse, @$, $name, NULL, $low, $high); }
  | name LPAREN bound[width] COMMA bound[low] DOTDOT RPAREN
                                                { $$ = dyn_build_bounded(parse, @$, $name, $width, $low, NULL); }
  | name LPAREN bound[width] COMMA DOTDOT bound[high] RPAREN
                                                { $$ = dyn_build_bounded(parse, @$, $name, $width, NULL, $high); }
  | name LPAREN bound[width] COMMA bound[low] DOTDOT bound[high] RPAREN
                                                { $$ = dyn_build_bounded(parse, @$, $name, $width, $low, $high); }
  ;

bound:
    INT                                         { $$ = dyn_build_literal(parse, DYN_AST_INT, @$); }
  | NUMBER                                      { $$ = dyn_build_literal(parse, DYN_AST_NUMBER, @$); }
  | MINUS bound[operand]                        { $$ = dyn_build_unary(parse, DYN_AST_NEGATE, $operand, @$); }
  ;

/* ---- routers */

procedures:
    %empty
  | procedures procedure                        { dyn_build_procedure_end(parse, @procedure); }
  | procedures error
  ;

procedure:
    procedure_head modifiers procedure_body
  ;
procedure_head:
    procedure_word name LPAREN arguments ARGS_END
                                                { dyn_build_procedure_name(parse, $name); }
  | procedure_word name error                   { dyn_build_procedure_name(parse, $name); }
  | procedure_word error
  ;
procedure_word:
    QUERY                                       { dyn_build_procedure(parse, false, @$); RESYNC; }
  | MUTATION                                    { dyn_build_procedure(parse, true, @$); RESYNC; }
  ;

arguments:
    %empty
  | argument_list
  | argument_list ARG_COMMA
  ;
argument_list:
    argument
  | argument_list ARG_COMMA resync argument
  ;
argument:
    name COLON type                             { dyn_build_argument(parse, @$, $name, $type, NULL); }
  | name COLON type ASSIGN expr                 { dyn_build_argument(parse, @$, $name, $type, $expr); }
  | name error                                  { dyn_build_argument(parse, @name, $name, NULL, NULL); }
  | error
  ;

modifiers:
    %empty
  | modifiers ONCE                              { dyn_build_once(parse, @ONCE); }
  | modifiers ARROW type                        { dyn_build_result(parse, @$, $type); }
  | modifiers error
  ;

procedure_body:
    lbrace body rbrace                          { dyn_build_procedure_body(parse, $body); }
  | ASSIGN resync EXTERN STRING uses            { dyn_build_extern(parse, @STRING); }
  | ASSIGN resync error
  | NO_BODY                                     { dyn_build_no_procedure_body(parse, @$); RESYNC; }
  ;
uses:
    %empty
  | uses READS names                            { dyn_build_reads(parse, @READS, $names.first); }
  | uses WRITES names                           { dyn_build_writes(parse, @WRITES, $names.first); }
  ;

/* ---- procedures: a flat list of statements and of clauses, each of which belongs to the statement before it */

body:
    %empty                                      { $$ = dyn_build_body(parse); }
  | body FROM resync scan name                  { $$ = dyn_build_from(parse, $1, @FROM, $scan, $name, @name); }
  | body FROM_IN additive                       { $$ = dyn_build_from_in(parse, $1, @FROM_IN, $additive); }
  | body BY name                                { $$ = dyn_build_by(parse, $1, @BY, $name, NULL, @name); }
  | body BY name EQ additive                    { $$ = dyn_build_by(parse, $1, @BY, $name, $additive, @additive); }
  | body BY name assign additive                { $$ = dyn_build_by(parse, $1, @BY, $name, $additive, @additive); }
  | body GET resync name LPAREN call_values RPAREN
                                                { $$ = dyn_build_keyed(parse, $1, DYN_AST_GET, @GET, $name, $call_values.first, @RPAREN); }
  | body GET resync name                        { $$ = dyn_build_keyed(parse, $1, DYN_AST_GET, @GET, $name, NULL, @name); }
  | body UPDATE resync name LPAREN call_values RPAREN
                                                { $$ = dyn_build_keyed(parse, $1, DYN_AST_UPDATE, @UPDATE, $name, $call_values.first, @RPAREN); }
  | body DELETE resync name LPAREN call_values RPAREN
                                                { $$ = dyn_build_keyed(parse, $1, DYN_AST_DELETE, @DELETE, $name, $call_values.first, @RPAREN); }
  | body CREATE resync name lbrace assignments rbrace
                                                { $$ = dyn_build_create(parse, $1, @CREATE, $name, $assignments.first, @rbrace); }
  | body TRANSACTION resync lbrace body[inner] rbrace
                                                { $$ = dyn_build_transaction(parse, $1, @TRANSACTION, $inner, @rbrace); }
  | body aggregate resync                       { $$ = dyn_build_aggregate(parse, $1, @aggregate, NULL); }
  | body aggregate resync additive              { $$ = dyn_build_aggregate(parse, $1, @aggregate, $additive); }
  | body AGGREGATE_AS name                      { $$ = dyn_build_aggregate_as(parse, $1, @AGGREGATE_AS, $name); }
  | body WHERE resync expr                      { $$ = dyn_build_where(parse, $1, @WHERE, $expr); }
  | body ORDER resync additive direction        { $$ = dyn_build_order(parse, $1, @ORDER, $additive, $direction, @direction); }
  | body TAKE resync additive                   { $$ = dyn_build_take(parse, $1, @TAKE, $additive); }
  | body SELECT resync select_list              { $$ = dyn_build_select(parse, $1, @SELECT, $select_list.first, @select_list); }
  | body INCLUDE resync name alias include_block
                                                { $$ = dyn_build_include(parse, $1, @INCLUDE, $name, $alias, $include_block, @include_block); }
  | body SET resync sets                        { $$ = dyn_build_sets(parse, $1, @SET, $sets.first, @sets); }
  | body IF resync expr                         { $$ = dyn_build_if(parse, $1, @IF, $expr); }
  | body EXPECTING resync expr                  { $$ = dyn_build_expecting(parse, $1, @EXPECTING, $expr); }
  | body error                                  { $$ = dyn_build_body_error($1); }
  ;

scan:
    %empty                                      { $$ = false; }
  | SCAN                                        { $$ = true; }
  ;
direction:
    %empty                                      { $$ = false; }
  | ASC                                         { $$ = false; }
  | DESC                                        { $$ = true; }
  ;
alias:
    %empty                                      { $$ = dyn_build_no_name(@$); }
  | AS name                                     { $$ = $name; }
  ;
aggregate:
    COUNT                                       { $$ = DYN_TOKEN_COUNT; }
  | SUM                                         { $$ = DYN_TOKEN_SUM; }
  | MIN                                         { $$ = DYN_TOKEN_MIN; }
  | MAXIMUM                                     { $$ = DYN_TOKEN_MAXIMUM; }
  ;

include_block:
    %empty                                      { $$ = NULL; }
  | lbrace include_body rbrace                  { $$ = $include_body; }
  ;
include_body:
    %empty                                      { $$ = dyn_build_include_body(parse); }
  | include_body WHERE resync expr              { $$ = dyn_build_include_where(parse, $1, @WHERE, $expr); }
  | include_body ORDER resync additive direction
                                                { $$ = dyn_build_include_order(parse, $1, @ORDER, $additive, $direction); }
  | include_body TAKE resync additive           { $$ = dyn_build_include_take(parse, $1, @TAKE, $additive); }
  | include_body SELECT resync select_list      { $$ = dyn_build_include_select(parse, $1, @SELECT, $select_list.first); }
  | include_body INCLUDE resync name alias include_block
                                                { $$ = dyn_build_nested_include(parse, $1, @INCLUDE, @name); }
  | include_body aggregate resync               { $$ = dyn_build_nested_aggregate(parse, $1, @aggregate); }
  | include_body aggregate resync additive      { $$ = dyn_build_nested_aggregate(parse, $1, @aggregate); }
  | include_body AGGREGATE_AS name              { $$ = $1; }
  | include_body error
  ;

select_list:
    selection                                   { $$ = dyn_build_selections(parse, (struct dyn_selection_list){0}, $1); }
  | select_list COMMA selection                 { $$ = dyn_build_selections(parse, $1, $selection); }
  ;
selection:
    name alias children                         { $$ = dyn_build_selection(parse, $name, $alias, $children.first, @$); }
  ;
children:
    %empty                                      { $$ = (struct dyn_selection_list){0}; }
  | lbrace selections rbrace                    { $$ = $selections; }
  ;
selections:
    %empty                                      { $$ = (struct dyn_selection_list){0}; }
  | selections selection                        { $$ = dyn_build_selection_item(parse, $1, $selection); }
  | selections COMMA resync                     { $$ = dyn_build_selection_comma(parse, $1, @COMMA); }
  | selections error
  ;

assignments:
    %empty                                      { $$ = (struct dyn_assignment_list){0}; }
  | assignments assignment                      { $$ = dyn_build_assignment_item(parse, $1, $assignment); }
  | assignments COMMA resync                    { $$ = dyn_build_assignment_comma(parse, $1, @COMMA); }
  | assignments error
  ;
assignment:
    name                                        { $$ = dyn_build_assignment(parse, $name, NULL, @$); }
  | name COLON expr                             { $$ = dyn_build_assignment(parse, $name, $expr, @$); }
  | name ASSIGN expr                            { $$ = dyn_build_assignment(parse, $name, $expr, @$); }
  ;
sets:
    set                                         { $$ = dyn_build_assignments(parse, (struct dyn_assignment_list){0}, $1); }
  | sets COMMA set                              { $$ = dyn_build_assignments(parse, $1, $set); }
  ;
set:
    name ASSIGN expr                            { $$ = dyn_build_assignment(parse, $name, $expr, @$); }
  ;

/* ---- expressions */

expr:
    conjunction
  | expr OR conjunction                         { $$ = dyn_build_binary(parse, DYN_AST_OR, $1, $3, @$); }
  ;
conjunction:
    negation
  | conjunction AND negation                    { $$ = dyn_build_binary(parse, DYN_AST_AND, $1, $3, @$); }
  ;
negation:
    comparison
  | NOT negation[operand]                       { $$ = dyn_build_unary(parse, DYN_AST_NOT, $operand, @$); }
  ;
comparison:
    additive
  | additive comparison_sign additive[right]    { $$ = dyn_build_binary(parse, $comparison_sign, $1, $right, @$); }
  | additive assign additive                    { $$ = dyn_build_literal(parse, DYN_AST_ERROR, @$); }
  | additive IN additive[right]                 { $$ = dyn_build_in(parse, $1, $right, @$); }
  | additive NOT_IN IN additive[right]          { $$ = dyn_build_not_in(parse, $1, $right, @$); }
  | additive BETWEEN additive[low] AND additive[high]
                                                { $$ = dyn_build_between(parse, $1, $low, $high, @$); }
  | additive EXISTS                             { $$ = dyn_build_unary(parse, DYN_AST_EXISTS, $1, @$); }
  ;
/* Refused, but meant as EQ. */
assign:
    ASSIGN                                      { dyn_build_assign(parse, @ASSIGN); }
  ;
comparison_sign:
    EQ                                          { $$ = DYN_AST_EQUAL; }
  | NE                                          { $$ = DYN_AST_NOT_EQUAL; }
  | LT                                          { $$ = DYN_AST_LESS; }
  | LE                                          { $$ = DYN_AST_LESS_EQUAL; }
  | GT                                          { $$ = DYN_AST_GREATER; }
  | GE                                          { $$ = DYN_AST_GREATER_EQUAL; }
  | BEGINS_WITH                                 { $$ = DYN_AST_BEGINS_WITH; }
  | CONTAINS                                    { $$ = DYN_AST_CONTAINS; }
  ;
additive:
    unary
  | additive PLUS unary                         { $$ = dyn_build_binary(parse, DYN_AST_ADD, $1, $3, @$); }
  | additive MINUS unary                        { $$ = dyn_build_binary(parse, DYN_AST_SUBTRACT, $1, $3, @$); }
  ;
unary:
    postfix
  | MINUS unary[operand]                        { $$ = dyn_build_unary(parse, DYN_AST_NEGATE, $operand, @$); }
  ;
postfix:
    primary
  | postfix DOT name                            { $$ = dyn_build_member(parse, $1, $name, @$); }
  ;
primary:
    NULL                                        { $$ = dyn_build_literal(parse, DYN_AST_NULL, @$); }
  | TRUE                                        { $$ = dyn_build_bool(parse, true, @$); }
  | FALSE                                       { $$ = dyn_build_bool(parse, false, @$); }
  | STRING                                      { $$ = dyn_build_string(parse, @$); }
  | INT                                         { $$ = dyn_build_literal(parse, DYN_AST_INT, @$); }
  | NUMBER                                      { $$ = dyn_build_literal(parse, DYN_AST_NUMBER, @$); }
  | name                                        { $$ = dyn_build_name_expr(parse, DYN_AST_NAME, $name, @$); }
  | name LPAREN call_values RPAREN              { $$ = dyn_build_call(parse, $name, $call_values.first, @$); }
  | DOT name                                    { $$ = dyn_build_name_expr(parse, DYN_AST_ROW_FIELD, $name, @$); }
  | LPAREN expr RPAREN                          { $$ = dyn_build_group($expr, @$); }
  | LBRACKET list RBRACKET                      { $$ = dyn_build_items(parse, DYN_AST_LIST, $list.first, @$); }
  | lbrace object_items rbrace                  { $$ = dyn_build_items(parse, DYN_AST_OBJECT, $object_items.first, @$); }
  | DEEP                                        { $$ = dyn_build_literal(parse, DYN_AST_ERROR, @$); }
  ;

list:
    call_values
  ;
call_values:
    %empty                                      { $$ = (struct dyn_expr_list){0}; }
  | call_value_list
  | call_value_list COMMA
  ;
call_value_list:
    argument_value                              { $$ = dyn_build_exprs((struct dyn_expr_list){0}, $1); }
  | call_value_list COMMA argument_value        { $$ = dyn_build_exprs($1, $3); }
  ;
argument_value:
    expr
  | name COLON expr                             { $$ = dyn_build_labelled($name, $expr); }
  ;

object_items:
    %empty                                      { $$ = (struct dyn_expr_list){0}; }
  | object_items name COLON expr                { $$ = dyn_build_object_item(parse, $1, $name, $expr); }
  | object_items COMMA resync                   { $$ = dyn_build_expr_comma(parse, $1, @COMMA); }
  | object_items error
  ;

names:
    name                                        { $$ = dyn_build_exprs((struct dyn_expr_list){0}, dyn_build_name_expr(parse, DYN_AST_NAME, $name, @$)); }
  | names COMMA name                            { $$ = dyn_build_exprs($1, dyn_build_name_expr(parse, DYN_AST_NAME, $name, @name)); }
  ;
name_items:
    %empty                                      { $$ = (struct dyn_expr_list){0}; }
  | name_items name                             { $$ = dyn_build_name_item(parse, $1, $name); }
  | name_items COMMA resync                     { $$ = dyn_build_expr_comma(parse, $1, @COMMA); }
  | name_items error
  ;

%%

/* Our token numbers and bison's, in both directions; a token that one of the two lacks does not compile. */
static const int bison_tokens[DYN_N_TOKENS] = {
#define DYN_CLASS(name, human, category) [DYN_TOKEN_##name] = TOK_##name,
#define DYN_PUNCT(name, text, category) [DYN_TOKEN_##name] = TOK_##name,
#define DYN_KEYWORD(name, text, category) [DYN_TOKEN_##name] = TOK_##name,
#define DYN_ROLE(name, text, category) [DYN_TOKEN_##name] = TOK_##name,
#include "tokens.def"
};

/* Bison has a name of its own for the token 0. */
#define YYSYMBOL_END YYSYMBOL_YYEOF
static const unsigned char our_tokens[YYNTOKENS] = {
#define DYN_CLASS(name, human, category) [YYSYMBOL_##name] = DYN_TOKEN_##name,
#define DYN_PUNCT(name, text, category) [YYSYMBOL_##name] = DYN_TOKEN_##name,
#define DYN_KEYWORD(name, text, category) [YYSYMBOL_##name] = DYN_TOKEN_##name,
#define DYN_ROLE(name, text, category) [YYSYMBOL_##name] = DYN_TOKEN_##name,
#include "tokens.def"
};
/* Bison adds `error` and "invalid token". */
_Static_assert(YYNTOKENS == DYN_N_TOKENS + 2, "dyn.y and tokens.def list different tokens");

int dyn_yylex(DYN_YYSTYPE *value, struct dyn_span *location, struct dyn_parse *parse)
{
    (void)value;
    enum dyn_token_kind kind = dyn_parse_next(parse, location);
    return kind == DYN_TOKEN_STRAY ? TOK_DYN_YYUNDEF : bison_tokens[kind];
}

static int yyreport_syntax_error(const yypcontext_t *context, struct dyn_parse *parse)
{
    yysymbol_kind_t symbols[YYNTOKENS];
    enum dyn_token_kind expected[YYNTOKENS];
    int n = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    if (n < 0) {
        return n;
    }
    for (int i = 0; i < n; i++) {
        expected[i] = (enum dyn_token_kind)our_tokens[symbols[i]];
    }
    dyn_parse_unexpected(parse, expected, (size_t)n);
    return 0;
}

/* The one message that bison gives itself: its stack is full. */
void dyn_yyerror(const struct dyn_span *location, struct dyn_parse *parse, const char *message)
{
    (void)message;
    dyn_parse_exhausted(parse, *location);
}
