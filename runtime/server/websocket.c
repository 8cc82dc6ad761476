/* SPDX-License-Identifier: Apache-2.0 */
#include "server/websocket.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

#define FINAL_BIT     0x80
#define RESERVED_BITS 0x70
#define OPCODE_BITS   0x0f
#define MASKED_BIT    0x80
#define LENGTH_BITS   0x7f
#define MASK_SIZE     4
#define KEY_LENGTH    24
#define SHA1_SIZE     20
#define GUID          "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

bool dynr_websocket_accept(struct dynr_str key, char out[DYNR_WEBSOCKET_ACCEPT_SIZE])
{
    char text[KEY_LENGTH + sizeof GUID - 1];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    /* 16 bytes: 22 characters and two that pad. Which bytes is nobody's concern. */
    if (key.len != KEY_LENGTH || memcmp(key.ptr + KEY_LENGTH - 2, "==", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < KEY_LENGTH - 2; i++) {
        char c = key.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/')) {
            return false;
        }
    }
    memcpy(text, key.ptr, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, GUID, sizeof GUID - 1);
    if (EVP_Digest(text, sizeof text, digest, &digest_len, EVP_sha1(), NULL) != 1 ||
        digest_len != SHA1_SIZE) {
        return false;
    }
    dynr_base64_encode((struct dynr_bytes){.ptr = digest, .len = SHA1_SIZE}, out);
    out[DYNR_WEBSOCKET_ACCEPT_SIZE - 1] = '\0';
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void fault(struct dynr_websocket_event *out, enum dynr_close_code code)
{
    *out = (struct dynr_websocket_event){.kind = DYNR_WEBSOCKET_FAULT, .code = code};
}

/** Bytes of the header as far as it says itself. */
static size_t head_size(const struct dynr_websocket_reader *reader)
{
    if (reader->n_head < 2) {
        return 2;
    }
    unsigned len = reader->head[1] & LENGTH_BITS;
    return 2 + (len == 126 ? 2U : len == 127 ? 8U : 0U) + MASK_SIZE;
}

/** What the first two bytes already forbid; 0: nothing. */
static unsigned judge_start(const struct dynr_websocket_reader *reader)
{
    unsigned opcode = reader->head[0] & OPCODE_BITS;
    bool final = (reader->head[0] & FINAL_BIT) != 0;
    unsigned len = reader->head[1] & LENGTH_BITS;
    /* No extension was agreed on; and a client masks everything. */
    if ((reader->head[0] & RESERVED_BITS) != 0 || (reader->head[1] & MASKED_BIT) == 0) {
        return DYNR_CLOSE_PROTOCOL;
    }
    switch (opcode) {
    case DYNR_WEBSOCKET_CONTINUATION:
        return reader->in_message ? 0 : DYNR_CLOSE_PROTOCOL;
    case DYNR_WEBSOCKET_TEXT:
        return reader->in_message ? DYNR_CLOSE_PROTOCOL : 0;
    case DYNR_WEBSOCKET_BINARY:
        return reader->in_message ? DYNR_CLOSE_PROTOCOL : DYNR_CLOSE_UNSUPPORTED;
    case DYNR_WEBSOCKET_CLOSE:
    case DYNR_WEBSOCKET_PING:
    case DYNR_WEBSOCKET_PONG:
        return final && len <= DYNR_WEBSOCKET_MAX_CONTROL ? 0 : DYNR_CLOSE_PROTOCOL;
    default:
        return DYNR_CLOSE_PROTOCOL;
    }
}

/** The length that a whole header gives; false: in more bytes than it needs, or too long for any. */
static bool read_length(const struct dynr_websocket_reader *reader, uint64_t *out)
{
    uint64_t len = reader->head[1] & LENGTH_BITS;
    size_t n_bytes = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (n_bytes > 0) {
        len = 0;
        for (size_t i = 0; i < n_bytes; i++) {
            len = len << 8 | reader->head[2 + i];
        }
    }
    *out = len;
    return n_bytes == 0 || (n_bytes == 2 && len > 125) ||
           (n_bytes == 8 && len > UINT16_MAX && len <= INT64_MAX);
}

/** The header is whole: the payload begins. 0, or the code to end with. */
static unsigned begin_payload(struct dynr_websocket_reader *reader)
{
    if (!read_length(reader, &reader->left)) {
        return DYNR_CLOSE_PROTOCOL;
    }
    reader->opcode = reader->head[0] & OPCODE_BITS;
    reader->final = (reader->head[0] & FINAL_BIT) != 0;
    memcpy(reader->mask, reader->head + reader->n_head - MASK_SIZE, MASK_SIZE);
    reader->mask_at = 0;
    reader->n_control = 0;
    reader->in_payload = true;
    if (reader->opcode < DYNR_WEBSOCKET_CLOSE) {
        if (reader->opcode != DYNR_WEBSOCKET_CONTINUATION) {
            reader->message_len = 0;
        }
        /* Both are below 2^63. */
        if (reader->message_len + reader->left > reader->max_message) {
            return DYNR_CLOSE_TOO_LARGE;
        }
    }
    return 0;
}

static size_t read_head(struct dynr_websocket_reader *reader, const unsigned char *bytes,
                        size_t len, struct dynr_websocket_event *out)
{
    size_t at = 0;
    while (at < len && reader->n_head < head_size(reader)) {
        reader->head[reader->n_head++] = bytes[at++];
        unsigned code = reader->n_head == 2 ? judge_start(reader) : 0;
        if (code != 0) {
            fault(out, (enum dynr_close_code)code);
            return at;
        }
    }
    if (reader->n_head == head_size(reader)) {
        unsigned code = begin_payload(reader);
        if (code != 0) {
            fault(out, (enum dynr_close_code)code);
        }
    }
    return at;
}

static void unmask(struct dynr_websocket_reader *reader, unsigned char *bytes, size_t len)
{
    size_t at = 0;
    unsigned char mask[MASK_SIZE];
    uint32_t word_mask;
    for (unsigned i = 0; i < MASK_SIZE; i++) {
        mask[i] = reader->mask[(reader->mask_at + i) % MASK_SIZE];
    }
    memcpy(&word_mask, mask, sizeof word_mask);
    for (; at + MASK_SIZE <= len; at += MASK_SIZE) {
        uint32_t word;
        memcpy(&word, bytes + at, sizeof word);
        word ^= word_mask;
        memcpy(bytes + at, &word, sizeof word);
    }
    for (size_t i = 0; at + i < len; i++) {
        bytes[at + i] ^= mask[i];
    }
    reader->mask_at = (unsigned)((reader->mask_at + len) % MASK_SIZE);
}

static void end_frame(struct dynr_websocket_reader *reader)
{
    reader->in_payload = false;
    reader->n_head = 0;
}

static void read_control(struct dynr_websocket_reader *reader, const unsigned char *bytes,
                         size_t len, struct dynr_websocket_event *out)
{
    if (len > 0) {
        memcpy(reader->control + reader->n_control, bytes, len);
        reader->n_control = (uint8_t)(reader->n_control + len);
    }
    if (reader->left == 0) {
        out->kind = DYNR_WEBSOCKET_CONTROL;
        out->opcode = (enum dynr_websocket_opcode)reader->opcode;
        out->bytes = dynr_str_make((const char *)reader->control, reader->n_control);
        end_frame(reader);
    }
}

static void read_piece(struct dynr_websocket_reader *reader, const unsigned char *bytes, size_t len,
                       struct dynr_websocket_event *out)
{
    out->kind = DYNR_WEBSOCKET_PIECE;
    out->opcode = DYNR_WEBSOCKET_TEXT;
    out->bytes = dynr_str_make((const char *)bytes, len);
    out->first = !reader->in_message;
    reader->in_message = true;
    reader->message_len += len;
    if (reader->left == 0) {
        out->last = reader->final;
        reader->in_message = !reader->final;
        end_frame(reader);
    }
}

size_t dynr_websocket_read(struct dynr_websocket_reader *reader, unsigned char *bytes, size_t len,
                           struct dynr_websocket_event *out)
{
    size_t at = 0;
    *out = (struct dynr_websocket_event){.kind = DYNR_WEBSOCKET_MORE};
    if (!reader->in_payload) {
        at = read_head(reader, bytes, len, out);
        if (!reader->in_payload || out->kind == DYNR_WEBSOCKET_FAULT) {
            return at;
        }
    }
    size_t here = len - at < reader->left ? len - at : (size_t)reader->left;
    if (here == 0 && reader->left > 0) {
        return at;
    }
    unsigned char *payload = bytes + at;
    unmask(reader, payload, here);
    reader->left -= here;
    if (reader->opcode >= DYNR_WEBSOCKET_CLOSE) {
        read_control(reader, payload, here, out);
    } else {
        read_piece(reader, payload, here, out);
    }
    return at + here;
}

/* ---- control frames ---------------------------------------------------------------------------------------------- */

unsigned dynr_websocket_close_code(struct dynr_str payload)
{
    if (payload.len == 0) {
        return DYNR_CLOSE_NONE;
    }
    if (payload.len == 1) {
        return DYNR_CLOSE_PROTOCOL;
    }
    unsigned code = (unsigned)(unsigned char)payload.ptr[0] << 8 | (unsigned char)payload.ptr[1];
    /* 1004 to 1006 and 1015 stand for what never goes over the wire. */
    bool known = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
    if (!known && (code < 3000 || code > 4999)) {
        return DYNR_CLOSE_PROTOCOL;
    }
    return dynr_utf8_is_valid(dynr_str_make(payload.ptr + 2, payload.len - 2))
               ? code
               : (unsigned)DYNR_CLOSE_NOT_TEXT;
}

size_t dynr_websocket_control(enum dynr_websocket_opcode opcode, struct dynr_str payload,
                              unsigned char out[DYNR_WEBSOCKET_MAX_CONTROL_FRAME])
{
    out[0] = (unsigned char)(FINAL_BIT | (unsigned)opcode);
    out[1] = (unsigned char)payload.len;
    if (payload.len > 0) {
        memcpy(out + 2, payload.ptr, payload.len);
    }
    return payload.len + 2;
}

size_t dynr_websocket_close(unsigned code, unsigned char out[DYNR_WEBSOCKET_MAX_CONTROL_FRAME])
{
    const char payload[2] = {(char)(code >> 8), (char)code};
    size_t len = code == DYNR_CLOSE_NONE ? 0 : sizeof payload;
    return dynr_websocket_control(DYNR_WEBSOCKET_CLOSE, dynr_str_make(payload, len), out);
}
