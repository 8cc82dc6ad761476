/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to struct and struct to text: the generated codecs against memcpy and JSON libraries that fill and read the same
 * structs. Everyone is checked first: what a peer decodes, we must encode to the item's bytes, and the other way round.
 * Prints one line of JSON for each figure.
 *
 * Usage: bench_codec FOLDER [milliseconds a measurement]
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_YYJSON
#    include <yyjson.h>
#endif

/* The source, not the header: the tables that the peers follow too are local to it. */
#include "items.c"

enum {
    LARGEST_ITEM = 1 << 17,
    LARGEST_TEXT = 1024,
    ROUNDS = 9,
    MOST_PEERS = 4
};

/* What any list and set is. */
struct any_list {
    char *items;
    size_t n_items;
};

static bool is_number(enum dynr_kind kind)
{
    return kind == DYNR_KIND_INT32 || kind == DYNR_KIND_INT64 || kind == DYNR_KIND_ENUM ||
           kind == DYNR_KIND_DECIMAL;
}

/* ---- cJSON ---- */

/* cJSON copies up to a NUL, which borrowed text does not have. */
static cJSON *cjson_string(struct dynr_str text)
{
    char copy[LARGEST_TEXT];
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return cJSON_CreateString(copy);
}

#define PEER(name)              cjson_##name
#define PEER_NODE               const cJSON *
#define PEER_NEW                cJSON *
#define PEER_MEMBER(node, name) cJSON_GetObjectItemCaseSensitive(node, name)
#define PEER_TEXT(node)         dynr_str_make((node)->valuestring, strlen((node)->valuestring))
#define PEER_IS_TRUE(node)      cJSON_IsTrue(node)
#define PEER_COUNT(node)        ((size_t)cJSON_GetArraySize(node))
#define PEER_FOR_EACH(element, node)                                                               \
    for (const cJSON *element = (node)->child; element != NULL; element = element->next)
#define PEER_CONTEXT         void *
#define PEER_OBJECT(c)       cJSON_CreateObject()
#define PEER_ARRAY(c)        cJSON_CreateArray()
#define PEER_BOOL(c, value)  cJSON_CreateBool(value)
#define PEER_STRING(c, text) cjson_string(text)
#define PEER_ADD(c, object, name, value)                                                           \
    ((void)(c), (void)cJSON_AddItemToObjectCS(object, name, value))
#define PEER_APPEND(c, array, value) (void)cJSON_AddItemToArray(array, value)
#include "peer_codec.inc"

/* ---- yyjson ---- */

#ifdef HAVE_YYJSON
#    define PEER(name)              yyjson_##name
#    define PEER_NODE               yyjson_val *
#    define PEER_NEW                yyjson_mut_val *
#    define PEER_MEMBER(node, name) yyjson_obj_get(node, name)
#    define PEER_TEXT(node)         dynr_str_make(yyjson_get_str(node), yyjson_get_len(node))
#    define PEER_IS_TRUE(node)      yyjson_is_true(node)
#    define PEER_COUNT(node)        yyjson_arr_size(node)
#    define PEER_FOR_EACH(element, node)                                                           \
        yyjson_val *element;                                                                       \
        yyjson_arr_iter iterator = yyjson_arr_iter_with(node);                                     \
        while ((element = yyjson_arr_iter_next(&iterator)) != NULL)
#    define PEER_CONTEXT                     yyjson_mut_doc *
#    define PEER_OBJECT(c)                   yyjson_mut_obj(c)
#    define PEER_ARRAY(c)                    yyjson_mut_arr(c)
#    define PEER_BOOL(c, value)              yyjson_mut_bool(c, value)
#    define PEER_STRING(c, text)             yyjson_mut_strncpy(c, (text).ptr, (text).len)
#    define PEER_ADD(c, object, name, value) (void)yyjson_mut_obj_add_val(c, object, name, value)
#    define PEER_APPEND(c, array, value)     (void)yyjson_mut_arr_append(array, value)
#    include "peer_codec.inc"
#endif

/* ---- one operation each ---- */

struct codec {
    const struct dynr_struct_desc *desc;
    enum dynr_status (*decode)(struct dynr_str item, struct dynr_arena *arena, void *out,
                               struct dynr_error *err);
    enum dynr_status (*encode)(const void *object, struct dynr_buf *out, struct dynr_error *err);
    struct dynr_str text;
    struct dynr_arena arena;
    struct dynr_buf buf;
    /* Decoded once, for the encoders. */
    void *object;
    void *out;
    struct dynr_error err;
    char copy[LARGEST_ITEM];
};

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_codec: %s: %s\n", what, why);
    exit(1);
}

