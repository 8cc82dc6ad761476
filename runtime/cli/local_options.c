/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `dynr local`. */
#include <stdlib.h>
#include <string.h>

#include "cli/local.h"

enum option_kind {
    OPTION_TEXT,
    OPTION_FLAG,
    OPTION_PORT,
    OPTION_COUNT,
    OPTION_DURABILITY,
    OPTION_ORIGIN
};

static const struct option {
    const char *name;
    const char *short_name;
    enum option_kind kind;
    size_t offset;
} options[] = {
    {"--port", "-p", OPTION_PORT, offsetof(struct dynr_local_command, port)},
    {"--host", NULL, OPTION_TEXT, offsetof(struct dynr_local_command, address)},
    {"--data", "-d", OPTION_TEXT, offsetof(struct dynr_local_command, data)},
    {"--memory", "-m", OPTION_FLAG, offsetof(struct dynr_local_command, memory)},
    {"--durability", NULL, OPTION_DURABILITY, 0},
    {"--credentials", NULL, OPTION_TEXT, offsetof(struct dynr_local_command, credentials)},
    {"--isolate", NULL, OPTION_FLAG, offsetof(struct dynr_local_command, isolate)},
    {"--origin", NULL, OPTION_ORIGIN, 0},
    {"--connections", NULL, OPTION_COUNT, offsetof(struct dynr_local_command, connections_max)},
    {"--insecure", NULL, OPTION_FLAG, offsetof(struct dynr_local_command, insecure)},
    {"--background", "-b", OPTION_FLAG, offsetof(struct dynr_local_command, background)},
    {"--verbose", "-v", OPTION_FLAG, offsetof(struct dynr_local_command, verbose)},
    {"--quiet", "-q", OPTION_FLAG, offsetof(struct dynr_local_command, quiet)},
    {"--follow", "-f", OPTION_FLAG, offsetof(struct dynr_local_command, follow)},
};

static const struct {
    const char *name;
    enum dynr_local_verb verb;
} verbs[] = {
    {"start", DYNR_LOCAL_SERVE}, {"status", DYNR_LOCAL_STATUS}, {"stop", DYNR_LOCAL_STOP},
    {"reset", DYNR_LOCAL_RESET}, {"logs", DYNR_LOCAL_LOGS},     {"help", DYNR_LOCAL_HELP},
    {"--help", DYNR_LOCAL_HELP}, {"-h", DYNR_LOCAL_HELP},
};

void dynr_local_print_help(FILE *out)
{
    static const char text[] =
        "dynr local [start|status|stop|reset|logs] [OPTIONS]\n"
        "\n"
        "A DynamoDB of your own: any AWS SDK, and any tool that was written for DynamoDB, works "
        "against it.\n"
        "\n"
        "  start    serve until Ctrl-C, SIGTERM or `dynr local stop`; what happens without a word\n"
        "    -p, --port N           8000; 0: one that is free\n"
        "        --host ADDRESS     127.0.0.1; another machine's needs --credentials, or "
        "--insecure\n"
        "    -d, --data DIR         where tables are kept (.dynr), made where it is missing\n"
        "    -m, --memory           keep nothing: tables are gone when it stops\n"
        "        --durability WHEN  full: on disk before it is answered; normal: a power cut may "
        "lose the\n"
        "                           last writes; none: so may a crash (full)\n"
        "        --credentials FILE verify signatures with the keys of this file, as in "
        "~/.aws/credentials;\n"
        "                           without it any key is as good as another\n"
        "        --isolate          each access key and region sees tables of its own\n"
        "        --origin ORIGIN    pages of https://studio.example may call, beside those of this "
        "machine;\n"
        "                           may be repeated; `*`: all\n"
        "        --connections N    at once (1024)\n"
        "        --insecure         serve other machines without verifying signatures\n"
        "    -b, --background       return when it answers; see status, logs and stop\n"
        "    -v, --verbose          log each request\n"
        "    -q, --quiet            print nothing but errors\n"
        "  status   what runs on the port: data, tables, requests\n"
        "  stop     end it, and wait until it has ended\n"
        "  reset    delete all its tables\n"
        "  logs     print what it logged; -f, --follow: and what it will log\n"
        "\n"
        "  dynr local --memory\n"
        "  dynr local --data ./data --background && dynr local status && dynr local stop\n"
        "  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 aws dynamodb list-tables\n"
        "\n"
        "Exit status: 0 done, 1 failed, 2 wrong command line.\n";
    (void)fputs(text, out);
}

