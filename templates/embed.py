#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns text files into C at build time, so that dynrc carries its texts and checks them when it is built.

Blocks (the usual mode)
=======================

    embed.py [--name NAME] INPUT.tmpl OUT.c OUT.h

A template is a sequence of named blocks of target-language text, without loops, conditions or includes: C code
decides which block is written and how often. What stands before the first header is a comment.

    Free text: what this file is for.

    == block model_open(name, doc)
    /** {{doc|comment}} */
    struct {{name|ident}} {

    == inline field(type, name)
    {{type|code}} {{name|ident}};

* `== block NAME(PARAMETERS)` starts a block. Its text runs to the next header. Blank lines at its end are dropped
  (they only separate blocks in this file); its last line ends in a line feed.
* `== inline NAME(PARAMETERS)` is the same without the last line feed.
* `{{parameter}}` and `{{parameter|filter}}` insert. `{{{{` writes `{{`. A single `{` and any `}}` are text.
* The text is written flush left; struct dyn_out adds the current indentation to every non-empty line.

Each block of `model.tmpl` becomes, in the header,

    struct tmpl_model_model_open { struct dynr_str name; struct dynr_str doc; };
    void tmpl_model_model_open(struct dyn_out *out, const struct tmpl_model_model_open *params);

(without parameters: `void tmpl_model_x(struct dyn_out *out)`), and the caller writes

    tmpl_model_model_open(out, &(struct tmpl_model_model_open){.name = name, .doc = doc});

so that a parameter that was removed or renamed is a C error at every call. A parameter that is never set has a NULL
pointer and fails the output at run time (dyn_out_bad_text); say `""` for nothing. NAME is the file's name up to its
first dot unless --name says otherwise.

Filters say what may stand at the place; see enum dyn_out_filter in compiler/emit/out.h:

    (none)    [A-Za-z0-9_.]* or the output fails
    ident     one C identifier or the output fails
    code      a fragment that an emitter composed (a type, a parameter list); without quotes, backslashes, comment
              marks, `#` and control characters, or the output fails
    cstr      escaped for the inside of a C string literal; the template writes the quotes
    json      escaped for the inside of a JSON string
    ts        escaped for the inside of a TypeScript string in any of its three quotes
    comment   prose that cannot end the comment; wraps and repeats the ` * ` of the line it starts on

Faults of a template stop the build as `file:line: message`: a placeholder that is no parameter, a parameter that no
placeholder uses, an unknown filter, a block or parameter declared twice, a malformed header or placeholder.

Whole files
===========

    embed.py --files PREFIX OUT.c OUT.h NAME=PATH...

embeds files as they are, sorted by name:

    struct PREFIX_file { struct dynr_str name; struct dynr_str text; };
    extern const struct PREFIX_file PREFIX_files[];
    extern const size_t PREFIX_n_files;

With `--dir DIR --suffix .md` in place of the pairs, every DIR/NAME.md is taken.

In meson
========

    model_tmpl = custom_target('model.tmpl', input: 'model.tmpl', output: ['model_tmpl.c', 'model_tmpl.h'],
      command: [python, files('embed.py'), '@INPUT@', '@OUTPUT0@', '@OUTPUT1@'], depend_files: files('embed.py'))
"""

import argparse
import os
import re
import sys

# ORDER enum dyn_out_filter in compiler/emit/out.h
FILTERS = {
    "": "DYN_OUT_PLAIN",
    "ident": "DYN_OUT_IDENT",
    "cstr": "DYN_OUT_CSTR",
    "json": "DYN_OUT_JSON",
    "ts": "DYN_OUT_TS",
    "comment": "DYN_OUT_COMMENT",
    "code": "DYN_OUT_CODE",
}

HEADER = re.compile(r"^== (block|inline) ([a-z][a-z0-9_]*)\(([^()]*)\)\s*$")
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
PLACEHOLDER = re.compile(r"\{\{([^{}\n]*)\}\}")
# A string literal of C11 has at least 4095 characters; shorter ones also read better in a debugger.
LITERAL_LIMIT = 1500


class TemplateError(Exception):
    """A fault of a template, with its place."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


class Block:
    """One block: its declaration and its parts. A part is ('text', str) or ('insert', name, filter, line)."""

    def __init__(self, name, params, line, ends_line):
        self.name = name
        self.params = params
        self.line = line
        self.ends_line = ends_line
        self.lines = []
        self.parts = []


def parse_header(path, number, text, taken):
    match = HEADER.match(text)
    if not match:
        raise TemplateError(
            path, number, "a header reads `== block name(param, ...)` or `== inline name(param, ...)`")
    kind, name, inside = match.groups()
    if name in taken:
        raise TemplateError(path, number, f"block '{name}' is declared twice, first in line {taken[name].line}")
    params = []
    for param in [part.strip() for part in inside.split(",")] if inside.strip() else []:
        if not NAME.match(param):
            raise TemplateError(path, number, f"'{param}' is not a parameter name")
        if param in params:
            raise TemplateError(path, number, f"parameter '{param}' of block '{name}' is declared twice")
        params.append(param)
    return Block(name, params, number, kind == "block")


def parse_insertion(path, number, block, inside):
    name, bar, filter_name = inside.partition("|")
    name, filter_name = name.strip(), filter_name.strip()
    if name not in block.params:
        raise TemplateError(path, number, f"placeholder '{name}' is not a parameter of block '{block.name}'")
    if filter_name not in FILTERS or (bar and not filter_name):
        known = ", ".join(sorted(key for key in FILTERS if key))
        raise TemplateError(path, number, f"unknown filter '{filter_name}'; there are {known}")
    return ("insert", name, filter_name, number)


def parse_line(path, number, block, text):
    at = 0
    while at < len(text):
        start = text.find("{{", at)
        if start < 0:
            break
        block.parts.append(("text", text[at:start]))
        if text.startswith("{{{{", start):
            block.parts.append(("text", "{{"))
            at = start + 4
            continue
        match = PLACEHOLDER.match(text, start)
        if not match:
            raise TemplateError(path, number, "`{{` without a `{{name}}` or `{{name|filter}}`; write `{{{{` for `{{`")
        block.parts.append(parse_insertion(path, number, block, match.group(1)))
        at = match.end()
    block.parts.append(("text", text[at:]))


def finish_block(path, block):
    while block.lines and not block.lines[-1][1].strip():
        block.lines.pop()
    for index, (number, text) in enumerate(block.lines):
        is_last = index == len(block.lines) - 1
        parse_line(path, number, block, text if is_last and not block.ends_line else text + "\n")
    used = {part[1] for part in block.parts if part[0] == "insert"}
    for param in block.params:
        if param not in used:
            raise TemplateError(path, block.line, f"parameter '{param}' of block '{block.name}' is not used")


def parse_template(path, text):
    blocks = {}
    current = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("== ") or line == "==":
            current = parse_header(path, number, line, blocks)
            blocks[current.name] = current
        elif current:
            current.lines.append((number, line.rstrip("\r")))
    if not blocks:
        raise TemplateError(path, 1, "there is no block")
    for block in blocks.values():
        finish_block(path, block)
    return list(blocks.values())


def c_literal(text):
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        if char == "\n":
            out.append("\\n")
        elif char in '"\\':
            out.append("\\" + char)
        elif char == "?":
            out.append("\\?")
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def merge_text(parts):
    """Joins neighbouring text, then cuts it at line ends into literals that C allows."""
    merged = []
    for part in parts:
        if part[0] == "text" and merged and merged[-1][0] == "text":
            merged[-1] = ("text", merged[-1][1] + part[1])
        elif part[0] != "text" or part[1]:
            merged.append(part)
    for part in merged:
        if part[0] != "text":
            yield part
            continue
        piece = ""
        for line in part[1].splitlines(keepends=True):
            if piece and len(piece) + len(line) > LITERAL_LIMIT:
                yield ("text", piece)
                piece = ""
            piece += line
        if piece:
            yield ("text", piece)


def signature(prefix, block):
    function = f"tmpl_{prefix}_{block.name}"
    if not block.params:
        return f"void {function}(struct dyn_out *out)"
    return f"void {function}(struct dyn_out *out, const struct {function} *params)"


def header_text(prefix, source, blocks):
    guard = f"DYN_TMPL_{prefix.upper()}_H"
    lines = [
        f"/* Generated by templates/embed.py from {source}. Do not edit. */",
        f"#ifndef {guard}", f"#define {guard}", "",
        '#include "emit/out.h"', "",
    ]
    for block in blocks:
        if block.params:
            lines.append(f"struct tmpl_{prefix}_{block.name} {{")
            lines += [f"    struct dynr_str {param};" for param in block.params]
            lines.append("};")
        lines += [signature(prefix, block) + ";", ""]
    lines.append("#endif")
    return "\n".join(lines) + "\n"


def source_text(prefix, source, blocks, header):
    lines = [f"/* Generated by templates/embed.py from {source}. Do not edit. */", f'#include "{header}"']
    for block in blocks:
        lines += ["", signature(prefix, block), "{"]
        for part in merge_text(block.parts):
            if part[0] == "insert":
                _, name, filter_name, number = part
                where = c_literal(f"{source}:{number} {{{{{name}}}}}")
                lines.append(f"    dyn_out_filtered(out, {FILTERS[filter_name]}, params->{name}, {where});")
                continue
            rows = part[1].splitlines(keepends=True)
            lines.append("    dyn_out_text(out,")
            lines += [f"                 {c_literal(row)}" for row in rows]
            lines[-1] += f", {len(part[1].encode('utf-8'))});"
        if not block.parts:
            lines.append("    (void)out;")
        lines.append("}")
    return "\n".join(lines) + "\n"


def embed_files(prefix, pairs, header):
    """The two texts for whole files. Bytes are numbers, because string literals have a length limit in C11."""
    guard = f"DYN_FILES_{prefix.upper()}_H"
    head = [
        "/* Generated by templates/embed.py. Do not edit. */",
        f"#ifndef {guard}", f"#define {guard}", "", "#include <stddef.h>", "", '#include "dynr/str.h"', "",
        f"struct {prefix}_file {{", "    struct dynr_str name;", "    struct dynr_str text;", "};", "",
        f"/** {len(pairs)} files, in byte order of their names. */",
        f"extern const struct {prefix}_file {prefix}_files[];",
        f"extern const size_t {prefix}_n_files;", "", "#endif",
    ]
    body = ["/* Generated by templates/embed.py. Do not edit. */", f'#include "{header}"', ""]
    rows = []
    for index, (name, content) in enumerate(sorted(pairs, key=lambda pair: pair[0].encode())):
        numbers = [str(byte) for byte in content + b"\0"]
        body.append(f"static const unsigned char text_{index}[] = {{")
        body += ["    " + ", ".join(numbers[at:at + 24]) + "," for at in range(0, len(numbers), 24)]
        body += ["};", ""]
        rows.append(f"    {{{{{c_literal(name)}, {len(name.encode())}}}, "
                    f"{{(const char *)text_{index}, {len(content)}}}}},")
    body += [f"const struct {prefix}_file {prefix}_files[] = {{"] + rows + ["};", ""]
    body.append(f"const size_t {prefix}_n_files = {len(pairs)};")
    return "\n".join(head) + "\n", "\n".join(body) + "\n"


def read_pairs(arguments):
    pairs = {}
    sources = []
    for item in arguments.pairs:
        name, equals, path = item.partition("=")
        if not equals or not name:
            raise SystemExit(f"embed.py: '{item}' is not NAME=PATH")
        sources.append((name, path))
    if arguments.dir:
        suffix = arguments.suffix
        sources += [(entry[:len(entry) - len(suffix)], os.path.join(arguments.dir, entry))
                    for entry in sorted(os.listdir(arguments.dir)) if entry.endswith(suffix)]
    for name, path in sources:
        if name in pairs:
            raise SystemExit(f"embed.py: '{name}' is given twice")
        with open(path, "rb") as file:
            pairs[name] = file.read()
    if not pairs:
        raise SystemExit("embed.py: no files")
    return list(pairs.items())


def write_file(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description="turns template blocks or whole files into C")
    parser.add_argument("--name", help="name of the template in C (default: the file's name up to its first dot)")
    parser.add_argument("--files", metavar="PREFIX", help="embed whole files as a table of this name")
    parser.add_argument("--dir", help="with --files: embed the files of this folder")
    parser.add_argument("--suffix", default="", help="with --dir: only files that end so; cut from the name")
    parser.add_argument("rest", nargs="+", metavar="INPUT.tmpl OUT.c OUT.h | OUT.c OUT.h NAME=PATH...")
    arguments = parser.parse_args()
    arguments.pairs = []
    try:
        if arguments.files:
            if len(arguments.rest) < 2:
                parser.error("--files needs OUT.c OUT.h")
            out_c, out_h, *arguments.pairs = arguments.rest
            head, body = embed_files(arguments.files, read_pairs(arguments), os.path.basename(out_h))
        else:
            if len(arguments.rest) != 3:
                parser.error("needs INPUT.tmpl OUT.c OUT.h")
            path, out_c, out_h = arguments.rest
            source = os.path.basename(path)
            prefix = arguments.name or re.sub(r"[^a-z0-9]", "_", source.split(".")[0].lower())
            with open(path, encoding="utf-8") as file:
                blocks = parse_template(path, file.read())
            head = header_text(prefix, source, blocks)
            body = source_text(prefix, source, blocks, os.path.basename(out_h))
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    write_file(out_h, head)
    write_file(out_c, body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
