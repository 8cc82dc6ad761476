/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an item satisfies a condition. An operand that is missing makes a comparison false, save for `<>`, which is
 * the negation of `=` as in the service. Recursion is bounded by DYNR_EXPRESSION_MAX_OPERATORS.
 */
#include "ddb/expression_bound.h"

#include "base/number_text.h"

/** Up to this length a needle is looked for at every place where its first byte stands. */
#define SHORT_NEEDLE 16u

struct evaluation {
    const struct dynr_bound_expression *bound;
    const struct dynr_attribute *item;
    struct dynr_arena *arena;
    struct dynr_error *err;
    enum dynr_status status;
};

/* An operand's value, and where a size is kept while it is compared. */
struct operand {
    const struct dynr_attribute *value;
    struct dynr_attribute size;
    char digits[20];
};

static void resolve(const struct evaluation *evaluation, const struct dynr_ast_node *node,
                    struct operand *out);

/*
 * "The length of the string", which the documents do not explain: AWS's own DynamoDB Local and dynalite count UTF-16 units, as
 * Java's and JavaScript's strings do.
 */
static size_t utf16_length(struct dynr_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        /* Each character begins with another byte than 10xxxxxx; those of four bytes are a pair. */
        n += (byte & 0xc0) == 0x80 ? 0 : (byte >= 0xf0 ? 2 : 1);
    }
    return n;
}

static void resolve_size(const struct evaluation *evaluation, const struct dynr_ast_node *node,
                         struct operand *out)
{
    struct operand argument;
    size_t size = 0;
    resolve(evaluation, node->first, &argument);
    if (argument.value == NULL) {
        return;
    }
    switch (argument.value->type) {
    case DYNR_ATTRIBUTE_S:
        size = utf16_length(argument.value->text);
        break;
    case DYNR_ATTRIBUTE_B:
        size = argument.value->text.len;
        break;
    case DYNR_ATTRIBUTE_M:
    case DYNR_ATTRIBUTE_L:
    case DYNR_ATTRIBUTE_SS:
    case DYNR_ATTRIBUTE_NS:
    case DYNR_ATTRIBUTE_BS:
        size = argument.value->n_children;
        break;
    case DYNR_ATTRIBUTE_NONE:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_BOOL:
    case DYNR_ATTRIBUTE_NULL:
        /* These have no size. */
        return;
    }
    memset(&out->size, 0, sizeof out->size);
    out->size.type = DYNR_ATTRIBUTE_N;
    out->size.text = dynr_str_make(out->digits, dynr_int64_format((int64_t)size, out->digits));
    out->value = &out->size;
}

static void resolve(const struct evaluation *evaluation, const struct dynr_ast_node *node,
                    struct operand *out)
{
    out->value = NULL;
    if (node->kind == DYNR_AST_VALUE) {
        out->value = dynr_bound_value(evaluation->bound, node);
    } else if (node->kind == DYNR_AST_PATH) {
        const struct dynr_path *path = dynr_bound_path(evaluation->bound, node);
        out->value = dynr_path_find(path, path->n_parts, evaluation->item);
    } else if (node->function == DYNR_FUNCTION_SIZE) {
        resolve_size(evaluation, node, out);
    }
}

static bool compare(enum dynr_ast_op op, const struct dynr_attribute *a,
                    const struct dynr_attribute *b)
{
    if (op == DYNR_OP_EQ || op == DYNR_OP_NE) {
        bool equal = a != NULL && b != NULL && dynr_attribute_equal(a, b);
        return equal == (op == DYNR_OP_EQ);
    }
    int order;
    if (a == NULL || b == NULL || !dynr_attribute_compare(a, b, &order)) {
        return false;
    }
    switch (op) {
    case DYNR_OP_LT:
        return order < 0;
    case DYNR_OP_LE:
        return order <= 0;
    case DYNR_OP_GT:
        return order > 0;
    case DYNR_OP_GE:
        return order >= 0;
    case DYNR_OP_NONE:
    case DYNR_OP_EQ:
    case DYNR_OP_NE:
        break;
    }
    return false;
}

static bool find_short(struct dynr_str text, struct dynr_str needle)
{
    const char *at = text.ptr;
    size_t left = text.len;
    while (left >= needle.len) {
        const char *hit = memchr(at, needle.ptr[0], left - needle.len + 1);
        if (hit == NULL) {
            return false;
        }
        if (memcmp(hit, needle.ptr, needle.len) == 0) {
            return true;
        }
        left -= (size_t)(hit - at) + 1;
        at = hit + 1;
    }
    return false;
}

/* Knuth, Morris and Pratt's search: linear also for long needles that nearly match everywhere. */
static bool find_long(struct evaluation *evaluation, struct dynr_str text, struct dynr_str needle)
{
    size_t *border = dynr_arena_calloc(evaluation->arena, needle.len, sizeof *border);
    if (border == NULL) {
        evaluation->status = dynr_fail(evaluation->err, DYNR_ERR_NO_MEMORY, NULL);
        return false;
    }
    for (size_t i = 1, matched = 0; i < needle.len; i++) {
        while (matched > 0 && needle.ptr[i] != needle.ptr[matched]) {
            matched = border[matched - 1];
        }
        matched += needle.ptr[i] == needle.ptr[matched];
        border[i] = matched;
    }
    for (size_t i = 0, matched = 0; i < text.len; i++) {
        while (matched > 0 && text.ptr[i] != needle.ptr[matched]) {
            matched = border[matched - 1];
        }
        matched += text.ptr[i] == needle.ptr[matched];
        if (matched == needle.len) {
            return true;
        }
    }
    return false;
}

