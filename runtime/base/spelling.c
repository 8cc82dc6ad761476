/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spelling.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t dynr_spelling_distance(struct dynr_str a, struct dynr_str b)
{
    size_t rows[3][DYNR_SPELLING_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = fold(a.ptr[i - 1]) == fold(b.ptr[j - 1]) ? 0 : 1;
            row[j] = smaller(smaller(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                row[j] = smaller(row[j], before[j - 2] + 1);
            }
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.len] == 0 && !dynr_str_equal(a, b) ? 1 : last[b.len];
}

bool dynr_spelling_is_nearer(struct dynr_str written, struct dynr_str candidate, size_t *distance)
{
    size_t limit = written.len / 3 > 1 ? written.len / 3 : 1;
    /* By their lengths alone they may be too far apart. */
    if (written.len == 0 || candidate.len == 0 || written.len > DYNR_SPELLING_MAX ||
        candidate.len > DYNR_SPELLING_MAX || candidate.len > written.len + limit ||
        written.len > candidate.len + limit) {
        return false;
    }
    size_t found = dynr_spelling_distance(written, candidate);
    if (found > limit || found >= *distance) {
        return false;
    }
    *distance = found;
    return true;
}
