/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a policy is decided before all of its rows are read: what is derived for policies of every form; and, for random ones,
 * that it is what three-valued logic says, whatever the other rows are, and that some grant of a write needs no more rows.
 */
#include "plan_fixture.h"
#include "test_main.h"
#include "test_tools.h"

#include <stdio.h>
#include <string.h>

#define FIELDS "f bool?  g bool = false  n int?"

static const char models[] =
    "model X { id ulid @key @auto  " FIELDS " }\n"
    "model Y { id ulid @key @auto  " FIELDS " }\n"
    "model A { id ulid @key @auto  " FIELDS " }\n"
    "model B { id ulid @key @auto  up A  " FIELDS " }\n"
    "model D { id ulid @key @auto  up B  side A? @index  " FIELDS " }\n"
    "context Caller { userId ulid @claim(\"sub\")  k ulid  p bool?  q int? }\n"
    "policy X { allow read }\n"
    "policy Y { allow read }\n";

/* Gates by a key, of reads and writes; a filter of rows; a row that is new. */
static const char procedures[] =
    "router r(caller: Caller) {\n"
    "  query gate(id: ulid)        { get D(id) }\n"
    "  query rows(side: ref A)     { from D by side == side  take 5 }\n"
    "  mutation write(id: ulid)    { update D(id) set g = true }\n"
    "  mutation show(id: ulid) -> D { update D(id) set g = true }\n"
    "  mutation make(id: ulid, up: ref B) { create D { id, up } }\n"
    "}\n";

static void start(struct plan_run *run, const char *policies)
{
    char source[6000];
    int n = snprintf(source, sizeof source, "%s%s%s", models, policies, procedures);
    DYNR_ASSERT(n > 0 && (size_t)n < sizeof source);
    plan_run_start(run, source, NULL);
}

/* Fields that no policy of a case reads are warned about. */
static bool compiles(struct plan_run *run)
{
    bool good = run->plan != NULL && run->diags.n_errors == 0;
    if (!DYNR_ASSERT(good)) {
        struct dynr_str text = plan_run_rendered(run);
        (void)fprintf(stderr, "%.*s\n", (int)text.len, text.ptr);
    }
    return good;
}

/* ---- what is derived --------------------------------------------------------------------------------------------- */

static void write_early(struct dynr_buf *out, const char *label, const struct dyn_expr *expr)
{
    if (expr != NULL) {
        dynr_buf_append_c(out, label);
        dyn_expr_write(expr, out);
    }
}

/* "self; x + self.f - not self.f": each look-up, and what allows and denies before it. */
static struct dynr_str describe(struct plan_run *run, const struct dyn_plan_predicate *predicate)
{
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_lookup *lookup = &predicate->lookups[i];
        dynr_buf_append_c(&out, i == 0 ? "" : "; ");
        dynr_buf_append_str(&out, lookup->name);
        write_early(&out, " + ", lookup->allows);
        write_early(&out, " - ", lookup->denies);
    }
    struct dynr_str text = dynr_arena_dup(&run->arena, dynr_buf_str(&out));
    dynr_buf_cleanup(&out);
    return text;
}

struct derivation {
    /* For D; A and B stay as they are. */
    const char *allow;
    /* Of reads: the gate of `gate`, and the filter of `rows` where it is not empty. */
    const char *gate;
    const char *rows;
};

