/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer, with any compiler: every input of a corpus, then inputs made of them by a seeded
 * generator, the same in every run. Whatever is found is left in crash-TARGET in the working folder.
 *
 *     standalone NAME N_MUTATIONS SECONDS [CORPUS_FOLDER | DICTIONARY.dict]...
 *
 * N_MUTATIONS and SECONDS bound the mutated inputs, whichever ends first.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX         ((size_t)1 << 16)
#define INPUTS_MAX        4096
#define SECONDS_PER_INPUT 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Of the sanitizers' runtime, where it is linked. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

struct text {
    uint8_t *bytes;
    size_t len;
};

struct texts {
    struct text items[INPUTS_MAX];
    size_t n_items;
};

static struct texts inputs;
static struct texts words;

/* The input that is being run, for whoever looks at a crash. */
static const uint8_t *current;
static size_t current_len;
static char crash_path[256];

static void save_current(void)
{
    int file = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file >= 0) {
        ssize_t put = write(file, current, current_len);
        (void)put;
        (void)close(file);
    }
}

static void on_signal(int number)
{
    save_current();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void watch_crashes(const char *name)
{
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    (void)snprintf(crash_path, sizeof crash_path, "crash-%s", name);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)signal(signals[i], on_signal);
    }
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(save_current);
    }
}

static void run_input(const uint8_t *bytes, size_t len)
{
    /* Exactly as long as the input, so that a read beyond its end is seen. */
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, len);
    current = copy;
    current_len = len;
    (void)alarm(SECONDS_PER_INPUT);
    (void)LLVMFuzzerTestOneInput(copy, len);
    (void)alarm(0);
    free(copy);
}

static bool add_text(struct texts *texts, const void *bytes, size_t len)
{
    if (texts->n_items == INPUTS_MAX) {
        return false;
    }
    struct text *text = &texts->items[texts->n_items++];
    text->bytes = malloc(len == 0 ? 1 : len);
    text->len = len;
    if (text->bytes == NULL) {
        return false;
    }
    memcpy(text->bytes, bytes, len);
    return true;
}

static bool read_file(const char *path, struct texts *out)
{
    static uint8_t buffer[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    size_t len = fread(buffer, 1, sizeof buffer, file);
    (void)fclose(file);
    return add_text(out, buffer, len);
}

/** Lines `"text"` of a libFuzzer dictionary; escapes are \\, \" and \xNN. */
static bool read_dictionary(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    bool ok = true;
    while (ok && fgets(line, sizeof line, file) != NULL) {
        char word[512];
        size_t len = 0;
        const char *at = line;
        if (*at++ != '"') {
            continue;
        }
        while (*at != '"' && *at != '\0') {
            if (at[0] == '\\' && at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
                isxdigit((unsigned char)at[3])) {
                const char digits[] = {at[2], at[3], '\0'};
                word[len++] = (char)strtol(digits, NULL, 16);
                at += 4;
            } else {
                at += at[0] == '\\' ? 1 : 0;
                word[len++] = *at++;
            }
        }
        ok = add_text(&words, word, len);
    }
    (void)fclose(file);
    return ok;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/** In the order of names, so that runs are alike on every machine. */
static bool read_folder(const char *path)
{
    char *names[INPUTS_MAX];
    size_t n_names = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        /* A target without a corpus is fuzzed from nothing. */
        return errno == ENOENT;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL && n_names < INPUTS_MAX;
         entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            names[n_names++] = strdup(entry->d_name);
        }
    }
    (void)closedir(folder);
    qsort(names, n_names, sizeof names[0], compare_names);
    bool ok = true;
    for (size_t i = 0; i < n_names; i++) {
        char file[4096];
        (void)snprintf(file, sizeof file, "%s/%s", path, names[i]);
        ok = ok && read_file(file, &inputs);
        free(names[i]);
    }
    return ok;
}

/* --- mutation --- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

/** splitmix64: a number below `limit`, or zero where that is zero. */
static size_t random_below(size_t limit)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return limit == 0 ? 0 : (size_t)((z ^ (z >> 31)) % limit);
}

