/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `dynr local`, by the tables of commands.h. */
#include <stdlib.h>
#include <string.h>

#include "base/origin.h"
#include "cli/local.h"
#include "cli/say.h"

static const struct {
    const char *name;
    enum dynr_local_verb verb;
} verbs[] = {
    {"start", DYNR_LOCAL_SERVE},   {"status", DYNR_LOCAL_STATUS}, {"stop", DYNR_LOCAL_STOP},
    {"reset", DYNR_LOCAL_RESET},   {"logs", DYNR_LOCAL_LOGS},     {"export", DYNR_LOCAL_EXPORT},
    {"import", DYNR_LOCAL_IMPORT},
};

/* What a command line is read into. */
struct parse {
    int argc;
    char **argv;
    int at;
    /* NULL: none was named. */
    const struct dynr_cli_command *command;
    /* Rows of options.def that were written. */
    bool given[DYNR_CLI_N_OPTIONS];
    struct dynr_local_command *out;
};

/* The command that --help is to be called of. */
static bool complain(const struct parse *parse, const char *what, const char *word)
{
    dynr_cli_fail("%s `%s`", what, word);
    dynr_cli_hint("dynr local %s%s--help", parse->command == NULL ? "" : parse->command->name,
                  parse->command == NULL ? "" : " ");
    return false;
}

/* ---- values ---- */

static bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end = NULL;
    *out = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out <= max;
}

static bool parse_durability(const struct parse *parse, const char *value,
                             enum dynr_durability *out)
{
    static const char *const names[] = {"full", "normal", "none"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = (enum dynr_durability)i;
            return true;
        }
    }
    return complain(parse, "--durability is full, normal or none, not", value);
}

/* NAME or NAME:TYPE */
static bool parse_key(const struct parse *parse, const char *value, struct dynr_key_attribute *out)
{
    const char *colon = strrchr(value, ':');
    size_t len = colon == NULL ? strlen(value) : (size_t)(colon - value);
    out->name = dynr_str_make(value, len);
    out->type = colon == NULL ? 'S' : colon[1];
    bool is_type =
        colon == NULL || (colon[1] != '\0' && colon[2] == '\0' && strchr("SNB", colon[1]) != NULL);
    return (len > 0 && is_type) ||
           complain(parse, "a key is NAME, NAME:S, NAME:N or NAME:B, not", value);
}

static bool set_option(const struct parse *parse, const struct dynr_cli_option *option,
                       const char *value)
{
    struct dynr_local_command *out = parse->out;
    char *place = (char *)out + option->offset;
    unsigned long number = 0;
    switch (option->kind) {
    case DYNR_OPTION_FLAG:
        *(bool *)(void *)place = true;
        return true;
    case DYNR_OPTION_TEXT:
        *(const char **)(void *)place = value;
        return true;
    case DYNR_OPTION_HOST:
        /* The one name that needs nobody to be asked. */
        *(const char **)(void *)place = strcmp(value, "localhost") == 0 ? "127.0.0.1" : value;
        return true;
    case DYNR_OPTION_PORT:
        if (!parse_number(value, UINT16_MAX, &number)) {
            return complain(parse, "a port is a number up to 65535, not", value);
        }
        *(uint16_t *)(void *)place = (uint16_t)number;
        out->is_port_given = true;
        return true;
    case DYNR_OPTION_COUNT:
        if (!parse_number(value, 100000, &number) || number == 0) {
            return complain(parse, "--connections is a number from 1 to 100000, not", value);
        }
        *(uint32_t *)(void *)place = (uint32_t)number;
        return true;
    case DYNR_OPTION_DURABILITY:
        return parse_durability(parse, value, &out->durability);
    case DYNR_OPTION_ORIGIN:
        if (out->n_origins == DYNR_CLI_MAX_ORIGINS) {
            return complain(parse, "too many origins:", value);
        }
        if (strcmp(value, "*") != 0 && strcmp(value, "null") != 0 &&
            !dynr_origin_is_valid(dynr_str_from_c(value))) {
            return complain(parse,
                            "an origin is `*`, or scheme, host and the port if it is not the "
                            "scheme's own, such as http://localhost:5173, not",
                            value);
        }
        out->origins[out->n_origins++] = value;
        return true;
    case DYNR_OPTION_KEY:
        return parse_key(parse, value, (struct dynr_key_attribute *)(void *)place);
    }
    return false;
}

