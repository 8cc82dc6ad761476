/* SPDX-License-Identifier: Apache-2.0 */
#include "server/app_options.h"

#include <stdint.h>
#include <string.h>

#include "base/spelling.h"

enum option_kind {
    OPTION_TEXT,
    OPTION_FLAG,
    OPTION_ORIGIN
};

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;
};

static const struct option options_of_serve[] = {
    {"--store", OPTION_TEXT, offsetof(struct dynr_app_options, store)},
    {"--listen", OPTION_TEXT, offsetof(struct dynr_app_options, listen)},
    {"--static", OPTION_TEXT, offsetof(struct dynr_app_options, static_directory)},
    {"--jwks", OPTION_TEXT, offsetof(struct dynr_app_options, jwks)},
    {"--issuer", OPTION_TEXT, offsetof(struct dynr_app_options, issuer)},
    {"--audience", OPTION_TEXT, offsetof(struct dynr_app_options, audience)},
    {"--tls-cert", OPTION_TEXT, offsetof(struct dynr_app_options, tls_certificate)},
    {"--tls-key", OPTION_TEXT, offsetof(struct dynr_app_options, tls_key)},
    {"--origin", OPTION_ORIGIN, 0},
    {"--require-token", OPTION_FLAG, offsetof(struct dynr_app_options, auth_required)},
    {"--insecure", OPTION_FLAG, offsetof(struct dynr_app_options, insecure)},
    {"--dev", OPTION_FLAG, offsetof(struct dynr_app_options, dev)},
    {"--public-metrics", OPTION_FLAG, offsetof(struct dynr_app_options, public_metrics)},
    {NULL, OPTION_FLAG, 0},
};

static const struct option options_of_call[] = {
    {"--store", OPTION_TEXT, offsetof(struct dynr_app_options, store)},
    {"--as", OPTION_TEXT, offsetof(struct dynr_app_options, as)},
    {NULL, OPTION_FLAG, 0},
};

static const struct option no_options[] = {{NULL, OPTION_FLAG, 0}};

static const struct {
    const char *name;
    enum dynr_app_verb verb;
    const struct option *options;
    size_t max_words;
} verbs[] = {
    {"serve", DYNR_APP_SERVE, options_of_serve, 0}, {"call", DYNR_APP_CALL, options_of_call, 2},
    {"schema", DYNR_APP_SCHEMA, no_options, 0},     {"help", DYNR_APP_HELP, no_options, 0},
    {"--help", DYNR_APP_HELP, no_options, 0},       {"-h", DYNR_APP_HELP, no_options, 0},
    {"--version", DYNR_APP_VERSION, no_options, 0},
};

void dynr_app_print_help(const struct dynr_app *app, FILE *out)
{
    static const char text[] =
        "  serve    answer HTTP and WebSocket until SIGTERM or SIGINT\n"
        "    --store FILE         the data file (the program's name and .db), made where it is "
        "missing; "
        ":memory: for none\n"
        "    --listen HOST:PORT   127.0.0.1:8787; another host needs --jwks, or --insecure\n"
        "    --static DIR         files to serve beside the procedures\n"
        "    --jwks FILE          key set (RFC 7517) that callers' tokens are signed with; clocks "
        "may differ by 60 s\n"
        "    --issuer TEXT        tokens must have this `iss`\n"
        "    --audience TEXT      tokens must have this `aud`\n"
        "    --require-token      nobody gets in without a token, not even to open procedures\n"
        "    --tls-cert FILE      certificate (PEM); with it only TLS is spoken\n"
        "    --tls-key FILE       its key\n"
        "    --origin ORIGIN      pages of https://app.example.com may call; may be repeated\n"
        "    --public-metrics     /metrics answers everybody, not only this machine\n"
        "    --insecure           listen on any address without tokens\n"
        "    --dev                clients say who they are, nobody checks; loopback alone\n"
        "  call     run one procedure and print its output\n"
        "    call PROCEDURE [INPUT] [--store FILE] [--as CALLER]; INPUT and CALLER are JSON\n"
        "  schema   print what clients need to know, as JSON\n"
        "  help     this; --version: the version\n";
    (void)fprintf(out, "%s VERB [ARGUMENTS]\n\n%s\n", app->name, text);
    (void)fprintf(out, "  %s serve --store %s.db --dev\n", app->name, app->name);
    (void)fprintf(out,
                  "  %s serve --store %s.db --listen 0.0.0.0:443 --jwks keys.json --issuer "
                  "https://id.example.com \\\n",
                  app->name, app->name);
    (void)fprintf(out, "      --audience %s --tls-cert cert.pem --tls-key key.pem\n", app->name);
    if (app->procedures->n_procedures > 0) {
        (void)fprintf(out, "  %s call %s '{}' --store %s.db\n", app->name,
                      app->procedures->procedures[0]->path, app->name);
    }
    (void)fprintf(out, "\nExit status: 0 done, 1 failed, 2 wrong command line.\n");
}