static const struct derivation derivations[] = {
    /* The last row decides together with all, which is no early decision. */
    {".f", "self", NULL},
    {".f or x exists", "self; x + self.f", "x + .f"},
    {".f and x exists", "self; x - not self.f", ""},
    {"not .f or x exists", "self; x + not self.f", NULL},
    {"not (.f and x exists)", "self; x + not self.f", NULL},
    {"not (.f or x exists)", "self; x - self.f", NULL},
    {"not (.f or not x exists)", "self; x - self.f", NULL},
    /* Who calls decides before anything is read. */
    {"caller.p or .f", "self + caller.p", NULL},
    {"caller.p and .f", "self - not caller.p", NULL},
    {"caller.p or .f or x exists", "self + caller.p; x + caller.p or self.f", "x + caller.p or .f"},
    /* Comparisons with what is missing are false, and what is not true denies. */
    {".n == 1 and x.n == 2", "self; x - not self.n == 1", NULL},
    {"not .n == 1 and x.n == 2", "self; x - self.n == 1", NULL},
    {".n == null or x.f", "self; x + not self.n exists", NULL},
    {"not x exists or y exists", "x; y + not x exists", ""},
    /* What compares two rows needs both. */
    {"x.n == y.n", "x; y", ""},
    {"x.n == y.n or x.f", "x; y + x.f", ""},
    {"x.n == y.n and x.f", "x; y - not x.f", ""},
    /* A key that is made of another row's field. */
    {".up.read",
     "self; up; up2 - not up exists; x + up exists and up2 exists and up2.f - not up exists or "
     "not up2 exists",
     "up; up2 - not up exists; x + up exists and up2 exists and up2.f - not up exists or not up2 "
     "exists"},
    /* Three rows, each of which is enough. */
    {"x exists or y exists or .f", "x; y + x exists; self + x exists or y exists",
     "x + .f; y + x exists or .f"},
    {"x exists and y exists and .f", "x; y - not x exists; self - not x exists or not y exists",
     NULL},
    /* In two branches: each alone does not decide. */
    {"(.f and x.f) or (.g and y.f)",
     "self; x - not self.f and not self.g; "
     "y + self.f and x.f - (not self.f or not x.f) and not self.g",
     NULL},
};

static const char *const above = "policy A { let x = X(.id)  allow read if .f or x exists\n"
                                 "  allow write if .f }\n"
                                 "policy B { allow read if .up.read  allow write if .up.write }\n";

static void early_decisions_are_those_of_three_valued_logic(void)
{
    for (size_t i = 0; i < sizeof derivations / sizeof derivations[0]; i++) {
        const struct derivation *derivation = &derivations[i];
        struct plan_run run;
        char policies[1000];
        (void)snprintf(policies, sizeof policies,
                       "%spolicy D { let x = X(caller.k)  let y = Y(caller.userId)\n"
                       "  allow read if %s  allow write if caller.p }\n",
                       above, derivation->allow);
        start(&run, policies);
        if (compiles(&run)) {
            const struct dyn_plan_procedure *gate = plan_run_procedure(&run, "r.gate");
            const struct dyn_plan_procedure *rows = plan_run_procedure(&run, "r.rows");
            DYNR_ASSERT_STR(describe(&run, &gate->query->variants[0].gate), derivation->gate);
            if (derivation->rows != NULL) {
                DYNR_ASSERT_STR(describe(&run, &rows->query->variants[0].row_filter),
                                derivation->rows);
            }
        }
        plan_run_end(&run);
    }
}

static void grants_say_how_many_rows_they_read(void)
{
    struct plan_run run;
    char policies[1000];
    (void)snprintf(policies, sizeof policies,
                   "%spolicy D { let x = X(caller.k)  let y = Y(caller.userId)\n"
                   "  allow read  allow write if x exists or .f or (not y exists and caller.p) or "
                   "caller.p }\n",
                   above);
    start(&run, policies);
    DYNR_ASSERT(compiles(&run));
    const struct dyn_plan_write_gate *gate = &plan_run_procedure(&run, "r.write")->writes[0].gate;
    static const size_t expected[] = {1, 2, 3, 0};
    DYNR_ASSERT_STR(
        describe(&run, &gate->predicate),
        "x + caller.p; self + x exists or caller.p; "
        "y + x exists or self.f or caller.p - not x exists and not self.f and not caller.p");
    DYNR_ASSERT_INT(gate->n_grants, 4);
    for (size_t i = 0; i < gate->n_grants && i < 4; i++) {
        DYNR_ASSERT_INT(gate->grants[i].n_lookups, expected[i]);
        /* `not y exists`: nothing is tried on what an absent row would say. */
        DYNR_ASSERT(gate->grants[i].is_direct == (i != 2));
    }
    plan_run_end(&run);
}