/* ---- words ---- */

static const struct dynr_cli_option *find_option(const char *word, size_t len)
{
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        const struct dynr_cli_option *option = &dynr_cli_options[i];
        bool is_long = len > 2 && memcmp(word, "--", 2) == 0 && strlen(option->name) == len - 2 &&
                       memcmp(option->name, word + 2, len - 2) == 0;
        bool is_short = len == 2 && option->letter != 0 && word[1] == option->letter;
        if (is_long || is_short) {
            return option;
        }
    }
    return NULL;
}

/* What DynamoDB Local calls an option, and what stands for it here. */
static const char *find_foreign(const char *word)
{
    static const struct {
        const char *theirs;
        const char *ours;
    } options[] = {
        {"-inMemory", "--memory"},
        {"-dbPath", "--data DIR"},
        {"-port", "--port N"},
        {"-cors", "--origin ORIGIN"},
        {"-help", "--help"},
        {"-version", "dynr version"},
        {"-sharedDb", "nothing: tables are shared unless --isolate is given"},
        {"-delayTransientStatuses", "nothing: states change as soon as the work is done"},
        {"-disableTelemetry", "nothing: nothing is sent anywhere"},
        {"-optimizeDbBeforeStartup", "nothing: there is nothing to optimise"},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i].theirs, word) == 0) {
            return options[i].ours;
        }
    }
    return NULL;
}

static bool complain_of_option(const char *word)
{
    dynr_cli_fail("there is no option `%s`", word);
    const char *ours = find_foreign(word);
    if (ours != NULL) {
        dynr_cli_hint("what DynamoDB Local calls %s is here %s", word, ours);
    }
    for (size_t i = 0; ours == NULL && i < DYNR_CLI_N_OPTIONS; i++) {
        if (!dynr_cli_is_repeated(i) &&
            dynr_cli_is_near(word + strspn(word, "-"), dynr_cli_options[i].name)) {
            dynr_cli_hint("did you mean `--%s`?", dynr_cli_options[i].name);
        }
    }
    dynr_cli_hint("dynr local --help");
    return false;
}

/* One option, its value behind `=` or in the next word. */
static bool take_option(struct parse *parse)
{
    const char *word = parse->argv[parse->at];
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct dynr_cli_option *option = find_option(word, len);
    if (option == NULL) {
        return complain_of_option(word);
    }
    const char *value = "";
    if (equals != NULL) {
        value = equals + 1;
    } else if (option->value[0] != '\0') {
        if (parse->at + 1 == parse->argc) {
            return complain(parse, "there is no value behind", word);
        }
        value = parse->argv[++parse->at];
    }
    if (option->value[0] == '\0' && equals != NULL) {
        char name[64];
        (void)snprintf(name, sizeof name, "--%s", option->name);
        return complain(parse, "no value belongs behind", name);
    }
    parse->given[option - dynr_cli_options] = true;
    return set_option(parse, option, value);
}

/* `help`, `help COMMAND` */
static bool take_help(struct parse *parse)
{
    parse->out->help = true;
    if (parse->at + 1 < parse->argc) {
        const char *name = parse->argv[++parse->at];
        parse->command = dynr_cli_find_command("local", name);
        if (parse->command == NULL) {
            (void)dynr_cli_unknown_command("local", name);
            return false;
        }
    }
    return parse->at + 1 == parse->argc ||
           complain(parse, "one argument too many:", parse->argv[parse->at + 1]);
}