static bool has_text(struct evaluation *evaluation, struct dynr_str text, struct dynr_str needle)
{
    if (needle.len == 0 || needle.len > text.len) {
        return needle.len == 0;
    }
    return needle.len <= SHORT_NEEDLE ? find_short(text, needle)
                                      : find_long(evaluation, text, needle);
}

static bool contains(struct evaluation *evaluation, const struct dynr_attribute *whole,
                     const struct dynr_attribute *part)
{
    if (whole == NULL || part == NULL) {
        return false;
    }
    if (whole->type == DYNR_ATTRIBUTE_S || whole->type == DYNR_ATTRIBUTE_B) {
        return part->type == whole->type && has_text(evaluation, whole->text, part->text);
    }
    if (whole->type != DYNR_ATTRIBUTE_L && whole->type != DYNR_ATTRIBUTE_SS &&
        whole->type != DYNR_ATTRIBUTE_NS && whole->type != DYNR_ATTRIBUTE_BS) {
        return false;
    }
    for (size_t i = 0; i < whole->n_children; i++) {
        if (dynr_attribute_equal(&whole->elements[i], part)) {
            return true;
        }
    }
    return false;
}

static bool begins_with(const struct dynr_attribute *whole, const struct dynr_attribute *start)
{
    return whole != NULL && start != NULL && whole->type == start->type &&
           (whole->type == DYNR_ATTRIBUTE_S || whole->type == DYNR_ATTRIBUTE_B) &&
           dynr_str_starts_with(whole->text, start->text);
}

static bool holds_call(struct evaluation *evaluation, const struct dynr_ast_node *node)
{
    struct operand first;
    struct operand second = {.value = NULL};
    resolve(evaluation, node->first, &first);
    if (node->n_operands > 1) {
        resolve(evaluation, node->first->next, &second);
    }
    switch (node->function) {
    case DYNR_FUNCTION_ATTRIBUTE_EXISTS:
        return first.value != NULL;
    case DYNR_FUNCTION_ATTRIBUTE_NOT_EXISTS:
        return first.value == NULL;
    case DYNR_FUNCTION_ATTRIBUTE_TYPE:
        return first.value != NULL && second.value != NULL &&
               dynr_str_equal_c(second.value->text, dynr_attribute_type_name(first.value->type));
    case DYNR_FUNCTION_BEGINS_WITH:
        return begins_with(first.value, second.value);
    case DYNR_FUNCTION_CONTAINS:
        return contains(evaluation, first.value, second.value);
    case DYNR_FUNCTION_NONE:
    case DYNR_FUNCTION_SIZE:
    case DYNR_FUNCTION_IF_NOT_EXISTS:
    case DYNR_FUNCTION_LIST_APPEND:
        break;
    }
    return false;
}

static bool holds_between(const struct evaluation *evaluation, const struct dynr_ast_node *node)
{
    struct operand value;
    struct operand low;
    struct operand high;
    resolve(evaluation, node->first, &value);
    resolve(evaluation, node->first->next, &low);
    resolve(evaluation, node->first->next->next, &high);
    return compare(DYNR_OP_GE, value.value, low.value) &&
           compare(DYNR_OP_LE, value.value, high.value);
}

static bool holds_in(const struct evaluation *evaluation, const struct dynr_ast_node *node)
{
    struct operand value;
    resolve(evaluation, node->first, &value);
    const struct dynr_ast_node *choice = node->first->next;
    for (; choice != NULL; choice = choice->next) {
        struct operand operand;
        resolve(evaluation, choice, &operand);
        if (compare(DYNR_OP_EQ, value.value, operand.value)) {
            return true;
        }
    }
    return false;
}

static bool holds_compare(const struct evaluation *evaluation, const struct dynr_ast_node *node)
{
    struct operand left;
    struct operand right;
    resolve(evaluation, node->first, &left);
    resolve(evaluation, node->first->next, &right);
    return compare(node->op, left.value, right.value);
}

static bool holds(struct evaluation *evaluation, const struct dynr_ast_node *node)
{
    switch (node->kind) {
    case DYNR_AST_AND:
        return holds(evaluation, node->first) && holds(evaluation, node->first->next);
    case DYNR_AST_OR:
        return holds(evaluation, node->first) || holds(evaluation, node->first->next);
    case DYNR_AST_NOT:
        return !holds(evaluation, node->first);
    case DYNR_AST_COMPARE:
        return holds_compare(evaluation, node);
    case DYNR_AST_BETWEEN:
        return holds_between(evaluation, node);
    case DYNR_AST_IN:
        return holds_in(evaluation, node);
    case DYNR_AST_CALL:
        return holds_call(evaluation, node);
    case DYNR_AST_PATH:
    case DYNR_AST_VALUE:
    case DYNR_AST_SUM:
    case DYNR_AST_DIFFERENCE:
        break;
    }
    return false;
}

enum dynr_status dynr_condition_holds(const struct dynr_bound_expression *condition,
                                      const struct dynr_attribute *item, struct dynr_arena *arena,
                                      bool *out, struct dynr_error *err)
{
    static const struct dynr_attribute no_item = {.type = DYNR_ATTRIBUTE_M};
    *out = false;
    if (condition->expression->root == NULL) {
        return dynr_fail(err, DYNR_ERR_INTERNAL, "not a condition");
    }
    struct evaluation evaluation = {condition, item == NULL ? &no_item : item, arena, err, DYNR_OK};
    bool result = holds(&evaluation, condition->expression->root);
    *out = result && evaluation.status == DYNR_OK;
    return evaluation.status;
}
