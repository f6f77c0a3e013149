#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a folder uses only the folders below it in the design.

usage: layers.py [ROOT]

C and C++ files are held by their #include "..." lines, SystemVerilog by the modules that it instantiates.
The table says for each folder what it may use besides itself; the longest matching folder counts.
"""
import re
import sys
from pathlib import Path

# The card's interface (the generated header) is open to all; so is the driver's public header to whatever
# may use the driver at all.
ABI = "snapcard_abi.h"
PUBLIC = "snapcard.h"

USES = {
    "driver/include": [],
    "driver/base": [PUBLIC],
    "driver/transport": ["driver/base", PUBLIC],
    "driver/card": ["driver/base", "driver/transport", PUBLIC],
    "driver/queue": ["driver/base", "driver/transport", "driver/card", PUBLIC],
    "driver/tools": ["driver/card", PUBLIC],  # its known answers
    "driver/examples": [PUBLIC],
    "host/base": [],
    "host/crypto": ["host/base"],
    "host/offload": ["host/base", "host/crypto", PUBLIC],
    "host/wire": ["host/base", "host/crypto"],
    "host/store": ["host/base", "host/wire"],
    "host/ledger": ["host/base", "host/crypto", "host/wire", "host/store"],
    "host/intake": ["host/base", "host/crypto", "host/wire", "host/offload", "host/store", "host/ledger"],
    "host/consensus": ["host/base", "host/crypto", "host/wire", "host/offload", "host/store", "host/ledger", "host/intake"],
    "host/api": ["host/base", "host/crypto", "host/wire", "host/offload", "host/store", "host/ledger", "host/intake",
                 "host/consensus"],
    "host/wallet": ["host/base", "host/crypto", "host/wire"],
    "host/node": ["host", PUBLIC],
    "host/tools": ["host/base", "host/crypto", "host/offload", "host/wire", "host/wallet", PUBLIC],
    "hls/compiler": [],
    "hls/model": [],
    "hls/programs": [],
    "hls/tables": [],
    "sim/card": ["hls/model"],
    "tests": ["rtl", "driver", "host", "hls", "sim", "tests", PUBLIC],
    "rtl/common": [],
    "rtl/field": ["rtl/common"],
    "rtl/pcie": ["rtl/common"],
    "rtl/hash": ["rtl/common"],
    "rtl/engine": ["rtl/common", "rtl/field", "rtl/hash"],
    "rtl/queue": ["rtl/common"],
    "rtl/top": ["rtl/common", "rtl/field", "rtl/engine", "rtl/pcie", "rtl/hash", "rtl/queue"],
}
C_SUFFIXES = {".c", ".h", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
MODULE = re.compile(r"^\s*module\s+(\w+)", re.MULTILINE)
INSTANCE = re.compile(r"^\s*(snap\w+)\s+(?:#\s*\(|\w+\s*\()", re.MULTILINE)


def folder_rule(path: str) -> str:
    """The longest folder of USES that holds the path, or ''."""
    return max((folder for folder in USES if path.startswith(folder + "/")), key=len, default="")


def allowed(rule: str, target: str) -> bool:
    return any(target == use or target.startswith(use + "/") for use in [rule, ABI, *USES[rule]])


def c_uses(path: Path, root: Path) -> list:
    """(line, used file) of each include that names a file of the project."""
    text = path.read_text(encoding="utf-8")
    uses = []
    for match in INCLUDE.finditer(text):
        name = match.group(1)
        beside = (path.parent / name).relative_to(root) if (path.parent / name).exists() else None
        target = str(beside) if beside and not (root / name).exists() else name
        if target == f"driver/include/{PUBLIC}":
            target = PUBLIC
        if (root / target).exists() or target in (ABI, PUBLIC):
            uses.append((text[:match.start()].count("\n") + 1, target))
    return uses


def sv_uses(path: Path, modules: dict) -> list:
    text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    return [(text[:match.start()].count("\n") + 1, modules[match.group(1)])
            for match in INSTANCE.finditer(text) if match.group(1) in modules]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    files = [path for top in ("rtl", "driver", "hls", "host", "sim", "tests") for path in sorted((root / top).rglob("*"))
             if path.is_file()]
    sv_files = [path for path in files if path.suffix == ".sv"]
    # A proof may put a promise in the place of a module, under its name: what is meant is the one that ships, so rtl/ is
    # read last.
    modules = {name: str(path.relative_to(root))
               for path in sorted(sv_files, key=lambda path: path.is_relative_to(root / "rtl"))
               for name in MODULE.findall(path.read_text(encoding="utf-8"))}
    errors = []
    for path in files:
        name = str(path.relative_to(root))
        if path.suffix not in C_SUFFIXES | {".sv"}:
            continue
        rule = folder_rule(name)
        if not rule:
            errors.append(f"{name}: this folder has no place in the layers; give it one in tests/tools/layers.py")
            continue
        uses = sv_uses(path, modules) if path.suffix == ".sv" else c_uses(path, root)
        errors += [f"{name}:{line}: {rule} must not use {target}" for line, target in uses
                   if not allowed(rule, target) and not target.startswith(rule + "/")]
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
