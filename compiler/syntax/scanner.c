/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/scanner.h"

#include <stdio.h>
#include <stdlib.h>

#include "dyn.lex.h"

/* In dyn.l, by YY_DECL. */
enum dyn_token_kind dyn_scan_next(yyscan_t scanner);

void *dyn_scanner_open(struct dyn_scan *scan, struct dynr_str text)
{
    yyscan_t scanner = NULL;
    if (dyn_yylex_init_extra(scan, &scanner) != 0 ||
        dyn_yy_scan_bytes(text.len == 0 ? "" : text.ptr, (int)text.len, scanner) == NULL) {
        (void)fputs("dynrc: out of memory\n", stderr);
        abort();
    }
    return scanner;
}

enum dyn_token_kind dyn_scanner_next(void *scanner)
{
    return dyn_scan_next(scanner);
}

void dyn_scanner_close(void *scanner)
{
    dyn_yylex_destroy(scanner);
}