/** Puts `len` bytes in at `at`; what does not fit falls off the end. */
static size_t insert(uint8_t *buffer, size_t used, size_t at, const uint8_t *bytes, size_t len)
{
    if (len > INPUT_MAX - used) {
        return used;
    }
    memmove(buffer + at + len, buffer + at, used - at);
    memcpy(buffer + at, bytes, len);
    return used + len;
}

static size_t mutate_once(uint8_t *buffer, size_t used)
{
    static const uint8_t odd[] = {0x00, 0x0A, 0x22, 0x5C, 0x7B, 0x7D,
                                  0x7F, 0x80, 0xC0, 0xED, 0xEF, 0xFF};
    uint8_t chunk[64];
    size_t at = used == 0 ? 0 : random_below(used);
    switch (used == 0 ? 6 : random_below(8)) {
    case 0:
        buffer[at] = (uint8_t)(buffer[at] ^ (1u << random_below(8)));
        return used;
    case 1:
        buffer[at] = odd[random_below(sizeof odd)];
        return used;
    case 2:
        buffer[at] = (uint8_t)(32 + random_below(95));
        return used;
    case 3: {
        size_t len = 1 + random_below(used - at < 32 ? used - at : 32);
        memmove(buffer + at, buffer + at + len, used - at - len);
        return used - len;
    }
    case 4: {
        size_t len = 1 + random_below(used - at < sizeof chunk ? used - at : sizeof chunk);
        memcpy(chunk, buffer + at, len);
        return insert(buffer, used, random_below(used + 1), chunk, len);
    }
    case 5:
        /* Cut the end off, now and then. */
        return random_below(4) == 0 ? at : used;
    case 6: {
        if (words.n_items == 0) {
            uint8_t byte = (uint8_t)(32 + random_below(95));
            return insert(buffer, used, at, &byte, 1);
        }
        const struct text *word = &words.items[random_below(words.n_items)];
        return insert(buffer, used, at, word->bytes, word->len);
    }
    default: {
        const struct text *other = &inputs.items[random_below(inputs.n_items)];
        if (other->len == 0) {
            return used;
        }
        size_t from = random_below(other->len);
        size_t len =
            1 + random_below(other->len - from < sizeof chunk ? other->len - from : sizeof chunk);
        return insert(buffer, used, at, other->bytes + from, len);
    }
    }
}

static unsigned long run_mutations(unsigned long n_wanted, double seconds)
{
    static uint8_t buffer[INPUT_MAX];
    struct timespec start;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned long i = 0; i < n_wanted; i++) {
        const struct text *seed = &inputs.items[random_below(inputs.n_items)];
        size_t used = seed->len;
        memcpy(buffer, seed->bytes, used);
        for (size_t n = 1 + random_below(6); n > 0; n--) {
            used = mutate_once(buffer, used);
        }
        run_input(buffer, used);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        double spent =
            (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
        if (spent > seconds) {
            return i + 1;
        }
    }
    return n_wanted;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->n_items; i++) {
        free(texts->items[i].bytes);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr,
                      "usage: %s NAME N_MUTATIONS SECONDS [CORPUS_FOLDER | DICTIONARY.dict]...\n",
                      argv[0]);
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        size_t len = strlen(argv[i]);
        bool is_dictionary = len > 5 && strcmp(argv[i] + len - 5, ".dict") == 0;
        if (!(is_dictionary ? read_dictionary(argv[i]) : read_folder(argv[i]))) {
            return 2;
        }
    }
    if (inputs.n_items == 0 && !add_text(&inputs, "", 0)) {
        return 2;
    }
    watch_crashes(argv[1]);
    (void)printf("1..2\n");
    (void)fflush(stdout);
    for (size_t i = 0; i < inputs.n_items; i++) {
        run_input(inputs.items[i].bytes, inputs.items[i].len);
    }
    (void)printf("ok 1 - %s: %zu inputs of the corpus\n", argv[1], inputs.n_items);
    (void)fflush(stdout);
    unsigned long n_run = run_mutations(strtoul(argv[2], NULL, 10), strtod(argv[3], NULL));
    (void)printf("ok 2 - %s: %lu mutated inputs\n", argv[1], n_run);
    free_texts(&inputs);
    free_texts(&words);
    return 0;
}