static void least_reads_are_those_of_who_passes_soonest(void)
{
    static const struct {
        const char *allow;
        double min;
        double max;
    } cases[] = {
        {"x exists or y exists", 1, 2},
        /* The only way, which is tried unread; and one that cannot be. */
        {"x exists and y exists", 0, 2},
        {"x exists and not y exists", 2, 2},
        {"x exists and x.n != 2", 1, 1},
        {"x.n == caller.q and x.f", 0, 1},
        {"x.n in [1, 2] and caller.p", 0, 1},
        /* What is there, or is ordered, in the store may be unknown in memory. */
        {"x.n >= 2", 1, 1},
        {"x.n between 1 and 2", 1, 1},
        {"x.n != null", 1, 1},
        {"x.n == x.n", 1, 1},
        {"caller.p or x exists", 0, 1},
        {"x exists and (caller.p or y exists)", 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan_run run;
        char policies[1000];
        (void)snprintf(policies, sizeof policies,
                       "%spolicy D { let x = X(caller.k)  let y = Y(caller.userId)\n"
                       "  allow read  allow create if %s  allow write if caller.p }\n",
                       above, cases[i].allow);
        start(&run, policies);
        DYNR_ASSERT(compiles(&run));
        const struct dyn_cost *cost = &plan_run_procedure(&run, "r.make")->cost;
        DYNR_ASSERT(cost->read_min == cases[i].min);
        DYNR_ASSERT(cost->read_max == cases[i].max);
        plan_run_end(&run);
    }
}

static void a_row_with_a_key_of_several_parts_is_known_below_itself(void)
{
    static const struct {
        const char *path;
        bool is_get;
        bool is_live;
    } cases[] = {
        {"q.board", true, true},
        {"q.shelf", true, true},
        /* Which of the rooms the shelves stand in is only known row by row. */
        {"q.named", false, true},
    };
    struct plan_run run;
    plan_run_start(&run,
                   "model User { id ulid @key @auto }\n"
                   "model Room { building string(1..20) @key  number int @key  owner User @index\n"
                   "  shelves Shelf[] via Shelf.room }\n"
                   "model Shelf in room: Room { id ulid @key @auto  books Book[] via Book.shelf }\n"
                   "model Book in shelf: Shelf { id ulid @key @auto  pages int }\n"
                   "context Caller { userId ulid @claim(\"sub\") }\n"
                   "policy User { allow read }\n"
                   "policy Room { allow read if .owner == caller.userId }\n"
                   "policy Shelf { allow read if .room.read }\n"
                   "policy Book { allow read if .shelf.read }\n"
                   "router q(caller: Caller) {\n"
                   "  query board(room: ref Room) { get Room(room)  include shelves { take 9 }\n"
                   "    count shelves as n }\n"
                   "  query shelf(shelf: ref Shelf) { get Shelf(shelf)  include books { take 9 }\n"
                   "    sum books.pages as pages }\n"
                   "  query named(owner: ref User) { from Room by owner == owner  take 9\n"
                   "    include shelves { take 9 } }\n"
                   "}\n",
                   NULL);
    DYNR_ASSERT(compiles(&run));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dyn_plan_procedure *procedure = plan_run_procedure(&run, cases[i].path);
        const struct dyn_plan_query *query = procedure->query;
        DYNR_ASSERT((procedure->live != NULL) == cases[i].is_live);
        bool is_get = cases[i].is_get;
        DYNR_ASSERT((query->variants[0].gate.n_lookups > 0) == is_get);
        for (size_t k = 0; k < query->shape.n_members; k++) {
            const struct dyn_plan_include *include = query->shape.members[k].include;
            const struct dyn_plan_aggregate *aggregate = query->shape.members[k].aggregate;
            DYNR_ASSERT(!is_get || include == NULL || include->variant.row_filter.n_lookups == 0);
            DYNR_ASSERT(!is_get || aggregate == NULL ||
                        aggregate->variant.row_filter.n_lookups == 0);
        }
    }
    plan_run_end(&run);
}

/* ---- random policies ------------------------------------------------------------------------------------------------ */

#define SAMPLES 600
#define WORLDS  24

static struct dynr_test_random rng;

static size_t below(size_t bound)
{
    return (size_t)dynr_test_random_below(&rng, bound);
}

static const char *const common_leaves[] = {
    "caller.p",        ".f",           ".g",         ".n == 1",      ".n != 2",
    ".n == caller.q",  "x exists",     "y exists",   "not x exists", "x.f",
    "y.n == 1",        "x.n == y.n",   "y.n >= x.n", ".n < x.n",     ".n != null",
    "x.n == caller.q", "x.n in [1, 2]"};
