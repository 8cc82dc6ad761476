#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signs every request of AWS's own suite (awslabs/aws-c-auth) in headers and in the query, and compares all three stages.

The suite stands beside the checkout, in ../shared/testdata/sigv4/v4; where it does not, the test is skipped.
"""

import json
import pathlib
import subprocess
import sys
import urllib.parse

SUITE = pathlib.Path(__file__).resolve().parents[4] / "shared/testdata/sigv4/v4"


def parse_request(text):
    head, _, body = text.partition("\n\n")
    lines = head.rstrip("\n").split("\n")
    first, lines = lines[0], lines[1:]
    method, rest = first.split(" ", 1)
    target = rest.rsplit(" ", 1)[0]
    headers = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            headers[-1][1] += "\n" + line
        else:
            headers.append(list(line.split(":", 1)))
    return method, target, headers, body


def arguments(context, mode, method, target, headers, body):
    credentials = context["credentials"]
    time = context["timestamp"].replace("-", "").replace(":", "")
    path, _, query = target.partition("?")
    token = credentials.get("token") if not context.get("omit_session_token") else None
    if mode == "header":
        headers = headers + [["X-Amz-Date", time]]
        if context.get("sign_body"):
            import hashlib

            headers = headers + [["x-amz-content-sha256", hashlib.sha256(body.encode()).hexdigest()]]
        if token:
            headers = headers + [["X-Amz-Security-Token", token]]
    else:
        scope = "/".join([credentials["access_key_id"], time[:8], context["region"], context["service"], "aws4_request"])
        names = ";".join(sorted({name.lower() for name, _ in headers}))
        added = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": scope,
            "X-Amz-Date": time,
            "X-Amz-SignedHeaders": names,
            "X-Amz-Expires": str(context["expiration_in_seconds"]),
        }
        if token:
            added["X-Amz-Security-Token"] = token
        query = "&".join(filter(None, [query, urllib.parse.urlencode(added, quote_via=urllib.parse.quote)]))
    out = [credentials["secret_access_key"], time, context["region"], context["service"]]
    out += ["1" if context["normalize"] else "0", method, path, query, body]
    return out + [part for header in headers for part in header]


def main():
    program = sys.argv[1]
    print("TAP version 13")
    if not SUITE.is_dir():
        print("1..0 # SKIP AWS's signing suite is not beside this checkout")
        return 0
    cases = [(case, mode) for case in sorted(SUITE.iterdir()) for mode in ("header", "query")]
    print(f"1..{len(cases)}")
    for number, (case, mode) in enumerate(cases, 1):
        context = json.loads((case / "context.json").read_text())
        request = parse_request((case / "request.txt").read_bytes().decode())
        run = subprocess.run([program] + arguments(context, mode, *request), capture_output=True, check=False)
        got = [part.decode() for part in run.stdout.split(b"\0")[:-1]]
        names = ("canonical-request", "string-to-sign", "signature")
        want = [(case / f"{mode}-{name}.txt").read_bytes().decode().strip() for name in names]
        same = [part.strip() for part in got] == want
        print(f"{'ok' if same else 'not ok'} {number} - {case.name}, {mode}")
        if not same:
            print("\n".join(f"# got {part!r}" for part in got), "\n".join(f"# want {part!r}" for part in want), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
