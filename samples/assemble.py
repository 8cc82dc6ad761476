#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts a page and the client that dynrc writes for its schema into one folder, for a server's --static.

    assemble.py DYNRC SCHEMA WEB FOLDER STAMP DEPFILE

FOLDER is made anew. STAMP is written last, so that a build which broke off is done again; DEPFILE names all that was read.
"""

import os
import shutil
import subprocess
import sys


def page_files(web):
    """Paths of the page's own files, below `web`."""
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), web)


def main():
    dynrc, schema, web, folder, stamp, depfile = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([dynrc, "build", "--js", "--ts", "--frozen", "--quiet", "-o", folder, "--depfile", depfile, "--deptarget",
                    stamp, schema], check=True)
    read = []
    for path in page_files(web):
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        shutil.copyfile(os.path.join(web, path), os.path.join(folder, path))
        read.append(os.path.join(web, path))
    # Programs in Node import the same files.
    with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"type": "module"}\n')
    with open(depfile, "a", encoding="utf-8") as file:
        file.write(f"{stamp}: {' '.join(path.replace(' ', chr(92) + ' ') for path in read)}\n")
    with open(stamp, "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
