#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo, as a user would see it: what is derived and generated, the app in C, then the live page, until Ctrl-C.
# --no-serve (and whatever is no terminal) ends before the page; --check drives all of it and looks at what it does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${DYNR_BUILD:-$root/build}
dynrc=${DYNRC:-$build/dynrc}
pages=$build/samples/todo/web
server=$build/samples/todo/todo
first_port=8787
ports_to_try=20
work=$(mktemp -d)
pid=
leave() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap leave EXIT

mode=serve
case ${1:-} in
'') [ -t 1 ] || mode=quiet ;;
--no-serve) mode=show ;;
--check) mode=check ;;
*)
    echo "demo: there is no option \`$1\`; there are --check and --no-serve" >&2
    exit 2
    ;;
esac

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

# Whether something listens there already.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    for ((port = first_port; port < first_port + ports_to_try; port++)); do
        if ! is_taken "$port"; then
            echo "$port"
            return 0
        fi
    done
    echo "demo: the ports from $first_port to $((port - 1)) are all taken" >&2
    return 1
}

# Until Ctrl-C, which the terminal sends to this script and to the server alike.
serve() {
    local port status=0 store=$build/samples/todo/demo.db
    port=$(free_port) || return 1
    title "6. The live page: the same schema, a server of 20 lines of C, a page of plain JavaScript"
    cat <<TEXT
    http://127.0.0.1:$port

    Open it in two windows and sign in with the same address in both.
    Type in one, see the other. Stop the network of one (developer tools), go on typing, start it again.

    What you write is kept in $store.
    Ctrl-C ends it.

TEXT
    trap : INT
    "$server" serve --dev --listen "127.0.0.1:$port" --store "$store" --static "$pages" >"$work/server.log" 2>&1 &
    pid=$!
    # An interrupted wait says so with a status above 128; the server's own comes from the next one.
    wait "$pid" || status=$?
    if ((status > 128)); then
        kill -INT "$pid" 2>/dev/null || true
        status=0
        wait "$pid" || status=$?
    fi
    pid=
    if ((status != 0)); then
        cat "$work/server.log" >&2
        echo "demo: the server ended with $status" >&2
        return 1
    fi
    printf '\nThe server has ended.\n'
}

if [ "$mode" = show ] || [ "$mode" = quiet ]; then
    demo || exit 1
    # Nobody would end a server that nobody sees.
    [ "$mode" = show ] || printf '\nThere is no terminal, so the page is not served. ./dev demo --check tries it all the same.\n'
    exit 0
fi
if [ "$mode" = serve ]; then
    demo
    serve
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
expect 'generated/todo.client.js'
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
node "$here/live_check.mjs" "$server" "$pages" > "$work/live" 2>&1 || { cat "$work/live"; echo "demo: the live part failed" >&2; exit 1; }
echo "demo: all well ($(wc -l < "$work/log") lines of output checked)"
cat "$work/live"