static void memcpy_run(struct codec *codec)
{
    memcpy(codec->copy, codec->text.ptr, codec->text.len);
    /* The copy is looked at, as far as the compiler knows. */
    __asm__ volatile("" : : "r"(codec->copy) : "memory");
}

static void dynr_decode_run(struct codec *codec)
{
    dynr_arena_reset(&codec->arena);
    if (codec->decode(codec->text, &codec->arena, codec->out, &codec->err) != DYNR_OK) {
        die("decode", codec->err.message);
    }
}

static void dynr_encode_run(struct codec *codec)
{
    dynr_buf_clear(&codec->buf);
    if (codec->encode(codec->object, &codec->buf, &codec->err) != DYNR_OK) {
        die("encode", codec->err.message);
    }
}

static cJSON *cjson_decode(struct codec *codec)
{
    dynr_arena_reset(&codec->arena);
    cJSON *tree = cJSON_ParseWithLength(codec->text.ptr, codec->text.len);
    cjson_read_struct(codec->desc, tree, codec->out, &codec->arena);
    return tree;
}

static void cjson_decode_run(struct codec *codec)
{
    cJSON_Delete(cjson_decode(codec));
}

static char *cjson_encode(struct codec *codec)
{
    cJSON *tree = cjson_write_struct(NULL, codec->desc, codec->object);
    char *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    return text;
}

static void cjson_encode_run(struct codec *codec)
{
    cJSON_free(cjson_encode(codec));
}

#ifdef HAVE_YYJSON
static yyjson_doc *yyjson_decode(struct codec *codec)
{
    dynr_arena_reset(&codec->arena);
    yyjson_doc *tree = yyjson_read(codec->text.ptr, codec->text.len, 0);
    yyjson_read_struct(codec->desc, yyjson_doc_get_root(tree), codec->out, &codec->arena);
    return tree;
}

static void yyjson_decode_run(struct codec *codec)
{
    yyjson_doc_free(yyjson_decode(codec));
}

static char *yyjson_encode(struct codec *codec)
{
    yyjson_mut_doc *tree = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(tree, yyjson_write_struct(tree, codec->desc, codec->object));
    char *text = yyjson_mut_write(tree, 0, NULL);
    yyjson_mut_doc_free(tree);
    return text;
}

static void yyjson_encode_run(struct codec *codec)
{
    free(yyjson_encode(codec));
}
#endif

/* ---- checks ---- */

static void check_encoded(struct codec *codec, const char *who, const void *object)
{
    dynr_buf_clear(&codec->buf);
    if (codec->encode(object, &codec->buf, &codec->err) != DYNR_OK) {
        die(who, codec->err.message);
    }
    if (!dynr_str_equal(dynr_buf_str(&codec->buf), codec->text)) {
        die(who, "what it decoded is not what stands in the item");
    }
}

static void check_text(struct codec *codec, const char *who, char *text)
{
    if (!dynr_str_equal_c(codec->text, text)) {
        die(who, "what it encoded is not the item");
    }
    free(text);
}

static void check_all(struct codec *codec)
{
    static struct dynr_arena own;
    if (codec->decode(codec->text, &own, codec->object, &codec->err) != DYNR_OK) {
        die("decode", codec->err.message);
    }
    check_encoded(codec, "dynr", codec->object);
    cJSON *tree = cjson_decode(codec);
    check_encoded(codec, "cJSON", codec->out);
    cJSON_Delete(tree);
    check_text(codec, "cJSON", cjson_encode(codec));
#ifdef HAVE_YYJSON
    yyjson_doc *doc = yyjson_decode(codec);
    check_encoded(codec, "yyjson", codec->out);
    yyjson_doc_free(doc);
    check_text(codec, "yyjson", yyjson_encode(codec));
#endif
}

/* ---- measuring ---- */

struct peer {
    const char *who;
    void (*decode)(struct codec *codec);
    void (*encode)(struct codec *codec);
};

