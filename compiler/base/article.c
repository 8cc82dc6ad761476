/* SPDX-License-Identifier: Apache-2.0 */
#include "base/article.h"

#include <stdbool.h>

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool begins(struct dynr_str name, const char *with)
{
    size_t i = 0;
    while (i < name.len && with[i] != '\0' && lower(name.ptr[i]) == with[i]) {
        i++;
    }
    return with[i] == '\0';
}

const char *dyn_article(struct dynr_str name)
{
    /* The first that fits counts. */
    static const struct {
        const char *with;
        const char *article;
    } sounds[] = {
        {"heir", "an"}, {"honest", "an"}, {"honor", "an"}, {"honour", "an"}, {"hour", "an"},
        {"eu", "a"},    {"once", "a"},    {"one", "a"},    {"unin", "an"},   {"unim", "an"},
        {"uni", "a"},   {"ub", "a"},      {"uk", "a"},     {"ur", "a"},      {"us", "a"},
        {"ut", "a"},    {"uu", "a"},      {"a", "an"},     {"e", "an"},      {"i", "an"},
        {"o", "an"},    {"u", "an"},
    };
    for (size_t i = 0; i < sizeof sounds / sizeof sounds[0]; i++) {
        if (begins(name, sounds[i].with)) {
            return sounds[i].article;
        }
    }
    return "a";
}
