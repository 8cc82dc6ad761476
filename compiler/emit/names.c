/* SPDX-License-Identifier: Apache-2.0 */
/* Identifier conversion and the reserved words of the target languages. */
#include "emit/names.h"

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char to_lower(char c)
{
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

struct dynr_str dyn_name_snake(struct dynr_arena *arena, struct dynr_str name)
{
    char *out = dynr_arena_text(arena, 2 * name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        bool starts_word =
            is_upper(name.ptr[i]) && i > 0 && name.ptr[i - 1] != '_' &&
            (is_lower_or_digit(name.ptr[i - 1]) ||
             (i + 1 < name.len && is_lower_or_digit(name.ptr[i + 1]) && is_upper(name.ptr[i - 1])));
        if (starts_word) {
            out[len++] = '_';
        }
        out[len++] = to_lower(name.ptr[i]);
    }
    out[len] = '\0';
    return dynr_str_make(out, len);
}

struct dynr_str dyn_name_capitals(struct dynr_arena *arena, struct dynr_str name)
{
    struct dynr_str snake = dyn_name_snake(arena, name);
    char *out = dynr_arena_text(arena, snake.len + 1);
    for (size_t i = 0; i < snake.len; i++) {
        out[i] = to_upper(snake.ptr[i]);
    }
    out[snake.len] = '\0';
    return dynr_str_make(out, snake.len);
}

struct dynr_str dyn_name_pascal(struct dynr_arena *arena, struct dynr_str name)
{
    char *out = dynr_arena_text(arena, name.len + 1);
    size_t len = 0;
    bool starts_word = true;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '_' || name.ptr[i] == '.') {
            starts_word = true;
            continue;
        }
        out[len++] = starts_word ? to_upper(name.ptr[i]) : name.ptr[i];
        starts_word = false;
    }
    out[len] = '\0';
    return dynr_str_make(out, len);
}

static const char *const c_words[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "compl",
    "complex",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "co_await",
    "co_return",
    "co_yield",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "imaginary",
    "inline",
    "int",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "noreturn",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "stderr",
    "stdin",
    "stdout",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    /* Type names of <stdint.h> and <stddef.h>: a member may not be called like the type of its neighbour in C++. */
    "int8_t",
    "int16_t",
    "int32_t",
    "int64_t",
    "intptr_t",
    "intmax_t",
    "uint8_t",
    "uint16_t",
    "uint32_t",
    "uint64_t",
    "uintptr_t",
    "uintmax_t",
    "ptrdiff_t",
    "size_t",
    "max_align_t",
    "nullptr_t",
};

static const char *const ts_words[] = {
    "any",        "as",        "async",    "await",     "boolean",    "break",   "case",
    "catch",      "class",     "const",    "continue",  "debugger",   "declare", "default",
    "delete",     "do",        "else",     "enum",      "export",     "extends", "false",
    "finally",    "for",       "function", "if",        "implements", "import",  "in",
    "instanceof", "interface", "let",      "never",     "new",        "null",    "number",
    "object",     "package",   "private",  "protected", "public",     "return",  "static",
    "string",     "super",     "switch",   "symbol",    "this",       "throw",   "true",
    "try",        "type",      "typeof",   "undefined", "unknown",    "var",     "void",
    "while",      "with",      "yield",
};

static bool stands_in(struct dynr_str name, const char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        if (name.len > 0 && words[i][0] == name.ptr[0] && dynr_str_equal_c(name, words[i])) {
            return true;
        }
    }
    return false;
}

bool dyn_name_is_c_reserved(struct dynr_str name)
{
    return stands_in(name, c_words, sizeof c_words / sizeof c_words[0]);
}

bool dyn_name_is_ts_reserved(struct dynr_str name)
{
    return stands_in(name, ts_words, sizeof ts_words / sizeof ts_words[0]);
}

struct dynr_str dyn_name_c_member(struct dynr_arena *arena, struct dynr_str name)
{
    struct dynr_str snake = dyn_name_snake(arena, name);
    if (!dyn_name_is_c_reserved(snake)) {
        return snake;
    }
    return dynr_arena_printf(arena, "%.*s_", (int)snake.len, snake.ptr);
}