static const struct peer peers[] = {
    {"dynr", dynr_decode_run, dynr_encode_run},
    {"memcpy", memcpy_run, memcpy_run},
#ifdef HAVE_YYJSON
    {"yyjson", yyjson_decode_run, yyjson_encode_run},
#endif
    {"cJSON", cjson_decode_run, cjson_encode_run},
};
enum {
    N_PEERS = sizeof peers / sizeof peers[0]
};

/* CPU time of this thread: others use the machine too. */
static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* ns a run, over at least `ms` milliseconds. */
static double measure(struct codec *codec, void (*run)(struct codec *codec), double ms)
{
    size_t n_runs = 1;
    for (;;) {
        double start = now_ns();
        for (size_t i = 0; i < n_runs; i++) {
            run(codec);
        }
        double elapsed = now_ns() - start;
        if (elapsed >= ms * 1e6) {
            return elapsed / (double)n_runs;
        }
        n_runs =
            elapsed < ms * 1e5 ? n_runs * 8 : (size_t)((double)n_runs * ms * 1.2e6 / elapsed) + 1;
    }
}

static double median(double *values, size_t n_values)
{
    for (size_t i = 1; i < n_values; i++) {
        for (size_t k = i; k > 0 && values[k] < values[k - 1]; k--) {
            double swap = values[k];
            values[k] = values[k - 1];
            values[k - 1] = swap;
        }
    }
    return values[n_values / 2];
}

static void bench_item(struct codec *codec, const char *name, double ms)
{
    double figures[2][N_PEERS][ROUNDS];
    check_all(codec);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N_PEERS; i++) {
            figures[0][i][round] = measure(codec, peers[i].decode, ms);
            figures[1][i][round] = measure(codec, peers[i].encode, ms);
        }
    }
    for (size_t direction = 0; direction < 2; direction++) {
        for (size_t i = 0; i < N_PEERS; i++) {
            (void)printf("{\"item\":\"%s\",\"direction\":\"%s\",\"who\":\"%s\",\"ns\":%.2f}\n",
                         name, direction == 0 ? "decode" : "encode", peers[i].who,
                         median(figures[direction][i], ROUNDS));
        }
    }
}

static struct dynr_str read_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s.json", folder, name);
    FILE *file = fopen(path, "rb");
    char *text = malloc(LARGEST_ITEM + 1);
    if (file == NULL || text == NULL) {
        die(path, "cannot be read");
        return dynr_str_make(NULL, 0);
    }
    size_t size = fread(text, 1, LARGEST_ITEM, file);
    (void)fclose(file);
    text[size] = '\0';
    return dynr_str_make(text, size);
}

/* The generated functions behind one signature. */
#define CODEC(model)                                                                               \
    static enum dynr_status decode_##model(struct dynr_str item, struct dynr_arena *arena,         \
                                           void *out, struct dynr_error *err)                      \
    {                                                                                              \
        return items_##model##_decode(item, arena, out, err);                                      \
    }                                                                                              \
    static enum dynr_status encode_##model(const void *object, struct dynr_buf *out,               \
                                           struct dynr_error *err)                                 \
    {                                                                                              \
        return items_##model##_encode(object, out, err);                                           \
    }
CODEC(small)
CODEC(profile)
CODEC(order)
CODEC(document)

int main(int argc, char **argv)
{
    static struct codec codecs[] = {
        {.desc = &items_small_struct, .decode = decode_small, .encode = encode_small},
        {.desc = &items_profile_struct, .decode = decode_profile, .encode = encode_profile},
        {.desc = &items_order_struct, .decode = decode_order, .encode = encode_order},
        {.desc = &items_document_struct, .decode = decode_document, .encode = encode_document},
    };
    static const char *const names[] = {"small", "profile", "order", "document"};
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s FOLDER [MILLISECONDS]\n", argv[0]);
        return 2;
    }
    double ms = argc > 2 ? strtod(argv[2], NULL) : 4;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct codec *codec = &codecs[i];
        codec->text = read_file(argv[1], names[i]);
        codec->object = malloc(codec->desc->size);
        codec->out = malloc(codec->desc->size);
        if (codec->object == NULL || codec->out == NULL) {
            die(names[i], "memory is exhausted");
        }
        dynr_buf_init(&codec->buf, NULL, 0);
        bench_item(codec, names[i], ms);
        dynr_buf_cleanup(&codec->buf);
        dynr_arena_cleanup(&codec->arena);
    }
    return 0;
}
