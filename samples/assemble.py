#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts a page and the client that dynrc writes for its schema into one folder, for a server's --static.

    assemble.py DYNRC SCHEMA FOLDER STAMP DEPFILE PART...

A PART is a folder of the page's own files, or one file. FOLDER is made anew. STAMP is written last, so that a build which broke off is done again; DEPFILE names all that was read.
"""

import os
import shutil
import subprocess
import sys


def files_of(part):
    """Yields (path, path within the page) of every file of a part."""
    if os.path.isfile(part):
        yield part, os.path.basename(part)
    for folder, folders, files in os.walk(part):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            yield path, os.path.relpath(path, part)


def main():
    dynrc, schema, folder, stamp, depfile, *parts = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([dynrc, "build", "--js", "--ts", "--frozen", "--quiet", "-o", folder, "--depfile", depfile, "--deptarget",
                    stamp, schema], check=True)
    read = []
    for part in parts:
        for path, place in files_of(part):
            os.makedirs(os.path.dirname(os.path.join(folder, place)), exist_ok=True)
            shutil.copyfile(path, os.path.join(folder, place))
            read.append(path)
    # Programs in Node import the same files.
    with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"type": "module"}\n')
    with open(depfile, "a", encoding="utf-8") as file:
        file.write(f"{stamp}: {' '.join(path.replace(' ', chr(92) + ' ') for path in read)}\n")
    with open(stamp, "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