static const char *const lower_leaves[] = {".up.read", ".up.write", ".up.read"};

/* A random condition; `lower`: it may delegate. */
static void write_condition(struct dynr_buf *out, bool lower, unsigned depth)
{
    size_t form = below(depth == 0 ? 1 : 6);
    if (form < 2) {
        size_t n = sizeof common_leaves / sizeof common_leaves[0];
        bool delegates = lower && below(3) == 0;
        dynr_buf_append_c(out, delegates ? lower_leaves[below(3)] : common_leaves[below(n)]);
        return;
    }
    dynr_buf_append_c(out, form == 5 ? "not (" : "(");
    write_condition(out, lower, depth - 1);
    if (form < 5) {
        dynr_buf_append_c(out, form == 2 ? " and " : " or ");
        write_condition(out, lower, depth - 1);
    }
    dynr_buf_append_char(out, ')');
}

static void write_policy(struct dynr_buf *out, const char *model, bool lower)
{
    static const char *const keys[] = {".id", "caller.k", "caller.userId"};
    dynr_buf_printf(out, "policy %s { let x = X(%s)  let y = Y(%s)\n  allow read if ", model,
                    keys[below(3)], keys[below(3)]);
    write_condition(out, lower, 3);
    dynr_buf_append_c(out, "\n  allow write if ");
    write_condition(out, lower, 2);
    dynr_buf_append_c(out, " }\n");
}

/* What is stored: a number says for each field what it is. Rows of look-ups from `n_known` on were not read. */
struct world {
    const struct dyn_plan_predicate *predicate;
    uint64_t seeds[32];
    uint64_t input;
    size_t n_known;
    /** The condition of a check is about the row of this look-up; NULL: of none. */
    const uint64_t *row;
};

static uint64_t mix(uint64_t seed, uint64_t value)
{
    uint64_t x = (seed ^ value * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    return x ^ x >> 31;
}

struct operand {
    bool is_there;
    int64_t value;
};

static size_t lookup_index(const struct world *world, const struct dyn_expr *expr)
{
    size_t i = 0;
    while (i < world->predicate->n_lookups && world->predicate->lookups[i].lookup != expr->lookup) {
        i++;
    }
    DYNR_ASSERT(i < world->predicate->n_lookups);
    return i;
}

static struct operand field_of(uint64_t seed, const struct dyn_field *field)
{
    uint64_t bits = mix(seed, field->index + 1);
    bool is_bool = field->type->kind == DYN_TYPE_BOOL;
    struct operand operand = {!field->type->optional || bits % 4 != 0,
                              (int64_t)(bits >> 8) % (is_bool ? 2 : 3)};
    return operand;
}

static struct operand value_of(const struct world *world, const struct dyn_expr *expr)
{
    struct operand nothing = {false, 0};
    struct operand literal = {true, expr->integer};
    if (expr->kind == DYN_EXPR_INT) {
        return literal;
    }
    if (expr->kind == DYN_EXPR_ROW && world->row != NULL) {
        return field_of(*world->row, expr->field);
    }
    if (expr->kind == DYN_EXPR_CALLER || expr->kind == DYN_EXPR_ROW) {
        return field_of(mix(world->input, expr->kind), expr->field);
    }
    if (!DYNR_ASSERT(expr->kind == DYN_EXPR_LOOKUP)) {
        return nothing;
    }
    size_t i = lookup_index(world, expr);
    bool is_there = i < world->n_known && world->seeds[i] % 3 != 0;
    if (!is_there || expr->field == NULL) {
        nothing.is_there = is_there;
        return nothing;
    }
    return field_of(world->seeds[i], expr->field);
}

static bool compares(enum dyn_expr_kind kind, int64_t left, int64_t right)
{
    switch ((unsigned)kind) {
    case DYN_EXPR_EQUAL:
        return left == right;
    case DYN_EXPR_NOT_EQUAL:
        return left != right;
    case DYN_EXPR_LESS:
        return left < right;
    case DYN_EXPR_LESS_EQUAL:
        return left <= right;
    case DYN_EXPR_GREATER:
        return left > right;
    case DYN_EXPR_GREATER_EQUAL:
        return left >= right;
    default:
        return !DYNR_ASSERT(false);
    }
}

static bool leaf_holds(const struct world *world, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_BOOL) {
        return expr->boolean;
    }
    if (expr->left == NULL) {
        struct operand flag = value_of(world, expr);
        return flag.is_there && flag.value != 0;
    }
    struct operand left = value_of(world, expr->left);
    if (expr->kind == DYN_EXPR_EXISTS) {
        return left.is_there;
    }
    bool any = false;
    for (size_t i = 0; i < expr->n_items; i++) {
        struct operand item = value_of(world, expr->items[i]);
        any = any || (left.is_there && item.is_there && left.value == item.value);
    }
    if (expr->kind == DYN_EXPR_IN) {
        return any;
    }
    struct operand right = value_of(world, expr->right);
    return left.is_there && right.is_there && compares(expr->kind, left.value, right.value);
}

