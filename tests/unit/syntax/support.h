/* SPDX-License-Identifier: Apache-2.0 */
/* One parse of one text, and what came out of it. */
#ifndef DYN_TESTS_UNIT_SYNTAX_SUPPORT_H
#define DYN_TESTS_UNIT_SYNTAX_SUPPORT_H

#include "syntax/parser.h"
#include "syntax/token.h"

struct parsed {
    struct dynr_arena arena;
    struct dyn_names names;
    struct dyn_sources sources;
    struct dyn_diags diags;
    struct dyn_ast_file *file;
    struct dynr_buf out;
};

void parse_text(struct parsed *p, struct dynr_str text);
void parse_c(struct parsed *p, const char *text);
void parsed_cleanup(struct parsed *p);
/** `line:column: message` of each diagnostic, in source order. */
struct dynr_str parsed_messages(struct parsed *p);
struct dynr_str parsed_dump(struct parsed *p);
/** The declaration of this name, or NULL. */
const struct dyn_ast_decl *parsed_decl(const struct parsed *p, const char *name);
/** The whole of a file, NUL-terminated; in the arena. Empty where it cannot be read. */
struct dynr_str read_file(struct dynr_arena *arena, const char *path);

#endif
