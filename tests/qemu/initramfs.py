#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the guest's root file system: a cpio archive (newc) with busybox, kernel modules in the order in which
they load, an init script, and programs with the shared libraries that ldd names.

Writes the archive itself, so that device nodes need no root and equal inputs give an equal archive.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

DIRECTORY, REGULAR, SYMLINK, CHARACTER = 0o040755, 0o100644, 0o120777, 0o020600
FOLDERS = ("bin", "dev", "lib64", "modules", "proc", "run", "sys", "tmp")


class Archive:
    """Entries by path; folders of an entry come by themselves."""

    def __init__(self) -> None:
        self.entries = {}

    def add(self, path: str, mode: int, data: bytes = b"", device: tuple = (0, 0)) -> None:
        for parent in reversed(Path(path).parents):
            if str(parent) != ".":
                self.entries.setdefault(str(parent), (DIRECTORY, b"", (0, 0)))
        self.entries[path] = (mode, data, device)

    def add_file(self, path: str, source: Path, executable: bool = True) -> None:
        self.add(path, REGULAR | (0o111 if executable else 0), source.read_bytes())

    def bytes(self) -> bytes:
        out = bytearray()
        for inode, (path, entry) in enumerate([*sorted(self.entries.items()), ("TRAILER!!!", (0, b"", (0, 0)))], 1):
            mode, data, (major, minor) = entry
            name = path.encode() + b"\0"
            fields = (inode, mode, 0, 0, 2 if mode == DIRECTORY else 1, 0, len(data), 0, 0, major, minor, len(name), 0)
            out += b"070701" + b"".join(b"%08X" % field for field in fields) + name
            out += bytes(-len(out) % 4) + data
            out += bytes(-len(out) % 4)
        return bytes(out)


def module_info(module: Path, key: str) -> str:
    match = re.search(rb"\0" + key.encode() + rb"=([^\0]*)\0", module.read_bytes())
    return match.group(1).decode() if match else ""


def load_order(tree: Path, wanted: list) -> list:
    """Modules and what they depend on, dependencies first; a name that is built in or unknown is left out."""
    found = {path.stem.replace("-", "_"): path for path in tree.glob("lib/modules/*/kernel/**/*.ko")}
    if not found:
        sys.exit(f"error: no kernel modules under {tree}")
    order = []

    def visit(name: str) -> None:
        path = found.get(name.replace("-", "_"))
        if path is None or path in order:
            return
        for dependency in filter(None, module_info(path, "depends").split(",")):
            visit(dependency)
        order.append(path)

    for name in wanted:
        visit(name)
    return order


def shared_libraries(program: Path) -> list:
    """Path in the guest and on the host of each library; none for a static program."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "not found" in listing.stdout:
        sys.exit(f"error: {program} lacks a library:\n{listing.stdout}")
    paths = re.findall(r"(?:=> )?(/\S+) \(0x", listing.stdout)
    return [(path.lstrip("/"), Path(path)) for path in paths]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel-tree", type=Path, required=True)
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--busybox", type=Path, default=Path("/bin/busybox"))
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("programs", type=Path, nargs="*")
    arguments = parser.parse_args()

    archive = Archive()
    for folder in FOLDERS:
        archive.add(folder, DIRECTORY)
    archive.add("dev/console", CHARACTER, device=(5, 1))
    archive.add("dev/null", CHARACTER, device=(1, 3))
    archive.add_file("init", arguments.init)
    archive.add_file("bin/busybox", arguments.busybox)
    applets = subprocess.run([arguments.busybox, "--list"], capture_output=True, text=True, check=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            archive.add(f"bin/{applet}", SYMLINK, b"busybox")
    for number, module in enumerate(load_order(arguments.kernel_tree, arguments.module)):
        archive.add_file(f"modules/{number:02d}-{module.name}", module, executable=False)
    for program in arguments.programs:
        archive.add_file(f"bin/{program.name}", program)
        for path, source in shared_libraries(program):
            archive.add_file(path, source)
    arguments.output.write_bytes(archive.bytes())


if __name__ == "__main__":
    main()
