/* SPDX-License-Identifier: Apache-2.0 */
/* Builders of policies: a flat list of `let`, `allow` and `if`, each `if` belonging to the `allow` before it. */
#include "base/memory.h"
#include "syntax/build.h"

static struct dyn_ast_rule *add_rule(struct dyn_parse *parse, enum dyn_ast_rule_kind kind,
                                     struct dyn_span span)
{
    struct dyn_ast_rule *rule = dyn_alloc(parse->arena, sizeof *rule);
    rule->kind = kind;
    rule->span = span;
    rule->name.span = span;
    *parse->rules_end = rule;
    parse->rules_end = &rule->next;
    parse->rule = rule;
    return rule;
}

void dyn_build_let(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                   struct dyn_ast_expr *value)
{
    struct dyn_ast_rule *rule = add_rule(parse, DYN_AST_LET, span);
    rule->name = name;
    rule->expr = value;
}

void dyn_build_allow(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_verb *verbs)
{
    add_rule(parse, DYN_AST_ALLOW, span)->verbs = verbs;
}

void dyn_build_allow_if(struct dyn_parse *parse, struct dyn_span keyword,
                        struct dyn_ast_expr *condition)
{
    struct dyn_ast_rule *rule = parse->rule;
    if (rule == NULL || rule->kind != DYN_AST_ALLOW) {
        if (!parse->recovering && !parse->decl->has_errors) {
            struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, keyword,
                                               "`if` belongs behind an `allow`");
            dyn_diag_help(parse->diags, diag, "write allow read if ...");
        }
        return;
    }
    if (rule->expr != NULL) {
        struct dyn_diag *diag =
            dyn_report(parse->diags, DYN_CODE_DUPLICATE, keyword, "a second `if`");
        dyn_diag_note(parse->diags, diag, rule->expr->span, "the first one is here");
        dyn_diag_help(parse->diags, diag, "join the conditions with `and` or `or`");
        return;
    }
    rule->expr = condition;
    rule->span = dyn_span_join(rule->span, condition->span);
}

struct dyn_ast_verb *dyn_build_verb(struct dyn_parse *parse, struct dyn_ast_name name,
                                    struct dyn_ast_expr *fields, struct dyn_span span)
{
    struct dyn_ast_verb *verb = dyn_alloc(parse->arena, sizeof *verb);
    verb->name = name;
    verb->span = span;
    verb->fields = fields;
    return verb;
}

struct dyn_ast_verb *dyn_build_verbs(struct dyn_ast_verb *first, struct dyn_ast_verb *more)
{
    struct dyn_ast_verb *last = first;
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = more;
    return first;
}
