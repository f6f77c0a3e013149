#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs that measure, checks the figures that they print (one JSON object a line), and writes all
of them to one file. A program that fails, a bad line or a name that comes twice is an error, and then the file
is left as it was."""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is
import figures  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("commands", nargs="+", help="each is run by the shell")
    arguments = parser.parse_args()
    lines = []
    for command in arguments.commands:
        print(f"bench: {command}", flush=True)
        process = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
        own = process.stdout.splitlines()
        if process.returncode != 0 or not own:
            sys.exit(f"error: {command}: exit code {process.returncode}, {len(own)} figures")
        lines += own
    try:
        measured = figures.parse_all(lines)
    except figures.BadFigure as error:
        sys.exit(f"error: {error}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    fresh = arguments.out.with_suffix(".new")
    fresh.write_text("".join(json.dumps(figure) + "\n" for figure in measured), encoding="utf-8")
    os.replace(fresh, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
