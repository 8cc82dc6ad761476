/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How names of `.dyn` become names of the target languages. Every emitted identifier comes from here, so that one rule
 * holds everywhere: snake_case for C functions, members and struct tags, CAPITALS for enum constants; words that a
 * target reserves get a trailing `_` (and a warning with the origin's span).
 */
#ifndef DYN_EMIT_NAMES_H
#define DYN_EMIT_NAMES_H

#include "diag/diag.h"
#include "dynr/arena.h"

/** "TodoList", "todoList" -> "todo_list"; "userID" -> "user_id"; "HTTPServer" -> "http_server"; "a1B" -> "a1_b". */
struct dynr_str dyn_name_snake(struct dynr_arena *arena, struct dynr_str name);
/** "lowPriority" -> "LOW_PRIORITY". */
struct dynr_str dyn_name_capitals(struct dynr_arena *arena, struct dynr_str name);
/** "todo_list", "todoList" -> "TodoList". */
struct dynr_str dyn_name_pascal(struct dynr_arena *arena, struct dynr_str name);

/** Whether C11, C++17 or a common system header reserves the word. */
bool dyn_name_is_c_reserved(struct dynr_str name);
/** Whether TypeScript refuses it as a name of a declaration. */
bool dyn_name_is_ts_reserved(struct dynr_str name);

/** snake_case, with a trailing `_` where C or C++ reserves it: a struct member, a parameter. */
struct dynr_str dyn_name_c_member(struct dynr_arena *arena, struct dynr_str name);

#endif
