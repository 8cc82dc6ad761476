#include "syntax/parser.h"
void dyn_format(struct dynr_arena *arena, struct dynr_str text, struct dynr_buf *out){(void)arena;dynr_buf_append_str(out,text);}