static bool is_known(const struct world *world, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return true;
    }
    if (expr->kind == DYN_EXPR_LOOKUP && lookup_index(world, expr) >= world->n_known) {
        return false;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (!is_known(world, expr->items[i])) {
            return false;
        }
    }
    return is_known(world, expr->left) && is_known(world, expr->right);
}

/* 1: true, -1: false, 0: that depends on rows that are not known. */
static int meaning(const struct world *world, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_NOT) {
        return -meaning(world, expr->left);
    }
    if (expr->kind == DYN_EXPR_AND || expr->kind == DYN_EXPR_OR) {
        int left = meaning(world, expr->left);
        int right = meaning(world, expr->right);
        bool least = expr->kind == DYN_EXPR_AND;
        return (left < right) == least ? left : right;
    }
    if (!is_known(world, expr)) {
        return 0;
    }
    return leaf_holds(world, expr) ? 1 : -1;
}

/* As the runtime asks: rows that were not read look like rows that are not there. */
static bool holds(const struct world *world, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_NOT:
        return !holds(world, expr->left);
    case DYN_EXPR_AND:
        return holds(world, expr->left) && holds(world, expr->right);
    case DYN_EXPR_OR:
        return holds(world, expr->left) || holds(world, expr->right);
    default:
        return leaf_holds(world, expr);
    }
}

static void new_rows(struct world *world, size_t from)
{
    for (size_t i = from; i < world->predicate->n_lookups; i++) {
        world->seeds[i] = dynr_test_random_next(&rng);
    }
}

/* How many rows are read, and what they say. */
static size_t decide(struct world *world, bool *out_allowed)
{
    const struct dyn_plan_predicate *predicate = world->predicate;
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        world->n_known = i;
        bool allows = holds(world, predicate->lookups[i].allows);
        bool denies = holds(world, predicate->lookups[i].denies);
        DYNR_ASSERT(!(allows && denies));
        DYNR_ASSERT_INT(meaning(world, predicate->expr), (int)allows - (int)denies);
        if (allows || denies) {
            *out_allowed = allows;
            return i;
        }
    }
    world->n_known = predicate->n_lookups;
    *out_allowed = holds(world, predicate->expr);
    return predicate->n_lookups;
}

static size_t n_early;

static void check_grants(struct world *world, const struct dyn_plan_write_gate *gate, size_t n_read)
{
    bool found = gate->n_grants == 0;
    world->n_known = n_read;
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        if (grant->n_lookups > n_read) {
            continue;
        }
        DYNR_ASSERT(grant->expr == NULL || is_known(world, grant->expr));
        for (size_t k = 0; k < grant->n_checks; k++) {
            DYNR_ASSERT(grant->checks[k].lookup < grant->n_lookups);
            for (size_t v = 0; v < grant->checks[k].filter.n_values; v++) {
                DYNR_ASSERT(is_known(world, grant->checks[k].filter.values[v].value));
            }
        }
        found = found || grant->expr == NULL || holds(world, grant->expr);
    }
    DYNR_ASSERT(found);
}

static size_t n_direct;

