/* SPDX-License-Identifier: Apache-2.0 */
/* Words of other languages where one of ours should stand, and what says the same here. */
#include "diag/foreign.h"
#include "syntax/build.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

const char dyn_parse_average_help[] =
    "the aggregates are `count`, `sum`, `min` and `max`: for an average ask for `sum` and `count`";
static const char no_offset[] = "rows are not skipped: that would read them all; go on behind the "
                                "last one that was shown, as in "
                                "`where .id > after  take 20`";
static const char no_groups[] =
    "there are no groups: an aggregate is of all rows that are read, so ask once for each of them";
static const char no_join[] = "rows of other models come along a relation: `select title, author { "
                              "name }`, or `include posts`";
static const char read_first[] = "a query starts with what it reads: `from Post in author`, or "
                                 "`get Post(id)` for one row; `select` comes last";
static const char create[] = "a row is made by `create Post { author, title }`";
static const char change[] = "a row is changed by `update Post(id) set title = title`";
static const char remove_row[] = "a row is removed by `delete Post(id)`";

static const struct dyn_foreign_word clauses[] = {
    {"limit", "take", NULL},
    {"top", "take", NULL},
    {"first", "take", NULL},
    {"fetch", "take", NULL},
    {"skip", NULL, no_offset},
    {"offset", NULL, no_offset},
    {"cursor", NULL, no_offset},
    {"orderby", "order", NULL},
    {"sortby", "order", NULL},
    {"sort", "order", NULL},
    {"filter", "where", NULL},
    {"having", NULL, no_groups},
    {"group", NULL, no_groups},
    {"groupby", NULL, no_groups},
    {"distinct", NULL, "a row is never read twice: there is nothing to make distinct"},
    {"join", NULL, no_join},
    {"inner", NULL, no_join},
    {"left", NULL, no_join},
    {"populate", "include", NULL},
    {"expand", "include", NULL},
    {"with", "include", NULL},
    {"avg", NULL, dyn_parse_average_help},
    {"average", NULL, dyn_parse_average_help},
    {"mean", NULL, dyn_parse_average_help},
    {"select", NULL, read_first},
    {"return", NULL, "drop it: the result of a query is what it reads"},
    {"returning", NULL, "a mutation that returns its row says so behind its arguments: `-> Post`"},
    {"find", NULL, read_first},
    {"findmany", NULL, read_first},
    {"findfirst", NULL, read_first},
    {"findunique", NULL, read_first},
    {"insert", NULL, create},
    {"values", NULL, create},
    {"upsert", NULL,
     "a row is made by `create` or changed by `update`: which one is asked for is said"},
    {"put", NULL, create},
    {"add", NULL, create},
    {"modify", NULL, change},
    {"patch", NULL, change},
    {"remove", NULL, remove_row},
    {"destroy", NULL, remove_row},
    {"begin", NULL, "several writes at once stand in `transaction { }`"},
    {"commit", NULL, "several writes at once stand in `transaction { }`"},
};

static const struct dyn_foreign_word operators[] = {
    {"is", NULL, "values are compared with `==`, an absent one with `== null`"},
    {"equals", "==", "values are compared with `==`"},
    {"eq", "==", "values are compared with `==`"},
    {"ne", "!=", NULL},
    {"lt", "<", NULL},
    {"lte", "<=", NULL},
    {"gt", ">", NULL},
    {"gte", ">=", NULL},
    {"like", NULL, "write `begins_with` for how a text starts, `contains` for what is in it"},
    {"ilike", NULL, "write `begins_with` for how a text starts, `contains` for what is in it"},
    {"startswith", "begins_with", NULL},
    {"includes", "contains", NULL},
    {"has", "contains", NULL},
};

static const char stored[] =
    "what is stored is a `model`, a value inside of it a `struct`, what is one of a few an `enum`";
static const char in_router[] = "queries and mutations stand in a router: `router posts { query "
                                "get(post: ref Post) { get Post(post) } }`";
static const char no_settings[] =
    "there is nothing to connect to here: a `table` says for which targets it is";

