#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo, as a user would see it. --check drives it without a terminal and looks at what it prints.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${DYNR_BUILD:-$root/build}
dynrc=${DYNRC:-$build/dynrc}
check=0
[ "${1:-}" = --check ] && check=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

title() { printf '\n== %s\n\n' "$1"; }

demo() {
    title "1. The schema: samples/todo/todo.dyn (its heart)"
    sed -n '/^\/\/\/ A task/,/^}/p' "$here/todo.dyn"
    title "2. What dynrc derives from it, and proves: dynrc tables samples/todo/todo.dyn"
    (cd "$root" && "$dynrc" tables samples/todo/todo.dyn) || return 1
    title "3. What it writes: dynrc build samples/todo/todo.dyn -o generated"
    cp "$here/todo.dyn" "$work/todo.dyn"
    (cd "$work" && "$dynrc" build todo.dyn -o generated) || return 1
    title "4. The app, compiled from that and linked against libdynr, on a SQLite file"
    "$build/samples/todo/todo-demo" "$work/todo.db" || return 1
    title "5. The same program once more"
    "$build/samples/todo/todo-demo" "$work/todo.db"
}

if [ "$check" = 0 ]; then
    demo
    exit 0
fi

demo > "$work/log" 2>&1 || { cat "$work/log"; echo "demo: failed" >&2; exit 1; }
missing=0
expect() {
    if ! grep -qF -- "$1" "$work/log"; then
        echo "demo: the output lacks: $1" >&2
        missing=1
    fi
}
expect 'TODOLIST#{list}'
expect 'lower bound'
expect 'generated/todo.h'
expect 'generated/todo.template.json'
expect 'Water #plants & herbs'
# shellcheck disable=SC2016 # the backticks are the program's own
expect 'NOT_UNIQUE, field `email`'
expect 'CONFLICT'
expect '"openCount":"3"'
expect '"role":"viewer","user":{"id":'
expect 'DENIED: the policy does not allow this'
expect 'Run again: Ada is there'
[ "$(grep -c 'Call the dentist' "$work/log")" -ge 4 ] || { echo "demo: tasks are not listed in both runs" >&2; missing=1; }
[ "$missing" = 0 ] || { cat "$work/log"; exit 1; }
echo "demo: all well ($(wc -l < "$work/log") lines of output checked)"
