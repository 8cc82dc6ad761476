/* SPDX-License-Identifier: Apache-2.0 */
/* The models that most tests of expressions and procedures work on. */
#ifndef DYN_TESTS_UNIT_SEMA_FIXTURE_H
#define DYN_TESTS_UNIT_SEMA_FIXTURE_H

#define TODO_FIXTURE                                                                               \
    "enum Priority { low = 1  normal = 2  high = 3 }\n"                                            \
    "struct Step { label string(1..120)  done bool = false }\n"                                    \
    "model User {\n"                                                                               \
    "  id ulid @key @auto\n"                                                                       \
    "  email email @unique(fold)\n"                                                                \
    "  name string(1..80)\n"                                                                       \
    "  lists TodoList[] via TodoList.owner\n"                                                      \
    "  prefs Prefs? via Prefs.user\n"                                                              \
    "  use versioned\n"                                                                            \
    "}\n"                                                                                          \
    "model Prefs in user: User single { theme string(..40) = \"light\" }\n"                        \
    "model TodoList {\n"                                                                           \
    "  id ulid @key @auto\n"                                                                       \
    "  owner User @index(sort: createdAt)\n"                                                       \
    "  title string(1..200)\n"                                                                     \
    "  todos Todo[] via Todo.list\n"                                                               \
    "  use timestamps\n"                                                                           \
    "}\n"                                                                                          \
    "model Todo in list: TodoList {\n"                                                             \
    "  id ulid @key @auto\n"                                                                       \
    "  text string(1..2000)\n"                                                                     \
    "  done bool = false\n"                                                                        \
    "  priority Priority = normal\n"                                                               \
    "  due date? @index(within: list)\n"                                                           \
    "  assignee User? @index(sort: due)\n"                                                         \
    "  labels set<string(..40)>(max 20)\n"                                                         \
    "  steps Step[](max 50)\n"                                                                     \
    "  first Step?\n"                                                                              \
    "  effort int(0..100) = 0\n"                                                                   \
    "  small int(32) = 0\n"                                                                        \
    "  price decimal?\n"                                                                           \
    "  weight float?\n"                                                                            \
    "  token uuid?\n"                                                                              \
    "  use timestamps, versioned, softDelete, ttl(expiresAt)\n"                                    \
    "}\n"

#endif