/* What a transaction that checks a direct grant lets pass is allowed. Nothing is asked of rows that were not read. */
static void check_direct(struct world *world, const struct dyn_plan_write_gate *gate, bool allowed)
{
    for (size_t i = 0; i < gate->n_grants; i++) {
        const struct dyn_plan_grant *grant = &gate->grants[i];
        world->n_known = 0;
        bool passes =
            grant->is_direct && (grant->stands == NULL || meaning(world, grant->stands) == 1);
        for (size_t k = 0; k < grant->n_checks && passes; k++) {
            const struct dyn_plan_check *check = &grant->checks[k];
            DYNR_ASSERT(!check->may_be_absent);
            for (size_t v = 0; v < check->filter.n_values; v++) {
                DYNR_ASSERT(is_known(world, check->filter.values[v].value));
            }
            world->row = &world->seeds[check->lookup];
            passes = *world->row % 3 != 0;
            if (check->filter.text.len > 0 && DYNR_ASSERT(check->filter.expr != NULL)) {
                passes = passes && meaning(world, check->filter.expr) == 1;
            }
            world->row = NULL;
        }
        DYNR_ASSERT(!passes || allowed);
        n_direct += passes ? 1 : 0;
    }
}

/* In worlds of many kinds: what is decided early stays true whatever the rows are that were not read. */
static void check_predicate(const struct dyn_plan_predicate *predicate,
                            const struct dyn_plan_write_gate *gate)
{
    struct world world = {.predicate = predicate};
    if (predicate->expr == NULL ||
        !DYNR_ASSERT(predicate->n_lookups <= sizeof world.seeds / sizeof world.seeds[0])) {
        return;
    }
    for (size_t i = 0; i < WORLDS; i++) {
        bool allowed = false;
        world.input = dynr_test_random_next(&rng);
        new_rows(&world, 0);
        size_t n_read = decide(&world, &allowed);
        if (allowed && gate != NULL) {
            check_grants(&world, gate, n_read);
        }
        if (gate != NULL) {
            check_direct(&world, gate, allowed);
        }
        n_early += n_read < predicate->n_lookups ? 1 : 0;
        for (size_t k = 0; k < 8; k++) {
            world.n_known = predicate->n_lookups;
            DYNR_ASSERT(holds(&world, predicate->expr) == allowed);
            new_rows(&world, n_read);
        }
    }
}

static void check_plan(struct plan_run *run)
{
    static const char *const writes[] = {"r.write", "r.show", "r.make"};
    const struct dyn_plan_query *gate = plan_run_procedure(run, "r.gate")->query;
    const struct dyn_plan_query *rows = plan_run_procedure(run, "r.rows")->query;
    check_predicate(&gate->variants[0].gate, NULL);
    check_predicate(&rows->variants[0].gate, NULL);
    check_predicate(&rows->variants[0].row_filter, NULL);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        const struct dyn_plan_procedure *procedure = plan_run_procedure(run, writes[i]);
        check_predicate(&procedure->writes[0].gate.predicate, &procedure->writes[0].gate);
    }
}

static void random_policies_are_decided_as_by_all_rows(void)
{
    size_t n_planned = 0;
    rng.state = 20261120;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct plan_run run;
        struct dynr_buf policies;
        dynr_buf_init(&policies, NULL, 0);
        write_policy(&policies, "A", false);
        write_policy(&policies, "B", true);
        write_policy(&policies, "D", true);
        dynr_buf_append_char(&policies, '\0');
        start(&run, policies.ptr);
        /* What nobody may do, and what no transaction can check, does not compile. */
        if (run.plan != NULL && run.diags.n_errors == 0) {
            n_planned++;
            check_plan(&run);
        }
        plan_run_end(&run);
        dynr_buf_cleanup(&policies);
    }
    DYNR_ASSERT(n_planned > SAMPLES / 8);
    DYNR_ASSERT(n_early > n_planned * WORLDS);
    DYNR_ASSERT(n_direct > n_planned);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(early_decisions_are_those_of_three_valued_logic),
    DYNR_TEST(grants_say_how_many_rows_they_read),
    DYNR_TEST(least_reads_are_those_of_who_passes_soonest),
    DYNR_TEST(a_row_with_a_key_of_several_parts_is_known_below_itself),
    DYNR_TEST(random_policies_are_decided_as_by_all_rows),
};

int main(void)
{
    return dynr_test_main("plan-policy", tests, DYNR_TEST_COUNT(tests));
}
