/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resume tokens: what a client must show to have history replayed, or to be told that nothing happened. A view is shared by callers
 * whom its gate tells apart, and what it says is right for those alone who were let in: so the token is of the whole caller.
 */
#include "reactive/connection.h"
#include "reactive/view.h"
#include "typed/encode_json.h"

/* No other hash is of such a text: those of rows and connections are shorter, those of views and paths begin with a small number. */
#define PURPOSE "resume token\0"

static void append_hex(struct dynr_buf *out, uint64_t word)
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned shift = 64; shift > 0; shift -= 4) {
        dynr_buf_append_char(out, digits[word >> (shift - 4) & 15]);
    }
}

bool dynr_view_append_token(struct dynr_engine *engine, const struct dynr_view *view,
                            const struct dynr_connection *connection, uint64_t version,
                            struct dynr_buf *out)
{
    const uint64_t words[3] = {view->share_key.low, view->share_key.high, version};
    const struct dynr_struct_desc *desc = dynr_connection_caller_desc(engine);
    struct dynr_buf *text = &engine->scratch;
    enum dynr_status status = DYNR_OK;
    dynr_buf_clear(text);
    dynr_buf_append(text, PURPOSE, sizeof PURPOSE - 1);
    dynr_buf_append(text, words, sizeof words);
    if (connection->caller != NULL && desc != NULL) {
        status = dynr_encode_json(desc, connection->caller, text, NULL);
    }
    if (status != DYNR_OK || !dynr_buf_ok(text)) {
        return false;
    }
    struct dynr_key128 hash = dynr_siphash128_tag(engine->hash_key, dynr_buf_str(text));
    append_hex(out, hash.low);
    append_hex(out, hash.high);
    return true;
}
