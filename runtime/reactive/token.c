/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resume tokens: what a client must show to have history replayed, or to be told that nothing happened. A view is shared by callers
 * whom its gate tells apart, and what it says is right for those alone who were let in: so the token is of the whole caller. It is of
 * a term of the log as well (dynr/stream.h): what was said of another log, or of a history that this one does not have, proves nothing.
 */
#include "reactive/connection.h"
#include "reactive/view.h"
#include "typed/encode_json.h"

/* No other text is hashed with the key of a term. Where that is the engine's own: those of rows and connections are shorter, those of
 * views and paths begin with a small number. */
#define PURPOSE "resume token\0"

enum {
    TOKEN_LEN = 32
};

/* What the token is of. NULL: no memory. */
static struct dynr_buf *write_claim(struct dynr_engine *engine, const struct dynr_view *view,
                                    const struct dynr_connection *connection, uint64_t version)
{
    const struct dynr_struct_desc *desc = dynr_connection_caller_desc(engine);
    struct dynr_buf *text = &engine->scratch;
    dynr_buf_clear(text);
    dynr_buf_append(text, PURPOSE, sizeof PURPOSE - 1);
    dynr_buf_append(text, &version, sizeof version);
    enum dynr_status status =
        dynr_view_append_identity(view->procedure, view->input, view->caller, text);
    /* JSON has no NUL, so that no end of the one is a beginning of the other. */
    dynr_buf_append_char(text, '\0');
    if (status == DYNR_OK && connection->caller != NULL && desc != NULL) {
        status = dynr_encode_json(desc, connection->caller, text, NULL);
    }
    return status == DYNR_OK && dynr_buf_ok(text) ? text : NULL;
}

static void write_token(const struct dynr_stream_term *term, const struct dynr_buf *claim,
                        char out[TOKEN_LEN])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t key[2];
    memcpy(key, term->key, sizeof key);
    struct dynr_key128 hash = dynr_siphash128_tag(key, dynr_buf_str(claim));
    for (size_t i = 0; i < TOKEN_LEN; i++) {
        uint64_t word = i < TOKEN_LEN / 2 ? hash.low : hash.high;
        out[i] = digits[word >> (60 - i % 16 * 4) & 15];
    }
}

bool dynr_view_append_token(struct dynr_engine *engine, const struct dynr_view *view,
                            const struct dynr_connection *connection, uint64_t version,
                            struct dynr_buf *out)
{
    char token[TOKEN_LEN];
    const struct dynr_buf *claim = write_claim(engine, view, connection, version);
    if (claim == NULL) {
        return false;
    }
    write_token(&engine->terms[0], claim, token);
    dynr_buf_append(out, token, sizeof token);
    return true;
}

bool dynr_view_proves_token(struct dynr_engine *engine, const struct dynr_view *view,
                            const struct dynr_connection *connection, uint64_t from,
                            uint64_t position, struct dynr_str token)
{
    char wanted[TOKEN_LEN];
    bool proven = false;
    const struct dynr_buf *claim =
        token.len == TOKEN_LEN ? write_claim(engine, view, connection, from) : NULL;
    for (size_t i = 0; claim != NULL && i < engine->n_terms; i++) {
        unsigned difference = 0;
        write_token(&engine->terms[i], claim, wanted);
        for (size_t j = 0; j < TOKEN_LEN; j++) {
            difference |= (unsigned char)token.ptr[j] ^ (unsigned char)wanted[j];
        }
        proven = proven || (difference == 0 && position <= engine->terms[i].end);
    }
    return proven;
}