static const struct dyn_foreign_word declarations[] = {
    {"type", NULL, stored},
    {"interface", NULL, stored},
    {"class", NULL, stored},
    {"object", NULL, stored},
    {"record", NULL, stored},
    {"schema", NULL, stored},
    {"entity", "model", NULL},
    {"collection", "model", NULL},
    {"create", NULL, "a table follows from what stands in it: `model User { id ulid @key @auto }`"},
    {"alter", NULL, "change the model itself: the lock file says what is stored already"},
    {"drop", NULL, "remove the model itself: the lock file says what is stored already"},
    {"input", "struct", "a value is a `struct`; arguments of a procedure need none"},
    {"message", "struct", NULL},
    {"union", NULL, "what is one of a few is an `enum`"},
    {"query", NULL, in_router},
    {"mutation", NULL, in_router},
    {"subscription", NULL, "every `query` of a router can be watched"},
    {"service", "router", NULL},
    {"resolver", "router", NULL},
    {"procedure", NULL, in_router},
    {"function", NULL, in_router},
    {"datasource", NULL, no_settings},
    {"generator", NULL, "what is generated is chosen by options: dynrc build --c --ts"},
    {"package", "namespace", NULL},
    {"module", "namespace", NULL},
    {"include", "import",
     "declarations of another file are imported: `import \"common.dyn\" { Money }`"},
    {"allow", NULL, "rules stand in the policy of a model: `policy Post { allow read }`"},
    {"select", NULL, in_router},
    {"from", NULL, in_router},
};

static const struct dyn_foreign_word procedures[] = {
    {"subscription", "query", "every `query` can be watched"},
    {"get", "query", "what reads is a `query`, what writes a `mutation`"},
    {"find", "query", "what reads is a `query`, what writes a `mutation`"},
    {"function", NULL, "what reads is a `query`, what writes a `mutation`"},
    {"procedure", NULL, "what reads is a `query`, what writes a `mutation`"},
    {"post", "mutation", "what reads is a `query`, what writes a `mutation`"},
    {"put", "mutation", "what reads is a `query`, what writes a `mutation`"},
    {"delete", "mutation", "what reads is a `query`, what writes a `mutation`"},
    {"action", "mutation", "what reads is a `query`, what writes a `mutation`"},
    {"command", "mutation", "what reads is a `query`, what writes a `mutation`"},
};

static const char denied[] = "what no `allow` says is denied: narrow the rules that allow by `if`";

static const struct dyn_foreign_word rules[] = {
    {"deny", NULL, denied},
    {"forbid", NULL, denied},
    {"revoke", NULL, denied},
    {"except", NULL, denied},
    {"unless", NULL, "write `if not`, and the condition between parentheses"},
    {"when", "if", NULL},
    {"where", "if", NULL},
    {"using", "if", NULL},
    {"permit", "allow", NULL},
    {"grant", "allow", NULL},
    {"can", "allow", NULL},
};

static const struct {
    const struct dyn_foreign_word *words;
    size_t n_words;
} places[] = {
    [DYN_PLACE_OF_DECLARATION] = {declarations, COUNT(declarations)},
    [DYN_PLACE_OF_PROCEDURE] = {procedures, COUNT(procedures)},
    [DYN_PLACE_OF_CLAUSE] = {clauses, COUNT(clauses)},
    [DYN_PLACE_OF_OPERATOR] = {operators, COUNT(operators)},
    [DYN_PLACE_OF_RULE] = {rules, COUNT(rules)},
};

bool dyn_parse_help_word(struct dyn_parse *parse, struct dyn_diag *diag, enum dyn_parse_place place)
{
    const struct dyn_foreign_word *word = dyn_foreign_find(
        places[place].words, places[place].n_words, dyn_token_text(&parse->tokens, parse->current));
    if (word != NULL) {
        dyn_foreign_help(parse->diags, diag, word, dyn_token_span(&parse->tokens, parse->current),
                         true);
    }
    return word != NULL;
}

bool dyn_parse_is_average(struct dynr_str text)
{
    const struct dyn_foreign_word *word = dyn_foreign_find(clauses, COUNT(clauses), text);
    return word != NULL && word->help == dyn_parse_average_help;
}

/* Attributes of a whole model in Prisma: what they say stands at its fields here. */
static const struct dyn_foreign_word model_attributes[] = {
    {"index", NULL,
     "an index stands at its field: `name string(..80) @index`, with others `@index(within: list, "
     "sort: at)`"},
    {"unique", NULL, "it stands at its field: `email email @unique`"},
    {"id", NULL, "each field of the key has `@key`, in their order"},
    {"map", NULL, "names in the database follow from the model; a `table` has a `name`"},
};

void dyn_parse_help_model_attribute(struct dyn_parse *parse, struct dyn_diag *diag,
                                    struct dynr_str name)
{
    const struct dyn_foreign_word *word =
        dyn_foreign_find(model_attributes, COUNT(model_attributes), name);
    if (word != NULL) {
        dyn_foreign_help(parse->diags, diag, word, diag->span, false);
    } else {
        dyn_diag_help(parse->diags, diag,
                      "attributes have one `@`, and stand behind the name of the model or the type "
                      "of a field");
    }
}