static bool complain(const struct dynr_app *app, const char *what, const char *word)
{
    (void)fprintf(stderr, "%s: %s `%s`; see %s --help\n", app->name, what, word, app->name);
    return false;
}

static const struct option *find_option(const struct option *options, const char *name)
{
    while (options->name != NULL && strcmp(options->name, name) != 0) {
        options++;
    }
    return options->name == NULL ? NULL : options;
}

static bool refuse_option(const struct dynr_app *app, const struct option *options,
                          const char *written)
{
    const char *meant = NULL;
    size_t distance = SIZE_MAX;
    (void)complain(app, "there is no option", written);
    for (; options->name != NULL; options++) {
        if (dynr_spelling_is_nearer(dynr_str_from_c(written), dynr_str_from_c(options->name),
                                    &distance)) {
            meant = options->name;
        }
    }
    if (meant != NULL) {
        dynr_app_suggest(meant);
    }
    return false;
}

static bool refuse_verb(const struct dynr_app *app, const char *written)
{
    const char *meant = NULL;
    size_t distance = SIZE_MAX;
    (void)complain(app, "there is no verb", written);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (dynr_spelling_is_nearer(dynr_str_from_c(written), dynr_str_from_c(verbs[i].name),
                                    &distance)) {
            meant = verbs[i].name;
        }
    }
    if (meant != NULL) {
        dynr_app_suggest(meant);
    }
    return false;
}

static bool set_option(const struct dynr_app *app, const struct option *option, const char *value,
                       struct dynr_app_options *out)
{
    char *place = (char *)out + option->offset;
    if (option->kind == OPTION_FLAG) {
        *(bool *)(void *)place = true;
        return true;
    }
    if (value == NULL) {
        return complain(app, "there is no value behind", option->name);
    }
    if (option->kind == OPTION_ORIGIN) {
        if (out->n_origins == DYNR_APP_MAX_ORIGINS) {
            return complain(app, "too many", option->name);
        }
        out->origins[out->n_origins++] = value;
        return true;
    }
    if (*(const char **)(void *)place != NULL) {
        return complain(app, "given twice:", option->name);
    }
    *(const char **)(void *)place = value;
    return true;
}

static bool read_words(int argc, char **argv, const struct dynr_app *app, size_t verb,
                       struct dynr_app_options *out)
{
    const char **words[] = {&out->procedure, &out->input};
    size_t n_words = 0;
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            if (strcmp(argv[i], "--help") == 0) {
                out->verb = DYNR_APP_HELP;
                return true;
            }
            const struct option *option = find_option(verbs[verb].options, argv[i]);
            if (option == NULL) {
                return refuse_option(app, verbs[verb].options, argv[i]);
            }
            const char *value = option->kind != OPTION_FLAG && i + 1 < argc ? argv[++i] : NULL;
            if (!set_option(app, option, value, out)) {
                return false;
            }
        } else if (n_words < verbs[verb].max_words && n_words < sizeof words / sizeof words[0]) {
            *words[n_words++] = argv[i];
        } else {
            return complain(app, "too many arguments:", argv[i]);
        }
    }
    if (out->verb == DYNR_APP_CALL && out->procedure == NULL) {
        return complain(app, "which procedure? Nothing follows", "call");
    }
    return true;
}

bool dynr_app_read_options(int argc, char **argv, const struct dynr_app *app,
                           struct dynr_app_options *out)
{
    memset(out, 0, sizeof *out);
    if (argc < 2) {
        dynr_app_print_help(app, stderr);
        return false;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            out->verb = verbs[i].verb;
            return read_words(argc, argv, app, i, out);
        }
    }
    return refuse_verb(app, argv[1]);
}