static bool take_word(struct parse *parse)
{
    const char *word = parse->argv[parse->at];
    const struct dynr_cli_command *command = dynr_cli_find_command("local", word);
    if (parse->command == NULL && strcmp(word, "help") == 0) {
        return take_help(parse);
    }
    if (parse->command != NULL && parse->command->operand[0] != '\0' && parse->out->input == NULL) {
        parse->out->input = word;
        return true;
    }
    if (command == NULL && parse->command == NULL) {
        (void)dynr_cli_unknown_command("local", word);
        return false;
    }
    if (command == NULL) {
        return complain(parse, "one argument too many:", word);
    }
    if (parse->command != NULL) {
        return complain(parse, "one command at a time, not also", word);
    }
    parse->command = command;
    return true;
}

/* ---- the whole ---- */

/* An option that has no effect is a misunderstanding: `stop --data x` does not stop what serves x. */
static bool check_options(const struct parse *parse, const struct dynr_cli_command *command)
{
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        const struct dynr_cli_option *option = &dynr_cli_options[i];
        if (!parse->given[i] || dynr_cli_takes_name(command, option->name)) {
            continue;
        }
        dynr_cli_fail("--%s has no effect on `%s`", option->name, command->name);
        if (dynr_cli_takes_name(command, "port") && parse->out->verb != DYNR_LOCAL_SERVE) {
            dynr_cli_hint("`%s` is about what runs on a port: --port N (%s)", command->name,
                          parse->out->verb == DYNR_LOCAL_STATUS ? "all" : "8000");
        }
        dynr_cli_hint("dynr local %s --help", command->name);
        return false;
    }
    return true;
}

static bool is_missing(const struct dynr_cli_command *command, const char *what)
{
    dynr_cli_fail("%s", what);
    dynr_cli_hint("dynr local %s --help", command->name);
    return false;
}

/* What must be said, and what contradicts itself. */
static bool check_whole(const struct parse *parse, const struct dynr_cli_command *command)
{
    const struct dynr_local_command *out = parse->out;
    if (out->memory && out->data != NULL) {
        return complain(parse, "--memory keeps nothing: leave out --data", out->data);
    }
    if (out->verb != DYNR_LOCAL_SERVE && out->port == 0) {
        return complain(parse, "a port that something runs on is a number from 1 to 65535, not",
                        "0");
    }
    if (out->verb == DYNR_LOCAL_EXPORT && out->table == NULL) {
        return is_missing(command, "which table? --table NAME is missing");
    }
    if (out->verb != DYNR_LOCAL_IMPORT) {
        return true;
    }
    if (out->input == NULL) {
        return is_missing(command,
                          "what is to be imported? FILE is missing, `-` for standard input");
    }
    if (out->definition != NULL && (out->key.type != 0 || out->sort_key.type != 0)) {
        return is_missing(command, "--definition has the keys: leave out --key and --sort-key");
    }
    if (out->definition == NULL && out->key.type == 0) {
        return is_missing(
            command, "which key has the table? --key NAME:TYPE or --definition FILE is missing");
    }
    return out->definition != NULL || out->table != NULL ||
           is_missing(command, "what is the table's name? --table NAME is missing");
}

static enum dynr_local_verb verb_of(const struct dynr_cli_command *command)
{
    size_t i = 0;
    while (strcmp(verbs[i].name, command->name) != 0) {
        i++;
    }
    return verbs[i].verb;
}

bool dynr_local_parse(int argc, char **argv, struct dynr_local_command *out)
{
    struct parse parse = {.argc = argc, .argv = argv, .out = out};
    memset(out, 0, sizeof *out);
    out->address = "127.0.0.1";
    out->port = 8000;
    for (; parse.at < argc && !out->help; parse.at++) {
        /* `-` is standard input. */
        bool is_option = argv[parse.at][0] == '-' && argv[parse.at][1] != '\0';
        if (!(is_option ? take_option(&parse) : take_word(&parse))) {
            return false;
        }
    }
    if (out->help) {
        out->explained = parse.command == NULL ? dynr_cli_find_command("", "local") : parse.command;
        return true;
    }
    const struct dynr_cli_command *command =
        parse.command == NULL ? dynr_cli_find_command("local", "start") : parse.command;
    out->verb = verb_of(command);
    if (!check_options(&parse, command) || !check_whole(&parse, command)) {
        return false;
    }
    if (out->data == NULL) {
        out->data = ".dynr";
    }
    return true;
}
