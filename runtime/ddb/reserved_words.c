/* SPDX-License-Identifier: Apache-2.0 */
/* The service's reserved words, by binary search over a list that is sorted at build time. */
#include "ddb/expression.h"

#define LONGEST_WORD 15u

static const char *const words[] = {
#define DYNR_RESERVED_WORD(name) #name,
#include "ddb_reserved_words.def"
#undef DYNR_RESERVED_WORD
};

bool dynr_is_reserved_word(struct dynr_str name)
{
    char upper[LONGEST_WORD];
    if (name.len == 0 || name.len > sizeof upper) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    struct dynr_str wanted = dynr_str_make(upper, name.len);
    size_t low = 0;
    size_t high = sizeof words / sizeof words[0];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = dynr_str_compare(dynr_str_from_c(words[middle]), wanted);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}
