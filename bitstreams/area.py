#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums up what synth_xilinx made of the card, from Yosys's `stat -json`, by number of point engines."""
import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

# LUTs that a cell takes up, by its name; distributed RAM counts as the LUTs that it is made of.
LUTS = {"RAM32M": 4, "RAM32M16": 8, "RAM64M": 4, "RAM64M8": 8, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4,
        "RAM256X1D": 8, "SRL16E": 1, "SRLC16E": 1, "SRLC32E": 1, "INV": 0}
# Instances of modules whose own cells are counted are no area.
IGNORED = re.compile(r"^(\$scopeinfo|\$paramod.*|snap_\w+|BUFG|BUFGCTRL|IBUF|OBUF|MUXF[789]|CARRY8|GND|VCC)$")
KINDS = {"ff": re.compile(r"^FD[CPRS]E(_1)?$"), "dsp48e2": re.compile(r"^DSP48E2$"), "ramb36": re.compile(r"^RAMB36E2$"),
         "ramb18": re.compile(r"^RAMB18E2$"), "uram": re.compile(r"^URAM288$"),
         "carry4": re.compile(r"^CARRY4$"), "carry8": re.compile(r"^CARRY8$")}


def area(cells):
    """Counts by kind. A cell of no known kind is an error: it would be missing from the sum."""
    counts = dict.fromkeys(["lut", *KINDS], 0)
    for cell, number in cells.items():
        kind = next((name for name, pattern in KINDS.items() if pattern.match(cell)), None)
        if kind:
            counts[kind] += number
        elif re.match(r"^LUT[1-6]$", cell):
            counts["lut"] += number
        elif cell in LUTS:
            counts["lut"] += LUTS[cell] * number
        elif not IGNORED.match(cell):
            sys.exit(f"area.py: unknown cell {cell}")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--design", action="append", required=True, help="ENGINES=STAT.json")
    parser.add_argument("--tool", action="append", default=[], help="NAME=VERSION")
    parser.add_argument("--build", type=Path, required=True, help="has the inputs as they were when synthesis began")
    parser.add_argument("--out", required=True)
    parser.add_argument("inputs", nargs="+")
    arguments = parser.parse_args()
    designs = {}
    for engines, path in (design.split("=", 1) for design in arguments.design):
        stat = json.loads(Path(path).read_text(encoding="utf-8"))
        designs[f"point_engines_{engines}"] = area(stat["design"]["num_cells_by_type"])
    result = {
        "family": "Xilinx UltraScale+ (xcup)",
        "top": "snapcard",
        "command": "make area",
        "tools": dict(tool.split("=", 1) for tool in arguments.tool),
        "designs": designs,
        "inputs_sha256": {path: hashlib.sha256((arguments.build / path).read_bytes()).hexdigest()
                          for path in sorted(arguments.inputs)},
    }
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