static bool complain(const char *what, const char *word)
{
    (void)fprintf(stderr, "dynr local: %s `%s`; see dynr local --help\n", what, word);
    return false;
}

static const struct option *find_option(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if ((strlen(options[i].name) == len && memcmp(options[i].name, word, len) == 0) ||
            (options[i].short_name != NULL && len == 2 &&
             memcmp(options[i].short_name, word, 2) == 0)) {
            return &options[i];
        }
    }
    return NULL;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end = NULL;
    *out = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out <= max;
}

static bool parse_durability(const char *value, enum dynr_durability *out)
{
    static const char *const names[] = {"full", "normal", "none"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = (enum dynr_durability)i;
            return true;
        }
    }
    return complain("--durability is full, normal or none, not", value);
}

static bool set_option(const struct option *option, const char *value,
                       struct dynr_local_command *out)
{
    char *place = (char *)out + option->offset;
    unsigned long number = 0;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)(void *)place = true;
        return true;
    case OPTION_TEXT:
        *(const char **)(void *)place = value;
        return true;
    case OPTION_PORT:
        if (!parse_number(value, UINT16_MAX, &number)) {
            return complain("a port is a number up to 65535, not", value);
        }
        *(uint16_t *)(void *)place = (uint16_t)number;
        return true;
    case OPTION_COUNT:
        if (!parse_number(value, 100000, &number) || number == 0) {
            return complain("--connections is a number from 1 to 100000, not", value);
        }
        *(uint32_t *)(void *)place = (uint32_t)number;
        return true;
    case OPTION_DURABILITY:
        return parse_durability(value, &out->durability);
    case OPTION_ORIGIN:
        if (out->n_origins == DYNR_CLI_MAX_ORIGINS) {
            return complain("too many origins:", value);
        }
        out->origins[out->n_origins++] = value;
        return true;
    }
    return false;
}

/* One option at argv[*at], its value behind `=` or in the next word. */
static bool take_option(int argc, char **argv, int *at, struct dynr_local_command *out)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct option *option = find_option(word, len);
    if (option == NULL) {
        return complain("there is no option", word);
    }
    const char *value = equals == NULL ? NULL : equals + 1;
    if (option->kind == OPTION_FLAG) {
        if (value != NULL) {
            return complain("no value belongs behind", option->name);
        }
    } else if (value == NULL) {
        if (*at + 1 == argc) {
            return complain("there is no value behind", word);
        }
        value = argv[++*at];
    }
    return set_option(option, value, out);
}

bool dynr_local_parse(int argc, char **argv, struct dynr_local_command *out)
{
    memset(out, 0, sizeof *out);
    out->address = "127.0.0.1";
    out->port = 8000;
    bool has_verb = false;
    for (int i = 0; i < argc; i++) {
        size_t verb = 0;
        while (verb < sizeof verbs / sizeof verbs[0] && strcmp(argv[i], verbs[verb].name) != 0) {
            verb++;
        }
        if (verb < sizeof verbs / sizeof verbs[0]) {
            if (verbs[verb].verb == DYNR_LOCAL_HELP) {
                out->verb = DYNR_LOCAL_HELP;
                return true;
            }
            if (has_verb) {
                return complain("one command at a time, not also", argv[i]);
            }
            has_verb = true;
            out->verb = verbs[verb].verb;
        } else if (argv[i][0] != '-') {
            return complain("there is no command", argv[i]);
        } else if (!take_option(argc, argv, &i, out)) {
            return false;
        }
    }
    if (out->memory && out->data != NULL) {
        return complain("--memory keeps nothing: leave out --data", out->data);
    }
    if (out->data == NULL) {
        out->data = ".dynr";
    }
    return true;
}
