#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes vscode/syntaxes/dyn.tmLanguage.json from ../tokens.def.

    make_textmate.py            writes
    make_textmate.py --check    fails when the file is not what would be written

Keywords are contextual and a TextMate grammar knows little context, so it colours a word as a keyword except behind a
dot or before a colon, where it can only be a name.
"""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "vscode", "syntaxes", "dyn.tmLanguage.json")
KEYWORD = re.compile(r'^DYN_KEYWORD\((\w+), "([^"]+)", (\w+)\)', re.MULTILINE)
WORD = r"(?<![.`@])\b({})\b(?!\s*:)"


def read_tokens():
    with open(os.path.join(HERE, "..", "tokens.def"), encoding="utf-8") as file:
        return file.read()


def names(tokens, macro):
    return re.findall(r"^DYN_" + macro + r'\("([^"]+)"\)', tokens, re.MULTILINE)


def rule(scope, pattern):
    return {"name": scope, "match": pattern}


def grammar():
    tokens = read_tokens()
    keywords = {"control": [], "declaration": [], "operator": [], "constant": []}
    for _, text, category in KEYWORD.findall(tokens):
        if text in ("null", "true", "false"):
            keywords["constant"].append(text)
        elif category == "OPERATOR" or text == "not":
            keywords["operator"].append(text)
        elif category == "DECLARATION" or text == "dyn":
            keywords["declaration"].append(text)
        else:
            keywords["control"].append(text)
    types = names(tokens, "BUILTIN_TYPE")
    traits = names(tokens, "BUILTIN_TRAIT")
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "dyn",
        "scopeName": "source.dyn",
        "fileTypes": ["dyn"],
        "patterns": [{"include": "#" + name} for name in (
            "comments", "strings", "quoted", "numbers", "attributes", "declarations", "constants", "operators", "keywords",
            "types", "traits", "fields")],
        "repository": {
            "comments": {"patterns": [rule("comment.line.documentation.dyn", r"///(?!/).*$"),
                                      rule("comment.line.double-slash.dyn", r"//.*$")]},
            "strings": {"patterns": [{
                "name": "string.quoted.double.dyn", "begin": '"', "end": '"|$',
                "patterns": [rule("constant.character.escape.dyn", r"\\(u\{[0-9A-Fa-f]+\}|.)"),
                             rule("variable.other.template.dyn", r"\{[A-Za-z_][A-Za-z0-9_]*\}")]}]},
            "quoted": {"patterns": [rule("variable.other.dyn", r"`[A-Za-z_][A-Za-z0-9_]*`")]},
            "numbers": {"patterns": [rule("constant.numeric.dyn", r"\b[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\b")]},
            "attributes": {"patterns": [rule("entity.other.attribute-name.dyn", r"@[A-Za-z_][A-Za-z0-9_]*")]},
            "declarations": {"patterns": [{
                "match": r"^(" + "|".join(keywords["declaration"]) + r")\s+([A-Za-z_][A-Za-z0-9_]*)",
                "captures": {"1": {"name": "keyword.declaration.dyn"}, "2": {"name": "entity.name.type.dyn"}}}]},
            "constants": {"patterns": [rule("constant.language.dyn", WORD.format("|".join(keywords["constant"])))]},
            "operators": {"patterns": [
                rule("keyword.operator.word.dyn", WORD.format("|".join(keywords["operator"]))),
                rule("keyword.operator.dyn", r"==|!=|<=|>=|->|\.\.|[<>=+\-?]")]},
            "keywords": {"patterns": [
                rule("keyword.declaration.dyn", WORD.format("|".join(keywords["declaration"]))),
                rule("keyword.control.dyn", WORD.format("|".join(keywords["control"])))]},
            "types": {"patterns": [rule("support.type.dyn", WORD.format("|".join(types)))]},
            "traits": {"patterns": [rule("support.class.dyn", WORD.format("|".join(traits)))]},
            "fields": {"patterns": [rule("variable.other.member.dyn", r"\.[A-Za-z_][A-Za-z0-9_]*")]},
        },
    }


def main():
    text = json.dumps(grammar(), indent=2) + "\n"
    if sys.argv[1:] == ["--check"]:
        with open(TARGET, encoding="utf-8") as file:
            if file.read() != text:
                print("run grammar/editors/make_textmate.py")
                return 1
        return 0
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
